/* SPDX-License-Identifier: MIT */
/*
 * oom.c - take the private memory of a program away that is about to end, because somebody else needs it now.
 *
 * The program's own end may be at the same work: both take entries away with the mmap lock for reading, each into a gather of its own, and the
 * nested rule keeps the one that finds an entry gone from being done before the other's flush. The end of the program frees the tables with the
 * lock for writing and leaves no VMA behind, so who has the lock later finds nothing to walk.
 *
 * __oom_reap_task_mm() of Linux, which is told by MMF_OOM_SKIP that the tables are about to go, and tries the lock only.
 */
#include <mm/mm.h>

/* What others have as well, a shared mapping's pages, is no memory won. */
static bool is_worth_it(const struct vm_area_struct *vma)
{
	return !(vma->vm_flags & VM_SHARED);
}

static void reap_vma(struct vm_area_struct *vma)
{
	struct mmu_notifier_range range;
	struct mmu_gather tlb;

	if (!is_worth_it(vma))
		return;
	tlb_gather_mmu(&tlb, &vma->vm_mm->tlb);
	/* Others wait for memory: who would have to sleep keeps what he has, and so does the program. */
	if (range_start_nonblock(&range, MMU_NOTIFY_UNMAP, vma->vm_mm, vma->tlb.start, vma->tlb.end)) {
		unmap_single_vma(&tlb, vma, vma->tlb.start, vma->tlb.end);
		range_end(&range);
	}
	tlb_finish_mmu(&tlb);
}

void oom_reap(struct mm_struct *mm)
{
	down_read(&mm->mmap_lock);
	for (struct vm_area_struct *vma = vma_peek_first(mm); vma; vma = vma_peek_next(vma))
		reap_vma(vma);
	up_read(&mm->mmap_lock);
}
