/* SPDX-License-Identifier: MIT */
/*
 * generated.h - small random programs, and every trace and outcome of one.
 *
 * What a trace is, is worked out here once more and in the plainest way, so that the explorer's own idea of
 * order is checked too.
 */
#ifndef TESTS_EXPLORE_GENERATED_H
#define TESTS_EXPLORE_GENERATED_H

#include <stdio.h>

#include "explore/explore.h"

enum generated_op {
	OP_LOAD,
	OP_STORE,
	OP_STORE_SEEN, /* something computed from all that was read */
	OP_FETCH_ADD,
	OP_ADD,		     /* commutes */
	OP_SET_BIT,	     /* commutes: JOIN */
	OP_COMPARE_EXCHANGE, /* a WRITE only if it succeeds */
	OP_COPY_IF_ODD,	     /* reads one variable and, depending on it, another or none */
	OP_LOCK,
	OP_UNLOCK,
	OP_AWAIT_EQUAL,
	OP_AWAIT_AT_LEAST,
	OP_AWAIT_NOT_EQUAL,
	OP_AWAIT_SUM,	  /* a predicate over two variables */
	OP_AWAIT_ADD,	  /* takes one when there is one: a semaphore */
	OP_CHOOSE_STORE,  /* stores what the hardware chose */
	OP_CHOOSE_TARGET, /* the hardware chooses the variable */
	OP_CHOOSE_SOME,	  /* as many alternatives as a variable says */
	OP_READ_SECTION,  /* three steps: share a lock, load, let go */
	OP_WRITE_SECTION, /* three steps: the lock alone, store, let go */
	OP_SKIP_IF_ODD,	  /* not a step: the next one is left out if what was read is odd */
	GENERATED_OPS,
};

enum {
	GENERATED_AGENTS = 4,
	GENERATED_STEPS = 5,
	GENERATED_VARIABLES = 3,
};

struct generated_step {
	uint8_t op, variable, other;
	int8_t value;
};

struct generated {
	unsigned int agents, variables;
	unsigned int steps[GENERATED_AGENTS];
	struct generated_step step[GENERATED_AGENTS][GENERATED_STEPS];
	bool daemon[GENERATED_AGENTS];
	bool spins; /* OP_AWAIT_EQUAL looks again and again, which is for a search over states alone */
};

void generate(struct generated *g, uint64_t seed);
void generated_set_up(void *generated); /* the explorer's callback */
void generated_print(FILE *to, const struct generated *g);

/* A growing set of hashes. */
struct hashes {
	size_t length, room;
	uint64_t *list;
};
void hashes_add(struct hashes *h, uint64_t hash);
void hashes_sort(struct hashes *h); /* and drop doubles */
bool hashes_equal(const struct hashes *a, const struct hashes *b);

/* Equal for executions that are equivalent; of at most 64 steps. */
uint64_t trace_hash(const struct explore_run *run);

/* What the agents have read and left at the end of an execution. */
uint64_t generated_outcome_hash(const struct explore_run *run);

/* The visitor collects into this. */
struct generated_result {
	struct hashes traces, outcomes;
	struct explore_stats stats;
};
void generated_explore(struct generated *g, bool reduce, uint64_t max_executions, struct generated_result *result);
/* The same for any other search of a generated program; one over states collects no traces. */
void generated_explore_as(const struct explore_options *how, struct generated_result *result);
void generated_result_free(struct generated_result *result);

#endif
