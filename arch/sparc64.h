/* SPDX-License-Identifier: MIT */
/* sparc64.h - UltraSPARC and sun4v. "UA" (unread) is the UltraSPARC Architecture 2005; Linux files are those of 7.0. */
#ifndef ARCH_SPARC64_H
#define ARCH_SPARC64_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_sparc64 \
	.farthest = TLB_REACH_IPI, /* arch/sparc/mm/ultra.S: cross calls */ \
	.tagged = true,            /* UA 14: context identifiers */ \
	.exec_aware = true,        /* arch/sparc/mm/tlb.c: bit 0 of a queued address says whether the IMMU holds \
	                            * it */ \
	.soft_refill = true,       /* UA 14; arch/sparc/kernel/tsb.S: the handler loads from the TSB, or else walks: not hw_walk, \
	                            * walk_cache, hw_dirty */ \
	.split_itlb = true,        /* UA 14: IMMU and DMMU */ \
	.caches_old = true,        /* arch/sparc/include/asm/pgtable_64.h: accessed is the kernel's own bit */ \
	.readonly_sticky = true,   /* UA 14, software refill: an entry stays until it is demapped */ \
	.virtual_cache = true,     /* arch/sparc/include/asm/cacheflush_64.h: it is the register windows that are written \
	                            * back through their translations */ \
	.colours = 2,              /* arch/sparc/include/asm/shmparam_64.h: L1DCACHE_SIZE, 16 KiB, and pages of 8 KiB */ \
	.tso = true                /* UA 9: Linux runs in TSO */

#define TLB_CHOICES_sparc64_of(BATCH) \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.entry_batch = BATCH,        /* sparc64_batch */ \
	.merge_vmas = true,          /* arch/sparc/Kconfig */ \
	.no_flush_cache = true,      /* arch/sparc/Kconfig: flushes happen when an entry changes */ \
	.table_free = true, \
	.rcu_table_free = true,      /* arch/sparc/Kconfig: if SMP */ \
	.table_sync_free = true,     /* arch/sparc/Kconfig: HAVE_ARCH_TLB_REMOVE_TABLE */ \
	.table_no_invalidate = true  /* arch/sparc/include/asm/tlb_64.h: refill goes through the TSB, not the \
	                              * tables */
#define TLB_CHOICES_sparc64 TLB_CHOICES_sparc64_of(false)
/* clang-format on */

TLB_ARCH_DEF(sparc64)

#endif
