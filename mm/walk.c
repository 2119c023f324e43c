/* SPDX-License-Identifier: MIT */
/* walk.c - a range of a VMA, with a gather, for who takes entries away or changes them: table by table, or entry by entry. */
#include <mm/vector.h>

/*
 * [start, end), which is in @vma, between tlb_start_vma() and tlb_end_vma(), as flags of the VMA (executable, a driver's) belong to the flush of
 * its entries. Each table has a lock of its own, and none is held from one to the next: @fn walks the levels above again, which stay as
 * long as the VMA does. @fn gets ranges that lie in one table, and @arg as it is.
 */
void walk_tables(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end,
		 table_fn *fn, const void *arg)
{
	shootdown_assert(!(start & ~PAGE_MASK) && !(end & ~PAGE_MASK), "walk_tables: whole pages");
	for (unsigned long next; start < end; start = next) {
		next = (start & ~(TABLE_SPAN - 1)) + TABLE_SPAN;
		if (next > end)
			next = end;
		fn(tlb, vma, start, next, arg);
	}
}

/* [start, end), cut to @vma, as the one range of it. */
void walk_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end, table_fn *fn,
	      const void *arg)
{
	if (start < vma->tlb.start)
		start = vma->tlb.start;
	if (end > vma->tlb.end)
		end = vma->tlb.end;
	if (start >= end)
		return;
	tlb_start_vma(tlb, &vma->tlb);
	walk_tables(tlb, vma, start, end, fn, arg);
	tlb_end_vma(tlb, &vma->tlb);
}

struct entries {
	entry_fn *fn;
	enum tlb_lost lost;
	const void *arg;
};

static void change_table(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end,
			 const void *arg)
{
	const struct entries *entries = arg;
	struct page *table;
	pte_t *pte = pte_lookup_split(vma, addr, &table);

	if (!pte)
		return;
	tlb_change_page_size(tlb, PAGE_SIZE);
	pte_lock(table);
	tlb_look(tlb, &table->changes, TLB_LOST_RIGHTS, addr, end);
	for (; addr < end; addr += PAGE_SIZE, pte++) {
		if (entries->fn(tlb, vma, addr, pte, entries->arg))
			tlb_mark(tlb, &table->changes, entries->lost);
	}
	pte_unlock(table);
}

/*
 * Each entry of [start, end), cut to @vma, under its page-table lock; what is huge is split. @fn says whether it has changed the entry and put it into the gather;
 * @lost, what it takes.
 */
void change_entries(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end,
		    enum tlb_lost lost, entry_fn *fn, const void *arg)
{
	const struct entries entries = { .fn = fn, .lost = lost, .arg = arg };

	walk_vma(tlb, vma, start, end, change_table, &entries);
}
