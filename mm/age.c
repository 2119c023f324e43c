/* SPDX-License-Identifier: MIT */
/*
 * age.c - was a page used since somebody asked last? By an entry, or through the tables of who keeps some of his own.
 *
 * folio_referenced() of Linux, which reclaim goes by; page_idle_clear_pte_refs(), which forgets as well, and is no more than a guess; and damon_young(),
 * which forgets nothing. An entry that becomes old is not flushed (change.h, conclusion 5): what a TLB still holds young may be used unseen.
 */
#include <mm/rmap.h>

struct aging {
	struct rmap_walk walk;
	enum age_how how;
	bool young;
};

/* Whatever the entry says: a guest's use of the page is not written there. */
static bool is_used_by_others(enum age_how how, struct tlb_mm *mm, unsigned long address)
{
	switch (how) {
	case AGE_RECLAIM:
		return mmu_notifier_clear_flush_young(mm, address, address + PAGE_SIZE);
	case AGE_IDLE:
		return mmu_notifier_clear_young(mm, address, address + PAGE_SIZE);
	default:
		return mmu_notifier_test_young(mm, address);
	}
}

static bool age_one(struct rmap_walk *walk, const struct rmap_entry *at)
{
	struct aging *aging = container_of(walk, struct aging, walk);
	uint64_t word = ptep_get(at->pte);

	if (!maps_page(word, walk->page))
		return true;
	if (word & MACHINE_PTE_ACCESSED) {
		/* Hardware may set dirty meanwhile: then it is used, and stays young. */
		if (aging->how != AGE_LOOK)
			ptep_cmpxchg(at->pte, word, word & ~MACHINE_PTE_ACCESSED);
		aging->young = true;
	}
	if (is_used_by_others(aging->how, &at->vma->vm_mm->tlb, at->address))
		aging->young = true;
	return true;
}

bool age_page(struct mm_struct *mm, unsigned long address, enum age_how how)
{
	struct aging aging = { .walk = { .page = isolate_page(mm, address), .one = age_one }, .how = how };

	if (!aging.walk.page)
		return false;
	if (trylock_page(aging.walk.page)) {
		rmap_walk(&aging.walk);
		unlock_page(aging.walk.page);
	}
	page_put(aging.walk.page);
	return aging.young;
}
