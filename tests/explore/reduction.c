/* SPDX-License-Identifier: MIT */
/*
 * reduction.c - reduction loses nothing: on generated programs the traces and outcomes found with it are exactly
 * those of all interleavings, and it runs each trace once. Nor does it lose an outcome to go on from each state once, with a bound.
 *
 * explore_reduction [FIRST [NUMBER]] checks other seeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/explore/generated.h"

static uint64_t first_seed = 1, programs = 3000;

enum {
	MOST_INTERLEAVINGS = 20000
};

static void show(struct generated *g, uint64_t seed, const struct generated_result *all,
		 const struct generated_result *reduced)
{
	fprintf(stderr, "replay: build/tests/explore/reduction %llu 1\n", (unsigned long long)seed);
	generated_print(stderr, g);
	fprintf(stderr, "traces %zu, with reduction %zu in %llu executions; outcomes %zu, with reduction %zu\n",
		all->traces.length, reduced->traces.length, (unsigned long long)explore_executions(&reduced->stats),
		all->outcomes.length, reduced->outcomes.length);
}

static bool agree(const struct generated_result *all, const struct generated_result *reduced)
{
	return hashes_equal(&all->traces, &reduced->traces) && hashes_equal(&all->outcomes, &reduced->outcomes) &&
	       explore_executions(&reduced->stats) == reduced->traces.length && reduced->stats.redundant == 0 &&
	       reduced->stats.exhausted;
}

/* False: too large to run all interleavings. */
static bool check_program(uint64_t seed, uint64_t *deadlocks, uint64_t *saved)
{
	struct generated g;
	struct generated_result all, reduced;
	bool small;

	generate(&g, seed);
	generated_explore(&g, false, MOST_INTERLEAVINGS, &all);
	small = all.stats.exhausted;
	if (small) {
		generated_explore(&g, true, 0, &reduced);
		if (!agree(&all, &reduced)) {
			show(&g, seed, &all, &reduced);
			fail();
		}
		*deadlocks += reduced.stats.blocked > 0;
		*saved += explore_executions(&all.stats) - explore_executions(&reduced.stats);
		generated_result_free(&reduced);
	}
	generated_result_free(&all);
	return small;
}

static void generated_programs_agree(void **state)
{
	uint64_t checked = 0, deadlocks = 0, saved = 0;

	(void)state;
	for (uint64_t seed = first_seed; seed < first_seed + programs; seed++)
		checked += check_program(seed, &deadlocks, &saved);
	print_message("%llu programs, %llu of them can deadlock; %llu interleavings not run\n",
		      (unsigned long long)checked, (unsigned long long)deadlocks, (unsigned long long)saved);
	/* The generator must not drift to programs that are too large, never wait, or leave nothing to reduce. */
	if (programs >= 3000) {
		assert_true(checked > 2500);
		assert_true(deadlocks > 500);
		assert_true(saved > 100000);
	}
}

/* Returns how many executions were not run. */
static uint64_t check_once(struct generated *g, uint64_t seed, int bound)
{
	struct explore_options options = explore_defaults(generated_set_up, g);
	struct generated_result all, once;
	uint64_t saved;

	options.bound = bound;
	generated_explore_as(&options, &all);
	options.once = true;
	generated_explore_as(&options, &once);
	saved = explore_executions(&all.stats) - explore_executions(&once.stats);
	if (!hashes_equal(&all.outcomes, &once.outcomes) || !all.stats.exhausted || !once.stats.exhausted) {
		show(g, seed, &all, &once);
		fail_msg("with at most %d preemptions", bound);
	}
	generated_result_free(&all);
	generated_result_free(&once);
	return saved;
}

static void each_state_once_comes_to_all_outcomes(void **state)
{
	uint64_t saved = 0;
	struct generated g;

	(void)state;
	for (uint64_t seed = first_seed; seed < first_seed + (programs + 9) / 10; seed++) {
		generate(&g, seed);
		for (int bound = 0; bound <= 3; bound++)
			saved += check_once(&g, seed, bound);
	}
	print_message("with a bound %llu executions not run\n", (unsigned long long)saved);
	if (programs >= 3000)
		assert_true(saved > 100000);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_programs_agree),
		cmocka_unit_test(each_state_once_comes_to_all_outcomes),
	};

	if (argc > 1)
		first_seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		programs = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
