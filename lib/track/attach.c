/* SPDX-License-Identifier: MIT */
/*
 * attach.c - who has an address space attached, where entries are changed and invalidated by one instruction (the choice attach).
 *
 * Two sets. Attached: CPUs that have the root loaded, or are about to. Cpus: those that may hold some entry, as entries survive a switch; who is
 * attached without being in it waits in tlb_attach(). What is changed while nobody else is attached may be left for later (LATER): a CPU that
 * comes flushes first. What nobody else may hold either is invalidated here alone (HERE). A flush of everything on all CPUs leaves nothing to
 * those that are not attached: it takes them out of cpus.
 *
 * Who changes an entry: counts itself; a full fence; reads the sets; changes the entry; says what it left; counts itself out. Who takes CPUs out:
 * counts itself; a full fence; reads who is attached; takes the others out; flushes; counts itself out. A CPU that comes: attached; a full
 * fence; waits until nobody is counted; into cpus; flushes what was left; loads the root.
 *
 *  1. The fences (ORD-10): who changes an entry finds the CPU attached, or the CPU finds it counted and waits for the change, and for the
 *     word of what was left. Later ones find it attached. So does who takes CPUs out: one that it finds absent has filled nothing since, and
 *     fills nothing before the flush is complete, though meanwhile others find it in no set, and invalidate without it.
 *  2. From attached to cpus a CPU holds nothing, and may soon: so cpus alone do not say whom HERE would miss. Attached is read first: who has
 *     come, filled and gone by then is in cpus.
 *  3. What was left is counted, not a flag: a flush pays for what it has read before, and not for what is left while it is on. Who finds all paid
 *     comes after that flush. Two who pay at once both flush.
 *  4. A walk finds an entry that was left as it was, until the store is seen by walks. So the fence of tables stands before the word: who reads
 *     that and pays may run anywhere, and the CPU that has stored flushes no more.
 */
#include <shootdown/entry.h>
#include "../internal.h"

/* Everything that is left or nothing: numbers are compared for equality alone. */
static bool tlb_owes(const struct tlb_mm *mm, long owed)
{
	/* ORD-10, an acquire: conclusion 3. Pairs with the release in tlb_pay(). */
	return __atomic_load_n(&mm->paid, __ATOMIC_ACQUIRE) != owed;
}

/* Relaxed: who owes is counted out behind it, or pays himself. */
static void tlb_owe(struct tlb_mm *mm)
{
	__atomic_fetch_add(&mm->owed, 1, __ATOMIC_RELAXED);
}

/* Is there another CPU than this one in @cpus? */
static bool tlb_others_in(const shootdown_cpus_t *cpus)
{
	shootdown_cpumask_t others = shootdown_cpus_read(cpus);

	shootdown_cpumask_take(&others, shootdown_cpu());
	return shootdown_cpumask_count(&others);
}

/* Conclusion 2, and its order: both reads are acquires. */
static bool tlb_others_hold(const struct tlb_mm *mm)
{
	return (RULE(here_asks_attached) && tlb_others_in(&mm->attached)) ||
	       (RULE(here_asks_holders) && tlb_others_in(&mm->cpus));
}

/* Amid a change, of entries or of who may hold some. */
static void tlb_count_in(struct tlb_mm *mm)
{
	/* ORD-10, relaxed: the fence is behind it. */
	__atomic_fetch_add(&mm->changing, 1, __ATOMIC_RELAXED);
	/* Conclusion 1: pairs with that of hook 5 in tlb_attach(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void tlb_count_out(struct tlb_mm *mm)
{
	/* A release: pairs with the full barrier in tlb_attach(), behind the wait. */
	__atomic_fetch_sub(&mm->changing, 1, __ATOMIC_RELEASE);
}

enum tlb_entry_way tlb_entry_begin(struct tlb_mm *mm, bool later)
{
	if (!tlb_attaches())
		return TLB_WAY_EVERYWHERE;
	tlb_count_in(mm);
	if (RULE(later_asks_attached) && tlb_others_in(&mm->attached))
		later = false;
	if (later)
		return TLB_WAY_LATER;
	return tlb_others_hold(mm) ? TLB_WAY_EVERYWHERE : TLB_WAY_HERE;
}

void tlb_entry_end(struct tlb_mm *mm, enum tlb_entry_way way)
{
	if (!tlb_attaches())
		return;
	if (way == TLB_WAY_LATER) {
		/* Conclusion 4. */
		shootdown_fence_tables();
		tlb_owe(mm);
	}
	tlb_count_out(mm);
}

/* Those who hold nothing behind the flush that follows. */
static void tlb_take_absent(struct tlb_mm *mm)
{
	/* ORD-3: an acquire. What a CPU that is not attached has filled was there before this read. */
	shootdown_cpumask_t attached = shootdown_cpus_read(&mm->attached), holders = shootdown_cpus_read(&mm->cpus);
	unsigned int cpu = 0;

	for (unsigned int left = shootdown_cpumask_count(&holders); left; left--, cpu++) {
		cpu = shootdown_cpumask_next(&holders, cpu);
		if (RULE(attached_stay_holders) && shootdown_cpumask_take(&attached, cpu))
			continue;
		shootdown_cpus_remove(&mm->cpus, cpu);
	}
}

static void tlb_flush_everywhere(struct tlb_mm *mm, const struct tlb_flush *flush)
{
	bool counted = RULE(absent_wait_for_flush);

	if (counted)
		tlb_count_in(mm);
	tlb_take_absent(mm);
	shootdown_flush_broadcast(flush);
	tlb_broadcast_wait();
	if (counted)
		tlb_count_out(mm);
}

static void tlb_flush_all_of(struct tlb_mm *mm)
{
	struct tlb_flush flush = tlb_request_all(mm);

	shootdown_count(TLB_COUNT_FLUSHES, 1);
	shootdown_count(TLB_COUNT_FULL, 1);
	if (tlb_others_hold(mm))
		tlb_flush_everywhere(mm, &flush);
	else
		shootdown_flush_local(&flush);
}

/* Flushes all that is left, if something is. Pinned, or interrupts off. */
static void tlb_pay(struct tlb_mm *mm)
{
	/* ORD-10, an acquire: conclusion 4, the flush behind it. Pairs with tlb_owe(), behind the fence of tables. */
	long owed = __atomic_load_n(&mm->owed, __ATOMIC_ACQUIRE);

	if (!tlb_owes(mm, owed))
		return;
	tlb_flush_all_of(mm);
	/* ORD-10, a release: conclusion 3. What was owed when the flush began. */
	__atomic_store_n(&mm->paid, owed, __ATOMIC_RELEASE);
}

/* Entries were invalidated as they were changed, or are owed; tables are what nobody has said yet. */
void tlb_pay_for(struct tlb_flush *flush)
{
	/* Nothing is left of it in a kernel without the choice. */
	if (!tlb_attaches())
		return;
	if (flush->tables)
		tlb_owe(flush->mm);
	if (RULE(flush_pays))
		tlb_pay(flush->mm);
	flush->state = TLB_FLUSH_ALONE;
}

void tlb_attach(struct tlb_mm *mm)
{
	if (!tlb_attaches())
		return;
	/* ORD-10, conclusion 1: with a full barrier behind it. */
	shootdown_cpus_add(&mm->attached, shootdown_cpu());
	/* Few instructions each, and none of them waits for this CPU. Relaxed: a full barrier is behind it. Pairs with tlb_entry_end(). */
	while (RULE(attach_waits) && __atomic_load_n(&mm->changing, __ATOMIC_RELAXED))
		shootdown_wait_zero(&mm->changing);
	shootdown_cpus_add(&mm->cpus, shootdown_cpu());
	if (RULE(attach_pays))
		tlb_pay(mm);
}

void tlb_detach(struct tlb_mm *mm)
{
	/* ORD-3: releases. Whoever finds it gone finds its accesses done. */
	if (!shootdown_arch()->asids)
		shootdown_cpus_remove(&mm->cpus, shootdown_cpu());
	shootdown_cpus_remove(&mm->attached, shootdown_cpu());
}

/* What another thread has left on this CPU. */
void tlb_attach_resume(struct tlb_mm *mm)
{
	if (tlb_attaches() && RULE(resume_pays))
		tlb_pay(mm);
}
