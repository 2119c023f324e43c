/* SPDX-License-Identifier: MIT */
/* graph.c - cycles, and what can be reached, over the transitions sorted by one of their ends. */
#include "explore/graph.h"

#include <assert.h>
#include <stdlib.h>

#include "explore/agent.h"
#include "explore/memory.h"

enum {
	NOT_FOUND = UINT32_MAX
};

/* .agent is kept only where livelocks are looked for: the first search asks for cycles alone. */
void explore_edges_add(struct edges *edges, uint32_t from, uint32_t to, unsigned int agent)
{
	assert(agent < AGENT_MAX_AGENTS || agent == EDGE_ALONE);
	if (edges->length == edges->room) {
		if (edges->shared)
			explore_out_of_memory();
		edges->room = edges->room ? 2 * edges->room : 1024;
		edges->list = explore_grow(edges->list, edges->room, sizeof(edges->list[0]));
		if (edges->owned)
			edges->agent = explore_grow(edges->agent, edges->room, sizeof(edges->agent[0]));
	}
	if (edges->owned)
		edges->agent[edges->length] = (uint8_t)agent;
	edges->list[edges->length++] = (struct edge){ from, to };
}

/* Not of a list that was mapped: who mapped it has it unmapped. */
void explore_edges_free(struct edges *edges)
{
	free(edges->list);
	free(edges->agent);
	*edges = (struct edges){ 0 };
}

/* The neighbours of state n are to[start[n]] up to to[start[n + 1]], over the edges with these places in the list. */
struct sorted {
	size_t *start, *edge;
	uint32_t *to;
};

/*
 * By counting, in three passes over the edges. While it fills, start[n + 1] is the next free place
 * of n; behind it, where n + 1 begins.
 */
static struct sorted sort(const struct edges *edges, uint32_t states, bool backwards)
{
	struct sorted s = { explore_new((size_t)states + 2, sizeof(s.start[0])),
			    explore_new(edges->length, sizeof(s.edge[0])),
			    explore_new(edges->length, sizeof(s.to[0])) };

	for (size_t i = 0; i < edges->length; i++) {
		assert(edges->list[i].from < states && edges->list[i].to < states);
		s.start[(backwards ? edges->list[i].to : edges->list[i].from) + 2]++;
	}
	for (uint32_t n = 0; n < states; n++)
		s.start[n + 2] += s.start[n + 1];
	for (size_t i = 0; i < edges->length; i++) {
		const struct edge *e = &edges->list[i];

		size_t place = s.start[(backwards ? e->to : e->from) + 1]++;

		s.edge[place] = i;
		s.to[place] = backwards ? e->from : e->to;
	}
	return s;
}

static void free_sorted(struct sorted *s)
{
	free(s->start);
	free(s->edge);
	free(s->to);
}

/*
 * Takes away states that nothing leads to, as long as there is one: what is left has a cycle in it.
 * An edge from a state to itself counts as a cycle: that state always has something that leads to
 * it.
 */
bool explore_graph_has_cycle(const struct edges *edges, uint32_t states)
{
	struct sorted out = sort(edges, states, false);
	uint32_t *into = explore_new(states, sizeof(into[0])), *taken = explore_new(states, sizeof(taken[0]));
	uint32_t nr = 0;

	for (size_t i = 0; i < edges->length; i++)
		into[edges->list[i].to]++;
	for (uint32_t n = 0; n < states; n++)
		if (!into[n])
			taken[nr++] = n;
	for (uint32_t done = 0; done < nr; done++)
		for (size_t i = out.start[taken[done]]; i < out.start[taken[done] + 1]; i++)
			if (--into[out.to[i]] == 0)
				taken[nr++] = out.to[i];
	free_sorted(&out);
	free(into);
	free(taken);
	return nr < states;
}

/* Of each agent's step at each state: how many of its alternatives are not known to lead to an end. */
/*
 * A byte is enough: a step has at most UINT8_MAX alternatives, and each is one edge, as every state is gone on from once in
 * the search that this is for.
 */
static uint8_t *count_alternatives(const struct edges *edges, uint32_t states)
{
	uint8_t *left = explore_new((size_t)states * AGENT_MAX_AGENTS, sizeof(left[0]));

	assert(edges->owned);
	for (size_t i = 0; i < edges->length; i++)
		if (edges->agent[i] != EDGE_ALONE)
			left[(size_t)edges->list[i].from * AGENT_MAX_AGENTS + edges->agent[i]]++;
	return left;
}

/*
 * Backwards, from those that are known: a state is put into the list when it becomes one of them, and what leads to it is
 * looked at when it is taken out. The order makes no difference, so the list is a stack.
 */
void explore_graph_reach(const struct edges *edges, uint32_t states, bool *live)
{
	struct sorted in = sort(edges, states, true);
	uint32_t *list = explore_new(states, sizeof(list[0])), nr = 0;
	/*
	 * An agent's step counts when the last of its alternatives is known to lead to an end,
	 * since the hardware picks; then the agent may be picked by us, so one such step is enough
	 * for the state.
	 */
	uint8_t *left = count_alternatives(edges, states);

	for (uint32_t n = 0; n < states; n++)
		if (live[n])
			list[nr++] = n;
	while (nr) {
		uint32_t n = list[--nr];

		for (size_t i = in.start[n]; i < in.start[n + 1]; i++) {
			const struct edge *e = &edges->list[in.edge[i]];

			uint8_t agent = edges->agent[in.edge[i]];

			/*
			 * Each edge comes here once, as a state is put into the list once; so the
			 * count is right.
			 */
			assert(agent == EDGE_ALONE || left[(size_t)e->from * AGENT_MAX_AGENTS + agent]);
			if (agent != EDGE_ALONE && --left[(size_t)e->from * AGENT_MAX_AGENTS + agent])
				continue;
			if (live[e->from])
				continue;
			live[e->from] = true;
			list[nr++] = e->from;
		}
	}
	free_sorted(&in);
	free(left);
	free(list);
}

/* As explore_graph_has_cycle(), within the set: what is left are states on cycles, and states behind them. */
void explore_graph_keep_cycles(const struct edges *edges, uint32_t states, bool *set)
{
	struct sorted out = sort(edges, states, false);
	uint32_t *into = explore_new(states, sizeof(into[0])), *taken = explore_new(states, sizeof(taken[0]));
	uint32_t nr = 0;

	for (size_t i = 0; i < edges->length; i++)
		into[edges->list[i].to] += set[edges->list[i].from] && set[edges->list[i].to];
	for (uint32_t n = 0; n < states; n++)
		if (set[n] && !into[n])
			taken[nr++] = n;
	for (uint32_t done = 0; done < nr; done++) {
		set[taken[done]] = false;
		for (size_t i = out.start[taken[done]]; i < out.start[taken[done] + 1]; i++)
			if (set[out.to[i]] && --into[out.to[i]] == 0)
				taken[nr++] = out.to[i];
	}
	free_sorted(&out);
	free(into);
	free(taken);
}

/* Breadth first. .queue holds each state at most once, so it never needs more room than there are states. */
struct walk {
	uint32_t *queue, nr;
	uint32_t *from; /* of each state that was found: the state before it; else NOT_FOUND */
};

/* Found first is found on a shortest way. */
static void find(struct walk *w, uint32_t n, uint32_t before)
{
	if (w->from[n] != NOT_FOUND)
		return;
	w->from[n] = before;
	w->queue[w->nr++] = n;
}

/* The state that was wanted; NOT_FOUND. */
static uint32_t nearest(const struct sorted *out, struct walk *w, const bool *wanted, const bool *inside)
{
	for (uint32_t done = 0; done < w->nr; done++) {
		uint32_t n = w->queue[done];

		if (wanted[n])
			return n;
		for (size_t i = out->start[n]; i < out->start[n + 1]; i++)
			if (!inside || inside[out->to[i]])
				find(w, out->to[i], n);
	}
	return NOT_FOUND;
}

/*
 * The states behind @start on the way to @end, which may be @start itself: then the way goes round.
 * Twice the same walk: to know the length, and to fill from the end.
 */
static long way_back(const struct walk *w, uint32_t start, uint32_t end, uint32_t **way)
{
	long length = 0, at;
	uint32_t n = end;

	do
		length++;
	while ((n = w->from[n]) != start);
	*way = explore_new((size_t)length, sizeof(**way));
	at = length;
	n = end;
	do
		(*way)[--at] = n;
	while ((n = w->from[n]) != start);
	return length;
}

long explore_graph_way(const struct edges *edges, uint32_t states, uint32_t start, unsigned int least,
		       const bool *wanted, const bool *inside, uint32_t **way)
{
	struct sorted out = sort(edges, states, false);
	struct walk w = { explore_new(states, sizeof(w.queue[0])), 0, explore_new(states, sizeof(w.from[0])) };
	bool there = !least && wanted[start];
	uint32_t end;
	long length;

	assert(start < states && least <= 1);
	*way = NULL;
	for (uint32_t n = 0; n < states; n++)
		w.from[n] = NOT_FOUND;
	/* @start itself is not marked as found, so that a round back to it can be. */
	for (size_t i = out.start[start]; i < out.start[start + 1]; i++)
		if (!inside || inside[out.to[i]])
			find(&w, out.to[i], start);
	end = there ? start : nearest(&out, &w, wanted, inside);
	length = there ? 0 : end == NOT_FOUND ? -1 : way_back(&w, start, end, way);
	free_sorted(&out);
	free(w.queue);
	free(w.from);
	return length;
}
