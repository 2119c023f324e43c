/* SPDX-License-Identifier: MIT */
/* paranoid.c - is what is known of the state what it is? Looks at all of it, so it is for tests (agent_set_paranoid()). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/core.h"
#include "explore/fiber.h"

static struct core *const core = &explore_core;

/* A store that nobody told of is not undone with its step, and would be found in states in which it was never made. */
static _Noreturn void untold(const void *word)
{
	fprintf(stderr, "explore: agent %d changed %p, and nobody told\n", core->self, word);
	abort();
}

static void expect_same(const uint64_t *now, const uint64_t *shadow, size_t words)
{
	if (!memcmp(now, shadow, words * 8))
		return;
	while (*now == *shadow) {
		now++;
		shadow++;
	}
	untold(now);
}

/*
 * Moved with each change, it has to be what counting everything gives. Were it not, equal states would be taken for different
 * ones, which costs time, or different ones for the same, and then what follows one of them is missed.
 */
static void expect_print(const char *when)
{
	struct agent_fingerprint kept = core->print;

	if (!core->counted)
		return;
	explore_state_count();
	if (kept.lo == core->print.lo && kept.hi == core->print.hi)
		return;
	fprintf(stderr, "explore: the fingerprint is wrong after %s\n", when);
	abort();
}

/* Stacks from their pointers up alone: what lies below is no part of the state. */
static void expect_told(void)
{
	for (unsigned int i = 0; i < core->nr_areas; i++)
		if (core->areas[i].used)
			expect_same(core->areas[i].start, core->areas[i].shadow, core->areas[i].words);
	for (unsigned int i = 0; i < ARENA->record.nr_agents; i++) {
		uint64_t *sp = ARENA->record.agents[i].stack;
		size_t words = (size_t)((uint64_t *)(void *)stack_top(i) - sp);

		explore_fiber_forget(sp, words * 8);
		expect_same(sp, shadow_in_arena(sp), words);
	}
}

void explore_state_check(const char *when)
{
	expect_told();
	expect_print(when);
}
