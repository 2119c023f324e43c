/* SPDX-License-Identifier: MIT */
/*
 * stress.c - the reference VM on threads, on every architecture: with all rules, where nothing may go wrong, and without one
 * of them, where something must.
 *
 *	stress					the tests
 *	stress ARCH SEED OPERATIONS [RULE]	one run, without RULE if one is named; OPERATIONS a CPU
 *
 * A seed gives the operations, not what the host's scheduler makes of them: a run that failed may need a few more to fail
 * again. Sanitizers see races of the code as it is, so there the runs that break a rule are left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <arch/arch.h>
#include "tests/mm/stress.h"

#ifndef STRESS_OPERATIONS
#define STRESS_OPERATIONS 10000
#endif
#ifndef STRESS_WITHOUT_RULES
#define STRESS_WITHOUT_RULES 1
#endif

enum {
	STRESS_SEEDS = 4,
	STRESS_MOST_SEEDS = 60
};

static const char *const rule_names[] = {
#define RULE_DEF(rule, what, from, scenario) #rule,
#include <shootdown/rules.def>
#include <mm/rules.def>
#undef RULE_DEF
};

static struct machine_rules all_rules(void)
{
	struct machine_rules rules = { { 0 } };

	for (unsigned int i = 0; i < RULES; i++)
		machine_put_rule(&rules, i);
	return rules;
}

static struct machine_rules all_but(unsigned int nr)
{
	struct machine_rules rules = all_rules();

	rules.word[nr / 64] &= ~(UINT64_C(1) << nr % 64);
	return rules;
}

static void print_result(const struct stress *s)
{
	printf("%s, seed %llu: %ld accesses, %lu faults, %lu flushes, %ld times no memory, %ld wrong",
	       s->options.arch->name, (unsigned long long)s->options.seed, s->accesses, threads_faults(s->machine),
	       threads_flushes(s->machine), s->machine->exhausted, s->wrong);
	for (int i = 0; i < THREADS_VIOLATIONS; i++)
		printf(", %lu %s", threads_count(s->machine, (enum threads_violation)i),
		       threads_violation_name((enum threads_violation)i));
	printf("\n");
}

/* How many things went wrong, of any kind. */
static unsigned long violations_of(const struct stress *s)
{
	unsigned long sum = (unsigned long)s->wrong;

	for (int i = 0; i < THREADS_VIOLATIONS; i++)
		sum += threads_count(s->machine, (enum threads_violation)i);
	return sum;
}

/* Where violations are expected one of them is enough; to go on in a broken world leads nowhere. */
static void run_rounds(struct stress *s)
{
	for (unsigned int i = 0; i < s->options.operations; i += STRESS_ROUND) {
		threads_run(s->machine, stress_program, s);
		stress_audit(s);
		if (s->options.quiet && violations_of(s))
			return;
	}
	threads_run(s->machine, stress_exit_program, s);
	stress_audit_end(s);
}

static unsigned long run(const struct stress_options *options)
{
	struct stress *s = calloc(1, sizeof(*s));
	unsigned long violations;

	assert_non_null(s);
	s->options = *options;
	stress_build(s);
	run_rounds(s);
	violations = violations_of(s);
	if (!options->quiet)
		print_result(s);
	threads_shutdown(s->machine);
	free(s);
	return violations;
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
		.arch = tlb_arch_find(*state),
		.rules = all_rules(),
		.operations = STRESS_OPERATIONS,
	};

	assert_non_null(options.arch);
	for (options.seed = 1; options.seed <= STRESS_SEEDS; options.seed++)
		assert_int_equal(run(&options), 0);
}

static void nothing_goes_wrong_anywhere(void **state)
{
	struct stress_options options = { .rules = all_rules(), .operations = STRESS_OPERATIONS / 6 };

	(void)state;
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		options.arch = tlb_arch_at(i);
		for (options.seed = 5; options.seed <= 6; options.seed++)
			assert_int_equal(run(&options), 0);
	}
}

struct without {
	const char *arch, *rule;
};

/*
 * In a process of its own: memory is memory here, and a kernel that walks through tables of somebody else breaks a contract,
 * or itself, before anybody looks at the violations.
 */
static bool goes_wrong(const struct stress_options *options)
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(0);
		_exit(run(options) != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void something_goes_wrong(void **state)
{
	const struct without *w = *state;
	struct stress_options options = {
		.arch = tlb_arch_find(w->arch),
		.rules = all_but(rule_number(w->rule)),
		.operations = 8000,
		.quiet = true,
	};

	assert_non_null(options.arch);
	for (options.seed = 1; options.seed <= STRESS_MOST_SEEDS; options.seed++) {
		if (goes_wrong(&options))
			return;
	}
	fail_msg("%s without %s: nothing went wrong", w->arch, w->rule);
}

static int run_one(char **argv)
{
	struct stress_options options = {
		.arch = tlb_arch_find(argv[1]),
		.rules = all_rules(),
		.seed = strtoull(argv[2], NULL, 0),
		.operations = (unsigned int)strtoul(argv[3], NULL, 0),
	};

	if (!options.arch) {
		fprintf(stderr, "stress: %s is no architecture\n", argv[1]);
		return 2;
	}
	if (argv[4])
		options.rules = all_but(rule_number(argv[4]));
	return run(&options) != 0;
}

#define SURVIVES(arch)                                                         \
	{                                                                      \
#arch " with all rules", nothing_goes_wrong, NULL, NULL, #arch \
	}
#define FAILS(arch, rule)                                                                    \
	{                                                                                    \
#arch " without " #rule, something_goes_wrong, NULL, NULL, &(struct without) \
		{                                                                            \
#arch, #rule                                                         \
		}                                                                            \
	}

int main(int argc, char **argv)
{
	const struct CMUnitTest with[] = {
		SURVIVES(x86_64),
		SURVIVES(arm64),
		SURVIVES(riscv),
		SURVIVES(s390),
		SURVIVES(s390_attach),
		SURVIVES(powerpc),
		SURVIVES(hostile),
		{ "every architecture with all rules", nothing_goes_wrong_anywhere, NULL, NULL, NULL },
	};
	const struct CMUnitTest without[] = {
		FAILS(x86_64, flush_before_free),
		FAILS(x86_64, mm_enter_before_load),
		FAILS(x86_64, table_invalidate_before_free),
		FAILS(x86_64, move_flush),
		FAILS(x86_64, purge_before_reuse),
		FAILS(arm64, vfree_perms_flush),
		FAILS(arm64, nested_flush_tables),
		FAILS(arm64, walk_cache_flush),
		FAILS(arm64, mkclean_flush),
		FAILS(riscv, asid_keeps_cpu),
		FAILS(riscv, flush_before_table_free),
		FAILS(s390, broadcast_complete),
		FAILS(s390_attach, later_asks_attached),
		FAILS(powerpc, broadcast_complete),
		FAILS(powerpc, table_grace_period),
		FAILS(powerpc, unlink_before_tables),
		FAILS(sparc64, refill_is_reader),
		FAILS(hostile, table_span),
	};
	int failed;

	if (argc >= 4)
		return run_one(argv);
	failed = cmocka_run_group_tests(with, NULL, NULL);
	if (STRESS_WITHOUT_RULES)
		failed += cmocka_run_group_tests(without, NULL, NULL);
	return failed != 0;
}
