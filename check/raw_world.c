/* SPDX-License-Identifier: MIT */
/* raw_world.c - a raw scenario as a world of agents; see raw.h. */
#include "check/raw_touch.h"

#include <assert.h>
#include <string.h>

#include "explore/agent.h"
#include "machine/model/model.h"

/* ---- what there is ---- */

/* As weak as the row, and no weaker than the scenario says. */
static struct weak_facts facts_of(const struct tlb_arch *arch, enum litmus_memory memory)
{
	bool in_order = arch->tso || memory != LITMUS_MEMORY_WEAK;

	return (struct weak_facts){
		.buffers = memory != LITMUS_MEMORY_SC,
		.in_order = in_order,
		.stale = !in_order,
		.walks_follow = arch->walks_follow || !arch->hw_walk,
		.caches_invalid = arch->caches_not_present,
		.caches_old = arch->caches_old,
		.fault_looks = arch->faults_last,
		.fault_drops = !arch->readonly_sticky,
		.caches_upper = arch->walk_cache,
		.upper_by_all = arch->tables_all,
		.upper_by_any = arch->paths_all,
		.local_orders = arch->local_orders || !arch->hw_walk,
		.early_walks = arch->early_walks,
		.updates_late = arch->late_updates,
	};
}

/* A scenario may say what a CPU's hardware does, as big machines have several kinds; else it is the row's. */
static unsigned int hardware_of(const struct raw_world *w, unsigned int cpu)
{
	assert(cpu < w->litmus->cpus);
	switch (w->raw->hardware[cpu]) {
	case RAW_HARDWARE_NONE:
		return 0;
	case RAW_HARDWARE_ACCESSED:
		return WEAK_SETS_ACCESSED;
	case RAW_HARDWARE_DIRTY:
		return WEAK_SETS_ACCESSED | WEAK_SETS_DIRTY;
	default:
		return w->arch->hw_dirty ? WEAK_SETS_ACCESSED | WEAK_SETS_DIRTY : 0;
	}
}

/* Pages of one file are one page, wherever they are mapped; others are each map's own. */
static void number_frames(struct raw_world *w)
{
	const struct litmus *l = w->litmus;
	unsigned int file_frame[LITMUS_MAX_FILES];

	w->nr_frames = 0;
	for (unsigned int i = 0; i < l->nr_files; i++) {
		file_frame[i] = w->nr_frames;
		w->nr_frames += l->files[i].pages;
	}
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		if (map->file != LITMUS_NONE) {
			w->frame_of[i] = (int)(file_frame[map->file] + map->file_page);
			continue;
		}
		w->frame_of[i] = (int)w->nr_frames;
		w->nr_frames += map->pages;
	}
	if (w->nr_frames > RAW_MAX_FRAMES)
		agent_too_big("pages", RAW_MAX_FRAMES);
}

/* A page is so many places as words of it are named, each with an offset of its own. */
static void need_word(struct raw_world *w, const struct raw_place *place)
{
	if (place->kind != RAW_PAGE || place->map == LITMUS_NONE)
		return;
	for (unsigned int i = 0; i < w->nr_words; i++) {
		if (w->words[i] == place->offset)
			return;
	}
	if (w->nr_words == RAW_MAX_WORDS)
		agent_too_big("words of a page", RAW_MAX_WORDS);
	w->words[w->nr_words++] = place->offset;
}

/* A place in a condition that no operation names still has a value at the end. */
static void number_words(struct raw_world *w)
{
	const struct raw *raw = w->raw;

	assert(raw);
	w->nr_words = 0;
	for (unsigned int i = 0; i < raw->nr_ops; i++)
		need_word(w, &raw->ops[i].place);
	for (unsigned int i = 0; i < raw->nr_starts; i++)
		need_word(w, &raw->starts[i].place);
	for (unsigned int i = 0; i < raw->nr_terms; i++) {
		if (raw->terms[i].kind == RAW_TERM_COMPARE && raw->terms[i].left.kind == RAW_LAST)
			need_word(w, &raw->terms[i].left.place);
		if (raw->terms[i].kind == RAW_TERM_COMPARE && raw->terms[i].right.kind == RAW_LAST)
			need_word(w, &raw->terms[i].right.place);
	}
}

/* Each place has one value at the start at most, as the reader has checked. */
static const struct raw_value *start_of(const struct raw_world *w, enum raw_place_kind kind, int map, unsigned int page)
{
	for (unsigned int i = 0; i < w->raw->nr_starts; i++) {
		const struct raw_start *start = &w->raw->starts[i];

		if (start->place.kind == kind && start->place.map == map && start->place.page == page)
			return &start->value;
	}
	return NULL;
}

/* Without such an operation no walk could tell that there is a level above, and no place is made for it. */
static bool changes_tables(const struct raw *raw)
{
	for (unsigned int i = 0; i < raw->nr_ops; i++) {
		if (raw->ops[i].kind == RAW_TABLE)
			return true;
	}
	return false;
}

/* The pages of one last-level table have one entry above them. */
static unsigned int upper_of(struct raw_world *w, unsigned long address, unsigned int space)
{
	struct weak *t = &w->state->timeline;
	unsigned long table = address >> (LITMUS_PAGE_SHIFT + w->litmus->table_bits);

	if (!changes_tables(w->raw))
		return WEAK_NOBODY;
	for (unsigned int i = 0; i < w->nr_tables; i++) {
		if (w->tables[i].number == table && w->tables[i].space == space)
			return w->tables[i].place;
	}
	w->tables[w->nr_tables] = (struct raw_table){ table, space, weak_add_place(t, raw_table_word(true)) };
	return w->tables[w->nr_tables++].place;
}

/* Pages of a map have consecutive numbers, so a map and a page in it are enough to find one. */
static void add_entries(struct raw_world *w)
{
	struct weak *t = &w->state->timeline;
	const struct raw_entry none = { .none = true };

	w->nr_tables = 0;
	for (unsigned int i = 0; i < w->litmus->nr_maps; i++) {
		const struct litmus_map *map = &w->litmus->maps[i];

		w->page[i] = t->nr_pages;
		for (unsigned int page = 0; page < map->pages; page++) {
			const struct raw_value *start = start_of(w, RAW_ENTRY, (int)i, page);
			uint64_t word = start ? raw_evaluate(w, start).word : raw_entry_word(w, &none);
			unsigned long address = map->start + ((unsigned long)page << LITMUS_PAGE_SHIFT);
			unsigned int space = (unsigned int)map->mm;

			weak_add_page(t, weak_add_place(t, word), upper_of(w, address, space), space,
				      w->raw->guests[space]);
			if (w->raw->global[i])
				weak_make_global(t, w->page[i] + page);
		}
	}
}

static unsigned int page_number(const struct litmus_map *map, unsigned int page)
{
	return (unsigned int)(map->start >> LITMUS_PAGE_SHIFT) + page;
}

/* Pages that are in one entry of a TLB, if both have a name. */
static void pair_pages(struct raw_world *w, unsigned int nr, unsigned int page)
{
	const struct litmus_map *maps = w->litmus->maps;
	unsigned int beside = page_number(&maps[nr], page) ^ 1;

	for (unsigned int i = 0; i < w->litmus->nr_maps; i++) {
		unsigned int first = page_number(&maps[i], 0);

		if (maps[i].mm == maps[nr].mm && beside >= first && beside < first + maps[i].pages)
			weak_put_beside(&w->state->timeline, (unsigned int)w->page[nr] + page,
					(unsigned int)w->page[i] + beside - first);
	}
}

static void add_pairs(struct raw_world *w)
{
	for (unsigned int i = 0; w->arch->pairs && i < w->litmus->nr_maps; i++) {
		for (unsigned int page = 0; page < w->litmus->maps[i].pages; page++)
			pair_pages(w, i, page);
	}
}

/* What is not said to hold something holds 0. */
static void add_data(struct raw_world *w)
{
	struct weak *t = &w->state->timeline;

	for (unsigned int frame = 0; frame < w->nr_frames; frame++) {
		for (unsigned int word = 0; word < w->nr_words; word++)
			w->data[frame][word] = (uint8_t)weak_add_place(t, 0);
	}
	for (unsigned int i = 0; i < w->raw->nr_starts; i++) {
		const struct raw_start *start = &w->raw->starts[i];
		unsigned int frame;

		if (start->place.kind != RAW_PAGE)
			continue;
		assert(start->place.map >= 0);
		frame = (unsigned int)w->frame_of[start->place.map] + start->place.page;
		t->places[raw_data_place(w, frame, &start->place)].value = raw_evaluate(w, &start->value).word;
	}
	for (unsigned int i = 0; i < w->raw->nr_flags; i++)
		w->flag[i] = (uint8_t)weak_add_place(t, w->raw->flags[i].value);
}

/* ---- setting up ---- */

/* Alone, each with the newest of what it could read, and everything leaves at once. */
static void run_before(struct raw_world *w, unsigned int nr)
{
	const struct raw_thread *thread = &w->raw->befores[nr];
	unsigned int cpu = w->litmus->befores[nr].cpu;
	struct raw_run run = { .op = (uint16_t)thread->first };
	const struct raw_runner runner = { w, &run, cpu, thread->user, LITMUS_NONE };

	raw_go_on(&runner);
	while (!run.over) {
		raw_let_all_leave(w, cpu);
		raw_step_alone(&runner);
		raw_go_on(&runner);
	}
	raw_let_all_leave(w, cpu);
	raw_settle(w);
}

/* What was done before is done: everybody knows all of it, and only TLBs may remember what was there. */
static void let_everybody_know(struct raw_world *w)
{
	struct weak *t = &w->state->timeline;

	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		struct weak_view *v = &t->views[cpu];

		v->loads = v->loaded = v->all = v->walks = v->context = v->completed = t->nr_events;
	}
	raw_settle(w);
}

static uint32_t called(const struct raw *raw)
{
	uint32_t cpus = 0;

	for (unsigned int i = 0; i < raw->nr_ops; i++) {
		if (raw->ops[i].kind == RAW_CALL)
			cpus |= 1u << raw->ops[i].cpu;
	}
	return cpus;
}

/* A second program of one CPU would have to be switched to, and there is no kernel that does. */
static void start_programs(struct raw_world *w)
{
	const struct litmus *l = w->litmus;

	for (unsigned int i = 0; i < l->nr_agents; i++) {
		for (unsigned int other = 0; other < i; other++) {
			if (l->agents[other].cpu == l->agents[i].cpu)
				agent_too_big("program on one CPU of a raw scenario", 1);
		}
		w->state->runs[i].op = (uint16_t)w->raw->threads[i].first;
	}
}

/*
 * Registers and what operations have said of places are 0 in a fresh arena. What is made before the agents is history: `before` programs leave
 * their writes on the timeline, where walks may still find what they have overwritten.
 */
void raw_set_up(struct raw_world *w)
{
	const struct weak_facts facts = facts_of(w->arch, w->litmus->set.memory);

	assert(w->litmus->raw && w->arch);
	agent_reset();
	agent_set_hooked(MODEL_TOLD);
	w->raw = w->litmus->raw;
	w->state = agent_alloc(sizeof(*w->state));
	w->called = called(w->raw);
	weak_init(&w->state->timeline, &facts, w->litmus->cpus);
	for (unsigned int cpu = 0; cpu < w->litmus->cpus; cpu++) {
		const struct raw_run *run = raw_run_on(w, cpu);

		w->state->timeline.hardware[cpu] = (uint8_t)hardware_of(w, cpu);
		if (run && w->raw->threads[run - w->state->runs].user)
			w->state->timeline.hardware[cpu] |= WEAK_USER;
		w->state->timeline.views[cpu].over = !run && !(w->called >> cpu & 1);
	}
	number_frames(w);
	number_words(w);
	add_entries(w);
	add_pairs(w);
	add_data(w);
	raw_name_objects(w);
	for (unsigned int i = 0; i < w->litmus->nr_befores; i++)
		run_before(w, i);
	let_everybody_know(w);
	start_programs(w);
	raw_spawn(w);
}
