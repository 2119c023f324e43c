/* SPDX-License-Identifier: MIT */
/* trace.h - a replay that becomes a timeline: what narrate.c and beside.c share. */
#ifndef CHECK_TRACE_H
#define CHECK_TRACE_H

#include "check/names.h"
#include "check/story.h"

/* So much stands beside a timeline that a page has room for: pages and frames, and one lane for a frame. */
enum {
	MAX_STATES = 5,
	MAX_HOLDERS = TIMELINE_MAX_LANES - 1,
};

/* One counterexample on its way to a timeline. Large; allocated once by trace_timeline(), all zero at first. */
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
	struct {
		const void *entry[4];
		char names[200];
		size_t from, to; /* of .text: the sentence that names them */
		unsigned int nr;
	} seen; /* entries that walks see from here on */
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

/*
 * Adds @text to @to, which is @size bytes long and ends with a 0, after "; " if something stands there. Cuts
 * off what does not fit.
 */
void trace_append(char *to, size_t size, const char *text);

/*
 * What stands beside the rows: entries, holders, frames, registers, lanes. beside_add() before the first row,
 * with the machine in its first state; beside_set() after each row, with the machine as the step has left it.
 */
void beside_add(struct trace *t);
void beside_set(struct trace *t);
/* At the end: what the expectation that does not hold speaks of, to ->why. */
void beside_say_failure(struct trace *t);

#endif
