/* SPDX-License-Identifier: MIT */
/* rmap.c - from a file's pages to the entries that map them: clean them, take them away. */
#include <mm/mm.h>

static unsigned int vma_pages(const struct vm_area_struct *vma)
{
	return (unsigned int)((vma->tlb.end - vma->tlb.start) / PAGE_SIZE);
}

static uint64_t ptep_clear_flush(struct vm_area_struct *vma, machine_pte *pte, unsigned long address)
{
	uint64_t word = machine_pte_xchg(pte, 0);

	tlb_flush_page(&vma->tlb, address);
	return word;
}

/*
 * Make one entry read-only and clean. The page-table lock is taken even to find nothing: a zap that has cleared the entry
 * keeps the lock until its flush is done.
 */
static bool page_mkclean_one(struct vm_area_struct *vma, struct page *page)
{
	unsigned long address = vma->tlb.start + (page->index - vma->pgoff) * PAGE_SIZE;
	struct page *table;
	machine_pte *pte = pte_lookup(vma->vm_mm, address, &table);
	uint64_t word;
	bool cleaned = false;

	if (!pte)
		return false;
	pte_lock(table);
	word = machine_pte_read(pte);
	if (word & MACHINE_PTE_PRESENT && word >> MACHINE_PTE_FRAME_SHIFT == (uint64_t)page->frame &&
	    word & (MACHINE_PTE_DIRTY | MACHINE_PTE_WRITE)) {
		word = RULE(mkclean_flush) ? ptep_clear_flush(vma, pte, address) : machine_pte_xchg(pte, 0);
		cleaned = word & MACHINE_PTE_DIRTY;
		machine_pte_set(pte, word & ~(MACHINE_PTE_DIRTY | MACHINE_PTE_WRITE));
	}
	pte_unlock(table);
	return cleaned;
}

/* Page lock held. True: some entry was dirty. On return nobody can write to the page without a fault. */
bool folio_mkclean(struct page *page)
{
	struct address_space *mapping = page->mapping;
	bool cleaned = false;

	if (!machine_atomic_read(&page->mapcount))
		return false;
	machine_down_read(&mapping->i_mmap_rwsem);
	for (struct vm_area_struct *vma = mapping->i_mmap; vma; vma = vma->i_mmap_next) {
		if (vma->vm_flags & VM_SHARED && page->index >= vma->pgoff && page->index < vma->pgoff + vma_pages(vma))
			cleaned |= page_mkclean_one(vma, page);
	}
	machine_up_read(&mapping->i_mmap_rwsem);
	return cleaned;
}

/*
 * Pages [first, first + nr) of the file leave every address space. On return no TLB maps them, whatever munmap does
 * meanwhile: it unlinks a VMA only when its own flush is done.
 */
void unmap_mapping_range(struct address_space *mapping, unsigned int first, unsigned int nr)
{
	machine_down_read(&mapping->i_mmap_rwsem);
	for (struct vm_area_struct *vma = mapping->i_mmap; vma; vma = vma->i_mmap_next) {
		unsigned int from = first > vma->pgoff ? first : vma->pgoff;
		unsigned int to = first + nr < vma->pgoff + vma_pages(vma) ? first + nr : vma->pgoff + vma_pages(vma);

		if (from < to)
			zap_page_range_single(vma, vma->tlb.start + (from - vma->pgoff) * PAGE_SIZE,
					      vma->tlb.start + (to - vma->pgoff) * PAGE_SIZE);
	}
	machine_up_read(&mapping->i_mmap_rwsem);
}
