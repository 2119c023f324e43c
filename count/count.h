/* SPDX-License-Identifier: MIT */
/*
 * count.h - what `shootdown count` counts: workloads, policies, and one run of one of each.
 *
 * Behind it are the library, kernel/ and mm/ as a kernel compiles them, on the machine that counts (machine/count/count.h), with tables
 * and gathers as large as hardware's and Linux's; all of it is one object, of which nothing else can be seen, since the same sources stand in the
 * checker compiled in another way and in another size. So nothing here depends on that size.
 */
#ifndef COUNT_WORKLOADS_H
#define COUNT_WORKLOADS_H

#include <stdbool.h>
#include <shootdown/arch.h>
#include <shootdown/count.h>

enum {
	COUNT_MAX_THREADS = 64,
	COUNT_MAX_DEVICES = 2,	  /* in an address space */
	COUNT_MAX_PAGES = 262144, /* what any workload can have */
	COUNT_MAX_SIZES = 8,
};

struct count_workload {
	const char *name, *does;
	const char *unit;		      /* what its size is a number of */
	unsigned long most;		      /* of its size; 0: it has none */
	unsigned long sizes[COUNT_MAX_SIZES]; /* those that it is run with if none is asked for, ended by 0 */
};

struct count_run {
	const struct tlb_arch *arch;
	unsigned int workload, policy; /* their numbers */
	unsigned int threads;	       /* each on a CPU of its own, 1 to COUNT_MAX_THREADS */
	unsigned int devices;	       /* that walk the tables of each address space, 0 to COUNT_MAX_DEVICES */
	unsigned long size;	       /* 1 to .most of the workload */
	unsigned long ceiling;	       /* in place of the policy's, if not 0 */
};

/* NULL: there are no more. */
const struct count_workload *count_workload(unsigned int nr);
const char *count_policy(unsigned int nr);
/* Above so many pages that policy makes a flush one of everything, on that row; 0: never. */
unsigned long count_ceiling(unsigned int policy, const struct tlb_arch *arch);

/*
 * count_workload_run - one run, from a machine without power to the end.
 *
 * Context: one at a time.
 * Fails:   never. A contract that does not hold ends the program.
 * After:   @counts is what the one operation that the workload is about has cost; the same every time.
 */
void count_workload_run(const struct count_run *run, struct tlb_counts *counts);

#endif
