/* SPDX-License-Identifier: MIT */
/* nios2.h - Nios II. "PRH" (unread) is the Nios II Processor Reference Handbook; Linux files are those of 7.0. */
#ifndef ARCH_NIOS2_H
#define ARCH_NIOS2_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_nios2 \
	.farthest = TLB_REACH_IPI, /* arch/nios2/Kconfig, without SMP: nobody to interrupt */ \
	.tagged = true,            /* PRH 3: process identifier */ \
	.soft_refill = true,       /* PRH 3, MMU: not hw_walk, walk_cache, hw_dirty */ \
	.split_itlb = true,        /* PRH 3: micro-ITLB and micro-DTLB, kept in step by hardware */ \
	.caches_old = true,        /* arch/nios2/include/asm/pgtable-bits.h: accessed is the kernel's own bit */ \
	.readonly_sticky = true,   /* PRH 3, software refill: an entry stays until it is overwritten */ \
	.virtual_cache = true,     /* arch/nios2/mm/cacheflush.c: aliasing data cache */ \
	.colours = 8,              /* arch/nios2/include/asm/shmparam.h: SHMLBA, the size of the cache; of 32 KiB */ \
	.tso = true                /* ... so its own order is all there is */

#define TLB_CHOICES_nios2 \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.merge_vmas = true, /* no_range needs it */ \
	.no_range = true    /* arch/nios2/Kconfig: if MMU */
/* clang-format on */

TLB_ARCH_DEF(nios2)

#endif
