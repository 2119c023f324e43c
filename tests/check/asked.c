/* SPDX-License-Identifier: MIT */
/*
 * asked.c - an exploration in which a rule is off that nobody asks for is the one with all rules, state by state: `matrix` and `expect
 * ... without some` do not make it. So here every rule is taken away from small scenarios; and those that decide anything are
 * asked for, in one process and in two.
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
#include "check/rules.h"
#include "tests/machine/bound.h"

static const struct {
	const char *path, *arch;
} worlds[] = {
	{ "litmus/gather/munmap-page-free.litmus", "x86_64" },	 { "litmus/gather/munmap-page-free.litmus", "arm64" },
	{ "litmus/flush/flush-without-wait.litmus", "hostile" }, { "litmus/table/munmap-table-free.litmus", "arm64" },
	{ "litmus/others/frame-before-entry.litmus", "x86_64" },
};

static const struct machine_rules none;
static unsigned int unasked, deciding;

static bool same_rules(const struct machine_rules *a, const struct machine_rules *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void explore_without(const struct bound *b, struct machine_rules without, unsigned int jobs, struct outcome *out)
{
	struct run_options options = { .explore = explore_defaults(NULL, NULL), .jobs = 1 };
	struct job job = {
		.kind = JOB_BROKEN,
		.litmus = b->litmus,
		.path = b->name,
		.arch = tlb_arch_find(b->binding.arch.name),
		.expect = -1,
		.without = without,
		.properties = (1u << MODEL_PROPERTIES) - 1,
	};

	assert_non_null(job.arch);
	options.explore.search = EXPLORE_STATES;
	options.explore.jobs = jobs;
	run_job(&job, &options, out);
	assert_string_equal(out->too_big, "");
}

static void compare(const struct bound *b, unsigned int rule, const struct outcome *whole, struct outcome *out)
{
	char name[RULE_NAME_SIZE];
	bool same;

	explore_without(b, rules_and_one(&none, rule), 1, out);
	same = out->found == whole->found && out->stats.states == whole->stats.states &&
	       out->stats.transitions == whole->stats.transitions && out->stats.complete == whole->stats.complete &&
	       out->stats.exhausted == whole->stats.exhausted && same_rules(&out->asked, &whole->asked);
	rules_name(rule, name, sizeof(name));
	if (!machine_has_rule(&whole->asked, rule)) {
		unasked++;
		if (!same)
			fail_msg("%s on %s: nobody asks for %s, and it decides", b->name, b->binding.arch.name, name);
	} else {
		deciding += !same;
	}
}

static void what_nobody_asks_for_decides_nothing(void **state)
{
	struct outcome *whole = calloc(1, sizeof(*whole)), *out = calloc(1, sizeof(*out));
	struct bound b;

	(void)state;
	assert_true(whole && out);
	for (size_t i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++) {
		bound_read(&b, worlds[i].path, worlds[i].arch);
		explore_without(&b, none, 1, whole);
		assert_true(whole->stats.exhausted && !whole->found && !rules_are_none(&whole->asked));
		explore_without(&b, none, 2, out);
		assert_true(same_rules(&out->asked, &whole->asked));
		for (unsigned int rule = 0; rule < rules_count(); rule++)
			compare(&b, rule, whole, out);
		bound_free(&b);
	}
	print_message("%u rules that nobody asks for, %u that decide something\n", unasked, deciding);
	assert_true(unasked > 100 && deciding > 10);
	free(whole);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_asks_for_decides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
