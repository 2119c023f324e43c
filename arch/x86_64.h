/* SPDX-License-Identifier: MIT */
/*
 * x86_64.h - x86-64. "SDM" is Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3A, with paging as
 * chapter 4 (5 in the newest editions); Linux files are those of 7.0.
 */
#ifndef ARCH_X86_64_H
#define ARCH_X86_64_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_x86_64 \
	.farthest = TLB_REACH_IPI, /* SDM 4.10.4: this logical processor; hook 37 takes AMD's INVLPGB */ \
	.tagged = true,     /* SDM 4.10.1: process-context identifiers */ \
	/* SDM 4.10.4.1: INVLPG drops both TLBs and the paging-structure caches of all addresses: not \
	 * exec_aware, leaf_only, table_span */ \
	.hw_walk = true,    /* SDM 4.10.2.3: translations may be cached that no access asked for */ \
	.walk_cache = true, /* SDM 4.10.3: paging-structure caches */ \
	.split_itlb = true, /* SDM 4.10.2.1 allows it, CPUID leaf 18H shows it */ \
	/* SDM 4.10.2.3: entries with P = 0 are not cached; 4.10.4.1: a page fault drops the entry it hit: \
	 * not caches_not_present, readonly_sticky */ \
	.hw_dirty = true,   /* SDM 4.8: accessed and dirty flags */ \
	.tso = true,        /* SDM, memory ordering in P6 and later; 4.10.4.2 on stores to tables */ \
	.local_orders = true, /* SDM 10.3: INVLPG and MOV to CR3 are serializing; INVLPGB is not */ \
	.walks_follow = true, /* SDM 4.10.2.3: no entry with P = 0 is cached, and loads are in order */ \
	.faults_last = true   /* SDM 4.10.4.3: a fault on an entry that allows the access is spurious */

#define TLB_CHOICES_x86_64 \
	.reach = TLB_REACH_IPI, \
	.asids = true,          /* arch/x86/mm/tlb.c: choose_new_asid() */ \
	.merge_vmas = true,     /* arch/x86/Kconfig */ \
	.ceiling = 33,          /* arch/x86/mm/tlb.c: tlb_single_page_flush_ceiling */ \
	.table_free = true, \
	.rcu_table_free = true, /* arch/x86/Kconfig: unconditional since a hypervisor may flush without interrupts */ \
	.gup_fast = true        /* arch/x86/Kconfig: HAVE_GUP_FAST */
/* clang-format on */

TLB_ARCH_DEF(x86_64)

#endif
