/* SPDX-License-Identifier: MIT */
/*
 * endless.c - a livelock, shown: a way into it, and one round of what then goes on for ever.
 *
 * From a state of a livelock every way goes on, and there are only so many states; so whoever lets the agents step in turn
 * comes to a state again, with the same agent in turn, and what lies between is a round. It is no proof: one round could be
 * left by another choice. The proof is that the search has looked at all of them, and endless_is() looks again.
 */
#include "check/endless.h"

#include "explore/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A step, and the state before it. */
struct turn {
	struct agent_fingerprint before;
	struct explore_choice step;
};

struct turns {
	unsigned int first, length; /* the round begins at .first; what is before leads to it */
	struct turn turn[AGENT_MAX_STEPS];
};

static bool equal(struct agent_fingerprint a, struct agent_fingerprint b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

/* The next after @last that can step, in turn; -1: nobody can. */
static int next_agent(int last)
{
	int agents = (int)agent_count();

	assert(agents > 0 && last >= -1);
	for (int i = 1; i <= agents; i++) {
		if (agent_enabled((last + i) % agents))
			return (last + i) % agents;
	}
	return -1;
}

/* When @agent had its turn in the state in which the machine is now; @agent -1: anybody. The number of turns: never. */
static unsigned int turn_here(const struct turns *turns, int agent)
{
	struct agent_fingerprint here = agent_fingerprint();
	unsigned int i = turns->first;

	assert(turns->first <= turns->length);
	while (i < turns->length &&
	       !(equal(turns->turn[i].before, here) && (agent < 0 || turns->turn[i].step.agent == agent)))
		i++;
	return i;
}

/* Goes on from where the machine is until a turn comes again. False: none did. */
static bool find_round(struct turns *turns)
{
	struct agent_event event;
	int agent = -1;

	assert(!turns->length);
	while (turns->length < AGENT_MAX_STEPS && (agent = next_agent(agent)) >= 0) {
		unsigned int again = turn_here(turns, agent);

		if (again < turns->length) {
			turns->first = again;
			return true;
		}
		turns->turn[turns->length++] = (struct turn){ agent_fingerprint(), { (uint8_t)agent, 0 } };
		agent_run(agent, 0, &event);
	}
	return false;
}

/* Any state of the round will do: the shorter the way to it, the better. */
static bool is_in_round(void *context, const enum explore_end *end)
{
	const struct turns *turns = context;

	return !end && turn_here(turns, -1) < turns->length;
}

static void append(struct outcome *out, const struct turns *turns, unsigned int from, unsigned int to)
{
	assert(from <= to && to <= turns->length);
	for (unsigned int i = from; i < to && out->length < AGENT_MAX_STEPS; i++)
		out->steps[out->length++] = turns->turn[i].step;
}

static void replay(const struct explore_options *options, const struct outcome *out)
{
	const struct explore_schedule all = { out->length, (struct explore_choice *)out->steps };

	assert(out->length <= AGENT_MAX_STEPS);
	explore_replay(options, &all, NULL, NULL);
}

/* Lets the steps of @out end at a state of the round, by a shorter way if there is time to find one. */
static void go_to_round(const struct explore_options *options, struct outcome *out, struct turns *turns, double seconds)
{
	struct explore_schedule kept = { out->length, out->steps }, schedule;

	assert(turns->first < turns->length);
	append(out, turns, 0, turns->first);
	kept.length = out->length;
	explore_schedule_copy(&schedule, &kept);
	if (explore_shorten(options, &schedule, is_in_round, turns, seconds)) {
		out->length = schedule.length;
		memcpy(out->steps, schedule.steps, schedule.length * sizeof(out->steps[0]));
	}
	explore_schedule_free(&schedule);
	replay(options, out);
}

void endless_show(struct binding *binding, struct outcome *out, double seconds)
{
	const struct explore_options options = explore_defaults(binding_set_up, binding);
	struct turns *turns = explore_new(1, sizeof(*turns));
	unsigned int here;

	assert(out->length <= AGENT_MAX_STEPS);
	replay(&options, out);
	if (find_round(turns)) {
		go_to_round(&options, out, turns, seconds);
		here = turn_here(turns, -1);
		append(out, turns, here, turns->length);
		append(out, turns, turns->first, here);
		replay(&options, out);
	}
	free(turns);
}

/* ---- is it one? ---- */

struct looking {
	struct binding *binding;
	const struct outcome *outcome;
	bool ends;
};

/* The world in which the steps have been made already: the search begins there. */
static void set_up_there(void *context)
{
	const struct looking *looking = context;
	struct agent_event event;

	binding_set_up(looking->binding);
	for (unsigned int i = 0; i < looking->outcome->length; i++)
		agent_run(looking->outcome->steps[i].agent, looking->outcome->steps[i].choice, &event);
}

static bool visit(void *context, const struct explore_run *run)
{
	struct looking *looking = context;

	looking->ends = run->end != EXPLORE_LIVELOCK;
	return !looking->ends;
}

bool endless_is(struct binding *binding, const struct outcome *out)
{
	struct looking looking = { binding, out, false };
	struct explore_options options = explore_defaults(set_up_there, &looking);
	struct explore_stats stats;

	assert(out->length <= AGENT_MAX_STEPS);
	options.search = EXPLORE_STATES;
	options.visit = visit;
	options.context = &looking;
	explore(&options, &stats);
	/* A world that the tool has no room for says nothing. */
	return !looking.ends && !stats.limit.what;
}
