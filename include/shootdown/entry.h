/* SPDX-License-Identifier: MIT */
/*
 * entry.h - change an entry where one instruction does that and invalidates (the choice attach).
 *
 * The instruction that reaches every CPU is dear: all of them stop for it. Most address spaces have one thread, and nobody else to reach.
 * So the library says how an entry is to be changed, and the host does it:
 *
 *	way = tlb_entry_begin(mm, true);
 *	old = way == TLB_WAY_LATER ? xchg(pte, invalid) : way == TLB_WAY_HERE ? ipte_local(pte) : ipte(pte);
 *	tlb_entry_end(mm, way);
 *	set_pte(pte, new);
 *
 * What was left for later is invalidated by the next flush of the address space, whatever that is of, and before a CPU that comes to it, or goes on
 * with a program of it, translates by what it holds. Until then no CPU that holds the entry runs such a program: the caller's own is in the kernel, and
 * others have left. So the caller does not use the program's addresses before the flush either.
 */
#ifndef SHOOTDOWN_ENTRY_H
#define SHOOTDOWN_ENTRY_H

#include <shootdown/mm.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tlb_entry_way {
	TLB_WAY_EVERYWHERE, /* by the instruction that invalidates the entry on every CPU */
	TLB_WAY_HERE,	    /* by the one that invalidates it on this CPU */
	TLB_WAY_LATER,	    /* by a store that makes it invalid; what it says then may follow at once */
};

/*
 * tlb_entry_begin - how is a valid entry of @mm to be changed?
 *
 * Context: any; up to tlb_entry_end() the caller is not switched away (a spinlock is held), and waits for nobody.
 * Locks:   the page-table lock of the entry.
 * Order:   ORD-10. A CPU that is not found attached waits, before it loads the root, for tlb_entry_end().
 * Fails:   never.
 * After:   the caller changes the entry as the result says. LATER only if @later: the caller flushes what it has
 *          changed (a gather, tlb_flush_range() or its like) before anybody relies on it. Otherwise no TLB holds the
 *          entry behind the change. Without the choice attach: EVERYWHERE.
 * Source:  Linux arch/s390/mm/pgtable.c: ptep_flush_lazy(), ptep_flush_direct().
 */
enum tlb_entry_way tlb_entry_begin(struct tlb_mm *mm, bool later);

/*
 * tlb_entry_end - it was changed, @way as tlb_entry_begin() said.
 *
 * Context: as tlb_entry_begin().
 * Locks:   the page-table lock of the entry, still.
 * Order:   ORD-10, a release. Who finds that nobody is amid a change finds the entry changed, and what was left for
 *          later said.
 * Fails:   never.
 * After:   the entry may be made valid again, whatever it says.
 * Source:  Linux arch/s390/mm/pgtable.c: ptep_flush_lazy(), flush_count.
 */
void tlb_entry_end(struct tlb_mm *mm, enum tlb_entry_way way);

#ifdef __cplusplus
}
#endif

#endif
