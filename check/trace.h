/* SPDX-License-Identifier: MIT */
/* trace.h - a replay that becomes a timeline: what narrate.c and beside.c share. */
#ifndef CHECK_TRACE_H
#define CHECK_TRACE_H

#include "check/names.h"
#include "check/story.h"

enum {
	MAX_STATES = 5,
	MAX_HOLDERS = TIMELINE_MAX_LANES - 1,
};

struct trace {
	struct binding *binding;
	const struct litmus_expect *failed;
	struct timeline *timeline;
	struct name_scratch names;
	struct story story;
	struct plot *plot;
	struct lines *lines; /* or NULL */
	int property;	     /* enum model_property that the verdict names */
	int missing;	     /* see missing_step() */
	int column[AGENT_MAX_AGENTS];
	/* the step being replayed */
	char text[400];
	enum timeline_kind kind;
	const char *file; /* or NULL */
	unsigned int line;
	char *why;
	size_t why_size;
	/* what is shown beside the rows */
	int entry[MAX_STATES], holders[MAX_STATES], watch[MAX_STATES];
	int frames[MAX_STATES], frame[MAX_STATES];
	int reg[LITMUS_MAX_NAMES], reg_watch[LITMUS_MAX_NAMES];
	unsigned int states, nr_frames, nr_regs;
	int frame_lane, holder_lane[MAX_HOLDERS];
	unsigned int holder[MAX_HOLDERS]; /* its CPU */
	unsigned int nr_holders;
};

/* Adds @text to @to, which is @size bytes long, after "; " if something stands there. */
void trace_append(char *to, size_t size, const char *text);

/* What stands beside the rows: entries, holders, frames, registers, lanes. Before the first row, and after each. */
void beside_add(struct trace *t);
void beside_set(struct trace *t);
/* At the end: what the expectation that does not hold speaks of, to ->why. */
void beside_say_failure(struct trace *t);

#endif
