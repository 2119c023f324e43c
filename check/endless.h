/* SPDX-License-Identifier: MIT */
/* endless.h - is it a livelock, what some steps lead to? */
#ifndef CHECK_ENDLESS_H
#define CHECK_ENDLESS_H

#include "check/run.h"

/*
 * endless_is - does the state behind @outcome->steps come again, and can it reach no end? (docs/search.md,
 * "Deadlock and livelock")
 *
 * The steps must be such that they can be replayed; all that may follow is explored, so it may take as long as
 * a search.
 *
 * Context: no search and no listener under way; @binding is set up anew, twice.
 * Fails:   false also where the world is too big for the tool: nothing is claimed then.
 * After:   the machine is somewhere in the search. Whoever wants to look at the steps replays them.
 */
bool endless_is(struct binding *binding, const struct outcome *outcome);

#endif
