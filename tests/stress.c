/* SPDX-License-Identifier: MIT */
/*
 * stress.c - the reference VM on threads, on several architectures, with all rules, where nothing may go wrong, and without
 * some, where something must.
 *
 *	stress					the tests
 *	stress ARCH SEED OPERATIONS [RULE]	one run, without RULE if one is named
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arch/arch.h>
#include "tests/stress.h"

#ifndef STRESS_OPERATIONS
#define STRESS_OPERATIONS 2000
#endif

static const char *const rule_names[] = {
#define RULE_DEF(rule, what, from, scenario) #rule,
#include <shootdown/rules.def>
#include <vm/rules.def>
#undef RULE_DEF
};

static const uint64_t all_rules = (1ull << RULES) - 1;

static void print_result(const struct stress *s)
{
	printf("%s, seed %llu: %ld accesses, %lu faults, %lu flushes, %ld times no memory, %ld wrong", s->options.arch->name,
	       (unsigned long long)s->options.seed, s->accesses, threads_faults(s->machine), threads_flushes(s->machine),
	       s->machine->exhausted, s->wrong);
	for (int i = 0; i < THREADS_TROUBLES; i++)
		printf(", %lu %s", threads_count(s->machine, (enum threads_trouble)i),
		       threads_trouble_name((enum threads_trouble)i));
	printf("\n");
}

/* How many things went wrong, of any kind. */
static unsigned long trouble_of(const struct stress *s)
{
	unsigned long sum = (unsigned long)s->wrong;

	for (int i = 0; i < THREADS_TROUBLES; i++)
		sum += threads_count(s->machine, (enum threads_trouble)i);
	return sum;
}

static unsigned long run(const struct stress_options *options)
{
	struct stress *s = calloc(1, sizeof(*s));
	unsigned long trouble;

	assert_non_null(s);
	s->options = *options;
	stress_build(s);
	for (unsigned int i = 0; i < options->operations; i += STRESS_ROUND) {
		threads_run(s->machine, stress_program, s);
		stress_audit(s);
	}
	threads_run(s->machine, stress_exit_program, s);
	stress_audit_end(s);
	trouble = trouble_of(s);
	if (!options->quiet)
		print_result(s);
	threads_shutdown(s->machine);
	free(s);
	return trouble;
}

static unsigned int rule_number(const char *name)
{
	for (unsigned int i = 0; i < RULES; i++) {
		if (!strcmp(rule_names[i], name))
			return i;
	}
	fprintf(stderr, "stress: %s is no rule\n", name);
	exit(2);
}

/* ---- tests ---- */

static void nothing_goes_wrong(void **state)
{
	struct stress_options options = {
		.arch = tlb_arch_find(*state), .rules = all_rules, .operations = STRESS_OPERATIONS,
	};

	assert_non_null(options.arch);
	for (options.seed = 1; options.seed <= 2; options.seed++)
		assert_int_equal(run(&options), 0);
}

struct without {
	const char *arch, *rule;
};

static void something_goes_wrong(void **state)
{
	const struct without *w = *state;
	struct stress_options options = {
		.arch = tlb_arch_find(w->arch), .rules = all_rules & ~(1ull << rule_number(w->rule)),
		.operations = 500, .quiet = true,
	};

	for (options.seed = 1; options.seed <= 20; options.seed++) {
		if (run(&options))
			return;
	}
	fail_msg("%s without %s: nothing went wrong", w->arch, w->rule);
}

static int run_one(char **argv)
{
	struct stress_options options = {
		.arch = tlb_arch_find(argv[1]), .rules = all_rules, .seed = strtoull(argv[2], NULL, 0),
		.operations = (unsigned int)strtoul(argv[3], NULL, 0),
	};

	if (!options.arch) {
		fprintf(stderr, "stress: %s is no architecture\n", argv[1]);
		return 2;
	}
	if (argv[4])
		options.rules &= ~(1ull << rule_number(argv[4]));
	return run(&options) != 0;
}

#define SURVIVES(arch) { #arch " with all rules", nothing_goes_wrong, NULL, NULL, #arch }
#define FAILS(arch, rule) { #arch " without " #rule, something_goes_wrong, NULL, NULL, &(struct without){ #arch, #rule } }

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		SURVIVES(x86_64), SURVIVES(arm64), SURVIVES(riscv), SURVIVES(s390), SURVIVES(powerpc), SURVIVES(hostile),
		FAILS(x86_64, flush_before_free),
	};

	if (argc >= 4)
		return run_one(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
