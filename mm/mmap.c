/* SPDX-License-Identifier: MIT */
/*
 * mmap.c - mmap, munmap, madvise(MADV_DONTNEED) and the end of an address space.
 *
 * munmap in its order, and what each step rests on:
 *   1. mmap lock for writing; cut the VMAs at both ends; lock those in between: no fault is in them.
 *   2. Take them out of the tree: nobody comes to them by address any more. The reverse map still finds them.
 *   3. Drop the VMA locks and go on as a reader, so that faults elsewhere need not wait.
 *   4. Entries, then the reverse map, then tables, all into one gather; flush; free.
 *   5. Give the VMAs back.
 */
#include <mm/mm.h>

/*
 * Cut @vma at @address; the new VMA is the upper part. mmap lock held for writing, VMA write-locked. Who finds VMAs through
 * the file waits for the file's lock, and finds the page in one of them. Who finds them by address finds one of them, waits
 * for its lock, and looks at its range then.
 *
 * __split_vma(). The upper part is linked before the lower one shrinks: a lookup without a lock
 * finds the page in either, never in none.
 */
static void vma_split(struct vm_area_struct *vma, unsigned long address)
{
	struct address_space *file = vma->file;
	unsigned int pgoff = linear_page_index(vma, address);
	struct vm_area_struct *upper = vma_create(vma->vm_mm, address, vma->tlb.end, vma->vm_flags, file, pgoff);

	shootdown_assert(vma->tlb.start < address && address < vma->tlb.end, "vma_split: inside the VMA");
	/* An anonymous VMA that has moved does not count from its address. */
	upper->pgoff = pgoff;
	upper->anon_vma = vma->anon_vma;
	vma_start_write(upper);
	if (file) {
		down_write(&file->i_mmap_rwsem);
		__vma_link_file(upper);
	}
	anon_vma_lock_write(vma);
	__anon_vma_link(upper);
	vma_link(upper);
	__atomic_store_n(&vma->tlb.end, address, __ATOMIC_RELAXED);
	anon_vma_unlock_write(vma);
	if (file)
		up_write(&file->i_mmap_rwsem);
}

/*
 * The link that leads to the first VMA that ends above @address. mmap lock held for writing. A
 * place and not a VMA, since whoever takes VMAs out has to store there.
 */
static struct vm_area_struct **link_to(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct **at = &mm->mmap;

	while (*at && (*at)->tlb.end <= address)
		at = &(*at)->next;
	return at;
}

/* mmap lock held for writing. Nothing to cut where no VMA has both sides of @address. */
void split_vma_at(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = *link_to(mm, address);

	if (!vma || vma->tlb.start >= address)
		return;
	vma_start_write(vma);
	split_huge(vma, address - 1);
	vma_split(vma, address);
}

/* What munmap takes out of the tree, and what stays on either side of it. */
struct detached {
	struct vm_area_struct *first, *after; /* from @first up to, not including, @after, by .next */
	unsigned long floor, ceiling;	      /* tables that lie in between need not be shared with a neighbour */
};

/*
 * [start, end) out of the tree. mmap lock held for writing. Every VMA is locked before the first leaves the tree: until then
 * a fault may be in it, from then on none comes.
 */
static struct detached detach_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct detached out = { 0 };
	struct vm_area_struct **at, *vma;

	mmap_assert_write_locked(mm);
	shootdown_assert(start < end, "detach_range: a range");
	if (!find_vma(mm, start))
		return out;
	split_vma_at(mm, start);
	split_vma_at(mm, end);
	at = link_to(mm, start);
	if (at != &mm->mmap)
		out.floor = container_of(at, struct vm_area_struct, next)->tlb.end;
	for (vma = *at; vma && vma->tlb.start < end; vma = vma->next)
		vma_start_write(vma);
	if (vma == *at)
		return out;
	out.first = *at;
	out.after = vma;
	out.ceiling = vma ? vma->tlb.start : 0;
	vma_unlink(mm, at, vma);
	return out;
}

/*
 * Entries, reverse map, tables, flush, free. Nobody can bring an entry back: no fault finds the
 * VMAs. vms_clear_ptes() of Linux: one gather for all VMAs of the range, and free_pgtables() in the
 * same gather, so that pages and the tables that led to them need one flush.
 */
static void unmap_region(struct mm_struct *mm, const struct detached *what, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &mm->tlb);
	unmap_vmas(&tlb, what->first, start, end);
	free_pgtables(&tlb, what->first, end, what->floor, what->ceiling);
	tlb_finish_mmu(&tlb);
}

/* From @vma up to, not including, @after: nothing looks for them any more, by address or by file. */
static void free_vmas(struct vm_area_struct *vma, const struct vm_area_struct *after)
{
	for (struct vm_area_struct *next; vma != after; vma = next) {
		next = vma->next;
		vma_free(vma);
	}
}

/* The parts of [start, end) that the VMAs from @vma on cover: nobody answers for the rest of it. mmap lock held. */
struct mm_ranges covered_by_vmas(const struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mm_ranges ranges = { 0 };

	for (; vma && vma->tlb.start < end; vma = vma->next) {
		unsigned long from = vma->tlb.start > start ? vma->tlb.start : start;
		unsigned long to = vma->tlb.end < end ? vma->tlb.end : end;

		if (from < to)
			add_range(&ranges, from, to);
	}
	return ranges;
}

/*
 * Faults elsewhere go on while it works; whoever needs the address space to himself waits until it
 * has ended. do_vmi_align_munmap() with unlock set: downgraded once the VMAs are out of the tree.
 * The VMA locks go before the mmap lock is downgraded, since vma_start_write() of the next writer
 * counts on none being left.
 */
struct mm_ranges do_munmap(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct mm_ranges ranges;
	struct detached what;

	mmap_write_lock(mm);
	what = detach_range(mm, start, end);
	ranges = covered_by_vmas(what.first, start, end);
	vma_end_write_all(mm);
	downgrade_write(&mm->mmap_lock);
	if (what.first) {
		unmap_region(mm, &what, start, end);
		free_vmas(what.first, what.after);
	}
	up_read(&mm->mmap_lock);
	return ranges;
}

/* The same, mmap lock held for writing, and kept: something else is to stand there at once, or did. */
void unmap_locked(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct detached what = detach_range(mm, start, end);

	if (!what.first)
		return;
	unmap_region(mm, &what, start, end);
	free_vmas(what.first, what.after);
}

/* Equal addresses modulo the colours for all who share a page: those of the page's place in the file. */
bool has_colour(const struct vm_area_struct *vma)
{
	return !(vma->vm_flags & VM_SHARED) || (vma->tlb.start / PAGE_SIZE - vma->pgoff) % machine_colours() == 0;
}

/*
 * At its place, over whatever is there (MAP_FIXED): its entries and tables go before the new VMA can be found. A fault that
 * finds neither waits for the mmap lock.
 *
 * Not downgraded: the range is to be mapped again in the same hold of the lock, or another mmap()
 * could come between.
 *
 * False: refused, and everything is as it was.
 */
bool do_mmap(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	struct detached what;

	if (RULE(shared_colour) && !has_colour(vma)) {
		vma_free(vma);
		return false;
	}
	mmap_write_lock(mm);
	what = detach_range(mm, vma->tlb.start, vma->tlb.end);
	if (what.first)
		unmap_region(mm, &what, vma->tlb.start, vma->tlb.end);
	vma_start_write(vma);
	anon_vma_link(vma);
	vma_link_file(vma);
	vma_link(vma);
	vma_end_write_all(mm);
	free_vmas(what.first, what.after);
	up_write(&mm->mmap_lock);
	return true;
}

/*
 * The range lies in one VMA: its own lock is enough. Else the mmap lock, for reading. What is not in the tree any more is not
 * ours to take away: a munmap that has it may still be on its way.
 *
 * madvise_dontneed_single_vma() under the per-VMA lock, as MADVISE_VMA_READ_LOCK in newer Linux.
 * Two of them in one range, or one and a munmap that has downgraded, meet at the page-table lock:
 * who finds an entry gone must not return before the other's flush (ORD-4).
 */
struct mm_ranges madvise_dontneed(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = vma_start_read(mm, start);
	struct mm_ranges ranges = { 0 };
	struct mmu_gather tlb;

	shootdown_assert(start < end, "madvise_dontneed: a range");
	if (vma && end <= vma->tlb.end) {
		zap_page_range_single(vma, start, end);
		vma_end_read(vma);
		add_range(&ranges, start, end);
		return ranges;
	}
	if (vma)
		vma_end_read(vma);
	down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	vma = find_vma(mm, start);
	ranges = covered_by_vmas(vma, start, end);
	for (; vma && vma->tlb.start < end; vma = vma->next)
		zap_vma_range(&tlb, vma, start, end);
	tlb_finish_mmu(&tlb);
	up_read(&mm->mmap_lock);
	return ranges;
}

/*
 * The last thread is gone; the root may still be loaded, lazily, on its CPU, and hardware may walk it. Entries go under the
 * mmap lock for reading, because who finds them through a file may be there at the same time.
 *
 * tlb_gather_mmu_fullmm(): no thread is left that could map anything, so ranges need not be kept
 * and one flush of all is enough. Another CPU may still be lazy in this mm, and is told by that
 * flush.
 */
void exit_mmap(struct mm_struct *mm)
{
	struct vm_area_struct *first = mm->mmap;
	struct mmu_gather tlb;

	/* Before the first entry goes: who has tables of his own uses none of it any more. */
	mmu_notifier_release(&mm->tlb);
	down_read(&mm->mmap_lock);
	tlb_gather_mmu_fullmm(&tlb, &mm->tlb);
	unmap_vmas(&tlb, first, 0, ~0ul);
	up_read(&mm->mmap_lock);
	mmap_write_lock(mm);
	/* Who comes from a page has a VMA's lock and walks its tables. */
	for (struct vm_area_struct *vma = first; vma; vma = vma->next)
		vma_start_write(vma);
	free_pgtables(&tlb, first, ~0ul, 0, 0);
	tlb_finish_mmu(&tlb);
	vma_unlink(mm, &mm->mmap, NULL);
	vma_end_write_all(mm);
	free_vmas(first, NULL);
	up_write(&mm->mmap_lock);
}
