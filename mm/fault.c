/* SPDX-License-Identifier: MIT */
/* fault.c - page faults: fill an empty entry, repair a present one, copy on write. */
#include <mm/mm.h>

/* A fault at one address: what its handlers pass along. */
struct fault {
	struct vm_area_struct *vma;
	unsigned long address; /* page aligned */
	enum machine_access how;
	struct page *table;
	machine_pte *pte;
	uint64_t orig; /* the entry as first read */
};

static bool access_allowed(const struct vm_area_struct *vma, enum machine_access how)
{
	static const unsigned int need[] = {
		[MACHINE_LOAD] = VM_READ,
		[MACHINE_STORE] = VM_WRITE,
		[MACHINE_EXEC] = VM_EXEC,
	};

	return vma->vm_flags & need[how];
}

static unsigned int file_index(const struct fault *f)
{
	return f->vma->pgoff + (unsigned int)((f->address - f->vma->tlb.start) / PAGE_SIZE);
}

static uint64_t make_entry(const struct fault *f, int frame, uint64_t bits)
{
	uint64_t exec = f->vma->vm_flags & VM_EXEC ? MACHINE_PTE_EXEC : 0;

	return (uint64_t)frame << MACHINE_PTE_FRAME_SHIFT | MACHINE_PTE_PRESENT | MACHINE_PTE_ACCESSED | exec | bits;
}

/* This CPU may hold the entry's older, stricter version, or know that there was none. */
static void update_mmu_cache(const struct fault *f)
{
	const struct tlb_arch *arch = machine_arch();
	struct machine_invalidation inv = {
		.space = f->vma->vm_mm->space,
		.start = f->address,
		.end = f->address + PAGE_SIZE,
		.stride_shift = MACHINE_PAGE_SHIFT,
		.exec = true,
	};

	bool stricter = f->orig & MACHINE_PTE_PRESENT && arch->readonly_sticky;

	if (RULE(spurious_flush) && (stricter || arch->caches_not_present))
		machine_tlb_local(&inv);
}

static void set_pte_at(const struct fault *f, uint64_t word)
{
	machine_pte_set(f->pte, word);
	update_mmu_cache(f);
}

/* Under the page-table lock: is the entry still as it was first read? If not, the lock is dropped: try again. */
static bool lock_same(const struct fault *f)
{
	pte_lock(f->table);
	if (machine_pte_read(f->pte) == f->orig)
		return true;
	update_mmu_cache(f);
	pte_unlock(f->table);
	return false;
}

/* Map @page, whose reference becomes the entry's; or give it back if somebody else was faster. */
static void finish_fault(const struct fault *f, struct page *page, uint64_t bits)
{
	if (!lock_same(f)) {
		page_put(page);
		return;
	}
	page_add_rmap(page);
	set_pte_at(f, make_entry(f, page->frame, bits));
	pte_unlock(f->table);
}

static void own_anonymously(const struct fault *f, struct page *page)
{
	page->anon_vma = &f->vma->vm_mm->anon_vma;
	page->index = (unsigned int)(f->address / PAGE_SIZE);
}

static bool do_anonymous_page(const struct fault *f)
{
	struct page *page = page_alloc();
	uint64_t bits = f->vma->vm_flags & VM_WRITE ? MACHINE_PTE_WRITE : 0;

	if (!page)
		return false;
	own_anonymously(f, page);
	finish_fault(f, page, f->how == MACHINE_STORE ? bits | MACHINE_PTE_DIRTY : bits);
	return true;
}

/* The file's page with a reference and its lock; NULL beyond the end of the file. */
static struct page *filemap_lock_page(struct address_space *file, unsigned int index)
{
	struct page *page = NULL;

	if ((long)index >= machine_atomic_read(&file->size))
		return NULL;
	machine_spin_lock(&file->i_pages);
	page = file->pages[index];
	if (page)
		page_get(page);
	machine_spin_unlock(&file->i_pages);
	if (!page)
		return NULL;
	lock_page(page);
	if (page->mapping == file)
		return page;
	unlock_page(page);
	page_put(page);
	return NULL;
}

static bool do_cow_fault(const struct fault *f, struct page *page)
{
	struct page *copy = page_alloc();

	if (copy) {
		machine_frame_copy(copy->frame, page->frame);
		own_anonymously(f, copy);
		finish_fault(f, copy, MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY);
	}
	unlock_page(page);
	page_put(page);
	return copy;
}

/* The page lock is held until the entry is set, so that truncate sees either no page or a mapped one. */
static bool do_file_fault(const struct fault *f)
{
	struct page *page = filemap_lock_page(f->vma->file, file_index(f));
	uint64_t bits = 0;

	if (!page)
		return false;
	if (f->how == MACHINE_STORE && !(f->vma->vm_flags & VM_SHARED))
		return do_cow_fault(f, page);
	if (f->how == MACHINE_STORE) {
		set_page_dirty(page);
		bits = MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY;
	}
	finish_fault(f, page, bits);
	unlock_page(page);
	return true;
}

/* The driver's lock keeps its zap out from the check that the page is alive to the store of the entry. */
static bool do_driver_fault(const struct fault *f)
{
	struct address_space *file = f->vma->file;
	unsigned int index = file_index(f);
	uint64_t bits = MACHINE_PTE_SPECIAL | (f->vma->vm_flags & VM_WRITE ? MACHINE_PTE_WRITE : 0);
	bool alive;

	machine_down_read(&file->driver_lock);
	alive = !file->revoked[index] && file->frames[index] != MACHINE_NO_FRAME;
	if (alive && lock_same(f)) {
		if (f->how == MACHINE_STORE)
			bits |= MACHINE_PTE_DIRTY;
		set_pte_at(f, make_entry(f, file->frames[index], bits));
		pte_unlock(f->table);
	}
	machine_up_read(&file->driver_lock);
	return alive;
}

static bool do_pte_missing(const struct fault *f)
{
	if (!f->vma->file)
		return do_anonymous_page(f);
	if (driver_owns(f->vma->file, file_index(f)))
		return do_driver_fault(f);
	return do_file_fault(f);
}

/* Write to a shared file page that was mapped read-only: the page becomes dirty before the entry becomes writable. */
static void wp_page_shared(const struct fault *f, struct page *page)
{
	page_get(page);
	pte_unlock(f->table);
	lock_page(page);
	if (page->mapping == f->vma->file && lock_same(f)) {
		set_page_dirty(page);
		set_pte_at(f, f->orig | MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY | MACHINE_PTE_ACCESSED);
		pte_unlock(f->table);
	}
	unlock_page(page);
	page_put(page);
}

/* The old entry is gone from every TLB before the new one stands, so that no two CPUs use different pages at once. */
static void replace_entry(const struct fault *f, struct page *copy)
{
	uint64_t word = make_entry(f, copy->frame, MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY);

	if (RULE(wp_flush_before_set)) {
		machine_pte_xchg(f->pte, 0);
		tlb_flush_page(&f->vma->tlb, f->address);
		set_pte_at(f, word);
	} else {
		machine_pte_xchg(f->pte, word);
		tlb_flush_page(&f->vma->tlb, f->address);
	}
}

static bool wp_page_copy(const struct fault *f, struct page *old)
{
	struct page *copy;

	page_get(old);
	pte_unlock(f->table);
	copy = page_alloc();
	if (!copy) {
		page_put(old);
		return false;
	}
	machine_frame_copy(copy->frame, old->frame);
	own_anonymously(f, copy);
	if (lock_same(f)) {
		page_add_rmap(copy);
		replace_entry(f, copy);
		page_remove_rmap(old);
		pte_unlock(f->table);
		page_put(old);
	} else {
		page_put(copy);
	}
	page_put(old);
	return true;
}

/* Page-table lock held; dropped on return. */
static bool do_wp_page(const struct fault *f)
{
	uint64_t word = f->orig;
	struct page *page = frame_to_page((int)(word >> MACHINE_PTE_FRAME_SHIFT));

	if (f->vma->vm_flags & VM_SHARED && !(word & MACHINE_PTE_SPECIAL)) {
		wp_page_shared(f, page);
		return true;
	}
	if (!(f->vma->vm_flags & VM_SHARED) && !page->anon_vma)
		return wp_page_copy(f, page);
	set_pte_at(f, word | MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY | MACHINE_PTE_ACCESSED);
	pte_unlock(f->table);
	return true;
}

/* A present entry that did not satisfy the access: missing permission, missing accessed or dirty bit, or nothing at all. */
static bool do_present(const struct fault *f)
{
	uint64_t word = f->orig | MACHINE_PTE_ACCESSED;

	if (!lock_same(f))
		return true;
	if (f->how == MACHINE_STORE && !(word & MACHINE_PTE_WRITE))
		return do_wp_page(f);
	if (f->how == MACHINE_STORE)
		word |= MACHINE_PTE_DIRTY;
	if (word != f->orig)
		machine_pte_cmpxchg(f->pte, f->orig, word);
	update_mmu_cache(f);
	pte_unlock(f->table);
	return true;
}

static bool handle_pte_fault(struct fault *f)
{
	f->pte = pte_alloc(f->vma->vm_mm, f->address, &f->table);
	if (!f->pte)
		return false;
	f->orig = machine_pte_read(f->pte);
	return f->orig & MACHINE_PTE_PRESENT ? do_present(f) : do_pte_missing(f);
}

/* A stack grows by the page just below it. */
static bool expand_stack(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	bool grown = false;

	mmap_write_lock(mm);
	vma = vma_lookup(mm, address);
	if (vma && vma->vm_flags & VM_GROWSDOWN && vma->tlb.start == address + PAGE_SIZE) {
		vma_start_write(vma);
		machine_atomic_add_return(&mm->tree, 1);
		machine_store_release(vma->tlb.start, address);
		grown = true;
	}
	mmap_write_unlock(mm);
	return grown;
}

bool handle_mm_fault(unsigned long address, enum machine_access how)
{
	struct task *task = machine_current();
	struct fault f = { .address = address & PAGE_MASK, .how = how };
	bool ok;

	f.vma = vma_start_read(task->mm, f.address);
	if (!f.vma)
		return expand_stack(task->mm, f.address);
	ok = access_allowed(f.vma, how) && handle_pte_fault(&f);
	vma_end_read(f.vma);
	return ok;
}
