/* SPDX-License-Identifier: MIT */
/*
 * linux_names.h - Linux's names for what the library calls otherwise; optional.
 *
 * The library's own symbols live in tlb_*, mmu_* and shootdown_*, so that it can be linked into a kernel that has names
 * of its own, Linux's perhaps. Code that was written for Linux can include this header; the library does not.
 *
 * Where Linux's callers may move tables under flush_tlb_range(), it is tlb_flush_range_tables() here: never too little,
 * and an invalidation of everything where nothing less drops walk caches. Callers that changed entries only are better
 * off with tlb_flush_range().
 */
#ifndef SHOOTDOWN_LINUX_NAMES_H
#define SHOOTDOWN_LINUX_NAMES_H

#include <shootdown/gather.h>

/* ---- flush.h ---- */

static inline void flush_tlb_mm(struct tlb_mm *mm)
{
	tlb_mm_flush(mm);
}

static inline void flush_tlb_range(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	tlb_flush_range_tables(vma, start, end);
}

static inline void flush_tlb_page(struct tlb_vma *vma, unsigned long addr)
{
	tlb_flush_page(vma, addr);
}

static inline void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	tlb_flush_kernel_range(start, end);
}

/* ---- mm.h ---- */

static inline bool mm_tlb_flush_pending(struct tlb_mm *mm)
{
	return tlb_mm_flush_pending(mm);
}

static inline bool mm_tlb_flush_nested(struct tlb_mm *mm)
{
	return tlb_mm_flush_nested(mm);
}

/* ---- gather.h ---- */

static inline bool __tlb_remove_page_size(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap,
					  unsigned long page_size)
{
	return tlb_queue_page_size(tlb, page, delay_rmap, page_size);
}

static inline bool __tlb_remove_page(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap)
{
	return tlb_queue_page(tlb, page, delay_rmap);
}

static inline bool __tlb_remove_folio_pages(struct mmu_gather *tlb, shootdown_page_t page, unsigned int nr_pages,
					    bool delay_rmap)
{
	return tlb_queue_folio_pages(tlb, page, nr_pages, delay_rmap);
}

static inline void pte_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr)
{
	tlb_free_table(tlb, TLB_LEVEL_PTE, table, addr);
}

static inline void pmd_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr)
{
	tlb_free_table(tlb, TLB_LEVEL_PMD, table, addr);
}

static inline void pud_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr)
{
	tlb_free_table(tlb, TLB_LEVEL_PUD, table, addr);
}

static inline void p4d_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr)
{
	tlb_free_table(tlb, TLB_LEVEL_P4D, table, addr);
}

#endif
