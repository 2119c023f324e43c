/* SPDX-License-Identifier: MIT */
/* world.c - one world, the way back along the current execution, and steps that were run before. */
#include "explore/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A first turn that touches nothing and chooses nothing is independent of everything, so it need not be part of any
 * order. One that does is left for the search.
 */
static void first_turns(void)
{
	struct agent_event event;

	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		uint64_t before = agent_mark();

		agent_run((int)agent, 0, &event);
		if (event.touches || event.choices > 1)
			agent_undo(before);
	}
}

/* Kept here as well: the world's own note of it is gone when the world is put back. */
static bool note_limit(struct world *w)
{
	if (agent_limit())
		w->limit = *agent_limit();
	return agent_limit() != NULL;
}

/* Mark number 0 is the world before the first step of the search; it is never forgotten. */
bool explore_world_open(struct world *w, void (*setup)(void *world), void *world)
{
	w->steps = 0;
	w->limit = (struct agent_limit){ 0 };
	w->marked = 0;
	if (agent_set_up(setup, world))
		first_turns();
	if (note_limit(w))
		return false;
	explore_world_mark(w, 0);
	return true;
}

void explore_world_mark(struct world *w, int length)
{
	/* The point that a search has come back to is marked already. */
	if (length < w->marked)
		return;
	assert(w->marked == length && length <= AGENT_MAX_STEPS);
	w->at[w->marked++] = agent_mark();
}

/*
 * What has run outside agents since, a visitor say, may have written as well, and whether it told is not known: whoever
 * calls it lets the core look (explore_state_unknown()).
 */
void explore_world_return(struct world *w, int length)
{
	assert(length < w->marked);
	agent_undo(w->at[length]);
	w->marked = length + 1;
}

void explore_world_look(struct world *w, int length)
{
	assert(length < w->marked);
	agent_look(w->at[length]);
}

void explore_world_run(struct world *w, unsigned int agent, unsigned int choice, struct agent_event *event)
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

void explore_world_repeat(struct world *w, const struct step *step, struct agent_event *did)
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
