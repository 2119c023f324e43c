/* SPDX-License-Identifier: MIT */
/* core.c - the step engine: touches, values, conditions, snapshots, and what makes it panic. */
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
	model_core_reset();
	v = model_alloc(8 * sizeof(*v));
	for (unsigned int i = 0; i < agents; i++)
		model_spawn(body, v + i);
}

static struct model_event run(int agent, unsigned int choice)
{
	struct model_event event;

	model_run(agent, choice, &event);
	return event;
}

/* ---- touches ---- */

static void touch(int32_t *p, enum model_op op, int32_t value)
{
	model_touch(model_object(p), op, value);
}

static void touch_in_all_ways(void *arg)
{
	int32_t *p = arg;

	model_step();
	touch(p, MODEL_ADD, 2);
	touch(p, MODEL_ADD, 3);
	touch(p + 1, MODEL_READ, 0);
	touch(p + 1, MODEL_READ, 0);
	touch(p + 2, MODEL_JOIN, 0);
	touch(p + 2, MODEL_JOIN, 0);
	model_step();
	touch(p, MODEL_ADD, 1);
	touch(p, MODEL_READ, 0);
	touch(p + 1, MODEL_WRITE, 9);
	touch(p + 1, MODEL_READ, 0);
	touch(p + 2, MODEL_READ, 0);
	touch(p + 2, MODEL_WRITE, 4);
	touch(p + 2, MODEL_ADD, 1);
}

static void expect_touch(const struct model_touch *t, const int32_t *p, enum model_op op, int32_t value)
{
	assert_int_equal(t->object, model_object(p));
	assert_int_equal(t->op, op);
	if (op != MODEL_READ)
		assert_int_equal(t->value, value);
	assert_int_equal(t->compare, MODEL_ALWAYS);
}

static void touches_of_one_object_become_one(void **state)
{
	struct model_event event;

	(void)state;
	set_up(touch_in_all_ways, 1);
	assert_int_equal(run(0, 0).touches, 0);
	event = run(0, 0);
	assert_int_equal(event.touches, 3);
	expect_touch(&event.touch[0], v, MODEL_ADD, 5);
	expect_touch(&event.touch[1], v + 1, MODEL_READ, 0);
	expect_touch(&event.touch[2], v + 2, MODEL_JOIN, 0);
	event = run(0, 0);
	assert_int_equal(event.touches, 3);
	expect_touch(&event.touch[0], v, MODEL_WRITE, 6);
	expect_touch(&event.touch[1], v + 1, MODEL_WRITE, 9);
	expect_touch(&event.touch[2], v + 2, MODEL_WRITE, 5);
	assert_int_equal(model_value(model_object(v + 2)), 5);
	assert_true(model_finished(0));
	assert_false(model_enabled(0));
}

static void objects_are_named_by_place(void **state)
{
	uint16_t first, second;

	(void)state;
	set_up(touch_in_all_ways, 0);
	first = model_object(v);
	second = model_object(v + 1);
	assert_int_not_equal(first, 0);
	assert_int_not_equal(first, second);
	assert_int_equal((uintptr_t)model_alloc(1) % 8, 0);
	set_up(touch_in_all_ways, 3);
	assert_int_equal(model_object(v), first);
	assert_int_equal(model_object(v + 1), second);
}

/* ---- conditions ---- */

static bool third_is_two(const void *arg)
{
	return ((const int32_t *)arg)[2] == 2;
}

static void wait_three_times(void *arg)
{
	int32_t *p = arg;
	uint16_t objects[] = { model_object(p + 2) };

	model_step_when(model_object(p), MODEL_AT_LEAST, 3);
	touch(p, MODEL_WRITE, 0);
	model_step_when(model_object(p + 1), MODEL_NOT_EQUAL, 0);
	model_step_until(third_is_two, p, objects, 1);
}

static void waiting_is_a_condition(void **state)
{
	struct model_event event;

	(void)state;
	set_up(wait_three_times, 1);
	run(0, 0);
	assert_false(model_enabled(0));
	assert_false(model_finished(0));
	assert_true(model_blocked_on(0, &event));
	assert_int_equal(event.touches, 1);
	assert_int_equal(event.touch[0].compare, MODEL_AT_LEAST);
	assert_int_equal(event.touch[0].operand, 3);
	touch(v, MODEL_ADD, 3);
	assert_true(model_enabled(0));
	assert_false(model_blocked_on(0, &event));
	event = run(0, 0);
	assert_int_equal(event.touches, 1);
	assert_int_equal(event.touch[0].op, MODEL_WRITE);
	assert_int_equal(event.touch[0].compare, MODEL_AT_LEAST);
	touch(v + 1, MODEL_WRITE, 1);
	assert_int_equal(run(0, 0).touch[0].compare, MODEL_NOT_EQUAL);
	assert_false(model_enabled(0));
	v[2] = 2;
	assert_true(model_enabled(0));
	assert_int_equal(run(0, 0).touch[0].compare, MODEL_PREDICATE);
	assert_true(model_finished(0));
}

static void daemon_waiting_is_finished(void **state)
{
	(void)state;
	set_up(wait_three_times, 2);
	model_set_daemon(1);
	run(0, 0);
	run(1, 0);
	assert_false(model_finished(0));
	assert_true(model_finished(1));
	touch(v + 1, MODEL_WRITE, 3);
	assert_false(model_finished(1));
}

/* ---- choices and reports ---- */

static void choose_and_report(void *arg)
{
	int32_t *p = arg;

	model_step();
	p[0] = (int32_t)model_choose(3);
	model_step();
	model_report((unsigned int)p[0]);
}

static void hardware_takes_the_wanted_choice(void **state)
{
	struct model_event event;

	(void)state;
	for (unsigned int choice = 0; choice < 6; choice++) {
		set_up(choose_and_report, 1);
		run(0, 0);
		event = run(0, choice);
		assert_int_equal(event.choices, 3);
		assert_int_equal(event.choice, choice % 3);
		assert_int_equal(run(0, 0).choices, 1);
		assert_int_equal(model_reported(), 1u << choice % 3);
	}
}

/* ---- snapshots ---- */

static void count_on_the_stack(void *arg)
{
	int32_t *p = arg, local = 0;

	for (;;) {
		model_step();
		local += 7;
		*p = local;
		touch(&local, MODEL_WRITE, local);
		touch(p, MODEL_WRITE, local);
		if (local == 35)
			model_report(1);
	}
}

static void snapshot_brings_everything_back(void **state)
{
	unsigned char *saved;
	size_t size;

	(void)state;
	set_up(count_on_the_stack, 2);
	for (int i = 0; i < 3; i++)
		run(0, 0);
	run(1, 0);
	size = model_snapshot_size();
	saved = malloc(size);
	assert_int_equal(model_save(saved), size);
	assert_true(size < 4096);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3; i++)
			run(0, 0);
		run(1, 0);
		assert_int_equal(v[0], 35);
		assert_int_equal(v[1], 7);
		assert_int_equal(model_value(model_object(v + 1)), 7);
		assert_int_equal(model_reported(), 2);
		model_restore(saved);
		assert_int_equal(v[0], 14);
		assert_int_equal(v[1], 0);
		assert_int_equal(model_value(model_object(v)), 14);
		/* Touched for the first time after the snapshot. */
		assert_int_equal(model_value(model_object(v + 1)), 0);
		assert_int_equal(model_reported(), 0);
	}
	free(saved);
}

/* ---- limits ---- */

static void eat_the_stack(void *arg)
{
	volatile unsigned char much[32 * 1024];

	model_step();
	for (size_t i = 0; i < sizeof(much); i++)
		much[i] = (unsigned char)i;
	*(int32_t *)arg = much[99];
	model_step();
}

static void touch_too_much(void *arg)
{
	model_step();
	for (int i = 0; i <= MODEL_MAX_TOUCHES; i++)
		touch((int32_t *)arg + 4 * i, MODEL_READ, 0);
}

static void choose_among_many(void *arg)
{
	(void)arg;
	model_step();
	model_choose(256);
}

static void fill_the_arena(void *arg)
{
	(void)arg;
	model_core_reset();
	for (;;)
		model_alloc(1000);
}

static void spawn_too_many(void *arg)
{
	model_core_reset();
	for (;;)
		model_spawn(choose_among_many, arg);
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
		{ touch_too_much, "objects that one step touches", MODEL_MAX_TOUCHES },
		{ choose_among_many, "alternatives of one step", 255 },
		{ eat_the_stack, "bytes of stack of one agent", 16384 },
	};
	unsigned char *saved;

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		model_core_reset();
		v = model_alloc(1024);
		model_spawn(limits[i].body, v);
		model_spawn(limits[i].body, v);
		assert_null(agent_limit());
		saved = malloc(model_snapshot_size());
		model_save(saved);
		run(1, 0);
		if (!agent_limit())
			run(1, 0);
		assert_limit(limits[i].what, limits[i].most);
		model_restore(saved);
		assert_null(agent_limit());
		free(saved);
	}
	assert_false(agent_set_up(fill_the_arena, NULL));
	assert_limit("bytes of memory", 65536);
	assert_false(agent_set_up(spawn_too_many, NULL));
	assert_limit("agents (threads, interrupt handlers, schedulers)", MODEL_MAX_AGENTS);
	model_core_reset();
	assert_null(agent_limit());
}

/* ---- panics ---- */

static void choose_twice(void *arg)
{
	(void)arg;
	model_step();
	model_choose(2);
	model_choose(2);
}

static void touch_own_memory(void *arg)
{
	static int32_t elsewhere;

	(void)arg;
	model_step();
	touch(&elsewhere, MODEL_READ, 0);
}

static void run_twice(void (*body)(void *))
{
	model_core_reset();
	v = model_alloc(1024);
	model_spawn(body, v);
	model_spawn(body, v);
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
		cmocka_unit_test(touches_of_one_object_become_one),
		cmocka_unit_test(objects_are_named_by_place),
		cmocka_unit_test(waiting_is_a_condition),
		cmocka_unit_test(daemon_waiting_is_finished),
		cmocka_unit_test(hardware_takes_the_wanted_choice),
		cmocka_unit_test(snapshot_brings_everything_back),
		cmocka_unit_test(limits_end_an_execution_and_are_no_panic),
		cmocka_unit_test(misuse_panics_and_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
