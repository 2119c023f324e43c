/* SPDX-License-Identifier: MIT */
/*
 * sync.c - order between CPUs: stores that wait in a buffer leave with a barrier, or with a release for whoever acquires
 * after it; and what a thread says about the access that comes next.
 */
#include <machine/model/model.h>

#include <assert.h>

/* A store in flight becomes visible with whatever this CPU does that waits for its stores: on TSO every locked access. */
void model_barrier(void)
{
	if (machine_arch()->tso)
		model_drain(machine_cpu(), -1);
}

/*
 * What was stored before a release is visible to whoever acquires after it; between two readers nothing is ordered. A
 * release is remembered even when its stores are out: whether they are is for the acquirer to read.
 */
void model_released(uint16_t object, bool shared)
{
	struct model_cpu *cpu = model_this_cpu();
	unsigned int i;

	model_touch_at(&cpu->buffer, AGENT_READ, 0);
	for (i = 0; i < cpu->nr_releases; i++) {
		if (cpu->releases[i].object == object && cpu->releases[i].shared == shared)
			break;
	}
	if (!cpu->nr_stores)
		return;
	if (i == MODEL_RELEASES)
		machine_too_big("locks that one CPU releases with stores in flight", MODEL_RELEASES);
	cpu->releases[i] = (struct model_release){ object, cpu->seq, shared };
	if (i == cpu->nr_releases)
		cpu->nr_releases++;
}

/* Behind the step that takes the lock: what its earlier holders had stored before they let it go is out. */
void model_locked(uint16_t object, bool shared)
{
	struct model_state *m = model_state();

	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		struct model_cpu *cpu = &m->cpus[c];

		for (unsigned int i = 0; c != machine_cpu() && i < cpu->nr_releases; i++) {
			if (cpu->releases[i].object == object && !(shared && cpu->releases[i].shared))
				model_drain(c, cpu->releases[i].seq);
		}
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
