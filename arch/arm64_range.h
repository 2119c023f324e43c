/* SPDX-License-Identifier: MIT */
/* arm64_range.h - AArch64 with FEAT_TLBIRANGE. Names of manuals as in arm64.h. */
#ifndef ARCH_ARM64_RANGE_H
#define ARCH_ARM64_RANGE_H

#include <arch/arm64.h>

/* clang-format off */
#define TLB_HARDWARE_arm64_range TLB_HARDWARE_arm64_of(true, true, true, false, false)
/*
 * arch/arm64/include/asm/tlbflush.h: MAX_TLBI_RANGE_PAGES, what the largest operation names (32 << 16). Linux compares pages, whatever the stride, and the
 * fact is of strides: the same where both are of a page, and more than Linux does in one go where pages are huge.
 */
#define TLB_CHOICES_arm64_range	 TLB_CHOICES_arm64_of(2097152, false)
/* clang-format on */

TLB_ARCH_DEF(arm64_range)

#endif
