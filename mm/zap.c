/* SPDX-License-Identifier: MIT */
/*
 * zap.c - take the entries of a range away, page table by page table, into a gather.
 *
 * Who calls this keeps the tables of the range: by the VMA's lock, by the mmap lock, or by the file's i_mmap_rwsem under
 * which the VMA was found. Two such callers may be in one range at the same time; the page-table lock decides who finds an
 * entry, and the gather sees to it that neither returns before the other's flush (ORD-4).
 */
#include <mm/mm.h>

/*
 * NULL: a driver's page, which nobody counts. As in Linux, where it also knows pages of VM_PFNMAP
 * and VM_MIXEDMAP by the VMA if entries have no bit for it.
 */
static struct page *vm_normal_page(uint64_t word)
{
	return pte_special(word) ? NULL : frame_to_page(pte_frame(word));
}

/* Clears the entry, which said @word a moment ago. What it said when it was cleared. */
static uint64_t zap_entry(pte_t *pte, uint64_t word)
{
	uint64_t cleared = ptep_get_and_clear(pte);

	/* The walker may have set the dirty bit since the entry was read: only what the exchange returns is final. */
	if (RULE(atomic_clear))
		word = cleared;
	return word;
}

/*
 * One entry that was present. True: stop and flush before the page-table lock is dropped, because the gather is full
 * (*@full) or because the page may be cleaned by somebody who no longer finds the entry.
 */
static bool zap_present_pte(struct mmu_gather *tlb, unsigned long address, uint64_t word, bool *full)
{
	struct page *page = vm_normal_page(word);
	bool delay_rmap = false;

	tlb_remove_tlb_entry(tlb, address);
	if (!page)
		return false;
	if (!page->anon_vma && pte_dirty(word)) {
		set_page_dirty(page);
		/*
		 * Until the flush another CPU may write through its TLB. Writeback must find the page mapped until then, and
		 * must find no empty entry; so the reverse map stays, and the lock is not dropped before the flush.
		 */
		if (RULE(flush_under_ptl))
			delay_rmap = tlb_delay_rmap(tlb);
	}
	if (!delay_rmap)
		page_remove_rmap(page);
	*full = tlb_queue_page(tlb, page, delay_rmap);
	return delay_rmap || *full;
}

/*
 * Entries of one table, from that of @addr on. Returns where it stopped: @end, or earlier when the gather had to be
 * emptied first.
 */
static unsigned long zap_pte_table(struct mmu_gather *tlb, struct vm_area_struct *vma, struct page *table, pte_t *pte,
				   unsigned long addr, unsigned long end)
{
	bool force_flush = false, full = false;

	tlb_change_page_size(tlb, PAGE_SIZE);
	pte_lock(table);
	for (; addr < end && !full; addr += PAGE_SIZE, pte++) {
		uint64_t word = ptep_get(pte);

		if (pte_present(word))
			force_flush |= zap_present_pte(tlb, addr, zap_entry(pte, word), &full);
	}
	if (force_flush) {
		tlb_flush_mmu_tlbonly(tlb);
		tlb_flush_rmaps(tlb, &vma->tlb);
	}
	pte_unlock(table);
	/* Flushed already; what is left is to free, for which the lock is not needed. */
	if (force_flush)
		tlb_flush_mmu(tlb);
	return addr;
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
	while (pte && addr < end) {
		addr = zap_pte_table(tlb, vma, table, pte, addr, end);
		pte = first + (addr - start) / PAGE_SIZE;
	}
}

/*
 * The levels above are walked again for each table: nobody takes them away while this runs, see the
 * head of this file.
 */
static void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	unsigned long next;

	for (; start < end; start = next) {
		next = (start & ~(TABLE_SPAN - 1)) + TABLE_SPAN;
		if (next > end)
			next = end;
		zap_pte_range(tlb, vma, start, next);
	}
}

/*
 * [start, end), cut to @vma. tlb_start_vma() and tlb_end_vma() around each VMA, as flags of the VMA
 * (executable, a driver's) belong to the flush of its entries.
 */
void unmap_single_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (start < vma->tlb.start)
		start = vma->tlb.start;
	if (end > vma->tlb.end)
		end = vma->tlb.end;
	if (start >= end)
		return;
	shootdown_assert(!(start & ~PAGE_MASK) && !(end & ~PAGE_MASK), "unmap_single_vma: whole pages");
	tlb_start_vma(tlb, &vma->tlb);
	unmap_page_range(tlb, vma, start, end);
	tlb_end_vma(tlb, &vma->tlb);
}

/* [start, end) of @vma and of those that follow it. */
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	for (; vma && vma->tlb.start < end; vma = vma->next)
		unmap_single_vma(tlb, vma, start, end);
}

/*
 * A gather of its own, flushed on return: what rmap-based callers need, who hold no mmap lock. The
 * gather raises tlb_flush_pending before the first entry goes, and lowers it behind its flush:
 * another gather in the same range sees that and flushes, too (ORD-4).
 */
void zap_page_range_single(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &vma->vm_mm->tlb);
	unmap_single_vma(&tlb, vma, start, end);
	tlb_finish_mmu(&tlb);
}
