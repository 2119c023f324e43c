/* SPDX-License-Identifier: MIT */
/*
 * zap.c - take the entries of a range away, page table by page table, into a gather.
 *
 * Who calls this keeps the tables of the range: by the VMA's lock, by the mmap lock, or by the file's i_mmap_rwsem under
 * which the VMA was found. Two such callers may be in one range at the same time; the page-table lock decides who finds an
 * entry, and the gather sees to it that neither returns before the other's flush (ORD-4).
 */
#include <mm/hugetlb.h>
#include <mm/vector.h>

/*
 * NULL: a driver's page, which nobody counts. As in Linux, where it also knows pages of VM_PFNMAP
 * and VM_MIXEDMAP by the VMA if entries have no bit for it.
 */
static struct page *vm_normal_page(uint64_t word)
{
	return pte_special(word) ? NULL : frame_to_page(pte_frame(word));
}

/* Clears the entry, which said @word a moment ago. What it said when it was cleared. */
static uint64_t zap_entry(const struct mmu_gather *tlb, struct mm_struct *mm, pte_t *pte, uint64_t word)
{
	uint64_t cleared = ptep_get_and_clear_full(mm, pte, tlb);

	/* The walker may have set the dirty bit since the entry was read: only what the exchange returns is final. */
	if (RULE(atomic_clear))
		word = cleared;
	return word;
}

/*
 * How many entries from @pte on, @max at most, map one page of a file behind the other in the same way, so that they can be taken
 * away as one: folio_pte_batch() of Linux, where what lies together is a folio. Dirty and accessed may differ. Page-table lock held.
 */
static unsigned int run_of(pte_t *pte, uint64_t word, unsigned int max)
{
	const uint64_t step = 1ull << MACHINE_PTE_FRAME_SHIFT, may_differ = MACHINE_PTE_DIRTY | MACHINE_PTE_ACCESSED;
	const struct page *page = vm_normal_page(word);
	unsigned int nr = 1;

	/* The pages of a file have neighbours in it; what is anonymous came page by page. */
	if (!page || page->anon_vma || mm_globals()->choices.page_by_page)
		return 1;
	while (nr < max && !((ptep_get(pte + nr) ^ (word + nr * step)) & ~may_differ) &&
	       page[nr].index == page->index + nr)
		nr++;
	return nr;
}

/* Clears @nr entries, of which @pte said @word a moment ago. True: one of them knew that its page, of a file, is dirty. */
static bool zap_entries(const struct mmu_gather *tlb, struct mm_struct *mm, pte_t *pte, uint64_t word, unsigned int nr)
{
	struct page *page = vm_normal_page(word);
	bool dirty = false;

	for (unsigned int i = 0; i < nr; i++) {
		word = zap_entry(tlb, mm, pte + i, i ? ptep_get(pte + i) : word);
		if (page && !page->anon_vma && pte_dirty(word)) {
			set_page_dirty(page + i);
			dirty = true;
		}
	}
	return dirty;
}

/*
 * A run of entries that were present. True: the gather is full. *@delayed: some page of a file was dirty, and keeps its reverse map until
 * the flush.
 */
static bool zap_present_ptes(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long address, pte_t *pte,
			     uint64_t word, unsigned int nr, bool *delayed)
{
	struct page *page = vm_normal_page(word);
	bool dirty = zap_entries(tlb, vma->vm_mm, pte, word, nr), delay_rmap = false;

	/*
	 * Until the flush another CPU may write through its TLB. Writeback must find the page mapped until then; that it finds
	 * no entry tells it to ask whether a flush is pending (page_mkclean_one()).
	 */
	if (dirty)
		delay_rmap = tlb_delay_rmap(tlb, &vma->tlb);
	tlb_remove_tlb_entries(tlb, address, nr);
	record_change(tlb, vma, TLB_LEVEL_PTE, address, nr * PAGE_SIZE);
	if (!page)
		return false;
	for (unsigned int i = 0; i < nr && !delay_rmap; i++)
		page_remove_rmap(page + i);
	*delayed |= delay_rmap;
	return tlb_queue_folio_pages(tlb, page, nr, delay_rmap);
}

/*
 * Not present: no TLB has it. A page that is being moved is with who moves it; one that is in swap has one entry less to wait for.
 */
static void zap_nonpresent(pte_t *pte, uint64_t word)
{
	if (pte_none(word))
		return;
	set_pte(pte, 0);
	if (pte_swap(word))
		swap_put(pte_number(word));
}

/*
 * Entries of one table, from that of @addr on. Returns where it stopped: @end, or earlier when the gather had to be
 * emptied first.
 */
static unsigned long zap_pte_table(struct mmu_gather *tlb, struct vm_area_struct *vma, struct page *table, pte_t *pte,
				   unsigned long addr, unsigned long end)
{
	bool delayed = false, full = false;

	tlb_change_page_size(tlb, PAGE_SIZE);
	pte_lock(table);
	tlb_look(tlb, &table->changes, TLB_LOST_ENTRY, addr, end);
	for (unsigned int nr; addr < end && !full; addr += nr * PAGE_SIZE, pte += nr) {
		uint64_t word = ptep_get(pte);

		nr = 1;
		if (!pte_present(word)) {
			zap_nonpresent(pte, word);
			continue;
		}
		nr = run_of(pte, word, (unsigned int)((end - addr) / PAGE_SIZE));
		full = zap_present_ptes(tlb, vma, addr, pte, word, nr, &delayed);
		tlb_mark(tlb, &table->changes, TLB_LOST_ENTRY);
	}
	if (delayed && mm_globals()->choices.dirty_under_ptl) {
		flush_changes();
		tlb_flush_rmaps(tlb);
	}
	pte_unlock(table);
	if (full || (delayed && mm_globals()->choices.dirty_under_ptl))
		tlb_flush_mmu(tlb);
	return addr;
}

/* There is no table: who took it away said so in the one above, before. */
static void look_at_nothing(struct mmu_gather *tlb, struct page *upper, unsigned long addr, unsigned long end)
{
	if (mm_tracks_tables() && RULE(empty_entry_looked_at)) {
		pte_lock(upper);
		tlb_look(tlb, &upper->changes, TLB_LOST_ENTRY, addr, end);
		pte_unlock(upper);
	}
}

/*
 * [addr, end) lies in one table. Goes on in the same table after each flush in the middle: the lock
 * was dropped, so what was looked at before may have changed, and what comes is looked at for the
 * first time.
 */
static void zap_pte_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	struct page *table;
	pte_t *pte = pte_lookup(vma->vm_mm, addr, &table);
	pte_t *first = pte;
	unsigned long start = addr;

	shootdown_assert(addr < end && (addr ^ (end - 1)) < TABLE_SPAN, "zap_pte_range: of one table");
	if (!pte)
		look_at_nothing(tlb, table, addr, end);
	while (pte && addr < end) {
		addr = zap_pte_table(tlb, vma, table, pte, addr, end);
		pte = first + (addr - start) / PAGE_SIZE;
	}
}

static void zap_table(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end,
		      const void *none)
{
	(void)none;
	if (is_hugetlb(vma))
		zap_hugetlb(tlb, vma, addr, end);
	else if (!zap_huge(tlb, vma, addr, end))
		zap_pte_range(tlb, vma, addr, end);
}

/* [start, end), cut to @vma. Nobody takes the tables away while this runs, see the head of this file. */
void unmap_single_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	walk_vma(tlb, vma, start, end, zap_table, NULL);
}

/* [start, end) of @vma and of those that follow it. The bracket ends before the flush, as in Linux. */
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	unsigned long first = start, behind = end;
	struct mmu_notifier_range range;

	if (!vma)
		return;
	for (const struct vm_area_struct *at = vma; at && at->tlb.start < end; at = at->next)
		hugetlb_widen(at, &first, &behind);
	range_start(&range, MMU_NOTIFY_UNMAP, vma->vm_mm, first, behind);
	for (; vma && vma->tlb.start < end; vma = vma->next) {
		hugetlb_write_lock(vma);
		unmap_single_vma(tlb, vma, start, end);
		hugetlb_write_unlock(tlb, vma, true);
	}
	range_end(&range);
}

/* Where a VMA of a hugetlb file is locked for writing, as tables may be shared. */
static void zap_locked(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmu_notifier_range range;

	if (!vma_range_start(&range, MMU_NOTIFY_CLEAR, vma, start, end))
		return;
	unmap_single_vma(tlb, vma, start, end);
	range_end(&range);
}

/* The addresses stay: zap_page_range_single_batched(). */
void zap_vma_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	hugetlb_write_lock(vma);
	zap_locked(tlb, vma, start, end);
	hugetlb_write_unlock(tlb, vma, false);
}

/* [start, end) of @vma, which the gather has entered: one of several ranges of it. The bracket is of this range alone, and may be wider. */
void zap_entered_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmu_notifier_range range;

	if (!vma_range_start(&range, MMU_NOTIFY_CLEAR, vma, start, end))
		return;
	walk_tables(tlb, vma, start, end, zap_table, NULL);
	range_end(&range);
}

/*
 * A gather of its own, flushed on return. It raises tlb_flush_pending before the first entry goes, and lowers it behind its flush:
 * another gather in the same range sees that and flushes, too (ORD-4).
 */
void zap_page_range_single(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &vma->vm_mm->tlb);
	zap_vma_range(&tlb, vma, start, end);
	tlb_finish_mmu(&tlb);
}

/* The same for who has found @vma by its file, and holds no mmap lock: i_mmap_rwsem is held, for writing if tables may be shared. */
void zap_mapping_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &vma->vm_mm->tlb);
	zap_locked(&tlb, vma, start, end);
	tlb_flush_unshared_tables(&tlb);
	tlb_finish_mmu(&tlb);
}
