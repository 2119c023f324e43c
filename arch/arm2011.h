/* SPDX-License-Identifier: MIT */
/*
 * arm2011.h - 32-bit Arm as Linux ran it in 2011: ARMv6 multiprocessors with two-level tables. "ARMv6" (unread) is DDI 0100I,
 * part B. The source of the gather's early questions: [PATCH 06/17] arm: mmu_gather rework.
 */
#ifndef ARCH_ARM2011_H
#define ARCH_ARM2011_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_arm2011 \
	.farthest = TLB_REACH_IPI, /* ARMv6 B4: the own processor only; Linux 2.6.38 arch/arm/kernel/smp_tlb.c */ \
	.tagged = true,            /* ARMv6 B4: application space identifier */ \
	.exec_aware = true,        /* Linux 2.6.38 arch/arm/mm/tlb-v6.S: instruction TLB only for VM_EXEC */ \
	.table_span = true,        /* Linux 2.6.38 arch/arm/include/asm/pgalloc.h: a table fills two entries */ \
	.hw_walk = true,           /* ARMv6 B4: hardware walks, also for prefetches */ \
	.walk_cache = true,        /* Linux 06824ba824b3: tables too must outlive the flush */ \
	.split_itlb = true,        /* ARMv6 B4: instruction and data TLB with operations of their own */ \
	.caches_old = true,        /* ARMv6 B4: unverified */ \
	.readonly_sticky = true,   /* ARMv6 B4: an entry with a permission fault may be held */ \
	.virtual_cache = true,     /* ARMv6 B6: virtually indexed, aliasing allowed */ \
	.colours = 4               /* arch/arm/include/asm/shmparam.h: SHMLBA */

#define TLB_CHOICES_arm2011 \
	.reach = TLB_REACH_IPI, \
	.asids = true
/* clang-format on */

TLB_ARCH_DEF(arm2011)

#endif
