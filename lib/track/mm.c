/* SPDX-License-Identifier: MIT */
/*
 * mm.c - which CPUs may hold translations of an address space, and how many gathers are open on it.
 *
 * The mask is what a flush by interrupts asks. A bit may be set too long, which costs an interrupt; it must never be
 * clear too long, nor fall too early:
 *
 *  1. It is set before the first walk through the root (ORD-1): the flusher finds the bit, or the walk the change.
 *  2. It falls after the last use of a translation (ORD-3), since a CPU that is not asked gives no other answer.
 *  3. Where entries survive a switch (asids) the switch is not the last use. Then only who invalidated may forget.
 */
#include "../internal.h"

void tlb_mm_init(struct tlb_mm *mm)
{
	shootdown_cpus_init(&mm->cpus);
	/* Nobody else can see it yet: what makes the mm known makes this known. */
	mm->pending = 0;
}

void tlb_mm_destroy(struct tlb_mm *mm)
{
	/* Nobody else has the mm any more, and whatever told the caller so has the order. */
	shootdown_assert(__atomic_load_n(&mm->pending, __ATOMIC_RELAXED) == 0,
			 "tlb_mm_destroy: needs every gather of this mm closed, each once");
	(void)mm;
}

/* A broadcast asks nobody who is there; only interrupts need the mask. */
static bool tlb_mm_uses_mask(void)
{
	return shootdown_arch()->reach == TLB_REACH_IPI;
}

void tlb_mm_enter(struct tlb_mm *mm)
{
	/* ORD-1, conclusion 1: a bit that is set after the root is loaded comes after the first fill. */
	if (tlb_mm_uses_mask() && RULE(mm_enter_before_load))
		shootdown_cpus_add(&mm->cpus, shootdown_cpu());
}

void tlb_mm_leave(struct tlb_mm *mm)
{
	/* Conclusion 3: the entries stay behind and are live again as soon as this CPU comes back. */
	if (shootdown_arch()->asids && RULE(asid_keeps_cpu))
		return;
	/* ORD-3, conclusion 2: a release. A CPU that is not asked has given its answer here. */
	if (tlb_mm_uses_mask())
		shootdown_cpus_remove(&mm->cpus, shootdown_cpu());
}

void tlb_mm_forget_cpu(struct tlb_mm *mm, unsigned int cpu)
{
	/*
	 * ORD-3, as in tlb_mm_leave(). With ids too: the caller says that nothing stayed behind. It may speak of another CPU, as one that
	 * went down cannot: what that did last comes before this call by whatever told the caller that it is down.
	 */
	if (tlb_mm_uses_mask())
		shootdown_cpus_remove(&mm->cpus, cpu);
}

/* Not "may be pending": an answer of no is certain, for entries read under the lock (ORD-4). */
bool tlb_mm_flush_pending(struct tlb_mm *mm)
{
	return tlb_mm_open_gathers(mm) > 0;
}

/* One of them is the caller's own, so it never reads 0. */
bool tlb_mm_flush_nested(struct tlb_mm *mm)
{
	long open = tlb_mm_open_gathers(mm);

	shootdown_assert(open > 0, "tlb_mm_flush_nested: needs a gather of the caller's own");
	return open > 1;
}
