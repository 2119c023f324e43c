/* SPDX-License-Identifier: MIT */
/* um.h - user-mode Linux: the TLB is the host process's own mappings. Linux files are those of 7.0. */
#ifndef ARCH_UM_H
#define ARCH_UM_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_um \
	.farthest = TLB_REACH_IPI,  /* arch/um/kernel/tlb.c: um_tlb_sync(), for the one process that is the mm */ \
	.tagged = true,             /* arch/um/include/asm/mmu.h: each address space has a host process, whose mappings outlast a switch */ \
	/* arch/um/kernel/tlb.c: the kernel itself copies entries to the host: not hw_walk, walk_cache, hw_dirty */ \
	.caches_not_present = true, /* ... a page that the host does not map faults until um_tlb_sync() */ \
	.caches_old = true,         /* arch/um/include/asm/pgtable.h: accessed is the kernel's own bit */ \
	.readonly_sticky = true,    /* ... and one it maps read-only likewise */ \
	.tso = true                 /* as on its host, x86; arch/um/Kconfig: SMP, since 7.0 */

#define TLB_CHOICES_um \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.table_free = true, \
	.rcu_table_free = true  /* arch/um/Kconfig */
/* clang-format on */

TLB_ARCH_DEF(um)

#endif
