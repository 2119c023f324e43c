/* SPDX-License-Identifier: MIT */
/*
 * kernel.h - what mm/mmu_gather.c, asm-generic/tlb.h and x86's asm/tlb.h of Linux 6.1 ask of the kernel around them. In place
 * of every header that they include, run.sh lets them find one that includes this.
 *
 * As a distribution's kernel for x86-64 is configured, and where there is a choice, what costs Linux less: nobody watches the
 * address space (MMU notifiers), nothing is instrumented, all hooks inline, and the flush is a counter.
 */
#ifndef BENCH_LINUX_KERNEL_H
#define BENCH_LINUX_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include "bench/host_work.h"

#define CONFIG_MMU
#define CONFIG_SMP
#define CONFIG_MMU_GATHER_TABLE_FREE
#define CONFIG_MMU_GATHER_RCU_TABLE_FREE
#define CONFIG_MMU_GATHER_MERGE_VMAS 1
/* Only of options that are on. */
#define IS_ENABLED(option) (option)

/* ---- x86-64 ---- */

#define PAGE_SHIFT    12
#define PAGE_SIZE     (1ul << PAGE_SHIFT)
#define PMD_SHIFT     21
#define PUD_SHIFT     30
#define P4D_SHIFT     39
#define TASK_SIZE     ((1ul << 47) - PAGE_SIZE)
#define TLB_FLUSH_ALL (~0ul)

typedef struct {
	unsigned long word;
} pte_t, pmd_t;

/* ---- the language that a kernel speaks ---- */

#define min(a, b)      ((a) < (b) ? (a) : (b))
#define max(a, b)      ((a) > (b) ? (a) : (b))
#define ARRAY_SIZE(of) (sizeof(of) / sizeof((of)[0]))

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* No CONFIG_DEBUG_VM. */
#define VM_BUG_ON(condition)		((void)sizeof(!(condition)))
#define VM_WARN_ON(condition)		((void)sizeof(!(condition)))
#define VM_WARN_ON_ONCE(condition)	((void)sizeof(!(condition)))
#define VM_BUG_ON_PAGE(condition, page) ((void)sizeof(!(condition)), (void)(page))

/* ---- address spaces ---- */

struct mm_struct {
	long pending;
};

struct vm_area_struct {
	struct mm_struct *vm_mm;
	unsigned long vm_start, vm_end, vm_flags;
};

enum {
	VM_EXEC = 1 << 0,
	VM_PFNMAP = 1 << 1,
	VM_MIXEDMAP = 1 << 2,
	VM_HUGETLB = 1 << 3,
};

static inline bool is_vm_hugetlb_page(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_HUGETLB;
}

/* Asked for hugetlb only. */
#define hstate_vma(vma)	      (vma)
#define huge_page_size(state) (1ul << PMD_SHIFT)

static inline void inc_tlb_flush_pending(struct mm_struct *mm)
{
	__atomic_fetch_add(&mm->pending, 1, __ATOMIC_RELAXED);
}

static inline void dec_tlb_flush_pending(struct mm_struct *mm)
{
	__atomic_fetch_sub(&mm->pending, 1, __ATOMIC_RELAXED);
}

static inline bool mm_tlb_flush_nested(const struct mm_struct *mm)
{
	return __atomic_load_n(&mm->pending, __ATOMIC_RELAXED) > 1;
}

/* ---- flushes ---- */

static inline void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
				      unsigned int stride_shift, bool freed_tables)
{
	(void)mm;
	(void)start;
	(void)end;
	(void)stride_shift;
	(void)freed_tables;
	host_flush();
}

#define mmu_notifier_invalidate_range(mm, start, end) ((void)0)
#define flush_cache_range(vma, start, end)	      ((void)0)

/* ---- memory ---- */

struct page;
struct mmu_gather;

#define GFP_NOWAIT			   0
#define __GFP_NOWARN			   0
#define __get_free_pages(gfp, order)	   ((unsigned long)host_page_alloc())
#define __get_free_page(gfp)		   __get_free_pages(gfp, 0)
#define free_pages(address, order)	   host_page_free((void *)(address))
#define free_page(address)		   free_pages(address, 0)
#define cond_resched()			   ((void)0)
#define kmsan_unpoison_memory(start, size) ((void)0)

static inline void free_pages_and_swap_cache(struct page **pages, unsigned int nr)
{
	(void)pages;
	host_drop(nr);
}

/* Of tables. */
static inline void free_page_and_swap_cache(struct page *page)
{
	(void)page;
	host_table_free();
}

/* ---- grace periods ---- */

#define rcu_head	  host_rcu
#define call_rcu(rcu, fn) host_call_rcu(rcu, fn)

/* Only where there is no memory for a batch. */
static inline void smp_call_function(void (*fn)(void *), void *arg, int wait)
{
	(void)wait;
	fn(arg);
}

#define __pte_free_tlb(tlb, table, address) tlb_remove_table(tlb, table)

#endif
