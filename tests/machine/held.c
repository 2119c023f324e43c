/* SPDX-License-Identifier: MIT */
/*
 * held.c - what a CPU of the model machine may still hold after an entry has changed, and what an invalidation leaves of it,
 * for each fact of an architecture that says so. A fact is flipped alone, and the answer has to change.
 *
 * There are no agents: outside of them the machine does what it is told at once, and nothing is delayed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/machine/world.h"

static struct test_world it;

/* The upper entry that CPU 0 may still hold, or NULL. */
static const struct model_held *held_path(void)
{
	for (unsigned int i = 0; i < cpu(0)->nr_held; i++) {
		if (cpu(0)->held[i].level == 1)
			return &cpu(0)->held[i];
	}
	return NULL;
}

/* Unhooks the table and lets CPU 0 invalidate page 0: the quarters of the upper entry that it may still hold. */
static unsigned int parts_left(struct tlb_arch arch, bool tables, bool all)
{
	struct machine_invalidation inv;

	boot(&it, arch);
	set_pte(it.leaf, 0);
	set_pte(it.upper, 0);
	assert_non_null(held_path());
	inv = (struct machine_invalidation){
		.space = it.space, .end = PAGE, .stride_shift = MACHINE_PAGE_SHIFT, .all = all, .tables = tables
	};
	machine_tlb_local(&inv);
	return held_path() ? held_path()->parts : 0;
}

static void walk_caches_go_with_their_addresses(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(parts_left(arch, true, false), 0);
	assert_int_equal(parts_left(arch, false, true), 0);
	/* An invalidation of leaves alone leaves them. */
	assert_int_equal(parts_left(arch, false, false), 0xf);
	arch.table_span = true;
	assert_int_equal(parts_left(arch, true, false), 0xe);
	assert_int_equal(parts_left(arch, false, true), 0);
}

static void with_tables_all_only_everything_reaches_them(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	arch.tables_all = true;
	assert_int_equal(parts_left(arch, true, false), 0xf);
	assert_int_equal(parts_left(arch, false, true), 0);
	arch.table_span = true;
	assert_int_equal(parts_left(arch, true, false), 0xf);
}

/* ... not even of this address: the page after those of the table. */
static unsigned int parts_left_by_another_page(struct tlb_arch arch)
{
	struct machine_invalidation inv;

	boot(&it, arch);
	set_pte(it.upper, 0);
	inv = (struct machine_invalidation){ .space = it.space,
					     .start = 4 * PAGE,
					     .end = 5 * PAGE,
					     .stride_shift = MACHINE_PAGE_SHIFT,
					     .tables = true };
	machine_tlb_local(&inv);
	return held_path() ? held_path()->parts : 0;
}

static void with_paths_all_any_address_reaches_them(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(parts_left_by_another_page(arch), 0xf);
	arch.paths_all = true;
	assert_int_equal(parts_left_by_another_page(arch), 0);
	assert_int_equal(parts_left(arch, false, false), 0xf);
}

/* Page 1 goes, and CPU 0 invalidates from page 0 on, in steps of @shift, what stood at @levels: how much it still holds. */
static unsigned int held_after_step(struct tlb_arch arch, unsigned int shift, unsigned int levels)
{
	struct machine_invalidation inv;

	boot(&it, arch);
	set_pte(it.leaf + 1, entry_to(it.page, LEAF_BITS));
	set_pte(it.leaf + 1, 0);
	assert_int_equal(cpu(0)->nr_held, 1);
	inv = (struct machine_invalidation){ .space = it.space,
					     .end = 4 * PAGE,
					     .stride_shift = (unsigned char)shift,
					     .levels = (unsigned char)levels };
	machine_tlb_local(&inv);
	return cpu(0)->nr_held;
}

static void a_hint_of_a_wrong_level_leaves_the_entry(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(held_after_step(arch, MACHINE_PAGE_SHIFT, 1u << 1), 0);
	arch.level_hint = true;
	assert_int_equal(held_after_step(arch, MACHINE_PAGE_SHIFT, 1u << 1), 1);
	assert_int_equal(held_after_step(arch, MACHINE_PAGE_SHIFT, 1u << 0), 0);
}

static void one_operation_for_a_range_has_no_steps(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(held_after_step(arch, MACHINE_PAGE_SHIFT + 1, 0), 1);
	arch.range_op = true;
	assert_int_equal(held_after_step(arch, MACHINE_PAGE_SHIFT + 1, 0), 0);
}

static void a_pair_of_pages_goes_together(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(held_after_step(arch, MACHINE_PAGE_SHIFT + 1, 0), 1);
	arch.pairs = true;
	assert_int_equal(held_after_step(arch, MACHINE_PAGE_SHIFT + 1, 0), 0);
}

static void without_a_walk_cache_any_invalidation_ends_a_walk(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	arch.walk_cache = false;
	assert_int_equal(parts_left(arch, false, false), 0);
	arch.tables_all = true;
	assert_int_equal(parts_left(arch, false, false), 0);
}

/* Unmaps page 0 and lets CPU 0 invalidate it, data side or both: the kinds of TLB that may still hold it. */
static unsigned int kinds_left(struct tlb_arch arch, bool exec)
{
	struct machine_invalidation inv;

	boot(&it, arch);
	set_pte(it.leaf, 0);
	assert_int_equal(cpu(0)->nr_held, 1);
	inv = (struct machine_invalidation){
		.space = it.space, .end = PAGE, .stride_shift = MACHINE_PAGE_SHIFT, .exec = exec
	};
	machine_tlb_local(&inv);
	return cpu(0)->nr_held ? cpu(0)->held[0].kinds : 0;
}

static void an_instruction_tlb_of_its_own_is_invalidated_apart(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(kinds_left(arch, false), 0);
	arch.split_itlb = true;
	assert_int_equal(kinds_left(arch, false), 2);
	assert_int_equal(kinds_left(arch, true), 0);
}

/* What CPU 0 holds of page 0 when it has left the address space. */
static unsigned int held_after_leaving(struct tlb_arch arch)
{
	boot(&it, arch);
	set_pte(it.leaf, 0);
	machine_load_root(NULL);
	return cpu(0)->nr_held;
}

static void ids_keep_translations_over_a_switch(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(held_after_leaving(arch), 0);
	arch.asids = true;
	assert_int_equal(held_after_leaving(arch), 0);
	arch.tagged = true;
	assert_int_equal(held_after_leaving(arch), 1);
}

/* Without ids, and where the load drops nothing, what stood in the tables is held as well, until one invalidation of everything. */
static void what_no_load_drops_is_held_of_all_that_stood_there(void **state)
{
	struct machine_invalidation all = { .all = true, .tables = true, .exec = true };
	struct tlb_arch arch = plain_row();

	(void)state;
	arch.load_drops = false;
	boot(&it, arch);
	machine_load_root(it.space);
	assert_int_equal(cpu(0)->nr_held, 0);
	set_pte(it.leaf, 0);
	assert_int_equal(cpu(0)->nr_held, 1);
	set_pte(it.leaf + 1, entry_to(it.page, LEAF_BITS));
	machine_load_root(NULL);
	/* Both pages, and the path to their table. */
	assert_int_equal(cpu(0)->nr_held, 3);
	machine_tlb_local(&all);
	assert_int_equal(cpu(0)->nr_held, 0);
	/* The old tables are not walked any more. */
	set_pte(it.leaf + 1, 0);
	assert_int_equal(cpu(0)->nr_held, 0);
}

/* An entry goes from empty to present: may CPU 0 hold that it was empty? */
static unsigned int empty_entries_held(struct tlb_arch arch)
{
	boot(&it, arch);
	set_pte(it.leaf + 1, entry_to(it.page, LEAF_BITS));
	return cpu(0)->nr_held;
}

static void only_some_hold_empty_entries(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(empty_entries_held(arch), 0);
	arch.caches_not_present = true;
	assert_int_equal(empty_entries_held(arch), 1);
}

/* Accessed and dirty: what is lost is still set where it is held, and what is gained was set by a walk, or as well as that. */
static void a_bit_that_is_lost_stays_held(void **state)
{
	(void)state;
	boot(&it, plain_row());
	set_pte(it.leaf, entry_to(it.page, LEAF_BITS & ~(uint64_t)MACHINE_PTE_DIRTY));
	assert_int_equal(cpu(0)->nr_held, 1);
	assert_true(cpu(0)->held[0].word & MACHINE_PTE_DIRTY);
	set_pte(it.leaf, entry_to(it.page, LEAF_BITS));
	assert_int_equal(cpu(0)->nr_held, 1);
	set_pte(it.leaf, entry_to(it.page, LEAF_BITS & ~(uint64_t)MACHINE_PTE_ACCESSED));
	assert_int_equal(cpu(0)->nr_held, 1);
	assert_int_equal(cpu(0)->held[0].word, entry_to(it.page, LEAF_BITS));
}

/* An entry that no walk has come to is cleared, by a store or by an exchange: is it held? */
static unsigned int held_of_old(struct tlb_arch arch, bool exchange)
{
	struct machine_invalidation all = { .all = true, .tables = true, .exec = true };

	boot(&it, arch);
	set_pte(it.leaf, entry_to(it.page, LEAF_BITS & ~(uint64_t)MACHINE_PTE_ACCESSED));
	machine_tlb_local(&all);
	if (exchange)
		__atomic_exchange_n(it.leaf, 0, __ATOMIC_SEQ_CST);
	else
		set_pte(it.leaf, 0);
	return cpu(0)->nr_held;
}

static void an_entry_that_no_walk_has_used_is_not_held(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(held_of_old(arch, true), 0);
	/* A walk may have come between the last look and the store, by itself. */
	assert_int_equal(held_of_old(arch, false), 1);
	assert_true(cpu(0)->held[0].word & MACHINE_PTE_ACCESSED);
	/* Where software keeps the bit, it says nothing of walks. */
	arch.hw_dirty = false;
	assert_int_equal(held_of_old(arch, true), 1);
}

/* An entry that nobody has used goes: may CPU 0 hold it? */
static unsigned int old_entries_held(struct tlb_arch arch)
{
	boot(&it, arch);
	set_pte(it.leaf, entry_to(it.page, LEAF_BITS & ~MACHINE_PTE_ACCESSED));
	machine_tlb_local(&(struct machine_invalidation){ .all = true, .tables = true, .exec = true });
	__atomic_exchange_n(it.leaf, 0, __ATOMIC_SEQ_CST);
	return cpu(0)->nr_held;
}

static void only_some_hold_old_entries(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(old_entries_held(arch), 0);
	arch.caches_old = true;
	assert_int_equal(old_entries_held(arch), 1);
}

/* Nobody walks by hardware: an upper entry is nobody's. */
static void upper_entries_are_held_where_hardware_walks(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	arch.hw_walk = false;
	boot(&it, arch);
	set_pte(it.leaf, 0);
	set_pte(it.upper, 0);
	assert_null(held_path());
	assert_int_equal(cpu(0)->nr_held, 1);
}

/* Its own entry did not change, but no walk finds it any more. */
static void what_stood_in_an_unhooked_table_is_held(void **state)
{
	struct machine_invalidation path;
	struct tlb_arch arch = plain_row();

	(void)state;
	arch.level_hint = true;
	boot(&it, arch);
	set_pte(it.upper, 0);
	assert_int_equal(cpu(0)->nr_held, 2);
	path = (struct machine_invalidation){
		.space = it.space, .end = PAGE, .stride_shift = MACHINE_PAGE_SHIFT, .levels = 1u << 1, .tables = true
	};
	machine_tlb_local(&path);
	assert_null(held_path());
	assert_int_equal(cpu(0)->nr_held, 1);
	path.levels = 1u << 0;
	machine_tlb_local(&path);
	assert_int_equal(cpu(0)->nr_held, 0);
}

/* A flush of the table from its second page on, in steps of a table, steps over the quarters in between. */
static void paths_go_where_a_step_lands(void **state)
{
	struct machine_invalidation inv;
	struct tlb_arch arch = plain_row();

	(void)state;
	arch.table_span = true;
	boot(&it, arch);
	set_pte(it.upper, 0);
	inv = (struct machine_invalidation){ .space = it.space,
					     .start = PAGE,
					     .end = 4 * PAGE,
					     .stride_shift = MACHINE_PAGE_SHIFT + MACHINE_TABLE_BITS,
					     .tables = true };
	machine_tlb_local(&inv);
	assert_int_equal(held_path()->parts, 0xd);
}

/* Each side walks for itself. */
static void a_path_of_instructions_needs_its_own_flush(void **state)
{
	struct machine_invalidation inv;
	struct tlb_arch arch = plain_row();

	(void)state;
	arch.split_itlb = true;
	boot(&it, arch);
	set_pte(it.upper, 0);
	inv = (struct machine_invalidation){
		.space = it.space, .end = PAGE, .stride_shift = MACHINE_PAGE_SHIFT, .tables = true
	};
	machine_tlb_local(&inv);
	assert_int_equal(held_path()->kinds, 2);
	inv.exec = true;
	machine_tlb_local(&inv);
	assert_null(held_path());
}

static void an_entry_changed_by_one_instruction_is_held_by_nobody(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	boot(&it, arch);
	__atomic_exchange_n(it.leaf, 0, __ATOMIC_SEQ_CST);
	assert_int_equal(cpu(0)->nr_held, 1);
	boot(&it, arch);
	machine_invalidate_entry(it.leaf, 0);
	assert_int_equal(cpu(0)->nr_held, 1);
	arch.farthest = TLB_REACH_ENTRY;
	boot(&it, arch);
	machine_invalidate_entry(it.leaf, 0);
	assert_int_equal(cpu(0)->nr_held, 0);
	assert_int_equal(cpu(1)->nr_held, 0);
	boot(&it, arch);
	/* The other CPU was there as well. */
	memcpy(model_state()->cpus[1].under, cpu(0)->under, sizeof(cpu(0)->under));
	machine_invalidate_entry_here(it.leaf, 0);
	assert_int_equal(cpu(0)->nr_held, 0);
	assert_int_equal(cpu(1)->nr_held, 1);
}

/* What is issued may be used until it is complete; what comes to be held after the issue is not in it. */
static void a_broadcast_takes_what_was_held_when_it_was_issued(void **state)
{
	struct machine_invalidation inv;

	(void)state;
	boot(&it, plain_row());
	inv = (struct machine_invalidation){ .space = it.space, .all = true };
	set_pte(it.leaf, 0);
	machine_tlb_broadcast(&inv);
	assert_int_equal(cpu(0)->nr_held, 1);
	set_pte(it.leaf, entry_to(it.page, LEAF_BITS & ~MACHINE_PTE_WRITE));
	set_pte(it.leaf, 0);
	assert_int_equal(cpu(0)->nr_held, 2);
	machine_tlb_complete();
	assert_int_equal(cpu(0)->nr_held, 1);
	assert_false(cpu(0)->held[0].word & MACHINE_PTE_WRITE);
}

/* CPU 1 invalidates all that CPU 0 holds, as far as that goes. */
static unsigned int held_after_others_broadcast(struct tlb_arch arch)
{
	struct machine_invalidation inv;

	boot(&it, arch);
	inv = (struct machine_invalidation){ .space = it.space, .all = true };
	set_pte(it.leaf, 0);
	model_set_up_as(1, NULL);
	machine_tlb_broadcast(&inv);
	machine_tlb_complete();
	return cpu(0)->nr_held;
}

static void a_broadcast_goes_as_far_as_the_hardware(void **state)
{
	struct tlb_arch arch = plain_row();

	(void)state;
	assert_int_equal(held_after_others_broadcast(arch), 1);
	arch.farthest = TLB_REACH_BROADCAST;
	assert_int_equal(held_after_others_broadcast(arch), 0);
}

/* CPU 1 broadcasts, @times; what CPU 0 holds of a page that is gone. */
static unsigned int held_with_the_erratum(unsigned int times, bool lands)
{
	struct tlb_arch arch = plain_row();
	struct machine_invalidation inv;

	arch.farthest = TLB_REACH_BROADCAST;
	boot(&it, arch);
	it.config.in_flight = true;
	build(&it);
	inv = (struct machine_invalidation){ .space = it.space, .all = true };
	set_pte(it.leaf, 0);
	for (unsigned int i = 0; i < times; i++) {
		model_set_up_as(1, NULL);
		machine_tlb_broadcast(&inv);
		machine_tlb_complete();
	}
	model_set_up_as(0, NULL);
	if (lands)
		model_land();
	return cpu(0)->nr_held;
}

static void an_access_in_flight_is_over_at_the_second_broadcast(void **state)
{
	(void)state;
	assert_int_equal(held_with_the_erratum(0, true), 1);
	assert_int_equal(held_with_the_erratum(1, false), 1);
	assert_int_equal(held_with_the_erratum(2, false), 0);
	assert_int_equal(held_with_the_erratum(1, true), 0);
}

/* Two CPUs issue: what both cover is gone when either is complete, and what one has left goes on dying for the other. */
static void what_one_broadcast_leaves_dies_with_the_other(void **state)
{
	struct tlb_arch arch = plain_row();
	struct machine_invalidation data, both;

	(void)state;
	arch.split_itlb = true;
	arch.farthest = TLB_REACH_BROADCAST;
	boot(&it, arch);
	both = (struct machine_invalidation){ .space = it.space, .all = true, .exec = true };
	data = (struct machine_invalidation){ .space = it.space, .all = true };
	set_pte(it.leaf, 0);
	machine_tlb_broadcast(&both);
	model_set_up_as(1, NULL);
	machine_tlb_broadcast(&data);
	assert_int_equal(cpu(0)->nr_held, 2);
	model_set_up_as(0, NULL);
	machine_tlb_complete();
	assert_int_equal(cpu(0)->nr_held, 0);
}

/*
 * An operation sends one broadcast for its page and one for another, in either order: neither range was wrong. With the other
 * alone its own page is passed over.
 */
static void what_a_broadcast_covers_no_other_passes_over(void **state)
{
	static const unsigned long starts[][2] = { { PAGE, PAGE }, { PAGE, 0 }, { 0, PAGE } };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		boot(&it, plain_row());
		set_pte(it.leaf, 0);
		/* Promised away by whoever sets up. */
		model_state()->cpus[0].held[0].marks = 1u << AGENT_MAX_AGENTS;
		for (unsigned int nr = 0; nr < 2; nr++) {
			unsigned long start = starts[i][nr];
			struct machine_invalidation inv = { .space = it.space,
							    .start = start,
							    .end = start + PAGE,
							    .stride_shift = MACHINE_PAGE_SHIFT };

			machine_tlb_broadcast(&inv);
		}
		assert_int_equal(cpu(0)->held[0].passed_over != 0, i == 0);
	}
}

/* Changes of two entries commute, so what is held stands in one order whichever came first. */
static void the_order_of_changes_is_not_kept(void **state)
{
	struct model_held first[2];

	(void)state;
	for (unsigned int which = 0; which < 2; which++) {
		boot(&it, plain_row());
		set_pte(it.leaf + 1, entry_to(it.page, LEAF_BITS));
		set_pte(it.leaf + which, 0);
		set_pte(it.leaf + !which, 0);
		assert_int_equal(cpu(0)->nr_held, 2);
		if (which == 0)
			memcpy(first, cpu(0)->held, sizeof(first));
	}
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(first[i].index, cpu(0)->held[i].index);
}

/* Only a CPU that had the address space loaded can hold anything of it. */
static void a_cpu_that_was_never_there_holds_nothing(void **state)
{
	(void)state;
	boot(&it, plain_row());
	set_pte(it.leaf, 0);
	assert_int_equal(cpu(0)->nr_held, 1);
	assert_int_equal(cpu(1)->nr_held, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walk_caches_go_with_their_addresses),
		cmocka_unit_test(with_tables_all_only_everything_reaches_them),
		cmocka_unit_test(with_paths_all_any_address_reaches_them),
		cmocka_unit_test(a_hint_of_a_wrong_level_leaves_the_entry),
		cmocka_unit_test(one_operation_for_a_range_has_no_steps),
		cmocka_unit_test(a_pair_of_pages_goes_together),
		cmocka_unit_test(without_a_walk_cache_any_invalidation_ends_a_walk),
		cmocka_unit_test(an_instruction_tlb_of_its_own_is_invalidated_apart),
		cmocka_unit_test(ids_keep_translations_over_a_switch),
		cmocka_unit_test(what_no_load_drops_is_held_of_all_that_stood_there),
		cmocka_unit_test(only_some_hold_empty_entries),
		cmocka_unit_test(only_some_hold_old_entries),
		cmocka_unit_test(a_bit_that_is_lost_stays_held),
		cmocka_unit_test(an_entry_that_no_walk_has_used_is_not_held),
		cmocka_unit_test(upper_entries_are_held_where_hardware_walks),
		cmocka_unit_test(what_stood_in_an_unhooked_table_is_held),
		cmocka_unit_test(paths_go_where_a_step_lands),
		cmocka_unit_test(a_path_of_instructions_needs_its_own_flush),
		cmocka_unit_test(an_entry_changed_by_one_instruction_is_held_by_nobody),
		cmocka_unit_test(a_broadcast_takes_what_was_held_when_it_was_issued),
		cmocka_unit_test(a_broadcast_goes_as_far_as_the_hardware),
		cmocka_unit_test(an_access_in_flight_is_over_at_the_second_broadcast),
		cmocka_unit_test(what_one_broadcast_leaves_dies_with_the_other),
		cmocka_unit_test(what_a_broadcast_covers_no_other_passes_over),
		cmocka_unit_test(the_order_of_changes_is_not_kept),
		cmocka_unit_test(a_cpu_that_was_never_there_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
