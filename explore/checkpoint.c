/* SPDX-License-Identifier: MIT */
/* checkpoint.c - snapshots along the current execution, and steps run again from the nearest one. */
#include "explore/checkpoint.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/memory.h"

/* With room to spare, as worlds grow along an execution. */
static void save(struct checkpoint *c)
{
	size_t size = agent_snapshot_size();

	if (size > c->room) {
		c->room = size + size / 2;
		free(c->bytes);
		c->bytes = explore_new(c->room, 1);
	}
	agent_save(c->bytes);
}

/*
 * A first turn that touches nothing and chooses nothing is independent of everything, so it need not be part of any
 * order. One that does is left for the search.
 */
static void first_turns(struct checkpoint *c)
{
	struct agent_event event;

	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		save(c);
		agent_run((int)agent, 0, &event);
		if (event.touches || event.choices > 1)
			agent_restore(c->bytes);
	}
}

/* Kept here as well: the world's own note of it is gone when the world is put back. */
static bool note_limit(struct world_copies *w)
{
	if (agent_limit())
		w->limit = *agent_limit();
	return agent_limit() != NULL;
}

/* Number 0 is the world before the first step of the search; it is never forgotten. */
bool explore_world_open(struct world_copies *w, void (*setup)(void *world), void *world)
{
	memset(w, 0, sizeof(*w));
	if (agent_set_up(setup, world))
		first_turns(&w->at[0]);
	if (note_limit(w))
		return false;
	save(&w->at[0]);
	w->kept = 1;
	w->stride = agent_snapshot_size() < WORLD_LARGE ? WORLD_STRIDE : WORLD_WIDE_STRIDE;
	return true;
}

void explore_world_close(struct world_copies *w)
{
	for (unsigned int i = 0; i < WORLD_CHECKPOINTS; i++)
		free(w->at[i].bytes);
}

/* Copies are of the execution that is under way: they are made in order, and forgotten from the end. */
void explore_world_keep(struct world_copies *w, int length)
{
	/* One in so many steps: a copy of a large world costs as much as running many of its steps again. */
	if (length % w->stride || length / w->stride < w->kept)
		return;
	assert(w->kept == length / w->stride && w->kept < WORLD_CHECKPOINTS);
	save(&w->at[w->kept++]);
}

void explore_world_forget(struct world_copies *w, int length)
{
	if (w->kept > length / w->stride + 1)
		w->kept = length / w->stride + 1;
}

/*
 * The steps from the nearest copy on are run again, and each has to do what it did: a world that
 * does not run the same way twice is noticed here.
 */
void explore_world_return(struct world_copies *w, const struct order *t, int length)
{
	int nearest = length / w->stride;
	struct agent_event did;

	assert(nearest < w->kept);
	agent_restore(w->at[nearest].bytes);
	for (int i = nearest * w->stride; i < length; i++)
		explore_world_repeat(w, &t->steps[i].step, &did);
}

void explore_world_run(struct world_copies *w, unsigned int agent, unsigned int choice, struct agent_event *event)
{
	w->steps++;
	agent_run((int)agent, choice, event);
	note_limit(w);
}

static void print_step(const char *what, const struct step *step)
{
	fprintf(stderr, "%s: agent %u, choice %u of %u, touches", what, step->did.agent, step->did.choice,
		step->did.choices);
	for (unsigned int i = 0; i < step->did.touches; i++)
		fprintf(stderr, " %u:%u", step->did.touch[i].object, step->did.touch[i].op);
	fprintf(stderr, "\n");
}

/* The agents share something that they do not touch, or do not run the same way twice. */
static _Noreturn void not_the_same(const struct step *expected, const struct agent_event *did)
{
	struct step now = { .did = *did };

	fprintf(stderr, "explore: a step changed although nothing that it touches did (object:kind)\n");
	print_step("before", expected);
	print_step("now", &now);
	abort();
}

void explore_world_repeat(struct world_copies *w, const struct step *step, struct agent_event *did)
{
	if (!agent_enabled(step->did.agent)) {
		*did = (struct agent_event){ .agent = step->did.agent };
		not_the_same(step, did);
	}
	explore_world_run(w, step->did.agent, step->did.choice, did);
	/* How many objects there are is a limit of all executions together, so any step may meet it. */
	if (!explore_event_same(&step->did, did) && !agent_limit())
		not_the_same(step, did);
}
