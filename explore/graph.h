/* SPDX-License-Identifier: MIT */
/* graph.h - transitions between states, by number, and what can be told from them alone. */
#ifndef EXPLORE_GRAPH_H
#define EXPLORE_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct edge {
	uint32_t from, to;
};

struct edges {
	struct edge *list;
	size_t length, room;
	bool shared; /* the list was mapped for all that there will ever be */
};
/* Of a list that is mapped: more than this machine has memory for. */
size_t explore_edges_room(void);
void explore_edges_add(struct edges *edges, uint32_t from, uint32_t to);
void explore_edges_free(struct edges *edges);

/* States are 0 ... states - 1. */
bool explore_graph_has_cycle(const struct edges *edges, uint32_t states);

/* live[n] is true for some states: makes it true for each state from which one of them can be reached. */
void explore_graph_reach(const struct edges *edges, uint32_t states, bool *live);

/*
 * The shortest way from state 0 to one with @wanted: the states behind state 0, in *@way, which is to be freed. Returns
 * how many they are, or -1 if there is none.
 */
long explore_graph_way(const struct edges *edges, uint32_t states, const bool *wanted, uint32_t **way);

#endif
