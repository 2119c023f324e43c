/* SPDX-License-Identifier: MIT */
/*
 * pgtable.c - page tables: find an entry, change one, grow the tree, take it down. Level 0 is the last; the root is the
 * top.
 *
 * Tables are only ever added while others look: under the page-table lock of the table above, one after the other from
 * the root down. They are taken away when nobody can reach what they cover, so a walk holds a lock that keeps its VMA in
 * the tree, or in the reverse map, or has interrupts off (gup_fast()).
 */
#include <mm/mm.h>
#include <mm/vmalloc.h>

static unsigned int level_shift(unsigned int level)
{
	return MACHINE_PAGE_SHIFT + MACHINE_TABLE_BITS * level;
}

/* By the frame's number, as an entry names its table: no pointer to a table is kept that could outlive it. */
static pte_t *entry_of(int table, unsigned long address, unsigned int level)
{
	return &machine_frame_words(table)[address >> level_shift(level) & (MACHINE_TABLE_ENTRIES - 1)];
}

/* ---- entries ---- */

/*
 * The entry of @level below the root in @frame; NULL where the tree ends above it, and the table it ends in. *@huge: what it ends in, if that is a
 * huge page; else 0.
 */
static pte_t *entry_lookup(int frame, unsigned long address, unsigned int wanted, struct page **table, uint64_t *huge)
{
	*huge = 0;
	for (unsigned int level = machine_levels() - 1; level > wanted; level--) {
		uint64_t word = ptep_get(entry_of(frame, address, level));

		*table = frame_to_page(frame);
		if (!pmd_table(word)) {
			*huge = pmd_huge(word) ? word : 0;
			return NULL;
		}
		/* The address in the entry orders the table's contents behind it; ORD-5. */
		frame = pte_frame(word);
	}
	*table = frame_to_page(frame);
	return entry_of(frame, address, wanted);
}

/*
 * The last-level entry of @address and the table it is in; NULL where the tree ends early. Takes no
 * lock. pte_offset_map() without RCU: here only munmap, mmap over something, exec and exit take
 * tables away, when nobody else can reach the range. What keeps that true for each caller is in the
 * head of this file.
 */
pte_t *pte_lookup(struct mm_struct *mm, unsigned long address, struct page **table)
{
	uint64_t huge;

	return entry_lookup(mm->pgd, address, 0, table, &huge);
}

/* The entry that leads to that table. */
pte_t *pmd_lookup(struct mm_struct *mm, unsigned long address, struct page **table)
{
	uint64_t huge;

	return entry_lookup(mm->pgd, address, 1, table, &huge);
}

/* One further up, where there is one. */
pte_t *pud_lookup(struct mm_struct *mm, unsigned long address, struct page **table)
{
	uint64_t huge;

	return entry_lookup(mm->pgd, address, 2, table, &huge);
}

/*
 * As pte_lookup(), or the entry above it if that is huge: *@huge is what it said then, else 0.
 */
pte_t *leaf_lookup(struct mm_struct *mm, unsigned long address, struct page **table, uint64_t *huge)
{
	pte_t *pte = entry_lookup(mm->pgd, address, 0, table, huge);

	return *huge ? entry_of((*table)->frame, address, 1) : pte;
}

/*
 * Where one instruction changes an entry and invalidates it, there is no other that may change a valid one while it can be used; the library knows
 * whom it has to reach. @later: a flush follows. Preemption off, as not all locks of callers are spinlocks.
 */
static uint64_t change_entry_at_once(struct mm_struct *mm, pte_t *pte, bool later)
{
	enum tlb_entry_way way;
	uint64_t word;

	if (!mm || !machine_arch()->attach)
		return machine_invalidate_entry(pte, 0);
	machine_preempt_off();
	way = tlb_entry_begin(&mm->tlb, later);
	if (way == TLB_WAY_LATER)
		word = __atomic_exchange_n(pte, 0, __ATOMIC_RELAXED);
	else
		word = way == TLB_WAY_HERE ? machine_invalidate_entry_here(pte, 0) : machine_invalidate_entry(pte, 0);
	tlb_entry_end(&mm->tlb, way);
	machine_preempt_on();
	return word;
}

/*
 * One access, so that whatever the walker sets in the entry is in what comes back or is not set any
 * more. A load and a store of 0 would lose a dirty bit that the walker sets between the two, and
 * with it a write. No order: what has to wait for the change waits behind the flush, which begins with a fence (ORD-1).
 * @mm: NULL for the kernel's own addresses.
 */
uint64_t ptep_get_and_clear(struct mm_struct *mm, pte_t *pte)
{
	if (machine_arch()->reach == TLB_REACH_ENTRY)
		return change_entry_at_once(mm, pte, true);
	return __atomic_exchange_n(pte, 0, __ATOMIC_RELAXED);
}

/*
 * ... by a gather, which may be of the whole address space: then its one flush of everything is enough, as no program is left to use what TLBs hold
 * until that comes. ptep_get_and_clear_full().
 */
uint64_t ptep_get_and_clear_full(struct mm_struct *mm, pte_t *pte, const struct mmu_gather *tlb)
{
	if (tlb->fullmm)
		return __atomic_exchange_n(pte, 0, __ATOMIC_RELAXED);
	return ptep_get_and_clear(mm, pte);
}

/*
 * Takes and gives bits of an entry that stays present; hardware may set accessed and dirty meanwhile, and none of that is lost. What it said. @take
 * is what a flush has to follow for.
 */
uint64_t ptep_modify(struct mm_struct *mm, pte_t *pte, uint64_t take, uint64_t give)
{
	uint64_t word;

	if (take && machine_arch()->reach == TLB_REACH_ENTRY) {
		word = change_entry_at_once(mm, pte, true);
		set_pte(pte, (word & ~take) | give);
		return word;
	}
	do {
		word = ptep_get(pte);
	} while (word != ((word & ~take) | give) && !ptep_cmpxchg(pte, word, (word & ~take) | give));
	return word;
}

/*
 * May some TLB hold what an entry of @table said, now that it says @word? Page-table lock held. One that hardware does not see any more was
 * flushed, unless the gather of who changed it is still open (ORD-4). Who hid it took it away as far as TLBs know (change_protection()), and
 * flushes for whoever had only taken rights of it before; so nobody else has to be asked about.
 */
static bool pte_accessible(struct mm_struct *mm, const struct page *table, uint64_t word)
{
	if (pte_valid(word))
		return true;
	return pte_protnone(word) && RULE(protnone_accessible) &&
	       tlb_table_flush_pending(&mm->tlb, &table->changes, TLB_LOST_ENTRY);
}

/*
 * On return no TLB holds the entry, which is in @table, and every access through it is done. Page-table lock held. As
 * in folio_mkclean(), the flush waits for other CPUs while a page-table lock is held. They answer
 * with interrupts on, also while they spin for this lock.
 */
uint64_t ptep_clear_flush(struct vm_area_struct *vma, unsigned long address, const struct page *table, pte_t *pte)
{
	uint64_t word = machine_arch()->reach == TLB_REACH_ENTRY ? change_entry_at_once(vma->vm_mm, pte, false)
								 : ptep_get_and_clear(vma->vm_mm, pte);

	if (pte_accessible(vma->vm_mm, table, word))
		tlb_flush_page(&vma->tlb, address);
	return word;
}

/*
 * Where data caches go by virtual addresses: the lines of the page, while its entry stands. A gather does it for a whole VMA
 * (tlb_start_vma()).
 */
void flush_cache_page(struct vm_area_struct *vma, unsigned long address)
{
	flush_cache_range(vma, address, address + PAGE_SIZE);
}

void flush_cache_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (machine_arch()->virtual_cache && !machine_arch()->no_flush_cache)
		shootdown_flush_cache(&vma->tlb, start, end);
}

/* ---- growing ---- */

/*
 * ORD-5: everything in the new table, and its lock, is seen by whoever finds the table. Walkers of hardware and gup_fast()
 * take no lock, so the page-table lock around the store that hooks it says nothing to them.
 */
static void table_contents_before_hook(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/* Relaxed, as pmd_populate() is: what the table is has been put in order before it. The lock of the table in which @entry stands is held. */
void hook_table(pte_t *entry, const struct page *table)
{
	table_contents_before_hook();
	__atomic_store_n(entry, mk_table(table->frame), __ATOMIC_RELAXED);
}

/*
 * Hang a new table under @entry of @upper; somebody else's if that was faster. The frame of the
 * table below @entry. __pte_alloc(): the table is made before the lock, and thrown away if another
 * CPU has hooked one meanwhile. Nobody has seen it, so it needs no flush and no grace period.
 */
static int populate(struct page *upper, pte_t *entry)
{
	struct page *table = table_alloc();
	uint64_t word;

	if (!table)
		return MACHINE_NO_FRAME;
	spin_lock(&upper->ptl);
	word = ptep_get(entry);
	if (pte_present(word)) {
		spin_unlock(&upper->ptl);
		table_free(table);
		return pmd_table(word) ? pte_frame(word) : MACHINE_NO_FRAME;
	}
	tlb_inherit(&table->changes, &upper->changes);
	hook_table(entry, table);
	spin_unlock(&upper->ptl);
	return table->frame;
}

static pte_t *entry_alloc(int frame, unsigned long address, unsigned int wanted, struct page **table)
{
	for (unsigned int level = machine_levels() - 1; level > wanted; level--) {
		pte_t *entry = entry_of(frame, address, level);
		uint64_t word = ptep_get(entry);

		if (pmd_huge(word))
			return NULL;
		frame = pte_present(word) ? pte_frame(word) : populate(frame_to_page(frame), entry);
		if (frame == MACHINE_NO_FRAME)
			return NULL;
	}
	*table = frame_to_page(frame);
	return entry_of(frame, address, wanted);
}

/*
 * As pte_lookup(), and makes the tables that are missing. NULL: no memory for one, or a huge entry is in the way. A table that is
 * found is not looked at under a lock: tables are added, and stay until the range is unreachable.
 */
pte_t *pte_alloc(struct mm_struct *mm, unsigned long address, struct page **table)
{
	return entry_alloc(mm->pgd, address, 0, table);
}

pte_t *pmd_alloc(struct mm_struct *mm, unsigned long address, struct page **table)
{
	return entry_alloc(mm->pgd, address, 1, table);
}

pte_t *pud_alloc(struct mm_struct *mm, unsigned long address, struct page **table)
{
	return entry_alloc(mm->pgd, address, 2, table);
}

/* Of the kernel's own addresses, whose tables stay for ever. */
pte_t *pte_alloc_kernel(unsigned long address)
{
	struct page *table;

	return entry_alloc(mm_globals()->vmap.pgd, address, 0, &table);
}

pte_t *pte_lookup_kernel(unsigned long address)
{
	struct page *table;
	uint64_t huge;

	return entry_lookup(mm_globals()->vmap.pgd, address, 0, &table, &huge);
}

/* The entry that leads to that table, and the table it is in. */
pte_t *pmd_lookup_kernel(unsigned long address, struct page **upper)
{
	uint64_t huge;

	return entry_lookup(mm_globals()->vmap.pgd, address, 1, upper, &huge);
}

/*
 * Keeps out who changes entries of this table, not who reads them: walkers of hardware, gup_fast(),
 * first looks. One lock a table, in its struct page (ptlock_ptr()). Interrupts stay on: no handler
 * takes it.
 */
void pte_lock(struct page *table)
{
	spin_lock(&table->ptl);
}

void pte_unlock(struct page *table)
{
	flush_changes();
	spin_unlock(&table->ptl);
}

void flush_changes(void)
{
	if (machine_arch()->entry_batch && RULE(batch_before_unlock))
		tlb_entry_batch_flush(&mm_globals()->changed[machine_cpu()]);
}

/*
 * Entries were changed which a gather has recorded; lock held. Where gathers flush nothing they are flushed by whoever gives the lock back.
 */
void record_change(const struct mmu_gather *tlb, const struct vm_area_struct *vma, enum tlb_level level,
		   unsigned long address, unsigned long size)
{
	if (machine_arch()->entry_batch && tlb_entry_batch_asks(tlb))
		tlb_entry_batch_add(&mm_globals()->changed[machine_cpu()], &vma->tlb, level, address, size);
}

/* Is each walk over that began before a flush? Not where software walks on a miss and no interrupt waits for it: it comes back with what it has read. */
bool flush_ends_walks(void)
{
	return !machine_arch()->soft_refill || machine_arch()->reach == TLB_REACH_IPI;
}

/* Does a table stay for who walks it without locks, with interrupts off and in a section of RCU? */
bool tables_outlive_walks(void)
{
	return machine_arch()->rcu_table_free || machine_arch()->reach == TLB_REACH_IPI;
}

/* ---- taking down ---- */

/*
 * Is the child that covers [start, start + span) needed by nobody outside the range? A neighbour that shares it begins
 * below its end or ends above its start. 0 as ceiling is the top.
 *
 * The tests at the end of free_pte_range() and its like in Linux, for one level at a time.
 */
static bool child_is_ours(unsigned long start, unsigned long span, unsigned long floor, unsigned long ceiling)
{
	return start >= floor && (!ceiling || start + span <= ceiling);
}

/*
 * Tables below @table, a table of @level >= 1, that [addr, end) alone needs. No lock: nobody can reach the range. A table
 * is unhooked first and given to the gather second, which keeps it until every walk through it is over.
 *
 * From below upwards, as free_pgd_range(): a table is empty when it is unhooked. The store that
 * unhooks it may be late for walks (M5); the gather's flush comes behind it and takes walk caches
 * along, since tlb_free_table() has said that tables are freed.
 */
static void free_level(struct mmu_gather *tlb, int table, unsigned int level, unsigned long addr, unsigned long end,
		       unsigned long floor, unsigned long ceiling)
{
	unsigned long span = 1ul << level_shift(level), next;

	for (; addr < end; addr = next) {
		pte_t *entry = entry_of(table, addr, level);
		unsigned long start = addr & ~(span - 1);
		uint64_t word = ptep_get(entry);

		next = start + span < end ? start + span : end;
		/* Of a table that somebody shares against the rules its page would be taken for one. */
		if (!pmd_table(word))
			continue;
		if (level > 1)
			free_level(tlb, pte_frame(word), level - 1, addr, next, floor, ceiling);
		if (RULE(floor_ceiling) && !child_is_ours(start, span, floor, ceiling))
			continue;
		set_pte(entry, 0);
		/* Any address that the table maps will do, and this one is not always its first. */
		tlb_free_table(tlb, level - 1, frame_to_page(pte_frame(word)), addr);
	}
}

/*
 * The tables that [addr, end) alone needs, whose entries are gone. They are shared with no VMA that ends at @floor or below,
 * or begins at @ceiling or above; 0 as ceiling is the top.
 */
void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end, unsigned long floor,
		    unsigned long ceiling)
{
	shootdown_assert(addr <= end, "free_pgd_range: a range");
	tlb_change_page_size(tlb, PAGE_SIZE);
	free_level(tlb, mm_of_tlb(tlb->mm)->pgd, machine_levels() - 1, addr, end, floor, ceiling);
}

/*
 * Detached VMAs from @vma up to @end: out of the reverse map, then their tables. tlb_free_vmas()
 * comes first, as in Linux: of a driver's pages the flush is done before the reverse map forgets
 * the VMA, because a driver that does not find it any more gives the pages away.
 */
void free_pgtables(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long end, unsigned long floor,
		   unsigned long ceiling)
{
	tlb_free_vmas(tlb);
	for (struct vm_area_struct *next; vma && vma->tlb.start < end; vma = next) {
		unsigned long limit;

		next = vma->next;
		limit = next && next->tlb.start < end ? next->tlb.start : ceiling;
		/* Whoever finds the VMA from a page walks its tables with no other lock than the reverse map's. */
		if (RULE(unlink_before_tables)) {
			unlink_anon_vmas(vma);
			unlink_file_vma(vma);
		}
		free_pgd_range(tlb, vma->tlb.start, vma->tlb.end, floor, limit);
	}
}
