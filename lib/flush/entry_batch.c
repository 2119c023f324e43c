/* SPDX-License-Identifier: MIT */
/*
 * entry_batch.c - entries that are flushed before their page-table lock is released; why, and when, says entry_batch.h.
 *
 * What is kept is a gather's record, as a flush reads it: ranges of one address space, with what is known of their VMAs. CPUs that are interrupted read it
 * where it stands, so it is not touched before they have answered.
 */
#include <shootdown/entry_batch.h>
#include "../internal.h"

void tlb_entry_batch_flush(struct tlb_entry_batch *batch)
{
	struct mmu_gather *changed = &batch->changed;

	if (!tlb_recorded(changed))
		return;
	tlb_flush_recorded(changed);
	if (tlb_has_secondary(changed->mm))
		tlb_notify_recorded(changed);
	changed->cleared = 0;
}

static void tlb_entry_batch_begin(struct mmu_gather *changed, struct tlb_mm *mm)
{
	changed->mm = mm;
	changed->end = TLB_NO_END;
	changed->nr_ranges = 0;
	changed->range_flags = 0;
	changed->state = TLB_GATHER_OPEN;
}

void tlb_entry_batch_add(struct tlb_entry_batch *batch, const struct tlb_vma *vma, enum tlb_level level,
			 unsigned long addr, unsigned long size)
{
	struct mmu_gather *changed = &batch->changed;

	shootdown_assert(shootdown_arch()->entry_batch, "tlb_entry_batch_add: needs the choice entry_batch");
	if (changed->mm != vma->mm)
		tlb_entry_batch_flush(batch);
	if (!tlb_recorded(changed))
		tlb_entry_batch_begin(changed, vma->mm);
	changed->range_flags |= tlb_flush_flags(vma);
	tlb_flush_level_range(changed, level, addr, size);
}

bool tlb_entry_batch_asks(const struct mmu_gather *tlb)
{
	return !tlb->fullmm || (RULE(secondary_batches) && tlb_has_secondary(tlb->mm));
}
