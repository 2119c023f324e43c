/* SPDX-License-Identifier: MIT */
/*
 * names.h - what an address in the arena is called in the scenario's own words.
 *
 * Names are for people. They are made from the machine as it is when they are asked for, so an object that was
 * freed or moved in between may have another name then; who needs identity compares addresses.
 */
#ifndef CHECK_NAMES_H
#define CHECK_NAMES_H

#include "check/bind.h"
#include "check/lines.h"

/* A sentence has four names at most. A name that is longer is cut off. */
enum {
	NAME_TURNS = 8,
	NAME_LENGTH = 72,
};

/*
 * Room for a few names at once, so that one message can hold several. A name is overwritten when NAME_TURNS
 * more have been asked for. All zero, but for .lines, is a good start.
 */
struct name_scratch {
	char text[NAME_TURNS][NAME_LENGTH];
	unsigned int turn;
	struct lines *lines; /* knows the variables of an mm that names none itself; NULL: nobody does */
};

/*
 * Frame @nr without its number: "A.0's table", "F page 0", "an anonymous page", "a page". The words say what
 * the frame is now; after it is reused they are those of its new owner.
 */
const char *binding_frame(struct name_scratch *scratch, const struct binding *binding, int nr);
/* "cpu 1"; behind the scenario's CPUs "device D". */
const char *binding_cpu_name(struct name_scratch *scratch, const struct binding *binding, unsigned int cpu);
/*
 * binding_name - any address that a record names: an entry, a table, a page, a lock or counter of the mm, an
 * address space.
 *
 * Context: while the machine stands where the record was heard.
 * Fails:   never: what nobody has a name for is called by what it must be then.
 */
const char *binding_name(struct name_scratch *scratch, const struct binding *binding, const void *address);

#endif
