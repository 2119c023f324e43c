/* SPDX-License-Identifier: MIT */
/*
 * main.c - four CPUs map, read and unmap in two address spaces, while one of them goes down and comes back.
 *
 *	smp [interrupts|broadcasts [ROUNDS]]
 *
 * Every page holds a word that says where it is mapped; a page that is free holds another. So a read through a stale
 * translation is seen; and under ThreadSanitizer it is a data race with whoever frees the page, seen even if the page
 * looks right still.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "smp.h"

enum {
	MMS = 2,
	TIMES = 4,
	AREA_PAGES = 12, /* of each CPU in each mm; more than a gather has on its stack */
};

struct tlb_arch smp_arch = {
	.name = "smp",
	.farthest = TLB_REACH_BROADCAST,
	.reach = TLB_REACH_IPI,
	.merge_vmas = true,
	.table_free = true,
	.rcu_table_free = true, /* look_at_tables() walks without a lock */
	.hw_walk = true,
};

static struct mm mms[MMS];
static unsigned long rounds = 1000;
static unsigned long progress; /* rounds of all CPUs together */
static unsigned int working = CPUS;
static struct shootdown_selftest_state by_interrupts, by_polls;
static unsigned long reads, faults;

void smp_panic(const char *what)
{
	fprintf(stderr, "CPU %u: %s\n", this_cpu ? this_cpu->number : 0, what);
	exit(1);
}

static unsigned long area(unsigned int cpu)
{
	return (unsigned long)cpu * TABLE_ENTRIES * PAGE_SIZE;
}

/* ---- what the programs do ---- */

static void read_all(struct mm *mm)
{
	/* Again and again: the second time a translation is there, and meanwhile its page may go. */
	for (unsigned long i = 0; i < TIMES * CPUS * AREA_PAGES; i++) {
		unsigned long addr = area((unsigned int)(i % CPUS)) + i / CPUS % AREA_PAGES * PAGE_SIZE, word;

		if (!cpu_read(addr, &word))
			__atomic_fetch_add(&faults, 1, __ATOMIC_RELAXED);
		else if (word != word_of(mm, addr))
			smp_panic("a program reads a page that is free");
		__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	}
}

static void unmap_area(struct mm *mm)
{
	unsigned long start = area(this_cpu->number);

	unmap(mm, start, start + AREA_PAGES * PAGE_SIZE);
}

static void one_round(unsigned long round)
{
	struct mm *mm = &mms[round % MMS];
	unsigned int number = this_cpu->number;

	switch_mm(mm);
	if (round >= MMS)
		unmap_area(mm);
	map(mm, area(number), area(number) + AREA_PAGES * PAGE_SIZE);
	read_all(mm);
	look_at_tables(mm, area((number + 1) % CPUS));
	/* Kernel mappings: whoever is up is asked. */
	tlb_flush_kernel_range(area(CPUS), area(CPUS) + PAGE_SIZE);
	__atomic_fetch_add(&progress, 1, __ATOMIC_RELAXED);
}

/* Powered off: it takes no interrupt and answers nobody, while the others go on. */
static void off_and_on(void)
{
	unsigned long until = __atomic_load_n(&progress, __ATOMIC_RELAXED) + CPUS;

	cpu_down();
	while (__atomic_load_n(&progress, __ATOMIC_RELAXED) < until &&
	       __atomic_load_n(&working, __ATOMIC_RELAXED) == CPUS)
		sched_yield();
	cpu_up();
}

/* A port's hooks are tried before anything relies on them, as they are used with interrupts on, and with interrupts off. */
static void try_hooks(void)
{
	enum shootdown_selftest_result result = shootdown_selftest(&by_interrupts, SHOOTDOWN_SELFTEST_INTERRUPTS);

	if (!result) {
		irq_disable();
		result = shootdown_selftest(&by_polls, SHOOTDOWN_SELFTEST_POLLS);
		irq_enable();
	}
	if (result)
		smp_panic(shootdown_selftest_name(result));
}

static void *run_cpu(void *arg)
{
	this_cpu = arg;
	cpu_up();
	try_hooks();
	for (unsigned long round = 0; round < rounds; round++) {
		one_round(round);
		if (this_cpu->number == CPUS - 1)
			off_and_on();
	}
	for (unsigned int i = 0; i < MMS; i++)
		unmap_area(&mms[i]);
	__atomic_fetch_sub(&working, 1, __ATOMIC_RELAXED);
	cpu_down();
	return NULL;
}

/* ---- the machine ---- */

static void boot(void)
{
	shootdown_assert(!tlb_arch_check(&smp_arch), "boot: a row that holds together");
	for (unsigned int i = 0; i < CPUS; i++) {
		cpus[i].number = i;
		pthread_mutex_init(&cpus[i].lock, NULL);
	}
	/* The thread that boots is CPU 0 until the CPUs run. */
	this_cpu = &cpus[0];
	pages_init();
	for (unsigned int i = 0; i < MMS; i++)
		mm_init(&mms[i]);
	shootdown_selftest_init(&by_interrupts, CPUS, 100, 100000000);
	shootdown_selftest_init(&by_polls, CPUS, 100, 100000000);
}

static void run(void)
{
	pthread_t threads[CPUS];

	for (unsigned int i = 0; i < CPUS; i++) {
		if (pthread_create(&threads[i], NULL, run_cpu, &cpus[i]))
			smp_panic("no thread");
	}
	for (unsigned int i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "interrupts") != 0) {
		if (strcmp(argv[1], "broadcasts") != 0) {
			fprintf(stderr, "usage: smp [interrupts|broadcasts [ROUNDS]]\n");
			return 2;
		}
		smp_arch.reach = TLB_REACH_BROADCAST;
	}
	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 10) + MMS;
	boot();
	run();
	cpus[0].irqs_off = 0;
	for (unsigned int i = 0; i < MMS; i++)
		mm_destroy(&mms[i]);
	if (pages_free())
		smp_panic("a page was lost");
	printf("%lu reads, %lu of them faults; no page was used after it was freed\n", reads, faults);
	return 0;
}
