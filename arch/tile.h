/* SPDX-License-Identifier: MIT */
/*
 * tile.h - TILE64 and TILE-Gx, as Linux had it in 2011. "HV" (unread) is the Tilera hypervisor interface (hv/hypervisor.h).
 */
#ifndef ARCH_TILE_H
#define ARCH_TILE_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_tile \
	.farthest = TLB_REACH_BROADCAST, /* HV: hv_flush_remote() reaches the named tiles and is done on return */ \
	.tagged = true,                  /* HV: HV_ASID */ \
	.exec_aware = true,              /* Linux 2.6.38 arch/tile/kernel/tlb.c: flush_tlb_range() looks at \
	                                  * VM_EXEC */ \
	/* HV: the hypervisor walks tables for the access that missed: not hw_walk, walk_cache */ \
	.split_itlb = true,              /* HV: instruction and data TLB */ \
	.caches_old = true,              /* HV: unverified */ \
	.readonly_sticky = true          /* HV: an entry stays until it is flushed */

#define TLB_CHOICES_tile \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true
/* clang-format on */

TLB_ARCH_DEF(tile)

#endif
