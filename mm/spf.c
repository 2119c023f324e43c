/* SPDX-License-Identifier: MIT */
/*
 * spf.c - speculative faults: repair a fault with no lock but the page-table lock of the entry.
 *
 * The VMA has a sequence number, which is odd while somebody who holds the mmap lock changes it or what it maps, and stays odd when it has left the
 * tree. A fault reads the number, looks, and asks again under the page-table lock. If it is the same:
 *  1. Who makes it odd later and then takes entries away finds this fault's entry, since he needs the same lock after it.
 *  2. Who has made it odd before and been here has dropped that lock since, so the fault would have seen it.
 *  3. So what it reads of the VMA meanwhile stays as it is; but for its rights, which mprotect() may change as soon as it was asked: then
 *     mprotect() has still to come to this entry.
 * Tables are kept as for gup_fast(), with interrupts off and as a reader, until the lock is held and the number was the same; then by 1.
 * Where nothing keeps them so, there are no such faults (tables_outlive_walks()). The VMA itself is kept by a grace period until the number was asked again for the
 * first time.
 *
 * The lock is only tried: its holder may wait for this CPU's answer to a flush, and interrupts are off.
 *
 * Whoever changes entries under the locks of madvise, truncate, reclaim or another fault is not excluded, as he is not by faults with a VMA's
 * lock: nothing here takes a right away, or replaces a page.
 *
 * The series of Laurent Dufour for Linux, "Speculative page faults" (2018, and discussed again in January 2021), which was not merged. As there
 * a stack that grows, a missing table and what userfaultfd looks after are left to the fault with locks; here swap, copies and hints, too.
 */
#include <mm/fault.h>

struct guess {
	struct fault f; /* .vma: @was */
	struct vm_area_struct *vma, was;
	unsigned int sequence;
};

/* As gup_fast() does: no table that can be found is freed from here on. */
static unsigned long keep_tables(void)
{
	unsigned long flags = 0;

	/* First place of the rule: what the second one ends. */
	if (RULE(spf_keeps_tables)) {
		flags = machine_irq_save();
		rcu_read_lock(&mm_globals()->rcu);
	}
	return flags;
}

static void let_go_tables(unsigned long flags)
{
	/* Second place of the rule: what was not begun is not ended. */
	if (RULE(spf_keeps_tables)) {
		rcu_read_unlock(&mm_globals()->rcu);
		machine_irq_restore(flags);
	}
}

/* Page-table lock held: that is what orders it. vma_has_changed() of the series. */
static bool is_unchanged(const struct guess *g)
{
	unsigned int now = g->sequence;

	if (RULE(spf_sequence))
		now = __atomic_load_n(&g->vma->sequence, __ATOMIC_RELAXED);
	return now == g->sequence;
}

/* pte_map_lock() of the series. True: the lock is held, and the VMA is as it was. */
static bool lock_unchanged(struct mm_struct *mm, struct guess *g)
{
	unsigned long flags = keep_tables();
	bool locked;

	g->f.pte = pte_lookup(mm, g->f.address, &g->f.table);
	locked = g->f.pte && spin_trylock(&g->f.table->ptl);
	if (locked && !is_unchanged(g)) {
		pte_unlock(g->f.table);
		locked = false;
	}
	let_go_tables(flags);
	return locked;
}

/* Page-table lock held, the number the same. The series keeps what it needs of the VMA in the fault itself (vmf->vma_flags). */
static void read_vma(struct guess *g)
{
	const struct vm_area_struct *vma = g->vma;

	g->was.tlb.mm = vma->tlb.mm;
	g->was.tlb.page_shift = vma->tlb.page_shift;
	g->was.tlb.start = __atomic_load_n(&vma->tlb.start, __ATOMIC_RELAXED);
	g->was.vm_mm = vma->vm_mm;
	g->was.vm_flags = __atomic_load_n(&vma->vm_flags, __ATOMIC_RELAXED);
	g->was.tlb.flags = g->was.vm_flags & VM_EXEC ? TLB_VMA_EXEC : 0;
	g->was.file = vma->file;
	g->was.pgoff = vma->pgoff;
	g->f.vma = &g->was;
}

/*
 * What the number does not say: a stack's place changes by what lies below it, and a driver's page has no reference. What userfaultfd, NUMA hints
 * or soft-dirty do with a write is for the fault with locks.
 */
static bool is_simple(const struct guess *g)
{
	const struct vm_area_struct *vma = g->f.vma;

	return access_allowed(vma, g->f.how) && !(vma->vm_flags & (VM_GROWSDOWN | VM_UFFD_WP | VM_NUMA | VM_TRACKED)) &&
	       (!vma->file || vma->file->kind == FILE_CACHED);
}

/*
 * An entry that is present: more rights, or the bits that hardware would set. Page-table lock held. True: try the access again. A write to a file's page
 * needs the page lock, or a copy.
 */
static bool repair(struct guess *g)
{
	uint64_t word = pte_mkyoung(g->f.orig);
	struct page *page = pte_special(word) ? NULL : frame_to_page(pte_frame(word));

	if (g->f.how == MACHINE_STORE && !pte_write(word)) {
		if (!page || !page->anon_vma || !page_is_exclusive(page))
			return false;
		/* Who attaches a device waits for those with locks. */
		if (machine_arch()->secondary_breaks)
			return false;
		word = pte_mkwrite(word);
	}
	if (g->f.how == MACHINE_STORE)
		word = pte_mkdirty(word);
	ptep_set_access_flags(&g->f, word);
	return true;
}

/*
 * The page for an entry that is empty, with a reference, and locked if it is a file's; NULL: not in this way. @file: as the first look has
 * found it.
 */
static struct page *page_for(const struct guess *g, struct address_space *file, unsigned int index)
{
	struct page *page;

	if (!file)
		return page_alloc();
	if (g->f.how == MACHINE_STORE)
		return NULL;
	page = find_get_page(file, index);
	if (!page)
		return NULL;
	if (trylock_page(page)) {
		if (page->mapping == file)
			return page;
		unlock_page(page);
	}
	page_put(page);
	return NULL;
}

/* Page-table lock held, everything as at the first look. The page's reference becomes the entry's. */
static void map_page(struct guess *g, struct page *page, bool anonymous)
{
	uint64_t bits = 0;

	if (anonymous) {
		own_anonymously(&g->f, page);
		bits = g->f.vma->vm_flags & VM_WRITE ? MACHINE_PTE_WRITE : 0;
	}
	page_get(page);
	page_add_rmap(page);
	set_pte_at(&g->f, make_entry(&g->f, page->frame, g->f.how == MACHINE_STORE ? pte_mkdirty(bits) : bits));
}

/* The second look, with a page. */
static bool fill(struct mm_struct *mm, struct guess *g, struct address_space *file, unsigned int index)
{
	struct page *page = page_for(g, file, index);
	bool mapped = false;

	if (!page)
		return false;
	if (lock_unchanged(mm, g)) {
		mapped = ptep_get(g->f.pte) == g->f.orig;
		if (mapped)
			map_page(g, page, !file);
		pte_unlock(g->f.table);
	}
	if (file)
		unlock_page(page);
	page_put(page);
	return mapped;
}

/* The VMA of the address, and its number, which comes first: what is read of the range after it is at least as new. False: none, or odd. */
static bool guess_vma(struct mm_struct *mm, struct guess *g)
{
	g->vma = peek_vma(mm, g->f.address);
	if (!g->vma)
		return false;
	g->sequence = __atomic_load_n(&g->vma->sequence, __ATOMIC_ACQUIRE);
	return !(g->sequence & 1) && __atomic_load_n(&g->vma->tlb.start, __ATOMIC_ACQUIRE) <= g->f.address &&
	       g->f.address < __atomic_load_n(&g->vma->tlb.end, __ATOMIC_ACQUIRE);
}

/* True: try the access again. False: that says nothing, the fault has to be handled with locks. */
bool handle_speculative_fault(struct mm_struct *mm, unsigned long address, enum machine_access how)
{
	struct guess g = { .f = { .address = address, .how = how } };
	struct address_space *file = NULL;
	bool looked, repaired = false, fills = false;
	unsigned int index = 0;

	rcu_read_lock(&mm_globals()->rcu);
	looked = guess_vma(mm, &g) && lock_unchanged(mm, &g);
	if (looked)
		read_vma(&g);
	if (looked && is_simple(&g)) {
		g.f.orig = ptep_get(g.f.pte);
		file = g.f.vma->file;
		index = linear_page_index(g.f.vma, address);
		fills = pte_none(g.f.orig);
		repaired = pte_present(g.f.orig) && repair(&g);
	}
	if (looked)
		pte_unlock(g.f.table);
	rcu_read_unlock(&mm_globals()->rcu);
	return repaired || (fills && fill(mm, &g, file, index));
}
