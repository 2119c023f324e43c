/* SPDX-License-Identifier: MIT */
/*
 * xtensa.h - Xtensa. "ISA" (unread) is the Xtensa Instruction Set Architecture reference manual; Linux files are those of 7.0.
 */
#ifndef ARCH_XTENSA_H
#define ARCH_XTENSA_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_xtensa \
	.farthest = TLB_REACH_IPI, /* arch/xtensa/kernel/smp.c: on_each_cpu() */ \
	.tagged = true,            /* ISA 4.6: RASID */ \
	.exec_aware = true,        /* arch/xtensa/mm/tlb.c: local_flush_tlb_range(), instruction TLB by VM_EXEC */ \
	.hw_walk = true,           /* ISA 4.6: auto-refill */ \
	.walk_cache = true,        /* ISA 4.6: the table is mapped virtually, by data TLB entries */ \
	.split_itlb = true,        /* ISA 4.6: ITLB and DTLB */ \
	.caches_not_present = true, /* arch/xtensa/include/asm/pgtable.h: an attribute marks pages that are not there; \
	                             * mm/cache.c, update_mmu_cache() drops the entry. That it is loaded: unverified */ \
	.caches_old = true,        /* ISA 4.6: accessed is a matter of software */ \
	.readonly_sticky = true,   /* ISA 4.6: an entry stays until it is replaced or invalidated */ \
	.virtual_cache = true,     /* arch/xtensa/include/asm/page.h: DCACHE_WAY_SIZE > PAGE_SIZE */ \
	.colours = 2               /* arch/xtensa/include/asm/shmparam.h: SHMLBA; of a way of 8 KiB */

#define TLB_CHOICES_xtensa \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.ceiling = 16  /* arch/xtensa/mm/tlb.c: _TLB_ENTRIES, 4 ways of 4 */
/* clang-format on */

TLB_ARCH_DEF(xtensa)

#endif
