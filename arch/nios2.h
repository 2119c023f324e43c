/* SPDX-License-Identifier: MIT */
/* nios2.h - Nios II. "PRH" is the Nios II Processor Reference Handbook; Linux files are those of 7.0. */
#ifndef ARCH_NIOS2_H
#define ARCH_NIOS2_H

#include <shootdown/arch.h>

TLB_ARCH_ROW(nios2) = {
	.name = "nios2",

	.no_range = true,   /* arch/nios2/Kconfig: if MMU */
	.merge_vmas = true, /* ... which implies it */

	.reach = TLB_REACH_IPI, /* one processor: nobody to interrupt */

	/* PRH 3, MMU: software refill: not hw_walk, walk_cache, hw_dirty */
	.split_itlb = true,	 /* PRH 3: micro-ITLB and micro-DTLB, kept in step by hardware */
	.asids = true,		 /* PRH 3: process identifier */
	.readonly_sticky = true, /* software refill: an entry stays until it is overwritten */
	.virtual_cache = true,	 /* arch/nios2/mm/cacheflush.c: aliasing data cache */
	.tso = true,		 /* one processor */
};

#endif
