/* SPDX-License-Identifier: MIT */
/*
 * powerpc.h - Power ISA 3.0 and later with radix tables. "ISA" (unread) is Power ISA 3.1, book III; Linux files are those
 * of 7.0. Variants: powerpc_ocxl.h, powerpc_tlbiel.h.
 */
#ifndef ARCH_POWERPC_H
#define ARCH_POWERPC_H

#include <shootdown/arch.h>

/* clang-format off */
/* But for devices. */
#define TLB_HARDWARE_powerpc_cpu \
	.farthest = TLB_REACH_BROADCAST, /* ISA 6.9.3.3: tlbie; complete after eieio; tlbsync; ptesync */ \
	.tagged = true,                  /* ISA 6.7: effPID */ \
	.leaf_only = true,               /* ISA 6.9.3.3: RIC = 0 leaves the page walk cache; RIC = 1 and 2 drop it */ \
	.paths_all = true,               /* arch/powerpc/mm/book3s64/radix_tlb.c: RIC = 1 is of the PID, and has no address */ \
	.page_size = true,               /* arch/powerpc/Kconfig; ISA 6.9.3.3, tlbie: AP names one page size */ \
	.hw_walk = true,                 /* ISA 6.7, radix tree translation: also speculatively */ \
	.walk_cache = true,              /* ISA 6.9.3: page walk cache */ \
	.split_itlb = true,              /* ISA 6.9.3: implementation lookaside information, e.g. ERATs; tlbie \
	                                  * reaches all */ \
	/* arch/powerpc/include/asm/book3s/64/tlbflush.h: the MMU fetches again after a fault: not \
	 * readonly_sticky */ \
	.caches_old = true,              /* ISA 6.7: unverified */ \
	.hw_dirty = true                 /* ISA 6.7: reference and change recording */

#define TLB_HARDWARE_powerpc \
	TLB_HARDWARE_powerpc_cpu, \
	.secondary_snoops = true,        /* arch/powerpc/mm/book3s64/radix_tlb.c: with copros tlbie, which the nest MMU of \
	                                  * POWER9 follows, and no tlbiel */ \
	.secondary_sticky = true,        /* Linux radix__ptep_set_access_flags(): the nest MMU does not look \
	                                  * again */ \
	.secondary_breaks = true         /* ... of POWER9, which hangs if it finds a held entry relaxed */

#define TLB_CHOICES_powerpc_of(REACH) \
	.reach = REACH, \
	.asids = true, \
	.merge_vmas = true,      /* arch/powerpc/Kconfig */ \
	.ceiling = 33,           /* arch/powerpc/mm/book3s64/radix_tlb.c: tlb_single_page_flush_ceiling */ \
	.table_free = true, \
	.rcu_table_free = true,  /* arch/powerpc/Kconfig */ \
	.table_sync_free = true, /* arch/powerpc/Kconfig: HAVE_ARCH_TLB_REMOVE_TABLE */ \
	.gup_fast = true         /* arch/powerpc/Kconfig: HAVE_GUP_FAST */
#define TLB_CHOICES_powerpc TLB_CHOICES_powerpc_of(TLB_REACH_BROADCAST)
/* clang-format on */

TLB_ARCH_DEF(powerpc)

#endif
