/* SPDX-License-Identifier: MIT */
/*
 * points.c - the states on the way from the root to the present one, and who sleeps in each of them.
 *
 * Three stacks grow and shrink together: points, the sleepers of each point, and what those would touch.
 */
#include <assert.h>

#include "explore/states.h"

/* ---- accesses ---- */

/*
 * One bit of 64, mixed from the parts of the name, as neighbours have neighbouring names and are
 * touched together.
 */
static uint64_t object_bit(unsigned int object)
{
	return 1ull << ((object ^ object >> 6 ^ object >> 12) & 63);
}

uint64_t explore_objects_of(const struct agent_event *event)
{
	uint64_t set = 0;

	for (unsigned int i = 0; i < event->touches; i++)
		set |= object_bit(event->touch[i].object);
	return set;
}

/*
 * Whatever alternative the sleeper would take, it commutes with the step: its list is the union
 * over them. The hashed sets were looked at before, and said that they may meet.
 */
static bool independent(const struct states *s, const struct sleeper *a, const struct agent_event *b)
{
	for (uint32_t i = a->first; i < a->first + a->nr; i++)
		for (unsigned int j = 0; j < b->touches; j++)
			if (s->accesses[i].object == b->touch[j].object &&
			    !explore_ops_commute(s->accesses[i].op, b->touch[j].op))
				return false;
	return true;
}

/* Another alternative of the step that @p is being gone on with: together they touch what any of them does. */
void explore_point_add_accesses(struct states *s, const struct point *p, const struct agent_event *event)
{
	assert(p->accesses <= s->nr_accesses);
	for (unsigned int i = 0; i < event->touches; i++) {
		const struct agent_touch *touch = &event->touch[i];
		size_t at = p->accesses;

		while (at < s->nr_accesses && s->accesses[at].object != touch->object)
			at++;
		if (at < s->nr_accesses) {
			/* Two kinds of access to one object: taken for a write, which commutes with nothing. */
			if (s->accesses[at].op != touch->op)
				s->accesses[at].op = AGENT_WRITE;
			continue;
		}
		GROW(s->accesses, s->nr_accesses, s->room_accesses);
		s->accesses[s->nr_accesses++] = (struct access){ touch->object, touch->op };
	}
}

/* ---- points ---- */

uint32_t explore_point_asleep(const struct states *s, const struct point *p)
{
	uint32_t set = 0;

	for (uint32_t i = p->first; i < p->first + p->nr; i++)
		set |= 1u << s->sleepers[i].agent;
	return set;
}

/* Every alternative of the step was gone on with: the agent sleeps where others go on from here. */
void explore_point_put_to_sleep(struct states *s, struct point *p)
{
	uint64_t objects = 0;

	/* Nobody comes behind it at this point. */
	if (!s->sleep || !p->todo) {
		s->nr_accesses = p->accesses;
		return;
	}
	for (size_t i = p->accesses; i < s->nr_accesses; i++)
		objects |= object_bit(s->accesses[i].object);
	assert(p->first + p->nr == s->nr_sleepers);
	GROW(s->sleepers, s->nr_sleepers, s->room_sleepers);
	s->sleepers[s->nr_sleepers++] = (struct sleeper){
		.objects = objects,
		.first = p->accesses,
		.nr = (uint32_t)(s->nr_accesses - p->accesses),
		.agent = p->agent,
	};
	p->nr++;
	p->accesses = (uint32_t)s->nr_accesses;
}

void explore_point_push(struct states *s, uint32_t number, uint32_t todo)
{
	GROW(s->points, s->nr_points, s->room_points);
	s->points[s->nr_points++] = (struct point){
		.mark = agent_mark(),
		.number = number,
		.todo = todo,
		.first = (uint32_t)s->nr_sleepers,
		.path = (uint32_t)s->length,
		.first_access = (uint32_t)s->nr_accesses,
		.accesses = (uint32_t)s->nr_accesses,
	};
}

/*
 * Those who were asleep at @p and still are behind a step of it. They are the first in the next
 * point's list. Copied and not shared: the list of a point is a piece of one stack. What each would
 * touch is not copied, as it stands further down for as long as the point that it was learned at.
 */
uint32_t explore_point_pass_on(struct states *s, const struct point *p, const struct agent_event *event)
{
	uint64_t objects = explore_objects_of(event);
	uint32_t set = 0;

	for (uint32_t i = p->first; i < p->first + p->nr; i++) {
		struct sleeper a = s->sleepers[i];

		if (a.agent == event->agent || ((a.objects & objects) && !independent(s, &a, event)))
			continue;
		GROW(s->sleepers, s->nr_sleepers, s->room_sleepers);
		s->sleepers[s->nr_sleepers++] = a;
		set |= 1u << a.agent;
	}
	return set;
}

/* Drops from the list of the point that is about to be pushed who is not in @set. */
void explore_point_keep_asleep(struct states *s, size_t from, uint32_t set)
{
	size_t kept = from;

	assert(from <= s->nr_sleepers);
	for (size_t i = from; i < s->nr_sleepers; i++)
		if (set >> s->sleepers[i].agent & 1)
			s->sleepers[kept++] = s->sleepers[i];
	s->nr_sleepers = kept;
}
