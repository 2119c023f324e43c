/* SPDX-License-Identifier: MIT */
/*
 * x86_64_vtd.h - x86-64 with devices that cannot ask for pages behind VT-d, whose TLB then need not look again when an entry has come to allow more.
 * Names of manuals as in x86_64.h.
 */
#ifndef ARCH_X86_64_VTD_H
#define ARCH_X86_64_VTD_H

#include <arch/x86_64.h>

/* clang-format off */
#define TLB_HARDWARE_x86_64_vtd \
	TLB_HARDWARE_x86_64, \
	.secondary_sticky = true /* VT-d 6 (unread), as read in the Linux mailing list, arm64: Notify on pte permission upgrades (2023) */
#define TLB_CHOICES_x86_64_vtd TLB_CHOICES_x86_64
/* clang-format on */

TLB_ARCH_DEF(x86_64_vtd)

#endif
