/* SPDX-License-Identifier: MIT */
/* learned.h - what searches have learned of the code under test (machine/model/shared.c, delays.h), known to all ranks. */
#ifndef CHECK_LEARNED_H
#define CHECK_LEARNED_H

#include "explore/peers.h"

/*
 * What each of the ranks has learned of words is known to all of them, and of the order of accesses to rank 0, which gives it to the others when
 * it has decided whether to search again.
 *
 * Context: between two searches, in all ranks at once.
 */
void learned_join(const struct explore_peers *peers);

#endif
