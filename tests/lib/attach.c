/* SPDX-License-Identifier: MIT */
/* attach.c - who has an address space attached: how an entry is to be changed, what is left for later, and who flushes that. */
#include "test.h"
#include <shootdown/entry.h>

/* CPU 0 runs the address space. */
static void machine(void)
{
	world_arch("s390_attach");
	host.online = 3;
	tlb_mm_init(&the_mm);
	tlb_mm_enter(&the_mm);
	host_log();
}

/* With interrupts off, which is as good as pinned. */
static void comes(unsigned int cpu)
{
	host.cpu = cpu;
	host.pinned++;
	tlb_mm_enter(&the_mm);
	host.pinned--;
	host.cpu = 0;
}

static void goes(unsigned int cpu)
{
	host.cpu = cpu;
	tlb_mm_leave(&the_mm);
	host.cpu = 0;
}

static enum tlb_entry_way change(bool later)
{
	enum tlb_entry_way way = tlb_entry_begin(&the_mm, later);

	assert_int_equal(the_mm.changing, 1);
	tlb_entry_end(&the_mm, way);
	assert_int_equal(the_mm.changing, 0);
	return way;
}

static void alone(void **state)
{
	(void)state;
	machine();
	assert_int_equal(change(false), TLB_WAY_HERE);
	tlb_flush_page(&the_vma, ADDRESS(2));
	assert_log("fence");
	assert_int_equal(change(true), TLB_WAY_LATER);
	assert_int_equal(change(true), TLB_WAY_LATER);
	assert_log("fence fence");
	/* Once for all that was left, whatever the flush is of. */
	tlb_flush_page(&the_vma, ADDRESS(2));
	tlb_flush_page(&the_vma, ADDRESS(3));
	assert_log("fence local0 all+t+x fence");
}

static void with_another(void **state)
{
	(void)state;
	machine();
	comes(1);
	host_log();
	assert_int_equal(change(true), TLB_WAY_EVERYWHERE);
	tlb_flush_page(&the_vma, ADDRESS(2));
	assert_log("fence");
	/* It keeps what it holds when it goes. */
	goes(1);
	host_log();
	assert_int_equal(change(false), TLB_WAY_EVERYWHERE);
	assert_int_equal(change(true), TLB_WAY_LATER);
	tlb_mm_forget_cpu(&the_mm, 1);
	host_log();
	assert_int_equal(change(false), TLB_WAY_HERE);
}

/* A flush on all CPUs leaves nothing to one that is away, and is not made for it again; one that runs the address space goes on filling. */
static void flushed_while_away(void **state)
{
	(void)state;
	machine();
	comes(1);
	comes(2);
	goes(1);
	host_log();
	tlb_flush_range_tables(&the_vma, ADDRESS(0), ADDRESS(2));
	assert_log("fence leave1 bcast all+t+x done");
	goes(2);
	assert_int_equal(change(false), TLB_WAY_EVERYWHERE);
	assert_int_equal(change(true), TLB_WAY_LATER);
	host_log();
	tlb_mm_flush(&the_mm);
	assert_log("fence leave2 bcast all+t+x done");
	assert_int_equal(change(false), TLB_WAY_HERE);
	assert_int_equal(change(true), TLB_WAY_LATER);
	host_log();
	tlb_mm_flush(&the_mm);
	assert_log("fence local0 all+t+x");
	/* It comes back, and may hold something again. */
	comes(1);
	goes(1);
	assert_int_equal(change(false), TLB_WAY_EVERYWHERE);
}

static void who_comes_flushes(void **state)
{
	(void)state;
	machine();
	change(true);
	host_log();
	comes(1);
	assert_non_null(strstr(host_log(), "bcast all+t+x done"));
	comes(2);
	assert_null(strstr(host_log(), "bcast"));
	/* ... or goes on, and nobody does it again. */
	goes(1);
	goes(2);
	change(true);
	host_log();
	host.pinned++;
	tlb_mm_resume(&the_mm);
	assert_log("leave1 leave2 bcast all+t+x done");
	tlb_mm_resume(&the_mm);
	assert_log("");
	host.pinned--;
}

/* Nobody has said of them that they are owed. */
static void tables_are_owed(void **state)
{
	(void)state;
	machine();
	tlb_flush_range_tables(&the_vma, ADDRESS(0), ADDRESS(2));
	assert_log("fence local0 all+t+x");
}

static void without_the_choice(void **state)
{
	(void)state;
	world_arch("s390");
	assert_int_equal(tlb_entry_begin(&the_mm, true), TLB_WAY_EVERYWHERE);
	tlb_entry_end(&the_mm, TLB_WAY_EVERYWHERE);
	tlb_mm_flush(&the_mm);
	assert_log("fence bcast all+t+x done");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(alone),
		world_test(with_another),
		world_test(flushed_while_away),
		world_test(who_comes_flushes),
		world_test(tables_are_owed),
		world_test(without_the_choice),
	};

	return cmocka_run_group_tests_name("lib_attach", tests, NULL, NULL);
}
