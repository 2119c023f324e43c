/* SPDX-License-Identifier: MIT */
/*
 * told.c - is every write told? The core finds what a step has changed by what it was told; here it compares all of the state
 * with a copy after each step as well, and aborts with the address and the agent if something was changed in silence.
 *
 * And is nothing told that makes another step? Which words are shared is learned, and a trace is replayed by who has not learned it.
 *
 * What a compiler leaves out (docs/seam.md) shows here: a structure that a function returns and that is stored at once, a
 * file that was not compiled as the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
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

/* As the checker does it (check/rounds.c): again and again with what the search before has learned, words that are late among it. */
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

/* Whose turn it is: the first that can go on. */
static int first_enabled(void)
{
	for (int agent = 0; agent < (int)agent_count(); agent++) {
		if (agent_enabled(agent))
			return agent;
	}
	return -1;
}

/* How many steps each agent makes if one after another goes on as long as it can. */
static void count_steps(struct bound *b, unsigned int steps[AGENT_MAX_AGENTS])
{
	const struct explore_options options = explore_defaults(binding_set_up, &b->binding);
	const struct explore_schedule none = { 0, NULL };
	struct agent_event event;
	int agent;

	memset(steps, 0, AGENT_MAX_AGENTS * sizeof(steps[0]));
	assert_int_equal(explore_replay(&options, &none, NULL, NULL), EXPLORE_REPLAYED);
	for (int i = 0; i < AGENT_MAX_STEPS && (agent = first_enabled()) >= 0; i++) {
		agent_run(agent, 0, &event);
		steps[agent]++;
	}
}

static void what_is_shared_makes_no_step(void **state)
{
	static const char *const with_first_turns[] = { "litmus/kernel/vfree-exec-vs-purge.litmus",
							"litmus/gather/broadcast-twice.litmus" };
	unsigned int unknown[AGENT_MAX_AGENTS], known[AGENT_MAX_AGENTS];
	struct bound b;

	(void)state;
	for (size_t i = 0; i < sizeof(with_first_turns) / sizeof(with_first_turns[0]); i++) {
		bound_read(&b, with_first_turns[i], "arm64");
		model_forget_shared();
		count_steps(&b, unknown);
		/* As if every word had been accessed in both ways: the first three sets are which are shared, and how they were accessed. */
		memset(model_shared_sets(), UINT8_MAX, 3 * MODEL_SHARED_WORDS / 8);
		count_steps(&b, known);
		model_forget_shared();
		assert_memory_equal(unknown, known, sizeof(known));
		bound_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_write_is_told),
		cmocka_unit_test(what_is_shared_makes_no_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
