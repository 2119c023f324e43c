/* SPDX-License-Identifier: MIT */
/* mmap.c - mmap, munmap, madvise(MADV_DONTNEED) and the end of an address space. */
#include <mm/mm.h>

/* Cut @vma at @address; the new VMA is the upper part. mmap lock held for writing, VMA write-locked. */
static void vma_split(struct vm_area_struct *vma, unsigned long address)
{
	struct vm_area_struct *upper = vma_create(vma->vm_mm, address, vma->tlb.end, vma->vm_flags, vma->file,
						  vma->pgoff + (unsigned int)((address - vma->tlb.start) / PAGE_SIZE));

	vma_start_write(upper);
	/* Linked first and cut second: whoever looks without our lock may see a page twice, never not at all. */
	vma_link_file(upper);
	if (vma->file)
		machine_down_write(&vma->file->i_mmap_rwsem);
	vma_link(upper);
	machine_store_release(vma->tlb.end, address);
	if (vma->file)
		machine_up_write(&vma->file->i_mmap_rwsem);
}

static void split_at(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = vma_lookup(mm, address);

	if (!vma || vma->tlb.start >= address)
		return;
	vma_start_write(vma);
	vma_split(vma, address);
}

/* What munmap takes out of the tree, and what stays on either side of it. */
struct detached {
	struct vm_area_struct *first;
	unsigned long floor, ceiling;
};

/* Out of the tree, still chained by ->next up to @end; mmap lock held for writing. */
static struct detached detach_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct detached out = { 0 };
	struct vm_area_struct **at = &mm->mmap, *vma;

	split_at(mm, start);
	split_at(mm, end);
	machine_atomic_add_return(&mm->tree, 1);
	for (; *at && (*at)->tlb.end <= start; at = &(*at)->next)
		out.floor = (*at)->tlb.end;
	out.first = *at && (*at)->tlb.start < end ? *at : NULL;
	for (vma = *at; vma && vma->tlb.start < end; vma = vma->next) {
		vma_start_write(vma);
		vma->detached = true;
	}
	machine_store_release(*at, vma);
	out.ceiling = vma ? vma->tlb.start : 0;
	return out;
}

static void unmap_region(struct mm_struct *mm, const struct detached *what, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &mm->tlb);
	unmap_vmas(&tlb, what->first, start, end);
	free_pgtables(&tlb, what->first, end, what->floor, what->ceiling);
	tlb_finish_mmu(&tlb);
}

/* The parts of [start, end) that the VMAs from @vma on cover: nobody answers for the rest of it. mmap lock held. */
static struct vm_ranges covered(const struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct vm_ranges ranges = { 0 };

	for (; vma && vma->tlb.start < end; vma = vma->next) {
		unsigned long from = vma->tlb.start > start ? vma->tlb.start : start;
		unsigned long to = vma->tlb.end < end ? vma->tlb.end : end;

		if (from < to)
			add_range(&ranges, from, to);
	}
	return ranges;
}

struct vm_ranges do_munmap(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_ranges ranges;
	struct detached what;

	mmap_write_lock(mm);
	what = detach_range(mm, start, end);
	ranges = covered(what.first, start, end);
	vma_end_write_all(mm);
	machine_downgrade_write(&mm->mmap_lock);
	if (what.first)
		unmap_region(mm, &what, start, end);
	machine_up_read(&mm->mmap_lock);
	return ranges;
}

/* At its place, over whatever is there (MAP_FIXED). */
void do_mmap(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	struct detached what;

	mmap_write_lock(mm);
	what = detach_range(mm, vma->tlb.start, vma->tlb.end);
	if (what.first)
		unmap_region(mm, &what, vma->tlb.start, vma->tlb.end);
	vma_start_write(vma);
	vma_link_file(vma);
	vma_link(vma);
	mmap_write_unlock(mm);
}

/*
 * The range lies in one VMA: its own lock is enough. Else the mmap lock, for reading. What is not in the tree any more is not
 * ours to take away: a munmap that has it may still be on its way.
 */
struct vm_ranges madvise_dontneed(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = vma_start_read(mm, start);
	struct vm_ranges ranges = { 0 };
	struct mmu_gather tlb;

	if (vma && end <= vma->tlb.end) {
		zap_page_range_single(vma, start, end);
		vma_end_read(vma);
		add_range(&ranges, start, end);
		return ranges;
	}
	if (vma)
		vma_end_read(vma);
	machine_down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	vma = vma_lookup(mm, start);
	ranges = covered(vma, start, end);
	unmap_vmas(&tlb, vma, start, end);
	tlb_finish_mmu(&tlb);
	machine_up_read(&mm->mmap_lock);
	return ranges;
}

/* The last thread is gone; the root may still be loaded, lazily, on its CPU. */
void exit_mmap(struct mm_struct *mm)
{
	struct mmu_gather tlb;

	machine_down_read(&mm->mmap_lock);
	tlb_gather_mmu_fullmm(&tlb, &mm->tlb);
	unmap_vmas(&tlb, mm->mmap, 0, ~0ul);
	machine_up_read(&mm->mmap_lock);
	mmap_write_lock(mm);
	free_pgtables(&tlb, mm->mmap, ~0ul, 0, 0);
	tlb_finish_mmu(&tlb);
	machine_atomic_add_return(&mm->tree, 1);
	machine_store_release(mm->mmap, NULL);
	mmap_write_unlock(mm);
}
