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

void explore_step_make(struct step *step)
{
	step->objects = 0;
	for (unsigned int i = 0; i < step->did.touches; i++) {
		unsigned int object = step->did.touch[i].object;

		step->objects |= 1ull << ((object ^ object >> 6 ^ object >> 12) & 63);
	}
}

/* The touches that there are, and not the room for the most there may be. */
void explore_step_copy(struct step *to, const struct step *from)
{
	size_t end = offsetof(struct step, did.touch) + from->did.touches * sizeof(from->did.touch[0]);

	memcpy(to, from, end);
}

/* Values are not compared: a step may read another value and touch the same. */
bool explore_event_same(const struct agent_event *a, const struct agent_event *b)
{
	if (a->agent != b->agent || a->choice != b->choice || a->choices != b->choices || a->touches != b->touches)
		return false;
	for (unsigned int i = 0; i < a->touches; i++)
		if (a->touch[i].object != b->touch[i].object || a->touch[i].op != b->touch[i].op)
			return false;
	return true;
}

/* Behind the comparison of the two sets of hashes, which says no for most pairs. */
bool explore_step_depends_slow(const struct step *a, const struct step *b)
{
	for (unsigned int i = 0; i < a->did.touches; i++)
		for (unsigned int j = 0; j < b->did.touches; j++)
			if (a->did.touch[i].object == b->did.touch[j].object &&
			    !explore_ops_commute(a->did.touch[i].op, b->did.touch[j].op))
				return true;
	return false;
}

void explore_order_reset(struct order *t, bool ordered)
{
	static const struct order_link none = { ORDER_NONE, 0 };

	t->length = 0;
	t->ordered = ordered;
	for (unsigned int i = 0; i < AGENT_MAX_AGENTS; i++)
		t->last[i] = ORDER_NONE;
	/* What values were before the first step, for explore_order_value_without(). */
	for (unsigned int i = 0; ordered && i <= UINT16_MAX; i++) {
		t->head[i] = none;
		t->start[i] = agent_value((uint16_t)i);
	}
}

/* Room for one event behind the longest execution: a step that is looked at and not taken. */
struct agent_event *explore_order_next(struct order *t)
{
	assert(t->length <= AGENT_MAX_STEPS);
	return &t->steps[t->length].step.did;
}

/* Component by component: happens after whatever either happens after. */
static void join(struct order_clock *to, const struct order_clock *from)
{
	for (unsigned int i = 0; i < AGENT_MAX_AGENTS; i++)
		to->of[i] = to->of[i] > from->of[i] ? to->of[i] : from->of[i];
}

/* Everything that an access of kind @op depends on, given what is before it. */
static void join_chain(const struct order *t, struct order_clock *clock, unsigned int op, struct order_link link)
{
	unsigned int group;

	while (link.step != ORDER_NONE && explore_ops_commute(op, explore_order_op(t, link)))
		link = explore_order_behind(t, link);
	if (link.step == ORDER_NONE)
		return;
	group = explore_order_op(t, link);
	do {
		join(clock, &t->clocks[link.step]);
		link = explore_order_behind(t, link);
	} while (link.step != ORDER_NONE && explore_ops_commute(group, explore_order_op(t, link)));
}

/*
 * Gives the step its place in the order; says nothing yet to later steps. One more than what its
 * agent has seen, joined with what each of its accesses depends on.
 */
static void place(struct order *t, struct order_step *s)
{
	struct order_clock *clock = &t->clocks[t->length];
	const struct agent_event *did = &s->step.did;

	explore_step_make(&s->step);
	s->own = t->last[did->agent];
	if (s->own == ORDER_NONE)
		memset(clock, 0, sizeof(*clock));
	else
		*clock = t->clocks[s->own];
	for (unsigned int i = 0; i < did->touches; i++) {
		s->before[i] = t->head[did->touch[i].object];
		join_chain(t, clock, did->touch[i].op, s->before[i]);
	}
	clock->of[did->agent]++;
}

void explore_order_push(struct order *t)
{
	struct order_step *s = &t->steps[t->length];
	const struct agent_event *did = &s->step.did;

	assert(t->length < AGENT_MAX_STEPS);
	if (t->ordered) {
		place(t, s);
		for (unsigned int i = 0; i < did->touches; i++)
			t->head[did->touch[i].object] = (struct order_link){ (int16_t)t->length, (int16_t)i };
		s->serial = ++t->serial;
	}
	t->last[did->agent] = (int16_t)t->length++;
}

/* Each chain goes back to what stood in front of this step: .before is a link of the chain and the way to undo it at once. */
static void pop(struct order *t)
{
	const struct order_step *s = &t->steps[--t->length];
	const struct agent_event *did = &s->step.did;

	for (unsigned int i = 0; i < did->touches; i++)
		t->head[did->touch[i].object] = s->before[i];
	t->last[did->agent] = s->own;
}

/* One by one, since each step has to take itself out of its chains; without an order there are no chains. */
void explore_order_truncate(struct order *t, int length)
{
	assert(length >= 0 && length <= t->length);
	if (!t->ordered)
		t->length = length;
	while (t->length > length)
		pop(t);
}

/* Where the step would stand if it came next. It is written over by the next one that is really pushed. */
const struct order_step *explore_order_pending(struct order *t, const struct agent_event *event)
{
	struct order_step *s = &t->steps[t->length];

	s->step.did = *event;
	place(t, s);
	return s;
}

/* ---- without some steps ---- */

/* Only the first ones are kept: what happens after @step goes with it. */
void explore_cut_add(const struct order *t, struct cut *cut, int step)
{
	int kept = 0;

	for (int i = 0; i < cut->length; i++)
		if (!explore_order_before(t, step, cut->steps[i]))
			cut->steps[kept++] = cut->steps[i];
	/* At most one of each agent, since an agent's steps are ordered. */
	assert(kept < AGENT_MAX_AGENTS);
	cut->steps[kept++] = (int16_t)step;
	cut->length = kept;
}

/*
 * Nothing is run for it: what is left out takes all that depends on it along, so what is left of the chain has written what
 * it wrote. Only changes matter, and of those only what lies behind the last write.
 */
int32_t explore_order_value_without(const struct order *t, uint16_t object, struct order_link link,
				    const struct cut *cut)
{
	uint32_t sum = 0;

	for (; link.step != ORDER_NONE; link = explore_order_behind(t, link)) {
		const struct agent_touch *touch = &t->steps[link.step].step.did.touch[link.touch];

		if (touch->op != AGENT_WRITE && !agent_adds(touch->op))
			continue;
		if (!explore_cut_leaves(t, cut, link.step))
			continue;
		/*
		 * Additions down to the last write that is left, whose value ends the sum.
		 * Unsigned, so that it wraps as the value itself does.
		 */
		sum += (uint32_t)touch->value;
		if (touch->op == AGENT_WRITE)
			return (int32_t)sum;
	}
	return (int32_t)(sum + (uint32_t)t->start[object]);
}
