/* SPDX-License-Identifier: MIT */
/* bound.h - a scenario, read and bound to the mm on one architecture, for tests that look at its states. */
#ifndef TESTS_MACHINE_BOUND_H
#define TESTS_MACHINE_BOUND_H

#include "check/cli.h"

struct bound {
	const char *name;
	struct words words;
	struct litmus *litmus;
	struct binding binding;
};

/* From a file that is there and right, or the test fails. To be freed. */
void bound_read(struct bound *b, const char *path, const char *arch);
/* From @text. False: it is no scenario, as @error says. */
bool bound_parse(struct bound *b, const char *name, const char *text, const char *arch, struct litmus_error *error);
void bound_free(struct bound *b);
/*
 * From a search of at most @states: words that have to be weak are weak from now on, as a search that is made again has them. False:
 * there are none, and misses are one step.
 */
bool bound_learn(struct bound *b, unsigned long states);
/* The world at its beginning. False: it is too big. */
bool bound_set_up(struct bound *b);

#endif
