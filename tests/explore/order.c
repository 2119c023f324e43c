/* SPDX-License-Identifier: MIT */
/* order.c - one execution as a partial order: clocks, what is left without some steps, values, and steps taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/explore/steps.h"

static struct order *o;

static int begin(void **state)
{
	(void)state;
	agent_reset();
	o = calloc(1, sizeof(*o));
	if (o)
		explore_order_reset(o, true);
	return !o;
}

static int end(void **state)
{
	(void)state;
	free(o);
	return 0;
}

/* The number of the step. */
static int push(struct agent_event e)
{
	*explore_order_next(o) = e;
	explore_order_push(o);
	return o->length - 1;
}

static void assert_before(int a, int b)
{
	assert_true(explore_order_before(o, a, b));
	assert_false(explore_order_before(o, b, a));
}

static void assert_apart(int a, int b)
{
	assert_false(explore_order_before(o, a, b));
	assert_false(explore_order_before(o, b, a));
}

static void kinds_commute_with_themselves_but_for_write(void **state)
{
	static const enum agent_op ops[] = { AGENT_WRITE, AGENT_READ, AGENT_ADD, AGENT_SHARE, AGENT_JOIN, AGENT_TAKE };
	struct step a, b;

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		for (unsigned int j = 0; j < 6; j++) {
			a = step_of(event(0, X, ops[i], 1));
			b = step_of(and_also(event(1, Y, AGENT_WRITE, 1), X, ops[j], 1));
			assert_int_equal(explore_step_depends(&a, &b), i != j || i == 0);
			assert_int_equal(explore_step_depends(&b, &a), i != j || i == 0);
		}
	}
	a = step_of(event(0, X, AGENT_WRITE, 1));
	b = step_of(event(1, Y, AGENT_WRITE, 1));
	assert_false(explore_step_depends(&a, &b));
}

static void a_step_is_the_same_if_it_touches_the_same(void **state)
{
	struct agent_event a = event(0, X, AGENT_WRITE, 1), b = event(0, X, AGENT_WRITE, 2);

	(void)state;
	assert_true(explore_event_same(&a, &b)); /* values may differ */
	b = event(0, X, AGENT_READ, 1);
	assert_false(explore_event_same(&a, &b));
	b = and_also(a, Y, AGENT_READ, 0);
	assert_false(explore_event_same(&a, &b));
	b = a;
	b.choices = 2;
	assert_false(explore_event_same(&a, &b));
}

static void dependent_steps_are_ordered_and_others_are_not(void **state)
{
	int w, r1, r2, y, late;

	(void)state;
	w = push(event(0, X, AGENT_WRITE, 1));
	r1 = push(event(1, X, AGENT_READ, 0));
	r2 = push(event(2, X, AGENT_READ, 0));
	y = push(event(3, Y, AGENT_WRITE, 1));
	assert_before(w, r1);
	assert_before(w, r2);
	assert_apart(r1, r2);
	assert_apart(w, y);
	late = push(event(3, X, AGENT_WRITE, 2));
	assert_before(y, late); /* one agent */
	assert_before(r1, late);
	assert_before(r2, late);
	assert_before(w, late);
}

/* An access depends on all of the group before its own, and what that depends on, by way of other objects too. */
static void order_is_transitive_and_goes_by_groups(void **state)
{
	int a0, a1, w, j0, j1, t, z;

	(void)state;
	a0 = push(event(0, X, AGENT_ADD, 1));
	a1 = push(event(1, X, AGENT_ADD, 1));
	assert_apart(a0, a1);
	w = push(and_also(event(2, X, AGENT_READ, 0), Y, AGENT_WRITE, 1));
	j0 = push(event(3, Y, AGENT_JOIN, 0));
	j1 = push(event(4, Y, AGENT_JOIN, 0));
	t = push(event(5, Y, AGENT_TAKE, 0));
	z = push(event(6, Z, AGENT_WRITE, 0));
	assert_before(a0, w);
	assert_before(a1, w);
	assert_before(a1, j1);
	assert_apart(j0, j1);
	assert_before(j0, t);
	assert_before(j1, t);
	assert_before(a0, t);
	for (int i = 0; i < z; i++)
		assert_apart(i, z);
}

static void what_is_taken_back_was_never_there(void **state)
{
	int w, r;

	(void)state;
	w = push(event(0, X, AGENT_WRITE, 1));
	push(event(1, X, AGENT_WRITE, 2));
	push(and_also(event(2, X, AGENT_READ, 0), Y, AGENT_WRITE, 1));
	explore_order_truncate(o, 1);
	assert_int_equal(o->length, 1);
	assert_int_equal(o->last[1], ORDER_NONE);
	r = push(event(2, X, AGENT_READ, 0));
	assert_before(w, r);
	assert_int_equal(o->steps[r].before[0].step, w);
	assert_int_equal(o->steps[r].own, ORDER_NONE);
	assert_int_equal(o->head[Y].step, ORDER_NONE);
	assert_int_equal(o->clocks[r].of[1], 0);
}

static void a_cut_takes_out_all_that_comes_after(void **state)
{
	struct cut cut = { 0 };
	int w, r, other, own;

	(void)state;
	w = push(event(0, X, AGENT_WRITE, 1));
	r = push(event(1, X, AGENT_READ, 0));
	other = push(event(2, Y, AGENT_WRITE, 1));
	own = push(event(1, Z, AGENT_WRITE, 1));
	explore_cut_add(o, &cut, own);
	assert_true(explore_cut_leaves(o, &cut, r));
	assert_false(explore_cut_leaves(o, &cut, own));
	/* One more that comes before it makes the first superfluous. */
	explore_cut_add(o, &cut, r);
	assert_int_equal(cut.length, 1);
	assert_false(explore_cut_leaves(o, &cut, r));
	assert_false(explore_cut_leaves(o, &cut, own));
	assert_true(explore_cut_leaves(o, &cut, w));
	assert_true(explore_cut_leaves(o, &cut, other));
	explore_cut_add(o, &cut, other);
	assert_int_equal(cut.length, 2);
}

static void values_are_known_without_some_steps(void **state)
{
	struct cut cut = { 0 };
	int write, add, last;
	struct order_link end;

	(void)state;
	push(event(0, X, AGENT_ADD, 7));
	write = push(event(1, X, AGENT_WRITE, 10));
	add = push(event(2, X, AGENT_ADD, 2));
	push(event(3, X, AGENT_SHARE, 3));
	last = push(event(4, X, AGENT_READ, 0));
	end = (struct order_link){ (int16_t)last, 0 };
	assert_int_equal(explore_order_value_without(o, X, end, &cut), 15);
	explore_cut_add(o, &cut, add);
	assert_int_equal(explore_order_value_without(o, X, end, &cut), 10);
	cut.length = 0;
	explore_cut_add(o, &cut, write);
	assert_int_equal(explore_order_value_without(o, X, end, &cut), 7);
	cut.length = 0;
	explore_cut_add(o, &cut, 0);
	assert_int_equal(explore_order_value_without(o, X, end, &cut), 0);
}

/* What an agent waits for at the end has a place, and is no step. */
static void a_pending_step_is_placed_and_not_taken(void **state)
{
	struct agent_event e = event(1, X, AGENT_READ, 0);
	const struct order_step *pending;
	int w;

	(void)state;
	push(event(1, Y, AGENT_WRITE, 1));
	w = push(event(0, X, AGENT_WRITE, 1));
	pending = explore_order_pending(o, &e);
	assert_int_equal(pending->own, 0);
	assert_int_equal(pending->before[0].step, w);
	assert_int_equal(o->clocks[o->length].of[0], 1);
	assert_int_equal(o->clocks[o->length].of[1], 2);
	assert_int_equal(o->length, 2);
	assert_int_equal(o->head[X].step, w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_commute_with_themselves_but_for_write),
		cmocka_unit_test(a_step_is_the_same_if_it_touches_the_same),
		cmocka_unit_test_setup_teardown(dependent_steps_are_ordered_and_others_are_not, begin, end),
		cmocka_unit_test_setup_teardown(order_is_transitive_and_goes_by_groups, begin, end),
		cmocka_unit_test_setup_teardown(what_is_taken_back_was_never_there, begin, end),
		cmocka_unit_test_setup_teardown(a_cut_takes_out_all_that_comes_after, begin, end),
		cmocka_unit_test_setup_teardown(values_are_known_without_some_steps, begin, end),
		cmocka_unit_test_setup_teardown(a_pending_step_is_placed_and_not_taken, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
