/* SPDX-License-Identifier: MIT */
/*
 * count.h - the machine that counts: its state, and what a workload sets and asks.
 *
 * One thread of the host, one schedule, always the same: each CPU runs one program, on a stack of its own, and goes on until it waits
 * or ends; then the next one goes on that can. An interrupt is delivered at once, in the place of the CPU that it is for, or, if that
 * has interrupts off, as soon as it has them on. Memory is memory. So numbers do not depend on the host, nor on the run.
 *
 * A TLB is a set of translations of so many ways, as a processor has: filled by each access that walks, the oldest of a set goes when
 * there is no room. It has no walk cache, and never caches what no access asked for. A translation carries the life of the frame that
 * it leads to: an access through one that has outlived it ends the program, as then the policy that is counted is not a right one.
 *
 * Letters: C constant after count_boot(); o of the CPU that runs.
 */
#ifndef COUNT_COUNT_H
#define COUNT_COUNT_H

#include <shootdown/count.h>
#include <machine/hardware.h>
#include <machine/machine.h>

enum {
	/* 2,048 translations of pages, as processors of these years have. */
	COUNT_SETS = 256,
	COUNT_WAYS = 8,
	COUNT_SPACES = 64,
	COUNT_CALLS = 64, /* that wait for one CPU which has interrupts off */
	COUNT_STACK = 128 << 10,
};

struct count_config {
	const struct tlb_arch *arch;
	const struct machine_kernel *kernel;
	unsigned int cpus, levels;
};

struct count_machine;

/* A machine with no CPU running yet; the caller is its CPU 0 until count_run(), and after it. One at a time. */
void count_boot(const struct count_config *config);
/* @program(@arg) on every CPU; until all have returned, and the daemon waits in vain. */
void count_run(void (*program)(void *), void *arg);
void count_shutdown(void);
/* From here on; until then nothing is counted. */
void count_begin(void);
void count_end(struct tlb_counts *counts);

/* ---- inside the machine ---- */

struct machine_space {
	int root; /* C */
};

struct count_entry {
	const struct machine_space *space; /* NULL: the way is free */
	unsigned long page;
	uint64_t word; /* the entry, as it was read */
	unsigned int life;
	unsigned int id; /* of the CPU's own ids, under which it was filled; 0: they are not used */
};

struct count_tlb {
	struct count_entry way[COUNT_SETS][COUNT_WAYS];
	unsigned char oldest[COUNT_SETS];
	unsigned int held;
};

struct count_call {
	void (*fn)(void *);
	void *arg;
};

/* Until @word of @bytes compares so. */
struct count_wait {
	const volatile void *word; /* NULL: for nothing */
	size_t bytes;
	unsigned int compare;
	long value;
};

struct count_cpu {
	unsigned int number; /* C */
	void *current;
	struct machine_space *space; /* loaded */
	unsigned int id;	     /* ... under this one of its ids, or 0 */
	unsigned int irq_depth;
	bool handling;
	unsigned int nr_calls;
	struct count_call calls[COUNT_CALLS];
	struct count_tlb tlb;

	/* its program */
	void *stack, *saved;
	void (*program)(void *);
	void *arg;
	struct count_wait wait;
	bool ended;
};

struct count_frame {
	uint64_t *words; /* of a table; of data .datum */
	uint64_t datum;
	unsigned int life; /* how often it was given back */
	unsigned int held; /* by how many translations, of all TLBs */
	int next_free;
	unsigned char kind; /* enum machine_frame_kind */
};

struct count_machine {
	struct count_config config; /* C */
	void *kernel_data;	    /* C */
	unsigned int nr_spaces;
	struct machine_space spaces[COUNT_SPACES];
	struct count_cpu *self; /* that runs, or in whose place a handler does */
	bool running, counting;
	void *scheduler;   /* where it goes on */
	unsigned int turn; /* whose turn it was */
	int free_frame;	   /* the last one given back, from which .next_free leads on */
	int fresh_frame;   /* no frame from here on was ever had */
	uint64_t *free_table;
	struct tlb_counts counts;
	struct count_cpu cpus[MACHINE_MAX_CPUS + 1]; /* behind those that there are: the daemon */
	struct count_frame frames[MACHINE_MAX_FRAMES];
};

struct count_machine *count_here(void);
bool count_met(const struct count_wait *wait);
void count_take_calls(struct count_cpu *cpu);
struct count_frame *count_frame_at(uint64_t word);
void count_frames_free(void);

#endif
