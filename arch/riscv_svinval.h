/* SPDX-License-Identifier: MIT */
/*
 * riscv_svinval.h - RISC-V with Svinval, where the hooks use SINVAL.VMA between its two fences. Names of manuals as in riscv.h.
 */
#ifndef ARCH_RISCV_SVINVAL_H
#define ARCH_RISCV_SVINVAL_H

#include <arch/riscv.h>

/* clang-format off */
#define TLB_HARDWARE_riscv_svinval TLB_HARDWARE_riscv_of(true, false, false, false)
#define TLB_CHOICES_riscv_svinval  TLB_CHOICES_riscv
/* clang-format on */

TLB_ARCH_DEF(riscv_svinval)

#endif
