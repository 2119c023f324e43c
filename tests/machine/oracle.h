/* SPDX-License-Identifier: MIT */
/*
 * oracle.h - what a reduction rests on, tried in every state of a scenario, each state once and without reduction.
 *
 * 1. Two steps of different agents that touch nothing in ways that do not commute are run in both orders. Neither stops or
 *    changes the other, and both orders lead to the same state and to the same agents that can go on. States are compared by their
 *    fingerprints, stacks included: what an agent has read and not used yet is in there.
 * 2. Whoever lets a waiting agent go on touches what it waits for.
 * 3. The states in which all is over are those that the search with reduction finds, and those that a search over traces finds,
 *    if that comes to an end; and the same properties are reported.
 */
#ifndef TESTS_MACHINE_ORACLE_H
#define TESTS_MACHINE_ORACLE_H

#include "tests/machine/bound.h"

struct oracle_options {
	unsigned long most;   /* states; where there are more, 3 is left out */
	unsigned long traces; /* executions that a search over traces may need; 0: none is tried */
	uint64_t seed;	      /* which states come first; with all of them it makes no difference */
};

struct oracle_result {
	bool too_big;	 /* the scenario, for the tool */
	bool all;	 /* there were no more states than asked for */
	bool traces_too; /* the search over traces came to its end, and agreed */
	unsigned long states, transitions, ends, pairs, independent, enablings, complaints;
};

/* Says what is wrong as it finds it. */
void oracle_try(struct bound *b, const struct oracle_options *options, struct oracle_result *result);

#endif
