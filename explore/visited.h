/* SPDX-License-Identifier: MIT */
/*
 * visited.h - the states that a search has met: a table of fingerprints.
 *
 * With each state stands the set of agents that were not gone on with from it, because what they would do next is explored
 * elsewhere: the sleep set that it was met with. Met again with fewer asleep, it is gone on from with the difference.
 */
#ifndef EXPLORE_VISITED_H
#define EXPLORE_VISITED_H

#include "explore/agent.h"

struct visited;

struct meeting {
	uint32_t number; /* of the state: 0, 1, 2 ... in the order in which they were met, see below */
	bool first;
	uint32_t again; /* not .first: agents that were asleep each time before, and are not now */
	uint32_t sleep; /* agents that have been asleep each time, this one included */
};

enum {
	VISITED_SHARES = 4, /* of explore_shared_room(), which a table that is shared takes */
};

/* Numbers have 32 bits. The rest of them is for what is met, by other processes too, before somebody looks. */
static const uint32_t VISITED_MOST_STATES = 15u << 28;

/*
 * For so many processes, if they are several: forked from here on, and all of them may use it at once. Each may map one more
 * share of explore_shared_room().
 */
struct visited *explore_visited_new(unsigned int processes);
void explore_visited_free(struct visited *visited);
/* Before any is met: the states are numbered @first, @first + @step, @first + 2 * @step ... */
void explore_visited_number_from(struct visited *visited, uint32_t first, uint32_t step);
struct meeting explore_visited_meet(struct visited *visited, struct agent_fingerprint print, uint32_t sleep);
/* The number of a state that was met, or UINT32_MAX. */
uint32_t explore_visited_number(struct visited *visited, struct agent_fingerprint print);
/* As it was met, in another search. */
void explore_visited_put(struct visited *visited, struct agent_fingerprint print, uint32_t sleep, uint32_t number);
/* Nobody else may use it meanwhile. */
void explore_visited_each(const struct visited *visited,
			  void (*take)(void *context, struct agent_fingerprint print, uint32_t sleep, uint32_t number),
			  void *context);
uint64_t explore_visited_count(const struct visited *visited);
/* There are VISITED_MOST_STATES, those of all ranks together: soon there would be no number for another one. */
bool explore_visited_is_full(const struct visited *visited);
uint64_t explore_visited_memory(const struct visited *visited); /* bytes */

#endif
