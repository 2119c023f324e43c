/* SPDX-License-Identifier: MIT */
/*
 * facts.c - what each fact is to the machine: one that is flipped in a row changes the verdict of a shipped scenario.
 * tests/lib/facts.c has the facts that the library reads, and tests/machine/held.c those whose flip alone makes a row that
 * contradicts itself, so that no kernel boots on it.
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
	unsigned long breaks; /* above 1: the fact is a number, and breaks nothing if it is 0 */
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
	{ FACT(local_orders), "riscv", "litmus/flush/own-invalidation-orders.litmus", "fence-before-flush",
	  "use-after-free", false },
	{ FACT(local_orders), "riscv", "litmus/flush/interrupt-orders.litmus", "fence-before-flush", "use-after-free",
	  false },
	{ FACT(asids), "riscv", "litmus/switch/switch-away-and-back.litmus", "asid-keeps-cpu", "use-after-free", true },
	{ FACT(load_drops), "x86_64_nopcid", "litmus/switch/back-without-ids.litmus", "switch-flush", "use-after-free",
	  false },
	{ FACT(load_drops), "x86_64_nopcid", "litmus/switch/read-through-another.litmus", "switch-flush", "isolation",
	  false },
	{ FACT(soft_refill), "sparc64", "litmus/table/table-free-vs-refill.litmus", "table-grace-period", "freed-table",
	  true },
	{ FACT(contiguous), "arm64", "litmus/hugetlb/mprotect-contiguous.litmus", "group-changed-first", "permission",
	  true },
	{ FACT(secondary_snoops), "arm64", "litmus/device/device-vs-munmap.litmus", "flush-notifies", "use-after-free",
	  false },
	{ FACT(secondary_sticky), "arm64", "litmus/device/device-vs-upgrade.litmus", "upgrade-notifies", "livelock",
	  true },
	{ FACT(secondary_breaks), "powerpc", "litmus/device/device-vs-relax.litmus", "relax-breaks-first", "conflict",
	  true },
	{ FACT(secondary_pages), "arm64", "litmus/device/device-page-by-page.litmus", "each-page-told",
	  "use-after-free", true },
	{ FACT(secondary_ceiling), "powerpc_ocxl", "litmus/device/device-page-by-page.litmus", "each-page-told",
	  "use-after-free", false },
	{ FACT(colours), "mips", "litmus/data/mmap-of-another-colour.litmus", "shared-colour", "alias", 2 },
};

/* The raw scenario is as its expectations for the row say, and not if the fact is flipped. */
static const struct raw_flip {
	const char *fact;
	size_t offset;
	const char *row, *scenario;
} raw_flips[] = {
	{ FACT(local_orders), "riscv", "litmus/machine/own-unmap-by-invalidation.litmus" },
	{ FACT(readonly_sticky), "x86_64", "litmus/machine/fault-drops-entry.litmus" },
	{ FACT(walks_follow), "x86_64", "litmus/machine/broadcast-seen.litmus" },
	{ FACT(faults_last), "arm64_ets2", "litmus/machine/own-map-nothing.litmus" },
	{ FACT(early_walks), "hostile", "litmus/machine/unmap-message-reader-dmb-ld-hostile.litmus" },
	{ FACT(late_updates), "arm64", "litmus/machine/dirty-late.litmus" },
	{ FACT(tso), "x86_64", "litmus/machine/mp.litmus" },
	{ FACT(caches_old), "riscv", "litmus/machine/old-cached.litmus" },
	{ FACT(paths_all), "x86_64_tce", "litmus/machine/table-unhooked-other-page.litmus" },
	{ FACT(local_orders), "riscv_svinval", "litmus/machine/own-unmap-by-weak-invalidation.litmus" },
	{ FACT(global_by_id), "arm64", "litmus/machine/unmap-global-by-id.litmus" },
	{ FACT(pairs), "mips", "litmus/machine/unmap-beside.litmus" },
	{ FACT(walk_cache), "arm64", "litmus/machine/table-unhooked-leaf.litmus" },
	{ FACT(caches_not_present), "riscv", "litmus/machine/invalid-cached.litmus" },
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
	machine_put_rule(&job.without, (unsigned int)number_of(request->words.rule, flip->without));
	job.properties = 1u << number_of(request->words.property, flip->property);
	run_job(&job, &request->run, outcome);
	broken = outcome->found & job.properties;
	assert_true(broken || outcome->stats.exhausted);
	free(outcome);
	return broken;
}

/* Does each expectation for the row hold? */
static bool holds(struct request *request, const char *row, const struct tlb_arch *arch)
{
	const struct litmus *litmus = request->scenarios[0].litmus;
	struct outcome *outcome = calloc(1, sizeof(*outcome));
	struct job job = { .kind = JOB_EXPECT, .litmus = litmus, .arch = arch, .expect = -1 };
	bool all;

	assert_non_null(outcome);
	job.arch_number = number_of(request->words.arch, row);
	run_job(&job, &request->run, outcome);
	assert_true(outcome->stats.exhausted);
	all = !outcome->all_failed;
	for (unsigned int i = 0; i < litmus->nr_expects; i++) {
		if (litmus->expects[i].archs >> job.arch_number & 1 && litmus->expects[i].when == LITMUS_SOMETIMES)
			all &= outcome->seen >> i & 1;
	}
	free(outcome);
	return all;
}

static struct request *request_of(const char *scenario, char **path)
{
	struct request *request = calloc(1, sizeof(*request));

	assert_non_null(request);
	*path = strdup(scenario);
	words_init(&request->words);
	request->run.explore = explore_defaults(NULL, NULL);
	request->run.explore.search = EXPLORE_STATES;
	request->arguments = path;
	request->nr_arguments = 1;
	assert_true(load_scenarios(request));
	return request;
}

static void flip_one_raw(const struct raw_flip *flip)
{
	char *path;
	struct request *request = request_of(flip->scenario, &path);
	struct tlb_arch arch = *tlb_arch_find(flip->row);
	bool *fact = (bool *)((char *)&arch + flip->offset);

	if (!holds(request, flip->row, &arch))
		fail_msg("%s does not hold on %s", flip->scenario, flip->row);
	*fact = !*fact;
	if (holds(request, flip->row, &arch))
		fail_msg("%s holds on %s whatever %s is", flip->scenario, flip->row, flip->fact);
	free_scenarios(request);
	free(request);
	free(path);
}

/* As it breaks the scenario, or not. */
static void set_fact(struct tlb_arch *arch, const struct flip *flip, bool breaking)
{
	char *at = (char *)arch + flip->offset;

	if (flip->breaks > 1)
		*(unsigned long *)at = breaking ? flip->breaks : 0;
	else
		*(bool *)at = breaking == flip->breaks;
}

static void flip_one(const struct flip *flip)
{
	char *path;
	struct request *request = request_of(flip->scenario, &path);
	struct tlb_arch arch = *tlb_arch_find(flip->row);

	set_fact(&arch, flip, true);
	if (!breaks(request, flip, &arch))
		fail_msg("%s is safe on %s with %s=%d", flip->scenario, flip->row, flip->fact, flip->breaks);
	set_fact(&arch, flip, false);
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
	for (size_t i = 0; i < sizeof(raw_flips) / sizeof(raw_flips[0]); i++)
		flip_one_raw(&raw_flips[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_flip_is_seen) };

	return cmocka_run_group_tests_name("check_facts", tests, NULL, NULL);
}
