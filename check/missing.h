/* SPDX-License-Identifier: MIT */
/* missing.h - which step, left out because a rule is off, would have prevented a violation. */
#ifndef CHECK_MISSING_H
#define CHECK_MISSING_H

#include "explore/explore.h"
#include "check/story.h"

/*
 * missing_step - the last place in the story at which the rule could still have acted in time: index of a rule_missed in
 * story->told, or -1 if there is none.
 *
 * Tried, not guessed: from that place on the rule acts for the agent that passed it, the rest of the story goes on as
 * before, and no property is violated. Only if no agent can do that alone does the rule act for all others as well. Of
 * several agents it is the one that cleared the entry, else the one that freed the frame, else the one that came last.
 * Replays the binding; nobody may listen meanwhile.
 *
 * Context: no replay under way, nobody listening. Each place that is tried is a replay, so the number of
 *          places is limited.
 * After:   the machine is as the last place that was tried has left it, and not as the story did: what is to
 *          be read from the story's machine is read before.
 * Fails:   never; -1 means that the timeline has no missing step, not that no rule is missing.
 */
int missing_step(struct binding *binding, const struct story *story, const struct plot *plot,
		 const struct explore_schedule *schedule);

#endif
