/* SPDX-License-Identifier: MIT */
/*
 * x86_64_invlpgb.h - AMD with INVLPGB, of an address space that has a global ASID: no interrupt, and so nobody who walks tables
 * with interrupts off is waited for. Names of manuals as in x86_64.h.
 */
#ifndef ARCH_X86_64_INVLPGB_H
#define ARCH_X86_64_INVLPGB_H

#include <arch/x86_64.h>

/* clang-format off */
#define TLB_HARDWARE_x86_64_invlpgb \
	TLB_HARDWARE_x86_64_common, \
	.farthest = TLB_REACH_BROADCAST, /* arch/x86/include/asm/tlb.h: complete after TLBSYNC, on the same CPU */ \
	.tagged = true                   /* arch/x86/mm/tlb.c: global ASIDs */ \
	/* APM, EFER.TCE, of INVLPGB as well: not paths_all */ \
	/* arch/x86/include/asm/tlb.h: INVLPGB is weakly ordered: not local_orders */

#define TLB_CHOICES_x86_64_invlpgb \
	TLB_CHOICES_x86_64_common, \
	.reach = TLB_REACH_BROADCAST, /* arch/x86/mm/tlb.c: broadcast_tlb_flush() */ \
	.asids = true
/* clang-format on */

TLB_ARCH_DEF(x86_64_invlpgb)

#endif
