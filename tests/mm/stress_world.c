/* SPDX-License-Identifier: MIT */
/* stress_world.c - the world of a stress run: how it is built, and what must be in order when the CPUs stand still. */
#include "mm/vmalloc.h"
#include "tests/mm/stress.h"

#include <stdarg.h>
#include <stdio.h>

void stress_wrong(struct stress *s, const char *format, ...)
{
	char text[200];
	va_list args;

	if (__atomic_fetch_add(&s->wrong, 1, __ATOMIC_RELAXED) || s->options.quiet)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "%s, seed %llu: %s\n", s->options.arch->name, (unsigned long long)s->options.seed, text);
}

/* ---- building ---- */

struct layout {
	enum place_kind kind;
	enum stress_file file;
	unsigned int mms;	   /* bit n: in mm n */
	unsigned int first, pages; /* page numbers; tables have four each, so neighbours share some */
	unsigned int flags, pgoff, owner;
	unsigned int born; /* pages that it begins with, at its end; 0: all */
};

#define RW (VM_READ | VM_WRITE)

/* Most of what a VM has, in two address spaces. What is shared has the colour of its place in the file, or could not be mapped again. */
static const struct layout many[] = {
	{ PLACE_COUNTED, FILE_COUNTED, 3, 0, 4, RW | VM_SHARED, 0, 0, 0 },
	{ PLACE_LOOSE, FILE_NONE, 1, 4, 4, RW, 0, 0, 0 },
	{ PLACE_LOOSE, FILE_DRIVER, 3, 8, 4, RW | VM_SHARED, 0, 0, 0 },
	{ PLACE_LOOSE, FILE_CUT, 3, 12, 3, RW | VM_SHARED, 0, 0, 0 },
	{ PLACE_LOOSE, FILE_COUNTED, 1, 15, 1, RW | VM_EXEC, 1, 0, 0 },
	{ PLACE_OWN, FILE_NONE, 3, 16, 1, RW, 0, 0, 0 },
	{ PLACE_OWN, FILE_NONE, 3, 17, 1, RW, 0, 1, 0 },
	{ PLACE_OWN, FILE_NONE, 3, 18, 1, RW, 0, 2, 0 },
	{ PLACE_OWN, FILE_NONE, 3, 19, 1, RW, 0, 3, 0 },
	{ PLACE_LOOSE, FILE_NONE, 1, 32, 2, RW | VM_EXEC, 0, 0, 0 },
	{ PLACE_LOOSE, FILE_BOTH, 1, 36, 3, RW | VM_SHARED, 0, 0, 0 },
	{ .pages = 0 },
};

/* Few and large, so that holes are made in them; and stacks. */
static const struct layout few[] = {
	{ PLACE_COUNTED, FILE_COUNTED, 3, 0, 4, RW | VM_SHARED, 0, 0, 0 },
	{ PLACE_LOOSE, FILE_NONE, 1, 4, 6, RW, 0, 0, 0 },
	{ PLACE_LOOSE, FILE_BOTH, 2, 4, 3, RW | VM_SHARED, 0, 0, 0 },
	{ PLACE_LOOSE, FILE_DRIVER, 2, 9, 3, RW, 0, 0, 0 },
	{ PLACE_STACK, FILE_NONE, 1, 24, 8, RW | VM_GROWSDOWN, 0, 0, 2 },
	{ PLACE_STACK, FILE_NONE, 2, 40, 8, RW | VM_GROWSDOWN, 0, 0, 1 },
	{ .pages = 0 },
};

/* Half of the seeds. */
static bool few_places(const struct stress *s)
{
	return s->options.seed & 1;
}

struct vm_area_struct *stress_make_vma(const struct stress *s, const struct place *place)
{
	struct address_space *file = place->file == FILE_NONE ? NULL : s->files[place->file];

	return vma_create(place->mm, place->start, place->end, place->flags, file, place->pgoff);
}

static void build_place(struct stress *s, const struct layout *l, unsigned int mm)
{
	struct place *place = &s->places[s->nr_places++];
	struct vm_area_struct *vma;

	*place = (struct place){ .mm = s->mms[mm],
				 .kind = l->kind,
				 .file = l->file,
				 .first = l->first,
				 .pages = l->pages,
				 .flags = l->flags,
				 .pgoff = l->pgoff,
				 .owner = l->owner };
	place->end = (l->first + l->pages) * PAGE_SIZE;
	place->start = place->end - (l->born ? l->born : l->pages) * PAGE_SIZE;
	for (unsigned int i = 0; i < l->pages && l->kind == PLACE_STACK; i++)
		place->version[i] = PRESENCE_GOING;
	vma = stress_make_vma(s, place);
	vma_link_file(vma);
	vma_link(vma);
}

static void build_files(struct stress *s)
{
	s->files[FILE_COUNTED] = file_create(FILE_CACHED, 4);
	s->files[FILE_CUT] = file_create(FILE_CACHED, 3);
	s->files[FILE_DRIVER] = file_create(FILE_PFN, 4);
	s->files[FILE_BOTH] = file_create(FILE_MIXED, 3);
}

static void build_cpu(struct stress *s, unsigned int nr)
{
	for (unsigned int mm = 0; mm < STRESS_MMS; mm++)
		s->cpus[nr].tasks[mm] = task_create(s->mms[mm]);
	s->cpus[nr].next = 1;
}

void stress_build(struct stress *s)
{
	static const struct tlb_limits limits = { .bundle = 4, .batch = 4, .batches = 2, .tables = 3 };
	struct threads_config config = {
		.arch = s->options.arch,
		.kernel = &mm_kernel,
		.rules = s->options.rules,
		.seed = s->options.seed,
		.cpus = STRESS_CPUS,
		.levels = STRESS_LEVELS,
		.refused = 25,
		.quiet = s->options.quiet,
	};

	s->machine = threads_boot(&config);
	mm_boot(&limits, threads_refuses);
	for (unsigned int i = 0; i < STRESS_MMS; i++)
		s->mms[i] = mm_create();
	vmalloc_init();
	build_files(s);
	for (const struct layout *l = few_places(s) ? few : many; l->pages; l++) {
		for (unsigned int mm = 0; mm < STRESS_MMS; mm++) {
			if (l->mms >> mm & 1)
				build_place(s, l, mm);
		}
	}
	s->spare_vmas = MM_VMAS - (long)s->nr_places;
	for (unsigned int i = 0; i < STRESS_CPUS; i++)
		build_cpu(s, i);
}

/* ---- looking ---- */

struct uses {
	unsigned int entries, tables; /* that point to the frame as a page, as a table */
	unsigned int dirty;	      /* of the entries */
	unsigned int
		kernel; /* of the entries: of mappings of the kernel's own, which no reverse map counts; and tables of it */
};

static void count_table(const struct stress *s, int frame, struct uses *uses)
{
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		uint64_t word = threads_frame_word(s->machine, frame, i);
		struct uses *to = &uses[word >> MACHINE_PTE_FRAME_SHIFT & (MACHINE_MAX_FRAMES - 1)];

		if (!(word & MACHINE_PTE_PRESENT))
			continue;
		if (word & MACHINE_PTE_TABLE) {
			to->tables++;
		} else {
			to->entries++;
			to->dirty += (word & MACHINE_PTE_DIRTY) != 0;
		}
	}
}

/* Below @frame, a table of @level. */
static void count_kernel(const struct stress *s, int frame, unsigned int level, struct uses *uses)
{
	uses[frame].kernel++;
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		uint64_t word = threads_frame_word(s->machine, frame, i);
		int to = (int)(word >> MACHINE_PTE_FRAME_SHIFT) & (MACHINE_MAX_FRAMES - 1);

		if (word & MACHINE_PTE_PRESENT && level)
			count_kernel(s, to, level - 1, uses);
		else if (word & MACHINE_PTE_PRESENT)
			uses[to].kernel++;
	}
}

static void count_uses(const struct stress *s, struct uses *uses)
{
	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		if (threads_frame_kind(s->machine, i) == MACHINE_FRAME_TABLE)
			count_table(s, i, uses);
	}
	count_kernel(s, mm_globals()->vmap.pgd, STRESS_LEVELS - 1, uses);
}

/* A driver's frame has no struct page to look at. */
static bool drivers(const struct stress *s, int frame)
{
	for (unsigned int f = 0; f < STRESS_FILES; f++) {
		for (unsigned int i = 0; i < MM_FILE_PAGES; i++) {
			if (i < s->files[f]->nr_pages && driver_owns(s->files[f], i) && s->files[f]->frames[i] == frame)
				return true;
		}
	}
	return false;
}

static unsigned int cached(const struct stress *s, const struct page *page)
{
	unsigned int nr = 0;

	for (unsigned int f = 0; f < STRESS_FILES; f++) {
		for (unsigned int i = 0; i < MM_FILE_PAGES; i++)
			nr += s->files[f]->pages[i] == page;
	}
	return nr;
}

static void audit_data(struct stress *s, int frame, const struct uses *uses)
{
	const struct page *page = frame_to_page(frame);
	unsigned int in_cache = cached(s, page);

	if (page->mapcount != (int)(uses->entries - uses->kernel))
		stress_wrong(s, "frame %d: map count %d, %u entries", frame, page->mapcount, uses->entries);
	if (page->refcount.refs != (int)(uses->entries + in_cache))
		stress_wrong(s, "frame %d: %d references, %u entries, %u times in the cache", frame,
			     page->refcount.refs, uses->entries, in_cache);
}

static bool is_root(const struct stress *s, int frame)
{
	if (frame == mm_globals()->vmap.pgd)
		return true;
	for (unsigned int i = 0; i < STRESS_MMS; i++) {
		if (s->mms[i]->pgd == frame)
			return true;
	}
	return false;
}

/* Of an address space that has ended, as long as a CPU is lazy in it. */
static bool is_kept(const struct stress *s, int frame)
{
	bool found = false;

	for (unsigned int i = 0; i < STRESS_MMS; i++) {
		const struct mmu_table_batch *kept = s->mms[i]->tlb.kept;

		for (unsigned int j = 0; kept && j < kept->nr; j++)
			found |= kept->tables[j]->frame == frame;
	}
	return found;
}

static void audit_frame(struct stress *s, int frame, const struct uses *uses)
{
	switch (threads_frame_kind(s->machine, frame)) {
	case MACHINE_FRAME_FREE:
		if (uses->entries || uses->tables)
			stress_wrong(s, "frame %d is free and %u entries point to it", frame,
				     uses->entries + uses->tables);
		break;
	case MACHINE_FRAME_TABLE:
		if (uses->entries || uses->tables != !(is_root(s, frame) || is_kept(s, frame)))
			stress_wrong(s, "table in frame %d: %u entries lead to it", frame, uses->tables);
		break;
	case MACHINE_FRAME_DATA:
		if (!drivers(s, frame))
			audit_data(s, frame, uses);
		break;
	default:
		stress_wrong(s, "frame %d is the kernel's", frame);
	}
}

/* A page that differs from its block, and that nobody knows to be dirty, will never be written. */
static void audit_file(struct stress *s, const struct address_space *file, const struct uses *uses)
{
	for (unsigned int i = 0; i < file->nr_pages; i++) {
		const struct page *page = file->pages[i];

		if (page && !page->dirty && !uses[page->frame].dirty &&
		    threads_frame_word(s->machine, page->frame, 0) != file->disk[i])
			stress_wrong(s, "page %u of a file: a write to it is lost", i);
	}
}

static void audit_counted(struct stress *s)
{
	const struct address_space *file = s->files[FILE_COUNTED];

	for (unsigned int i = 0; i < file->nr_pages; i++) {
		uint64_t value = threads_frame_word(s->machine, file->pages[i]->frame, 0);

		if (value != s->written[i])
			stress_wrong(s, "page %u of the shared file: %llu, last written %llu", i,
				     (unsigned long long)value, (unsigned long long)s->written[i]);
	}
}

static void audit_rest(struct stress *s)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < STRESS_MMS; i++) {
		if (s->mms[i]->tlb.pending)
			stress_wrong(s, "%ld gathers are still counted", s->mms[i]->tlb.pending);
		if (s->mms[i]->mmap_lock.count)
			stress_wrong(s, "an mmap lock is held");
		/* It holds the tables that is_kept() finds. */
		used -= s->mms[i]->tlb.kept != NULL;
	}
	for (unsigned int i = 0; i < STRESS_CPUS * MM_BATCHES; i++)
		used += mm_globals()->batches[i].used;
	if (used)
		stress_wrong(s, "%u batch pages are still in use", used);
}

void stress_audit(struct stress *s)
{
	struct uses uses[MACHINE_MAX_FRAMES] = { 0 };

	count_uses(s, uses);
	for (int i = 0; i < MACHINE_MAX_FRAMES; i++)
		audit_frame(s, i, &uses[i]);
	for (unsigned int f = 0; f < STRESS_FILES; f++)
		audit_file(s, s->files[f], uses);
	audit_counted(s);
	audit_rest(s);
}

/* Each CPU is lazy in the last address space that it was in, and has let go of all others. */
static void audit_mms(struct stress *s)
{
	for (unsigned int i = 0; i < STRESS_MMS; i++) {
		const struct mm_struct *mm = s->mms[i];
		long lazy = i == STRESS_MMS - 1 ? STRESS_CPUS : 0;

		if (mm->count.refs != lazy || (mm->pgd == MACHINE_NO_FRAME) != !lazy)
			stress_wrong(s, "address space %u: count %d, %ld CPUs are lazy in it", i, mm->count.refs, lazy);
	}
	if (mm_globals()->free_vmas == NULL)
		stress_wrong(s, "no VMA was given back");
}

/* What is left: the roots of lazy CPUs and the tables that stay with them, and the files' pages, which nobody maps. */
void stress_audit_end(struct stress *s)
{
	struct uses uses[MACHINE_MAX_FRAMES] = { 0 };

	stress_audit(s);
	audit_mms(s);
	count_uses(s, uses);
	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		enum machine_frame_kind kind = threads_frame_kind(s->machine, i);

		if (kind == MACHINE_FRAME_TABLE && !uses[i].kernel && !is_root(s, i) && !is_kept(s, i))
			stress_wrong(s, "the table in frame %d is left", i);
		if (kind == MACHINE_FRAME_DATA && (uses[i].entries || (!drivers(s, i) && !cached(s, frame_to_page(i)))))
			stress_wrong(s, "the page in frame %d is left", i);
	}
}
