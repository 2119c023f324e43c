/* SPDX-License-Identifier: MIT */
/*
 * collapse.c - a table of small entries becomes one huge entry: the pages are copied behind each other.
 *
 *   1. The mmap lock and the VMA are locked for writing: no fault is in it, and none comes; the reverse map as well: who comes from a page waits until there
 *      is a table again.
 *   2. The table is taken out and flushed, with all that TLBs and walk caches have of it: from here on no program uses the pages.
 *   3. Each page is this entry's alone, and is copied. Or the table is put back.
 *   4. The huge entry stands; the old pages are given back, and the table behind a grace period.
 *
 * Lockless walkers (gup_fast(), spf.c) may be in the table all the time. Who takes a reference looks again at the path that led to the page, behind it; here
 * the path is cut, and references are counted behind that. So one of them sees the other, as is_alone() says. Linux waits
 * for the walkers besides (tlb_remove_table_sync_one(), 2ba99c5e0881), as its table is kept for a later split and is written to again; here it
 * is given back, and a wait for those who are in it would change nothing that the grace period does not.
 *
 * collapse_huge_page(), pmdp_collapse_flush(), pte_free_defer().
 */
#include <mm/mm.h>

struct collapse {
	struct vm_area_struct *vma;
	unsigned long start;
	pte_t *pmd;
	struct page *upper, *table, *huge;
};

static pte_t *entry_at(const struct collapse *c, unsigned int i)
{
	return &machine_frame_words(c->table->frame)[i];
}

/* Anonymous memory that all of one table maps, of which nothing is asked that goes by small entries. mmap lock held for writing. */
static bool is_suitable(const struct vm_area_struct *vma, unsigned long start)
{
	const unsigned int others = VM_SHARED | VM_GROWSDOWN | VM_UFFD_WP | VM_NUMA | VM_TRACKED;

	return vma && !vma->file && !(vma->vm_flags & others) && vma->tlb.start <= start &&
	       start + TABLE_SPAN <= vma->tlb.end;
}

/*
 * Nobody else has the page, not even the swap cache. Frozen and let go again: who takes a reference before that is counted; who takes one behind it reads the
 * count that is set here, and with it that the path is cut.
 */
static bool is_alone(struct page *page)
{
	bool alone = refcount_freeze(&page->refcount, 1);

	if (alone)
		refcount_set(&page->refcount, 1);
	return alone;
}

/* Page-table lock held. Nothing is there, or a page that nobody else has. */
static bool may_move(uint64_t word)
{
	bool alone = true;

	if (pte_none(word))
		return true;
	if (!pte_valid(word) || pte_special(word))
		return false;
	if (RULE(collapse_counts_references))
		alone = is_alone(frame_to_page(pte_frame(word)));
	return alone;
}

/* __collapse_huge_page_isolate(). The table is out, so no entry of it becomes another one. */
static bool may_move_all(const struct collapse *c)
{
	bool may = true;

	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++)
		may &= may_move(ptep_get(entry_at(c, i)));
	return may;
}

/* What is not there holds zeroes, as a new page does. __collapse_huge_page_copy(). */
static void copy_pages(const struct collapse *c)
{
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		uint64_t word = ptep_get(entry_at(c, i));

		if (!pte_none(word))
			copy_frame(c->huge[i].frame, pte_frame(word));
	}
}

/* Nobody finds the old pages any more. */
static void drop_pages(const struct collapse *c)
{
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		uint64_t word = ptep_get_and_clear(c->vma->vm_mm, entry_at(c, i));

		if (pte_none(word))
			continue;
		page_remove_rmap(frame_to_page(pte_frame(word)));
		page_put(frame_to_page(pte_frame(word)));
	}
}

/* The lock of the entry is held. Out, and in no TLB any more; walk caches included. */
static void take_table_out(const struct collapse *c)
{
	flush_cache_range(c->vma, c->start, c->start + TABLE_SPAN);
	ptep_get_and_clear(c->vma->vm_mm, c->pmd);
	if (RULE(collapse_flush))
		tlb_flush_range_tables(&c->vma->tlb, c->start, c->start + TABLE_SPAN);
}

/* Dirty: what it holds is nowhere else. What changed of the table's entries, and is not flushed, did so before the table was taken out. */
static void install(const struct collapse *c)
{
	const struct vm_area_struct *vma = c->vma;
	uint64_t bits = MACHINE_PTE_ACCESSED | MACHINE_PTE_DIRTY;

	bits |= vma->vm_flags & VM_WRITE ? MACHINE_PTE_WRITE : 0;
	bits |= vma->vm_flags & VM_EXEC ? MACHINE_PTE_EXEC : 0;
	huge_page_add_rmap(c->huge);
	set_pte(c->pmd, mk_pte(c->huge->frame, bits));
}

/* pte_free_defer(). */
static void free_table(struct page *table)
{
	if (RULE(collapse_table_waits)) {
		shootdown_defer_table(table);
		return;
	}
	table_free(table);
}

/* The VMA is locked for writing. The lock of the entry is held all the time: whoever is there without the VMA's waits for it. */
static void collapse_table(struct collapse *c)
{
	bool moves;

	/* First place of the rule, of a pair. */
	if (RULE(collapse_locks_rmap))
		anon_vma_lock_write(c->vma);
	pte_lock(c->upper);
	take_table_out(c);
	pte_lock(c->table);
	moves = may_move_all(c);
	if (moves) {
		copy_pages(c);
		drop_pages(c);
	}
	pte_unlock(c->table);
	if (moves)
		install(c);
	else
		hook_table(c->pmd, c->table);
	pte_unlock(c->upper);
	/* Second place of the rule: what was not locked is not unlocked. */
	if (RULE(collapse_locks_rmap))
		anon_vma_unlock_write(c->vma);
	if (moves)
		free_table(c->table);
	else
		huge_page_drop(c->huge);
}

/* mmap lock held for writing. */
static void collapse_vma(struct vm_area_struct *vma, unsigned long start)
{
	struct collapse c = { .vma = vma, .start = start };
	struct mmu_notifier_range range;
	uint64_t word;

	if (RULE(collapse_locks_vma))
		vma_start_write(vma);
	c.pmd = pmd_lookup(vma->vm_mm, start, &c.upper);
	word = c.pmd ? ptep_get(c.pmd) : 0;
	if (!pmd_table(word))
		return;
	c.table = frame_to_page(pte_frame(word));
	c.huge = huge_page_alloc(vma, start);
	if (!c.huge)
		return;
	/* From here on there may be huge entries in it; who reads that has the VMA. */
	vma_set_flags(vma, vma->vm_flags | VM_HUGE, 0);
	range_start(&range, MMU_NOTIFY_CLEAR, vma->vm_mm, start, start + TABLE_SPAN);
	collapse_table(&c);
	range_end(&range);
}

/* `collapse A`: what the table of @address maps, if that can be one page, and conclusion 2 holds. */
void collapse(struct mm_struct *mm, unsigned long address)
{
	unsigned long start = address & ~(TABLE_SPAN - 1);
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	vma = find_vma(mm, start);
	if (flush_ends_walks() && is_suitable(vma, start))
		collapse_vma(vma, start);
	mmap_write_unlock(mm);
}
