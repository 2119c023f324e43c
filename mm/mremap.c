/* SPDX-License-Identifier: MIT */
/*
 * mremap.c - move a mapping to another address: its entries, or whole tables of them.
 *
 * The mmap lock and both VMAs are held for writing, so no fault is at the old place or the new one. Who comes by the reverse map may be. It comes
 * to the old place first, as the new VMA stands behind the old one, and finds each entry there or at the new place: no lock but those of the two
 * tables is needed. It may be on its way to the table itself, however, by the old address; so a table moves under the lock of the reverse map
 * for writing, be it the file's or that of anonymous pages.
 *
 * A move takes no reference: the moment the new entry's page-table lock is dropped somebody may take the page away there and free it. So
 * no TLB may hold the old place by then. What others have taken away at the old place, and not flushed, is not there any more to be moved; the
 * gather that takes the old place down at the end finds them counted, and flushes for them. Linux asks for each table instead
 * (flush_tlb_batched_pending()).
 *
 * move_vma(), move_page_tables(), move_ptes() and move_normal_pmd() of Linux.
 */
#include <mm/hugetlb.h>

/* From @old up to @old_end, and to @new: one of the parts that a call moves at once; it lies in one table on both sides. */
struct move {
	struct vm_area_struct *from, *to;
	unsigned long old, old_end, new;
};

static void lock_both(struct page *a, struct page *b)
{
	pte_lock(a);
	if (a != b)
		pte_lock(b);
}

static void unlock_both(struct page *a, struct page *b)
{
	if (a != b)
		pte_unlock(b);
	pte_unlock(a);
}

/* Locked entries. True: one of them was present. */
static bool move_entries(struct mm_struct *mm, pte_t *from, pte_t *to, unsigned long nr)
{
	bool present = false;

	for (; nr; nr--, from++, to++) {
		uint64_t word = ptep_get(from);

		if (pte_none(word))
			continue;
		word = ptep_get_and_clear(mm, from);
		present |= pte_present(word);
		set_pte(to, word);
	}
	return present;
}

static void move_ptes(const struct move *m)
{
	struct page *old_table, *new_table;
	pte_t *from = pte_lookup(m->from->vm_mm, m->old, &old_table), *to;
	bool present;

	if (!from)
		return;
	to = pte_alloc(m->to->vm_mm, m->new, &new_table);
	shootdown_assert(to, "move_ptes: memory for a table");
	lock_both(old_table, new_table);
	present = move_entries(m->from->vm_mm, from, to, (m->old_end - m->old) / PAGE_SIZE);
	/* Second place of the rule: the first is of the stack that exec moves. */
	if (present && RULE(move_flush))
		tlb_flush_range(&m->from->tlb, m->old, m->old_end);
	unlock_both(old_table, new_table);
}

/* ---- by table ---- */

/* take_rmap_locks() */
static void rmap_write_lock(struct vm_area_struct *vma)
{
	/* First place of the rule; rmap_write_unlock() is the second. */
	if (RULE(move_rmap_lock)) {
		if (vma->file)
			down_write(&vma->file->i_mmap_rwsem);
		anon_vma_lock_write(vma);
	}
}

static void rmap_write_unlock(struct vm_area_struct *vma)
{
	/* Second place of the rule: what was not locked is not unlocked. */
	if (RULE(move_rmap_lock)) {
		anon_vma_unlock_write(vma);
		if (vma->file)
			up_write(&vma->file->i_mmap_rwsem);
	}
}

/* Both places are all that one table maps. CONFIG_HAVE_MOVE_PMD. */
static bool moves_table(const struct move *m)
{
	return !((m->old | m->new) & (TABLE_SPAN - 1)) && m->old_end - m->old == TABLE_SPAN && flush_ends_walks();
}

/*
 * The table as it is hangs where the new place is. False: there is a table at the new place already. Walks that have the path to it, or have
 * come to it by the old address, are over when the flush is.
 */
static bool move_table(const struct move *m)
{
	struct page *old_upper, *new_upper;
	pte_t *from = pmd_lookup(m->from->vm_mm, m->old, &old_upper);
	pte_t *to = pmd_alloc(m->to->vm_mm, m->new, &new_upper);
	bool moves;
	uint64_t word;

	if (!from || !to)
		return false;
	rmap_write_lock(m->from);
	lock_both(old_upper, new_upper);
	word = ptep_get(from);
	moves = pte_present(word) && pte_none(ptep_get(to));
	if (moves) {
		set_pte(from, 0);
		set_pte(to, word);
		if (RULE(move_table_flush))
			tlb_flush_range_tables(&m->from->tlb, m->old, m->old_end);
	}
	unlock_both(old_upper, new_upper);
	rmap_write_unlock(m->from);
	return moves;
}

/* ---- all of it ---- */

static void move_page_tables(struct vm_area_struct *from, struct vm_area_struct *to)
{
	struct move m = { .from = from, .to = to, .old = from->tlb.start, .new = to->tlb.start };
	struct mmu_notifier_range range;

	flush_cache_range(from, from->tlb.start, from->tlb.end);
	range_start(&range, MMU_NOTIFY_UNMAP, from->vm_mm, from->tlb.start, from->tlb.end);
	for (; m.old < from->tlb.end; m.new += m.old_end - m.old, m.old = m.old_end) {
		unsigned long old = TABLE_SPAN - m.old % TABLE_SPAN, new = TABLE_SPAN - m.new % TABLE_SPAN;

		m.old_end = m.old + (old < new ? old : new);
		if (m.old_end > from->tlb.end)
			m.old_end = from->tlb.end;
		split_huge(from, m.old);
		if (!moves_table(&m) || !move_table(&m))
			move_ptes(&m);
	}
	range_end(&range);
}

/* mmap lock held for writing. NULL: what is there is not one VMA of that size, or may not stand at @new. */
static struct vm_area_struct *copy_vma(struct vm_area_struct *vma, unsigned long new)
{
	unsigned long size = vma->tlb.end - vma->tlb.start;
	struct vm_area_struct *copy = vma_create(vma->vm_mm, new, new + size, vma->vm_flags, vma->file, vma->pgoff);

	/* An anonymous page is looked for by where it was first. */
	copy->pgoff = vma->pgoff;
	if (has_colour(copy))
		return copy;
	vma_free(copy);
	return NULL;
}

static unsigned long address_space_end(void)
{
	return PAGE_SIZE << MACHINE_TABLE_BITS * machine_levels();
}

/*
 * The VMA that is [start, end) goes to @new, over whatever is there. What was at the old place cannot be used there any more; none: nothing
 * was moved, as to a place that overlaps or where it does not fit. MREMAP_MAYMOVE and MREMAP_FIXED, of the same size.
 */
struct mm_ranges do_mremap(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long new)
{
	unsigned long to_end = new + (end - start);
	struct mm_ranges ranges = { 0 };
	struct vm_area_struct *vma, *copy = NULL;

	if ((start < to_end && new < end) || to_end > address_space_end())
		return ranges;
	mmap_write_lock(mm);
	vma = find_vma(mm, start);
	if (vma && is_hugetlb(vma))
		machine_too_big("hugetlb mappings that move", 0);
	if (vma && vma->tlb.start == start && vma->tlb.end == end)
		copy = copy_vma(vma, new);
	if (copy) {
		unmap_locked(mm, new, to_end);
		vma_start_write(vma);
		vma_start_write(copy);
		anon_vma_clone(copy, vma);
		vma_link_file_after(copy, vma);
		vma_link(copy);
		move_page_tables(vma, copy);
		unmap_locked(mm, start, end);
		add_range(&ranges, start, end);
	}
	mmap_write_unlock(mm);
	return ranges;
}
