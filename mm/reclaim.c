/* SPDX-License-Identifier: MIT */
/*
 * reclaim.c - take a page out of every address space that maps it, keep a good copy elsewhere, and free it.
 *
 * The flush of the entries is deferred: several pages are unmapped, and one wave covers them all (unmap.h). Until then a program may
 * go on with the page through its TLB, so
 *	what it may have written is flushed before the page is written out (a translation from a clean entry is harmless);
 *	the page is in its cache, and locked, until the flush: a fault that would bring it back waits, and no program reads a new copy
 *	while another still reads the old page;
 *	it is freed after the flush.
 * Linux removes the page from its cache and drops its lock before the flush, and so has a moment in which two CPUs use two pages for one
 * address; only the free comes behind the flush there (shrink_folio_list()).
 *
 * Who takes entries away meanwhile finds them gone and must not rely on it: the batch counts as an open gather in each of
 * its address spaces.
 *
 * Several page locks are held at a time, so each is only tried: two who reclaim the same pages in another order do not wait for each other.
 */
#include <mm/rmap.h>

/* ---- the batch ---- */

/* After it no TLB has what @task has unmapped. */
void try_to_unmap_flush(struct task *task)
{
	unsigned int nr = task->unmap.nr;

	for (unsigned int i = 0; i < nr && mm_globals()->choices.unmap == MM_UNMAP_EVERYTHING; i++)
		task->unmap.space[i].all = true;
	tlb_unmap_flush(&task->unmap);
	for (unsigned int i = 0; i < nr; i++)
		mmdrop(mm_of_tlb(task->unmap.space[i].mm));
}

static void try_to_unmap_flush_dirty(struct task *task)
{
	if (task->unmap.dirty)
		try_to_unmap_flush(task);
}

/* What mm_cpumask() of a CPU that left is, where a switch clears it. */
static bool is_loaded_elsewhere(const struct mm_struct *mm)
{
	for (unsigned int cpu = 0; cpu < machine_nr_cpus(); cpu++) {
		if (cpu != machine_cpu() && mm_globals()->loaded[cpu] == mm)
			return true;
	}
	return false;
}

/* should_defer_flush() of Linux 6.1, and ours, which always does; but where gathers rely on flushed entries nothing is left for later. */
static bool is_deferred(const struct mm_struct *mm)
{
	enum mm_unmap unmap = mm_globals()->choices.unmap;

	if (machine_arch()->entry_batch && RULE(nothing_deferred))
		return false;
	return unmap == MM_UNMAP_IN_A_WAVE || (unmap == MM_UNMAP_EVERYTHING && is_loaded_elsewhere(mm));
}

/* Page-table lock held, the entry cleared. set_tlb_ubc_flush_pending(); the address space is kept for as long as the batch names it. */
static void defer_flush(struct task *task, const struct rmap_entry *at, bool dirty)
{
	struct vm_area_struct *vma = at->vma;

	if (!is_deferred(vma->vm_mm)) {
		tlb_flush_page(&vma->tlb, at->address);
		return;
	}
	if (tlb_unmap_full(&task->unmap, &vma->vm_mm->tlb))
		try_to_unmap_flush(task);
	if (tlb_unmap_defer(&task->unmap, &vma->tlb, &at->table->changes, at->address, dirty))
		mmgrab(vma->vm_mm);
}

/* ---- unmapping ---- */

/*
 * Page-table lock held: the entry that maps walk->page is empty from here on. Returns what it said; what is put there instead is the caller's,
 * and so is the reverse map.
 */
uint64_t ptep_clear_deferred(const struct rmap_walk *walk, const struct rmap_entry *at)
{
	uint64_t word;

	flush_cache_page(at->vma, at->address);
	word = ptep_get_and_clear(at->vma->vm_mm, at->pte);
	if (pte_dirty(word))
		set_page_dirty(walk->page);
	defer_flush(walk->task, at, pte_dirty(word));
	return word;
}

/* ---- what was given up ---- */

/* madvise(MADV_FREE): nothing of the page has to be kept, unless it was written to since. It has no slot, as it was its entry's alone. */
static bool is_given_up(const struct page *page)
{
	return page->anon_vma && page->slot == PAGE_NO_SLOT && __atomic_load_n(&page->lazyfree, __ATOMIC_RELAXED);
}

/*
 * Its entry is empty, so who takes a reference without locks finds it changed, or is counted: the exchange reads what was counted last. Whoever
 * had one may have made the page dirty before it was dropped, so that is asked behind. try_to_unmap_one(): smp_mb(), folio_ref_count(), smp_rmb(),
 * folio_test_dirty().
 */
static bool is_discardable(struct page *page)
{
	int refs = __atomic_load_n(&page->mapcount, __ATOMIC_RELAXED) + 1;
	bool frozen = refcount_freeze(&page->refcount, refs), may = true;

	if (RULE(discard_counts_references))
		may = frozen;
	if (may && RULE(discard_asks_dirty))
		may = !__atomic_load_n(&page->dirty, __ATOMIC_RELAXED);
	if (frozen)
		refcount_set(&page->refcount, refs);
	return may;
}

/* Page-table lock held; the entry that said @word is empty. Written to since: it goes back, and the page is one as any other. */
static bool discard_one(struct page *page, const struct rmap_entry *at, uint64_t word)
{
	if (is_discardable(page)) {
		__atomic_store_n(&at->table->discards, true, __ATOMIC_RELAXED);
		page_remove_rmap(page);
		page_put(page);
		return true;
	}
	set_pte(at->pte, word);
	if (__atomic_load_n(&page->dirty, __ATOMIC_RELAXED))
		__atomic_store_n(&page->lazyfree, false, __ATOMIC_RELAXED);
	return false;
}

/* ---- unmapping, entry by entry ---- */

/*
 * Its entry is empty. A page that somebody writes to by a reference stays where it is: when it came back it could not be told from one that is shared.
 * page_try_share_anon_rmap().
 */
static bool is_pinned(const struct page *page)
{
	/* ORD-7: the entry before the look for pins; pairs with the fence of gup_fast_walk(), which looks at the entry behind its pin. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return RULE(unmap_asks_pins) && page_maybe_pinned(page);
}

/*
 * An anonymous page's entry names its slot from here on, a file's is empty: the file knows the page. The reverse map goes at once: who asks it
 * waits for the page lock first.
 */
static bool try_to_unmap_one(struct rmap_walk *walk, const struct rmap_entry *at)
{
	struct page *page = walk->page;
	uint64_t word;

	if (!maps_page(ptep_get(at->pte), page))
		return true;
	word = ptep_clear_deferred(walk, at);
	if (is_given_up(page))
		return discard_one(page, at, word);
	if (page->anon_vma && is_pinned(page)) {
		set_pte(at->pte, word);
		return false;
	}
	if (page->anon_vma) {
		page_share(page);
		swap_get(page->slot);
		set_pte(at->pte, mk_swap(page->slot, word));
	}
	page_remove_rmap(page);
	page_put(page);
	return true;
}

/* Page lock held. False: some entry maps it still. */
static bool try_to_unmap(struct task *task, struct page *page)
{
	struct rmap_walk walk = { .page = page, .task = task, .one = try_to_unmap_one, .clears = true };

	rmap_walk(&walk);
	return !page_mapped(page);
}

/* ---- writing out, and away ---- */

static bool take_dirty(struct page *page)
{
	return __atomic_load_n(&page->dirty, __ATOMIC_RELAXED) &&
	       __atomic_exchange_n(&page->dirty, false, __ATOMIC_ACQUIRE);
}

/* Page lock held, nothing maps the page. What a TLB still writes would miss the copy, and nothing would say so. */
static void pageout(struct task *task, struct page *page)
{
	if (!take_dirty(page))
		return;
	if (RULE(reclaim_flush_before_write))
		try_to_unmap_flush_dirty(task);
	if (page->anon_vma)
		swap_write(page);
	else
		page->mapping->disk[page->index] = frame_read(page->frame);
}

/*
 * The last two references, the cache's and ours, go at once, if there are no others: then nobody comes to the page any more but through the
 * cache, which is locked. Whoever had one may have made the page dirty before it was dropped, so that is asked afterwards. False: the page
 * stays. __remove_mapping(): folio_ref_freeze(), then folio_test_dirty().
 */
static bool freeze(struct page *page)
{
	if (!refcount_freeze(&page->refcount, 2))
		return false;
	if (!__atomic_load_n(&page->dirty, __ATOMIC_RELAXED))
		return true;
	refcount_set(&page->refcount, 2);
	return false;
}

static bool remove_from_cache(struct page *page)
{
	struct address_space *mapping = page->mapping;
	spinlock_t *lock = mapping ? &mapping->i_pages : &mm_globals()->swap_lock;
	bool removed;

	/* Given up: it is in no cache, and ours is the last reference, or somebody's will be. */
	if (page->anon_vma && page->slot == PAGE_NO_SLOT)
		return refcount_freeze(&page->refcount, 1);
	spin_lock(lock);
	removed = freeze(page);
	if (removed && mapping)
		mapping->pages[page->index] = NULL;
	else if (removed)
		mm_globals()->slots[page->slot].page = NULL;
	spin_unlock(lock);
	return removed;
}

/*
 * Page lock held; dropped, and so is the reference: before the lock, so that who has that next counts none of ours (do_swap_page()). Of a page that is in
 * no cache ours may be the last.
 */
static void unlock_and_put(struct page *page)
{
	bool cached = page->mapping || page->slot != PAGE_NO_SLOT;

	if (cached)
		page_put(page);
	unlock_page(page);
	if (!cached)
		page_put(page);
}

/* Page lock held; dropped. The batch is flushed. Else the page stays, in its cache, for whoever has it or comes next. */
static void free_or_keep(struct page *page)
{
	if (remove_from_cache(page)) {
		unlock_page(page);
		page_free(page);
		return;
	}
	unlock_and_put(page);
}

/* ---- reclaim ---- */

/* All that @task has unmapped is flushed, and then freed. The end of shrink_folio_list(). */
static void finish_batch(struct task *task)
{
	if (RULE(reclaim_flush_before_free))
		try_to_unmap_flush(task);
	for (unsigned int i = 0; i < task->nr_unmapped; i++)
		free_or_keep(task->unmapped[i]);
	task->nr_unmapped = 0;
	/* Only without that rule; or nothing was unmapped for good. */
	if (task->unmap.nr)
		try_to_unmap_flush(task);
}

/*
 * Page lock held: may the page be reclaimed at all? It may have left its file while nobody had it locked, and a page of a
 * driver is in none.
 */
static bool reclaimable(struct page *page)
{
	if (!page->anon_vma)
		return page->mapping;
	if (is_given_up(page))
		return true;
	return page->slot != PAGE_NO_SLOT || add_to_swap(page);
}

/* A reference and the page lock are the caller's; they are the batch's if true is returned. */
static bool unmap_and_write(struct task *task, struct page *page)
{
	if (!reclaimable(page))
		return false;
	if (!try_to_unmap(task, page)) {
		/* The lock is what keeps the page's reverse map from being believed; a TLB may still have it. */
		try_to_unmap_flush(task);
		return false;
	}
	/* One that was written to after it was given up, and then zapped, has no place to go to. */
	if (page->mapping || page->slot != PAGE_NO_SLOT)
		pageout(task, page);
	return true;
}

/*
 * The page that @address maps. @last: no more pages come. Nothing is done to one that somebody has locked, or that somebody maps whose
 * VMA cannot be had.
 */
void reclaim(struct task *task, struct mm_struct *mm, unsigned long address, bool last)
{
	struct page *page = isolate_page(mm, address);

	if (page && trylock_page(page)) {
		if (unmap_and_write(task, page)) {
			task->unmapped[task->nr_unmapped++] = page;
		} else {
			unlock_and_put(page);
		}
	} else if (page) {
		page_put(page);
	}
	if (last || task->nr_unmapped == mm_globals()->unmap_batch)
		finish_batch(task);
}
