/* SPDX-License-Identifier: MIT */
/* entry_batch.c - entries that are flushed before their page-table lock is released: what is flushed together, and what a gather has left. */
#include "test.h"
#include <shootdown/entry_batch.h>
#include <shootdown/tlb_notifier.h>

static struct tlb_entry_batch batch;

static int setup(void **state)
{
	world_setup(state);
	world_arch("sparc64_batch");
	batch = (struct tlb_entry_batch){ 0 };
	host_log();
	return 0;
}

static void add(unsigned int page)
{
	tlb_entry_batch_add(&batch, &the_vma, TLB_LEVEL_PTE, ADDRESS(page), PAGE_SIZE);
}

static void what_was_added_is_one_flush(void **state)
{
	(void)state;
	tlb_entry_batch_flush(&batch);
	assert_log("");
	add(2);
	add(3);
	assert_log("");
	tlb_entry_batch_flush(&batch);
	assert_log("fence local0 2000-4000/12");
	tlb_entry_batch_flush(&batch);
	assert_log("");
	add(5);
	tlb_entry_batch_flush(&batch);
	assert_log("fence local0 5000-6000/12");
}

static void gaps_are_kept(void **state)
{
	(void)state;
	host.limits.ranges = 2;
	add(2);
	add(5);
	tlb_entry_batch_flush(&batch);
	assert_log("fence local0 2000-3000/12 local0 5000-6000/12");
}

static void one_address_space_at_a_time(void **state)
{
	struct tlb_mm other = { 0 };
	struct tlb_vma vma = the_vma;

	(void)state;
	tlb_mm_init(&other);
	vma.mm = &other;
	add(2);
	/* Pages of another one, at the next address. */
	tlb_entry_batch_add(&batch, &vma, TLB_LEVEL_PTE, ADDRESS(3), PAGE_SIZE);
	assert_log("fence local0 2000-3000/12");
	assert_ptr_equal(batch.changed.mm, &other);
	tlb_entry_batch_flush(&batch);
	add(2);
	assert_ptr_equal(batch.changed.mm, &the_mm);
	tlb_entry_batch_flush(&batch);
	tlb_mm_destroy(&other);
}

/* Its pages are freed, and entries that another gather has changed are flushed as well. */
static void a_gather_has_nothing_left(void **state)
{
	struct mmu_gather other;

	(void)state;
	tlb_gather_mmu(&other, &the_mm);
	tlb_gather_mmu(&the_gather, &the_mm);
	zap(&the_gather, 2);
	add(2);
	tlb_entry_batch_flush(&batch);
	assert_log("pend+ pend+ fence local0 2000-3000/12");
	tlb_finish_mmu(&the_gather);
	assert_log("pend- free 2");
	tlb_finish_mmu(&other);
	assert_log("pend-");
}

static void a_whole_address_space_is_flushed_by_its_gather(void **state)
{
	(void)state;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	zap(&the_gather, 2);
	tlb_finish_mmu(&the_gather);
	assert_non_null(strstr(host_log(), "local0 all"));
}

static unsigned int commands;

static void take(struct tlb_notifier *notifier, const struct tlb_flush *flush)
{
	(void)notifier;
	assert_int_equal(flush->start, ADDRESS(2));
	commands++;
}

static void wait_for_it(struct tlb_notifier *notifier)
{
	(void)notifier;
	assert_int_equal(commands, 1);
}

static void who_else_walks_is_told(void **state)
{
	static const struct tlb_notifier_ops ops = { .invalidate = take, .sync = wait_for_it };
	struct tlb_notifier notifier = { .ops = &ops };

	(void)state;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	assert_false(tlb_entry_batch_asks(&the_gather));
	tlb_notifier_register(&notifier, &the_mm);
	/* It goes on using what a teardown takes, until it is told. */
	assert_true(tlb_entry_batch_asks(&the_gather));
	tlb_finish_mmu(&the_gather);
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_true(tlb_entry_batch_asks(&the_gather));
	tlb_finish_mmu(&the_gather);
	add(2);
	tlb_entry_batch_flush(&batch);
	assert_int_equal(commands, 1);
	tlb_notifier_unregister(&notifier);
}

static void only_with_the_choice(void **state)
{
	(void)state;
	world_arch("sparc64");
	assert_contract(add(2), "tlb_entry_batch_add: needs the choice entry_batch");
}

#define batch_test(function) cmocka_unit_test_setup_teardown(function, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		batch_test(what_was_added_is_one_flush),
		batch_test(gaps_are_kept),
		batch_test(one_address_space_at_a_time),
		batch_test(a_gather_has_nothing_left),
		batch_test(a_whole_address_space_is_flushed_by_its_gather),
		batch_test(who_else_walks_is_told),
		batch_test(only_with_the_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
