/* SPDX-License-Identifier: MIT */
/*
 * hostile_ipi.h - made up: the hardware of hostile.h, whose invalidations stay on their CPU, under a kernel that interrupts. Tables
 * are freed as pages: the interrupt is what waits for whoever walks without locks.
 */
#ifndef ARCH_HOSTILE_IPI_H
#define ARCH_HOSTILE_IPI_H

#include <arch/hostile.h>

/* clang-format off */
#define TLB_HARDWARE_hostile_ipi_of(BREAK_FIRST) TLB_HARDWARE_hostile_of(TLB_REACH_IPI, false, true, true, BREAK_FIRST)
#define TLB_HARDWARE_hostile_ipi TLB_HARDWARE_hostile_ipi_of(true)
#define TLB_CHOICES_hostile_ipi_of(CATCH_UP) \
	.reach = TLB_REACH_IPI, \
	.asids = true, \
	.catch_up = CATCH_UP, /* x86_64_tlbgen */ \
	.merge_vmas = true, /* x86_64: flush as late as possible */ \
	.gup_fast = true    /* sh */
#define TLB_CHOICES_hostile_ipi TLB_CHOICES_hostile_ipi_of(false)
/* clang-format on */

TLB_ARCH_DEF(hostile_ipi)

#endif
