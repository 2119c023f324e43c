/* SPDX-License-Identifier: MIT */
/* counts.c - the explorer finds exactly as many traces as GenMC and Nidhugg, and no execution twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "tests/explore/generated.h"
#include "tests/explore/programs.h"

static struct explore_options options_of(const struct program *p)
{
	return explore_defaults(program_set_up, (void *)(uintptr_t)p);
}

static void number_of_traces_is_exact(void **state)
{
	struct explore_stats stats;

	(void)state;
	for (const struct program *p = program_list; p->name; p++) {
		struct explore_options options = options_of(p);

		explore(&options, &stats);
		print_message("%-20s %llu traces, %llu blocked\n", p->name, (unsigned long long)stats.complete,
			      (unsigned long long)stats.blocked);
		assert_int_equal(stats.complete, p->traces);
		assert_int_equal(stats.blocked, p->blocked);
		assert_int_equal(stats.redundant, 0);
		assert_int_equal(stats.too_long, 0);
		assert_true(stats.exhausted);
	}
}

static bool collect_trace(void *context, const struct explore_run *run)
{
	hashes_add(context, trace_hash(run));
	return true;
}

/* The number is the number of different traces among all interleavings, not just what two tools happen to print. */
static void traces_are_those_of_all_interleavings(void **state)
{
	static const char *const small[] = { "ainc-2",	   "ainc-3",	 "lastzero-3",	      "fib-2",
					     "ticket-3x1", "peterson-2", "peterson-either-2", "pending-4" };
	struct explore_stats stats;

	(void)state;
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		const struct program *p = program_find(small[i]);
		struct explore_options options = options_of(p);
		struct hashes traces = { 0 };

		options.reduce = false;
		options.visit = collect_trace;
		options.context = &traces;
		explore(&options, &stats);
		hashes_sort(&traces);
		print_message("%-20s %llu interleavings, %zu traces\n", p->name,
			      (unsigned long long)explore_executions(&stats), traces.length);
		assert_true(stats.exhausted);
		assert_int_equal(traces.length, p->traces + p->blocked);
		free(traces.list);
	}
}

static bool last_ticket_counted(void *context, const struct explore_run *run)
{
	(void)run;
	*(unsigned int *)context += program_state()->v[2] == 12;
	return true;
}

static void visitor_sees_the_world_at_its_end(void **state)
{
	struct explore_options options = options_of(program_find("ticket-3x4"));
	struct explore_stats stats;
	unsigned int right = 0;

	(void)state;
	options.visit = last_ticket_counted;
	options.context = &right;
	explore(&options, &stats);
	assert_int_equal(right, 34650);
	assert_int_equal(stats.deepest, 60);
}

/* 518,400 executions take as much memory as 14,400. */
static void memory_is_flat(void **state)
{
	struct explore_options small = options_of(program_find("ainc-5")), large = options_of(program_find("ainc-6"));
	struct rusage before, after;
	struct explore_stats stats;

	(void)state;
	explore(&small, &stats);
	getrusage(RUSAGE_SELF, &before);
	explore(&large, &stats);
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(number_of_traces_is_exact),
		cmocka_unit_test(traces_are_those_of_all_interleavings),
		cmocka_unit_test(visitor_sees_the_world_at_its_end),
		cmocka_unit_test(memory_is_flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
