/* SPDX-License-Identifier: MIT */
/*
 * x86_64.h - x86-64, as Intel has it. "SDM" is Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3A, with
 * paging as chapter 4 (5 in the newest editions); "APM" is AMD64 Architecture Programmer's Manual, volume 2, of which the text
 * is known from what Linux quotes; Linux files are those of 7.0. Variants: x86_64_tce.h, x86_64_nopcid.h, x86_64_hypercall.h,
 * x86_64_invlpgb.h, x86_64_tlbgen.h. With page-table isolation the user half is invalidated by INVPCID of an address: that is as x86_64_tce.h.
 */
#ifndef ARCH_X86_64_H
#define ARCH_X86_64_H

#include <shootdown/arch.h>

/* clang-format off */
/* What all of them have, and where they differ. */
#define TLB_HARDWARE_x86_64_of(FARTHEST, TAGGED, PATHS_ALL, LOCAL_ORDERS) \
	.farthest = FARTHEST,    /* SDM 4.10.4: this logical processor; with a hypervisor or INVLPGB all */ \
	.tagged = TAGGED,        /* SDM 4.10.1: process-context identifiers, with CR4.PCIDE = 1 */ \
	/* SDM 4.10.4.1: INVLPG drops global entries, INVPCID of an address does not: not global_by_id */ \
	.load_drops = true,      /* SDM 4.10.4.1: MOV to CR3, all but global entries; with PCIDs bit 63 says no */ \
	.paths_all = PATHS_ALL,  /* SDM 4.10.4.1: INVLPG drops the paging-structure caches of the current PCID, for all \
	                          * addresses; not INVPCID of an address, nor AMD's with EFER.TCE (APM) */ \
	/* SDM 4.10.4.1: INVLPG drops both TLBs, and no less of the paging-structure caches than leads to its address: not \
	 * exec_aware, leaf_only, table_span */ \
	.hw_walk = true,     /* SDM 4.10.2.3: translations may be cached that no access asked for */ \
	.walk_cache = true,  /* SDM 4.10.3: paging-structure caches */ \
	.split_itlb = true,  /* SDM 4.10.2.1 allows it, CPUID leaf 18H shows it */ \
	/* SDM 4.10.2.3: nothing is cached of an entry with P = 0 or with A = 0; 4.10.4.1: a page fault drops the entry \
	 * it hit: not caches_not_present, caches_old, readonly_sticky. AMD's words for faults: unverified */ \
	.hw_dirty = true,             /* SDM 4.8: accessed and dirty flags */ \
	.tso = true,                  /* SDM, memory ordering in P6 and later; 4.10.4.2 on stores to tables */ \
	.local_orders = LOCAL_ORDERS, /* SDM 10.3: INVLPG and MOV to CR3 are serializing; INVPCID is not in that list */ \
	.walks_follow = true,         /* SDM 4.10.2.3: no entry with P = 0 is cached, and loads are in order */ \
	.faults_last = true,          /* SDM 4.10.4.3: a fault on an entry that allows the access is spurious */ \
	.secondary_walks_kernel = true /* Linux mailing list, iommu/sva: Invalidate stale IOTLB entries for kernel address \
	                                * space (2025): one root for both halves */

#define TLB_CHOICES_x86_64_of(REACH, ASIDS, CATCH_UP) \
	.reach = REACH, \
	.asids = ASIDS,         /* arch/x86/mm/tlb.c: choose_new_asid() */ \
	.catch_up = CATCH_UP,   /* ... of x86_64_tlbgen.h */ \
	.merge_vmas = true,     /* arch/x86/Kconfig */ \
	.ceiling = 33,          /* arch/x86/mm/tlb.c: tlb_single_page_flush_ceiling */ \
	.table_free = true, \
	.rcu_table_free = true, /* arch/x86/Kconfig: always, for hypervisors that flush without interrupts, and INVLPGB */ \
	.gup_fast = true        /* arch/x86/Kconfig: HAVE_GUP_FAST */

#define TLB_HARDWARE_x86_64 TLB_HARDWARE_x86_64_of(TLB_REACH_IPI, true, true, true)
#define TLB_CHOICES_x86_64  TLB_CHOICES_x86_64_of(TLB_REACH_IPI, true, false)
/* clang-format on */

TLB_ARCH_DEF(x86_64)

#endif
