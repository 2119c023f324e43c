/* SPDX-License-Identifier: MIT */
/*
 * arm64.h - AArch64 with FEAT_HAFDBS and FEAT_TTL (Armv8.4). "Arm ARM" is DDI 0487, chapter D8, by the names of its rules where it
 * has some, as section numbers move between issues; Linux files are those of 7.0. Variants: arm64_btm.h, arm64_ets2.h,
 * arm64_range.h, arm64_rollover.h, arm64_v8.h.
 */
#ifndef ARCH_ARM64_H
#define ARCH_ARM64_H

#include <shootdown/arch.h>

/* clang-format off */
/* What all of them have, and where they differ. */
#define TLB_HARDWARE_arm64_of(LEVEL_HINT, RANGE_OP, HW_DIRTY, FAULTS_LAST, SNOOPS) \
	.farthest = TLB_REACH_BROADCAST, /* Arm ARM R_TGVWD, R_PSMWS: TLBI ...IS; complete after DSB ISH */ \
	.tagged = true,                  /* Arm ARM R_QGKGF: ASID tags */ \
	.global_by_id = true,            /* Arm ARM R_CHVGJ: by address and ASID also what is global; ASIDE1IS not */ \
	/* Arm ARM D8, TTBR0_EL1: a write to it invalidates nothing: not load_drops */ \
	.leaf_only = true,               /* Arm ARM I_DMCXY: TLBI VALE1IS, last level only; R_RTRQB: VAE1IS all levels */ \
	.level_hint = LEVEL_HINT,        /* Arm ARM D8, FEAT_TTL: of a wrong level nothing need be invalidated */ \
	.range_op = RANGE_OP,            /* Arm ARM D8, FEAT_TLBIRANGE: TLBI RVAE1IS; arch/arm64/include/asm/tlbflush.h: \
	                                  * __flush_tlb_range_op() */ \
	.hw_walk = true,                 /* Arm ARM D8, translation table walks: also speculative */ \
	.walk_cache = true,              /* Arm ARM R_SQBCS: intermediate caching of translation table entries */ \
	.split_itlb = true,              /* Arm ARM D8, TLB maintenance: any number of TLBs; one TLBI reaches instruction \
	                                  * and data side */ \
	/* Arm ARM R_XCLRD: an entry that gives a translation or an access flag fault is never cached: not \
	 * caches_not_present, caches_old */ \
	.readonly_sticky = true,         /* ... but one that gives a permission fault may stay; \
	                                  * arch/arm64/include/asm/pgtable.h, flush_tlb_fix_spurious_fault() */ \
	.hw_dirty = HW_DIRTY,            /* Arm ARM D8, hardware management of the dirty state: FEAT_HAFDBS */ \
	.break_before_make = true,       /* Arm ARM R_WHWZS, R_DDMVT: of another page, where either can be written; FEAT_BBM \
	                                  * is of sizes alone */ \
	/* Arm ARM R_BLDZX, R_TGVWD: takes DSB and a context synchronization event: not local_orders */ \
	.faults_last = FAULTS_LAST,      /* Arm ARM D8, FEAT_ETS2 */ \
	.late_updates = HW_DIRTY,        /* Arm ARM D8: the update is an access of its own, which only DSB waits for */ \
	.contiguous = true,              /* Arm ARM I_JQPNP: one TLBI for each page of the group */ \
	.secondary_snoops = SNOOPS,      /* Arm SMMUv3 (IHI 0070), 3.17: broadcast TLB maintenance, which Linux keeps off (CR2_PTM) */ \
	.secondary_sticky = true         /* Linux mailing list, arm64: Notify on pte permission upgrades (2023) */

#define TLB_CHOICES_arm64_of(CEILING, ROLLOVER) \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true,          /* arch/arm64/mm/context.c */ \
	.rollover = ROLLOVER,   /* ... as it is; here, and in the rows of other hardware, ids that are never used twice */ \
	.ceiling = CEILING,     /* arch/arm64/include/asm/tlbflush.h: fewer than MAX_DVM_OPS, of 4 KiB pages, without range \
	                         * operations; with them arm64_range.h */ \
	.fullmm_skip = true,    /* arch/arm64/include/asm/tlb.h: tlb_flush(); the ASID allocator flushes at \
	                         * rollover */ \
	.table_free = true, \
	.rcu_table_free = true, /* arch/arm64/Kconfig */ \
	.gup_fast = true        /* arch/arm64/Kconfig: HAVE_GUP_FAST */

#define TLB_HARDWARE_arm64 TLB_HARDWARE_arm64_of(true, false, true, false, false)
#define TLB_CHOICES_arm64  TLB_CHOICES_arm64_of(511, false)
/* clang-format on */

TLB_ARCH_DEF(arm64)

#endif
