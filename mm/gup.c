/* SPDX-License-Identifier: MIT */
/* gup.c - get_user_pages(): a reference to the page behind an address, with the locks or without any. */
#include <mm/mm.h>

static struct page *allowed_page(uint64_t word, bool write)
{
	if (!(word & MACHINE_PTE_PRESENT) || word & MACHINE_PTE_SPECIAL || (write && !(word & MACHINE_PTE_WRITE)))
		return NULL;
	return frame_to_page((int)(word >> MACHINE_PTE_FRAME_SHIFT));
}

/* mmap lock held: a munmap that has let others read meanwhile frees the tables of a VMA that is no longer found. */
/* *@never: no fault will help, the page is a driver's and has no reference to take. */
static struct page *follow_page(struct mm_struct *mm, unsigned long address, bool write, bool *never)
{
	struct vm_area_struct *vma = vma_lookup(mm, address);
	struct page *table, *page;
	machine_pte *pte;
	uint64_t word;

	if (!vma || vma->tlb.start > address)
		return NULL;
	pte = pte_lookup(mm, address, &table);
	if (!pte)
		return NULL;
	pte_lock(table);
	word = machine_pte_read(pte);
	*never = word & MACHINE_PTE_PRESENT && word & MACHINE_PTE_SPECIAL;
	page = allowed_page(word, write);
	if (page)
		page_get(page);
	pte_unlock(table);
	return page;
}

struct page *gup(struct mm_struct *mm, unsigned long address, bool write)
{
	struct page *page = NULL;
	bool never = false;

	for (;;) {
		machine_down_read(&mm->mmap_lock);
		page = follow_page(mm, address, write, &never);
		machine_up_read(&mm->mmap_lock);
		if (page || never || !handle_mm_fault(address, write ? MACHINE_STORE : MACHINE_LOAD))
			return page;
	}
}

/*
 * Without locks. Interrupts are off from the first table read to the last, so that no table on the way is freed; the page
 * itself may be, until the reference is ours, so the entry is read again.
 */
static struct page *gup_fast_walk(struct mm_struct *mm, unsigned long address, bool write)
{
	struct page *table, *page;
	machine_pte *pte = pte_lookup(mm, address, &table);
	uint64_t word;

	if (!pte)
		return NULL;
	word = machine_pte_read(pte);
	page = allowed_page(word, write);
	if (!page || !page_try_get(page))
		return NULL;
	if (!RULE(gup_fast_recheck) || (pte_lookup(mm, address, &table) == pte && machine_pte_read(pte) == word))
		return page;
	page_put(page);
	return NULL;
}

struct page *gup_fast(struct mm_struct *mm, unsigned long address, bool write)
{
	struct page *page;
	unsigned long flags;

	if (!machine_arch()->gup_fast)
		return NULL;
	if (!RULE(gup_fast_irqs_off))
		return gup_fast_walk(mm, address, write);
	flags = machine_irq_save();
	page = gup_fast_walk(mm, address, write);
	machine_irq_restore(flags);
	return page;
}

void gup_put(struct page *page, bool wrote)
{
	if (wrote)
		set_page_dirty(page);
	page_put(page);
}
