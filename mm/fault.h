/* SPDX-License-Identifier: MIT */
/* fault.h - a fault at one address: what its handlers pass along, with locks (fault.c) and without (spf.c). */
#ifndef MM_FAULT_H
#define MM_FAULT_H

#include <mm/mm.h>

struct guess;

struct fault {
	struct vm_area_struct *vma;
	const struct guess *guess; /* NULL: the VMA is held, by its lock or the mmap lock */
	unsigned long address;	   /* page aligned */
	enum machine_access how;
	struct page *table;
	pte_t *pte;
	uint64_t orig; /* the entry as first read */
	bool huge;     /* it is one above the last level */
};

/*
 * A write must not reach the object itself, but a copy that is this address space's alone. Anonymous memory that is private
 * counts, too: its page may be shared with a copy of the address space, and the first write decides.
 */
static inline bool copies_on_write(const struct fault *f)
{
	return !(f->vma->vm_flags & VM_SHARED);
}

/* Where writes are kept, an entry becomes writable for a write alone, and says so. */
static inline uint64_t soft_dirty(const struct vm_area_struct *vma, uint64_t word)
{
	if (!(vma->vm_flags & VM_TRACKED) || !pte_write(word))
		return word;
	return pte_dirty(word) ? word | PTE_SOFT_DIRTY : pte_wrprotect(word);
}

/*
 * The entry is another one by now, or was not to be had: with locks the access is tried again. Without, who has them finds out what it was. What a
 * handler returns then.
 */
static inline bool try_again(const struct fault *f)
{
	return !f->guess;
}

/* fault.c. What they read of the VMA is stable: its lock is held, or its sequence was checked under the page-table lock. */
bool access_allowed(const struct vm_area_struct *vma, enum machine_access how);
uint64_t make_entry(const struct fault *f, int frame, uint64_t bits);
void own_anonymously(const struct fault *f, struct page *page);
void set_pte_at(const struct fault *f, uint64_t word);
void update_mmu_cache(const struct fault *f);
void flush_spurious(struct machine_space *space, unsigned long address, bool stricter);
bool lock_same(const struct fault *f);
void tell_devices(const struct fault *f);
bool finish_fault(const struct fault *f, struct page *page, uint64_t bits);
bool do_anonymous_page(const struct fault *f);
bool do_present_locked(const struct fault *f);
void ptep_set_access_flags(const struct fault *f, uint64_t word);
struct page *filemap_lock_page(struct address_space *file, unsigned int index);

/* huge.c: the entry above the last level. False: it leads to a table, or may be made to */
bool handle_huge_fault(struct fault *f);

/* hugetlb.c. False: the file has ended, or there is no memory for a table */
bool hugetlb_fault(struct fault *f);

/* numa.c */
void show_page(const struct fault *f);
bool do_numa_page(const struct fault *f);

/* exclusive.c */
void do_exclusive_page(const struct fault *f);

/* cow.c: page-table lock held, dropped on return. False: the access must fail */
bool do_wp_page(const struct fault *f);

/* spf.c */
bool lock_guessed(const struct fault *f);
bool handle_speculative_fault(struct mm_struct *mm, unsigned long address, enum machine_access how);

#endif
