/* SPDX-License-Identifier: MIT */
/* raw_show.h - an execution of a raw scenario as a timeline. */
#ifndef CHECK_RAW_SHOW_H
#define CHECK_RAW_SHOW_H

#include "check/raw.h"
#include "explore/explore.h"
#include "report/report.h"

/* Replays @schedule in a world that @options set up; the world is then as it was at its end. */
struct timeline *raw_timeline(struct raw_world *world, const struct explore_options *options,
			      const struct explore_schedule *schedule);

#endif
