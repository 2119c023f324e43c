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

void on_each_other_cpu_wait(void (*fn)(void *), void *arg)
{
	unsigned int cpus = machine_nr_cpus();
	struct request request = { .fn = fn, .arg = arg, .waiting = (int)cpus - 1 };

	kernel_assert(machine_irqs_on(), "on_each_other_cpu_wait: interrupts on");
	if (cpus == 1)
		return;
	/*
	 * Without .waiting set before it, the first answer could come too early; the interrupt
	 * orders it (machine.h). The caller may not have interrupts off: another CPU may be waiting
	 * for it in the same way, and then neither would answer.
	 */
	machine_interrupt(machine_cpus_below(cpus) & ~((machine_cpus_t)1 << machine_cpu()), answer, &request);
	do
		machine_wait(&request.waiting, MACHINE_EQUAL, 0);
	while (__atomic_load_n(&request.waiting, __ATOMIC_ACQUIRE));
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
