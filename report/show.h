/* SPDX-License-Identifier: MIT */
/* show.h - what all ways of showing a timeline share: words, the story its marks tell, what may be folded. */
#ifndef CHECK_REPORT_SHOW_H
#define CHECK_REPORT_SHOW_H

#include "report/report.h"

const char *timeline_kind_name(enum timeline_kind kind);	/* "irq" */
const char *timeline_mark_name(enum timeline_mark mark);	/* "cached"; "" for unmarked */
const char *timeline_arrow_name(enum timeline_arrow_kind kind); /* "sends" */

const char *report_cell_name(enum report_cell cell); /* "not-run" */
bool report_conclusive(enum report_verdict verdict); /* nothing was left unexplored that could change it */
const char *report_text(const char *text);	     /* "" for NULL */

/* Who held the translation from when to when; a row that the marks do not tell is -1. */
struct timeline_story {
	int agent;		    /* the holder */
	int cached, cleared, stale; /* rows */
};

enum timeline_hold {
	HOLD_NONE,
	HOLD_VALID, /* may use the translation, and the entry still says so */
	HOLD_STALE, /* ... and the entry was cleared */
};

struct timeline_story timeline_story(const struct timeline *t);
enum timeline_hold timeline_hold(const struct timeline_story *story, int agent, int row);

/* Nothing to see: no mark, no arrow, no watched change, no operation's begin or end. */
bool timeline_dull(const struct timeline *t, int row);
/* Rows from @row on that may be folded into one line; 0 if the run is too short to be worth it. */
int timeline_fold(const struct timeline *t, int row);

/* Is a message to @agent on its way while @row happens: sent before, received later? */
bool timeline_in_flight(const struct timeline *t, int row, int agent);
int timeline_sender(const struct timeline *t, int row); /* of the last message received at @row; -1: none */
/* The row at which the counterexample ends: the violation, else the last. -1: no rows. */
int timeline_last(const struct timeline *t);

#endif
