/* SPDX-License-Identifier: MIT */
/* names.h - what an address in the arena is called in the scenario's own words. */
#ifndef CHECK_NAMES_H
#define CHECK_NAMES_H

#include "check/bind.h"
#include "check/lines.h"

enum {
	NAME_TURNS = 8,
	NAME_LENGTH = 72,
};

/* Room for a few names at once, so that one message can hold several. */
struct name_scratch {
	char text[NAME_TURNS][NAME_LENGTH];
	unsigned int turn;
	struct lines *lines; /* knows the variables of an mm that names none itself; NULL: nobody does */
};

/* Frame @nr without its number: "A.0's table", "F page 0", "an anonymous page", "a page". */
const char *binding_frame(struct name_scratch *scratch, const struct binding *binding, int nr);
const char *binding_name(struct name_scratch *scratch, const struct binding *binding, const void *address);

#endif
