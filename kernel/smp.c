/* SPDX-License-Identifier: MIT */
/* smp.c - what is asked of other CPUs lies on the caller's stack, and is gone when the last of them has answered. */
#include <kernel/assert.h>
#include <kernel/smp.h>

struct request {
	void (*fn)(void *);
	void *arg;
	int waiting; /* A: CPUs that have not answered */
};

static void answer(void *arg)
{
	struct request *request = arg;

	request->fn(request->arg);
	/* From here on the request may be gone. */
	__atomic_fetch_sub(&request->waiting, 1, __ATOMIC_RELEASE);
}

/* @nr of them, none of which is this one. */
static void ask(machine_cpus_t cpus, unsigned int nr, void (*fn)(void *), void *arg)
{
	struct request request = { .fn = fn, .arg = arg, .waiting = (int)nr };

	kernel_assert(machine_irqs_on(), "who waits for other CPUs has interrupts on");
	/*
	 * Without .waiting set before it, the first answer could come too early; the interrupt
	 * orders it (machine.h). The caller may not have interrupts off: another CPU may be waiting
	 * for it in the same way, and then neither would answer.
	 */
	machine_interrupt(cpus, answer, &request);
	do
		machine_wait(&request.waiting, MACHINE_EQUAL, 0);
	while (__atomic_load_n(&request.waiting, __ATOMIC_ACQUIRE));
}

void on_each_other_cpu_wait(void (*fn)(void *), void *arg)
{
	unsigned int cpus = machine_nr_cpus();

	if (cpus > 1)
		ask(machine_cpus_below(cpus) & ~((machine_cpus_t)1 << machine_cpu()), cpus - 1, fn, arg);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* Linux sends the interrupt to all CPUs as well, and waits (smp_call_function()): it does not know who walks. */
void synchronize_walkers(void)
{
	on_each_other_cpu_wait(nothing, NULL);
}

void interrupt_and_wait(unsigned int cpu)
{
	kernel_assert(cpu != machine_cpu(), "interrupt_and_wait: another CPU");
	ask((machine_cpus_t)1 << cpu, 1, nothing, NULL);
}
