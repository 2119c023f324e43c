/* SPDX-License-Identifier: MIT */
/*
 * m68k.h - 68030, 68040 and 68060: what any of them asks for. "UM" (unread) is the MC68040 User's Manual; Linux files are those of
 * 7.0.
 */
#ifndef ARCH_M68K_H
#define ARCH_M68K_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_m68k \
	.farthest = TLB_REACH_IPI,  /* arch/m68k/Kconfig, without SMP: nobody to interrupt */ \
	/* arch/m68k/include/asm/mmu_context.h: switch_mm_0460() has PFLUSHAN before it loads URP; PMOVE of the 68030 flushes: \
	 * not load_drops */ \
	.hw_walk = true,            /* UM 3.2: table search by hardware */ \
	.split_itlb = true,         /* UM 3.3: instruction and data ATC; PFLUSH reaches both */ \
	.caches_not_present = true, /* UM 3.3: an ATC entry with R = 0 makes the access fault without a search */ \
	.caches_old = true,         /* UM 3.2: unverified */ \
	.readonly_sticky = true,    /* UM 3.3: W = 1 likewise */ \
	.hw_dirty = true,           /* UM 3.2: U and M are set by the search */ \
	.virtual_cache = true,      /* arch/m68k/include/asm/cacheflush_mm.h: that of the 68030; not the other two's */ \
	/* Linux has no SHMLBA for it: not colours; unverified */ \
	.tso = true,                /* ... so its own order is all there is */ \
	.local_orders = true        /* arch/m68k/include/asm/tlbflush.h: PFLUSH, with nothing before it; one processor */

#define TLB_CHOICES_m68k \
	.reach = TLB_REACH_IPI, \
	.merge_vmas = true, /* no_range needs it */ \
	.no_range = true    /* arch/m68k/Kconfig: if MMU */
/* clang-format on */

TLB_ARCH_DEF(m68k)

#endif
