/* SPDX-License-Identifier: MIT */
/*
 * operations.c - calls of the library that the reference mm has no use for, each made by the smallest kernel function that may make it.
 *
 * The mm is the reference mm, in a checker of its own: this table stands in the place of mm/operations.c. So its locks, its faults and
 * its audit hold for what is done here as well. Tables have two levels, and a map fills one, or has it for itself.
 */
#include <tests/calls/calls.h>
#include <mm/operations.h>
#include <mm/vmalloc.h>
#include <tests/calls/merge.h>

static const struct subject_map *map_of(int nr)
{
	return &mm_globals()->setup->maps[nr];
}

static void covers(struct subject_call *call, int space, unsigned long start, unsigned long end)
{
	struct subject_covered *covered = &call->covered;

	covered->range[covered->ranges].space = space;
	covered->range[covered->ranges].start = start;
	covered->range[covered->ranges++].end = end;
}

/* ---- tables as a whole ---- */

static pte_t *upper_entry(const struct mm_struct *mm, unsigned long address)
{
	shootdown_assert(machine_levels() == 2, "upper_entry: of tables of two levels");
	return &machine_frame_words(mm->pgd)[address / TABLE_SPAN % MACHINE_TABLE_ENTRIES];
}

/* Nobody else finds the table: its VMA and the table above it are locked. */
static void zap_all(struct mmu_gather *tlb, struct page *table, unsigned long start)
{
	pte_t *entries = machine_frame_words(table->frame);
	bool full = false;

	pte_lock(table);
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		uint64_t word = ptep_get_and_clear(mm_of_tlb(tlb->mm), entries + i);

		if (!pte_present(word))
			continue;
		shootdown_assert(!full, "zap_all: of a table with few pages");
		tlb_remove_tlb_entry(tlb, start + i * PAGE_SIZE);
		page_remove_rmap(frame_to_page(pte_frame(word)));
		full = tlb_queue_page(tlb, frame_to_page(pte_frame(word)), false);
	}
	pte_unlock(table);
}

/* The frame of the table that @address has, with its entries still in it; nobody finds it by walking any more. */
static int unhook(struct mm_struct *mm, unsigned long address)
{
	struct page *root = frame_to_page(mm->pgd);
	uint64_t word;

	pte_lock(root);
	word = ptep_get_and_clear(mm, upper_entry(mm, address));
	pte_unlock(root);
	return pte_frame(word);
}

static void hook(const struct mm_struct *mm, unsigned long address, int table)
{
	struct page *root = frame_to_page(mm->pgd);

	pte_lock(root);
	set_pte(upper_entry(mm, address), mk_table(table));
	pte_unlock(root);
}

static bool has_table(const struct mm_struct *mm, unsigned long address)
{
	return pte_present(ptep_get(upper_entry(mm, address)));
}

/* Faults keep out of the VMA of @address until mmap_write_unlock(). */
static struct vm_area_struct *lock_vma(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	vma = find_vma(mm, address);
	shootdown_assert(vma && vma->tlb.start == address, "lock_vma: of a map that is there");
	vma_start_write(vma);
	return vma;
}

/*
 * Two address spaces share A's table, and the second, whose B is mapped by it as well, has not hooked it yet: the first leaves it, and is
 * the last one that did. From then on it is B's alone. As huge_pmd_unshare() of Linux, with a table of small pages.
 */
static void op_hand_over(struct subject_call *call)
{
	const struct subject_map *from = map_of(call->map), *to = map_of(call->to);
	struct mm_struct *mm = &mm_globals()->mms[from->space], *other = &mm_globals()->mms[to->space];
	struct mmu_gather tlb;

	lock_vma(mm, from->start);
	lock_vma(other, to->start);
	if (has_table(mm, from->start) && !has_table(other, to->start)) {
		int table;

		tlb_gather_mmu(&tlb, &mm->tlb);
		table = unhook(mm, from->start);
		tlb_unshare_table(&tlb, TLB_LEVEL_PTE, from->start, true);
		tlb_flush_unshared_tables(&tlb);
		hook(other, to->start, table);
		tlb_finish_mmu(&tlb);
		covers(call, from->space, from->start, from->end);
	}
	mmap_write_unlock(other);
	mmap_write_unlock(mm);
}

/*
 * All that A maps, and its table. Faults and others may come as soon as nobody finds the table any more, which is before the flush: there is a
 * new table then, or none. MADV_DONTNEED of Linux does so where it empties a table (zap_pte_table_if_empty()), with other locks.
 */
static void op_zap_table(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct page *root = frame_to_page(mm->pgd), *table;
	struct mmu_gather tlb;
	pte_t *pte;

	tlb_gather_mmu(&tlb, &mm->tlb);
	tlb_change_page_size(&tlb, PAGE_SIZE);
	lock_vma(mm, call->start);
	pte = pte_lookup(mm, call->start, &table);
	if (pte) {
		pte_lock(root);
		tlb_look(&tlb, &root->changes, TLB_LOST_ENTRY, call->start, call->end);
		tlb_mark(&tlb, &root->changes, TLB_LOST_ENTRY);
		zap_all(&tlb, table, call->start);
		set_pte(upper_entry(mm, call->start), 0);
		pte_unlock(root);
		tlb_free_table(&tlb, TLB_LEVEL_PTE, table, call->start);
	}
	mmap_write_unlock(mm);
	tlb_finish_mmu(&tlb);
	covers(call, call->space, call->start, call->end);
}

/* A's table becomes B's, in one address space: move_normal_pmd() of Linux. */
static void op_move(struct subject_call *call)
{
	const struct subject_map *from = map_of(call->map), *to = map_of(call->to);
	struct mm_struct *mm = mm_of(call);
	struct vm_area_struct *vma = lock_vma(mm, from->start);

	vma_start_write(find_vma(mm, to->start));
	if (has_table(mm, from->start) && !has_table(mm, to->start)) {
		hook(mm, to->start, unhook(mm, from->start));
		tlb_flush_range_tables(&vma->tlb, from->start, from->end);
		covers(call, call->space, from->start, from->end);
	}
	mmap_write_unlock(mm);
}

/* Nobody comes to the table any more, nor to a page through it. */
static void free_with_pages(int table)
{
	const pte_t *entries = machine_frame_words(table);

	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		uint64_t word = ptep_get(&entries[i]);

		if (!pte_present(word))
			continue;
		page_remove_rmap(frame_to_page(pte_frame(word)));
		page_put(frame_to_page(pte_frame(word)));
	}
	table_free(frame_to_page(table));
}

/* A's table goes with the pages in it, without a gather: @flush_all knows neither range nor gather. */
static void drop_table(struct subject_call *call, void (*flush)(struct vm_area_struct *vma))
{
	struct mm_struct *mm = mm_of(call);
	struct vm_area_struct *vma = lock_vma(mm, call->start);

	if (has_table(mm, call->start)) {
		int table = unhook(mm, call->start);

		flush(vma);
		synchronize_walkers();
		free_with_pages(table);
		covers(call, call->space, call->start, call->end);
	}
	mmap_write_unlock(mm);
}

static void flush_space(struct vm_area_struct *vma)
{
	tlb_mm_flush(&vma->vm_mm->tlb);
}

/* A stands for a mapping of the kernel's own, which no mask of CPUs knows of: vfree(). */
static void flush_kernel(struct vm_area_struct *vma)
{
	tlb_flush_kernel_range(vma->tlb.start, vma->tlb.start + TABLE_SPAN);
}

static void op_drop_space(struct subject_call *call)
{
	drop_table(call, flush_space);
}

static void op_drop_kernel(struct subject_call *call)
{
	drop_table(call, flush_kernel);
}

/* ---- large entries ---- */

/* Where a table's worth of A, a file's, has no table, one entry maps it: what a kernel with large pages would have mapped there. */
static void op_map_large(struct subject_call *call)
{
	const struct mm_struct *mm = mm_of(call);
	const struct address_space *file = &mm_globals()->files[map_of(call->map)->file];
	const uint64_t bits = MACHINE_PTE_PRESENT | MACHINE_PTE_WRITE | MACHINE_PTE_ACCESSED | MACHINE_PTE_DIRTY;

	for (unsigned long at = call->start; at < call->end; at += TABLE_SPAN) {
		uint64_t frame = (uint64_t)file->pages[(at - call->start) / PAGE_SIZE]->frame;

		if (!has_table(mm, at))
			set_pte(upper_entry(mm, at), frame << MACHINE_PTE_FRAME_SHIFT | bits);
	}
}

/* Small entries of one table, and their pages. */
static void zap_small(struct mmu_gather *tlb, struct mm_struct *mm, unsigned long start)
{
	tlb_change_page_size(tlb, PAGE_SIZE);
	for (unsigned long at = start; at < start + TABLE_SPAN; at += PAGE_SIZE) {
		pte_t *pte = &machine_frame_words(
			pte_frame(ptep_get(upper_entry(mm, start))))[at / PAGE_SIZE % MACHINE_TABLE_ENTRIES];
		uint64_t word = ptep_get_and_clear(mm, pte);

		if (!pte_present(word))
			continue;
		tlb_remove_tlb_entry(tlb, at);
		page_remove_rmap(frame_to_page(pte_frame(word)));
		tlb_remove_page(tlb, frame_to_page(pte_frame(word)));
	}
}

/*
 * A large entry. Its pages are the file's, and have no reference of its own. What is recorded is a range that the entry covers, and not
 * all that it covers: whoever takes a part of it away has to take all of it.
 */
static void zap_large(struct mmu_gather *tlb, struct mm_struct *mm, unsigned long start)
{
	tlb_change_page_size(tlb, TABLE_SPAN);
	ptep_get_and_clear(mm, upper_entry(mm, start));
	tlb_flush_level_range(tlb, TLB_LEVEL_PMD, start + PAGE_SIZE, PAGE_SIZE);
}

/*
 * munmap() of A, the first and only map, whose entries are of two sizes, and then something new in its pages. One flush is for all
 * entries, where an invalidation can be.
 */
static void op_unmap_large(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct vm_area_struct *vma = lock_vma(mm, call->start);
	const struct address_space *file = vma->file;
	struct mmu_gather tlb;

	vma_unlink(mm, &mm->mmap, vma->next);
	tlb_gather_mmu(&tlb, &mm->tlb);
	for (unsigned long at = call->start; at < call->end; at += TABLE_SPAN) {
		if (ptep_get(upper_entry(mm, at)) & MACHINE_PTE_TABLE)
			zap_small(&tlb, mm, at);
		else
			zap_large(&tlb, mm, at);
	}
	tlb_flush_mmu(&tlb);
	free_pgtables(&tlb, vma, call->end, 0, 0);
	tlb_finish_mmu(&tlb);
	covers(call, call->space, call->start, call->end);
	vma_end_write_all(mm);
	vma->next = NULL;
	vma_free(vma);
	mmap_write_unlock(mm);
	for (unsigned int i = 0; i < file->nr_pages; i++) {
		set_page_dirty(file->pages[i]);
		frame_write(file->pages[i]->frame, 7);
	}
}

/* ---- with interrupts off ---- */

/* A's entry goes, and its page behind the flush; this CPU answers nobody meanwhile, unless it looks for calls itself. */
static void op_drop_irqs_off(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct page *table, *page = NULL;
	unsigned long flags;
	uint64_t word;
	pte_t *pte;

	down_read(&mm->mmap_lock);
	pte = pte_lookup(mm, call->start, &table);
	flags = machine_irq_save();
	pte_lock(table);
	word = ptep_get_and_clear(mm, pte);
	if (pte_present(word))
		page = frame_to_page(pte_frame(word));
	pte_unlock(table);
	if (page)
		tlb_flush_page(&find_vma(mm, call->start)->tlb, call->start);
	machine_irq_restore(flags);
	up_read(&mm->mmap_lock);
	if (!page)
		return;
	page_remove_rmap(page);
	page_put(page);
	covers(call, call->space, call->start, call->end);
}

/* ---- who asks ---- */

/* Is there an entry for @address? Under its lock, so what another gather took away shows its count as well (ORD-4). */
static bool is_mapped(struct mm_struct *mm, unsigned long address)
{
	struct page *table;
	pte_t *pte = pte_lookup(mm, address, &table);
	bool mapped;

	if (!pte)
		return false;
	pte_lock(table);
	mapped = pte_present(ptep_get(pte));
	pte_unlock(table);
	return mapped;
}

/*
 * Promises that A is gone, if it finds no entry: then somebody has taken it away, and has flushed or will. As those do in Linux who look
 * at an entry and ask mm_tlb_flush_pending().
 */
static void op_gone(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);

	down_read(&mm->mmap_lock);
	if (!is_mapped(mm, call->start)) {
		if (tlb_mm_flush_pending(&mm->tlb))
			tlb_flush_page(&find_vma(mm, call->start)->tlb, call->start);
		covers(call, call->space, call->start, call->end);
	}
	up_read(&mm->mmap_lock);
}

/* The same, where the table knows: gathers that have not changed it do not matter. */
static void op_gone_by_table(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct page *table;
	bool pending, mapped;
	pte_t *pte;

	down_read(&mm->mmap_lock);
	pte = pte_lookup(mm, call->start, &table);
	pte_lock(table);
	mapped = pte && pte_present(ptep_get(pte));
	pending = tlb_table_flush_pending(&mm->tlb, &table->changes, TLB_LOST_RIGHTS);
	pte_unlock(table);
	if (!mapped) {
		if (pending)
			tlb_flush_page(&find_vma(mm, call->start)->tlb, call->start);
		covers(call, call->space, call->start, call->end);
	}
	up_read(&mm->mmap_lock);
}

/* The same by somebody who has a gather open himself. */
static void op_gone_gathered(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct mmu_gather tlb;

	down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	if (!is_mapped(mm, call->start)) {
		if (tlb_mm_flush_nested(&mm->tlb))
			tlb_flush_page(&find_vma(mm, call->start)->tlb, call->start);
		covers(call, call->space, call->start, call->end);
	}
	tlb_finish_mmu(&tlb);
	up_read(&mm->mmap_lock);
}

/* This CPU leaves its address space, and nothing stays behind: the mask may forget it, where entries survive a switch, too. */
static void op_forget(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	const struct machine_invalidation everything = {
		.space = mm->space, .all = true, .tables = true, .exec = true
	};
	unsigned long flags = machine_irq_save();

	mm_globals()->loaded[machine_cpu()] = NULL;
	machine_load_root(NULL);
	machine_tlb_local(&everything);
	tlb_mm_forget_cpu(&mm->tlb, machine_cpu());
	machine_irq_restore(flags);
}

/* Before anything else: this CPU goes down, and holds nothing then. It stays in the mask, as who takes CPUs down knows no address space. */
static void op_go_down(struct subject_call *call)
{
	const struct machine_invalidation everything = { .all = true, .tables = true, .exec = true };
	unsigned long flags = machine_irq_save();

	(void)call;
	mm_globals()->loaded[machine_cpu()] = NULL;
	machine_load_root(NULL);
	machine_tlb_local(&everything);
	mm_globals()->down |= 1ul << machine_cpu();
	machine_irq_restore(flags);
}

/* ---- one VMA ---- */

/* munmap() of A, the first and only map, by a gather that was opened for its VMA and is told of no other one. */
static void op_unmap_one(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct vm_area_struct *vma = lock_vma(mm, call->start);
	struct mmu_gather tlb;
	struct page *table;
	pte_t *pte = pte_lookup(mm, call->start, &table);

	shootdown_assert(mm->mmap == vma && vma->tlb.end == call->start + PAGE_SIZE, "unmap-one: of one page, alone");
	vma_unlink(mm, &mm->mmap, vma->next);
	tlb_gather_mmu_vma(&tlb, &vma->tlb);
	pte_lock(table);
	if (pte_present(ptep_get_and_clear(mm, pte)))
		tlb_remove_tlb_entry(&tlb, call->start);
	pte_unlock(table);
	tlb_free_vmas(&tlb);
	unlink_file_vma(vma);
	tlb_finish_mmu(&tlb);
	covers(call, call->space, call->start, call->end);
	vma_end_write_all(mm);
	vma_free(vma);
	mmap_write_unlock(mm);
}

/* ---- what the reference mm has as well ---- */

static void covers_all(struct subject_call *call, struct mm_ranges ranges)
{
	for (unsigned int i = 0; i < ranges.nr; i++)
		covers(call, call->space, ranges.range[i].start, ranges.range[i].end);
}

static void op_dontneed(struct subject_call *call)
{
	covers_all(call, madvise_dontneed(mm_of(call), call->start, call->end));
}

static void op_munmap(struct subject_call *call)
{
	covers_all(call, do_munmap(mm_of(call), call->start, call->end));
}

/* It promises nothing here: what is asked is whether a flush is pending. */
static void op_mprotect(struct subject_call *call)
{
	do_mprotect(mm_of(call), call->start, call->end, vm_rights_of(call->prot));
}

static void op_revoke(struct subject_call *call)
{
	struct address_space *file = &mm_globals()->files[call->file];

	driver_unmap(file, call->page, call->pages);
	driver_free(file, call->page, call->pages);
}

/*
 * As the walkers of large pages, which look at the last entry again and not at the path to it: that the table is still this address
 * space's they leave to those who wait for them.
 */
static struct page *walk_and_take(struct mm_struct *mm, unsigned long address)
{
	struct page *table, *page;
	pte_t *pte = pte_lookup(mm, address, &table);
	uint64_t word = pte ? ptep_get(pte) : 0;

	if (!pte_present(word))
		return NULL;
	page = frame_to_page(pte_frame(word));
	if (!page_try_get(page))
		return NULL;
	if (ptep_get(pte) == word)
		return page;
	page_put(page);
	return NULL;
}

static void op_gup_fast(struct subject_call *call)
{
	struct task *task = call->thread;
	unsigned long flags = machine_irq_save();

	*call->page_taken = walk_and_take(mm_of(call), call->start);
	machine_irq_restore(flags);
	task->taken += *call->page_taken != NULL;
}

static void op_read(struct subject_call *call)
{
	struct page *page = *call->page_taken;
	struct task *task = call->thread;

	if (!page)
		return;
	call->value = frame_read(page->frame);
	call->answered = true;
	gup_put(page, call->writes);
	task->taken--;
	*call->page_taken = NULL;
}

static void op_reuse(struct subject_call *call)
{
	(void)call;
	page_reuse();
}

const struct subject_operation subject_operations[] = {
	{ "hand-over A -> B", SUBJECT_CPU, true, op_hand_over },
	{ "move-table A -> B", SUBJECT_CPU, true, op_move },
	{ "zap-table A", SUBJECT_CPU, true, op_zap_table },
	{ "drop-table A space", SUBJECT_CPU, true, op_drop_space },
	{ "drop-table A kernel", SUBJECT_CPU, true, op_drop_kernel },
	{ "map-large A", SUBJECT_CPU, false, op_map_large },
	{ "unmap-large A", SUBJECT_CPU, true, op_unmap_large },
	{ "drop A irqs-off", SUBJECT_CPU, true, op_drop_irqs_off },
	{ "is-gone A", SUBJECT_CPU, true, op_gone },
	{ "is-gone-by-table A", SUBJECT_CPU, true, op_gone_by_table },
	{ "is-gone-gathered A", SUBJECT_CPU, true, op_gone_gathered },
	{ "is-settled A -> r", SUBJECT_CPU, false, op_is_settled },
	{ "protect-clean A", SUBJECT_CPU, false, op_protect_clean },
	{ "ksm A -> B", SUBJECT_CPU, false, op_ksm },
	{ "collapse A", SUBJECT_CPU, false, op_collapse },
	{ "give-up A", SUBJECT_CPU, false, op_give_up },
	{ "mprotect A PROT", SUBJECT_CPU, false, op_mprotect },
	{ "reclaim A.p", SUBJECT_CPU, false, op_reclaim },
	{ "take A.p -> g", SUBJECT_CPU, false, op_take },
	{ "is-left g -> r", SUBJECT_CPU, false, op_is_left },
	{ "forget", SUBJECT_CPU, false, op_forget },
	{ "go-down", SUBJECT_CPU, false, op_go_down },
	{ "unmap-one A", SUBJECT_CPU, true, op_unmap_one },
	{ "madvise A dontneed", SUBJECT_CPU, true, op_dontneed },
	{ "munmap A [B...]", SUBJECT_CPU, true, op_munmap },
	{ "revoke F", SUBJECT_CPU | SUBJECT_KTHREAD, false, op_revoke },
	{ "gup-fast A.p -> g", SUBJECT_CPU, false, op_gup_fast },
	{ "read-and-put g -> r", SUBJECT_CPU, false, op_read },
	{ "reuse", SUBJECT_CPU | SUBJECT_KTHREAD, false, op_reuse },
	{ 0 },
};

const struct subject_use subject_uses[] = { { 0 } };
