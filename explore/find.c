/* SPDX-License-Identifier: MIT */
/*
 * find.c - which earlier steps a step could have run without.
 *
 * A step e' races with an earlier step e of another agent if the two are dependent, e does not happen before the step that
 * e' follows in its own agent, and e' could run if e, and all that happens after e, had not. Nothing more is to be said
 * of a step that waits for nothing: it races with the last steps that it depends on.
 *
 * A step that waits needs its condition met where it is to run. Taking out the last change of what it waits for may not
 * do: the release of a lock enabled it, only without the acquire before can it go first. Nor need it be one step: two
 * agents may each have added one to a counter that has to be 0. So all changes that are not ordered before e' by its own
 * agent are looked at as a partial order, and sets of them taken out from the end until the condition holds. A set that
 * does is a race; what lies beyond it is found in the execution where that race is reversed.
 *
 * If a race takes out more than another one, the other one comes first, for the same reason.
 */
#include <assert.h>

#include "explore/memory.h"
#include "explore/search.h"

/* ---- the execution without some steps ---- */

/*
 * What is left keeps its order, so the sequence is a run of the program: each of its steps has all
 * before it that it depends on.
 */
void explore_race_sequence(struct search *s, int first, const struct cut *cut)
{
	const struct order *t = &s->order;

	assert(first >= 0 && first <= t->length);
	s->sequence.length = 0;
	for (int i = first; i < t->length; i++)
		if (explore_cut_leaves(t, cut, i))
			explore_sequence_add(&s->sequence, &t->steps[i].step, &t->clocks[i], i);
}

/*
 * The steps that are left do what they did: none of them depends on one that was cut, directly or
 * through others. That is checked at each of them.
 */
void explore_race_run_without(struct search *s, int first, const struct cut *cut)
{
	struct agent_event did;

	explore_race_sequence(s, first, cut);
	explore_world_look(&s->world, first);
	for (int i = 0; i < s->sequence.length && !s->world.limit.what; i++)
		explore_world_repeat(&s->world, s->sequence.items[i].step, &did);
}

/* Where the other execution begins to differ. */
static int first_of(const struct cut *cut)
{
	assert(cut->length > 0);
	int first = cut->steps[0];

	for (int i = 1; i < cut->length; i++)
		if (cut->steps[i] < first)
			first = cut->steps[i];
	return first;
}

/* ---- conditions ---- */

/* The condition of a step as it was recorded, of a value that an object would have had. */
static bool met(int32_t value, const struct agent_touch *touch)
{
	switch ((enum agent_compare)touch->compare) {
	case AGENT_EQUAL:
		return value == touch->operand;
	case AGENT_AT_LEAST:
		return value >= touch->operand;
	case AGENT_NOT_EQUAL:
		return value != touch->operand;
	default:
		return true;
	}
}

/*
 * A comparison is asked of the value that the object would have, from the chain of its changes. A
 * predicate can look at anything that it named, so the world has to be put there.
 */
static bool enabled_without(struct search *s, const struct order_step *second, const struct cut *cut)
{
	const struct agent_event *did = &second->step.did;

	for (unsigned int i = 0; i < did->touches; i++) {
		const struct agent_touch *touch = &did->touch[i];

		if (touch->compare == AGENT_PREDICATE) {
			explore_race_run_without(s, first_of(cut), cut);
			return agent_enabled(did->agent);
		}
		if (touch->compare != AGENT_ALWAYS &&
		    !met(explore_order_value_without(&s->order, touch->object, second->before[i], cut), touch))
			return false;
	}
	return true;
}

/*
 * Does step @first happen before what @second's agent did last? Such a step cannot be overtaken:
 * @second's agent has seen it already when it comes to @second.
 */
static bool before_own(const struct order *t, int first, const struct order_step *second)
{
	return t->steps[first].step.did.agent == second->step.did.agent ||
	       (second->own != ORDER_NONE && explore_order_before(t, first, second->own));
}

/* ---- the list of races ---- */

/* Kept until the execution is cut in front of .second: executions with a common beginning share its races. */
static void add_race(struct search *s, int second, unsigned int choice, const struct cut *cut)
{
	struct races *races = &s->races;
	struct race *r;

	if (races->length == races->room) {
		races->room = races->room ? 2 * races->room : 64;
		races->list = explore_grow(races->list, (size_t)races->room, sizeof(races->list[0]));
	}
	r = &races->list[races->length++];
	r->first = (int16_t)first_of(cut);
	r->second = (int16_t)second;
	r->choice = (uint8_t)choice;
	r->without = *cut;
	r->settled = r->known = ORDER_NONE;
	s->stats->races++;
}

/* Does leaving out @a leave out all of @b? To cut a step is to cut all that happens after it. */
static bool takes_out(const struct order *t, const struct cut *a, const struct cut *b)
{
	for (int i = 0; i < b->length; i++)
		if (explore_cut_leaves(t, a, b->steps[i]))
			return false;
	return true;
}

/*
 * Of two races of one step, the one that takes out more is found later; of equals, one is enough.
 * In place, and the ones that stay keep their order, so that a search does the same every time.
 */
static void keep_smallest(struct search *s, int from)
{
	struct race *list = s->races.list;
	int kept = from;

	assert(from >= 0 && from <= s->races.length);
	for (int i = from; i < s->races.length; i++) {
		bool keep = true;

		for (int j = from; j < s->races.length && keep; j++)
			if (i != j && takes_out(&s->order, &list[i].without, &list[j].without) &&
			    (j < i || !takes_out(&s->order, &list[j].without, &list[i].without)))
				keep = false;
		/* For a moment, until the list is made short below. */
		list[i].known = keep;
	}
	for (int i = from; i < s->races.length; i++) {
		if (!list[i].known)
			continue;
		list[kept] = list[i];
		list[kept++].known = ORDER_NONE;
	}
	s->stats->races -= (uint64_t)(s->races.length - kept);
	s->races.length = kept;
}

/* ---- changes of what a step waits for ---- */

enum {
	MOST_CHANGES = 64,
};

_Static_assert(MOST_CHANGES <= 64, "a set of changes is a word");
struct changes {
	const struct order_step *second;
	int index;
	int length;
	int16_t steps[MOST_CHANGES];  /* from the last back to the first */
	uint64_t after[MOST_CHANGES]; /* which of them happen after it */
	int32_t added[MOST_CHANGES];  /* ADD: how much */
	bool adds[MOST_CHANGES];
	const struct agent_touch *waited; /* the one object; NULL: several */
	int tried;
	bool all; /* nothing was left out for lack of room */
};

/* Sorted from the last step back. One step may have touched several of the objects; it is one change. */
static void add_change(const struct order *t, struct changes *c, struct order_link link)
{
	const struct agent_touch *touch = &t->steps[link.step].step.did.touch[link.touch];
	int at = c->length;

	for (int i = 0; i < c->length; i++)
		if (c->steps[i] == link.step)
			return;
	/* Left out: the search says so (gave_up), and is not exhausted. */
	if (c->length == MOST_CHANGES) {
		c->all = false;
		return;
	}
	for (c->length++; at > 0 && c->steps[at - 1] < link.step; at--) {
		c->steps[at] = c->steps[at - 1];
		c->adds[at] = c->adds[at - 1];
		c->added[at] = c->added[at - 1];
	}
	assert(c->length <= MOST_CHANGES);
	c->steps[at] = link.step;
	c->adds[at] = agent_adds(touch->op);
	c->added[at] = touch->value;
}

/*
 * A WRITE that is ordered before the step by its own agent orders all earlier accesses, too. A change that commutes with
 * the step is none of what it waits for: readers of a lock do not wait for each other.
 */
static void collect_chain(const struct order *t, struct changes *c, struct order_link link, unsigned int waiting)
{
	for (; link.step != ORDER_NONE; link = explore_order_behind(t, link)) {
		unsigned int op = explore_order_op(t, link);
		bool own = before_own(t, link.step, c->second);

		if (explore_ops_commute(op, waiting))
			continue;
		if (own && op == AGENT_WRITE)
			return;
		if (!own && (op == AGENT_WRITE || agent_adds(op)))
			add_change(t, c, link);
	}
}

static void collect_changes(const struct order *t, struct changes *c)
{
	const struct agent_event *did = &c->second->step.did;
	int objects = 0;

	for (unsigned int i = 0; i < did->touches; i++) {
		if (did->touch[i].compare == AGENT_ALWAYS)
			continue;
		collect_chain(t, c, c->second->before[i], did->touch[i].op);
		c->waited = &did->touch[i];
		objects++;
	}
	if (objects != 1 || c->waited->compare == AGENT_PREDICATE)
		c->waited = NULL;
	/* A change can be taken out only together with those that happen after it. */
	for (int i = 0; i < c->length; i++)
		for (int j = 0; j < i; j++)
			if (explore_order_before(t, c->steps[i], c->steps[j]))
				c->after[i] |= 1ull << j;
}

/* Bit n: change n. */
static void make_cut(const struct order *t, const struct changes *c, uint64_t set, struct cut *cut)
{
	cut->length = 0;
	for (int i = 0; i < c->length; i++)
		if (set >> i & 1)
			explore_cut_add(t, cut, c->steps[i]);
}

/*
 * Can taking out more of the additions from number @from on not meet the condition, whichever are taken? Then *@end is
 * behind the last of them. Saves trying all subsets of k acknowledgements.
 */
static bool additions_are_hopeless(const struct changes *c, int32_t value, int from, int *end)
{
	int64_t least = value, most = value;
	int i;

	if (!c->waited)
		return false;
	for (i = from; i < c->length && c->adds[i]; i++) {
		if (c->added[i] > 0)
			least -= c->added[i];
		else
			most -= c->added[i];
	}
	*end = i;
	if (i - from < 2)
		return false;
	if (c->waited->compare == AGENT_EQUAL)
		return c->waited->operand < least || c->waited->operand > most;
	return c->waited->compare == AGENT_AT_LEAST && most < c->waited->operand;
}

static void try_cut(struct search *s, struct changes *c, uint64_t set, int from);

/* The changes that may be taken out next: nothing that is left happens after them, and each set is built one way only. */
static void try_more(struct search *s, struct changes *c, uint64_t set, int from)
{
	for (int i = from; i < c->length; i++)
		if (!(c->after[i] & ~set))
			try_cut(s, c, set | 1ull << i, i + 1);
}

/* Of the one object that is waited for. */
static int32_t value_without(struct search *s, const struct changes *c, const struct cut *cut)
{
	unsigned int i = (unsigned int)(c->waited - c->second->step.did.touch);

	return explore_order_value_without(&s->order, c->waited->object, c->second->before[i], cut);
}

/*
 * @set is taken out. If the step could run then, that is a race, and to take out more is a race of another execution, in which
 * this one is reversed. If not, more has to go: from change @from on, as sets with an earlier one were built before.
 */
static void try_cut(struct search *s, struct changes *c, uint64_t set, int from)
{
	struct cut cut;
	int end;

	/* The number of sets grows with the power of the changes; where this bound is met nothing is claimed. */
	if (c->tried++ >= EXPLORE_MOST_CUTS) {
		c->all = false;
		return;
	}
	make_cut(&s->order, c, set, &cut);
	if (enabled_without(s, c->second, &cut)) {
		add_race(s, c->index, c->second->step.did.choice, &cut);
	} else if (c->waited && additions_are_hopeless(c, value_without(s, c, &cut), from, &end)) {
		for (int i = from; i < end; i++)
			set |= 1ull << i;
		try_more(s, c, set, end);
	} else {
		try_more(s, c, set, from);
	}
}

/*
 * From the empty set on: it is tried with more and more taken out, and what satisfies the condition
 * is not extended.
 */
static void find_waits(struct search *s, const struct order_step *second, int index)
{
	struct changes c = { .second = second, .index = index, .all = true };

	collect_changes(&s->order, &c);
	try_more(s, &c, 0, 0);
	s->stats->gave_up += !c.all;
}

/* ---- plain accesses ---- */

/* The last group of accesses (order.c) that do not commute with access @i of the step. */
static void find_accesses(struct search *s, const struct order_step *second, int index, unsigned int i, bool waits)
{
	const struct order *t = &s->order;
	unsigned int op = second->step.did.touch[i].op, group;
	struct order_link link = second->before[i];

	/* Its own group does not count: those accesses commute with this one. */
	while (link.step != ORDER_NONE && explore_ops_commute(op, explore_order_op(t, link)))
		link = explore_order_behind(t, link);
	if (link.step == ORDER_NONE)
		return;
	group = explore_order_op(t, link);
	do {
		struct cut cut = { 1, { link.step } };

		if (!before_own(t, link.step, second) && (!waits || enabled_without(s, second, &cut)))
			add_race(s, index, second->step.did.choice, &cut);
		link = explore_order_behind(t, link);
	} while (link.step != ORDER_NONE && explore_ops_commute(group, explore_order_op(t, link)));
}

/* Then find_waits() asks, which takes out as many changes as the condition needs; the last one alone may not do. */
static bool changes_what_it_waits_for(const struct order *t, const struct order_step *second, unsigned int i)
{
	struct order_link link = second->before[i];
	unsigned int op;

	if (second->step.did.touch[i].compare == AGENT_ALWAYS || link.step == ORDER_NONE)
		return false;
	op = explore_order_op(t, link);
	return op == AGENT_WRITE || agent_adds(op);
}

/*
 * What the step merely touches, then what it waits for, then its own alternatives. The first two may find one race twice, or
 * one within another; keep_smallest() sees to that. The alternatives come last, as none of them is a part of another race.
 */
void explore_race_find(struct search *s, const struct order_step *second, int index)
{
	const struct agent_event *did = &second->step.did;
	int from = s->races.length;
	bool waits = false;

	assert(index == ORDER_NONE || (index >= 0 && index < s->order.length));
	for (unsigned int i = 0; i < did->touches; i++)
		waits |= did->touch[i].compare != AGENT_ALWAYS;
	for (unsigned int i = 0; i < did->touches; i++)
		if (!changes_what_it_waits_for(&s->order, second, i))
			find_accesses(s, second, index, i, waits);
	if (waits)
		find_waits(s, second, index);
	if (s->races.length - from > 1)
		keep_smallest(s, from);
	for (unsigned int choice = 0; choice < did->choices && index != ORDER_NONE; choice++) {
		/* The race of a step with itself: the hardware picks another alternative. */
		struct cut itself = { 1, { (int16_t)index } };

		if (choice != did->choice)
			add_race(s, index, choice, &itself);
	}
}
