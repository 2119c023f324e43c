/* SPDX-License-Identifier: MIT */
/*
 * late.h - the words of the code under test on the timeline of weak.h, as far as they have to be weak.
 *
 * A place is a word that several CPUs access, if any of them has to be weak (delays.h); else there is no timeline, and none of this
 * does anything. Memory has what was stored last, so plain accesses of who stored it, or comes behind it, find it: what atomic accesses
 * find is on the timeline. Where nothing is late or old, memory is all there is (weak_place.in_memory).
 *
 * What is *fixed* is always in memory: words on stacks and in tables, and such as are accessed in parts. Their stores wait until
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

/* Could the access be made now? Asked in a step by the running agent; then it is part of what decides what the step leads to. */
bool late_may_now(const struct model_access *a);
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
/* By a walk: bits in a word that it has read, which nobody has locked. */
void late_walk_writes(uint64_t *word, uint64_t value);
bool late_may_read(const struct model_access *load, uint64_t value); /* could it, now? */
bool late_is_on_its_way(const uint64_t *word);			     /* is a store of this CPU? */
/* Half of a read-modify-write is on its way; and it leaves, now. */
bool late_is_locked(const uint64_t *word);
void late_unlock(const uint64_t *word);
/* What has left, for conditions. */
uint64_t late_word(const void *word, unsigned int bytes);

/* ---- pages (late_page.c) ---- */

bool late_page_is_weak(int frame); /* else its word is in memory ... */
bool late_page_is_fixed(
	int frame); /* ... and if it is fixed, late_page_fixed() is told, and a store waits for the CPU's others */
void late_page_fixed(int frame, bool writes);
/* A stamp: an access through these entries, of struct model_frame, comes behind that. */
uint16_t late_translated(const void *const *entries, unsigned int nr);
void late_walked(uint16_t after); /* ... by a handler: the return from it comes behind that, and all that follows */
/* How many writes a program's load of a weak page could read, and the load of the @nr-th of them. */
unsigned int late_page_reads(int frame, uint16_t after);
uint64_t late_page_load(int frame, uint16_t after, unsigned int nr);
struct late_page_store {
	uint64_t value;
	int frame, watch; /* -1: of no watched page */
	uint32_t marks;	  /* of the translation */
	uint16_t dying, after;
};
void late_page_store(const struct late_page_store *store);
void late_page_mark(unsigned int cpu, const struct model_marking *marking); /* model_mark(), of its stores */
void late_page_given_back(int frame); /* in a step that has begun: waits until this CPU's stores to it have left */
/* A broadcast, or a command for a device, is issued, and reaches @cpu. @broadcasts: as model_held.dying. */
void late_page_broadcast(unsigned int cpu, const struct machine_invalidation *inv, uint16_t broadcasts);
/* As late_step_drained(), and until stores of others have left: through what @broadcasts cover; through @watch. */
void late_step_completed(int watch, uint16_t broadcasts);

/* ---- interrupts, threads ---- */

void late_sent(unsigned int to);
void late_interrupted(void);
void late_interrupt_ends(void);
/* All that anybody's has left by now comes before a fence of the CPU. */
void late_all_has_left(unsigned int cpu);
void late_thread_ends(void);
/* The running agent stands at @node (delays.h) of its program: what nobody reads from there on need not be remembered. */
void late_comes_to(uint64_t node);

/* ---- of late.c, late_cpu.c and late_page.c alone ---- */

struct weak *late_timeline(void); /* NULL: there is none, or no agent runs */
bool late_has_thread(unsigned int cpu);
void late_read_less(struct weak *t, unsigned int view); /* agents of the view have less before them than they had */
void late_touch_view(unsigned int cpu, unsigned int op);
void *late_address(unsigned int place);
void late_fetch(struct weak *t, unsigned int place);
void late_put_back(struct weak *t, unsigned int place);
void late_has_left(struct weak *t, const struct weak_store *store);
void late_page_left(const struct weak_store *store);
void late_page_first(
	unsigned int place); /* behind a store that has left: if its page is fresh, it has held nothing else */
/* Stores of other CPUs than @cpu, of its broadcasts, or through 1 + watch @watch. */
bool late_page_holds_up(unsigned int cpu, uint16_t broadcasts, uint8_t watch);
bool late_page_waits(uint16_t broadcasts, uint8_t watch); /* the same, of this CPU's, asked in its step */
void late_give_back(struct weak *t); /* behind each change: what is in memory alone is not twice in the state */

#endif
