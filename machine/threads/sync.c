/* SPDX-License-Identifier: MIT */
/* sync.c - shared counters and locks on threads. A CPU that waits answers the calls that come for it. */
#include <machine/threads/threads.h>

/* ---- counters ---- */

/* No step. Release all the same: somebody may look at what the counter was in an earlier life of its object. */
void machine_atomic_init(struct machine_atomic *a, long value)
{
	__atomic_store_n(&a->value, value, __ATOMIC_RELEASE);
}

long machine_atomic_read(const struct machine_atomic *a)
{
	threads_step();
	return __atomic_load_n(&a->value, __ATOMIC_ACQUIRE);
}

void machine_atomic_set(struct machine_atomic *a, long value)
{
	threads_step();
	__atomic_store_n(&a->value, value, __ATOMIC_RELEASE);
}

void machine_atomic_add(struct machine_atomic *a, long delta)
{
	threads_step();
	__atomic_fetch_add(&a->value, delta, __ATOMIC_ACQ_REL);
}

long machine_atomic_add_return(struct machine_atomic *a, long delta)
{
	threads_step();
	return __atomic_add_fetch(&a->value, delta, __ATOMIC_SEQ_CST);
}

bool machine_atomic_cmpxchg(struct machine_atomic *a, long old, long value)
{
	threads_step();
	return __atomic_compare_exchange_n(&a->value, &old, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

unsigned long machine_atomic_or(struct machine_atomic *a, unsigned long bits)
{
	threads_step();
	return (unsigned long)__atomic_fetch_or(&a->value, (long)bits, __ATOMIC_SEQ_CST);
}

unsigned long machine_atomic_and(struct machine_atomic *a, unsigned long bits)
{
	threads_step();
	return (unsigned long)__atomic_fetch_and(&a->value, (long)bits, __ATOMIC_SEQ_CST);
}

/* With interrupts off nobody else answers this CPU's calls, so they are answered here. */
void machine_wait_zero(struct machine_atomic *a)
{
	while (__atomic_load_n(&a->value, __ATOMIC_ACQUIRE)) {
		machine_call_poll();
		threads_step();
		threads_relax();
	}
}

/* ---- locks ---- */

static bool change(long *state, long from, long to)
{
	return __atomic_compare_exchange_n(state, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static void wait_turn(void)
{
	threads_relax();
	threads_step();
}

void machine_spin_lock(struct machine_spinlock *lock)
{
	threads_step();
	while (!change(&lock->holder, 0, 1 + (long)machine_cpu()))
		wait_turn();
}

void machine_spin_unlock(struct machine_spinlock *lock)
{
	threads_step();
	if (!change(&lock->holder, 1 + (long)machine_cpu(), 0))
		machine_panic(__FILE__, __LINE__, "a spinlock is released that this CPU does not hold");
}

static bool try_read(struct machine_rwsem *sem)
{
	long state = __atomic_load_n(&sem->state, __ATOMIC_RELAXED);

	return state >= 0 && change(&sem->state, state, state + 1);
}

void machine_down_read(struct machine_rwsem *sem)
{
	threads_step();
	while (!try_read(sem))
		wait_turn();
}

void machine_up_read(struct machine_rwsem *sem)
{
	threads_step();
	if (__atomic_fetch_sub(&sem->state, 1, __ATOMIC_ACQ_REL) <= 0)
		machine_panic(__FILE__, __LINE__, "a lock is released by a reader, and has none");
}

void machine_down_write(struct machine_rwsem *sem)
{
	threads_step();
	while (!change(&sem->state, 0, -1))
		wait_turn();
}

static void end_write(struct machine_rwsem *sem, long to)
{
	threads_step();
	if (!change(&sem->state, -1, to))
		machine_panic(__FILE__, __LINE__, "a lock is released by a writer, and has none");
}

void machine_up_write(struct machine_rwsem *sem)
{
	end_write(sem, 0);
}

void machine_downgrade_write(struct machine_rwsem *sem)
{
	end_write(sem, 1);
}
