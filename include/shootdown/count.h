/* SPDX-License-Identifier: MIT */
/*
 * count.h - what taking memory away costs, in numbers: the same names in every kernel, on the model and in `shootdown count`.
 *
 * The library says what happens by hook 40, shootdown_count(), which is nothing unless the host defines it: then the common
 * path has no instruction more. A host that does may keep a struct tlb_counts, one for each CPU or one in all, by
 * tlb_counts_add(); each of the numbers is a sum, but for the one that is said to be a maximum. docs/count.md says how to
 * read them.
 */
#ifndef SHOOTDOWN_COUNT_H
#define SHOOTDOWN_COUNT_H

enum tlb_count {
	/* Counted by the library. */
	TLB_COUNT_FLUSHES, /* requests to invalidate that reached at least one TLB */
	TLB_COUNT_FULL,	   /* ... of those, for everything of the address space */
	TLB_COUNT_ROUNDS,  /* waits: for the answers of other CPUs, or for broadcasts to be complete */
	TLB_COUNT_IPIS, /* interrupts sent, one a CPU, for a flush; and, by the host, to wait for walkers (hook 31) */
	TLB_COUNT_INTERRUPTED, /* answers given: handlers that ran for a flush, or were polled for (hook 17) */
	TLB_COUNT_QUEUED,      /* pages, tables among them, that gathers took over */
	TLB_COUNT_FREED, /* ... and gave back, or handed over to a grace period; what is between the two is held */
	TLB_COUNT_INVALIDATIONS, /* flushes that secondary TLBs were told, one a flush and notifier; and one more for what it fills */
	TLB_COUNT_COMMANDS,	 /* ... in so many commands, one a range and notifier */
	TLB_COUNT_COMMAND_SYNCS, /* ... and waits for those, one an invalidation */

	/* Counted by a host that can: it alone knows. */
	TLB_COUNT_SYNCS,   /* of TLB_COUNT_IPIS, those to wait for walkers */
	TLB_COUNT_NAMED,   /* entries that invalidations named by address, on each CPU that did one */
	TLB_COUNT_EMPTIED, /* invalidations of everything of an address space, on each CPU that did one */
	TLB_COUNT_PRESENT, /* entries that were in a TLB and went with an invalidation of either kind */
	TLB_COUNT_BEYOND,  /* ... of those: nobody had changed what they said, and a walk finds the same again */
	TLB_COUNTS,
};

/* Of one CPU, or of all: whoever shares one keeps two callers of tlb_counts_add() apart. */
struct tlb_counts {
	unsigned long nr[TLB_COUNTS];
	unsigned long most_held; /* the maximum: pages queued and not yet freed */
};

/*
 * tlb_counts_add - @by more of @what.
 *
 * Context: any.
 * Locks:   whatever keeps @counts one caller's at a time.
 * Order:   none.
 * Fails:   never.
 * After:   @counts has them. Of counts that are kept per CPU most_held says nothing, as one CPU frees what another
 *          queued.
 * Source:  Linux include/linux/vmstat.h: count_vm_tlb_event(), of the numbers in include/linux/vm_event_item.h.
 */
static inline void tlb_counts_add(struct tlb_counts *counts, enum tlb_count what, unsigned long by)
{
	unsigned long held;

	counts->nr[what] += by;
	held = counts->nr[TLB_COUNT_QUEUED] - counts->nr[TLB_COUNT_FREED];
	if (what == TLB_COUNT_QUEUED && held > counts->most_held)
		counts->most_held = held;
}

#endif
