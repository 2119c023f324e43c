/* SPDX-License-Identifier: MIT */
/*
 * canonical.c - the state of the model machine keeps no history: what was done and undone again leaves the same bytes behind,
 * however often, and counters are kept only where somebody asks for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/spinlock.h"
#include "tests/machine/world.h"

static struct test_world it;

/* ---- states ---- */

static size_t state_bytes(void)
{
	return (size_t)((const char *)agent_alloc(0) - (const char *)model_state());
}

static char *copy_state(void)
{
	char *copy = malloc(state_bytes());

	assert_non_null(copy);
	return memcpy(copy, model_state(), state_bytes());
}

static void invalidate(void)
{
	machine_tlb_local(&(struct machine_invalidation){ .space = it.space, .all = true, .tables = true });
}

/* As a scenario's pages are, which it names before the first entry is there. */
static void watch_page(void)
{
	model_state()->frames[it.table].watch[0] = (int8_t)(1 + model_add_watch(it.space, 0));
}

/* Does @what leave the machine as it was? */
static bool leaves_nothing(void (*what)(void))
{
	char *before = copy_state();
	bool same;

	what();
	same = !memcmp(before, model_state(), state_bytes());
	free(before);
	return same;
}

/* ---- outside agents ---- */

static void map_again(void)
{
	set_pte(it.leaf, 0);
	invalidate();
	set_pte(it.leaf, entry_to(it.page, LEAF_BITS));
}

static void promise_nothing(void)
{
	model_promise(1);
	model_promise_kept(1, 0);
}

/* The mapping that was promised to go is gone, and another one is there. */
static void map_again_as_promised(void)
{
	model_promise(1);
	map_again();
	model_promise_kept(1, 1);
}

static void what_is_undone_leaves_nothing(void **state)
{
	(void)state;
	boot(&it, plain_row());
	watch_page();
	assert_true(leaves_nothing(map_again));
	assert_true(leaves_nothing(promise_nothing));
	assert_true(leaves_nothing(map_again_as_promised));
}

/* A promise that is not kept is seen, and one that is kept marks what is left. */
static void a_promise_is_on_what_was_there(void **state)
{
	unsigned int held;

	(void)state;
	boot(&it, plain_row());
	watch_page();
	model_promise(1);
	set_pte(it.leaf, 0);
	set_pte(it.leaf, entry_to(it.page, LEAF_BITS));
	model_promise_kept(1, 1);
	assert_false(agent_reported() & 1u << MODEL_MISSED);
	held = cpu(0)->nr_held;
	assert_int_equal(held, 1);
	assert_int_equal(cpu(0)->held[0].marks, MODEL_REVOKED);
	assert_int_equal(model_state()->frames[it.table].marks[0], 0);
	model_promise(1);
	model_promise_kept(1, 1);
	assert_true(agent_reported() & 1u << MODEL_MISSED);
}

static void what_leads_to_a_freed_frame_says_so(void **state)
{
	(void)state;
	boot(&it, plain_row());
	set_pte(it.leaf, 0);
	machine_frame_free(it.page);
	assert_int_equal(cpu(0)->nr_held, 1);
	assert_int_equal(cpu(0)->held[0].marks, MODEL_STALE);
}

static void counters_are_kept_for_who_asks(void **state)
{
	(void)state;
	boot(&it, plain_row());
	assert_true(leaves_nothing(invalidate));
	it.config.counts = true;
	model_boot(&it.config);
	it.space = NULL;
	assert_false(leaves_nothing(invalidate));
	assert_int_equal(model_state()->flushes, 1);
}

static void store(uint64_t value)
{
	assert_true(machine_user_access(0, MACHINE_STORE, &value));
}

static void store_one(void)
{
	store(1);
}

static void what_nobody_reads_is_not_kept(void **state)
{
	(void)state;
	boot(&it, plain_row());
	store(0);
	assert_false(leaves_nothing(store_one));
	it.config.unread = true;
	build(&it);
	store(0);
	assert_true(leaves_nothing(store_one));
}

/* ---- agents ---- */

static spinlock_t *lock(void)
{
	return machine_kernel_data();
}

/* Rounds of sections, and of locks with stores in flight, which the next round's fence lets out. */
static void rounds(void *arg)
{
	for (intptr_t i = 0; i < (intptr_t)arg; i++) {
		unsigned long flags = machine_irq_save();

		spin_lock(lock());
		set_pte(it.leaf + 1, 0);
		spin_unlock(lock());
		machine_fence_walks();
		machine_irq_restore(flags);
	}
}

static char *state_after_rounds(intptr_t nr)
{
	struct tlb_arch arch = plain_row();
	struct agent_event event;

	arch.tso = false;
	boot(&it, arch);
	model_spawn_thread(0, rounds, (void *)nr);
	model_start();
	while (agent_enabled(0))
		agent_run(0, 0, &event);
	assert_true(agent_finished(0));
	assert_int_equal(cpu(0)->nr_releases, 0);
	return copy_state();
}

static void sections_and_stores_are_not_counted(void **state)
{
	char *once = state_after_rounds(1), *often = state_after_rounds(300);

	(void)state;
	assert_memory_equal(once, often, state_bytes());
	free(once);
	free(often);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_undone_leaves_nothing),
		cmocka_unit_test(a_promise_is_on_what_was_there),
		cmocka_unit_test(what_leads_to_a_freed_frame_says_so),
		cmocka_unit_test(what_nobody_reads_is_not_kept),
		cmocka_unit_test(counters_are_kept_for_who_asks),
		cmocka_unit_test(sections_and_stores_are_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
