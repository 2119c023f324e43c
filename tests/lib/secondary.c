/* SPDX-License-Identifier: MIT */
/* secondary.c - TLBs besides the CPUs': what they are told, in which order, and of what not. */
#include "test.h"
#include <shootdown/tlb_notifier.h>
#include <shootdown/unmap.h>

struct told {
	struct tlb_notifier notifier;
	unsigned int commands, syncs;
	bool fills;
	unsigned int filled; /* commands for what is filled from it */
	struct tlb_flush last;
	unsigned long covered;
};

static void take(struct tlb_notifier *notifier, const struct tlb_flush *flush)
{
	struct told *told = (struct told *)notifier;

	assert_false(flush->nr_ranges);
	told->commands++;
	told->last = *flush;
	told->covered += flush->all ? 0 : flush->end - flush->start;
}

static void wait_for_it(struct tlb_notifier *notifier)
{
	struct told *told = (struct told *)notifier;

	assert_true(told->commands);
	told->syncs++;
}

static const struct tlb_notifier_ops ops = { .invalidate = take, .sync = wait_for_it };

static bool does_fill(struct tlb_notifier *notifier)
{
	return ((struct told *)notifier)->fills;
}

static void take_filled(struct tlb_notifier *notifier, const struct tlb_flush *flush)
{
	struct told *told = (struct told *)notifier;

	assert_false(flush->nr_ranges);
	/* All others, and a wait for them. */
	assert_int_equal(told->syncs, 1);
	told->filled++;
	told->covered -= flush->end - flush->start;
}

static const struct tlb_notifier_ops filling = {
	.invalidate = take, .sync = wait_for_it, .fills = does_fill, .invalidate_filled = take_filled
};

static struct told one, two;

static int setup(void **state)
{
	world_setup(state);
	one = (struct told){ .notifier.ops = &ops };
	two = (struct told){ .notifier.ops = &ops };
	tlb_notifier_register(&one.notifier, &the_mm);
	host_log();
	return 0;
}

static int teardown(void **state)
{
	while (the_mm.secondary)
		tlb_notifier_unregister(the_mm.secondary);
	return world_teardown(state);
}

static void a_flush_is_one_command_and_one_sync(void **state)
{
	(void)state;
	tlb_flush_range(&the_vma, ADDRESS(2), ADDRESS(5));
	assert_int_equal(one.commands, 1);
	assert_int_equal(one.syncs, 1);
	assert_int_equal(one.last.start, ADDRESS(2));
	assert_int_equal(one.last.end, ADDRESS(5));
	assert_int_equal(one.last.stride_shift, SHOOTDOWN_PAGE_SHIFT);
	assert_false(one.last.tables);
}

/* All that it has of the kernel's, and only where it can have something. */
static void of_kernel_tables(void **state)
{
	(void)state;
	tlb_notify_kernel_tables(&one.notifier);
	assert_int_equal(one.commands + one.syncs, 0);
	host.arch.secondary_walks_kernel = true;
	tlb_notify_kernel_tables(&one.notifier);
	assert_int_equal(one.commands, 1);
	assert_int_equal(one.syncs, 1);
	assert_null(one.last.mm);
	assert_true(one.last.all && one.last.tables);
	assert_int_equal(two.commands, 0);
}

static void an_empty_flush_is_none(void **state)
{
	(void)state;
	tlb_flush_range(&the_vma, ADDRESS(2), ADDRESS(2));
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_finish_mmu(&the_gather);
	assert_int_equal(one.commands + one.syncs, 0);
}

/* Entries are visible to walks before the list is read. */
static void the_fence_comes_first(void **state)
{
	(void)state;
	tlb_mm_flush(&the_mm);
	assert_log("fence local0 all+t+x");
	assert_true(one.last.all && one.last.tables);
}

/* A device may walk the tables of a program that no CPU runs (Linux, riscv: flush_tlb_range() returns before its hook). */
static void told_although_no_cpu_is_concerned(void **state)
{
	(void)state;
	tlb_mm_leave(&the_mm);
	tlb_flush_page(&the_vma, ADDRESS(3));
	assert_int_equal(one.commands, 1);
	assert_int_equal(one.syncs, 1);
	tlb_mm_enter(&the_mm);
}

static void kernel_mappings_are_nobodys(void **state)
{
	(void)state;
	tlb_flush_kernel_range(0x8000, 0xa000);
	assert_int_equal(one.commands + one.syncs, 0);
}

static void all_that_are_registered(void **state)
{
	(void)state;
	tlb_notifier_register(&two.notifier, &the_mm);
	tlb_flush_page(&the_vma, ADDRESS(3));
	tlb_notifier_unregister(&one.notifier);
	tlb_flush_page(&the_vma, ADDRESS(3));
	assert_int_equal(one.commands, 1);
	assert_int_equal(two.commands, 2);
	assert_int_equal(two.syncs, 2);
}

static void zap_two_ranges(void)
{
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	tlb_start_vma(&the_gather, &the_vma);
	zap(&the_gather, 1);
	zap(&the_gather, 9);
	tlb_end_vma(&the_gather, &the_vma);
	tlb_finish_mmu(&the_gather);
}

/* As many commands as the flush has ranges, and what was not unmapped is not in them. */
static void a_command_a_range(void **state)
{
	(void)state;
	host.arch.merge_vmas = true;
	host.limits.ranges = 4;
	zap_two_ranges();
	assert_int_equal(one.commands, 2);
	assert_int_equal(one.syncs, 1);
	assert_int_equal(one.covered, 2 * PAGE_SIZE);
	assert_true(one.last.goes_on);
}

static void what_is_filled_from_it_is_told_behind_it(void **state)
{
	(void)state;
	one.notifier.ops = &filling;
	tlb_flush_page(&the_vma, ADDRESS(3));
	assert_int_equal(one.filled, 0);
	assert_int_equal(one.syncs, 1);
	one.commands = one.syncs = 0;
	one.covered = 0;
	one.fills = true;
	host.arch.merge_vmas = true;
	host.limits.ranges = 4;
	zap_two_ranges();
	assert_int_equal(one.commands, 2);
	assert_int_equal(one.filled, 2);
	assert_int_equal(one.syncs, 2);
	assert_int_equal(one.covered, 0);
}

static void broadcasts_are_told_as_well(void **state)
{
	(void)state;
	host.arch.reach = host.arch.farthest = TLB_REACH_BROADCAST;
	tlb_flush_page(&the_vma, ADDRESS(3));
	assert_int_equal(one.commands, 1);
	assert_int_equal(one.syncs, 1);
}

static void a_wave_tells_each_address_space(void **state)
{
	struct tlb_flush flush[] = {
		{ .mm = &the_mm, .start = ADDRESS(1), .end = ADDRESS(2), .stride_shift = SHOOTDOWN_PAGE_SHIFT },
		{ .mm = &the_mm, .start = ADDRESS(7), .end = ADDRESS(9), .stride_shift = SHOOTDOWN_PAGE_SHIFT },
	};

	(void)state;
	tlb_flush_wave(flush, 2);
	assert_int_equal(one.commands, 2);
	assert_int_equal(one.covered, 3 * PAGE_SIZE);
}

/* Where ids are not given out again no CPU need be told of a teardown without tables. */
static void a_teardown_is_told(void **state)
{
	(void)state;
	host.arch.fullmm_skip = host.arch.asids = host.arch.tagged = true;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	tlb_start_vma(&the_gather, &the_vma);
	zap(&the_gather, 1);
	tlb_end_vma(&the_gather, &the_vma);
	tlb_finish_mmu(&the_gather);
	assert_int_equal(one.commands, 1);
	assert_true(one.last.all);
}

/* A driver that finds no mapping any more takes its pages back, and a device may be left when the last program is gone. */
static void uncounted_pages_of_the_dead(void **state)
{
	(void)state;
	the_vma.flags = TLB_VMA_PFN;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	tlb_start_vma(&the_gather, &the_vma);
	zap(&the_gather, 1);
	tlb_end_vma(&the_gather, &the_vma);
	assert_int_equal(one.commands, 0);
	tlb_free_vmas(&the_gather);
	assert_int_equal(one.commands, 1);
	assert_int_equal(one.syncs, 1);
	tlb_finish_mmu(&the_gather);
	assert_int_equal(one.commands, 1);
}

static void an_upgrade_is_told_where_it_sticks(void **state)
{
	(void)state;
	tlb_notify_upgrade(&the_vma, ADDRESS(3), ADDRESS(4));
	assert_int_equal(one.commands, 0);
	assert_log("");
	host.arch.secondary_sticky = true;
	tlb_notify_upgrade(&the_vma, ADDRESS(3), ADDRESS(4));
	assert_log("fence");
	assert_int_equal(one.commands, 1);
	assert_int_equal(one.syncs, 1);
	/* Exactly: the draft of 2023 said addr + (size + entries). */
	assert_int_equal(one.last.start, ADDRESS(3));
	assert_int_equal(one.last.end, ADDRESS(4));
}

static void upgrade(unsigned int old, unsigned int now)
{
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_start_vma(&the_gather, &the_vma);
	tlb_change_tlb_entry(&the_gather, ADDRESS(3), old, now);
	tlb_end_vma(&the_gather, &the_vma);
	tlb_finish_mmu(&the_gather);
}

static void an_upgrade_in_a_gather_is_flushed_where_it_sticks(void **state)
{
	const unsigned int ro = TLB_ENTRY_PRESENT | TLB_ENTRY_ACCESSED | TLB_ENTRY_DIRTY, rw = ro | TLB_ENTRY_WRITE;

	(void)state;
	upgrade(ro, rw);
	assert_int_equal(one.commands, 0);
	host.arch.secondary_sticky = true;
	upgrade(ro, rw);
	assert_int_equal(one.commands, 1);
	assert_int_equal(one.covered, PAGE_SIZE);
	upgrade(ro, ro);
	upgrade(0, rw);
	assert_int_equal(one.commands, 1);
	tlb_notifier_unregister(&one.notifier);
	host_log();
	upgrade(ro, rw);
	assert_log("pend+ pend-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_flush_is_one_command_and_one_sync, setup, teardown),
		cmocka_unit_test_setup_teardown(of_kernel_tables, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_flush_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(the_fence_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(told_although_no_cpu_is_concerned, setup, teardown),
		cmocka_unit_test_setup_teardown(kernel_mappings_are_nobodys, setup, teardown),
		cmocka_unit_test_setup_teardown(all_that_are_registered, setup, teardown),
		cmocka_unit_test_setup_teardown(a_command_a_range, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_filled_from_it_is_told_behind_it, setup, teardown),
		cmocka_unit_test_setup_teardown(broadcasts_are_told_as_well, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wave_tells_each_address_space, setup, teardown),
		cmocka_unit_test_setup_teardown(a_teardown_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(uncounted_pages_of_the_dead, setup, teardown),
		cmocka_unit_test_setup_teardown(an_upgrade_is_told_where_it_sticks, setup, teardown),
		cmocka_unit_test_setup_teardown(an_upgrade_in_a_gather_is_flushed_where_it_sticks, setup, teardown),
	};

	return cmocka_run_group_tests_name("secondary", tests, NULL, NULL);
}
