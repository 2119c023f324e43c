/* SPDX-License-Identifier: MIT */
/*
 * before_settle.c - which items and views can be forgotten, and new ranks for what is left: see B2 of before.h.
 *
 * An item goes when all who may conflict with it have it. Items of one CPU that no view tells from each other come to have one rank. Pieces of
 * one access, or of several alike, become one.
 */
#include <machine/model/before_items.h>
#include <machine/model/ahead.h>
#include <machine/model/late.h>

#include <string.h>

void before_take_out(struct before *b, unsigned int nr)
{
	b->nr_items--;
	memmove(&b->items[nr], &b->items[nr + 1], (b->nr_items - nr) * sizeof(b->items[0]));
	memset(&b->items[b->nr_items], 0, sizeof(b->items[0]));
	b->unsettled = 1;
}

static bool may_meet(const struct before *b, const struct before_item *item, unsigned int agent)
{
	uintptr_t word = item->start & ~(uintptr_t)3;

	while (word < before_end_of(item) && !ahead_may(b->at[agent], word, item->kind))
		word += 4;
	return word < before_end_of(item);
}

/* By whoever may still conflict with it. */
bool before_is_had(const struct before *b, const struct before_item *item)
{
	for (unsigned int agent = 0; agent < AGENT_MAX_AGENTS; agent++) {
		const struct model_agent *a = &model_state()->agents[agent];
		unsigned int cpu = a->anywhere ? model_config()->cpus : a->cpu;

		if (item->who >> agent & 1 && !a->ended && cpu != item->cpu &&
		    before_part(b->cpus[cpu], item->cpu) < item->rank && may_meet(b, item, agent))
			return false;
	}
	return true;
}

/* All views that have something. */
void before_each_view(struct before *b, void (*call)(before_view *view, void *context), void *context)
{
	before_view *of_cpus[] = { b->cpus, b->fenced, b->loaded, b->sent };
	struct weak *t = model_state()->late;

	for (unsigned int kind = 0; kind < 4; kind++) {
		for (unsigned int cpu = 0; cpu < BEFORE_CPUS; cpu++)
			if (of_cpus[kind][cpu])
				call(&of_cpus[kind][cpu], context);
	}
	for (unsigned int i = 0; i < b->nr_words; i++)
		if (b->words[i].has)
			call(&b->words[i].has, context);
	for (unsigned int i = 0; t && i < t->nr_places; i++)
		if (t->places[i].has)
			call(&t->places[i].has, context);
	for (unsigned int i = 0; t && i < t->nr_events; i++)
		if (t->events[i].has)
			call(&t->events[i].has, context);
	for (unsigned int cpu = 0; t && cpu < t->nr_cpus; cpu++) {
		for (unsigned int i = 0; i < t->views[cpu].nr_stores; i++)
			if (t->views[cpu].stores[i].has)
				call(&t->views[cpu].stores[i].has, context);
	}
}

enum {
	SET = (BEFORE_RANKS + 64) / 64
};

/* Of each CPU a bit for each rank, and for 0. Small, as the stack is part of the state. */
struct ranks {
	uint64_t used[BEFORE_CPUS][SET];   /* by an item */
	uint64_t parted[BEFORE_CPUS][SET]; /* some view has those up to here, and not the next one */
	uint64_t begins[BEFORE_CPUS][SET]; /* ... and this one is told from those before */
	before_view last;		   /* seen already: many are alike */
	bool moves;			   /* some number of ranks changes */
};

static bool has_rank(const uint64_t *set, unsigned int rank)
{
	return set[rank / 64] >> rank % 64 & 1;
}

/* Compared first: what is written is told, and that takes longer. */
static void put_rank(uint64_t *set, unsigned int rank)
{
	if (!has_rank(set, rank))
		set[rank / 64] |= UINT64_C(1) << rank % 64;
}

/* The last one in the set that is not behind @rank; 0: none. */
static unsigned int last_rank(const uint64_t *set, unsigned int rank)
{
	unsigned int i = rank / 64;
	uint64_t bits = set[i] & UINT64_MAX >> (63 - rank % 64);

	while (!bits && i)
		bits = set[--i];
	return bits ? 64 * i + 63 - (unsigned int)__builtin_clzll(bits) : 0;
}

static void note_parts(before_view *view, void *context)
{
	struct ranks *r = context;
	before_view parts = *view;

	if (parts == r->last)
		return;
	r->last = parts;
	for (unsigned int cpu = 0; parts >> BEFORE_BITS * cpu && cpu < BEFORE_CPUS; cpu++) {
		unsigned int rank = before_part(parts, cpu), held = last_rank(r->used[cpu], rank);

		if (!rank)
			continue;
		if (held != rank)
			r->moves = true;
		put_rank(r->parted[cpu], held);
	}
}

/* Of a number of ranks, how many that is of those that are left. */
static unsigned int left_of(const uint64_t *begins, unsigned int rank)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < rank / 64; i++)
		left += (unsigned int)__builtin_popcountll(begins[i]);
	return left + (unsigned int)__builtin_popcountll(begins[rank / 64] & UINT64_MAX >> (63 - rank % 64));
}

static void renumber(before_view *view, void *context)
{
	const struct ranks *r = context;
	before_view was = *view, now = 0;

	for (unsigned int cpu = 0; was >> BEFORE_BITS * cpu && cpu < BEFORE_CPUS; cpu++)
		now |= before_of_part(cpu, left_of(r->begins[cpu], before_part(was, cpu)));
	if (now != was)
		*view = now;
}

static void find_begins(struct ranks *r, unsigned int cpu)
{
	unsigned int left = 0;
	bool begins = true;

	for (unsigned int i = 0; i < SET; i++) {
		for (uint64_t used = r->used[cpu][i]; used; used &= used - 1) {
			unsigned int rank = 64 * i + (unsigned int)__builtin_ctzll(used);

			if (begins)
				put_rank(r->begins[cpu], rank);
			left += begins;
			r->moves |= left != rank;
			begins = has_rank(r->parted[cpu], rank);
		}
	}
}

static void drop_items(struct before *b)
{
	for (unsigned int i = b->nr_items; i-- > 0;) {
		if (before_is_had(b, &b->items[i]))
			before_take_out(b, i);
	}
}

/* Pieces of what was one access, or might have been. */
static void merge_items(struct before *b)
{
	for (unsigned int i = 0; i < b->nr_items; i++) {
		struct before_item *item = &b->items[i];

		for (unsigned int next = i + 1; next < b->nr_items && b->items[next].start <= before_end_of(item);
		     next++) {
			const struct before_item *other = &b->items[next];

			if (other->start == before_end_of(item) && other->cpu == item->cpu &&
			    other->kind == item->kind && other->rank == item->rank && other->who == item->who &&
			    item->bytes + other->bytes <= BEFORE_BYTES) {
				item->bytes = (uint16_t)(item->bytes + other->bytes);
				before_take_out(b, next);
				next = i;
			}
		}
	}
}

static void drop_words(struct before *b)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < b->nr_words; i++) {
		if (!b->words[i].has)
			continue;
		if (kept != i)
			b->words[kept] = b->words[i];
		kept++;
	}
	if (kept < b->nr_words)
		memset(&b->words[kept], 0, (b->nr_words - kept) * sizeof(b->words[0]));
	b->nr_words = kept;
}

/* Less than what the CPU has anyway is nothing. */
static before_view beyond(before_view view, before_view has)
{
	for (unsigned int cpu = 0; view && cpu < BEFORE_CPUS; cpu++) {
		if (before_part(view, cpu) <= before_part(has, cpu))
			view &= ~before_of_part(cpu, BEFORE_RANKS);
	}
	return view;
}

/* Out of line: it has much on its stack. */
static MODEL_OUT_OF_LINE void settle_ranks(struct before *b)
{
	struct ranks r;

	memset(&r, 0, sizeof(r));
	for (unsigned int i = 0; i < b->nr_items; i++)
		put_rank(r.used[b->items[i].cpu], b->items[i].rank);
	before_each_view(b, note_parts, &r);
	for (unsigned int cpu = 0; cpu < BEFORE_CPUS; cpu++)
		find_begins(&r, cpu);
	if (!r.moves)
		return;
	before_each_view(b, renumber, &r);
	for (unsigned int i = 0; i < b->nr_items; i++) {
		struct before_item *item = &b->items[i];
		unsigned int rank = left_of(r.begins[item->cpu], item->rank);

		if (item->rank != rank)
			item->rank = (uint8_t)rank;
	}
}

/* What a CPU has done itself it has anyway. */
static void settle_cpu(struct before *b, unsigned int cpu)
{
	before_view others = ~before_of_part(cpu, BEFORE_RANKS);

	before_set(b, &b->cpus[cpu], b->cpus[cpu] & others);
	before_set(b, &b->sent[cpu], b->sent[cpu] & others);
	before_set(b, &b->loaded[cpu], beyond(b->loaded[cpu] & others, b->cpus[cpu]));
}

void before_settle(void)
{
	struct before *b = agent_self() < 0 ? NULL : model_state()->before;

	if (late_timeline() && late_timeline()->found)
		late_timeline()->found = 0;
	if (!b || !b->unsettled)
		return;
	drop_items(b);
	/* What of two views is more is said by the ranks that are left; and what is less then was the last, perhaps, to part two ranks. */
	settle_ranks(b);
	b->unsettled = 0;
	for (unsigned int cpu = 0; cpu < BEFORE_CPUS; cpu++)
		settle_cpu(b, cpu);
	if (b->unsettled)
		settle_ranks(b);
	merge_items(b);
	drop_words(b);
	b->unsettled = 0;
}
