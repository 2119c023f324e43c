/* SPDX-License-Identifier: MIT */
/* exec.c - exec moves the new program's stack down to where it belongs: entries first, then the tables left behind. */
#include <mm/mm.h>

#define TABLE_SPAN (PAGE_SIZE * MACHINE_TABLE_ENTRIES)

/* The entries of [old, old + PAGE_SIZE) to @new; a move owns no reference, so the flush comes before either unlock. */
static void move_pte(struct vm_area_struct *vma, unsigned long old, unsigned long new)
{
	struct page *old_table, *new_table;
	machine_pte *from = pte_lookup(vma->vm_mm, old, &old_table), *to;
	uint64_t word;

	if (!from || !(machine_pte_read(from) & MACHINE_PTE_PRESENT))
		return;
	to = pte_lookup(vma->vm_mm, new, &new_table);
	shootdown_assert(to && old_table != new_table, "move_pte: between two tables that are there");
	pte_lock(old_table);
	pte_lock(new_table);
	word = machine_pte_xchg(from, 0);
	machine_pte_set(to, word);
	if (RULE(move_flush))
		tlb_flush_range(&vma->tlb, old, old + PAGE_SIZE);
	pte_unlock(new_table);
	pte_unlock(old_table);
}

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

/* Down by one table, so that the tables of its old place are all to be freed. False: no room below, no memory, or no stack there. */
bool shift_arg_pages(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	unsigned long start, end;
	bool fits;

	mmap_write_lock(mm);
	vma = vma_lookup(mm, address);
	fits = vma && vma->tlb.start <= address && vma->vm_flags & VM_GROWSDOWN && !vma->file &&
	       vma->tlb.start >= TABLE_SPAN && vma->tlb.end - vma->tlb.start <= TABLE_SPAN &&
	       vma_lookup(mm, vma->tlb.start - TABLE_SPAN) == vma;
	fits = fits && prepare_tables(mm, vma->tlb.start - TABLE_SPAN, vma->tlb.end - TABLE_SPAN);
	if (fits) {
		start = vma->tlb.start;
		end = vma->tlb.end;
		vma_start_write(vma);
		machine_store_release(vma->tlb.start, start - TABLE_SPAN);
		for (unsigned long at = start; at < end; at += PAGE_SIZE)
			move_pte(vma, at, at - TABLE_SPAN);
		free_left_behind(mm, start, end, end - TABLE_SPAN, vma->next ? vma->next->tlb.start : 0);
		machine_atomic_add_return(&mm->tree, 1);
		machine_store_release(vma->tlb.end, end - TABLE_SPAN);
	}
	mmap_write_unlock(mm);
	return fits;
}
