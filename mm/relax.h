/* SPDX-License-Identifier: MIT */
/* relax.h - entries that come to allow writes while devices must not find them beside what they hold. */
#ifndef MM_RELAX_H
#define MM_RELAX_H

#include <mm/mm.h>

/* Does the entry of @vma that says @old have to be broken, and told, before it says @now? */
bool relax_breaks(const struct vm_area_struct *vma, uint64_t old, uint64_t now);

/*
 * @nr entries are there to nobody, and then to everybody again, each with @bits more. In between devices are told. Page-table lock held, from
 * before the first to behind the second: who finds them broken waits for it.
 */
void relax_begin(struct mm_struct *mm, pte_t *pte, unsigned int nr);
void relax_end(pte_t *pte, unsigned int nr, uint64_t bits);

/* Who comes to be attached to @mm, and is in its list, is seen by all who ask relax_breaks(), from here on. mmap lock held for writing. */
void relax_wait(struct mm_struct *mm);

#endif
