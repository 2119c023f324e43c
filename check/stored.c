/* SPDX-License-Identifier: MIT */
/* stored.c - what programs have stored to memory of their own, page by page, and whether it is still there at the end. */
#include "check/stored.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* In the arena, one for each watch: a part of the state. */
struct stored {
	uint64_t value;
	uint32_t discarding; /* the agents that discard what is there; bit 31: a program that runs before all others */
	uint32_t is_there;   /* .value was stored since, and nobody has discarded it */
};

/* ---- which pages ---- */

/* The address is private memory to whoever has it mapped: another map of it would make it a file's page, too. */
static bool is_private(const struct litmus *l, int mm, unsigned long address)
{
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		if (map->mm == mm && address >= map->start && address < map->end && map->shared)
			return false;
	}
	return true;
}

/* All operations of all agents, one after the other; NULL: no more. */
static const struct litmus_op *operation(const struct litmus *l, unsigned int nr, const struct litmus_agent **who)
{
	for (unsigned int i = 0; i < l->nr_agents + l->nr_befores; i++) {
		const struct litmus_agent *agent = i < l->nr_agents ? &l->agents[i] : &l->befores[i - l->nr_agents];

		*who = agent;
		if (nr < agent->nr_ops)
			return &agent->ops[nr];
		nr -= agent->nr_ops;
	}
	return NULL;
}

/* Does the program of some agent make the checker blind for this page? */
static bool is_out_of_sight(const struct litmus *l, int mm, unsigned long address)
{
	const struct litmus_agent *agent;
	const struct litmus_op *op;

	for (unsigned int i = 0; (op = operation(l, i, &agent)); i++) {
		if (op->kind != LITMUS_CALL)
			continue;
		if (agent->mm == mm && !strcmp(checked_subject()->operations[op->call].form, "exit"))
			return true;
		if (op->takes && op->handle != LITMUS_NONE && l->handles[op->handle].written &&
		    l->maps[op->map].mm == mm && l->maps[op->map].start + op->page * PAGE_BYTES == address)
			return true;
	}
	return false;
}

static bool is_watched(const struct litmus *l, const struct litmus_op *op)
{
	const struct litmus_map *map;
	unsigned long address;

	if (op->kind != LITMUS_STORE)
		return false;
	map = &l->maps[op->map];
	address = map->start + op->page * PAGE_BYTES;
	return is_private(l, map->mm, address) && !is_out_of_sight(l, map->mm, address);
}

bool stored_is_asked(const struct litmus *l)
{
	const struct litmus_agent *agent;
	const struct litmus_op *op;

	for (unsigned int i = 0; !l->raw && (op = operation(l, i, &agent)); i++) {
		if (is_watched(l, op))
			return true;
	}
	return false;
}

void stored_set_up(struct binding *b)
{
	const struct litmus_agent *agent;
	const struct litmus_op *op;

	b->stored = NULL;
	b->own = 0;
	if (!stored_is_asked(b->litmus))
		return;
	for (unsigned int i = 0; (op = operation(b->litmus, i, &agent)); i++) {
		unsigned long address;

		if (!is_watched(b->litmus, op))
			continue;
		address = b->litmus->maps[op->map].start + op->page * PAGE_BYTES;
		b->own |= binding_watches(b, b->litmus->maps[op->map].mm, address, address + PAGE_BYTES);
	}
	assert(b->own);
	b->stored = agent_alloc(model_state()->nr_watches * sizeof(*b->stored));
}

/* ---- while programs run ---- */

static uint32_t my_bit(void)
{
	assert(AGENT_MAX_AGENTS < 31);
	return 1u << (agent_self() < 0 ? 31 : agent_self());
}

/* A store, and what begins or ends to discard it, do not commute. */
static struct stored *changed(const struct binding *b, unsigned int watch)
{
	assert(b->own >> watch & 1);
	model_touch_at(&b->stored[watch], AGENT_WRITE, 0);
	return &b->stored[watch];
}

void stored_value(void *binding, int watch, uint64_t value)
{
	const struct binding *b = binding;
	struct stored *stored;

	assert(watch >= 0 && watch < 64);
	if (!(b->own >> watch & 1))
		return;
	stored = changed(b, (unsigned int)watch);
	stored->is_there = !stored->discarding;
	stored->value = stored->is_there ? value : 0;
}

void stored_discards(struct binding *b, uint64_t watches, bool begins)
{
	for (watches &= b->own; watches; watches &= watches - 1) {
		struct stored *stored = changed(b, (unsigned int)__builtin_ctzll(watches));

		if (begins)
			*stored = (struct stored){ .discarding = stored->discarding | my_bit() };
		else
			stored->discarding &= ~my_bit();
	}
}

/* ---- the end ---- */

/* The frame that the tables say, or MACHINE_NO_FRAME; when nobody runs. */
static int mapped_frame(const struct model_watch *watch)
{
	const struct model_state *m = model_state();
	int frame = m->roots[watch->space];

	for (;;) {
		const struct model_frame *table = &m->frames[frame];
		unsigned int index = model_index(watch->page, table->level);
		uint64_t word = table->words[index].word;

		if (!(word & MACHINE_PTE_PRESENT))
			return MACHINE_NO_FRAME;
		/* A large page: the frame of the page inside it. */
		if (!(word & MACHINE_PTE_TABLE))
			return model_pte_frame(word) + (int)(watch->page & (model_level_pages(table->level) - 1));
		frame = model_pte_frame(word);
	}
}

static void name_page(const struct binding *b, const struct model_watch *watch, char *text, size_t size)
{
	const struct litmus *l = b->litmus;
	unsigned long address = (unsigned long)watch->page * PAGE_BYTES;

	assert(size > 0);
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		if (model_space_number(b->subject->space((unsigned int)map->mm)) == watch->space &&
		    address >= map->start && address < map->end)
			snprintf(text, size, "%s.%lu", map->name, (address - map->start) / PAGE_BYTES);
	}
}

static void report(const struct binding *b, unsigned int watch, int frame)
{
	char name[80], text[200];
	unsigned long long value = b->stored[watch].value;

	name_page(b, &model_state()->watches[watch], name, sizeof(name));
	if (frame == MACHINE_NO_FRAME)
		snprintf(text, sizeof(text), "%s is not mapped, %llu was stored there, and nobody has discarded it",
			 name, value);
	else
		snprintf(text, sizeof(text), "%s holds %llu, %llu was stored there last, and nobody has discarded it",
			 name, (unsigned long long)*model_ram(frame), value);
	model_violation(MODEL_LOST_WRITE, subject_finds, .frame = frame, .text = text);
}

void stored_audit(const struct binding *b)
{
	for (uint64_t watches = b->own; watches; watches &= watches - 1) {
		unsigned int watch = (unsigned int)__builtin_ctzll(watches);
		int frame;

		if (!b->stored[watch].is_there)
			continue;
		frame = mapped_frame(&model_state()->watches[watch]);
		if (frame == MACHINE_NO_FRAME || *model_ram(frame) != b->stored[watch].value)
			report(b, watch, frame);
	}
}
