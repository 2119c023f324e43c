/* SPDX-License-Identifier: MIT */
/* arm64_range.h - AArch64 with FEAT_TLBIRANGE. Names of manuals as in arm64.h. */
#ifndef ARCH_ARM64_RANGE_H
#define ARCH_ARM64_RANGE_H

#include <arch/arm64.h>

/* clang-format off */
#define TLB_HARDWARE_arm64_range \
	TLB_HARDWARE_arm64, \
	.range_op = true /* Arm ARM D8, TLBI RVAE1IS; arch/arm64/include/asm/tlbflush.h: __flush_tlb_range_op() */

#define TLB_CHOICES_arm64_range \
	TLB_CHOICES_arm64_common /* arch/arm64/include/asm/tlbflush.h: MAX_TLBI_RANGE_PAGES, 2,097,152: no ceiling */
/* clang-format on */

TLB_ARCH_DEF(arm64_range)

#endif
