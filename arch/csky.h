/* SPDX-License-Identifier: MIT */
/* csky.h - C-SKY 8xx (abiv2). "CSKY" is the C-SKY V2 CPU architecture manual; Linux files are those of 7.0. */
#ifndef ARCH_CSKY_H
#define ARCH_CSKY_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_csky \
	.farthest = TLB_REACH_BROADCAST, /* arch/csky/mm/tlb.c: tlbi.vas and sync.is, with CPU_HAS_TLBI */ \
	.tagged = true,                  /* CSKY, MMU: ASID */ \
	.hw_walk = true,                 /* CSKY, MMU: hardware refill (arch/csky/mm/init.c: SETUP_MMU, MEH/PGD \
	                                  * registers) */ \
	.split_itlb = true,              /* CSKY, MMU: instruction and data micro-TLBs before the joint one */ \
	.readonly_sticky = true          /* CSKY, MMU: a TLB-modified exception leaves the entry */

#define TLB_CHOICES_csky \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true /* arch/csky/mm/asid.c */
/* clang-format on */

TLB_ARCH_DEF(csky)

#endif
