/* SPDX-License-Identifier: MIT */
/* arm64_ets2.h - AArch64 with FEAT_ETS2, which recent cores have. Names of manuals as in arm64.h. */
#ifndef ARCH_ARM64_ETS2_H
#define ARCH_ARM64_ETS2_H

#include <arch/arm64.h>

/* clang-format off */
#define TLB_HARDWARE_arm64_ets2 TLB_HARDWARE_arm64_of(true, false, true, true, false)
#define TLB_CHOICES_arm64_ets2	TLB_CHOICES_arm64
/* clang-format on */

TLB_ARCH_DEF(arm64_ets2)

#endif
