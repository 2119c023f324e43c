/* SPDX-License-Identifier: MIT */
/*
 * stress.h - the reference VM on threads: a world of mappings, CPUs that do all there is to do with them, and what must hold.
 *
 * A place is a mapping that is taken away and made again, whole or with a hole first. Each of its pages has a version that says
 * how far that is (enum presence, round and round): an access that begins and ends while the page is away must fault, one that
 * begins and ends while it is there must not. A file's page has a version of the same kind, for truncate and for drivers.
 *
 * Who writes what, so that a wrong value shows:
 *	PLACE_OWN	one page a CPU; its owner alone writes it and takes it away, and knows exactly what must be in it
 *	PLACE_COUNTED	a page of a shared file; one CPU writes it, ever larger numbers, so that nobody may see it go back
 *	PLACE_LOOSE	anything goes: only the machine looks
 *	PLACE_STACK	grows and moves; which of its pages are there nobody knows
 *
 * Letters: C constant while CPUs run; A atomic; b of whoever has .busy; o of one CPU.
 */
#ifndef TESTS_STRESS_H
#define TESTS_STRESS_H

#include <machine/threads/threads.h>
#include <mm/mm.h>

enum {
	STRESS_CPUS = 4,
	STRESS_LEVELS = 3,
	STRESS_MMS = 2,
	STRESS_PLACES = 24,
	STRESS_FILES = 4,
	STRESS_ROUND = 250, /* operations between two audits */
};

enum place_kind {
	PLACE_OWN,
	PLACE_COUNTED,
	PLACE_LOOSE,
	PLACE_STACK,
};

/* A version modulo 4. */
enum presence {
	PRESENCE_THERE,
	PRESENCE_GOING,
	PRESENCE_AWAY,
	PRESENCE_COMING,
};

enum stress_file {
	FILE_COUNTED,
	FILE_CUT, /* truncated and filled again */
	FILE_DRIVER,
	FILE_BOTH, /* even pages a driver's, odd pages cached */
	FILE_NONE,
};

struct place {
	struct mm_struct *mm;	     /* C */
	unsigned long start, end;    /* C: of the VMA when it is made, whatever becomes of it */
	enum place_kind kind;	     /* C */
	enum stress_file file;	     /* C */
	unsigned int first, pages;   /* C: page numbers */
	unsigned int flags, pgoff;   /* C: of the VMA when it is made */
	unsigned int owner;	     /* C: PLACE_OWN */
	long busy;		     /* A: somebody takes it away and makes it again */
	long version[MM_FILE_PAGES]; /* A: of each page */
	uint64_t value;		     /* o: of its owner: what it last wrote; 0: nothing since the page was taken away */
};

struct stress_cpu {
	struct task *tasks[STRESS_MMS]; /* C */
	unsigned int mm;		/* o: where it runs */
	uint64_t seen[MM_FILE_PAGES];	/* o: highest number in FILE_COUNTED */
	uint64_t next;			/* o: what it stores next */
};

struct stress_options {
	const struct tlb_arch *arch;
	struct machine_rules rules;
	uint64_t seed;
	unsigned int operations; /* a CPU */
	bool quiet;		 /* violations are expected */
};

struct stress {
	struct stress_options options;
	struct threads_machine *machine;
	struct mm_struct *mms[STRESS_MMS];
	struct address_space *files[STRESS_FILES];
	long file_busy[STRESS_FILES];			/* A */
	long file_version[STRESS_FILES][MM_FILE_PAGES]; /* A */
	uint64_t written[MM_FILE_PAGES];		/* o: of the page's writer: last number in FILE_COUNTED */
	long kernel_busy[2]; /* A: who makes or takes away that mapping of the kernel's own */
	struct place places[STRESS_PLACES];
	unsigned int nr_places; /* C */
	long spare_vmas;	/* A: that a split may still take */
	struct stress_cpu cpus[STRESS_CPUS];
	long wrong;    /* A: what this test itself found */
	long accesses; /* A */
};

/* stress_world.c */
void stress_build(struct stress *s);
struct vm_area_struct *stress_make_vma(const struct stress *s, const struct place *place); /* not linked */
void stress_audit(struct stress *s);	 /* CPUs stand still, address spaces live */
void stress_audit_end(struct stress *s); /* all address spaces are gone */
void stress_wrong(struct stress *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* stress_ops.c: programs of threads_run(); the argument is a struct stress */
void stress_program(void *stress);
void stress_exit_program(void *stress);

#endif
