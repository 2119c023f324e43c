/* SPDX-License-Identifier: MIT */
/* search.c - bounds, random search, limits, ends of executions, replay and shortening. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "explore/explore.h"
#include "tests/explore/programs.h"

enum {
	BUG
};

static struct explore_options options_of(const struct program *p)
{
	return explore_defaults(program_set_up, (void *)(uintptr_t)p);
}

/* ---- a bug that needs two preemptions ---- */

/*
 * Agent 0 must be interrupted between its two stores, and agent 1 between its two loads, for agent 1 to see the
 * first store undone before the second. The others are only in the way.
 */
static void two_preemptions(void *self)
{
	const struct program_agent *a = self;
	int32_t *v = a->state->v;

	if (a->number == 0) {
		counter_store(&v[0], 1);
		counter_store(&v[0], 0);
	} else if (a->number == 1) {
		int32_t first = counter_load(&v[0]), second = counter_load(&v[0]);

		if (first == 1 && second == 0)
			agent_report(BUG);
	} else {
		for (int i = 0; i < 4; i++)
			counter_add(&v[2 + i], 1);
	}
}

static const struct program hard = { .name = "hard", .body = two_preemptions, .agents = 4, .rounds = 1 };

static bool stop_at_bug(void *context, const struct explore_run *run)
{
	if (!(agent_reported() & 1u << BUG))
		return true;
	explore_schedule_copy(context, &run->schedule);
	return false;
}

static bool finds_bug(struct explore_options options, struct explore_schedule *schedule, struct explore_stats *stats)
{
	memset(schedule, 0, sizeof(*schedule));
	options.visit = stop_at_bug;
	options.context = schedule;
	options.stop_on = 1u << BUG;
	explore(&options, stats);
	assert_int_equal(stats->by_visitor, schedule->length > 0);
	return schedule->length > 0;
}

static void bound_of_one_misses_and_two_finds(void **state)
{
	struct explore_options options = options_of(&hard);
	struct explore_schedule schedule;
	struct explore_stats stats;

	(void)state;
	for (options.bound = 0; options.bound < 2; options.bound++) {
		assert_false(finds_bug(options, &schedule, &stats));
		assert_true(stats.exhausted);
	}
	assert_true(finds_bug(options, &schedule, &stats));
	assert_int_equal(stats.stopped, 1);
	assert_false(stats.exhausted || stats.whole || stats.out_of_time);
	explore_schedule_free(&schedule);
}

/* Of what nobody ends: each execution, or state, that reports it is an end, and nothing else is left. */
static void a_property_that_nobody_looks_for(void **state)
{
	struct explore_options options = options_of(&hard);
	struct explore_stats stats;

	(void)state;
	options.stop_on = 1u << BUG;
	for (int search = EXPLORE_TRACES; search <= EXPLORE_STATES; search++) {
		options.search = (enum explore_search)search;
		explore(&options, &stats);
		assert_true(stats.stopped > 0 && stats.complete > 0);
		assert_true(stats.whole && !stats.exhausted && !stats.by_visitor);
	}
}

/* With bound b, two agents of n steps each: the executions with at most b preemptions, counted by hand. */
static void bounded_executions_are_counted(void **state)
{
	static const uint64_t expected[] = { 2, 4, 6 };
	struct explore_options options = options_of(program_find("ainc-2"));
	struct explore_stats stats;

	(void)state;
	for (options.bound = 0; options.bound < 3; options.bound++) {
		explore(&options, &stats);
		assert_int_equal(stats.complete, expected[options.bound]);
	}
}

static void reduction_finds_it(void **state)
{
	struct explore_options options = options_of(&hard);
	struct explore_schedule schedule;
	struct explore_stats stats;

	(void)state;
	assert_true(finds_bug(options, &schedule, &stats));
	explore_schedule_free(&schedule);
}

/* ---- random ---- */

static void random_keeps_its_promise(void **state)
{
	struct explore_options options = options_of(&hard);
	struct explore_schedule schedule;
	struct explore_stats stats;
	uint64_t executions = 0;

	(void)state;
	options.random = 100000;
	options.bug_depth = 3;
	for (options.seed = 1; options.seed <= 20; options.seed++) {
		assert_true(finds_bug(options, &schedule, &stats));
		executions += explore_executions(&stats);
		explore_schedule_free(&schedule);
	}
	/* 4 agents, 12 steps, depth 3: at least one execution in 576. */
	assert_float_equal(stats.probability, 1.0 / (4 * 12 * 12), 1e-9);
	assert_true(executions < 20 * 576 * 2);
}

static bool remember_order(void *context, const struct explore_run *run)
{
	uint64_t *hash = context;

	for (unsigned int i = 0; i < run->schedule.length; i++)
		*hash = (*hash ^ run->schedule.steps[i].agent) * 0x100000001b3ull;
	return true;
}

static uint64_t random_orders(uint64_t seed)
{
	struct explore_options options = options_of(program_find("ticket-3x4"));
	struct explore_stats stats;
	uint64_t hash = 1;

	options.random = 100;
	options.seed = seed;
	options.visit = remember_order;
	options.context = &hash;
	explore(&options, &stats);
	assert_int_equal(stats.complete, 100);
	assert_false(stats.exhausted);
	return hash;
}

static void seed_decides(void **state)
{
	(void)state;
	assert_int_equal(random_orders(7), random_orders(7));
	assert_int_not_equal(random_orders(7), random_orders(8));
}

/* ---- limits ---- */

static void count_progress(void *context, const struct explore_progress *progress)
{
	assert_true(progress->executions > 0 && progress->seconds >= 1 && progress->steps_per_second > 0);
	++*(unsigned int *)context;
}

/* However long it takes until progress is shown. */
static bool until_progress(void *context, const struct explore_run *run)
{
	(void)run;
	return !*(unsigned int *)context;
}

static void limits_end_the_search(void **state)
{
	struct explore_options options = options_of(program_find("ainc-6"));
	struct explore_stats stats;
	unsigned int calls = 0;

	(void)state;
	options.max_executions = 1000;
	explore(&options, &stats);
	assert_int_equal(stats.complete, 1000);
	assert_false(stats.exhausted);
	options = options_of(program_find("ticket-8x1"));
	options.reduce = false;
	options.max_seconds = 0.1;
	explore(&options, &stats);
	assert_false(stats.exhausted);
	assert_true(stats.seconds > 0.1 && stats.out_of_time && !stats.whole);
	options.max_seconds = 0;
	options.progress = count_progress;
	options.visit = until_progress;
	options.context = &calls;
	explore(&options, &stats);
	assert_false(stats.exhausted);
	assert_true(calls > 0);
}

/* ---- ends ---- */

static void two_locks(void *self)
{
	const struct program_agent *a = self;
	int32_t *v = a->state->v;

	counter_lock(&v[a->number]);
	counter_lock(&v[1 - a->number]);
	counter_store(&v[1 - a->number], 0);
	counter_store(&v[a->number], 0);
}

static bool keep_deadlock(void *context, const struct explore_run *run)
{
	if (run->end != EXPLORE_BLOCKED)
		return true;
	explore_schedule_copy(context, &run->schedule);
	return false;
}

static const struct program deadlock = { .name = "deadlock", .body = two_locks, .agents = 2, .rounds = 1 };

static void deadlock_is_found(void **state)
{
	struct explore_options options = options_of(&deadlock);
	struct explore_stats stats;

	(void)state;
	explore(&options, &stats);
	assert_int_equal(stats.blocked, 1);
	assert_int_equal(stats.complete, 2);
	assert_true(stats.exhausted);
}

static void for_ever(void *self)
{
	const struct program_agent *a = self;

	for (;;)
		counter_fetch_add(&a->state->v[a->number], 1);
}

static const struct program endless = { .name = "endless", .body = for_ever, .agents = 1, .rounds = 1 };

static void livelock_is_an_end(void **state)
{
	struct explore_options options = options_of(&endless);
	struct explore_stats stats;

	(void)state;
	explore(&options, &stats);
	assert_int_equal(stats.too_long, 1);
	assert_int_equal(stats.deepest, AGENT_MAX_STEPS);
	assert_false(stats.exhausted);
}

/* ---- replay and shortening ---- */

struct listener {
	const struct explore_schedule *schedule;
	unsigned int steps, ends;
};

static bool listen(void *context, unsigned int step, const struct agent_event *event)
{
	struct listener *l = context;

	assert_int_equal(step, l->steps);
	if (!event) {
		l->ends++;
		return true;
	}
	assert_int_equal(event->agent, l->schedule->steps[step].agent);
	l->steps++;
	return true;
}

static void replays(const struct explore_options *options, const struct explore_schedule *schedule)
{
	struct listener l = { schedule, 0, 0 };

	assert_int_equal(explore_replay(options, schedule, listen, &l), EXPLORE_REPLAYED);
	assert_int_equal(l.steps, schedule->length);
	assert_int_equal(l.ends, 1);
}

static bool shows_bug(void *context, const enum explore_end *end)
{
	(void)context;
	(void)end;
	return agent_reported() & 1u << BUG;
}

static void shortened_bug_is_as_short_as_can_be(void **state)
{
	struct explore_options options = options_of(&hard);
	struct explore_schedule schedule;
	struct explore_stats stats;

	(void)state;
	options.random = 100000;
	assert_true(finds_bug(options, &schedule, &stats));
	assert_true(explore_shorten(&options, &schedule, shows_bug, NULL, 1000000));
	/* store, load, store, load */
	assert_int_equal(schedule.length, 4);
	assert_int_equal(explore_switches(&schedule), 3);
	replays(&options, &schedule);
	assert_true(agent_reported() & 1u << BUG);
	explore_schedule_free(&schedule);
}

static bool clock_is_fast;

/* In the place of the explorer's, for whatever makes an execution shorter. */
double __real_explore_seconds_now(void);
double __wrap_explore_seconds_now(void);
double __wrap_explore_seconds_now(void)
{
	static double ahead;

	ahead += clock_is_fast ? 1000 : 0;
	return __real_explore_seconds_now() + ahead;
}

static bool shows_and_counts(void *context, const enum explore_end *end)
{
	++*(unsigned int *)context;
	return shows_bug(NULL, end);
}

/* How often it is asked whether an execution shows it, of an execution that is the same each time. */
static unsigned int asked(struct explore_options options, double max_seconds)
{
	struct explore_schedule schedule;
	struct explore_stats stats;
	unsigned int count = 0;

	options.random = 100000;
	assert_true(finds_bug(options, &schedule, &stats));
	options.max_seconds = max_seconds;
	assert_true(explore_shorten(&options, &schedule, shows_and_counts, &count, 1000000));
	replays(&options, &schedule);
	assert_true(agent_reported() & 1u << BUG);
	explore_schedule_free(&schedule);
	return count;
}

/* What there is by then still shows it. */
static void shortening_ends_with_its_time(void **state)
{
	struct explore_options options = options_of(&hard);
	unsigned int all = asked(options, 0);

	(void)state;
	assert_int_equal(asked(options, 1000000), all);
	clock_is_fast = true;
	assert_true(asked(options, 100) < all);
	assert_int_equal(asked(options, 0), all);
	clock_is_fast = false;
}

static bool shows_deadlock(void *context, const enum explore_end *end)
{
	(void)context;
	return end && *end == EXPLORE_BLOCKED;
}

static void shortened_deadlock_still_is_one(void **state)
{
	struct explore_options options = options_of(&deadlock);
	struct explore_schedule schedule = { 0 };
	struct explore_stats stats;

	(void)state;
	options.visit = keep_deadlock;
	options.context = &schedule;
	explore(&options, &stats);
	assert_true(explore_shorten(&options, &schedule, shows_deadlock, NULL, 1000000));
	assert_int_equal(schedule.length, 2);
	replays(&options, &schedule);
	explore_schedule_free(&schedule);
}

static void what_shows_nothing_is_not_shortened(void **state)
{
	struct explore_options options = options_of(&deadlock);
	struct explore_choice steps[] = { { 0, 0 }, { 0, 0 } };
	struct explore_schedule schedule = { 2, steps };

	(void)state;
	assert_false(explore_shorten(&options, &schedule, shows_bug, NULL, 1000000));
	assert_ptr_equal(schedule.steps, steps);
}

static void impossible_schedules_are_refused(void **state)
{
	struct explore_options options = options_of(&deadlock);
	struct explore_choice nobody[] = { { 0, 0 }, { 7, 0 } }, disabled[] = { { 0, 0 }, { 1, 0 }, { 0, 0 } },
			      choice[] = { { 0, 1 } };
	struct explore_schedule bad[] = { { 2, nobody }, { 3, disabled }, { 1, choice } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(explore_replay(&options, &bad[i], NULL, NULL), EXPLORE_REFUSED);
}

/* ---- a world that is too big ---- */

/* Only in the order in which agent 1 comes second, which the search has to find. */
static void too_big_in_one_order(void *self)
{
	const struct program_agent *a = self;

	if (a->number == 1)
		counter_store(&a->state->v[0], 1);
	else if (counter_load(&a->state->v[0]))
		agent_too_big("steps of agent 0 behind the store", 0);
}

static const struct program sometimes_big = { .name = "big", .body = too_big_in_one_order, .agents = 2, .rounds = 1 };

static bool count_visits(void *context, const struct explore_run *run)
{
	assert_int_not_equal(run->end, EXPLORE_STOPPED);
	++*(unsigned int *)context;
	return true;
}

static void a_limit_ends_the_search_without_an_execution(void **state)
{
	struct explore_options options = options_of(&sometimes_big);
	struct explore_stats stats;
	unsigned int visits;

	(void)state;
	options.visit = count_visits;
	options.context = &visits;
	for (unsigned int how = 0; how < 3; how++) {
		options.reduce = how == 0;
		options.random = how == 2 ? 1000 : 0;
		visits = 0;
		explore(&options, &stats);
		assert_string_equal(stats.limit.what, "steps of agent 0 behind the store");
		assert_false(stats.exhausted);
		assert_int_equal(explore_executions(&stats), visits);
		assert_int_equal(stats.blocked + stats.stopped, 0);
	}
}

static void a_replay_into_a_limit_says_so(void **state)
{
	struct explore_options options = options_of(&sometimes_big);
	struct explore_choice steps[] = { { .agent = 1 }, { .agent = 0 } };
	struct explore_schedule schedule = { 2, steps };

	(void)state;
	assert_int_equal(explore_replay(&options, &schedule, NULL, NULL), EXPLORE_TOO_BIG);
	assert_string_equal(agent_limit()->what, "steps of agent 0 behind the store");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bound_of_one_misses_and_two_finds),
		cmocka_unit_test(bounded_executions_are_counted),
		cmocka_unit_test(reduction_finds_it),
		cmocka_unit_test(random_keeps_its_promise),
		cmocka_unit_test(seed_decides),
		cmocka_unit_test(limits_end_the_search),
		cmocka_unit_test(deadlock_is_found),
		cmocka_unit_test(livelock_is_an_end),
		cmocka_unit_test(shortened_bug_is_as_short_as_can_be),
		cmocka_unit_test(shortening_ends_with_its_time),
		cmocka_unit_test(a_property_that_nobody_looks_for),
		cmocka_unit_test(shortened_deadlock_still_is_one),
		cmocka_unit_test(what_shows_nothing_is_not_shortened),
		cmocka_unit_test(impossible_schedules_are_refused),
		cmocka_unit_test(a_limit_ends_the_search_without_an_execution),
		cmocka_unit_test(a_replay_into_a_limit_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
