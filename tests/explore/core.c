/* SPDX-License-Identifier: MIT */
/* core.c - the step engine: touches, values, conditions, the way back, and what makes it panic. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "explore/agent.h"

static int32_t *v; /* in the arena */

static void set_up(void (*body)(void *), unsigned int agents)
{
	agent_reset();
	v = agent_alloc(8 * sizeof(*v));
	for (unsigned int i = 0; i < agents; i++)
		agent_spawn(body, v + i);
}

static struct agent_event run(int agent, unsigned int choice)
{
	struct agent_event event;

	agent_run(agent, choice, &event);
	return event;
}

/* Also behind what was asked for: all of it is part of a state. */
static void what_is_allocated_is_zero(void **state)
{
	const unsigned char none[32] = { 0 };
	unsigned char *p;

	(void)state;
	agent_reset();
	p = agent_alloc(sizeof(none));
	memset(p, 0xff, sizeof(none));
	agent_reset();
	assert_ptr_equal(agent_alloc(20), p);
	assert_memory_equal(p, none, sizeof(none));
}

/* ---- touches ---- */

static void touch(int32_t *p, enum agent_op op, int32_t value)
{
	agent_touch(agent_object(p), op, value);
}

static void touch_in_all_ways(void *arg)
{
	int32_t *p = arg;

	agent_step();
	touch(p, AGENT_ADD, 2);
	touch(p, AGENT_ADD, 3);
	touch(p + 1, AGENT_READ, 0);
	touch(p + 1, AGENT_READ, 0);
	touch(p + 2, AGENT_JOIN, 0);
	touch(p + 2, AGENT_JOIN, 0);
	agent_step();
	touch(p, AGENT_ADD, 1);
	touch(p, AGENT_READ, 0);
	touch(p + 1, AGENT_WRITE, 9);
	touch(p + 1, AGENT_READ, 0);
	touch(p + 2, AGENT_READ, 0);
	touch(p + 2, AGENT_WRITE, 4);
	touch(p + 2, AGENT_ADD, 1);
}

static void expect_touch(const struct agent_touch *t, const int32_t *p, enum agent_op op, int32_t value)
{
	assert_int_equal(t->object, agent_object(p));
	assert_int_equal(t->op, op);
	if (op != AGENT_READ)
		assert_int_equal(t->value, value);
	assert_int_equal(t->compare, AGENT_ALWAYS);
}

static void touches_of_one_object_become_one(void **state)
{
	struct agent_event event;

	(void)state;
	set_up(touch_in_all_ways, 1);
	assert_int_equal(run(0, 0).touches, 0);
	event = run(0, 0);
	assert_int_equal(event.touches, 3);
	expect_touch(&event.touch[0], v, AGENT_ADD, 5);
	expect_touch(&event.touch[1], v + 1, AGENT_READ, 0);
	expect_touch(&event.touch[2], v + 2, AGENT_JOIN, 0);
	event = run(0, 0);
	assert_int_equal(event.touches, 3);
	expect_touch(&event.touch[0], v, AGENT_WRITE, 6);
	expect_touch(&event.touch[1], v + 1, AGENT_WRITE, 9);
	expect_touch(&event.touch[2], v + 2, AGENT_WRITE, 5);
	assert_int_equal(agent_value(agent_object(v + 2)), 5);
	assert_true(agent_finished(0));
	assert_false(agent_enabled(0));
}

static void objects_are_named_by_place(void **state)
{
	uint16_t first, second;

	(void)state;
	set_up(touch_in_all_ways, 0);
	first = agent_object(v);
	second = agent_object(v + 1);
	assert_int_not_equal(first, 0);
	assert_int_not_equal(first, second);
	assert_int_equal((uintptr_t)agent_alloc(1) % 8, 0);
	set_up(touch_in_all_ways, 3);
	assert_int_equal(agent_object(v), first);
	assert_int_equal(agent_object(v + 1), second);
}

/* ---- conditions ---- */

static bool third_is_two(const void *arg)
{
	return ((const int32_t *)arg)[2] == 2;
}

static void wait_three_times(void *arg)
{
	int32_t *p = arg;
	uint16_t objects[] = { agent_object(p + 2) };

	agent_step_when(agent_object(p), AGENT_AT_LEAST, 3);
	touch(p, AGENT_WRITE, 0);
	agent_step_when(agent_object(p + 1), AGENT_NOT_EQUAL, 0);
	agent_step_until(third_is_two, p, objects, 1);
}

static void waiting_is_a_condition(void **state)
{
	struct agent_event event;

	(void)state;
	set_up(wait_three_times, 1);
	run(0, 0);
	assert_false(agent_enabled(0));
	assert_false(agent_finished(0));
	assert_true(agent_blocked_on(0, &event));
	assert_int_equal(event.touches, 1);
	assert_int_equal(event.touch[0].compare, AGENT_AT_LEAST);
	assert_int_equal(event.touch[0].operand, 3);
	touch(v, AGENT_ADD, 3);
	assert_true(agent_enabled(0));
	assert_false(agent_blocked_on(0, &event));
	event = run(0, 0);
	assert_int_equal(event.touches, 1);
	assert_int_equal(event.touch[0].op, AGENT_WRITE);
	assert_int_equal(event.touch[0].compare, AGENT_AT_LEAST);
	touch(v + 1, AGENT_WRITE, 1);
	assert_int_equal(run(0, 0).touch[0].compare, AGENT_NOT_EQUAL);
	assert_false(agent_enabled(0));
	v[2] = 2;
	assert_true(agent_enabled(0));
	assert_int_equal(run(0, 0).touch[0].compare, AGENT_PREDICATE);
	assert_true(agent_finished(0));
}

static void daemon_waiting_is_finished(void **state)
{
	(void)state;
	set_up(wait_three_times, 2);
	agent_set_daemon(1);
	run(0, 0);
	run(1, 0);
	assert_false(agent_finished(0));
	assert_true(agent_finished(1));
	touch(v + 1, AGENT_WRITE, 3);
	assert_false(agent_finished(1));
}

/* ---- choices and reports ---- */

static void choose_and_report(void *arg)
{
	int32_t *p = arg;

	agent_step();
	p[0] = (int32_t)agent_choose(3);
	agent_step();
	agent_report((unsigned int)p[0]);
}

static void hardware_takes_the_wanted_choice(void **state)
{
	struct agent_event event;

	(void)state;
	for (unsigned int choice = 0; choice < 6; choice++) {
		set_up(choose_and_report, 1);
		run(0, 0);
		event = run(0, choice);
		assert_int_equal(event.choices, 3);
		assert_int_equal(event.choice, choice % 3);
		assert_int_equal(run(0, 0).choices, 1);
		assert_int_equal(agent_reported(), 1u << choice % 3);
	}
}

/* ---- the way back ---- */

static void count_on_the_stack(void *arg)
{
	int32_t *p = arg, local = 0;

	for (;;) {
		agent_step();
		local += 7;
		*p = local;
		touch(&local, AGENT_WRITE, local);
		touch(p, AGENT_WRITE, local);
		if (local == 35)
			agent_report(1);
	}
}

static void undoing_brings_everything_back(void **state)
{
	uint64_t mark;

	(void)state;
	set_up(count_on_the_stack, 2);
	for (int i = 0; i < 3; i++)
		run(0, 0);
	run(1, 0);
	mark = agent_mark();
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3; i++)
			run(0, 0);
		run(1, 0);
		assert_int_equal(v[0], 35);
		assert_int_equal(v[1], 7);
		assert_int_equal(agent_value(agent_object(v + 1)), 7);
		assert_int_equal(agent_reported(), 2);
		agent_undo(mark);
		assert_int_equal(v[0], 14);
		assert_int_equal(v[1], 0);
		assert_int_equal(agent_value(agent_object(v)), 14);
		/* Touched for the first time after the mark. */
		assert_int_equal(agent_value(agent_object(v + 1)), 0);
		assert_int_equal(agent_reported(), 0);
	}
}

static void expect_counts(int32_t first, int32_t second)
{
	assert_int_equal(v[0], first);
	assert_int_equal(v[1], second);
	assert_int_equal(agent_value(agent_object(v)), first);
	assert_int_equal(agent_reported(), first >= 35 ? 2 : 0);
}

/* Stacks too: each step adds to a local variable. */
static void a_look_goes_to_any_mark_and_loses_none(void **state)
{
	static const unsigned int looks[] = { 2, 6, 0, 5, 5, 1, 6 };
	uint64_t mark[7];

	(void)state;
	set_up(count_on_the_stack, 2);
	run(0, 0);
	run(1, 0);
	for (int i = 0; i < 7; i++) {
		mark[i] = agent_mark();
		run(0, 0);
	}
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		int32_t there = 7 * (int32_t)looks[i];

		agent_look(mark[looks[i]]);
		expect_counts(there, 0);
		/* Another way from there, which nobody goes back along. */
		run(1, 0);
		run(0, 0);
		expect_counts(there + 7, 7);
	}
	agent_undo(mark[4]);
	expect_counts(28, 0);
	run(0, 0);
	agent_undo(mark[3]);
	expect_counts(21, 0);
}

/* ---- limits ---- */

static void eat_the_stack(void *arg)
{
	volatile unsigned char much[32 * 1024];

	agent_step();
	for (size_t i = 0; i < sizeof(much); i++)
		much[i] = (unsigned char)i;
	*(int32_t *)arg = much[99];
	agent_step();
}

static void touch_too_much(void *arg)
{
	agent_step();
	for (int i = 0; i <= AGENT_MAX_TOUCHES; i++)
		touch((int32_t *)arg + 4 * i, AGENT_READ, 0);
}

static void choose_among_many(void *arg)
{
	(void)arg;
	agent_step();
	agent_choose(256);
}

static void fill_the_arena(void *arg)
{
	(void)arg;
	agent_reset();
	for (;;)
		agent_alloc(100000);
}

static void spawn_too_many(void *arg)
{
	agent_reset();
	for (;;)
		agent_spawn(choose_among_many, arg);
}

static void assert_limit(const char *what, unsigned long most)
{
	assert_non_null(agent_limit());
	assert_string_equal(agent_limit()->what, what);
	assert_int_equal(agent_limit()->most, most);
}

/* What has met a limit stands still; a state from before it knows of none, and a new world neither. */
static void limits_end_an_execution_and_are_no_panic(void **state)
{
	static const struct {
		void (*body)(void *);
		const char *what;
		unsigned long most;
	} limits[] = {
		{ touch_too_much, "objects that one step touches", AGENT_MAX_TOUCHES },
		{ choose_among_many, "alternatives of one step", 255 },
		{ eat_the_stack, "bytes of stack of one agent", 16384 },
	};
	uint64_t mark;

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		agent_reset();
		v = agent_alloc(1024);
		agent_spawn(limits[i].body, v);
		agent_spawn(limits[i].body, v);
		assert_null(agent_limit());
		mark = agent_mark();
		run(1, 0);
		if (!agent_limit())
			run(1, 0);
		assert_limit(limits[i].what, limits[i].most);
		agent_undo(mark);
		assert_null(agent_limit());
	}
	assert_false(agent_set_up(fill_the_arena, NULL));
	assert_limit("bytes of memory", 16777216);
	assert_false(agent_set_up(spawn_too_many, NULL));
	assert_limit("agents (threads, interrupt handlers, schedulers)", AGENT_MAX_AGENTS);
	agent_reset();
	assert_null(agent_limit());
}

/* ---- panics ---- */

static void choose_twice(void *arg)
{
	(void)arg;
	agent_step();
	agent_choose(2);
	agent_choose(2);
}

static void touch_own_memory(void *arg)
{
	static int32_t elsewhere;

	(void)arg;
	agent_step();
	touch(&elsewhere, AGENT_READ, 0);
}

static void run_twice(void (*body)(void *))
{
	agent_reset();
	v = agent_alloc(1024);
	agent_spawn(body, v);
	agent_spawn(body, v);
	run(1, 0);
	run(1, 0);
}

static void expect_panic(void (*what)(void (*)(void *)), void (*body)(void *), const char *message)
{
	int fds[2], status;
	char said[4096] = "";
	size_t length = 0;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		dup2(fds[1], STDERR_FILENO);
		what(body);
		_exit(0);
	}
	close(fds[1]);
	while ((got = read(fds[0], said + length, sizeof(said) - 1 - length)) > 0)
		length += (size_t)got;
	close(fds[0]);
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(said, message));
}

static void misuse_panics_and_says_why(void **state)
{
	(void)state;
	expect_panic(run_twice, choose_twice, "second choice");
	expect_panic(run_twice, touch_own_memory, "outside the arena");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_allocated_is_zero),
		cmocka_unit_test(touches_of_one_object_become_one),
		cmocka_unit_test(objects_are_named_by_place),
		cmocka_unit_test(waiting_is_a_condition),
		cmocka_unit_test(daemon_waiting_is_finished),
		cmocka_unit_test(hardware_takes_the_wanted_choice),
		cmocka_unit_test(undoing_brings_everything_back),
		cmocka_unit_test(a_look_goes_to_any_mark_and_loses_none),
		cmocka_unit_test(limits_end_an_execution_and_are_no_panic),
		cmocka_unit_test(misuse_panics_and_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
