/* SPDX-License-Identifier: MIT */
/*
 * cycles_walks.c - two accesses of one CPU, of a page and of entries, whose order nobody could tell.
 *
 *	what a page holds first		only who finds the page by an entry can tell, so it is the entry that must not come before it
 *	a store and a walk that may be	what the walk finds it could have found by being old as well (order.c)
 *	old
 *
 * And an access and a walk, its own one or another, of an entry that the access itself has walked by:
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
static unsigned int beside(const struct delays_at *at, struct delays_edge edge, unsigned int node)
{
	if (writes(at))
		return edge.to == node ? edge.from : node;
	return edge.from == node ? edge.to : node;
}

static void learn_beside(struct cycles_walks *w, const struct delays_edges *edges, unsigned int use, unsigned int node)
{
	for (unsigned int i = 0; i < edges->nr; i++)
		learn(w, use, beside(&w->at[use], edges->list[i], node));
}

/* Walks of one access stand in a row: between two accesses there is a step. */
static void follow(struct cycles_walks *w, const struct delays_edges *edges, unsigned int use)
{
	unsigned int first = w->nr;

	learn_beside(w, edges, use, use);
	for (unsigned int i = first; i < w->nr; i++)
		learn_beside(w, edges, use, w->pair[i].walk);
}

struct cycles_walks *cycles_find_walks(const struct delays_noted *noted, const struct delays_edges *edges,
				       const struct delays_at *at)
{
	struct cycles_walks *w = calloc(1, sizeof(*w));

	if (!w) {
		fprintf(stderr, "shootdown: no room to look for walks\n");
		exit(2);
	}
	w->at = at;
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (noted->node[i].key && at[i].kind & DELAYS_USE)
			follow(w, edges, i);
	}
	return w;
}

bool cycles_walked_by(const struct cycles_walks *w, unsigned int use, unsigned int walk)
{
	for (unsigned int i = 0; i < w->nr; i++) {
		if (w->pair[i].use == use && w->pair[i].walk == walk)
			return true;
	}
	return false;
}

static bool is_own_walk(const struct cycles_walks *w, unsigned int first, unsigned int second)
{
	const struct delays_at *one = &w->at[first], *other = &w->at[second];

	if (one->kind & DELAYS_USE && other->kind & DELAYS_WALK)
		return writes(one) && knows(w, first, other->word);
	return one->kind & DELAYS_WALK && other->kind & DELAYS_USE && !writes(other) && knows(w, second, one->word);
}

bool cycles_untold(const struct cycles_walks *w, unsigned int first, unsigned int second)
{
	const struct delays_at *one = &w->at[first], *other = &w->at[second];

	if (one->kind & DELAYS_FIRST)
		return !(other->kind & DELAYS_LEADS && writes(other));
	return other->kind & DELAYS_FIRST || (writes(one) && other->kind & DELAYS_MAY_BE_OLD) ||
	       is_own_walk(w, first, second);
}
