/* SPDX-License-Identifier: MIT */
/* parisc.h - PA-RISC 2.0. "PA" (unread) is PA-RISC 2.0 Architecture (Kane); Linux files are those of 7.0. */
#ifndef ARCH_PARISC_H
#define ARCH_PARISC_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_parisc \
	.farthest = TLB_REACH_BROADCAST, /* PA, ch. 3: PDTLB and PITLB purge in every processor; complete after \
	                                  * SYNC */ \
	.tagged = true,                  /* PA, ch. 3: space identifiers */ \
	.soft_refill = true,             /* PA, ch. 3: misses by interruption handler: not hw_walk, walk_cache, hw_dirty */ \
	.split_itlb = true,              /* PA, ch. 3: instruction and data TLB; arch/parisc purges both always */ \
	.caches_old = true,              /* arch/parisc/include/asm/pgtable.h: accessed is the kernel's own bit */ \
	.readonly_sticky = true,         /* PA, ch. 3, software refill: an entry stays until it is purged or overwritten */ \
	.virtual_cache = true,           /* PA, ch. 3: aliases must be equal modulo 16 MiB */ \
	.colours = 1024                  /* arch/parisc/include/asm/shmparam.h: SHM_COLOUR: 4 MiB are enough */

#define TLB_CHOICES_parisc \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true, \
	.ceiling = 3,           /* arch/parisc/kernel/cache.c: measured at boot; 16 KiB is the least, and too much */ \
	.table_free = true, \
	.rcu_table_free = true  /* arch/parisc/Kconfig */
/* clang-format on */

TLB_ARCH_DEF(parisc)

#endif
