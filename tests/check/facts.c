/* SPDX-License-Identifier: MIT */
/*
 * facts.c - what each fact is to the machine: one that is flipped in a row changes the verdict of a shipped scenario.
 * tests/lib/facts.c has the facts that the library reads.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/arch.h"
#include "check/cli.h"

#define FACT(name) #name, offsetof(struct tlb_arch, name)

/* Without the rule the scenario violates the property on the row if the fact is .breaks, and not if it is not. */
static const struct flip {
	const char *fact;
	size_t offset;
	const char *row, *scenario, *without, *property;
	bool breaks;
} flips[] = {
	{ FACT(exec_aware), "sparc64", "litmus/gather/exec-merge.litmus", "exec-union", "use-after-free", true },
	{ FACT(leaf_only), "arm64", "litmus/table/table-free-leaf-only.litmus", "walk-cache-flush", "freed-table",
	  true },
	{ FACT(hw_walk), "riscv", "litmus/table/munmap-table-free.litmus", "flush-before-table-free", "freed-table",
	  true },
	{ FACT(caches_not_present), "mips", "litmus/fault/fault-two.litmus", "spurious-flush", "livelock", true },
	{ FACT(readonly_sticky), "arm64", "litmus/fault/spurious-fault.litmus", "spurious-flush", "livelock", true },
	{ FACT(hw_dirty), "x86_64", "litmus/rmap/clear-vs-hardware-dirty.litmus", "atomic-clear", "lost-write", true },
	{ FACT(break_before_make), "arm64", "litmus/fault/cow-vs-stale-read.litmus", "wp-flush-before-set", "conflict",
	  true },
	{ FACT(tso), "riscv", "litmus/flush/flush-without-fence.litmus", "fence-before-flush", "use-after-free",
	  false },
	{ FACT(asids), "riscv", "litmus/switch/switch-away-and-back.litmus", "asid-keeps-cpu", "use-after-free", true },
};

static unsigned int number_of(const char *const *list, const char *name)
{
	int nr = words_find(list, name, strlen(name));

	assert_true(nr >= 0);
	return (unsigned int)nr;
}

/* Is the property violated on @arch? Everything was explored, if not. */
static bool breaks(struct request *request, const struct flip *flip, const struct tlb_arch *arch)
{
	struct outcome *outcome = calloc(1, sizeof(*outcome));
	struct job job = {
		.kind = JOB_BROKEN,
		.litmus = request->scenarios[0].litmus,
		.path = flip->scenario,
		.arch = arch,
		.expect = -1,
	};
	bool broken;

	assert_non_null(outcome);
	job.without = 1ull << number_of(request->words.rule, flip->without);
	job.properties = 1u << number_of(request->words.property, flip->property);
	run_job(&job, &request->run, outcome);
	broken = outcome->found & job.properties;
	assert_true(broken || outcome->stats.exhausted);
	free(outcome);
	return broken;
}

static void flip_one(const struct flip *flip)
{
	struct request *request = calloc(1, sizeof(*request));
	struct tlb_arch arch = *tlb_arch_find(flip->row);
	bool *fact = (bool *)((char *)&arch + flip->offset);
	char *path = strdup(flip->scenario);

	assert_non_null(request);
	words_init(&request->words);
	request->run.explore = explore_defaults(NULL, NULL);
	request->run.explore.search = EXPLORE_STATES;
	request->arguments = &path;
	request->nr_arguments = 1;
	assert_true(load_scenarios(request));
	*fact = flip->breaks;
	if (!breaks(request, flip, &arch))
		fail_msg("%s is safe on %s with %s=%d", flip->scenario, flip->row, flip->fact, flip->breaks);
	*fact = !flip->breaks;
	if (breaks(request, flip, &arch))
		fail_msg("%s breaks on %s with %s=%d", flip->scenario, flip->row, flip->fact, !flip->breaks);
	free_scenarios(request);
	free(request);
	free(path);
}

static void each_flip_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++)
		flip_one(&flips[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_flip_is_seen) };

	return cmocka_run_group_tests_name("check_facts", tests, NULL, NULL);
}
