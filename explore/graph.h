/* SPDX-License-Identifier: MIT */
/* graph.h - transitions between states, by number, and what can be told from them alone. */
#ifndef EXPLORE_GRAPH_H
#define EXPLORE_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EDGE_ALONE = UINT8_MAX
};

struct edge {
	uint32_t from, to;
	/*
	 * Edges from one state with the same number are alternatives of one step, and which of them it takes is the hardware's
	 * choice. EDGE_ALONE: nobody but the scheduler chooses it.
	 */
	uint8_t step;
};

struct edges {
	struct edge *list;
	size_t length, room;
	bool shared; /* the list was mapped for all that there will ever be */
};
/* Of a list that is mapped: more than this machine has memory for. */
size_t explore_edges_room(void);
void explore_edges_add(struct edges *edges, uint32_t from, uint32_t to, uint8_t step);
void explore_edges_free(struct edges *edges);

/* States are 0 ... states - 1. */
bool explore_graph_has_cycle(const struct edges *edges, uint32_t states);

/*
 * live[n] is true for some states: makes it true for each state from which one of them is reached if the right agent steps
 * each time, whatever the hardware chooses.
 */
void explore_graph_reach(const struct edges *edges, uint32_t states, bool *live);

/*
 * Leaves in[n] true only for states that all reach each other and nothing else that was @in: one such set that can be
 * reached from state @start, which is @in, through states that are. Each state that is @in leads to one that is.
 */
void explore_graph_keep_last(const struct edges *edges, uint32_t states, uint32_t start, bool *in);

/* A way through the graph, through states that are .inside; NULL: any. */
struct way {
	const struct edges *edges;
	uint32_t states, from;
	unsigned int least; /* steps: 0 or 1 */
	const bool *inside, *wanted;
};

/*
 * The shortest such way to a state that is .wanted: the states behind .from, in *@list, which is to be freed. Returns how
 * many they are, or -1 if there is no way.
 */
long explore_graph_way(const struct way *way, uint32_t **list);

#endif
