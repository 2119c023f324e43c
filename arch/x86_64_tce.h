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
	TLB_HARDWARE_x86_64_of(TLB_REACH_IPI, true, false, true) /* APM, EFER.TCE; arch/x86/kernel/cpu/amd.c: not paths_all */
#define TLB_CHOICES_x86_64_tce TLB_CHOICES_x86_64
/* clang-format on */

TLB_ARCH_DEF(x86_64_tce)

#endif
