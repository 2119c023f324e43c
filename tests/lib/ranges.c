/* SPDX-License-Identifier: MIT */
/* ranges.c - what is recorded with gaps between: which invalidations the library asks of the host. */
#include "test.h"

static void setup(unsigned int ranges)
{
	host.limits.ranges = ranges;
	tlb_gather_mmu(&the_gather, &the_mm);
}

static void entry(unsigned long page)
{
	tlb_remove_tlb_entry(&the_gather, ADDRESS(page));
}

static void each_apart(void **state)
{
	(void)state;
	setup(2);
	entry(1);
	entry(2);
	entry(5);
	entry(9);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-3000/12 local0 5000-6000/12 local0 9000-a000/12 pend-");
}

/* The first one may begin at address 0, where a range that is not there must not be taken for one that ends. */
static void from_the_first_page(void **state)
{
	(void)state;
	setup(2);
	entry(0);
	entry(1);
	entry(3);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 0-2000/12 local0 3000-4000/12 pend-");
}

static void within_the_last(void **state)
{
	(void)state;
	setup(2);
	entry(1);
	tlb_remove_tlb_entries(&the_gather, ADDRESS(5), 3);
	entry(6);
	tlb_remove_tlb_entries(&the_gather, ADDRESS(7), 3);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12 local0 5000-a000/12 pend-");
}

static void joined_when_full(void **state)
{
	(void)state;
	setup(1);
	entry(1);
	entry(3);
	entry(5);
	entry(7);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-6000/12 local0 7000-8000/12 pend-");
}

static void joined_when_behind(void **state)
{
	(void)state;
	setup(2);
	entry(3);
	entry(7);
	entry(1);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-8000/12 pend-");
}

/* A word has room for 4,095 pages; more are joined with what follows. */
static void joined_when_long(void **state)
{
	(void)state;
	setup(2);
	tlb_remove_tlb_entries(&the_gather, 0, 4095);
	entry(5000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 0-fff000/12 local0 1388000-1389000/12 pend-");
	setup(2);
	tlb_remove_tlb_entries(&the_gather, 0, 4096);
	entry(5000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 0-1389000/12 pend-");
}

static void none_kept(void **state)
{
	(void)state;
	setup(0);
	entry(1);
	entry(3);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-4000/12 pend-");
}

static void forgotten_by_a_flush(void **state)
{
	(void)state;
	setup(2);
	entry(1);
	entry(3);
	tlb_flush_mmu_tlbonly(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12 local0 3000-4000/12");
	entry(5);
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 5000-6000/12 pend-");
}

static void in_whole_strides(void **state)
{
	(void)state;
	setup(2);
	tlb_flush_level_range(&the_gather, TLB_LEVEL_PMD, 0x201000, 0x1000);
	tlb_flush_level_range(&the_gather, TLB_LEVEL_PMD, 0x801000, 0x1000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 200000-400000/21 local0 800000-a00000/21 pend-");
}

/* The ceiling is of what is recorded, not of the hull. */
static void ceiling(void **state)
{
	(void)state;
	host.arch.ceiling = 3;
	setup(2);
	entry(1);
	entry(101);
	entry(201);
	tlb_flush_mmu_tlbonly(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12 local0 65000-66000/12 local0 c9000-ca000/12");
	tlb_remove_tlb_entries(&the_gather, 0, 3);
	entry(101);
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 all pend-");
}

static void others_get_each(void **state)
{
	(void)state;
	host.online = 3;
	the_mm.cpus.value = 3;
	setup(1);
	entry(1);
	entry(3);
	tlb_finish_mmu(&the_gather);
	assert_log(
		"pend+ fence call1 local0 1000-2000/12 local0 3000-4000/12 local1 1000-2000/12 local1 3000-4000/12 answer pend-");
}

/* Firmware that takes the first range and not the second has done more than enough: the others are asked for both. */
static void firmware_takes_all_or_none(void **state)
{
	(void)state;
	host.arch.rcu_table_free = host.arch.table_free = true;
	host.online = 3;
	the_mm.cpus.value = 3;
	host.firmware = true;
	setup(1);
	entry(1);
	entry(3);
	tlb_flush_mmu_tlbonly(&the_gather);
	assert_log("pend+ fence cpus1 1000-2000/12 cpus1 3000-4000/12 local0 1000-2000/12 local0 3000-4000/12 done");
	host.refusal = 2;
	entry(1);
	entry(3);
	tlb_finish_mmu(&the_gather);
	assert_log("fence cpus1 1000-2000/12 done call1 local0 1000-2000/12 local0 3000-4000/12 local1 1000-2000/12 "
		   "local1 3000-4000/12 answer pend-");
}

static void broadcasts_and_one_wait(void **state)
{
	(void)state;
	host.arch.reach = TLB_REACH_BROADCAST;
	setup(1);
	entry(1);
	entry(3);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence bcast 1000-2000/12 bcast 3000-4000/12 done pend-");
}

/* A gather of the whole mm, and one that flushes for others, know no ranges. */
static void everything(void **state)
{
	(void)state;
	host.limits.ranges = 2;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	entry(1);
	entry(3);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 all+x+h pend-");
	setup(2);
	entry(1);
	entry(3);
	the_mm.pending++;
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 all+t+x+h pend-");
	the_mm.pending--;
}

/* ---- tables: what was recorded of what they mapped is enough ---- */

static void table_of_a_range(void **state)
{
	(void)state;
	setup(2);
	entry(1);
	entry(0x401);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(2), 0x400000);
	tlb_finish_mmu(&the_gather);
	assert_log(
		"pend+ page 901 page 902 fence local0 1000-2000/12+t+x local0 401000-402000/12+t+x pend- free 901 902");
}

static void table_of_none(void **state)
{
	(void)state;
	setup(2);
	entry(1);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0x400000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 1000-2000/12+t+x local0 400000-401000/12+t+x pend- free 901");
	setup(2);
	entry(1);
	entry(0x801);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0x400000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 1000-802000/12+t+x pend- free 901");
	setup(2);
	entry(0x3ff);
	entry(0x801);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0x400000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 3ff000-802000/12+t+x pend- free 901");
}

static void any_reaches_the_path(void **state)
{
	(void)state;
	host.arch.walk_cache = host.arch.paths_all = true;
	setup(2);
	entry(1);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0x400000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 1000-2000/12+t+x pend- free 901");
	setup(2);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0x400000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 400000-600000/21+t+x pend- free 901");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(each_apart),
		world_test(from_the_first_page),
		world_test(within_the_last),
		world_test(joined_when_full),
		world_test(joined_when_behind),
		world_test(joined_when_long),
		world_test(none_kept),
		world_test(forgotten_by_a_flush),
		world_test(in_whole_strides),
		world_test(ceiling),
		world_test(others_get_each),
		world_test(firmware_takes_all_or_none),
		world_test(broadcasts_and_one_wait),
		world_test(everything),
		world_test(table_of_a_range),
		world_test(table_of_none),
		world_test(any_reaches_the_path),
	};

	return cmocka_run_group_tests_name("lib_ranges", tests, NULL, NULL);
}
