/* SPDX-License-Identifier: MIT */
/*
 * filemap.c - the page cache: truncate a file, write a page back.
 *
 * Both meet faults on the same page. The page lock keeps them apart: a fault holds it from its look at page->mapping to the
 * store of the entry, so truncate finds either no entry or one that the reverse map counts, and writeback never cleans a
 * page that is just being made writable.
 */
#include <mm/hugetlb.h>

/* With a reference of the caller's; NULL: truncated, or a driver's page. */
struct page *find_get_page(struct address_space *mapping, unsigned int index)
{
	struct page *page;

	shootdown_assert(index < mapping->nr_pages, "find_get_page: a page of the file");
	spin_lock(&mapping->i_pages);
	page = mapping->pages[index];
	if (page)
		page_get(page);
	spin_unlock(&mapping->i_pages);
	return page;
}

/*
 *A page that reclaim has taken, read from disk into the cache again, if nobody was faster. False: the file has ended meanwhile. The
 * cache's reference is the one that page_alloc() gives.
 */
bool read_page(struct address_space *mapping, unsigned int index)
{
	bool added = false;
	struct page *page;

	/* The cache's lock, under which it had no page, shows that truncate has been there, if that is why. */
	if (index >= __atomic_load_n(&mapping->size, __ATOMIC_RELAXED))
		return false;
	page = page_alloc();
	if (!page)
		return false;
	page->mapping = mapping;
	page->index = index;
	spin_lock(&mapping->i_pages);
	if (!mapping->pages[index] && index < __atomic_load_n(&mapping->size, __ATOMIC_RELAXED)) {
		frame_write(page->frame, mapping->disk[index]);
		mapping->pages[index] = page;
		added = true;
	}
	spin_unlock(&mapping->i_pages);
	if (!added)
		page_put(page);
	return true;
}

/*
 * Page lock held. No entry is left, and none will come; but a gather that took some away may not have flushed them. It waits for nobody
 * but other CPUs, which answer.
 */
static void wait_until_unmapped(const struct page *page)
{
	while (page_mapped(page))
		machine_wait(&page->mapcount, MACHINE_EQUAL, 0);
}

/*
 * Out of the cache for good. Page lock held, so no fault can map it again; who did before is found
 * by the map count. The map count is asked under the page lock: a fault raises it under the same
 * lock, so 0 means that nobody will map the page any more. As in Linux, where filemap_unaccount_folio() finds
 * a page that is still mapped to be a bug; truncate_cleanup_folio() unmaps it before.
 */
static void delete_from_page_cache(struct address_space *mapping, struct page *page)
{
	shootdown_assert(page->mapping == mapping, "delete_from_page_cache: of a page in it");
	if (page_mapped(page))
		unmap_mapping_range(mapping, page->index, file_step(mapping));
	wait_until_unmapped(page);
	shootdown_assert(!page_mapped(page), "delete_from_page_cache: of a page that nobody maps");
	spin_lock(&mapping->i_pages);
	mapping->pages[page->index] = NULL;
	spin_unlock(&mapping->i_pages);
	page->mapping = NULL;
	if (is_hugetlb_file(mapping))
		huge_page_drop(page);
	else
		page_put(page);
}

/*
 * To no pages at all. The size first: faults from here on find the file's end. Then the entries that there are, all at once.
 * A fault that had found its page before the size changed is caught page by page, under the page lock.
 *
 * As in Linux, with unmap_mapping_range() before and after: i_size alone does not stop a fault that
 * has read it already. So its store has no order: a fault that reads the old size is like one that has read it.
 */
struct mm_ranges truncate_pagecache(struct address_space *mapping)
{
	struct mm_ranges found;

	__atomic_store_n(&mapping->size, 0, __ATOMIC_RELAXED);
	found = unmap_mapping_range(mapping, 0, mapping->nr_pages);
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
	if (RULE(truncate_unmap_again))
		unmap_mapping_range(mapping, 0, mapping->nr_pages);
	return found;
}

/*
 * The entries' dirty bits go to the page first, and only then is the page's taken: a write in
 * between keeps it. folio_clear_dirty_for_io() has the same two steps. The other way round a write
 * between them would be in neither: the page was clean already, and the entry's bit goes to a page
 * that nobody asks again.
 *
 * An acquire, for the release in set_page_dirty(): what was written before the page was made dirty is what goes to disk.
 */
static bool clear_page_dirty_for_io(struct page *page)
{
	if (folio_mkclean(page))
		set_page_dirty(page);
	return __atomic_exchange_n(&page->dirty, false, __ATOMIC_ACQUIRE);
}

static bool is_dirty(const struct page *page)
{
	return __atomic_load_n(&page->dirty, __ATOMIC_RELAXED);
}

/*
 * Page lock held. A write that comes later than the copy to disk makes the page dirty again. When the disk has it is seen by who asks without the lock; so
 * the store is an access of its own.
 */
static void write_page(struct address_space *mapping, struct page *page)
{
	if (is_dirty(page) && clear_page_dirty_for_io(page))
		__atomic_store_n(&mapping->disk[page->index], frame_read(page->frame), __ATOMIC_RELAXED);
}

static uint64_t read_disk(const struct address_space *mapping, unsigned int index)
{
	return __atomic_load_n(&mapping->disk[index], __ATOMIC_RELAXED);
}

/* Nothing if the page is gone or clean. */
void writeback(struct address_space *mapping, unsigned int index)
{
	struct page *page = find_get_page(mapping, index);

	if (!page)
		return;
	lock_page(page);
	if (page->mapping == mapping)
		write_page(mapping, page);
	unlock_page(page);
	page_put(page);
}

/*
 * With the page lock whoever was writing the page out is done: he has made it clean before what it holds is on disk, so a page that is
 * clean without the lock may be on its way. filemap_fdatawait_range() of Linux, where another flag says that.
 */
static bool may_be_on_its_way(const struct page *page)
{
	return RULE(fsync_waits) || is_dirty(page);
}

static void fsync_page(struct address_space *mapping, struct page *page, on_disk_fn *on_disk, void *arg)
{
	if (!may_be_on_its_way(page)) {
		on_disk(arg, page->index, read_disk(mapping, page->index));
		return;
	}
	lock_page(page);
	if (page->mapping == mapping) {
		write_page(mapping, page);
		on_disk(arg, page->index, read_disk(mapping, page->index));
	}
	unlock_page(page);
}

/* What has left the cache was written before, by reclaim; or it is behind the end of the file. */
static void fsync_absent(struct address_space *mapping, unsigned int index, on_disk_fn *on_disk, void *arg)
{
	spin_lock(&mapping->i_pages);
	if (!mapping->pages[index] && index < __atomic_load_n(&mapping->size, __ATOMIC_RELAXED))
		on_disk(arg, index, read_disk(mapping, index));
	spin_unlock(&mapping->i_pages);
}

/* A driver's pages have no disk. vfs_fsync_range(), file_write_and_wait_range() of Linux. */
void fsync_range(struct address_space *mapping, unsigned int first, unsigned int nr, on_disk_fn *on_disk, void *arg)
{
	for (unsigned int i = first; i < first + nr; i++) {
		struct page *page;

		if (driver_owns(mapping, i))
			continue;
		page = find_get_page(mapping, i);
		if (page) {
			fsync_page(mapping, page, on_disk, arg);
			page_put(page);
		} else {
			fsync_absent(mapping, i, on_disk, arg);
		}
	}
}
