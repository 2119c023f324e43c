/* SPDX-License-Identifier: MIT */
/*
 * pending.c - which gathers are open on an address space, and which tables they have changed.
 *
 * The count of a lane says that a gather is open; the bit of the lane, in a table, that it may have changed an entry there. A gather
 * G that looks at a table finds in it the bit of every F that changed an entry before, as both do so under its lock. Then
 *
 *  1. G, at its end, finds F's lane open, and flushes what it has looked at; or it finds the lane empty, and F's flush is done (ORD-4).
 *  2. A bit whose lane is empty says nothing any more, whoever set it. So it may be cleared, under the lock; no other may.
 *  3. What F changed in a table that it unhooked is found by nobody in that table, but in the one above: marked before the entry there
 *     is cleared, inherited by whatever table is hooked there next.
 *  4. Who finds an entry empty, or takes it away himself, need not know who has only taken rights of it: the one who took it away flushes for that
 *     as well, and is found by his own bit, or has done it.
 *
 * Several gathers in one lane are taken for one, so the lane that is least used is chosen. A lane that is full would carry into the next one, and be
 * taken for empty: it stays full for good, as a reference count that saturates (refcount_t of Linux). What it names is pending from then on,
 * which is too much and never too little.
 */
#include "../internal.h"

static unsigned char emptiest_lane(unsigned long open)
{
	unsigned char best = (unsigned char)(shootdown_cpu() % tlb_lanes());

	for (unsigned char lane = 0; lane < tlb_lanes(); lane++) {
		if (tlb_lane_count(open, lane) < tlb_lane_count(open, best))
			best = lane;
	}
	return best;
}

/* ORD-4, relaxed, as where there is one lane. */
unsigned char tlb_lane_raise(struct tlb_mm *mm)
{
	long open;
	unsigned char lane;

	/* Nobody asks then; a constant, so that there is no code either. */
	if (tlb_lanes() == 1)
		return 0;
	open = __atomic_load_n(&mm->pending, __ATOMIC_RELAXED);
	do {
		lane = emptiest_lane((unsigned long)open);
	} while (!tlb_lane_is_full((unsigned long)open, lane) &&
		 !__atomic_compare_exchange_n(&mm->pending, &open, open + (long)tlb_lane_one(lane), true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return lane;
}

void tlb_lane_lower(struct tlb_mm *mm, unsigned char lane)
{
	long open;

	if (tlb_lanes() == 1)
		return;
	open = __atomic_load_n(&mm->pending, __ATOMIC_RELAXED);
	while (!tlb_lane_is_full((unsigned long)open, lane) &&
	       !__atomic_compare_exchange_n(&mm->pending, &open, open - (long)tlb_lane_one(lane), true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/* 1 << lane of each that has a gather in @open. */
static unsigned char open_lanes(unsigned long open)
{
	unsigned char lanes = 0;

	for (unsigned int lane = 0; lane < tlb_lanes(); lane++)
		lanes |= (unsigned char)((tlb_lane_count(open, lane) != 0) << lane);
	return lanes;
}

/* Conclusion 4. */
static unsigned char lanes_of(const struct tlb_changes *table, enum tlb_lost lost)
{
	return lost == TLB_LOST_ENTRY ? table->gone : table->lanes;
}

void tlb_begin_to_look(struct mmu_gather *tlb)
{
	/* A gather of the whole mm looks at no table in particular. */
	tlb->seen = tlb->fullmm ? (unsigned char)~0u : 0;
	tlb->look_start = TLB_ADDRESS_MAX;
	tlb->look_end = 0;
}

bool tlb_seen_in(const struct mmu_gather *tlb, unsigned long open)
{
	/* Its own is one of them, unless that rule is off. */
	if (RULE(pending_before_ptl))
		open -= tlb_lane_one(tlb->lane);
	return tlb->seen & open_lanes(open);
}

/* Not "may be pending": an answer of no is certain, for entries read under the lock (ORD-4). */
bool tlb_mm_flush_pending(struct tlb_mm *mm)
{
	return tlb_mm_open_gathers(mm) != 0;
}

/* One of them is the caller's own, so it is never 0. */
bool tlb_mm_flush_nested(struct tlb_mm *mm)
{
	unsigned long open = tlb_mm_open_gathers(mm), sum = 0;

	shootdown_assert(open, "tlb_mm_flush_nested: needs a gather of the caller's own");
	for (unsigned int lane = 0; lane < tlb_lanes(); lane++)
		sum += tlb_lane_count(open, lane);
	return sum > 1;
}

void tlb_look(struct mmu_gather *tlb, struct tlb_changes *table, enum tlb_lost lost, unsigned long start,
	      unsigned long end)
{
	unsigned char open;

	shootdown_assert(start < end, "tlb_look: needs a range");
	if (tlb_lanes() == 1)
		return;
	/* Conclusion 2. */
	open = open_lanes(tlb_mm_open_gathers(tlb->mm));
	table->lanes &= open;
	table->gone &= open;
	tlb->seen |= lanes_of(table, lost);
	if (start < tlb->look_start)
		tlb->look_start = start;
	if (end > tlb->look_end)
		tlb->look_end = end;
}

void tlb_mark_lane(struct tlb_changes *table, unsigned char lane, enum tlb_lost lost)
{
	unsigned char marks = (unsigned char)(1u << lane);

	/* Conclusion 1. */
	if (RULE(changes_marked)) {
		table->lanes |= marks;
		table->gone |= lost == TLB_LOST_ENTRY ? marks : 0;
	}
}

void tlb_mark(const struct mmu_gather *tlb, struct tlb_changes *table, enum tlb_lost lost)
{
	if (tlb_lanes() > 1)
		tlb_mark_lane(table, tlb->lane, lost);
}

void tlb_inherit(struct tlb_changes *table, const struct tlb_changes *upper)
{
	/* Conclusion 3. */
	if (tlb_lanes() > 1 && RULE(changes_inherited))
		*table = *upper;
}

bool tlb_table_flush_pending(struct tlb_mm *mm, const struct tlb_changes *table, enum tlb_lost lost)
{
	unsigned char open = open_lanes(tlb_mm_open_gathers(mm));

	return tlb_lanes() > 1 ? open & lanes_of(table, lost) : open != 0;
}
