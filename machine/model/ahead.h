/* SPDX-License-Identifier: MIT */
/*
 * ahead.h - what an agent may still access, from where it is in its program.
 *
 * For before.h: of an access that nobody ahead can conflict with, nobody asks who has it before him. Learned as delays.h learns what follows what, and of
 * words only that several agents access without a common lock. From a place that was not known when the search began anything may be accessed. Of what
 * was known, what was not seen yet is taken for not there; and a search that has seen more of that than it began with is made again.
 */
#ifndef MODEL_AHEAD_H
#define MODEL_AHEAD_H

#include <machine/model/model.h>

/* Words that the same agents access are a run, which has a number: that of the word, of four bytes; 0: there is nothing to note of it. */
unsigned int ahead_run(uintptr_t word);
/* The running agent accesses words of the run behind what it has done last. */
void ahead_note(unsigned int run, unsigned int kind); /* enum model_meets, or-ed */
/* Where an agent waits, for ahead_may(): from the number of what it does next. 0 is nowhere in particular. */
unsigned int ahead_place(uint64_t node);
/* May who is at @place access the word in a way that conflicts with an access of @kind? */
bool ahead_may(unsigned int place, uintptr_t word, unsigned int kind);

/* A search begins, with what has been learned and no more. */
void ahead_use(void);
bool ahead_learned(void); /* more than that */

#endif
