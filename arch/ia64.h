/* SPDX-License-Identifier: MIT */
/*
 * ia64.h - Itanium, as Linux 6.1 ran it. "SDM" (unread) is the Intel Itanium Architecture Software Developer's Manual, volume 2.
 */
#ifndef ARCH_IA64_H
#define ARCH_IA64_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_ia64 \
	.farthest = TLB_REACH_BROADCAST, /* SDM 4.1.1: ptc.g and ptc.ga purge in the whole coherence domain */ \
	.tagged = true,                  /* SDM 4.1.2: region identifiers */ \
	.hw_walk = true,                 /* SDM 4.1.5: the virtual hash page table walker, also for speculative \
	                                  * references */ \
	.walk_cache = true,              /* SDM 4.1.5: the walker's own table is mapped by TLB entries; arch/ia64 \
	                                  * tlb_flush() */ \
	.split_itlb = true,              /* SDM 4.1.1: instruction and data TLB; a purge reaches both */ \
	.caches_old = true,              /* SDM 4.1.1: unverified */ \
	.readonly_sticky = true          /* SDM 4.1.1: entries stay until purged */ \
	/* SDM 4.1.1: accessed and dirty by fault: not hw_dirty */

#define TLB_CHOICES_ia64 \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true
/* clang-format on */

TLB_ARCH_DEF(ia64)

#endif
