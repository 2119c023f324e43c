/* SPDX-License-Identifier: MIT */
/*
 * powerpc_ocxl.h - Power ISA as in powerpc.h, with accelerators on OpenCAPI as of POWER10: what translates for them does not follow tlbie any more, and its
 * driver invalidates by registers, page by page. It looks again after a fault, as CPUs do. On POWER9 it is the nest MMU, as in powerpc.h.
 */
#ifndef ARCH_POWERPC_OCXL_H
#define ARCH_POWERPC_OCXL_H

#include <arch/powerpc.h>

/* clang-format off */
#define TLB_HARDWARE_powerpc_ocxl \
	TLB_HARDWARE_powerpc_cpu, \
	.secondary_pages = true /* Linux drivers/misc/ocxl/link.c: invalidate_range(), with link->arva; of everything by address 0: \
	                         * arch/powerpc/platforms/powernv/ocxl.c, pnv_ocxl_tlb_invalidate() */
#define TLB_CHOICES_powerpc_ocxl TLB_CHOICES_powerpc
/* clang-format on */

TLB_ARCH_DEF(powerpc_ocxl)

#endif
