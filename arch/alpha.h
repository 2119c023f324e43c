/* SPDX-License-Identifier: MIT */
/* alpha.h - Alpha. "AARM" (unread) is the Alpha Architecture Reference Manual; Linux files are those of 7.0. */
#ifndef ARCH_ALPHA_H
#define ARCH_ALPHA_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_alpha \
	.farthest = TLB_REACH_IPI, /* AARM, PALcode MTPR_TBIx: this processor only; arch/alpha/kernel/smp.c */ \
	.tagged = true,            /* AARM: address space numbers */ \
	.exec_aware = true,        /* arch/alpha/include/asm/tlbflush.h: without VM_EXEC the DTB alone */ \
	.soft_refill = true,       /* AARM, PALcode: a miss enters PALcode, which walks only for the access that missed: \
	                            * not hw_walk */ \
	.walk_cache = true,        /* AARM, virtual page table base: entries that map the tables sit in the TLB */ \
	.split_itlb = true,        /* AARM, PALcode: ITB and DTB */ \
	.caches_old = true,        /* AARM: accessed is a matter of software */ \
	.readonly_sticky = true    /* AARM: fault-on-write entries may be cached */

#define TLB_CHOICES_alpha \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.merge_vmas = true,     /* no_range needs it */ \
	.no_range = true,       /* arch/alpha/Kconfig: MMU_GATHER_NO_RANGE */ \
	.table_free = true, \
	.rcu_table_free = true  /* arch/alpha/Kconfig */
/* clang-format on */

TLB_ARCH_DEF(alpha)

#endif
