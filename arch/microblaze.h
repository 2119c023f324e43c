/* SPDX-License-Identifier: MIT */
/*
 * microblaze.h - MicroBlaze. "RG" (unread) is the MicroBlaze Processor Reference Guide, UG984; Linux files are those of 7.0.
 */
#ifndef ARCH_MICROBLAZE_H
#define ARCH_MICROBLAZE_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_microblaze \
	.farthest = TLB_REACH_IPI, /* arch/microblaze/Kconfig, without SMP: nobody to interrupt */ \
	.tagged = true,            /* RG: PID register, TID tags */ \
	.soft_refill = true,       /* RG, memory management: not hw_walk, walk_cache, hw_dirty */ \
	.split_itlb = true,        /* RG: instruction and data shadow TLBs, dropped with the unified entry */ \
	.caches_old = true,        /* arch/microblaze/include/asm/pgtable.h: accessed is the kernel's own bit */ \
	.readonly_sticky = true,   /* RG, software refill: an entry stays until it is overwritten */ \
	.tso = true                /* ... so its own order is all there is */

#define TLB_CHOICES_microblaze \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.merge_vmas = true, /* no_range needs it */ \
	.no_range = true    /* arch/microblaze/Kconfig */
/* clang-format on */

TLB_ARCH_DEF(microblaze)

#endif
