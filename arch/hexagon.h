/* SPDX-License-Identifier: MIT */
/*
 * hexagon.h - Hexagon under its virtual machine monitor. "HVM" (unread) is the Hexagon Virtual Machine Specification; Linux
 * files are those of 7.0.
 */
#ifndef ARCH_HEXAGON_H
#define ARCH_HEXAGON_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_hexagon \
	.farthest = TLB_REACH_BROADCAST, /* HVM: vmclrmap reaches every thread of the machine and is done on \
	                                  * return */ \
	.load_drops = true,              /* arch/hexagon/mm/vm_tlb.c: "TLB purgings on changes" of the map */ \
	.hw_walk = true,                 /* HVM: the monitor walks the guest's tables on a miss */ \
	.caches_old = true,              /* HVM: accessed is a matter of software */ \
	.readonly_sticky = true          /* HVM: a mapping stays until vmclrmap */

#define TLB_CHOICES_hexagon \
	.reach = TLB_REACH_BROADCAST
/* clang-format on */

TLB_ARCH_DEF(hexagon)

#endif
