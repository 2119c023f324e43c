/* SPDX-License-Identifier: MIT */
/* program.c - the operations of an agent's program, one function of the reference VM each. */
#include "check/world.h"

static unsigned long address_of(const struct world *world, const struct litmus_op *op)
{
	return world->litmus->maps[op->map].start + op->page * PAGE_SIZE;
}

static struct mm_struct *mm_of(const struct world *world, const struct litmus_agent *agent)
{
	return agent->mm == LITMUS_NONE ? NULL : world->mm[agent->mm];
}

/* ---- accesses ---- */

static void set_register(struct world *world, int reg, bool ok, uint64_t value)
{
	if (reg == LITMUS_NONE)
		return;
	world->state->fault[reg] = !ok;
	world->state->reg[reg] = ok ? value : 0;
}

static void run_access(struct world *world, const struct litmus_op *op, enum machine_access how)
{
	uint64_t value = op->value;
	bool ok = machine_user_access(address_of(world, op), how, &value);

	if (how != MACHINE_STORE)
		set_register(world, op->reg, ok, value);
}

/* ---- pages taken by the kernel ---- */

static void run_gup(struct world *world, const struct litmus_agent *agent, const struct litmus_op *op)
{
	bool write = world->litmus->handles[op->handle].written;
	unsigned long address = address_of(world, op);
	struct mm_struct *mm = mm_of(world, agent);

	world->state->handle[op->handle] = op->kind == LITMUS_GUP ? gup(mm, address, write)
								  : gup_fast(mm, address, write);
}

static void run_handle(struct world *world, const struct litmus_op *op)
{
	struct page *page = world->state->handle[op->handle];

	if (!page)
		return;
	switch (op->kind) {
	case LITMUS_READ_PAGE:
		set_register(world, op->reg, true, machine_frame_read(page->frame));
		break;
	case LITMUS_WRITE_PAGE:
		machine_frame_write(page->frame, op->value);
		break;
	default:
		gup_put(page, world->litmus->handles[op->handle].written);
		world->state->handle[op->handle] = NULL;
	}
}

/* ---- what operations promise to have taken away when they return ---- */

static uint64_t file_watches(const struct world *world, const struct litmus_op *op)
{
	uint64_t watches = 0;

	for (unsigned int i = 0; i < world->litmus->nr_maps; i++) {
		const struct litmus_map *map = &world->litmus->maps[i];

		for (unsigned int page = 0; map->file == op->file && page < map->pages; page++) {
			unsigned int index = map->file_page + page;
			unsigned long address = map->start + page * PAGE_SIZE;

			if (index >= op->page && index < op->page + op->pages)
				watches |= world_watches(world, map->mm, address, address + PAGE_SIZE);
		}
	}
	return watches;
}

static uint64_t promised(const struct world *world, const struct litmus_agent *agent, const struct litmus_op *op)
{
	const struct litmus_map *map;

	switch (op->kind) {
	case LITMUS_MUNMAP:
	case LITMUS_DONTNEED:
		return world_watches(world, agent->mm, op->start, op->end);
	case LITMUS_MMAP:
	case LITMUS_EXEC_SHIFT:
		map = &world->litmus->maps[op->map];
		return world_watches(world, agent->mm, map->start, map->end);
	case LITMUS_TRUNCATE:
	case LITMUS_UNMAP_MAPPING_RANGE:
		return file_watches(world, op);
	default:
		return 0;
	}
}

/* False: nothing was done, so nothing is promised. */
static bool run_call(struct world *world, const struct litmus_agent *agent, const struct litmus_op *op)
{
	struct mm_struct *mm = mm_of(world, agent);
	struct address_space *file = op->file == LITMUS_NONE ? NULL : world->file[op->file];

	switch (op->kind) {
	case LITMUS_MMAP:
		do_mmap(world_make_vma(world, (unsigned int)op->map));
		break;
	case LITMUS_MUNMAP:
		do_munmap(mm, op->start, op->end);
		break;
	case LITMUS_DONTNEED:
		madvise_dontneed(mm, op->start, op->end);
		break;
	case LITMUS_EXEC_SHIFT:
		return shift_arg_pages(mm, address_of(world, op));
	case LITMUS_EXIT:
		task_exit(machine_current());
		break;
	case LITMUS_TRUNCATE:
		truncate_pagecache(file);
		break;
	case LITMUS_UNMAP_MAPPING_RANGE:
		driver_unmap(file, op->page, op->pages);
		break;
	case LITMUS_FREE:
		driver_free(file, op->page, op->pages);
		break;
	case LITMUS_WRITEBACK:
		writeback(file, op->page);
		break;
	default:
		page_reuse();
	}
	return true;
}

static void run_promising(struct world *world, const struct litmus_agent *agent, const struct litmus_op *op)
{
	uint64_t watches = promised(world, agent, op);
	uint16_t versions[MODEL_WATCHES];

	if (watches)
		model_promise(watches, versions);
	if (run_call(world, agent, op) && watches)
		model_promise_kept(watches, versions);
}

/* ---- programs ---- */

/* Pages that hardware may run ahead to: whatever the program has still to access, the present operation included. */
static uint64_t ahead(const struct world *world, const struct litmus_agent *agent, const struct litmus_op *op)
{
	uint64_t watches = 0;

	for (; op < agent->ops + agent->nr_ops; op++) {
		if (op->kind <= LITMUS_PREFETCH && agent->mm != LITMUS_NONE)
			watches |= world_watches(world, agent->mm, address_of(world, op),
						 address_of(world, op) + PAGE_SIZE);
	}
	return watches;
}

uint64_t world_ahead(const struct world *world, const struct litmus_agent *agent)
{
	return ahead(world, agent, agent->ops);
}

void world_run_op(struct world *world, const struct litmus_agent *agent, const struct litmus_op *op)
{
	model_set_ahead(ahead(world, agent, op), op->text);
	switch (op->kind) {
	case LITMUS_LOAD:
		run_access(world, op, MACHINE_LOAD);
		break;
	case LITMUS_STORE:
		run_access(world, op, MACHINE_STORE);
		break;
	case LITMUS_EXEC:
		run_access(world, op, MACHINE_EXEC);
		break;
	case LITMUS_PREFETCH:
		model_prefetch((unsigned int)(address_of(world, op) / PAGE_SIZE));
		break;
	case LITMUS_GUP:
	case LITMUS_GUP_FAST:
		run_gup(world, agent, op);
		break;
	case LITMUS_READ_PAGE:
	case LITMUS_WRITE_PAGE:
	case LITMUS_PUT:
		run_handle(world, op);
		break;
	default:
		run_promising(world, agent, op);
	}
}
