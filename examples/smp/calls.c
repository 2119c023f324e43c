/* SPDX-License-Identifier: MIT */
/*
 * calls.c - interrupts, calls to other CPUs, grace periods, and CPUs that come and go.
 *
 * Calls. Every CPU has one slot for each caller. The bit of the caller in the target's doorbell says whose turn it is:
 * clear, the caller may fill the slot; set, the target may read it. So a call needs no lock and no memory.
 *
 *  1. The target runs what it finds with interrupts off, and only the target clears its bits: each call runs once.
 *  2. It copies the slot and clears the bit before it calls: the call ends with an answer, and then the request is gone
 *     and the caller may want the slot again.
 *  3. Whoever waits, for an answer, a slot or a lock, answers in his loop. So two CPUs that wait for each other both
 *     get on, with interrupts on or off, and hook 34 may say "true".
 *
 * Sections. A CPU counts up whenever it enters or leaves a stretch of code that others must be able to wait for: with
 * interrupts off, pinned, or reading tables under RCU. Odd is inside. To wait for all sections that run now is to read
 * every count, and then to wait until those that were odd have changed.
 *
 *  4. The count rises before anything in the section is read, and whoever waits has done his change before he reads
 *     counts; both with a full fence between. So he finds the section, or the section finds his change.
 *
 * With 4 a grace period is one wait (hooks 29 to 31), and a CPU that goes down waits until nobody can be about to call
 * it (hooks 10 and 33).
 */
#include <sched.h>
#include "smp.h"

struct cpu cpus[CPUS];
_Thread_local struct cpu *this_cpu;
static shootdown_cpus_t online;

unsigned int shootdown_cpu(void)
{
	return this_cpu->number;
}

shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return shootdown_cpus_read(&online);
}

/* ---- interrupts ---- */

static void rcu_tick(void);

/* Hardware: between two instructions a CPU takes its interrupts, if they are on. Here, where the code lets it. */
void cpu_step(void)
{
	if (this_cpu->irqs_off)
		return;
	if (__atomic_load_n(&this_cpu->doorbell, __ATOMIC_RELAXED))
		shootdown_call_poll();
	rcu_tick();
}

/*
 * Hardware: CPU @cpu has a reason to look. These CPUs look by themselves; others write to their interrupt controller
 * here, and some need a barrier first, because that write is not ordered with memory: x2APIC "mfence; lfence", GICv3
 * "dsb ishst", RISC-V "fence w, o" for a device or nothing before an SBI call.
 */
static void cpu_ring(unsigned int cpu)
{
	(void)cpu;
}

void irq_disable(void)
{
	section_enter();
	this_cpu->irqs_off++;
}

void irq_enable(void)
{
	this_cpu->irqs_off--;
	section_exit();
	cpu_step();
}

/* ---- calls (hooks 16 to 18) ---- */

static void wait_for_slot(const struct cpu *target, unsigned long bit)
{
	/* Acquire: the target has read the slot before it is filled again. */
	while (__atomic_load_n(&target->doorbell, __ATOMIC_ACQUIRE) & bit) {
		shootdown_call_poll();
		shootdown_relax();
	}
}

/* If interrupt handlers flushed, interrupts would be off from the look at the slot until the bit is set. */
void shootdown_call_cpus(const shootdown_cpumask_t *mask, void (*fn)(void *), void *arg)
{
	unsigned long bit = 1ul << this_cpu->number;

	for (unsigned int i = 0; i < CPUS; i++) {
		if (!(*mask >> i & 1))
			continue;
		wait_for_slot(&cpus[i], bit);
		cpus[i].slot[this_cpu->number] = (struct call){ fn, arg };
		/* Release: with the bit the target sees the slot, and whatever the caller stored before. */
		__atomic_fetch_or(&cpus[i].doorbell, bit, __ATOMIC_RELEASE);
		cpu_ring(i);
	}
}

void shootdown_call_poll(void)
{
	struct cpu *cpu = this_cpu;
	unsigned long calls;

	/* Nothing there is the common case of a spin loop. */
	if (!__atomic_load_n(&cpu->doorbell, __ATOMIC_RELAXED))
		return;
	/* Conclusion 1. Not irq_disable(): its end would take interrupts in the middle of whoever polls. */
	section_enter();
	cpu->irqs_off++;
	while ((calls = __atomic_load_n(&cpu->doorbell, __ATOMIC_ACQUIRE)) != 0) {
		unsigned int caller = (unsigned int)__builtin_ctzl(calls);
		struct call call = cpu->slot[caller];

		/* Conclusion 2. */
		__atomic_fetch_and(&cpu->doorbell, ~(1ul << caller), __ATOMIC_RELEASE);
		call.fn(call.arg);
	}
	cpu->irqs_off--;
	section_exit();
}

/*
 * An answer takes microseconds. A kernel would look at a clock, and print the request that @counter stands in. Relaxed: the
 * library looks again, and that is the acquire.
 */
void shootdown_wait_zero(const long *counter)
{
	for (unsigned long turns = 0; __atomic_load_n(counter, __ATOMIC_RELAXED); turns++) {
		if (turns == 1ul << 30)
			smp_panic("a CPU does not answer");
		shootdown_call_poll();
		shootdown_relax();
	}
}

/* A hardware thread would pause; these lend their CPU to each other. */
void shootdown_relax(void)
{
	cpu_step();
	sched_yield();
}

/* ---- sections (hooks 31 and 33) ---- */

void section_enter(void)
{
	if (this_cpu->depth++)
		return;
	__atomic_fetch_add(&this_cpu->section, 1, __ATOMIC_RELAXED);
	/* Conclusion 4: before anything in the section is read. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void section_exit(void)
{
	/* Release: what was done in the section is done. */
	if (!--this_cpu->depth)
		__atomic_fetch_add(&this_cpu->section, 1, __ATOMIC_RELEASE);
}

static void sections_look(unsigned long *seen)
{
	/* Conclusion 4: after the change that the sections may not have found. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < CPUS; i++)
		seen[i] = __atomic_load_n(&cpus[i].section, __ATOMIC_RELAXED);
}

static bool sections_over(const unsigned long *seen)
{
	for (unsigned int i = 0; i < CPUS; i++) {
		/* Acquire: pairs with section_exit(), and the change to even with what came before it. */
		unsigned long now = __atomic_load_n(&cpus[i].section, __ATOMIC_ACQUIRE);

		if (&cpus[i] != this_cpu && seen[i] & 1 && now == seen[i])
			return false;
	}
	return true;
}

void shootdown_sync_walkers(void)
{
	unsigned long seen[CPUS];

	shootdown_assert(!this_cpu->irqs_off, "shootdown_sync_walkers: needs interrupts on");
	sections_look(seen);
	while (!sections_over(seen)) {
		shootdown_call_poll();
		shootdown_relax();
	}
}

void shootdown_pin(void)
{
	section_enter();
}

void shootdown_unpin(void)
{
	section_exit();
}

/* ---- callbacks after a grace period (hooks 29 and 30) ---- */

void shootdown_call_rcu(struct rcu *rcu, void (*fn)(struct rcu *rcu))
{
	/* Interrupts off: a handler may free something as well. */
	this_cpu->irqs_off++;
	rcu->fn = fn;
	rcu->next = this_cpu->queued;
	this_cpu->queued = rcu;
	this_cpu->irqs_off--;
}

static void deferred_table(struct rcu *rcu)
{
	shootdown_free_table((struct page *)((char *)rcu - offsetof(struct page, rcu)));
}

void shootdown_defer_table(struct page *table)
{
	shootdown_call_rcu(&table->rcu, deferred_table);
}

/* From the timer of a kernel. This CPU is in no section: whoever steps has interrupts on, and no pin. */
static void rcu_tick(void)
{
	struct cpu *cpu = this_cpu;

	if (cpu->depth)
		return;
	if (cpu->waiting && sections_over(cpu->seen)) {
		struct rcu *done = cpu->waiting;

		cpu->waiting = NULL;
		while (done) {
			struct rcu *rcu = done;

			done = rcu->next;
			rcu->fn(rcu);
		}
	}
	if (!cpu->waiting && cpu->queued) {
		cpu->waiting = cpu->queued;
		cpu->queued = NULL;
		sections_look(cpu->seen);
	}
}

/* ---- CPUs that come and go ---- */

/*
 * In the set first, then invalidate: a flush that read the set before does not ask this CPU, and what it flushed is gone
 * here anyway; one that reads it later asks.
 */
void cpu_up(void)
{
	this_cpu->irqs_off = 0;
	shootdown_cpus_add(&online, this_cpu->number);
	tlb_drop_all();
}

/*
 * Out of every mm's mask, then out of the set. Somebody may have read either before, and call any moment; he is pinned
 * while he does, so this CPU answers until all who are pinned now have unpinned. Nobody else waits for its sections:
 * it runs nothing.
 */
void cpu_down(void)
{
	switch_mm(NULL);
	while (this_cpu->queued || this_cpu->waiting)
		shootdown_relax();
	shootdown_cpus_remove(&online, this_cpu->number);
	shootdown_sync_walkers();
	this_cpu->irqs_off = 1;
	shootdown_call_poll();
	shootdown_assert(!__atomic_load_n(&this_cpu->doorbell, __ATOMIC_RELAXED),
			 "cpu_down: nobody calls a CPU that is down");
}
