/* SPDX-License-Identifier: MIT */
/*
 * arm64_v8.h - AArch64 as of Armv8.0: accessed and dirty by faults, no hints of levels; an SMMU without range invalidation. Names of manuals as in arm64.h.
 */
#ifndef ARCH_ARM64_V8_H
#define ARCH_ARM64_V8_H

#include <arch/arm64.h>

/* clang-format off */
#define TLB_HARDWARE_arm64_v8 \
	TLB_HARDWARE_arm64_of(false, false, false, false, false), \
	.secondary_pages = true   /* Linux arm-smmu-v3.c: IDR3_RIL, of SMMUv3.2 */
#define TLB_CHOICES_arm64_v8 \
	TLB_CHOICES_arm64, \
	.secondary_ceiling = 511  /* drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c: fewer than CMDQ_MAX_TLBI_OPS */
/* clang-format on */

TLB_ARCH_DEF(arm64_v8)

#endif
