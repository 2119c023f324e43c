/* SPDX-License-Identifier: MIT */
/* zap.c - take the entries of a range away, page table by page table, into a gather. */
#include <mm/mm.h>

#define TABLE_SPAN (PAGE_SIZE * MACHINE_TABLE_ENTRIES)

static uint64_t ptep_get_and_clear(machine_pte *pte)
{
	uint64_t word;

	if (RULE(atomic_clear))
		return machine_pte_xchg(pte, 0);
	word = machine_pte_read(pte);
	machine_pte_xchg(pte, 0);
	return word;
}

static struct page *vm_normal_page(uint64_t word)
{
	return word & MACHINE_PTE_SPECIAL ? NULL : frame_to_page((int)(word >> MACHINE_PTE_FRAME_SHIFT));
}

/*
 * One present entry. True: stop and flush before the page-table lock is dropped, because the gather is full or because the
 * page may be cleaned by someone who no longer finds us.
 */
static bool zap_present_pte(struct mmu_gather *tlb, machine_pte *pte, unsigned long address, bool *full)
{
	uint64_t word = ptep_get_and_clear(pte);
	struct page *page = vm_normal_page(word);
	bool delay_rmap = false;

	tlb_remove_tlb_entry(tlb, address);
	if (!page)
		return false;
	if (!page->anon_vma && word & MACHINE_PTE_DIRTY) {
		set_page_dirty(page);
		delay_rmap = tlb_delay_rmap(tlb);
	}
	if (!delay_rmap)
		page_remove_rmap(page);
	*full = tlb_queue_page(tlb, page, delay_rmap);
	return delay_rmap || *full;
}

/* Entries of one table. Returns where it stopped: @end, or earlier when the gather must be emptied first. */
static unsigned long zap_pte_table(struct mmu_gather *tlb, struct vm_area_struct *vma, struct page *table,
				   machine_pte *pte, unsigned long addr, unsigned long end)
{
	bool force_flush = false, full = false;

	tlb_change_page_size(tlb, PAGE_SIZE);
	pte_lock(table);
	for (; addr < end && !full; addr += PAGE_SIZE, pte++) {
		if (machine_pte_read(pte) & MACHINE_PTE_PRESENT)
			force_flush |= zap_present_pte(tlb, pte, addr, &full);
	}
	/* Dropping the lock lets mkclean in, and it takes an empty entry for a page that nobody can write. */
	if (force_flush && RULE(flush_under_ptl)) {
		tlb_flush_mmu_tlbonly(tlb);
		tlb_flush_rmaps(tlb, &vma->tlb);
	}
	pte_unlock(table);
	if (force_flush) {
		tlb_flush_mmu_tlbonly(tlb);
		tlb_flush_rmaps(tlb, &vma->tlb);
		tlb_flush_mmu(tlb);
	}
	return addr;
}

static void zap_pte_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	struct page *table;
	machine_pte *pte = pte_lookup(vma->vm_mm, addr, &table);
	machine_pte *first = pte;
	unsigned long start = addr;

	while (pte && addr < end) {
		addr = zap_pte_table(tlb, vma, table, pte, addr, end);
		pte = first + (addr - start) / PAGE_SIZE;
	}
}

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

/* [start, end), cut to @vma. */
void unmap_single_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (start < vma->tlb.start)
		start = vma->tlb.start;
	if (end > vma->tlb.end)
		end = vma->tlb.end;
	if (start >= end)
		return;
	tlb_start_vma(tlb, &vma->tlb);
	unmap_page_range(tlb, vma, start, end);
	tlb_end_vma(tlb, &vma->tlb);
}

void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	for (; vma && vma->tlb.start < end; vma = vma->next)
		unmap_single_vma(tlb, vma, start, end);
}

/* A gather of its own, flushed on return: what rmap-based callers need, who hold no mmap lock. */
void zap_page_range_single(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &vma->vm_mm->tlb);
	unmap_single_vma(&tlb, vma, start, end);
	tlb_finish_mmu(&tlb);
}
