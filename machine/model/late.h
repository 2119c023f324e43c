/* SPDX-License-Identifier: MIT */
/*
 * late.h - the words of the code under test on the timeline of weak.h, as far as they have to be weak.
 *
 * A place is a word that several CPUs access, if any of them has to be weak (delays.h); else there is no timeline, and none of this
 * does anything. Memory has what was stored last, so plain accesses of who stored it, or comes behind it, find it: what atomic accesses
 * find is on the timeline. Where nothing is late or old, memory is all there is (weak_place.in_memory).
 *
 * What is *fixed* is always in memory: words on stacks, in pages and tables, and such as are accessed in parts. Their stores wait until
 * they can leave, and others are late or old around them.
 */
#ifndef MODEL_LATE_H
#define MODEL_LATE_H

#include <machine/model/model.h>

enum {
	LATE_NOWHERE = -1,
};

/* Behind the set-up of a world: which words are places, and an agent for each CPU whose stores may be late. */
void late_start(void);
/* LATE_NOWHERE: none's; also if there is no timeline, or no agent runs. */
int late_place(const void *p, size_t n);
bool late_is_fixed(int place);
bool late_is_on(void); /* is there a timeline, and does an agent run? */

/* ---- steps ---- */

/* Could the access be made now? @cpu: by which. */
bool late_may(const struct model_access *a, unsigned int cpu);
bool late_may_now(const struct model_access *a); /* the same, asked in its step by the running agent */
/* To be asked before a step: has the CPU stores that have not left? Who asks is known to have asked. */
bool late_has_stores(void);
/* In a step that has begun: waits for another one until the access can be made, and, if it waits for a word, is worth it. */
void late_wait(const struct model_access *a, bool (*is_met)(const struct model_next *next));
/* A step, and until the CPU's stores have left. */
void late_step_drained(void);
void late_drained(void); /* the same, where a step has begun */

/* ---- accesses ---- */

/* Makes it: .before and .after, memory and the timeline. True: who reads memory now finds it; else it leaves later. */
bool late_access(struct model_access *a);
/* Of a fixed word, behind the access. */
void late_fixed_access(const struct model_access *a);
/* A volatile load: memory shows what was read, until late_settle(). A volatile store: what it will be is known there. */
void late_volatile_read(const struct model_access *a);
void late_volatile_write(const struct model_access *a);
bool late_settle(void); /* False: the store that was made has not left */
void late_fence(unsigned int order);
void late_plain_write(const void *p, size_t n);
/* Nobody has accessed the word @place; this is what it has been so far. */
void late_held_before(int place, uint64_t value);
/* By walks: bits in a word that it has read, which nobody has locked, and what the program of their CPU knows by that. */
void late_walk_writes(uint64_t *word, uint64_t value);
void late_walk_read(const uint64_t *word);
/* Half of a read-modify-write is on its way; and it leaves, now. */
bool late_is_locked(const uint64_t *word);
void late_unlock(const uint64_t *word);
/* What has left, for conditions. */
uint64_t late_word(const void *word, unsigned int bytes);

/* ---- interrupts, threads ---- */

void late_sent(unsigned int to);
void late_interrupted(void);
void late_interrupt_ends(void);
void late_tables_left(
	unsigned int cpu); /* stores of the CPU to tables, which are no part of the timeline, but come now */
void late_thread_ends(void);
/* The running agent stands at @node (delays.h) of its program: what nobody reads from there on need not be remembered. */
void late_comes_to(uint64_t node);

/* ---- of late.c and late_cpu.c alone ---- */

struct weak *late_timeline(void); /* NULL: there is none, or no agent runs */
bool late_has_thread(unsigned int cpu);
void late_read_less(struct weak *t, unsigned int view); /* agents of the view have less before them than they had */
void late_touch_view(unsigned int cpu, unsigned int op);
void late_has_left(struct weak *t, unsigned int place, bool by_change);
void late_give_back(struct weak *t); /* behind each change: what is in memory alone is not twice in the state */

#endif
