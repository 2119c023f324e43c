/* SPDX-License-Identifier: MIT */
/* batch.c - the page queue: when it is full, what a refused page does to it, what is freed, delayed reverse maps. */
#include "test.h"
#include <shootdown/tlb_notifier.h>

/* Queues pages from @first on until it is full or @most are in; how many went in. */
static unsigned int fill(unsigned int first, unsigned int most)
{
	for (unsigned int i = 0; i < most; i++) {
		if (zap(&the_gather, first + i))
			return i + 1;
	}
	return most;
}

/* Pages that one gather with these sizes takes before it has to flush. */
static unsigned int capacity(struct tlb_limits limits)
{
	unsigned int taken;

	host.limits = limits;
	tlb_gather_mmu(&the_gather, &the_mm);
	taken = fill(1, HOST_PAGES - 2);
	tlb_finish_mmu(&the_gather);
	assert_int_equal(host.freed, taken);
	assert_int_equal(host.batches, 0);
	host.freed = 0;
	host_log();
	return taken;
}

static void full(void **state)
{
	(void)state;
	assert_int_equal(capacity((struct tlb_limits){ 2, 2, 0, 1, 0, 1, 0 }), 1);
	assert_int_equal(capacity((struct tlb_limits){ 2, 2, 1, 1, 0, 1, 0 }), 2);
	assert_int_equal(capacity((struct tlb_limits){ 2, 2, 2, 1, 0, 1, 0 }), 3);
	assert_int_equal(capacity((struct tlb_limits){ 4, 4, 2, 1, 0, 1, 0 }), 9);
	assert_int_equal(capacity((struct tlb_limits){ 8, 510, 0, 1, 0, 1, 0 }), 7);
	assert_int_equal(capacity((struct tlb_limits){ 8, 510, 19, 509, 0, 1, 0 }), 7 + 19 * 509);
	assert_int_equal(capacity((struct tlb_limits){ 8, 8190, 1, 8189, 0, 1, 0 }), 7 + 8189);
}

static void sizes_of_a_kernel(void **state)
{
	static const struct tlb_limits of4k = SHOOTDOWN_LIMITS(0x1000), of16k = SHOOTDOWN_LIMITS(0x4000),
				       of64k = SHOOTDOWN_LIMITS(0x10000);

	(void)state;
	assert_int_equal(of4k.bundle, 10);
	assert_int_equal(of4k.batch, 510);
	assert_int_equal(of4k.batches, 20);
	assert_int_equal(of16k.batch, 2046);
	assert_int_equal(of16k.batches, 5);
	assert_int_equal(of64k.batch, 8190);
	assert_int_equal(of64k.batches, 1);
	/* The batch's own head: what the host queues it by, and the count. */
	assert_int_equal(of4k.tables, (4096 - sizeof(struct host_rcu) - 8) / 8);
	/* About as many tables as pages. */
	assert_int_equal(of4k.table_batches, 19);
	assert_int_equal(of64k.table_batches, 1);
	assert_true(offsetof(struct mmu_table_batch, tables) + of4k.tables * sizeof(shootdown_table_t) <= 4096);
}

static void refused_from_the_start(void **state)
{
	(void)state;
	host.refuse_all = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_int_equal(fill(1, 100), 3);
	assert_log("pend+ refused");
	tlb_flush_mmu(&the_gather);
	assert_log("fence local0 1000-4000/12 free 1 2 3");
	assert_int_equal(fill(5, 100), 3);
	tlb_finish_mmu(&the_gather);
	assert_log("refused fence local0 5000-8000/12 pend- free 5 6 7");
}

/* Forty pages, with the k-th allocation refused: every one is freed once, after its flush. */
static void refused_at_each_point(void **state)
{
	(void)state;
	for (unsigned int k = 1; k < 12; k++) {
		host.freed = 0;
		host.refuse = k;
		tlb_gather_mmu(&the_gather, &the_mm);
		for (unsigned int page = 1; page <= 40; page++) {
			if (zap(&the_gather, page))
				tlb_flush_mmu(&the_gather);
		}
		tlb_finish_mmu(&the_gather);
		assert_int_equal(host.freed, 40);
		assert_int_equal(host.batches, 0);
		host_log();
	}
}

/* Batch pages stay for the next round and go back at the end. */
static void batches_are_used_again(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_int_equal(fill(1, 100), 9);
	assert_log("pend+ alloc alloc");
	tlb_flush_mmu(&the_gather);
	assert_log("fence local0 1000-a000/12 free 1 2 3 free 4 5 6 free 7 8 9");
	assert_int_equal(fill(1, 100), 9);
	assert_log("");
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-a000/12 pend- free 1 2 3 free 4 5 6 free 7 8 9 bfree bfree");
}

static bool zap_run(unsigned int page, unsigned int nr)
{
	tlb_remove_tlb_entries(&the_gather, ADDRESS(page), nr);
	return tlb_queue_folio_pages(&the_gather, PAGE(page), nr, false);
}

static void folio_runs(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_false(zap_run(16, 5));
	assert_false(zap_run(3, 1));
	assert_false(zap_run(32, 1000));
	tlb_finish_mmu(&the_gather);
	/* Four slots on the stack: a pair and a page fill three, and the last pair goes to a batch page. */
	assert_log("pend+ alloc fence local0 3000-408000/12 pend- free 16*5 3 free 32*1000 bfree");
	assert_int_equal(host.freed, 1006);
}

static void how_slots_are_written(void **state)
{
	(void)state;
	host.limits.bundle = 8;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_true(tlb_delay_rmap(&the_gather, &the_vma));
	tlb_remove_tlb_entries(&the_gather, ADDRESS(1), 9);
	assert_false(tlb_queue_folio_pages(&the_gather, PAGE(1), 7, true));
	assert_false(tlb_queue_page(&the_gather, PAGE(8), true));
	assert_false(tlb_queue_page(&the_gather, PAGE(9), false));
	assert_int_equal(the_gather.slot - the_gather.stack_slots, 4);
	assert_int_equal(the_gather.stack_slots[0], (uintptr_t)PAGE(1) | 3);
	assert_int_equal(the_gather.stack_slots[1], 7 << 2);
	assert_int_equal(the_gather.stack_slots[2], (uintptr_t)PAGE(8) | 1);
	assert_int_equal(the_gather.stack_slots[3], (uintptr_t)PAGE(9));
	tlb_flush_rmaps(&the_gather);
	tlb_finish_mmu(&the_gather);
}

/* At most 512 slots at once, and no further entry from 512 pages on; a page is not parted from its count. */
static void freed_in_rounds(void **state)
{
	(void)state;
	host.limits = (struct tlb_limits){ 2, 8190, 1, 1, 0, 1, 0 };
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_int_equal(fill(1, 1200), 1200);
	tlb_finish_mmu(&the_gather);
	/* One on the stack; 1199 in the batch page: 512, 512, 175. */
	assert_int_equal(host.free_calls, 4);
	assert_int_equal(host.free_slots, 512);
	assert_int_equal(host.freed, 1200);

	host.free_calls = host.freed = 0;
	tlb_gather_mmu(&the_gather, &the_mm);
	fill(1, 1);
	fill(2, 511);
	zap_run(600, 8);
	fill(700, 10);
	tlb_finish_mmu(&the_gather);
	assert_int_equal(host.free_slots, 513);
	assert_int_equal(host.free_calls, 3);
	assert_int_equal(host.freed, 1 + 511 + 8 + 10);
}

/* Runs are few slots and many pages: the host gets its preemption point all the same. */
static void runs_are_freed_in_rounds(void **state)
{
	(void)state;
	host.limits = (struct tlb_limits){ 2, 8190, 1, 1, 0, 1, 0 };
	tlb_gather_mmu(&the_gather, &the_mm);
	zap_run(16, 4);
	for (unsigned int i = 0; i < 6; i++)
		zap_run(1000 + 300 * i, 300);
	zap_run(8192, 9000);
	fill(1, 2);
	host_log();
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-4328000/12 pend- free 16*4 free 1000*300 1300*300 free 1600*300 1900*300 "
		   "free 2200*300 2500*300 free 8192*9000 free 1 2 bfree");
}

/* ---- delayed reverse maps ---- */

static bool zap_dirty(unsigned int page)
{
	assert_true(tlb_delay_rmap(&the_gather, &the_vma));
	tlb_remove_tlb_entry(&the_gather, ADDRESS(page));
	return tlb_queue_page(&the_gather, PAGE(page), true);
}

static void rmap_after_the_flush(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	zap(&the_gather, 1);
	zap_dirty(2);
	tlb_flush_rmaps(&the_gather);
	tlb_flush_rmaps(&the_gather);
	assert_log("pend+ fence local0 1000-3000/12 rmap 2*1");
	tlb_finish_mmu(&the_gather);
	assert_log("pend- free 1 2");
}

static void rmap_of_a_run(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_delay_rmap(&the_gather, &the_vma);
	tlb_remove_tlb_entries(&the_gather, ADDRESS(4), 6);
	tlb_queue_folio_pages(&the_gather, PAGE(4), 6, true);
	tlb_flush_rmaps(&the_gather);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 4000-a000/12 rmap 4*6 pend- free 4*6");
}

/* Whatever the batches hold, and one flush for all of it. */
static void rmaps_of_all_batches(void **state)
{
	unsigned int taken = 0;

	(void)state;
	host.limits = (struct tlb_limits){ 3, 3, 3, 1, 0, 1, 0 };
	tlb_gather_mmu(&the_gather, &the_mm);
	while (!zap_dirty(++taken))
		assert_in_range(taken, 0, 99);
	assert_int_equal(taken, 8);
	host_log();
	tlb_flush_mmu(&the_gather);
	assert_log("fence local0 1000-9000/12 rmap 1*1 rmap 2*1 rmap 3*1 rmap 4*1 rmap 5*1 rmap 6*1 rmap 7*1 rmap 8*1 "
		   "free 1 2 free 3 4 free 5 6 free 7 8");
	assert_int_equal(the_gather.state, TLB_GATHER_OPEN);
	tlb_finish_mmu(&the_gather);
}

/* Behind the flush, before the count falls and before anything is freed. */
static void rmaps_at_the_end(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	zap_dirty(1);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12 rmap 1*1 pend- free 1");
}

/* The host is told of one VMA: those of another are flushed first. */
static void rmaps_of_two_vmas(void **state)
{
	struct tlb_vma second = the_vma;

	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	zap_dirty(1);
	assert_true(tlb_delay_rmap(&the_gather, &second));
	assert_log("pend+ fence local0 1000-2000/12 rmap 1*1");
	tlb_remove_tlb_entry(&the_gather, ADDRESS(5));
	tlb_queue_page(&the_gather, PAGE(5), true);
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 5000-6000/12 rmap 5*1 pend- free 1 5");
}

/* The VMAs are about to go; also those of a whole address space. */
static void rmaps_before_unlink(void **state)
{
	(void)state;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	zap_dirty(1);
	tlb_free_vmas(&the_gather);
	assert_log("pend+ fence local0 all+x+h rmap 1*1");
	tlb_finish_mmu(&the_gather);
	tlb_gather_mmu(&the_gather, &the_mm);
	zap_dirty(1);
	host.rule_off[RULE_rmaps_before_unlink] = true;
	host_log();
	tlb_free_vmas(&the_gather);
	assert_log("");
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-2000/12 rmap 1*1 pend- free 1");
}

/* Clean pages that were queued first push the delayed ones into the batch pages; none is missed. */
static void rmap_behind_clean_pages(void **state)
{
	(void)state;
	host.limits = (struct tlb_limits){ 2, 3, 3, 1, 0, 1, 0 };
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_int_equal(fill(1, 3), 3);
	assert_int_equal(the_gather.batch_count, 2);
	assert_false(zap_dirty(4));
	assert_false(zap_dirty(5));
	tlb_flush_mmu_tlbonly(&the_gather);
	host_log();
	tlb_flush_rmaps(&the_gather);
	assert_log("rmap 4*1 rmap 5*1");
	tlb_finish_mmu(&the_gather);
}

/* The pages stay queued while the next page-table lock is taken; their reverse maps are not dropped again. */
static void rmap_is_dropped_once(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	zap_dirty(1);
	tlb_flush_rmaps(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12 rmap 1*1");
	zap_dirty(5);
	tlb_flush_rmaps(&the_gather);
	assert_log("fence local0 5000-6000/12 rmap 5*1");
	tlb_finish_mmu(&the_gather);
	assert_log("pend- free 1 5");
}

/* Of pages that stay queued in several batches, each walk drops those that were delayed since the one before. */
static void rmap_is_dropped_once_in_batches(void **state)
{
	(void)state;
	host.limits = (struct tlb_limits){ 3, 5, 4, 1, 0, 1, 0 };
	tlb_gather_mmu(&the_gather, &the_mm);
	fill(1, 1);
	assert_false(zap_dirty(2));
	assert_false(zap_dirty(3));
	tlb_flush_rmaps(&the_gather);
	host_log();
	assert_false(zap_dirty(4));
	assert_false(zap(&the_gather, 5));
	tlb_flush_mmu_tlbonly(&the_gather);
	host_log();
	tlb_flush_rmaps(&the_gather);
	assert_log("rmap 4*1");
	tlb_finish_mmu(&the_gather);
	assert_log("pend- free 1 2 free 3 4 5 bfree");
}

static void rmap_at_once(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	host.rule_off[RULE_delay_rmap] = true;
	assert_false(tlb_delay_rmap(&the_gather, &the_vma));
	host.rule_off[RULE_delay_rmap] = false;
	host.alone = true;
	assert_false(tlb_delay_rmap(&the_gather, &the_vma));
	host.alone = false;
	host.arch.no_gather = true;
	assert_false(tlb_delay_rmap(&the_gather, &the_vma));
	assert_int_equal(the_gather.state, TLB_GATHER_OPEN);
	tlb_finish_mmu(&the_gather);
}

/* ---- other ways out ---- */

static void no_gather_frees_at_once(void **state)
{
	(void)state;
	host.arch.no_gather = true;
	host.arch.merge_vmas = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	for (unsigned int page = 1; page < 20; page++)
		assert_false(zap(&the_gather, page));
	host_log();
	assert_false(zap_run(100, 7));
	assert_log("free 100*7");
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-6b000/12 pend-");
	assert_int_equal(host.freed, 19 + 7);
}

static void take(struct tlb_notifier *notifier, const struct tlb_flush *flush)
{
	(void)notifier;
	(void)flush;
	assert_int_equal(host.freed, 1);
}

static void wait_for_it(struct tlb_notifier *notifier)
{
	(void)notifier;
	assert_int_equal(host.freed, 1);
}

/* A secondary TLB is told by the flush, and not when an entry changes: so pages wait, from when there is one. */
static void no_gather_but_for_devices(void **state)
{
	static const struct tlb_notifier_ops ops = { .invalidate = take, .sync = wait_for_it };
	struct tlb_notifier notifier = { .ops = &ops };

	(void)state;
	host.arch.no_gather = true;
	host.arch.merge_vmas = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_false(zap(&the_gather, 1));
	tlb_notifier_register(&notifier, &the_mm);
	assert_false(zap(&the_gather, 2));
	assert_true(tlb_delay_rmap(&the_gather, &the_vma));
	assert_int_equal(host.freed, 1);
	tlb_finish_mmu(&the_gather);
	assert_int_equal(host.freed, 2);
	tlb_notifier_unregister(&notifier);
}

static void remove_page_flushes_itself(void **state)
{
	(void)state;
	host.limits = (struct tlb_limits){ 3, 3, 0, 1, 0, 1, 0 };
	tlb_gather_mmu(&the_gather, &the_mm);
	for (unsigned int page = 1; page <= 3; page++) {
		tlb_remove_tlb_entry(&the_gather, ADDRESS(page));
		tlb_remove_page(&the_gather, PAGE(page));
	}
	assert_log("pend+ fence local0 1000-3000/12 free 1 2");
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 3000-4000/12 pend- free 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(full),
		world_test(sizes_of_a_kernel),
		world_test(refused_from_the_start),
		world_test(refused_at_each_point),
		world_test(batches_are_used_again),
		world_test(folio_runs),
		world_test(how_slots_are_written),
		world_test(freed_in_rounds),
		world_test(runs_are_freed_in_rounds),
		world_test(rmap_after_the_flush),
		world_test(rmap_of_a_run),
		world_test(rmaps_of_all_batches),
		world_test(rmaps_at_the_end),
		world_test(rmaps_of_two_vmas),
		world_test(rmaps_before_unlink),
		world_test(rmap_behind_clean_pages),
		world_test(rmap_is_dropped_once),
		world_test(rmap_is_dropped_once_in_batches),
		world_test(rmap_at_once),
		world_test(no_gather_frees_at_once),
		world_test(no_gather_but_for_devices),
		world_test(remove_page_flushes_itself),
	};

	return cmocka_run_group_tests_name("lib_batch", tests, NULL, NULL);
}
