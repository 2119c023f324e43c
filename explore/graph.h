/* SPDX-License-Identifier: MIT */
/* graph.h - transitions between states, by number, and what can be told from them alone. */
#ifndef EXPLORE_GRAPH_H
#define EXPLORE_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EDGE_ALONE = UINT8_MAX /* no alternative: a scheduler chose, and is fair */
};

struct edge {
	uint32_t from, to;
};

struct edges {
	struct edge *list;
	uint8_t *agent; /* of each, whose step it is: only with .owned */
	size_t length, room;
	bool shared; /* the list was mapped for all that there will ever be */
	bool owned;
};
void explore_edges_add(struct edges *edges, uint32_t from, uint32_t to, unsigned int agent);
void explore_edges_free(struct edges *edges);

/* States are 0 ... states - 1. */
bool explore_graph_has_cycle(const struct edges *edges, uint32_t states);

/*
 * live[n] is true for some states: makes it true for each from which one of them can be reached whatever the hardware
 * chooses. That is, some agent has a step of which all alternatives lead to states of which it is true. The edges are owned.
 */
void explore_graph_reach(const struct edges *edges, uint32_t states, bool *live);

/* Takes away from @set the states that no other in it leads to, as long as there are some: what is left has cycles, or nothing. */
void explore_graph_keep_cycles(const struct edges *edges, uint32_t states, bool *set);

/*
 * The shortest way of at least @least steps (0 or 1) from @start to a state with @wanted, over states with @inside (NULL: any):
 * the states behind @start, in *@way, which is to be freed. Returns how many they are, or -1 if there is none.
 */
long explore_graph_way(const struct edges *edges, uint32_t states, uint32_t start, unsigned int least,
		       const bool *wanted, const bool *inside, uint32_t **way);

#endif
