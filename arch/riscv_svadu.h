/* SPDX-License-Identifier: MIT */
/* riscv_svadu.h - RISC-V with Svadu: hardware sets accessed and dirty. Names of manuals as in riscv.h. */
#ifndef ARCH_RISCV_SVADU_H
#define ARCH_RISCV_SVADU_H

#include <arch/riscv.h>

/* clang-format off */
#define TLB_HARDWARE_riscv_svadu TLB_HARDWARE_riscv_of(true, true, false, true)
#define TLB_CHOICES_riscv_svadu  TLB_CHOICES_riscv
/* clang-format on */

TLB_ARCH_DEF(riscv_svadu)

#endif
