/* SPDX-License-Identifier: MIT */
/* stored.c - what programs have stored to memory of their own, page by page, and whether it is still there at the end. */
#include "check/stored.h"

#include "check/form.h"
#include "check/synced.h"
#include "machine/model/late.h"

#include <assert.h>
#include <stdio.h>

enum {
	NEVER_ENDS = 1 << 30, /* of struct stored .discarding */
};

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

/* Does the program of some agent make the checker blind for this address space? */
static bool is_out_of_sight(const struct litmus *l, int mm)
{
	const struct subject_use *use;
	const struct litmus_op *op;

	for (unsigned int i = 0; (op = binding_operation(l, i)); i++) {
		if (op->kind != LITMUS_CALL)
			continue;
		use = form_use(checked_subject(), checked_subject()->operations[op->call].form);
		if (op->in == mm && use && use->ends)
			return true;
	}
	return false;
}

static bool is_watched(const struct litmus *l, const struct litmus_op *op)
{
	const struct litmus_map *map;
	unsigned long address;
	int mm, home;

	if (op->kind != LITMUS_STORE)
		return false;
	map = &l->maps[op->map];
	address = litmus_address(map, op->page);
	mm = binding_space_of(l, op, op->map);
	/* What a fork fills has the maps of where it came from. */
	home = mm >= 0 && l->nr_mms && l->mms[mm].empty ? map->mm : mm;
	return is_private(l, home, address) && !is_out_of_sight(l, mm);
}

bool stored_is_asked(const struct litmus *l)
{
	const struct litmus_op *op;

	for (unsigned int i = 0; !l->raw && (op = binding_operation(l, i)); i++) {
		if (is_watched(l, op))
			return true;
	}
	return false;
}

void stored_set_up(struct binding *b)
{
	const struct litmus_op *op;

	b->stored = NULL;
	b->own = 0;
	if (!stored_is_asked(b->litmus))
		return;
	for (unsigned int i = 0; (op = binding_operation(b->litmus, i)); i++) {
		unsigned long address;

		if (!is_watched(b->litmus, op))
			continue;
		address = litmus_address(&b->litmus->maps[op->map], op->page);
		b->own |= binding_watches(b, binding_space_of(b->litmus, op, op->map), address, address + PAGE_BYTES);
	}
	/* A thread that has switched may store where its new address space has nothing. */
	b->stored = agent_alloc(model_state()->nr_watches * sizeof(*b->stored));
}

/* ---- while programs run ---- */

static void name_page(const struct binding *b, const struct model_watch *watch, char *text, size_t size)
{
	const struct litmus *l = b->litmus;
	unsigned long address = (unsigned long)watch->page * PAGE_BYTES;

	assert(size > 0);
	snprintf(text, size, "the page");
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		if (address >= map->start && address < map->end)
			snprintf(text, size, "%s.%u", map->name, litmus_page_of(map, address));
	}
}

static uint32_t my_bit(void)
{
	assert(AGENT_MAX_AGENTS < 30);
	return 1u << (agent_self() < 0 ? 31 : agent_self());
}

/* A store, and what begins or ends to discard it, do not commute. */
static struct stored *changed(const struct binding *b, unsigned int watch)
{
	assert(b->own >> watch & 1);
	model_touch_at(&b->stored[watch], AGENT_WRITE, 0);
	return &b->stored[watch];
}

static int mapped_frame(const struct binding *b, const struct model_watch *watch, uint64_t *leaf);

/* The page that was stored to before is another one, and what was stored there was not copied: a fault may have copied too early. */
static void check_before(const struct binding *b, unsigned int watch, uint64_t before)
{
	char name[80], text[200];
	uint64_t word;

	if (!b->stored[watch].is_there || b->stored[watch].value == before)
		return;
	name_page(b, &model_state()->watches[watch], name, sizeof(name));
	snprintf(text, sizeof(text),
		 "%s held %llu before this store, %llu was stored there, and nobody has discarded it", name,
		 (unsigned long long)before, (unsigned long long)b->stored[watch].value);
	model_violation(MODEL_LOST_WRITE, subject_finds,
			.frame = mapped_frame(b, &model_state()->watches[watch], &word),
			.stored = b->stored[watch].value, .text = text);
}

void stored_value(void *binding, int watch, const uint64_t *before, uint64_t value)
{
	const struct binding *b = binding;
	struct stored *stored;

	assert(watch >= 0 && watch < 64);
	watch = binding_twin_of(b, watch);
	synced_stored(b, watch, value);
	if (!(b->own >> watch & 1))
		return;
	stored = changed(b, (unsigned int)watch);
	if (before)
		check_before(b, (unsigned int)watch, *before);
	stored->is_there = !stored->discarding;
	stored->value = stored->is_there ? value : 0;
}

/* The watch of the page that was taken as @handle; -1: none that is remembered. */
static int watch_of_handle(const struct binding *b, int handle)
{
	const struct litmus_op *op;

	for (unsigned int i = 0; (op = binding_operation(b->litmus, i)); i++) {
		if (op->takes && op->handle == handle) {
			unsigned long address = litmus_address(&b->litmus->maps[op->map], op->page);
			uint64_t watch = b->own & binding_watches(b, binding_space_of(b->litmus, op, op->map), address,
								  address + PAGE_BYTES);

			return watch ? __builtin_ctzll(watch) : -1;
		}
	}
	return -1;
}

/* All pages that are taken, in one word: whoever asks for one or changes it comes before or behind the others. */
static uint32_t *taken(struct binding *b)
{
	model_touch_at(&b->state->taken, AGENT_WRITE, 0);
	return &b->state->taken;
}

void stored_takes(struct binding *b, int handle)
{
	int watch = b->own ? watch_of_handle(b, handle) : -1;

	if (watch < 0)
		return;
	changed(b, (unsigned int)watch);
	*taken(b) |= 1u << handle;
}

void stored_drops(struct binding *b, int handle)
{
	if (b->own && watch_of_handle(b, handle) >= 0)
		*taken(b) &= ~(1u << handle);
}

/*
 * Where there is more than one memory, or the store has not left its CPU yet, its order with what programs store is not known, so nothing is from
 * here on: somebody discards the page who never ends.
 */
void stored_by_kernel(struct binding *b, int handle, uint64_t value)
{
	int watch = b->own ? watch_of_handle(b, handle) : -1;
	struct stored *stored;

	if (watch < 0 || !b->state->handle[handle])
		return;
	stored = changed(b, (unsigned int)watch);
	if (!model_in_order() || late_has_stores())
		stored->discarding |= NEVER_ENDS;
	stored->is_there = *taken(b) >> handle & 1 && !stored->discarding;
	stored->value = stored->is_there ? value : 0;
}

/* As by a program's store, but that it has not left its CPU, where there are late ones: then see above. */
void stored_changed(struct subject_call *call, uint64_t before, uint64_t value)
{
	struct binding *b = call->binding;
	uint64_t watch = b->own & binding_watches(b, call->space, call->start, call->start + PAGE_BYTES);

	if (!watch)
		return;
	if (!model_in_order() || late_has_stores())
		changed(b, (unsigned int)__builtin_ctzll(watch))->discarding |= NEVER_ENDS;
	stored_value(b, __builtin_ctzll(watch), &before, value);
}

/* What was taken before is no page of this address any more. */
static void let_go(struct binding *b, uint64_t watches)
{
	for (unsigned int i = 0; i < b->litmus->nr_handles && b->own; i++) {
		int watch = *taken(b) >> i & 1 ? watch_of_handle(b, (int)i) : -1;

		if (watch >= 0 && watches >> watch & 1)
			stored_drops(b, (int)i);
	}
}

/* At the end, too: what was taken meanwhile may be the page that is gone. */
void stored_discards(struct binding *b, uint64_t watches, bool begins)
{
	let_go(b, watches);
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
static int mapped_frame(const struct binding *b, const struct model_watch *watch, uint64_t *leaf)
{
	const struct model_state *m = model_state();
	int frame = m->roots[watch->space];

	for (;;) {
		const struct model_frame *table = &m->frames[frame];
		unsigned int index = model_index(watch->page, table->level);
		uint64_t word = table->words[index].word;

		*leaf = word;
		if (!(word & MACHINE_PTE_PRESENT))
			return word && !table->level && b->subject->entry_frame ? b->subject->entry_frame(word)
										: MACHINE_NO_FRAME;
		/* A large page: the frame of the page inside it. */
		if (!(word & MACHINE_PTE_TABLE))
			return model_pte_frame(word) + (int)(watch->page & (model_level_pages(table->level) - 1));
		frame = model_pte_frame(word);
	}
}

/* What is there, or would be: the page may be kept elsewhere. False: nothing. */
static bool holds(const struct binding *b, const struct model_watch *watch, int frame, uint64_t *value)
{
	const struct subject *subject = b->subject;

	if (frame != MACHINE_NO_FRAME) {
		*value = *model_ram(frame);
		return true;
	}
	for (unsigned int i = 0; subject->kept && i < b->litmus->nr_mms; i++) {
		if (model_space_number(subject->space(i)) == watch->space)
			return subject->kept((int)i, (unsigned long)watch->page * PAGE_BYTES, value);
	}
	return false;
}

static void report_discarded(const struct binding *b, unsigned int watch, int frame)
{
	char name[80], text[200];

	name_page(b, &model_state()->watches[watch], name, sizeof(name));
	snprintf(text, sizeof(text), "%s may be thrown away, although %llu was stored there since it was given up",
		 name, (unsigned long long)b->stored[watch].value);
	model_violation(MODEL_LOST_WRITE, subject_finds, .frame = frame, .stored = b->stored[watch].value,
			.text = text);
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
	model_violation(MODEL_LOST_WRITE, subject_finds, .frame = frame, .stored = value, .text = text);
}

void stored_audit(const struct binding *b)
{
	for (uint64_t watches = b->own; watches; watches &= watches - 1) {
		unsigned int watch = (unsigned int)__builtin_ctzll(watches);
		uint64_t value, word;
		int frame;

		if (!b->stored[watch].is_there)
			continue;
		frame = mapped_frame(b, &model_state()->watches[watch], &word);
		if (!holds(b, &model_state()->watches[watch], frame, &value) || value != b->stored[watch].value)
			report(b, watch, frame);
		else if (b->subject->may_discard && b->subject->may_discard(frame, word))
			report_discarded(b, watch, frame);
	}
}
