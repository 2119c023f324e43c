/* SPDX-License-Identifier: MIT */
/*
 * gather.c - the life of a gather: what is recorded, when it is flushed, and that only then anything is freed.
 *
 * The argument. An entry is cleared under its page-table lock and recorded before its page is queued. Pages are
 * freed by tlb_flush_mmu() alone, which flushes what is recorded first; what was flushed before, by tlbonly or a
 * VMA's end, needs no second flush, because a translation cannot come back once its entry is clear.
 *
 * Gathers of one mm may overlap, and then one finds entries already clear that the other has not flushed yet. It
 * has nothing recorded, but its caller too promises that the mapping is gone. So every gather is counted in
 * tlb_mm.pending from before its first entry is cleared until after its last flush:
 *
 *  1. Whoever reads an entry that another gather changed, under that entry's lock, reads the count afterwards and
 *     finds it raised, or the flush done (ORD-4).
 *  2. So a gather that finds itself alone at its end owes nothing for others; one that does not flushes all of
 *     the mm, tables included, since it cannot know what the other one changed. Where tables say who changed them
 *     (pending.h) only those count that changed a table it has looked at, and what it has looked at is flushed.
 *  3. The count falls after the flush, or conclusion 1's "or" would be wrong. It need not wait for the frees: nobody
 *     asks for it to know what is free.
 */
#include "../internal.h"

/*
 * Nothing is recorded. The whole mm's range is everything from the beginning, and stays so when entries are recorded in
 * it. fully_unshared_tables is left alone: a flush waits for hardware, not for software walkers.
 */
static void tlb_reset_range(struct mmu_gather *tlb)
{
	tlb->end = TLB_NO_END;
	tlb->nr_ranges = 0;
	tlb->freed_tables = false;
	tlb->unshared_tables = false;
	tlb->cleared = 0;
	tlb->range_flags = 0;
	if (tlb->fullmm) {
		tlb->start = 0;
		tlb->end = TLB_ADDRESS_MAX;
		tlb->range_flags = TLB_VMA_EXEC | TLB_VMA_HUGE;
	}
}

/* Entries were cleared, nobody knows which: of any level and VMA. Only what is known of tables stays as it is. */
void tlb_record_everything(struct mmu_gather *tlb)
{
	tlb->start = 0;
	tlb->end = TLB_ADDRESS_MAX;
	tlb->nr_ranges = 0;
	tlb->cleared = (1u << TLB_LEVELS) - 1;
	tlb->range_flags = TLB_VMA_EXEC | TLB_VMA_HUGE;
}

static void tlb_open(struct mmu_gather *tlb, struct tlb_mm *mm, bool fullmm)
{
	shootdown_assert(mm, "tlb_gather_mmu: needs an mm");

	/* Not moved: what was there before may be anything. */
	tlb->state = TLB_GATHER_OPEN;
	tlb->mm = mm;
	tlb->fullmm = fullmm;
	tlb->fully_unshared_tables = false;
	tlb->vma_pfn = false;
	tlb->vma_flags = 0;
	tlb->page_size = 0;
	tlb->batch = NULL;
	/* Also with one lane, for which they say nothing: they are cleared with their neighbours, in one store. */
	tlb->lane = 0;
	tlb->seen = 0;
	tlb_reset_range(tlb);
	tlb_batch_init(tlb);

	/* Conclusion 1: before any page-table lock. */
	if (tlb_lanes() > 1)
		tlb_begin_to_look(tlb);
	/* First place of the rule: the second lowers what is raised here. */
	if (RULE(pending_before_ptl))
		tlb_pending_raise(mm, &tlb->lane);
}

void tlb_gather_mmu(struct mmu_gather *tlb, struct tlb_mm *mm)
{
	tlb_open(tlb, mm, false);
}

void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct tlb_mm *mm)
{
	tlb_open(tlb, mm, true);
}

void tlb_gather_mmu_vma(struct mmu_gather *tlb, struct tlb_vma *vma)
{
	tlb_open(tlb, vma->mm, false);
	tlb->vma_flags = tlb_flush_flags(vma);
	tlb->vma_pfn = (vma->flags & (TLB_VMA_PFN | TLB_VMA_MIXED)) != 0;
	/* Of any other VMA the size is told when its first page is queued. */
	if (vma->flags & TLB_VMA_HUGE)
		tlb_change_page_size(tlb, 1ul << vma->page_shift);
}

/* ---- VMAs ---- */

void tlb_flush_vma_cache(struct tlb_vma *vma)
{
	shootdown_assert(shootdown_arch()->virtual_cache, "tlb_flush_vma_cache: needs a cache to flush");
	/* The lines are found by address, so they go while the address still means something. */
	if (RULE(cache_before_entries))
		shootdown_flush_cache(vma, vma->start, vma->end);
}

void tlb_leave_vma(struct mmu_gather *tlb)
{
	if (tlb->fullmm)
		return;
	/* The flush may come after the next VMA: what this one says is kept with what was recorded of it. */
	if (RULE(exec_union) && tlb_recorded(tlb))
		tlb->range_flags |= tlb->vma_flags;
	tlb->vma_flags = 0;
	/*
	 * One flush for all VMAs. A row with no_range, where each would be a flush of the whole mm, says merge_vmas as well:
	 * that is a law of facts.def.
	 */
	if (shootdown_arch()->merge_vmas)
		return;
	/* Second place of the rule: a VMA that is not merged is flushed here, and so before its unlink in any case. */
	if (RULE(pfn_flush_before_unlink) || !tlb->vma_pfn)
		tlb_flush_mmu_tlbonly(tlb);
}

void tlb_free_vmas_found(struct mmu_gather *tlb)
{
	/* Of a dead mm only what walks its tables besides CPUs may use what it maps. */
	bool used = !tlb->fullmm || tlb_has_secondary(tlb->mm);

	/* Nobody can find the VMA once it is unlinked, so what it maps must be gone from the TLBs first. */
	if (tlb->vma_pfn && used && RULE(pfn_flush_before_unlink))
		tlb_flush_mmu_tlbonly(tlb);
	/* The same of dirty pages: who cleans one would not find a VMA to ask about. And the VMA is about to be freed. */
	if (RULE(rmaps_before_unlink))
		tlb_flush_rmaps(tlb);
}

void tlb_change_page_size(struct mmu_gather *tlb, unsigned long page_size)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_change_page_size: needs an open gather");
	if (!shootdown_arch()->page_size)
		return;
	/* One flush covers one size, unless it covers everything anyway. What is queued goes with it: its size is known. */
	if (tlb->page_size && tlb->page_size != page_size && tlb->end != TLB_ADDRESS_MAX)
		tlb_flush_mmu(tlb);
	tlb->page_size = page_size;
}

/* ---- flushing ---- */

/*
 * The address-space id of a dead mm is not given out again before everything was flushed, and nobody runs under it; with catch_up a CPU drops
 * what it has under an id before it uses that for another mm. Its tables are given out again at once, unless they are kept, and a walk
 * that began under it may still be going on.
 */
static bool tlb_needs_no_flush(const struct mmu_gather *tlb)
{
	return (shootdown_arch()->fullmm_skip || tlb_catches_up()) && tlb->fullmm && !tlb->freed_tables &&
	       !tlb->unshared_tables;
}

/*
 * Entries were flushed before their page-table locks were released, also those that another gather has found changed; no TLB holds anything of tables. Of
 * a table that was left no entry has changed.
 */
static inline bool tlb_was_flushed(const struct mmu_gather *tlb)
{
	return shootdown_arch()->entry_batch && !tlb->fullmm && !tlb->unshared_tables;
}

/* An empty entry that was found empty is not recorded: whoever cleared it flushes, or conclusion 2 does. */
static inline bool tlb_flush_if_recorded(const struct mmu_gather *tlb)
{
	if (!tlb_recorded(tlb))
		return false;
	if (tlb_was_flushed(tlb))
		return true;
	/* Who walks these tables besides CPUs goes on walking them when the last program has ended. */
	if (tlb_needs_no_flush(tlb) && !(tlb_has_secondary(tlb->mm) && RULE(exit_notifies)))
		return true;
	tlb_flush_recorded(tlb);
	if (tlb_has_secondary(tlb->mm))
		tlb_notify_recorded(tlb);
	return true;
}

void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_flush_mmu_tlbonly: needs an open gather");
	if (tlb_flush_if_recorded(tlb))
		tlb_reset_range(tlb);
}

/*
 * The law, step 2, ahead of step 3. Everything that is freed was queued after its entry was recorded, so what is recorded
 * now covers all that no flush has covered yet. Of a gather that is being closed (@last) nothing is recorded after it.
 */
static inline void tlb_invalidate(struct mmu_gather *tlb, bool last)
{
	if (RULE(flush_before_free) && tlb_flush_if_recorded(tlb)) {
		if (last)
			tlb->cleared = 0;
		else
			tlb_reset_range(tlb);
	}
}

/* The law, step 3. */
static void tlb_free_queued(struct mmu_gather *tlb)
{
	if (tlb->batch)
		tlb_table_flush(tlb);
	if (tlb_queued(tlb))
		tlb_batch_free_pages(tlb);
}

void tlb_flush_mmu(struct mmu_gather *tlb)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_flush_mmu: needs an open gather");
	tlb_invalidate(tlb, false);
	tlb_drop_rmaps(tlb);
	tlb_free_queued(tlb);
}

/* Was what this caller has looked at changed by a gather that is still open? */
static inline bool tlb_is_nested(const struct mmu_gather *tlb)
{
	unsigned long open = tlb_mm_open_gathers(tlb->mm);

	return tlb_lanes() == 1 ? open > 1 : tlb_seen_in(tlb, open);
}

/* Conclusion 2. What is recorded here is part of it. */
static TLB_RARE void tlb_flush_for_others(struct mmu_gather *tlb)
{
	unsigned long start = tlb->start, end = tlb->end;

	tlb_record_everything(tlb);
	if (tlb_lanes() > 1 && end != TLB_ADDRESS_MAX) {
		/* They may have changed what this gather has looked at, of pages of any size. */
		tlb->start = start;
		tlb->end = end;
		tlb->page_size = 0;
		tlb_join_ranges(tlb, tlb->look_start, tlb->look_end);
	} else {
		tlb->fullmm = true;
	}
	/* The other gather may be freeing tables; and this mm is not dead, whatever fullmm says (fullmm_skip). */
	if (RULE(nested_flush_tables))
		tlb->freed_tables = true;
}

void tlb_finish_mmu(struct mmu_gather *tlb)
{
	bool nested, late;

	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_finish_mmu: needs an open gather");
	shootdown_assert(tlb->state != TLB_GATHER_UNSHARED, "tlb_finish_mmu: needs tlb_flush_unshared_tables() first");

	/* Read before this gather's last flush: what another one changed later, this caller has not read. */
	nested = RULE(nested_flush) && !tlb_was_flushed(tlb) && tlb_is_nested(tlb);
	if (nested)
		tlb_flush_for_others(tlb);
	if (tlb_catches_up() && !nested && tlb->fullmm)
		tlb_keep_tables(tlb);
	/* Conclusion 3. This is the last flush, and waiting for it orders its completion before the count falls. */
	if (RULE(pending_after_flush))
		tlb_invalidate(tlb, true);
	late = tlb_recorded(tlb);
	tlb_drop_rmaps(tlb);
	/* Second place of the rule: what was not raised is not lowered. */
	if (RULE(pending_before_ptl))
		tlb_pending_lower(tlb->mm, tlb->lane);
	/* Only without that rule, so this frees and does nothing else. */
	if (late)
		tlb_invalidate(tlb, true);
	tlb_free_queued(tlb);
	if (tlb->local.next)
		tlb_batch_release(tlb);
	/* Nobody looks but contracts: a kernel that does not ask need not store it. */
	shootdown_assert((tlb_gather_move(tlb, TLB_GATHER_CLOSED), true), "tlb_finish_mmu: closes an open gather");
}
