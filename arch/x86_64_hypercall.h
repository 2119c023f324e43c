/* SPDX-License-Identifier: MIT */
/*
 * x86_64_hypercall.h - x86-64 as a guest whose hypervisor flushes other virtual CPUs, and interrupts none for it: one that does
 * not run flushes before it runs again (Hyper-V, KVM, Xen). Whoever walks tables with interrupts off is not waited for. Names of
 * manuals as in x86_64.h.
 */
#ifndef ARCH_X86_64_HYPERCALL_H
#define ARCH_X86_64_HYPERCALL_H

#include <arch/x86_64.h>

/* clang-format off */
#define TLB_HARDWARE_x86_64_hypercall \
	TLB_HARDWARE_x86_64_of(TLB_REACH_BROADCAST, true, true, true) /* arch/x86/hyperv/mmu.c, arch/x86/kernel/kvm.c, \
	                                                               * arch/x86/xen/mmu_pv.c: the call reaches all that it \
	                                                               * names, and has when it returns */
#define TLB_CHOICES_x86_64_hypercall \
	TLB_CHOICES_x86_64_of(TLB_REACH_BROADCAST, true, false) /* arch/x86/include/asm/paravirt.h: flush_tlb_multi */
/* clang-format on */

TLB_ARCH_DEF(x86_64_hypercall)

#endif
