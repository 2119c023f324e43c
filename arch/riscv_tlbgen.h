/* SPDX-License-Identifier: MIT */
/*
 * riscv_tlbgen.h - RISC-V under a kernel whose CPUs catch up, as in x86_64_tlbgen.h: ids of each hart, and no interrupt for a hart that is lazy or has left.
 * Linux 7.0 asks every hart that ever ran the address space, as riscv.h does; patches that leave to the next switch what a hart has to flush that is not
 * in the address space are on its mailing list (riscv: mm: Defer tlb flush to context_switch, 2025). Names of manuals as in riscv.h.
 */
#ifndef ARCH_RISCV_TLBGEN_H
#define ARCH_RISCV_TLBGEN_H

#include <arch/riscv.h>

/* clang-format off */
#define TLB_HARDWARE_riscv_tlbgen TLB_HARDWARE_riscv
#define TLB_CHOICES_riscv_tlbgen  TLB_CHOICES_riscv_of(true) /* Priv, satp: the meaning of an ASID is local to a hart */
/* clang-format on */

TLB_ARCH_DEF(riscv_tlbgen)

#endif
