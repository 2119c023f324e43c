/* SPDX-License-Identifier: MIT */
/*
 * microblaze.h - MicroBlaze. "RG" is the MicroBlaze Processor Reference Guide, UG984; Linux files are those of 7.0.
 */
#ifndef ARCH_MICROBLAZE_H
#define ARCH_MICROBLAZE_H

#include <shootdown/arch.h>

TLB_ARCH_ROW(microblaze) = {
	.name = "microblaze",

	.no_range = true,   /* arch/microblaze/Kconfig */
	.merge_vmas = true, /* ... which implies it */

	.reach = TLB_REACH_IPI, /* one processor: nobody to interrupt */

	/* RG, memory management: software refill: not hw_walk, walk_cache, hw_dirty */
	.split_itlb = true,	 /* RG: instruction and data shadow TLBs, dropped with the unified entry */
	.asids = true,		 /* RG: PID register, TID tags */
	.readonly_sticky = true, /* software refill: an entry stays until it is overwritten */
	.tso = true,		 /* one processor */
};

#endif
