/* SPDX-License-Identifier: MIT */
/* state.c - what is part of a state and what is not, the fingerprint, the way back, and stores that nobody told of. */
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
static uint64_t outside[4] = { 1, 2, 3, 4 };

static void set_up(void (*body)(void *), unsigned int agents)
{
	agent_reset();
	v = agent_alloc(8 * sizeof(*v));
	for (unsigned int i = 0; i < agents; i++)
		agent_spawn(body, v + i);
}

static void run(int agent)
{
	struct agent_event event;

	agent_run(agent, 0, &event);
}

static bool same(struct agent_fingerprint a, struct agent_fingerprint b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

/* Three times, each a step: one more in its own word, in a local variable and in the value of an object. */
static void count(void *arg)
{
	int32_t *p = arg;
	volatile int32_t local = 0;

	for (int i = 0; i < 3; i++) {
		agent_step();
		local += 1;
		*p += local;
		agent_touch(agent_object(p), AGENT_WRITE, *p);
	}
}

static void steps_that_commute_lead_to_one_state(void **state)
{
	struct agent_fingerprint root, first, both;
	uint64_t mark;

	(void)state;
	set_up(count, 2);
	run(0);
	run(1);
	root = agent_fingerprint();
	mark = agent_mark();
	run(0);
	first = agent_fingerprint();
	assert_false(same(root, first));
	run(1);
	both = agent_fingerprint();
	agent_undo(mark);
	assert_true(same(agent_fingerprint(), root));
	run(1);
	assert_false(same(agent_fingerprint(), first));
	run(0);
	assert_true(same(agent_fingerprint(), both));
	agent_undo(mark);
	assert_int_equal(v[0] + v[1], 0);
}

static void marks_lead_back_one_inside_the_other(void **state)
{
	struct agent_fingerprint print[4];
	uint64_t mark[4];

	(void)state;
	set_up(count, 1);
	for (int i = 0; i < 4; i++) {
		print[i] = agent_fingerprint();
		mark[i] = agent_mark();
		run(0);
	}
	assert_true(agent_finished(0));
	for (int i = 3; i >= 0; i--) {
		for (int round = 0; round < 2; round++) {
			agent_undo(mark[i]);
			assert_true(same(agent_fingerprint(), print[i]));
			run(0);
			assert_int_equal(agent_value(agent_object(v)), i * (i + 1) / 2);
			assert_int_equal(v[0], i * (i + 1) / 2);
		}
	}
	assert_true(agent_logged_bytes() > 0);
}

/* ---- what belongs to it ---- */

static void change_all(void *arg)
{
	int32_t *p = arg;

	agent_step();
	p[0] = 1;
	agent_step();
	p[1] = 1;
	agent_step();
	outside[2] = 7;
	agent_step();
	outside[3] = 7;
	agent_step();
	agent_report(3);
	agent_step();
	((int32_t *)agent_alloc(4096))[1000] = 5;
	agent_step();
	agent_touch(agent_object(p + 3), AGENT_ADD, 1);
}

/* Each step changes one thing; in words 1 of the heap and 3 of the region it is said to make no difference. */
static void what_is_no_state_is_undone_and_not_seen(void **state)
{
	struct agent_fingerprint all[7];
	uint64_t mark;

	(void)state;
	for (unsigned int hide = 0; hide < 2; hide++) {
		set_up(change_all, 1);
		agent_region(outside, sizeof(outside));
		assert_true(agent_is_object(&outside[3]));
		if (hide) {
			agent_not_state(v + 1, sizeof(*v));
			agent_not_state(&outside[3], sizeof(outside[3]));
		}
		run(0);
		mark = agent_mark();
		for (unsigned int i = 0; i < 7; i++) {
			run(0);
			all[i] = agent_fingerprint();
		}
		agent_undo(mark);
		assert_int_equal(v[0] + v[1] + agent_value(agent_object(v + 3)), 0);
		assert_int_equal(outside[2], 3);
		assert_int_equal(outside[3], 4);
		assert_int_equal(agent_reported(), 0);
		/* The stack says how far the agent is: compare with the same place reached by other contents. */
		for (unsigned int i = 0; i < 7; i++) {
			run(0);
			v[1] ^= 4;
			outside[3] ^= 4;
			agent_log(v + 1, sizeof(*v));
			assert_int_equal(same(agent_fingerprint(), all[i]), hide);
			v[1] ^= 4;
			outside[3] ^= 4;
			agent_log(v + 1, sizeof(*v));
			assert_true(same(agent_fingerprint(), all[i]));
		}
	}
	agent_reset();
	assert_false(agent_is_object(&outside[3]));
	assert_int_equal(outside[2], 3);
	assert_int_equal(outside[3], 4);
}

static void a_region_begins_as_it_was_first(void **state)
{
	(void)state;
	for (int round = 0; round < 2; round++) {
		set_up(change_all, 1);
		agent_region(outside, sizeof(outside));
		for (int i = 0; i < 5; i++) {
			assert_int_equal(outside[2], i < 4 ? 3 : 7);
			run(0);
		}
	}
}

/* ---- stores that are told ---- */

static bool tells;

static void store(void *arg)
{
	int32_t *p = arg;

	agent_step();
	if (tells)
		agent_log(p, sizeof(*p));
	*p = 5;
}

static void store_once(bool hooked)
{
	uint64_t mark;

	set_up(store, 1);
	agent_set_hooked(hooked);
	run(0);
	mark = agent_mark();
	run(0);
	agent_undo(mark);
}

static void told_stores_are_found_without_comparing(void **state)
{
	struct agent_fingerprint compared;

	(void)state;
	tells = true;
	store_once(false);
	run(0);
	compared = agent_fingerprint();
	store_once(true);
	assert_int_equal(v[0], 0);
	run(0);
	assert_true(same(agent_fingerprint(), compared));
}

static void an_untold_store_is_a_panic(void **state)
{
	int fds[2], status;
	char said[512] = "";
	pid_t child;

	(void)state;
	tells = false;
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], STDERR_FILENO);
		store_once(true);
		_exit(0);
	}
	close(fds[1]);
	assert_true(read(fds[0], said, sizeof(said) - 1) > 0);
	close(fds[0]);
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(said, "agent 0 changed 0x"));
	assert_non_null(strstr(said, "nobody told"));
}

/* Deeper than what is cleared below an agent's stack before each step. */
static __attribute__((noinline)) void use_stack(void)
{
	volatile unsigned char deep[2048];

	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = 0xff;
}

static __attribute__((noinline)) void wait_with_zeroes(int32_t *sum)
{
	volatile unsigned char zero[1024] = { 0 };

	agent_step();
	for (size_t i = 0; i < sizeof(zero); i++)
		*sum += zero[i];
}

static void wait_deep(void *sum)
{
	agent_step();
	if (agent_choose(2))
		use_stack();
	else
		wait_with_zeroes(sum);
	agent_step();
}

/* Words that are 0 when they become live stack were dead stack before, which counts as 0: so no log has them. */
static void zeroes_on_a_stack_come_back(void **state)
{
	struct agent_event event;
	uint64_t shallow, deep;

	(void)state;
	set_up(wait_deep, 1);
	run(0);
	shallow = agent_mark();
	run(0);
	deep = agent_mark();
	run(0);
	agent_look(shallow);
	agent_run(0, 1, &event);
	agent_look(deep);
	run(0);
	assert_int_equal(*v, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_that_commute_lead_to_one_state),
		cmocka_unit_test(marks_lead_back_one_inside_the_other),
		cmocka_unit_test(what_is_no_state_is_undone_and_not_seen),
		cmocka_unit_test(a_region_begins_as_it_was_first),
		cmocka_unit_test(told_stores_are_found_without_comparing),
		cmocka_unit_test(an_untold_store_is_a_panic),
		cmocka_unit_test(zeroes_on_a_stack_come_back),
	};

	agent_set_paranoid(true);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
