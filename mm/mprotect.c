/* SPDX-License-Identifier: MIT */
/*
 * mprotect.c - the rights of a range change: of its VMAs, and of the entries that there are; or of the entries alone.
 *
 * The order of mprotect(), as in do_mprotect_pkey():
 *   1. mmap lock for writing; cut the VMAs at both ends; lock each: no fault is in it, and none comes before all is done.
 *   2. Its flags, which faults and the reverse map go by.
 *   3. Its entries, table by table, each under its page-table lock. That is dropped without a flush: who could mind is locked out
 *      by 1, or takes the page-table lock and flushes for itself (folio_mkclean(), a zap), or asks whether a gather is open.
 *   4. One flush, if an entry offers less than before; none for what entries gain (shootdown/change.h).
 *
 * userfaultfd changes entries alone, under the mmap lock for reading: faults are not locked out of 3. One that finds the entry read-only asks
 * whether a gather is open, and flushes before it copies the page (do_wp_page()).
 */
#include <mm/hugetlb.h>
#include <mm/relax.h>

/* May an entry that was read-only become writable at once, rather than by a fault? can_change_pte_writable() of Linux. */
static bool can_write_at_once(const struct vm_area_struct *vma, uint64_t word)
{
	struct page *page;

	if (pte_special(word) || (vma->vm_flags & VM_TRACKED && !(word & PTE_SOFT_DIRTY)))
		return false;
	page = frame_to_page(pte_frame(word));
	/* A fault makes the page dirty before it makes an entry of it writable: this page is. */
	if (vma->vm_flags & VM_SHARED)
		return pte_dirty(word);
	return page->anon_vma && page_is_exclusive(page);
}

/* What is changed of entries: what the VMA's flags say, or more than that. */
enum change {
	CHANGE_RIGHTS,
	CHANGE_UFFD_WP,
	CHANGE_UFFD_UNWP,
	CHANGE_NUMA,
	CHANGE_SOFT_DIRTY,
};

/* As the flags of the VMA say. Of a private mapping that is read-only, but where nobody else has the page (vm_page_prot). */
static uint64_t pte_of_rights(const struct vm_area_struct *vma, uint64_t word, bool keep)
{
	/* Of a page that is hidden it is forgotten. */
	word = pte_mkvalid(word);
	if (!(vma->vm_flags & VM_EXEC))
		word &= ~MACHINE_PTE_EXEC;
	else
		word |= MACHINE_PTE_EXEC;
	if (!(vma->vm_flags & VM_WRITE))
		return pte_wrprotect(word);
	if (can_write_at_once(vma, word))
		return pte_mkwrite(word);
	return keep ? word : pte_wrprotect(word);
}

/* What an entry of @vma says that said @word. */
static uint64_t pte_modify(const struct vm_area_struct *vma, uint64_t word, enum change change)
{
	switch (change) {
	case CHANGE_UFFD_WP:
		return pte_wrprotect(word) | PTE_UFFD_WP;
	case CHANGE_NUMA:
		return pte_special(word) ? word : pte_mkprotnone(word);
	case CHANGE_SOFT_DIRTY:
		return pte_wrprotect(word) & ~PTE_SOFT_DIRTY;
	/* All writes are allowed again, but that a page may have to be copied is for the next one to find out. */
	case CHANGE_UFFD_UNWP:
		return pte_of_rights(vma, word & ~PTE_UFFD_WP, false);
	default:
		return word & PTE_UFFD_WP ? word : pte_of_rights(vma, word, true);
	}
}

/* Of a page that is being moved: the right to write is gained by a fault, when it is back. */
static uint64_t migration_of_rights(const struct vm_area_struct *vma, uint64_t word)
{
	word = vma->vm_flags & VM_EXEC ? word | MACHINE_PTE_EXEC : word & ~MACHINE_PTE_EXEC;
	return vma->vm_flags & VM_WRITE ? word : pte_wrprotect(word);
}

/* The same of one that is not present, for when its page is back; no TLB has it. change_pte_range() of Linux has it for each kind of such entries. */
static uint64_t nonpresent_modify(const struct vm_area_struct *vma, uint64_t word, enum change change)
{
	switch (change) {
	case CHANGE_UFFD_WP:
		return pte_none(word) ? word : pte_wrprotect(word) | PTE_UFFD_WP;
	case CHANGE_UFFD_UNWP:
		return word & ~PTE_UFFD_WP;
	case CHANGE_NUMA:
		return word;
	case CHANGE_SOFT_DIRTY:
		return pte_wrprotect_clean(word);
	default:
		return pte_migration(word) ? migration_of_rights(vma, word) : word;
	}
}

/*
 * Taken out and put back: what hardware sets in the entry meanwhile is in what comes back, or is set behind it. While it is out
 * a fault would find nothing there, and waits for the VMA; so does madvise(MADV_DONTNEED).
 */
static void change_pte(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long address, pte_t *pte,
		       enum change change)
{
	uint64_t old = ptep_get_and_clear(vma->vm_mm, pte), now = pte_modify(vma, old, change);

	/* What it gains is told by that; what it loses is for the flush. */
	if (relax_breaks(vma, old, now)) {
		tlb_notify_upgrade(&vma->tlb, address, address + PAGE_SIZE);
		old |= now;
	}
	set_pte(pte, now);
	if (tlb_change_tlb_entry(tlb, address, pte_entry_bits(old), pte_entry_bits(now)) == TLB_CHANGE_FLUSH)
		record_change(tlb, vma, TLB_LEVEL_PTE, address, PAGE_SIZE);
}

/* Page-table lock held, so nobody brings the page back meanwhile. */
static void change_nonpresent(const struct vm_area_struct *vma, pte_t *pte, uint64_t word, enum change change)
{
	uint64_t now = nonpresent_modify(vma, word, change);

	if (now != word && RULE(nonpresent_rights))
		set_pte(pte, now);
}

static bool change_entry(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long address, pte_t *pte,
			 const void *how)
{
	enum change change = *(const enum change *)how;
	uint64_t word = ptep_get(pte);

	if (!pte_present(word)) {
		change_nonpresent(vma, pte, word, change);
		return false;
	}
	if (pte_modify(vma, word, change) == word)
		return false;
	change_pte(tlb, vma, address, pte, change);
	return true;
}

/* [start, end), cut to @vma. The bracket ends before the flush, as in Linux. */
static void change_protection(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
			      unsigned long end, enum change change)
{
	enum mmu_notifier_event event = change == CHANGE_SOFT_DIRTY ? MMU_NOTIFY_SOFT_DIRTY : MMU_NOTIFY_PROTECTION_VMA;
	/* What is hidden is no entry to hardware. */
	enum tlb_lost lost = change == CHANGE_NUMA ? TLB_LOST_ENTRY : TLB_LOST_RIGHTS;
	struct mmu_notifier_range range;

	if (!vma_range_start(&range, event, vma, start, end))
		return;
	change_entries(tlb, vma, start, end, lost, change_entry, &change);
	range_end(&range);
}

static void mprotect_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned int rights)
{
	unsigned int old = vma->vm_flags, entries = 0;

	/* A fault that has found the old rights may still be about to make an entry of them. */
	if (RULE(rights_locked))
		vma_start_write(vma);
	/* What can be executed is flushed from instruction TLBs as well, on some machines by another instruction. */
	if (RULE(exec_until_flush))
		entries = old;
	rights |= old & ~(unsigned int)VM_RIGHTS;
	if (is_hugetlb(vma)) {
		hugetlb_change_rights(tlb, vma, rights, entries);
		return;
	}
	vma_set_flags(vma, rights, entries);
	change_protection(tlb, vma, vma->tlb.start, vma->tlb.end, CHANGE_RIGHTS);
}

/*
 * What no VMA covers stays as it is, and nothing is promised of it; Linux stops there, and says ENOMEM. @rights: enum vm_flags.
 */
struct mm_ranges do_mprotect(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned int rights)
{
	struct mm_ranges ranges;
	struct mmu_gather tlb;

	shootdown_assert(start < end && !(rights & ~(unsigned int)VM_RIGHTS), "do_mprotect: rights of a range");
	mmap_write_lock(mm);
	split_vma_at(mm, start);
	split_vma_at(mm, end);
	ranges = covered_by_vmas(find_vma(mm, start), start, end);
	tlb_gather_mmu(&tlb, &mm->tlb);
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->tlb.start < end; vma = vma->next)
		mprotect_vma(&tlb, vma, rights);
	tlb_finish_mmu(&tlb);
	/* Nothing is held of what could be executed: flushes need not go by that any more. */
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->tlb.start < end; vma = vma->next) {
		if (!(rights & VM_EXEC) && vma->tlb.flags & TLB_VMA_EXEC)
			vma_set_flags(vma, vma->vm_flags, 0);
	}
	mmap_write_unlock(mm);
	return ranges;
}

/*
 * UFFDIO_WRITEPROTECT: mwriteprotect_range(). What is not for userfaultfd is left alone; Linux refuses it. To allow writes again takes the
 * right to write away first where it cannot be given at once.
 */
struct mm_ranges uffd_wp_range(struct mm_struct *mm, unsigned long start, unsigned long end, bool protect)
{
	struct mm_ranges ranges = { 0 };
	struct mmu_gather tlb;

	down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->tlb.start < end; vma = vma->next) {
		if (!(vma->vm_flags & VM_UFFD_WP))
			continue;
		change_protection(&tlb, vma, start, end, protect ? CHANGE_UFFD_WP : CHANGE_UFFD_UNWP);
		add_range(&ranges, vma->tlb.start > start ? vma->tlb.start : start,
			  vma->tlb.end < end ? vma->tlb.end : end);
	}
	tlb_finish_mmu(&tlb);
	up_read(&mm->mmap_lock);
	return ranges;
}

/* change_prot_numa(): pages are hidden to see who uses them. Nothing is promised: whoever still has the page goes on using it for a while. */
void change_prot_numa(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->tlb.start < end; vma = vma->next) {
		if (vma->vm_flags & VM_NUMA)
			change_protection(&tlb, vma, start, end, CHANGE_NUMA);
	}
	tlb_finish_mmu(&tlb);
	up_read(&mm->mmap_lock);
}

/*
 * clear_refs_write(), of one range: what is written from here on is told by its entry, as each first write faults. The mmap lock for writing does
 * not keep faults out that hold a VMA's own lock. Linux raises the count and flushes all of the address space; a gather does both.
 */
struct mm_ranges clear_soft_dirty(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct mm_ranges ranges = { 0 };
	struct mmu_gather tlb;

	mmap_write_lock(mm);
	tlb_gather_mmu(&tlb, &mm->tlb);
	for (struct vm_area_struct *vma = find_vma(mm, start); vma && vma->tlb.start < end; vma = vma->next) {
		if (!(vma->vm_flags & VM_TRACKED))
			continue;
		/* A fault reads the flags, and would copy a page that a TLB still writes to, as after fork(), were it not the mm's own. */
		if (RULE(soft_dirty_locked))
			vma_start_write(vma);
		vma_set_flags(vma, vma->vm_flags & ~(unsigned int)VM_SOFTDIRTY, vma->vm_flags);
		change_protection(&tlb, vma, start, end, CHANGE_SOFT_DIRTY);
		add_range(&ranges, vma->tlb.start > start ? vma->tlb.start : start,
			  vma->tlb.end < end ? vma->tlb.end : end);
	}
	tlb_finish_mmu(&tlb);
	mmap_write_unlock(mm);
	return ranges;
}

/* As pagemap_read() says it. */
bool read_soft_dirty(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	struct page *table;
	bool dirty = false;
	pte_t *pte;

	down_read(&mm->mmap_lock);
	vma = find_vma(mm, address);
	pte = vma && vma->tlb.start <= address ? pte_lookup(mm, address, &table) : NULL;
	if (pte) {
		pte_lock(table);
		dirty = vma->vm_flags & VM_SOFTDIRTY || pte_soft_dirty(ptep_get(pte));
		pte_unlock(table);
	}
	up_read(&mm->mmap_lock);
	return dirty;
}
