/* SPDX-License-Identifier: MIT */
/*
 * x86_64_nopcid.h - x86-64 without process-context identifiers: each load of CR3 drops all but global entries. Names of
 * manuals as in x86_64.h.
 */
#ifndef ARCH_X86_64_NOPCID_H
#define ARCH_X86_64_NOPCID_H

#include <arch/x86_64.h>

/* clang-format off */
#define TLB_HARDWARE_x86_64_nopcid \
	TLB_HARDWARE_x86_64_common, \
	.farthest = TLB_REACH_IPI, /* SDM 4.10.4: this logical processor */ \
	/* SDM 4.10.4.1: with CR4.PCIDE = 0 MOV to CR3 drops all entries that are not global: not tagged */ \
	.paths_all = true,         /* SDM 4.10.4.1: INVLPG drops the paging-structure caches, for all addresses */ \
	.local_orders = true       /* SDM 10.3: INVLPG and MOV to CR3 are serializing */

#define TLB_CHOICES_x86_64_nopcid \
	TLB_CHOICES_x86_64_common, \
	.reach = TLB_REACH_IPI
/* clang-format on */

TLB_ARCH_DEF(x86_64_nopcid)

#endif
