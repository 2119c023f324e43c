/* SPDX-License-Identifier: MIT */
/* linux.h - for driver.c: Linux 6.1's own code. */
#ifndef BENCH_LINUX_LINUX_H
#define BENCH_LINUX_LINUX_H

#include "bench/linux/kernel.h"
#include <asm/tlb.h>

typedef struct mm_struct measured_mm;
typedef struct vm_area_struct measured_vma;

#define MEASURED_VMA(mm, length)                  \
	{                                         \
		.vm_mm = (mm), .vm_end = (length) \
	}

static inline void measured_enter(measured_mm *mm)
{
	(void)mm;
}

static inline bool measured_page(struct mmu_gather *tlb, unsigned long address, struct page *page)
{
	tlb_remove_tlb_entry(tlb, NULL, address);
	return __tlb_remove_page(tlb, page);
}

/* 6.1 knows single pages only: no measured_run(). */

static inline void measured_table(struct mmu_gather *tlb, unsigned long address, struct page *table)
{
	pte_free_tlb(tlb, table, address);
}

/* No VMA is flushed before it is unlinked but at its end. */
static inline void tlb_free_vmas(struct mmu_gather *tlb)
{
	(void)tlb;
}

#endif
