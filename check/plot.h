/* SPDX-License-Identifier: MIT */
/*
 * plot.h - what plot.c and plot_other.c share: a plot while it is drawn. Events are named by their place in
 * the story.
 *
 * The machine stands meanwhile as the story left it, so frames, roots and tables can be asked of it. All
 * functions accept a place that was not found (-1) where that saves their callers a test.
 */
#ifndef CHECK_PLOT_H
#define CHECK_PLOT_H

#include "check/story.h"

struct draft {
	const struct story *story;
	struct plot *plot;
};

/*
 * A translation from its caching to its use; -1: that did not happen. One who finds a violation fills in the
 * first part and calls plot_live(), which finds the rest backwards from .used.
 */
struct life {
	int used;	   /* the violation */
	int cpu;	   /* whose hardware used it */
	int agent;	   /* whose code used it; -1: hardware did */
	const void *entry; /* that it was read from */
	uint64_t word;	   /* ... when it said this */
	int frame;	   /* that it leads to */
	bool late;	   /* it was found in the tables, whose change is not seen yet */
	bool by_itself;	   /* the change of the entry is the violation */
	/* from here on plot_live() fills in */
	const void *space;
	unsigned int level;
	unsigned long start, end; /* what the entry covers, in bytes */
	int cached, cleared, freed;
	int seen; /* from here on walks see that it was cleared */
};

/* @i must be a place in the story. The record is the story's, good as long as that is. */
const struct machine_event *plot_event(const struct draft *d, int i);
int plot_row(const struct draft *d, int i); /* -1 for -1 */
void plot_keep(struct draft *d, int i);	    /* its row is on the path; nothing for -1, as for the next two */
/* A mark makes the row one of the path, too; a note does not. Both are for rows of steps only. */
void plot_mark(struct draft *d, int i, enum timeline_mark mark);
void plot_note(struct draft *d, int i, enum plot_note note);
void plot_link(struct draft *d, enum timeline_arrow_kind kind, int from, int to);
/*
 * The last change before @before of entry @of away from, or to, what it @said; -1. "Away" and "to" are about
 * what an entry maps: accessed and dirty bits alone are no change.
 */
int plot_change(const struct draft *d, const void *of, uint64_t said, bool away, int before);
bool plot_same(uint64_t a, uint64_t b); /* the same in this sense, of two words */
/* The root load by which @cpu has @space loaded at @at; -1: it has not. */
int plot_loaded(const struct draft *d, int cpu, const void *space, int at);
/*
 * The lock through which the agent of @to came after what the agent of @from did there. Only the last such
 * lock; none, if they were ordered by something else, or are the same agent.
 */
void plot_handover(struct draft *d, int from, int to);
/*
 * The whole path of a translation. Keeps and marks rows, and sets what the plot is about (frame, entry, word,
 * CPU). @life->used, .entry and .word are set.
 */
void plot_live(struct draft *d, struct life *life);

/* Of plot_live(): sets .cached and marks its row. All else of @life is set. */
void plot_cached(struct draft *d, struct life *life);
/* The path of violation @life->used, of whatever kind. */
void plot_violation(struct draft *d, struct life *life);
/* ... where it is that there is no end. */
void plot_endless(struct draft *d, struct life *life);
void plot_race(struct draft *d, const struct life *life); /* of whose word */
/* A page's line of a data cache is left behind, or sought by another address. */
void plot_left_line(struct draft *d, struct life *life);
void plot_sought_line(struct draft *d, struct life *life);
/* The use of a page by a translation, the last record of @life, and how that came to be held. */
void plot_use_of_page(struct draft *d, struct life *life);
/* Whatever was written to a page, what knew that it was dirty, and what wrote it back. */
bool plot_is_about(const struct draft *d, const struct machine_event *e, int frame);
/* What the audit finds at the end, which is no step's. */
void plot_found_at_end(struct draft *d, struct life *life);
/*
 * What gave the registers, or the counts, that @failed speaks of. A condition has no step that is wrong, so
 * this keeps whatever gave the values, rather too much than too little.
 */
void plot_failure(struct draft *d, const struct litmus_expect *failed);

#endif
