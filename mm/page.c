/* SPDX-License-Identifier: MIT */
/* page.c - pages: references, dirtiness, the page lock; and what the gather does with pages it has gathered. */
#include <mm/mm.h>

static struct page *page_init(int frame, enum page_state state)
{
	struct page *page = frame_to_page(frame);

	page->frame = frame;
	page->state = state;
	page->mapping = NULL;
	page->anon_vma = NULL;
	page->index = 0;
	machine_atomic_init(&page->refcount, 1);
	machine_atomic_init(&page->mapcount, 0);
	machine_atomic_init(&page->dirty, 0);
	return page;
}

struct page *page_alloc(void)
{
	int frame = machine_frame_alloc(MACHINE_FRAME_DATA);

	return frame == MACHINE_NO_FRAME ? NULL : page_init(frame, PAGE_DATA);
}

struct page *table_alloc(void)
{
	int frame = machine_frame_alloc(MACHINE_FRAME_TABLE);

	return frame == MACHINE_NO_FRAME ? NULL : page_init(frame, PAGE_TABLE);
}

/* For an owner of another kind, who will not give it back. */
void page_reuse(void)
{
	int frame = machine_frame_reuse();

	if (frame != MACHINE_NO_FRAME)
		page_init(frame, PAGE_DATA);
}

void page_put(struct page *page)
{
	long count = machine_atomic_add_return(&page->refcount, -1);

	shootdown_assert(count >= 0, "page_put: of a page with a reference");
	if (count)
		return;
	page->state = PAGE_UNUSED;
	machine_frame_free(page->frame);
}

/* A lockless walker may have taken a reference for the page that was in the frame before: it goes with the last one. */
void table_free(struct page *table)
{
	shootdown_assert(table->state == PAGE_TABLE, "table_free: of a table");
	page_put(table);
}

void page_get(struct page *page)
{
	machine_atomic_add(&page->refcount, 1);
}

/* A reference for a walker that holds no lock: none, if the page is already on its way back. */
bool page_try_get(struct page *page)
{
	long count = machine_atomic_read(&page->refcount);

	while (count > 0) {
		if (machine_atomic_cmpxchg(&page->refcount, count, count + 1))
			return true;
		count = machine_atomic_read(&page->refcount);
	}
	return false;
}

void set_page_dirty(struct page *page)
{
	machine_atomic_set(&page->dirty, 1);
}

void lock_page(struct page *page)
{
	machine_down_write(&page->lock);
}

void unlock_page(struct page *page)
{
	machine_up_write(&page->lock);
}

void page_add_rmap(struct page *page)
{
	machine_atomic_add(&page->mapcount, 1);
}

void page_remove_rmap(struct page *page)
{
	machine_atomic_add(&page->mapcount, -1);
}
