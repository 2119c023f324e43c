/* SPDX-License-Identifier: MIT */
/* look.h - what one exploration has seen, and knows of the code under test, between run.c and rounds.c. */
#ifndef CHECK_LOOK_H
#define CHECK_LOOK_H

#include "check/run.h"

/* A way through states may be long before it is shortened. */
enum {
	LONGEST = 1 << 18
};

/* What the ends that one process has looked at say together: plain memory, so that it can be handed to another. */
struct seen {
	uint32_t found;	     /* properties violated, of which .steps show one */
	uint32_t others;     /* ... that are not looked for */
	int failed;	     /* the condition or count that .steps contradict; or RUN_NOTHING_FAILED */
	uint64_t all_failed; /* bit i: condition or count i does not hold */
	uint64_t conditions; /* bit i: condition i was true once */
	uint64_t least[LITMUS_MAX_EXPECTS], most[LITMUS_MAX_EXPECTS];
	bool too_long;			    /* there were more steps than room for them */
	uint64_t shared[MODEL_SHARED_SETS]; /* of a search that is kept: what it knows of the code under test */
	uint64_t noted[DELAYS_WORDS];	    /* ... and of the order of its accesses */
	struct delays_words words;	    /* which words had to be weak when .steps were found */
	struct delays_words known;	    /* of a search that is kept: which have to be */
	bool learned;			    /* ... and that it knows by now of more plain data than it began with */
	unsigned int length;
	struct explore_choice steps[LONGEST];
};

struct run_look {
	const struct job *job;
	struct binding binding;
	struct seen *seen;
	uint32_t wanted;		 /* properties that end the search */
	unsigned int asked;		 /* how often this search was asked whether it is outdated */
	bool sampled;			 /* what random executions come to is known */
	struct explore_progress *so_far; /* shared: how far this exploration is */
};

void look_forget(struct seen *seen);

#endif
