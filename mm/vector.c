/* SPDX-License-Identifier: MIT */
/*
 * vector.c - madvise(MADV_DONTNEED) of several ranges in one call: process_madvise() of Linux, where one gather is for the whole vector
 * (vector_madvise(), since 6.16).
 *
 * The gather is open from before the first entry of the first range goes until the flush of all: whoever finds an entry of any range gone finds
 * it counted (ORD-4). The lock that keeps the VMAs is held as long, since the gather may have reverse maps of their dirty pages to drop.
 *
 * Ranges come in any order, and may overlap. They are taken in the order of their addresses, so that the gather keeps them apart; and those of one
 * VMA between one tlb_start_vma() and one tlb_end_vma(), so that where VMAs are not merged their one flush is behind the last of them.
 */
#include <mm/hugetlb.h>
#include <mm/vector.h>

/* What is first at or behind @at; none: it begins at ~0ul. */
static struct mm_range first_from(const struct mm_range *ranges, unsigned int nr, unsigned long at)
{
	struct mm_range first = { ~0ul, ~0ul };

	for (unsigned int i = 0; i < nr; i++) {
		unsigned long start = ranges[i].start > at ? ranges[i].start : at;

		if (ranges[i].end > start && start < first.start)
			first = (struct mm_range){ start, ranges[i].end };
	}
	return first;
}

static unsigned long end_of(const struct mm_range *ranges, unsigned int nr)
{
	unsigned long end = 0;

	for (unsigned int i = 0; i < nr; i++) {
		shootdown_assert(ranges[i].start < ranges[i].end, "madvise_dontneed_ranges: of ranges");
		if (ranges[i].end > end)
			end = ranges[i].end;
	}
	return end;
}

/* One that no range is in is not entered, and nothing of the others is flushed for it. The VMA's lock, or the mmap lock. */
static void zap_ranges_of(struct mmu_gather *tlb, struct vm_area_struct *vma, const struct mm_range *ranges,
			  unsigned int nr, struct mm_ranges *covered)
{
	struct mm_range part = first_from(ranges, nr, vma->tlb.start);

	if (part.start >= vma->tlb.end)
		return;
	hugetlb_write_lock(vma);
	tlb_start_vma(tlb, &vma->tlb);
	for (; part.start < vma->tlb.end; part = first_from(ranges, nr, part.end)) {
		if (part.end > vma->tlb.end)
			part.end = vma->tlb.end;
		zap_entered_vma(tlb, vma, part.start, part.end);
		add_range(covered, part.start, part.end);
	}
	tlb_end_vma(tlb, &vma->tlb);
	hugetlb_write_unlock(tlb, vma, false);
}

/* All ranges lie in one VMA: its own lock is enough. Else the mmap lock, for reading; as madvise_dontneed() of one range. */
struct mm_ranges madvise_dontneed_ranges(struct mm_struct *mm, const struct mm_range *ranges, unsigned int nr)
{
	unsigned long start = first_from(ranges, nr, 0).start, end = end_of(ranges, nr);
	struct vm_area_struct *vma, *one = vma_start_read(mm, start);
	struct mm_ranges covered = { 0 };
	struct mmu_gather tlb;

	if (one && end > one->tlb.end) {
		vma_end_read(one);
		one = NULL;
	}
	if (!one)
		down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	for (vma = one ? one : find_vma(mm, start); vma && vma->tlb.start < end; vma = one ? NULL : vma->next)
		zap_ranges_of(&tlb, vma, ranges, nr, &covered);
	tlb_finish_mmu(&tlb);
	if (one)
		vma_end_read(one);
	else
		up_read(&mm->mmap_lock);
	return covered;
}
