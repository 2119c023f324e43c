/* SPDX-License-Identifier: MIT */
/* tree.c - sequences and wakeup trees: what starts a sequence, what covers it, what a tree keeps of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "explore/tree.h"
#include "tests/explore/steps.h"

enum {
	MOST = 4,
};

/* Steps of agents 0, 1, 2 ... in this order, the last one reversed; and their clocks. */
static struct {
	struct step step[MOST];
	struct order_clock clock[MOST];
	struct sequence sequence;
} v;

static void begin(void)
{
	memset(v.clock, 0, sizeof(v.clock));
	v.sequence.length = 0;
}

/* The next one; it depends on those earlier ones that it touches something of. */
static void add(struct agent_event e)
{
	int nr = v.sequence.length;

	v.step[nr] = step_of(e);
	for (int i = 0; i < nr; i++) {
		if (v.step[i].did.agent != e.agent && !explore_step_depends(&v.step[i], &v.step[nr]))
			continue;
		for (int agent = 0; agent < AGENT_MAX_AGENTS; agent++)
			if (v.clock[nr].of[agent] < v.clock[i].of[agent])
				v.clock[nr].of[agent] = v.clock[i].of[agent];
	}
	v.clock[nr].of[e.agent]++;
	explore_sequence_add(&v.sequence, &v.step[nr], &v.clock[nr], nr);
}

static void add_last(struct agent_event e)
{
	add(e);
	v.sequence.items[v.sequence.length - 1].clock = NULL;
}

/* ---- what starts a sequence ---- */

static void a_step_starts_what_has_nothing_before_it(void **state)
{
	struct step s;

	(void)state;
	begin();
	add(event(0, X, AGENT_WRITE, 1));
	add(event(1, Y, AGENT_WRITE, 1));
	add_last(event(2, X, AGENT_READ, 0));
	s = step_of(event(0, X, AGENT_WRITE, 1));
	assert_int_equal(explore_sequence_place(&v.sequence, &s), 0);
	s = step_of(event(1, Y, AGENT_WRITE, 1));
	assert_int_equal(explore_sequence_place(&v.sequence, &s), 1);
	/* Behind what it depends on. */
	s = step_of(event(2, X, AGENT_READ, 0));
	assert_int_equal(explore_sequence_place(&v.sequence, &s), PLACE_NEVER);
	s = step_of(event(3, Z, AGENT_WRITE, 1));
	assert_int_equal(explore_sequence_place(&v.sequence, &s), PLACE_APART);
	s = step_of(event(3, Y, AGENT_READ, 0));
	assert_int_equal(explore_sequence_place(&v.sequence, &s), PLACE_NEVER);
	/* The same agent, another alternative of the hardware. */
	s = step_of(event(0, X, AGENT_WRITE, 1));
	s.did.choice = 1;
	assert_int_equal(explore_sequence_place(&v.sequence, &s), PLACE_NEVER);
}

static void what_sleeps_covers_what_it_starts(void **state)
{
	struct step inside = step_of(event(1, Y, AGENT_WRITE, 1)), apart = step_of(event(3, Z, AGENT_WRITE, 1)),
		    never = step_of(event(3, X, AGENT_READ, 0));
	const struct step *asleep[] = { &never, &apart, &inside };
	int last;

	(void)state;
	begin();
	add(event(0, X, AGENT_WRITE, 1));
	add_last(event(1, Y, AGENT_WRITE, 1));
	assert_true(explore_sequence_covered(&v.sequence, asleep, 3, &last));
	assert_int_equal(last, 1);
	/* What is in none of it is covered only as long as nothing is added. */
	assert_true(explore_sequence_covered(&v.sequence, asleep, 2, &last));
	assert_int_equal(last, ORDER_NONE);
	assert_false(explore_sequence_covered(&v.sequence, asleep, 1, &last));
	assert_false(explore_sequence_covered(&v.sequence, asleep, 0, &last));
}

/* ---- trees ---- */

static void insert(struct forest *forest, struct branch **list)
{
	struct sleepers none = { 0 };

	explore_tree_insert(forest, list, &v.sequence, &none);
	free(none.steps);
}

static void a_tree_keeps_what_the_last_step_depends_on(void **state)
{
	struct forest forest = { 0 };
	struct branch *list = NULL;

	(void)state;
	begin();
	add(event(0, X, AGENT_WRITE, 1));
	add(event(1, Y, AGENT_WRITE, 1));
	add_last(event(2, X, AGENT_READ, 0));
	insert(&forest, &list);
	assert_int_equal(list->step.did.agent, 0);
	assert_int_equal(list->child->step.did.agent, 2);
	assert_null(list->child->child);
	assert_null(list->next);
	explore_forest_close(&forest);
}

static void what_wakes_a_sleeper_is_kept_too(void **state)
{
	struct step sleeper = step_of(event(3, Y, AGENT_READ, 0));
	struct sleepers asleep = { 0 };
	struct forest forest = { 0 };
	struct branch *list = NULL;

	(void)state;
	begin();
	add(event(0, Z, AGENT_WRITE, 1));
	add(event(1, Y, AGENT_WRITE, 1));
	add_last(event(2, X, AGENT_READ, 0));
	explore_sleepers_add(&asleep, &sleeper);
	explore_tree_insert(&forest, &list, &v.sequence, &asleep);
	assert_int_equal(list->step.did.agent, 1);
	assert_int_equal(list->child->step.did.agent, 2);
	assert_null(list->child->child);
	free(asleep.steps);
	explore_forest_close(&forest);
}

static void what_a_tree_leads_to_is_not_added(void **state)
{
	struct forest forest = { 0 };
	struct branch *list = NULL, *first;

	(void)state;
	for (int again = 0; again < 2; again++) {
		begin();
		add(event(0, X, AGENT_WRITE, 1));
		add_last(event(1, X, AGENT_READ, 0));
		insert(&forest, &list);
	}
	first = list;
	assert_null(first->next);
	assert_null(first->child->next);
	/* Another order of the same two is another branch, behind the first. */
	begin();
	add(event(1, X, AGENT_READ, 0));
	add_last(event(0, X, AGENT_WRITE, 1));
	insert(&forest, &list);
	assert_ptr_equal(list, first);
	assert_int_equal(first->next->step.did.agent, 1);
	assert_null(first->next->next);
	explore_forest_close(&forest);
}

static void branches_are_used_again(void **state)
{
	struct forest forest = { 0 };
	uint64_t allocated = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct branch *list = NULL;

		begin();
		add(event(0, X, AGENT_WRITE, 1));
		add_last(event(1, X, AGENT_READ, 0));
		insert(&forest, &list);
		explore_branch_free_list(&forest, list);
		if (i == 0)
			allocated = forest.allocated;
	}
	assert_int_equal(forest.allocated, allocated);
	explore_forest_close(&forest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_starts_what_has_nothing_before_it),
		cmocka_unit_test(what_sleeps_covers_what_it_starts),
		cmocka_unit_test(a_tree_keeps_what_the_last_step_depends_on),
		cmocka_unit_test(what_wakes_a_sleeper_is_kept_too),
		cmocka_unit_test(what_a_tree_leads_to_is_not_added),
		cmocka_unit_test(branches_are_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
