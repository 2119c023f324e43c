/* SPDX-License-Identifier: MIT */
/* table.c - page tables: invalidated before they are handed over, freed after the walkers are out. */
#include "test.h"

/* Tables are numbered from 900 on, pages below. */

static void knobs_rcu(void)
{
	host.arch.merge_vmas = true;
	host.arch.table_free = true;
	host.arch.rcu_table_free = true;
}

/* ---- what is recorded ---- */

static void one_page_at_the_tables_start(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0x234567);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 200000-400000/21+t+x pend- free 901");
}

static void each_level(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PMD, TABLE(1), 0x7fffffff);
	tlb_flush_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 40000000-80000000/30+t+x free 901");
	tlb_free_table(&the_gather, TLB_LEVEL_PUD, TABLE(2), 0x8000000000);
	tlb_flush_mmu(&the_gather);
	assert_log("page 902 fence local0 8000000000-10000000000/39+t+x free 902");
	tlb_free_table(&the_gather, TLB_LEVEL_P4D, TABLE(3), 0x1000000000000);
	tlb_finish_mmu(&the_gather);
	assert_log("page 903 fence local0 1000000000000-2000000000000/48+t+x pend- free 903");
}

/* Upper levels that one entry covers the whole address space at, as on a 32-bit machine: no shift is too far. */
static void levels_beyond_a_word(void **state)
{
	(void)state;
	host.table_bits = 20;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PMD, TABLE(1), 0x7fffffff);
	tlb_flush_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 0-10000000000000/52+t+x free 901");
	tlb_free_table(&the_gather, TLB_LEVEL_PUD, TABLE(2), 0x8000000000);
	assert_int_equal(tlb_get_unmap_size(&the_gather), 0);
	tlb_flush_mmu(&the_gather);
	assert_log("page 902 fence local0 all+t+x free 902");
	tlb_unshare_table(&the_gather, TLB_LEVEL_PUD, 0x8000000000, false);
	tlb_flush_unshared_tables(&the_gather);
	assert_log("fence local0 all+t+x");
	tlb_finish_mmu(&the_gather);
}

/* Where a page's invalidation spares its neighbours' paths: all of it, a page at a time. */
static void span(void **state)
{
	(void)state;
	host.arch.table_span = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0x234567);
	tlb_flush_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 200000-400000/12+t+x free 901");
	host.rule_off[RULE_table_span] = true;
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0x234567);
	tlb_finish_mmu(&the_gather);
	assert_log("page 901 fence local0 200000-201000/12+t+x pend- free 901");
}

static void tables_need_everything(void **state)
{
	(void)state;
	host.arch.tables_all = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	zap(&the_gather, 1);
	tlb_flush_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12 free 1");
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	tlb_finish_mmu(&the_gather);
	assert_log("page 901 fence local0 all+t+x pend- free 901");
}

static void without_the_walk_cache_rule(void **state)
{
	(void)state;
	host.rule_off[RULE_walk_cache_flush] = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 0-200000/21+x pend- free 901");
}

/* ---- as pages ---- */

static void tables_as_pages_fill_the_queue(void **state)
{
	(void)state;
	host.limits = (struct tlb_limits){ 2, 2, 0, 1, 0, 1, 0 };
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	assert_log("pend+ page 901 fence local0 0-200000/21+t+x free 901");
	tlb_finish_mmu(&the_gather);
	assert_log("pend-");
}

/* ---- in batches ---- */

static void batch_then_grace_period(void **state)
{
	(void)state;
	knobs_rcu();
	tlb_gather_mmu(&the_gather, &the_mm);
	zap(&the_gather, 1);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	assert_log("pend+ alloc");
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-2000/12+t+x pend- rcu free 1");
	host_grace_period();
	assert_log("table 901 bfree");
}

/* A full batch goes at once, behind its flush; the pages stay. */
static void full_batch(void **state)
{
	(void)state;
	knobs_rcu();
	tlb_gather_mmu(&the_gather, &the_mm);
	zap(&the_gather, 1);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(2), 0x200000);
	assert_log("pend+ alloc fence local0 1000-201000/12+t+x rcu");
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(3), 0x400000);
	tlb_finish_mmu(&the_gather);
	assert_log("alloc fence local0 400000-600000/21+t+x pend- rcu free 1");
	host_grace_period();
	assert_log("table 903 bfree table 901 table 902 bfree");
}

/* As many as there may be fill up before the first flush, and go together. */
static void more_batches(void **state)
{
	(void)state;
	knobs_rcu();
	host.limits.table_batches = 1;
	tlb_gather_mmu(&the_gather, &the_mm);
	for (unsigned long i = 0; i < 3; i++)
		tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(i + 1), i * 0x200000);
	assert_log("pend+ alloc alloc");
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(4), 0x600000);
	assert_log("fence local0 0-800000/21+t+x rcu rcu");
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(5), 0);
	tlb_finish_mmu(&the_gather);
	assert_log("alloc fence local0 0-200000/21+t+x pend- rcu");
	host_grace_period();
	assert_log("table 905 bfree table 901 table 902 bfree table 903 table 904 bfree");
}

/* The batch that is full waits on; the table that found no other goes alone. */
static void no_more_batches(void **state)
{
	(void)state;
	knobs_rcu();
	host.limits.table_batches = 1;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(2), 0x200000);
	host.refuse_all = true;
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(3), 0x400000);
	assert_log("pend+ alloc refused fence local0 0-600000/21+t+x defer 903");
	tlb_finish_mmu(&the_gather);
	assert_log("pend- rcu");
	host_grace_period();
	assert_log("table 901 table 902 bfree");
}

static void smallest_batch(void **state)
{
	(void)state;
	knobs_rcu();
	host.limits.tables = 1;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	assert_log("pend+ alloc fence local0 0-200000/21+t+x rcu");
	tlb_finish_mmu(&the_gather);
	assert_log("pend-");
}

static void batch_without_its_rules(void **state)
{
	(void)state;
	knobs_rcu();
	host.limits.tables = 1;
	tlb_gather_mmu(&the_gather, &the_mm);
	host.rule_off[RULE_flush_before_table_free] = true;
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	assert_log("pend+ alloc rcu");
	tlb_flush_mmu_tlbonly(&the_gather);
	host.rule_off[RULE_flush_before_table_free] = false;
	host_grace_period();
	host_log();
	host.rule_off[RULE_table_grace_period] = true;
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	assert_log("alloc fence local0 0-200000/21+t+x table 901 bfree");
	tlb_finish_mmu(&the_gather);
}

/* A batch, but interrupts as the grace period. */
static void batch_without_rcu(void **state)
{
	(void)state;
	host.arch.table_free = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ alloc fence local0 0-200000/21+t+x pend- table 901 bfree");
}

/* No hardware walks the tables: the batch goes without a flush of its own. */
static void batch_without_invalidation(void **state)
{
	(void)state;
	knobs_rcu();
	host.arch.table_no_invalidate = true;
	host.limits.tables = 1;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	assert_log("pend+ alloc rcu");
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 0-200000/21+t+x pend-");
}

/* ---- no memory for a batch ---- */

static void refused(const char *expected)
{
	host.refuse_all = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	zap(&the_gather, 1);
	host_log();
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	assert_log(expected);
	tlb_finish_mmu(&the_gather);
	host_log();
}

static void refused_ways(void **state)
{
	(void)state;
	knobs_rcu();
	refused("refused fence local0 1000-2000/12+t+x defer 901");
	host.arch.table_sync_free = true;
	refused("refused fence local0 1000-2000/12+t+x sync table 901");
	host.arch.table_no_invalidate = true;
	refused("refused sync table 901");
	host.arch.rcu_table_free = false;
	refused("refused table 901");
}

/* A reader with interrupts on is in the table: whichever way it goes, it is not free before a grace period. */
static void readers_are_waited_for(void **state)
{
	(void)state;
	knobs_rcu();
	host.rcu_reader = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(1), 0);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ alloc fence local0 0-200000/21+t+x pend- rcu");
	assert_true(host.rcu_reader);
	host_grace_period();
	assert_log("table 901 bfree");
	host.arch.table_sync_free = true;
	host.rcu_reader = true;
	refused("refused fence local0 1000-2000/12+t+x sync table 901");
}

static void refused_without_its_rules(void **state)
{
	(void)state;
	knobs_rcu();
	host.rule_off[RULE_table_invalidate_before_free] = true;
	refused("refused defer 901");
	host.rule_off[RULE_table_invalidate_before_free] = false;
	host.rule_off[RULE_table_grace_period] = true;
	refused("refused fence local0 1000-2000/12+t+x table 901");
}

/* How often a word stands in the log, as a word of its own with what follows it. */
static unsigned int count(const char *log, const char *text)
{
	unsigned int found = 0;

	for (const char *at = strstr(log, text); at; at = strstr(at + 1, text))
		found++;
	return found;
}

/* Pages and seven tables, the k-th allocation refused: each table goes one way, once, and a flush stands before. */
static void refused_at_each_point(void **state)
{
	char word[32];

	(void)state;
	knobs_rcu();
	for (unsigned int k = 1; k < 10; k++) {
		const char *log;

		host.refuse = k;
		host.freed = 0;
		tlb_gather_mmu(&the_gather, &the_mm);
		for (unsigned int i = 1; i <= 7; i++) {
			if (zap(&the_gather, i))
				tlb_flush_mmu(&the_gather);
			tlb_free_table(&the_gather, TLB_LEVEL_PTE, TABLE(i), 0x200000ul * i);
		}
		tlb_finish_mmu(&the_gather);
		host_grace_period();
		log = host_log();
		assert_int_equal(host.freed, 7);
		for (unsigned int i = 1; i <= 7; i++) {
			snprintf(word, sizeof(word), "table 90%u", i);
			unsigned int freed = count(log, word);

			snprintf(word, sizeof(word), "defer 90%u", i);
			assert_int_equal(freed + count(log, word), 1);
		}
		assert_true(strstr(log, "local0") < strstr(log, "rcu"));
		assert_int_equal(host.batches, 0);
	}
}

/* ---- shared tables ---- */

static void unshare(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_unshare_table(&the_gather, TLB_LEVEL_PMD, 0x40200000, false);
	tlb_flush_unshared_tables(&the_gather);
	assert_log("pend+ fence local0 40000000-80000000/21+t+x");
	tlb_unshare_table(&the_gather, TLB_LEVEL_PMD, 0, true);
	tlb_flush_mmu_tlbonly(&the_gather);
	assert_log("fence local0 0-40000000/21+t+x");
	tlb_flush_unshared_tables(&the_gather);
	assert_log("sync");
	tlb_flush_unshared_tables(&the_gather);
	tlb_finish_mmu(&the_gather);
	assert_log("pend-");
}

static void unshare_without_its_rules(void **state)
{
	(void)state;
	host.rule_off[RULE_walk_cache_flush] = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_unshare_table(&the_gather, TLB_LEVEL_PMD, 0, true);
	tlb_flush_unshared_tables(&the_gather);
	assert_log("pend+ fence local0 0-40000000/21+x sync");
	tlb_finish_mmu(&the_gather);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(one_page_at_the_tables_start),
		world_test(each_level),
		world_test(levels_beyond_a_word),
		world_test(span),
		world_test(tables_need_everything),
		world_test(without_the_walk_cache_rule),
		world_test(tables_as_pages_fill_the_queue),
		world_test(batch_then_grace_period),
		world_test(full_batch),
		world_test(more_batches),
		world_test(no_more_batches),
		world_test(smallest_batch),
		world_test(batch_without_its_rules),
		world_test(batch_without_rcu),
		world_test(batch_without_invalidation),
		world_test(refused_ways),
		world_test(readers_are_waited_for),
		world_test(refused_without_its_rules),
		world_test(refused_at_each_point),
		world_test(unshare),
		world_test(unshare_without_its_rules),
	};

	return cmocka_run_group_tests_name("lib_table", tests, NULL, NULL);
}
