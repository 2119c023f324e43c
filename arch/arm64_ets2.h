/* SPDX-License-Identifier: MIT */
/*
 * arm64_ets2.h - AArch64 with FEAT_ETS2, which recent cores have: arm64.h but for faults_last. "Arm ARM" is DDI 0487,
 * chapter D8, with the section numbers of issue K; Linux files are those of 7.0.
 */
#ifndef ARCH_ARM64_ETS2_H
#define ARCH_ARM64_ETS2_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_arm64_ets2 \
	.farthest = TLB_REACH_BROADCAST, /* Arm ARM D8.16, TLB maintenance: TLBI ...IS; complete after DSB ISH */ \
	.tagged = true,                  /* Arm ARM D8.16: ASID tags */ \
	.leaf_only = true,               /* Arm ARM D8.16: TLBI VALE1IS, last level only; VAE1IS all levels */ \
	.hw_walk = true,                 /* Arm ARM D8, translation table walks: also speculative */ \
	.walk_cache = true,              /* Arm ARM D8.16: intermediate caching of translation table entries */ \
	.split_itlb = true,              /* Arm ARM D8.16: any number of TLBs; one TLBI reaches instruction and \
	                                  * data side */ \
	/* Arm ARM D8.16: an entry that gives a translation fault is never cached: not caches_not_present */ \
	.readonly_sticky = true,         /* ... but one that gives a permission fault may stay */ \
	.hw_dirty = true,                /* Arm ARM D8, hardware management of the dirty state: FEAT_HAFDBS */ \
	.break_before_make = true,       /* Arm ARM D8.16.1: using break-before-make */ \
	.faults_last = true,             /* Arm ARM D8, FEAT_ETS2 */ \
	.late_updates = true             /* Arm ARM D8: the update is an access of its own, which only DSB waits for */

#define TLB_CHOICES_arm64_ets2 \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true,          /* arch/arm64/mm/context.c */ \
	.ceiling = 511,         /* arch/arm64/include/asm/tlbflush.h: fewer than MAX_DVM_OPS, of 4 KiB pages */ \
	.fullmm_skip = true,    /* arch/arm64/include/asm/tlb.h: tlb_flush(); the ASID allocator flushes at \
	                         * rollover */ \
	.table_free = true, \
	.rcu_table_free = true, /* arch/arm64/Kconfig */ \
	.gup_fast = true        /* arch/arm64/Kconfig: HAVE_GUP_FAST */
/* clang-format on */

TLB_ARCH_DEF(arm64_ets2)

#endif
