/* SPDX-License-Identifier: MIT */
/*
 * x86_64.h - x86-64. "SDM" is Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3A, with paging as
 * chapter 4 (5 in the newest editions); Linux files are those of 7.0.
 */
#ifndef ARCH_X86_64_H
#define ARCH_X86_64_H

#include <shootdown/arch.h>

TLB_ARCH_ROW(x86_64) = {
	.name = "x86_64",

	.merge_vmas = true, /* arch/x86/Kconfig */
	.table_free = true,
	.rcu_table_free = true, /* arch/x86/Kconfig: unconditional since a hypervisor may flush without interrupts */

	.reach = TLB_REACH_IPI,
	/* SDM 4.10.4.1: INVLPG drops both TLBs and the paging-structure caches of all addresses: not exec_aware,
	 * leaf_only, table_span */
	.ceiling = 33, /* arch/x86/mm/tlb.c: tlb_single_page_flush_ceiling */

	.hw_walk = true,    /* SDM 4.10.2.3: translations may be cached that no access asked for */
	.walk_cache = true, /* SDM 4.10.3: paging-structure caches */
	.split_itlb = true, /* SDM 4.10.2.1 allows it, CPUID leaf 18H shows it */
	.asids = true,	    /* SDM 4.10.1: process-context identifiers */
	/* SDM 4.10.2.3: entries with P = 0 are not cached; 4.10.4.1: a page fault drops the entry it hit: not
	 * caches_not_present, readonly_sticky */
	.hw_dirty = true, /* SDM 4.8: accessed and dirty flags */
	.tso = true,	  /* SDM, memory ordering in P6 and later; 4.10.4.2 on stores to tables */
	.gup_fast = true, /* arch/x86/Kconfig: HAVE_GUP_FAST */
};

#endif
