/* SPDX-License-Identifier: MIT */
/*
 * unmap.c - a batch of entries that were cleared from the side of their pages, in any number of address spaces.
 *
 * The argument. The batch is to each of its address spaces what a gather is to its one (gather.c, conclusions 1 to 3): the count goes up
 * before anybody can see the first cleared entry, and falls when its flush is over. So nobody else needs to know that batches exist.
 * It goes up under the page-table lock and not before it, because the address space is not known before; whoever reads the entry takes the
 * same lock after it was dropped.
 *
 * The pages are the caller's: it holds them locked, or frozen, and neither writes them out nor gives them back before the flush.
 */
#include <shootdown/unmap.h>
#include "../internal.h"

void tlb_unmap_init(struct tlb_unmap_batch *batch)
{
	batch->nr = 0;
	batch->dirty = false;
}

/* @batch->nr: it has none. */
static unsigned int tlb_unmap_find(const struct tlb_unmap_batch *batch, const struct tlb_mm *mm)
{
	unsigned int i = 0;

	while (i < batch->nr && batch->space[i].mm != mm)
		i++;
	return i;
}

bool tlb_unmap_full(const struct tlb_unmap_batch *batch, const struct tlb_mm *mm)
{
	return batch->nr == SHOOTDOWN_UNMAP_SPACES && tlb_unmap_find(batch, mm) == batch->nr;
}

static void tlb_unmap_add(struct tlb_unmap_batch *batch, struct tlb_mm *mm)
{
	unsigned int at = batch->nr++;

	batch->space[at] = (struct tlb_flush){ .mm = mm, .start = ~0ul };
	batch->lane[at] = 0;
	/* First place of the rule: the second lowers what is raised here. */
	if (RULE(unmap_counted))
		tlb_pending_raise(mm, &batch->lane[at]);
}

bool tlb_unmap_defer(struct tlb_unmap_batch *batch, struct tlb_vma *vma, struct tlb_changes *table, unsigned long addr,
		     bool dirty)
{
	unsigned long size = tlb_shift_size(vma->page_shift);
	unsigned int at = tlb_unmap_find(batch, vma->mm);
	bool added = at == batch->nr;
	struct tlb_flush *request = &batch->space[at];

	shootdown_assert(at < SHOOTDOWN_UNMAP_SPACES, "tlb_unmap_defer: was full, needs a flush first");
	if (added)
		tlb_unmap_add(batch, vma->mm);
	if (tlb_lanes() > 1)
		tlb_mark_lane(table, batch->lane[at], TLB_LOST_ENTRY);
	if (request->start > addr)
		request->start = addr;
	if (request->end < addr + size)
		request->end = addr + size;
	request->exec |= (vma->flags & TLB_VMA_EXEC) != 0;
	request->huge |= (vma->flags & TLB_VMA_HUGE) != 0;
	if (!request->stride_shift || request->stride_shift > vma->page_shift)
		request->stride_shift = vma->page_shift;
	batch->dirty |= dirty;
	return added;
}

/* A release, as in tlb_finish_mmu(): who no longer finds the count comes after the flush. */
static void tlb_unmap_uncount(const struct tlb_unmap_batch *batch)
{
	for (unsigned int i = 0; i < batch->nr; i++) {
		/* Second place of the rule: what was not raised is not lowered. */
		if (RULE(unmap_counted))
			tlb_pending_lower(batch->space[i].mm, batch->lane[i]);
	}
}

void tlb_unmap_flush(struct tlb_unmap_batch *batch)
{
	tlb_flush_wave(batch->space, batch->nr);
	tlb_unmap_uncount(batch);
	tlb_unmap_init(batch);
}

void tlb_unmap_flush_dirty(struct tlb_unmap_batch *batch)
{
	if (batch->dirty)
		tlb_unmap_flush(batch);
}
