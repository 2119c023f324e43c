/* SPDX-License-Identifier: MIT */
/*
 * age.c - was a page used since somebody asked last? By an entry, or through the tables of who keeps some of his own.
 *
 * folio_referenced() of Linux. An entry that becomes old is not flushed (change.h, conclusion 5): what a TLB still holds young may be used unseen.
 */
#include <mm/mm.h>

struct aging {
	struct rmap_walk walk;
	bool young;
};

static bool age_one(struct rmap_walk *walk, const struct rmap_entry *at)
{
	struct aging *aging = container_of(walk, struct aging, walk);
	uint64_t word = ptep_get(at->pte);

	if (!maps_page(word, walk->page))
		return true;
	/* Hardware may set dirty meanwhile: then it is used, and stays young. */
	if (word & MACHINE_PTE_ACCESSED) {
		ptep_cmpxchg(at->pte, word, word & ~MACHINE_PTE_ACCESSED);
		aging->young = true;
	}
	/* Whatever the entry says: a guest's use of the page is not written there. */
	if (mmu_notifier_clear_flush_young(&at->vma->vm_mm->tlb, at->address, at->address + PAGE_SIZE))
		aging->young = true;
	return true;
}

bool age_page(struct mm_struct *mm, unsigned long address)
{
	struct aging aging = { .walk = { .page = isolate_page(mm, address), .one = age_one } };

	if (!aging.walk.page)
		return false;
	if (trylock_page(aging.walk.page)) {
		rmap_walk(&aging.walk);
		unlock_page(aging.walk.page);
	}
	page_put(aging.walk.page);
	return aging.young;
}
