/* SPDX-License-Identifier: MIT */
/* cycles.h - what delays.c has noted, as cycles.c reads it. */
#ifndef MODEL_CYCLES_H
#define MODEL_CYCLES_H

#include "machine/model/delays.h"

/* Found by .key, from its lower bits on; 0: there is none. */
struct delays_node {
	uint64_t key, word, rest;
};

struct delays_noted {
	struct delays_node node[DELAYS_NODES];
	/* 1 + its two nodes, as places in the list above, from << 16 | to; 0: there is none. */
	uint64_t edge[DELAYS_EDGES];
};
_Static_assert(sizeof(struct delays_noted) == DELAYS_WORDS * sizeof(uint64_t), "to be had as words");

struct delays_at delays_unpacked(const struct delays_node *node); /* but for the site */

/* The words that have to be weak, those of @before among them, and if there are any, all that several CPUs access. */
void cycles_find(const struct delays_noted *noted, const struct delays_words *before, bool in_order,
		 struct delays_words *now);

#endif
