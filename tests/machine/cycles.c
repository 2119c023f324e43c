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
	TABLE = DELAYS_LEADS | DELAYS_MADE,
	WALK = DELAYS_WALK | DELAYS_LEADS,
	MOST = 4,
};

static const struct delays_at context = { .kind = DELAYS_FENCE };

static uint64_t begins(unsigned int agent, unsigned int cpu)
{
	return delays_node(&(struct delays_at){ .kind = DELAYS_START, .agent = (uint8_t)agent, .cpu = (uint8_t)cpu });
}

/* From where the agent begins, up to a step of no kind. The last one. */
static uint64_t goes_on(unsigned int agent, unsigned int cpu, const struct delays_at steps[MOST])
{
	uint64_t before = begins(agent, cpu);

	for (unsigned int i = 0; i < MOST && steps[i].kind; i++) {
		struct delays_at at = steps[i];
		uint64_t node;

		at.site = 1 + i;
		at.agent = (uint8_t)agent;
		at.cpu = (uint8_t)cpu;
		at.bytes = at.word ? 8 : 0;
		node = delays_node(&at);
		delays_follows(before, node);
		before = node;
	}
	return before;
}

/* One program on each CPU. */
static struct delays_words learned(struct delays_at programs[][MOST], unsigned int cpus)
{
	struct delays_words words = { 0 };

	delays_forget();
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		goes_on(cpu, cpu, programs[cpu]);
	delays_learn(&words, false);
	return words;
}

static unsigned int late(const struct delays_words *words, uintptr_t word)
{
	for (unsigned int i = 0; i < words->nr; i++) {
		if (words->word[i].start == word)
			return words->word[i].late;
	}
	return 0;
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

/* Store buffering with an entry: who reads it finds that it is late, and a walk could have found what it said before in any case. */
static void a_walk_does_not_tell_that_an_entry_is_late(void **state)
{
	const struct delays_at maps[MOST] = { { .kind = ENTRY | W, .word = X }, { .kind = R, .word = Y } };
	const struct delays_at reads[MOST] = {
		{ .kind = RW, .word = Y, .order = VIEW_ACQUIRE | VIEW_RELEASE | VIEW_ORDERED },
		{ .kind = ENTRY | R, .word = X }
	};
	const struct delays_at walks[MOST] = { reads[0], { .kind = WALK | R, .word = X } };
	const struct delays_at sets[MOST] = { reads[0], { .kind = WALK | RW, .word = X } };
	struct delays_words words = two(maps, reads);

	(void)state;
	assert_int_equal(late(&words, X), 1);
	words = two(maps, walks);
	assert_int_equal(late(&words, X), 0);
	words = two(maps, sets);
	assert_int_equal(late(&words, X), 1);
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

/* The same with a count in the place of the entry: who adds one learns nothing of who has dropped one; two who drop do. */
static void changes_of_a_count_are_in_no_order(void **state)
{
	const struct delays_at drops[MOST] = {
		{ .kind = W, .word = X }, { .kind = RW, .word = Y, .order = VIEW_RELEASE, .note = 1 + MACHINE_DROPS }
	};
	const struct delays_at adds[MOST] = { { .kind = RW, .word = Y, .note = 1 + MACHINE_COUNTS },
					      { .kind = R, .word = X } };
	const struct delays_at last[MOST] = { { .kind = RW, .word = Y, .note = 1 + MACHINE_DROPS }, adds[1] };
	const struct delays_at looks[MOST] = { { .kind = R, .word = Y }, adds[1] };
	struct delays_words words = two(drops, adds);

	(void)state;
	assert_int_equal(old(&words, X), 0);
	words = two(drops, last);
	assert_int_equal(old(&words, X), 2);
	words = two(drops, looks);
	assert_int_equal(old(&words, X), 2);
}

/* Who gives out what was counted is behind the last drop, and stores the new count before anybody has a reference. */
static void a_new_count_is_stored_behind_the_last_drop_of_the_old_one(void **state)
{
	const struct delays_at begins[MOST] = { { .kind = W, .word = Y, .order = VIEW_RELEASE },
						{ .kind = R, .word = X } };
	const struct delays_at ends[MOST] = {
		{ .kind = W, .word = X },
		{ .kind = RW, .word = Y, .order = VIEW_RELEASE | VIEW_ACQUIRE, .note = 1 + MACHINE_DROPS }
	};
	const struct delays_at reads[MOST] = {
		{ .kind = RW, .word = X, .order = VIEW_ORDERED | VIEW_ACQUIRE | VIEW_RELEASE }, { .kind = R, .word = Y }
	};
	struct delays_words words = two(begins, ends);

	(void)state;
	assert_int_equal(late(&words, Y), 0);
	words = two(begins, reads);
	assert_int_equal(late(&words, Y), 1);
}

/* A frame that is a page for some accesses and a table for others has been given back in between. */
static void a_table_and_a_page_in_one_frame_are_never_there_together(void **state)
{
	const struct delays_at stores[MOST] = { { .kind = W, .word = X }, { .kind = R, .word = Y } };
	const struct delays_at page[MOST] = {
		{ .kind = RW, .word = Y, .order = VIEW_ORDERED | VIEW_ACQUIRE | VIEW_RELEASE }, { .kind = R, .word = X }
	};
	const struct delays_at table[MOST] = { page[0], { .kind = ENTRY | R, .word = X } };
	struct delays_words words = two(stores, page);

	(void)state;
	assert_int_equal(late(&words, X), 1);
	words = two(stores, table);
	assert_int_equal(late(&words, X), 0);
}

/* Software comes to a table by the entry that leads there: not by one of a page, and not by what a walk has found. */
static void a_table_is_found_by_the_entry_that_leads_to_it(void **state)
{
	const struct delays_at makes[MOST] = { { .kind = DELAYS_MADE | W, .word = X },
					       { .kind = TABLE | W, .word = Y } };
	const struct delays_at maps[MOST] = { makes[0], { .kind = ENTRY | W, .word = Y } };
	const struct delays_at reads[MOST] = { { .kind = TABLE | R, .word = Y },
					       { .kind = DELAYS_MADE | R, .word = X } };
	const struct delays_at clears[MOST] = { { .kind = ENTRY | RW, .word = Y }, reads[1] };
	const struct delays_at walks[MOST] = { { .kind = TABLE | DELAYS_WALK | R, .word = Y }, reads[1] };
	struct delays_words words = two(makes, reads);

	(void)state;
	assert_int_equal(late(&words, X), 1);
	assert_int_equal(old(&words, X), 2);
	words = two(makes, walks);
	assert_int_equal(late(&words, X), 1);
	assert_int_equal(old(&words, X), 0);
	words = two(maps, clears);
	assert_int_equal(late(&words, X), 0);
	assert_int_equal(old(&words, X), 0);
}

/*
 * Two handlers count themselves out of X, between a store on one CPU and a load on the other: a message, if the second knows that it was the second.
 * Who returns does not; who goes on, by @behind, may have looked.
 */
static struct delays_words counted(const struct delays_at *behind)
{
	const struct delays_at stores[MOST] = { { .kind = W, .word = Y } }, loads[MOST] = { { .kind = R, .word = Y } };
	const struct delays_at handler[MOST] = {
		{ .kind = DELAYS_ENTRY },
		{ .kind = RW, .word = X, .order = VIEW_RELEASE, .note = DELAYS_UNHEARD | DELAYS_SUMS },
		*behind,
	};
	struct delays_words words = { 0 };

	delays_forget();
	goes_on(0, 0, stores);
	goes_on(1, 1, loads);
	for (unsigned int cpu = 0; cpu < 2; cpu++)
		delays_follows(goes_on(2 + cpu, cpu, handler), begins(2 + cpu, cpu));
	delays_learn(&words, false);
	return words;
}

static void handlers_that_count_themselves_out_are_in_no_order(void **state)
{
	const struct delays_at returns = { 0 }, looks = { .kind = R, .word = 0x3000 };
	struct delays_words words = counted(&returns);

	(void)state;
	assert_int_equal(words.nr, 0);
	words = counted(&looks);
	assert_int_equal(old(&words, Y), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_does_not_tell_that_an_entry_is_late),
		cmocka_unit_test(an_exception_comes_behind_walks_and_nothing_else),
		cmocka_unit_test(changes_of_a_count_are_in_no_order),
		cmocka_unit_test(a_new_count_is_stored_behind_the_last_drop_of_the_old_one),
		cmocka_unit_test(a_table_and_a_page_in_one_frame_are_never_there_together),
		cmocka_unit_test(a_table_is_found_by_the_entry_that_leads_to_it),
		cmocka_unit_test(handlers_that_count_themselves_out_are_in_no_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
