/* SPDX-License-Identifier: MIT */
/* graph.c - cycles, and what can be reached, over the transitions sorted by one of their ends. */
#include "explore/graph.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "explore/memory.h"

size_t explore_edges_room(void)
{
	return (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE) / sizeof(struct edge);
}

void explore_edges_add(struct edges *edges, uint32_t from, uint32_t to)
{
	if (edges->length == edges->room) {
		if (edges->shared)
			explore_out_of_memory();
		edges->room = edges->room ? 2 * edges->room : 1024;
		edges->list = explore_grow(edges->list, edges->room, sizeof(edges->list[0]));
	}
	edges->list[edges->length++] = (struct edge){ from, to };
}

void explore_edges_free(struct edges *edges)
{
	free(edges->list);
	*edges = (struct edges){ 0 };
}

/* The neighbours of state n are to[start[n]] up to to[start[n + 1]]. */
struct sorted {
	size_t *start;
	uint32_t *to;
};

static struct sorted sort(const struct edges *edges, uint32_t states, bool backwards)
{
	struct sorted s = { explore_new((size_t)states + 2, sizeof(s.start[0])),
			    explore_new(edges->length, sizeof(s.to[0])) };

	for (size_t i = 0; i < edges->length; i++)
		s.start[(backwards ? edges->list[i].to : edges->list[i].from) + 2]++;
	for (uint32_t n = 0; n < states; n++)
		s.start[n + 2] += s.start[n + 1];
	for (size_t i = 0; i < edges->length; i++) {
		const struct edge *e = &edges->list[i];

		s.to[s.start[(backwards ? e->to : e->from) + 1]++] = backwards ? e->from : e->to;
	}
	return s;
}

static void free_sorted(struct sorted *s)
{
	free(s->start);
	free(s->to);
}

/* Takes away states that nothing leads to, as long as there is one: what is left has a cycle in it. */
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

void explore_graph_reach(const struct edges *edges, uint32_t states, bool *live)
{
	struct sorted in = sort(edges, states, true);
	uint32_t *list = explore_new(states, sizeof(list[0])), nr = 0;

	for (uint32_t n = 0; n < states; n++)
		if (live[n])
			list[nr++] = n;
	while (nr) {
		uint32_t n = list[--nr];

		for (size_t i = in.start[n]; i < in.start[n + 1]; i++) {
			if (live[in.to[i]])
				continue;
			live[in.to[i]] = true;
			list[nr++] = in.to[i];
		}
	}
	free_sorted(&in);
	free(list);
}

/* Breadth first; @from: for each state that was found, the state before it. */
static uint32_t nearest(const struct edges *edges, uint32_t states, const bool *wanted, uint32_t *from)
{
	struct sorted out = sort(edges, states, false);
	uint32_t *queue = explore_new(states, sizeof(queue[0])), nr = 1, found = UINT32_MAX;

	for (uint32_t n = 0; n < states; n++)
		from[n] = UINT32_MAX;
	from[0] = 0;
	for (uint32_t done = 0; done < nr && found == UINT32_MAX; done++) {
		uint32_t n = queue[done];

		if (wanted[n])
			found = n;
		for (size_t i = out.start[n]; i < out.start[n + 1]; i++) {
			if (from[out.to[i]] != UINT32_MAX)
				continue;
			from[out.to[i]] = n;
			queue[nr++] = out.to[i];
		}
	}
	free_sorted(&out);
	free(queue);
	return found;
}

long explore_graph_way(const struct edges *edges, uint32_t states, const bool *wanted, uint32_t **way)
{
	uint32_t *from = explore_new(states, sizeof(from[0]));
	uint32_t end = nearest(edges, states, wanted, from);
	long length = 0, at;

	*way = NULL;
	if (end != UINT32_MAX) {
		for (uint32_t n = end; n; n = from[n])
			length++;
		*way = explore_new((size_t)length, sizeof(**way));
		at = length;
		for (uint32_t n = end; n; n = from[n])
			(*way)[--at] = n;
	}
	free(from);
	return end == UINT32_MAX ? -1 : length;
}
