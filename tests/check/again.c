/* SPDX-License-Identifier: MIT */
/*
 * again.c - what the checker does with searches. One that has to be made again, as more is known by then of what agents share, begins
 * again early: what is thrown away is little beside the search that counts, in one process and in several. And of what several processes
 * have found, one that can be shown goes before one that is too long to be.
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

/* Not 0: so long has each search taken, whatever it has. What each was given is taken down. */
static double pretended_seconds;
static double given[20];

void __real_explore(const struct explore_options *options, struct explore_stats *stats);
void __wrap_explore(const struct explore_options *options, struct explore_stats *stats);

/* Not NULL: so many processes have each found a livelock, after so many steps; none is searched for. */
static const unsigned int *pretended;
static unsigned int nr_pretended;

/* As the explorer does it where several processes search: each begins with what the result was, and all are joined to it. */
static void pretend(const struct explore_options *options)
{
	char *own = malloc(options->result_bytes), *found = malloc(nr_pretended * options->result_bytes);

	assert_true(own && found);
	memcpy(own, options->result, options->result_bytes);
	for (unsigned int i = 0; i < nr_pretended; i++) {
		struct explore_schedule way = { pretended[i], calloc(pretended[i], sizeof(*way.steps)) };

		assert_non_null(way.steps);
		options->visit(options->context, &(struct explore_run){ EXPLORE_LIVELOCK, way, NULL });
		memcpy(found + i * options->result_bytes, options->result, options->result_bytes);
		memcpy(options->result, own, options->result_bytes);
		free(way.steps);
	}
	for (unsigned int i = 0; i < nr_pretended; i++)
		options->join(options->context, found + i * options->result_bytes);
	free(own);
	free(found);
}

/* In the place of the explorer's. */
void __wrap_explore(const struct explore_options *options, struct explore_stats *stats)
{
	if (pretended) {
		pretend(options);
		*stats = (struct explore_stats){ .by_visitor = true };
		return;
	}
	__real_explore(options, stats);
	if (pretended_seconds > 0)
		stats->seconds = pretended_seconds;
	assert_true(searches < sizeof(given) / sizeof(given[0]));
	given[searches] = options->max_seconds;
	searches++;
	transitions += stats->transitions;
}

/* What it comes to, if it is expected to be safe. */
static void run_file(const char *path, unsigned int jobs, double max_seconds, struct outcome *outcome)
{
	char *argument = strdup(path);
	struct request *request = calloc(1, sizeof(*request));
	struct job job = { .kind = JOB_EXPECT, .arch = tlb_arch_find("arm64"), .expect = -1 };
	int arch;

	assert_true(request && argument);
	words_init(&request->words);
	request->run.explore = explore_defaults(NULL, NULL);
	request->run.explore.search = EXPLORE_STATES;
	request->run.explore.jobs = jobs;
	request->run.explore.max_seconds = max_seconds;
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
	free(argument);
}

static void run(unsigned int jobs, double max_seconds, struct outcome *outcome)
{
	run_file("tests/check/dontneed-store-load.litmus", jobs, max_seconds, outcome);
}

static void little_is_thrown_away(void **state)
{
	struct outcome *one = calloc(1, sizeof(*one)), *two = calloc(1, sizeof(*two));

	(void)state;
	assert_true(one && two);
	run(1, 0, one);
	print_message("%u searches, %llu transitions, %llu of them in the last\n", searches,
		      (unsigned long long)transitions, (unsigned long long)one->stats.transitions);
	/* It is made again, and what is told is the last search, of all states. */
	assert_true(searches > 1 && one->stats.exhausted && !one->found && !one->stats.outdated);
	assert_true(one->stats.states > 10000);
	assert_true(transitions - one->stats.transitions <= one->stats.transitions / 5);
	run(2, 0, two);
	print_message("of two processes: %u searches, %llu transitions\n", searches, (unsigned long long)transitions);
	assert_true(searches > 1 && two->stats.exhausted && !two->found && !two->stats.outdated);
	assert_int_equal(two->stats.states, one->stats.states);
	assert_true(transitions - two->stats.transitions <= two->stats.transitions / 3);
	free(one);
	free(two);
}

/* Here a search comes to what the first steps may do otherwise when it is half through, and again when it is nearly at its end. */
static void what_comes_late_is_sampled(void **state)
{
	struct outcome *outcome = calloc(1, sizeof(*outcome));

	(void)state;
	assert_non_null(outcome);
	run_file("litmus/vm/vcpu-vs-exit.litmus", 1, 0, outcome);
	print_message("%u searches, %llu transitions, %llu of them in the last\n", searches,
		      (unsigned long long)transitions, (unsigned long long)outcome->stats.transitions);
	assert_true(outcome->stats.exhausted && !outcome->found && outcome->stats.transitions > 100000);
	assert_true(transitions - outcome->stats.transitions <= outcome->stats.transitions / 2);
	free(outcome);
}

/* A limit is of the exploration: what one search has taken the next ones have not. */
static void they_share_their_time(void **state)
{
	struct outcome *outcome = calloc(1, sizeof(*outcome));
	unsigned int all;

	(void)state;
	assert_non_null(outcome);
	run(1, 0, outcome);
	all = searches;
	assert_true(all > 1);
	pretended_seconds = 1000;
	run(1, 1000 * all + 10, outcome);
	assert_int_equal(searches, all);
	assert_true(outcome->stats.exhausted && !outcome->stats.out_of_time);
	for (unsigned int i = 0; i < all; i++)
		assert_int_equal((int)given[i], 1000 * (all - i) + 10);
	assert_int_equal((int)outcome->stats.seconds, 1000 * all);
	run(1, 1000 * (all - 1) - 10, outcome);
	pretended_seconds = 0;
	assert_int_equal(searches, all - 1);
	assert_true(!outcome->stats.exhausted && outcome->stats.out_of_time);
	free(outcome);
}

static void find(const unsigned int *lengths, unsigned int nr, struct outcome *outcome)
{
	pretended = lengths;
	nr_pretended = nr;
	run(1, 0, outcome);
	pretended = NULL;
}

static void what_can_be_shown_is_shown(void **state)
{
	enum {
		TOO_MANY = (1 << 18) + 1 /* LONGEST of check/run.c, and one more */
	};
	struct outcome *outcome = calloc(1, sizeof(*outcome));

	(void)state;
	assert_non_null(outcome);
	find((const unsigned int[]){ 7, TOO_MANY, 5 }, 3, outcome);
	assert_string_equal(outcome->too_big, "");
	assert_int_equal(outcome->found, 1u << MODEL_LIVELOCK);
	assert_int_equal(outcome->length, 5);
	find((const unsigned int[]){ TOO_MANY, 7 }, 2, outcome);
	assert_string_equal(outcome->too_big, "");
	assert_int_equal(outcome->length, 7);
	find((const unsigned int[]){ TOO_MANY, TOO_MANY }, 2, outcome);
	assert_non_null(strstr(outcome->too_big, "steps to a counterexample"));
	free(outcome);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(little_is_thrown_away),
		cmocka_unit_test(what_comes_late_is_sampled),
		cmocka_unit_test(they_share_their_time),
		cmocka_unit_test(what_can_be_shown_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
