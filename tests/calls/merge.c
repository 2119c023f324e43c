/* SPDX-License-Identifier: MIT */
/*
 * merge.c - the reference mm's own merging and throwing away of pages, beside who comes at the worst moment: what brings him there, and what he is told, is made here, as with
 * operations of the mm it takes more agents than a scenario may have.
 */
#include <tests/calls/calls.h>
#include <tests/calls/merge.h>

/* ---- two pages that hold the same ---- */

/* Page-table lock held. What the entry knew of a write its page knows from here on. */
static bool protect_and_clean(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long address, pte_t *pte,
			      const void *none)
{
	uint64_t old;

	(void)none;
	if (!pte_valid(ptep_get(pte)))
		return false;
	old = ptep_get_and_clear(vma->vm_mm, pte);
	if (pte_dirty(old))
		set_page_dirty(frame_to_page(pte_frame(old)));
	set_pte(pte, pte_wrprotect_clean(old));
	tlb_change_tlb_entry(tlb, address, pte_entry_bits(old), pte_entry_bits(pte_wrprotect_clean(old)));
	return true;
}

/*
 * A's entries become read-only and clean, and are flushed at the end: what madvise(MADV_FREE) and userfaultfd make of one together, each with
 * a gather of its own. It takes two of them in Linux (b3a81d0841a9); one is enough for who asks.
 */
void op_protect_clean(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct mmu_gather tlb;

	down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	change_entries(&tlb, find_vma(mm, call->start), call->start, call->end, TLB_LOST_RIGHTS, protect_and_clean,
		       NULL);
	tlb_finish_mmu(&tlb);
	up_read(&mm->mmap_lock);
}

void op_ksm(struct subject_call *call)
{
	ksm(mm_of(call), call->start, mm_globals()->setup->maps[call->to].start);
}

/*
 * 1: nobody writes to A's page by A's entry any more, as that is read-only and no flush is pending. So asks who is to compare or copy such a page;
 * no lock that he takes later keeps what he reads next behind the answer. No table goes meanwhile.
 */
void op_is_settled(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct page *table;
	pte_t *pte = pte_lookup(mm, call->start, &table);

	pte_lock(table);
	call->value = !pte_write(ptep_get(pte)) && !tlb_mm_flush_pending(&mm->tlb);
	pte_unlock(table);
	call->answered = true;
}

/* ---- the pages of a table ---- */

/* As the reference mm takes one. */
void op_take(struct subject_call *call)
{
	struct task *task = call->thread;

	*call->page_taken = gup_fast(mm_of(call), call->start, false);
	task->taken += *call->page_taken != NULL;
}

/* 1: it was taken, and the address space has gone over to another page in spite of that. Under the mmap lock, so not in the midst of it. */
void op_is_left(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct page *page = *call->page_taken;
	struct task *task = call->thread;

	if (!page)
		return;
	down_read(&mm->mmap_lock);
	call->value = !page_mapped(page);
	call->answered = true;
	up_read(&mm->mmap_lock);
	gup_put(page, false);
	task->taken--;
	*call->page_taken = NULL;
}

void op_collapse(struct subject_call *call)
{
	collapse(mm_of(call), call->start);
}

/* ---- a page that was given up ---- */

void op_give_up(struct subject_call *call)
{
	madvise_free(mm_of(call), call->start, call->end);
}

void op_reclaim(struct subject_call *call)
{
	reclaim(call->thread, mm_of(call), call->start, !call->again);
}
