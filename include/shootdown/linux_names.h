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

/*
 * flush_tlb_mm - tlb_mm_flush().
 *
 * Context: as tlb_mm_flush().
 * Locks:   as tlb_mm_flush().
 * Order:   as tlb_mm_flush().
 * Fails:   never. Asserts as tlb_mm_flush().
 * After:   as tlb_mm_flush().
 * Source:  Linux Documentation/core-api/cachetlb.rst: flush_tlb_mm().
 */
static inline void flush_tlb_mm(struct tlb_mm *mm)
{
	tlb_mm_flush(mm);
}

/*
 * flush_tlb_range - tlb_flush_range_tables() of [@start, @end), bytes.
 *
 * Context: as tlb_flush_range_tables().
 * Locks:   as tlb_flush_range_tables().
 * Order:   as tlb_flush_range_tables().
 * Fails:   never. Asserts as tlb_flush_range_tables().
 * After:   as tlb_flush_range_tables().
 * Source:  Linux Documentation/core-api/cachetlb.rst: flush_tlb_range().
 */
static inline void flush_tlb_range(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	tlb_flush_range_tables(vma, start, end);
}

/*
 * flush_tlb_page - tlb_flush_page(), @addr in bytes.
 *
 * Context: as tlb_flush_page().
 * Locks:   as tlb_flush_page().
 * Order:   as tlb_flush_page().
 * Fails:   never. Asserts as tlb_flush_page().
 * After:   as tlb_flush_page().
 * Source:  Linux Documentation/core-api/cachetlb.rst: flush_tlb_page().
 */
static inline void flush_tlb_page(struct tlb_vma *vma, unsigned long addr)
{
	tlb_flush_page(vma, addr);
}

/*
 * flush_tlb_kernel_range - tlb_flush_kernel_range() of [@start, @end), bytes.
 *
 * Context: as tlb_flush_kernel_range().
 * Locks:   as tlb_flush_kernel_range().
 * Order:   as tlb_flush_kernel_range().
 * Fails:   never. Asserts as tlb_flush_kernel_range().
 * After:   as tlb_flush_kernel_range().
 * Source:  Linux arch/x86/mm/tlb.c: flush_tlb_kernel_range().
 */
static inline void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	tlb_flush_kernel_range(start, end);
}

/* ---- mm.h ---- */

/*
 * mm_tlb_flush_pending - tlb_mm_flush_pending().
 *
 * Context: as tlb_mm_flush_pending().
 * Locks:   as tlb_mm_flush_pending().
 * Order:   as tlb_mm_flush_pending().
 * Fails:   never.
 * After:   as tlb_mm_flush_pending().
 * Source:  Linux include/linux/mm_inline.h: mm_tlb_flush_pending().
 */
static inline bool mm_tlb_flush_pending(struct tlb_mm *mm)
{
	return tlb_mm_flush_pending(mm);
}

/*
 * mm_tlb_flush_nested - tlb_mm_flush_nested().
 *
 * Context: as tlb_mm_flush_nested().
 * Locks:   as tlb_mm_flush_nested().
 * Order:   as tlb_mm_flush_nested().
 * Fails:   never. Asserts as tlb_mm_flush_nested().
 * After:   as tlb_mm_flush_nested().
 * Source:  Linux include/linux/mm_inline.h: mm_tlb_flush_nested().
 */
static inline bool mm_tlb_flush_nested(struct tlb_mm *mm)
{
	return tlb_mm_flush_nested(mm);
}

/* ---- gather.h ---- */

/*
 * __tlb_remove_page_size - tlb_queue_page_size(), @page_size in bytes.
 *
 * Context: as tlb_queue_page_size().
 * Locks:   as tlb_queue_page_size().
 * Order:   as tlb_queue_page_size().
 * Fails:   never. Asserts as tlb_queue_page_size().
 * After:   as tlb_queue_page_size().
 * Source:  Linux mm/mmu_gather.c: __tlb_remove_page_size(), with the @delay_rmap that it had before 7.0.
 */
static inline bool __tlb_remove_page_size(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap,
					  unsigned long page_size)
{
	return tlb_queue_page_size(tlb, page, delay_rmap, page_size);
}

/*
 * __tlb_remove_page - tlb_queue_page().
 *
 * Context: as tlb_queue_page().
 * Locks:   as tlb_queue_page().
 * Order:   as tlb_queue_page().
 * Fails:   never. Asserts as tlb_queue_page().
 * After:   as tlb_queue_page().
 * Source:  Linux include/asm-generic/tlb.h: __tlb_remove_page(), as it was before 7.0.
 */
static inline bool __tlb_remove_page(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap)
{
	return tlb_queue_page(tlb, page, delay_rmap);
}

/*
 * __tlb_remove_folio_pages - tlb_queue_folio_pages().
 *
 * Context: as tlb_queue_folio_pages().
 * Locks:   as tlb_queue_folio_pages().
 * Order:   as tlb_queue_folio_pages().
 * Fails:   never. Asserts as tlb_queue_folio_pages().
 * After:   as tlb_queue_folio_pages().
 * Source:  Linux mm/mmu_gather.c: __tlb_remove_folio_pages().
 */
static inline bool __tlb_remove_folio_pages(struct mmu_gather *tlb, shootdown_page_t page, unsigned int nr_pages,
					    bool delay_rmap)
{
	return tlb_queue_folio_pages(tlb, page, nr_pages, delay_rmap);
}

/*
 * pte_free_tlb - tlb_free_table() of TLB_LEVEL_PTE, @addr in bytes.
 *
 * Context: as tlb_free_table().
 * Locks:   as tlb_free_table().
 * Order:   as tlb_free_table().
 * Fails:   never. Asserts as tlb_free_table().
 * After:   as tlb_free_table().
 * Source:  Linux include/asm-generic/tlb.h: pte_free_tlb().
 */
static inline void pte_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr)
{
	tlb_free_table(tlb, TLB_LEVEL_PTE, table, addr);
}

/*
 * pmd_free_tlb - tlb_free_table() of TLB_LEVEL_PMD, @addr in bytes.
 *
 * Context: as tlb_free_table().
 * Locks:   as tlb_free_table().
 * Order:   as tlb_free_table().
 * Fails:   never. Asserts as tlb_free_table().
 * After:   as tlb_free_table().
 * Source:  Linux include/asm-generic/tlb.h: pmd_free_tlb().
 */
static inline void pmd_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr)
{
	tlb_free_table(tlb, TLB_LEVEL_PMD, table, addr);
}

/*
 * pud_free_tlb - tlb_free_table() of TLB_LEVEL_PUD, @addr in bytes.
 *
 * Context: as tlb_free_table().
 * Locks:   as tlb_free_table().
 * Order:   as tlb_free_table().
 * Fails:   never. Asserts as tlb_free_table().
 * After:   as tlb_free_table().
 * Source:  Linux include/asm-generic/tlb.h: pud_free_tlb().
 */
static inline void pud_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr)
{
	tlb_free_table(tlb, TLB_LEVEL_PUD, table, addr);
}

/*
 * p4d_free_tlb - tlb_free_table() of TLB_LEVEL_P4D, @addr in bytes.
 *
 * Context: as tlb_free_table().
 * Locks:   as tlb_free_table().
 * Order:   as tlb_free_table().
 * Fails:   never. Asserts as tlb_free_table().
 * After:   as tlb_free_table().
 * Source:  Linux include/asm-generic/tlb.h: p4d_free_tlb().
 */
static inline void p4d_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr)
{
	tlb_free_table(tlb, TLB_LEVEL_P4D, table, addr);
}

#endif
