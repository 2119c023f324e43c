/* SPDX-License-Identifier: MIT */
/*
 * arm.h - 32-bit Arm, ARMv7-A with the large physical address extension. "ARM ARM" (unread) is DDI 0406C; Linux files are those
 * of 7.0. arm2011.h is what Linux ran on before.
 */
#ifndef ARCH_ARM_H
#define ARCH_ARM_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_arm \
	.farthest = TLB_REACH_BROADCAST, /* ARM ARM B3.10: TLBIMVAAIS and the like; complete after DSB */ \
	.tagged = true,                  /* ARM ARM B3.9.1: ASID */ \
	.global_by_id = true,            /* ARM ARM B3.10.5, of TLBIMVAIS: unverified */ \
	/* ARM ARM B3.10.5: by address, unified, and all levels: not exec_aware, leaf_only, table_span */ \
	.hw_walk = true,                 /* ARM ARM B3.9: speculative walks */ \
	.walk_cache = true,              /* ARM ARM B3.10: intermediate entries may be held */ \
	.split_itlb = true,              /* ARM ARM B3.10: separate or unified; the unified operations reach both */ \
	.caches_old = true,              /* ARM ARM B3.10, of the access flag: unverified */ \
	.readonly_sticky = true,         /* ARM ARM B3.9: an entry that gives a permission fault may be held */ \
	.break_before_make = true        /* ARM ARM B3.10.1: TLB maintenance before a change of attributes or size */

#define TLB_CHOICES_arm \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true,          /* arch/arm/mm/context.c */ \
	.table_free = true, \
	.rcu_table_free = true, /* arch/arm/Kconfig: if SMP && ARM_LPAE */ \
	.gup_fast = true        /* arch/arm/Kconfig: HAVE_GUP_FAST if ARM_LPAE */
/* clang-format on */

TLB_ARCH_DEF(arm)

#endif
