/* SPDX-License-Identifier: MIT */
/* arc.h - ARC HS (ARCv2). "PRM" is the ARCv2 Programmer's Reference Manual; Linux files are those of 7.0. */
#ifndef ARCH_ARC_H
#define ARCH_ARC_H

#include <shootdown/arch.h>

TLB_ARCH_ROW(arc) = {
	.name = "arc",

	.reach = TLB_REACH_IPI, /* arch/arc/mm/tlb.c: on_each_cpu_mask() */
	.ceiling = 32,		/* arch/arc/mm/tlb.c: local_flush_tlb_range(), 32 pages */

	/* PRM, MMUv4: software refill (arch/arc/mm/tlbex.S): not hw_walk, walk_cache, hw_dirty */
	.split_itlb = true,	 /* PRM, MMUv4: micro-TLBs, dropped together with the joint TLB's entry */
	.asids = true,		 /* PRM, MMUv4: PID register */
	.readonly_sticky = true, /* software refill: an entry stays until it is overwritten or deleted */
};

#endif
