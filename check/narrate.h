/* SPDX-License-Identifier: MIT */
/* narrate.h - from a schedule to a timeline: replay it and listen. */
#ifndef CHECK_TRACE_H
#define CHECK_TRACE_H

#include "explore/explore.h"
#include "report/report.h"
#include "check/bind.h"

/*
 * trace_timeline - run @schedule on @binding again and write down what every step did.
 *
 * The head of the timeline is the caller's to set, but for .why: @why receives the first violation's text.
 */
struct timeline *trace_timeline(struct binding *binding, const struct explore_schedule *schedule, char *why,
				size_t size);

#endif
