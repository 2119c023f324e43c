/* SPDX-License-Identifier: MIT */
/*
 * tables.h - words of frames as entries of tables, between tables.c, which knows what hardware finds in them, and entries.c, which has the
 * accesses of the code under test.
 */
#ifndef MODEL_TABLES_H
#define MODEL_TABLES_H

#include <machine/model/model.h>

/* A word of a frame, and what it says if the frame is a table. */
struct slot {
	int frame, index;
	struct model_frame *table;
	machine_pte *entry;
	uint64_t *word; /* in memory */
};

struct slot slot_number(int frame, int index);
struct slot slot_of(const void *p); /* of any part of a word */
/* Is it known what the words of the frame say? Of small tables it is, of others from when they are hooked. */
bool table_is_known(const struct model_frame *frame);
/*
 * M19: the code under test stores @word where it knew @old. Asked at the store and not when it becomes visible: break before make is about
 * what the kernel wrote, and it is no excuse that it was late.
 */
void table_check_conflict(const struct slot *slot, uint64_t old, uint64_t word);
/*
 * M5: memory has the new value from here on; walkers may be late, if @late. What is in flight is therefore the *old* value: a walk
 * that meets it may find that instead, and when it leaves, that is what may be held.
 *
 * @blind: nobody is told what the entry said, so a walk may have come to it meanwhile.
 */
void table_store(const struct slot *slot, uint64_t word, bool late, bool blind);

#endif
