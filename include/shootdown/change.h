/* SPDX-License-Identifier: MIT */
/*
 * change.h - which changes of an entry need a flush.
 *
 * A host says in a few bits what a last-level entry said and what it says now, and the row of facts answers. What stands behind
 * the answer:
 *
 *  1. A TLB that still offers less than the entry does harms nobody: the access faults once more, and the fault drops it. Where the
 *     fault by itself does not, its handler has to (LOCAL). So whatever an entry gains needs no flush.
 *  2. A TLB that still offers more is used without a fault, and nobody is asked. So whatever an entry loses needs a flush: another
 *     page, the entry itself, the right to execute; and the right to write, if the entry was dirty.
 *  3. A store through an entry that is writable and clean goes to the table before it goes to the page, as hardware that sets dirty
 *     looks at the entry again and changes it in one access, and other hardware faults. So a TLB that has it clean cannot
 *     write, and the right to write of a clean entry is lost at once. It takes 4 to be so.
 *  4. A dirty entry that becomes clean needs a flush, or the next store does not say so in the table.
 *  5. A young one that becomes old needs none: what is lost is an estimate. As it is still held, old says nothing of 2.
 *
 * Compared with Linux's pte_needs_flush() and flush_tlb_fix_spurious_fault() in docs/changes.md.
 */
#ifndef SHOOTDOWN_CHANGE_H
#define SHOOTDOWN_CHANGE_H

#include <shootdown/gather.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an entry says, or-ed. Bits that hardware does not look at are none of these. */
enum tlb_entry_bits {
	TLB_ENTRY_PRESENT = 1 << 0, /* without it the others say nothing */
	TLB_ENTRY_WRITE = 1 << 1,   /* stores are allowed; where software sets dirty: once it is dirty */
	TLB_ENTRY_EXEC = 1 << 2,
	TLB_ENTRY_ACCESSED = 1 << 3,
	TLB_ENTRY_DIRTY = 1 << 4,
	TLB_ENTRY_OTHER = 1 << 5, /* of the new one alone: it leads to another page than the old one */
};

enum tlb_change {
	TLB_CHANGE_NOTHING, /* nobody minds what a TLB still holds */
	TLB_CHANGE_LOCAL, /* the same access may fault again, until the CPU that it faults on has dropped what it holds */
	TLB_CHANGE_FLUSH, /* on every CPU, before anybody relies on the change */
};

/* For tlb_change_needs(); not to be called. May hardware still hold what allows less, after the fault that it has led to? */
static inline bool tlb_change_sticks(const struct tlb_arch *arch, unsigned int old, unsigned int now)
{
	unsigned int gained = now & ~old;

	if (!(old & TLB_ENTRY_PRESENT))
		return arch->caches_not_present;
	/* Hardware that sets them does not fault for them. */
	if (arch->hw_dirty)
		gained &= ~((unsigned int)TLB_ENTRY_ACCESSED | TLB_ENTRY_DIRTY);
	/* Otherwise one without accessed is no entry, and one without dirty is read-only. */
	if (gained & TLB_ENTRY_ACCESSED && arch->caches_old)
		return true;
	if (now & TLB_ENTRY_WRITE && gained & (TLB_ENTRY_WRITE | TLB_ENTRY_DIRTY))
		return arch->readonly_sticky;
	return gained & TLB_ENTRY_EXEC && arch->readonly_sticky;
}

/* The library's own, not to be called. Does a present entry that said @old allow more, now that it says @now? Hardware that sets accessed and dirty does not fault for them. */
static inline bool tlb_change_gains(unsigned int old, unsigned int now)
{
	unsigned int gained = now & ~old;

	if (shootdown_arch()->hw_dirty)
		gained &= ~((unsigned int)TLB_ENTRY_ACCESSED | TLB_ENTRY_DIRTY);
	return old & TLB_ENTRY_PRESENT && now & TLB_ENTRY_PRESENT && gained & ~(unsigned int)TLB_ENTRY_OTHER;
}

/*
 * tlb_change_needs - what becomes of TLBs when a last-level entry that said @old says @now?
 *
 * @old is what the access returned that took it out or replaced it: what hardware sets between a look at the entry and
 * its change counts. Changes that follow each other without a flush in between are asked of one by one.
 *
 * Context: any.
 * Locks:   the page-table lock of the entry, if the answer is to stay true.
 * Order:   none; a flush comes with its own (ORD-1, ORD-3).
 * Fails:   never.
 * After:   nothing changed. FLUSH: the entry is to be recorded, tlb_change_tlb_entry(), or flushed, before the caller
 *          says that it is done. LOCAL: the handler of a fault drops the address on its own CPU when it finds that
 *          nothing is left to repair, and nobody else has to be told.
 * Source:  Linux arch/x86/include/asm/tlbflush.h: pte_needs_flush(); mm/memory.c: handle_pte_fault(),
 *          flush_tlb_fix_spurious_fault().
 */
static inline enum tlb_change tlb_change_needs(unsigned int old, unsigned int now)
{
	unsigned int lost = old & ~now;

	if (old & TLB_ENTRY_PRESENT) {
		/* Conclusion 2. */
		if (lost & (TLB_ENTRY_PRESENT | TLB_ENTRY_EXEC) || now & TLB_ENTRY_OTHER)
			return TLB_CHANGE_FLUSH;
		/* Conclusions 3 and 4: of an entry that cannot be written to, dirty says nothing to hardware. */
		if (old & TLB_ENTRY_WRITE && old & TLB_ENTRY_DIRTY && lost & (TLB_ENTRY_WRITE | TLB_ENTRY_DIRTY))
			return TLB_CHANGE_FLUSH;
	}
	if (!(now & TLB_ENTRY_PRESENT))
		return TLB_CHANGE_NOTHING;
	return tlb_change_sticks(shootdown_arch(), old, now) ? TLB_CHANGE_LOCAL : TLB_CHANGE_NOTHING;
}

/*
 * tlb_change_tlb_entry - the last-level entry at @addr (bytes) said @old, and says @now.
 *
 * Of mprotect() and its like, which leave entries where they are; what was cleared for good is
 * tlb_remove_tlb_entry()'s.
 *
 * Context: any; @tlb is open.
 * Locks:   the page-table lock of the entry, still; and what keeps a tlb_notifier from being registered meanwhile.
 * Order:   none; the flush comes later.
 * Fails:   never. Asserts as tlb_flush_level_range(), of what it records.
 * After:   returns tlb_change_needs(). FLUSH: the next flush covers the entry. LOCAL is not recorded: a CPU that faults
 *          on what it still holds repairs that by itself. An entry that allows more is, where secondary TLBs have to be
 *          told of that (tlb_notify_upgrade()).
 * Source:  Linux mm/mprotect.c: change_pte_range(), which asks pte_needs_flush().
 */
enum tlb_change tlb_change_tlb_entry(struct mmu_gather *tlb, unsigned long addr, unsigned int old, unsigned int now);

#ifdef __cplusplus
}
#endif

#endif
