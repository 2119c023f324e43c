/* SPDX-License-Identifier: MIT */
/*
 * cycles_walks.c - by which entries each access of a program has walked, of what delays.c has noted.
 *
 * An access and a walk of an entry that the access itself has walked by are in no order that anybody could tell:
 *
 *	a store and a walk behind it	the walk could find what the entry said before in any case, until an invalidation of that is complete;
 *					and that waits for stores that went through it (R8)
 *	a walk and a load behind it	the load comes behind its own walk of the entry
 */
#include "machine/model/cycles.h"

#include <stdlib.h>
#include <stdio.h>

enum {
	PAIRS = DELAYS_NODES,
};

struct cycles_walks {
	const struct delays_at *at;
	unsigned int nr;
	struct {
		uintptr_t entry;
		uint16_t use, walk; /* nodes */
	} pair[PAIRS];
};

static bool knows(const struct cycles_walks *w, unsigned int use, uintptr_t entry)
{
	for (unsigned int i = 0; i < w->nr; i++) {
		if (w->pair[i].use == use && w->pair[i].entry == entry)
			return true;
	}
	return false;
}

/* What does not fit is as if it had not been seen: then a word is weak that need not be. */
static void learn(struct cycles_walks *w, unsigned int use, unsigned int walk)
{
	uintptr_t entry = w->at[walk].word;

	if (w->at[walk].kind & DELAYS_WALK && w->nr < PAIRS && !knows(w, use, entry)) {
		w->pair[w->nr].entry = entry;
		w->pair[w->nr].use = (uint16_t)use;
		w->pair[w->nr++].walk = (uint16_t)walk;
	}
}

/* The node on the other side of the edge, seen from @node: what comes before a store, or behind a load. */
static unsigned int beside(const struct delays_at *at, uint64_t edge, unsigned int node)
{
	unsigned int from = (unsigned int)(edge >> 16), to = edge & 0xffff;

	if (writes(at))
		return to == node ? from : node;
	return from == node ? to : node;
}

static void learn_beside(struct cycles_walks *w, const struct delays_noted *noted, unsigned int use, unsigned int node)
{
	for (unsigned int i = 0; i < DELAYS_EDGES; i++) {
		if (noted->edge[i])
			learn(w, use, beside(&w->at[use], noted->edge[i] - 1, node));
	}
}

/* Walks of one access stand in a row: between two accesses there is a step. */
static void follow(struct cycles_walks *w, const struct delays_noted *noted, unsigned int use)
{
	unsigned int first = w->nr;

	learn_beside(w, noted, use, use);
	for (unsigned int i = first; i < w->nr; i++)
		learn_beside(w, noted, use, w->pair[i].walk);
}

struct cycles_walks *cycles_find_walks(const struct delays_noted *noted, const struct delays_at *at)
{
	struct cycles_walks *w = calloc(1, sizeof(*w));

	if (!w) {
		fprintf(stderr, "shootdown: no room to look for walks\n");
		exit(2);
	}
	w->at = at;
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (noted->node[i].key && at[i].kind & DELAYS_USE)
			follow(w, noted, i);
	}
	return w;
}

bool cycles_walks(const struct cycles_walks *w, unsigned int a, unsigned int b)
{
	const struct delays_at *one = &w->at[a], *other = &w->at[b];

	if (one->kind & DELAYS_USE && other->kind & DELAYS_WALK)
		return writes(one) && knows(w, a, other->word);
	if (one->kind & DELAYS_WALK && other->kind & DELAYS_USE)
		return !writes(other) && knows(w, b, one->word);
	return false;
}
