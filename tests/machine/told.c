/* SPDX-License-Identifier: MIT */
/*
 * told.c - is every write told? The core finds what a step has changed by what it was told; here it compares all of the state
 * with a copy after each step as well, and aborts with the address and the agent if something was changed in silence.
 *
 * What a compiler leaves out (docs/seam.md) shows here: a structure that a function returns and that is stored at once, a
 * file that was not compiled as the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/machine/bound.h"

/* Small ones, which do together what the others do: every operation, interrupts, grace periods, threads that share a CPU. */
static const char *const scenarios[] = {
	"litmus/fault/fault-two.litmus",	   "litmus/table/gup_fast-vs-table-free.litmus",
	"litmus/move/exec-shift-exec.litmus",	   "litmus/rmap/mkclean-without-flush.litmus",
	"litmus/switch/switch-vs-flush.litmus",	   "litmus/table/munmap-middle-table.litmus",
	"litmus/table/table-batch-refused.litmus", "tests/machine/two-grace-periods.litmus",
	"tests/machine/two-threads.litmus",	   "litmus/kernel/purge-vs-vmalloc.litmus",
};

enum {
	LEARNED_FROM = 3000, /* states */
};

static unsigned long ends, weak;

static bool count(void *context, const struct explore_run *run)
{
	(void)context;
	assert_true(run->end != EXPLORE_STOPPED);
	ends++;
	return true;
}

static void try_on(const char *path, const char *arch)
{
	struct explore_options options;
	struct explore_stats stats;
	struct bound b;

	bound_read(&b, path, arch);
	options = explore_defaults(binding_set_up, &b.binding);
	options.search = EXPLORE_STATES;
	options.visit = count;
	explore(&options, &stats);
	/* The same with words that are late. */
	if (bound_learn(&b, LEARNED_FROM)) {
		explore(&options, &stats);
		weak++;
	}
	bound_free(&b);
}

static void every_write_is_told(void **state)
{
	(void)state;
	agent_set_paranoid(true);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		try_on(scenarios[i], "x86_64");
		try_on(scenarios[i], "arm64");
	}
	agent_set_paranoid(false);
	assert_true(ends > 50 && weak > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_write_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
