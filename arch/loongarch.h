/* SPDX-License-Identifier: MIT */
/*
 * loongarch.h - LoongArch without the hardware page table walker: misses are refilled by software. Cores with the walker are
 * loongarch_ptw.h. "LA" (unread) is the LoongArch Reference Manual, volume 1; Linux files are those of 7.0.
 */
#ifndef ARCH_LOONGARCH_H
#define ARCH_LOONGARCH_H

#include <shootdown/arch.h>

/* clang-format off */
/* What both have, and where they differ: the walker loads entries, or the handler of a miss does. */
#define TLB_HARDWARE_loongarch_of(WALKER, REFILL) \
	.farthest = TLB_REACH_IPI,        /* LA, INVTLB: this processor core only */ \
	.tagged = true,                   /* LA, CSR.ASID */ \
	.pairs = true,                    /* arch/loongarch/mm/tlb.c: local_flush_tlb_range() */ \
	.hw_walk = WALKER,                /* LA, CSR.PWCTL1: the walker */ \
	.soft_refill = REFILL,            /* LA, 5.4: without it the handler of a miss loads the entry */ \
	/* arch/loongarch/include/asm/tlb.h: tlb_flush() does nothing more for freed tables: not walk_cache; \
	 * unverified */ \
	.split_itlb = true,               /* LA, 5.4: the architecture leaves it open; INVTLB reaches all */ \
	.caches_not_present = REFILL,     /* arch/loongarch/kvm/mmu.c: the refill adds an entry with V = 0 as well, the \
	                                   * walker adds none */ \
	.caches_old = REFILL,             /* arch/loongarch/include/asm/pgtable-bits.h: accessed is V, or the kernel's own \
	                                   * bit where it refills */ \
	.readonly_sticky = true,          /* LA, 5.4: with D = 0 a store raises PME until the entry goes; \
	                                   * arch/loongarch/kvm/mmu.c */ \
	.hw_dirty = WALKER                /* QEMU, target/loongarch: the walker writes V and D back where P and W allow it */

#define TLB_HARDWARE_loongarch TLB_HARDWARE_loongarch_of(false, true)
#define TLB_CHOICES_loongarch \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.merge_vmas = true,     /* arch/loongarch/Kconfig: if MMU */ \
	.ceiling = 528,         /* arch/loongarch/mm/tlb.c: tlbsize/8 pairs, of 2,112 entries */ \
	.table_free = true, \
	.rcu_table_free = true, /* arch/loongarch/Kconfig */ \
	.gup_fast = true        /* arch/loongarch/Kconfig: HAVE_GUP_FAST */
/* clang-format on */

TLB_ARCH_DEF(loongarch)

#endif
