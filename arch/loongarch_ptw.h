/* SPDX-License-Identifier: MIT */
/*
 * loongarch_ptw.h - LoongArch with the hardware page table walker (LA664 and later); loongarch.h is the one without. "LA"
 * (unread) is the LoongArch Reference Manual, volume 1; Linux files are those of 7.0.
 */
#ifndef ARCH_LOONGARCH_PTW_H
#define ARCH_LOONGARCH_PTW_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_loongarch_ptw \
	.farthest = TLB_REACH_IPI, /* LA, INVTLB: this processor core only */ \
	.tagged = true,     /* LA, CSR.ASID */ \
	.hw_walk = true,    /* LA, CSR.PWCTL1: the walker */ \
	/* arch/loongarch/include/asm/tlb.h: tlb_flush() does nothing more for freed tables: not walk_cache; \
	 * unverified */ \
	.split_itlb = true, /* LA, 5.4: the architecture leaves it open; INVTLB reaches all */ \
	/* arch/loongarch/kvm/mmu.c: the walker adds no entry with V = 0: not caches_not_present */ \
	.readonly_sticky = true, /* ... and one that was made by a load may raise PME */ \
	.hw_dirty = true         /* QEMU, target/loongarch: the walker writes V and D back where P and W allow it */

#define TLB_CHOICES_loongarch_ptw \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.merge_vmas = true,     /* arch/loongarch/Kconfig: if MMU */ \
	.ceiling = 528,         /* arch/loongarch/mm/tlb.c: tlbsize/8 pairs, of 2,112 entries */ \
	.table_free = true, \
	.rcu_table_free = true, /* arch/loongarch/Kconfig */ \
	.gup_fast = true        /* arch/loongarch/Kconfig: HAVE_GUP_FAST */
/* clang-format on */

TLB_ARCH_DEF(loongarch_ptw)

#endif
