/* SPDX-License-Identifier: MIT */
/*
 * huge.c - huge pages: four pages behind each other, mapped by one entry where else the entry of their table stands.
 *
 * A huge page has no count of its own: each of the four is a page as any other, with a reference and a map count that the huge entry has of it, so
 * that when the entry is split nothing has to be counted again. That it was mapped as one its first page says (.together), to the gather
 * that takes it away. Those of this file are anonymous, and each is mapped by one huge entry at most; hugetlb.c has those of files.
 *
 * The entry's lock is that of the table it stands in. In a VMA that may have huge entries (VM_HUGE) the entry goes from none to huge, from none to
 * a table, or from huge to a table, under that lock; from a table to huge only with the VMA locked (collapse.c). So who holds the VMA and finds
 * a table finds it until the end.
 *
 * Who changes entries one by one (mprotect(), madvise(), fork(), mremap()) splits what is huge first. Who comes by the reverse map finds no
 * entry of a huge page, and leaves the page alone. Linux changes, copies and moves huge entries as they are, and splits for the reverse map alone.
 */
#include <mm/fault.h>

/* Does the part of @vma that one table maps lie in it as a whole, so that it may be huge? */
bool huge_fits(const struct vm_area_struct *vma, unsigned long address)
{
	unsigned long start = address & ~(TABLE_SPAN - 1);

	return vma->vm_flags & VM_HUGE && start >= vma->tlb.start && start + TABLE_SPAN <= vma->tlb.end;
}

/* Four pages for the part of @vma that @address is in; the first of them. NULL: no memory. Before anybody else can see them. */
struct page *huge_page_alloc(const struct vm_area_struct *vma, unsigned long address)
{
	struct page *first = pages_alloc(MACHINE_TABLE_ENTRIES);

	for (unsigned int i = 0; first && i < MACHINE_TABLE_ENTRIES; i++)
		page_own(&first[i], vma->anon_vma, linear_page_index(vma, address & ~(TABLE_SPAN - 1)) + i);
	return first;
}

/* Nobody has mapped them. */
void huge_page_drop(struct page *first)
{
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++)
		page_put(&first[i]);
}

/* Before the entry can be found, as page_add_rmap(). */
void huge_page_add_rmap(struct page *first)
{
	first->together = true;
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++)
		page_add_rmap(&first[i]);
}

/* The page of @address that a huge entry maps. */
struct page *huge_page_at(uint64_t word, unsigned long address)
{
	return frame_to_page(pte_frame(word)) + address / PAGE_SIZE % MACHINE_TABLE_ENTRIES;
}

/* ---- split ---- */

/* Each small entry says what the huge one said: what was written to by it may have been any of the pages. */
static void fill_table(const struct page *table, uint64_t word)
{
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++)
		set_pte(&machine_frame_words(table->frame)[i], word + ((uint64_t)i << MACHINE_PTE_FRAME_SHIFT));
}

/*
 * The lock of @upper, in which @pmd stands and is huge, is held. It is cleared and flushed before the table of small entries stands there, so that no TLB
 * has two sizes for an address, nor one that a flush of a page leaves alone. No walk finds anything in between, and who has seen that waits for
 * the lock. False: no memory. __split_huge_pmd_locked(), pmdp_invalidate().
 */
static bool split_locked(struct vm_area_struct *vma, unsigned long address, pte_t *pmd, const struct page *upper)
{
	unsigned long start = address & ~(TABLE_SPAN - 1);
	struct page *table = table_alloc();
	uint64_t word;

	shootdown_assert(spin_is_mine(&upper->ptl), "split_locked: under the lock of the entry");
	if (!table)
		return false;
	flush_cache_range(vma, start, start + TABLE_SPAN);
	word = ptep_get_and_clear(vma->vm_mm, pmd);
	if (RULE(split_flush))
		tlb_flush_range(&vma->tlb, start, start + TABLE_SPAN);
	frame_to_page(pte_frame(word))->together = false;
	fill_table(table, word);
	tlb_inherit(&table->changes, &upper->changes);
	hook_table(pmd, table);
	return true;
}

/* What keeps the VMA is the caller's. On return no entry of @address is huge; another one may become that, unless the VMA is write-locked. */
void split_huge(struct vm_area_struct *vma, unsigned long address)
{
	struct page *upper;
	pte_t *pmd = vma->vm_flags & VM_HUGE ? pmd_lookup(vma->vm_mm, address, &upper) : NULL;
	unsigned long start = address & ~(TABLE_SPAN - 1);
	struct mmu_notifier_range range;

	if (!pmd || !pmd_huge(ptep_get(pmd)))
		return;
	range_start(&range, MMU_NOTIFY_CLEAR, vma->vm_mm, start, start + TABLE_SPAN);
	pte_lock(upper);
	if (pmd_huge(ptep_get(pmd)) && !split_locked(vma, address, pmd, upper))
		machine_too_big("tables", MACHINE_MAX_FRAMES);
	pte_unlock(upper);
	range_end(&range);
}

/* The last-level entry of @address, for who changes entries one by one; as pte_lookup(). */
pte_t *pte_lookup_split(struct vm_area_struct *vma, unsigned long address, struct page **table)
{
	split_huge(vma, address);
	return pte_lookup(vma->vm_mm, address, table);
}

/* `split A`: the VMA's own lock is enough. */
void split(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = vma_start_read(mm, address);

	if (!vma)
		return;
	split_huge(vma, address);
	vma_end_read(vma);
}

/* ---- zap ---- */

/* The lock of the entry is held. True: the gather is full. zap_huge_pmd(). */
bool zap_huge_locked(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long address, pte_t *pmd,
		     struct page *upper)
{
	struct page *first = frame_to_page(pte_frame(ptep_get_and_clear_full(vma->vm_mm, pmd, tlb)));

	tlb_flush_level_range(tlb, TLB_LEVEL_PMD, address, TABLE_SPAN);
	record_change(tlb, vma, TLB_LEVEL_PMD, address, TABLE_SPAN);
	tlb_mark(tlb, &upper->changes, TLB_LOST_ENTRY);
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++)
		page_remove_rmap(&first[i]);
	return tlb_queue_page_size(tlb, first, false, TABLE_SPAN);
}

/*
 * [addr, end), which one table would map; true: there is none, and no huge entry any more. One that reaches beyond the range is split. The lock is taken
 * even to find nothing: it shows who is counted that took the entry away (ORD-4).
 */
bool zap_huge(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	struct page *upper;
	pte_t *pmd = vma->vm_flags & VM_HUGE ? pmd_lookup(vma->vm_mm, addr, &upper) : NULL;
	bool full = false, is_table;
	uint64_t word;

	/* A part of it: a bracket of its own, which is of all of it. */
	if (pmd && end - addr != TABLE_SPAN)
		split_huge(vma, addr);
	if (!pmd || pmd_table(ptep_get(pmd)))
		return false;
	tlb_change_page_size(tlb, TABLE_SPAN);
	pte_lock(upper);
	tlb_look(tlb, &upper->changes, TLB_LOST_ENTRY, addr, end);
	word = ptep_get(pmd);
	is_table = pmd_table(word);
	if (pmd_huge(word))
		full = zap_huge_locked(tlb, vma, addr, pmd, upper);
	pte_unlock(upper);
	if (full)
		tlb_flush_mmu(tlb);
	return !is_table;
}

/* ---- faults ---- */

/* Nothing is mapped: do_huge_pmd_anonymous_page(). The lock decides who is first. */
static void fill(const struct fault *f, struct page *first)
{
	uint64_t bits = f->vma->vm_flags & VM_WRITE ? MACHINE_PTE_WRITE : 0;

	if (!lock_same(f)) {
		huge_page_drop(first);
		return;
	}
	huge_page_add_rmap(first);
	set_pte_at(f, make_entry(f, first->frame, f->how == MACHINE_STORE ? pte_mkdirty(bits) : bits));
	pte_unlock(f->table);
}

static bool is_exclusive(uint64_t word)
{
	struct page *first = frame_to_page(pte_frame(word));
	bool exclusive = true;

	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++)
		exclusive &= page_is_exclusive(&first[i]);
	return exclusive;
}

/*
 * The entry is huge, and did not satisfy the access. A write to what somebody else has as well is for the small entries to find out, of which one page is
 * copied. do_huge_pmd_wp_page(), huge_pmd_set_accessed().
 */
static void repair_locked(const struct fault *f)
{
	uint64_t word = pte_mkyoung(f->orig);

	if (f->how == MACHINE_STORE && !pte_write(word) && !is_exclusive(word)) {
		split_locked(f->vma, f->address, f->pte, f->table);
		return;
	}
	if (f->how == MACHINE_STORE)
		word = pte_mkdirty(pte_mkwrite(word));
	ptep_set_access_flags(f, word);
}

static void repair(const struct fault *f)
{
	unsigned long start = f->address & ~(TABLE_SPAN - 1);
	bool may_split = f->how == MACHINE_STORE && !pte_write(f->orig);
	struct mmu_notifier_range range;

	if (may_split)
		range_start(&range, MMU_NOTIFY_CLEAR, f->vma->vm_mm, start, start + TABLE_SPAN);
	if (lock_same(f)) {
		repair_locked(f);
		pte_unlock(f->table);
	}
	if (may_split)
		range_end(&range);
}

/* True: all is done that can be, try the access again. False: it is for the small entries. */
bool handle_huge_fault(struct fault *f)
{
	struct page *first;

	f->pte = pmd_alloc(f->vma->vm_mm, f->address, &f->table);
	f->orig = f->pte ? ptep_get(f->pte) : 0;
	if (!f->pte || pmd_table(f->orig))
		return false;
	if (pmd_huge(f->orig)) {
		f->huge = true;
		repair(f);
		return true;
	}
	first = huge_fits(f->vma, f->address) ? huge_page_alloc(f->vma, f->address) : NULL;
	if (first)
		fill(f, first);
	return first;
}
