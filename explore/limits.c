/* SPDX-License-Identifier: MIT */
/* limits.c - when a search over states ends before all of them are met, and what it says meanwhile. */
#include "explore/states.h"

#include "explore/core.h"
#include "explore/search.h"

enum {
	ASKED_AGAIN = 4, /* times as many transitions */
};

static unsigned int peers_of(const struct states *s)
{
	return s->spread ? s->options->peers->ranks : 1;
}

/* Each of the processes that share no memory has about as many states. */
static uint64_t states_met(const struct states *s)
{
	return explore_visited_count(s->visited) * peers_of(s);
}

void explore_states_progress(struct states *s)
{
	double seconds = explore_seconds_now();
	struct explore_progress p = {
		.executions = explore_executions(s->stats),
		.states = states_met(s),
		.transitions = s->stats->transitions * peers_of(s),
		.seconds = seconds - s->started,
		.steps_per_second = (double)(s->steps - s->reported_steps) / (seconds - s->reported),
		.depth = (unsigned int)s->length,
	};

	if (!s->options->progress || seconds - s->reported < 1)
		return;
	s->options->progress(s->options->context, &p);
	s->reported = seconds;
	s->reported_steps = s->steps;
}

/*
 * Each time is four times as far as the one before, so that all that is thrown away is at most a third more than the last of it. By this
 * process's own transitions, as others would have to be asked. Ranks would have to agree, since each knows something else. A quiet
 * search is of what the first one has found.
 */
static void check_outdated(struct states *s)
{
	const struct explore_options *o = s->options;

	if (!o->outdated || s->spread || s->quiet || s->stats->transitions < s->next_asked)
		return;
	s->next_asked = s->stats->transitions * ASKED_AGAIN;
	if (o->outdated(o->context))
		s->halt = s->stats->outdated = true;
}

/*
 * Looks at the clock rarely. A limit ends the search between two steps, so what was counted is
 * right for what was searched.
 */
void explore_states_check_limits(struct states *s)
{
	const struct explore_options *o = s->options;
	double seconds;

	if (o->max_executions && explore_executions(s->stats) >= o->max_executions)
		s->halt = true;
	if (o->max_states && states_met(s) >= o->max_states)
		s->halt = true;
	if (explore_visited_is_full(s->visited)) {
		s->stats->limit = (struct agent_limit){ "states", VISITED_MOST_STATES };
		s->halt = true;
	}
	if (o->stop && *o->stop)
		s->halt = true;
	check_outdated(s);
	if (s->steps < s->next_look)
		return;
	s->next_look = s->steps + 20000;
	seconds = explore_seconds_now();
	if (o->max_seconds > 0 && seconds - s->started > o->max_seconds)
		s->halt = s->stats->out_of_time = true;
	if (s->crew)
		return;
	explore_states_progress(s);
	if (explore_keep_is_due(s))
		explore_keep(s);
}
