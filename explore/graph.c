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

void explore_edges_add(struct edges *edges, uint32_t from, uint32_t to, uint8_t step)
{
	if (edges->length == edges->room) {
		if (edges->shared)
			explore_out_of_memory();
		edges->room = edges->room ? 2 * edges->room : 1024;
		edges->list = explore_grow(edges->list, edges->room, sizeof(edges->list[0]));
	}
	edges->list[edges->length++] = (struct edge){ from, to, step };
}

void explore_edges_free(struct edges *edges)
{
	free(edges->list);
	*edges = (struct edges){ 0 };
}

/* The neighbours of state n are to[start[n]] up to to[start[n + 1]]; edge[] says by which edge of the list. */
struct sorted {
	size_t *start, *edge;
	uint32_t *to;
};

static struct sorted sort(const struct edges *edges, uint32_t states, bool backwards)
{
	struct sorted s = { explore_new((size_t)states + 2, sizeof(s.start[0])),
			    explore_new(edges->length, sizeof(s.edge[0])),
			    explore_new(edges->length, sizeof(s.to[0])) };

	for (size_t i = 0; i < edges->length; i++)
		s.start[(backwards ? edges->list[i].to : edges->list[i].from) + 2]++;
	for (uint32_t n = 0; n < states; n++)
		s.start[n + 2] += s.start[n + 1];
	for (size_t i = 0; i < edges->length; i++) {
		const struct edge *e = &edges->list[i];

		size_t at = s.start[(backwards ? e->to : e->from) + 1]++;

		s.to[at] = backwards ? e->from : e->to;
		s.edge[at] = i;
	}
	return s;
}

static void free_sorted(struct sorted *s)
{
	free(s->start);
	free(s->edge);
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

/* Alternatives of one step. */
struct steps {
	size_t *of;	/* of each edge: the first edge of its step */
	uint32_t *left; /* of such a first edge: alternatives that are not known to lead anywhere live */
};

static struct steps find_steps(const struct edges *edges, uint32_t states)
{
	struct sorted out = sort(edges, states, false);
	struct steps steps = { explore_new(edges->length, sizeof(steps.of[0])),
			       explore_new(edges->length, sizeof(steps.left[0])) };

	for (uint32_t n = 0; n < states; n++) {
		for (size_t i = out.start[n]; i < out.start[n + 1]; i++) {
			uint8_t step = edges->list[out.edge[i]].step;
			size_t first = i;

			for (size_t j = out.start[n]; step != EDGE_ALONE && j < first; j++)
				if (edges->list[out.edge[j]].step == step)
					first = j;
			steps.of[out.edge[i]] = out.edge[first];
			steps.left[out.edge[first]]++;
		}
	}
	free_sorted(&out);
	return steps;
}

/* Backwards from the live states: a state is live as soon as all alternatives of one of its steps lead to live ones. */
void explore_graph_reach(const struct edges *edges, uint32_t states, bool *live)
{
	struct sorted in = sort(edges, states, true);
	struct steps steps = find_steps(edges, states);
	uint32_t *list = explore_new(states, sizeof(list[0])), nr = 0;

	for (uint32_t n = 0; n < states; n++)
		if (live[n])
			list[nr++] = n;
	while (nr) {
		uint32_t n = list[--nr];

		for (size_t i = in.start[n]; i < in.start[n + 1]; i++) {
			if (--steps.left[steps.of[in.edge[i]]] || live[in.to[i]])
				continue;
			live[in.to[i]] = true;
			list[nr++] = in.to[i];
		}
	}
	free_sorted(&in);
	free(steps.of);
	free(steps.left);
	free(list);
}

/* ---- the last set of states ---- */

/* Tarjan's search for strongly connected components, which ends with the first: nothing else can be reached from it. */
struct tarjan {
	struct sorted out;
	const bool *in;
	uint32_t *found, *low, *stack, nr_found, nr_stack; /* .found: 0 if not yet */
	uint32_t *path, nr_path;
	size_t *next; /* of each state: the edge to look at next */
};

static void tarjan_enter(struct tarjan *t, uint32_t n)
{
	t->found[n] = t->low[n] = ++t->nr_found;
	t->stack[t->nr_stack++] = t->path[t->nr_path++] = n;
	t->next[n] = t->out.start[n];
}

/* One edge of the last state of the path, or back from it. False: that state and what is above it are the component. */
static bool tarjan_go_on(struct tarjan *t)
{
	uint32_t n = t->path[t->nr_path - 1], to;

	if (t->next[n] < t->out.start[n + 1]) {
		to = t->out.to[t->next[n]++];
		if (t->in[to] && !t->found[to])
			tarjan_enter(t, to);
		else if (t->in[to] && t->found[to] < t->low[n])
			t->low[n] = t->found[to];
		return true;
	}
	if (t->low[n] == t->found[n])
		return false;
	t->nr_path--;
	to = t->path[t->nr_path - 1];
	if (t->low[n] < t->low[to])
		t->low[to] = t->low[n];
	return true;
}

void explore_graph_keep_last(const struct edges *edges, uint32_t states, uint32_t start, bool *in)
{
	struct tarjan t = { .out = sort(edges, states, false), .in = in };
	uint32_t first;

	assert(in[start]);
	t.found = explore_new(states, sizeof(t.found[0]));
	t.low = explore_new(states, sizeof(t.low[0]));
	t.stack = explore_new(states, sizeof(t.stack[0]));
	t.path = explore_new(states, sizeof(t.path[0]));
	t.next = explore_new(states, sizeof(t.next[0]));
	tarjan_enter(&t, start);
	while (tarjan_go_on(&t))
		;
	first = t.path[t.nr_path - 1];
	for (uint32_t n = 0; n < states; n++)
		in[n] = false;
	do
		in[t.stack[--t.nr_stack]] = true;
	while (t.stack[t.nr_stack] != first);
	free_sorted(&t.out);
	free(t.found);
	free(t.low);
	free(t.stack);
	free(t.path);
	free(t.next);
}

/* ---- ways ---- */

/* Breadth first; before[n]: the state before n, for each that was found. The first is found if it is met again. */
static uint32_t nearest(const struct way *way, uint32_t *before)
{
	struct sorted out = sort(way->edges, way->states, false);
	uint32_t *queue = explore_new((size_t)way->states + 1, sizeof(queue[0])), nr = 0, found = UINT32_MAX;

	for (uint32_t n = 0; n < way->states; n++)
		before[n] = UINT32_MAX;
	queue[nr++] = way->from;
	for (uint32_t done = 0; done < nr && found == UINT32_MAX; done++) {
		uint32_t n = queue[done];

		for (size_t i = out.start[n]; i < out.start[n + 1] && found == UINT32_MAX; i++) {
			uint32_t to = out.to[i];

			if (before[to] != UINT32_MAX || (way->inside && !way->inside[to]))
				continue;
			before[to] = n;
			queue[nr++] = to;
			if (way->wanted[to])
				found = to;
		}
	}
	free_sorted(&out);
	free(queue);
	return found;
}

long explore_graph_way(const struct way *way, uint32_t **list)
{
	uint32_t *before, end, n;
	long length = 0;

	*list = NULL;
	if (!way->least && way->wanted[way->from])
		return 0;
	before = explore_new(way->states, sizeof(before[0]));
	end = nearest(way, before);
	if (end != UINT32_MAX) {
		n = end;
		do
			length++;
		while ((n = before[n]) != way->from);
		*list = explore_new((size_t)length, sizeof(**list));
		n = end;
		for (long at = length - 1; at >= 0; at--, n = before[n])
			(*list)[at] = n;
	}
	free(before);
	return end == UINT32_MAX ? -1 : length;
}
