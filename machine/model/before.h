/* SPDX-License-Identifier: MIT */
/*
 * before.h - which plain accesses come before what everybody does next: happens-before of C11, for data races between accesses that are
 * one behind the other (property data-race; races.h has those that can be side by side).
 *
 * An *item* is the last access of its kind by one CPU to some bytes: a plain read or write, or an atomic one. A *view* is what of all items somebody has
 * before it: each CPU, and each word that was stored with release, has one. A release puts the CPU's view into the word, an acquire adds
 * the word's to the CPU's; a relaxed load and an acquire fence behind it do so together, and so do a release fence and a relaxed store. A change of a
 * word keeps what it had. A plain access that conflicts with an item which its CPU has not before it is a data race, in that order; and so is an atomic one that
 * conflicts with a plain one.
 *
 *  B1. No false alarm: nothing is left out that makes an order in C11, and a few things are taken for one that do not. Agents of one CPU come one behind
 *      the other; an interrupt has all that its sender has; whoever takes a frame has all that who gave it back had.
 *  B2. It is a function of the state. A view is no clock: what of one CPU's items it has are the first so many of them, since who has one has all that
 *      the CPU did before. So it is a number for each CPU, of ranks among the items that are left; items that no view tells from
 *      each other have one rank. An item goes when no agent is left that could conflict with it and has it not.
 *  B3. What is missed. Up to the first race of an execution every plain read finds what it would find on any machine, so the execution is one of a
 *      machine of atomic accesses alone, and those are as weak as late.h makes them. Each of these is searched. But who reads loosely is a guess
 *      (loose.h): what is heard by a counter or an entry that is gone, or passed on by a third CPU that heard it loosely, is not watched for; nor are stacks.
 *
 * To have items tells states apart by who came first, so few words have them, which a search learns: those that several agents access, one of them
 * plainly, without a lock that all of them hold, and one of these agents reads loosely (loose.h); and only as long as somebody ahead may conflict
 * (ahead.h). So code that orders what it does gains no states. Where no search has begun (a replay) everything is watched: what a search finds
 * is found there, too.
 */
#ifndef MODEL_BEFORE_H
#define MODEL_BEFORE_H

#include <machine/model/model.h>

enum {
	BEFORE_ITEMS = 1024,
	BEFORE_WORDS = 256, /* that carry a view, and are no places of the timeline */
};

/* Of each CPU, in so many bits: the number of ranks. */
typedef uint64_t before_view;

/* Context: as races_start(), and behind late_start(). */
void before_start(void);
/* A plain access that is in no open set yet, or an atomic one behind before_acquires(). */
void before_plain(const void *p, size_t n, bool write, const void *pc);
void before_atomic(const void *p, size_t n, bool write, const void *pc);

/* Behind an atomic or volatile access, in this order; before_atomic() comes in between. */
void before_acquires(const struct model_access *a);
void before_releases(const struct model_access *a);
void before_stored(const void *word, int place); /* a volatile store, where it is made */
void before_fence(unsigned int order);		 /* enum view_order, or-ed */

/* Those that the running agent does not hold, or to write by a lock that it holds for reading alone; a bit each, as model_lock_bit(). */
uint64_t before_lacked_locks(bool writes);

/* Something else that is handed over from who gives it to who takes it: known by any address. */
void before_gives(const void *what);
void before_takes(const void *what);
void before_interrupts(unsigned int cpu);
void before_interrupted(void);
void before_thread_ends(void);

/* At the end of a step, where the next one is known (delays_node()): makes the state canonical. */
void before_comes_to(uint64_t node);

#endif
