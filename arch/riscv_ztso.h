/* SPDX-License-Identifier: MIT */
/* riscv_ztso.h - RISC-V with Ztso. Names of manuals as in riscv.h. */
#ifndef ARCH_RISCV_ZTSO_H
#define ARCH_RISCV_ZTSO_H

#include <arch/riscv.h>

/* clang-format off */
#define TLB_HARDWARE_riscv_ztso TLB_HARDWARE_riscv_of(true, false, true, true)
#define TLB_CHOICES_riscv_ztso  TLB_CHOICES_riscv
/* clang-format on */

TLB_ARCH_DEF(riscv_ztso)

#endif
