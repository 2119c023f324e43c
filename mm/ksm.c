/* SPDX-License-Identifier: MIT */
/*
 * ksm.c - two anonymous pages that hold the same become one, which both entries map read-only.
 *
 *   1. Both pages are locked, so reclaim and migration leave them alone.
 *   2. Each entry becomes read-only, and no TLB may write to the page by it: what is read-only already may be so for a moment only, as who made it so
 *      may not have flushed (userfaultfd). And nobody else may have the page, who could write to it by his reference.
 *   3. From here on a write is a fault, which makes a copy, or makes the entry another one. So what is compared stays the same for as long as the
 *      entry does, and that is asked again under its lock.
 *   4. The entry is cleared and flushed, and leads to the other page.
 *
 * The page that stays counts as mapped until both have let go of it: its reverse map leads to one of them. Linux has a reverse map of its own for such pages, and
 * finds them by what they hold, where here two are named.
 *
 * try_to_merge_one_page(), write_protect_page() and replace_page() of Linux.
 */
#include <mm/rmap.h>

/* A page, and the entry by which it was found. */
struct merged {
	struct vm_area_struct *vma;
	unsigned long address;
	struct page *page;
	struct page *table;
	pte_t *pte;
	uint64_t word; /* what the entry says, once it is write-protected */
};

/* mmap lock held. False: nothing anonymous is mapped there by a small entry, or somebody has the page locked. */
static bool find(struct mm_struct *mm, unsigned long address, struct merged *m)
{
	m->address = address;
	m->vma = find_vma(mm, address);
	m->page = isolate_page(mm, address);
	if (!m->page)
		return false;
	m->pte = pte_lookup(mm, address, &m->table);
	if (m->pte && m->page->anon_vma && trylock_page(m->page))
		return true;
	page_put(m->page);
	return false;
}

static void let_go(const struct merged *m)
{
	unlock_page(m->page);
	page_put(m->page);
}

/* Page-table lock held: may some TLB write by an entry that says @word, or somebody by a reference? */
static bool may_be_written(const struct merged *m, uint64_t word)
{
	/* Two gathers may have made it clean and read-only, the one after the other: madvise(MADV_FREE) and userfaultfd. */
	return pte_write(word) || pte_dirty(word) || page_maybe_pinned(m->page) ||
	       tlb_table_flush_pending(&m->vma->vm_mm->tlb, &m->table->changes, TLB_LOST_RIGHTS);
}

/* Behind the flush: the entry's references and ours are all there are. A reference that comes later finds the entry changed. */
static bool has_no_others(struct page *page)
{
	int ours = __atomic_load_n(&page->mapcount, __ATOMIC_RELAXED) + 1 + (page->slot != PAGE_NO_SLOT);
	bool alone = refcount_freeze(&page->refcount, ours);

	if (alone)
		refcount_set(&page->refcount, ours);
	return alone;
}

static void change_start(struct mmu_notifier_range *range, const struct merged *m)
{
	range_start(range, MMU_NOTIFY_CLEAR, m->vma->vm_mm, m->address, m->address + PAGE_SIZE);
}

/* False: it is not to be merged, and is as it was. */
static bool write_protect_page(struct merged *m)
{
	struct mmu_notifier_range range;
	bool may = true;
	uint64_t word;

	change_start(&range, m);
	pte_lock(m->table);
	word = ptep_get(m->pte);
	may = maps_page(word, m->page) && pte_valid(word);
	if (may && may_be_written(m, word)) {
		word = ptep_clear_flush(m->vma, m->address, m->table, m->pte);
		if (RULE(ksm_counts_references))
			may = has_no_others(m->page);
		if (may && pte_dirty(word)) {
			set_page_dirty(m->page);
			__atomic_store_n(&m->page->lazyfree, false, __ATOMIC_RELAXED);
		}
		if (may)
			word = pte_wrprotect_clean(word);
		set_pte(m->pte, word);
	}
	if (may)
		page_share(m->page);
	m->word = word;
	pte_unlock(m->table);
	range_end(&range);
	return may;
}

/* The entry of @from leads to the page of @to. */
static void replace_page(const struct merged *from, const struct merged *to)
{
	const uint64_t kept = MACHINE_PTE_EXEC | MACHINE_PTE_ACCESSED | PTE_UFFD_WP | PTE_SOFT_DIRTY;
	struct mmu_notifier_range range;
	bool same;

	change_start(&range, from);
	pte_lock(from->table);
	same = ptep_get(from->pte) == from->word;
	if (same) {
		page_get(to->page);
		page_add_rmap(to->page);
		/* It stands for another page from here on: what was given up of it is not. Linux makes it dirty, too. */
		set_page_dirty(to->page);
		ptep_clear_flush(from->vma, from->address, from->table, from->pte);
		set_pte(from->pte, mk_pte(to->page->frame, from->word & kept));
		page_remove_rmap(from->page);
	}
	pte_unlock(from->table);
	range_end(&range);
	if (same)
		page_put(from->page);
}

static void merge(struct merged *from, struct merged *to)
{
	if (write_protect_page(to) && write_protect_page(from) &&
	    frame_read(from->page->frame) == frame_read(to->page->frame))
		replace_page(from, to);
}

/* The page at @address becomes the one at @other, if they hold the same. */
void ksm(struct mm_struct *mm, unsigned long address, unsigned long other)
{
	struct merged from, to;

	down_read(&mm->mmap_lock);
	if (find(mm, other, &to)) {
		if (find(mm, address, &from)) {
			merge(&from, &to);
			let_go(&from);
		}
		let_go(&to);
	}
	up_read(&mm->mmap_lock);
}
