/* SPDX-License-Identifier: MIT */
/*
 * leaks.c - what nobody will ever give back, when nobody runs any more: batch pages, VMAs, address spaces, pages and tables.
 *
 * A page is accounted for by what page.c lists: the page cache, entries, an upper entry or a root for a table, and what gup() took
 * and its thread has not put. All grace periods are over by then and every gather is closed, so nothing is on its way.
 * Of a page that another owner reused nothing is said.
 */
#include <mm/hugetlb.h>
#include <mm/operations.h>

/*
 * References that the tables below @table hold; those of frames without a struct page are not
 * counted by anybody. A plain look at what is left: all agents have ended, so nothing races with
 * it.
 */
static void count_entries(int table, unsigned int level, long *found)
{
	const pte_t *entries = machine_frame_words(table);

	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		uint64_t word = entries[i];
		int target = pte_frame(word);

		if (!pte_present(word) || pte_special(word))
			continue;
		for (int page = 0; page < (level && pmd_huge(word) ? MACHINE_TABLE_ENTRIES : 1); page++)
			found[target + page]++;
		/* One that several entries lead to has its own entries once. */
		if (level && pmd_table(word) && found[target] == 1)
			count_entries(target, level - 1, found);
	}
}

/* With the choice catch_up: tables of an address space that has ended, as long as a CPU is lazy in it. */
static void count_kept(const struct tlb_mm *mm, long *found)
{
	for (unsigned int i = 0; mm->kept && i < mm->kept->nr; i++)
		found[mm->kept->tables[i]->frame]++;
}

/* The cache has a reference of each of the pages that a huge one is made of. */
static void count_cached(const struct address_space *file, unsigned int index, long *found)
{
	const struct page *page = file->pages[index];

	for (int i = 0; page && i < (is_hugetlb_file(file) ? MACHINE_TABLE_ENTRIES : 1); i++)
		found[page[i].frame]++;
}

/* A pin that is kept is given back when the process loses the page; if it has, nobody will. */
static void count_pinned(long *found)
{
	const struct pin_cache *cache = &mm_globals()->pin_cache;
	uint64_t word;

	if (!cache->page || cache->lost)
		return;
	word = word_at(mm_of_tlb(cache->interval.mm), cache->interval.start);
	if (pte_present(word) && pte_frame(word) == cache->page->frame)
		found[cache->page->frame]++;
}

/*
 * Also of a lazy address space, whose threads have ended. By frame: found[n] is how many references
 * to the page in frame n are accounted for.
 */
static void count_references(long *found)
{
	const struct mm_globals *globals = mm_globals();

	for (unsigned int i = 0; i < globals->nr_mms; i++) {
		int root = globals->mms[i].pgd;

		if (root == MACHINE_NO_FRAME)
			continue;
		found[root]++;
		count_entries(root, machine_levels() - 1, found);
		count_kept(&globals->mms[i].tlb, found);
	}
	if (globals->leaves_lazy)
		found[globals->init_mm.pgd]++;
	if (globals->vmap.pgd != MACHINE_NO_FRAME) {
		found[globals->vmap.pgd]++;
		count_entries(globals->vmap.pgd, machine_levels() - 1, found);
	}
	for (unsigned int i = 0; i < MM_SLOTS; i++) {
		if (globals->slots[i].page)
			found[globals->slots[i].page->frame]++;
	}
	for (unsigned int f = 0; f < globals->nr_files; f++) {
		for (unsigned int i = 0; i < globals->files[f].nr_pages; i++) {
			count_cached(&globals->files[f], i, found);
		}
	}
	count_pinned(found);
}

/*
 * Of a page that another owner took by `reuse` it cannot be said that nobody holds it: that owner has a reference that nothing
 * here knows. One that was truncated belongs to no file any more, and has only what entries and threads still hold.
 */
static bool is_ours(const struct page *page)
{
	return page->state != PAGE_UNUSED && !page->reused;
}

static void audit_pages(struct subject_audit *to)
{
	const struct mm_globals *globals = mm_globals();
	long found[MACHINE_MAX_FRAMES] = { 0 }, taken = 0, more = 0;
	int leaked = SUBJECT_NONE;

	for (unsigned int i = 0; i < globals->nr_tasks; i++)
		taken += globals->tasks[i].taken;
	count_references(found);
	for (int frame = 0; frame < MACHINE_MAX_FRAMES; frame++) {
		const struct page *page = &globals->mem_map[frame];
		long refs = page->refcount.refs / PAGE_PIN_REFS + page->refcount.refs % PAGE_PIN_REFS;

		if (!is_ours(page) || refs <= found[frame])
			continue;
		more += refs - found[frame];
		leaked = frame;
	}
	/* Which of them the threads hold is not known, and does not matter: one too many is a leak. */
	if (more > taken)
		to->finds(to, SUBJECT_LEAK, leaked, "%ld references to pages or tables are held by nobody",
			  more - taken);
}

/* Every gather is closed by now, and a deferred table's batch went with its grace period, or is that of tables that are kept. */
static void audit_batches(struct subject_audit *to)
{
	const struct mm_globals *globals = mm_globals();
	unsigned int used = 0;

	for (unsigned int i = 0; i < MM_BATCHES * machine_nr_cpus(); i++)
		used += globals->batches[i].used;
	for (unsigned int i = 0; i < globals->nr_mms; i++)
		used -= globals->mms[i].tlb.kept != NULL;
	if (used)
		to->finds(to, SUBJECT_LEAK, SUBJECT_NONE, "%u batch pages were never given back", used);
}

/* A VMA is in the pool, in an address space, or lost. */
static void audit_vmas(struct subject_audit *to)
{
	const struct mm_globals *globals = mm_globals();
	unsigned int known = 0;

	for (const struct vm_area_struct *vma = globals->free_vmas; vma; vma = vma->next_free)
		known++;
	for (unsigned int i = 0; i < globals->nr_mms; i++) {
		for (const struct vm_area_struct *vma = globals->mms[i].mmap; vma; vma = vma->next)
			known++;
	}
	if (known < globals->nr_vmas)
		to->finds(to, SUBJECT_LEAK, SUBJECT_NONE, "%u VMAs are in no address space and were never given back",
			  globals->nr_vmas - known);
}

static bool is_interval_of(const struct mmu_interval_notifier *interval, const struct mm_struct *mm)
{
	return interval->state != MMU_INTERVAL_OUT && interval->mm == &mm->tlb;
}

/* Somebody uses it, and has not said that he does no more: then nobody gives it back. */
static bool is_shared_in(const struct mmu_notifier *base, const struct mm_struct *mm)
{
	bool used = false;

	for (unsigned int i = 0; i < mm_globals()->nr_tasks; i++)
		used |= mm_globals()->tasks[i].shared == base;
	return used && base->mm == &mm->tlb;
}

/* Its threads have one count together, until the last of them has taken it all down; each lazy CPU has one, and each who is told: mirrors, vcpus, a pin's keeper ... */
static void audit_mm(const struct mm_struct *mm, const char *name, struct subject_audit *to)
{
	long held = mm->users.refs || mm->mmap || !mm->had_users ? 1 : 0;

	for (unsigned int cpu = 0; cpu < machine_nr_cpus(); cpu++)
		held += mm_globals()->lazy[cpu] == mm;
	for (unsigned int i = 0; i < mm_globals()->nr_devices; i++)
		held += mm_globals()->devices[i].mm == mm;
	for (unsigned int i = 0; i < MM_MIRRORS; i++)
		held += is_interval_of(&mm_globals()->mirrors[i].interval, mm);
	held += is_interval_of(&mm_globals()->pin_cache.interval, mm);
	for (unsigned int i = 0; i < MM_VCPUS; i++)
		held += mm_globals()->vcpus[i].base.mm == &mm->tlb;
	for (unsigned int i = 0; i < MM_SHARED; i++)
		held += is_shared_in(&mm_globals()->shared[i].base, mm);
	held += mm_globals()->refusers[mm - mm_globals()->mms].base.mm == &mm->tlb;
	if (mm->count.refs > held)
		to->finds(to, SUBJECT_LEAK, SUBJECT_NONE, "%s is held %d times and by %ld", name, mm->count.refs, held);
}

void audit_leaks(struct subject_audit *to)
{
	for (unsigned int i = 0; i < mm_globals()->nr_mms; i++)
		audit_mm(&mm_globals()->mms[i], mm_globals()->setup->spaces[i].name, to);
	audit_pages(to);
	audit_batches(to);
	audit_vmas(to);
}
