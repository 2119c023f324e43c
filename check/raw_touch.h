/* SPDX-License-Identifier: MIT */
/* raw_touch.h - what steps of a raw scenario wait for, and what they touch: from this the search knows which commute. */
#ifndef CHECK_RAW_TOUCH_H
#define CHECK_RAW_TOUCH_H

#include "check/raw_ways.h"

enum {
	RAW_MOST_OBJECTS = LITMUS_MAX_CPUS + 6,
};

struct raw_objects {
	unsigned int nr;
	uint16_t object[RAW_MOST_OBJECTS];
};

/* While the world is set up, with its places there. */
void raw_name_objects(const struct raw_world *world);

/* On an agent's stack: the next step, when ready(arg). */
void raw_wait_for_step(const struct raw_runner *runner, bool (*ready)(const void *), const void *arg);
void raw_wait_for_interrupt(const struct raw_world *world, unsigned int cpu, bool (*ready)(const void *),
			    const void *arg);
void raw_wait_for_leaving(const struct raw_world *world, unsigned int cpu, bool (*ready)(const void *),
			  const void *arg);
void raw_wait_for_speculation(const struct raw_world *world, bool (*ready)(const void *), const void *arg);

/* What is there before a step, so that what it changes can be told. */
struct raw_before {
	unsigned int cpu, events, locks;
};
struct raw_before raw_before_step(const struct raw_runner *runner); /* touches what the step reads */
struct raw_before raw_before_leaving(const struct raw_world *world, unsigned int cpu);
void raw_touch(const struct raw_world *world, const struct raw_before *before); /* ... what it has changed */
void raw_touch_interrupt(const struct raw_world *world, unsigned int cpu, bool answers);

#endif
