/* SPDX-License-Identifier: MIT */
/*
 * walks.h - page-table walks, faults, invalidations and the bits that hardware sets: rules R6 to R9, R11 and R13 of
 * docs/weak.md.
 *
 * There is no TLB. A walk may use any write to the entry, however old, but for two kinds: what may not be cached and was overwritten
 * before the walk's horizon, and what was overwritten before a completed invalidation that its CPU is already after. A TLB could not do
 * more with its entries than offer old ones.
 */
#ifndef MODEL_WALKS_H
#define MODEL_WALKS_H

#include "machine/model/weak.h"

/*
 * What an entry says. A store is allowed by DIRTY; hardware that sets it needs WRITABLE (AArch64: AP[2] clear, and DBM). An entry that was
 * never dirty and never will be has neither.
 */
enum walk_entry {
	WALK_VALID = 1,
	WALK_YOUNG = 2,
	WALK_DIRTY = 4,
	WALK_WRITABLE = 8,
	WALK_USER = 16,
	WALK_FRAME_SHIFT = 16, /* .. 23 */
	WALK_MAX_CHOICES = WEAK_EVENTS + 1,
};

static inline unsigned int walk_frame(uint64_t entry)
{
	return entry >> WALK_FRAME_SHIFT & 0xff;
}

enum walk_fault {
	WALK_NO_FAULT,
	WALK_TRANSLATION, /* the first two may not be cached */
	WALK_ACCESS,
	WALK_PERMISSION,
};

/* An access that needs a translation. */
struct walk_access {
	uint8_t page;
	uint16_t instruction; /* its number, for updates that were made ahead of it */
	bool writes;
	bool kernel;	    /* although the CPU runs a user's program */
	weak_stamp address; /* the view of the registers that its address is made of */
	weak_stamp known;   /* ... and of those that only chose it */
};

/* One way that it can be translated, or fault. */
struct walk {
	weak_stamp stamp; /* of the entry used */
	weak_stamp until; /* when it, or the one above it, was overwritten; or NEVER */
	weak_stamp post;  /* what the access comes after */
	weak_stamp limit; /* the access comes before this; NEVER: no matter */
	uint8_t fault;	  /* enum walk_fault */
	bool upper;	  /* the fault is one level up */
	bool updates;
	uint64_t entry; /* that was used */
	uint64_t value; /* .updates: what it becomes */
};

/* Returns how many of @walks, WALK_MAX_CHOICES, are filled in. None: not now. */
unsigned int walk_choices(const struct weak *t, unsigned int cpu, const struct walk_access *access, struct walk *walks);
/* It was chosen. The access itself, or taking the fault, comes after. */
void walk_take(struct weak *t, unsigned int cpu, const struct walk_access *access, const struct walk *walk);
/* The access ends with walk->fault; goes on in a handler or behind it (R9, R4). */
void walk_take_fault(struct weak *t, unsigned int cpu, const struct walk_access *access, const struct walk *walk);
/* An access through no translation used an address known at @view. */
void walk_address(struct weak *t, unsigned int cpu, weak_stamp view);
/*
 * For settle.c. May some walk of @cpu, now or later, use a write of @value to the entry of @page, or to the one above it, which is overwritten at @next?
 * True if in doubt.
 */
bool walk_may_use(const struct weak *t, unsigned int cpu, unsigned int page, bool upper, uint64_t value,
		  weak_stamp next);

/* ---- invalidations (R7, R8) ---- */

/* @reach: the CPU, or WEAK_NOBODY: all. @address: the view of what says which page. Where `local_orders`: may have to wait. */
bool walk_may_issue(const struct weak *t, unsigned int cpu, unsigned int reach);
void walk_issue(struct weak *t, unsigned int cpu, struct weak_target target, unsigned int reach, weak_stamp address);
/* All that the CPU has issued; not before accesses of others that used what is covered are over. */
bool walk_may_complete(const struct weak *t, unsigned int cpu);
void walk_complete(struct weak *t, unsigned int cpu);

/* ---- updates by hardware (R11) ---- */

void walk_update_leaves(struct weak *t, unsigned int cpu, unsigned int update);
/* Accessed may be set in the newest entry of @page although nobody accesses it. */
bool walk_may_speculate(const struct weak *t, unsigned int page);
void walk_speculate(struct weak *t, unsigned int page);
/* Dirty may be set for a later store, instruction number @instruction, whose address is known. */
bool walk_may_be_early(const struct weak *t, unsigned int cpu, unsigned int page);
void walk_be_early(struct weak *t, unsigned int cpu, unsigned int page, unsigned int instruction);

#endif
