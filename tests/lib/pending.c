/* SPDX-License-Identifier: MIT */
/* pending.c - lanes of the count, and tables that say who changed them. */
#include "test.h"

static struct tlb_changes table, upper;

static int lanes_setup(void **state)
{
	world_setup(state);
	host.limits.lanes = 2;
	table = upper = (struct tlb_changes){ 0 };
	return 0;
}

#define lanes_test(function) cmocka_unit_test_setup_teardown(function, lanes_setup, world_teardown)

/* Looks at two pages of the table, and takes the first away. */
static void look_and_zap(struct mmu_gather *tlb, unsigned int page)
{
	tlb_look(tlb, &table, TLB_LOST_RIGHTS, ADDRESS(page), ADDRESS(page + 2));
	zap(tlb, page);
	tlb_mark(tlb, &table, TLB_LOST_ENTRY);
}

static void other_tables_do_not_matter(void **state)
{
	struct mmu_gather other;

	(void)state;
	tlb_gather_mmu(&other, &the_mm);
	tlb_gather_mmu(&the_gather, &the_mm);
	zap(&other, 3);
	tlb_mark(&other, &upper, TLB_LOST_ENTRY);
	look_and_zap(&the_gather, 1);
	host_log();
	assert_true(tlb_mm_flush_nested(&the_mm));
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-2000/12 pend- free 1");
	assert_false(tlb_mm_flush_nested(&the_mm));
	tlb_finish_mmu(&other);
	assert_log("fence local0 3000-4000/12 pend- free 3");
}

static void what_was_looked_at_is_flushed_for_another(void **state)
{
	struct mmu_gather other;

	(void)state;
	tlb_gather_mmu(&other, &the_mm);
	tlb_gather_mmu(&the_gather, &the_mm);
	look_and_zap(&other, 1);
	tlb_look(&the_gather, &table, TLB_LOST_RIGHTS, ADDRESS(1), ADDRESS(4));
	assert_true(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_RIGHTS));
	host_log();
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-4000/12+t+x+h pend-");
	tlb_finish_mmu(&other);
	assert_log("fence local0 1000-2000/12 pend- free 1");
	assert_false(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_RIGHTS));
}

/* What it has taken away itself is part of that, wherever it was; and pages may be of any size. */
static void with_what_it_has_recorded(void **state)
{
	struct mmu_gather other;

	(void)state;
	host.arch.page_size = true;
	tlb_gather_mmu(&other, &the_mm);
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_look(&other, &table, TLB_LOST_RIGHTS, ADDRESS(1), ADDRESS(2));
	tlb_mark(&other, &table, TLB_LOST_ENTRY);
	tlb_look(&the_gather, &table, TLB_LOST_RIGHTS, ADDRESS(1), ADDRESS(2));
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	zap(&the_gather, 7);
	host_log();
	host.log_kinds = true;
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-8000/12+t+x+h levels1f size0 freed pend- free 7");
	host.log_kinds = false;
	tlb_finish_mmu(&other);
}

/* It ended between the look and the end: its flush is done. */
static void who_has_ended_does_not_matter(void **state)
{
	struct mmu_gather other;

	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_gather_mmu(&other, &the_mm);
	look_and_zap(&other, 1);
	tlb_look(&the_gather, &table, TLB_LOST_RIGHTS, ADDRESS(1), ADDRESS(2));
	tlb_finish_mmu(&other);
	host_log();
	tlb_look(&the_gather, &table, TLB_LOST_RIGHTS, ADDRESS(3), ADDRESS(4));
	assert_int_equal(table.lanes, 0);
	tlb_finish_mmu(&the_gather);
	assert_log("pend-");
}

/* The bit of a lane in which a gather is open stays, whoever looks. */
static void bits_of_the_open_stay(void **state)
{
	struct mmu_gather other;

	(void)state;
	tlb_gather_mmu(&other, &the_mm);
	look_and_zap(&other, 1);
	tlb_look(&other, &table, TLB_LOST_RIGHTS, ADDRESS(1), ADDRESS(2));
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_look(&the_gather, &table, TLB_LOST_RIGHTS, ADDRESS(5), ADDRESS(6));
	assert_int_equal(table.lanes, 1u << other.lane);
	tlb_finish_mmu(&the_gather);
	tlb_finish_mmu(&other);
}

static const char *end_of_who_looked(enum tlb_lost lost)
{
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_look(&the_gather, &table, lost, ADDRESS(1), ADDRESS(2));
	host_log();
	tlb_finish_mmu(&the_gather);
	return host_log();
}

/* Who takes pages away, or finds them gone, need not know who has only taken rights; who asks for rights is told of both. */
static void kinds_are_apart(void **state)
{
	struct mmu_gather other;

	(void)state;
	tlb_gather_mmu(&other, &the_mm);
	tlb_mark(&other, &table, TLB_LOST_RIGHTS);
	assert_true(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_RIGHTS));
	assert_false(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_ENTRY));
	assert_string_equal(end_of_who_looked(TLB_LOST_ENTRY), "pend-");
	assert_string_equal(end_of_who_looked(TLB_LOST_RIGHTS), "fence local0 1000-2000/12+t+x+h pend-");
	tlb_mark(&other, &table, TLB_LOST_ENTRY);
	assert_true(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_ENTRY));
	assert_string_equal(end_of_who_looked(TLB_LOST_ENTRY), "fence local0 1000-2000/12+t+x+h pend-");
	tlb_finish_mmu(&other);
	/* It has ended: neither says anything any more. */
	assert_false(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_RIGHTS));
	assert_false(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_ENTRY));
}

/* ORD-4, as with one lane. */
static void orders_of_lanes(void **state)
{
	(void)state;
	host.log_orders = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_log("pend?:relaxed pend+:relaxed");
	tlb_finish_mmu(&the_gather);
	assert_log("pend?:acquire pend?:relaxed pend-:release");
	host.log_orders = false;
}

enum {
	MANY = 8 * 255 + 100,
};

static struct mmu_gather many[MANY];

/* More gathers than all lanes have room for: what one of them has changed is pending as long as it is open, and a lane that was full is never empty again. */
static void full_lanes_stay(void **state)
{
	struct mmu_gather first;

	(void)state;
	host.limits.lanes = 8;
	tlb_gather_mmu(&first, &the_mm);
	tlb_mark(&first, &table, TLB_LOST_ENTRY);
	for (unsigned int i = 0; i < MANY; i++) {
		tlb_gather_mmu(&many[i], &the_mm);
		assert_true(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_ENTRY));
		assert_true(tlb_mm_flush_nested(&the_mm));
	}
	for (unsigned int i = 0; i < MANY; i++) {
		tlb_finish_mmu(&many[i]);
		assert_true(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_ENTRY));
	}
	tlb_finish_mmu(&first);
	assert_int_equal((unsigned long)the_mm.pending, ~0ul);
	the_mm.pending = 0;
}

/* One less than that comes back to nothing. */
static void lanes_that_are_not_full_empty(void **state)
{
	(void)state;
	host.limits.lanes = 8;
	for (unsigned int i = 0; i < 8 * 254; i++)
		tlb_gather_mmu(&many[i], &the_mm);
	for (unsigned int i = 0; i < 8 * 254; i++)
		tlb_finish_mmu(&many[i]);
	assert_false(tlb_mm_flush_pending(&the_mm));
}

/* Three gathers in two lanes: two share one, and are taken for one. */
static void lanes_are_shared(void **state)
{
	struct mmu_gather first, second;

	(void)state;
	tlb_gather_mmu(&first, &the_mm);
	tlb_gather_mmu(&second, &the_mm);
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_int_not_equal(first.lane, second.lane);
	assert_int_equal(the_gather.lane, 0);
	tlb_mark(&first, &table, TLB_LOST_ENTRY);
	tlb_look(&the_gather, &table, TLB_LOST_RIGHTS, ADDRESS(1), ADDRESS(2));
	assert_true(first.lane == the_gather.lane);
	host_log();
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-2000/12+t+x+h pend-");
	tlb_finish_mmu(&first);
	tlb_finish_mmu(&second);
}

static void a_new_table_inherits(void **state)
{
	struct mmu_gather other;
	struct tlb_changes new = { 0 };

	(void)state;
	tlb_gather_mmu(&other, &the_mm);
	tlb_mark(&other, &upper, TLB_LOST_ENTRY);
	tlb_inherit(&new, &upper);
	assert_true(tlb_table_flush_pending(&the_mm, &new, TLB_LOST_RIGHTS));
	host.rule_off[RULE_changes_inherited] = true;
	new.lanes = 0;
	tlb_inherit(&new, &upper);
	assert_false(tlb_table_flush_pending(&the_mm, &new, TLB_LOST_RIGHTS));
	tlb_finish_mmu(&other);
}

/* Of everything: it looks at no table in particular, and whoever is open may have changed any. */
static void the_whole_mm_is_told_of_everybody(void **state)
{
	struct mmu_gather other;

	(void)state;
	tlb_gather_mmu(&other, &the_mm);
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	host_log();
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 all+t+x+h pend-");
	tlb_finish_mmu(&other);
}

/* With one lane the table is not looked at, nor changed. */
static void one_lane(void **state)
{
	struct mmu_gather other;

	(void)state;
	host.limits.lanes = 1;
	tlb_gather_mmu(&other, &the_mm);
	tlb_look(&other, &table, TLB_LOST_RIGHTS, ADDRESS(1), ADDRESS(2));
	tlb_mark(&other, &table, TLB_LOST_ENTRY);
	assert_int_equal(table.lanes, 0);
	assert_true(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_RIGHTS));
	tlb_finish_mmu(&other);
	assert_false(tlb_table_flush_pending(&the_mm, &table, TLB_LOST_RIGHTS));
}

static void misuse(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_contract(tlb_look(&the_gather, &table, TLB_LOST_RIGHTS, PAGE_SIZE, PAGE_SIZE),
			"tlb_look: needs a range");
	tlb_finish_mmu(&the_gather);
	host.limits.lanes = 9;
	assert_contract(tlb_gather_mmu(&the_gather, &the_mm), "shootdown_limits: needs lanes <= 8");
	host.limits.lanes = 1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lanes_test(other_tables_do_not_matter),
		lanes_test(what_was_looked_at_is_flushed_for_another),
		lanes_test(with_what_it_has_recorded),
		lanes_test(who_has_ended_does_not_matter),
		lanes_test(bits_of_the_open_stay),
		lanes_test(orders_of_lanes),
		lanes_test(full_lanes_stay),
		lanes_test(lanes_that_are_not_full_empty),
		lanes_test(lanes_are_shared),
		lanes_test(kinds_are_apart),
		lanes_test(a_new_table_inherits),
		lanes_test(the_whole_mm_is_told_of_everybody),
		lanes_test(one_lane),
		lanes_test(misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
