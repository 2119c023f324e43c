/* SPDX-License-Identifier: MIT */
/*
 * entry_batch.h - flush entries before their page-table lock is released (the choice entry_batch).
 *
 * A kernel whose page-table functions flush by themselves has no gather at hand there, and an interrupt for each entry would be dear. So what
 * changes under a page-table lock is kept in a list of this CPU's, and flushed together before that is released:
 *
 *	spin_lock(ptl);
 *	... old = xchg(pte, 0); if (valid(old)) tlb_entry_batch_add(batch, vma, TLB_LEVEL_PTE, address, PAGE_SIZE); ...
 *	tlb_entry_batch_flush(batch);
 *	spin_unlock(ptl);
 *
 * Whoever takes the lock then finds no changed entry that some TLB in use holds, and a gather has nothing left to flush, unless the whole address space
 * goes: what is changed then is added only if tlb_entry_batch_asks() says so.
 * It frees pages and tables as ever. A change that is flushed at once, by tlb_flush_page() or its like, is none of the list's.
 */
#ifndef SHOOTDOWN_ENTRY_BATCH_H
#define SHOOTDOWN_ENTRY_BATCH_H

#include <shootdown/gather.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed at first. One for each CPU, as nobody is switched away with a page-table lock held; where somebody is, one for each thread (o). */
struct tlb_entry_batch {
	struct mmu_gather changed; /* the library's own: only what a flush reads of it */
};

/*
 * tlb_entry_batch_add - the entries of @level that cover [@addr, @addr + @size) bytes of @vma were changed.
 *
 * Context: any; this CPU stays, interrupts on. May wait for other CPUs, as tlb_flush_wait(): what is kept of another
 *          address space is flushed first.
 * Locks:   the page-table lock of the entries, still.
 * Order:   none of these entries; as tlb_entry_batch_flush() of what is flushed first.
 * Fails:   never. Asserts "needs the choice entry_batch", and as tlb_flush_level_range().
 * After:   the next tlb_entry_batch_flush() covers them.
 * Source:  Linux arch/sparc/mm/tlb.c: tlb_batch_add().
 */
void tlb_entry_batch_add(struct tlb_entry_batch *batch, const struct tlb_vma *vma, enum tlb_level level,
			 unsigned long addr, unsigned long size);

/*
 * tlb_entry_batch_asks - are entries that @tlb changes to be added?
 *
 * Context: any.
 * Locks:   the page-table lock of the entries.
 * Order:   none.
 * Fails:   never.
 * After:   nothing changed. No: of a gather of the whole mm, which flushes once, at the end. Until then nobody uses
 *          what CPUs hold; so yes, if a secondary TLB walks these tables, too.
 * Source:  Linux arch/sparc/mm/tlb.c: tlb_batch_add(), fullmm.
 */
bool tlb_entry_batch_asks(const struct mmu_gather *tlb);

/*
 * tlb_entry_batch_flush - nobody holds, when this returns, what was added.
 *
 * Context: as tlb_entry_batch_add(). Waits for other CPUs, if something was added; they answer also while they spin for
 *          the lock.
 * Locks:   all page-table locks under which entries were added, still.
 * Order:   ORD-1 before, ORD-3 after, as of tlb_flush_issue() and tlb_flush_wait().
 * Fails:   never. Nothing added is nothing to do. Asserts as tlb_flush_wait().
 * After:   the list is empty, and may be filled again: nobody reads it any more.
 * Source:  Linux arch/sparc/mm/tlb.c: flush_tlb_pending().
 */
void tlb_entry_batch_flush(struct tlb_entry_batch *batch);

#ifdef __cplusplus
}
#endif

#endif
