/* SPDX-License-Identifier: MIT */
/* private.h - who touches what, over all that was explored: is a step one that nobody else could ever mind? */
#ifndef EXPLORE_PRIVATE_H
#define EXPLORE_PRIVATE_H

#include "explore/agent.h"

struct accesses;

struct accesses *explore_accesses_new(void); /* shared with processes that are forked from here on */
void explore_accesses_free(struct accesses *accesses);

/* @agent has made this step, or waits for what it says. */
void explore_accesses_note(struct accesses *accesses, const struct agent_event *event);
/* No other agent has ever touched what the step touches in a way that does not commute. From now on that is relied on. */
bool explore_accesses_rely(struct accesses *accesses, const struct agent_event *event);
/* Something that was relied on has turned out not to be so: what was explored since the last such answer may lack something. */
bool explore_accesses_wrong(const struct accesses *accesses);
void explore_accesses_begin_again(struct accesses *accesses); /* relies on nothing, but knows what was noted */

#endif
