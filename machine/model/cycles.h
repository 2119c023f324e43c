/* SPDX-License-Identifier: MIT */
/* cycles.h - what delays.c has noted, as cycles.c reads it, and the small things that it reads it with. */
#ifndef MODEL_CYCLES_H
#define MODEL_CYCLES_H

#include <string.h>

#include "machine/machine.h"
#include "machine/model/delays.h"
#include "machine/model/views.h"

/* Found by .key, from its lower bits on; 0: there is none. */
struct delays_node {
	uint64_t key, word, rest;
	uint64_t live;	 /* delays_live() */
	uint64_t lacked; /* delays_lacks() */
};

struct delays_noted {
	struct delays_node node[DELAYS_NODES];
	/* 1 + its two nodes, as places in the list above, from << 16 | to; 0: there is none. */
	uint64_t edge[DELAYS_EDGES];
	uint64_t live_of; /* for which words that is; 0: for none */
	uint64_t unhooked;
};
_Static_assert(sizeof(struct delays_noted) == DELAYS_WORDS * sizeof(uint64_t), "to be had as words");

struct delays_at delays_unpacked(const struct delays_node *node); /* but for the site */

/* The edges, in the same order and with nothing in between: few of them are there, and they are gone along again and again. */
struct delays_edges {
	unsigned int nr;
	struct delays_edge {
		uint16_t from, to;
	} list[DELAYS_EDGES];
};
void delays_list_edges(const struct delays_noted *noted, struct delays_edges *edges);

/* The words that have to be weak, those of @before among them, and if there are any, all that several CPUs access. */
void cycles_find(const struct delays_noted *noted, const struct delays_words *before, bool in_order,
		 struct delays_words *now);

/* ---- walks: cycles_walks.c ---- */

/* Which walks belong to which accesses of programs. To be given to free(). */
struct cycles_walks *cycles_find_walks(const struct delays_noted *noted, const struct delays_edges *edges,
				       const struct delays_at *at);
/* Does an access go through what that walk has read? */
bool cycles_walked_by(const struct cycles_walks *walks, unsigned int use, unsigned int walk);
/* Of two nodes of one CPU that nothing keeps in order: could nobody tell, as they are about pages? */
bool cycles_untold(const struct cycles_walks *walks, unsigned int first, unsigned int second);

/* ---- sets, of so many words of 64 bits ---- */

static inline bool has(const uint64_t *set, unsigned int bit)
{
	return set[bit / 64] >> bit % 64 & 1;
}

static inline void put(uint64_t *set, unsigned int bit)
{
	set[bit / 64] |= UINT64_C(1) << bit % 64;
}

static inline void take(uint64_t *set, unsigned int bit)
{
	set[bit / 64] &= ~(UINT64_C(1) << bit % 64);
}

static inline bool join(uint64_t *set, const uint64_t *more, unsigned int words)
{
	uint64_t new = 0;

	for (unsigned int i = 0; i < words; i++) {
		new |= more[i] & ~set[i];
		set[i] |= more[i];
	}
	return new;
}

static inline bool keep_common(uint64_t *set, const uint64_t *other, unsigned int words)
{
	uint64_t gone = 0;

	for (unsigned int i = 0; i < words; i++) {
		gone |= set[i] & ~other[i];
		set[i] &= other[i];
	}
	return gone;
}

static inline void take_all(uint64_t *set, const uint64_t *other, unsigned int words)
{
	for (unsigned int i = 0; i < words; i++)
		set[i] &= ~other[i];
}

static inline void clear(uint64_t *set, unsigned int words)
{
	memset(set, 0, words * sizeof(*set));
}

/* ---- what an access does ---- */

static inline bool reads(const struct delays_at *at)
{
	return at->kind & DELAYS_READS;
}

static inline bool writes(const struct delays_at *at)
{
	return at->kind & DELAYS_WRITES;
}

static inline bool is_making(const struct delays_at *at)
{
	return at->kind & DELAYS_MADE && !(at->kind & DELAYS_LEADS);
}

static inline bool leads_to_table(const struct delays_at *at)
{
	return at->kind & DELAYS_MADE && at->kind & DELAYS_LEADS;
}

static inline bool is_note(const struct delays_at *at, enum machine_note a, enum machine_note b)
{
	unsigned int note = at->note & ~(unsigned int)DELAYS_NO_LOCK;

	return note == 1 + a || note == 1 + b;
}

static inline bool is_of_lock(const struct delays_at *at)
{
	return at->note & ~(unsigned int)DELAYS_NO_LOCK && !is_note(at, MACHINE_COUNTS, MACHINE_DROPS);
}

static inline bool takes_for_writing(const struct delays_at *at)
{
	return is_note(at, MACHINE_LOCKS, MACHINE_WRITE_LOCKS);
}

static inline bool takes_lock(const struct delays_at *at)
{
	return (takes_for_writing(at) || is_note(at, MACHINE_READ_LOCKS, MACHINE_READ_LOCKS)) && writes(at) &&
	       at->order & VIEW_ACQUIRE;
}

static inline bool gives_for_writing(const struct delays_at *at)
{
	return is_note(at, MACHINE_UNLOCKS, MACHINE_WRITE_UNLOCKS) ||
	       is_note(at, MACHINE_DOWNGRADES, MACHINE_DOWNGRADES);
}

static inline bool gives_lock(const struct delays_at *at)
{
	return (gives_for_writing(at) || is_note(at, MACHINE_READ_UNLOCKS, MACHINE_READ_UNLOCKS)) && writes(at) &&
	       at->order & VIEW_RELEASE;
}

/*
 * Of two changes of a count the order shows only if both may have been the last to drop it; and who stores one does so behind the last drop of what was
 * there before, as whoever gave it out has it.
 */
static inline bool only_counts(const struct delays_at *from, const struct delays_at *to)
{
	if (!is_note(from, MACHINE_COUNTS, MACHINE_DROPS))
		return false;
	if (is_note(to, MACHINE_DROPS, MACHINE_DROPS))
		return is_note(from, MACHINE_COUNTS, MACHINE_COUNTS);
	return is_note(to, MACHINE_COUNTS, MACHINE_COUNTS) || !reads(to);
}

/*
 * Could anybody tell that @from came before @to? Of a page of which nobody asks what is in it, only who gives it back can tell that something has been stored.
 * A frame that is a table here and a page there was given back in between.
 */
static inline bool can_tell(const struct delays_at *from, const struct delays_at *to)
{
	if ((from->kind ^ to->kind) & DELAYS_LEADS)
		return false;
	if ((from->kind | to->kind) & DELAYS_GIVES_BACK)
		return writes(from) && writes(to) && !(from->kind & to->kind & DELAYS_GIVES_BACK);
	return !(from->kind & to->kind & DELAYS_BLIND) && !only_counts(from, to);
}

#endif
