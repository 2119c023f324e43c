/* SPDX-License-Identifier: MIT */
/*
 * mips.h - MIPS64 with R4000-style TLB. "PRA" (unread) is MIPS64 Architecture For Programmers, volume III; Linux files are those
 * of 7.0.
 */
#ifndef ARCH_MIPS_H
#define ARCH_MIPS_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_mips \
	.farthest = TLB_REACH_IPI,  /* PRA 4: TLBWI and TLBP reach the own processor; ginvt only with MMIDs */ \
	.tagged = true,             /* PRA 9, EntryHi: ASID */ \
	/* arch/mips/mm/tlb-r4k.c: the flush of a range drops the micro-TLBs whatever VM_EXEC says: not exec_aware */ \
	.pairs = true,              /* PRA 4: EntryLo0 and EntryLo1; arch/mips/mm/tlb-r4k.c: local_flush_tlb_range() */ \
	.soft_refill = true,        /* PRA 4; the hardware walker is an option: not hw_walk, walk_cache, hw_dirty */ \
	.split_itlb = true,         /* PRA 4: micro-TLBs are allowed */ \
	.caches_not_present = true, /* PRA 4: an entry with V = 0 raises TLB Invalid */ \
	.caches_old = true,         /* arch/mips/include/asm/pgtable-bits.h: accessed is the kernel's own bit */ \
	.readonly_sticky = true,    /* PRA 4: with D = 0 a store raises TLB Modified until the entry goes */ \
	.virtual_cache = true,      /* arch/mips/mm/c-r4k.c: cpu_has_dc_aliases */ \
	.colours = 2                /* arch/mips/mm/c-r4k.c: shm_align_mask; of a way of 8 KiB */

#define TLB_CHOICES_mips \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.ceiling = 64,          /* arch/mips/mm/tlb-r4k.c: tlbsize/2 pairs, of 64 entries without an FTLB */ \
	.table_free = true, \
	.rcu_table_free = true, /* arch/mips/Kconfig */ \
	.gup_fast = true        /* arch/mips/Kconfig: HAVE_GUP_FAST */
/* clang-format on */

TLB_ARCH_DEF(mips)

#endif
