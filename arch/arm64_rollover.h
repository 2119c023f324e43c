/* SPDX-License-Identifier: MIT */
/*
 * arm64_rollover.h - AArch64 under a kernel with as few ids as there may be, as Linux's: they come back, and then every CPU drops what it holds. The
 * other rows of AArch64 never use an id twice. Names of manuals as in arm64.h.
 */
#ifndef ARCH_ARM64_ROLLOVER_H
#define ARCH_ARM64_ROLLOVER_H

#include <arch/arm64.h>

/* clang-format off */
#define TLB_HARDWARE_arm64_rollover TLB_HARDWARE_arm64
#define TLB_CHOICES_arm64_rollover  TLB_CHOICES_arm64_of(511, true)
/* clang-format on */

TLB_ARCH_DEF(arm64_rollover)

#endif
