/* SPDX-License-Identifier: MIT */
/*
 * sync.c - order between CPUs: stores that wait in a buffer leave with a barrier, or with a release for whoever acquires
 * after it; and what a thread says about the access that comes next.
 */
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/views.h>

#include <assert.h>
#include <string.h>

/* A step behind all stores of the CPU, where the memory order is TSO: instructions that do such things are fences there. */
void model_step_serialising(void)
{
	if (!machine_arch()->tso) {
		model_step_here();
		return;
	}
	late_step_drained();
	late_fence(VIEW_ORDERED);
	model_note_fence(VIEW_ORDERED);
}

/* A store in flight becomes visible with whatever this CPU does that waits for its stores: on TSO every locked access. */
void model_barrier(void)
{
	if (machine_arch()->tso && !model_me()->anywhere)
		model_drain(machine_cpu());
}

/*
 * By address, which says the same in every process. The list is part of the state, so it stands in
 * an order that does not say who came first.
 */
static uint64_t release_order(const struct model_release *release)
{
	return (uint64_t)(uintptr_t)release->lock << 1 | release->shared;
}

/*
 * What was stored before a release is visible to whoever acquires after it; between two readers nothing is ordered. When
 * all that is out, there is nothing to hand over, and nothing to remember.
 */
void model_released(const void *lock, bool shared)
{
	/*
	 * .stores counts from the oldest store in flight, not from the beginning of the execution:
	 * two executions that have the same stores left are then in the same state.
	 */
	struct model_cpu *cpu = model_this_cpu();
	struct model_release now = { lock, model_stores_released(cpu, lock, cpu->nr_stores), shared };
	unsigned int at = 0;

	/*
	 * Read even if it is empty: a store that came first would have been handed over, so this
	 * step and that store do not commute. The kernel's daemon has no stores in the buffer of the
	 * CPU that it is counted to.
	 */
	if (model_me()->anywhere)
		return;
	model_touch_at(&cpu->buffer, AGENT_READ, 0);
	if (!now.stores)
		return;
	while (at < cpu->nr_releases && release_order(&cpu->releases[at]) < release_order(&now))
		at++;
	if (at == cpu->nr_releases || release_order(&cpu->releases[at]) != release_order(&now)) {
		if (cpu->nr_releases == MODEL_RELEASES)
			machine_too_big("locks that one CPU releases with stores in flight", MODEL_RELEASES);
		/* Put in at its place: the rest moves up. */
		memmove(&cpu->releases[at + 1], &cpu->releases[at], (cpu->nr_releases - at) * sizeof(cpu->releases[0]));
		cpu->nr_releases++;
	}
	cpu->releases[at] = now;
}

/*
 * How many stores of the CPU were made before it let the lock go, as far as they are in flight. A
 * lock may have been released by a reader and by a writer since its stores went out. To a reader
 * only the writer's release counts: M7 promises nothing between readers, as down_read() of Linux
 * acquires from up_write() alone.
 */
static unsigned int stores_before(const struct model_cpu *cpu, const void *lock, bool shared)
{
	unsigned int stores = 0;

	for (unsigned int i = 0; i < cpu->nr_releases; i++) {
		const struct model_release *release = &cpu->releases[i];

		if (release->lock == lock && !(shared && release->shared) && release->stores > stores)
			stores = release->stores;
	}
	return stores;
}

/* Of CPU @from: what it had stored before it let the lock go is out. */
void model_drain_released(unsigned int from, const void *lock)
{
	unsigned int stores = stores_before(&model_state()->cpus[from], lock, false);

	if (from != machine_cpu() && stores)
		model_drain_some(from, stores);
}

/*
 * Behind the step that takes the lock: what its earlier holders had stored before they let it go is out. Where that is
 * nothing, nothing is read of their buffers: what they store now does not come with this lock. Only its release could make
 * it, and only what lets stores out unmake it; both touch the lock.
 */
void model_locked(const void *lock, bool shared)
{
	/*
	 * This CPU's own releases are left out: what it stored itself is late for its own walks too
	 * (M5), and taking a lock again does not change that unless the row is TSO. The kernel's
	 * daemon is no CPU's.
	 */
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		unsigned int stores = stores_before(&model_state()->cpus[c], lock, shared);

		if ((model_me()->anywhere || c != machine_cpu()) && stores)
			model_hand_over(c, stores);
	}
}

/* M7, of a volatile access: it has an order where all have one. */
void model_order_volatile(const void *word, bool write)
{
	if (!machine_arch()->tso || !agent_is_object(word))
		return;
	if (write)
		model_released(word, false);
	else
		model_locked(word, false);
}

/* ---- said ahead of an access: nobody else runs before that comes, so it is no part of a state ---- */

/*
 * No step and no touch of its own: it says only when the next access to @word is worth making.
 * Whoever has interrupts off while it waits for answers would never be answered by a CPU that waits
 * for it in turn, unless it takes its own calls meanwhile; so for that thread a call ends the wait
 * as well.
 */
void machine_wait_word(const volatile void *word, size_t bytes, unsigned int compare, long value)
{
	struct model_agent *me = model_me();

	assert(bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
	assert((compare & ~(unsigned int)MACHINE_OR_INTERRUPT) <= MACHINE_NOT_EQUAL);
	me->next.word = (const void *)(uintptr_t)word;
	me->next.bytes = (uint8_t)bytes;
	me->next.cpu = me->cpu;
	me->next.compare = (uint8_t)(compare & ~(unsigned int)MACHINE_OR_INTERRUPT);
	me->next.for_answers = compare & MACHINE_OR_INTERRUPT;
	me->next.or_interrupt = me->next.for_answers && !machine_irqs_on();
	me->next.value = value;
}

void machine_note(enum machine_note what)
{
	model_me()->next.note = (uint8_t)(1 + what);
}

/*
 * Nothing: a loop that spins with it would be states without end, and M3 has no spinning. A loop
 * waits by machine_wait().
 */
void machine_relax(void)
{
}

/*
 * Read by the scheduler of a CPU that several threads share (M4), and by races.c. The count belongs
 * to the running agent alone, so it needs no step; turns.c says why the scheduler sees it all the
 * same.
 */
void machine_preempt_off(void)
{
	model_me()->spin_depth++;
}

void machine_preempt_on(void)
{
	assert(model_me()->spin_depth > 0);
	model_me()->spin_depth--;
}
