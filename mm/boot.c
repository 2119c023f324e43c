/* SPDX-License-Identifier: MIT */
/* boot.c - the kernel at boot: files, address spaces, threads, and entries that are there from the start. */
#include <mm/hugetlb.h>

/*
 * A handler of misses finds tables as gup_fast() does. In Linux interrupts off, as they are in it, hold a grace period back. Where
 * tables wait for none, their flush has interrupted it.
 */
static void refill(bool begins)
{
	if (machine_arch()->rcu_table_free && RULE(refill_is_reader)) {
		if (begins)
			rcu_read_lock(&mm_globals()->rcu);
		else
			rcu_read_unlock(&mm_globals()->rcu);
	}
}

static void daemon(void)
{
	rcu_daemon(&mm_globals()->rcu);
}

/*
 * What the machine asks of a kernel: how much memory its globals need, to repair a fault, to switch threads, to look into
 * tables after a miss, and what goes on beside them.
 */
const struct machine_kernel mm_kernel = {
	.data_size = sizeof(struct mm_globals),
	.fault = handle_mm_fault,
	.context_switch = context_switch,
	.may_move = task_may_move,
	.leaves = task_leaves,
	.arrives = task_arrives,
	.refill = refill,
	.daemon = daemon,
};

/*
 * Before any other function of this file, once, while no CPU runs. The limits are the scenario's:
 * small batches make the gather run full where Linux's would need thousands of pages
 * (MAX_GATHER_BATCH).
 */
void mm_boot(const struct tlb_limits *limits, bool (*refused)(void))
{
	shootdown_assert(!tlb_arch_check(shootdown_arch()), "mm_boot: a row that does not contradict itself");
	mm_globals()->limits = *limits;
	mm_globals()->asids = MM_ASIDS;
	mm_globals()->nr_shared_asids = MACHINE_IDS;
	mm_globals()->refused = refused;
	mm_globals()->vmap.pgd = MACHINE_NO_FRAME;
	for (int frame = 0; frame < MACHINE_MAX_FRAMES; frame++)
		frame_to_page(frame)->frame = frame;
	shootdown_assert(sizeof(struct mmu_table_batch) + limits->tables * sizeof(void *) <= MM_BATCH_BYTES &&
				 sizeof(struct mmu_gather_batch) + limits->batch * sizeof(void *) <= MM_BATCH_BYTES,
			 "mm_boot: batches that fit their pages");
}

static struct mm_struct *mm_init(struct mm_struct *mm)
{
	struct page *root = table_alloc();

	shootdown_assert(root, "mm_init: a table for its root");
	mm->pgd = root->frame;
	mm->space = machine_space_at(mm->pgd);
	refcount_set(&mm->count, 1);
	tlb_mm_init(&mm->tlb);
	return mm;
}

/*
 * As mm_alloc() of Linux: .count is 1 for all threads together, .users counts them and is 0 until
 * the first is made. The root table stays for as long as .count is not 0, which a lazy CPU relies
 * on.
 */
struct mm_struct *mm_create(void)
{
	struct mm_globals *globals = mm_globals();

	if (globals->nr_mms == MM_MMS)
		machine_too_big("address spaces", MM_MMS);
	return mm_init(&globals->mms[globals->nr_mms++]);
}

/* From here on no CPU stays lazy in an address space: it goes over to one that nobody changes. As init_mm of Linux, in leave_mm(). */
void mm_create_init(void)
{
	mm_init(&mm_globals()->init_mm);
	mm_globals()->leaves_lazy = true;
}

/* The cache's reference is the one that page_alloc() gives. The disk has zeroes, as the page has. */
static struct page *cache_page(struct address_space *file, unsigned int index)
{
	struct page *page = page_alloc();

	shootdown_assert(page, "file_create: memory for its pages");
	page->mapping = file;
	page->index = index;
	return page;
}

/*
 * Pages of the page cache are all read at boot: reclaim and reading in are not what this mm is
 * about. A driver's pages are frames without a struct page in use, as a VM_PFNMAP mapping has; of a
 * mixed file every other page is one.
 */
struct address_space *file_create(enum file_kind kind, unsigned int pages)
{
	struct mm_globals *globals = mm_globals();
	struct address_space *file = &globals->files[globals->nr_files++];

	if (globals->nr_files > MM_FILES)
		machine_too_big("files", MM_FILES);
	if (pages > MM_FILE_PAGES)
		machine_too_big("pages of one file", MM_FILE_PAGES);
	file->kind = kind;
	file->nr_pages = pages;
	file->size = pages;
	for (unsigned int i = 0; i < pages; i++)
		file->frames[i] = MACHINE_NO_FRAME;
	for (unsigned int i = 0; i < pages; i += file_step(file)) {
		if (driver_owns(file, i))
			file->frames[i] = machine_frame_alloc(MACHINE_FRAME_DATA);
		else
			file->pages[i] = is_hugetlb_file(file) ? hugetlb_page_create(file, i) : cache_page(file, i);
		shootdown_assert(driver_owns(file, i) || file->pages[i], "file_create: memory for the pages of a file");
	}
	return file;
}

/*
 * NULL: a kernel thread, which has no address space of its own (task_struct.mm of Linux) and
 * borrows what is loaded.
 */
struct task *task_create(struct mm_struct *mm)
{
	struct mm_globals *globals = mm_globals();
	struct task *task = &globals->tasks[globals->nr_tasks++];

	if (globals->nr_tasks > MM_TASKS)
		machine_too_big("threads", MM_TASKS);
	task->mm = mm;
	task->active_mm = mm;
	if (mm)
		refcount_set(&mm->users, mm->users.refs + 1);
	if (mm)
		mm->had_users = true;
	return task;
}

/* The same, of a huge page: the entry may have been made for another of its pages before. */
static bool map_initial_huge(struct vm_area_struct *vma, unsigned long address, uint64_t bits)
{
	struct page *upper, *first;
	pte_t *pmd = pmd_alloc(vma->vm_mm, address, &upper);

	if (!pmd || pte_present(ptep_get(pmd)))
		return pmd;
	first = huge_page_alloc(vma, address);
	if (!first)
		return false;
	huge_page_add_rmap(first);
	set_pte(pmd, mk_pte(first->frame, bits | (vma->vm_flags & VM_EXEC ? MACHINE_PTE_EXEC : 0)));
	return true;
}

/* What a private mapping of a file was written to has is a page of its own: no fault leaves the file's writable, or dirty. */
static bool maps_file(const struct vm_area_struct *vma, uint64_t bits)
{
	return vma->file && (vma->vm_flags & VM_SHARED || !(bits & (MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY)));
}

/*
 * Entry of @address as a fault would have left it, with @bits of WRITE, DIRTY and ACCESSED. Boot
 * only. False: no memory. Nobody else runs, so no lock is taken; the references and the reverse map
 * are those that a fault would have left.
 */
bool map_initial(struct vm_area_struct *vma, unsigned long address, uint64_t bits)
{
	unsigned int index = linear_page_index(vma, address);
	struct page *table, *page = NULL;
	pte_t *pte = huge_fits(vma, address) || is_hugetlb(vma) ? NULL : pte_alloc(vma->vm_mm, address, &table);
	uint64_t word = MACHINE_PTE_PRESENT | bits | (vma->vm_flags & VM_EXEC ? MACHINE_PTE_EXEC : 0);
	bool of_file = maps_file(vma, bits);
	int frame;

	if (is_hugetlb(vma))
		return map_initial_hugetlb(vma, address, bits);
	if (huge_fits(vma, address))
		return map_initial_huge(vma, address, bits);
	if (!pte)
		return false;
	if (of_file && driver_owns(vma->file, index)) {
		frame = vma->file->frames[index];
		word |= MACHINE_PTE_SPECIAL;
	} else {
		page = of_file ? vma->file->pages[index] : page_alloc();
		if (!page)
			return false;
		if (of_file) {
			page_get(page);
		} else {
			page_own(page, vma->anon_vma, index);
		}
		page_add_rmap(page);
		/*
		 * A writable shared entry may have been written through before the scenario begins:
		 * the page must know, or writeback would find it clean (fault.c, wp_page_shared()).
		 */
		if (of_file && bits & (MACHINE_PTE_DIRTY | MACHINE_PTE_WRITE))
			set_page_dirty(page);
		frame = page->frame;
	}
	set_pte(pte, word | (uint64_t)frame << MACHINE_PTE_FRAME_SHIFT);
	return true;
}
