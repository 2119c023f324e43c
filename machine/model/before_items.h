/* SPDX-License-Identifier: MIT */
/* before_items.h - items and views, for before.c and before_settle.c. */
#ifndef MODEL_BEFORE_ITEMS_H
#define MODEL_BEFORE_ITEMS_H

#include <assert.h>

#include <machine/model/before.h>

enum {
	BEFORE_BITS = 7,
	BEFORE_RANKS = (1 << BEFORE_BITS) - 1,
	BEFORE_CPUS = WEAK_CPUS,
	BEFORE_BYTES = 0xfff8, /* of one item */
};
_Static_assert(BEFORE_BITS *BEFORE_CPUS <= 64, "a number for each CPU");

/* No padding: it is part of the state. */
struct before_item {
	uintptr_t start;
	uint32_t who; /* agents that may conflict with it, one bit each */
	uint16_t bytes;
	uint8_t rank;
	uint8_t kind : 4, cpu : 4; /* enum model_meets */
};
_Static_assert(sizeof(struct before_item) == 16 && BEFORE_CPUS <= 16, "no padding");

struct before_word {
	const void *at;
	before_view has;
};

struct before {
	before_view cpus[BEFORE_CPUS];	 /* what each has before it, of others */
	before_view fenced[BEFORE_CPUS]; /* ... and had at its last release fence */
	before_view loaded[BEFORE_CPUS]; /* what its relaxed loads have found, for the next acquire fence */
	before_view sent[BEFORE_CPUS];	 /* ... what interrupts that have not come yet bring */
	uint32_t nr_items, nr_words;
	struct before_word words[BEFORE_WORDS]; /* by address; those that have nothing are not there */
	struct before_item items[BEFORE_ITEMS]; /* in the order of is_behind() */
	uint64_t unsettled;			/* not 0: something has changed in this step */
	struct model_held_locks held[AGENT_MAX_AGENTS];
	uint16_t at[AGENT_MAX_AGENTS]; /* where each waits: ahead_place() */
	uint32_t hands_over[64];       /* objects, of classes of locks: readers who give back, and who take */
};

static inline unsigned int before_part(before_view view, unsigned int cpu)
{
	return view >> BEFORE_BITS * cpu & BEFORE_RANKS;
}

static inline before_view before_of_part(unsigned int cpu, unsigned int ranks)
{
	assert(ranks <= BEFORE_RANKS && cpu < BEFORE_CPUS);
	return (before_view)ranks << BEFORE_BITS * cpu;
}

/* Compared first: what is as it was is not written, and needs no settling. */
static inline void before_set(struct before *b, before_view *view, before_view to)
{
	if (*view == to)
		return;
	*view = to;
	b->unsettled = 1;
}

static inline uintptr_t before_end_of(const struct before_item *item)
{
	return item->start + item->bytes;
}

void before_take_out(struct before *b, unsigned int nr);
/* By whoever may still conflict with it. */
bool before_is_had(const struct before *b, const struct before_item *item);
/* All views there are. */
void before_each_view(struct before *b, void (*call)(before_view *view, void *context), void *context);
/* At the end of a step: makes the state canonical. */
void before_settle(void);

#endif
