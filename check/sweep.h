/* SPDX-License-Identifier: MIT */
/*
 * sweep.h - scenarios made from the table of operations: every two, or three, of them against each other on one page.
 *
 *	struct sweep *sweep = sweep_new(subject, 2);
 *	for (unsigned int nr = 0; nr < sweep->nr; nr++)
 *		text = sweep_text(sweep, nr);		as litmus_read() takes it
 *	sweep_free(sweep);
 *
 * Numbers depend on the table alone: the same mm has the same scenario at the same number, wherever it runs.
 */
#ifndef CHECK_SWEEP_H
#define CHECK_SWEEP_H

#include <shootdown/subject.h>

enum {
	SWEEP_MAX_THREADS = 3, /* that run operations; one more accesses the page */
};

/* What one thread does: an operation, and those that must stand before or behind it. */
struct sweep_program {
	const struct subject_operation *operation;
	const struct subject_operation *before; /* or NULL */
	const struct subject_use *use;		/* what the form does not say; or NULL */
	int access;				/* it is that access, and no operation; or NONE */
	bool takes;				/* the operations that use a page follow */
	bool writes;				/* ... also those that write through it */
	bool kthread;				/* a kernel thread does it */
	bool needs_file, needs_stack;
};

/*
 * Which memory, which access beside, which program for each thread, and who runs where, as indices: there may be
 * many thousands of them.
 */
struct sweep_scenario {
	unsigned char memory, access;
	unsigned char program[SWEEP_MAX_THREADS];
	unsigned char
		place; /* 0: each thread has a CPU; N: the N-th shares its own with the access; or all threads share one */
};

struct sweep {
	const struct subject *subject;
	unsigned int threads, nr, nr_programs;
	struct sweep_program *program;
	struct sweep_scenario *scenario;
	const struct subject_operation **left_out; /* that a generated scenario cannot give their operands */
	unsigned int nr_left_out;
};

/*
 * sweep_new - all scenarios of @threads operations that meet (1 to SWEEP_MAX_THREADS), for sweep_free().
 *
 * They are indices until sweep_text() writes one down, so making the list is cheap even for triples. @subject
 * must outlive it.
 */
struct sweep *sweep_new(const struct subject *subject, unsigned int threads);
void sweep_free(struct sweep *sweep);
/*
 * "pair-0012-anon-munmap-madvise-dontneed-store": counted from 1, as the command line does, while @nr counts
 * from 0. For free(), as is the next.
 */
char *sweep_name(const struct sweep *sweep, unsigned int nr);
/* A whole scenario in the language of docs/litmus.md, that `check` reads as it stands. */
char *sweep_text(const struct sweep *sweep, unsigned int nr);

#endif
