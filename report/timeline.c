/* SPDX-License-Identifier: MIT */
/* timeline.c - a counterexample as data: agents, rows, what is watched, arrows. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "report/text.h"

static const char *const *copy_sources(struct report_arena *arena, const struct timeline_head *head)
{
	const char **copy = arena_alloc(arena, ((size_t)head->nr_sources + 1) * sizeof(*copy));

	for (int i = 0; i < head->nr_sources; i++)
		copy[i] = arena_text(arena, head->sources[i]);
	return copy;
}

static struct timeline_head copy_head(struct report_arena *arena, const struct timeline_head *head)
{
	return (struct timeline_head){
		.scenario = arena_text(arena, head->scenario),
		.arch = arena_text(arena, head->arch),
		.without = arena_text(arena, head->without),
		.property = arena_text(arena, head->property),
		.verdict = arena_text(arena, head->verdict),
		.why = arena_text(arena, head->why),
		.replay = arena_text(arena, head->replay),
		.doc = arena_text(arena, head->doc),
		.sources = copy_sources(arena, head),
		.nr_sources = head->nr_sources,
		.text = arena_lines(arena, head->text),
		.missing_rule = arena_text(arena, head->missing_rule),
		.missing_says = arena_text(arena, head->missing_says),
		.missing_place = arena_text(arena, head->missing_place),
	};
}

struct timeline *timeline_new(const struct timeline_head *head)
{
	struct report_arena *arena = arena_new();
	struct timeline *t = arena_alloc(arena, sizeof(*t));

	assert(head);
	t->arena = arena;
	t->head = copy_head(arena, head);
	t->missing_row = -1;
	return t;
}

void timeline_free(struct timeline *t)
{
	if (t)
		arena_free(t->arena);
}

void timeline_set_head(struct timeline *t, const struct timeline_head *head)
{
	t->head = copy_head(t->arena, head);
}

int timeline_add_agent(struct timeline *t, const char *name, const char *program)
{
	assert(!t->rows && t->agents < TIMELINE_MAX_AGENTS);
	t->agent[t->agents].name = arena_text(t->arena, name);
	t->agent[t->agents].program = arena_text(t->arena, program);
	return t->agents++;
}

int timeline_add_watch(struct timeline *t, const char *name, const char *initial)
{
	assert(!t->rows && t->watches < TIMELINE_MAX_WATCHES);
	for (int i = 0; i < t->watches; i++)
		assert(strcmp(t->watch[i], name));
	t->watch[t->watches] = arena_text(t->arena, name);
	t->initial[t->watches] = arena_text(t->arena, initial);
	return t->watches++;
}

int timeline_add_row(struct timeline *t, int agent, enum timeline_kind kind, const char *format, ...)
{
	struct timeline_row *row;
	va_list args;

	assert(agent >= 0 && agent < t->agents && kind < TIMELINE_KINDS);
	t->row = arena_grow(t->arena, t->row, t->rows, sizeof(*t->row));
	row = &t->row[t->rows];
	*row = (struct timeline_row){ .agent = agent, .kind = kind };
	va_start(args, format);
	row->text = arena_vprint(t->arena, format, args);
	va_end(args);
	for (int i = 0; i < t->watches; i++)
		row->state[i] = timeline_state_before(t, t->rows, i);
	for (int i = 0; i < t->lanes; i++)
		row->lane[i] = timeline_lane_before(t, t->rows, i);
	return t->rows++;
}

void timeline_set_mark(struct timeline *t, int row, enum timeline_mark mark)
{
	int number = 0;

	assert(row >= 0 && row < t->rows && mark < TIMELINE_MARKS);
	t->row[row].mark = mark;
	for (int i = 0; i < t->rows; i++)
		t->row[i].number = t->row[i].mark ? ++number : 0;
}

void timeline_set_state(struct timeline *t, int watch, const char *format, ...)
{
	va_list args;

	assert(t->rows && watch >= 0 && watch < t->watches);
	va_start(args, format);
	t->row[t->rows - 1].state[watch] = arena_vprint(t->arena, format, args);
	va_end(args);
}

void timeline_set_causal(struct timeline *t, int row)
{
	assert(row >= 0 && row < t->rows);
	t->row[row].causal = true;
}

void timeline_set_place(struct timeline *t, int row, const char *file, unsigned int line)
{
	assert(row >= 0 && row < t->rows && file && line);
	t->row[row].file = arena_text(t->arena, file);
	t->row[row].line = line;
}

void timeline_set_missing(struct timeline *t, int row)
{
	assert(row >= -1 && row < t->rows);
	t->missing_row = row;
}

int timeline_add_lane(struct timeline *t, const char *name, const char *initial)
{
	assert(!t->rows && t->lanes < TIMELINE_MAX_LANES);
	t->lane[t->lanes] = (struct timeline_lane){ arena_text(t->arena, name), arena_text(t->arena, initial) };
	return t->lanes++;
}

void timeline_set_lane(struct timeline *t, int lane, const char *text)
{
	assert(t->rows && lane >= 0 && lane < t->lanes);
	t->row[t->rows - 1].lane[lane] = arena_text(t->arena, text);
}

static void add_arrow(struct timeline *t, enum timeline_arrow_kind kind, int from, int to)
{
	/* What follows from a step comes later than it, also on paper. */
	assert(from >= 0 && from < to && to < t->rows);
	t->arrow = arena_grow(t->arena, t->arrow, t->arrows, sizeof(*t->arrow));
	t->arrow[t->arrows++] = (struct timeline_arrow){ from, to, kind };
}

void timeline_add_arrow(struct timeline *t, int from, int to)
{
	add_arrow(t, TIMELINE_ARROW_SENDS, from, to);
}

void timeline_add_link(struct timeline *t, enum timeline_arrow_kind kind, int from, int to)
{
	assert(kind > TIMELINE_ARROW_SENDS && kind < TIMELINE_ARROW_KINDS);
	add_arrow(t, kind, from, to);
}

const char *timeline_state_before(const struct timeline *t, int row, int watch)
{
	assert(row >= 0 && row <= t->rows && watch >= 0 && watch < t->watches);
	return row ? t->row[row - 1].state[watch] : t->initial[watch];
}

bool timeline_changed(const struct timeline *t, int row, int watch)
{
	return strcmp(t->row[row].state[watch], timeline_state_before(t, row, watch)) != 0;
}

const char *timeline_lane_before(const struct timeline *t, int row, int lane)
{
	assert(row >= 0 && row <= t->rows && lane >= 0 && lane < t->lanes);
	return row ? t->row[row - 1].lane[lane] : t->lane[lane].initial;
}
