/* SPDX-License-Identifier: MIT */
/* sh.h - SuperH SH-4. "HM" (unread) is the SH-4 hardware manual; Linux files are those of 7.0. */
#ifndef ARCH_SH_H
#define ARCH_SH_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_sh \
	.farthest = TLB_REACH_IPI, /* arch/sh/kernel/smp.c: smp_call_function() */ \
	.tagged = true,            /* HM 3: PTEH.ASID */ \
	.soft_refill = true,       /* HM 3, MMU: LDTLB in the exception handler: not hw_walk, walk_cache, hw_dirty */ \
	.split_itlb = true,        /* HM 3: ITLB of four entries before the UTLB; Linux drops both */ \
	.caches_old = true,        /* arch/sh/include/asm/pgtable_32.h: accessed is the kernel's own bit */ \
	.readonly_sticky = true,   /* HM 3: initial page write exception until the entry is loaded again */ \
	.virtual_cache = true,     /* HM 4: virtually indexed operand cache */ \
	.colours = 4               /* arch/sh/include/asm/shmparam.h: SHMLBA */

#define TLB_CHOICES_sh \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.ceiling = 16,    /* arch/sh/mm/tlbflush_32.c: MMU_NTLB_ENTRIES / 4, of 64 */ \
	.gup_fast = true  /* arch/sh/Kconfig: HAVE_GUP_FAST if MMU */
/* clang-format on */

TLB_ARCH_DEF(sh)

#endif
