/* SPDX-License-Identifier: MIT */
/* loongarch.h - LoongArch. "LA" is the LoongArch Reference Manual, volume 1; Linux files are those of 7.0. */
#ifndef ARCH_LOONGARCH_H
#define ARCH_LOONGARCH_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_loongarch \
	.farthest = TLB_REACH_IPI,  /* LA, INVTLB: this processor core only */ \
	.tagged = true,             /* LA, CSR.ASID */ \
	.hw_walk = true,            /* LA, CSR.PWCL/PWCH: hardware page table walker of later cores */ \
	.split_itlb = true,         /* LA, 5.4: the architecture leaves it open; INVTLB reaches all */ \
	.caches_not_present = true, /* LA, 5.4: an entry with V = 0 may be in the TLB */ \
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
