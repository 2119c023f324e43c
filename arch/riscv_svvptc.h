/* SPDX-License-Identifier: MIT */
/* riscv_svvptc.h - RISC-V with Svvptc: an entry that becomes valid is seen soon. Names of manuals as in riscv.h. */
#ifndef ARCH_RISCV_SVVPTC_H
#define ARCH_RISCV_SVVPTC_H

#include <arch/riscv.h>

/* clang-format off */
#define TLB_HARDWARE_riscv_svvptc TLB_HARDWARE_riscv_of(false, false, false, true)
#define TLB_CHOICES_riscv_svvptc  TLB_CHOICES_riscv
/* clang-format on */

TLB_ARCH_DEF(riscv_svvptc)

#endif
