/* SPDX-License-Identifier: MIT */
/* filemap.c - the page cache: truncate a file, write a page back. */
#include <mm/mm.h>

static struct page *find_get_page(struct address_space *mapping, unsigned int index)
{
	struct page *page;

	machine_spin_lock(&mapping->i_pages);
	page = mapping->pages[index];
	if (page)
		page_get(page);
	machine_spin_unlock(&mapping->i_pages);
	return page;
}

/* Out of the cache for good. Page lock held. */
static void delete_from_page_cache(struct address_space *mapping, struct page *page)
{
	if (machine_atomic_read(&page->mapcount))
		unmap_mapping_range(mapping, page->index, 1);
	machine_spin_lock(&mapping->i_pages);
	mapping->pages[page->index] = NULL;
	machine_spin_unlock(&mapping->i_pages);
	page->mapping = NULL;
	page_put(page);
}

/* To no pages at all. A fault that had found its page before the size changed is caught under the page lock. */
void truncate_pagecache(struct address_space *mapping)
{
	machine_atomic_set(&mapping->size, 0);
	unmap_mapping_range(mapping, 0, mapping->nr_pages);
	for (unsigned int i = 0; i < mapping->nr_pages; i++) {
		struct page *page = find_get_page(mapping, i);

		if (!page)
			continue;
		lock_page(page);
		if (page->mapping == mapping)
			delete_from_page_cache(mapping, page);
		unlock_page(page);
		page_put(page);
	}
	/* Private copies that a late fault made of a page that is gone. */
	unmap_mapping_range(mapping, 0, mapping->nr_pages);
}

/* The entries' dirty bits go to the page first, and only then is the page's taken: a write in between keeps it. */
static bool clear_page_dirty_for_io(struct page *page)
{
	if (folio_mkclean(page))
		set_page_dirty(page);
	return machine_atomic_cmpxchg(&page->dirty, 1, 0);
}

void writeback(struct address_space *mapping, unsigned int index)
{
	struct page *page = find_get_page(mapping, index);

	if (!page)
		return;
	lock_page(page);
	if (page->mapping == mapping && machine_atomic_read(&page->dirty) && clear_page_dirty_for_io(page))
		machine_disk_write(mapping->disk + index, page->frame);
	unlock_page(page);
	page_put(page);
}
