/* SPDX-License-Identifier: MIT */
/* cold.c - madvise(MADV_COLD): a program will not need these pages soon, so their entries become old, and reclaim takes them first. */
#include <mm/mm.h>

/*
 * An entry is taken out whole and put back old: a store of the old word alone would undo what the walker has set since it was read.
 * While it is out, hardware that holds absent entries may hold this one; the fault that follows drops it (spurious_flush).
 */
static void make_old(struct mmu_gather *tlb, pte_t *pte, unsigned long address)
{
	uint64_t word = ptep_get_and_clear(pte);

	set_pte(pte, word & ~MACHINE_PTE_ACCESSED);
	tlb_remove_tlb_entry(tlb, address);
}

/*
 * [addr, end) lies in one table. As madvise_cold_or_pageout_pte_range() of Linux, without large
 * pages: only young entries are touched, and only their range is put into the gather. A flush is
 * owed, because a TLB that holds the entry young would never set the bit in the table again; what
 * is lost without it is an estimate, not memory.
 */
static void cold_pte_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	const uint64_t young = MACHINE_PTE_PRESENT | MACHINE_PTE_ACCESSED;
	struct page *table;
	pte_t *pte = pte_lookup(vma->vm_mm, addr, &table);

	if (!pte)
		return;
	tlb_change_page_size(tlb, PAGE_SIZE);
	pte_lock(table);
	for (; addr < end; addr += PAGE_SIZE, pte++) {
		if ((ptep_get(pte) & young) == young)
			make_old(tlb, pte, addr);
	}
	pte_unlock(table);
}

/* Table by table: each has a lock of its own, and none is held from one to the next. */
static void cold_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	tlb_start_vma(tlb, &vma->tlb);
	for (unsigned long next; start < end; start = next) {
		next = (start & ~(TABLE_SPAN - 1)) + TABLE_SPAN;
		if (next > end)
			next = end;
		cold_pte_range(tlb, vma, start, next);
	}
	tlb_end_vma(tlb, &vma->tlb);
}

/*
 * Nothing is taken away: whoever uses a page goes on. The mmap lock for reading keeps VMAs and
 * tables; faults and zaps in the same range go on beside it, kept apart entry by entry by the
 * page-table lock.
 */
void madvise_cold(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->tlb.start < end; vma = vma->next)
		cold_vma(&tlb, vma, vma->tlb.start > start ? vma->tlb.start : start,
			 vma->tlb.end < end ? vma->tlb.end : end);
	tlb_finish_mmu(&tlb);
	up_read(&mm->mmap_lock);
}
