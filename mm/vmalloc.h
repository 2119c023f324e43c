/* SPDX-License-Identifier: MIT */
/* vmalloc.h - mappings of the kernel's own, and their tables. */
#ifndef MM_VMALLOC_H
#define MM_VMALLOC_H

#include <mm/mm.h>

/* vmalloc.c: where none can be used any more that was there at the call, in the ranges returned */
void vmalloc_init(void);
bool vmalloc(unsigned long start, unsigned long end, unsigned int rights);
struct mm_ranges vfree(unsigned long start);
struct mm_ranges vm_unmap_aliases(void);
bool vmap_access(unsigned long address, enum machine_access how, uint64_t *value);
bool handle_kernel_fault(unsigned long address, enum machine_access how);

/* pgtable.c */
pte_t *pte_alloc_kernel(unsigned long address);
pte_t *pte_lookup_kernel(unsigned long address);
pte_t *pmd_lookup_kernel(unsigned long address, struct page **upper);

#endif
