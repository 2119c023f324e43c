/* SPDX-License-Identifier: MIT */
/*
 * states.c - the search over states loses nothing: the same ends as the search over traces, as many states with sleep
 * sets as without, deadlocks and livelocks found where there are any.
 *
 * build/tests/explore/states [FIRST [NUMBER]] checks other generated programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "explore/states.h"
#include "tests/explore/generated.h"
#include "tests/explore/programs.h"

static uint64_t first_seed = 1, programs = 2000;

static struct explore_options options_of(const struct program *p)
{
	struct explore_options options = explore_defaults(program_set_up, (void *)(uintptr_t)p);

	options.search = EXPLORE_STATES;
	return options;
}

/* ---- generated programs ---- */

/* What a search over states finds, in one of the ways to run it. */
static void over_states(struct generated *g, bool sleep, bool fuse, struct generated_result *result)
{
	struct explore_options options = explore_defaults(generated_set_up, g);

	options.search = EXPLORE_STATES;
	options.sleep = sleep;
	options.fuse = fuse;
	options.fuse_after = 0;
	generated_explore_as(&options, result);
}

static void show(struct generated *g, uint64_t seed, const struct generated_result *a, const struct generated_result *b)
{
	fprintf(stderr, "replay: build/tests/explore/states %llu 1\n", (unsigned long long)seed);
	generated_print(stderr, g);
	fprintf(stderr, "states %llu and %llu, outcomes %zu and %zu\n", (unsigned long long)a->stats.states,
		(unsigned long long)b->stats.states, a->outcomes.length, b->outcomes.length);
	fail();
}

static void generated_programs_have_the_same_ends(void **state)
{
	uint64_t states = 0, few = 0, saved = 0, deadlocks = 0;

	(void)state;
	for (uint64_t seed = first_seed; seed < first_seed + programs; seed++) {
		struct generated_result traces, all, asleep, fused;
		struct generated g;

		generate(&g, seed);
		generated_explore(&g, true, 0, &traces);
		over_states(&g, false, false, &all);
		over_states(&g, true, false, &asleep);
		over_states(&g, true, true, &fused);
		if (!hashes_equal(&traces.outcomes, &all.outcomes))
			show(&g, seed, &traces, &all);
		if (!hashes_equal(&all.outcomes, &asleep.outcomes) || all.stats.states != asleep.stats.states)
			show(&g, seed, &all, &asleep);
		if (!hashes_equal(&all.outcomes, &fused.outcomes))
			show(&g, seed, &all, &fused);
		assert_true(all.stats.exhausted && asleep.stats.exhausted);
		assert_int_equal(all.stats.livelocks + asleep.stats.livelocks, 0);
		states += all.stats.states;
		few += fused.stats.states;
		saved += all.stats.transitions - asleep.stats.transitions;
		deadlocks += all.stats.blocked > 0;
		generated_result_free(&traces);
		generated_result_free(&all);
		generated_result_free(&asleep);
		generated_result_free(&fused);
	}
	print_message(
		"%llu states, %llu with steps fused, %llu programs can deadlock; %llu transitions slept through\n",
		(unsigned long long)states, (unsigned long long)few, (unsigned long long)deadlocks,
		(unsigned long long)saved);
	if (programs >= 2000)
		assert_true(deadlocks > 500 && saved > 10000 && few < states);
}

/*
 * The same programs, spinning: graphs with cycles. What waits for ever without spinning spins for ever, and the other ends
 * are the same.
 */
static void spinning_programs_have_the_same_ends(void **state)
{
	uint64_t livelocks = 0, spins = 0;

	(void)state;
	for (uint64_t seed = first_seed; seed < first_seed + programs; seed++) {
		struct generated_result waiting, all, asleep, fused;
		struct generated g;

		generate(&g, seed);
		/* A daemon that waits is finished; one that spins is not. */
		memset(g.daemon, 0, sizeof(g.daemon));
		over_states(&g, false, false, &waiting);
		g.spins = true;
		over_states(&g, false, false, &all);
		over_states(&g, true, false, &asleep);
		over_states(&g, true, true, &fused);
		if (all.stats.states != asleep.stats.states || all.stats.livelocks != asleep.stats.livelocks ||
		    !hashes_equal(&all.outcomes, &asleep.outcomes))
			show(&g, seed, &all, &asleep);
		if (all.stats.livelocks != fused.stats.livelocks || !hashes_equal(&all.outcomes, &fused.outcomes))
			show(&g, seed, &all, &fused);
		if ((waiting.stats.complete > 0) != (all.stats.complete > 0) ||
		    (waiting.stats.blocked > 0) != (all.stats.blocked + all.stats.livelocks > 0))
			show(&g, seed, &waiting, &all);
		livelocks += all.stats.livelocks > 0;
		spins += all.stats.states != waiting.stats.states;
		generated_result_free(&waiting);
		generated_result_free(&all);
		generated_result_free(&asleep);
		generated_result_free(&fused);
	}
	print_message("%llu programs spin, %llu of them may do so for ever\n", (unsigned long long)spins,
		      (unsigned long long)livelocks);
	if (programs >= 2000)
		assert_true(livelocks > 100 && spins > 200);
}

/* ---- several processes ---- */

/* What a visitor in one of them has found. */
struct seen {
	uint32_t nr;
	uint64_t ends[512];
};

struct joined {
	struct seen own;
	struct hashes all;
	unsigned int joins;
};

static bool see(void *context, const struct explore_run *run)
{
	struct joined *j = context;

	assert_true(j->own.nr < sizeof(j->own.ends) / sizeof(j->own.ends[0]));
	j->own.ends[j->own.nr++] = generated_outcome_hash(run);
	return true;
}

static void join(void *context, const void *result)
{
	struct joined *j = context;
	const struct seen *seen = result;

	for (uint32_t i = 0; i < seen->nr; i++)
		hashes_add(&j->all, seen->ends[i]);
	j->joins++;
}

static void by_processes(struct generated *g, unsigned int jobs, struct joined *j, struct explore_stats *stats)
{
	struct explore_options options = explore_defaults(generated_set_up, g);

	*j = (struct joined){ 0 };
	options.search = EXPLORE_STATES;
	options.jobs = jobs;
	options.result = &j->own;
	options.result_bytes = sizeof(j->own);
	options.join = join;
	options.visit = see;
	options.context = j;
	explore(&options, stats);
	assert_true(stats->exhausted);
	assert_int_equal(j->joins, jobs);
	hashes_sort(&j->all);
}

static void processes_find_what_one_finds(void **state)
{
	(void)state;
	for (uint64_t seed = first_seed; seed < first_seed + programs / 20; seed++) {
		struct generated_result one;
		struct generated g;

		generate(&g, seed);
		over_states(&g, true, false, &one);
		for (unsigned int jobs = 2; jobs <= 4; jobs += 2) {
			struct explore_stats stats;
			struct joined j;

			by_processes(&g, jobs, &j, &stats);
			if (stats.states != one.stats.states || !hashes_equal(&j.all, &one.outcomes))
				show(&g, seed, &one, &(struct generated_result){ .outcomes = j.all, .stats = stats });
			assert_int_equal(stats.complete, one.stats.complete);
			assert_int_equal(stats.blocked, one.stats.blocked);
			free(j.all.list);
		}
		generated_result_free(&one);
	}
}

/* Larger ones, where work is given away more than once; and one that is stopped by whoever finds it first. */
static bool stop(void *context, const struct explore_run *run)
{
	(void)context;
	return run->end != EXPLORE_BLOCKED;
}

static void processes_share_larger_searches(void **state)
{
	static const char *const names[] = { "ainc-5", "ticket-3x4", "peterson-3" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct program *p = program_find(names[i]);
		struct explore_options options = options_of(p);
		struct explore_stats one, many;

		explore(&options, &one);
		for (options.jobs = 2; options.jobs <= 4; options.jobs++) {
			explore(&options, &many);
			assert_true(many.exhausted);
			assert_int_equal(many.states, one.states);
			assert_int_equal(many.complete, one.complete);
			assert_int_equal(many.blocked, one.blocked);
		}
		options.visit = stop;
		explore(&options, &many);
		assert_int_equal(many.by_visitor, one.blocked > 0);
		assert_int_equal(many.exhausted, one.blocked == 0);
	}
}

/* It has more states than there is memory, so none of them can be late for it. */
static void every_process_helps(void **state)
{
	struct explore_options options = options_of(program_find("lastzero-12"));
	struct explore_stats stats;

	(void)state;
	options.max_states = 400000;
	options.fuse = false;
	for (options.jobs = 1; options.jobs <= 3; options.jobs++) {
		explore(&options, &stats);
		assert_false(stats.exhausted);
		assert_int_equal(stats.helpers, options.jobs - 1);
	}
}

/* ---- programs that are known ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15ull ^ hash >> 29;
}

static bool collect(void *context, const struct explore_run *run)
{
	uint64_t hash = run->end;

	for (unsigned int i = 0; i < PROGRAM_VARIABLES; i++)
		hash = mix(mix(hash, (uint32_t)program_state()->v[i]), (uint32_t)program_state()->seen[i]);
	hashes_add(context, hash);
	return true;
}

static struct hashes ends_of(struct explore_options options, struct explore_stats *stats)
{
	struct hashes ends = { 0 };

	options.visit = collect;
	options.context = &ends;
	explore(&options, stats);
	assert_true(stats->exhausted);
	hashes_sort(&ends);
	return ends;
}

static void known_programs_have_the_same_ends(void **state)
{
	(void)state;
	for (const struct program *p = program_list; p->name; p++) {
		struct explore_options options = options_of(p);
		struct explore_stats stats, traces;
		struct hashes ends, expected;

		/* Twelve stores that commute are one trace, but more states than there is memory. */
		if (!strcmp(p->name, "lastzero-12"))
			continue;
		ends = ends_of(options, &stats);
		options.search = EXPLORE_TRACES;
		options.reduce = p->traces > 600;
		expected = ends_of(options, &traces);
		print_message("%-20s %llu states, %llu transitions\n", p->name, (unsigned long long)stats.states,
			      (unsigned long long)stats.transitions);
		assert_true(hashes_equal(&ends, &expected));
		assert_int_equal(stats.blocked > 0, p->blocked > 0);
		assert_int_equal(stats.livelocks, 0);
		free(ends.list);
		free(expected.list);
	}
}

/* ---- deadlocks and livelocks ---- */

static void take_in_order(const struct program_agent *a, int first)
{
	int32_t *v = a->state->v;

	counter_lock(&v[first]);
	counter_lock(&v[1 - first]);
	counter_store(&v[1 - first], 0);
	counter_store(&v[first], 0);
}

static void locks_in_two_orders(void *self)
{
	const struct program_agent *a = self;

	take_in_order(a, a->number);
}

static void locks_in_one_order(void *self)
{
	take_in_order(self, 0);
}

/* Takes its own lock, and gives it back as long as the other one has his: both may do so for ever, or until one is faster. */
static void polite(void *self)
{
	const struct program_agent *a = self;
	int32_t *v = a->state->v, me = a->number;

	counter_store(&v[me], 1);
	while (counter_load(&v[1 - me])) {
		counter_store(&v[me], 0);
		counter_store(&v[me], 1);
	}
	counter_store(&v[me], 0);
}

/* Spins until the other one has come. */
static void spin(void *self)
{
	const struct program_agent *a = self;
	int32_t *v = a->state->v, me = a->number;

	counter_store(&v[me], 1);
	while (!counter_load(&v[1 - me]))
		;
}

/* Spins for a flag that the other one takes back again if he is not waited for already. */
static void spin_for_ever(void *self)
{
	const struct program_agent *a = self;
	int32_t *v = a->state->v;

	if (a->number) {
		counter_store(&v[0], 1);
		counter_store(&v[0], 0);
		return;
	}
	while (!counter_load(&v[0]))
		;
}

static const struct ending {
	struct program program;
	bool deadlock, livelock;
} endings[] = {
	{ { .name = "locks in two orders", .body = locks_in_two_orders, .agents = 2 }, true, false },
	{ { .name = "locks in one order", .body = locks_in_one_order, .agents = 2 }, false, false },
	{ { .name = "polite", .body = polite, .agents = 2 }, false, false },
	{ { .name = "spin", .body = spin, .agents = 2 }, false, false },
	{ { .name = "spin for ever", .body = spin_for_ever, .agents = 2 }, false, true },
};

static bool keep_livelock(void *context, const struct explore_run *run)
{
	if (run->end == EXPLORE_LIVELOCK)
		explore_schedule_copy(context, &run->schedule);
	return true;
}

static void locks_and_spins_end_as_they_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct explore_options options = options_of(&endings[i].program);
		struct explore_schedule way = { 0 };
		struct explore_stats stats;

		options.visit = keep_livelock;
		options.context = &way;
		explore(&options, &stats);
		print_message("%-20s %llu states, %llu blocked, %llu livelocks\n", endings[i].program.name,
			      (unsigned long long)stats.states, (unsigned long long)stats.blocked,
			      (unsigned long long)stats.livelocks);
		assert_true(stats.exhausted);
		assert_int_equal(stats.blocked > 0, endings[i].deadlock);
		assert_int_equal(stats.livelocks > 0, endings[i].livelock);
		assert_int_equal(way.length > 0, endings[i].livelock);
		if (way.length)
			assert_int_equal(explore_replay(&options, &way, NULL, NULL), EXPLORE_REPLAYED);
		explore_schedule_free(&way);
	}
}

/* ---- what is far away ---- */

static void go_far(void *self)
{
	const struct program_agent *a = self;

	for (int i = 0; i < 6000 && a->number == 0; i++)
		counter_store(&a->state->v[0], i);
	if (counter_load(&a->state->v[0]) == 5999)
		agent_report(0);
}

static const struct program far = { .name = "far", .body = go_far, .agents = 2 };

static bool keep(void *context, const struct explore_run *run)
{
	if (run->end != EXPLORE_STOPPED)
		return true;
	explore_schedule_copy(context, &run->schedule);
	return false;
}

static bool reported(void *context, const enum explore_end *end)
{
	(void)context;
	(void)end;
	return agent_reported();
}

/* No number of steps is too many, for the search or for what makes a way shorter. */
static void a_long_way_is_no_livelock(void **state)
{
	struct explore_options options = options_of(&far);
	struct explore_schedule way = { 0 };
	struct explore_stats stats;

	(void)state;
	options.visit = keep;
	options.context = &way;
	options.stop_on = 1;
	explore(&options, &stats);
	assert_true(stats.by_visitor);
	assert_true(way.length > AGENT_MAX_STEPS);
	assert_true(explore_shorten(&options, &way, reported, NULL, 1000000));
	assert_int_equal(explore_replay(&options, &way, NULL, NULL), EXPLORE_REPLAYED);
	explore_schedule_free(&way);
}

/* ---- a process that dies ---- */

static bool die_when_signalling;

/* In the place of the library's: a process of the search calls it with the lock of all taken. */
int pthread_cond_signal(pthread_cond_t *cond)
{
	if (die_when_signalling)
		raise(SIGKILL);
	return pthread_cond_broadcast(cond);
}

/* By a signal that nothing can be done about, in the worst moment: the search ends all the same, and says so. */
static void a_process_that_dies_ends_the_search(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		struct explore_options options = options_of(program_find("lastzero-12"));
		struct explore_stats stats;

		/* Without an end of its own it would wait for ever. */
		alarm(60);
		die_when_signalling = true;
		options.jobs = 3;
		explore(&options, &stats);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_programs_have_the_same_ends),
		cmocka_unit_test(spinning_programs_have_the_same_ends),
		cmocka_unit_test(processes_find_what_one_finds),
		cmocka_unit_test(processes_share_larger_searches),
		cmocka_unit_test(every_process_helps),
		cmocka_unit_test(known_programs_have_the_same_ends),
		cmocka_unit_test(a_long_way_is_no_livelock),
		cmocka_unit_test(locks_and_spins_end_as_they_should),
		cmocka_unit_test(a_process_that_dies_ends_the_search),
	};

	if (argc > 1)
		first_seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		programs = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
