/* SPDX-License-Identifier: MIT */
/*
 * order.c - data races on the model machine, in every order: each way to order plain accesses has one in some execution if
 * what orders is left out, and none in any execution if it is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "explore/explore.h"
#include "machine/model/model.h"
#include "tests/seam/order.h"

static const struct tlb_arch row = { .name = "plain", .hw_walk = true, .walk_cache = true, .hw_dirty = true };

struct body {
	void (*run)(void *);
};

static void thread(void *arg)
{
	const struct body *body = arg;

	model_thread_begins();
	body->run(NULL);
	model_thread_ends();
}

static void set_up(void *world)
{
	static struct body bodies[2];
	static const struct machine_kernel kernel = { .data_size = 8192, .daemon = order_daemon };
	static const struct model_config config = {
		.arch = &row, .kernel = &kernel, .cpus = 2, .levels = 2, .store_buffer = 2
	};
	const struct order_case *it = world;

	model_boot(&config);
	bodies[0].run = it->first;
	bodies[1].run = it->second;
	model_spawn_thread(0, thread, &bodies[0]);
	model_spawn_thread(it->cpu, thread, &bodies[1]);
	model_start();
}

static bool collect(void *context, const struct explore_run *run)
{
	uint32_t *reported = context;

	*reported |= agent_reported();
	if (run->end != EXPLORE_COMPLETE && run->end != EXPLORE_STOPPED)
		*reported |= 1u << MODEL_CONTRACT;
	return true;
}

static uint32_t reported(const struct order_case *it, bool reduce, bool sleep, bool fuse)
{
	uint32_t all = 0;
	struct explore_options options = explore_defaults(set_up, (void *)(uintptr_t)it);
	struct explore_stats stats;

	options.search = EXPLORE_STATES;
	options.visit = collect;
	options.context = &all;
	options.stop_on = 1u << MODEL_DATA_RACE;
	options.reduce = reduce;
	options.sleep = sleep;
	options.fuse = fuse;
	options.fuse_after = 1;
	explore(&options, &stats);
	assert_true(stats.exhausted || all);
	return all;
}

static void search(bool right, bool reduce, bool sleep, bool fuse)
{
	order_right = right;
	for (const struct order_case *it = order_cases; it->name; it++) {
		uint32_t found = reported(it, reduce, sleep, fuse);

		if (found != (right ? 0 : 1u << MODEL_DATA_RACE))
			fail_msg("%s, %s: reported 0x%x", it->name, right ? "as it should be" : "wrong", found);
	}
}

static void none_where_there_is_order(void **state)
{
	(void)state;
	search(true, false, false, false);
	search(true, true, true, true);
}

static void one_where_there_is_none(void **state)
{
	(void)state;
	search(false, false, false, false);
	search(false, true, true, false);
	search(false, true, false, true);
	search(false, true, true, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_where_there_is_order),
		cmocka_unit_test(one_where_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
