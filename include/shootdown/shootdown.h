/* SPDX-License-Identifier: MIT */
/*
 * shootdown.h - the whole interface in one include, and what it does not do.
 *
 *	version.h	which version this is
 *	host.h		what the kernel supplies: types and hooks
 *	mm.h		what an address space, a mapping and a queued page carry, and how a CPU enters and leaves one
 *	entry.h		change an entry where one instruction also invalidates it
 *	entry_batch.h	flush entries together, before their page-table lock is released
 *	flush.h		invalidate translations on every CPU that may hold them
 *	gather.h	take memory away: begin here, its first page is the law
 *	unmap.h		the same from the side of the pages, in many address spaces at once
 *	mmu_notifier.h	tell those who keep page tables of their own what happens to a process's
 *	selftest.h	try the kernel's hooks at boot
 *
 * Nothing else under include/shootdown/ is for a kernel's own code: rule.h and *.def are read by the library and by the
 * checker, host/ has parts of a host header. Sources are compiled into the kernel, with its header (host.h). There is no
 * binary interface: a struct may grow with any version, and a struct mmu_gather lies on the stack.
 *
 * What a user has to know besides the contracts:
 *
 *  - The library does not see page tables. Clearing an entry, under which lock, and what may still find the page, are the
 *    kernel's; mm/rules.def says what that owes, and docs/porting.md where to look.
 *  - Hooks are taken at their word. The checker has explored the library on a model of the hardware, never a kernel's
 *    hooks; shootdown_selftest() tries what can be tried from inside, on the machine at hand.
 *  - A contract has six lines, none left out: context, locks, order, how it fails, what is so after, and from where it
 *    comes. A context of "any" is a thread or an interrupt, with spinlocks held, interrupts on or off; it does not sleep.
 *  - Contracts are checked by shootdown_assert(), which is nothing unless the host defines it. A caller who breaks one in a
 *    kernel without asserts may free memory that is still in use.
 *  - A CPU that never answers stops every flush that asks it, for ever, or until hook 18 panics.
 *  - Nothing here may be called from an NMI; and code that runs in one must not use user addresses while a switch of
 *    address spaces is under way on its CPU.
 *  - Devices that walk the same tables are told only by a tlb_notifier; who has tables of his own, a hypervisor's second stage, by mmu_notifier.h, if
 *    the kernel's mm calls it.
 *  - With address-space ids a CPU stays in a mask after it has left, and is interrupted; ids, and what has to be flushed
 *    before one is used again, are the kernel's.
 *  - A model is not hardware: docs/caveats.md lists what "safe" leaves out.
 */
#ifndef SHOOTDOWN_SHOOTDOWN_H
#define SHOOTDOWN_SHOOTDOWN_H

#include <shootdown/version.h>
#include <shootdown/host.h>
#include <shootdown/mm.h>
#include <shootdown/entry.h>
#include <shootdown/flush.h>
#include <shootdown/gather.h>
#include <shootdown/entry_batch.h>
#include <shootdown/change.h>
#include <shootdown/tlb_notifier.h>
#include <shootdown/unmap.h>
#include <shootdown/mmu_notifier.h>
#include <shootdown/selftest.h>

#endif
