/* SPDX-License-Identifier: MIT */
/* talk.c - when processes that share no memory believe that all of them have ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explore/core.h"
#include "explore/search.h"
#include "explore/spread.h"

/* What the others say, a sum after the other: messages sent, and received. */
static struct {
	const uint64_t (*sums)[2];
	unsigned int begun, asked;
	uint64_t own[2];
} v;

static void begin(void *context, const uint64_t own[PEERS_SUMS])
{
	(void)context;
	v.own[0] = own[0];
	v.own[1] = own[1];
	v.begun++;
}

/* Not there when it is asked for the first time. */
static bool is_done(void *context, uint64_t sums[PEERS_SUMS])
{
	(void)context;
	if (v.asked++ % 2 == 0)
		return false;
	sums[0] = v.sums[v.begun - 1][0];
	sums[1] = v.sums[v.begun - 1][1];
	sums[2] = sums[3] = 0;
	return true;
}

/* Whether it is believed after each of @nr sums. */
static void believes(const uint64_t (*sums)[2], unsigned int nr, unsigned int first)
{
	const struct explore_peers peers = { .ranks = 2, .sum_begin = begin, .sum_done = is_done };
	struct spread d = { .peers = &peers, .sent = 3, .received = 2 };

	v.sums = sums;
	v.begun = v.asked = 0;
	for (unsigned int i = 0; i < nr; i++) {
		assert_false(spread_all_idle(&d)); /* begins it */
		assert_int_equal(v.begun, i + 1);
		assert_int_equal(v.own[0], 3);
		assert_int_equal(v.own[1], 2);
		assert_false(spread_all_idle(&d)); /* is not there */
		assert_int_equal(spread_all_idle(&d), i == first);
	}
}

/* One sum is made of numbers of different moments, so messages may pass it on either side. */
static void the_end_is_two_equal_sums(void **state)
{
	static const uint64_t on_the_way[][2] = { { 6, 5 }, { 6, 5 }, { 6, 6 }, { 6, 6 } };
	static const uint64_t went_on[][2] = { { 6, 6 }, { 7, 7 }, { 9, 9 }, { 9, 9 } };

	(void)state;
	believes(on_the_way, 4, 3);
	believes(went_on, 4, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_is_two_equal_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
