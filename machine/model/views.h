/* SPDX-License-Identifier: MIT */
/*
 * views.h - what one CPU's accesses and fences do on the timeline: rules R1 to R5 of docs/weak.md.
 *
 * Functions that say what is possible change nothing; those that do it assert that it was possible. None of them is a step: a
 * step is what their caller makes of them (program.c).
 */
#ifndef MODEL_VIEWS_H
#define MODEL_VIEWS_H

#include "machine/model/weak.h"

enum {
	VIEW_MAX_READS = WEAK_EVENTS + 1,
};

/*
 * The orders of C11, or-ed: relaxed is none of them, seq_cst is all that fit the access. VIEW_ORDERED alone is the difference between
 * seq_cst and the rest: an ordered load waits for the ordered stores before it, as AArch64's LDAR does for STLR.
 */
enum view_order {
	VIEW_ACQUIRE = 1,
	VIEW_RELEASE = 2,
	VIEW_ORDERED = 4,
	VIEW_UNREAD = 8, /* a change whose result goes nowhere: no load for a later load fence */
};

/* A write that a load may read. */
struct view_read {
	uint64_t value;
	weak_stamp stamp; /* 0 as well: one of its own that has not left */
	weak_stamp view;
};

/* ---- loads (R1) ---- */

bool view_may_load(const struct weak *t, unsigned int cpu, unsigned int order);
/* What such a load comes after, before its address is known. */
weak_stamp view_before_load(const struct weak *t, unsigned int cpu, unsigned int order);
/*
 * What a load of @place may read that comes after @after. @limit: it reads nothing that was written after that, or NEVER.
 * Returns how many of @reads, VIEW_MAX_READS, are filled in; there may be none.
 */
unsigned int view_reads(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order,
			weak_stamp after, weak_stamp limit, struct view_read *reads);
void view_load(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order, const struct view_read *read);
/* The @nr-th of them, if there are so many, in *@read; returns how many there are. Without a @limit. */
unsigned int view_find_read(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order,
			    weak_stamp after, unsigned int nr, struct view_read *read);
/* What comes behind who has read the newest write to @place. */
weak_stamp view_after_newest(const struct weak *t, unsigned int cpu, unsigned int place);

/* ---- stores (R2), read-modify-writes (R5) ---- */

bool view_keeps(const struct weak *t, unsigned int order); /* such a store has not left when it is made */
bool view_may_store(const struct weak *t, unsigned int cpu, unsigned int order);
/* @store: .place, .value, .page, .until, and as .forward what it depends on. */
void view_store(struct weak *t, unsigned int cpu, unsigned int order, struct weak_store store);
/* Nothing would be in its way if it was made now. */
bool view_would_leave(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order);
bool view_may_leave(const struct weak *t, unsigned int cpu, unsigned int store);
void view_leave(struct weak *t, unsigned int cpu, unsigned int store);

/* Nothing of the CPU itself, and no lock on the place, stands against changing it now. */
bool view_may_change(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order);
/* The newest write, which is what a change reads. */
struct view_read view_newest(const struct weak *t, unsigned int cpu, unsigned int place, weak_stamp after);
/* @at_once: the write has left when this returns, and later loads come after it (AArch64: SWPAL). */
void view_change(struct weak *t, unsigned int cpu, unsigned int order, const struct view_read *read,
		 struct weak_store store, bool at_once);

/*
 * The store of an exclusive pair, where the place is reserved: it has left when this returns. The reservation is lost when anybody writes
 * the place.
 */
bool view_may_store_exclusive(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order);
void view_reserve(struct weak *t, unsigned int cpu, unsigned int place, const struct view_read *read);
void view_store_exclusive(struct weak *t, unsigned int cpu, unsigned int order, struct weak_store store);

/* ---- fences (R3), context synchronisation (R4) ---- */

enum view_fence {
	VIEW_FENCE_LOADS,  /* loads before it, and all accesses behind it: acquire */
	VIEW_FENCE_STORES, /* stores before it, and stores behind it: release */
	VIEW_FENCE_FULL,
	VIEW_COMPLETE_LOADS, /* the same, and walks after the next context synchronisation (AArch64: DSB) */
	VIEW_COMPLETE_STORES,
	VIEW_COMPLETE_FULL, /* also invalidations, which walk_complete() does first */
};
/* Stores may have to leave first; updates of entries too, and invalidations to be completed, for COMPLETE_FULL. */
bool view_may_fence(const struct weak *t, unsigned int cpu, enum view_fence fence);
void view_fence(struct weak *t, unsigned int cpu, enum view_fence fence);
void view_context(struct weak *t, unsigned int cpu);
/* A branch was taken, or an address used, on what was known at @view. */
void view_branch(struct weak *t, unsigned int cpu, weak_stamp view);

/* ---- what stores are still on their way ---- */

bool view_is_own(const struct weak *t, unsigned int cpu,
		 unsigned int place);			       /* what the CPU reads there has not left */
bool view_older_epoch(const struct weak *t, unsigned int cpu); /* some stand before a store fence */

#endif
