/* SPDX-License-Identifier: MIT */
/* narrate.h - from a schedule to a timeline: replay it and listen. */
#ifndef CHECK_NARRATE_H
#define CHECK_NARRATE_H

#include "explore/explore.h"
#include "report/report.h"
#include "check/bind.h"

/*
 * trace_timeline - run @schedule on @binding twice again and write down what every step did, and what of it mattered.
 *
 * @failed is the condition or count that the execution shows not to hold; NULL if it shows a violation. The head of the
 * timeline has the scenario and the missing step; the rest of it is the caller's to set, but for .why: @why, @size bytes,
 * receives the first violation's sentence, or what @failed speaks of: "r = 0; s = fault", "counted 3".
 *
 * Context: no search and no listener under way. The search for the missing step replays the
 *          schedule many times, so this may take a moment.
 * Fails:   never. A schedule that cannot be replayed gives a timeline that is too short, so run_replays()
 *          comes first where the steps are a user's.
 * After:   the timeline is the caller's (timeline_free(), or a report takes it) and points to nothing of
 *          @binding. The machine is at the end of the schedule, audited, so agent_reported() is what the
 *          execution violates, and conditions can be asked.
 */
struct timeline *trace_timeline(struct binding *binding, const struct explore_schedule *schedule,
				const struct litmus_expect *failed, char *why, size_t size);

#endif
