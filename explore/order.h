/* SPDX-License-Identifier: MIT */
/*
 * order.h - one execution as a partial order: which of its steps happen before which.
 *
 * A step happens before a later one if both are of one agent, if they are dependent (they touch one object in ways that
 * do not commute), or by transitivity. Steps are numbered from 0 in the order in which they ran.
 */
#ifndef CHECK_EXPLORE_TRACE_H
#define CHECK_EXPLORE_TRACE_H

#include "explore/agent.h"

/* A step, and the objects it touches as a set of hashes, so that most pairs are seen to be independent at once. */
struct step {
	uint64_t objects;
	struct model_event did;
};

void step_make(struct step *step); /* .did is there: fill in the rest */
void step_copy(struct step *to, const struct step *from);
bool event_same(const struct model_event *a, const struct model_event *b); /* values may differ */
bool step_depends_slow(const struct step *a, const struct step *b);

/* Of two steps of different agents. */
static inline bool step_depends(const struct step *a, const struct step *b)
{
	return (a->objects & b->objects) && step_depends_slow(a, b);
}

static inline bool step_label_is(const struct step *step, unsigned int agent, unsigned int choice)
{
	return step->did.agent == agent && step->did.choice == choice;
}

enum {
	TRACE_NONE = -1
};

/* An access: touch number .touch of step .step. */
struct trace_link {
	int16_t step, touch;
};

/* clock[a]: how many steps of agent a happen before this one or are this one. */
struct trace_clock {
	_Alignas(16) int16_t of[MODEL_MAX_AGENTS];
};

struct trace_step {
	struct step step;
	struct trace_link before[MODEL_MAX_TOUCHES]; /* of each touch: the last access to that object */
	int16_t own;				     /* the last step of that agent */
	uint64_t serial;			     /* no two steps ever pushed have the same */
	struct trace_clock clock;
};

struct trace {
	int length;
	bool ordered; /* keep clocks and chains; otherwise it is only a list */
	uint64_t serial;
	int16_t last[MODEL_MAX_AGENTS];		/* the last step of each agent */
	struct trace_link head[UINT16_MAX + 1]; /* the last access to each object */
	int32_t start[UINT16_MAX + 1];		/* the value of each object before the first step */
	struct trace_step steps[MODEL_MAX_STEPS + 1];
};

void trace_reset(struct trace *t, bool ordered); /* the model is at its root */
/* The room for the next step's event; trace_push() takes it in. */
struct model_event *trace_next(struct trace *t);
void trace_push(struct trace *t);
void trace_truncate(struct trace *t, int length);

/* Does the order of two accesses to one object not matter? */
static inline bool ops_commute(unsigned int a, unsigned int b)
{
	return a == b && a != MODEL_WRITE;
}

static inline unsigned int trace_op(const struct trace *t, struct trace_link link)
{
	return t->steps[link.step].step.did.touch[link.touch].op;
}

/* The access to the same object before @link. */
static inline struct trace_link trace_behind(const struct trace *t, struct trace_link link)
{
	return t->steps[link.step].before[link.touch];
}

static inline bool trace_before(const struct trace *t, int a, int b)
{
	unsigned int agent = t->steps[a].step.did.agent;

	return t->steps[b].clock.of[agent] >= t->steps[a].clock.of[agent];
}

/*
 * The step that an agent would make at the end of the execution if it were enabled, with its place in the order; it stays
 * valid until the next trace_next().
 */
const struct trace_step *trace_pending(struct trace *t, const struct model_event *event);

/* Steps to be left out, with all that happens after them. */
struct cut {
	int length;
	int16_t steps[MODEL_MAX_AGENTS]; /* none happens before another one */
};

void cut_add(const struct trace *t, struct cut *cut,
	     int step); /* @step comes before those in @cut, if ordered at all */
bool cut_leaves(const struct trace *t, const struct cut *cut, int step); /* @step stays */
/* The value of an object before access @link without what @cut leaves out. */
int32_t trace_value_without(const struct trace *t, uint16_t object, struct trace_link link, const struct cut *cut);

#endif
