/* SPDX-License-Identifier: MIT */
/* csky.h - C-SKY 8xx (abiv2). "CSKY" (unread) is the C-SKY V2 CPU architecture manual; Linux files are those of 7.0. */
#ifndef ARCH_CSKY_H
#define ARCH_CSKY_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_csky \
	.farthest = TLB_REACH_BROADCAST, /* arch/csky/mm/tlb.c: tlbi.vas and sync.is, with CPU_HAS_TLBI */ \
	.tagged = true,                  /* CSKY, MMU: ASID */ \
	.pairs = true,                   /* arch/csky/mm/tlb.c: TLB_ENTRY_SIZE, two pages */ \
	.hw_walk = true,                 /* arch/csky/abiv2/inc/abi/entry.h, SETUP_MMU: hardware refill */ \
	.split_itlb = true,              /* CSKY, MMU: instruction and data micro-TLBs before the joint one */ \
	.caches_not_present = true,      /* arch/csky/kernel/traps.c: an exception for an entry that is invalid, none for \
	                                  * a miss; abiv2/cacheflush.c, update_mmu_cache() drops it */ \
	.caches_old = true,              /* CSKY, MMU: accessed is a matter of software */ \
	.readonly_sticky = true          /* CSKY, MMU: a TLB-modified exception leaves the entry */

#define TLB_CHOICES_csky \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true /* arch/csky/mm/asid.c */
/* clang-format on */

TLB_ARCH_DEF(csky)

#endif
