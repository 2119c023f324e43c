/* SPDX-License-Identifier: MIT */
/* limits.c - what ends a search over states before all are met: too many of them, and that it is known to be in vain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "explore/states.h"
#include "tests/explore/programs.h"

static struct explore_options options_of(const struct program *p)
{
	struct explore_options options = explore_defaults(program_set_up, (void *)(uintptr_t)p);

	options.search = EXPLORE_STATES;
	return options;
}

/* More states than a search has numbers for would be counted from 0 again. Nobody can meet so many in a test. */
static void too_many_states_are_a_limit(void **state)
{
	struct explore_options options = explore_defaults(NULL, NULL);
	struct explore_stats stats = { 0 };
	struct states s = { .options = &options, .stats = &stats, .visited = explore_visited_new(1) };

	(void)state;
	explore_visited_number_from(s.visited, VISITED_MOST_STATES - 5, 3);
	for (uint32_t n = 0; n < 2; n++) {
		assert_false(s.halt || explore_visited_is_full(s.visited));
		assert_int_equal(explore_visited_meet(s.visited, (struct agent_fingerprint){ 1, n }, 0).number,
				 VISITED_MOST_STATES - 5 + 3 * n);
		explore_states_check_limits(&s);
	}
	assert_true(s.halt);
	assert_string_equal(stats.limit.what, "states");
	assert_int_equal(stats.limit.most, VISITED_MOST_STATES);
	explore_visited_free(s.visited);
}

/* ---- a search that is known to be in vain ---- */

static bool yes(void *asked)
{
	(*(unsigned int *)asked)++;
	return true;
}

/* Whoever is told so first ends it for all of them; and it is no search that has ended. */
static void an_outdated_search_ends(void **state)
{
	(void)state;
	for (unsigned int jobs = 1; jobs <= 3; jobs++) {
		struct explore_options options = options_of(program_find("lastzero-12"));
		struct explore_stats stats;
		unsigned int asked = 0;

		options.jobs = jobs;
		options.outdated = yes;
		options.context = &asked;
		explore(&options, &stats);
		assert_true(stats.outdated && !stats.exhausted && !stats.by_visitor);
		assert_true(stats.transitions >= EXPLORE_FIRST_ASKED);
		/* One process counts for itself, and asks no other. */
		if (jobs == 1) {
			assert_int_equal(asked, 1);
			assert_int_equal(stats.transitions, EXPLORE_FIRST_ASKED);
		}
	}
}

static bool no(void *asked)
{
	(*(unsigned int *)asked)++;
	return false;
}

/* After 1,000 transitions, 4,000, 16,000 ... */
static void it_is_asked_ever_more_rarely(void **state)
{
	struct explore_options options = options_of(program_find("lastzero-12"));
	unsigned int asked = 0, expected = 0;
	struct explore_stats stats;

	(void)state;
	options.outdated = no;
	options.max_states = 10000;
	options.context = &asked;
	explore(&options, &stats);
	assert_false(stats.outdated);
	for (uint64_t at = EXPLORE_FIRST_ASKED; at <= stats.transitions; at *= 4)
		expected++;
	assert_true(expected > 1);
	assert_int_equal(asked, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_many_states_are_a_limit),
		cmocka_unit_test(an_outdated_search_ends),
		cmocka_unit_test(it_is_asked_ever_more_rarely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
