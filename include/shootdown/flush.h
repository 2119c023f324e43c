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
 * In contracts a context of "any" is a thread or an interrupt, with spinlocks held, interrupts on or off, never an NMI;
 * it does not sleep.
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

/*
 * tlb_shift_size - 1 << @shift bytes, or 0 for the whole address space: where a word is short, an upper level's entry
 * covers all of it.
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   nothing changed.
 * Source:  none: arithmetic, where C's shift says nothing.
 */
static inline unsigned long tlb_shift_size(unsigned int shift)
{
	return shift < sizeof(unsigned long) * 8 ? 1ul << shift : 0;
}

/*
 * tlb_level_size - what an entry of @level covers, bytes; 0 for the whole address space.
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   nothing changed.
 * Source:  Linux arch/x86/include/asm/pgtable_64_types.h: PMD_SIZE, PUD_SIZE; here the host's SHOOTDOWN_PTE_SHIFT().
 */
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
 *
 * Context: any; in hooks 19, 20 and 37, which are given @flush.
 * Locks:   none: @flush does not change from issue to the end of wait.
 * Order:   none.
 * Fails:   never. TLB_LEVELS: no hint is to be given.
 * After:   nothing changed.
 * Source:  Linux arch/arm64/include/asm/tlb.h: tlb_get_level(); Arm ARM: FEAT_TTL.
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
 * Context: any. Pins the thread to its CPU (hook 33): only the CPU that issued a broadcast can wait for it. With
 *          catch_up, or while this CPU has another request under way, it may wait as tlb_flush_wait() does, and then
 *          needs what that needs.
 * Locks:   none needed; none may be held that a target CPU takes with interrupts off.
 * Order:   ORD-1. Entries changed before this call are seen by every walk that starts after the invalidation.
 * Fails:   never. Asserts "needs a request that is not under way", "needs a range or all", "needs a stride of a page or
 *          more".
 * After:   every CPU that may hold the translations has been told, and each tlb_notifier of the mm; this CPU holds
 *          none. @flush may cover more than before: it is rounded to whole strides, and becomes all where the
 *          architecture makes nothing of a range.
 * Source:  Linux arch/x86/mm/tlb.c: flush_tlb_mm_range(); arch/arm64/include/asm/tlbflush.h:
 *          __flush_tlb_range_nosync().
 */
void tlb_flush_issue(struct tlb_flush *flush);

/*
 * tlb_flush_wait - wait until no CPU can use what @flush describes.
 *
 * Context: the thread that issued; interrupts on, or off if every other CPU that waits with interrupts off calls
 *          tlb_flush_poll(). Does not sleep.
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-3. Every access through an old translation, on any CPU, is done before this call returns.
 * Fails:   never. A CPU that never answers is the host's to report (hook 18). Asserts "needs tlb_flush_issue() first",
 *          "needs interrupts on, or a host that polls".
 * After:   no CPU holds the translations, nor does the TLB of a tlb_notifier; @flush is idle and may be changed, issued
 *          again or freed.
 * Source:  Linux kernel/smp.c: csd_lock_wait(); arch/arm64/include/asm/tlbflush.h: dsb(ish).
 */
void tlb_flush_wait(struct tlb_flush *flush);

/*
 * tlb_flush_poll - answer the requests that wait for this CPU.
 *
 * To be called inside the host's own spin loops with interrupts off, so that two CPUs waiting for each other both get
 * on.
 *
 * Context: any, interrupts on or off; does not sleep.
 * Locks:   none needed; whatever the loop spins with may be held, as an answer takes no lock.
 * Order:   ORD-3, as the interrupt it stands for: an answer is a release, behind the invalidation.
 * Fails:   never. Nobody waiting is nothing to do.
 * After:   every request that had reached this CPU is answered.
 * Source:  Linux kernel/smp.c: flush_smp_call_function_queue().
 */
void tlb_flush_poll(void);

/* ---- issue and wait in one call ---- */

/*
 * tlb_mm_flush - invalidate everything of @mm, walk caches included.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after.
 * Fails:   never. Asserts "needs an mm", and as tlb_flush_wait().
 * After:   no CPU holds a translation of @mm that is older than the call.
 * Source:  Linux Documentation/core-api/cachetlb.rst: flush_tlb_mm().
 */
void tlb_mm_flush(struct tlb_mm *mm);

/*
 * tlb_flush_range - invalidate [start, end) of @vma, bytes, whose entries changed; walk caches may keep what they have.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after; none of an empty range.
 * Fails:   never. An empty range is nothing to do. Asserts "needs start <= end", and as tlb_flush_wait().
 * After:   no CPU holds a translation of the range that is older than the call.
 * Source:  Linux Documentation/core-api/cachetlb.rst: flush_tlb_range(); there walk caches go as well.
 */
void tlb_flush_range(struct tlb_vma *vma, unsigned long start, unsigned long end);

/*
 * tlb_flush_range_tables - the same after a table in the range was moved or taken out: walk caches included.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after; none of an empty range.
 * Fails:   never. An empty range is nothing to do. Asserts as tlb_flush_range().
 * After:   no CPU holds a translation of the range, or a path to a table below it, that is older than the call. Where
 *          only an invalidation of everything drops paths, it was one.
 * Source:  Linux mm/mremap.c: move_page_tables(), by flush_tlb_range().
 */
void tlb_flush_range_tables(struct tlb_vma *vma, unsigned long start, unsigned long end);

/*
 * tlb_flush_page - invalidate the page of @vma that @addr (bytes) lies in; walk caches may keep what they have.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after.
 * Fails:   never. Asserts as tlb_flush_wait().
 * After:   no CPU holds a translation of that page that is older than the call.
 * Source:  Linux Documentation/core-api/cachetlb.rst: flush_tlb_page().
 */
void tlb_flush_page(struct tlb_vma *vma, unsigned long addr);

/*
 * tlb_flush_kernel_range - invalidate the kernel mappings in [start, end), bytes, on every CPU that is up.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after; none of an empty range.
 * Fails:   never. An empty range is nothing to do. Asserts "needs start <= end", and as tlb_flush_wait().
 * After:   no CPU holds a translation of the range that is older than the call; walk caches hold no path to it. No
 *          tlb_notifier is told.
 * Source:  Linux arch/x86/mm/tlb.c: flush_tlb_kernel_range().
 */
void tlb_flush_kernel_range(unsigned long start, unsigned long end);

#ifdef __cplusplus
}
#endif

#endif
