/* SPDX-License-Identifier: MIT */
/* loose.c - which agents hear of others by an access that orders nothing; see loose.h. */
#include <machine/model/loose.h>
#include <machine/model/cycles.h>

#include <stdio.h>
#include <stdlib.h>

enum {
	SET = DELAYS_NODES / 64,
};

struct graph {
	const struct delays_noted *noted;
	struct delays_edges edges;
	uint64_t locks; /* that order what is done under them */
	struct delays_at at[DELAYS_NODES];
	uint64_t fenced[SET];	/* stores with a release fence before them, whatever way led there */
	uint64_t followed[SET]; /* loads with an acquire fence next */
};

static bool is_fence(const struct delays_at *at, unsigned int order)
{
	return at->kind & DELAYS_FENCE && at->order & order;
}

/* Where the way there begins, or comes by an access that no fence stands before. */
static void find_fenced(struct graph *g)
{
	uint64_t open[SET] = { 0 };
	bool changed = true;

	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (g->at[i].kind & (DELAYS_START | DELAYS_ENTRY))
			put(open, i);
		put(g->fenced, i);
	}
	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < g->edges.nr; i++) {
			unsigned int from = g->edges.list[i].from, to = g->edges.list[i].to;

			if (!has(open, from) || has(open, to) || is_fence(&g->at[to], VIEW_RELEASE))
				continue;
			put(open, to);
			changed = true;
		}
	}
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (has(open, i))
			take(g->fenced, i);
	}
}

/* A step that is no access says nothing. */
static bool is_step(const struct delays_at *at)
{
	return !at->word && !at->kind;
}

/* Each way that leads on comes to a fence before it comes to anything else, or to the end. */
static void find_followed(struct graph *g)
{
	uint64_t ahead[SET] = { 0 }; /* something else comes next */
	bool changed = true;

	memset(ahead, 0xff, sizeof(ahead));
	for (unsigned int i = 0; i < g->edges.nr; i++)
		take(ahead, g->edges.list[i].from);
	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < g->edges.nr; i++) {
			unsigned int from = g->edges.list[i].from, to = g->edges.list[i].to;

			if (has(ahead, from) || is_fence(&g->at[to], VIEW_ACQUIRE) ||
			    (is_step(&g->at[to]) && !has(ahead, to)))
				continue;
			put(ahead, from);
			changed = true;
		}
	}
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (!has(ahead, i))
			put(g->followed, i);
	}
}

static bool is_take(const struct delays_at *at)
{
	return takes_for_writing(at) || is_note(at, MACHINE_READ_LOCKS, MACHINE_READ_LOCKS);
}

/* Does what it reads say something to it? Not to who gives a lock back. */
static bool hears(const struct delays_at *at)
{
	return reads(at) && at->bytes && !(at->note & DELAYS_UNHEARD) &&
	       (!writes(at) || !is_of_lock(at) || is_take(at));
}

static bool acquires(const struct graph *g, unsigned int node)
{
	return g->at[node].order & VIEW_ACQUIRE || has(g->followed, node);
}

/* Who takes a lock tells those nothing who wait for it. */
static bool releases(const struct graph *g, unsigned int node)
{
	const struct delays_at *at = &g->at[node];

	return at->order & VIEW_RELEASE || has(g->fenced, node) || at->note & DELAYS_SILENT || is_take(at);
}

static bool under_one_lock(const struct graph *g, unsigned int a, unsigned int b)
{
	return g->locks & ~g->noted->node[a].lacked & ~g->noted->node[b].lacked;
}

static bool hears_loosely(const struct graph *g, unsigned int reader)
{
	const struct delays_at *to = &g->at[reader];

	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		const struct delays_at *from = &g->at[i];

		if (g->noted->node[i].key && writes(from) && from->bytes && from->cpu != to->cpu &&
		    from->word < to->word + to->bytes && to->word < from->word + from->bytes &&
		    !(acquires(g, reader) && releases(g, i)) && !under_one_lock(g, i, reader))
			return true;
	}
	return false;
}

uint32_t loose_readers(uint64_t locks)
{
	struct graph *g = calloc(1, sizeof(*g));
	uint32_t readers = 0;

	if (!g) {
		fprintf(stderr, "shootdown: no room to look for loose accesses\n");
		exit(2);
	}
	g->noted = (const void *)delays_noted();
	g->locks = locks;
	delays_list_edges(g->noted, &g->edges);
	for (unsigned int i = 0; i < DELAYS_NODES; i++)
		g->at[i] = delays_unpacked(&g->noted->node[i]);
	find_fenced(g);
	find_followed(g);
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (g->noted->node[i].key && hears(&g->at[i]) && !(readers >> g->at[i].agent & 1) &&
		    hears_loosely(g, i))
			readers |= UINT32_C(1) << g->at[i].agent;
	}
	free(g);
	return readers;
}
