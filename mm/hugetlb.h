/* SPDX-License-Identifier: MIT */
/* hugetlb.h - huge pages of files, and the tables of them that maps have together. */
#ifndef MM_HUGETLB_H
#define MM_HUGETLB_H

#include <mm/mm.h>

/* Of huge pages, whatever maps them. */
static inline bool is_hugetlb_file(const struct address_space *file)
{
	return file->kind == FILE_HUGETLB || file->kind == FILE_CONTIGUOUS;
}

static inline bool is_hugetlb(const struct vm_area_struct *vma)
{
	return vma->file && is_hugetlb_file(vma->file);
}

/* What a file counts as pages, in one that it has: of a huge page it has the first alone. */
static inline unsigned int file_step(const struct address_space *file)
{
	return file->kind == FILE_CONTIGUOUS ? MACHINE_GROUP : 1;
}

/* contiguous.c: a huge page that a group of small entries maps */
static inline bool is_contiguous(const struct vm_area_struct *vma)
{
	return vma->file && vma->file->kind == FILE_CONTIGUOUS;
}

#define GROUP_SPAN (MACHINE_GROUP * PAGE_SIZE)

void group_set(pte_t *pte, uint64_t word);
void group_upgrade(struct vm_area_struct *vma, unsigned long addr, pte_t *pte, uint64_t bits);
void group_change(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, pte_t *pte, uint64_t bits);
bool group_zap_locked(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, pte_t *pte,
		      struct page *table);

/* hugetlb.c */
struct page *hugetlb_page_create(struct address_space *file, unsigned int index);
bool map_initial_hugetlb(struct vm_area_struct *vma, unsigned long address, uint64_t bits);
void zap_hugetlb(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end);

/* All of @vma: its flags become @flags, and those that flushes go by these and @entries; VMA write-locked */
void hugetlb_change_rights(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned int flags,
			   unsigned int entries);

/* hugetlb_migrate.c */
bool migrate_hugetlb(struct mm_struct *mm, unsigned long address);

/* pmd_share.c: tables of huge pages of a file */
void hugetlb_read_lock(const struct vm_area_struct *vma);
void hugetlb_read_unlock(const struct vm_area_struct *vma);
void hugetlb_write_lock(const struct vm_area_struct *vma);
void hugetlb_write_unlock(struct mmu_gather *tlb, struct vm_area_struct *vma, bool leaves);
pte_t *hugetlb_pte_alloc(struct vm_area_struct *vma, unsigned long address, struct page **table);
/* What else changes with what [*start, *end) has of @vma, where its table may be left as a whole: adjust_range_if_pmd_sharing_possible(). */
void hugetlb_widen(const struct vm_area_struct *vma, unsigned long *start, unsigned long *end);
bool hugetlb_unshare(struct mmu_gather *tlb, const struct vm_area_struct *vma, unsigned long address);
void hugetlb_tell_sharers(const struct vm_area_struct *vma, unsigned long address, const struct page *table);
void share_initially(struct vm_area_struct *vma);

#endif
