/* SPDX-License-Identifier: MIT */
/*
 * fault.c - page faults: fill an empty entry, repair a present one. Writes to what is mapped read-only are cow.c's.
 *
 * What keeps a fault right while everything else goes on:
 *   1. The VMA is held by its own lock or by the mmap lock, both for reading, so it keeps its place, its rights and
 *      its tables until the fault is over. Zapping its entries is still possible.
 *   2. The entry is read without a lock first. Whatever is prepared for it (a page, a copy) is thrown away if the entry
 *      is another one under the page-table lock (lock_same()).
 *   3. A page whose reference count is ours to raise is held by a reference while no lock is; a driver's page has
 *      none, so it is used only under a lock that its owner needs to take it back.
 */
#include <mm/fault.h>
#include <mm/hugetlb.h>
#include <mm/relax.h>
#include <mm/vmalloc.h>

/*
 * access_error() of Linux's x86. The VMA's rights do not change while its lock is held; there is no
 * mprotect() here.
 */
bool access_allowed(const struct vm_area_struct *vma, enum machine_access how)
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
	return linear_page_index(f->vma, f->address);
}

/*
 * An entry that @f->vma's rights allow; young, because the access that faulted is about to use it.
 * Young at once, as do_anonymous_page() and set_pte_range() make them: on an architecture that
 * takes faults for the accessed bit the access would fault a second time.
 */
uint64_t make_entry(const struct fault *f, int frame, uint64_t bits)
{
	uint64_t exec = f->vma->vm_flags & VM_EXEC ? MACHINE_PTE_EXEC : 0;

	return soft_dirty(f->vma, pte_mkyoung(mk_pte(frame, exec | bits)));
}

/*
 * This CPU may hold the entry's older, stricter version, or know that there was none: then the access would fault again, for
 * ever. Nobody else is told: where the entry became more permissive the worst that can happen to them is the same fault.
 *
 * Linux splits this up by architecture: flush_tlb_fix_spurious_fault() where a stricter entry may
 * stay held after the fault, update_mmu_cache() where hardware may hold that there was none (RISC-V
 * without Svvptc). @space NULL: at an address of the kernel's own.
 */
void flush_spurious(struct machine_space *space, unsigned long address, bool stricter)
{
	const struct tlb_arch *arch = machine_arch();
	struct machine_invalidation inv = {
		.space = space,
		.start = address,
		.end = address + PAGE_SIZE,
		.stride_shift = MACHINE_PAGE_SHIFT,
		.exec = true,
	};

	if (RULE(spurious_flush) && ((stricter && arch->readonly_sticky) || arch->caches_not_present))
		machine_tlb_local(&inv);
}

void update_mmu_cache(const struct fault *f)
{
	flush_spurious(f->vma->vm_mm->space, f->address, pte_present(f->orig));
}

/*
 * Under the page-table lock, in which the entry has changed: all that it maps. One that was not there is held by nobody whom it would keep from
 * looking again.
 */
void tell_devices(const struct fault *f)
{
	unsigned long size = f->huge ? TABLE_SPAN : vma_page_size(f->vma), start = f->address & ~(size - 1);

	if (pte_present(f->orig))
		tlb_notify_upgrade(&f->vma->tlb, start, start + size);
}

/* ... in between, where the entry has to be broken first: nobody may find it relaxed before. */
static void relax(const struct fault *f, uint64_t bits)
{
	relax_begin(f->vma->vm_mm, f->pte, 1);
	tell_devices(f);
	relax_end(f->pte, 1, bits);
	update_mmu_cache(f);
}

/*
 * Page-table lock held, the entry empty. Reclaim throws away what was given up, and flushes later. That page is in no cache, so no page lock
 * makes this fault wait: a TLB that still has it would read on in it behind what is written to the new one, on this CPU as on others.
 * Others who leave an entry empty before they flush were asked to by the program, which knows what it writes to meanwhile.
 *
 * Linux's faults map a page there without a question: of those who call flush_tlb_batched_pending() none is a fault.
 */
static void flush_discarded(const struct fault *f)
{
	struct vm_area_struct *vma = f->vma;

	if (!__atomic_load_n(&f->table->discards, __ATOMIC_RELAXED))
		return;
	if (tlb_table_flush_pending(&vma->vm_mm->tlb, &f->table->changes, TLB_LOST_ENTRY))
		tlb_flush_page(&vma->tlb, f->address);
	else
		__atomic_store_n(&f->table->discards, false, __ATOMIC_RELAXED);
}

/*
 * Page-table lock held. The store first, then what this CPU holds: the other way round it could
 * take up the old entry again in between.
 */
void set_pte_at(const struct fault *f, uint64_t word)
{
	shootdown_assert(spin_is_mine(&f->table->ptl), "set_pte_at: under the page-table lock");
	if (pte_none(f->orig))
		flush_discarded(f);
	if (relax_breaks(f->vma, f->orig, word)) {
		relax(f, word);
		return;
	}
	set_pte(f->pte, word);
	update_mmu_cache(f);
	tell_devices(f);
}

/*
 * Page-table lock held. The entry says @word, which allows more, or says that it was used. The walker may be setting the same bits; if it is faster
 * there is nothing left to do. ptep_set_access_flags().
 */
void ptep_set_access_flags(const struct fault *f, uint64_t word)
{
	if (relax_breaks(f->vma, f->orig, word)) {
		relax(f, word);
		return;
	}
	if (word != f->orig && ptep_cmpxchg(f->pte, f->orig, word))
		tell_devices(f);
	update_mmu_cache(f);
}

/*
 * Under the page-table lock: is the entry still as it was first read? If not, the lock is dropped, and the access is
 * tried again: what stands there now may already be what it needs.
 *
 * pte_same() under the lock, as pte_offset_map_lock() is followed by in each of Linux's handlers. A
 * page-table lock is enough: every change of an entry that software makes is made under it, and
 * accessed and dirty bits that hardware sets make the entry another one, which only costs another
 * fault.
 */
bool lock_same(const struct fault *f)
{
	if (f->guess && !lock_guessed(f))
		return false;
	if (!f->guess)
		pte_lock(f->table);
	if (RULE(fault_recheck) && ptep_get(f->pte) != f->orig) {
		update_mmu_cache(f);
		pte_unlock(f->table);
		return false;
	}
	return true;
}

/*
 * Map @page, whose reference becomes the entry's; or give it back if somebody else was faster. The
 * reverse map before the entry: who looks for mappings in between finds one too many, which is
 * harmless, and never one too few. No flush: the entry was absent, and update_mmu_cache() sees to
 * hardware that holds that.
 */
bool finish_fault(const struct fault *f, struct page *page, uint64_t bits)
{
	shootdown_assert(!pte_present(f->orig), "finish_fault: of an entry that was empty");
	if (!lock_same(f)) {
		page_put(page);
		return try_again(f);
	}
	page_add_rmap(page);
	set_pte_at(f, make_entry(f, page->frame, bits));
	pte_unlock(f->table);
	return true;
}

/* Where the reverse map would look for the page. Before anybody else can see it. */
void own_anonymously(const struct fault *f, struct page *page)
{
	page_own(page, f->vma->anon_vma, linear_page_index(f->vma, f->address));
}

/*
 * Zeroes. Writable at once where the VMA allows writes: the page is nobody else's. There is no zero
 * page: Linux maps it for a first read, and copies on the first write. Of what races here that has
 * nothing that a private page of a file does not have.
 */
bool do_anonymous_page(const struct fault *f)
{
	struct page *page = page_alloc();
	uint64_t bits = f->vma->vm_flags & VM_WRITE ? MACHINE_PTE_WRITE : 0;

	if (!page)
		return false;
	own_anonymously(f, page);
	return finish_fault(f, page, f->how == MACHINE_STORE ? pte_mkdirty(bits) : bits);
}

/*
 * The file's page with a reference and its lock; NULL beyond the end of the file. The cache's own lock keeps the page only
 * until the reference is ours; which file it belongs to is sure only under the page lock.
 *
 * filemap_get_folio() and the check of folio->mapping in filemap_fault(). The reference first, so
 * that the page cannot become another one while its lock is waited for; then the lock; then the
 * question whether it is still the file's.
 */
struct page *filemap_lock_page(struct address_space *file, unsigned int index)
{
	struct page *page = NULL;

	if (index >= __atomic_load_n(&file->size, __ATOMIC_RELAXED))
		return NULL;
	page = find_get_page(file, index);
	if (!page && read_page(file, index))
		page = find_get_page(file, index);
	if (!page)
		return NULL;
	lock_page(page);
	/* Truncate may have had the page between the look into the cache and the lock. */
	if (page->mapping == file)
		return page;
	unlock_page(page);
	page_put(page);
	return NULL;
}

/*
 * The first write to a private page of a file: the file's page is only read. The page lock is held
 * until the copy is mapped, as in Linux's do_cow_fault(): else a truncate that has passed would not
 * find the copy, which holds what the file no longer has.
 */
static bool do_cow_fault(const struct fault *f, struct page *page)
{
	struct page *copy = page_alloc();

	if (copy) {
		copy_frame(copy->frame, page->frame);
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
	if (f->how == MACHINE_STORE && copies_on_write(f))
		return do_cow_fault(f, page);
	if (f->how == MACHINE_STORE) {
		set_page_dirty(page);
		bits = MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY;
	}
	finish_fault(f, page, bits);
	unlock_page(page);
	return true;
}

/*
 * The driver's page itself: shared as the VMA allows, private only to be read. vmf_insert_pfn():
 * the entry is special, so nobody who meets it takes the frame for a page with a reference count.
 */
static void map_driver_page(const struct fault *f, int frame)
{
	uint64_t bits = MACHINE_PTE_SPECIAL;

	if (!lock_same(f))
		return;
	if (f->vma->vm_flags & VM_WRITE && !copies_on_write(f))
		bits = pte_mkwrite(bits);
	if (f->how == MACHINE_STORE)
		bits = pte_mkdirty(bits);
	set_pte_at(f, make_entry(f, frame, bits));
	pte_unlock(f->table);
}

/*
 * The driver's lock keeps its zap out from the check that the page is alive to the store of the entry, and keeps the
 * page itself for as long as it is copied.
 *
 * The driver's lock is taken before the page-table lock, never the other way round. Memory for a
 * copy is taken before both.
 */
static bool do_driver_fault(const struct fault *f)
{
	struct address_space *file = f->vma->file;
	unsigned int index = file_index(f);
	bool copies = f->how == MACHINE_STORE && copies_on_write(f);
	struct page *copy = copies ? page_alloc() : NULL;
	bool alive;

	if (copies && !copy)
		return false;
	down_read(&file->driver_lock);
	shootdown_assert(index < file->nr_pages, "do_driver_fault: a page of the file");
	alive = !file->revoked[index] && file->frames[index] != MACHINE_NO_FRAME;
	if (alive && copies) {
		copy_frame(copy->frame, file->frames[index]);
		own_anonymously(f, copy);
		finish_fault(f, copy, MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY);
	} else if (alive) {
		map_driver_page(f, file->frames[index]);
	}
	up_read(&file->driver_lock);
	if (copies && !alive)
		page_put(copy);
	return alive;
}

/*
 * Nothing was mapped. do_pte_missing() of Linux: anonymous memory has no file, and ->fault() of a
 * driver inserts the page itself (VM_FAULT_NOPAGE).
 */
static bool do_pte_missing(const struct fault *f)
{
	if (!f->vma->file)
		return do_anonymous_page(f);
	if (driver_owns(f->vma->file, file_index(f)))
		return do_driver_fault(f);
	return do_file_fault(f);
}

/*
 * No entry names its slot any more, and it is locked: none maps it either, and nobody but the cache and the caller has it who could see what is
 * written from here on.
 */
static bool is_own_again(const struct page *page)
{
	return page_is_held_by(page, 2);
}

/* A page that nobody else names or maps is writable at once. */
static uint64_t rights_again(const struct fault *f, struct page *page, bool last, uint64_t marks)
{
	if (!last || !is_own_again(page))
		return 0;
	page->exclusive = true;
	if (!(f->vma->vm_flags & VM_WRITE) || marks & PTE_UFFD_WP)
		return 0;
	return f->how == MACHINE_STORE ? MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY : MACHINE_PTE_WRITE;
}

/*
 * The entry names a slot of swap. The page lock keeps reclaim out, which holds it until no TLB has the page any more.
 */
static bool do_swap_page(const struct fault *f)
{
	int slot = pte_number(f->orig);
	struct page *page = swap_lock_page(slot, f->vma->anon_vma, linear_page_index(f->vma, f->address));
	uint64_t bits = pte_marks_again(f->orig);

	/* Somebody was faster: what the entry says now is for the next attempt to find out. */
	if (!page)
		return true;
	if (lock_same(f)) {
		bits |= rights_again(f, page, swap_put(slot), bits);
		page_get(page);
		page_add_rmap(page);
		set_pte_at(f, make_entry(f, page->frame, bits));
		pte_unlock(f->table);
		swap_cache_drop(page);
	}
	unlock_page(page);
	page_put(page);
	return true;
}

/*
 * A present entry that did not satisfy the access: missing permission, missing accessed or dirty bit, or nothing at all. Page-table lock held; dropped
 * on return.
 */
bool do_present_locked(const struct fault *f)
{
	uint64_t word = pte_mkyoung(f->orig);

	if (f->how == MACHINE_STORE && !pte_write(word))
		return do_wp_page(f);
	if (f->how == MACHINE_STORE)
		word = pte_mkdirty(word);
	ptep_set_access_flags(f, word);
	pte_unlock(f->table);
	return true;
}

/*
 * The VMA is read-locked, or its mm is. ptep_get() is one access, without the lock
 * (ptep_get_lockless() of Linux): what it finds is a proposal, and lock_same() decides. pte_alloc()
 * may add tables; none is taken away while the VMA is held.
 */
static bool handle_pte_fault(struct fault *f)
{
	shootdown_assert(f->address >= f->vma->tlb.start && f->address < f->vma->tlb.end,
			 "handle_pte_fault: an address of the VMA");
	if (!access_allowed(f->vma, f->how))
		return false;
	if (is_hugetlb(f->vma))
		return hugetlb_fault(f);
	if (f->vma->vm_flags & VM_HUGE && handle_huge_fault(f))
		return true;
	f->pte = pte_alloc(f->vma->vm_mm, f->address, &f->table);
	/* Somebody has put a huge entry there meanwhile. */
	if (!f->pte)
		return f->vma->vm_flags & VM_HUGE;
	f->orig = ptep_get(f->pte);
	if (pte_exclusive(f->orig)) {
		do_exclusive_page(f);
		return true;
	}
	if (pte_protnone(f->orig))
		return do_numa_page(f);
	if (pte_present(f->orig))
		return lock_same(f) ? do_present_locked(f) : try_again(f);
	if (pte_swap(f->orig))
		return do_swap_page(f);
	if (pte_none(f->orig))
		return do_pte_missing(f);
	migration_entry_wait(pte_number(f->orig));
	return true;
}

/*
 * A stack grows by the page just below it. By one page only; Linux's expand_downwards() grows as
 * far as the access, within limits.
 */
static bool grows_to(const struct vm_area_struct *vma, unsigned long address)
{
	return vma && vma->vm_flags & VM_GROWSDOWN && vma->tlb.start == address + PAGE_SIZE;
}

/*
 * Where the mmap lock was held for reading a moment ago and a stack began just above @address. Another thread may have
 * grown it since: that is as good as having done it here. True: try the access again.
 */
static bool expand_stack(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	bool there;

	mmap_write_lock(mm);
	vma = find_vma(mm, address);
	there = vma && vma->tlb.start <= address;
	if (grows_to(vma, address)) {
		vma_start_write(vma);
		anon_vma_lock_write(vma);
		vma->pgoff--;
		vma_set_range(vma, address, vma->tlb.end);
		anon_vma_unlock_write(vma);
		there = true;
	}
	mmap_write_unlock(mm);
	return there;
}

/*
 * The per-VMA lock did not find anything usable, which is no proof that there is nothing: a VMA may be on its way out or
 * in. Who holds the mmap lock sees either. As in Linux, lock_mm_and_find_vma().
 *
 * The lock is dropped and taken again for writing to let a stack grow, so the VMA is looked up
 * again: it may be gone.
 */
static bool fault_under_mmap_lock(struct mm_struct *mm, struct fault *f)
{
	bool ok = false, below_stack;

	down_read(&mm->mmap_lock);
	f->vma = find_vma(mm, f->address);
	below_stack = grows_to(f->vma, f->address);
	if (f->vma && f->vma->tlb.start <= f->address)
		ok = handle_pte_fault(f);
	up_read(&mm->mmap_lock);
	return below_stack ? expand_stack(mm, f->address) : ok;
}

/*
 * True: try the access again. False: it must fail. lock_vma_under_rcu() first, the mmap lock where
 * that finds nothing, as in do_user_addr_fault(). @how is the access that failed; whether the entry
 * would allow it by now is for the next attempt to find out.
 */
bool fault_in(struct mm_struct *mm, unsigned long address, enum machine_access how)
{
	struct fault f = { .address = address & PAGE_MASK, .how = how };
	bool ok;

	if (mm_globals()->spf && tables_outlive_walks() && handle_speculative_fault(mm, f.address, how))
		return true;
	f.vma = vma_start_read(mm, f.address);
	if (!f.vma)
		return fault_under_mmap_lock(mm, &f);
	ok = handle_pte_fault(&f);
	vma_end_read(f.vma);
	return ok;
}

/* Of whatever runs on this CPU: a program, the kernel, or a device or a guest whose faults the thread handles. */
bool handle_mm_fault(unsigned long address, enum machine_access how)
{
	struct task *task = machine_current();

	if (address >= MACHINE_KERNEL_START)
		return handle_kernel_fault(address & PAGE_MASK, how);
	shootdown_assert(!task->pinned, "handle_mm_fault: of a program, which is not pinned");
	if (task->device)
		return device_fault(task->device, address, how);
	if (task->vcpu)
		return vcpu_fault(task->vcpu, address, how);
	/* A thread that has exited has no program left, and a kernel thread has none. */
	shootdown_assert(task->mm, "handle_mm_fault: of a program, which has an address space");
	return fault_in(task->mm, address, how);
}
