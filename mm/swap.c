/* SPDX-License-Identifier: MIT */
/*
 * swap.c - where anonymous pages go: slots of swap, and the pages that are in memory for one.
 *
 * A slot is held by the entries that name it, and by the page that is in memory for it (the swap cache, .page), which has a reference
 * of the slot's. It is free when nobody holds it. The page of a slot is found under the swap lock and taken by its page lock; whoever
 * waited for that asks again whether the slot still has the page.
 *
 * A page that nobody has written to holds zeroes, and so does a new slot: that is the good copy of a clean page.
 */
#include <mm/mm.h>

static struct swap_slot *slot_of(int nr)
{
	shootdown_assert(nr >= 0 && nr < MM_SLOTS, "slot_of: a slot of swap");
	return &mm_globals()->slots[nr];
}

static bool is_free(const struct swap_slot *slot)
{
	return !slot->page && !slot->entries;
}

/*
 * A slot for @page, which has none; page lock held. False: swap is full. add_to_swap(), which makes the page dirty; here the new slot
 * has what an unwritten page has.
 */
bool add_to_swap(struct page *page)
{
	struct mm_globals *globals = mm_globals();
	int nr = 0;

	shootdown_assert(page->anon_vma && page->slot == PAGE_NO_SLOT, "add_to_swap: an anonymous page without a slot");
	spin_lock(&globals->swap_lock);
	while (nr < MM_SLOTS && !is_free(slot_of(nr)))
		nr++;
	if (nr < MM_SLOTS) {
		page_get(page);
		slot_of(nr)->page = page;
		slot_of(nr)->value = 0;
		page->slot = nr;
	}
	spin_unlock(&globals->swap_lock);
	return nr < MM_SLOTS;
}

/* One more entry names the slot. swap_duplicate(). */
void swap_get(int nr)
{
	spin_lock(&mm_globals()->swap_lock);
	slot_of(nr)->entries++;
	spin_unlock(&mm_globals()->swap_lock);
}

/* One less; true: that was the last. A page that is in memory for the slot stays there until reclaim comes to it. swap_free(). */
bool swap_put(int nr)
{
	bool last;

	spin_lock(&mm_globals()->swap_lock);
	shootdown_assert(slot_of(nr)->entries > 0, "swap_put: of an entry that names the slot");
	last = --slot_of(nr)->entries == 0;
	spin_unlock(&mm_globals()->swap_lock);
	return last;
}

/* Page lock held. pageout(): the good copy is as the page is now. */
void swap_write(const struct page *page)
{
	slot_of(page->slot)->value = frame_read(page->frame);
}

/* Page lock held: nobody finds the page by its slot any more. The slot's reference is the caller's. */
void delete_from_swap_cache(struct page *page)
{
	spin_lock(&mm_globals()->swap_lock);
	shootdown_assert(slot_of(page->slot)->page == page, "delete_from_swap_cache: of a page in it");
	slot_of(page->slot)->page = NULL;
	spin_unlock(&mm_globals()->swap_lock);
	page->slot = PAGE_NO_SLOT;
}

/*
 * Page lock held, and the page has just been mapped at the last entry that named its slot: the slot is of no use any more. The page is the
 * only copy then, so it is dirty. folio_free_swap().
 */
void swap_cache_drop(struct page *page)
{
	bool last;

	spin_lock(&mm_globals()->swap_lock);
	last = !slot_of(page->slot)->entries;
	spin_unlock(&mm_globals()->swap_lock);
	if (!last)
		return;
	set_page_dirty(page);
	delete_from_swap_cache(page);
	page_put(page);
}

/* The page that is in memory for the slot, with a reference; NULL: none is. */
static struct page *swap_find(int nr)
{
	struct page *page;

	spin_lock(&mm_globals()->swap_lock);
	page = slot_of(nr)->page;
	if (page)
		page_get(page);
	spin_unlock(&mm_globals()->swap_lock);
	return page;
}

/*
 * A new page into memory for the slot, locked; or nothing, if somebody was faster, or nobody names the slot any more. The page is where
 * @anon_vma and @index say.
 */
static void swap_read(int nr, struct anon_vma *anon_vma, unsigned int index)
{
	struct page *page = page_alloc();
	bool added = false;

	if (!page)
		return;
	page->anon_vma = anon_vma;
	page->index = index;
	page->slot = nr;
	lock_page(page);
	spin_lock(&mm_globals()->swap_lock);
	if (!slot_of(nr)->page && slot_of(nr)->entries) {
		frame_write(page->frame, slot_of(nr)->value);
		slot_of(nr)->page = page;
		added = true;
	}
	spin_unlock(&mm_globals()->swap_lock);
	unlock_page(page);
	if (!added)
		page_put(page);
}

/*
 * The slot's page, locked and with a reference; NULL: what the caller read of the slot is out of date, or there is no memory. As
 * filemap_lock_page().
 */
struct page *swap_lock_page(int nr, struct anon_vma *anon_vma, unsigned int index)
{
	struct page *page = swap_find(nr);

	if (!page) {
		swap_read(nr, anon_vma, index);
		page = swap_find(nr);
	}
	if (!page)
		return NULL;
	lock_page(page);
	if (page->slot == nr)
		return page;
	unlock_page(page);
	page_put(page);
	return NULL;
}
