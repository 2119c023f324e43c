/* SPDX-License-Identifier: MIT */
/*
 * limits.c - capacities of the model machine that no short scenario reaches: each ends as a world that is too big, and says
 * of what there is too much. (tests/machine/limits.sh has those that a scenario reaches.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/spinlock.h"
#include "tests/machine/world.h"

static struct test_world it;

static void assert_limit(const char *what, unsigned long most)
{
	assert_non_null(agent_limit());
	assert_string_equal(agent_limit()->what, what);
	assert_int_equal(agent_limit()->most, most);
}

/* ---- while a world is set up ---- */

static void too_many_spaces(void *row)
{
	boot(&it, *(struct tlb_arch *)row);
	for (;;)
		machine_space_at(machine_frame_alloc(MACHINE_FRAME_TABLE));
}

/* Entry 1 points to one new page after the other, and CPU 0 may hold each of them. */
static void too_many_translations(void *row)
{
	uint64_t value;

	boot(&it, *(struct tlb_arch *)row);
	for (;;) {
		set_pte(it.leaf + 1, entry_to(machine_frame_alloc(MACHINE_FRAME_DATA), LEAF_BITS));
		machine_user_access(PAGE, MACHINE_LOAD, &value);
	}
}

static void too_many_held(void *row)
{
	boot(&it, *(struct tlb_arch *)row);
	for (;;)
		set_pte(it.leaf + 1, entry_to(machine_frame_alloc(MACHINE_FRAME_DATA), LEAF_BITS));
}

static void too_many_stores(void *row)
{
	boot(&it, *(struct tlb_arch *)row);
	it.config.store_buffer = MODEL_IN_FLIGHT + 1;
	model_boot(&it.config);
}

static void limits_of_a_world_being_set_up(void **state)
{
	static const struct {
		void (*setup)(void *);
		const char *what;
		unsigned long most;
	} limits[] = {
		{ too_many_spaces, "address spaces", MODEL_SPACES },
		{ too_many_translations, "translations that one access may use", 16 },
		{ too_many_held, "stale translations on one CPU", MODEL_HELD },
		{ too_many_stores, "stores that a CPU holds back", MODEL_IN_FLIGHT },
	};
	struct tlb_arch arch = plain_row();

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		assert_false(agent_set_up(limits[i].setup, &arch));
		assert_limit(limits[i].what, limits[i].most);
	}
}

/* ---- while agents run ---- */

static void run_all(int agent)
{
	struct agent_event event;

	while (!agent_limit() && agent_enabled(agent))
		agent_run(agent, 0, &event);
}

static void answer(void *arg)
{
	(void)arg;
}

/* Each is about something else: what is pending already is pending once. */
static void call_again_and_again(void *arg)
{
	for (char *about = arg;; about++) {
		machine_interrupt(1u << 1, answer, about);
		machine_interrupt(1u << 1, answer, about);
	}
}

/* Each lock is another one, and a store that takes something away stays in flight. */
static void release_again_and_again(void *arg)
{
	spinlock_t *locks = machine_kernel_data();

	(void)arg;
	set_pte(it.leaf, 0);
	for (;;) {
		spin_lock(locks);
		spin_unlock(locks++);
	}
}

static void limits_of_an_execution(void **state)
{
	static const struct {
		void (*body)(void *);
		const char *what;
		unsigned long most;
	} limits[] = {
		{ call_again_and_again, "calls that wait for one CPU", MODEL_CALLS },
		{ release_again_and_again, "locks that one CPU releases with stores in flight", MODEL_RELEASES },
	};
	struct tlb_arch arch = plain_row();

	(void)state;
	arch.tso = false;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		boot(&it, arch);
		model_spawn_thread(0, limits[i].body, NULL);
		model_start();
		assert_null(agent_limit());
		run_all(0);
		assert_limit(limits[i].what, limits[i].most);
		/* The agent is stuck, and the next world knows nothing of it. */
		assert_false(agent_enabled(0));
	}
	boot(&it, arch);
	assert_null(agent_limit());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_of_a_world_being_set_up),
		cmocka_unit_test(limits_of_an_execution),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
