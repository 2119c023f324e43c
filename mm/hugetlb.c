/* SPDX-License-Identifier: MIT */
/*
 * hugetlb.c - files of huge pages: each is mapped by one entry above the last level, or by a group of small ones (contiguous.c), by as many address
 * spaces as like to.
 *
 * A huge page is four pages behind each other that are counted one by one, as in huge.c; it is never split, so that its entries come and go whole.
 * Mappings of it are shared: what is written is written to the file, which has no disk, and whose pages stay in memory until it is truncated.
 *
 * The page lock keeps faults on one page apart, and truncate out of them, as in filemap.c; Linux has a table of mutexes for that (hugetlb_fault()).
 * Nobody comes to such a page from the page, but who moves it (hugetlb_migrate.c): it is not reclaimed.
 */
#include <mm/fault.h>
#include <mm/hugetlb.h>
#include <mm/relax.h>

/* Page @index of @file, with the references of the cache, which does not have it yet. NULL: no memory. */
struct page *hugetlb_page_create(struct address_space *file, unsigned int index)
{
	struct page *first = pages_alloc(MACHINE_TABLE_ENTRIES);

	if (!first)
		return NULL;
	first->together = file->kind == FILE_HUGETLB;
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		first[i].mapping = file;
		first[i].index = index;
	}
	return first;
}

/* Of the page at @address: where its file has it, and its first byte. */
static unsigned int first_index(const struct vm_area_struct *vma, unsigned long address)
{
	unsigned int index = linear_page_index(vma, address);

	return index - index % file_step(vma->file);
}

static unsigned long first_address(const struct vm_area_struct *vma, unsigned long address)
{
	return address & ~(is_contiguous(vma) ? GROUP_SPAN - 1 : TABLE_SPAN - 1);
}

/* The first of the entries that map the page of @address. The lock of sharing is held; NULL: no memory. */
static pte_t *entries_alloc(struct vm_area_struct *vma, unsigned long address, struct page **table)
{
	if (is_contiguous(vma))
		return pte_alloc(vma->vm_mm, first_address(vma, address), table);
	return hugetlb_pte_alloc(vma, address, table);
}

/* An entry has a reference to each of the pages, and is counted by each. Before it can be found. */
static void add_entry(struct page *first)
{
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		page_get(&first[i]);
		page_add_rmap(&first[i]);
	}
}

/* At boot, as map_initial(). */
bool map_initial_hugetlb(struct vm_area_struct *vma, unsigned long address, uint64_t bits)
{
	struct page *first = vma->file->pages[first_index(vma, address)], *table;
	pte_t *pte = entries_alloc(vma, address, &table);
	uint64_t word = mk_pte(first->frame, bits | (vma->vm_flags & VM_EXEC ? MACHINE_PTE_EXEC : 0));

	if (!pte)
		return false;
	/* By another map that has the table as well, or for another of its pages. */
	if (pte_present(ptep_get(pte)))
		return true;
	add_entry(first);
	if (is_contiguous(vma))
		group_set(pte, word);
	else
		set_pte(pte, word);
	return true;
}

/* ---- faults ---- */

/* Nothing was mapped: hugetlb_no_page(). Writable at once where the VMA allows writes: nothing has to know who has written. */
static void fill(const struct fault *f, struct page *first)
{
	uint64_t bits = f->vma->vm_flags & VM_WRITE ? MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY : 0;

	if (!lock_same(f))
		return;
	add_entry(first);
	if (is_contiguous(f->vma)) {
		group_set(f->pte, make_entry(f, first->frame, bits));
		update_mmu_cache(f);
	} else {
		set_pte_at(f, make_entry(f, first->frame, bits));
	}
	pte_unlock(f->table);
}

/* The entry did not satisfy the access, which the VMA allows: huge_ptep_set_access_flags(). */
static void repair(const struct fault *f)
{
	uint64_t word = pte_mkyoung(f->orig);

	if (!lock_same(f))
		return;
	if (f->how == MACHINE_STORE)
		word = pte_mkdirty(pte_mkwrite(word));
	/* The walker may be setting the same bits; of a group, in any of it. */
	if (is_contiguous(f->vma)) {
		group_upgrade(f->vma, first_address(f->vma, f->address), f->pte, word & ~f->orig);
	} else if (relax_breaks(f->vma, f->orig, word)) {
		relax_begin(f->vma->vm_mm, f->pte, 1);
		tell_devices(f);
		hugetlb_tell_sharers(f->vma, f->address, f->table);
		relax_end(f->pte, 1, word);
	} else if (word != f->orig && ptep_cmpxchg(f->pte, f->orig, word)) {
		tell_devices(f);
		hugetlb_tell_sharers(f->vma, f->address, f->table);
	}
	update_mmu_cache(f);
	pte_unlock(f->table);
}

/* The lock of sharing keeps the table, which is this address space's as long as no writer has been there. */
static bool fault_locked(struct fault *f, struct page *first)
{
	f->pte = entries_alloc(f->vma, f->address, &f->table);
	if (!f->pte)
		return false;
	f->orig = ptep_get(f->pte);
	if (pte_present(f->orig))
		repair(f);
	else
		fill(f, first);
	return true;
}

/* True: try the access again. Of a page that its file no longer has it fails. */
bool hugetlb_fault(struct fault *f)
{
	struct page *first = filemap_lock_page(f->vma->file, first_index(f->vma, f->address));
	bool done;

	if (!first)
		return false;
	hugetlb_read_lock(f->vma);
	done = fault_locked(f, first);
	hugetlb_read_unlock(f->vma);
	unlock_page(first);
	page_put(first);
	return done;
}

/* What is at a page, behind its lock; NULL, without the lock, if nothing is, or only what others share. */
static pte_t *lock_unshared(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, struct page **table)
{
	pte_t *pte;

	if (!is_contiguous(vma) && hugetlb_unshare(tlb, vma, addr))
		return NULL;
	pte = is_contiguous(vma) ? pte_lookup(vma->vm_mm, addr, table) : pmd_lookup(vma->vm_mm, addr, table);
	if (!pte)
		return NULL;
	tlb_change_page_size(tlb, vma_page_size(vma));
	pte_lock(*table);
	tlb_look(tlb, &(*table)->changes, TLB_LOST_RIGHTS, addr, addr + TABLE_SPAN);
	return pte;
}

/* EINVAL in Linux, of addresses inside of a huge page. */
static void refuse_parts(unsigned long addr, unsigned long end)
{
	if (end - addr != TABLE_SPAN)
		machine_too_big("parts of a huge page", 0);
}

/* ---- zap ---- */

/*
 * [addr, end) is one page. The lock is taken even to find nothing: it shows who is counted that took the entry away (ORD-4).
 * __unmap_hugepage_range().
 */
void zap_hugetlb(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	struct page *table;
	bool full = false;
	pte_t *pte;

	refuse_parts(addr, end);
	pte = lock_unshared(tlb, vma, addr, &table);
	if (!pte)
		return;
	if (pte_present(ptep_get(pte)))
		full = is_contiguous(vma) ? group_zap_locked(tlb, vma, addr, pte, table)
					  : zap_huge_locked(tlb, vma, addr, pte, table);
	pte_unlock(table);
	/* Not under the lock: it frees pages. */
	if (full)
		tlb_flush_mmu(tlb);
}

/* ---- rights ---- */

static uint64_t with_rights(const struct vm_area_struct *vma, uint64_t word)
{
	word &= ~(MACHINE_PTE_WRITE | MACHINE_PTE_EXEC);
	word |= vma->vm_flags & VM_EXEC ? MACHINE_PTE_EXEC : 0;
	return vma->vm_flags & VM_WRITE ? pte_mkwrite(word) : word;
}

/* The lock of the entry is held. What it gains is told to devices as any upgrade: of all that it maps. */
static void change_locked(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{
	uint64_t old = ptep_get_and_clear(vma->vm_mm, pte), now = with_rights(vma, old);

	if (relax_breaks(vma, old, now))
		tlb_notify_upgrade(&vma->tlb, addr, addr + TABLE_SPAN);
	set_pte(pte, now);
	if (tlb_change_needs(pte_entry_bits(old), pte_entry_bits(now)) == TLB_CHANGE_FLUSH) {
		tlb_flush_level_range(tlb, TLB_LEVEL_PMD, addr, TABLE_SPAN);
		record_change(tlb, vma, TLB_LEVEL_PMD, addr, TABLE_SPAN);
	} else {
		tlb_notify_upgrade(&vma->tlb, addr, addr + TABLE_SPAN);
	}
}

/* Of a table that others have as well nothing is changed: what is in it comes back by faults, under the new rights. */
static void change_page(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end,
			const void *none)
{
	struct page *table;
	uint64_t word;
	pte_t *pte;

	(void)none;
	refuse_parts(addr, end);
	pte = lock_unshared(tlb, vma, addr, &table);
	if (!pte)
		return;
	word = ptep_get(pte);
	if (pte_present(word) && with_rights(vma, word) != word) {
		if (is_contiguous(vma))
			group_change(tlb, vma, addr, pte, with_rights(vma, 0));
		else
			change_locked(tlb, vma, addr, pte);
		tlb_mark(tlb, &table->changes, TLB_LOST_RIGHTS);
	}
	pte_unlock(table);
}

/*
 * hugetlb_change_protection(). The flags change in the same hold of the lock of sharing as the entries: by the new flags others, who have them as
 * well, would share the table with the old entries in it.
 */
void hugetlb_change_rights(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned int flags, unsigned int entries)
{
	struct mmu_notifier_range range;

	hugetlb_write_lock(vma);
	__vma_set_flags(vma, flags, entries);
	range_start(&range, MMU_NOTIFY_PROTECTION_VMA, vma->vm_mm, vma->tlb.start, vma->tlb.end);
	walk_vma(tlb, vma, vma->tlb.start, vma->tlb.end, change_page, NULL);
	range_end(&range);
	hugetlb_write_unlock(tlb, vma, false);
}
