/* SPDX-License-Identifier: MIT */
/* openrisc.h - OpenRISC 1000. "OR1K" (unread) is the OpenRISC 1000 Architecture Manual; Linux files are those of 7.0. */
#ifndef ARCH_OPENRISC_H
#define ARCH_OPENRISC_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_openrisc \
	.farthest = TLB_REACH_IPI, /* arch/openrisc/kernel/smp.c: on_each_cpu_mask() */ \
	.soft_refill = true,       /* OR1K 8: what implementations have: not hw_walk, walk_cache, hw_dirty */ \
	.split_itlb = true,        /* OR1K 8: DTLB and ITLB with registers of their own; Linux drops both */ \
	/* OR1K 8, CID is an option; arch/openrisc/mm/tlb.c: switch_mm() flushes: not tagged, load_drops */ \
	.caches_old = true,        /* arch/openrisc/include/asm/pgtable.h: accessed is the kernel's own bit */ \
	.readonly_sticky = true    /* OR1K 8, software refill: an entry stays until it is overwritten */

#define TLB_CHOICES_openrisc \
	.reach = TLB_REACH_IPI, \
	.merge_vmas = true, /* no_range needs it */ \
	.no_range = true    /* arch/openrisc/Kconfig: if MMU */
/* clang-format on */

TLB_ARCH_DEF(openrisc)

#endif
