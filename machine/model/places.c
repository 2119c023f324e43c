/* SPDX-License-Identifier: MIT */
/* places.c - where tables stand: of each one place, or two where two entries lead to it, and whether a walk can come to it there. */
#include <machine/model/places.h>

#include <assert.h>

enum path {
	NO_PATH,
	DYING_PATH, /* a broadcast that is not complete covers it */
	HELD_PATH,
};

/*
 * M11: a held upper entry that led to this table in its present life. One that is stale leads to
 * what the frame was before, and a walk by it says freed-table.
 */
static enum path path_to(const struct model_cpu *cpu, int table, const struct model_place *place)
{
	bool one = model_places(&model_state()->frames[table]) == 1;
	enum path path = NO_PATH;

	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		const struct model_held *held = &cpu->held[i];

		if (held->level && model_pte_frame(held->word) == table && !(held->marks & MODEL_STALE) &&
		    (one || (held->space == place->space && held->page == place->base)))
			path = held->dying && path != HELD_PATH ? DYING_PATH : HELD_PATH;
	}
	return path;
}

/*
 * On any CPU, not only the one that asks: a store that hooked or unhooked the table may be late for
 * every walker.
 */
static bool in_flight_to(int table, const struct model_place *place)
{
	const struct model_state *m = model_state();
	bool one = model_places(&m->frames[table]) == 1;

	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		for (unsigned int i = 0; i < m->cpus[c].nr_stores; i++) {
			const struct model_store *store = &m->cpus[c].stores[i];

			if (store->word & MACHINE_PTE_TABLE && model_pte_frame(store->word) == table &&
			    (one || (store->frame == place->parent && store->index == place->parent_index)))
				return true;
		}
	}
	return false;
}

unsigned int model_places(const struct model_frame *table)
{
	return table->also.space >= 0 ? 2 : 1;
}

unsigned int model_places_seen(const struct model_frame *table)
{
	/* A root has one, and so has a table of the last level. */
	if (table->level && table->parent >= 0 && !model_config()->format) {
		model_touch_at(table, AGENT_READ, 0);
		model_touch_at(&table->also, AGENT_READ, 0);
	}
	return model_places(table);
}

struct model_place model_place(const struct model_frame *table, unsigned int nr)
{
	assert(nr < model_places(table));
	if (nr)
		return table->also;
	return (struct model_place){
		.base = table->base,
		.parent = table->parent,
		.parent_index = table->parent_index,
		.space = table->space,
	};
}

bool model_leads_there(const struct model_place *place, int table)
{
	uint64_t word = place->parent < 0 ? 0 : model_state()->frames[place->parent].words[place->parent_index].word;

	return word & MACHINE_PTE_TABLE && model_pte_frame(word) == table;
}

bool model_is_in(const struct model_frame *table, int space)
{
	return table->space == space || (table->also.space >= 0 && table->also.space == space);
}

/*
 * Can a walk on @cpu come to @table: through the tables as they are, or through an upper entry that it may hold? At each place it is hooked
 * by one entry, so the way up is its parents; at each of them what the entry says is read, and a walk that
 * still finds what it said before a store in flight counts as well.
 */
bool model_reaches(const struct model_cpu *cpu, int table, unsigned int nr)
{
	const struct model_frame *frame = &model_state()->frames[table];
	struct model_place place = model_place(frame, nr);
	enum path path;

	/*
	 * M9 asks what a CPU could have come to. To answer "maybe" too often makes possible what no
	 * hardware does; to answer it too rarely hides errors, so where it is not known the answer
	 * is yes.
	 */
	assert(table >= 0 && table < (int)model_frames());
	if (place.parent < 0)
		return place.space >= 0 && model_state()->roots[place.space] == table;
	model_touch_at(&model_state()->frames[place.parent].words[place.parent_index], AGENT_READ, 0);
	path = path_to(cpu, table, &place);
	/* The tables above have one place each: only one of huge pages has two. */
	if (path == HELD_PATH || in_flight_to(table, &place) ||
	    (model_leads_there(&place, table) && model_reaches(cpu, place.parent, 0)))
		return true;
	/* Nothing else leads there, so whether it does depends on who completes the broadcast. */
	if (path == DYING_PATH)
		model_touch_at(&cpu->use, AGENT_READ, 0);
	return path == DYING_PATH;
}

/*
 * Entries of @table that a walk could read, which goes to pages that programs access. Whatever else the kernel reads or writes in a table,
 * it reads the frame as well.
 */
static void touch_ways_at(const struct model_frame *table, const struct model_place *place)
{
	const struct model_state *m = model_state();

	for (unsigned int i = 0; i < m->nr_watches; i++) {
		if (m->watches[i].space == place->space &&
		    m->watches[i].page - place->base < model_level_pages(table->level + 1u))
			model_touch_at(&table->words[model_index(m->watches[i].page, table->level)], AGENT_WRITE, 0);
	}
	if (place->parent >= 0)
		model_touch_at(&m->frames[place->parent].words[place->parent_index], AGENT_READ, 0);
}

void model_touch_ways(const struct model_frame *table)
{
	for (unsigned int nr = 0; nr < model_places_seen(table); nr++) {
		struct model_place place = model_place(table, nr);

		touch_ways_at(table, &place);
	}
}

void model_touch_shared(void)
{
	model_touch_at(&model_state()->shared, AGENT_WRITE, 0);
}
