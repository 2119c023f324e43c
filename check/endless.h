/* SPDX-License-Identifier: MIT */
/* endless.h - is what was shown as a livelock one? */
#ifndef CHECK_ENDLESS_H
#define CHECK_ENDLESS_H

#include "check/run.h"

/*
 * Can the hardware keep the agents from every end after @outcome->steps, which can be replayed? Everything that may follow
 * is explored. False as well if the tool has no room for the world, which then says nothing.
 */
bool endless_is(struct binding *binding, const struct outcome *outcome);

#endif
