/* SPDX-License-Identifier: MIT */
/*
 * options.h - every translation that a CPU may use for an access.
 *
 * 1. A walk starts at the loaded root, or at any table that the walk cache may still point to, and at each level finds
 *    what the entry says or, while a store to it is in flight, what it said before.
 * 2. A leaf that the TLB may still hold needs no walk.
 */
#ifndef MODEL_OPTIONS_H
#define MODEL_OPTIONS_H

#include <machine/model/model.h>

enum {
	MAX_OPTIONS = 16,
	MAX_OBJECTS = 32,
};

struct option {
	uint64_t word;	/* the leaf; not present: a fault */
	uint64_t taken; /* MODEL_TAKEN: by the entries on the way to it */
	uint32_t marks;
	uint16_t dying;	      /* held, or by a path that is: CPUs whose broadcast covers it */
	int16_t frame, index; /* the entry it was read from; frame -1: the walk ended above the last level */
	int8_t space;	      /* whose tables it stood in */
	bool held;	      /* stale: the tables no longer say so */
	bool late;	      /* the tables say something else by now, which walks do not see yet */
	bool replaced;	      /* they said something else at once */
	bool through_freed;   /* the walk read a table that was given back, or is not made yet */
};

struct options {
	const struct model_cpu *cpu;
	unsigned int page;
	enum machine_access how;
	bool asks; /* somebody asks what is loaded */
	bool upper; /* the tables of the last level, as if they were pages, instead of what is in them; and nothing that is held */
	int from; /* the walk goes on from there: 1 + a table of the last level, to which a handler of misses has come; 0: from the root */
	uint16_t after; /* a stamp: the access comes behind that, whichever it is (late_translated()) */
	uint64_t taken; /* by the entries on the way to .from */
	unsigned int nr, objects;
	struct option option[MAX_OPTIONS];
	const void *object[MAX_OBJECTS]; /* entries read, and whether their tables are made */
	const uint64_t *locked;		 /* an entry that has to be written, and nobody may do that now; or NULL */
};

/* By .cpu, .page, .how, .upper, .from and .taken: all else is filled in. */
void options_collect(struct options *o);
/* The same of the tables of a space alone, whatever a CPU has loaded and holds. */
void options_walk(struct options *o, int space);

/* May a program make the access by it? (access.c) */
bool option_permits(const struct option *option, enum machine_access how);

/* device.c: the access of a device that @option does not permit will be refused for good. */
bool model_device_is_stale(const struct options *o, const struct option *option);

#endif
