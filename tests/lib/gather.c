/* SPDX-License-Identifier: MIT */
/* gather.c - the life of a gather: what each call makes the library ask of the host, in order. */
#include "test.h"

static void nothing_gathered(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_flush_mmu_tlbonly(&the_gather);
	tlb_flush_mmu(&the_gather);
	tlb_free_vmas(&the_gather);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ pend-");
}

static void one_page(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_false(zap(&the_gather, 1));
	assert_log("pend+");
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-2000/12 pend- free 1");
}

static void range_grows_both_ways(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_remove_tlb_entry(&the_gather, ADDRESS(5));
	tlb_remove_tlb_entries(&the_gather, ADDRESS(8), 3);
	tlb_remove_tlb_entry(&the_gather, ADDRESS(2));
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 2000-b000/12 pend-");
}

static void stride_is_the_finest_level(void **state)
{
	static const struct {
		unsigned int levels;
		unsigned int shift;
	} cases[] = {
		{ 0, 12 }, { 1, 12 }, { 2, 21 }, { 4, 30 }, { 8, 39 }, { 16, 48 }, { 3, 12 }, { 6, 21 }, { 24, 39 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tlb_gather_mmu(&the_gather, &the_mm);
		for (enum tlb_level level = TLB_LEVEL_PTE; level < TLB_LEVELS; level++) {
			if (cases[i].levels & 1u << level)
				tlb_flush_level_range(&the_gather, level, 0, 1ul << SHOOTDOWN_PTE_SHIFT(level));
		}
		assert_int_equal(tlb_get_unmap_shift(&the_gather), cases[i].shift);
		assert_int_equal(tlb_get_unmap_size(&the_gather), 1ul << cases[i].shift);
		tlb_finish_mmu(&the_gather);
	}
}

static void huge_entries(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_flush_level_range(&the_gather, TLB_LEVEL_PMD, 0x400000, 0x400000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 400000-800000/21 pend-");
}

/* Only the first of these entries begins at a multiple of what it covers. */
static void huge_entries_from_the_middle(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_flush_level_range(&the_gather, TLB_LEVEL_PMD, 0x100000, 0x200000);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 0-400000/21 pend-");
}

static void flush_in_the_middle(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	zap(&the_gather, 1);
	tlb_flush_mmu_tlbonly(&the_gather);
	tlb_flush_mmu_tlbonly(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12");
	zap(&the_gather, 5);
	tlb_flush_mmu(&the_gather);
	assert_log("fence local0 5000-6000/12 free 1 5");
	tlb_finish_mmu(&the_gather);
	assert_log("pend-");
}

/* ---- VMAs ---- */

static void two_vmas(void)
{
	struct tlb_vma second = the_vma;

	second.start = ADDRESS(32);
	second.end = ADDRESS(40);
	second.flags = 0;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_start_vma(&the_gather, &the_vma);
	zap(&the_gather, 1);
	tlb_end_vma(&the_gather, &the_vma);
	tlb_start_vma(&the_gather, &second);
	zap(&the_gather, 33);
	tlb_end_vma(&the_gather, &second);
	tlb_finish_mmu(&the_gather);
}

static void vma_end_flushes(void **state)
{
	(void)state;
	two_vmas();
	assert_log("pend+ fence local0 1000-2000/12 fence local0 21000-22000/12 pend- free 1 33");
}

static void merged_vmas_do_not(void **state)
{
	(void)state;
	host.arch.merge_vmas = true;
	two_vmas();
	assert_log("pend+ fence local0 1000-22000/12 pend- free 1 33");
}

static void no_range_is_everything(void **state)
{
	(void)state;
	host.arch.no_range = true;
	host.arch.merge_vmas = true;
	two_vmas();
	assert_log("pend+ fence local0 all pend- free 1 33");
}

static void caches_at_vma_start(void **state)
{
	(void)state;
	host.arch.virtual_cache = true;
	host.arch.merge_vmas = true;
	two_vmas();
	assert_log("pend+ cache 1000-11000 cache 20000-28000 fence local0 1000-22000/12 pend- free 1 33");
	host.arch.no_flush_cache = true;
	two_vmas();
	assert_log("pend+ fence local0 1000-22000/12 pend- free 1 33");
}

/* The question of 2011: the last VMA must not decide. */
static void exec_is_of_any_vma(void **state)
{
	(void)state;
	host.arch.merge_vmas = true;
	the_vma.flags = TLB_VMA_EXEC | TLB_VMA_HUGE;
	two_vmas();
	assert_log("pend+ fence local0 1000-22000/12+x+h pend- free 1 33");
	host.rule_off[RULE_exec_union] = true;
	two_vmas();
	assert_log("pend+ fence local0 1000-22000/12 pend- free 1 33");
}

static void exec_ends_with_the_flush(void **state)
{
	(void)state;
	the_vma.flags = TLB_VMA_EXEC;
	two_vmas();
	assert_log("pend+ fence local0 1000-2000/12+x fence local0 21000-22000/12 pend- free 1 33");
}

/* Entering an executable VMA is not enough: something of it must have been recorded. */
static void exec_needs_a_record(void **state)
{
	struct tlb_vma second = the_vma;

	(void)state;
	host.arch.merge_vmas = true;
	the_vma.flags = TLB_VMA_EXEC;
	second.flags = 0;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_start_vma(&the_gather, &the_vma);
	tlb_end_vma(&the_gather, &the_vma);
	tlb_start_vma(&the_gather, &second);
	zap(&the_gather, 1);
	tlb_end_vma(&the_gather, &second);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12 pend- free 1");
}

static void pfn_vma_before_unlink(unsigned char flags, const char *expected)
{
	the_vma.flags = flags;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_start_vma(&the_gather, &the_vma);
	tlb_remove_tlb_entry(&the_gather, ADDRESS(1));
	tlb_end_vma(&the_gather, &the_vma);
	tlb_free_vmas(&the_gather);
	assert_log(expected);
	tlb_finish_mmu(&the_gather);
	host_log();
}

static void pfn_flush(void **state)
{
	(void)state;
	host.arch.merge_vmas = true;
	pfn_vma_before_unlink(0, "pend+");
	pfn_vma_before_unlink(TLB_VMA_PFN, "pend+ fence local0 1000-2000/12");
	pfn_vma_before_unlink(TLB_VMA_MIXED, "pend+ fence local0 1000-2000/12");
	host.rule_off[RULE_pfn_flush_before_unlink] = true;
	pfn_vma_before_unlink(TLB_VMA_PFN, "pend+");
}

/* A plain VMA after it, and a flush in the middle of it, change nothing. */
static void pfn_is_sticky(void **state)
{
	struct tlb_vma second = the_vma;

	(void)state;
	host.arch.merge_vmas = true;
	the_vma.flags = TLB_VMA_PFN;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_start_vma(&the_gather, &the_vma);
	tlb_remove_tlb_entry(&the_gather, ADDRESS(1));
	tlb_flush_mmu_tlbonly(&the_gather);
	tlb_remove_tlb_entry(&the_gather, ADDRESS(2));
	tlb_end_vma(&the_gather, &the_vma);
	tlb_start_vma(&the_gather, &second);
	tlb_end_vma(&the_gather, &second);
	host_log();
	tlb_free_vmas(&the_gather);
	assert_log("fence local0 2000-3000/12");
	tlb_finish_mmu(&the_gather);
}

static void gather_of_one_vma(void **state)
{
	(void)state;
	host.arch.virtual_cache = true;
	host.arch.page_size = true;
	the_vma.flags = TLB_VMA_EXEC | TLB_VMA_HUGE | TLB_VMA_PFN;
	the_vma.page_shift = 21;
	tlb_gather_mmu_vma(&the_gather, &the_vma);
	assert_int_equal(the_gather.page_size, 0x200000);
	tlb_flush_level_range(&the_gather, TLB_LEVEL_PMD, 0, 0x200000);
	tlb_free_vmas(&the_gather);
	assert_log("pend+ fence local0 0-200000/21+x+h");
	tlb_finish_mmu(&the_gather);
}

/* ---- the whole mm ---- */

static void fullmm(void **state)
{
	(void)state;
	host.arch.virtual_cache = true;
	the_vma.flags = TLB_VMA_PFN;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	tlb_start_vma(&the_gather, &the_vma);
	zap(&the_gather, 1);
	tlb_end_vma(&the_gather, &the_vma);
	tlb_free_vmas(&the_gather);
	assert_log("pend+");
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 all+x+h pend- free 1");
}

static void fullmm_without_anything(void **state)
{
	(void)state;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ pend-");
}

/* What is recorded after a flush in the middle is the whole mm again. */
static void fullmm_flushed_in_the_middle(void **state)
{
	(void)state;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	zap(&the_gather, 1);
	tlb_flush_mmu_tlbonly(&the_gather);
	tlb_flush_mmu_tlbonly(&the_gather);
	assert_log("pend+ fence local0 all+x+h");
	zap(&the_gather, 2);
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 all+x+h pend- free 1 2");
}

static void fullmm_skip(void **state)
{
	(void)state;
	host.arch.fullmm_skip = true;
	host.arch.table_free = true;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	zap(&the_gather, 1);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ pend- free 1");
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	zap(&the_gather, 1);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, PAGE(9), ADDRESS(1));
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ alloc fence local0 all+t+x+h pend- table 9 bfree free 1");
}

/* Asserts compiled out, and a caller who queues pages without a record: they are freed behind a flush all the same. */
static void queued_without_a_record(void **state)
{
	(void)state;
	host.asserts_off = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_queue_page(&the_gather, PAGE(1), false);
	tlb_flush_mmu(&the_gather);
	assert_log("pend+ fence local0 all+x+h free 1");
	zap(&the_gather, 2);
	tlb_flush_mmu_tlbonly(&the_gather);
	tlb_queue_folio_pages(&the_gather, PAGE(3), 2, false);
	/* Something recorded afterwards does not make it less. */
	zap(&the_gather, 9);
	host_log();
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 all+x+h pend- free 2 3*2 free 9 bfree");
	host.asserts_off = false;
}

/* ---- what a request says besides its range ---- */

static void kinds_of_a_gather(void **state)
{
	(void)state;
	host.log_kinds = true;
	host.arch.page_size = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	zap(&the_gather, 1);
	tlb_flush_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12 levels1 size1000 free 1");
	tlb_flush_level_range(&the_gather, TLB_LEVEL_PMD, 0, 0x200000);
	zap(&the_gather, 513);
	tlb_flush_mmu(&the_gather);
	assert_log("fence local0 0-202000/12 levels3 size1000 free 513");
	/* The stride is that of the entry which led to the table; the size is still the pages'. */
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, PAGE(900), 0);
	tlb_flush_mmu(&the_gather);
	assert_log("page 900 fence local0 0-200000/21+t+x levels2 size1000 freed free 900");
	tlb_unshare_table(&the_gather, TLB_LEVEL_PMD, 0, false);
	tlb_flush_unshared_tables(&the_gather);
	assert_log("fence local0 0-40000000/21+t+x levels6 size1000 unshared");
	host.rule_off[RULE_walk_cache_flush] = true;
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, PAGE(900), 0);
	tlb_finish_mmu(&the_gather);
	assert_log("page 900 fence local0 0-200000/21+x levels2 size1000 freed pend- free 900");
}

static void kinds_without_the_knob(void **state)
{
	(void)state;
	host.log_kinds = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	zap(&the_gather, 1);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-2000/12 levels1 size0 pend- free 1");
}

/* ---- several gathers at once ---- */

static void nested(const char *expected)
{
	struct mmu_gather other;

	tlb_gather_mmu(&other, &the_mm);
	zap(&other, 3);
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_true(tlb_mm_flush_nested(&the_mm));
	host_log();
	tlb_finish_mmu(&the_gather);
	assert_log(expected);
	assert_true(tlb_mm_flush_pending(&the_mm));
	assert_false(tlb_mm_flush_nested(&the_mm));
	tlb_finish_mmu(&other);
	assert_log("fence local0 3000-4000/12 pend- free 3");
	assert_false(tlb_mm_flush_pending(&the_mm));
}

static void nested_flushes_though_empty(void **state)
{
	(void)state;
	nested("fence local0 all+t+x+h pend-");
	host.arch.fullmm_skip = true;
	nested("fence local0 all+t+x+h pend-");
}

static void nested_without_its_rules(void **state)
{
	(void)state;
	host.rule_off[RULE_nested_flush_tables] = true;
	nested("fence local0 all+x+h pend-");
	host.arch.fullmm_skip = true;
	nested("pend-");
	host.rule_off[RULE_nested_flush] = true;
	nested("pend-");
}

/* Whoever ends last finds himself alone. */
static void nested_in_the_other_order(void **state)
{
	struct mmu_gather other;

	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_gather_mmu(&other, &the_mm);
	zap(&the_gather, 1);
	zap(&other, 2);
	host_log();
	tlb_finish_mmu(&other);
	assert_log("fence local0 all+t+x+h pend- free 2");
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 1000-2000/12 pend- free 1");
}

/* ORD-4: the page-table lock orders the count's rise, the release its fall after the flush, the acquire what the reader does. */
static void orders_of_the_count(void **state)
{
	(void)state;
	host.log_orders = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_true(tlb_mm_flush_pending(&the_mm));
	assert_false(tlb_mm_flush_nested(&the_mm));
	assert_log("pend+:relaxed pend?:acquire pend?:acquire");
	zap(&the_gather, 1);
	tlb_finish_mmu(&the_gather);
	assert_log("pend?:acquire fence local0 1000-2000/12 pend-:release free 1");
	host.log_orders = false;
}

static void one_page_without(enum host_rule rule, const char *expected)
{
	host.rule_off[rule] = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	zap(&the_gather, 1);
	tlb_finish_mmu(&the_gather);
	assert_log(expected);
	host.rule_off[rule] = false;
}

static void order_without_its_rules(void **state)
{
	(void)state;
	one_page_without(RULE_pending_before_ptl, "fence local0 1000-2000/12 free 1");
	one_page_without(RULE_pending_after_flush, "pend+ pend- fence local0 1000-2000/12 free 1");
	one_page_without(RULE_flush_before_free, "pend+ pend- free 1");
	one_page_without(RULE_fence_before_flush, "pend+ local0 1000-2000/12 pend- free 1");

	host.rule_off[RULE_pending_before_ptl] = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_log("");
	assert_false(tlb_mm_flush_pending(&the_mm));
	tlb_finish_mmu(&the_gather);
}

/* ---- page sizes ---- */

static void page_size_changes(void **state)
{
	(void)state;
	host.arch.page_size = true;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	zap(&the_gather, 1);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	assert_log("pend+");
	tlb_change_page_size(&the_gather, 0x200000);
	assert_log("fence local0 1000-2000/12 free 1");
	tlb_flush_level_range(&the_gather, TLB_LEVEL_PMD, 0x200000, 0x200000);
	assert_false(tlb_queue_page_size(&the_gather, PAGE(512), false, 0x200000));
	tlb_finish_mmu(&the_gather);
	assert_log("fence local0 200000-400000/21 pend- free 512");
}

static void page_size_of_everything(void **state)
{
	(void)state;
	host.arch.page_size = true;
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	zap(&the_gather, 1);
	tlb_change_page_size(&the_gather, 0x200000);
	assert_log("pend+");
	tlb_finish_mmu(&the_gather);
}

static void page_size_elsewhere(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	zap(&the_gather, 1);
	tlb_change_page_size(&the_gather, 0x200000);
	assert_log("pend+");
	tlb_finish_mmu(&the_gather);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(nothing_gathered),
		world_test(one_page),
		world_test(range_grows_both_ways),
		world_test(stride_is_the_finest_level),
		world_test(huge_entries),
		world_test(huge_entries_from_the_middle),
		world_test(flush_in_the_middle),
		world_test(vma_end_flushes),
		world_test(merged_vmas_do_not),
		world_test(no_range_is_everything),
		world_test(caches_at_vma_start),
		world_test(exec_is_of_any_vma),
		world_test(exec_ends_with_the_flush),
		world_test(exec_needs_a_record),
		world_test(pfn_flush),
		world_test(pfn_is_sticky),
		world_test(gather_of_one_vma),
		world_test(fullmm),
		world_test(fullmm_without_anything),
		world_test(fullmm_flushed_in_the_middle),
		world_test(fullmm_skip),
		world_test(queued_without_a_record),
		world_test(kinds_of_a_gather),
		world_test(kinds_without_the_knob),
		world_test(nested_flushes_though_empty),
		world_test(nested_without_its_rules),
		world_test(nested_in_the_other_order),
		world_test(orders_of_the_count),
		world_test(order_without_its_rules),
		world_test(page_size_changes),
		world_test(page_size_of_everything),
		world_test(page_size_elsewhere),
	};

	return cmocka_run_group_tests_name("lib_gather", tests, NULL, NULL);
}
