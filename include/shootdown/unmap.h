/* SPDX-License-Identifier: MIT */
/*
 * unmap.h - take pages out of every address space that maps them, and flush them all at once.
 *
 * Who frees memory (reclaim, migration) comes to a page from the page, not from an address: it finds the entries by the reverse map, in
 * any address space, clears each under its page-table lock, and goes on to the next page. One flush at the end covers all of
 * it, and interrupts each CPU once, whatever number of address spaces it may hold entries of:
 *
 *   tlb_unmap_init(&batch);
 *   for each page, locked; for each entry that maps it, under the page-table lock:
 *     clear the entry; if it was dirty, the page is;
 *     if tlb_unmap_defer() says "full": tlb_unmap_flush(), still under the lock;
 *   before a page is written out: tlb_unmap_flush_dirty();
 *   before a page is freed, moved or copied: tlb_unmap_flush();
 *
 * To everybody else a batch is one more gather: it counts in tlb_mm.pending of each of its address spaces. So a gather that
 * ends meanwhile flushes for it, and whoever is about to rely on an entry asks tlb_mm_flush_pending().
 *
 * A batch belongs to one thread; no two calls on it may overlap.
 */
#ifndef SHOOTDOWN_UNMAP_H
#define SHOOTDOWN_UNMAP_H

#include <shootdown/flush.h>
#include <shootdown/pending.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Address spaces of one batch; one more has to wait for a flush. A host header may say another number, 1 or more. */
#ifndef SHOOTDOWN_UNMAP_SPACES
#define SHOOTDOWN_UNMAP_SPACES 32
#endif

/* All fields belong to the thread that fills the batch (o). Zeroes are an empty batch. */
struct tlb_unmap_batch {
	struct tlb_flush
		space[SHOOTDOWN_UNMAP_SPACES];	    /* one request an address space, from which entries were cleared */
	unsigned char lane[SHOOTDOWN_UNMAP_SPACES]; /* of each space's .pending, in which the batch is counted there */
	unsigned int nr;			    /* of them that are used */
	bool dirty;				    /* some entry was dirty: a TLB may write without asking */
};

/*
 * tlb_unmap_init - make @batch empty.
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   @batch may be filled.
 * Source:  none: in Linux a task's batch (include/linux/mm_types_task.h, struct tlbflush_unmap_batch) is zero from the
 *          start.
 */
void tlb_unmap_init(struct tlb_unmap_batch *batch);

/*
 * tlb_unmap_full - has @batch no room for an entry of @mm?
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   nothing changed. True: tlb_unmap_flush() before tlb_unmap_defer() of this address space.
 * Source:  none: in Linux a batch is one set of CPUs, and never full.
 */
bool tlb_unmap_full(const struct tlb_unmap_batch *batch, const struct tlb_mm *mm);

/*
 * tlb_unmap_defer - the last-level entry of @vma at @addr (bytes) was cleared; its flush is owed. True: @mm is new to
 * @batch.
 *
 * Context: any.
 * Locks:   the page-table lock of the entry, since before it was cleared. tlb_unmap_full() said no.
 * Order:   ORD-4. The count of the address space is up before that lock is dropped.
 * Fails:   never. Asserts "was full, needs a flush first".
 * After:   @table says that the batch has changed an entry of it; NULL: tables do not, as there is one lane
 *          (pending.h). The next tlb_unmap_flush() covers the entry. Until then @vma->mm must not go: at "true" the
 *          caller takes what keeps it, for as long as it is in the batch. @dirty: the entry was dirty.
 * Source:  Linux mm/rmap.c: set_tlb_ubc_flush_pending().
 */
bool tlb_unmap_defer(struct tlb_unmap_batch *batch, struct tlb_vma *vma, struct tlb_changes *table, unsigned long addr,
		     bool dirty);

/*
 * tlb_unmap_flush - invalidate all that was deferred, in one wave.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue(): page-table locks may be held.
 * Order:   ORD-1 before, ORD-3 after; ORD-4: the counts fall after it.
 * Fails:   never. Nothing deferred is nothing to do. Asserts as tlb_flush_wave().
 * After:   no TLB holds what was deferred; @batch is empty.
 * Source:  Linux mm/rmap.c: try_to_unmap_flush().
 */
void tlb_unmap_flush(struct tlb_unmap_batch *batch);

/*
 * tlb_unmap_flush_dirty - the same, if some TLB may still write to a page of @batch without setting an entry dirty
 * first.
 *
 * A translation that was taken from a clean entry cannot be written through any more: hardware that sets dirty looks at
 * the entry first and finds it gone, and other hardware faults.
 *
 * Context: as tlb_unmap_flush().
 * Locks:   as tlb_unmap_flush().
 * Order:   as tlb_unmap_flush(), if some entry was dirty; else none.
 * Fails:   never. No dirty entry is nothing to do. Asserts as tlb_flush_wave().
 * After:   nobody writes to a page whose entries were cleared.
 * Source:  Linux mm/rmap.c: try_to_unmap_flush_dirty().
 */
void tlb_unmap_flush_dirty(struct tlb_unmap_batch *batch);

/*
 * tlb_flush_wave - issue @nr requests, of any address spaces, and wait for them, interrupting each CPU at most once.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after.
 * Fails:   never. None is nothing to do. Asserts as tlb_flush_issue(), and "needs interrupts on, or a host that polls".
 * After:   as after tlb_flush_issue() and tlb_flush_wait() of each. A CPU that is asked invalidates what all of them
 *          say.
 * Source:  Linux arch/x86/mm/tlb.c: arch_tlbbatch_flush().
 */
void tlb_flush_wave(struct tlb_flush *flush, unsigned int nr);

#ifdef __cplusplus
}
#endif

#endif
