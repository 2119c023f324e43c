/* SPDX-License-Identifier: MIT */
/*
 * page.c - pages: references, map counts, dirtiness, the page lock.
 *
 * A page is given back with its last reference. One is held by
 *	the page cache, for each page in it; the swap cache, as well;
 *	each entry that maps the page, until the gather that cleared the entry has flushed it;
 *	a gather's batch, which takes over the entry's;
 *	whoever uses the page with no lock that keeps it: a copy being made, gup(), writeback.
 * A table has one, its upper entry's, and those that gup_fast() takes by mistake for a page that was in the frame before.
 *
 * The map count says how many entries map a page, or did until a flush that is still to come: it may be too high for a
 * while, never too low, because "not mapped" is taken for "nobody can write to it" (folio_mkclean()).
 *
 * Dirty is told three times: by a TLB, by the entry, by the page. Each is told the next one before it can be lost.
 */
#include <mm/mm.h>

/*
 * Plain stores: the frame is this caller's alone. Whoever gets to the page later does so by an
 * entry, a list or a lock, each of which orders these stores before it.
 */
static struct page *page_init(int frame, enum page_state state)
{
	struct page *page = frame_to_page(frame);

	shootdown_assert(page->state == PAGE_UNUSED, "page_init: of a frame that nobody has");
	page->state = state;
	page->mapping = NULL;
	page->anon_vma = NULL;
	page->index = 0;
	page->slot = PAGE_NO_SLOT;
	page->mapcount = 0;
	page->dirty = false;
	page->lazyfree = false;
	page->exclusive = false;
	page->together = false;
	page->sharers = 0;
	page->reused = false;
	page->changes = (struct tlb_changes){ 0 };
	/* Last: gup_fast() may look at it for what was in the frame before, and then finds it as it is now. */
	refcount_set(&page->refcount, 1);
	return page;
}

/* A page of zeroes with one reference, the caller's. NULL: no memory. */
struct page *page_alloc(void)
{
	int frame = machine_frame_alloc(MACHINE_FRAME_DATA);

	return frame == MACHINE_NO_FRAME ? NULL : page_init(frame, PAGE_DATA);
}

/* @nr pages behind each other, each with one reference, the caller's: the first of them. NULL: no memory. */
struct page *pages_alloc(unsigned int nr)
{
	int first = machine_frames_alloc(nr);

	for (unsigned int i = 0; i < nr && first != MACHINE_NO_FRAME; i++)
		page_init(first + (int)i, PAGE_DATA);
	return first == MACHINE_NO_FRAME ? NULL : frame_to_page(first);
}

/* An empty table. Nobody sees it before it is hooked; see ORD-5. */
struct page *table_alloc(void)
{
	int frame = machine_frame_alloc(MACHINE_FRAME_TABLE);

	return frame == MACHINE_NO_FRAME ? NULL : page_init(frame, PAGE_TABLE);
}

/*
 * For an owner of another kind, who will not give it back. folio_put() gives pages back to an
 * allocator that everybody takes from; this is the other owner who takes one.
 */
void page_reuse(void)
{
	int frame = machine_frame_alloc(MACHINE_FRAME_OTHER);

	if (frame != MACHINE_NO_FRAME)
		page_init(frame, PAGE_DATA)->reused = true;
}

/* Its last reference is gone: nothing of it may be looked at afterwards, not even the struct page. */
void page_free(struct page *page)
{
	page->state = PAGE_UNUSED;
	machine_frame_free(page->frame);
}

/* The last reference frees the page. */
void page_put(struct page *page)
{
	if (refcount_dec_and_test(&page->refcount))
		page_free(page);
}

/* A lockless walker may have taken a reference for the page that was in the frame before: it goes with the last one. */
void table_free(struct page *table)
{
	shootdown_assert(table->state == PAGE_TABLE, "table_free: of a table");
	/* Here, so that whoever makes a table writes nothing that faults in it ask for without having met him. */
	if (__atomic_load_n(&table->discards, __ATOMIC_RELAXED))
		__atomic_store_n(&table->discards, false, __ATOMIC_RELAXED);
	page_put(table);
}

/*
 * The caller holds something that keeps the page: a reference, its entry under the page-table lock,
 * the cache's lock. folio_get(): of a page whose count cannot reach 0 meanwhile.
 */
void page_get(struct page *page)
{
	refcount_inc(&page->refcount);
}

/* New, and one address space's alone. */
void page_own(struct page *page, struct anon_vma *anon_vma, unsigned int index)
{
	page->anon_vma = anon_vma;
	page->index = index;
	page->exclusive = true;
}

/* Another entry comes to map it as well, or may. With the lock of the one that does. */
void page_share(struct page *page)
{
	if (page->exclusive && RULE(share_ends_exclusive))
		page->exclusive = false;
}

/*
 * Of an anonymous page, with the page-table lock of an entry that maps it: no other entry does, so what is written by it is written for all who have taken
 * the page by it, and stays where they look. Once it was shared, any reference may be that of somebody who is to see what was there: then it takes
 * the last one to be exclusive again.
 *
 * PageAnonExclusive() and wp_can_reuse_anon_folio() of Linux.
 */
bool page_is_exclusive(struct page *page)
{
	if (RULE(exclusive_lasts) && page->exclusive)
		return true;
	if (!page_is_held_by(page, 1))
		return false;
	page->exclusive = true;
	return true;
}

/*
 * @refs known references, and those of who has pinned it. One look at both: a pin may come, of who saw the entry writable before and goes by it, and looks
 * again (gup_fast_walk()). An acquire, for the release of who was last to look at the page: what is written from here on he has not seen.
 */
bool page_is_held_by(const struct page *page, int refs)
{
	return __atomic_load_n(&page->refcount.refs, __ATOMIC_ACQUIRE) % PAGE_PIN_REFS == refs;
}

bool page_maybe_pinned(const struct page *page)
{
	return __atomic_load_n(&page->refcount.refs, __ATOMIC_RELAXED) >= PAGE_PIN_REFS;
}

/* By whoever has a reference, and means to write to the page behind its mapping: FOLL_PIN. */
void page_pin(struct page *page)
{
	refcount_add(&page->refcount, PAGE_PIN_REFS - 1);
}

/* Before the reference goes, which is a release. */
void page_unpin(struct page *page)
{
	refcount_add(&page->refcount, 1 - PAGE_PIN_REFS);
}

/*
 * A reference for a walker that holds no lock: none, if the page is already on its way back.
 * folio_try_get(): a count of 0 stays 0. What was taken may be another page by then, and the caller
 * looks at the entry again.
 */
bool page_try_get(struct page *page)
{
	return refcount_inc_not_zero(&page->refcount);
}

/*
 * Before an entry becomes writable, or before the entry that knows of a write goes. A release: who takes the flag away writes
 * the page to disk, and finds there what made it dirty (clear_page_dirty_for_io()).
 */
void set_page_dirty(struct page *page)
{
	shootdown_assert(page->state == PAGE_DATA, "set_page_dirty: of a page in use");
	__atomic_store_n(&page->dirty, true, __ATOMIC_RELEASE);
}

/*
 * The kernel's own access to the content of a page, of which the machine keeps one word. A relaxed one: programs write to
 * the page at the same time, and nothing orders what they do but the kernel's locks and flushes.
 */
uint64_t frame_read(int frame)
{
	return __atomic_load_n(machine_frame_words(frame), __ATOMIC_RELAXED);
}

void frame_write(int frame, uint64_t value)
{
	__atomic_store_n(machine_frame_words(frame), value, __ATOMIC_RELAXED);
}

void copy_frame(int to, int from)
{
	frame_write(to, frame_read(from));
}

/*
 * Held by who maps a page of a file, writes it to disk or takes it out of the file: one of them at
 * a time. Sleeps; so before any spinlock. Linux's bit in the flags of the folio.
 */
void lock_page(struct page *page)
{
	shootdown_assert(page->state == PAGE_DATA, "lock_page: of a page in use");
	down_write(&page->lock);
}

/* For whoever has other page locks already. */
bool trylock_page(struct page *page)
{
	shootdown_assert(page->state == PAGE_DATA, "trylock_page: of a page in use");
	return down_write_trylock(&page->lock);
}

void unlock_page(struct page *page)
{
	up_write(&page->lock);
}

/* Before the entry can be found. */
void page_add_rmap(struct page *page)
{
	shootdown_assert(page->state == PAGE_DATA, "page_add_rmap: of a page in use");
	machine_note(MACHINE_COUNTS);
	__atomic_fetch_add(&page->mapcount, 1, __ATOMIC_RELAXED);
}

/*
 * An acquire, for the release below: where nothing maps the page any more, the flush that came before the last mapping was
 * dropped is done.
 */
bool page_mapped(const struct page *page)
{
	return __atomic_load_n(&page->mapcount, __ATOMIC_ACQUIRE);
}

/* After no TLB can write through the entry any more, if the page may be cleaned. */
void page_remove_rmap(struct page *page)
{
	shootdown_assert(page->state == PAGE_DATA, "page_remove_rmap: of a page in use");
	machine_note(MACHINE_COUNTS);
	int before = __atomic_fetch_sub(&page->mapcount, 1, __ATOMIC_RELEASE);

	shootdown_assert(before > 0, "page_remove_rmap: once for each entry");
	(void)before;
}
