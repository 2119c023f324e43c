/* SPDX-License-Identifier: MIT */
/*
 * cow.c - a write to what is mapped read-only: the page as it is, or a copy.
 *
 * What fault.c says of all faults goes for these. In addition: from the moment at which a page is read to be copied until the copy stands in
 * its place nobody may write to it through this entry, or the write is in no page that anybody finds. So no TLB may have the entry
 * writable by then, which is what the read-only entry says, or what a flush says that is still to come.
 */
#include <mm/fault.h>

/*
 * The entry already leads to the right page: it only has to allow the write. Page-table lock held;
 * dropped on return. More rights only: nobody has to be told, since whoever still holds the entry
 * read-only faults and comes here.
 */
static void wp_page_reuse(const struct fault *f)
{
	set_pte_at(f, soft_dirty(f->vma, pte_mkyoung(pte_mkdirty(pte_mkwrite(f->orig)))));
	pte_unlock(f->table);
}

/*
 * Write to a shared file page that was mapped read-only: the page becomes dirty before the entry becomes writable, so that
 * writeback, which goes by the page, cannot miss the write. The page lock is taken before the page-table lock, so the latter
 * is dropped meanwhile; the reference keeps the page.
 */
static void wp_page_shared(const struct fault *f, struct page *page)
{
	page_get(page);
	pte_unlock(f->table);
	lock_page(page);
	if (page->mapping == f->vma->file && lock_same(f)) {
		set_page_dirty(page);
		wp_page_reuse(f);
	}
	unlock_page(page);
	page_put(page);
}

/*
 * The old entry is gone from every TLB before the new one stands, so that no two CPUs use different pages at once.
 * Page-table lock held.
 */
static void replace_entry(const struct fault *f, struct page *copy)
{
	shootdown_assert(copies_on_write(f), "replace_entry: in a private mapping");
	page_add_rmap(copy);
	if (RULE(wp_flush_before_set))
		ptep_clear_flush(f->vma, f->address, f->table, f->pte);
	set_pte_at(f, make_entry(f, copy->frame, MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY));
}

static void copy_start(struct mmu_notifier_range *range, const struct fault *f)
{
	range_start(range, MMU_NOTIFY_CLEAR, f->vma->vm_mm, f->address, f->address + PAGE_SIZE);
}

/*
 * The copy is made without the page-table lock, under a reference; the entry, if it is still the same, proves that @old
 * was the right page to copy all the time. @old's reverse map and the entry's reference go after the flush.
 *
 * Linux flushes in ptep_clear_flush() and drops the reverse map of the old page only behind the new
 * entry, so that a page_mkclean() that finds the old page unmapped can rely on no TLB being left.
 * Of a page that is only read there is nothing to clean; the order is kept nevertheless.
 */
static bool wp_page_copy(const struct fault *f, struct page *old)
{
	struct mmu_notifier_range range;
	struct page *copy;
	bool same;

	page_get(old);
	pte_unlock(f->table);
	copy = page_alloc();
	if (!copy) {
		page_put(old);
		return false;
	}
	copy_frame(copy->frame, old->frame);
	own_anonymously(f, copy);
	copy_start(&range, f);
	same = lock_same(f);
	if (same) {
		replace_entry(f, copy);
		page_remove_rmap(old);
		pte_unlock(f->table);
		page_put(old);
	} else {
		page_put(copy);
	}
	range_end(&range);
	page_put(old);
	return same || try_again(f);
}

/*
 * A driver's page has no reference that could hold it. While its entry stands and the page-table lock is ours, the
 * driver's zap cannot have passed here, and the driver keeps the page until it has; so it is copied under the lock.
 */
static bool wp_special_copy(const struct fault *f)
{
	struct mmu_notifier_range range;
	struct page *copy;

	pte_unlock(f->table);
	copy = page_alloc();
	if (!copy)
		return false;
	own_anonymously(f, copy);
	copy_start(&range, f);
	if (lock_same(f)) {
		copy_frame(copy->frame, pte_frame(f->orig));
		replace_entry(f, copy);
		pte_unlock(f->table);
	} else {
		page_put(copy);
	}
	range_end(&range);
	return true;
}

/*
 * userfaultfd takes the right to write away under the mmap lock for reading, which does not keep faults out, and flushes at
 * its end. So this entry may be read-only while other CPUs still write through it. Whoever changed it was counted before it
 * had the page-table lock (ORD-4), which is ours now. What they write to is this address space's own, which is not copied as long as exclusive_lasts:
 * one of the two is enough, as docs/mm.md argues, and Linux has both since 2022.
 */
static void flush_if_pending(const struct fault *f)
{
	struct vm_area_struct *vma = f->vma;

	if (vma->vm_flags & VM_UFFD_WP && RULE(wp_flush_pending) &&
	    tlb_table_flush_pending(&vma->vm_mm->tlb, &f->table->changes, TLB_LOST_RIGHTS))
		tlb_flush_page(&vma->tlb, f->address);
}

/*
 * A write to what is mapped read-only. Page-table lock held; dropped on return. False: it must fail. Of a page that is for userfaultfd to
 * allow Linux asks whoever watches, and waits; here nobody does, as with UFFD_FEATURE_SIGBUS.
 */
bool do_wp_page(const struct fault *f)
{
	struct page *page;

	if (f->orig & PTE_UFFD_WP) {
		pte_unlock(f->table);
		return false;
	}
	flush_if_pending(f);
	if (pte_special(f->orig) && copies_on_write(f))
		return wp_special_copy(f);
	if (pte_special(f->orig)) {
		wp_page_reuse(f);
		return true;
	}
	page = frame_to_page(pte_frame(f->orig));
	shootdown_assert(page->state == PAGE_DATA, "do_wp_page: an entry that leads to a page");
	if (!copies_on_write(f))
		wp_page_shared(f, page);
	else if (page->anon_vma && page_is_exclusive(page))
		wp_page_reuse(f);
	else
		return wp_page_copy(f, page);
	return true;
}
