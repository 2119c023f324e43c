/* SPDX-License-Identifier: MIT */
/*
 * steps.h - accesses to places of a timeline as steps of agents, with the orders of C11.
 *
 * A CPU is two agents: its program, and what lets its stores leave (step_leaving()). A store or a fence that only concerns what its own
 * CPU has on its way is no step: nobody can tell it from one that was made with the step before.
 */
#ifndef MODEL_STEPS_H
#define MODEL_STEPS_H

#include "machine/model/views.h"

/*
 * ---- in a step that has begun, of an access that may be made ----
 *
 * They name what they touch of the timeline, and settle it. Where something is written, the result says whether it has left.
 */

/* What an access waits for; or NULL. */
struct step_fits {
	bool (*fits)(const void *arg, uint64_t value);
	const void *arg;
};
uint64_t step_read(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order,
		   const struct step_fits *fits);
/* One of those that view_reads() has listed. */
void step_take(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order, const struct view_read *read);
bool step_put(struct weak *t, unsigned int cpu, unsigned int order, const struct weak_store *store);
bool step_write(struct weak *t, unsigned int cpu, unsigned int place, uint64_t value, unsigned int order);
struct view_read step_newest(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order);
bool step_change(struct weak *t, unsigned int cpu, unsigned int order, const struct view_read *read, unsigned int place,
		 uint64_t value);
void step_fence_here(struct weak *t, unsigned int cpu, unsigned int order);
bool step_some_leave(const struct weak *t, unsigned int cpu);
struct weak_store step_let_one_leave(struct weak *t, unsigned int cpu);			/* returns it */
struct weak_store step_let_leave(struct weak *t, unsigned int cpu, unsigned int store); /* that one, which may */

/* By the hardware of @cpu: it is no store of its program, and has left. */
void step_written(struct weak *t, unsigned int cpu, unsigned int place, uint64_t value);

/* ---- steps of their own ---- */

/* On an agent's stack. @order: enum view_order, or-ed. */
uint64_t step_load(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order);
void step_store(struct weak *t, unsigned int cpu, unsigned int place, uint64_t value, unsigned int order);
/* Returns what it was. */
uint64_t step_exchange(struct weak *t, unsigned int cpu, unsigned int place, uint64_t value, unsigned int order);
void step_fence(struct weak *t, unsigned int cpu, unsigned int order);
/* The program of @cpu is over. */
void step_over(struct weak *t, unsigned int cpu);

struct step_leaves {
	struct weak *timeline;
	unsigned int cpu;
};
/* The body of the second agent, a daemon. @leaves: struct step_leaves, which lives as long as the world. */
void step_leaving(void *leaves);

/* ---- what steps say that they touch ---- */

uint16_t step_view(const struct weak *t, unsigned int cpu);    /* what a CPU knows, and has on its way */
uint16_t step_place(const struct weak *t, unsigned int place); /* what was written to it */
uint16_t step_events(const struct weak *t);		       /* in which order events come */
uint16_t step_locks(const struct weak *t);		       /* what weak_is_locked() says, of all places */
uint16_t step_stores(const struct weak *t, unsigned int cpu); /* what broadcasts wait for among those of its programs */

#endif
