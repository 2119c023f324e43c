/* SPDX-License-Identifier: MIT */
/* loongarch_ptw.h - LoongArch with the hardware page table walker (LA664 and later). Names of manuals as in loongarch.h. */
#ifndef ARCH_LOONGARCH_PTW_H
#define ARCH_LOONGARCH_PTW_H

#include <arch/loongarch.h>

/* clang-format off */
#define TLB_HARDWARE_loongarch_ptw TLB_HARDWARE_loongarch_of(true, false)
#define TLB_CHOICES_loongarch_ptw  TLB_CHOICES_loongarch
/* clang-format on */

TLB_ARCH_DEF(loongarch_ptw)

#endif
