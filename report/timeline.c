/* SPDX-License-Identifier: MIT */
/*
 * timeline.c - a counterexample as data: agents, rows, what is watched, arrows.
 *
 * A timeline is written from front to back: agents, watches and lanes first, then rows, and each row copies the state
 * of the one before, so the state at any row can be read without going back. What a caller gives is copied and
 * cleaned; indices that it gives are checked by asserts, since they come from the program and not from a user.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "report/text.h"

/*
 * One more than needed, so that none is not a special case. The caller's array may be gone before the timeline
 * is.
 */
static const char *const *copy_sources(struct report_arena *arena, const struct timeline_head *head)
{
	const char **copy = report_alloc(arena, ((size_t)head->nr_sources + 1) * sizeof(*copy));

	for (int i = 0; i < head->nr_sources; i++)
		copy[i] = report_copy(arena, head->sources[i]);
	return copy;
}

/*
 * The missing rule is copied with the rest, though its row is set apart: it is known only when the rows
 * are.
 */
static struct timeline_head copy_head(struct report_arena *arena, const struct timeline_head *head)
{
	assert(arena && head);
	return (struct timeline_head){
		.scenario = report_copy(arena, head->scenario),
		.arch = report_copy(arena, head->arch),
		.without = report_copy(arena, head->without),
		.property = report_copy(arena, head->property),
		.verdict = report_copy(arena, head->verdict),
		.why = report_copy(arena, head->why),
		.replay = report_copy(arena, head->replay),
		.doc = report_copy(arena, head->doc),
		.sources = copy_sources(arena, head),
		.nr_sources = head->nr_sources,
		.text = report_copy_lines(arena, head->text),
		.missing_rule = report_copy(arena, head->missing_rule),
		.missing_says = report_copy(arena, head->missing_says),
		.missing_place = report_copy(arena, head->missing_place),
	};
}

/* The arena is made first and owns the timeline itself, so one call frees everything. */
struct timeline *timeline_new(const struct timeline_head *head)
{
	struct report_arena *arena = report_arena_new();
	struct timeline *t = report_alloc(arena, sizeof(*t));

	assert(head);
	t->arena = arena;
	t->head = copy_head(arena, head);
	t->missing_row = -1;
	return t;
}

/* NULL is allowed. */
void timeline_free(struct timeline *t)
{
	if (t)
		report_arena_free(t->arena);
}

/* For what is known only at the end, as the verdict. The old texts stay in the arena. */
void timeline_set_head(struct timeline *t, const struct timeline_head *head)
{
	assert(t && head);
	t->head = copy_head(t->arena, head);
}

/* Before the first row, because rows name agents by index and drawings give each a column. */
int timeline_add_agent(struct timeline *t, const char *name, const char *program)
{
	assert(!t->rows && t->agents < TIMELINE_MAX_AGENTS);
	t->agent[t->agents].name = report_copy(t->arena, name);
	t->agent[t->agents].program = report_copy(t->arena, program);
	return t->agents++;
}

/*
 * Two of one name could not be told apart by a reader, and in JSON the name is the key. The name in JSON is
 * the key of what rows change, so report/parse.c refuses two as well.
 */
int timeline_add_watch(struct timeline *t, const char *name, const char *initial)
{
	assert(!t->rows && t->watches < TIMELINE_MAX_WATCHES);
	for (int i = 0; i < t->watches; i++)
		assert(strcmp(t->watch[i], name));
	t->watch[t->watches] = report_copy(t->arena, name);
	t->initial[t->watches] = report_copy(t->arena, initial);
	return t->watches++;
}

/*
 * The row begins with the state of the one before, until the caller sets something else. Rows move as their
 * array grows: nobody may keep a pointer to one, and indices are handed out.
 */
int timeline_add_row(struct timeline *t, int agent, enum timeline_kind kind, const char *format, ...)
{
	struct timeline_row *row;
	va_list args;

	assert(agent >= 0 && agent < t->agents && kind < TIMELINE_KINDS);
	t->row = report_grow(t->arena, t->row, t->rows, sizeof(*t->row));
	row = &t->row[t->rows];
	*row = (struct timeline_row){ .step = t->rows, .agent = agent, .kind = kind };
	va_start(args, format);
	row->text = report_vprint(t->arena, format, args);
	va_end(args);
	for (int i = 0; i < t->watches; i++)
		row->state[i] = timeline_state_before(t, t->rows, i);
	for (int i = 0; i < t->lanes; i++)
		row->lane[i] = timeline_lane_before(t, t->rows, i);
	return t->rows++;
}

/* Marks are set in any order, often when the end is known, so all of them are counted again. */
void timeline_set_mark(struct timeline *t, int row, enum timeline_mark mark)
{
	int number = 0;

	assert(row >= 0 && row < t->rows && mark < TIMELINE_MARKS);
	t->row[row].mark = mark;
	for (int i = 0; i < t->rows; i++)
		t->row[i].number = t->row[i].mark ? ++number : 0;
}

/* Set twice, the last counts: what the row before it had decides whether the step changed anything. */
void timeline_set_state(struct timeline *t, int watch, const char *format, ...)
{
	struct timeline_row *row;
	va_list args;

	assert(t->rows && watch >= 0 && watch < t->watches);
	row = &t->row[t->rows - 1];
	va_start(args, format);
	row->state[watch] = report_vprint(t->arena, format, args);
	va_end(args);
	/* Cleared first, since the state may be set back to what it was. */
	row->changed &= ~(1u << watch);
	if (strcmp(row->state[watch], timeline_state_before(t, t->rows - 1, watch)))
		row->changed |= 1u << watch;
}

/* Once any row is causal, views leave out those that are not. */
void timeline_set_causal(struct timeline *t, int row)
{
	assert(row >= 0 && row < t->rows);
	t->row[row].causal = true;
}

/* Not checked for being a file: a report may be read where there are no sources. */
void timeline_set_place(struct timeline *t, int row, const char *file, unsigned int line)
{
	assert(row >= 0 && row < t->rows && file && line);
	t->row[row].file = report_copy(t->arena, file);
	t->row[row].line = line;
}

/* -1 if the place of the missing step was never reached. */
void timeline_set_missing(struct timeline *t, int row)
{
	assert(row >= -1 && row < t->rows);
	t->missing_row = row;
}

/* The agent that a lane's name speaks of: "cpu 1's TLB". */
static int agent_of_lane(const struct timeline *t, const char *name)
{
	assert(t && name);
	for (int i = 0; i < t->agents; i++) {
		size_t length = strlen(t->agent[i].name);

		if (!strncmp(name, t->agent[i].name, length) && !strcmp(name + length, "'s TLB"))
			return i;
	}
	return -1;
}

/* A lane that belongs to an agent is drawn on its lifeline, so the agents must be there first. */
int timeline_add_lane(struct timeline *t, const char *name, const char *initial)
{
	struct timeline_lane *lane = &t->lane[t->lanes];

	assert(!t->rows && t->lanes < TIMELINE_MAX_LANES);
	lane->name = report_copy(t->arena, name);
	lane->initial = report_copy(t->arena, initial);
	/* From the cleaned name, which is what the agents have as well. */
	lane->agent = agent_of_lane(t, lane->name);
	return t->lanes++;
}

/* Of the last row, like a state: what is set goes on until it is set again. */
void timeline_set_lane(struct timeline *t, int lane, const char *text)
{
	assert(t->rows && lane >= 0 && lane < t->lanes);
	t->row[t->rows - 1].lane[lane] = report_copy(t->arena, text);
}

/* An arrow that led backwards would say that an effect came before its cause. */
static void add_arrow(struct timeline *t, enum timeline_arrow_kind kind, int from, int to)
{
	/* What follows from a step comes later than it, also on paper. */
	assert(from >= 0 && from < to && to < t->rows);
	t->arrow = report_grow(t->arena, t->arrow, t->arrows, sizeof(*t->arrow));
	t->arrow[t->arrows++] = (struct timeline_arrow){ from, to, kind };
}

/* A message; the other kinds are timeline_add_link()'s. */
void timeline_add_arrow(struct timeline *t, int from, int to)
{
	add_arrow(t, TIMELINE_ARROW_SENDS, from, to);
}

/* Messages have a function of their own, so that they are not taken for one of these. */
void timeline_add_link(struct timeline *t, enum timeline_arrow_kind kind, int from, int to)
{
	assert(kind > TIMELINE_ARROW_SENDS && kind < TIMELINE_ARROW_KINDS);
	add_arrow(t, kind, from, to);
}

/* Row 0 gives the initial value, and the number of rows gives the value at the end. */
const char *timeline_state_before(const struct timeline *t, int row, int watch)
{
	assert(row >= 0 && row <= t->rows && watch >= 0 && watch < t->watches);
	return row ? t->row[row - 1].state[watch] : t->initial[watch];
}

/* A bit that timeline_set_state() keeps, so no texts are compared while something is drawn. */
bool timeline_changed(const struct timeline *t, int row, int watch)
{
	assert(row >= 0 && row < t->rows && watch >= 0 && watch < t->watches);
	return t->row[row].changed >> watch & 1;
}

/* As timeline_state_before(). */
const char *timeline_lane_before(const struct timeline *t, int row, int lane)
{
	assert(row >= 0 && row <= t->rows && lane >= 0 && lane < t->lanes);
	return row ? t->row[row - 1].lane[lane] : t->lane[lane].initial;
}
