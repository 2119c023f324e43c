/* SPDX-License-Identifier: MIT */
/*
 * pending.h - entries that were changed and are not flushed yet: who else may still use what they said.
 *
 * A gather changes entries under page-table locks and flushes later, when the locks are long dropped. Until then an entry says
 * one thing and a TLB another. Whoever decides something by such an entry, under its lock, asks here whether that may be so.
 *
 * Every gather is counted in tlb_mm.pending from before its first page-table lock until after its last flush. The word has
 * tlb_limits.lanes lanes of equal width, and each gather is counted in one, so that a few bits can name it:
 *
 *   lanes = 1    One count an address space, as Linux has it. Any other gather that is open counts as one that may have changed
 *                what the caller looks at.
 *   lanes > 1    The host gives each table a struct tlb_changes: a bit for each lane of which a gather changed an entry of the
 *                table and may not have flushed it. Gathers of other tables, and those that have ended since, do not matter any
 *                more. Gathers that share a lane are taken for one. Of 8 lanes each has room for 254, and for 14 where a long has 32 bits; where
 *                more are open at once it stays full for good, and what it names is pending from then on: too much is flushed, never too little.
 *
 * What a host with several lanes owes, all of it under the lock of the table in question:
 *
 *   1. tlb_look() before it looks at the entries of a table for a gather. Where an upper entry is empty that is the table of this entry.
 *   2. tlb_mark() when the gather changed an entry, before the lock is dropped; for a table that is unhooked, of the table above
 *      it, before that entry is cleared.
 *
 * Both say what kind of change it is about: who only takes entries away, or finds one that is gone, need not know who has taken rights.
 *
 *   3. tlb_inherit() for a table that it hooks, of the table above it.
 *
 *              look   mark   inherit   table_flush_pending
 *   look         X      X       X              X        X: the caller keeps these two apart, for one table: its lock
 *   mark         X      X       X              X
 *   inherit      X      X       .              .        (of the table above)
 *   ..._pending  X      X       .              .
 */
#ifndef SHOOTDOWN_PENDING_H
#define SHOOTDOWN_PENDING_H

#include <shootdown/mm.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mmu_gather;

/* What a change of an entry took. Who asks for the first is told of both. */
enum tlb_lost {
	TLB_LOST_RIGHTS, /* it allows less, or is clean or old again */
	TLB_LOST_ENTRY,	 /* hardware finds none any more; or a table is gone */
};

/* One a table, in whatever the host has of each. All zero: nobody has changed anything. Under the table's lock. */
struct tlb_changes {
	unsigned char lanes; /* 1 << lane of who changed an entry here, since that lane was last seen empty */
	unsigned char gone;  /* ... of those: who took one away */
};

/*
 * tlb_mm_flush_pending - has a batch changed entries that it may not have flushed yet?
 *
 * Context: any.
 * Locks:   the page-table lock under which the entry in question was read.
 * Order:   ORD-4. A CPU that sees the changed entry under its lock also sees the count. One lock says nothing about
 *          entries under another.
 * Fails:   never.
 * After:   nothing changed. The answer may be out of date at once if it is "yes".
 * Source:  Linux include/linux/mm_inline.h: mm_tlb_flush_pending().
 */
bool tlb_mm_flush_pending(struct tlb_mm *mm);

/*
 * tlb_mm_flush_nested - the same for a caller that has a gather open itself: is there another one?
 *
 * Context: any; the caller has a gather open on @mm.
 * Locks:   none now; the page-table lock of each entry in question was held when it was read.
 * Order:   ORD-4. "No" means that whatever others changed in entries the caller has read is flushed.
 * Fails:   never. Asserts "needs a gather of the caller's own".
 * After:   nothing changed. The answer may be out of date at once if it is "yes".
 * Source:  Linux include/linux/mm_inline.h: mm_tlb_flush_nested().
 */
bool tlb_mm_flush_nested(struct tlb_mm *mm);

/*
 * tlb_look - the gather looks at the entries of [@start, @end), bytes, in the table of @table, or finds no table there.
 *
 * @lost: LOST_ENTRY if the gather takes away whatever it finds, so that what else was taken of that is its own flush's.
 *
 * Context: any.
 * Locks:   the lock of the table, before the first of its entries is read, until they were all looked at.
 * Order:   ORD-4. Whoever changed an entry of the table so and has not flushed it is known to the gather from here on.
 * Fails:   never. With one lane nothing is to be done. Asserts "needs a range".
 * After:   unless each of them has ended by then, tlb_finish_mmu() flushes [@start, @end), found or not.
 * Source:  none in Linux, which has one count an address space. A table's own was proposed in 2021, for speculative
 *          faults.
 */
void tlb_look(struct mmu_gather *tlb, struct tlb_changes *table, enum tlb_lost lost, unsigned long start,
	      unsigned long end);

/*
 * tlb_mark - the gather changed an entry of the table of @table, or clears one next.
 *
 * Context: any.
 * Locks:   the lock of the table, since before tlb_look().
 * Order:   ORD-4, by that lock: whoever finds the changed entry under it finds the mark.
 * Fails:   never. With one lane nothing is to be done.
 * After:   until the gather has ended, who looks at the table is told.
 * Source:  none in Linux, as tlb_look().
 */
void tlb_mark(const struct mmu_gather *tlb, struct tlb_changes *table, enum tlb_lost lost);

/*
 * tlb_inherit - the table of @table is new, and is hooked into that of @upper next.
 *
 * What was mapped there before was under another table, whose changes were noted in @upper when it was unhooked.
 *
 * Context: any.
 * Locks:   the lock of the upper table; nobody else has the new one.
 * Order:   ORD-4, by that lock; what is noted in the new table is there before it is hooked (ORD-5).
 * Fails:   never. With one lane nothing is to be done.
 * After:   who changed what stood here before is told of in the new table, too.
 * Source:  none in Linux, as tlb_look().
 */
void tlb_inherit(struct tlb_changes *table, const struct tlb_changes *upper);

/*
 * tlb_table_flush_pending - as tlb_mm_flush_pending(), for entries of one table.
 *
 * Context: any.
 * Locks:   the lock of the table, under which the entry in question was read.
 * Order:   ORD-4.
 * Fails:   never.
 * After:   nothing changed. "No" means that every change of an entry of this table is flushed; with LOST_ENTRY every
 *          one that took it away, as of an entry that is found empty.
 * Source:  Linux include/linux/mm_inline.h: mm_tlb_flush_pending(), of the whole address space.
 */
bool tlb_table_flush_pending(struct tlb_mm *mm, const struct tlb_changes *table, enum tlb_lost lost);

#ifdef __cplusplus
}
#endif

#endif
