/* SPDX-License-Identifier: MIT */
/*
 * gup.c - get_user_pages(): a reference to the page behind an address, with the locks or without any.
 *
 * With a reference the page stays what it is after the mapping has gone; what the kernel then writes to it is not seen by
 * the entry's dirty bit, so gup_put() says that it was written.
 */
#include <mm/hugetlb.h>

/*
 * The page that an entry lets us take; NULL: none, too few rights, or a driver's, which has no
 * reference to take. gup_fast_pte_range() refuses special entries as well, and wants the entry
 * writable for a write; of private pages that a write would have to copy the entry says no.
 */
static struct page *allowed_page(uint64_t word, bool write)
{
	if (!pte_valid(word) || pte_special(word) || (write && !pte_write(word)))
		return NULL;
	return frame_to_page(pte_frame(word));
}

/* A huge entry leads to the first of its pages; @huge: it is one. */
static struct page *allowed_page_at(uint64_t word, bool write, bool huge, unsigned long address)
{
	struct page *page = allowed_page(word, write);

	return page && huge ? huge_page_at(word, address) : page;
}

/* Who keeps the tables of @vma keeps them until this is done. */
static struct page *follow_vma(const struct vm_area_struct *vma, unsigned long address, bool write, bool *never)
{
	struct page *table, *page;
	uint64_t word, huge;
	pte_t *pte = leaf_lookup(vma->vm_mm, address, &table, &huge);

	if (!pte)
		return NULL;
	pte_lock(table);
	word = ptep_get(pte);
	*never = pte_valid(word) && pte_special(word) && (!write || pte_write(word));
	/* One that was split leads to no page any more; the next look finds the small one. */
	page = huge && pmd_table(word) ? NULL : allowed_page_at(word, write, huge, address);
	/* Under the lock: the entry's own reference keeps the page until then. */
	if (page)
		page_get(page);
	if (page && write)
		page_pin(page);
	pte_unlock(table);
	return page;
}

/*
 * mmap lock held, and the VMA looked up under it: a munmap that has downgraded its lock meanwhile frees the tables of VMAs
 * that can no longer be found. A table that others have as well may go before its VMA does, and is kept by the lock of
 * sharing: vma_pgtable_walk_begin(). *@never: no fault will help, the entry allows the access and the page is a driver's.
 */
static struct page *follow_page(struct mm_struct *mm, unsigned long address, bool write, bool *never)
{
	const struct vm_area_struct *vma = find_vma(mm, address);
	struct page *page;

	if (!vma || vma->tlb.start > address)
		return NULL;
	if (is_hugetlb(vma))
		hugetlb_read_lock(vma);
	page = follow_vma(vma, address, write, never);
	if (is_hugetlb(vma))
		hugetlb_read_unlock(vma);
	return page;
}

/*
 * NULL: the access is not allowed, or the page cannot be taken. The fault is handled without the
 * mmap lock, and the page may have gone again when this comes back to it; so it looks again, until
 * it has the page or is refused.
 */
struct page *gup(struct mm_struct *mm, unsigned long address, bool write)
{
	struct page *page = NULL;
	bool never = false;

	for (;;) {
		down_read(&mm->mmap_lock);
		page = follow_page(mm, address, write, &never);
		up_read(&mm->mmap_lock);
		if (page || never || !fault_in(mm, address, write ? MACHINE_STORE : MACHINE_LOAD))
			return page;
	}
}

/*
 * Is what led to the page no longer what it was? The path counts as well: its tables may have been
 * exchanged. Linux compares the entry and the pmd above it: with tables that khugepaged takes away
 * the entry alone may look right in a table that is no longer used.
 */
static bool entry_changed(struct mm_struct *mm, unsigned long address, const pte_t *pte, uint64_t word)
{
	struct page *table;
	uint64_t huge;

	return leaf_lookup(mm, address, &table, &huge) != pte || ptep_get(pte) != word;
}

/*
 * ORD-7: has fork() looked at the pages of this address space since @seq was read, or is about to? It may have found this one without a pin, and
 * shared it. Behind the pin and a fence.
 */
static bool forks(const struct mm_struct *mm, int seq)
{
	return __atomic_load_n(&mm->write_protect_seq, __ATOMIC_RELAXED) != seq;
}

/*
 * Without locks. Interrupts are off from the first table read to the last, so that no table on the way is freed; the page
 * itself may be, until the reference is ours, so the entry is read again.
 */
static struct page *gup_fast_walk(struct mm_struct *mm, unsigned long address, bool write)
{
	/* Relaxed: the entry is read once more behind the fence below, which makes of this an acquire for that. */
	int seq = __atomic_load_n(&mm->write_protect_seq, __ATOMIC_RELAXED);
	struct page *table, *page;
	uint64_t word, huge;
	pte_t *pte = leaf_lookup(mm, address, &table, &huge);

	if (!pte || (write && seq & 1))
		return NULL;
	word = huge ? huge : ptep_get(pte);
	page = allowed_page_at(word, write, huge, address);
	if (!page || !page_try_get(page))
		return NULL;
	if (write) {
		page_pin(page);
		/* ORD-7: the pin before the looks below; pairs with write_protect_begin(). */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	if ((RULE(gup_fast_recheck) && entry_changed(mm, address, pte, word)) || (write && forks(mm, seq))) {
		if (write)
			page_unpin(page);
		page_put(page);
		return NULL;
	}
	return page;
}

/*
 * NULL: try gup(). Nothing is waited for, so this does not fault. Tables are freed in two ways:
 * behind an interrupt that asks this CPU to leave (tlb_remove_table_sync_one()), which interrupts
 * off hold back, and behind a grace period. In Linux interrupts off hold back both. On a row without a lockless walker (.gup_fast)
 * it takes nothing.
 */
struct page *gup_fast(struct mm_struct *mm, unsigned long address, bool write)
{
	bool irqs_off = RULE(gup_fast_irqs_off);
	unsigned long flags = 0;
	struct page *page;

	if (!machine_arch()->gup_fast)
		return NULL;
	if (irqs_off) {
		flags = machine_irq_save();
		rcu_read_lock(&mm_globals()->rcu);
	}
	page = gup_fast_walk(mm, address, write);
	if (irqs_off) {
		rcu_read_unlock(&mm_globals()->rcu);
		machine_irq_restore(flags);
	}
	return page;
}

/* @wrote: through the kernel's own mapping, which sets no entry's dirty bit. Before the reference goes. */
void gup_put(struct page *page, bool wrote)
{
	shootdown_assert(page->state == PAGE_DATA, "gup_put: of a page that gup() took");
	if (wrote) {
		set_page_dirty(page);
		page_unpin(page);
	}
	page_put(page);
}
