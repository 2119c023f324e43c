/* SPDX-License-Identifier: MIT */
/*
 * cycles.c - programs of a few accesses as they are noted, and which words have to be weak for them. Each is a classic with a cycle, which makes
 * words weak, and beside it what breaks that cycle: what is known of tables, walks and counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "machine/machine.h"
#include "machine/model/delays.h"
#include "machine/model/views.h"

enum {
	X = 0x1000,
	Y = 0x2000,
	R = DELAYS_READS,
	W = DELAYS_WRITES,
	RW = DELAYS_READS | DELAYS_WRITES,
	ENTRY = DELAYS_LEADS,
	WALK = DELAYS_WALK | DELAYS_LEADS,
	MOST = 4,
};

static const struct delays_at context = { .kind = DELAYS_FENCE };

/* One program on each CPU, up to an access of no kind; each also begins somewhere. */
static struct delays_words learned(struct delays_at programs[][MOST], unsigned int cpus)
{
	struct delays_words words = { 0 };

	delays_forget();
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		uint64_t before = delays_node(
			&(struct delays_at){ .kind = DELAYS_START, .agent = (uint8_t)cpu, .cpu = (uint8_t)cpu });

		for (unsigned int i = 0; i < MOST && programs[cpu][i].kind; i++) {
			struct delays_at at = programs[cpu][i];
			uint64_t node;

			at.site = 1 + i;
			at.agent = at.cpu = (uint8_t)cpu;
			at.bytes = at.word ? 8 : 0;
			node = delays_node(&at);
			delays_follows(before, node);
			before = node;
		}
	}
	delays_learn(&words, false);
	return words;
}

static unsigned int old(const struct delays_words *words, uintptr_t word)
{
	for (unsigned int i = 0; i < words->nr; i++) {
		if (words->word[i].start == word)
			return words->word[i].old;
	}
	return 0;
}

static struct delays_words two(const struct delays_at *a, const struct delays_at *b)
{
	struct delays_at programs[2][MOST];

	memcpy(programs[0], a, sizeof(programs[0]));
	memcpy(programs[1], b, sizeof(programs[1]));
	return learned(programs, 2);
}

/* A message by an entry: a load behind the walk is early, unless an exception comes in between; an exception does not order other loads. */
static void an_exception_comes_behind_walks_and_nothing_else(void **state)
{
	const struct delays_at writes[MOST] = { { .kind = W, .word = X },
						{ .kind = ENTRY | W, .word = Y, .order = VIEW_RELEASE } };
	const struct delays_at goes_on[MOST] = { { .kind = WALK | R, .word = Y }, { .kind = R, .word = X } };
	const struct delays_at faults[MOST] = { goes_on[0], context, goes_on[1] };
	const struct delays_at loads[MOST] = { { .kind = ENTRY | R, .word = Y }, context, goes_on[1] };
	struct delays_words words = two(writes, goes_on);

	(void)state;
	assert_int_equal(old(&words, X), 2);
	words = two(writes, faults);
	assert_int_equal(old(&words, X), 0);
	words = two(writes, loads);
	assert_int_equal(old(&words, X), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exception_comes_behind_walks_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
