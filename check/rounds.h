/* SPDX-License-Identifier: MIT */
/* rounds.h - searches of one exploration, until no more is to be learned. */
#ifndef CHECK_ROUNDS_H
#define CHECK_ROUNDS_H

#include "check/look.h"

/*
 * Searches with @e, and again, as long as it has learned what it could have missed something for. @stats are those of the last search, and the seconds of all.
 *
 * Context: the process that called run_job(), or all ranks at once.
 */
void rounds_search(struct run_look *look, struct explore_options *e, struct explore_stats *stats);

#endif
