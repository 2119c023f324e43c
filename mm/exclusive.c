/* SPDX-License-Identifier: MIT */
/*
 * exclusive.c - a page that a device has for itself for a while: it reads, thinks and writes, and no CPU may write in between (device-exclusive entries).
 *
 *   1. The entry is hidden from hardware, and flushed: from here on no CPU gets to the page but by a fault.
 *   2. Its bracket names the driver as the owner, who does not hear it. Behind it he maps the page, if nothing was changed since.
 *   3. A fault gives the entry back, in a bracket that nobody owns: so the driver has let go of the page before, and is not in the middle of anything.
 *   4. The page is locked from before the driver asks whether something is changed until he has mapped it, and by the fault: else the two could take it
 *      from each other for ever. Linux's drivers ask before, and give up after a while (nouveau_atomic_range_fault()).
 *
 * Whatever else is done to the entry has a bracket of its own, as to any; to all of that it is an entry whose page is hidden, as by a hint (numa.c). So a
 * copy of it (fork) may say that it is a device's although no device has it: then a fault tells nobody, and takes the mark away.
 *
 * make_device_exclusive(), remove_device_exclusive_entry() of Linux.
 */
#include <mm/fault.h>
#include <mm/hugetlb.h>
#include <mm/rmap.h>

/* mmap lock held. NULL: there are small entries of private memory alone, as in Linux. */
static struct vm_area_struct *vma_for(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = find_vma(mm, address);

	return vma && vma->tlb.start <= address && !is_hugetlb(vma) && !(vma->vm_flags & (VM_SHARED | VM_HUGE)) ? vma
														: NULL;
}

/*
 * Page-table lock held. The page is some device's already, the caller's own perhaps, and nobody else's: it is only to be told. By a fault it would come back
 * first, of which the caller is told as well, who would begin again, for ever.
 */
static struct page *hidden_page(const struct vm_area_struct *vma, uint64_t word)
{
	struct page *page = pte_exclusive(word) ? frame_to_page(pte_frame(word)) : NULL;

	return page && page->exclusive && vma->vm_flags & VM_WRITE && !(word & PTE_UFFD_WP) ? page : NULL;
}

/* Page-table lock held. What the device writes is seen by no entry: release_device_exclusive() makes the page dirty. */
static void hide(struct vm_area_struct *vma, unsigned long address, const struct page *table, pte_t *pte)
{
	uint64_t word = ptep_get(pte);

	flush_cache_page(vma, address);
	if (RULE(exclusive_flush))
		ptep_clear_flush(vma, address, table, pte);
	set_pte(pte, pte_mkexclusive(word));
}

/* Within the bracket. False: the entry leads to @page no more. */
static bool hide_if_same(struct vm_area_struct *vma, unsigned long address, const struct page *page)
{
	struct page *table;
	pte_t *pte = pte_lookup(vma->vm_mm, address, &table);
	bool same;

	if (!pte)
		return false;
	pte_lock(table);
	same = hidden_page(vma, ptep_get(pte)) == page;
	if (!same && pte_valid(ptep_get(pte)) && maps_page(ptep_get(pte), page)) {
		hide(vma, address, table, pte);
		same = true;
	}
	pte_unlock(table);
	return same;
}

/* mmap lock held. */
static bool make_exclusive(struct vm_area_struct *vma, unsigned long address, const struct page *page, void *owner)
{
	struct mmu_notifier_range range;
	bool same;

	range_start_owned(&range, MMU_NOTIFY_EXCLUSIVE, vma->vm_mm, address, address + PAGE_SIZE, owner);
	same = hide_if_same(vma, address, page);
	range_end(&range);
	return same;
}

/* As gup() for writing; NULL: it takes that. */
static struct page *gup_hidden(struct mm_struct *mm, unsigned long address)
{
	struct page *table, *page = NULL;
	struct vm_area_struct *vma;
	pte_t *pte;

	down_read(&mm->mmap_lock);
	vma = vma_for(mm, address);
	pte = vma ? pte_lookup(mm, address, &table) : NULL;
	if (pte) {
		pte_lock(table);
		page = hidden_page(vma, ptep_get(pte));
		if (page) {
			page_get(page);
			page_pin(page);
		}
		pte_unlock(table);
	}
	up_read(&mm->mmap_lock);
	return page;
}

/*
 * The page of @address, for make_device_exclusive(): a reference and its lock, until release_device_exclusive(). NULL: there is none that a device can have
 * for itself.
 */
struct page *lock_for_device(struct mm_struct *mm, unsigned long address)
{
	struct page *page = gup_hidden(mm, address);

	if (!page)
		page = gup(mm, address, true);
	if (page && !page->anon_vma) {
		gup_put(page, true);
		return NULL;
	}
	if (page)
		lock_page(page);
	return page;
}

/*
 * True: @page is @owner's alone until he is told. False: it cannot be; or, with *@again, somebody was faster, and another page is there.
 */
bool make_device_exclusive(struct mm_struct *mm, unsigned long address, const struct page *page, void *owner,
			   bool *again)
{
	struct vm_area_struct *vma;
	bool done = false;

	down_read(&mm->mmap_lock);
	vma = vma_for(mm, address);
	if (vma)
		done = make_exclusive(vma, address, page, owner);
	*again = vma && !done;
	up_read(&mm->mmap_lock);
	return done;
}

/* The device knows of it: who is told from here on is told to let go. */
void release_device_exclusive(struct page *page)
{
	unlock_page(page);
	gup_put(page, true);
}

/* In a bracket that nobody owns. */
static void give_back(const struct fault *f)
{
	struct mmu_notifier_range range;
	bool told = RULE(exclusive_told);

	if (told)
		range_start(&range, MMU_NOTIFY_EXCLUSIVE, f->vma->vm_mm, f->address, f->address + PAGE_SIZE);
	if (lock_same(f))
		show_page(f);
	if (told)
		range_end(&range);
}

/* A CPU asks for it. The VMA is held, and no page-table lock is. */
void do_exclusive_page(const struct fault *f)
{
	struct page *page = frame_to_page(pte_frame(f->orig));
	bool waits = RULE(exclusive_waits);

	/* The entry is another one by now. */
	if (!page_try_get(page))
		return;
	if (waits)
		lock_page(page);
	give_back(f);
	if (waits)
		unlock_page(page);
	page_put(page);
}
