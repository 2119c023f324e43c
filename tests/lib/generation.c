/* SPDX-License-Identifier: MIT */
/* generation.c - CPUs that catch up: who is asked, what they invalidate, and the ids of a CPU. */
#include "test.h"

static struct tlb_mm other, third;

static struct tlb_root enter(unsigned int cpu, struct tlb_mm *mm)
{
	struct tlb_root root;

	host.cpu = cpu;
	root = tlb_mm_enter(mm);
	host.cpu = 0;
	host_log();
	return root;
}

/* CPUs 0 and 1 run the_mm; the test runs on 0. */
static void two_cpus(void)
{
	world_arch("x86_64_tlbgen");
	host.online = 3;
	tlb_mm_init(&the_mm);
	tlb_mm_init(&other);
	tlb_mm_init(&third);
	enter(0, &the_mm);
	enter(1, &the_mm);
}

static void page(unsigned int nr)
{
	tlb_flush_page(&the_vma, ADDRESS(nr));
}

static void lazy(unsigned int cpu)
{
	host.cpu = cpu;
	tlb_mm_lazy(&the_mm);
	host.cpu = 0;
}

static void resume(unsigned int cpu)
{
	host.cpu = cpu;
	tlb_mm_resume(&the_mm);
	host.cpu = 0;
}

static void who_runs_is_asked(void **state)
{
	(void)state;
	two_cpus();
	page(1);
	assert_log("fence call1 local0 1000-2000/12 local1 1000-2000/12 answer");
	assert_int_equal(the_mm.generation, 1 << 1);
	resume(1);
	assert_log("");
}

static void lazy_is_not(void **state)
{
	(void)state;
	two_cpus();
	lazy(1);
	page(1);
	page(3);
	assert_log("fence local0 1000-2000/12 fence local0 3000-4000/12");
	resume(1);
	assert_log("local1 1000-2000/12 local1 3000-4000/12");
	resume(1);
	assert_log("");
}

/* Of more flushes than the ring has, of everything, or of more pages together than the ceiling. */
static void too_much_is_everything(void **state)
{
	(void)state;
	two_cpus();
	lazy(1);
	for (unsigned int i = 0; i <= SHOOTDOWN_RING; i++)
		page(i);
	host_log();
	resume(1);
	assert_log("local1 all+t+x");
	lazy(1);
	tlb_mm_flush(&the_mm);
	host_log();
	resume(1);
	assert_log("");
	lazy(1);
	tlb_flush_range(&the_vma, 0, ADDRESS(20));
	tlb_flush_range(&the_vma, ADDRESS(20), ADDRESS(40));
	host_log();
	resume(1);
	assert_log("local1 all+t+x");
}

static void tables_ask_all(void **state)
{
	(void)state;
	two_cpus();
	lazy(1);
	page(1);
	host_log();
	tlb_flush_range_tables(&the_vma, 0, ADDRESS(1));
	assert_log("fence call1 local0 0-1000/12+t+x local1 0-1000/12+t+x answer");
	/* The first is still missing, and the second is not made again. */
	resume(1);
	assert_log("local1 1000-2000/12");
}

/* Whichever of two comes first. */
static void out_of_order(void **state)
{
	struct tlb_flush first = { .mm = &the_mm, .start = 0x1000, .end = 0x2000, .stride_shift = 12 };
	struct tlb_flush second = { .mm = &the_mm, .start = 0x5000, .end = 0x6000, .stride_shift = 12 };
	struct host_call call;

	(void)state;
	two_cpus();
	tlb_flush_issue(&first);
	tlb_flush_issue(&second);
	call = host.calls[0];
	host.calls[0] = host.calls[1];
	host.calls[1] = call;
	host_log();
	tlb_flush_wait(&first);
	tlb_flush_wait(&second);
	assert_log("local1 5000-6000/12 answer local1 1000-2000/12 answer");
	lazy(1);
	resume(1);
	assert_log("");
}

static void who_has_left_leaves_the_mask(void **state)
{
	(void)state;
	two_cpus();
	enter(1, &other);
	page(1);
	assert_log("fence local0 1000-2000/12");
	tlb_flush_range_tables(&the_vma, 0, ADDRESS(1));
	assert_log("fence call1 local0 0-1000/12+t+x leave1 answer");
	tlb_flush_range_tables(&the_vma, 0, ADDRESS(1));
	assert_log("fence local0 0-1000/12+t+x");
}

static void ids(void **state)
{
	struct tlb_root root;

	(void)state;
	two_cpus();
	root = enter(1, &other);
	assert_true(root.drop);
	host.cpu = 1;
	assert_int_equal(tlb_asid(), root.asid);
	host.cpu = 0;
	page(1);
	host_log();
	host.cpu = 1;
	root = tlb_mm_enter(&the_mm);
	assert_false(root.drop);
	assert_log("enter1 local1 1000-2000/12");
	/* Two ids: that of a third address space was another's. */
	assert_true(enter(1, &third).drop);
	assert_true(enter(1, third.context % 2 == the_mm.context % 2 ? &the_mm : &other).drop);
	/* Without ids there is one slot. */
	host.arch.asids = false;
	enter(1, &other);
	assert_true(enter(1, &third).drop);
	assert_true(enter(1, &other).drop);
}

static void nobody_is_lazy_elsewhere(void **state)
{
	(void)state;
	two_cpus();
	host.cpu = 1;
	tlb_mm_lazy(&the_mm);
	host.cpu = 0;
	page(1);
	assert_log("fence local0 1000-2000/12");
	/* The own CPU as well. */
	lazy(0);
	page(1);
	assert_log("fence");
}

/* The other issuer unlocks while this one waits; a CPU that resumes meanwhile waits for nobody. */
static void unlock(void)
{
	resume(1);
	assert_log("local1 all+t+x");
	the_mm.generation &= ~1ul;
}

static void locked(void **state)
{
	(void)state;
	two_cpus();
	lazy(1);
	the_mm.generation |= 1;
	host.waits = unlock;
	page(1);
	assert_log("fence call1 local0 1000-2000/12 local1 1000-2000/12 answer");
	assert_int_equal(the_mm.generation, 1 << 1);
}

/* ---- the end of an address space ---- */

static void end_with_tables(unsigned int nr)
{
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	zap(&the_gather, 1);
	for (unsigned int i = 0; i < nr; i++)
		tlb_free_table(&the_gather, TLB_LEVEL_PTE, PAGE(901 + i), ADDRESS(512 * i));
	tlb_finish_mmu(&the_gather);
}

static void end_asks_nobody(void **state)
{
	(void)state;
	two_cpus();
	lazy(0);
	lazy(1);
	end_with_tables(1);
	assert_log("pend+ alloc pend- free 1");
	tlb_mm_destroy(&the_mm);
	host_grace_period();
	assert_log("rcu table 901 bfree");
	/* Once. */
	tlb_mm_destroy(&the_mm);
	host_grace_period();
	assert_log("");
}

static void end_without_tables(void **state)
{
	(void)state;
	two_cpus();
	lazy(1);
	end_with_tables(0);
	assert_log("pend+ pend- free 1");
}

/* No more are kept than one batch has: for the others everybody is asked. */
static void end_of_many_tables(void **state)
{
	(void)state;
	two_cpus();
	lazy(1);
	end_with_tables(3);
	assert_log("pend+ alloc fence call1 local0 all+t+x+h local1 all+t+x+h answer rcu alloc pend- free 1");
	tlb_mm_destroy(&the_mm);
	host_grace_period();
	host_log();
	host.limits.table_batches = 2;
	end_with_tables(3);
	assert_log("pend+ alloc alloc fence call1 local0 all+t+x+h local1 all+t+x+h answer pend- rcu rcu free 1");
	host_grace_period();
	assert_log("table 901 table 902 bfree table 903 bfree");
}

/* Of another gather that is open nobody knows what it has changed, and this mm is not dead: nothing is kept. */
static void end_beside_another(void **state)
{
	struct mmu_gather another;

	(void)state;
	two_cpus();
	lazy(1);
	tlb_gather_mmu(&another, &the_mm);
	end_with_tables(1);
	assert_log("pend+ pend+ alloc fence call1 local0 all+t+x+h local1 all+t+x+h answer pend- rcu free 1");
	tlb_finish_mmu(&another);
	host_grace_period();
	host_log();
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	tlb_unshare_table(&the_gather, TLB_LEVEL_PTE, ADDRESS(1), false);
	tlb_flush_unshared_tables(&the_gather);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence call1 local0 all+t+x+h local1 all+t+x+h answer pend-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(who_runs_is_asked),
		world_test(lazy_is_not),
		world_test(too_much_is_everything),
		world_test(tables_ask_all),
		world_test(out_of_order),
		world_test(who_has_left_leaves_the_mask),
		world_test(ids),
		world_test(nobody_is_lazy_elsewhere),
		world_test(locked),
		world_test(end_asks_nobody),
		world_test(end_without_tables),
		world_test(end_of_many_tables),
		world_test(end_beside_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
