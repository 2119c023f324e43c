/* SPDX-License-Identifier: MIT */
/* flush.c - the flush engine: who is asked, in which order, and what counts as an answer. */
#include "test.h"

/* CPUs 0, 1 and 2 are in the mask; the test runs on 0. */
static void three_cpus(void)
{
	for (host.cpu = 1; host.cpu <= 2; host.cpu++)
		tlb_mm_enter(&the_mm);
	host.cpu = 0;
	host.online = 0xf;
	host_log();
}

static void others_are_asked(void **state)
{
	(void)state;
	three_cpus();
	tlb_mm_flush(&the_mm);
	assert_log("fence call1,2 local0 all+t+x local1 all+t+x answer local2 all+t+x answer");
}

static void not_here(void **state)
{
	(void)state;
	three_cpus();
	host.cpu = 3;
	tlb_flush_page(&the_vma, ADDRESS(1));
	assert_log("fence call0,1,2 local0 1000-2000/12 answer local1 1000-2000/12 answer local2 1000-2000/12 answer");
	host.cpu = 0;
}

static void nobody(void **state)
{
	(void)state;
	tlb_mm_leave(&the_mm);
	host_log();
	tlb_mm_flush(&the_mm);
	assert_log("fence");
}

/* Both halves of ORD-1: the fence stands before the look at the mask. */
static void fence_before_mask(void **state)
{
	(void)state;
	host.log_reads = true;
	tlb_mm_flush(&the_mm);
	assert_log("fence mask local0 all+t+x");
	host.log_reads = false;
}

/* ORD-3: an answer is a release, and the look that finds it an acquire; the count before the call needs no order. */
static void orders_of_an_answer(void **state)
{
	(void)state;
	three_cpus();
	host.log_orders = true;
	tlb_mm_flush(&the_mm);
	assert_log("fence call1,2 local0 all+t+x local1 all+t+x answer:release answered?:acquire "
		   "local2 all+t+x answer:release answered?:acquire");
	host.log_orders = false;
}

static void kernel_ranges_ask_all(void **state)
{
	(void)state;
	three_cpus();
	tlb_flush_kernel_range(0x8000, 0xa000);
	assert_log("fence call1,2,3 local0 8000-a000/12+t+x local1 8000-a000/12+t+x answer "
		   "local2 8000-a000/12+t+x answer local3 8000-a000/12+t+x answer");
	tlb_flush_kernel_range(0x8000, 0x8000);
	assert_log("");
}

static void broadcast(void **state)
{
	(void)state;
	host.arch.reach = TLB_REACH_BROADCAST;
	tlb_flush_page(&the_vma, ADDRESS(2));
	assert_log("fence bcast 2000-3000/12 done");
	host.arch.reach = TLB_REACH_ENTRY;
	tlb_flush_kernel_range(0x8000, 0xa000);
	assert_log("fence bcast 8000-a000/12+t+x done");
}

static void issue_and_wait(void **state)
{
	struct tlb_flush flush = { .mm = &the_mm, .start = 0x1000, .end = 0x3000, .stride_shift = 12 };

	(void)state;
	three_cpus();
	tlb_flush_issue(&flush);
	assert_log("fence call1,2 local0 1000-3000/12");
	assert_int_equal(flush.state, TLB_FLUSH_CALLED);
	assert_int_equal(host.pinned, 1);
	tlb_flush_wait(&flush);
	assert_log("local1 1000-3000/12 answer local2 1000-3000/12 answer");
	assert_int_equal(flush.state, TLB_FLUSH_IDLE);
	assert_int_equal(host.pinned, 0);
	flush.all = true;
	tlb_flush_issue(&flush);
	tlb_flush_wait(&flush);
	assert_log("fence call1,2 local0 all local1 all answer local2 all answer");
}

/* A CPU with interrupts off answers from its spin loop; then nobody has to wait. */
static void poll_answers(void **state)
{
	struct tlb_flush flush = { .mm = &the_mm, .all = true };

	(void)state;
	three_cpus();
	tlb_flush_issue(&flush);
	host_log();
	host.cpu = 2;
	tlb_flush_poll();
	assert_log("local2 all answer");
	tlb_flush_poll();
	assert_log("");
	host.cpu = 0;
	tlb_flush_wait(&flush);
	assert_log("local1 all answer");
}

/* Two CPUs that wait for each other. */
static void crossed_requests(void **state)
{
	struct tlb_flush first = { .mm = &the_mm, .all = true }, second = { .mm = &the_mm, .all = true };

	(void)state;
	three_cpus();
	tlb_flush_issue(&first);
	host.cpu = 1;
	tlb_flush_issue(&second);
	host_log();
	tlb_flush_wait(&second);
	host.cpu = 0;
	tlb_flush_wait(&first);
	assert_log("local0 all answer local1 all answer local2 all answer local2 all answer");
}

/* An answer may come before the issuer's next instruction, so it must find the count that it lowers. */
static void answered_at_once(void **state)
{
	struct tlb_flush flush = { .mm = &the_mm, .all = true };

	(void)state;
	three_cpus();
	host.at_once = true;
	tlb_flush_issue(&flush);
	assert_log("fence call1,2 local1 all answer local2 all answer local0 all");
	assert_int_equal(flush.waiting, 0);
	tlb_flush_wait(&flush);
	assert_log("");
}

/* Two requests of one thread, waited for in the order of their issue or in the other. */
static void two_requests(void **state)
{
	struct tlb_flush first = { .mm = &the_mm, .all = true }, second = { .mm = &the_mm, .all = true, .exec = true };

	(void)state;
	three_cpus();
	tlb_flush_issue(&first);
	tlb_flush_issue(&second);
	assert_int_equal(host.pinned, 2);
	assert_log("fence call1,2 local0 all fence call1,2 local0 all+x");
	tlb_flush_wait(&second);
	tlb_flush_wait(&first);
	assert_log("local1 all answer local1 all+x answer local2 all answer local2 all+x answer");
	assert_int_equal(host.pinned, 0);
}

/* The same where each pair of CPUs has one slot: the second issue waits for the first call to be taken. */
static void two_requests_in_one_slot(void **state)
{
	struct tlb_flush first = { .mm = &the_mm, .all = true }, second = { .mm = &the_mm, .all = true, .exec = true };

	(void)state;
	three_cpus();
	host.one_slot = true;
	tlb_flush_issue(&first);
	host_log();
	tlb_flush_issue(&second);
	assert_log("fence full1 local1 all answer full2 local2 all answer call1,2 local0 all+x");
	tlb_flush_wait(&first);
	tlb_flush_wait(&second);
	assert_log("local1 all+x answer local2 all+x answer");
}

/* Firmware in the place of interrupts: this CPU still does its own, and nobody answers. */
static void by_firmware(void **state)
{
	struct tlb_flush flush = { .mm = &the_mm, .start = 0x1000, .end = 0x3000, .stride_shift = 12 };

	(void)state;
	three_cpus();
	host.firmware = true;
	tlb_flush_issue(&flush);
	assert_log("fence cpus1,2 1000-3000/12 local0 1000-3000/12");
	assert_int_equal(flush.state, TLB_FLUSH_BROADCAST);
	/* Nothing to answer, so interrupts do not matter. */
	host.may_not_wait = true;
	tlb_flush_wait(&flush);
	assert_log("done");
	host.rule_off[RULE_broadcast_complete] = true;
	tlb_flush_kernel_range(0x8000, 0x9000);
	assert_log("fence cpus1,2,3 8000-9000/12+t+x local0 8000-9000/12+t+x");
}

static void by_firmware_for_nobody(void **state)
{
	(void)state;
	host.firmware = true;
	tlb_flush_page(&the_vma, 0);
	assert_log("fence local0 0-1000/12");
}

static void ranges_and_pages(void **state)
{
	(void)state;
	the_vma.flags = TLB_VMA_EXEC;
	tlb_flush_range(&the_vma, 0x1000, 0x4000);
	assert_log("fence local0 1000-4000/12+x");
	tlb_flush_range(&the_vma, 0x1000, 0x1000);
	assert_log("");
	tlb_flush_page(&the_vma, 0x3fff);
	assert_log("fence local0 3000-4000/12+x");
	the_vma.page_shift = 21;
	the_vma.flags = TLB_VMA_HUGE;
	tlb_flush_page(&the_vma, 0x234567);
	assert_log("fence local0 200000-400000/21+h");
	tlb_flush_range(&the_vma, 0x200000, 0x600000);
	assert_log("fence local0 200000-600000/21+h");
}

static void ceiling(void **state)
{
	(void)state;
	host.arch.ceiling = 3;
	tlb_flush_range(&the_vma, 0x1000, 0x4000);
	assert_log("fence local0 1000-4000/12");
	tlb_flush_range(&the_vma, 0x1000, 0x4001);
	assert_log("fence local0 all");
	/* Strides count, not pages. */
	the_vma.page_shift = 21;
	tlb_flush_range(&the_vma, 0, 0x600000);
	assert_log("fence local0 0-600000/21");
	host.arch.ceiling = 0;
	the_vma.page_shift = 12;
	tlb_flush_range(&the_vma, 0, 1ul << 40);
	assert_log("fence local0 0-10000000000/12");
}

/* Entries changed, or tables moved: only the second needs walk caches, and everything where nothing less drops them. */
static void ranges_with_tables(void **state)
{
	(void)state;
	tlb_flush_range_tables(&the_vma, 0x1000, 0x4000);
	assert_log("fence local0 1000-4000/12+t+x");
	tlb_flush_range_tables(&the_vma, 0x1000, 0x1000);
	assert_log("");
	host.arch.tables_all = true;
	tlb_flush_range(&the_vma, 0x1000, 0x4000);
	assert_log("fence local0 1000-4000/12");
	tlb_flush_range_tables(&the_vma, 0x1000, 0x4000);
	assert_log("fence local0 all+t+x");
}

/* What the one-call flushes know of the entries: a range of small pages may hold large ones. */
static void kinds(void **state)
{
	(void)state;
	host.log_kinds = true;
	tlb_flush_page(&the_vma, 0x1000);
	assert_log("fence local0 1000-2000/12 levels1 size1000");
	tlb_flush_range(&the_vma, 0x1000, 0x3000);
	assert_log("fence local0 1000-3000/12 levels0 size0");
	tlb_flush_range_tables(&the_vma, 0x1000, 0x3000);
	assert_log("fence local0 1000-3000/12+t+x levels0 size0");
	the_vma.page_shift = 16;
	the_vma.flags = TLB_VMA_HUGE;
	tlb_flush_page(&the_vma, 0x1000);
	assert_log("fence local0 0-10000/16+h levels0 size10000");
	tlb_flush_range(&the_vma, 0x10000, 0x30000);
	assert_log("fence local0 10000-30000/16+h levels0 size10000");
}

/* A hint of a level is right only if there is no other, and no table. */
static void level_hint(void **state)
{
	static const struct {
		unsigned char levels;
		bool tables;
		enum tlb_level hint;
	} cases[] = {
		{ 0, false, TLB_LEVELS },     { 1, false, TLB_LEVEL_PTE }, { 2, false, TLB_LEVEL_PMD },
		{ 16, false, TLB_LEVEL_PGD }, { 3, false, TLB_LEVELS },	   { 6, false, TLB_LEVELS },
		{ 2, true, TLB_LEVELS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tlb_flush flush = { .levels = cases[i].levels, .tables = cases[i].tables };

		assert_int_equal(tlb_flush_level_hint(&flush), cases[i].hint);
	}
}

/* Large entries are invalidated whole: a step that begins inside one would miss it, and so would a last half step. */
static void rounded_to_strides(void **state)
{
	struct tlb_flush flush = { .mm = &the_mm, .start = 0x1234, .end = 0x2001, .stride_shift = 12 };

	(void)state;
	the_vma.page_shift = 21;
	tlb_flush_range(&the_vma, 0x100000, 0x300000);
	assert_log("fence local0 0-400000/21");
	tlb_flush_issue(&flush);
	tlb_flush_wait(&flush);
	assert_log("fence local0 1000-3000/12");
	/* Two entries are two strides, wherever the range begins. */
	host.arch.ceiling = 1;
	tlb_flush_range(&the_vma, 0x100000, 0x300000);
	assert_log("fence local0 all");
	host.arch.ceiling = 0;
	/* The last entry of the address space has no end that a word can say. */
	tlb_flush_range(&the_vma, 0 - 0x1000ul, ~0ul);
	assert_log("fence local0 all");
}

/* A host's own request is fitted as well. */
static void own_requests_are_fitted(void **state)
{
	struct tlb_flush flush = { .mm = &the_mm, .end = 0x1000, .tables = true, .stride_shift = 12 };

	(void)state;
	host.arch.tables_all = true;
	tlb_flush_issue(&flush);
	tlb_flush_wait(&flush);
	assert_log("fence local0 all+t");
}

static void no_range_has_pages(void **state)
{
	(void)state;
	host.arch.no_range = true;
	tlb_flush_range(&the_vma, 0x1000, 0x2000);
	assert_log("fence local0 all");
	tlb_flush_page(&the_vma, 0x1000);
	assert_log("fence local0 1000-2000/12");
}

/* ---- the rules ---- */

static void without_its_rules(void **state)
{
	(void)state;
	three_cpus();
	host.rule_off[RULE_flush_wait] = true;
	tlb_mm_flush(&the_mm);
	assert_log("fence call1,2 local0 all+t+x answer answer");
	host.rule_off[RULE_fence_before_flush] = true;
	tlb_flush_page(&the_vma, 0);
	assert_log("call1,2 local0 0-1000/12 answer answer");
	host.arch.reach = TLB_REACH_BROADCAST;
	host.rule_off[RULE_broadcast_complete] = true;
	tlb_flush_page(&the_vma, 0);
	assert_log("bcast 0-1000/12");
}

/* ---- the mask ---- */

static void enter_and_leave(const char *expected)
{
	tlb_mm_enter(&the_mm);
	tlb_mm_leave(&the_mm);
	assert_log(expected);
}

static void mask(void **state)
{
	(void)state;
	enter_and_leave("enter0 leave0");
	host.arch.asids = true;
	enter_and_leave("enter0");
	host.rule_off[RULE_asid_keeps_cpu] = true;
	enter_and_leave("enter0 leave0");
	host.rule_off[RULE_mm_enter_before_load] = true;
	enter_and_leave("leave0");
	host.arch.reach = TLB_REACH_BROADCAST;
	enter_and_leave("");
	host.rule_off[RULE_mm_enter_before_load] = false;
	enter_and_leave("");
}

/* With ids a CPU stays in the mask after it left; once it is down nobody may wait for it. */
static void cpu_goes_down(void **state)
{
	(void)state;
	host.arch.asids = true;
	three_cpus();
	host.cpu = 1;
	tlb_mm_leave(&the_mm);
	host.cpu = 0;
	host.online = 0x5;
	tlb_mm_flush(&the_mm);
	assert_log("fence call2 local0 all+t+x local2 all+t+x answer");
	tlb_flush_kernel_range(0x8000, 0x9000);
	assert_log("fence call2 local0 8000-9000/12+t+x local2 8000-9000/12+t+x answer");
	/* It comes back: still in the mask, and asked again. */
	host.online = 0x7;
	tlb_flush_page(&the_vma, 0);
	assert_log("fence call1,2 local0 0-1000/12 local1 0-1000/12 answer local2 0-1000/12 answer");
}

/* A CPU that holds nothing of the mm is taken out, with ids too, and is in again when it enters. */
static void cpu_is_forgotten(void **state)
{
	(void)state;
	host.arch.asids = true;
	three_cpus();
	tlb_mm_forget_cpu(&the_mm, 2);
	tlb_mm_forget_cpu(&the_mm, 2);
	assert_log("leave2 leave2");
	tlb_mm_flush(&the_mm);
	assert_log("fence call1 local0 all+t+x local1 all+t+x answer");
	host.cpu = 2;
	tlb_mm_enter(&the_mm);
	host.cpu = 0;
	host_log();
	tlb_flush_page(&the_vma, 0);
	assert_log("fence call1,2 local0 0-1000/12 local1 0-1000/12 answer local2 0-1000/12 answer");
	host.arch.reach = TLB_REACH_BROADCAST;
	tlb_mm_forget_cpu(&the_mm, 2);
	assert_log("");
}

static void pending(void **state)
{
	struct mmu_gather other;

	(void)state;
	assert_false(tlb_mm_flush_pending(&the_mm));
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_true(tlb_mm_flush_pending(&the_mm));
	assert_false(tlb_mm_flush_nested(&the_mm));
	tlb_gather_mmu(&other, &the_mm);
	assert_true(tlb_mm_flush_nested(&the_mm));
	tlb_finish_mmu(&the_gather);
	tlb_finish_mmu(&other);
	assert_false(tlb_mm_flush_pending(&the_mm));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(others_are_asked),
		world_test(not_here),
		world_test(nobody),
		world_test(fence_before_mask),
		world_test(orders_of_an_answer),
		world_test(kernel_ranges_ask_all),
		world_test(broadcast),
		world_test(issue_and_wait),
		world_test(poll_answers),
		world_test(crossed_requests),
		world_test(by_firmware),
		world_test(by_firmware_for_nobody),
		world_test(answered_at_once),
		world_test(two_requests),
		world_test(two_requests_in_one_slot),
		world_test(ranges_and_pages),
		world_test(ceiling),
		world_test(ranges_with_tables),
		world_test(kinds),
		world_test(level_hint),
		world_test(rounded_to_strides),
		world_test(own_requests_are_fitted),
		world_test(no_range_has_pages),
		world_test(without_its_rules),
		world_test(mask),
		world_test(cpu_goes_down),
		world_test(cpu_is_forgotten),
		world_test(pending),
	};

	return cmocka_run_group_tests_name("lib_flush", tests, NULL, NULL);
}
