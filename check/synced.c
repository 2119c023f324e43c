/* SPDX-License-Identifier: MIT */
/* synced.c - what programs have stored to pages of files, and whether it is on disk when somebody has made sure that it is. */
#include "check/synced.h"

#include <assert.h>
#include <stdio.h>

enum {
	MOST_VALUES = 64, /* of one page */
};

/* In the arena: a part of the state. Values are bits, in the order of the operations that store them; bit 0: what is there at the start. */
struct synced_page {
	int32_t file;
	uint32_t index;
	uint64_t seen, now;
	uint64_t outdated[LITMUS_MAX_AGENTS + 1]; /* by agent; the last is whoever runs before all others */
};

struct synced {
	uint64_t nr;
	struct synced_page pages[];
};

/* ---- which pages, and which values ---- */

static bool writes_out(const struct litmus *l, int file)
{
	const struct litmus_op *op;

	for (unsigned int i = 0; (op = binding_operation(l, i)); i++) {
		if (op->kind == LITMUS_CALL && op->file == file &&
		    checked_subject()->operations[op->call].takes == SUBJECT_WRITES_OUT)
			return true;
	}
	return false;
}

/* The page that the operation stores to, if it is of such a file. */
static bool stores_to(const struct litmus *l, const struct litmus_op *op, int *file, unsigned int *index)
{
	const struct litmus_map *map;

	if (op->kind != LITMUS_STORE)
		return false;
	map = &l->maps[op->map];
	*file = map->file;
	*index = map->file_page + op->page;
	return map->file != LITMUS_NONE && map->shared && writes_out(l, map->file);
}

static bool is_store_to(const struct litmus *l, const struct litmus_op *op, const struct synced_page *page)
{
	unsigned int index;
	int file;

	return stores_to(l, op, &file, &index) && file == page->file && index == page->index;
}

/* 0: nobody stores it there. */
static uint64_t bit_of(const struct binding *b, const struct synced_page *page, uint64_t value)
{
	const struct litmus_op *op;
	unsigned int nr = 1;

	if (!value)
		return 1;
	for (unsigned int i = 0; (op = binding_operation(b->litmus, i)); i++) {
		if (!is_store_to(b->litmus, op, page))
			continue;
		if (op->value == value)
			return 1ull << nr;
		if (++nr == MOST_VALUES)
			machine_too_big("stores to one page that is written out", MOST_VALUES - 1);
	}
	return 0;
}

static struct synced_page *find_page(const struct binding *b, int file, unsigned int index)
{
	for (unsigned int i = 0; b->synced && i < b->synced->nr; i++) {
		if (b->synced->pages[i].file == file && b->synced->pages[i].index == index)
			return &b->synced->pages[i];
	}
	return NULL;
}

void synced_set_up(struct binding *b)
{
	const struct litmus_op *op;
	unsigned int index, stores = 0;
	int file;

	b->synced = NULL;
	for (unsigned int i = 0; (op = binding_operation(b->litmus, i)); i++)
		stores += stores_to(b->litmus, op, &file, &index);
	if (!stores)
		return;
	b->synced = agent_alloc(sizeof(*b->synced) + stores * sizeof(b->synced->pages[0]));
	for (unsigned int i = 0; (op = binding_operation(b->litmus, i)); i++) {
		if (stores_to(b->litmus, op, &file, &index) && !find_page(b, file, index))
			b->synced->pages[b->synced->nr++] = (struct synced_page){
				.file = file, .index = index, .seen = 1, .now = 1
			};
	}
}

/* ---- while programs run ---- */

/* An address space that a fork fills has the maps of the one it is made of. */
static bool has_maps_of(const struct binding *b, int space, int mm)
{
	if (model_space_number(binding_space(b, mm)) == space)
		return true;
	for (unsigned int i = 0; i < b->litmus->nr_mms; i++) {
		if (b->litmus->mms[i].empty && model_space_number(binding_space(b, (int)i)) == space)
			return true;
	}
	return false;
}

/* The page of a file that a shared map has at the address of @watch; NULL: none that is watched. */
static struct synced_page *page_at(const struct binding *b, const struct model_watch *watch)
{
	const struct litmus *l = b->litmus;
	unsigned long address = (unsigned long)watch->page * PAGE_BYTES;

	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		if (map->file != LITMUS_NONE && map->shared && address >= map->start && address < map->end &&
		    has_maps_of(b, watch->space, map->mm))
			return find_page(b, map->file, map->file_page + litmus_page_of(map, address));
	}
	return NULL;
}

void synced_stored(const struct binding *b, int nr, uint64_t value)
{
	struct synced_page *page = b->synced ? page_at(b, &model_state()->watches[nr]) : NULL;

	if (!page)
		return;
	model_touch_at(&page->now, AGENT_WRITE, 0);
	page->now = bit_of(b, page, value);
	page->seen |= page->now;
	for (unsigned int i = 0; i <= LITMUS_MAX_AGENTS; i++)
		page->outdated[i] &= ~page->now;
}

static unsigned int self(void)
{
	assert(agent_self() < LITMUS_MAX_AGENTS);
	return agent_self() < 0 ? LITMUS_MAX_AGENTS : (unsigned int)agent_self();
}

/* Whatever comes of it, the page owes this operation nothing more. */
static void on_disk(struct subject_call *called, unsigned int index, uint64_t value)
{
	struct synced_call *call = (struct synced_call *)called;
	const struct binding *b = call->binding;
	struct synced_page *page = find_page(b, call->op->file, index);
	char text[200];

	if (!page)
		return;
	model_touch_at(&page->now, AGENT_READ, 0);
	if (page->outdated[self()] & bit_of(b, page, value)) {
		snprintf(text, sizeof(text), "%s.%u has %llu on disk, and held something newer when `%s` began",
			 b->litmus->files[page->file].name, index, (unsigned long long)value, call->op->text);
		model_violation(MODEL_LOST_WRITE, subject_finds,
				.frame = binding_file_frame(b, (unsigned int)page->file, index), .text = text);
	}
	page->outdated[self()] = 0;
}

void synced_begins(struct synced_call *call)
{
	const struct litmus_op *op = call->op;

	model_promise(0);
	for (unsigned int i = op->page; i < op->page + op->pages; i++) {
		struct synced_page *page = find_page(call->binding, op->file, i);

		if (!page)
			continue;
		model_touch_at(&page->now, AGENT_READ, 0);
		page->outdated[self()] = page->seen & ~page->now;
	}
	call->call.on_disk = on_disk;
}
