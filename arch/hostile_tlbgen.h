/* SPDX-License-Identifier: MIT */
/*
 * hostile_tlbgen.h - made up: the hardware of hostile_ipi under a kernel whose CPUs catch up, as in x86_64_tlbgen.h. But for break_before_make, which such a
 * kernel could not obey.
 */
#ifndef ARCH_HOSTILE_TLBGEN_H
#define ARCH_HOSTILE_TLBGEN_H

#include <arch/hostile_ipi.h>

/* clang-format off */
#define TLB_HARDWARE_hostile_tlbgen TLB_HARDWARE_hostile_ipi_of(false)
#define TLB_CHOICES_hostile_tlbgen TLB_CHOICES_hostile_ipi_of(true)
/* clang-format on */

TLB_ARCH_DEF(hostile_tlbgen)

#endif
