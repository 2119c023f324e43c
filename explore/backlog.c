/* SPDX-License-Identifier: MIT */
/*
 * backlog.c - what a search has still to do, when it is not on its stack: because it was stopped, or because another process is to do it.
 *
 * The order in which it is done makes no difference to what is found (states.c). Points of one stack share their steps.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "explore/states.h"

/* The same steps may serve several pieces of work; returns where they are. */
static uint64_t add_steps(struct backlog *b, const struct explore_choice *steps, size_t nr)
{
	uint64_t first = b->nr_steps;

	if (b->nr_steps + nr > b->room_steps) {
		b->room_steps = 2 * (b->nr_steps + nr);
		b->steps = explore_grow(b->steps, b->room_steps, sizeof(b->steps[0]));
	}
	if (nr)
		memcpy(b->steps + first, steps, nr * sizeof(steps[0]));
	b->nr_steps += nr;
	return first;
}

static void add_work(struct backlog *b, const struct work *work)
{
	assert(work->todo && work->first + work->length <= b->nr_steps);
	GROW(b->list, b->nr, b->room);
	b->list[b->nr++] = *work;
}

void explore_backlog_add(struct backlog *b, const struct work *work, const struct explore_choice *steps)
{
	struct work added = *work;

	added.first = add_steps(b, steps, work->length);
	add_work(b, &added);
}

/*
 * Of an agent that is being gone on with, what lies behind is on the stack as well, unless the hardware has more alternatives: then all
 * of them are done again, and what was met is met again. Those that come after it know that it sleeps.
 */
void explore_backlog_add_points(const struct states *s, struct backlog *b)
{
	uint64_t first = s->nr_points ? add_steps(b, s->path, s->length) : 0;

	for (size_t i = 0; i < s->nr_points; i++) {
		const struct point *p = &s->points[i];
		struct work work = { .number = p->number, .length = p->path, .first = first };
		uint32_t asleep = explore_point_asleep(s, p);

		assert(p->path <= s->length);
		work.todo = 1u << p->agent;
		work.sleep = asleep;
		if (p->choice + 1u < p->choices)
			add_work(b, &work);
		work.todo = p->todo;
		work.sleep = s->sleep && p->choices ? asleep | 1u << p->agent : asleep;
		if (p->todo)
			add_work(b, &work);
	}
}

void explore_backlog_free(struct backlog *b)
{
	free(b->list);
	free(b->steps);
	*b = (struct backlog){ 0 };
}
