/* SPDX-License-Identifier: MIT */
/* options.c - the translations that a CPU may use; see options.h. */
#include <machine/model/options.h>

#include <machine/model/device.h>
#include <machine/model/group.h>
#include <machine/model/late.h>
#include <machine/model/places.h>

#include <assert.h>

static unsigned int kind_of(enum machine_access how)
{
	return how == MACHINE_EXEC ? 2 : 1;
}

static void note_object(struct options *o, const void *object)
{
	for (unsigned int i = 0; i < o->objects; i++) {
		if (o->object[i] == object)
			return;
	}
	if (o->objects == MAX_OBJECTS)
		machine_too_big("page-table entries that one access reads", MAX_OBJECTS);
	o->object[o->objects++] = object;
}

/* A promise that is not kept yet makes no difference to a use, nor does what only a store asks for to any other access. */
static bool same_use(const struct options *o, const struct option *a, const struct option *b)
{
	static const uint32_t minded[] = {
		[MACHINE_LOAD] = MODEL_STALE | MODEL_REVOKED,
		[MACHINE_STORE] = MODEL_STALE | MODEL_REVOKED | MODEL_NO_STORES,
		[MACHINE_EXEC] = MODEL_STALE | MODEL_REVOKED | MODEL_NO_FETCHES,
	};
	uint64_t ignored = o->how == MACHINE_STORE ? 0 : MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY;

	return !((a->word ^ b->word) & ~ignored) && a->taken == b->taken && !((a->marks ^ b->marks) & minded[o->how]) &&
	       a->through_freed == b->through_freed;
}

/*
 * Options that lead to the same use are one: the same page as the same mapping, however it was found. Nothing is nothing,
 * unless a TLB holds it: then the fault may come again after the tables say otherwise.
 */
static void add_option(struct options *o, const struct option *option)
{
	for (unsigned int i = 0; i < o->nr; i++) {
		const struct option *other = &o->option[i];

		if (same_use(o, other, option))
			return;
		if (!((other->word | option->word) & MACHINE_PTE_PRESENT) && !option->held &&
		    other->through_freed == option->through_freed)
			return;
	}
	if (o->nr == MAX_OPTIONS)
		machine_too_big("translations that one access may use", MAX_OPTIONS);
	o->option[o->nr++] = *option;
}

/* How a walk has come to a table. */
struct path {
	uint32_t marks; /* of what leads to it */
	uint64_t taken; /* by what led to it */
	uint16_t dying; /* CPUs whose broadcast covers what is held of it: whoever comes by it is waited for, too */
};

static void walk(struct options *o, int table, const struct path *path);

/* The page's own translation, of one that may be for more pages than one, and that stands in entry @index. */
static uint64_t leaf_of(const struct options *o, unsigned int level, int index, uint64_t word)
{
	int into = model_group_into(level, index, o->page);

	if (!(word & MACHINE_PTE_PRESENT))
		return 0;
	if (model_pte_frame(word) + into < 0 || model_pte_frame(word) + into >= (int)model_frames())
		model_panic("a large page goes beyond the end of memory");
	return word + (uint64_t)into * (1ull << MACHINE_PTE_FRAME_SHIFT);
}

/* A table that is in two address spaces is taken for one of the CPU's, if it is that. */
static int space_of(const struct options *o, const struct model_frame *table)
{
	int wanted = model_places(table) > 1 && o->cpu ? model_space_for(o->cpu, o->page) : table->space;

	return model_is_in(table, wanted) ? wanted : table->space;
}

/* One value that a walk may find in an entry of @table. */
static void found(struct options *o, int table, int index, const struct model_store *value, const struct path *path,
		  bool late)
{
	const struct model_frame *frame = &model_state()->frames[table];

	if (value->word & MACHINE_PTE_PRESENT && value->word & MACHINE_PTE_TABLE) {
		walk(o, model_pte_frame(value->word),
		     &(struct path){ value->marks, path->taken | (value->word & MODEL_TAKEN), path->dying });
		return;
	}
	add_option(o, &(struct option){
			      .word = leaf_of(o, frame->level, index, value->word),
			      .taken = value->word & MACHINE_PTE_PRESENT ? path->taken : 0,
			      .marks = value->marks,
			      .dying = path->dying,
			      .frame = (int16_t)(frame->level && !(value->word & MACHINE_PTE_PRESENT) ? -1 : table),
			      .index = (int16_t)index,
			      .space = (int8_t)space_of(o, frame),
			      .late = late,
		      });
}

/* The first access through an entry, and the first write, is a locked access to the table as it is, not as it was. */
static bool writes_table(const struct options *o, uint64_t word)
{
	if (word & MACHINE_PTE_TABLE || o->upper)
		return false;
	return model_is_unwalked(word) || (o->how == MACHINE_STORE && machine_arch()->hw_dirty &&
					   word & MACHINE_PTE_WRITE && !(word & MACHINE_PTE_DIRTY));
}

/* Does the entry say anything of the page: is it the page's own, or one of its group? */
static bool speaks_of(const struct options *o, unsigned int level, int index, uint64_t word)
{
	return index == (int)model_index(o->page, level) || model_is_group(level, word);
}

/* What the entry says now, and what it said before each store that is in flight to it. */
static void walk_entry(struct options *o, int table, int index, const struct path *path)
{
	const struct model_state *m = model_state();
	const struct model_frame *frame = &m->frames[table];
	struct model_store now = { .word = frame->words[index].word, .marks = frame->marks[index] };

	note_object(o, &frame->words[index]);
	if (speaks_of(o, frame->level, index, now.word)) {
		if (writes_table(o, now.word) && late_is_locked(model_ram(table) + index))
			o->locked = model_ram(table) + index;
		found(o, table, index, &now, path, false);
	}
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		for (unsigned int i = 0; i < m->cpus[c].nr_stores; i++) {
			const struct model_store *old = &m->cpus[c].stores[i];

			if (old->frame == table && old->index == index && !writes_table(o, old->word) &&
			    speaks_of(o, frame->level, index, old->word))
				found(o, table, index, old, path, true);
		}
	}
}

/*
 * M5, M11: goes on from @table in whatever it says now, or said before each store that is in flight to the entry; so one walk
 * may find several leaves. If the table was given back since it was hooked, that is found.
 */
static void walk(struct options *o, int table, const struct path *path)
{
	const struct model_frame *frame = &model_state()->frames[table];
	int index;

	assert(table >= 0 && table < (int)model_frames());
	if (model_may_be_unmade(table))
		note_object(o, &frame->unmade);
	if (frame->kind != MACHINE_FRAME_TABLE || path->marks & MODEL_STALE || !model_is_made(table)) {
		note_object(o, frame);
		add_option(o, &(struct option){ .through_freed = true, .frame = (int16_t)table });
		return;
	}
	if (o->upper && !frame->level) {
		add_option(o,
			   &(struct option){ .word = MACHINE_PTE_PRESENT | (uint64_t)table << MACHINE_PTE_FRAME_SHIFT,
					     .taken = path->taken,
					     .marks = path->marks,
					     .frame = (int16_t)table });
		return;
	}
	index = (int)model_index(o->page, frame->level);
	walk_entry(o, table, index, path);
	/* M31: what another one of its group says. */
	for (int i = 0; i < MACHINE_GROUP && !frame->level && model_has_groups(); i++) {
		if (model_group_first(index) + i != index)
			walk_entry(o, table, model_group_first(index) + i, path);
	}
}

/* Its entry is noted as read although it is not: a change of the entry is what made it held, and comes before. So does each of a group. */
static void add_held(struct options *o, const struct model_held *held)
{
	bool group = model_is_group(held->level, held->word);

	for (int i = 0; i < (group ? MACHINE_GROUP : 1); i++)
		note_object(o, &model_state()->frames[held->frame].words[held->index + i]);
	if (!((held->kinds | held->kinds >> MODEL_FILLED_SHIFT) & kind_of(o->how)))
		return;
	if (held->word & MACHINE_PTE_TABLE) {
		walk(o, model_pte_frame(held->word),
		     &(struct path){ held->marks, held->word & MODEL_TAKEN, held->dying });
		return;
	}
	if (writes_table(o, held->word))
		return;
	add_option(o, &(struct option){ .word = leaf_of(o, held->level, held->index, held->word),
					.marks = held->marks,
					.dying = held->dying,
					.frame = held->frame,
					.index = held->index,
					.space = held->space,
					.held = true,
					.replaced = held->replaced });
}

void options_collect(struct options *o)
{
	int space = model_space_for(o->cpu, o->page);

	assert(space >= 0);
	if (o->from) {
		walk(o, o->from - 1, &(struct path){ .taken = o->taken });
		return;
	}
	walk(o, model_state()->roots[space], &(struct path){ 0 });
	for (unsigned int i = 0; !o->upper && i < o->cpu->nr_held; i++) {
		if (model_uses_held(o->cpu, &o->cpu->held[i]) && model_holds_page(&o->cpu->held[i], o->page))
			add_held(o, &o->cpu->held[i]);
	}
}

void options_walk(struct options *o, int space)
{
	walk(o, model_state()->roots[space], &(struct path){ 0 });
}
