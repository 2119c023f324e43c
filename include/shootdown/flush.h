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
 * Who may touch a field: C constant from issue to the end of wait; o the thread that issued; A atomic.
 */
#ifndef SHOOTDOWN_FLUSH_H
#define SHOOTDOWN_FLUSH_H

#include <shootdown/mm.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tlb_flush_state {
	TLB_FLUSH_IDLE,	  /* filled in, or done */
	TLB_FLUSH_ISSUED, /* other CPUs may still hold what it covers */
};

/* A request is filled in from zero: { .mm = mm, .all = true } is everything of @mm, data side. */
struct tlb_flush {
	struct tlb_mm *mm;	    /* C; NULL: kernel mappings */
	unsigned long start, end;   /* C: [start, end), bytes; only if !all */
	bool all;		    /* C: everything of @mm */
	bool tables;		    /* C: table pages were unhooked: walk caches too */
	bool exec;		    /* C: the instruction TLB may hold some of it */
	bool huge;		    /* C: some of it is hugetlb (TLB_VMA_HUGE) */
	unsigned char stride_shift; /* C: log2 bytes of the smallest entry that changed */
	enum tlb_flush_state state; /* o */
	unsigned int asked;	    /* o: CPUs that were interrupted */
	shootdown_atomic_t waiting; /* A ORD-3: CPUs of them that have not answered */
};

/*
 * tlb_flush_issue - start invalidating what @flush describes.
 *
 * Context: any, interrupts on or off, also under spinlocks; does not sleep. Pins the thread to its CPU (hook 33):
 *          only the CPU that issued a broadcast can wait for it.
 * Locks:   none needed; none may be held that a target CPU takes with interrupts off.
 * Order:   ORD-1. Entries changed before this call are seen by every walk that starts after the invalidation.
 * Fails:   never.
 * After:   every CPU that may hold the translations has been told; this one holds none.
 */
void tlb_flush_issue(struct tlb_flush *flush);

/*
 * tlb_flush_wait - until nobody can use what @flush describes.
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
 * Context: any.
 * Locks:   none.
 * Order:   as the interrupt it stands for.
 * Fails:   never.
 * After:   every request that had reached this CPU is answered.
 */
void tlb_flush_poll(void);

/*
 * flush_tlb_mm - invalidate everything of @mm, walk caches included; issue and wait in one call.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after.
 * Fails:   never.
 * After:   no CPU holds a translation of @mm that is older than the call.
 */
void flush_tlb_mm(struct tlb_mm *mm);

/*
 * flush_tlb_range - invalidate [start, end) of @vma, bytes; walk caches included, since callers move tables.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after.
 * Fails:   never. An empty range is nothing to do.
 * After:   no CPU holds a translation of the range that is older than the call.
 */
void flush_tlb_range(struct tlb_vma *vma, unsigned long start, unsigned long end);

/*
 * flush_tlb_page - invalidate the page of @vma that @addr lies in; walk caches may keep what they have.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after.
 * Fails:   never.
 * After:   no CPU holds a translation of that page that is older than the call.
 */
void flush_tlb_page(struct tlb_vma *vma, unsigned long addr);

/*
 * flush_tlb_kernel_range - invalidate the kernel mappings in [start, end), bytes, on every CPU that is up.
 *
 * Context: as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-1 before, ORD-3 after.
 * Fails:   never. An empty range is nothing to do.
 * After:   no CPU holds a translation of the range that is older than the call; walk caches hold no path to it.
 */
void flush_tlb_kernel_range(unsigned long start, unsigned long end);

#ifdef __cplusplus
}
#endif

#endif
