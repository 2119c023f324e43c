/* SPDX-License-Identifier: MIT */
/*
 * riscv.h - RISC-V, Sv39 and up. "Priv" is The RISC-V Instruction Set Manual, volume II, "RISC-V I" is its volume I; Linux files are those of 7.0. Variants:
 * riscv_svadu.h, riscv_svinval.h, riscv_svvptc.h, riscv_tlbgen.h, riscv_ztso.h.
 */
#ifndef ARCH_RISCV_H
#define ARCH_RISCV_H

#include <shootdown/arch.h>

/* clang-format off */
/* What all of them have, and where they differ. */
#define TLB_HARDWARE_riscv_of(CACHES_NOT_PRESENT, HW_DIRTY, TSO, LOCAL_ORDERS) \
	.farthest = TLB_REACH_IPI,  /* Priv, SFENCE.VMA: orders the local hart only. Remote harts by interrupt; SBI says no \
	                             * more than that one was sent */ \
	.tagged = true,             /* Priv, satp: ASID */ \
	/* Priv, SFENCE.VMA: with rs2 it leaves global mappings: not global_by_id */ \
	/* Priv, satp: a write to it orders and invalidates nothing; arch/riscv/mm/context.c: set_mm_noasid() flushes: not \
	 * load_drops */ \
	.leaf_only = true,          /* Priv, SFENCE.VMA: with an address it orders leaf entries only */ \
	.tables_all = true,         /* ... hence arch/riscv/include/asm/tlb.h: tlb_flush(), freed_tables */ \
	.hw_walk = true,            /* Priv, Sv39 translation: implicit reads may be done ahead and cached */ \
	.walk_cache = true,         /* Priv, SFENCE.VMA: non-leaf entries may be cached */ \
	.split_itlb = true,         /* Priv, SFENCE.VMA: any number of caches; one fence orders them all */ \
	.caches_not_present = CACHES_NOT_PRESENT, /* Priv, SFENCE.VMA: invalid entries may be cached; with Svvptc one that \
	                                           * becomes valid is seen within a bounded time */ \
	.caches_old = true,         /* Priv: no rule against it */ \
	.readonly_sticky = true,    /* Priv, SFENCE.VMA: without it an old entry may be used for ever */ \
	.hw_dirty = HW_DIRTY,       /* Priv, Svadu: the walker sets accessed and dirty, dirty in program order: not \
	                             * late_updates. Svade: a fault does */ \
	/* Priv, SFENCE.VMA: which of several entries for an address is used is open, and no error: not \
	 * break_before_make */ \
	.tso = TSO,                 /* RISC-V I, Ztso: of explicit accesses; walks are not ordered with them: not \
	                             * walks_follow */ \
	.local_orders = LOCAL_ORDERS /* Priv, SFENCE.VMA: earlier stores of the hart before its later walks; Svinval: \
	                              * SINVAL.VMA alone is ordered with nothing */

#define TLB_CHOICES_riscv_of(CATCH_UP) \
	.reach = TLB_REACH_IPI, \
	.asids = true,          /* arch/riscv/mm/context.c: set_mm_asid() */ \
	.catch_up = CATCH_UP,   /* ... of riscv_tlbgen.h */ \
	.ceiling = 64,          /* arch/riscv/mm/tlbflush.c: tlb_flush_all_threshold */ \
	.table_free = true, \
	.rcu_table_free = true, /* arch/riscv/Kconfig: if SMP && MMU */ \
	.gup_fast = true        /* arch/riscv/Kconfig: HAVE_GUP_FAST if MMU */

#define TLB_HARDWARE_riscv TLB_HARDWARE_riscv_of(true, false, false, true)
#define TLB_CHOICES_riscv  TLB_CHOICES_riscv_of(false)
/* clang-format on */

TLB_ARCH_DEF(riscv)

#endif
