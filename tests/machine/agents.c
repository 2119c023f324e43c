/* SPDX-License-Identifier: MIT */
/*
 * agents.c - the model machine with agents that are stepped by hand: what numbers that wrap, and orders that must not
 * matter, would spoil.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/rcu.h"
#include "kernel/spinlock.h"
#include "machine/model/delays.h"
#include "tests/machine/world.h"

static struct test_world it;

/* What the bodies share, in the kernel's data. */
struct shared {
	spinlock_t lock;
	struct rcu rcu;
	struct rcu_head head[2];
	int freed[2], nr_taken;
	int flag;
};

static struct shared *shared(void)
{
	return machine_kernel_data();
}

static void daemon(void)
{
	rcu_daemon(&shared()->rcu);
}

static void start(struct tlb_arch arch, void (*first)(void *), void (*second)(void *))
{
	static const struct machine_kernel kernel = { .data_size = sizeof(struct shared), .daemon = daemon };

	boot(&it, arch);
	it.config.kernel = &kernel;
	build(&it);
	model_spawn_thread(0, first, NULL);
	model_spawn_thread(1, second, NULL);
	model_start();
}

/* As long as it can step, @most times; the number of steps. */
static unsigned int run(int agent, unsigned int most)
{
	struct agent_event event;
	unsigned int steps = 0;

	for (; steps < most && agent_enabled(agent); steps++)
		agent_run(agent, 0, &event);
	return steps;
}

static int daemon_agent(void)
{
	return (int)agent_count() - 1;
}

/* ---- stores in flight, and locks that hand them over ---- */

enum {
	STORES = 200, /* more than half of what 8 bits can count */
};

/* One store before the lock is released, many that are waited for, and one that nobody has ever handed over. */
static void store_and_unlock(void *arg)
{
	(void)arg;
	spin_lock(&shared()->lock);
	set_pte(it.leaf + 1, entry_to(it.page, LEAF_BITS));
	spin_unlock(&shared()->lock);
	for (int i = 0; i < STORES; i++) {
		machine_fence_walks();
		set_pte(it.leaf + 1, i % 2 ? entry_to(it.page, LEAF_BITS) : 0);
	}
	set_pte(it.leaf + 2, entry_to(it.page, LEAF_BITS));
}

static void lock_once(void *arg)
{
	(void)arg;
	spin_lock(&shared()->lock);
	spin_unlock(&shared()->lock);
}

static void a_lock_hands_over_what_came_before_its_release(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	arch.tso = false;
	start(arch, store_and_unlock, lock_once);
	run(0, 10 * STORES);
	assert_true(agent_finished(0));
	assert_int_equal(cpu(0)->nr_stores, 2);
	run(1, 10);
	assert_true(agent_finished(1));
	/* Made long after the release: still in flight. */
	assert_int_equal(cpu(0)->nr_stores, 2);
}

static void map_and_unmap(void *arg)
{
	(void)arg;
	spin_lock(&shared()->lock);
	set_pte(it.leaf + 1, entry_to(it.page, LEAF_BITS));
	set_pte(it.leaf, 0);
	spin_unlock(&shared()->lock);
}

/* How many of the two have not been handed over by the lock. */
static unsigned int left_behind(bool tso, bool hw_walk)
{
	struct tlb_arch arch = plain_row();

	arch.tso = tso;
	arch.hw_walk = hw_walk;
	start(arch, map_and_unmap, lock_once);
	run(0, 10);
	assert_true(agent_finished(0));
	assert_int_equal(cpu(0)->nr_stores, 2);
	run(1, 10);
	assert_true(agent_finished(1));
	return cpu(0)->nr_stores;
}

static void a_lock_shows_a_new_mapping_to_walks_only_if_they_follow_loads(void **state)
{
	(void)state;
	assert_int_equal(left_behind(true, true), 0);
	assert_int_equal(left_behind(false, false), 0);
	assert_int_equal(left_behind(false, true), 1);
	/* What is left is the mapping. */
	assert_int_equal(cpu(0)->stores[0].word, 0);
}

static void map_and_say_so(void *arg)
{
	(void)arg;
	set_pte(it.leaf + 1, entry_to(it.page, LEAF_BITS));
	__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELAXED);
}

static void hear(void *arg)
{
	(void)arg;
	(void)__atomic_load_n(&shared()->flag, __ATOMIC_RELAXED);
}

static void a_later_store_does_not_overtake_an_entry_in_order(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	for (int tso = 0; tso < 2; tso++) {
		arch.tso = tso;
		start(arch, map_and_say_so, hear);
		run(0, 10);
		run(1, 10);
		assert_true(agent_finished(0) && agent_finished(1));
		assert_int_equal(cpu(0)->nr_stores, !tso);
	}
}

/* ---- grace periods ---- */

static void two_sections(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++) {
		rcu_read_lock(&shared()->rcu);
		rcu_read_unlock(&shared()->rcu);
	}
}

static void note_freed(struct rcu_head *head)
{
	shared()->freed[head - shared()->head]++;
}

static void call_second(void *arg)
{
	(void)arg;
	call_rcu(&shared()->rcu, &shared()->head[1], note_freed);
}

static void a_grace_period_waits_for_the_section_it_began_in(void **state)
{
	(void)state;
	start(plain_row(), two_sections, call_second);
	assert_int_equal(run(0, 2), 2); /* the first turn, and the section has begun */
	run(1, 10);
	run(daemon_agent(), 10);
	assert_false(agent_enabled(daemon_agent()));
	assert_int_equal(shared()->freed[1], 0);
	assert_int_equal(run(0, 1), 1);
	/* The next section has not begun. */
	assert_true(agent_enabled(daemon_agent()));
	run(daemon_agent(), 10);
	assert_int_equal(shared()->freed[1], 1);
}

static void call_first(void *arg)
{
	(void)arg;
	call_rcu(&shared()->rcu, &shared()->head[0], note_freed);
}

static void what_two_ask_for_is_called_once_each(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		for (int between = 0; between < 2; between++) {
			start(plain_row(), call_first, call_second);
			run(first, 10);
			run(daemon_agent(), 10u * (unsigned int)between);
			run(!first, 10);
			run(daemon_agent(), 10);
			assert_int_equal(shared()->freed[0], 1);
			assert_int_equal(shared()->freed[1], 1);
		}
	}
}

/* ---- calls ---- */

static void note_call(void *arg)
{
	shared()->freed[shared()->nr_taken++] = arg == &shared()->head[0] ? 1 : 2;
}

static void call_from_first(void *arg)
{
	(void)arg;
	machine_interrupt(1u << 1, note_call, &shared()->head[0]);
}

static void call_from_second(void *arg)
{
	(void)arg;
	machine_interrupt(1u << 1, note_call, &shared()->head[1]);
}

enum {
	SCHEDULER = 3,
	HANDLER_OF_1 = 4,
};

/* Two threads of CPU 0 call CPU 1: number 0 of what its handler may take first is one call, whoever made his first. */
static void calls_are_numbered_in_one_order_whoever_called_first(void **state)
{
	struct agent_event event;

	(void)state;
	for (unsigned int first = 0; first < 2; first++) {
		boot(&it, plain_row());
		model_spawn_thread(0, call_from_first, NULL);
		model_spawn_thread(0, call_from_second, NULL);
		model_start();
		for (unsigned int agent = 0; agent < agent_count(); agent++)
			agent_run((int)agent, 0, &event);
		agent_run(SCHEDULER, first, &event);
		run(SCHEDULER, 1);
		run((int)first, 10);
		run(SCHEDULER, 2);
		run(!first, 10);
		run(HANDLER_OF_1, 20);
		assert_int_equal(shared()->nr_taken, 2);
		assert_int_equal(shared()->freed[0], 1);
	}
}

/* One step and then another; what the thread does meanwhile would stand between them. */
static void note_twice(void *arg)
{
	int *next = arg;

	shared()->freed[0] = __atomic_load_n(next, __ATOMIC_RELAXED);
	shared()->freed[1] = __atomic_load_n(next, __ATOMIC_RELAXED);
}

static void interrupt_second(void *arg)
{
	(void)arg;
	machine_interrupt(1u << 1, note_twice, &shared()->nr_taken);
}

static void count(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10; i++)
		__atomic_fetch_add(&shared()->nr_taken, 1, __ATOMIC_RELAXED);
}

enum {
	THREAD = 1,
	HANDLER = 3,
};

static void a_handler_suspends_the_thread_of_its_cpu(void **state)
{
	(void)state;
	start(plain_row(), interrupt_second, count);
	run(0, 10);
	run(THREAD, 3);
	run(HANDLER, 2);
	assert_false(agent_enabled(THREAD));
	run(HANDLER, 10);
	assert_int_equal(shared()->freed[0], shared()->freed[1]);
	assert_true(shared()->freed[0] > 0);
	run(THREAD, 20);
	assert_int_equal(shared()->nr_taken, 10);
}

static void wait_for_a_word(void *arg)
{
	(void)arg;
	machine_wait(&shared()->nr_taken, MACHINE_EQUAL, 0);
	__atomic_load_n(&shared()->nr_taken, __ATOMIC_RELAXED);
}

static void wait_for_a_word_on_its_stack(void *arg)
{
	int word = 0;

	(void)arg;
	machine_wait(&word, MACHINE_EQUAL, 0);
	__atomic_load_n(&word, __ATOMIC_RELAXED);
}

/* What it waits for has come, and it has to wait for the handler nevertheless. */
static void a_handler_suspends_a_thread_that_waits(void **state)
{
	static void (*const waits[])(void *) = { wait_for_a_word, wait_for_a_word_on_its_stack };

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		start(plain_row(), interrupt_second, waits[i]);
		run(0, 10);
		run(THREAD, 1); /* up to the wait */
		assert_true(agent_enabled(THREAD));
		run(HANDLER, 2);
		assert_false(agent_enabled(THREAD));
		run(HANDLER, 10);
		assert_true(agent_enabled(THREAD));
	}
}

/* ---- the same place under a lock and without it ---- */

static int look(const int *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* The second look is made by the same instruction as the first, and what comes behind it is done under the lock. */
static void look_twice(void *arg)
{
	(void)arg;
	model_thread_begins();
	look(&shared()->flag);
	spin_lock(&shared()->lock);
	look(&shared()->flag);
	__atomic_store_n(&shared()->freed[0], 1, __ATOMIC_RELAXED);
	look(&shared()->freed[1]);
	spin_unlock(&shared()->lock);
}

static void store_the_other_first(void *arg)
{
	(void)arg;
	model_thread_begins();
	spin_lock(&shared()->lock);
	__atomic_store_n(&shared()->freed[1], 1, __ATOMIC_RELAXED);
	look(&shared()->freed[0]);
	spin_unlock(&shared()->lock);
}

static void a_place_under_a_lock_is_another_than_without(void **state)
{
	struct delays_words words = { 0 };

	(void)state;
	delays_forget();
	start(plain_row(), look_twice, store_the_other_first);
	run(0, STORES);
	run(1, STORES);
	delays_learn(&words, false);
	assert_int_equal(words.nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_hands_over_what_came_before_its_release),
		cmocka_unit_test(a_lock_shows_a_new_mapping_to_walks_only_if_they_follow_loads),
		cmocka_unit_test(a_later_store_does_not_overtake_an_entry_in_order),
		cmocka_unit_test(a_grace_period_waits_for_the_section_it_began_in),
		cmocka_unit_test(what_two_ask_for_is_called_once_each),
		cmocka_unit_test(calls_are_numbered_in_one_order_whoever_called_first),
		cmocka_unit_test(a_handler_suspends_the_thread_of_its_cpu),
		cmocka_unit_test(a_handler_suspends_a_thread_that_waits),
		cmocka_unit_test(a_place_under_a_lock_is_another_than_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
