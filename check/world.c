/* SPDX-License-Identifier: MIT */
/* world.c - build a scenario's world on the model machine, and look at how it ended. */
#include "check/world.h"

#include <stdio.h>
#include <string.h>

void world_init(struct world *world, const struct litmus *litmus, const struct tlb_arch *arch, uint64_t rules)
{
	memset(world, 0, sizeof(*world));
	world->litmus = litmus;
	world->arch = *arch;
	world->arch.ceiling = (unsigned short)litmus->set.ceiling;
	world->config = (struct model_config){
		.arch = &world->arch,
		.kernel = &vm_kernel,
		.rules = rules,
		.cpus = litmus->cpus,
		.levels = litmus->levels,
		.store_buffer = litmus->set.store_buffer,
		.alloc = litmus->alloc == LITMUS_ALLOC_OK     ? MODEL_ALLOC_OK
			 : litmus->alloc == LITMUS_ALLOC_FAIL ? MODEL_ALLOC_FAIL
							      : MODEL_ALLOC_ANY,
	};
	world->limits = (struct tlb_limits){
		.bundle = litmus->gather.bundle,
		.batch = litmus->gather.batch,
		.batches = litmus->gather.batches,
		.tables = litmus->gather.tables,
	};
}

/* ---- building ---- */

static unsigned int vm_flags_of(const struct litmus_map *map)
{
	unsigned int flags = 0;

	flags |= map->prot & LITMUS_PROT_READ ? VM_READ : 0;
	flags |= map->prot & LITMUS_PROT_WRITE ? VM_WRITE : 0;
	flags |= map->prot & LITMUS_PROT_EXEC ? VM_EXEC : 0;
	flags |= map->shared ? VM_SHARED : 0;
	flags |= map->grows ? VM_GROWSDOWN : 0;
	return flags;
}

struct vm_area_struct *world_make_vma(const struct world *world, unsigned int nr)
{
	const struct litmus_map *map = &world->litmus->maps[nr];
	struct address_space *file = map->object == LITMUS_OBJECT_FILE ? world->file[map->file] : NULL;

	return vma_create(world->mm[map->mm], map->start, map->end, vm_flags_of(map), file, map->file_page);
}

static void build_map(struct world *world, unsigned int nr)
{
	const struct litmus_map *map = &world->litmus->maps[nr];
	struct mm_struct *mm = world->mm[map->mm];
	unsigned long first = map->start / PAGE_SIZE;

	for (unsigned long page = first; page < map->end / PAGE_SIZE; page++)
		model_add_watch(mm->space, page);
	if (map->grows && first)
		model_add_watch(mm->space, first - 1);
	if (map->absent)
		return;
	world->vma[nr] = world_make_vma(world, nr);
	vma_link_file(world->vma[nr]);
	vma_link(world->vma[nr]);
}

/* What a read fault would have left, unless the scenario says otherwise. */
static uint64_t present_bits(const struct litmus_present *present, const struct litmus_map *map, bool driver_page)
{
	bool shared_page = map->object == LITMUS_OBJECT_FILE && !driver_page;
	bool writable = map->prot & LITMUS_PROT_WRITE && !shared_page;
	uint64_t bits = present->young ? MACHINE_PTE_ACCESSED : 0;

	if (present->writable != LITMUS_AS_FAULT)
		writable = present->writable == LITMUS_RW;
	if (writable)
		bits |= MACHINE_PTE_WRITE;
	return present->dirty ? bits | MACHINE_PTE_DIRTY : bits;
}

static void build_present(struct world *world, const struct litmus_present *present)
{
	const struct litmus_map *map = &world->litmus->maps[present->map];
	struct vm_area_struct *vma = world->vma[present->map];

	for (unsigned int i = present->page; i < present->page + present->pages; i++) {
		bool driver = vma->file && driver_owns(vma->file, vma->pgoff + i);

		if (!map_initial(vma, map->start + i * PAGE_SIZE, present_bits(present, map, driver)))
			machine_panic(__FILE__, __LINE__, "a scenario with fewer pages and tables");
	}
}

static void run_agent(void *arg)
{
	struct world_agent *self = arg;
	const struct litmus_agent *agent = &self->world->litmus->agents[self->index];

	task_start(self->world->task[self->index]);
	for (unsigned int i = 0; i < agent->nr_ops; i++)
		world_run_op(self->world, agent, &agent->ops[i]);
	model_set_ahead(0, NULL);
	model_thread_ends();
}

/* Alone, as the CPU it names, before anything else runs. */
static void run_before(struct world *world, const struct litmus_agent *before)
{
	struct mm_struct *mm = before->mm == LITMUS_NONE ? NULL : world->mm[before->mm];
	struct task task = { .mm = before->kind == LITMUS_KTHREAD ? NULL : mm, .active_mm = mm };

	model_set_up_as(before->cpu, &task);
	task_start(&task);
	for (unsigned int i = 0; i < before->nr_ops; i++)
		world_run_op(world, before, &before->ops[i]);
	model_set_up_as(0, NULL);
}

static void build_agents(struct world *world)
{
	const struct litmus *l = world->litmus;

	for (unsigned int i = 0; i < l->nr_agents; i++) {
		struct mm_struct *mm = l->agents[i].mm == LITMUS_NONE ? NULL : world->mm[l->agents[i].mm];

		world->task[i] = task_create(l->agents[i].kind == LITMUS_KTHREAD ? NULL : mm);
		world->task[i]->active_mm = mm;
	}
	for (unsigned int i = 0; i < l->nr_befores; i++)
		run_before(world, &l->befores[i]);
	for (unsigned int i = 0; i < l->nr_agents; i++) {
		world->agent[i] = (struct world_agent){ world, i };
		model_spawn_thread(l->agents[i].cpu, run_agent, &world->agent[i]);
	}
}

void world_set_up(void *context)
{
	struct world *world = context;
	const struct litmus *l = world->litmus;
	static const enum file_kind kind[] = {
		[LITMUS_FILE_CACHE] = FILE_CACHED,
		[LITMUS_FILE_PFN] = FILE_PFN,
		[LITMUS_FILE_MIXED] = FILE_MIXED,
	};

	model_boot(&world->config);
	vm_boot(&world->limits);
	world->state = machine_alloc(sizeof(*world->state));
	for (unsigned int i = 0; i < l->nr_mms; i++)
		world->mm[i] = mm_create();
	for (unsigned int i = 0; i < l->nr_files; i++)
		world->file[i] = file_create(kind[l->files[i].kind], l->files[i].pages);
	for (unsigned int i = 0; i < l->nr_maps; i++)
		build_map(world, i);
	for (unsigned int i = 0; i < l->nr_presents; i++)
		build_present(world, &l->presents[i]);
	build_agents(world);
	model_start();
}

/* ---- looking at the end ---- */

enum world_end world_end(void)
{
	enum world_end end = WORLD_IS_OVER;

	for (unsigned int i = 0; i < model_agents(); i++) {
		if (model_enabled((int)i))
			return WORLD_GOES_ON;
		if (!model_finished((int)i))
			end = WORLD_IS_STUCK;
	}
	return end;
}

uint64_t world_watches(const struct world *world, int mm, unsigned long start, unsigned long end)
{
	int space = model_space_number(world->mm[mm]->space);
	uint64_t watches = 0;

	for (unsigned long page = start / PAGE_SIZE; page < end / PAGE_SIZE; page++) {
		int watch = model_find_watch(space, (unsigned int)page);

		if (watch >= 0)
			watches |= 1ull << watch;
	}
	return watches;
}

/* Entries of last-level tables that map @frame; *@dirty: one of them knows that it was written to. */
static long count_entries(int frame, bool *dirty)
{
	const struct model_state *m = model_state();
	long entries = 0;

	*dirty = false;
	for (unsigned int i = 0; i < MACHINE_MAX_FRAMES * MACHINE_TABLE_ENTRIES; i++) {
		const struct model_frame *table = &m->frames[i / MACHINE_TABLE_ENTRIES];
		uint64_t word = table->words[i % MACHINE_TABLE_ENTRIES].word;

		if (table->kind != MACHINE_FRAME_TABLE || table->level || !(word & MACHINE_PTE_PRESENT) ||
		    model_pte_frame(word) != frame)
			continue;
		entries++;
		*dirty |= (word & MACHINE_PTE_DIRTY) != 0;
	}
	return entries;
}

static void audit_page(const struct page *page, uint64_t disk)
{
	uint64_t value = model_state()->frames[page->frame].words[0].word;
	bool dirty;
	long entries = count_entries(page->frame, &dirty);

	if (!page->dirty.value && !dirty && value != disk)
		model_violation(MODEL_LOST_WRITE, write_lost, .frame = page->frame, .value = value, .disk = disk);
	if (page->mapcount.value > entries)
		model_violation(MODEL_MISSED, rmap_left, .frame = page->frame, .counted = page->mapcount.value,
				.entries = entries);
}

/* Nobody runs any more: a page that differs from its block, and that nobody knows to be dirty, will never be written. */
void world_audit(const struct world *world)
{
	for (unsigned int f = 0; f < world->litmus->nr_files; f++) {
		const struct address_space *file = world->file[f];

		for (unsigned int i = 0; i < file->nr_pages; i++) {
			if (file->pages[i])
				audit_page(file->pages[i], model_state()->disk[file->disk + i]);
		}
	}
}

static bool term_holds(const struct world_state *state, const struct litmus_term *term)
{
	bool same;

	if (term->kind == LITMUS_TERM_FAULT)
		same = state->fault[term->reg];
	else if (term->kind == LITMUS_TERM_REGISTER)
		same = state->fault[term->reg] == state->fault[term->other] &&
		       (state->fault[term->reg] || state->reg[term->reg] == state->reg[term->other]);
	else
		same = !state->fault[term->reg] && state->reg[term->reg] == term->value;
	return same != term->differs;
}

bool world_condition(const struct world *world, const struct litmus_expect *expect)
{
	for (unsigned int i = 0; i < expect->nr_terms; i++) {
		if (!term_holds(world->state, &expect->terms[i]))
			return false;
	}
	return true;
}

uint64_t world_count(const struct world *world, const struct litmus_expect *expect)
{
	const struct model_state *m = model_state();
	const struct litmus_map *map;
	uint64_t watches, pages = 0;

	if (expect->count == LITMUS_FLUSHES)
		return m->flushes;
	if (expect->count == LITMUS_IPIS)
		return m->ipis;
	map = &world->litmus->maps[expect->map];
	watches = world_watches(world, map->mm, expect->start, expect->end);
	for (unsigned int i = 0; i < m->nr_watches; i++)
		pages += watches >> i & 1 && m->watches[i].invalidated;
	return pages;
}
