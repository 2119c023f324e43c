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

static bool stands(const struct trace *t, int step, uint64_t serial)
{
	return step != TRACE_NONE && step < t->length && t->steps[step].serial == serial;
}

/* ---- what the reversed step does ---- */

static bool run_reversed(struct search *s, struct race *r, const struct trace_step *second)
{
	race_run_without(s, r->first, &r->without);
	if (!model_enabled(second->step.did.agent))
		return false;
	world_run(&s->world, second->step.did.agent, r->choice, &r->reversed.did);
	step_make(&r->reversed);
	return true;
}

/* Has the sequence nothing new that r->reversed depends on? */
static bool still_known(const struct search *s, const struct race *r)
{
	const struct sequence *v = &s->sequence;

	if (!stands(&s->trace, r->known, r->known_serial))
		return false;
	for (int i = v->length - 1; i >= 0 && v->items[i].index > r->known; i--)
		if (step_depends(v->items[i].step, &r->reversed))
			return false;
	return true;
}

static void remember_reversed(struct search *s, struct race *r)
{
	const struct sequence *v = &s->sequence;

	if (r->second == TRACE_NONE)
		return;
	r->known = r->second;
	for (int i = v->length - 1; i >= 0 && v->items[i].index > r->known; i--)
		if (step_depends(v->items[i].step, &r->reversed))
			r->known = v->items[i].index;
	r->known_serial = s->trace.steps[r->known].serial;
}

/* ---- where it is planted ---- */

static void settle(struct search *s, struct race *r, int last)
{
	if (r->second == TRACE_NONE || last == TRACE_NONE)
		return;
	r->settled = (int16_t)(last > r->second ? last : r->second);
	r->settled_serial = s->trace.steps[r->settled].serial;
}

/* If the step does the same as before, no later step can come between, so it keeps its index. */
static void add_reversed(struct search *s, struct race *r, const struct trace_step *second)
{
	bool same = r->second != TRACE_NONE && event_same(&r->reversed.did, &second->step.did);

	sequence_add(&s->sequence, &r->reversed, NULL, same ? r->second : TRACE_NONE);
}

static int plant(struct search *s, struct node *node)
{
	s->explored_before.length = 0;
	for (int i = 0; i < node->sleepers; i++)
		sleepers_add(&s->explored_before, s->sleep.steps[node->asleep + i]);
	sleepers_add(&s->explored_before, &node->current->step);
	return tree_insert(&s->forest, &node->pending, &s->sequence, &s->explored_before);
}

static void reverse(struct search *s, struct race *r, const struct trace_step *second)
{
	struct node *node = &s->nodes[r->first];
	const struct step *const *asleep = node->sleepers ? &s->sleep.steps[node->asleep] : NULL;
	int last;

	/* Only what was run can be run otherwise, and the point to go back to is behind a step that was taken there. */
	assert(r->first >= 0 && r->first < s->trace.length && node->current);
	race_sequence(s, r->first, &r->without);
	if (sequence_covered(&s->sequence, asleep, node->sleepers, &last) && last != TRACE_NONE) {
		settle(s, r, last);
		return;
	}
	if (!still_known(s, r)) {
		if (!run_reversed(s, r, second))
			return;
		remember_reversed(s, r);
	}
	add_reversed(s, r, second);
	if (!sequence_covered(&s->sequence, asleep, node->sleepers, &last))
		last = plant(s, node);
	settle(s, r, last);
}

/* ---- all of them ---- */

/* Before anything runs again: who waits at the end. */
static void note_waiting(struct search *s)
{
	s->nr_waiting = 0;
	for (unsigned int agent = 0; agent < model_agents(); agent++)
		if (model_blocked_on((int)agent, &s->waiting[s->nr_waiting]))
			s->nr_waiting++;
}

/* An agent that waits for ever would have gone on if something had not happened. */
static void reverse_waiting(struct search *s, const struct model_event *event)
{
	const struct trace_step *pending = trace_pending(&s->trace, event);
	int length = s->races.length;

	race_find(s, pending, TRACE_NONE);
	for (int i = length; i < s->races.length; i++)
		reverse(s, &s->races.list[i], pending);
	s->races.length = length;
}

void race_reverse_all(struct search *s)
{
	note_waiting(s);
	for (; s->raced < s->trace.length; s->raced++) {
		s->races_before[s->raced] = s->races.length;
		race_find(s, &s->trace.steps[s->raced], s->raced);
	}
	for (int i = 0; i < s->races.length; i++) {
		struct race *r = &s->races.list[i];

		if (!stands(&s->trace, r->settled, r->settled_serial))
			reverse(s, r, &s->trace.steps[r->second]);
	}
	for (unsigned int i = 0; i < s->nr_waiting; i++)
		reverse_waiting(s, &s->waiting[i]);
}

void race_forget(struct search *s, int length)
{
	if (s->raced <= length)
		return;
	assert(s->races_before[length] <= s->races.length);
	s->races.length = s->races_before[length];
	s->raced = length;
}
