/* SPDX-License-Identifier: MIT */
/*
 * flush.h - invalidate translations, on every CPU that may hold them. Never a cache write-back.
 *
 * A flush is a request with two halves, issue and wait, so that the caller can work in between. Between the
 * two the request must stay where it is: other CPUs read it.
 *
 *             issue   wait   poll
 *   issue       X       X      .     X: the caller keeps these two apart, for one request
 *   wait        X       X      .
 *
 * A thread may have several requests under way and wait for them in any order; so may an interrupt handler that
 * flushes while its thread has one under way. Hook 16 says what that asks of a host.
 *
 * Who may touch a field: C constant from issue to the end of wait; o the thread that issued; A atomic.
 *
 * Contracts below say only what departs from this: any context but an NMI (spinlocks held, interrupts off); no lock
 * needed; orders nothing; never fails.
 */
#ifndef SHOOTDOWN_FLUSH_H
#define SHOOTDOWN_FLUSH_H

#include <shootdown/mm.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tlb_flush_state {
	TLB_FLUSH_IDLE,	     /* filled in, or done */
	TLB_FLUSH_ALONE,     /* issued, and no other CPU was concerned: nothing to wait for */
	TLB_FLUSH_CALLED,    /* ends when the CPUs that were interrupted have answered */
	TLB_FLUSH_BROADCAST, /* ends with hook 21 */
};

/* Of an entry: how far above the last level it stands. A table's level is that of the entries in it. */
enum tlb_level {
	TLB_LEVEL_PTE,
	TLB_LEVEL_PMD,
	TLB_LEVEL_PUD,
	TLB_LEVEL_P4D,
	TLB_LEVEL_PGD,
	TLB_LEVELS,
};

/* 1 << @shift bytes, or 0 for the whole address space: where a word is short, an upper level's entry covers all of it. */
static inline unsigned long tlb_shift_size(unsigned int shift)
{
	return shift < sizeof(unsigned long) * 8 ? 1ul << shift : 0;
}

/* What an entry of @level covers, bytes. */
static inline unsigned long tlb_level_size(enum tlb_level level)
{
	return tlb_shift_size((unsigned int)SHOOTDOWN_PTE_SHIFT(level));
}

/* The end of the address space, where a range of the whole mm ends; no range ends there by arithmetic. */
#define TLB_ADDRESS_MAX (~0ul)

/*
 * The library's own: several ranges, each behind the one before, with gaps between. All but the last are in a word each: the address of the
 * first page, and in the bits below it how many there are.
 */
struct tlb_ranges {
	unsigned long last; /* where the last one begins, bytes; it ends with the whole */
	unsigned long ended[SHOOTDOWN_RANGES];
};

/*
 * A request is filled in from zero: { .mm = mm, .all = true } is everything of @mm, data side.
 *
 * What a host may leave out is what the request excludes, and nothing else: tables, exec and huge are "maybe" when set;
 * levels and page_size are "not known" when 0.
 */
struct tlb_flush {
	struct tlb_mm *mm;	    /* C; NULL: kernel mappings */
	unsigned long start, end;   /* C: [start, end), bytes, in whole strides; only if !all */
	unsigned long page_size;    /* C: bytes, if all pages that were mapped are of one size; else 0 */
	bool all;		    /* C: everything of @mm */
	bool tables;		    /* C: table pages were unhooked or moved: walk caches too */
	bool freed_tables;	    /* C: ... and some of them will be freed */
	bool unshared_tables;	    /* C: ... and some of them live on in another mm */
	bool exec;		    /* C: the instruction TLB may hold some of it */
	bool huge;		    /* C: some of it is hugetlb (TLB_VMA_HUGE) */
	unsigned char levels;	    /* C: 1 << enum tlb_level of all entries that changed; 0: not known */
	unsigned char stride_shift; /* C: log2 bytes of the smallest entry that changed */
	bool goes_on;		    /* C: a further range of the request before: hooks get one at a time */
	/* C: the library's own: what of [start, end) changed; nr_ranges 0: all of it. */
	unsigned char nr_ranges;
	const struct tlb_ranges *ranges;
	unsigned long generation;   /* C: of @mm, that this flush makes; only with catch_up */
	enum tlb_flush_state state; /* o */
	bool notified;		    /* o: secondary TLBs were told, and are to be waited for */
	long waiting; /* A ORD-3: CPUs that were interrupted and have not answered; only if state is TLB_FLUSH_CALLED */
};

/*
 * tlb_flush_level_hint - the level at which every entry that changed stood; TLB_LEVELS if there is no such level.
 *
 * For hardware that takes a level as a hint and may then do nothing for entries of other levels (FEAT_TTL): only where
 * one level of leaf entries changed and no table went is there a hint to give.
 */
static inline enum tlb_level tlb_flush_level_hint(const struct tlb_flush *flush)
{
	enum tlb_level level = TLB_LEVEL_PTE;

	if (flush->tables || !flush->levels)
		return TLB_LEVELS;
	while (!(flush->levels & 1u << level))
		level = (enum tlb_level)(level + 1);
	return flush->levels == 1u << level ? level : TLB_LEVELS;
}

/*
 * tlb_flush_issue - start invalidating what @flush describes.
 *
 * Context: any, interrupts on or off, also under spinlocks; does not sleep. Pins the thread to its CPU (hook 33):
 *          only the CPU that issued a broadcast can wait for it. While this CPU has another request under way it may
 *          wait as tlb_flush_wait() does, and then needs what that needs.
 * Locks:   none needed; none may be held that a target CPU takes with interrupts off.
 * Order:   ORD-1. Entries changed before this call are seen by every walk that starts after the invalidation.
 * After:   every CPU that may hold the translations has been told; this one holds none. @flush may cover more than
 *          before: it is rounded to whole strides, and becomes all where the architecture makes nothing of a range.
 */
void tlb_flush_issue(struct tlb_flush *flush);

/*
 * tlb_flush_wait - wait until no CPU can use what @flush describes.
 *
 * Context: the thread that issued; interrupts on, or off if every other CPU that waits with interrupts off calls
 *          tlb_flush_poll(). Does not sleep.
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-3. Every access through an old translation, on any CPU, is done before this call returns.
 * Fails:   never. A CPU that never answers is the host's to report (hook 18).
 * After:   no CPU holds the translations; @flush is idle and may be changed, issued again or freed.
 */
void tlb_flush_wait(struct tlb_flush *flush);

/*
 * tlb_flush_poll - answer the requests that wait for this CPU.
 *
 * To be called inside the host's own spin loops with interrupts off, so that two CPUs waiting for each other
 * both get on.
 * Order:   as the interrupt it stands for.
 * After:   every request that had reached this CPU is answered.
 */
void tlb_flush_poll(void);

/*
 * Issue and wait in one call. All of them:
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after. An empty range is nothing to do.
 */

/*
 * tlb_mm_flush - invalidate everything of @mm, walk caches included.
 *
 * After:   no CPU holds a translation of @mm that is older than the call.
 */
void tlb_mm_flush(struct tlb_mm *mm);

/*
 * tlb_flush_range - invalidate [start, end) of @vma, bytes, whose entries changed; walk caches may keep what they have.
 *
 * After:   no CPU holds a translation of the range that is older than the call.
 */
void tlb_flush_range(struct tlb_vma *vma, unsigned long start, unsigned long end);

/*
 * tlb_flush_range_tables - the same after a table in the range was moved or taken out: walk caches included.
 *
 * After:   no CPU holds a translation of the range, or a path to a table below it, that is older than the call. Where
 *          only an invalidation of everything drops paths, it was one.
 */
void tlb_flush_range_tables(struct tlb_vma *vma, unsigned long start, unsigned long end);

/*
 * tlb_flush_page - invalidate the page of @vma that @addr lies in; walk caches may keep what they have.
 *
 * After:   no CPU holds a translation of that page that is older than the call.
 */
void tlb_flush_page(struct tlb_vma *vma, unsigned long addr);

/*
 * tlb_flush_kernel_range - invalidate the kernel mappings in [start, end), bytes, on every CPU that is up.
 *
 * After:   no CPU holds a translation of the range that is older than the call; walk caches hold no path to it.
 */
void tlb_flush_kernel_range(unsigned long start, unsigned long end);

#ifdef __cplusplus
}
#endif

#endif
