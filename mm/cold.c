/* SPDX-License-Identifier: MIT */
/*
 * cold.c - madvise(MADV_COLD): a program will not need these pages soon, so their entries become old, and reclaim takes them first; and
 * madvise(MADV_FREE): it does not need what is in them any more, unless it writes to them again.
 */
#include <mm/hugetlb.h>

/*
 * As madvise_cold_or_pageout_pte_range() of Linux, without large pages: only a young entry is touched, and only its range is put into the
 * gather. A flush is owed, because a TLB that holds the entry young would never set the bit in the table again; what is lost without it is
 * an estimate, not memory.
 *
 * The entry is taken out whole and put back old: a store of the old word alone would undo what the walker has set since it was read.
 * While it is out, hardware that holds absent entries may hold this one; the fault that follows drops it (spurious_flush).
 */
static bool make_old(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long address, pte_t *pte,
		     const void *none)
{
	const uint64_t young = MACHINE_PTE_PRESENT | MACHINE_PTE_ACCESSED;
	uint64_t word;

	(void)none;
	if ((ptep_get(pte) & young) != young)
		return false;
	word = ptep_get_and_clear(vma->vm_mm, pte);
	set_pte(pte, word & ~MACHINE_PTE_ACCESSED);
	tlb_remove_tlb_entry(tlb, address);
	record_change(tlb, vma, TLB_LEVEL_PTE, address, PAGE_SIZE);
	return true;
}

/*
 * The page may be thrown away from here on, unless some entry says that it was written to. So that the next write says so, no TLB
 * may have the entry dirty when this returns. A write that comes meanwhile may stay or go.
 *
 * madvise_free_pte_range(): what is this address space's alone. Under the lock of the entry, a page that others have may not be told by this one.
 */
static bool make_lazyfree(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long address, pte_t *pte,
			  const void *none)
{
	uint64_t old = ptep_get(pte), now;
	struct page *page;

	(void)none;
	if (!pte_valid(old) || !page_is_held_by(frame_to_page(pte_frame(old)), 1))
		return false;
	old = ptep_get_and_clear(vma->vm_mm, pte);
	now = pte_mkunused(old);
	page = frame_to_page(pte_frame(old));
	/* What it was written to until now is given up as well; what a reference writes from here on says so behind it. */
	__atomic_store_n(&page->dirty, false, __ATOMIC_RELAXED);
	__atomic_store_n(&page->lazyfree, true, __ATOMIC_RELAXED);
	set_pte(pte, now);
	tlb_change_tlb_entry(tlb, address, pte_entry_bits(old), pte_entry_bits(now));
	record_change(tlb, vma, TLB_LEVEL_PTE, address, PAGE_SIZE);
	return true;
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
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->tlb.start < end; vma = vma->next) {
		/* Nobody asks how old they are, and their tables may be others' as well: can_madv_lru_vma(). */
		if (!is_hugetlb(vma))
			change_entries(&tlb, vma, start, end, TLB_LOST_RIGHTS, make_old, NULL);
	}
	tlb_finish_mmu(&tlb);
	up_read(&mm->mmap_lock);
}

static void free_in_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmu_notifier_range range;

	if (!vma_range_start(&range, MMU_NOTIFY_CLEAR, vma, start, end))
		return;
	change_entries(tlb, vma, start, end, TLB_LOST_RIGHTS, make_lazyfree, NULL);
	range_end(&range);
}

/* madvise_free_single_vma(): of private anonymous memory. The mmap lock for reading, as above; Linux takes the VMA's own if it is one. */
void madvise_free(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->tlb.start < end; vma = vma->next) {
		if (!vma->file && !(vma->vm_flags & VM_SHARED))
			free_in_vma(&tlb, vma, start, end);
	}
	tlb_finish_mmu(&tlb);
	up_read(&mm->mmap_lock);
}
