/* SPDX-License-Identifier: MIT */
/* show.c - the story that a timeline's marks tell, and what in it may be left out. */
#include <assert.h>
#include "report/show.h"

enum {
	FOLD_LEAST = 3, /* rows; fewer are read as fast as the line that would stand for them */
};

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

int timeline_last(const struct timeline *t)
{
	for (int i = t->rows - 1; i >= 0; i--)
		if (t->row[i].kind == TIMELINE_VIOLATION)
			return i;
	return t->rows - 1;
}

/* The last row before @end with @mark, of @agent or (-1) of anyone. */
static int last_marked(const struct timeline *t, int end, enum timeline_mark mark, int agent)
{
	for (int i = end - 1; i >= 0; i--)
		if (t->row[i].mark == mark && (agent < 0 || t->row[i].agent == agent))
			return i;
	return -1;
}

struct timeline_story timeline_story(const struct timeline *t)
{
	struct timeline_story story = { -1, -1, -1, -1 };

	story.stale = last_marked(t, t->rows, TIMELINE_STALE, -1);
	if (story.stale < 0)
		return story;
	story.agent = t->row[story.stale].agent;
	/* A walker that is an agent of its own caches for its CPU: then nobody of the holder's name did. */
	story.cached = last_marked(t, story.stale, TIMELINE_CACHED, story.agent);
	if (story.cached < 0)
		story.cached = last_marked(t, story.stale, TIMELINE_CACHED, -1);
	story.cleared = last_marked(t, story.stale, TIMELINE_CLEARED, -1);
	return story;
}

enum timeline_hold timeline_hold(const struct timeline_story *story, int agent, int row)
{
	if (agent != story->agent || story->cached < 0 || row < story->cached || row > story->stale)
		return HOLD_NONE;
	return story->cleared >= 0 && row >= story->cleared ? HOLD_STALE : HOLD_VALID;
}

static bool has_arrow(const struct timeline *t, int row)
{
	for (int i = 0; i < t->arrows; i++)
		if (t->arrow[i].from == row || t->arrow[i].to == row)
			return true;
	return false;
}

bool timeline_dull(const struct timeline *t, int row)
{
	enum timeline_kind kind = t->row[row].kind;

	if (kind != TIMELINE_STEP && kind != TIMELINE_LOCK && kind != TIMELINE_HARDWARE)
		return false;
	for (int i = 0; i < t->watches; i++)
		if (timeline_changed(t, row, i))
			return false;
	return !t->row[row].mark && !has_arrow(t, row);
}

int timeline_fold(const struct timeline *t, int row)
{
	int end = row;

	while (end < t->rows && timeline_dull(t, end))
		end++;
	return end - row >= FOLD_LEAST ? end - row : 0;
}

bool timeline_in_flight(const struct timeline *t, int row, int agent)
{
	for (int i = 0; i < t->arrows; i++)
		if (t->arrow[i].kind == TIMELINE_ARROW_SENDS && t->arrow[i].from < row && t->arrow[i].to > row &&
		    t->row[t->arrow[i].to].agent == agent)
			return true;
	return false;
}

int timeline_sender(const struct timeline *t, int row)
{
	for (int i = t->arrows - 1; i >= 0; i--)
		if (t->arrow[i].kind == TIMELINE_ARROW_SENDS && t->arrow[i].to == row)
			return t->arrow[i].from;
	return -1;
}
