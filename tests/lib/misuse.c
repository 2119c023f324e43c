/* SPDX-License-Identifier: MIT */
/* misuse.c - every contract that can be checked is checked, and names itself when it is broken. */
#include "test.h"

static void open_gather(void)
{
	tlb_gather_mmu(&the_gather, &the_mm);
}

static void closed_gather(void **state)
{
	struct tlb_mm nobody = the_mm;

	(void)state;
	open_gather();
	tlb_finish_mmu(&the_gather);
	assert_contract(tlb_finish_mmu(&the_gather), "tlb_finish_mmu: needs an open gather");
	assert_contract(tlb_start_vma(&the_gather, &the_vma), "tlb_start_vma: needs an open gather");
	assert_contract(tlb_end_vma(&the_gather, &the_vma), "tlb_end_vma: needs an open gather");
	assert_contract(tlb_free_vmas(&the_gather), "tlb_free_vmas: needs an open gather");
	assert_contract(tlb_flush_mmu(&the_gather), "tlb_flush_mmu: needs an open gather");
	assert_contract(tlb_flush_mmu_tlbonly(&the_gather), "tlb_flush_mmu_tlbonly: needs an open gather");
	assert_contract(tlb_flush_rmaps(&the_gather), "tlb_flush_rmaps: needs an open gather");
	assert_contract(tlb_delay_rmap(&the_gather, &the_vma), "tlb_delay_rmap: needs an open gather");
	assert_contract(tlb_change_page_size(&the_gather, 1), "tlb_change_page_size: needs an open gather");
	assert_contract(tlb_remove_tlb_entry(&the_gather, 0), "tlb_flush_level_range: needs an open gather");
	assert_contract(tlb_queue_page(&the_gather, PAGE(1), false), "tlb_queue_page: needs an open gather");
	assert_contract(tlb_queue_folio_pages(&the_gather, PAGE(1), 2, false), "tlb_queue_page: needs an open gather");
	assert_contract(tlb_free_table(&the_gather, TLB_LEVEL_PTE, PAGE(1), 0), "tlb_free_table: needs an open gather");
	assert_contract(tlb_free_table(&the_gather, TLB_LEVEL_P4D, PAGE(1), 0), "tlb_free_table: needs an open gather");
	assert_contract(tlb_unshare_table(&the_gather, TLB_LEVEL_PMD, 0, false),
			"tlb_flush_level_range: needs an open gather");
	assert_contract(tlb_flush_unshared_tables(&the_gather), "tlb_flush_unshared_tables: needs an open gather");
	assert_contract(tlb_mm_flush_nested(&nobody), "tlb_mm_flush_nested: needs a gather of the caller's own");
}

/* An object that was opened twice was closed once too often, or its mm is never done. */
static void opened_twice(void **state)
{
	(void)state;
	open_gather();
	open_gather();
	tlb_finish_mmu(&the_gather);
	assert_contract(tlb_finish_mmu(&the_gather), "tlb_finish_mmu: needs an open gather");
	assert_contract(tlb_mm_destroy(&the_mm), "tlb_mm_destroy: needs every gather of this mm closed, each once");
	/* One gather closed twice. */
	the_mm.pending = -1;
	assert_contract(tlb_mm_destroy(&the_mm), "tlb_mm_destroy: needs every gather of this mm closed, each once");
	the_mm.pending = 0;
}

static void no_mm(void **state)
{
	(void)state;
	assert_contract(tlb_gather_mmu(&the_gather, NULL), "tlb_gather_mmu: needs an mm");
	assert_contract(tlb_mm_flush(NULL), "tlb_mm_flush: needs an mm");
}

static void wrong_vma(void **state)
{
	struct tlb_mm other;
	struct tlb_vma foreign = the_vma, backward = the_vma;

	(void)state;
	foreign.mm = &other;
	backward.start = backward.end + 1;
	open_gather();
	assert_contract(tlb_start_vma(&the_gather, &foreign), "tlb_start_vma: needs a VMA of the gather's mm");
	assert_contract(tlb_end_vma(&the_gather, &foreign), "tlb_end_vma: needs a VMA of the gather's mm");
	assert_contract(tlb_start_vma(&the_gather, &backward), "tlb_start_vma: needs start <= end");
	tlb_finish_mmu(&the_gather);
}

static void wrong_record(void **state)
{
	(void)state;
	open_gather();
	assert_contract(tlb_flush_level_range(&the_gather, TLB_LEVELS, 0, PAGE_SIZE),
			"tlb_flush_level_range: needs a level of enum tlb_level");
	assert_contract(tlb_flush_level_range(&the_gather, TLB_LEVEL_PTE, -PAGE_SIZE, PAGE_SIZE),
			"tlb_flush_level_range: needs a range that ends");
	assert_contract(tlb_remove_tlb_entries(&the_gather, 0, 0), "tlb_flush_level_range: needs a range that ends");
	assert_contract(tlb_unshare_table(&the_gather, TLB_LEVEL_PGD, 0, false),
			"tlb_unshare_table: needs a table with a level above it");
	assert_contract(tlb_free_table(&the_gather, TLB_LEVEL_PGD, PAGE(1), 0),
			"tlb_free_table: needs a table with a level above it");
	tlb_finish_mmu(&the_gather);
}

/* Without a record the page would be freed without a flush. */
static void queued_without_a_record(void **state)
{
	(void)state;
	open_gather();
	assert_contract(tlb_queue_page(&the_gather, PAGE(1), false), "tlb_queue_page: needs its entry recorded first");
	zap(&the_gather, 1);
	tlb_flush_mmu_tlbonly(&the_gather);
	assert_contract(tlb_queue_folio_pages(&the_gather, PAGE(2), 2, false),
			"tlb_queue_page: needs its entry recorded first");
	tlb_finish_mmu(&the_gather);
}

static void queued_wrongly(void **state)
{
	shootdown_page_t odd = (shootdown_page_t)((uintptr_t)PAGE(1) + 1);

	(void)state;
	open_gather();
	tlb_remove_tlb_entry(&the_gather, 0);
	assert_contract(tlb_queue_page(&the_gather, PAGE(1), true), "tlb_queue_page: needs tlb_delay_rmap() to delay");
	assert_contract(tlb_queue_page(&the_gather, odd, false), "shootdown_page_t: needs two low bits of zero");
	assert_contract(tlb_queue_folio_pages(&the_gather, PAGE(1), 0, false), "tlb_queue_folio_pages: needs a page");
	the_gather.slot = the_gather.stack_slots;
	tlb_finish_mmu(&the_gather);
}

static void queued_when_full(void **state)
{
	(void)state;
	host.limits = (struct tlb_limits){ 2, 2, 0, 1, 0, 1, 0 };
	open_gather();
	assert_true(zap(&the_gather, 1));
	assert_contract(zap(&the_gather, 2), "tlb_queue_page: was full, needs a flush first");
	tlb_finish_mmu(&the_gather);
}

static void queued_with_another_size(void **state)
{
	(void)state;
	host.arch.page_size = true;
	open_gather();
	assert_contract(zap(&the_gather, 1), "tlb_queue_page: needs tlb_change_page_size() first");
	tlb_change_page_size(&the_gather, 0x200000);
	assert_contract(tlb_queue_folio_pages(&the_gather, PAGE(1), 2, false),
			"tlb_queue_page: needs tlb_change_page_size() first");
	tlb_finish_mmu(&the_gather);
}

static void unshared_while_rmaps_are_delayed(void **state)
{
	(void)state;
	open_gather();
	tlb_delay_rmap(&the_gather, &the_vma);
	tlb_remove_tlb_entry(&the_gather, 0);
	tlb_queue_page(&the_gather, PAGE(1), true);
	assert_contract(tlb_unshare_table(&the_gather, TLB_LEVEL_PMD, 0, true),
			"mmu_gather: needs what its state asks for first");
	tlb_finish_mmu(&the_gather);
}

static void unshared_and_forgotten(void **state)
{
	(void)state;
	open_gather();
	tlb_unshare_table(&the_gather, TLB_LEVEL_PMD, 0, true);
	assert_contract(tlb_finish_mmu(&the_gather), "tlb_finish_mmu: needs tlb_flush_unshared_tables() first");
	assert_contract(tlb_delay_rmap(&the_gather, &the_vma), "mmu_gather: needs what its state asks for first");
	tlb_flush_unshared_tables(&the_gather);
	tlb_unshare_table(&the_gather, TLB_LEVEL_PMD, 0, false);
	tlb_flush_mmu_tlbonly(&the_gather);
	assert_contract(tlb_finish_mmu(&the_gather), "tlb_finish_mmu: needs tlb_flush_unshared_tables() first");
	tlb_flush_unshared_tables(&the_gather);
	tlb_finish_mmu(&the_gather);
}

static void requests(void **state)
{
	struct tlb_flush flush = { .mm = &the_mm };

	(void)state;
	assert_contract(tlb_flush_wait(&flush), "tlb_flush_wait: needs tlb_flush_issue() first");
	assert_contract(tlb_flush_issue(&flush), "tlb_flush_issue: needs a range or all");
	flush.end = 1;
	assert_contract(tlb_flush_issue(&flush), "tlb_flush_issue: needs a stride of a page or more");
	flush.all = true;
	tlb_flush_issue(&flush);
	assert_contract(tlb_flush_issue(&flush), "tlb_flush_issue: needs a request that is not under way");
	tlb_flush_wait(&flush);
	assert_contract(tlb_flush_wait(&flush), "tlb_flush_wait: needs tlb_flush_issue() first");
	assert_contract(tlb_flush_range(&the_vma, 2, 1), "tlb_flush_range: needs start <= end");
	assert_contract(tlb_flush_kernel_range(2, 1), "tlb_flush_kernel_range: needs start <= end");
}

/* Two CPUs that wait for each other with interrupts off would wait for ever. */
static void waiting_where_nobody_answers(void **state)
{
	struct tlb_flush flush = { .mm = &the_mm, .all = true };

	(void)state;
	host.online = 3;
	the_mm.cpus.value = 3;
	host.may_not_wait = true;
	tlb_flush_issue(&flush);
	assert_contract(tlb_flush_wait(&flush), "tlb_flush_wait: needs interrupts on, or a host that polls");
	host.may_not_wait = false;
	tlb_flush_wait(&flush);
	the_mm.cpus.value = 1;
	host.may_not_wait = true;
	tlb_flush_issue(&flush);
	tlb_flush_wait(&flush);
}

/* Firmware does not wait for walkers with interrupts off, and without rcu_table_free nothing else does. */
static void firmware_and_lockless_walkers(void **state)
{
	struct tlb_flush flush = { .mm = &the_mm, .all = true };

	(void)state;
	host.online = 3;
	the_mm.cpus.value = 3;
	host.firmware = true;
	host.arch.gup_fast = true;
	assert_contract(tlb_flush_issue(&flush),
			"shootdown_flush_cpus: needs rcu_table_free, as nothing else waits for lockless walkers");
	shootdown_unpin();
	host.arch.rcu_table_free = true;
	tlb_flush_issue(&flush);
	tlb_flush_wait(&flush);
}

static void sizes(void **state)
{
	(void)state;
	host.limits.bundle = 1;
	assert_contract(open_gather(), "shootdown_limits: needs 2 <= bundle <= TLB_GATHER_BUNDLE");
	host.limits.bundle = TLB_GATHER_BUNDLE + 1;
	assert_contract(open_gather(), "shootdown_limits: needs 2 <= bundle <= TLB_GATHER_BUNDLE");
	host.limits.bundle = 2;
	host.limits.batch = 1;
	open_gather();
	assert_contract(zap(&the_gather, 1), "shootdown_limits: needs batch >= 2");
	host.arch.table_free = true;
	host.limits.tables = 0;
	assert_contract(tlb_free_table(&the_gather, TLB_LEVEL_PTE, PAGE(1), 0), "shootdown_limits: needs tables >= 1");
	tlb_finish_mmu(&the_gather);
}

/* A row that contradicts itself, in a kernel that has not called tlb_arch_check(). */
static void wrong_row(void **state)
{
	(void)state;
	host.arch.rcu_table_free = true;
	open_gather();
	assert_contract(tlb_free_table(&the_gather, TLB_LEVEL_PTE, PAGE(1), 0),
			"tlb_arch: needs table_free with rcu_table_free");
	tlb_finish_mmu(&the_gather);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(closed_gather),
		world_test(opened_twice),
		world_test(no_mm),
		world_test(wrong_vma),
		world_test(wrong_record),
		world_test(queued_without_a_record),
		world_test(queued_wrongly),
		world_test(queued_when_full),
		world_test(queued_with_another_size),
		world_test(unshared_while_rmaps_are_delayed),
		world_test(unshared_and_forgotten),
		world_test(requests),
		world_test(waiting_where_nobody_answers),
		world_test(firmware_and_lockless_walkers),
		world_test(sizes),
		world_test(wrong_row),
	};

	return cmocka_run_group_tests_name("lib_misuse", tests, NULL, NULL);
}
