/* SPDX-License-Identifier: MIT */
/* alpha.h - Alpha. "AARM" is the Alpha Architecture Reference Manual; Linux files are those of 7.0. */
#ifndef ARCH_ALPHA_H
#define ARCH_ALPHA_H

#include <shootdown/arch.h>

TLB_ARCH_ROW(alpha) = {
	.name = "alpha",

	.no_range = true,   /* arch/alpha/Kconfig: MMU_GATHER_NO_RANGE */
	.merge_vmas = true, /* ... which implies it */
	.table_free = true,
	.rcu_table_free = true, /* arch/alpha/Kconfig */

	.reach = TLB_REACH_IPI, /* AARM, PALcode MTPR_TBIx: this processor only; arch/alpha/kernel/smp.c */
	.exec_aware = true,	/* arch/alpha/include/asm/tlbflush.h: tbisd or tbis by VM_EXEC */

	/* AARM, PALcode: a miss enters PALcode, which walks only for the access that missed: not hw_walk */
	.walk_cache = true,	 /* AARM, virtual page table base: entries that map the tables sit in the TLB */
	.split_itlb = true,	 /* AARM, PALcode: ITB and DTB */
	.asids = true,		 /* AARM: address space numbers */
	.readonly_sticky = true, /* AARM: fault-on-write entries may be cached */
};

#endif
