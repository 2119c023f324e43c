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

static unsigned long ends, weak;

static bool count(void *context, const struct explore_run *run)
{
	(void)context;
	assert_true(run->end != EXPLORE_STOPPED);
	ends++;
	return true;
}

static bool has_learned(struct bound *b)
{
	if (!model_learned_shared())
		return delays_learn(&b->binding.words, model_in_order()) || model_learned_data();
	/* What was noted is of steps between which others will stand now. */
	delays_forget();
	return true;
}

/* As the checker does it (check/run.c): again and again with what the search before has learned, words that are late among it. */
static void try_on(const char *path, const char *arch)
{
	struct explore_options options;
	struct explore_stats stats;
	struct bound b;

	bound_read(&b, path, arch);
	options = explore_defaults(binding_set_up, &b.binding);
	options.search = EXPLORE_STATES;
	options.visit = count;
	model_forget_shared();
	delays_forget();
	do {
		model_use_shared();
		explore(&options, &stats);
		assert_true(stats.exhausted);
	} while (has_learned(&b));
	weak += b.binding.words.nr || b.binding.words.refills;
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
