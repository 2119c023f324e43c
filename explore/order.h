/* SPDX-License-Identifier: MIT */
/*
 * order.h - one execution as a partial order: which of its steps happen before which.
 *
 * A step happens before a later one if both are of one agent, if they are dependent (they touch one object in ways that
 * do not commute), or by transitivity. Steps are numbered from 0 in the order in which they ran.
 */
#ifndef EXPLORE_ORDER_H
#define EXPLORE_ORDER_H

#include "explore/agent.h"

/* A step, and the objects it touches as a set of hashes, so that most pairs are seen to be independent at once. */
struct step {
	uint64_t objects;
	struct agent_event did;
};

void explore_step_make(struct step *step); /* .did is there: fill in the rest */
void explore_step_copy(struct step *to, const struct step *from);
bool explore_event_same(const struct agent_event *a, const struct agent_event *b); /* values may differ */
bool explore_step_depends_slow(const struct step *a, const struct step *b);

/* Of two steps of different agents. */
static inline bool explore_step_depends(const struct step *a, const struct step *b)
{
	return (a->objects & b->objects) && explore_step_depends_slow(a, b);
}

static inline bool explore_step_label_is(const struct step *step, unsigned int agent, unsigned int choice)
{
	return step->did.agent == agent && step->did.choice == choice;
}

enum {
	ORDER_NONE = -1
};

/* An access: touch number .touch of step .step. */
struct order_link {
	int16_t step, touch;
};

/* clock[a]: how many steps of agent a happen before this one or are this one. */
struct order_clock {
	_Alignas(16) int16_t of[AGENT_MAX_AGENTS];
};

struct order_step {
	struct step step;
	struct order_link before[AGENT_MAX_TOUCHES]; /* of each touch: the last access to that object */
	int16_t own;				     /* the last step of that agent */
	uint64_t serial;			     /* no two steps ever pushed have the same */
};

struct order {
	int length;
	bool ordered; /* keep clocks and chains; otherwise it is only a list */
	uint64_t serial;
	int16_t last[AGENT_MAX_AGENTS];		/* the last step of each agent */
	struct order_link head[UINT16_MAX + 1]; /* the last access to each object */
	int32_t start[UINT16_MAX + 1];		/* the value of each object before the first step */
	/* Of each step. Apart from the rest, as it is what is read of all of them for every race. */
	struct order_clock clocks[AGENT_MAX_STEPS + 1];
	struct order_step steps[AGENT_MAX_STEPS + 1];
};

void explore_order_reset(struct order *t, bool ordered); /* the model is at its root */
/* The room for the next step's event; explore_order_push() takes it in. */
struct agent_event *explore_order_next(struct order *t);
void explore_order_push(struct order *t);
void explore_order_truncate(struct order *t, int length);

/* Does the order of two accesses to one object not matter? */
static inline bool explore_ops_commute(unsigned int a, unsigned int b)
{
	return a == b && a != AGENT_WRITE;
}

static inline unsigned int explore_order_op(const struct order *t, struct order_link link)
{
	return t->steps[link.step].step.did.touch[link.touch].op;
}

/* The access to the same object before @link. */
static inline struct order_link explore_order_behind(const struct order *t, struct order_link link)
{
	return t->steps[link.step].before[link.touch];
}

static inline bool explore_order_before(const struct order *t, int a, int b)
{
	unsigned int agent = t->steps[a].step.did.agent;

	return t->clocks[b].of[agent] >= t->clocks[a].of[agent];
}

/*
 * The step that an agent would make at the end of the execution if it were enabled, with its place in the order, number
 * @t->length; it stays valid until the next explore_order_next().
 */
const struct order_step *explore_order_pending(struct order *t, const struct agent_event *event);

/* Steps to be left out, with all that happens after them. */
struct cut {
	int length;
	int16_t steps[AGENT_MAX_AGENTS]; /* none happens before another one */
};

void explore_cut_add(const struct order *t, struct cut *cut,
		     int step); /* @step comes before those in @cut, if ordered at all */
/* @step stays. */
static inline bool explore_cut_leaves(const struct order *t, const struct cut *cut, int step)
{
	for (int i = 0; i < cut->length; i++)
		if (step >= cut->steps[i] && explore_order_before(t, cut->steps[i], step))
			return false;
	return true;
}
/* The value of an object before access @link without what @cut leaves out. */
int32_t explore_order_value_without(const struct order *t, uint16_t object, struct order_link link,
				    const struct cut *cut);

#endif
