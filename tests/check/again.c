/* SPDX-License-Identifier: MIT */
/*
 * again.c - a search that has to be made again, as more is known by then of what agents share, begins again early: what is thrown away is
 * little beside the search that counts, in one process and in several.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/arch.h"
#include "check/cli.h"

static unsigned int searches;
static uint64_t transitions; /* of all searches */

void __real_explore(const struct explore_options *options, struct explore_stats *stats);
void __wrap_explore(const struct explore_options *options, struct explore_stats *stats);

/* In the place of the explorer's. */
void __wrap_explore(const struct explore_options *options, struct explore_stats *stats)
{
	__real_explore(options, stats);
	searches++;
	transitions += stats->transitions;
}

/* What it comes to, of the only expectation. */
static void run(unsigned int jobs, struct outcome *outcome)
{
	char path[] = "tests/check/dontneed-store-load.litmus", *argument = path;
	struct request *request = calloc(1, sizeof(*request));
	struct job job = { .kind = JOB_EXPECT, .arch = tlb_arch_find("arm64"), .expect = -1 };
	int arch;

	assert_non_null(request);
	words_init(&request->words);
	request->run.explore = explore_defaults(NULL, NULL);
	request->run.explore.search = EXPLORE_STATES;
	request->run.explore.jobs = jobs;
	request->arguments = &argument;
	request->nr_arguments = 1;
	assert_true(load_scenarios(request));
	arch = words_find(request->words.arch, "arm64", 5);
	assert_true(arch >= 0);
	job.arch_number = (unsigned int)arch;
	job.litmus = request->scenarios[0].litmus;
	searches = 0;
	transitions = 0;
	run_job(&job, &request->run, outcome);
	free_scenarios(request);
	free(request);
}

static void little_is_thrown_away(void **state)
{
	struct outcome *one = calloc(1, sizeof(*one)), *two = calloc(1, sizeof(*two));

	(void)state;
	assert_true(one && two);
	run(1, one);
	print_message("%u searches, %llu transitions, %llu of them in the last\n", searches,
		      (unsigned long long)transitions, (unsigned long long)one->stats.transitions);
	/* It is made again, and what is told is the last search, of all states. */
	assert_true(searches > 1 && one->stats.exhausted && !one->found && !one->stats.outdated);
	assert_true(one->stats.states > 10000);
	assert_true(transitions - one->stats.transitions <= one->stats.transitions / 10);
	run(2, two);
	print_message("of two processes: %u searches, %llu transitions\n", searches, (unsigned long long)transitions);
	assert_true(searches > 1 && two->stats.exhausted && !two->found && !two->stats.outdated);
	assert_int_equal(two->stats.states, one->stats.states);
	assert_true(transitions - two->stats.transitions <= two->stats.transitions / 4);
	free(one);
	free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(little_is_thrown_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
