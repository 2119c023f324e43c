/* SPDX-License-Identifier: MIT */
/*
 * endless.h - a livelock, shown: a way into it, and one round of what then goes on for ever.
 *
 * A search over states finds states from which no end can be reached, and one way to such a state. What repeats there is
 * not on that way; it is found here.
 */
#ifndef CHECK_ENDLESS_H
#define CHECK_ENDLESS_H

#include "check/run.h"

/*
 * endless_show - let @outcome->steps, which lead into a livelock, end with one round of it.
 *
 * The way into it is shortened for up to @seconds. A round that would not fit into the steps is left out. The machine is
 * left as the last step left it.
 */
void endless_show(struct binding *binding, struct outcome *outcome, double seconds);

/* Can no end be reached after @outcome->steps? They can be replayed; everything that may follow is explored. */
bool endless_is(struct binding *binding, const struct outcome *outcome);

#endif
