/* SPDX-License-Identifier: MIT */
/* um.h - user-mode Linux: the "TLB" is the host process's own mappings. Linux files are those of 7.0. */
#ifndef ARCH_UM_H
#define ARCH_UM_H

#include <shootdown/arch.h>

TLB_ARCH_ROW(um) = {
	.name = "um",

	.table_free = true,
	.rcu_table_free = true, /* arch/um/Kconfig */

	.reach = TLB_REACH_IPI, /* arch/um/kernel/tlb.c: um_tlb_sync(); one processor */

	/* The kernel itself copies entries to the host: not hw_walk, walk_cache, hw_dirty */
	.asids = true,		    /* each address space is a host process: its mappings outlast a switch */
	.caches_not_present = true, /* a page the host does not map faults until um_tlb_sync() */
	.readonly_sticky = true,    /* ... and one it maps read-only likewise */
	.tso = true,		    /* one processor */
};

#endif
