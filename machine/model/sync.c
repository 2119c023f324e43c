/* SPDX-License-Identifier: MIT */
/*
 * sync.c - order between CPUs: stores that wait in a buffer leave with a barrier, or with a release for whoever acquires
 * after it; and what a thread says about the access that comes next.
 */
#include <machine/model/model.h>

#include <assert.h>
#include <string.h>

/* A store in flight becomes visible with whatever this CPU does that waits for its stores: on TSO every locked access. */
void model_barrier(void)
{
	if (machine_arch()->tso)
		model_drain(machine_cpu());
}

/* By address, which says the same in every process. */
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
	struct model_cpu *cpu = model_this_cpu();
	struct model_release now = { lock, cpu->nr_stores, shared };
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

/*
 * Behind the step that takes the lock: what its earlier holders had stored before they let it go is out. Where that is
 * nothing, nothing is read of their buffers: what they store now does not come with this lock. Only its release could make
 * it, and only what lets stores out unmake it; both touch the lock.
 */
void model_locked(const void *lock, bool shared)
{
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		unsigned int stores = stores_before(&model_state()->cpus[c], lock, shared);

		if (c != machine_cpu() && stores)
			model_drain_some(c, stores);
	}
}

/* ---- said ahead of an access: nobody else runs before that comes, so it is no part of a state ---- */

void machine_wait_word(const volatile void *word, size_t bytes, unsigned int compare, long value)
{
	struct model_agent *me = model_me();

	assert(bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
	me->next.word = (const void *)(uintptr_t)word;
	me->next.bytes = (uint8_t)bytes;
	me->next.compare = (uint8_t)(compare & ~(unsigned int)MACHINE_OR_INTERRUPT);
	me->next.for_answers = compare & MACHINE_OR_INTERRUPT;
	me->next.or_interrupt = me->next.for_answers && !machine_irqs_on();
	me->next.value = value;
}

void machine_note(enum machine_note what)
{
	model_me()->next.note = (uint8_t)(1 + what);
}

void machine_relax(void)
{
}

void machine_preempt_off(void)
{
	model_me()->spin_depth++;
}

void machine_preempt_on(void)
{
	assert(model_me()->spin_depth > 0);
	model_me()->spin_depth--;
}
