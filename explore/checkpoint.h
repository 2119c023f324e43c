/* SPDX-License-Identifier: MIT */
/* checkpoint.h - the world being explored: built once, then put back to any point of the current execution. */
#ifndef EXPLORE_CHECKPOINT_H
#define EXPLORE_CHECKPOINT_H

#include <stddef.h>

#include "explore/order.h"

/*
 * Snapshots are taken every few steps: a small one costs about as much as two or three steps, a large one as ten.
 */
enum {
	WORLD_STRIDE = 4,
	WORLD_WIDE_STRIDE = 8,
	WORLD_LARGE = 8192, /* bytes of a snapshot that make it large */
	WORLD_CHECKPOINTS = AGENT_MAX_STEPS / WORLD_STRIDE + 1,
};

struct checkpoint {
	unsigned char *bytes;
	size_t room;
};

struct world_copies {
	uint64_t steps;		  /* run since it was opened */
	struct agent_limit limit; /* met by some execution since then */
	int stride;
	int kept;				 /* how many of .at belong to the current execution */
	struct checkpoint at[WORLD_CHECKPOINTS]; /* [i]: after i * stride steps */
};

/*
 * Builds the world and runs the first turns of the agents whose first turn touches nothing. False: it is too big, as
 * .limit says, and there is none; it is to be closed nevertheless.
 */
bool explore_world_open(struct world_copies *w, void (*setup)(void *world), void *world);
void explore_world_close(struct world_copies *w);
/* The world is where the first @length steps lead; keeps a copy if it is time for one. */
void explore_world_keep(struct world_copies *w, int length);
/* The execution has been cut to @length steps. */
void explore_world_forget(struct world_copies *w, int length);
/* Puts the world where the first @length steps of @t lead. */
void explore_world_return(struct world_copies *w, const struct order *t, int length);
/* Runs a step that has been run in an equivalent place before; anything else than the same step is a defect. */
void explore_world_repeat(struct world_copies *w, const struct step *step, struct agent_event *did);
void explore_world_run(struct world_copies *w, unsigned int agent, unsigned int choice, struct agent_event *event);

#endif
