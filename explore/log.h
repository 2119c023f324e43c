/* SPDX-License-Identifier: MIT */
/*
 * log.h - the way back: what words of the state were before they changed, in the order of the changes.
 *
 * Words that change together are mostly neighbours: what a function pushes, what a return leaves behind, a structure. So
 * the log is made of runs: one word that says which words they are, and then what each of them was. Each run says too how
 * long the one before it is, so that the log can be walked both ways.
 *
 * Words go by numbers, see core.h. A run of word 0, which is none, is a mark: it keeps the fingerprint of the state there.
 */
#ifndef EXPLORE_LOG_H
#define EXPLORE_LOG_H

#include "explore/agent.h"

enum {
	LOG_MOST_WORDS = UINT16_MAX - 1, /* of one run: with the word in front it still fits into .before */
	LOG_MARK = 0,			 /* .first of a mark */
	LOG_MARK_WORDS = 3,		 /* that a mark takes of the log */
};

struct log_run {
	uint32_t first;
	uint16_t words;
	uint16_t before; /* words that the run before it takes of the log */
};

union log_word {
	struct log_run run;
	uint64_t old;
};

struct log {
	union log_word *words;
	size_t length, room;
	size_t last;   /* where the last run begins; its .words is not known while it grows */
	size_t limit;  /* the length up to which it may grow */
	uint32_t next; /* the word that it would go on with; 0: it does not go on */
	/*
	 * Where the log ended when a look began, and where the world is by now: between them all was exchanged, and what
	 * is done meanwhile goes behind .end. 0: there is no look.
	 */
	size_t end, cursor;
	uint64_t exchanged; /* bytes */
};

void explore_log_prepare(uint32_t word); /* room for @word, in the last run or in a new one */
/* The log as if nothing had been logged yet. */
void explore_log_empty(void);
/* All 0: the fingerprint is not known. */
uint64_t explore_log_mark(struct agent_fingerprint print);
bool explore_log_is_mark(uint64_t mark);
bool explore_log_ends_with(uint64_t mark); /* and the world is there */
struct agent_fingerprint explore_log_print(uint64_t mark);
/* Words and shadows become those of @mark. What was logged since the look began is forgotten, the rest is kept. */
void explore_log_go_to(uint64_t mark);
/* The world is at @mark: what was logged behind it is forgotten, and the look is over. */
void explore_log_cut(uint64_t mark);

#endif
