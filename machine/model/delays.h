/* SPDX-License-Identifier: MIT */
/*
 * delays.h - which places have to be weak, so that code which orders its accesses gains no states.
 *
 * A store that is late and a load that reads something old can be told from accesses to one memory only if there is a *critical cycle*:
 * a CPU makes two accesses that nothing keeps in order, and others lead from the second back to the first, by accesses to one place of which one
 * writes, and by program order (Shasha and Snir, 1988). Who fences, releases and acquires where it matters has no such pair of
 * accesses. So a search begins with all places strong: stores leave at once, loads read the newest. Meanwhile it is noted which places each CPU
 * accesses behind which others. Then delays_learn() looks for cycles, makes the places on them weak, and says whether to search again: more may happen now,
 * and more is noted. When nothing new is found, nothing that was left out could have been told.
 *
 * What is noted is knowledge about all executions, and no part of the state; what a CPU has accessed so far is (struct weak_view).
 */
#ifndef MODEL_DELAYS_H
#define MODEL_DELAYS_H

#include "machine/model/weak.h"

enum {
	DELAYS_NODES = 2 * WEAK_PLACES, /* a place as it is read, and as it is written */
};

struct delays {
	uint64_t weak; /* places: their stores wait, and loads of them may read what is old */
	/* Of each CPU, by places: the second was accessed while nothing kept it behind the first, and is read or written. */
	uint64_t stored_then_loaded[WEAK_CPUS][WEAK_PLACES];
	uint64_t stored_then_stored[WEAK_CPUS][WEAK_PLACES];
	uint64_t loaded_then_loaded[WEAK_CPUS][WEAK_PLACES];
	/* By nodes: in program order, whatever stands between. */
	bool accessed[WEAK_CPUS][DELAYS_NODES];
	bool followed[WEAK_CPUS][DELAYS_NODES][DELAYS_NODES];
};

/* NULL of weak.delays: every place is weak. */
static inline bool delays_weak(const struct weak *t, unsigned int place)
{
	return !t->delays || t->delays->weak >> place & 1;
}

/* An access of @cpu, before it is made. @order: enum view_order, or-ed. */
void delays_access(struct weak *t, unsigned int cpu, unsigned int place, bool reads, bool writes, unsigned int order);
void delays_fence(struct weak *t, unsigned int cpu, unsigned int order);
/* After a search: true if more places are weak from here on, so that it has to be made again. */
bool delays_learn(struct delays *delays);

#endif
