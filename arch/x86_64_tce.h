/* SPDX-License-Identifier: MIT */
/*
 * x86_64_tce.h - x86-64 where an invalidation leaves paths to other addresses: AMD with EFER.TCE, which Linux sets wherever there
 * is one, and INVPCID of an address on any. Names of manuals as in x86_64.h.
 */
#ifndef ARCH_X86_64_TCE_H
#define ARCH_X86_64_TCE_H

#include <arch/x86_64.h>

/* clang-format off */
#define TLB_HARDWARE_x86_64_tce \
	TLB_HARDWARE_x86_64_common, \
	.farthest = TLB_REACH_IPI, /* SDM 4.10.4: this logical processor */ \
	.tagged = true,            /* SDM 4.10.1: process-context identifiers */ \
	/* APM, EFER.TCE, and arch/x86/kernel/cpu/amd.c: INVLPG drops the upper entries that lead to its address: not \
	 * paths_all */ \
	.local_orders = true       /* SDM 10.3: INVLPG is serializing */

#define TLB_CHOICES_x86_64_tce \
	TLB_CHOICES_x86_64
/* clang-format on */

TLB_ARCH_DEF(x86_64_tce)

#endif
