/* SPDX-License-Identifier: MIT */
/*
 * loongarch.h - LoongArch without the hardware page table walker: misses are refilled by software. Cores with the walker are
 * loongarch_ptw.h. "LA" (unread) is the LoongArch Reference Manual, volume 1; Linux files are those of 7.0.
 */
#ifndef ARCH_LOONGARCH_H
#define ARCH_LOONGARCH_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_loongarch \
	.farthest = TLB_REACH_IPI,  /* LA, INVTLB: this processor core only */ \
	.tagged = true,             /* LA, CSR.ASID */ \
	/* LA, 5.4: the handler of a miss loads the entry: not hw_walk, walk_cache, hw_dirty */ \
	.split_itlb = true,         /* LA, 5.4: the architecture leaves it open; INVTLB reaches all */ \
	.caches_not_present = true, /* arch/loongarch/kvm/mmu.c: the refill adds an entry with V = 0 as well */ \
	.caches_old = true,         /* accessed is the kernel's own bit: a refill loads old entries */ \
	.readonly_sticky = true     /* LA, 5.4: with D = 0 a store raises PME until the entry goes */

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
