/* SPDX-License-Identifier: MIT */
/* internal.h - what the library's own files say to each other; no kernel includes it. */
#ifndef SHOOTDOWN_INTERNAL_H
#define SHOOTDOWN_INTERNAL_H

#include <shootdown/gather.h>
#include <shootdown/rule.h>

/* flush.c: issue and wait. */
void tlb_flush_now(struct tlb_flush *flush);

/* batch.c: pages. free: no page-table lock; release: the batch pages themselves, at the very end. */
void tlb_batch_init(struct mmu_gather *tlb);
void tlb_batch_free_pages(struct mmu_gather *tlb);
void tlb_batch_release(struct mmu_gather *tlb);
bool tlb_batch_queue_page(struct mmu_gather *tlb, shootdown_page_t page);

/* table.c: hand the table batch over to be freed. */
void tlb_table_flush(struct mmu_gather *tlb);

/* mm.c: how many gathers are open on @mm, as far as the caller's page-table locks let him know (ORD-4). */
long tlb_mm_open_gathers(const struct tlb_mm *mm);

/* gather.c: is anything recorded? */
bool tlb_recorded(const struct mmu_gather *tlb);

/* 1 << @shift bytes, or 0 for the whole address space: where a word is short, an upper level's entry covers all of it. */
static inline unsigned long tlb_shift_size(unsigned int shift)
{
	return shift < sizeof(unsigned long) * 8 ? 1ul << shift : 0;
}

static inline unsigned long tlb_level_size(enum tlb_level level)
{
	return tlb_shift_size((unsigned int)SHOOTDOWN_PTE_SHIFT(level));
}

#endif
