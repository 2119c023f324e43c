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
	TLB_HARDWARE_x86_64_of(TLB_REACH_BROADCAST, true, false, false) /* arch/x86/include/asm/tlb.h: weakly ordered, complete \
	                                                                 * after TLBSYNC on the same CPU; APM, EFER.TCE */
#define TLB_CHOICES_x86_64_invlpgb \
	TLB_CHOICES_x86_64_of(TLB_REACH_BROADCAST, true, false) /* arch/x86/mm/tlb.c: broadcast_tlb_flush() */
/* clang-format on */

TLB_ARCH_DEF(x86_64_invlpgb)

#endif
