/* SPDX-License-Identifier: MIT */
/* sync.c - shared counters and locks on the model machine: each call is one step. */
#include <machine/model/model.h>

#include <assert.h>
#include <string.h>

/* A store in flight becomes visible with whatever this CPU does that waits for its stores: on TSO every locked access. */
void model_barrier(void)
{
	if (machine_arch()->tso)
		model_drain(machine_cpu());
}

static uint32_t release_order(const struct model_release *release)
{
	return (uint32_t)release->object << 1 | release->shared;
}

/*
 * What was stored before a release is visible to whoever acquires after it; between two readers nothing is ordered. When
 * all that is out, there is nothing to hand over, and nothing to remember.
 */
void model_released(uint16_t object, bool shared)
{
	struct model_cpu *cpu = model_this_cpu();
	struct model_release now = { object, cpu->nr_stores, shared };
	unsigned int at = 0;

	model_touch_at(&cpu->buffer, AGENT_READ, 0);
	if (!cpu->nr_stores)
		return;
	while (at < cpu->nr_releases && release_order(&cpu->releases[at]) < release_order(&now))
		at++;
	if (at == cpu->nr_releases || release_order(&cpu->releases[at]) != release_order(&now)) {
		if (cpu->nr_releases == MODEL_RELEASES)
			machine_too_big("locks that one CPU releases with stores in flight", MODEL_RELEASES);
		memmove(&cpu->releases[at + 1], &cpu->releases[at], (cpu->nr_releases - at) * sizeof(cpu->releases[0]));
		cpu->nr_releases++;
	}
	cpu->releases[at] = now;
}

/* How many stores of the CPU were made before it let the lock go, as far as they are in flight. */
static unsigned int stores_before(const struct model_cpu *cpu, uint16_t object, bool shared)
{
	unsigned int stores = 0;

	for (unsigned int i = 0; i < cpu->nr_releases; i++) {
		const struct model_release *release = &cpu->releases[i];

		if (release->object == object && !(shared && release->shared) && release->stores > stores)
			stores = release->stores;
	}
	return stores;
}

/*
 * Behind the step that takes the lock: what its earlier holders had stored before they let it go is out. Where that is
 * nothing, nothing is read of their buffers: what they store now does not come with this lock. Only its release could make
 * it, and only what lets stores out unmake it; both touch the lock.
 */
void model_locked(uint16_t object, bool shared)
{
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		unsigned int stores = stores_before(&model_state()->cpus[c], object, shared);

		if (c != machine_cpu() && stores)
			model_drain_some(c, stores);
	}
	model_barrier();
}

/* ---- counters ---- */

void machine_atomic_init(struct machine_atomic *a, long value)
{
	a->value = value;
	model_touch_at(a, AGENT_WRITE, (int32_t)value);
}

long machine_atomic_read(const struct machine_atomic *a)
{
	model_step_here();
	model_touch_at(a, AGENT_READ, 0);
	model_tell(counter_read, .counter = a, .value = a->value);
	return a->value;
}

void machine_atomic_set(struct machine_atomic *a, long value)
{
	model_step_here();
	a->value = value;
	model_touch_at(a, AGENT_WRITE, (int32_t)value);
	model_tell(counter_set, .counter = a, .value = value);
}

void machine_atomic_add(struct machine_atomic *a, long delta)
{
	model_step_here();
	a->value += delta;
	model_touch_at(a, AGENT_ADD, (int32_t)delta);
	model_barrier();
	model_tell(counter_add, .counter = a, .delta = delta);
}

long machine_atomic_add_return(struct machine_atomic *a, long delta)
{
	model_step_here();
	a->value += delta;
	model_touch_at(a, AGENT_WRITE, (int32_t)a->value);
	model_barrier();
	model_tell(counter_add_return, .counter = a, .delta = delta, .value = a->value);
	return a->value;
}

bool machine_atomic_cmpxchg(struct machine_atomic *a, long old, long value)
{
	bool same;

	model_step_here();
	same = a->value == old;
	if (same)
		a->value = value;
	model_touch_at(a, same ? AGENT_WRITE : AGENT_READ, (int32_t)a->value);
	model_barrier();
	model_tell(counter_cmpxchg, .counter = a, .old = old, .value = value, .done = same);
	return same;
}

static unsigned long change_bits(struct machine_atomic *a, unsigned long value)
{
	unsigned long old = (unsigned long)a->value;

	a->value = (long)value;
	model_touch_at(a, AGENT_WRITE, (int32_t)value);
	model_barrier();
	model_tell(counter_bits, .counter = a, .old = old, .value = value);
	return old;
}

unsigned long machine_atomic_or(struct machine_atomic *a, unsigned long bits)
{
	model_step_here();
	return change_bits(a, (unsigned long)a->value | bits);
}

unsigned long machine_atomic_and(struct machine_atomic *a, unsigned long bits)
{
	model_step_here();
	return change_bits(a, (unsigned long)a->value & bits);
}

/* ---- locks ---- */

void machine_spin_lock(struct machine_spinlock *lock)
{
	model_step_waiting(lock, AGENT_EQUAL, 0);
	lock->holder = 1;
	model_me()->spin_depth++;
	model_touch_at(lock, AGENT_WRITE, 1);
	model_locked(agent_object(lock), false);
	model_tell(lock, .lock = lock);
}

void machine_spin_unlock(struct machine_spinlock *lock)
{
	model_step_here();
	if (!lock->holder)
		machine_panic(__FILE__, __LINE__, "a spinlock is released that nobody holds");
	assert(model_me()->spin_depth > 0);
	lock->holder = 0;
	model_me()->spin_depth--;
	model_touch_at(lock, AGENT_WRITE, 0);
	model_released(agent_object(lock), false);
	model_tell(unlock, .lock = lock);
}

static void rwsem_set(struct machine_rwsem *sem, int state)
{
	sem->state = state;
	model_touch_at(sem, AGENT_WRITE, state);
}

/* Readers commute with readers: how many there are is seen by writers alone. */
static void rwsem_add(struct machine_rwsem *sem, int delta)
{
	sem->state += delta;
	model_touch_at(sem, AGENT_SHARE, delta);
}

static void check_written(const struct machine_rwsem *sem)
{
	if (sem->state >= 0)
		machine_panic(__FILE__, __LINE__, "a lock is released by a writer, and has none");
}

void machine_down_read(struct machine_rwsem *sem)
{
	model_step_waiting(sem, AGENT_AT_LEAST, 0);
	rwsem_add(sem, 1);
	model_tell(read_lock, .lock = sem);
	model_locked(agent_object(sem), true);
}

void machine_up_read(struct machine_rwsem *sem)
{
	model_step_here();
	if (sem->state <= 0)
		machine_panic(__FILE__, __LINE__, "a lock is released by a reader, and has none");
	rwsem_add(sem, -1);
	model_tell(read_unlock, .lock = sem);
	model_released(agent_object(sem), true);
}

void machine_down_write(struct machine_rwsem *sem)
{
	model_step_waiting(sem, AGENT_EQUAL, 0);
	rwsem_set(sem, -1);
	model_tell(write_lock, .lock = sem);
	model_locked(agent_object(sem), false);
}

void machine_up_write(struct machine_rwsem *sem)
{
	model_step_here();
	check_written(sem);
	rwsem_set(sem, 0);
	model_tell(write_unlock, .lock = sem);
	model_released(agent_object(sem), false);
}

void machine_downgrade_write(struct machine_rwsem *sem)
{
	model_step_here();
	check_written(sem);
	rwsem_set(sem, 1);
	model_tell(downgrade, .lock = sem);
	model_released(agent_object(sem), false);
}
