/* SPDX-License-Identifier: MIT */
/*
 * gather.h - take memory away from a running program.
 *
 * The law:
 *
 *   1. unhook       clear the page-table entry, under its lock;
 *   2. invalidate   every TLB that may hold it, and wait until the last access through it is done;
 *   3. free         the page.
 *
 * What follows from it: a page-table page obeys the same three steps, and must besides outlive every walker that reads tables without a lock. The
 * reverse map of a dirty page is part of step 3, because code that asks it "is this page mapped?" must not hear "no" while a TLB can still write. A
 * mapping whose pages are not counted has nothing to hold until step 3, so it is invalidated before anybody can lose sight of it.
 *
 * A gather collects many pages for one step 2:
 *
 *   tlb_gather_mmu(&tlb, mm);
 *   for each VMA:
 *     tlb_start_vma(&tlb, vma);
 *     under the page-table lock, for each present entry: clear it, tlb_remove_tlb_entry(), tlb_queue_page();
 *     if it says "full": unlock, tlb_flush_mmu(), go on;
 *     tlb_end_vma(&tlb, vma);
 *   tlb_free_vmas(&tlb);                 before the VMAs leave the reverse map
 *   tlb_free_table(&tlb, level, table, addr) ...   for each table unhooked
 *   tlb_finish_mmu(&tlb);
 *
 * A gather belongs to the thread that opened it; no two calls on one gather may overlap. Gathers of one mm on
 * several CPUs may overlap freely; each counts in tlb_mm.pending.
 *
 *   state      entered by                     what may follow
 *   CLOSED     tlb_finish_mmu()               tlb_gather_mmu()
 *   OPEN       tlb_gather_mmu()               anything; a page is queued after its entry was recorded
 *   DELAYED    tlb_delay_rmap(): yes          anything but waiting for who holds a page, or looks for it by its reverse map;
 *                                             tlb_flush_rmaps(), or what frees pages or VMAs: OPEN
 *   UNSHARED   tlb_unshare_table()            anything but delaying and finishing; before the locks of sharing go,
 *                                             tlb_flush_unshared_tables(): OPEN
 *
 * In contracts a context of "any" is a thread or an interrupt, with spinlocks held, interrupts on or off, never an NMI; it does not sleep.
 */
#ifndef SHOOTDOWN_GATHER_H
#define SHOOTDOWN_GATHER_H

#include <shootdown/flush.h>
#include <shootdown/pending.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Slots follow the header of a batch page; those of mmu_gather.local are mmu_gather.stack_slots. */
struct mmu_gather_batch {
	struct mmu_gather_batch *next;
	struct encoded_page **end; /* of the slots used; NULL: none is. Of the one being filled: see mmu_gather.slot */
};
SHOOTDOWN_STATIC_ASSERT(sizeof(struct mmu_gather_batch) == 2 * sizeof(void *), "SHOOTDOWN_BATCH_SLOTS()");

/* The library's own. C++ has no such array. */
#ifndef __cplusplus
struct mmu_table_batch {
	union {
		struct mmu_table_batch *before; /* that was full when this one came, until they are handed over */
		shootdown_rcu_t rcu;
	};
	unsigned int nr;
	shootdown_table_t tables[];
};
SHOOTDOWN_STATIC_ASSERT(offsetof(struct mmu_table_batch, tables) <= sizeof(shootdown_rcu_t) + sizeof(void *),
			"SHOOTDOWN_TABLE_SLOTS()");
#endif

/* A gather is open whatever is recorded or queued; the two others say what has to follow before pages are freed, or before the locks of sharing go. */
enum tlb_gather_state {
	TLB_GATHER_CLOSED,
	TLB_GATHER_OPEN,
	TLB_GATHER_DELAYED,  /* some queued page has its reverse map still to drop */
	TLB_GATHER_UNSHARED, /* a shared table was unhooked: tlb_flush_unshared_tables() */
};

/* All fields belong to the thread that opened the gather (o). "Recorded": since the last flush. */
struct mmu_gather {
	struct tlb_mm *mm;
	unsigned long start, end;   /* [start, end), bytes, of what was recorded; end == TLB_ADDRESS_MAX: everything */
	struct encoded_page **slot; /* the next to fill, of @active */
	struct encoded_page **last; /* ... and that of them which is left free when a page alone would fit */
	bool freed_tables;	    /* recorded: a table was unhooked and will be freed */
	bool unshared_tables;	    /* recorded: a shared table was unhooked and lives on elsewhere */
	unsigned char cleared;	    /* recorded: 1 << enum tlb_level of the entries that were cleared; 0: nothing is */
	unsigned char range_flags;  /* recorded: of all VMAs that ended */
	unsigned char vma_flags;    /* enum tlb_vma_flags of the VMA being walked */
	bool vma_pfn;		    /* some VMA so far had uncounted pages; sticky */
	bool fullmm;		    /* the whole mm goes; ranges do not matter */
	bool fully_unshared_tables; /* an unshared table has one owner left; until tlb_flush_unshared_tables() */
	bool runs;		    /* some queued slot is a count of pages */
	unsigned char nr_ranges;    /* recorded: ranges that ended, with a gap behind each; 0: [start, end) is one */
	unsigned char lane;	    /* of tlb_mm.pending, in which this gather is counted */
	unsigned char seen; /* 1 << lane of whoever may have changed, unflushed, what this gather has looked at */
	unsigned long look_start,
		look_end; /* [start, end), bytes, of what it has looked at; both only if there are several lanes */
	enum tlb_gather_state state;
	unsigned int batch_count;	 /* batch pages, `local` not counted */
	unsigned long page_size;	 /* bytes, of the pages being queued; 0: of any; only with the page_size knob */
	struct mmu_table_batch *batch;	 /* tables waiting for the flush, or NULL */
	struct mmu_gather_batch *active; /* the batch being filled */
	struct mmu_gather_batch *delayed;   /* TLB_GATHER_DELAYED: the batch in which the first such page is */
	struct encoded_page **delayed_from; /* ... and the slot from which on it has any */
	struct tlb_vma *delayed_vma;	    /* ... and the VMA that all of them were mapped by */
	struct tlb_ranges ranges;	    /* only if nr_ranges */
	struct mmu_gather_batch local;
	struct encoded_page *stack_slots[TLB_GATHER_BUNDLE];
};

/* ---- life cycle ---- */

/*
 * tlb_gather_mmu - open a gather on @mm.
 *
 * Context: thread; does not sleep. Before the first page-table lock under which entries will be cleared.
 * Locks:   whatever keeps @mm alive.
 * Order:   ORD-4. The pending count is raised before any entry that is cleared afterwards can be seen.
 * Fails:   never. Asserts "needs an mm".
 * After:   @tlb is open and empty, whatever it held before: a second open of an open gather shows only when it is closed twice. Every gather is
 *          closed, also on error paths and when nothing was unmapped.
 * Source:  Linux mm/mmu_gather.c: tlb_gather_mmu(); include/linux/mm_inline.h: inc_tlb_flush_pending().
 */
void tlb_gather_mmu(struct mmu_gather *tlb, struct tlb_mm *mm);

/*
 * tlb_gather_mmu_fullmm - open a gather that takes all of @mm away.
 *
 * Context: thread; does not sleep.
 * Locks:   whatever keeps @mm; it has no user thread left: no CPU enters it again.
 * Order:   ORD-4, as tlb_gather_mmu().
 * Fails:   never. Asserts "needs an mm".
 * After:   @tlb is open; VMA brackets do nothing, ranges are not tracked. With catch_up nobody is asked to drop entries, and up to a batch page of
 *          tables (tlb_limits.tables) is not freed by tlb_finish_mmu(), but by tlb_mm_destroy(): then nobody is asked at all.
 * Source:  Linux mm/mmu_gather.c: tlb_gather_mmu_fullmm().
 */
void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct tlb_mm *mm);

/*
 * tlb_gather_mmu_vma - open a gather on @vma's mm, for work inside @vma alone.
 *
 * Context: thread; does not sleep.
 * Locks:   whatever keeps @vma in place.
 * Order:   ORD-4, as tlb_gather_mmu(). Caches are not flushed: the caller's duty where they are virtual.
 * Fails:   never. Asserts "needs an mm".
 * After:   as tlb_gather_mmu() and tlb_start_vma(); with the page_size knob the size is set for a hugetlb VMA.
 * Source:  Linux mm/mmu_gather.c: tlb_gather_mmu_vma().
 */
void tlb_gather_mmu_vma(struct mmu_gather *tlb, struct tlb_vma *vma);

/*
 * tlb_finish_mmu - make everything gathered unreachable, then free it.
 *
 * Context: thread, interrupts on. May wait for other CPUs; does not sleep unless the host's hooks do.
 * Locks:   no page-table lock of this mm; mmap lock as the caller has it. Unshared tables were waited for (tlb_flush_unshared_tables()).
 * Order:   ORD-2. Every page-table store made before this call is seen by every walker before any gathered page reaches shootdown_free_pages().
 *          ORD-4: if another gather is open, what it changed is flushed too.
 * Fails:   never. Asserts "needs an open gather", "needs tlb_flush_unshared_tables() first".
 * After:   @tlb is closed; the mm's pending count is one lower, as of the last flush: pages are freed after that.
 * Source:  Linux mm/mmu_gather.c: tlb_finish_mmu(); include/linux/mm_inline.h: mm_tlb_flush_nested(), dec_tlb_flush_pending().
 */
void tlb_finish_mmu(struct mmu_gather *tlb);

/* ---- VMAs ---- */

/* For the inline functions below; not to be called. What they leave out is for rows, or VMAs, that have something to do. */
void tlb_flush_vma_cache(struct tlb_vma *vma);
void tlb_leave_vma(struct mmu_gather *tlb);
void tlb_free_vmas_found(struct mmu_gather *tlb);

/* What a flush has to know of a VMA; the other flags are acted upon when the VMA is entered. Not to be called. */
static inline unsigned char tlb_flush_flags(const struct tlb_vma *vma)
{
	return (unsigned char)(vma->flags & (TLB_VMA_EXEC | TLB_VMA_HUGE));
}

/*
 * tlb_start_vma - the entries recorded from now on belong to @vma.
 *
 * Context: thread; does not sleep. May flush caches (hook 22).
 * Locks:   no page-table lock; what keeps @vma in place. @vma->flags are those its entries were made under.
 * Order:   a virtual cache's lines of the whole VMA are written back before its first entry is cleared.
 * Fails:   never. Asserts "needs an open gather", "needs a VMA of the gather's mm", "needs start <= end".
 * After:   @vma is being walked; for a gather of the whole mm only what tlb_free_vmas() asks.
 * Source:  Linux include/asm-generic/tlb.h: tlb_start_vma().
 */
static inline void tlb_start_vma(struct mmu_gather *tlb, struct tlb_vma *vma)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_start_vma: needs an open gather");
	shootdown_assert(vma->mm == tlb->mm, "tlb_start_vma: needs a VMA of the gather's mm");
	shootdown_assert(vma->start <= vma->end, "tlb_start_vma: needs start <= end");
	/* Sticky, until the gather is closed: a flush in the middle of the VMA does not cover what is cleared after it. */
	if (vma->flags & (TLB_VMA_PFN | TLB_VMA_MIXED))
		tlb->vma_pfn = true;
	if (tlb->fullmm)
		return;
	tlb->vma_flags = tlb_flush_flags(vma);
	if (shootdown_arch()->virtual_cache && !shootdown_arch()->no_flush_cache)
		tlb_flush_vma_cache(vma);
}

/*
 * tlb_end_vma - no more entries of @vma will be recorded.
 *
 * Context: any; may wait for other CPUs, as tlb_flush_wait().
 * Locks:   as tlb_flush_issue().
 * Order:   as tlb_flush_mmu_tlbonly(), unless VMAs are merged.
 * Fails:   never. Asserts "needs an open gather", "needs a VMA of the gather's mm".
 * After:   the next VMA starts with an empty range, unless the architecture merges VMAs or the whole mm goes.
 * Source:  Linux include/asm-generic/tlb.h: tlb_end_vma().
 */
static inline void tlb_end_vma(struct mmu_gather *tlb, struct tlb_vma *vma)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_end_vma: needs an open gather");
	shootdown_assert(vma->mm == tlb->mm, "tlb_end_vma: needs a VMA of the gather's mm");
	(void)vma;
	if (tlb->vma_flags || !shootdown_arch()->merge_vmas)
		tlb_leave_vma(tlb);
}

/*
 * tlb_free_vmas - the VMAs walked so far are about to leave the reverse map, and may then be freed.
 *
 * Context: any; may wait for other CPUs, as tlb_flush_wait(). Called once, before the first VMA is unlinked.
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-2, for pages without a reference count: a driver that no longer finds the mapping may free them.
 * Fails:   never. Asserts "needs an open gather".
 * After:   no TLB that somebody uses holds what a PFN or mixed VMA mapped; no reverse map is delayed. Of a gather of the whole mm that is those of
 *          devices, if any is registered.
 * Source:  Linux include/asm-generic/tlb.h: tlb_free_vmas(), which does nothing for a gather of the whole mm.
 */
static inline void tlb_free_vmas(struct mmu_gather *tlb)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_free_vmas: needs an open gather");
	if (tlb->vma_pfn || tlb->state == TLB_GATHER_DELAYED)
		tlb_free_vmas_found(tlb);
}

/* ---- recording: after an entry was cleared, before its page is queued ---- */

/*
 * For the inline functions below; not to be called. What is recorded has [@start, @end) as well. Mostly that begins where it ended; or it is
 * the first, in front of which it ends where no page begins.
 */
#define TLB_NO_END 1ul
#ifdef __GNUC__
#define TLB_LIKELY(condition) __builtin_expect(condition, 1)
#else
#define TLB_LIKELY(condition) (condition)
#endif
void tlb_cover_apart(struct mmu_gather *tlb, unsigned long start, unsigned long end);

static inline void tlb_cover_first(struct mmu_gather *tlb, unsigned long start, unsigned long end)
{
	tlb->start = start;
	tlb->end = end;
}

static inline void tlb_cover(struct mmu_gather *tlb, unsigned long start, unsigned long end)
{
	if (TLB_LIKELY(start == tlb->end))
		tlb->end = end;
	else if (tlb->end == TLB_NO_END)
		tlb_cover_first(tlb, start, end);
	else if (start < tlb->start || end > tlb->end || tlb->nr_ranges)
		tlb_cover_apart(tlb, start, end);
}

/*
 * tlb_flush_level_range - entries of @level that cover [@addr, @addr + @size) bytes were cleared or changed.
 *
 * Context: any.
 * Locks:   the page-table lock of the entries, still.
 * Order:   none: the flush comes later.
 * Fails:   never. Asserts "needs an open gather", "needs a level of enum tlb_level", "needs a range that ends".
 * After:   the next flush covers the range and steps by this level, or a finer one if that was recorded as well.
 * Source:  Linux include/asm-generic/tlb.h: tlb_flush_pte_range() to tlb_flush_p4d_range().
 */
static inline void tlb_flush_level_range(struct mmu_gather *tlb, enum tlb_level level, unsigned long addr,
					 unsigned long size)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_flush_level_range: needs an open gather");
	shootdown_assert(level < TLB_LEVELS, "tlb_flush_level_range: needs a level of enum tlb_level");
	shootdown_assert(size <= TLB_ADDRESS_MAX - addr && size, "tlb_flush_level_range: needs a range that ends");
	tlb_cover(tlb, addr, addr + size);
	tlb->cleared = (unsigned char)(tlb->cleared | 1u << level);
}

/*
 * tlb_remove_tlb_entries - @nr last-level entries from @addr (bytes) on were cleared.
 *
 * Context: any.
 * Locks:   the page-table lock of the entries, still.
 * Order:   none: the flush comes later.
 * Fails:   never. Asserts as tlb_flush_level_range().
 * After:   the next flush covers them; their pages may be queued.
 * Source:  Linux include/asm-generic/tlb.h: tlb_remove_tlb_entries().
 */
static inline void tlb_remove_tlb_entries(struct mmu_gather *tlb, unsigned long addr, unsigned int nr)
{
	tlb_flush_level_range(tlb, TLB_LEVEL_PTE, addr, (unsigned long)nr << SHOOTDOWN_PAGE_SHIFT);
}

/*
 * tlb_remove_tlb_entry - the last-level entry at @addr (bytes) was cleared.
 *
 * Context: any.
 * Locks:   the page-table lock of the entry, still.
 * Order:   none: the flush comes later.
 * Fails:   never. Asserts as tlb_flush_level_range().
 * After:   the next flush covers it; its page may be queued.
 * Source:  Linux include/asm-generic/tlb.h: tlb_remove_tlb_entry().
 */
static inline void tlb_remove_tlb_entry(struct mmu_gather *tlb, unsigned long addr)
{
	tlb_remove_tlb_entries(tlb, addr, 1);
}

/*
 * tlb_change_page_size - pages queued from now on are @page_size bytes each.
 *
 * Context: as tlb_flush_mmu(): may wait for other CPUs and free pages. Only the page_size knob makes it do anything.
 * Locks:   no page-table lock.
 * Order:   as tlb_flush_mmu(), if the size changes; else none.
 * Fails:   never. Asserts "needs an open gather".
 * After:   all that is recorded is of one size.
 * Source:  Linux include/asm-generic/tlb.h: tlb_change_page_size().
 */
void tlb_change_page_size(struct mmu_gather *tlb, unsigned long page_size);

/* ---- queueing: the gather takes over the page's references ---- */

/*
 * For the inline functions below; not to be called. A full batch may have a next one; with no_gather pages are free at once, unless the address space
 * has secondary TLBs (false); what was not recorded may be any entry.
 */
bool tlb_batch_full(struct mmu_gather *tlb);
bool tlb_free_at_once(const struct mmu_gather *tlb, shootdown_page_t page, unsigned int nr);
void tlb_record_everything(struct mmu_gather *tlb);

static inline void tlb_assert_may_queue(const struct mmu_gather *tlb, bool delay_rmap, unsigned long page_size)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_queue_page: needs an open gather");
	shootdown_assert(tlb->cleared, "tlb_queue_page: needs its entry recorded first");
	shootdown_assert(!delay_rmap || tlb->state == TLB_GATHER_DELAYED,
			 "tlb_queue_page: needs tlb_delay_rmap() to delay");
	shootdown_assert(tlb->slot < tlb->last, "tlb_queue_page: was full, needs a flush first");
	shootdown_assert(!shootdown_arch()->page_size || tlb->page_size == page_size,
			 "tlb_queue_page: needs tlb_change_page_size() first");
	(void)tlb;
	(void)delay_rmap;
	(void)page_size;
}

/*
 * tlb_queue_page_size - queue one page of @page_size bytes; true: flush before the next one.
 *
 * Context: any; may ask for a batch page (hook 23), which may be refused. With the no_gather knob pages may be freed here (hook 25).
 * Locks:   the page-table lock may be held.
 * Order:   none: the entry was cleared and recorded before. If it was not, the next flush is one of everything.
 * Fails:   never. The page is queued in either case; true says that there is no room for another. Asserts as tlb_queue_page().
 * After:   the page is freed after the next flush; at once with the no_gather knob, where no secondary TLB has to be told. With @delay_rmap it keeps
 *          its reverse map until after that flush; only if tlb_delay_rmap() said so.
 * Source:  Linux mm/mmu_gather.c: __tlb_remove_page_size().
 */
static inline bool tlb_queue_page_size(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap,
				       unsigned long page_size)
{
	tlb_assert_may_queue(tlb, delay_rmap, page_size);
	if (shootdown_arch()->no_gather && tlb_free_at_once(tlb, page, 1))
		return false;
	if (!tlb->cleared)
		tlb_record_everything(tlb);
	shootdown_count(TLB_COUNT_QUEUED, 1);
	*tlb->slot++ = tlb_encode(page, delay_rmap ? ENCODED_PAGE_DELAY_RMAP : 0);
	return tlb->slot >= tlb->last && tlb_batch_full(tlb);
}

/*
 * tlb_queue_folio_pages - queue @nr_pages consecutive pages of one folio, a reference of each; true: flush.
 *
 * Context: as tlb_queue_page_size().
 * Locks:   the page-table lock may be held.
 * Order:   none: the entries were cleared and recorded before.
 * Fails:   never. The pages are queued in either case. Asserts "needs a page", and as tlb_queue_page().
 * After:   as tlb_queue_page_size(). Pages are SHOOTDOWN_PAGE_SHIFT big.
 * Source:  Linux mm/mmu_gather.c: __tlb_remove_folio_pages().
 */
static inline bool tlb_queue_folio_pages(struct mmu_gather *tlb, shootdown_page_t page, unsigned int nr_pages,
					 bool delay_rmap)
{
	uintptr_t flags = ENCODED_PAGE_NR_NEXT | (delay_rmap ? ENCODED_PAGE_DELAY_RMAP : 0);

	shootdown_assert(nr_pages > 0, "tlb_queue_folio_pages: needs a page");
	if (nr_pages == 1)
		return tlb_queue_page_size(tlb, page, delay_rmap, 1ul << SHOOTDOWN_PAGE_SHIFT);
	tlb_assert_may_queue(tlb, delay_rmap, 1ul << SHOOTDOWN_PAGE_SHIFT);
	if (shootdown_arch()->no_gather && tlb_free_at_once(tlb, page, nr_pages))
		return false;
	if (!tlb->cleared)
		tlb_record_everything(tlb);
	shootdown_count(TLB_COUNT_QUEUED, nr_pages);
	*tlb->slot++ = tlb_encode(page, flags);
	*tlb->slot++ = tlb_encode_nr(nr_pages);
	tlb->runs = true;
	return tlb->slot >= tlb->last && tlb_batch_full(tlb);
}

/*
 * tlb_queue_page - queue one page of the base size; true: flush before the next one.
 *
 * Context: as tlb_queue_page_size().
 * Locks:   the page-table lock may be held.
 * Order:   none: the entry was cleared and recorded before.
 * Fails:   never. The page is queued in either case. Asserts "needs an open gather", "needs its entry recorded first", "needs tlb_delay_rmap() to
 *          delay", "was full, needs a flush first", "needs tlb_change_page_size() first"; of a shootdown_page_t "needs two low bits of zero".
 * After:   as tlb_queue_page_size().
 * Source:  Linux mm/mmu_gather.c: __tlb_remove_folio_pages(), of one page.
 */
static inline bool tlb_queue_page(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap)
{
	return tlb_queue_page_size(tlb, page, delay_rmap, 1ul << SHOOTDOWN_PAGE_SHIFT);
}

/*
 * tlb_remove_page - queue one page of the base size, and flush and free if there is no room for another.
 *
 * Context: as tlb_flush_mmu(): may wait for other CPUs and free pages.
 * Locks:   no page-table lock.
 * Order:   the entry was cleared and recorded before; ORD-2 if it flushes.
 * Fails:   never. Asserts as tlb_queue_page().
 * After:   the page is queued or freed.
 * Source:  Linux include/asm-generic/tlb.h: tlb_remove_page().
 */
void tlb_remove_page(struct mmu_gather *tlb, shootdown_page_t page);

/*
 * tlb_delay_rmap - shall a dirty file page's reverse map outlive its entry?
 *
 * A page of which the reverse map says that nobody maps it may be cleaned, moved or taken out of its file, so it must not say so while a TLB can
 * still write to it. It may go on saying that somebody does when no entry is left to be found. Then whoever finds none, of a page that is mapped,
 * asks tlb_mm_flush_pending() or tlb_table_flush_pending() under the page-table lock, and flushes if the answer is yes; or waits until the page is
 * not mapped, or gives up.
 *
 * Context: any, before the entry is recorded. May wait for other CPUs, as tlb_flush_wait(), if the pages delayed so far are of another VMA: these are
 *          dropped first, behind a flush of what is recorded.
 * Locks:   the page-table lock of the page's entry; what keeps @vma until the reverse maps are dropped.
 * Order:   ORD-2, for the reverse map: code that asks it must not hear "unmapped" while a TLB can still write.
 * Fails:   never. Asserts "needs an open gather".
 * After:   yes: queue the page with delay_rmap. No: drop the reverse map at once.
 * Source:  Linux include/asm-generic/tlb.h: tlb_delay_rmap(); there mm/memory.c: zap_pte_range() flushes before it drops the lock.
 */
bool tlb_delay_rmap(struct mmu_gather *tlb, struct tlb_vma *vma);

/* ---- tables: the entry that led to the table was cleared ---- */

/* For tlb_free_table(); not to be called. What the table mapped begins at @start, and is what an entry of @above covers. */
void tlb_cover_table(struct mmu_gather *tlb, unsigned long start, enum tlb_level above);
void tlb_hand_over_table(struct mmu_gather *tlb, shootdown_table_t table);

/*
 * tlb_free_table - free a table of entries of @level, which is not the root.
 *
 * Context: thread, interrupts on. May wait for other CPUs; frees pages without the table_free knob; sleeps if shootdown_sync_walkers() does, with the
 *          table_sync_free knob.
 * Locks:   no page-table lock. @table can no longer be found from the root.
 * Order:   ORD-2. Every walk cache has dropped the table, and every lockless walker left it, before it is freed.
 * Fails:   never: without memory for a batch it goes the slow way. Asserts "needs an open gather", "needs a table with a level above it".
 * After:   @table, which maps the span that @addr (bytes) lies in, is freed some time after the next flush.
 * Source:  Linux mm/mmu_gather.c: tlb_remove_table(); include/asm-generic/tlb.h: pte_free_tlb() to p4d_free_tlb().
 */
static inline void tlb_free_table(struct mmu_gather *tlb, enum tlb_level level, shootdown_table_t table,
				  unsigned long addr)
{
	enum tlb_level above = (enum tlb_level)(level + 1);
	unsigned long start = addr & (0 - tlb_level_size(above));

	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_free_table: needs an open gather");
	shootdown_assert(level < TLB_LEVEL_PGD, "tlb_free_table: needs a table with a level above it");
	/* What changed is the entry that led to the table. Where any invalidation drops all paths, what is recorded is enough. */
	if (!shootdown_arch()->paths_all)
		tlb_cover_table(tlb, start, above);
	else if (tlb->end == TLB_NO_END)
		tlb_cover_first(tlb, start, start + (1ul << SHOOTDOWN_PAGE_SHIFT));
	tlb->cleared = (unsigned char)(tlb->cleared | 1u << above);
	tlb->freed_tables = true;
	tlb_hand_over_table(tlb, table);
}

/*
 * tlb_unshare_table - this mm's entry to a table it shared with others was cleared.
 *
 * Context: any.
 * Locks:   those that keep sharing stable (Linux: i_mmap for writing), until tlb_flush_unshared_tables().
 * Order:   none: the flush comes with that.
 * Fails:   never. Asserts "needs a table with a level above it", "needs an open gather"; while rmaps are delayed "needs what its state asks for
 *          first".
 * After:   the span of the table (of entries of @level) that @addr (bytes) lies in is recorded. @exclusive: one owner is left, which may treat it as
 *          its own.
 * Source:  Linux include/asm-generic/tlb.h: tlb_unshare_pmd_ptdesc().
 */
void tlb_unshare_table(struct mmu_gather *tlb, enum tlb_level level, unsigned long addr, bool exclusive);

/*
 * tlb_flush_unshared_tables - wait until no CPU reaches the unshared tables through this mm.
 *
 * Context: thread, interrupts on; waits for other CPUs; sleeps if shootdown_sync_walkers() does.
 * Locks:   those of tlb_unshare_table(), still; no spinlock, so no page-table lock.
 * Order:   ORD-2, for tables that another mm owns now.
 * Fails:   never. None unshared is nothing to do. Asserts "needs an open gather".
 * After:   no walk cache of this mm and no lockless walker that came through it uses them.
 * Source:  Linux include/asm-generic/tlb.h: tlb_flush_unshared_tables().
 */
void tlb_flush_unshared_tables(struct mmu_gather *tlb);

/* ---- flushing ---- */

/*
 * tlb_flush_mmu_tlbonly - invalidate what is recorded; free nothing.
 *
 * Context: any; waits for other CPUs, as tlb_flush_wait().
 * Locks:   as tlb_flush_issue(): page-table locks may be held.
 * Order:   ORD-1 before, ORD-3 after.
 * Fails:   never. Nothing recorded is nothing to do. Asserts "needs an open gather".
 * After:   nothing is recorded; what is queued may be freed.
 * Source:  Linux include/asm-generic/tlb.h: tlb_flush_mmu_tlbonly().
 */
void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb);

/*
 * tlb_flush_rmaps - drop the reverse maps that were delayed, when what is recorded is invalidated.
 *
 * To be called before the caller waits for a lock under which somebody may wait until a page is not mapped any more. What frees pages or VMAs calls
 * it by itself.
 *
 * Context: any; waits for other CPUs, as tlb_flush_wait().
 * Locks:   as tlb_flush_issue(): page-table locks may be held. The VMA they were delayed for is still there.
 * Order:   ORD-2, for the reverse map.
 * Fails:   never. None delayed is nothing to do. Asserts "needs an open gather".
 * After:   no queued page has its reverse map still to drop.
 * Source:  Linux mm/mmu_gather.c: tlb_flush_rmaps(), before which the caller flushes.
 */
void tlb_flush_rmaps(struct mmu_gather *tlb);

/*
 * tlb_flush_mmu - invalidate what is recorded, then hand over tables, then free the queued pages.
 *
 * Context: thread, interrupts on. May wait for other CPUs; sleeps if shootdown_free_pages() does.
 * Locks:   no page-table lock.
 * Order:   ORD-2.
 * Fails:   never. Asserts "needs an open gather".
 * After:   nothing is recorded or queued.
 * Source:  Linux mm/mmu_gather.c: tlb_flush_mmu().
 */
void tlb_flush_mmu(struct mmu_gather *tlb);

/*
 * tlb_get_unmap_shift - log2 of the bytes that the smallest recorded entry covers.
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   nothing changed. SHOOTDOWN_PAGE_SHIFT if nothing is recorded.
 * Source:  Linux include/asm-generic/tlb.h: tlb_get_unmap_shift().
 */
static inline unsigned int tlb_get_unmap_shift(const struct mmu_gather *tlb)
{
	/* The finest level decides: a step of a larger entry would pass over smaller ones. */
	for (unsigned int level = TLB_LEVEL_PTE; level < TLB_LEVELS; level++) {
		if (tlb->cleared & 1u << level)
			return (unsigned int)SHOOTDOWN_PTE_SHIFT(level);
	}
	return SHOOTDOWN_PAGE_SHIFT;
}

/*
 * tlb_get_unmap_size - the same in bytes.
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   nothing changed. 0 if the entry covers the whole address space.
 * Source:  Linux include/asm-generic/tlb.h: tlb_get_unmap_size().
 */
static inline unsigned long tlb_get_unmap_size(const struct mmu_gather *tlb)
{
	return tlb_shift_size(tlb_get_unmap_shift(tlb));
}

#ifdef __cplusplus
}
#endif

#endif
