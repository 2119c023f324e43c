/* SPDX-License-Identifier: MIT */
/* steps.h - steps made by hand, for tests of what the explorer does with them; no agent runs. */
#ifndef TESTS_EXPLORE_STEPS_H
#define TESTS_EXPLORE_STEPS_H

#include <string.h>

#include "explore/order.h"

enum {
	X = 100, /* objects */
	Y = 101,
	Z = 102,
};

static inline struct agent_event event(unsigned int agent, uint16_t object, enum agent_op op, int32_t value)
{
	struct agent_event e = { .agent = (uint8_t)agent, .choices = 1, .touches = 1 };

	e.touch[0] = (struct agent_touch){ .object = object, .op = (uint8_t)op, .value = value };
	return e;
}

static inline struct agent_event and_also(struct agent_event e, uint16_t object, enum agent_op op, int32_t value)
{
	e.touch[e.touches++] = (struct agent_touch){ .object = object, .op = (uint8_t)op, .value = value };
	return e;
}

static inline struct step step_of(struct agent_event e)
{
	struct step s = { .did = e };

	explore_step_make(&s);
	return s;
}

#endif
