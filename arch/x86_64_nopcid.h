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
	TLB_HARDWARE_x86_64_of(TLB_REACH_IPI, false, true, true) /* SDM 4.10.4.1, MOV to CR3: not tagged */
#define TLB_CHOICES_x86_64_nopcid TLB_CHOICES_x86_64_of(TLB_REACH_IPI, false, false)
/* clang-format on */

TLB_ARCH_DEF(x86_64_nopcid)

#endif
