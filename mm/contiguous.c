/* SPDX-License-Identifier: MIT */
/*
 * contiguous.c - huge pages of a file which groups of small entries map: each says that it is one of MACHINE_GROUP, and hardware may use any of them for
 * all. So software treats them as one:
 *   1. Whatever hardware says of one, accessed or dirty, it says of the group: so nothing is asked of a single one.
 *   2. They change one by one, but all of them before the first is invalidated. What is invalidated before may come back by those that were not
 *      changed yet.
 *   3. An invalidation is for each: what a TLB keeps of one page goes by that page's address. Their size, as the gather and a VMA know it, is that of
 *      small ones.
 *
 * CONT_PTE of Linux on arm64: set_huge_pte_at(), get_clear_contig(), huge_ptep_set_access_flags().
 */
#include <mm/hugetlb.h>
#include <mm/relax.h>

/* Conclusion 3: where the last one's address ends. */
static unsigned long group_end(unsigned long addr)
{
	unsigned long end = addr + PAGE_SIZE;

	if (RULE(group_flushed_whole))
		end = addr + GROUP_SPAN;
	return end;
}

/* Nothing stands there yet. @word is the first one's. */
void group_set(pte_t *pte, uint64_t word)
{
	for (unsigned int i = 0; i < MACHINE_GROUP; i++)
		set_pte(&pte[i], (word | MACHINE_PTE_CONTIGUOUS) + ((uint64_t)i << MACHINE_PTE_FRAME_SHIFT));
}

/* The lock of the entries is held. True: the entry is another one now; *@needs: that takes a flush. */
static bool change_one(struct mm_struct *mm, pte_t *pte, uint64_t take, uint64_t give, bool *needs)
{
	uint64_t old = ptep_modify(mm, pte, take, give), now = (old & ~take) | give;

	*needs |= tlb_change_needs(pte_entry_bits(old), pte_entry_bits(now)) == TLB_CHANGE_FLUSH;
	return now != old;
}

/* They allow more: huge_ptep_set_access_flags(). Devices that go on refusing are told of all that they map. */
void group_upgrade(struct vm_area_struct *vma, unsigned long addr, pte_t *pte, uint64_t bits)
{
	uint64_t word = ptep_get(pte);
	bool changed = false, breaks = relax_breaks(vma, word, word | bits);

	if (breaks)
		relax_begin(vma->vm_mm, pte, MACHINE_GROUP);
	for (unsigned int i = 0; i < MACHINE_GROUP && !breaks; i++)
		changed |= (ptep_modify(vma->vm_mm, &pte[i], 0, bits) & bits) != bits;
	if (changed || breaks)
		tlb_notify_upgrade(&vma->tlb, addr, group_end(addr));
	if (breaks)
		relax_end(pte, MACHINE_GROUP, bits);
}

/* Their rights become @bits, of MACHINE_PTE_WRITE and EXEC; those of others are taken. */
void group_change(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, pte_t *pte, uint64_t bits)
{
	bool changed = false, needs = false, all_first = RULE(group_changed_first);
	uint64_t word = ptep_get(pte);

	if (relax_breaks(vma, word, word | bits))
		group_upgrade(vma, addr, pte, MACHINE_PTE_WRITE);
	for (unsigned int i = 0; i < MACHINE_GROUP; i++) {
		changed |= change_one(vma->vm_mm, &pte[i], MACHINE_PTE_WRITE | MACHINE_PTE_EXEC, bits, &needs);
		if (!all_first)
			tlb_flush_page(&vma->tlb, addr + i * PAGE_SIZE);
	}
	if (needs && all_first) {
		tlb_flush_level_range(tlb, TLB_LEVEL_PTE, addr, group_end(addr) - addr);
		record_change(tlb, vma, TLB_LEVEL_PTE, addr, group_end(addr) - addr);
	} else if (changed) {
		tlb_notify_upgrade(&vma->tlb, addr, group_end(addr));
	}
}

/* As zap_huge_locked(). */
bool group_zap_locked(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, pte_t *pte,
		      struct page *table)
{
	struct page *first = frame_to_page(pte_frame(ptep_get(pte)));

	for (unsigned int i = 0; i < MACHINE_GROUP; i++)
		ptep_get_and_clear_full(vma->vm_mm, &pte[i], tlb);
	tlb_flush_level_range(tlb, TLB_LEVEL_PTE, addr, group_end(addr) - addr);
	record_change(tlb, vma, TLB_LEVEL_PTE, addr, group_end(addr) - addr);
	tlb_mark(tlb, &table->changes, TLB_LOST_ENTRY);
	for (unsigned int i = 0; i < MACHINE_GROUP; i++)
		page_remove_rmap(&first[i]);
	return tlb_queue_folio_pages(tlb, first, MACHINE_GROUP, false);
}
