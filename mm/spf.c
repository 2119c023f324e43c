/* SPDX-License-Identifier: MIT */
/*
 * spf.c - speculative faults: repair a fault with no lock but the page-table lock of the entry.
 *
 * The VMA has a sequence number, which is odd while somebody who holds the mmap lock changes it or what it maps, and stays odd when it has left the
 * tree. A fault reads the number, looks, and asks again under the page-table lock. If it is the same:
 *  1. Who makes it odd later and then takes entries away finds this fault's entry, since he needs the same lock after it.
 *  2. Who has made it odd before and been here has dropped that lock since, so the fault would have seen it. It is even again behind his flush: what
 *     the entry says is what TLBs may hold of it.
 *  3. So what it reads of the VMA meanwhile stays as it is; but for its rights, which mprotect() may change as soon as it was asked: then
 *     mprotect() has still to come to this entry.
 * Where a page is made or copied in between the lock is dropped, and the number asked for once more (lock_same()).
 * Tables are kept as for gup_fast(), with interrupts off and as a reader, until the lock is held and the number was the same; then by 1.
 * Where nothing keeps them so, there are no such faults (tables_outlive_walks()). The VMA itself is kept by a grace period until the number was asked again for the
 * first time; then the fault has a copy of what it needs of it.
 *
 * The lock is only tried: its holder may wait for this CPU's answer to a flush, and interrupts are off. They are on again when it is held, so a copy may
 * wait for the answers of others.
 *
 * Who changes entries under the locks of madvise, truncate, reclaim, userfaultfd or another fault is not excluded, as he is not by faults with a VMA's
 * lock; and what such a fault asks him (flush_if_pending()) is asked here. Whoever keeps those out by locking the VMA for writing keeps these out by the number. One
 * of them changes no entry: who registers, and waits for brackets that are open. So a copy holds a lock of its own for that (copy()).
 *
 * The series of Laurent Dufour for Linux, "Speculative page faults" (2018, and discussed again in January 2021), and that of Michel Lespinasse (2022); neither was
 * merged. As there a stack that grows, a missing table and what userfaultfd forbids are left to the fault with locks; here swap, too.
 */
#include <mm/fault.h>

struct guess {
	struct mm_struct *mm;
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

/* pte_map_lock() of the series. The entry of @address, with its lock, and the VMA as it was; NULL: not in this way. Interrupts are on again. */
static pte_t *lock_unchanged(const struct guess *g, unsigned long address, struct page **table)
{
	unsigned long flags = keep_tables();
	pte_t *pte = pte_lookup(g->mm, address, table);

	if (pte && !spin_trylock(&(*table)->ptl))
		pte = NULL;
	if (pte && !is_unchanged(g)) {
		pte_unlock(*table);
		pte = NULL;
	}
	let_go_tables(flags);
	return pte;
}

/* The second look, when what the entry is to say is at hand. */
bool lock_guessed(const struct fault *f)
{
	struct page *table;
	const pte_t *pte = lock_unchanged(f->guess, f->address, &table);

	shootdown_assert(!pte || pte == f->pte, "lock_guessed: who takes a table away has changed the number");
	return pte;
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
	g->was.anon_vma = vma->anon_vma;
}

/* What the number does not say: a stack's place changes by what lies below it, and a driver's page has no reference. */
static bool is_simple(const struct fault *f)
{
	const struct vm_area_struct *vma = f->vma;

	return access_allowed(vma, f->how) && !(vma->vm_flags & VM_GROWSDOWN) &&
	       (!vma->file || vma->file->kind == FILE_CACHED);
}

/*
 * The copy of a page is told, so the fault must hold what registration waits for. Page-table lock held; dropped on return. The lock is only tried: who has
 * it for writing waits for locks of reverse maps.
 */
static bool copy(const struct fault *f)
{
	struct rw_semaphore *brackets = &f->vma->vm_mm->bracket_lock;
	bool done;

	/* First place of the rule: what the second one ends. */
	if (RULE(spf_locks_brackets) && !down_read_trylock(brackets)) {
		pte_unlock(f->table);
		return false;
	}
	done = do_wp_page(f);
	/* Second place of the rule: what was not begun is not ended. */
	if (RULE(spf_locks_brackets))
		up_read(brackets);
	return done;
}

/*
 * A write to what is mapped read-only. Page-table lock held; dropped on return. A shared page of a file becomes dirty under the page lock. Who
 * attaches a device waits for those with locks, where an entry must not be found with more rights.
 */
static bool write_protected(const struct fault *f)
{
	struct page *page = frame_to_page(pte_frame(f->orig));
	bool reused = page->anon_vma && page_is_exclusive(page);

	if (!copies_on_write(f) || (reused && machine_arch()->secondary_breaks)) {
		pte_unlock(f->table);
		return false;
	}
	return reused ? do_wp_page(f) : copy(f);
}

/* An entry that is present: more rights, the bits that hardware would set, or a copy. Page-table lock held; dropped on return. */
static bool repair(const struct fault *f)
{
	if (pte_protnone(f->orig)) {
		pte_unlock(f->table);
		/* One that a device has for itself comes back under the page lock, which is waited for. */
		return !pte_exclusive(f->orig) && do_numa_page(f);
	}
	if (f->how == MACHINE_STORE && !pte_write(f->orig))
		return write_protected(f);
	return do_present_locked(f);
}

/* The file's page, locked and with a reference; NULL: not in this way. */
static struct page *page_in_cache(struct address_space *file, unsigned int index)
{
	struct page *page = find_get_page(file, index);

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

/* An entry that is empty. */
static bool fill(const struct fault *f)
{
	struct address_space *file = f->vma->file;
	struct page *page;
	bool done;

	if (!file)
		return do_anonymous_page(f);
	if (f->how == MACHINE_STORE)
		return false;
	page = page_in_cache(file, linear_page_index(f->vma, f->address));
	if (!page)
		return false;
	done = finish_fault(f, page, 0);
	unlock_page(page);
	return done;
}

/* The VMA of the address, and its number, which comes first: what is read of the range after it is at least as new. False: none, or odd. */
static bool guess_vma(struct guess *g, unsigned long address)
{
	g->vma = peek_vma(g->mm, address);
	if (!g->vma)
		return false;
	g->sequence = __atomic_load_n(&g->vma->sequence, __ATOMIC_ACQUIRE);
	return !(g->sequence & 1) && __atomic_load_n(&g->vma->tlb.start, __ATOMIC_ACQUIRE) <= address &&
	       address < __atomic_load_n(&g->vma->tlb.end, __ATOMIC_ACQUIRE);
}

/* The first look. True: the page-table lock is held. */
static bool look(struct guess *g, struct fault *f)
{
	rcu_read_lock(&mm_globals()->rcu);
	if (guess_vma(g, f->address))
		f->pte = lock_unchanged(g, f->address, &f->table);
	if (f->pte)
		read_vma(g);
	rcu_read_unlock(&mm_globals()->rcu);
	return f->pte;
}

/* True: try the access again. False: that says nothing, the fault has to be handled with locks. */
bool handle_speculative_fault(struct mm_struct *mm, unsigned long address, enum machine_access how)
{
	struct guess g = { .mm = mm };
	struct fault f = { .vma = &g.was, .guess = &g, .address = address, .how = how };
	bool simple;

	if (!look(&g, &f))
		return false;
	f.orig = ptep_get(f.pte);
	simple = is_simple(&f);
	if (simple && pte_present(f.orig))
		return repair(&f);
	pte_unlock(f.table);
	return simple && pte_none(f.orig) && fill(&f);
}
