/* SPDX-License-Identifier: MIT */
/*
 * mm.c - which CPUs may hold translations of an address space.
 *
 * The mask is what a flush by interrupts asks. A bit may be set too long, which costs an interrupt; it must never be
 * clear too long, nor fall too early:
 *
 *  1. It is set before the first walk through the root (ORD-1): the flusher finds the bit, or the walk the change.
 *  2. It falls after the last use of a translation (ORD-3), since a CPU that is not asked gives no other answer.
 *  3. Where entries survive a switch (asids) the switch is not the last use. Then only who invalidated may forget, or who will catch up
 *     before its next use (catch_up, generation.c).
 */
#include <shootdown/mmu_notifier.h>
#include "../internal.h"

void tlb_mm_init(struct tlb_mm *mm)
{
	shootdown_cpus_init(&mm->cpus);
	/* Nobody else can see it yet: what makes the mm known makes this known. */
	mm->pending = 0;
	mm->notifiers = NULL;
	if (tlb_catches_up()) {
		mm->generation = 0;
		mm->context = shootdown_new_context();
		mm->kept = NULL;
	}
	if (tlb_attaches()) {
		shootdown_cpus_init(&mm->attached);
		mm->changing = 0;
		mm->owed = 0;
		mm->paid = 0;
	}
	if (tlb_shares_asids())
		mm->asid = 0;
	mm->secondary = NULL;
}

void tlb_mm_destroy(struct tlb_mm *mm)
{
	/* Nobody else has the mm any more, and whatever told the caller so has the order. */
	shootdown_assert(tlb_none_open((unsigned long)__atomic_load_n(&mm->pending, __ATOMIC_RELAXED)),
			 "tlb_mm_destroy: needs every gather of this mm closed, each once");
	shootdown_assert(!tlb_has_secondary(mm), "tlb_mm_destroy: needs every tlb_notifier unregistered");
	shootdown_assert(!mm->notifiers || (!mm->notifiers->first && !mm->notifiers->tree && !mm->notifiers->deferred),
			 "tlb_mm_destroy: needs nobody registered");
	if (tlb_catches_up())
		tlb_free_kept_tables(mm);
}

/* A broadcast asks nobody who is there; only interrupts need the mask. */
static bool tlb_mm_uses_mask(void)
{
	return shootdown_arch()->reach == TLB_REACH_IPI;
}

struct tlb_root tlb_mm_enter(struct tlb_mm *mm)
{
	/* Before the bit: that it runs @mm has to be seen by whoever sees the bit, and the barrier behind the bit is for both. */
	if (tlb_catches_up())
		tlb_generation_says(mm, false);
	/* ORD-1, conclusion 1: a bit that is set after the root is loaded comes after the first fill. */
	if (tlb_mm_uses_mask() && RULE(mm_enter_before_load))
		shootdown_cpus_add(&mm->cpus, shootdown_cpu());
	if (tlb_attaches())
		tlb_attach(mm);
	if (tlb_shares_asids())
		return tlb_asid_enter(mm);
	return tlb_catches_up() ? tlb_generation_enter(mm) : (struct tlb_root){ 0 };
}

void tlb_mm_leave(struct tlb_mm *mm)
{
	/* It is in no hurry to leave the mask, which others read: whoever asks it in vain does that. */
	if (tlb_catches_up())
		return;
	if (tlb_attaches())
		tlb_detach(mm);
	/* Conclusion 3: the entries stay behind and are live again as soon as this CPU comes back. */
	if (shootdown_arch()->asids && RULE(asid_keeps_cpu))
		return;
	/* ORD-3, conclusion 2: a release. A CPU that is not asked has given its answer here. */
	if (tlb_mm_uses_mask())
		shootdown_cpus_remove(&mm->cpus, shootdown_cpu());
}

void tlb_mm_lazy(struct tlb_mm *mm)
{
	if (tlb_catches_up())
		tlb_generation_says(mm, true);
}

void tlb_mm_resume(struct tlb_mm *mm)
{
	if (tlb_catches_up())
		tlb_generation_resume(mm);
	if (tlb_attaches())
		tlb_attach_resume(mm);
}

void tlb_mm_forget_cpu(struct tlb_mm *mm, unsigned int cpu)
{
	/*
	 * ORD-3, as in tlb_mm_leave(). With ids too: the caller says that nothing stayed behind. It may speak of another CPU, as one that
	 * went down cannot: what that did last comes before this call by whatever told the caller that it is down.
	 */
	if (tlb_mm_uses_mask() || tlb_attaches())
		shootdown_cpus_remove(&mm->cpus, cpu);
	if (tlb_attaches())
		shootdown_cpus_remove(&mm->attached, cpu);
}
