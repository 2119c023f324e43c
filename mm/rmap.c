/* SPDX-License-Identifier: MIT */
/*
 * rmap.c - from a file's pages to the entries that map them: clean them, take them away.
 *
 * Who walks here holds the file's i_mmap_rwsem, and neither the mmap lock nor a VMA's: a VMA is in the list from before
 * its first entry until after its last flush, and its tables are freed only when it is out. Its entries may come and go
 * meanwhile; the page-table lock says what is there.
 */
#include <mm/mm.h>

static unsigned int vma_pages(const struct vm_area_struct *vma)
{
	return (unsigned int)((vma->tlb.end - vma->tlb.start) / PAGE_SIZE);
}

/*
 * Where page @index of the file stands in @vma, which maps it. Of a VMA that maps a file .pgoff and
 * the range change under i_mmap_rwsem for writing only, so they fit each other here.
 */
static unsigned long vma_address(const struct vm_area_struct *vma, unsigned int index)
{
	shootdown_assert(index >= vma->pgoff && index - vma->pgoff < vma_pages(vma), "vma_address: a page of the VMA");
	return vma->tlb.start + (index - vma->pgoff) * PAGE_SIZE;
}

static bool maps_page(uint64_t word, const struct page *page)
{
	return pte_present(word) && !pte_special(word) && pte_frame(word) == page->frame;
}

/*
 * Make one entry read-only and clean. The page-table lock is taken even to find nothing: a zap that has cleared the entry
 * keeps the lock until its flush is done.
 */
static bool page_mkclean_one(struct vm_area_struct *vma, struct page *page)
{
	unsigned long address = vma_address(vma, page->index);
	struct page *table;
	pte_t *pte = pte_lookup(vma->vm_mm, address, &table);
	uint64_t word;
	bool cleaned = false;

	if (!pte)
		return false;
	pte_lock(table);
	word = ptep_get(pte);
	if (maps_page(word, page) && (pte_dirty(word) || pte_write(word))) {
		word = ptep_get_and_clear(pte);
		/* As long as some TLB holds it writable and dirty, writes go on without setting dirty in the table again. */
		if (RULE(mkclean_flush))
			tlb_flush_page(&vma->tlb, address);
		cleaned = pte_dirty(word);
		set_pte(pte, pte_wrprotect_clean(word));
	}
	pte_unlock(table);
	return cleaned;
}

/*
 * Page lock held. True: some entry was dirty. On return nobody can write to the page without a
 * fault. Private mappings are left out: they cannot write to this page. Linux's page_mkclean_one()
 * brackets each change by an mmu notifier; there are no devices here.
 */
bool folio_mkclean(struct page *page)
{
	struct address_space *mapping = page->mapping;
	bool cleaned = false;

	shootdown_assert(mapping, "folio_mkclean: of a page that its file still has");
	if (!page_mapped(page))
		return false;
	down_read(&mapping->i_mmap_rwsem);
	for (struct vm_area_struct *vma = mapping->i_mmap; vma; vma = vma->i_mmap_next) {
		if (vma->vm_flags & VM_SHARED && page->index >= vma->pgoff && page->index < vma->pgoff + vma_pages(vma))
			cleaned |= page_mkclean_one(vma, page);
	}
	up_read(&mapping->i_mmap_rwsem);
	return cleaned;
}

/*
 * Pages [first, first + nr) of the file leave every address space. On return no TLB maps them in the VMAs that are returned,
 * which are those that the file knew. One that munmap had unlinked is not among them: of a driver's pages nothing is mapped
 * there any more, as munmap unlinks such a VMA only when its own flush is done; a page that is counted may be read there
 * until that flush, and is not freed before.
 */
struct mm_ranges unmap_mapping_range(struct address_space *mapping, unsigned int first, unsigned int nr)
{
	struct mm_ranges found = { 0 };

	shootdown_assert(first + nr <= mapping->nr_pages, "unmap_mapping_range: pages of the file");
	down_read(&mapping->i_mmap_rwsem);
	for (struct vm_area_struct *vma = mapping->i_mmap; vma; vma = vma->i_mmap_next) {
		unsigned int from = first > vma->pgoff ? first : vma->pgoff;
		unsigned int to = first + nr < vma->pgoff + vma_pages(vma) ? first + nr : vma->pgoff + vma_pages(vma);

		if (from >= to)
			continue;
		zap_page_range_single(vma, vma_address(vma, from), vma_address(vma, to - 1) + PAGE_SIZE);
		add_range_of(&found, vma->vm_mm, vma_address(vma, from), vma_address(vma, to - 1) + PAGE_SIZE);
	}
	up_read(&mapping->i_mmap_rwsem);
	return found;
}
