/* SPDX-License-Identifier: MIT */
/*
 * fork.c - an address space like another one: its VMAs, and what is in private ones, shared until somebody writes.
 *
 * dup_mmap() and copy_page_range(). What is private and writable becomes read-only in the old address space, and is so in the new one.
 * It is flushed once, when all is copied, before the old one's mmap lock is dropped. That is early enough, because nobody acts upon the entries
 * before:
 *   1. Faults, which would copy a page while a TLB still writes to it, are locked out: the mmap lock is held for writing, and each
 *      VMA is write-locked before its first entry changes.
 *   2. Who comes by the reverse map takes the page-table lock, and flushes what it changes itself; or has raised the pending count there, which
 *      is asked for each entry that is not present.
 *   3. gup_fast() takes no lock: it does not take a page to write to while .write_protect_seq is odd, nor one that fork()
 *      may have looked at before.
 *   4. The new address space runs nowhere yet.
 */
#include <mm/mm.h>

/* Both entries' tables are locked. */
struct copy {
	struct vm_area_struct *vma, *older;
	unsigned long address;
	pte_t *to, *from;
	struct mm_ranges *protected; /* where nothing can be written to by an entry that there was */
	bool owes_flush;
};

/*
 * A page that somebody writes to by another way than the entries, and goes on to (gup()), stays the old address space's alone, or the next
 * write of a program would go to another page than that. So the new one gets its copy now. False: it is shared as any other.
 */
static bool copy_pinned(const struct copy *c, const struct page *page, uint64_t word)
{
	struct page *copy;

	if (!page->anon_vma || !page_maybe_pinned(page))
		return false;
	copy = page_alloc();
	if (!copy)
		machine_too_big("pages", MACHINE_MAX_FRAMES);
	copy_frame(copy->frame, page->frame);
	page_own(copy, c->vma->anon_vma, linear_page_index(c->vma, c->address));
	page_add_rmap(copy);
	set_pte(c->to, mk_pte(copy->frame, word & (MACHINE_PTE_WRITE | MACHINE_PTE_EXEC | MACHINE_PTE_DIRTY)));
	return true;
}

/* An entry that is there: copy_present_ptes(). The new one is old, as its address space has not used it. */
static void copy_present(struct copy *c, uint64_t word)
{
	struct page *page = pte_special(word) ? NULL : frame_to_page(pte_frame(word));

	if (page && RULE(fork_copies_pinned) && copy_pinned(c, page, word))
		return;
	if (page) {
		page_share(page);
		page_get(page);
		page_add_rmap(page);
	}
	if (!(c->vma->vm_flags & VM_SHARED) && pte_write(word)) {
		word = pte_wrprotect(ptep_modify(c->older->vm_mm, c->from, MACHINE_PTE_WRITE, 0));
		add_range(c->protected, c->address, c->address + PAGE_SIZE);
		c->owes_flush = true;
	}
	set_pte(c->to, word & ~(MACHINE_PTE_ACCESSED | PTE_UFFD_WP));
}

/* One whose page is being moved, to both address spaces from here on: it comes back read-only, as it would be shared. Page-table locks held. */
static uint64_t share_migration(const struct copy *c, uint64_t word)
{
	if (RULE(fork_shares_moved))
		word = pte_wrprotect(word);
	page_share(frame_to_page(pte_number(word)));
	set_pte(c->from, word);
	return word;
}

/*
 * One that is not present: so is the new one, and both name the slot of swap, or wait for the page that is being moved. Who has put it there may
 * not have flushed what the entry said before, so that a TLB still allows writes; he was counted before (ORD-4). copy_nonpresent_pte().
 */
static void copy_nonpresent(struct copy *c, const struct page *table, uint64_t word)
{
	if (pte_swap(word))
		swap_get(pte_number(word));
	else if (!(c->vma->vm_flags & VM_SHARED))
		word = share_migration(c, word);
	if (RULE(fork_asks) && tlb_table_flush_pending(&c->older->vm_mm->tlb, &table->changes, TLB_LOST_ENTRY))
		c->owes_flush = true;
	add_range(c->protected, c->address, c->address + PAGE_SIZE);
	set_pte(c->to, word & ~PTE_UFFD_WP);
}

static void copy_pte(struct copy *c)
{
	struct page *to, *from;
	uint64_t word;

	c->from = pte_lookup_split(c->older, c->address, &from);
	/* Whether it is empty is asked under the lock only: who puts a mark or a slot there has cleared it first. */
	if (!c->from)
		return;
	c->to = pte_alloc(c->vma->vm_mm, c->address, &to);
	if (!c->to)
		machine_too_big("tables", MACHINE_MAX_FRAMES);
	pte_lock(to);
	pte_lock(from);
	word = ptep_get(c->from);
	if (pte_present(word))
		copy_present(c, word);
	else if (!pte_none(word))
		copy_nonpresent(c, from, word);
	pte_unlock(from);
	pte_unlock(to);
}

/* A file's pages that are shared come by faults; a driver's are not all found again (vma_needs_copy()). */
static bool needs_copy(const struct vm_area_struct *vma)
{
	return !(vma->vm_flags & VM_SHARED) || is_drivers(vma->file);
}

/*
 * A seqcount, of which gup_fast() does not wait for the end. ORD-7: the fence between the count, which says that pages are being looked at, and
 * the looks; the other side pins a page, and then looks at the count. One of them sees the other.
 */
static void write_protect_begin(struct mm_struct *mm)
{
	/* First place, of a pair. */
	if (RULE(fork_write_protect_seq))
		__atomic_fetch_add(&mm->write_protect_seq, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void write_protect_end(struct mm_struct *mm)
{
	/* A release, for the fence of gup_fast_walk(): who has found it even finds the entries read-only. Second place: what was not made odd stays even. */
	if (RULE(fork_write_protect_seq))
		__atomic_fetch_add(&mm->write_protect_seq, 1, __ATOMIC_RELEASE);
}

/* True: a flush of the old address space is owed. */
static bool copy_page_range(struct vm_area_struct *vma, struct vm_area_struct *older, struct mm_ranges *protected)
{
	struct copy c = { .vma = vma, .older = older, .protected = protected };
	bool protects = !(older->vm_flags & VM_SHARED);
	struct mmu_notifier_range range;

	if (!needs_copy(older))
		return false;
	/* The bracket ends before the flush, as in Linux. */
	if (protects)
		vma_range_start(&range, MMU_NOTIFY_PROTECTION_PAGE, older, older->tlb.start, older->tlb.end);
	write_protect_begin(older->vm_mm);
	for (c.address = older->tlb.start; c.address < older->tlb.end; c.address += PAGE_SIZE)
		copy_pte(&c);
	write_protect_end(older->vm_mm);
	if (protects)
		range_end(&range);
	return c.owes_flush;
}

/* In the tree and in the reverse map before it has entries: who looks for those of the file finds the VMA. */
static struct vm_area_struct *dup_vma(struct mm_struct *mm, struct vm_area_struct *older)
{
	struct vm_area_struct *vma = vma_create(mm, older->tlb.start, older->tlb.end, older->vm_flags, older->file,
						older->pgoff);

	vma->pgoff = older->pgoff;
	vma_start_write(vma);
	anon_vma_clone(vma, older);
	vma_link_file_after(vma, older);
	vma_link(vma);
	return vma;
}

/*
 * @mm, which nobody runs in, becomes what @oldmm is; but nothing happens if somebody has made it before.
 * flush_tlb_mm() of the old one comes behind all entries and before its locks go.
 */
struct mm_ranges fork_mm(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct mm_ranges protected = { 0 };
	bool owes_flush = false;

	mmap_write_lock(oldmm);
	mmap_write_lock(mm);
	if (mm->forked) {
		mmap_write_unlock(mm);
		mmap_write_unlock(oldmm);
		return protected;
	}
	shootdown_assert(!mm->mmap, "fork_mm: into an empty address space");
	mm->forked = true;
	for (struct vm_area_struct *older = oldmm->mmap; older; older = older->next) {
		if (RULE(fork_locks_vmas))
			vma_start_write(older);
		owes_flush |= copy_page_range(dup_vma(mm, older), older, &protected);
	}
	mmap_write_unlock(mm);
	/* Once for all that was write-protected, or is about to be: the new address space is not to see what the old one writes from here on. */
	if (owes_flush && RULE(fork_flush))
		tlb_mm_flush(&oldmm->tlb);
	mmap_write_unlock(oldmm);
	/* A release: whoever runs in it finds all of it. */
	__atomic_store_n(&mm->filled, 1, __ATOMIC_RELEASE);
	return protected;
}

void wait_for_fork(struct mm_struct *mm)
{
	do {
		machine_wait(&mm->filled, MACHINE_NOT_EQUAL, 0);
	} while (!__atomic_load_n(&mm->filled, __ATOMIC_ACQUIRE));
}
