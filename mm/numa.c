/* SPDX-License-Identifier: MIT */
/*
 * numa.c - an access to a page that was hidden to see who uses it: it is shown again, or moves to where it is used.
 *
 * The page is hidden by change_prot_numa() (mprotect.c), which flushes at its end, under the mmap lock for reading. So a fault may come while
 * other CPUs still use what they hold of the entry: who moves the page on has to flush first, although hardware does not see it.
 */
#include <mm/fault.h>

/* Does the page move? To whoever uses it, if nobody else has it; Linux asks the policy and where the page is. */
static bool is_misplaced(const struct page *page)
{
	bool alone = page_is_held_by(page, 1);

	/* Who has pinned it may use it where it is, but writes to this one, wherever the entry leads. */
	if (RULE(numa_counts_pins))
		alone &= !page_maybe_pinned(page);
	return page->anon_vma && alone;
}

static uint64_t shown(const struct fault *f, int frame)
{
	const uint64_t stays = MACHINE_PTE_EXEC | MACHINE_PTE_DIRTY | PTE_UFFD_WP | PTE_SOFT_DIRTY;

	return pte_mkyoung(mk_pte(frame, f->orig & stays));
}

/* As it was, but read-only: the next write finds out whether it needs a copy. Page-table lock held, dropped on return. */
void show_page(const struct fault *f)
{
	set_pte_at(f, shown(f, pte_frame(f->orig)));
	pte_unlock(f->table);
}

/*
 * migrate_misplaced_folio(), of which every step is here under the page-table lock: what the old entry said is gone from all TLBs, then the
 * page is copied, then the new one stands.
 */
static void migrate_page(const struct fault *f, struct page *old, struct page *page)
{
	ptep_clear_flush(f->vma, f->address, f->table, f->pte);
	copy_frame(page->frame, old->frame);
	own_anonymously(f, page);
	page_add_rmap(page);
	set_pte_at(f, shown(f, page->frame));
	page_remove_rmap(old);
	pte_unlock(f->table);
	page_put(old);
}

bool do_numa_page(const struct fault *f)
{
	struct page *page = page_alloc(), *old;

	if (!page)
		return false;
	if (!lock_same(f)) {
		page_put(page);
		return try_again(f);
	}
	old = frame_to_page(pte_frame(f->orig));
	if (is_misplaced(old)) {
		migrate_page(f, old, page);
	} else {
		show_page(f);
		page_put(page);
	}
	return true;
}
