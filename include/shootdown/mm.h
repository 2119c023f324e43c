/* SPDX-License-Identifier: MIT */
/*
 * mm.h - what a host's address spaces, mappings and pages are to the library.
 *
 * The host's address-space structure embeds a struct tlb_mm; its mapping structure embeds, or yields, a
 * struct tlb_vma. Who may touch a field: C constant after init; A atomic, with its order in docs/ordering.md;
 * M the host's mmap lock.
 *
 *              init  destroy  enter  leave  lazy  forget  gathers
 *   init         X      X       X      X     X      X        X      X: the caller keeps these two apart, for one mm
 *   destroy      X      X       X      X     X      X        X
 *   enter        X      X       .      .     .      X        .      (one CPU's own enter, leave, lazy and resume are in
 *   leave        X      X       .      .     .      .        .      order anyway; forget and enter: those of one CPU)
 *   lazy, resume X      X       .      .     .      X        .
 *   forget       X      X       X      .     X      .        .
 *
 * A CPU that goes down is not asked any more from the moment hook 36 keeps it out. Coming back, it is put into the set
 * of hook 10, then invalidates all that its TLBs may hold, of every address space and of the kernel, and zeroes its struct
 * tlb_cpu, and only then calls tlb_mm_enter(). What was flushed while it was away it never heard of.
 *
 * In contracts a context of "any" is a thread or an interrupt, with spinlocks held, interrupts on or off, never an NMI;
 * it does not sleep.
 */
#ifndef SHOOTDOWN_MM_H
#define SHOOTDOWN_MM_H

#include <shootdown/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mmu_notifiers;
struct mmu_table_batch;
struct tlb_notifier;

/* What a flush covered, for CPUs that were not asked. */
struct tlb_covered {
	unsigned long start, end; /* A ORD-6 */
	unsigned long how;	  /* A ORD-6: the rest of the request */
};

/*
 * With the choice catch_up each flush of an mm makes a generation. The word of the newest carries a lock bit, under which its issuer writes
 * what it covers into the ring; see lib/track/generation.c.
 */
struct tlb_mm {
	shootdown_cpus_t cpus; /* A ORD-1: CPUs that may hold translations of this mm; TLB_REACH_IPI, or attach */
	long pending;	       /* A ORD-4: gathers open on this mm, counted in lanes (pending.h) */
	/* With catch_up: */
	unsigned long generation;		 /* A ORD-6: generation << 1 | lock */
	uint64_t context;			 /* C: never that of another mm */
	struct tlb_covered ring[SHOOTDOWN_RING]; /* of generation g in g % SHOOTDOWN_RING */
	struct mmu_table_batch
		*kept; /* of whoever closes the gather of the whole mm; then of who destroys it; or NULL */
	/* With attach, see lib/track/attach.c: */
	shootdown_cpus_t attached; /* A ORD-10: CPUs that have the root loaded, or are about to */
	long changing;		   /* A ORD-10: who is amid a change that goes by the sets */
	long owed,
		paid; /* A ORD-10: changes that were left for later; how many of them a flush has covered, the last time */
	/* With rollover: */
	unsigned long asid; /* A ORD-8: generation of ids << SHOOTDOWN_ASID_BITS | id; 0: none yet */
	struct tlb_notifier
		*secondary; /* A ORD-9: TLBs besides the CPUs' that walk these tables (tlb_notifier.h); NULL: none */
	/* Of mmu_notifier.h. Written under all locks of hook 50 and that of 53, read under any of them; NULL: nobody has ever registered. */
	struct mmu_notifiers *notifiers;
};

#define TLB_ASID_WORDS (((1ul << SHOOTDOWN_ASID_BITS) + sizeof(long) * 8 - 1) / (sizeof(long) * 8))

/* With rollover: the ids of the machine, one object; zeroed before the first tlb_mm_enter(). L: hook 47; see lib/track/asid.c. */
struct tlb_asids {
	unsigned long generation;		/* A, written under L: << SHOOTDOWN_ASID_BITS */
	unsigned long last;			/* L: the last that was given out in it */
	unsigned long reserved[TLB_ASID_WORDS]; /* L: bit n: some CPU ran n when it began */
};

/* What a CPU has under one of its ids: no entry of that mm that is older than the generation, nor one that any beyond it has ended. */
struct tlb_slot {
	uint64_t context;	  /* o: 0: none */
	unsigned long generation; /* o */
	unsigned long beyond;	  /* o: bit n: generation + 1 + n */
};

/* Of each CPU, with catch_up or rollover: o is then that CPU with interrupts off. */
struct tlb_cpu {
	unsigned long runs;    /* A ORD-6: the address of the mm that is loaded; odd: it is lazy in it */
	struct tlb_mm *loaded; /* o: the same for this CPU itself */
	bool lazy;	       /* o: likewise */
	unsigned char slot;    /* o: of that mm */
	struct tlb_slot slots[SHOOTDOWN_ASID_SLOTS];
	/* With rollover, each a tlb_mm.asid: */
	unsigned long active;	  /* A: what it runs; 0: a rollover has taken it, or nothing yet */
	unsigned long reserved;	  /* L: what it ran at the last rollover, and runs as long as .active is 0 */
	unsigned long generation; /* o: that it has last dropped everything for */
};

/*
 * tlb_asid - with catch_up and asids: the id of this CPU that hook 19 is for, if the request has an mm.
 *
 * Context: on the CPU concerned, with interrupts off, as hook 19 is called.
 * Locks:   none.
 * Order:   none: only this CPU changes it.
 * Fails:   never.
 * After:   nothing changed. Ids are from 0.
 * Source:  Linux arch/x86/mm/tlb.c: cpu_tlbstate.loaded_mm_asid.
 */
static inline unsigned int tlb_asid(void)
{
	return shootdown_tlb_cpu(shootdown_cpu())->slot;
}

/*
 * tlb_mm_asid - with rollover: the id that hooks 19 and 20 are to name for @mm.
 *
 * Context: any, in these hooks: never before they are called, as it may be another one by now.
 * Locks:   none.
 * Order:   ORD-8, relaxed: behind the fence of hook 15.
 * Fails:   never.
 * After:   nothing changed. 0 is no address space's, and nothing is held under it.
 * Source:  Linux arch/arm64/include/asm/mmu.h: ASID().
 */
static inline unsigned int tlb_mm_asid(const struct tlb_mm *mm)
{
	/* ORD-8, relaxed: behind the fence of hook 15. */
	return (unsigned int)(__atomic_load_n(&mm->asid, __ATOMIC_RELAXED) & ((1ul << SHOOTDOWN_ASID_BITS) - 1));
}

/* How tlb_mm_enter() wants a root to be loaded; with catch_up or rollover. */
struct tlb_root {
	unsigned int asid; /* the id: with catch_up and asids, from 0; with rollover, from 1 */
	bool drop; /* the load, or an invalidation before it, drops all that this CPU holds under that id, walk caches too */
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
 * Locks:   none: nobody else has @mm.
 * Order:   none: what makes the mm known makes this known.
 * Fails:   never.
 * After:   no CPU is in its mask and no gather is open.
 * Source:  Linux include/linux/mm_inline.h: init_tlb_flush_pending(); arch/x86/include/asm/mmu_context.h:
 *          init_new_context().
 */
void tlb_mm_init(struct tlb_mm *mm);

/*
 * tlb_mm_destroy - the address space's memory is about to be freed.
 *
 * Context: any; no CPU has the root loaded.
 * Locks:   none; nothing else may use @mm any more.
 * Order:   none: what tells the caller that nobody uses @mm orders what every CPU did before.
 * Fails:   never. Asserts "needs every gather of this mm closed, each once", "needs every tlb_notifier unregistered",
 *          "needs nobody registered".
 * After:   @mm may be freed or given to tlb_mm_init() again. With catch_up, tables that tlb_finish_mmu() has kept are
 *          handed over to be freed as any others are (hooks 27 to 29).
 * Source:  Linux kernel/fork.c: __mmdrop().
 */
void tlb_mm_destroy(struct tlb_mm *mm);

/*
 * tlb_mm_enter - this CPU is about to load @mm's root.
 *
 * Context: interrupts off, from tlb_mm_enter(next) through the root load to tlb_mm_leave(prev). Not if @mm is loaded:
 *          then tlb_mm_resume(). With attach it waits for changes that are under way, answering calls meanwhile.
 * Locks:   none needed. With rollover takes that of hook 47.
 * Order:   ORD-1. The mask bit is set, and seen, before the first walk through the new root: a CPU that changes an
 *          entry and then reads the mask either finds this CPU or is found by its walk. With catch_up ORD-6 as well,
 *          with rollover ORD-8, with attach ORD-10: it waits for changes of entries that are under way, and flushes
 *          what others have left.
 * Fails:   never. Asserts, with rollover, "needs more ids than CPUs", "needs generations of ids that never come round".
 * After:   a flush of @mm reaches this CPU. With catch_up what this CPU had missed is invalidated, or the load has to
 *          do it: the result says so. With rollover this CPU holds nothing of another address space under the id of the
 *          result. Else the result is zero, and ids are the host's.
 * Source:  Linux arch/x86/mm/tlb.c: switch_mm_irqs_off(); with rollover arch/arm64/mm/context.c:
 *          check_and_switch_context(); with attach arch/s390/include/asm/mmu_context.h: finish_arch_post_lock_switch().
 */
struct tlb_root tlb_mm_enter(struct tlb_mm *mm);

/*
 * tlb_mm_leave - this CPU has loaded another root than @mm's.
 *
 * Context: interrupts off, after the root load.
 * Locks:   none.
 * Order:   ORD-3. This CPU will not be asked any more, so an issuer that finds it gone takes that for an answer: every
 *          access it made through the old root is done before the bit is seen clear.
 * Fails:   never.
 * After:   a flush of @mm no longer interrupts this CPU, unless its entries survive the switch (asids) and it cannot
 *          catch up. With catch_up the next one that frees tables does so once more.
 * Source:  Linux arch/x86/mm/tlb.c: switch_mm_irqs_off().
 */
void tlb_mm_leave(struct tlb_mm *mm);

/*
 * tlb_mm_lazy - this CPU goes on with @mm's root, and runs no program in it: a kernel thread, or nobody.
 *
 * Context: on this CPU, interrupts on or off, with no switch before it returns; @mm is loaded here. Does not sleep.
 * Locks:   none.
 * Order:   ORD-6. A CPU that finds this one lazy finds every access done that its program made before.
 * Fails:   never.
 * After:   with catch_up a flush of @mm interrupts this CPU only if tables go. Without, nothing has changed.
 * Source:  Linux arch/x86/mm/tlb.c: enter_lazy_tlb().
 */
void tlb_mm_lazy(struct tlb_mm *mm);

/*
 * tlb_mm_resume - this CPU is about to run a program in @mm, whose root it has loaded.
 *
 * Context: interrupts off; @mm is loaded here. If it is not lazy there is nothing to do, but with attach: what the
 *          thread that ran before has left.
 * Locks:   none.
 * Order:   ORD-6. That it is lazy no more is seen before it looks for what it has missed. With attach ORD-10.
 * Fails:   never. Asserts, with catch_up, "of the mm that is loaded here".
 * After:   a flush of @mm reaches this CPU, and what it had missed is invalidated.
 * Source:  Linux arch/x86/mm/tlb.c: switch_mm_irqs_off(), to the mm that is loaded, out of lazy mode.
 */
void tlb_mm_resume(struct tlb_mm *mm);

/*
 * tlb_mm_forget_cpu - @cpu holds no translation of @mm any more, and its root is not loaded there.
 *
 * That is so of a CPU that is down, since it invalidates everything before it comes back; and of one that has
 * invalidated all of @mm itself after it loaded another root. The second is how a kernel with address-space ids, and
 * without catch_up, keeps CPUs from being interrupted for ever for what they once ran.
 *
 * Context: any; on any CPU if @cpu is down, else on @cpu with interrupts off.
 * Locks:   none; what keeps @cpu from entering @mm meanwhile.
 * Order:   ORD-3, as tlb_mm_leave().
 * Fails:   never. Not in the mask is nothing to do.
 * After:   a flush of @mm does not ask @cpu, until its next tlb_mm_enter().
 * Source:  Linux kernel/cpu.c: clear_tasks_mm_cpumask(); arch/x86/mm/tlb.c: flush_tlb_func(), where another mm is
 *          loaded.
 */
void tlb_mm_forget_cpu(struct tlb_mm *mm, unsigned int cpu);

/* ---- pages, as a gather queues them, and as shootdown_free_pages() gets them ---- */

/*
 * A queued page, its low two bits saying how: bit 0, its reverse map was delayed; bit 1, the next slot is
 * no page but a count, shifted left by two, of consecutive pages of one folio and of references to drop.
 */
#define ENCODED_PAGE_DELAY_RMAP 1ul
#define ENCODED_PAGE_NR_NEXT	2ul
#define ENCODED_PAGE_NR_SHIFT	2

/* For the inline functions of gather.h; not to be called. */
static inline struct encoded_page *tlb_encode(shootdown_page_t page, uintptr_t flags)
{
	shootdown_assert(!((uintptr_t)page & (ENCODED_PAGE_DELAY_RMAP | ENCODED_PAGE_NR_NEXT)),
			 "shootdown_page_t: needs two low bits of zero");
	return (struct encoded_page *)((uintptr_t)page | flags);
}

static inline struct encoded_page *tlb_encode_nr(unsigned int nr)
{
	return (struct encoded_page *)((uintptr_t)nr << ENCODED_PAGE_NR_SHIFT);
}

/*
 * tlb_encoded_next - read one entry at @slot: @page the first page, @nr the references to drop, one a page.
 *
 * Context: any.
 * Locks:   none: the slots are those that shootdown_free_pages() was called with.
 * Order:   none.
 * Fails:   never.
 * After:   returns the number of slots that the entry takes, 1 or 2.
 * Source:  Linux include/linux/mm_types.h: encoded_page_ptr(), encoded_nr_pages().
 */
static inline unsigned int tlb_encoded_next(struct encoded_page *const *slot, shootdown_page_t *page, unsigned long *nr)
{
	uintptr_t word = (uintptr_t)slot[0];

	*page = (shootdown_page_t)(word & ~(uintptr_t)(ENCODED_PAGE_DELAY_RMAP | ENCODED_PAGE_NR_NEXT));
	*nr = 1;
	if (!(word & ENCODED_PAGE_NR_NEXT))
		return 1;
	*nr = (unsigned long)((uintptr_t)slot[1] >> ENCODED_PAGE_NR_SHIFT);
	return 2;
}

SHOOTDOWN_STATIC_ASSERT(SHOOTDOWN_ASID_SLOTS >= 1 && SHOOTDOWN_ASID_SLOTS <= 64, "SHOOTDOWN_ASID_SLOTS: 1 to 64");
SHOOTDOWN_STATIC_ASSERT(SHOOTDOWN_ASID_BITS >= 2 && SHOOTDOWN_ASID_BITS <= 16, "SHOOTDOWN_ASID_BITS: 2 to 16");
SHOOTDOWN_STATIC_ASSERT(SHOOTDOWN_GENERATION_BITS >= 3 && SHOOTDOWN_GENERATION_BITS < sizeof(long) * 8,
			"SHOOTDOWN_GENERATION_BITS: 3, and less than a long has");
SHOOTDOWN_STATIC_ASSERT(SHOOTDOWN_RING >= 1 && !(SHOOTDOWN_RING & (SHOOTDOWN_RING - 1)) &&
				SHOOTDOWN_RING < 1ul << (SHOOTDOWN_GENERATION_BITS - 1),
			"SHOOTDOWN_RING: a power of two, and less than half of the generations");

#ifdef __cplusplus
}
#endif

#endif
