/* SPDX-License-Identifier: MIT */
/*
 * calls.c - interrupts off and on, calls to other CPUs, grace periods.
 *
 * Why a grace period is enough. A CPU counts its interrupts-off sections, and whoever waits for them reads the count, with
 * accesses that change it: they have one order. A walker that comes later in it sees what was unhooked before the wait
 * began; one that came earlier is found in its section and waited for.
 */
#include <machine/threads/threads.h>

#include <assert.h>

/* ---- interrupts ---- */

/*
 * Odd: inside a section. A read is an addition of 0, so that reads and changes stand in one order;
 * see the head of this file.
 */
static long add_section(struct threads_cpu *cpu, long delta)
{
	return __atomic_fetch_add(&cpu->section, delta, __ATOMIC_SEQ_CST);
}

unsigned long machine_irq_save(void)
{
	struct threads_cpu *cpu = threads_self;

	threads_step();
	/* The outermost alone counts, and a handler's is none: the handlers that there are walk no tables. */
	if (!cpu->irq_depth++ && !cpu->handling)
		add_section(cpu, 1);
	return 0;
}

void machine_irq_restore(unsigned long flags)
{
	struct threads_cpu *cpu = threads_self;

	(void)flags;
	assert(cpu->irq_depth > 0);
	threads_step();
	if (--cpu->irq_depth || cpu->handling)
		return;
	/* Even again. The step behind it answers what came meanwhile, as a real CPU would at once. */
	add_section(cpu, 1);
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

/* ---- grace periods ---- */

static void look_at_sections(struct threads_machine *machine, long *seen)
{
	for (unsigned int i = 0; i < machine->config.cpus; i++)
		seen[i] = add_section(&machine->cpus[i], 0);
}

/* A section that has ended counts as over although another one runs by now (M21). */
static bool sections_over(const struct threads_machine *machine, const long *seen)
{
	assert(machine->config.cpus <= MACHINE_MAX_CPUS);
	for (unsigned int i = 0; i < machine->config.cpus; i++) {
		if (seen[i] & 1 && seen[i] == __atomic_load_n(&machine->cpus[i].section, __ATOMIC_ACQUIRE))
			return false;
	}
	return true;
}

void machine_call_rcu(struct machine_rcu *rcu, void (*fn)(struct machine_rcu *))
{
	struct threads_cpu *cpu = threads_self;

	threads_step();
	rcu->fn = fn;
	/*
	 * The CPU's own list: nobody else reads it, so it needs no lock, and interrupts do not come
	 * between two steps.
	 */
	rcu->next = cpu->queued;
	cpu->queued = rcu;
	__atomic_fetch_add(&cpu->machine->callbacks, 1, __ATOMIC_ACQ_REL);
}

static void run_callbacks(struct threads_cpu *cpu, struct machine_rcu *list)
{
	cpu->in_callback = true;
	for (struct machine_rcu *next; list; list = next) {
		next = list->next;
		list->fn(list);
		__atomic_fetch_sub(&cpu->machine->callbacks, 1, __ATOMIC_ACQ_REL);
	}
	cpu->in_callback = false;
}

/*
 * At a step with interrupts on, so this CPU is in no section itself. Only one batch of callbacks
 * waits at a time; what comes later waits for the next period, since sections that it must wait for
 * may have begun after this one.
 */
void threads_grace(struct threads_cpu *cpu)
{
	struct machine_rcu *list = cpu->waiting;

	if (cpu->in_callback || (!list && !cpu->queued) || threads_random(4))
		return;
	if (!list) {
		cpu->waiting = cpu->queued;
		cpu->queued = NULL;
		look_at_sections(cpu->machine, cpu->seen);
	} else if (sections_over(cpu->machine, cpu->seen)) {
		cpu->waiting = NULL;
		run_callbacks(cpu, list);
	}
}
