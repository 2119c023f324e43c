/* SPDX-License-Identifier: MIT */
/* progress.h - how far a pool is, on standard error: time, share done, what is under way. */
#ifndef CHECK_PROGRESS_H
#define CHECK_PROGRESS_H

#include "check/pool.h"

enum progress_wish {
	PROGRESS_AUTO, /* on a terminal */
	PROGRESS_ON,
	PROGRESS_OFF,
};

/* Says nothing at all if it is not wanted, so its callers need not ask. */
struct progress {
	const struct pool *pool;
	bool on, in_place; /* one line that is written again and again, or a new line now and then */
	bool drawn;	   /* there is a line in place */
	unsigned int width;
	double started, next; /* seconds of the monotonic clock */
};

/* Also starts the clock of progress_seconds(), whether or not anything will be shown. */
void progress_open(struct progress *progress, const struct pool *pool, enum progress_wish wish);
/* To be called often: shows something when it is time to. */
void progress_show(struct progress *progress);
/* Leaves the line free for other output. */
void progress_clear(struct progress *progress);
/* Seconds since progress_open(). */
double progress_seconds(const struct progress *progress);

#endif
