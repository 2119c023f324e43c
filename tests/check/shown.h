/* SPDX-License-Identifier: MIT */
/* shown.h - a counterexample as it is shown: the timeline, and beside it the story that the test has heard itself. */
#ifndef TESTS_CHECK_SHOWN_H
#define TESTS_CHECK_SHOWN_H

#include "check/cli.h"
#include "check/story.h"

enum {
	SHOWN_MOST_ROWS = 14, /* of a use after free, on the path */
};

struct shown {
	struct binding binding;
	struct outcome *out;
	struct timeline *t;
	struct story story; /* heard by the test itself */
	char why[400];
};

/* What explore_replay() and a listener are given, to hear a story. */
void shown_hear(void *story, const struct machine_event *event);
bool shown_next_row(void *context, unsigned int step, const struct agent_event *event);

/* @s->out says which execution. @failed: the expectation that does not hold; below 0: none. */
void shown_replay(struct shown *s, const struct litmus *l, const struct tlb_arch *arch,
		  const struct machine_rules *without, int failed);
void shown_put_away(struct shown *s);

/* The first row that is marked so; -1: none. */
int shown_marked(const struct timeline *t, enum timeline_mark mark);
int shown_causal_rows(const struct timeline *t);

/* What is wrong with it, whatever it shows; NULL: nothing. */
const char *shown_complaint(const struct shown *s, const struct machine_rules *without);

#endif
