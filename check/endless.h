/* SPDX-License-Identifier: MIT */
/* endless.h - is it a livelock, what some steps lead to? */
#ifndef CHECK_ENDLESS_H
#define CHECK_ENDLESS_H

#include "check/run.h"

/*
 * Does the state behind @outcome->steps come again, and can it reach no end? The steps can be replayed; all that may follow
 * is explored.
 */
bool endless_is(struct binding *binding, const struct outcome *outcome);

#endif
