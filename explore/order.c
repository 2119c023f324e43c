/* SPDX-License-Identifier: MIT */
/*
 * order.c - vector clocks over chains of accesses.
 *
 * The accesses to one object form a chain from the last back to the first. A chain falls into groups: a WRITE is a group
 * of its own, neighbours of one other kind are a group together. Members of a group commute, members of
 * neighbouring groups do not. So an access depends directly on the last group that is not its own, and on all
 * earlier ones through that.
 */
#include "explore/order.h"

#include <assert.h>
#include <string.h>

void step_make(struct step *step)
{
	step->objects = 0;
	for (unsigned int i = 0; i < step->did.touches; i++) {
		unsigned int object = step->did.touch[i].object;

		step->objects |= 1ull << ((object ^ object >> 6 ^ object >> 12) & 63);
	}
}

void step_copy(struct step *to, const struct step *from)
{
	size_t end = offsetof(struct step, did.touch) + from->did.touches * sizeof(from->did.touch[0]);

	memcpy(to, from, end);
}

bool event_same(const struct model_event *a, const struct model_event *b)
{
	if (a->agent != b->agent || a->choice != b->choice || a->choices != b->choices || a->touches != b->touches)
		return false;
	for (unsigned int i = 0; i < a->touches; i++)
		if (a->touch[i].object != b->touch[i].object || a->touch[i].op != b->touch[i].op)
			return false;
	return true;
}

bool step_depends_slow(const struct step *a, const struct step *b)
{
	for (unsigned int i = 0; i < a->did.touches; i++)
		for (unsigned int j = 0; j < b->did.touches; j++)
			if (a->did.touch[i].object == b->did.touch[j].object &&
			    !ops_commute(a->did.touch[i].op, b->did.touch[j].op))
				return true;
	return false;
}

void trace_reset(struct trace *t, bool ordered)
{
	static const struct trace_link none = { TRACE_NONE, 0 };

	t->length = 0;
	t->ordered = ordered;
	for (unsigned int i = 0; i < MODEL_MAX_AGENTS; i++)
		t->last[i] = TRACE_NONE;
	for (unsigned int i = 0; ordered && i <= UINT16_MAX; i++) {
		t->head[i] = none;
		t->start[i] = model_value((uint16_t)i);
	}
}

struct model_event *trace_next(struct trace *t)
{
	assert(t->length <= MODEL_MAX_STEPS);
	return &t->steps[t->length].step.did;
}

static void join(struct trace_clock *to, const struct trace_clock *from)
{
	for (unsigned int i = 0; i < MODEL_MAX_AGENTS; i++)
		to->of[i] = to->of[i] > from->of[i] ? to->of[i] : from->of[i];
}

/* Everything that an access of kind @op depends on, given what is before it. */
static void join_chain(const struct trace *t, struct trace_clock *clock, unsigned int op, struct trace_link link)
{
	unsigned int group;

	while (link.step != TRACE_NONE && ops_commute(op, trace_op(t, link)))
		link = trace_behind(t, link);
	if (link.step == TRACE_NONE)
		return;
	group = trace_op(t, link);
	do {
		join(clock, &t->steps[link.step].clock);
		link = trace_behind(t, link);
	} while (link.step != TRACE_NONE && ops_commute(group, trace_op(t, link)));
}

/* Gives the step its place in the order; says nothing yet to later steps. */
static void place(struct trace *t, struct trace_step *s)
{
	const struct model_event *did = &s->step.did;

	step_make(&s->step);
	s->own = t->last[did->agent];
	if (s->own == TRACE_NONE)
		memset(&s->clock, 0, sizeof(s->clock));
	else
		s->clock = t->steps[s->own].clock;
	for (unsigned int i = 0; i < did->touches; i++) {
		s->before[i] = t->head[did->touch[i].object];
		join_chain(t, &s->clock, did->touch[i].op, s->before[i]);
	}
	s->clock.of[did->agent]++;
}

void trace_push(struct trace *t)
{
	struct trace_step *s = &t->steps[t->length];
	const struct model_event *did = &s->step.did;

	assert(t->length < MODEL_MAX_STEPS);
	if (t->ordered) {
		place(t, s);
		for (unsigned int i = 0; i < did->touches; i++)
			t->head[did->touch[i].object] = (struct trace_link){ (int16_t)t->length, (int16_t)i };
		s->serial = ++t->serial;
	}
	t->last[did->agent] = (int16_t)t->length++;
}

static void pop(struct trace *t)
{
	const struct trace_step *s = &t->steps[--t->length];
	const struct model_event *did = &s->step.did;

	for (unsigned int i = 0; i < did->touches; i++)
		t->head[did->touch[i].object] = s->before[i];
	t->last[did->agent] = s->own;
}

void trace_truncate(struct trace *t, int length)
{
	assert(length >= 0 && length <= t->length);
	if (!t->ordered)
		t->length = length;
	while (t->length > length)
		pop(t);
}

const struct trace_step *trace_pending(struct trace *t, const struct model_event *event)
{
	struct trace_step *s = &t->steps[t->length];

	s->step.did = *event;
	place(t, s);
	return s;
}

/* ---- without some steps ---- */

bool cut_leaves(const struct trace *t, const struct cut *cut, int step)
{
	for (int i = 0; i < cut->length; i++)
		if (step >= cut->steps[i] && trace_before(t, cut->steps[i], step))
			return false;
	return true;
}

void cut_add(const struct trace *t, struct cut *cut, int step)
{
	int kept = 0;

	for (int i = 0; i < cut->length; i++)
		if (!trace_before(t, step, cut->steps[i]))
			cut->steps[kept++] = cut->steps[i];
	/* At most one of each agent, since an agent's steps are ordered. */
	assert(kept < MODEL_MAX_AGENTS);
	cut->steps[kept++] = (int16_t)step;
	cut->length = kept;
}

int32_t trace_value_without(const struct trace *t, uint16_t object, struct trace_link link, const struct cut *cut)
{
	uint32_t sum = 0;

	for (; link.step != TRACE_NONE; link = trace_behind(t, link)) {
		const struct model_touch *touch = &t->steps[link.step].step.did.touch[link.touch];

		if (touch->op != MODEL_WRITE && !model_adds(touch->op))
			continue;
		if (!cut_leaves(t, cut, link.step))
			continue;
		sum += (uint32_t)touch->value;
		if (touch->op == MODEL_WRITE)
			return (int32_t)sum;
	}
	return (int32_t)(sum + (uint32_t)t->start[object]);
}
