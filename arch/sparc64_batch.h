/* SPDX-License-Identifier: MIT */
/* sparc64_batch.h - UltraSPARC and sun4v under a kernel that flushes entries before their page-table lock is released, as Linux does. */
#ifndef ARCH_SPARC64_BATCH_H
#define ARCH_SPARC64_BATCH_H

#include <arch/sparc64.h>

/* clang-format off */
#define TLB_HARDWARE_sparc64_batch TLB_HARDWARE_sparc64
#define TLB_CHOICES_sparc64_batch TLB_CHOICES_sparc64_of(true)
/* clang-format on */

TLB_ARCH_DEF(sparc64_batch)

#endif
