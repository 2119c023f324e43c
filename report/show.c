/* SPDX-License-Identifier: MIT */
/*
 * show.c - which rows of a timeline matter, and the story that their marks tell.
 *
 * A view is a copy of a timeline with the rows that led to the violation, for the terminal and for drawings. Rows,
 * agents, lanes and arrows are left out in this order, since each depends on the one before: an agent without a row
 * goes, with it its lane, and an arrow without one of its ends. Texts are shared with the timeline, which must live as
 * long as the view.
 */
#include <assert.h>
#include <string.h>
#include "report/show.h"
#include "report/text.h"

/* These names and those below are in the JSON format as well. */
const char *timeline_kind_name(enum timeline_kind kind)
{
	static const char *const names[TIMELINE_KINDS] = {
		[TIMELINE_STEP] = "step",	    [TIMELINE_LOCK] = "lock",	[TIMELINE_IRQ] = "irq",
		[TIMELINE_HARDWARE] = "hardware",   [TIMELINE_BEGIN] = "begin", [TIMELINE_END] = "end",
		[TIMELINE_VIOLATION] = "violation",
	};

	assert(kind < TIMELINE_KINDS);
	return names[kind];
}

const char *timeline_mark_name(enum timeline_mark mark)
{
	static const char *const names[TIMELINE_MARKS] = {
		[TIMELINE_UNMARKED] = "",     [TIMELINE_CACHED] = "cached",   [TIMELINE_CLEARED] = "cleared",
		[TIMELINE_ISSUED] = "issued", [TIMELINE_FLUSHED] = "flushed", [TIMELINE_FREED] = "freed",
		[TIMELINE_REUSED] = "reused", [TIMELINE_STALE] = "STALE",
	};

	assert(mark < TIMELINE_MARKS);
	return names[mark];
}

const char *timeline_arrow_name(enum timeline_arrow_kind kind)
{
	static const char *const names[TIMELINE_ARROW_KINDS] = {
		[TIMELINE_ARROW_SENDS] = "sends",
		[TIMELINE_ARROW_FREES_USES] = "frees-uses",
		[TIMELINE_ARROW_CLEARS] = "clears",
	};

	assert(kind < TIMELINE_ARROW_KINDS);
	return names[kind];
}

/*
 * Lanes are words to everybody else; only drawings need to know what a word means, and an unknown one
 * is drawn plainly.
 */
enum timeline_life timeline_life(const char *word)
{
	static const char *const words[] = {
		[LIFE_IN_USE] = "in use",
		[LIFE_FREE] = "free",
		[LIFE_REUSED] = "reused",
	};

	assert(word);
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			return (enum timeline_life)i;
	return LIFE_OTHER;
}

/*
 * From filling a TLB to clearing the entry would be an arrow over many rows of a terminal, and the
 * thick lifeline shows the same.
 */
bool timeline_arrow_drawn(const struct timeline_arrow *arrow)
{
	assert(arrow);
	return arrow->kind != TIMELINE_ARROW_CLEARS;
}

/*
 * What comes after the violation is shown, but the state that explains it is the one at it. The last
 * row if there is no violation, and -1 if there are no rows.
 */
int timeline_last(const struct timeline *t)
{
	assert(t);
	for (int i = t->rows - 1; i >= 0; i--)
		if (t->row[i].kind == TIMELINE_VIOLATION)
			return i;
	return t->rows - 1;
}

/* ---- lanes ---- */

/*
 * A lane that belongs to an agent says what its TLB holds. -1 as a row is the time before the first
 * one.
 */
enum timeline_hold timeline_hold(const struct timeline *t, int agent, int row)
{
	assert(row >= -1 && row < t->rows);
	assert(agent >= 0 && agent < t->agents);
	for (int i = 0; i < t->lanes; i++) {
		const char *word = timeline_lane_before(t, row + 1, i);

		if (t->lane[i].agent == agent)
			return !strcmp(word, "stale")	      ? HOLD_STALE
			       : !strcmp(word, "may hold it") ? HOLD_VALID
							      : HOLD_NONE;
	}
	return HOLD_NONE;
}

bool timeline_anyone_holds(const struct timeline *t)
{
	assert(t);
	for (int agent = 0; agent < t->agents; agent++)
		for (int row = -1; row < t->rows; row++)
			if (timeline_hold(t, agent, row))
				return true;
	return false;
}

/* Lanes of agents are drawn on their lifelines, so only the others take room. */
int timeline_lanes_beside(const struct timeline *t)
{
	int lanes = 0;

	assert(t);
	for (int i = 0; i < t->lanes; i++)
		lanes += t->lane[i].agent < 0;
	return lanes;
}

/* ---- which rows are shown ---- */

/* Without any, nobody knows what led to the end, and all rows are shown. */
static bool any_causal(const struct timeline *t)
{
	for (int i = 0; i < t->rows; i++)
		if (t->row[i].causal)
			return true;
	return false;
}

/* An agent without a row left would be an empty column, which says nothing and takes the room of the others. */
static bool acts(const struct timeline *view, int agent)
{
	assert(agent >= 0);
	for (int i = 0; i < view->rows; i++)
		if (view->row[i].agent == agent)
			return true;
	return false;
}

/*
 * Agents keep their order; @to[agent] is its new number. Lifelines are numbered again from 0, and the
 * rows with them.
 */
static void keep_agents(struct timeline *view, const struct timeline *t, bool *kept, int *to)
{
	assert(view != t);
	view->agents = 0;
	for (int agent = 0; agent < t->agents; agent++) {
		to[agent] = view->agents;
		kept[agent] = acts(view, agent);
		if (kept[agent])
			view->agent[view->agents++] = t->agent[agent];
	}
	for (int i = 0; i < view->rows; i++)
		view->row[i].agent = to[view->row[i].agent];
}

/*
 * The rows keep the words of all lanes, by their new numbers. The words move to the left within each
 * row, never over one that is still needed, because the new number is at most the old one.
 */
static void keep_lanes(struct timeline *view, const struct timeline *t, const bool *kept, const int *agent)
{
	assert(view != t);
	view->lanes = 0;
	for (int i = 0; i < t->lanes; i++) {
		int of = t->lane[i].agent;

		if (of >= 0 && !kept[of])
			continue;
		view->lane[view->lanes] = t->lane[i];
		view->lane[view->lanes].agent = of < 0 ? -1 : agent[of];
		for (int row = 0; row < view->rows; row++)
			view->row[row].lane[view->lanes] = view->row[row].lane[i];
		view->lanes++;
	}
}

/*
 * @to[row] is the row's new number, or that of the next one that stays. The violation stays even if
 * nobody marked it as causal, since everything else explains it.
 */
static void keep_rows(struct timeline *view, const struct timeline *t, int *to)
{
	assert(view->rows == 0);
	for (int i = 0; i < t->rows; i++) {
		to[i] = view->rows;
		if (t->row[i].causal || t->row[i].kind == TIMELINE_VIOLATION)
			view->row[view->rows++] = t->row[i];
	}
	/* One entry more than rows, so stays() may look behind the last one. */
	to[t->rows] = view->rows;
}

/* keep_rows() gave the row behind one that stays a higher number. */
static bool stays(const int *to, int row)
{
	assert(row >= 0);
	return to[row] < to[row + 1];
}

/* An arrow without both of its ends is left out; the ends are renumbered with the rows. */
static void keep_arrows(struct timeline *view, const struct timeline *t, const int *to)
{
	assert(view->arrows == 0);
	for (int i = 0; i < t->arrows; i++) {
		const struct timeline_arrow *arrow = &t->arrow[i];

		if (stays(to, arrow->from) && stays(to, arrow->to))
			view->arrow[view->arrows++] = (struct timeline_arrow){ to[arrow->from], to[arrow->to],
									       arrow->kind };
	}
}

/*
 * With @steps it is the whole timeline. The arrays get room for all rows, though fewer are used, since
 * only keep_rows() knows how many. Marks are counted again, so that the numbers a reader sees have no
 * holes.
 */
struct timeline *timeline_view(const struct timeline *t, bool steps, struct report_arena *arena)
{
	struct timeline *view = report_alloc(arena, sizeof(*view));
	int *row = report_alloc(arena, ((size_t)t->rows + 1) * sizeof(*row)), agent[TIMELINE_MAX_AGENTS];
	bool kept[TIMELINE_MAX_AGENTS];

	assert(t && arena);
	*view = *t;
	view->arena = arena;
	/* All rows stay, so the copy may share the arrays of the timeline. */
	if (steps || !any_causal(t))
		return view;
	view->rows = view->arrows = 0;
	view->row = report_alloc(arena, (size_t)t->rows * sizeof(*view->row));
	view->arrow = report_alloc(arena, ((size_t)t->arrows + 1) * sizeof(*view->arrow));
	keep_rows(view, t, row);
	keep_agents(view, t, kept, agent);
	keep_lanes(view, t, kept, agent);
	keep_arrows(view, t, row);
	view->hidden = t->rows - view->rows;
	view->missing_row = t->missing_row < 0 ? -1 : row[t->missing_row];
	for (int i = 0, number = 0; i < view->rows; i++)
		view->row[i].number = view->row[i].mark ? ++number : 0;
	return view;
}

/*
 * Were steps left out directly before @row, or at the end if @row is the number of rows? Steps keep
 * their numbers, so a jump in them tells it.
 */
bool timeline_gap(const struct timeline *view, int row)
{
	/* The step that would follow directly on the row before. */
	int before = row ? view->row[row - 1].step + 1 : 0;

	assert(row >= 0 && row <= view->rows);
	return row < view->rows ? view->row[row].step > before : before < view->rows + view->hidden;
}

/*
 * A list has no arrows, so it names the row that a message came from. The latest message to the row; -1
 * if none came.
 */
int timeline_sender(const struct timeline *t, int row)
{
	assert(row >= 0 && row < t->rows);
	for (int i = t->arrows - 1; i >= 0; i--)
		if (t->arrow[i].kind == TIMELINE_ARROW_SENDS && t->arrow[i].to == row)
			return t->arrow[i].from;
	return -1;
}
