/* SPDX-License-Identifier: MIT */
/* calls.c - interrupts off and on, calls to other CPUs. */
#include <machine/threads/threads.h>

#include <assert.h>

/* ---- interrupts ---- */

unsigned long machine_irq_save(void)
{
	struct threads_cpu *cpu = threads_self;

	threads_step();
	cpu->irq_depth++;
	return 0;
}

void machine_irq_restore(unsigned long flags)
{
	struct threads_cpu *cpu = threads_self;

	(void)flags;
	assert(cpu->irq_depth > 0);
	threads_step();
	cpu->irq_depth--;
	/* Answers what came meanwhile, as a real CPU would at once. */
	threads_step();
}

bool machine_irqs_on(void)
{
	return !threads_self || (!threads_self->irq_depth && !threads_self->handling);
}

/* ---- calls ---- */

/*
 * What is pending already is taken once. Under the mailbox's lock, so that what the sender did
 * before is seen by who takes the call: an interrupt orders nothing by itself (M20), but Linux's
 * senders write their requests before they send.
 */
static void post(struct threads_cpu *cpu, const struct threads_call *call)
{
	bool pending = false;

	pthread_mutex_lock(&cpu->mailbox);
	for (long i = 0; i < cpu->nr_calls; i++)
		pending |= cpu->calls[i].fn == call->fn && cpu->calls[i].arg == call->arg;
	if (!pending && cpu->nr_calls == THREADS_CALLS)
		machine_too_big("calls that wait for one CPU", THREADS_CALLS);
	if (!pending) {
		cpu->calls[cpu->nr_calls] = *call;
		__atomic_store_n(&cpu->nr_calls, cpu->nr_calls + 1, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&cpu->mailbox);
}

/* In no order that anyone could rely on. */
static bool take(struct threads_cpu *cpu, struct threads_call *call)
{
	bool there;

	pthread_mutex_lock(&cpu->mailbox);
	there = cpu->nr_calls > 0;
	if (there) {
		unsigned int nr = threads_random((unsigned int)cpu->nr_calls);

		*call = cpu->calls[nr];
		cpu->calls[nr] = cpu->calls[cpu->nr_calls - 1];
		__atomic_store_n(&cpu->nr_calls, cpu->nr_calls - 1, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&cpu->mailbox);
	return there;
}

void machine_interrupt(uint32_t cpus, void (*fn)(void *), void *arg)
{
	struct threads_machine *machine = threads_here();
	struct threads_call call = { fn, arg };

	threads_step();
	if (cpus && !machine->running)
		machine_panic(__FILE__, __LINE__, "a CPU is called, and none runs yet");
	for (unsigned int i = 0; i < machine->config.cpus; i++) {
		if (cpus >> i & 1)
			post(&machine->cpus[i], &call);
	}
}

/*
 * The first look is without the lock, at every step of every CPU; a call that it just misses is
 * found at the next step. @handling is put back and not cleared: a handler may poll.
 */
void threads_answer(struct threads_cpu *cpu)
{
	struct threads_call call;

	while (__atomic_load_n(&cpu->nr_calls, __ATOMIC_RELAXED) && take(cpu, &call)) {
		bool handling = cpu->handling;

		cpu->handling = true;
		call.fn(call.arg);
		cpu->handling = handling;
	}
}

void machine_poll(void)
{
	threads_answer(threads_self);
}
