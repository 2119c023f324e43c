/* SPDX-License-Identifier: MIT */
/*
 * pmd_share.c - tables of huge pages of a file that several maps have together: one entry for each page, whoever faults on it first.
 *
 * Two VMAs that map the same pages of a file, with the same rights, and that fill a table of such entries each, may have one table for both, in one
 * address space or in two. The lock of sharing is the file's i_mmap_rwsem:
 *   1. For reading: who looks for a table to share, and who is in one, until he has done with it (a fault).
 *   2. For writing: who takes mappings away. Of a table that is shared he clears no entry, as that would take the page away from everybody; he clears
 *      the entry above, which is his address space's own. .sharers goes down, and at 0 the table is one address space's, to be treated as any other.
 *   3. What he has unhooked is flushed before the lock is dropped, with the paths that walk caches hold, and who walks without locks is waited for:
 *      behind the lock who has the table for himself takes its pages away, and frees it, and flushes his own address space alone.
 *   4. Of a VMA whose tables are about to be freed nobody shares any more: it is still in the list until then.
 * So the last one that has a table zaps its entries, and frees it as any other. It has one reference, whoever has it (page.c).
 *
 * huge_pmd_share() and huge_pmd_unshare() of Linux, as they are since tlb_unshare_pmd_ptdesc() (2025). A fault there holds a lock of the VMA's own
 * for reading, and who takes mappings away holds that as well; as here it was from 5.7 to 6.0.
 */
#include <mm/hugetlb.h>

/* ---- the lock of sharing; nothing for a VMA of another kind ---- */

void hugetlb_read_lock(const struct vm_area_struct *vma)
{
	/* First place, of a pair. */
	if (RULE(fault_locks_sharing))
		down_read(&vma->file->i_mmap_rwsem);
}

void hugetlb_read_unlock(const struct vm_area_struct *vma)
{
	/* Second place: what was not locked is not unlocked. */
	if (RULE(fault_locks_sharing))
		up_read(&vma->file->i_mmap_rwsem);
}

void hugetlb_write_lock(const struct vm_area_struct *vma)
{
	if (is_hugetlb(vma))
		down_write(&vma->file->i_mmap_rwsem);
}

/* @leaves: its tables are about to be freed. */
void hugetlb_write_unlock(struct mmu_gather *tlb, struct vm_area_struct *vma, bool leaves)
{
	if (!is_hugetlb(vma))
		return;
	/* Conclusion 3. */
	if (RULE(unshare_flush_locked))
		tlb_flush_unshared_tables(tlb);
	/* Conclusion 4. */
	if (leaves && RULE(leaving_not_shared))
		vma->leaves = true;
	up_write(&vma->file->i_mmap_rwsem);
	/* Nothing is left to be flushed here. */
	tlb_flush_unshared_tables(tlb);
}

/* ---- who has a table ---- */

static unsigned long table_start(unsigned long address)
{
	return address & ~(SHARED_SPAN - 1);
}

/* Does @vma fill the table that @address is in? Of two levels that is the root, which is never shared. */
static bool fills_table(const struct vm_area_struct *vma, unsigned long address)
{
	unsigned long start = table_start(address);

	return machine_levels() > 2 && !is_contiguous(vma) && start >= vma->tlb.start &&
	       start + SHARED_SPAN <= vma->tlb.end;
}

/* Whether @vma fills the table does not matter: it may have been cut since, and share what it has filled. */
void hugetlb_widen(const struct vm_area_struct *vma, unsigned long *start, unsigned long *end)
{
	unsigned long first = table_start(*start > vma->tlb.start ? *start : vma->tlb.start);
	unsigned long behind = table_start((*end < vma->tlb.end ? *end : vma->tlb.end) - 1) + SHARED_SPAN;

	if (!is_hugetlb(vma) || is_contiguous(vma) || machine_levels() <= 2)
		return;
	*start = first < *start ? first : *start;
	*end = behind > *end ? behind : *end;
}

/* Where @other maps what @vma maps in the table that begins at @start, in a table of its own: page_table_shareable(). False: nowhere. */
static bool maps_the_same(const struct vm_area_struct *other, const struct vm_area_struct *vma, unsigned long start,
			  unsigned long *at)
{
	unsigned int index = linear_page_index(vma, start);

	if (other == vma || other->leaves || other->vm_flags != vma->vm_flags || index < other->pgoff)
		return false;
	*at = other->tlb.start + ((unsigned long)(index - other->pgoff) << other->tlb.page_shift);
	return *at == table_start(*at) && fills_table(other, *at);
}

/* The table by which @vma is mapped at @address; NULL: there is none. */
static struct page *table_of(const struct vm_area_struct *vma, unsigned long address)
{
	struct page *upper;
	pte_t *entry = pud_lookup(vma->vm_mm, address, &upper);
	uint64_t word = entry ? ptep_get(entry) : 0;

	return pmd_table(word) ? frame_to_page(pte_frame(word)) : NULL;
}

/*
 * The lock of sharing is held, for reading: others may look for the same table. It is counted before it can be found by this address space. NULL:
 * nobody has one.
 */
static struct page *find_table(const struct vm_area_struct *vma, unsigned long start)
{
	struct page *table = NULL;
	unsigned long at;

	for (const struct vm_area_struct *other = vma->file->i_mmap; other && !table; other = other->i_mmap_next) {
		if (maps_the_same(other, vma, start, &at))
			table = table_of(other, at);
	}
	if (table)
		__atomic_fetch_add(&table->sharers, 1, __ATOMIC_RELAXED);
	return table;
}

/* Somebody else of this address space may have hooked one meanwhile. */
static void share(struct vm_area_struct *vma, unsigned long start)
{
	struct page *upper, *table;
	pte_t *entry = pud_alloc(vma->vm_mm, start, &upper);

	if (!entry || pte_present(ptep_get(entry)))
		return;
	table = find_table(vma, start);
	if (!table)
		return;
	pte_lock(upper);
	if (pte_none(ptep_get(entry)))
		hook_table(entry, table);
	else
		__atomic_fetch_sub(&table->sharers, 1, __ATOMIC_RELAXED);
	pte_unlock(upper);
}

/* The entry of the huge page at @address, in a table that may be others' as well. NULL: no memory. The lock of sharing is held. */
pte_t *hugetlb_pte_alloc(struct vm_area_struct *vma, unsigned long address, struct page **table)
{
	if (fills_table(vma, address))
		share(vma, table_start(address));
	return pmd_alloc(vma->vm_mm, address, table);
}

/*
 * This address space leaves the table that maps @address, if others have it as well; true: it has. The lock of sharing is held for writing, until
 * tlb_flush_unshared_tables(): so nobody else counts.
 */
bool hugetlb_unshare(struct mmu_gather *tlb, const struct vm_area_struct *vma, unsigned long address)
{
	struct page *upper, *table = machine_levels() > 2 ? table_of(vma, address) : NULL;
	int sharers = table ? __atomic_load_n(&table->sharers, __ATOMIC_RELAXED) : 0;
	/* Entries of a table that others have as well are theirs, too: it is left as it is, and as a whole. */
	bool leaves = sharers && RULE(shared_table_left);

	shootdown_assert(rwsem_is_written(&vma->file->i_mmap_rwsem), "hugetlb_unshare: under the lock of sharing");
	if (leaves) {
		set_pte(pud_lookup(vma->vm_mm, address, &upper), 0);
		__atomic_store_n(&table->sharers, sharers - 1, __ATOMIC_RELAXED);
		tlb_unshare_table(tlb, TLB_LEVEL_PMD, address, sharers == 1);
	}
	return leaves;
}

/*
 * The entry at @address, in @table, allows more: so it does wherever else the table stands, and who walks it there may go on being refused by what
 * he holds. The lock of sharing is held, and that of the table.
 */
void hugetlb_tell_sharers(const struct vm_area_struct *vma, unsigned long address, const struct page *table)
{
	unsigned long start = table_start(address), into = (address & ~(TABLE_SPAN - 1)) - start, at;
	bool tells = fills_table(vma, address) && RULE(shared_upgrade_told);

	for (struct vm_area_struct *other = vma->file->i_mmap; tells && other; other = other->i_mmap_next) {
		if (maps_the_same(other, vma, start, &at) && table_of(other, at) == table)
			tlb_notify_upgrade(&other->tlb, at + into, at + into + TABLE_SPAN);
	}
}

/* ---- at boot ---- */

static bool has_partner(const struct vm_area_struct *vma, unsigned long start)
{
	unsigned long at;

	for (const struct vm_area_struct *other = vma->file->i_mmap; other; other = other->i_mmap_next) {
		if (maps_the_same(other, vma, start, &at))
			return true;
	}
	return false;
}

/* @vma and those behind it: what can be shared is, before anybody has faulted there. */
void share_initially(struct vm_area_struct *vma)
{
	for (; vma; vma = vma->next) {
		for (unsigned long at = vma->tlb.start; is_hugetlb(vma) && at < vma->tlb.end; at += SHARED_SPAN) {
			struct page *table;

			if (fills_table(vma, at) && has_partner(vma, table_start(at)))
				hugetlb_pte_alloc(vma, at, &table);
		}
	}
}
