/* SPDX-License-Identifier: MIT */
/* world.h - what a workload runs in: one kernel, threads of one address space on as many CPUs; and programs besides, for one that wants them. */
#ifndef COUNT_WORLD_H
#define COUNT_WORLD_H

#include <count/count.h>
#include <count/policy.h>
#include <mm/mm.h>

enum {
	/* Pages that each thread has in use beside what is unmapped: what a flush of everything takes from it. */
	RESIDENT = 64,
	/* Of one thread and one address space each. */
	PROGRAMS = 32,
};

/*
 * Where things are mapped: nothing begins where a table does, and what is mapped first shares a table with the resident pages, as in programs.
 * So a few pages leave no table behind them, and 1 GiB is in 513 tables.
 */
#define RESIDENT_AT (0x100000000ul + 5 * PAGE_SIZE)
#define LARGE_AT    (RESIDENT_AT + 128 * PAGE_SIZE)

struct world {
	const struct policy *policy;
	struct tlb_arch arch;
	unsigned int threads, devices;
	unsigned long size;
	struct tlb_counts *counts;
	struct mm_struct *mm;
	struct task *tasks[MACHINE_MAX_CPUS];
	struct task *programs[PROGRAMS];
	struct task *elsewhere[MACHINE_MAX_CPUS]; /* of another address space, one for each CPU */
	unsigned int arrived, waited_for;	  /* at the barrier, since the beginning */
	unsigned long box[MACHINE_MAX_CPUS];	  /* what one thread has handed to the next */
};

/* Each is called by every thread, by number, between two barriers. */
struct workload {
	struct count_workload shown;
	void (*map)(struct world *world);			 /* by the first alone */
	void (*touch)(struct world *world, unsigned int thread); /* the first before the others */
	void (*act)(struct world *world, unsigned int thread);	 /* what is counted */
};

extern const struct workload workloads[];
extern const unsigned int nr_workloads;

/* Until every thread is here. */
void world_meet(struct world *world);
void map_at(struct world *world, unsigned long address, unsigned long pages);
void map_file_at(struct world *world, unsigned long address, unsigned long pages);
/* That many programs, each with the resident pages, and with one page of one file, the first at @address, the next a page further on. */
void make_programs(struct world *world, unsigned long address);
/* Another address space, with a thread for each CPU but the first. */
void make_elsewhere(struct world *world);
/* From here on this CPU runs that thread. */
void run_task(struct task *task);
/* From here on this CPU runs @program. */
void run_program(const struct world *world, unsigned long program);
/* One access to each page of [@address, @address + @pages). */
void touch(unsigned long address, unsigned long pages, enum machine_access how);

#endif
