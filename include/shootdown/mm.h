/* SPDX-License-Identifier: MIT */
/*
 * mm.h - what a host's address space and mapping give the library.
 *
 * The host's address-space structure embeds a struct tlb_mm; its mapping structure embeds, or yields, a
 * struct tlb_vma. Who may touch a field: C constant after init; A atomic, with its order in docs/ordering.md;
 * M the host's mmap lock.
 *
 *              init  destroy  enter  leave  forget  pending
 *   init         X      X       X      X      X        X      X: the caller keeps these two apart, for one mm
 *   destroy      X      X       X      X      X        X
 *   enter        X      X       .      .      X        .      (one CPU's own enter and leave are in order anyway;
 *   leave        X      X       .      .      .        .      forget and enter: those of one CPU)
 *   forget       X      X       X      .      .        .
 *
 * A CPU that goes down is not asked any more from the moment hook 36 keeps it out. Coming back, it is put into the set
 * of hook 10, then invalidates all that its TLBs may hold, of every address space and of the kernel, and only then
 * calls tlb_mm_enter(). What was flushed while it was away it never heard of.
 *
 * Contracts below say only what departs from this: any context but an NMI (spinlocks held, interrupts off); no lock
 * needed; orders nothing; never fails.
 */
#ifndef SHOOTDOWN_MM_H
#define SHOOTDOWN_MM_H

#include <shootdown/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tlb_mm {
	shootdown_cpus_t cpus; /* A ORD-1: CPUs that may hold translations of this mm; TLB_REACH_IPI only */
	long pending;	       /* A ORD-4: gathers open on this mm */
};

enum tlb_vma_flags {
	TLB_VMA_EXEC = 1 << 0,	/* may be executed: the instruction TLB may hold it */
	TLB_VMA_HUGE = 1 << 1,	/* hugetlb: every entry is one level or more above the last */
	TLB_VMA_PFN = 1 << 2,	/* pages have no reference count that a gather could hold (Linux: VM_PFNMAP) */
	TLB_VMA_MIXED = 1 << 3, /* some pages have none (Linux: VM_MIXEDMAP) */
};

/*
 * The flags are those under which the entries were made: an operation that takes TLB_VMA_EXEC away changes them
 * after its flush.
 */
struct tlb_vma {
	struct tlb_mm *mm;	  /* C */
	unsigned long start, end; /* M: [start, end), bytes, page aligned */
	unsigned char flags;	  /* M: enum tlb_vma_flags */
	unsigned char page_shift; /* C: log2 bytes of its smallest entry */
};

/*
 * tlb_mm_init - make a new address space known to the library.
 *
 * Context: any; before the mm is visible to another CPU.
 * After:   no CPU is in its mask and no gather is open.
 */
void tlb_mm_init(struct tlb_mm *mm);

/*
 * tlb_mm_destroy - the address space's memory is about to be freed.
 *
 * Context: any; no CPU has the root loaded.
 * Locks:   none; nothing else may use @mm any more.
 * Fails:   never. Asserts that every gather was closed.
 * After:   @mm may be freed or given to tlb_mm_init() again.
 */
void tlb_mm_destroy(struct tlb_mm *mm);

/*
 * tlb_mm_enter - this CPU is about to load @mm's root.
 *
 * Context: interrupts off, from tlb_mm_enter(next) through the root load to tlb_mm_leave(prev).
 * Order:   ORD-1. The mask bit is set, and seen, before the first walk through the new root: a CPU that changes
 *          an entry and then reads the mask either finds this CPU or is found by its walk.
 * After:   a flush of @mm reaches this CPU.
 */
void tlb_mm_enter(struct tlb_mm *mm);

/*
 * tlb_mm_leave - this CPU has loaded another root than @mm's.
 *
 * Context: interrupts off, after the root load.
 * Order:   ORD-3. This CPU will not be asked any more, so an issuer that finds it gone takes that for an answer: every
 *          access it made through the old root is done before the bit is seen clear.
 * After:   a flush of @mm no longer interrupts this CPU, unless its entries survive the switch (ASIDs).
 */
void tlb_mm_leave(struct tlb_mm *mm);

/*
 * tlb_mm_forget_cpu - @cpu holds no translation of @mm any more, and its root is not loaded there.
 *
 * That is so of a CPU that is down, since it invalidates everything before it comes back; and of one that has
 * invalidated all of @mm itself after it loaded another root. The second is how a kernel with address-space ids keeps
 * CPUs from being interrupted for ever for what they once ran.
 *
 * Context: any; on any CPU if @cpu is down, else on @cpu with interrupts off.
 * Locks:   none; what keeps @cpu from entering @mm meanwhile.
 * Order:   ORD-3, as tlb_mm_leave().
 * Fails:   never. Not in the mask is nothing to do.
 * After:   a flush of @mm does not ask @cpu, until its next tlb_mm_enter().
 */
void tlb_mm_forget_cpu(struct tlb_mm *mm, unsigned int cpu);

/*
 * tlb_mm_flush_pending - has a batch changed entries that it may not have flushed yet?
 *
 * Locks:   the page-table lock under which the entry in question was read.
 * Order:   ORD-4. A CPU that sees the changed entry under its lock also sees the count. One lock says nothing about
 *          entries under another.
 * After:   nothing changed. The answer may be out of date at once if it is "yes".
 */
bool tlb_mm_flush_pending(struct tlb_mm *mm);

/*
 * tlb_mm_flush_nested - the same for a caller that has a gather open itself: is there another one?
 *
 * Context: any; the caller has a gather open on @mm.
 * Locks:   none now; the page-table lock of each entry in question was held when it was read.
 * Order:   ORD-4. "No" means that whatever others changed in entries the caller has read is flushed.
 */
bool tlb_mm_flush_nested(struct tlb_mm *mm);

#ifdef __cplusplus
}
#endif

#endif
