/* SPDX-License-Identifier: MIT */
/* one_more.h - every shipped scenario with one agent more, some executions of each at random, and who listens to them. */
#ifndef TESTS_CHECK_ONE_MORE_H
#define TESTS_CHECK_ONE_MORE_H

#include "tests/machine/bound.h"

struct one_more {
	const char *agent;	  /* "device D": it prefetches the first mapping */
	const char *before;	  /* a line that runs before all agents; or NULL */
	unsigned int executions;  /* of each */
	const char *const *archs; /* the last is NULL */
	void (*begins)(const struct binding *binding);
	void (*hear)(void *nothing, const struct machine_event *event);
	const char *(*ends)(
		enum explore_end end); /* an execution; what was wrong in it, or NULL. The next one begins */
};

/* Of scenarios, each on each row. */
struct one_more_count {
	unsigned int runs;
	unsigned int raw;  /* left out: they have no mm that an agent could be added to; counted once each */
	unsigned int full; /* left out: there is no room for an agent more, or for what its steps need */
	char one[600];	   /* ... the first of them, or what the reader says of it */
};

/* Fails the test with the first thing that is wrong. */
struct one_more_count one_more_everywhere(const struct one_more *more);

/* What that entry of a table is for: [returned, @end), bytes; of a table that stands in two places, at the first. */
unsigned long one_more_maps(const void *entry, unsigned long *end);

#endif
