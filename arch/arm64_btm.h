/* SPDX-License-Identifier: MIT */
/*
 * arm64_btm.h - AArch64 with an SMMU that takes part in the CPUs' broadcasts: SMMU_IDR0.BTM is 1 and SMMU_CR2.PTM is 0. In Linux
 * (ARM_SMMU_FEAT_BTM) its driver then sends no command but those for the ATC. Names of manuals as in arm64.h.
 */
#ifndef ARCH_ARM64_BTM_H
#define ARCH_ARM64_BTM_H

#include <arch/arm64.h>

/* clang-format off */
#define TLB_HARDWARE_arm64_btm TLB_HARDWARE_arm64_of(true, false, true, false, true)
#define TLB_CHOICES_arm64_btm  TLB_CHOICES_arm64
/* clang-format on */

TLB_ARCH_DEF(arm64_btm)

#endif
