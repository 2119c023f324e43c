/* SPDX-License-Identifier: MIT */
/*
 * replay.c - one schedule: run it again, and make it short.
 *
 * Shortening first looks for an execution with fewer preemptions, trying all with none, one, two, three. What it finds,
 * or was given, is then changed a little at a time - a block of steps left out, cut, or moved next to another block of
 * its agent - and each change that still shows what is looked for, with fewer switches or steps, is kept.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "explore/core.h"
#include "explore/memory.h"
#include "explore/search.h"

/* ---- schedules ---- */

/* Of agents, whether or not the one before could have gone on. */
unsigned int explore_switches(const struct explore_schedule *schedule)
{
	unsigned int n = 0;

	for (unsigned int i = 1; i < schedule->length; i++)
		n += schedule->steps[i].agent != schedule->steps[i - 1].agent;
	return n;
}

/* The copy is the caller's to free. */
void explore_schedule_copy(struct explore_schedule *to, const struct explore_schedule *from)
{
	to->length = from->length;
	to->steps = explore_new(from->length, sizeof(to->steps[0]));
	memcpy(to->steps, from->steps, from->length * sizeof(to->steps[0]));
}

void explore_schedule_free(struct explore_schedule *schedule)
{
	free(schedule->steps);
	*schedule = (struct explore_schedule){ 0 };
}

/* ---- replay ---- */

/*
 * The world is whatever the schedule was made for, or another one in which its steps may mean
 * something else; so each is checked before and behind.
 */
enum explore_replayed explore_schedule_run(const struct explore_schedule *schedule, explore_step_fn *step,
					   void *context)
{
	struct agent_event event;

	for (unsigned int i = 0; i < schedule->length; i++) {
		const struct explore_choice *c = &schedule->steps[i];

		if (c->agent >= agent_count() || !agent_enabled(c->agent))
			return EXPLORE_REFUSED;
		agent_run(c->agent, c->choice, &event);
		if (agent_limit())
			return EXPLORE_TOO_BIG;
		if (event.choice != c->choice)
			return EXPLORE_REFUSED;
		if (step && !step(context, i, &event))
			return EXPLORE_CUT;
	}
	return step && !step(context, schedule->length, NULL) ? EXPLORE_CUT : EXPLORE_REPLAYED;
}

/* A world of its own: nothing of a search before it is used or left. */
enum explore_replayed explore_replay(const struct explore_options *options, const struct explore_schedule *schedule,
				     explore_step_fn *step, void *context)
{
	struct world world;
	enum explore_replayed replayed = EXPLORE_TOO_BIG;

	if (explore_world_open(&world, options->setup, options->world))
		replayed = explore_schedule_run(schedule, step, context);
	return replayed;
}

/* ---- shortening ---- */

struct shortening {
	struct world world;
	const struct explore_options *options;
	explore_shows_fn *shows;
	void *context;
	struct explore_schedule best;
	/* Room for twice what was given, as a change moves a block of steps; what takes longer shows nothing. */
	unsigned int room;
	struct explore_choice *wish, *did;
	uint64_t steps, most_steps; /* taken, and how many may be */
	double started;
};

/* By work, so that on a busy machine the same violation is shown by the same execution; by time only where somebody has set a limit to it. */
static bool was_enough(const struct shortening *s)
{
	double most = s->options->max_seconds;

	return s->steps > s->most_steps || (most > 0 && explore_seconds_now() - s->started > most);
}

/* Switches first: a reader follows one agent at a time. */
static bool better(const struct explore_schedule *a, const struct explore_schedule *b)
{
	unsigned int x = explore_switches(a), y = explore_switches(b);

	return x != y ? x < y : a->length < b->length;
}

/* The one that ran last, if it can: no switch. */
static int some_enabled(int first)
{
	int n = (int)agent_count();

	for (int i = 0; i < n; i++)
		if (agent_enabled((first + i) % n))
			return (first + i) % n;
	return -1;
}

/* The next agent of a run that wishes @wish at @*at and does not insist; then any, to the end. -1: nobody can step. */
static int next_agent(const struct shortening *s, unsigned int wishes, unsigned int *at, int last)
{
	while (*at < wishes && !agent_enabled(s->wish[*at].agent))
		++*at;
	return *at < wishes ? s->wish[*at].agent : some_enabled(last);
}

/*
 * Runs the wishes that can be fulfilled. True: it shows what is looked for, and s->did, *@length steps, are what ran until
 * then. Beyond the last wish it goes on: what is looked for may be a property of a whole execution.
 */
static bool run_wishes(struct shortening *s, unsigned int wishes, unsigned int *length)
{
	struct agent_event event;
	unsigned int at = 0, n = 0;
	enum explore_end end = EXPLORE_TOO_LONG;

	assert(wishes <= 2 * s->room);
	explore_world_return(&s->world, 0);
	explore_state_unknown();
	while (n < s->room) {
		int agent = next_agent(s, wishes, &at, n ? s->did[n - 1].agent : 0);

		if (agent < 0) {
			end = explore_search_end();
			break;
		}
		agent_run(agent, at < wishes ? s->wish[at].choice : 0, &event);
		if (agent_limit())
			return false;
		at += at < wishes;
		s->did[n++] = (struct explore_choice){ event.agent, event.choice };
		s->steps++;
		*length = n;
		if (s->shows(s->context, NULL))
			return true;
	}
	*length = n;
	return s->shows(s->context, &end);
}

/*
 * Keeps what the wishes lead to, if it is better. What ran is kept and not what was wished for,
 * since that is what can be replayed.
 */
static bool try_wishes(struct shortening *s, unsigned int wishes)
{
	struct explore_schedule did = { 0, s->did };

	if (!run_wishes(s, wishes, &did.length) || !better(&did, &s->best))
		return false;
	explore_schedule_free(&s->best);
	explore_schedule_copy(&s->best, &did);
	return true;
}

/* The end of the block of one agent's steps that starts at @i. */
static unsigned int block_end(const struct explore_schedule *schedule, unsigned int i)
{
	unsigned int end = i + 1;

	assert(i < schedule->length);
	while (end < schedule->length && schedule->steps[end].agent == schedule->steps[i].agent)
		end++;
	return end;
}

/* Moves the steps [from, end) of the best schedule to before step @to, or nowhere if @to < 0; tries it. */
static bool try_move(struct shortening *s, unsigned int from, unsigned int end, int to)
{
	const struct explore_schedule *b = &s->best;
	unsigned int n = 0;

	assert(from < end && end <= b->length);
	for (unsigned int i = 0; i <= b->length; i++) {
		if ((int)i == to)
			for (unsigned int j = from; j < end; j++)
				s->wish[n++] = b->steps[j];
		if (i < b->length && (i < from || i >= end))
			s->wish[n++] = b->steps[i];
	}
	return try_wishes(s, n);
}

/* To the end of the block of the same agent before it. */
static bool try_earlier(struct shortening *s, unsigned int from, unsigned int end)
{
	for (unsigned int i = from; i-- > 0;)
		if (s->best.steps[i].agent == s->best.steps[from].agent)
			return try_move(s, from, end, (int)i + 1);
	return false;
}

/* To the start of the next block of the same agent. */
static bool try_later(struct shortening *s, unsigned int from, unsigned int end)
{
	for (unsigned int i = end; i < s->best.length; i++)
		if (s->best.steps[i].agent == s->best.steps[from].agent)
			return try_move(s, from, end, (int)i);
	return false;
}

/* One change at a time, from the start again after each that was kept: it may have made others possible. */
static bool improve(struct shortening *s)
{
	for (unsigned int i = 0; i < s->best.length;) {
		unsigned int end = block_end(&s->best, i);

		if (try_move(s, i, end, -1) || try_earlier(s, i, end) || try_later(s, i, end) ||
		    try_move(s, end - 1, end, -1) || try_move(s, i, i + 1, -1))
			return true;
		if (was_enough(s))
			return false;
		i = end;
	}
	return false;
}

/* ---- executions with few preemptions ---- */

/* Returns false to end the search: bounds are tried from none upwards, so fewer preemptions do not show it. */
static bool found(void *context, const struct explore_run *run)
{
	struct shortening *s = context;

	if (run->end != EXPLORE_STOPPED && !s->shows(s->context, &run->end))
		return true;
	if (better(&run->schedule, &s->best)) {
		explore_schedule_free(&s->best);
		explore_schedule_copy(&s->best, &run->schedule);
	}
	return false;
}

enum {
	MOST_PREEMPTIONS = 3
};

/*
 * The number of executions grows with the power of the bound, and most errors show with two
 * preemptions or fewer; so three is where it ends. What is looked for is asked of states, so from each it is gone on once.
 */
static void search_bounded(struct shortening *s)
{
	for (int bound = 0; bound <= MOST_PREEMPTIONS && bound < (int)explore_switches(&s->best); bound++) {
		struct explore_options o = explore_defaults(s->options->setup, s->options->world);
		struct search *search = explore_search_new();
		struct explore_stats stats;

		o.bound = bound;
		o.once = true;
		/* Half of the work, and of the time, in equal parts. */
		o.max_steps = s->most_steps / 2 / (MOST_PREEMPTIONS + 1) + 1;
		o.max_seconds = s->options->max_seconds / 2 / (MOST_PREEMPTIONS + 1);
		o.visit = found;
		o.context = s;
		search->shows = s->shows;
		search->shows_context = s->context;
		explore_search_run(search, &o, &stats);
		explore_search_free(search);
		if (stats.by_visitor)
			return;
	}
}

/*
 * In this order: a search with a bound may find an execution of quite another kind, with fewer preemptions than any change of
 * the known one leads to; small changes then take away what that one does for nothing.
 */
static void shorten(struct shortening *s)
{
	search_bounded(s);
	/* The bounded searches have built worlds of their own. */
	if (!explore_world_open(&s->world, s->options->setup, s->options->world))
		return;
	while (!was_enough(s) && improve(s))
		;
}

/*
 * The schedule is run first, as it may be of another program, or may not show what its caller thinks. From there on there is
 * always a best one that shows it, so any limit may end the rest.
 */
bool explore_shorten(const struct explore_options *options, struct explore_schedule *schedule, explore_shows_fn *shows,
		     void *context, uint64_t steps)
{
	struct shortening *s = explore_new(1, sizeof(*s));
	struct explore_schedule did;
	bool shown;

	assert(shows);
	s->options = options;
	s->shows = shows;
	s->context = context;
	s->most_steps = steps;
	s->started = explore_seconds_now();
	s->room = 2 * (schedule->length > AGENT_MAX_STEPS / 2 ? schedule->length : AGENT_MAX_STEPS / 2);
	s->wish = explore_new(2 * (size_t)s->room, sizeof(s->wish[0]));
	s->did = explore_new(s->room, sizeof(s->did[0]));
	memcpy(s->wish, schedule->steps, schedule->length * sizeof(s->wish[0]));
	did.steps = s->did;
	shown = explore_world_open(&s->world, options->setup, options->world) &&
		run_wishes(s, schedule->length, &did.length);
	if (shown) {
		explore_schedule_copy(&s->best, &did);
		shorten(s);
		explore_schedule_free(schedule);
		*schedule = s->best;
	}
	free(s->wish);
	free(s->did);
	free(s);
	return shown;
}
