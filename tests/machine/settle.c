/* SPDX-License-Identifier: MIT */
/*
 * settle.c - what the weak machine forgets makes no difference: every raw scenario that is shipped has the same outcomes when nothing
 * is forgotten and no stamp is numbered again, only in more states.
 */
#include <setjmp.h>
#include <glob.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/arch.h"
#include "check/cli.h"
#include "machine/model/weak.h"

/* The linker puts the first in the place of weak_settle(), and calls that the second. */
void __wrap_weak_settle(struct weak *t, weak_stamp *others, size_t nr);
void __real_weak_settle(struct weak *t, weak_stamp *others, size_t nr);

static bool forgets;

void __wrap_weak_settle(struct weak *t, weak_stamp *others, size_t nr)
{
	if (forgets)
		__real_weak_settle(t, others, nr);
}

struct answer {
	uint64_t failed, seen, states;
};

static struct answer ask(struct request *request, unsigned int arch, bool forgetting)
{
	struct outcome *outcome = calloc(1, sizeof(*outcome));
	struct job job = {
		.kind = JOB_EXPECT, .litmus = request->scenarios[0].litmus, .expect = -1, .arch_number = arch
	};
	struct answer answer;

	assert_non_null(outcome);
	job.arch = tlb_arch_find(request->words.arch[arch]);
	forgets = forgetting;
	run_job(&job, &request->run, outcome);
	assert_true(outcome->stats.exhausted);
	answer = (struct answer){ outcome->all_failed, outcome->seen, outcome->stats.states };
	free(outcome);
	return answer;
}

static void try_file(char *path, uint64_t *with, uint64_t *without)
{
	struct request *request = calloc(1, sizeof(*request));
	const struct litmus *litmus;

	assert_non_null(request);
	words_init(&request->words);
	request->run.explore = explore_defaults(NULL, NULL);
	request->run.explore.search = EXPLORE_STATES;
	request->arguments = &path;
	request->nr_arguments = 1;
	assert_true(load_scenarios(request));
	litmus = request->scenarios[0].litmus;
	for (unsigned int arch = 0; request->words.arch[arch]; arch++) {
		struct answer a, b;

		if (!(litmus->archs >> arch & 1))
			continue;
		a = ask(request, arch, true);
		b = ask(request, arch, false);
		if (a.failed != b.failed || a.seen != b.seen)
			fail_msg("%s on %s has other outcomes if nothing is forgotten", path,
				 request->words.arch[arch]);
		*with += a.states;
		*without += b.states;
	}
	free_scenarios(request);
	free(request);
}

static void forgetting_changes_no_outcome(void **state)
{
	uint64_t with = 0, without = 0;
	glob_t files;

	(void)state;
	assert_int_equal(glob("litmus/machine/*.litmus", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		try_file(files.gl_pathv[i], &with, &without);
	globfree(&files);
	print_message("%llu states, %llu if nothing is forgotten\n", (unsigned long long)with,
		      (unsigned long long)without);
	assert_true(with < without);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(forgetting_changes_no_outcome) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
