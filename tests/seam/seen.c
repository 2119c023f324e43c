/* SPDX-License-Identifier: MIT */
/*
 * seen.c - nothing that our own code writes escapes the checker, whatever the compiler: every shipped scenario is run with the
 * core comparing all of the state with what it was told, after each step and each return, and aborting at the first
 * difference. Executions are chosen by chance; what a compiler does not tell is not told in any of them.
 *
 *	build/tests/seam/seen [FILE ARCH]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <glob.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/machine/bound.h"

enum {
	WALKS = 4, /* a scenario */
	MOST_STEPS = 2000,
};

static const char *const archs[] = { "x86_64", "arm64", "hostile" };

static uint64_t chance = 1;

static unsigned int any_of(unsigned int n)
{
	chance = chance * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(chance >> 33) % n;
}

/* An agent that can step, or -1. */
static int any_agent(void)
{
	unsigned int nr = 0;
	int list[AGENT_MAX_AGENTS];

	for (int i = 0; i < (int)agent_count(); i++) {
		if (agent_enabled(i))
			list[nr++] = i;
	}
	return nr ? list[any_of(nr)] : -1;
}

static unsigned int walk(void)
{
	uint64_t start = agent_mark();
	struct agent_fingerprint before = agent_fingerprint(), after;
	struct agent_event event;
	unsigned int steps = 0;

	for (int agent; steps < MOST_STEPS && (agent = any_agent()) >= 0; steps++)
		agent_run(agent, any_of(UINT8_MAX), &event);
	agent_undo(start);
	after = agent_fingerprint();
	assert_true(after.lo == before.lo && after.hi == before.hi);
	return steps;
}

static unsigned int look_at(const char *path, const char *arch)
{
	static struct bound b;
	unsigned int steps = 0;

	bound_read(&b, path, arch);
	if (bound_set_up(&b)) {
		for (unsigned int i = 0; i < WALKS; i++)
			steps += walk();
	}
	bound_free(&b);
	return steps;
}

static void every_write_is_told(void **state)
{
	unsigned long steps = 0;
	glob_t files;

	(void)state;
	assert_int_equal(glob("litmus/*/*.litmus", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		for (size_t arch = 0; arch < sizeof(archs) / sizeof(archs[0]); arch++)
			steps += look_at(files.gl_pathv[i], archs[arch]);
	globfree(&files);
	print_message("%lu steps\n", steps);
	assert_true(steps > 1000);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_write_is_told) };

	agent_set_paranoid(true);
	if (argc == 3)
		return look_at(argv[1], argv[2]) == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
