/* SPDX-License-Identifier: MIT */
/*
 * rmap.c - from pages to the entries that map them: clean them, take them away.
 *
 * Who walks here holds the file's i_mmap_rwsem, or the lock of anonymous pages (anon.c), and neither the mmap lock nor a VMA's: a VMA is in the list from before
 * its first entry until after its last flush, and its tables are freed only when it is out. Its entries may come and go
 * meanwhile; the page-table lock says what is there.
 */
#include <mm/hugetlb.h>
#include <mm/rmap.h>

static unsigned int vma_pages(const struct vm_area_struct *vma)
{
	return (unsigned int)((vma->tlb.end - vma->tlb.start) >> vma->tlb.page_shift);
}

/*
 * Where page @index of the file stands in @vma, which maps it. Of a VMA that maps a file .pgoff and
 * the range change under i_mmap_rwsem for writing only, so they fit each other here.
 */
static unsigned long vma_address(const struct vm_area_struct *vma, unsigned int index)
{
	shootdown_assert(index >= vma->pgoff && index - vma->pgoff < vma_pages(vma), "vma_address: a page of the VMA");
	return vma->tlb.start + (index - vma->pgoff) * vma_page_size(vma);
}

bool maps_page(uint64_t word, const struct page *page)
{
	return pte_present(word) && !pte_special(word) && pte_frame(word) == page->frame;
}

/* ---- from a page to its entries ---- */

/* @vma keeps its place and its tables meanwhile. False: the walk is over. */
static bool rmap_one(struct rmap_walk *walk, struct vm_area_struct *vma)
{
	struct rmap_entry at = { .vma = vma, .address = vma_address(vma, walk->page->index) };
	struct mmu_notifier_range range;
	bool on = true;

	at.pte = pte_lookup(vma->vm_mm, at.address, &at.table);
	if (!at.pte)
		return true;
	if (walk->clears && walk->owner)
		range_start_owned(&range, MMU_NOTIFY_MIGRATE, vma->vm_mm, at.address, at.address + PAGE_SIZE,
				  walk->owner);
	else if (walk->clears)
		range_start(&range, MMU_NOTIFY_CLEAR, vma->vm_mm, at.address, at.address + PAGE_SIZE);
	pte_lock(at.table);
	on = walk->one(walk, &at);
	pte_unlock(at.table);
	if (walk->clears)
		range_end(&range);
	return on;
}

static bool has_page(const struct vm_area_struct *vma, const struct page *page)
{
	return page->index >= vma->pgoff && page->index - vma->pgoff < vma_pages(vma);
}

static void rmap_walk_file(struct rmap_walk *walk)
{
	struct address_space *mapping = walk->page->mapping;
	bool on = true;

	down_read(&mapping->i_mmap_rwsem);
	for (struct vm_area_struct *vma = mapping->i_mmap; vma && on; vma = vma->i_mmap_next) {
		if (has_page(vma, walk->page))
			on = rmap_one(walk, vma);
	}
	up_read(&mapping->i_mmap_rwsem);
}

/* rmap_walk_anon() of Linux: a page lock, then the lock of the list. */
static void rmap_walk_anon(struct rmap_walk *walk)
{
	struct anon_vma *anon_vma = walk->page->anon_vma;
	bool on = true;

	down_read(&anon_vma->rwsem);
	for (struct vm_area_struct *vma = anon_vma->vmas; vma && on; vma = vma->anon_next) {
		if (has_page(vma, walk->page))
			on = rmap_one(walk, vma);
	}
	up_read(&anon_vma->rwsem);
}

/* walk->one() at each entry that may map the page, of whatever address space; page lock held. What it has not seen the map count says. */
void rmap_walk(struct rmap_walk *walk)
{
	if (walk->page->anon_vma)
		rmap_walk_anon(walk);
	else
		rmap_walk_file(walk);
}

/*
 * The page that @address maps now, with a reference; NULL: none, a driver's, one of a huge page, or somebody changes the VMA. As Linux finds one on
 * a list of all pages, where those of hugetlb files are not.
 */
struct page *isolate_page(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = vma_start_read(mm, address);
	struct page *table, *page = NULL;
	pte_t *pte = vma && !is_hugetlb(vma) ? pte_lookup(mm, address, &table) : NULL;

	if (pte) {
		uint64_t word;

		pte_lock(table);
		word = ptep_get(pte);
		if (pte_present(word) && !pte_special(word)) {
			page = frame_to_page(pte_frame(word));
			page_get(page);
		}
		pte_unlock(table);
	}
	if (vma)
		vma_end_read(vma);
	return page;
}

/* ---- cleaning, and taking away ---- */

/* True: the entry was dirty. As long as some TLB holds it writable and dirty, writes go on without setting dirty in the table again. */
static bool clean_entry(struct vm_area_struct *vma, unsigned long address, pte_t *pte)
{
	uint64_t word = ptep_get_and_clear(vma->vm_mm, pte);

	if (RULE(mkclean_flush))
		tlb_flush_page(&vma->tlb, address);
	set_pte(pte, pte_wrprotect_clean(word));
	return pte_dirty(word);
}

/*
 * Make one entry read-only and clean. One that is so, or is not there, may not be so for long: who changed it was counted before, and a TLB may
 * have it as it was. The page-table lock is taken even to find nothing: it shows who was counted (ORD-4).
 *
 * Where there is no table nobody is left to ask about: a VMA that loses its tables has lost its reverse map before, and that of its pages.
 */
static bool page_mkclean_one(struct vm_area_struct *vma, struct page *page)
{
	unsigned long address = vma_address(vma, page->index);
	struct mmu_notifier_range range;
	struct page *table;
	pte_t *pte = pte_lookup(vma->vm_mm, address, &table);
	bool maps, cleaned = false;
	uint64_t word;

	if (!pte)
		return false;
	range_start(&range, MMU_NOTIFY_PROTECTION_PAGE, vma->vm_mm, address, address + PAGE_SIZE);
	pte_lock(table);
	word = ptep_get(pte);
	maps = maps_page(word, page);
	/* One that leads here may have lost rights alone, or was taken away and came back. */
	if (maps && (pte_dirty(word) || pte_write(word)))
		cleaned = clean_entry(vma, address, pte);
	else if (RULE(mkclean_asks) &&
		 tlb_table_flush_pending(&vma->vm_mm->tlb, &table->changes, maps ? TLB_LOST_RIGHTS : TLB_LOST_ENTRY))
		tlb_flush_page(&vma->tlb, address);
	pte_unlock(table);
	range_end(&range);
	return cleaned;
}

/*
 * Page lock held. True: some entry was dirty. On return nobody can write to the page without a
 * fault. Private mappings are left out: they cannot write to this page.
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

/* For writing where a table may have to be unshared. */
static void lock_mapping(struct address_space *mapping)
{
	if (is_hugetlb_file(mapping))
		down_write(&mapping->i_mmap_rwsem);
	else
		down_read(&mapping->i_mmap_rwsem);
}

static void unlock_mapping(struct address_space *mapping)
{
	if (is_hugetlb_file(mapping))
		up_write(&mapping->i_mmap_rwsem);
	else
		up_read(&mapping->i_mmap_rwsem);
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
	lock_mapping(mapping);
	for (struct vm_area_struct *vma = mapping->i_mmap; vma; vma = vma->i_mmap_next) {
		unsigned int from = first > vma->pgoff ? first : vma->pgoff;
		unsigned int to = first + nr < vma->pgoff + vma_pages(vma) ? first + nr : vma->pgoff + vma_pages(vma);
		unsigned long start, end;

		if (from >= to)
			continue;
		start = vma_address(vma, from);
		end = vma_address(vma, to - 1) + vma_page_size(vma);
		zap_mapping_range(vma, start, end);
		add_range_of(&found, vma->vm_mm, start, end);
	}
	unlock_mapping(mapping);
	return found;
}
