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
 * What follows from it: a page-table page obeys the same three steps, and must besides outlive every walker
 * that reads tables without a lock. The reverse map of a dirty page is part of step 3, because whoever asks it
 * "is this page mapped?" must not hear "no" while a TLB can still write. A mapping whose pages nobody counts has
 * nothing to hold until step 3, so it is invalidated before anybody can lose sight of it.
 *
 * A gather collects many pages for one step 2:
 *
 *   tlb_gather_mmu(&tlb, mm);
 *   for each VMA:
 *     tlb_start_vma(&tlb, vma);
 *     under the page-table lock, for each present entry: clear it, tlb_remove_tlb_entry(), __tlb_remove_page();
 *     if it says "full": tlb_flush_mmu_tlbonly(), tlb_flush_rmaps(), unlock, tlb_flush_mmu(), go on;
 *     tlb_end_vma(&tlb, vma);
 *   tlb_free_vmas(&tlb);                 before the VMAs leave the reverse map
 *   pte_free_tlb(&tlb, table, addr) ...  for each table unhooked
 *   tlb_finish_mmu(&tlb);
 *
 * A gather belongs to the thread that opened it; no two calls on one gather may overlap. Gathers of one mm on
 * several CPUs may overlap freely; each counts in tlb_mm.pending.
 *
 *   in this state        these may follow
 *   nothing              record; flush; end, free VMAs; free tables; finish
 *   recorded             the same; queue
 *   delayed reverse map  flush only (tlbonly), then tlb_flush_rmaps(); then anything
 *   unshared table       tlb_flush_unshared_tables(), before the locks of sharing go
 */
#ifndef SHOOTDOWN_GATHER_H
#define SHOOTDOWN_GATHER_H

#include <shootdown/flush.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A queued page, its low two bits saying how: bit 0, its reverse map is still to be dropped; bit 1, the next slot is
 * no page but a count, shifted left by two, of consecutive pages of one folio and of references to drop.
 */
#define ENCODED_PAGE_DELAY_RMAP 1ul
#define ENCODED_PAGE_NR_NEXT	2ul
#define ENCODED_PAGE_NR_SHIFT	2

/* Slots follow the header of a batch page; those of mmu_gather.local are mmu_gather.__slots. */
struct mmu_gather_batch {
	struct mmu_gather_batch *next;
	unsigned int nr, max; /* slots: used, there */
};
SHOOTDOWN_STATIC_ASSERT(sizeof(struct mmu_gather_batch) == sizeof(void *) + 2 * sizeof(int), "SHOOTDOWN_BATCH_SLOTS()");

/* The library's own. C++ has no such array. */
#ifndef __cplusplus
struct mmu_table_batch {
	shootdown_rcu_t rcu;
	unsigned int nr;
	shootdown_table_t tables[];
};
SHOOTDOWN_STATIC_ASSERT(offsetof(struct mmu_table_batch, tables) <= sizeof(shootdown_rcu_t) + sizeof(void *),
			"SHOOTDOWN_TABLE_SLOTS()");
#endif

/* Of an entry: how far above the last level it stands. A table's level is that of the entries in it. */
enum tlb_level {
	TLB_LEVEL_PTE,
	TLB_LEVEL_PMD,
	TLB_LEVEL_PUD,
	TLB_LEVEL_P4D,
	TLB_LEVEL_PGD,
	TLB_LEVELS,
};

/* The end of the address space, where a range of the whole mm ends; no range ends there by arithmetic. */
#define TLB_ADDRESS_MAX (~0ul)

/* All fields belong to the thread that opened the gather (o). "Recorded": since the last flush. */
struct mmu_gather {
	struct tlb_mm *mm;
	unsigned long start, end; /* [start, end), bytes, of what was recorded; end == 0: nothing */
	unsigned int open : 1;
	unsigned int fullmm : 1;		/* the whole mm goes; ranges do not matter */
	unsigned int need_flush_all : 1;	/* the next flush happens, and is one of the whole mm */
	unsigned int freed_tables : 1;		/* recorded: a table was unhooked and will be freed */
	unsigned int unshared_tables : 1;	/* recorded: a shared table was unhooked and lives on elsewhere */
	unsigned int fully_unshared_tables : 1; /* ... and has one owner left; until tlb_flush_unshared_tables() */
	unsigned int delayed_rmap : 1;		/* some queued page has its reverse map still to drop */
	unsigned int vma_pfn : 1;		/* some VMA so far had uncounted pages; sticky */
	unsigned char cleared;			/* recorded: 1 << enum tlb_level of the entries that were cleared */
	unsigned char vma_flags;		/* enum tlb_vma_flags of the VMA being walked */
	unsigned char range_flags;		/* recorded: of all VMAs in it together */
	unsigned int batch_count;		/* batch pages, `local` not counted */
	unsigned long page_size;		/* bytes, of the pages being queued; only with the page_size knob */
	struct mmu_table_batch *batch;		/* tables waiting for the flush, or NULL */
	struct mmu_gather_batch *active;	/* the batch being filled */
	struct encoded_page **slots;		/* of @active */
	struct mmu_gather_batch local;
	struct encoded_page *__slots[TLB_GATHER_BUNDLE];
};

/* ---- life cycle ---- */

/*
 * tlb_gather_mmu - open a gather on @mm.
 *
 * Context: thread; before the first page-table lock under which entries will be cleared.
 * Locks:   whatever keeps @mm alive. Every gather is closed, also on error paths and when nothing was unmapped.
 * Order:   ORD-4. The pending count is raised before any entry that is cleared afterwards can be seen.
 * Fails:   never.
 * After:   @tlb is open and empty. Its content before does not matter, so a second open of an open gather shows
 *          only when it is closed twice.
 */
void tlb_gather_mmu(struct mmu_gather *tlb, struct tlb_mm *mm);

/*
 * tlb_gather_mmu_fullmm - open a gather that takes all of @mm away.
 *
 * Context: thread.
 * Locks:   @mm has no user thread left: nobody enters it again.
 * Order:   ORD-4, as tlb_gather_mmu().
 * Fails:   never.
 * After:   @tlb is open; VMA brackets do nothing, ranges are not tracked.
 */
void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct tlb_mm *mm);

/*
 * tlb_gather_mmu_vma - open a gather on @vma's mm, for work inside @vma alone.
 *
 * Context: thread.
 * Locks:   whatever keeps @vma in place. Caches are not flushed: the caller's duty where they are virtual.
 * Order:   ORD-4, as tlb_gather_mmu().
 * Fails:   never.
 * After:   as tlb_gather_mmu() and tlb_start_vma(); with the page_size knob the size is set for a hugetlb VMA.
 */
void tlb_gather_mmu_vma(struct mmu_gather *tlb, struct tlb_vma *vma);

/*
 * tlb_finish_mmu - make everything gathered unreachable, then free it.
 *
 * Context: thread, interrupts on. May wait for other CPUs; does not sleep unless the host's hooks do.
 * Locks:   needs the page-table locks of no table of this mm; mmap lock as the caller has it. Delayed reverse maps
 *          are dropped (tlb_flush_rmaps()), unshared tables waited for (tlb_flush_unshared_tables()).
 * Order:   ORD-2. Every page-table store made before this call is seen by every walker before any gathered page
 *          reaches shootdown_free_pages(). ORD-4: if another gather is open, what it changed is flushed too.
 * Fails:   never.
 * After:   @tlb is closed; the mm's pending count is one lower.
 */
void tlb_finish_mmu(struct mmu_gather *tlb);

/* ---- VMAs ---- */

/*
 * tlb_start_vma - the entries recorded from now on belong to @vma.
 *
 * Context: thread; may flush caches.
 * Locks:   no page-table lock; what keeps @vma in place. @vma->flags are those its entries were made under.
 * Order:   a virtual cache's lines of the whole VMA are written back before its first entry is cleared.
 * Fails:   never.
 * After:   @vma is being walked; nothing, for a gather of the whole mm.
 */
void tlb_start_vma(struct mmu_gather *tlb, struct tlb_vma *vma);

/*
 * tlb_end_vma - no more entries of @vma will be recorded.
 *
 * Context: any; may wait for other CPUs.
 * Locks:   as tlb_flush_issue().
 * Order:   as tlb_flush_mmu_tlbonly(), unless VMAs are merged.
 * Fails:   never.
 * After:   the next VMA starts with an empty range, unless the architecture merges VMAs or the whole mm goes.
 */
void tlb_end_vma(struct mmu_gather *tlb, struct tlb_vma *vma);

/*
 * tlb_free_vmas - the VMAs walked so far are about to leave the reverse map.
 *
 * Context: any; may wait for other CPUs. Called once, before the first VMA is unlinked.
 * Locks:   as tlb_flush_issue().
 * Order:   ORD-2, for pages without a reference count: whoever can no longer find the mapping may free them.
 * Fails:   never.
 * After:   no TLB holds what a PFN or mixed VMA mapped.
 */
void tlb_free_vmas(struct mmu_gather *tlb);

/* ---- recording: after an entry was cleared, before its page is queued ---- */

/*
 * tlb_flush_level_range - entries of @level that cover [@addr, @addr + @size) bytes were cleared or changed.
 *
 * Context: any.
 * Locks:   the page-table lock of the entries, still.
 * Order:   none; the flush comes later.
 * Fails:   never.
 * After:   the next flush covers the range and steps by this level, or a finer one if that was recorded as well.
 */
static inline void tlb_flush_level_range(struct mmu_gather *tlb, enum tlb_level level, unsigned long addr,
					 unsigned long size)
{
	shootdown_assert(tlb->open, "tlb_flush_level_range: needs an open gather");
	shootdown_assert(level < TLB_LEVELS, "tlb_flush_level_range: needs a level of enum tlb_level");
	shootdown_assert(size <= TLB_ADDRESS_MAX - addr && size, "tlb_flush_level_range: needs a range that ends");
	if (addr < tlb->start)
		tlb->start = addr;
	if (addr + size > tlb->end)
		tlb->end = addr + size;
	tlb->cleared = (unsigned char)(tlb->cleared | 1u << level);
	tlb->range_flags |= tlb->vma_flags;
}

/*
 * tlb_remove_tlb_entries - @nr last-level entries from @addr on were cleared.
 *
 * Context: any.
 * Locks:   the page-table lock of the entries, still.
 * Order:   none; the flush comes later.
 * Fails:   never.
 * After:   the next flush covers them; their pages may be queued.
 */
static inline void tlb_remove_tlb_entries(struct mmu_gather *tlb, unsigned long addr, unsigned int nr)
{
	tlb_flush_level_range(tlb, TLB_LEVEL_PTE, addr, (unsigned long)nr << SHOOTDOWN_PAGE_SHIFT);
}

/*
 * tlb_remove_tlb_entry - the last-level entry at @addr was cleared.
 *
 * Context: any.
 * Locks:   the page-table lock of the entry, still.
 * Order:   none; the flush comes later.
 * Fails:   never.
 * After:   the next flush covers it; its page may be queued.
 */
static inline void tlb_remove_tlb_entry(struct mmu_gather *tlb, unsigned long addr)
{
	tlb_remove_tlb_entries(tlb, addr, 1);
}

/*
 * tlb_change_page_size - pages queued from now on are @page_size bytes each.
 *
 * Context: thread; may wait for other CPUs and free pages. Only the page_size knob makes it do anything.
 * Locks:   no page-table lock.
 * Order:   as tlb_flush_mmu(), if the size changes.
 * Fails:   never.
 * After:   all that is recorded is of one size.
 */
void tlb_change_page_size(struct mmu_gather *tlb, unsigned long page_size);

/* ---- queueing: the gather takes over the page's references ---- */

/*
 * __tlb_remove_page_size - queue one page of @page_size bytes; true: flush before the next one.
 *
 * Context: any; may ask for a batch page, which may be refused.
 * Locks:   the page-table lock may be held.
 * Order:   the entry was cleared and recorded before.
 * Fails:   never. The page is queued in either case; "true" says that there is no room for another.
 * After:   the page is freed after the next flush (at once with the no_gather knob). With @delay_rmap it keeps its
 *          reverse map until tlb_flush_rmaps(); only if tlb_delay_rmap() said so.
 */
bool __tlb_remove_page_size(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap, unsigned long page_size);

/*
 * __tlb_remove_folio_pages - queue @nr_pages consecutive pages of one folio, a reference of each; true: flush.
 *
 * Context: any; may ask for a batch page, which may be refused.
 * Locks:   the page-table lock may be held.
 * Order:   the entries were cleared and recorded before.
 * Fails:   never. The pages are queued in either case.
 * After:   as __tlb_remove_page_size(). Pages are SHOOTDOWN_PAGE_SHIFT big.
 */
bool __tlb_remove_folio_pages(struct mmu_gather *tlb, shootdown_page_t page, unsigned int nr_pages, bool delay_rmap);

/*
 * __tlb_remove_page - queue one page of the base size; true: flush before the next one.
 *
 * Context: any; may ask for a batch page, which may be refused.
 * Locks:   the page-table lock may be held.
 * Order:   the entry was cleared and recorded before.
 * Fails:   never. The page is queued in either case.
 * After:   as __tlb_remove_page_size().
 */
bool __tlb_remove_page(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap);

/*
 * tlb_remove_page - queue one page of the base size, and flush and free if there is no room for another.
 *
 * Context: thread; may wait for other CPUs and free pages.
 * Locks:   no page-table lock.
 * Order:   the entry was cleared and recorded before; ORD-2 if it flushes.
 * Fails:   never.
 * After:   the page is queued or freed.
 */
void tlb_remove_page(struct mmu_gather *tlb, shootdown_page_t page);

/*
 * tlb_delay_rmap - shall a dirty file page's reverse map outlive its entry?
 *
 * Context: any.
 * Locks:   the page-table lock of the page's entry.
 * Order:   ORD-2, for the reverse map: who asks it must not hear "unmapped" while a TLB can still write.
 * Fails:   never.
 * After:   yes: queue the page with delay_rmap, and before the page-table lock is dropped call
 *          tlb_flush_mmu_tlbonly() and tlb_flush_rmaps(). No: drop the reverse map at once.
 */
bool tlb_delay_rmap(struct mmu_gather *tlb);

/* ---- tables: the entry that led to the table was cleared ---- */

/*
 * pte_free_tlb, pmd_free_tlb, pud_free_tlb, p4d_free_tlb - free a table of PTEs, PMDs, PUDs, P4Ds.
 *
 * Context: thread; may wait for other CPUs and, without the table_free knob, free pages.
 * Locks:   no page-table lock. Nobody can find @table from the root any more.
 * Order:   ORD-2. Every walk cache has dropped the table, and every lockless walker left it, before it is freed.
 * Fails:   never: without memory for a batch it goes the slow way.
 * After:   @table, which maps the span that @addr (bytes) lies in, is freed some time after the next flush.
 */
void pte_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr);
void pmd_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr);
void pud_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr);
void p4d_free_tlb(struct mmu_gather *tlb, shootdown_table_t table, unsigned long addr);

/*
 * tlb_unshare_table - this mm's entry to a table it shared with others was cleared.
 *
 * Context: any.
 * Locks:   those that keep sharing stable (Linux: i_mmap for writing), until tlb_flush_unshared_tables().
 * Order:   none; the flush comes later.
 * Fails:   never.
 * After:   the span of the table (of entries of @level) that @addr lies in is recorded. @exclusive: one owner is
 *          left, who may now treat the table as its own.
 */
void tlb_unshare_table(struct mmu_gather *tlb, enum tlb_level level, unsigned long addr, bool exclusive);

/*
 * tlb_flush_unshared_tables - nobody reaches the unshared tables through this mm any more.
 *
 * Context: thread, interrupts on; waits for other CPUs.
 * Locks:   those of tlb_unshare_table(), still; no page-table lock.
 * Order:   ORD-2, for tables that another mm owns now.
 * Fails:   never.
 * After:   no walk cache of this mm and no lockless walker that came through it uses them.
 */
void tlb_flush_unshared_tables(struct mmu_gather *tlb);

/* ---- flushing ---- */

/*
 * tlb_flush_mmu_tlbonly - invalidate what is recorded; free nothing.
 *
 * Context: any; waits for other CPUs.
 * Locks:   page-table locks may be held.
 * Order:   ORD-1 before, ORD-3 after.
 * Fails:   never. Nothing recorded is nothing to do.
 * After:   nothing is recorded; what is queued may be freed.
 */
void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb);

/*
 * tlb_flush_rmaps - drop the reverse maps that were delayed.
 *
 * Context: any.
 * Locks:   the page-table lock under which they were delayed, still; @vma is the VMA they belong to.
 * Order:   after tlb_flush_mmu_tlbonly().
 * Fails:   never.
 * After:   no queued page has its reverse map still to drop.
 */
void tlb_flush_rmaps(struct mmu_gather *tlb, struct tlb_vma *vma);

/*
 * tlb_flush_mmu - invalidate what is recorded, then hand over tables, then free the queued pages.
 *
 * Context: thread, interrupts on. May wait for other CPUs; sleeps if shootdown_free_pages() does.
 * Locks:   no page-table lock; tlb_flush_rmaps() was called.
 * Order:   ORD-2.
 * Fails:   never.
 * After:   nothing is recorded or queued.
 */
void tlb_flush_mmu(struct mmu_gather *tlb);

/*
 * tlb_get_unmap_shift - log2 of the bytes that the smallest recorded entry covers.
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never. SHOOTDOWN_PAGE_SHIFT if nothing is recorded.
 * After:   nothing changed.
 */
unsigned int tlb_get_unmap_shift(const struct mmu_gather *tlb);

/*
 * tlb_get_unmap_size - the same in bytes.
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   nothing changed.
 */
unsigned long tlb_get_unmap_size(const struct mmu_gather *tlb);

/* ---- for hosts: reading what shootdown_free_pages() gets ---- */

/*
 * tlb_encoded_next - read one entry at @slot: @page the first page, @nr the references to drop, one a page.
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   returns the number of slots that the entry takes, 1 or 2.
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

#ifdef __cplusplus
}
#endif

#endif
