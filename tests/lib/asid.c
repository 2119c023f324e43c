/* SPDX-License-Identifier: MIT */
/* asid.c - ids that all CPUs share: who gets which, when a CPU drops what it holds, and what a flush names. */
#include "test.h"

static struct tlb_mm mms[4];

#define A (&mms[0])
#define B (&mms[1])
#define C (&mms[2])
#define D (&mms[3])

static unsigned int enter(unsigned int cpu, struct tlb_mm *mm)
{
	unsigned int was = host.cpu, asid;

	host.cpu = cpu;
	asid = tlb_mm_enter(mm).asid;
	host.cpu = was;
	return asid;
}

/* @ids besides 0, and two CPUs. */
static void machine(unsigned int ids)
{
	world_arch("arm64_rollover");
	host_new_cpus();
	host.online = 3;
	host.shared_asids = 1 + ids;
	for (unsigned int i = 0; i < 4; i++)
		tlb_mm_init(&mms[i]);
}

static void each_has_its_own(void **state)
{
	(void)state;
	machine(3);
	assert_int_equal(tlb_mm_asid(A), 0);
	assert_int_equal(enter(0, A), 1);
	assert_int_equal(enter(0, B), 2);
	assert_log("lock fence unlock lock fence unlock");
	/* Both have one by now: CPU 0 takes no lock, and CPU 1 does at its first switch only. */
	assert_int_equal(enter(0, A), 1);
	assert_int_equal(enter(1, B), 2);
	assert_int_equal(enter(1, A), 1);
	assert_log("lock unlock");
	assert_int_equal(tlb_mm_asid(A), 1);
}

static void all_are_used_up(void **state)
{
	(void)state;
	machine(2);
	enter(0, A);
	enter(0, B);
	host_log();
	/* B's is what CPU 0 runs under. */
	assert_int_equal(enter(0, C), 1);
	assert_log("lock fence unlock local0 all+t+x");
	/* Of the same generation: nothing is dropped again. */
	assert_int_equal(enter(1, C), 1);
	assert_log("lock unlock local1 all+t+x");
	/* B has kept the number, since it was reserved; A has nothing. */
	assert_int_equal(enter(0, B), 2);
	assert_int_equal(enter(0, C), 1);
	assert_log("lock fence unlock");
}

/* CPU 1 never switches, while two generations begin. */
static void running(void **state)
{
	(void)state;
	machine(3);
	assert_int_equal(enter(1, A), 1);
	enter(0, B);
	enter(0, C);
	assert_int_equal(enter(0, D), 2);
	/* C was what CPU 0 ran. */
	host_log();
	assert_int_equal(enter(0, B), 3);
	assert_log("lock fence unlock local0 all+t+x");
	assert_int_equal(enter(0, C), 2);
	assert_log("lock fence unlock local0 all+t+x");
	/* And A has what it had, here and there. */
	assert_int_equal(enter(0, A), 1);
	assert_log("lock fence unlock");
	assert_int_equal(enter(1, A), 1);
	assert_log("lock unlock local1 all+t+x");
}

/* Between two rollovers CPU 0 comes to what CPU 1 runs all the time, and leaves it. */
static void renewed(void **state)
{
	(void)state;
	machine(3);
	enter(1, A);
	enter(0, B);
	enter(0, C);
	enter(0, D);
	assert_int_equal(enter(0, A), 1);
	assert_int_equal(enter(0, D), 2);
	host_log();
	assert_int_equal(enter(0, B), 3);
	assert_log("lock fence unlock local0 all+t+x");
	assert_int_equal(enter(0, A), 1);
}

static void roll_over_on_0(void)
{
	assert_int_equal(enter(0, D), 1);
	assert_log("lock fence unlock local0 all+t+x");
}

/* CPU 1 has found that it needs the lock; a generation begins before it gets it. */
static void before_the_lock(void **state)
{
	(void)state;
	machine(3);
	enter(1, A);
	enter(1, B);
	enter(0, C);
	tlb_mm_init(A);
	host_log();
	host.locks = roll_over_on_0;
	/* 1 is D's by now, and 2 and 3 were running. So another one begins, and C has left. */
	assert_int_equal(enter(1, A), 3);
	assert_log("lock fence unlock local1 all+t+x");
	/* B was running all the time, and D since then. */
	assert_int_equal(enter(0, B), 2);
	assert_int_equal(enter(0, D), 1);
}

static void too_few(void **state)
{
	(void)state;
	machine(2);
	enter(0, A);
	enter(1, B);
	assert_contract(enter(0, C), "tlb_mm_enter: needs more ids than CPUs");
}

/* A rollover has taken what CPU 1 runs: it takes the lock although D's id is of this generation. */
static void taken(void **state)
{
	(void)state;
	machine(3);
	enter(1, A);
	enter(1, B);
	enter(0, C);
	host_log();
	roll_over_on_0();
	assert_int_equal(shootdown_tlb_cpu(1)->active, 0);
	assert_int_equal(enter(1, D), 1);
	assert_log("lock unlock local1 all+t+x");
	assert_int_equal(enter(1, D), 1);
	assert_log("");
}

static void a_flush_names_it(void **state)
{
	(void)state;
	machine(2);
	enter(0, A);
	enter(0, B);
	host_log();
	tlb_mm_flush(A);
	assert_log("fence bcast #1 all+t+x done");
	enter(0, C);
	enter(0, A);
	host_log();
	/* C has it by now, and is not running. */
	tlb_mm_flush(A);
	assert_log("fence bcast #2 all+t+x done");
	tlb_mm_flush(D);
	assert_log("fence bcast #0 all+t+x done");
}

/* Each CPU names what it has read itself: no fence. */
static void by_interrupts(void **state)
{
	(void)state;
	machine(2);
	world_arch("riscv");
	host.arch.rollover = true;
	assert_null(tlb_arch_check(&host.arch));
	assert_int_equal(enter(0, A), 1);
	assert_int_equal(enter(1, A), 1);
	assert_log("enter0 lock unlock enter1 lock unlock");
	tlb_mm_flush(A);
	assert_log("fence call1 local0 #1 all+t+x local1 #1 all+t+x answer");
}

/* No table is freed, so nothing is flushed; who has the id next has dropped everything before. */
static void exit_flushes_nothing(void **state)
{
	(void)state;
	machine(2);
	enter(1, &the_mm);
	enter(1, B);
	host_log();
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	zap(&the_gather, 1);
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ pend- free 1");
	tlb_mm_destroy(&the_mm);
	assert_int_equal(enter(1, C), 1);
	assert_log("lock fence unlock local1 all+t+x");
}

/* A CPU that was away: it was not in the set, so what it ran is not reserved; it takes the lock, and drops once more. */
static void a_cpu_comes_back(void **state)
{
	(void)state;
	machine(2);
	enter(1, A);
	host.online = 1;
	enter(0, B);
	assert_int_equal(enter(0, C), 1);
	memset(shootdown_tlb_cpu(1), 0, sizeof(struct tlb_cpu));
	host.online = 3;
	host_log();
	assert_int_equal(enter(1, C), 1);
	assert_log("lock unlock local1 all+t+x");
}

/* As many as the bits can say, and then those of a second word are reserved as well. */
static void many(void **state)
{
	static struct tlb_mm each[126];

	(void)state;
	machine(127);
	for (unsigned int i = 0; i < 126; i++) {
		tlb_mm_init(&each[i]);
		assert_int_equal(enter(0, &each[i]), i + 1);
	}
	assert_int_equal(enter(1, &each[99]), 100);
	host_log();
	assert_int_equal(enter(0, A), 127);
	assert_int_equal(enter(0, B), 1);
	assert_log("lock fence unlock lock fence unlock local0 all+t+x");
	for (unsigned int i = 0; i < 126; i++) {
		tlb_mm_init(&each[i]);
		assert_int_equal(enter(0, &each[i]), i < 98 ? i + 2 : i < 124 ? i + 3 : i - 123);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(each_has_its_own),
		world_test(all_are_used_up),
		world_test(running),
		world_test(renewed),
		world_test(before_the_lock),
		world_test(too_few),
		world_test(taken),
		world_test(a_flush_names_it),
		world_test(exit_flushes_nothing),
		world_test(a_cpu_comes_back),
		world_test(by_interrupts),
		world_test(many),
	};

	return cmocka_run_group_tests_name("lib_asid", tests, NULL, NULL);
}
