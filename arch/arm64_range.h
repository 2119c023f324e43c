/* SPDX-License-Identifier: MIT */
/* arm64_range.h - AArch64 with FEAT_TLBIRANGE. Names of manuals as in arm64.h. */
#ifndef ARCH_ARM64_RANGE_H
#define ARCH_ARM64_RANGE_H

#include <arch/arm64.h>

/* clang-format off */
#define TLB_HARDWARE_arm64_range TLB_HARDWARE_arm64_of(true, true, true, false)
#define TLB_CHOICES_arm64_range	 TLB_CHOICES_arm64_of(0, false)
/* clang-format on */

TLB_ARCH_DEF(arm64_range)

#endif
