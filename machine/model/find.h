/* SPDX-License-Identifier: MIT */
/* find.h - what a look for cycles works on (cycles.c). */
#ifndef MODEL_FIND_H
#define MODEL_FIND_H

#include <explore/agent.h>

#include "machine/model/cycles.h"

enum {
	AGENTS = AGENT_MAX_AGENTS,
	NONE = -1,
};

struct word {
	uint64_t start, end;
	uint16_t readers, writers; /* CPUs, one bit each */
	uint16_t late, old;	   /* ... that have to be weak here */
	bool fixed;
	bool no_lock; /* somebody accesses it in another way than one takes and gives back locks */
};

/* What may stand before an access; sets of accesses. */
enum since {
	STORED,
	STORED_ORDERED, /* ... by who ordered loads wait for */
	UNFENCED,	/* ... behind the last store fence */
	LOADED,
	EVER,
	SINCE,
};

/* An access to a word that is shared. */
struct access {
	struct delays_at at;
	unsigned int node, word;
	bool unused; /* it adds to the word, and nobody looks at what it has read */
};

struct find {
	const struct delays_noted *noted;
	struct delays_edges edges;
	bool in_order;
	struct word *words;
	unsigned int nr_words;
	struct access *accesses;
	unsigned int nr, stride;   /* accesses, and of a set of them the words of 64 bits */
	unsigned int locks_stride; /* of a set of words held: 2 * word + for writing */
	struct delays_at at[DELAYS_NODES];
	int access_of[DELAYS_NODES];
	struct cycles_walks *walks;
	uint64_t *in[SINCE];   /* by node */
	uint64_t *held;	       /* by node */
	uint64_t *made[SINCE]; /* by agent: each of its accesses, as if nothing came behind it */
	uint64_t *pairs[3];    /* by first access: what may overtake it. Store and load, two stores, two loads */
	uint64_t *walked;      /* accesses by walks */
	uint64_t *reach;       /* of one search */
	unsigned int *reached; /* the same, as a list */
	uint8_t cpu_of[AGENTS];
	bool used[AGENTS], has_entry[AGENTS], has_start[AGENTS];
};

#endif
