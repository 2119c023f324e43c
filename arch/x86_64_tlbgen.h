/* SPDX-License-Identifier: MIT */
/*
 * x86_64_tlbgen.h - x86-64 under a kernel whose CPUs catch up, as Linux's do: ids of each CPU, and no interrupt for a CPU that is lazy or
 * has left. The other rows of x86-64 ask every CPU that may hold something. Names of manuals as in x86_64.h.
 */
#ifndef ARCH_X86_64_TLBGEN_H
#define ARCH_X86_64_TLBGEN_H

#include <arch/x86_64.h>

/* clang-format off */
#define TLB_HARDWARE_x86_64_tlbgen TLB_HARDWARE_x86_64
#define TLB_CHOICES_x86_64_tlbgen \
	TLB_CHOICES_x86_64_of(TLB_REACH_IPI, true, true) /* arch/x86/mm/tlb.c: choose_new_asid(), switch_mm_irqs_off(), \
	                                                  * flush_tlb_func() */
/* clang-format on */

TLB_ARCH_DEF(x86_64_tlbgen)

#endif
