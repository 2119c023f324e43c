/* SPDX-License-Identifier: MIT */
/* vector.h - one call for several ranges of an address space, and one gather for all of them. */
#ifndef MM_VECTOR_H
#define MM_VECTOR_H

#include <mm/mm.h>

/* [start, end), bytes. */
struct mm_range {
	unsigned long start, end;
};

/* vector.c: what was there at the call, in the ranges returned, cannot be used any more */
struct mm_ranges madvise_dontneed_ranges(struct mm_struct *mm, const struct mm_range *ranges, unsigned int nr);

/* zap.c */
void zap_entered_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end);

/* walk.c: in a VMA that the gather has entered */
void walk_tables(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end,
		 table_fn *fn, const void *arg);

#endif
