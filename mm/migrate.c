/* SPDX-License-Identifier: MIT */
/*
 * migrate.c - move a page to another frame, while programs have it mapped.
 *
 *   1. Every entry becomes a migration entry, which is not present: who faults there waits for the page lock.
 *   2. One flush: from here on nobody reads or writes the page.
 *   3. Nobody else may have a reference, or the entries are put back.
 *   4. Copy; the caches and the entries lead to the new page; the old one is freed.
 *
 * The reverse map is walked twice, and not locked in between. What is not present may be moved or copied meanwhile as any other entry, and what is copied
 * stands behind its original in the reverse map, so the second walk meets each mark. Where a walk could miss one, the reverse map is locked
 * (anon.c, conclusion 3): a mark that stays is a fault that waits for ever.
 *
 * migrate_folio_unmap(), migrate_folio_move() and remove_migration_ptes() of Linux.
 */
#include <mm/hugetlb.h>
#include <mm/rmap.h>

/*
 * What the entry said of rights stays in it, and which page it is about. Dirty goes to the page, young is forgotten: the entry is made
 * young again when it is put back.
 */
static uint64_t mk_migration(const struct page *page, uint64_t word)
{
	return (uint64_t)page->frame << MACHINE_PTE_FRAME_SHIFT | PTE_MIGRATION |
	       (word & (MACHINE_PTE_WRITE | MACHINE_PTE_EXEC)) | pte_marks_of(word);
}

/* try_to_migrate_one(), with the flush deferred. */
static bool try_to_migrate_one(struct rmap_walk *walk, const struct rmap_entry *at)
{
	struct page *page = walk->page;

	if (!maps_page(ptep_get(at->pte), page))
		return true;
	set_pte(at->pte, mk_migration(page, ptep_clear_deferred(walk, at)));
	page_remove_rmap(page);
	page_put(page);
	return true;
}

/* Entries that wait for walk->old lead to walk->page; no flush, they were not present. remove_migration_pte(). */
static bool remove_migration_one(struct rmap_walk *walk, const struct rmap_entry *at)
{
	uint64_t word = ptep_get(at->pte), bits;

	if (!pte_migration(word) || pte_number(word) != walk->old->frame)
		return true;
	/* Of one that it is, this is the only entry, and its lock is held. */
	if (walk->old->exclusive)
		walk->page->exclusive = true;
	page_get(walk->page);
	page_add_rmap(walk->page);
	bits = (word & (MACHINE_PTE_WRITE | MACHINE_PTE_EXEC)) | pte_marks_again(word);
	set_pte(at->pte, pte_mkyoung(mk_pte(walk->page->frame, bits)));
	return true;
}

/* In whatever VMAs there are now: since the first walk marks may have been moved, and copied. */
static void remove_migration_ptes(struct page *old, struct page *page)
{
	struct rmap_walk walk = { .page = page, .old = old, .one = remove_migration_one };

	rmap_walk(&walk);
}

/* Of the cache's lock holder: @new is where @old was, with the cache's reference. */
static void replace_in_cache(const struct page *old, struct page *new)
{
	new->mapping = old->mapping;
	new->anon_vma = old->anon_vma;
	new->index = old->index;
	new->slot = old->slot;
	if (old->mapping)
		old->mapping->pages[old->index] = new;
	else if (old->slot != PAGE_NO_SLOT)
		mm_globals()->slots[old->slot].page = new;
	else
		return;
	page_get(new);
}

/* How many references there are besides those of entries, the caller's included. */
static int expected_refs(const struct page *page)
{
	return 1 + (page->mapping || page->slot != PAGE_NO_SLOT);
}

/*
 * Both pages locked, nothing maps @old and no TLB has it. True: @new is the page, and nobody has a reference to @old. Else all is as it was.
 * folio_migrate_mapping(): freeze, then copy.
 */
static bool move_to(struct page *old, struct page *new)
{
	spinlock_t *lock = old->mapping ? &old->mapping->i_pages : &mm_globals()->swap_lock;
	bool moved;

	spin_lock(lock);
	moved = refcount_freeze(&old->refcount, expected_refs(old));
	if (moved) {
		copy_frame(new->frame, old->frame);
		replace_in_cache(old, new);
		if (__atomic_load_n(&old->dirty, __ATOMIC_RELAXED))
			set_page_dirty(new);
	}
	spin_unlock(lock);
	return moved;
}

/* Page lock held; dropped, with the reference. */
static void migrate_locked(struct task *task, struct page *old, struct page *new, void *owner)
{
	struct rmap_walk unmap = {
		.page = old, .task = task, .one = try_to_migrate_one, .clears = true, .owner = owner
	};
	bool moved;

	rmap_walk(&unmap);
	if (RULE(migrate_flush_before_copy))
		try_to_unmap_flush(task);
	lock_page(new);
	moved = !page_mapped(old) && move_to(old, new);
	remove_migration_ptes(old, moved ? new : old);
	unlock_page(new);
	unlock_page(old);
	if (task->unmap.nr)
		try_to_unmap_flush(task);
	if (moved)
		page_free(old);
	else
		page_put(old);
	page_put(new);
}

/*
 * The page that @address maps now. Nothing if somebody has it locked, or uses it in another way than through an entry, or if there is no other.
 * @owner: who moves it, of those who are told of it; or NULL.
 */
void migrate(struct task *task, struct mm_struct *mm, unsigned long address, void *owner)
{
	struct page *page, *new = NULL;

	if (migrate_hugetlb(mm, address))
		return;
	page = isolate_page(mm, address);
	if (!page)
		return;
	if (!trylock_page(page)) {
		page_put(page);
		return;
	}
	if (page->anon_vma || page->mapping)
		new = page_alloc();
	if (new) {
		migrate_locked(task, page, new, owner);
		return;
	}
	unlock_page(page);
	page_put(page);
}

/*
 * A fault has found a migration entry that leads to @frame: until its page is unlocked, and no longer. Without a reference, which would be
 * one too many for who moves the page; what is waited for is the frame's, whatever page is in it by then. migration_entry_wait().
 */
void migration_entry_wait(int frame)
{
	struct page *page = frame_to_page(frame);

	do {
		machine_wait(&page->lock.count, MACHINE_EQUAL, 0);
	} while (__atomic_load_n(&page->lock.count, __ATOMIC_RELAXED));
}
