/* SPDX-License-Identifier: MIT */
/*
 * race.c - from the races of an execution to the executions that reverse them.
 *
 * To let a step e' go before an earlier step e: go back to before e, run everything that does not happen after e, then e'.
 * There e' sees other values and may do something else; so it is run there once to see what it does, and from then on
 * everything that the search plans is known and nothing guessed.
 *
 * A hardware choice is a race of a step with itself: run everything that does not happen after it, then take the other
 * alternative.
 *
 * All races of each execution are looked at again, those between steps of a common beginning as well: steps that differ
 * at the end may be what keeps a step asleep from covering the reversal. A verdict that stands on early steps only
 * is remembered with the last of them.
 */
#include <assert.h>

#include "explore/search.h"

/* The same step, and not another one that has its index by now. */
static bool stands(const struct order *t, int step, uint64_t serial)
{
	return step != ORDER_NONE && step < t->length && t->steps[step].serial == serial;
}

/* ---- what the reversed step does ---- */

/*
 * Not enabled: what it waits for is not there without what was cut, by a predicate that looked at
 * more than the search knew.
 */
static bool run_reversed(struct search *s, struct race *r, const struct order_step *second)
{
	assert(r->first >= 0 && r->first <= s->order.length);
	explore_race_run_without(s, r->first, &r->without);
	if (!agent_enabled(second->step.did.agent))
		return false;
	explore_world_run(&s->world, second->step.did.agent, r->choice, &r->reversed.did);
	explore_step_make(&r->reversed);
	return true;
}

/* Has the sequence nothing new that r->reversed depends on? */
static bool still_known(const struct search *s, const struct race *r)
{
	const struct sequence *v = &s->sequence;

	if (!stands(&s->order, r->known, r->known_serial))
		return false;
	for (int i = v->length - 1; i >= 0 && v->items[i].index > r->known; i--)
		if (explore_step_depends(v->items[i].step, &r->reversed))
			return false;
	return true;
}

/*
 * What the step does there depends on what was left of the execution up to the last step that it
 * depends on; as long as that stands, it need not be run again.
 */
static void remember_reversed(struct search *s, struct race *r)
{
	const struct sequence *v = &s->sequence;

	if (r->second == ORDER_NONE)
		return;
	r->known = r->second;
	for (int i = v->length - 1; i >= 0 && v->items[i].index > r->known; i--)
		if (explore_step_depends(v->items[i].step, &r->reversed))
			r->known = v->items[i].index;
	r->known_serial = s->order.steps[r->known].serial;
}

/* ---- where it is planted ---- */

/* Asked again only when a step is gone that the verdict stood on. ORDER_NONE: it stood on all of the execution. */
static void settle(struct search *s, struct race *r, int last)
{
	if (r->second == ORDER_NONE || last == ORDER_NONE)
		return;
	r->settled = (int16_t)(last > r->second ? last : r->second);
	r->settled_serial = s->order.steps[r->settled].serial;
}

/* If the step does the same as before, no later step can come between, so it keeps its index. */
static void add_reversed(struct search *s, struct race *r, const struct order_step *second)
{
	bool same = r->second != ORDER_NONE && explore_event_same(&r->reversed.did, &second->step.did);

	explore_sequence_add(&s->sequence, &r->reversed, NULL, same ? r->second : ORDER_NONE);
}

/*
 * The step that the execution took from here counts as explored: it is on the way, and its own
 * subtree is searched to the end before the planted one is begun.
 */
static int plant(struct search *s, struct node *node)
{
	s->explored_before.length = 0;
	for (int i = 0; i < node->sleepers; i++)
		explore_sleepers_add(&s->explored_before, s->sleep.steps[node->asleep + i]);
	explore_sleepers_add(&s->explored_before, &node->current->step);
	return explore_tree_insert(&s->forest, &node->pending, &s->sequence, &s->explored_before);
}

static void reverse(struct search *s, struct race *r, const struct order_step *second)
{
	struct node *node = &s->nodes[r->first];
	const struct step *const *asleep = node->sleepers ? &s->sleep.steps[node->asleep] : NULL;
	int last;

	/* Only what was run can be run otherwise, and the point to go back to is behind a step that was taken there. */
	assert(r->first >= 0 && r->first < s->order.length && node->current);
	explore_race_sequence(s, r->first, &r->without);
	/* Covered by what is asleep at the point: all that begins with that step was explored. */
	if (explore_sequence_covered(&s->sequence, asleep, node->sleepers, &last) && last != ORDER_NONE) {
		settle(s, r, last);
		return;
	}
	if (!still_known(s, r)) {
		if (!run_reversed(s, r, second))
			return;
		remember_reversed(s, r);
	}
	add_reversed(s, r, second);
	if (!explore_sequence_covered(&s->sequence, asleep, node->sleepers, &last))
		last = plant(s, node);
	settle(s, r, last);
}

/* ---- all of them ---- */

/*
 * Before anything runs again: who waits at the end. The world moves when a race is looked at, and
 * who waits is to be known of the end of this execution.
 */
static void note_waiting(struct search *s)
{
	s->nr_waiting = 0;
	for (unsigned int agent = 0; agent < agent_count(); agent++)
		if (agent_blocked_on((int)agent, &s->waiting[s->nr_waiting]))
			s->nr_waiting++;
}

/* An agent that waits for ever would have gone on if something had not happened. */
static void reverse_waiting(struct search *s, const struct agent_event *event)
{
	const struct order_step *pending = explore_order_pending(&s->order, event);
	int length = s->races.length;

	explore_race_find(s, pending, ORDER_NONE);
	for (int i = length; i < s->races.length; i++)
		reverse(s, &s->races.list[i], pending);
	s->races.length = length;
}

void explore_race_reverse_all(struct search *s)
{
	note_waiting(s);
	for (; s->raced < s->order.length; s->raced++) {
		s->races_before[s->raced] = s->races.length;
		/* Once for each step: those of the common beginning were found at the last execution. */
		explore_race_find(s, &s->order.steps[s->raced], s->raced);
	}
	for (int i = 0; i < s->races.length; i++) {
		struct race *r = &s->races.list[i];

		if (!stands(&s->order, r->settled, r->settled_serial))
			reverse(s, r, &s->order.steps[r->second]);
	}
	for (unsigned int i = 0; i < s->nr_waiting; i++)
		reverse_waiting(s, &s->waiting[i]);
}

void explore_race_forget(struct search *s, int length)
{
	if (s->raced <= length)
		return;
	assert(s->races_before[length] <= s->races.length);
	s->races.length = s->races_before[length];
	s->raced = length;
}
