/* SPDX-License-Identifier: MIT */
/* world.h - the world being explored: built once, then put back to any point of the current execution. */
#ifndef EXPLORE_WORLD_H
#define EXPLORE_WORLD_H

#include <stddef.h>

#include "explore/order.h"

struct world {
	uint64_t steps;			  /* run since it was opened */
	struct agent_limit limit;	  /* met by some execution since then */
	int marked;			  /* how many of .at belong to the current execution */
	uint64_t at[AGENT_MAX_STEPS + 1]; /* agent_mark() behind so many steps */
};

/*
 * Builds the world and runs the first turns of the agents whose first turn touches nothing. False: it is too big, as
 * .limit says, and there is none.
 */
bool explore_world_open(struct world *w, void (*setup)(void *world), void *world);
/* The world is where the first @length steps lead, and is to be put back there later. At most once for each length. */
void explore_world_mark(struct world *w, int length);
/* Puts the world where the first @length steps led, which is marked; later marks are gone. */
void explore_world_return(struct world *w, int length);
/* The same for a look at another way from there: no mark is lost, and in the end there is an explore_world_return(). */
void explore_world_look(struct world *w, int length);
/* Runs a step that has been run in an equivalent place before; anything else than the same step is a defect. */
void explore_world_repeat(struct world *w, const struct step *step, struct agent_event *did);
void explore_world_run(struct world *w, unsigned int agent, unsigned int choice, struct agent_event *event);

#endif
