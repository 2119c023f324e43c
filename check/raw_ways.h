/* SPDX-License-Identifier: MIT */
/*
 * raw_ways.h - the ways in which an access of a raw scenario can be done now.
 *
 * A way is what the hardware chooses: which write of an entry a walk uses, and which write of the data a load reads. They are
 * numbered in the order in which they are found, oldest writes first; the search asks for each number. Where there is none the operation
 * cannot be done yet.
 */
#ifndef CHECK_RAW_WAYS_H
#define CHECK_RAW_WAYS_H

#include "check/raw.h"
#include "machine/model/views.h"

enum raw_way_kind {
	RAW_WAY_FAULTS,
	RAW_WAY_READS,
	RAW_WAY_STORES,
	RAW_WAY_CHANGES,
	RAW_WAY_STORES_NOT, /* an exclusive store that fails */
};

struct raw_way {
	enum raw_way_kind kind;
	bool walks;
	struct walk walk;
	struct view_read read;
	unsigned int place;
};

/* An access under consideration. */
struct raw_access {
	const struct raw_runner *runner;
	const struct raw_op *op;
	struct weak *timeline;
	unsigned int order; /* enum view_order */
	weak_stamp address, known;
	/* Ways found so far; number .wanted is copied to .way. */
	unsigned int found, wanted;
	struct raw_way *way;
};

/* The operation that comes next. */
static inline const struct raw_op *raw_next(const struct raw_runner *runner)
{
	return &runner->world->raw->ops[runner->run->op];
}

/* Of the operation that comes next, which is an access. Number @wanted of its ways is going to be @way, which may be NULL. */
struct raw_access raw_access_of(const struct raw_runner *runner, unsigned int wanted, struct raw_way *way);
struct walk_access raw_walk_access(const struct raw_access *access);
/* How many there are. If number @wanted is among them it goes to *@way. */
unsigned int raw_find_ways(const struct raw_runner *runner, unsigned int wanted, struct raw_way *way);

#endif
