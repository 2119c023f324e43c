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
	assert(work->first + work->length <= b->nr_steps);
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

/* ---- giving away, and taking up ---- */

/*
 * The first point, from the root, that something can be taken from; what sleeps there then is added
 * to @sleep. The agent that is being gone on with sleeps for those that are given away, as if they
 * came behind it: they do, in the order of this point. Whoever gets them needs that as a set alone.
 */
struct point *explore_work_to_give(struct states *s, uint32_t *sleep)
{
	for (size_t i = 0; i < s->nr_points; i++) {
		struct point *p = &s->points[i];

		/*
		 * .choices 0: the agent's first alternative has not been run, and whether it may
		 * sleep is not known.
		 */
		if (!p->todo || !p->choices)
			continue;
		*sleep = explore_point_asleep(s, p) | (s->sleep ? 1u << p->agent : 0);
		return p;
	}
	return NULL;
}

/*
 * What an agent would do next in the state that the world is in, all alternatives of it; and back.
 * A parcel says who sleeps, and not what the sleepers would touch, which may be long. So their
 * steps are run and undone, to see.
 */
static void look_at(struct states *s, unsigned int agent)
{
	struct sleeper sleeper = { .first = (uint32_t)s->nr_accesses, .agent = (uint8_t)agent };
	const struct point here = { .accesses = (uint32_t)s->nr_accesses };
	struct agent_event event = { .choices = 1 };
	uint64_t mark = agent_mark();

	for (unsigned int choice = 0; choice < event.choices; choice++) {
		explore_states_run(s, agent, choice, &event);
		explore_point_add_accesses(s, &here, &event);
		sleeper.objects |= explore_objects_of(&event);
		agent_undo(mark);
	}
	sleeper.nr = (uint32_t)(s->nr_accesses - here.accesses);
	GROW(s->sleepers, s->nr_sleepers, s->room_sleepers);
	s->sleepers[s->nr_sleepers++] = sleeper;
}

static void look_at_all(struct states *s, uint32_t agents)
{
	for (unsigned int agent = 0; agent < agent_count(); agent++)
		if (agents >> agent & 1)
			look_at(s, agent);
}

/*
 * Who sleeps comes with the work as a set; what they would touch is found here, and put at the bottom of both stacks, below
 * the first point. That point is told that all of it is its own, so the stacks are empty when it is left.
 */
void explore_work_begin(struct states *s, const struct work *work)
{
	uint32_t todo = work->todo ? work->todo : explore_states_enabled() & ~work->sleep;

	assert(!s->nr_points && !s->nr_sleepers && !s->nr_accesses);
	if (explore_states_has_stopped(s))
		todo = 0;
	if (todo)
		look_at_all(s, work->sleep);
	if (!work->todo) {
		explore_states_enter(s, work->number, work->sleep, 0);
	} else if (todo) {
		explore_point_push(s, work->number, todo);
		explore_point_last(s)->first = 0;
		explore_point_last(s)->nr = (uint32_t)s->nr_sleepers;
	}
	/* All of both stacks is the point's. */
	if (s->nr_points)
		explore_point_last(s)->first_access = 0;
	else
		s->nr_sleepers = s->nr_accesses = 0;
}

/* Steps are run and not noted: who made them first has noted them, in the shared table of accesses. */
void explore_work_take_up(struct states *s, const struct work *work, const struct explore_choice *steps)
{
	struct agent_event event;

	agent_undo(s->root);
	s->length = 0;
	for (uint32_t i = 0; i < work->length; i++) {
		assert(agent_enabled(steps[i].agent));
		agent_run(steps[i].agent, steps[i].choice, &event);
		explore_states_add_step(s, &event);
	}
	explore_work_begin(s, work);
}
