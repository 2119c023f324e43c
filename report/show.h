/* SPDX-License-Identifier: MIT */
/* show.h - what all ways of showing a timeline share: words, the rows that matter, the story its marks tell. */
#ifndef CHECK_REPORT_SHOW_H
#define CHECK_REPORT_SHOW_H

#include "report/report.h"

/* Constant texts, each a part of the JSON format: none of them changes without a new REPORT_JSON_VERSION. */
const char *timeline_kind_name(enum timeline_kind kind);	/* "irq" */
const char *timeline_mark_name(enum timeline_mark mark);	/* "cached"; "" for unmarked */
const char *timeline_arrow_name(enum timeline_arrow_kind kind); /* "sends" */

/* What the word of a lane beside the columns means to the eye. */
enum timeline_life {
	LIFE_IN_USE,
	LIFE_FREE,
	LIFE_REUSED,
	LIFE_OTHER,
	TIMELINE_LIVES,
};

enum timeline_life timeline_life(const char *word);
int timeline_lanes_beside(const struct timeline *t); /* how many are not on lifelines */

/* A terminal has no room for the arrows from caching to clearing: two marks and the lifeline say the same. */
bool timeline_arrow_drawn(const struct timeline_arrow *arrow);

const char *report_cell_name(enum report_cell cell); /* "not-run" */
bool report_conclusive(enum report_verdict verdict); /* nothing was left unexplored that could change it */
const char *report_text(const char *text);	     /* "" for NULL */

void report_explored(const struct report_result *r, char *text, size_t size); /* "12 states, 20 transitions" */

/* How much several results rest on together. */
struct report_sum {
	uint64_t executions, states, transitions;
	double seconds;
	double merged; /* no greater chance that some exploration took two states for one */
};

/* What results have of the same exploration counts once. */
struct report_sum report_sum_of(const struct report_result *r, int nr);
/* "12 states, 20 transitions", or executions, or both. */
void report_sum_text(const struct report_sum *sum, char *text, size_t size);

/*
 * What an agent has of the translation that the timeline is about, after a row (-1: at first). The agents'
 * lanes say it, by the words of struct timeline_lane.
 */
enum timeline_hold {
	HOLD_NONE,
	HOLD_VALID, /* may use it, and the tables still say so */
	HOLD_STALE, /* ... and they do not any more */
};

enum timeline_hold timeline_hold(const struct timeline *t, int agent, int row);
/* Else a drawing needs no legend for it. */
bool timeline_anyone_holds(const struct timeline *t);

/*
 * timeline_view - what of @t is to be shown, as a timeline in @arena that lives no longer than @t.
 *
 * Unless all @steps are asked for, these are the causal rows and the violation, and the agents that act in them; a
 * timeline without causal rows stays whole.
 *
 * Rows, agents and lanes may have other indices in it; steps keep their numbers.
 */
struct timeline *timeline_view(const struct timeline *t, bool steps, struct report_arena *arena);
/* Were steps left out directly before @row, or behind the last one (@row == rows)? */
bool timeline_gap(const struct timeline *view, int row);

int timeline_sender(const struct timeline *t, int row); /* of the last message received at @row; -1: none */
/* The row at which the counterexample ends: the violation, else the last. -1: no rows. */
int timeline_last(const struct timeline *t);

#endif
