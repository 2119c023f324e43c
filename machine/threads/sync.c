/* SPDX-License-Identifier: MIT */
/*
 * sync.c - waiting. Memory is memory here: locks and counters are the compiler's atomics, and what the machine adds is that a
 * CPU which waits takes the interrupts that come for it, and that others get far meanwhile.
 */
#include <machine/threads/threads.h>

#include <assert.h>

/* As a number with a sign. Relaxed: the access that follows is the one that orders, and that decides. */
static long look(const volatile void *word, size_t bytes)
{
	switch (bytes) {
	case 1:
		return __atomic_load_n((const volatile int8_t *)word, __ATOMIC_RELAXED);
	case 2:
		return __atomic_load_n((const volatile int16_t *)word, __ATOMIC_RELAXED);
	case 4:
		return __atomic_load_n((const volatile int32_t *)word, __ATOMIC_RELAXED);
	default:
		assert(bytes == 8);
		return (long)__atomic_load_n((const volatile int64_t *)word, __ATOMIC_RELAXED);
	}
}

/* As the model has it; see machine.h for what each means. */
static bool is_met(long now, enum machine_compare compare, long value)
{
	switch (compare) {
	case MACHINE_EQUAL:
		return now == value;
	case MACHINE_AT_LEAST:
		return now >= value;
	default:
		return now != value;
	}
}

/* The daemon, and every program is over: what is not there now never will be. */
static bool in_vain(void)
{
	const struct threads_machine *machine = threads_here();

	return threads_self == &machine->cpus[machine->config.cpus] &&
	       !__atomic_load_n(&machine->working, __ATOMIC_ACQUIRE);
}

void machine_wait_word(const volatile void *word, size_t bytes, unsigned int compare, long value)
{
	bool or_interrupt = compare & MACHINE_OR_INTERRUPT && !machine_irqs_on();
	enum machine_compare how = (enum machine_compare)(compare & ~(unsigned int)MACHINE_OR_INTERRUPT);

	/*
	 * A step at each look: a CPU that waits takes interrupts, or two that wait for each other's
	 * answers would wait for ever.
	 */
	threads_step();
	for (bool last = in_vain(); !is_met(look(word, bytes), how, value); last = in_vain()) {
		if (last)
			pthread_exit(NULL);
		/* Interrupts are off here, so the step did not take it: the caller polls. */
		if (or_interrupt && __atomic_load_n(&threads_self->nr_calls, __ATOMIC_RELAXED))
			return;
		threads_relax();
		threads_step();
	}
}

void machine_relax(void)
{
	threads_relax();
	threads_step();
}

/* Real threads: a debugger sees what they do. */
void machine_note(enum machine_note what)
{
	(void)what;
}

/* No thread shares a CPU here. But what happens between two instructions may happen between a lock and what it is for. */
void machine_preempt_off(void)
{
	threads_step();
}

void machine_preempt_on(void)
{
	threads_step();
}
