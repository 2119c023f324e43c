/* SPDX-License-Identifier: MIT */
/*
 * exec.c - exec moves the new program's stack down to where it belongs: entries first, then the tables left behind.
 *
 * The VMA is made to span both places before the first entry moves and is cut to the new one at the end, so that at every
 * moment each entry lies in a VMA. Its .pgoff stays what it was while its start goes down; so an anonymous page, whose
 * .index never changes, is looked for at its new place from the first step on. A page that has not moved yet would not be
 * found, so the reverse map is locked meanwhile; Linux calls such a VMA a temporary stack, and lets who moves pages skip it.
 */
#include <mm/mm.h>

/*
 * The entry of @old to @new. A move holds no reference to the page: the moment both locks are dropped somebody may take the
 * page away at its new place and free it, so no TLB may hold the old place by then.
 *
 * move_ptes() of Linux, which flushes the old range once before it drops the locks; here each entry
 * is flushed by itself, under both locks, which is the same promise for one entry.
 */
static void move_pte(struct vm_area_struct *vma, unsigned long old, unsigned long new)
{
	struct page *old_table, *new_table;
	pte_t *from = pte_lookup(vma->vm_mm, old, &old_table), *to;
	uint64_t word;

	if (!from || pte_none(ptep_get(from)))
		return;
	to = pte_lookup(vma->vm_mm, new, &new_table);
	shootdown_assert(to && old_table != new_table, "move_pte: between two tables that are there");
	pte_lock(old_table);
	pte_lock(new_table);
	word = ptep_get_and_clear(vma->vm_mm, from);
	shootdown_assert(!pte_present(word) || frame_to_page(pte_frame(word))->index == linear_page_index(vma, new),
			 "move_pte: to where the reverse map looks for the page");
	set_pte(to, word);
	/* First place of the rule: the second is mremap's. */
	if (RULE(move_flush))
		tlb_flush_range(&vma->tlb, old, old + PAGE_SIZE);
	pte_unlock(new_table);
	pte_unlock(old_table);
}

/*
 * Tables that only the old place needed: it belongs to no VMA any more, so the gather is given the
 * range itself. No entry is left in these tables, so what the gather has to flush are walk caches
 * alone.
 */
static void free_left_behind(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long floor,
			     unsigned long ceiling)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &mm->tlb);
	free_pgd_range(&tlb, start, end, floor, ceiling);
	tlb_finish_mmu(&tlb);
}

/* The tables of the new place, before the first entry moves: from there on nothing may fail. */
static bool prepare_tables(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct page *table;

	return pte_alloc(mm, start, &table) && pte_alloc(mm, end - PAGE_SIZE, &table);
}

/* The stack of @address, if it can go down by a table: it fits into one, and nothing is in its way. mmap lock held. */
static struct vm_area_struct *stack_to_shift(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = find_vma(mm, address);

	if (!vma || vma->tlb.start > address)
		return NULL;
	if (vma->file || !(vma->vm_flags & VM_GROWSDOWN))
		return NULL;
	if (vma->tlb.end - vma->tlb.start > TABLE_SPAN || vma->tlb.start < TABLE_SPAN)
		return NULL;
	return find_vma(mm, vma->tlb.start - TABLE_SPAN) == vma ? vma : NULL;
}

/*
 * mmap lock held for writing; the tables of the new place are there. The tables left behind may be shared with the VMA above
 * only: below them is the stack's new place, which ends where the floor is.
 */
static void shift_stack(struct vm_area_struct *vma)
{
	unsigned long start = vma->tlb.start, end = vma->tlb.end;
	struct mmu_notifier_range range;

	shootdown_assert(start >= TABLE_SPAN && end - start <= TABLE_SPAN,
			 "shift_stack: of what stack_to_shift() found");
	vma_start_write(vma);
	flush_cache_range(vma, start, end);
	/* move_page_tables(): of the old place. */
	range_start(&range, MMU_NOTIFY_UNMAP, vma->vm_mm, start, end);
	anon_vma_lock_write(vma);
	vma_set_range(vma, start - TABLE_SPAN, end);
	for (unsigned long at = start; at < end; at += PAGE_SIZE)
		move_pte(vma, at, at - TABLE_SPAN);
	vma_set_range(vma, start - TABLE_SPAN, end - TABLE_SPAN);
	anon_vma_unlock_write(vma);
	range_end(&range);
	free_left_behind(vma->vm_mm, start, end, end - TABLE_SPAN, vma->next ? vma->next->tlb.start : 0);
}

/*
 * Down by one table, so that the tables of its old place are all to be freed. Nothing is moved, and nothing covered, if no
 * stack is there, no room below it, or no memory for tables.
 *
 * relocate_vma_down() of Linux, by any distance; there the new program has no second thread yet.
 * Here others may run, and what they hold of the old place is what the flush is for.
 */
struct mm_ranges shift_arg_pages(struct mm_struct *mm, unsigned long address)
{
	struct mm_ranges ranges = { 0 };
	struct vm_area_struct *vma;
	bool fits;

	mmap_write_lock(mm);
	vma = stack_to_shift(mm, address);
	fits = vma && prepare_tables(mm, vma->tlb.start - TABLE_SPAN, vma->tlb.end - TABLE_SPAN);
	if (fits) {
		add_range(&ranges, vma->tlb.start, vma->tlb.end);
		shift_stack(vma);
	}
	mmap_write_unlock(mm);
	return ranges;
}
