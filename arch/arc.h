/* SPDX-License-Identifier: MIT */
/* arc.h - ARC HS (ARCv2). "PRM" (unread) is the ARCv2 Programmer's Reference Manual; Linux files are those of 7.0. */
#ifndef ARCH_ARC_H
#define ARCH_ARC_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_arc \
	.farthest = TLB_REACH_IPI, /* arch/arc/mm/tlb.c: on_each_cpu_mask() */ \
	.tagged = true,            /* PRM, MMUv4: PID register */ \
	.soft_refill = true,       /* PRM, MMUv4; arch/arc/mm/tlbex.S: not hw_walk, walk_cache, hw_dirty */ \
	.split_itlb = true,        /* PRM, MMUv4: micro-TLBs, dropped together with the joint TLB's entry */ \
	.caches_old = true,        /* arch/arc/include/asm/pgtable-bits-arcv2.h: accessed is the kernel's own bit */ \
	.readonly_sticky = true    /* PRM, MMUv4, software refill: an entry stays until it is overwritten or deleted */

#define TLB_CHOICES_arc \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.ceiling = 31  /* arch/arc/mm/tlb.c: local_flush_tlb_range(), fewer than 32 pages */
/* clang-format on */

TLB_ARCH_DEF(arc)

#endif
