/* SPDX-License-Identifier: MIT */
/*
 * powerpc_tlbiel.h - Power ISA as in powerpc.h, under a kernel that flushes CPUs by interrupts, each with tlbiel, so that what follows broadcasts hears
 * nothing of that.
 */
#ifndef ARCH_POWERPC_TLBIEL_H
#define ARCH_POWERPC_TLBIEL_H

#include <arch/powerpc.h>

/* clang-format off */
#define TLB_HARDWARE_powerpc_tlbiel TLB_HARDWARE_powerpc
/* arch/powerpc/mm/book3s64/radix_tlb.c: cputlb_use_tlbie(), _tlbiel_pid_multicast(); book3s64/pgtable.c: disable_tlbie */
#define TLB_CHOICES_powerpc_tlbiel TLB_CHOICES_powerpc_of(TLB_REACH_IPI)
/* clang-format on */

TLB_ARCH_DEF(powerpc_tlbiel)

#endif
