/* SPDX-License-Identifier: MIT */
/* pgtable.c - page tables: find an entry, grow the tree, take it down. Level 0 is the last; the root is the top. */
#include <mm/mm.h>

static unsigned int level_shift(unsigned int level)
{
	return MACHINE_PAGE_SHIFT + MACHINE_TABLE_BITS * level;
}

static machine_pte *entry_of(int table, unsigned long address, unsigned int level)
{
	return &machine_table(table)[address >> level_shift(level) & (MACHINE_TABLE_ENTRIES - 1)];
}

static int entry_frame(uint64_t word)
{
	return (int)(word >> MACHINE_PTE_FRAME_SHIFT);
}

/* The last-level entry of @address and the table it is in; NULL where the tree ends early. Takes no lock. */
machine_pte *pte_lookup(struct mm_struct *mm, unsigned long address, struct page **table)
{
	int frame = mm->pgd;

	for (unsigned int level = machine_levels() - 1; level > 0; level--) {
		uint64_t word = machine_pte_read(entry_of(frame, address, level));

		if (!(word & MACHINE_PTE_PRESENT))
			return NULL;
		frame = entry_frame(word);
	}
	*table = frame_to_page(frame);
	return entry_of(frame, address, 0);
}

/* Hang a new table under @entry of @upper; somebody else's if he was faster. */
static int populate(struct page *upper, machine_pte *entry)
{
	struct page *table = table_alloc();
	uint64_t word;

	if (!table)
		return MACHINE_NO_FRAME;
	machine_spin_lock(&upper->ptl);
	word = machine_pte_read(entry);
	if (word & MACHINE_PTE_PRESENT) {
		machine_spin_unlock(&upper->ptl);
		table_free(table);
		return entry_frame(word);
	}
	machine_pte_set(entry,
			(uint64_t)table->frame << MACHINE_PTE_FRAME_SHIFT | MACHINE_PTE_PRESENT | MACHINE_PTE_TABLE);
	machine_spin_unlock(&upper->ptl);
	return table->frame;
}

machine_pte *pte_alloc(struct mm_struct *mm, unsigned long address, struct page **table)
{
	int frame = mm->pgd;

	for (unsigned int level = machine_levels() - 1; level > 0; level--) {
		machine_pte *entry = entry_of(frame, address, level);
		uint64_t word = machine_pte_read(entry);

		frame = word & MACHINE_PTE_PRESENT ? entry_frame(word) : populate(frame_to_page(frame), entry);
		if (frame == MACHINE_NO_FRAME)
			return NULL;
	}
	*table = frame_to_page(frame);
	return entry_of(frame, address, 0);
}

void pte_lock(struct page *table)
{
	machine_spin_lock(&table->ptl);
}

void pte_unlock(struct page *table)
{
	machine_spin_unlock(&table->ptl);
}

/* Would the child that covers [start, start + span) be missed by a neighbour? 0 as ceiling is the top. */
static bool child_is_ours(unsigned long start, unsigned long span, unsigned long floor, unsigned long ceiling)
{
	return start >= floor && (!ceiling || start + span <= ceiling);
}

/* Tables below @table, a table of @level >= 1, that [addr, end) alone needs. No lock: nobody can reach the range. */
static void free_level(struct mmu_gather *tlb, int table, unsigned int level, unsigned long addr, unsigned long end,
		       unsigned long floor, unsigned long ceiling)
{
	unsigned long span = 1ul << level_shift(level), next;

	for (; addr < end; addr = next) {
		machine_pte *entry = entry_of(table, addr, level);
		unsigned long start = addr & ~(span - 1);
		uint64_t word = machine_pte_read(entry);

		next = start + span < end ? start + span : end;
		if (!(word & MACHINE_PTE_PRESENT))
			continue;
		if (level > 1)
			free_level(tlb, entry_frame(word), level - 1, addr, next, floor, ceiling);
		if (RULE(floor_ceiling) && !child_is_ours(start, span, floor, ceiling))
			continue;
		machine_pte_set(entry, 0);
		tlb_free_table(tlb, level - 1, frame_to_page(entry_frame(word)), start);
	}
}

void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end, unsigned long floor,
		    unsigned long ceiling)
{
	tlb_change_page_size(tlb, PAGE_SIZE);
	free_level(tlb, vm_mm_of(tlb->mm)->pgd, machine_levels() - 1, addr, end, floor, ceiling);
}

/* Detached VMAs from @vma up to @end: out of the reverse map, then their tables. */
void free_pgtables(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long end, unsigned long floor,
		   unsigned long ceiling)
{
	tlb_free_vmas(tlb);
	for (struct vm_area_struct *next; vma && vma->tlb.start < end; vma = next) {
		unsigned long limit;

		next = vma->next;
		limit = next && next->tlb.start < end ? next->tlb.start : ceiling;
		/* Whoever finds the VMA through its file walks its tables with no other lock. */
		if (RULE(unlink_before_tables)) {
			unlink_file_vma(vma);
			free_pgd_range(tlb, vma->tlb.start, vma->tlb.end, floor, limit);
		} else {
			free_pgd_range(tlb, vma->tlb.start, vma->tlb.end, floor, limit);
			unlink_file_vma(vma);
		}
	}
}
