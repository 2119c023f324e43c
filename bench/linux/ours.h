/* SPDX-License-Identifier: MIT */
/* ours.h - for driver.c: the library, on a host that does nothing (bench/gather_host.h). */
#ifndef BENCH_LINUX_OURS_H
#define BENCH_LINUX_OURS_H

#include <shootdown/gather.h>

typedef struct tlb_mm measured_mm;
typedef struct tlb_vma measured_vma;

#define MEASURED_VMA(address_space, length)                                                \
	{                                                                                  \
		.mm = (address_space), .end = (length), .page_shift = SHOOTDOWN_PAGE_SHIFT \
	}

/* A flush asks who is there. */
static inline void measured_enter(measured_mm *mm)
{
	tlb_mm_init(mm);
	tlb_mm_enter(mm);
}

static inline bool measured_page(struct mmu_gather *tlb, unsigned long address, struct page *page)
{
	tlb_remove_tlb_entry(tlb, address);
	return tlb_queue_page(tlb, page, false);
}

#define measured_run measured_run
static inline bool measured_run(struct mmu_gather *tlb, unsigned long address, struct page *page, unsigned int nr)
{
	tlb_remove_tlb_entries(tlb, address, nr);
	return tlb_queue_folio_pages(tlb, page, nr, false);
}

static inline void measured_table(struct mmu_gather *tlb, unsigned long address, struct page *table)
{
	tlb_free_table(tlb, TLB_LEVEL_PTE, table, address);
}

#endif
