/* SPDX-License-Identifier: MIT */
/*
 * visited.c - open addressing with linear probing, doubled when more than two thirds are taken.
 *
 * A shared table is many small ones, by some bits of the fingerprint, each with a lock. Such a one cannot move, since all processes
 * have it at one address; so it has room for all that this machine could hold, twice, and grows from one place into
 * the other. Memory that was never written to is only numbers of addresses.
 */
#include "explore/visited.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "explore/memory.h"

enum {
	SHARED_PARTS = 64, /* a power of two */
	FIRST_BITS = 8,
};

/*
 * 24 bytes a state, and nothing else is kept of it: how it was reached is on the path while the
 * search is there, and is found again by a search for it where somebody asks.
 */
struct entry {
	struct agent_fingerprint print; /* all 0: free; no state of an arena that is used has it */
	uint32_t sleep, number;
};

/*
 * On a cache line of its own (64 bytes): processes that work in neighbouring parts would otherwise
 * take it away from each other.
 */
struct part {
	_Alignas(64) atomic_flag taken;
	unsigned int bits; /* it has 2^bits entries */
	uint64_t count;
	struct entry *entries, *other; /* .other: where it grows to; NULL if it is private */
};

struct visited {
	_Atomic uint32_t next;
	uint32_t first, step; /* of numbers */
	bool shared;
	unsigned int nr_parts;
	size_t room; /* bytes of each place of a shared part */
	struct part parts[];
};

struct visited *explore_visited_new(unsigned int processes)
{
	bool shared = processes > 1;
	unsigned int parts = shared ? SHARED_PARTS : 1;
	size_t size = sizeof(struct visited) + parts * sizeof(struct part);
	struct visited *v = shared ? explore_map_shared(size) : aligned_alloc(64, (size + 63) / 64 * 64);

	if (!v)
		explore_out_of_memory();
	*v = (struct visited){ .step = 1, .shared = shared, .nr_parts = parts };
	/* All parts may turn out to hold twice their share, and each has two places: that is VISITED_SHARES. */
	v->room = shared ? explore_shared_room(VISITED_SHARES + processes) / SHARED_PARTS * 2 / 4096 * 4096 : 0;
	for (unsigned int i = 0; i < parts; i++) {
		struct part *p = &v->parts[i];

		*p = (struct part){ .taken = ATOMIC_FLAG_INIT, .bits = FIRST_BITS };
		p->entries = shared ? explore_map_shared(v->room) : explore_new(1u << FIRST_BITS, sizeof(struct entry));
		p->other = shared ? explore_map_shared(v->room) : NULL;
	}
	return v;
}

void explore_visited_number_from(struct visited *v, uint32_t first, uint32_t step)
{
	assert(!v->next && step);
	v->first = first;
	v->step = step;
}

void explore_visited_free(struct visited *v)
{
	size_t size = sizeof(*v) + v->nr_parts * sizeof(v->parts[0]);

	for (unsigned int i = 0; i < v->nr_parts; i++) {
		if (v->shared) {
			munmap(v->parts[i].entries, v->room);
			munmap(v->parts[i].other, v->room);
		} else {
			free(v->parts[i].entries);
		}
	}
	if (v->shared)
		munmap(v, size);
	else
		free(v);
}

/* Held for a look into one part only; with many parts two processes rarely want the same. */
static void lock(struct part *p)
{
	while (atomic_flag_test_and_set_explicit(&p->taken, memory_order_acquire))
		sched_yield();
}

/* Release, for the acquire above: the entries are plain memory, and only the lock orders them between processes. */
static void unlock(struct part *p)
{
	atomic_flag_clear_explicit(&p->taken, memory_order_release);
}

static bool same(struct agent_fingerprint a, struct agent_fingerprint b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

/*
 * Where the state is, or the free entry where it belongs. Ends, as a third of the entries is free.
 * The low half picks the place and the high half the part: they are independent numbers, so a part
 * fills evenly.
 */
static struct entry *find(struct entry *entries, unsigned int bits, struct agent_fingerprint print)
{
	size_t mask = ((size_t)1 << bits) - 1, at = print.lo & mask;
	const struct agent_fingerprint none = { 0, 0 };

	while (!same(entries[at].print, print) && !same(entries[at].print, none))
		at = (at + 1) & mask;
	return &entries[at];
}

/*
 * Each entry finds its place anew, as one more bit of its fingerprint counts. Under the part's lock: nobody looks while it
 * lies in two places.
 */
static void grow(const struct visited *v, struct part *p)
{
	size_t old_size = (size_t)1 << p->bits, bytes = 2 * old_size * sizeof(struct entry);
	struct entry *old = p->entries, *new = p->other;
	const struct agent_fingerprint none = { 0, 0 };

	/* The other place has as much room as all memory would need. */
	if (v->shared && bytes > v->room)
		explore_out_of_memory();
	if (!v->shared)
		new = explore_new(2 * old_size, sizeof(*new));
	p->bits++;
	for (size_t i = 0; i < old_size; i++)
		if (!same(old[i].print, none))
			*find(new, p->bits, old[i].print) = old[i];
	p->entries = new;
	if (v->shared) {
		p->other = old;
		/* Gives the memory back, and is 0 again when it is needed. */
		if (madvise(old, v->room, MADV_REMOVE))
			explore_out_of_memory();
	} else {
		free(old);
	}
}

static struct part *part_of(struct visited *v, struct agent_fingerprint print)
{
	return &v->parts[print.hi & (v->nr_parts - 1)];
}

static uint32_t new_number(struct visited *v)
{
	uint64_t number = v->first + (uint64_t)v->step * atomic_fetch_add(&v->next, 1);

	/* A search ends long before, as explore_visited_is_full(); and UINT32_MAX is no state's number. */
	assert(number < UINT32_MAX);
	return (uint32_t)number;
}

/*
 * Look and store under one lock: of two processes that come to a state at the same time exactly one
 * is the first, and it goes on from there.
 */
struct meeting explore_visited_meet(struct visited *v, struct agent_fingerprint print, uint32_t sleep)
{
	struct part *p = part_of(v, print);
	struct meeting m;
	struct entry *e;

	assert(print.lo || print.hi);
	lock(p);
	e = find(p->entries, p->bits, print);
	m.first = !e->print.lo && !e->print.hi;
	if (m.first) {
		*e = (struct entry){ print, sleep, new_number(v) };
		p->count++;
	}
	m.number = e->number;
	/*
	 * Who slept at every earlier visit and does not now has not been gone on with from here by
	 * anybody. What is stored is the intersection, so it shrinks with each visit, and a state
	 * is opened again at most as often as there are agents.
	 */
	m.again = e->sleep & ~sleep;
	m.sleep = e->sleep &= sleep;
	if (m.first && p->count > ((size_t)1 << p->bits) / 3 * 2)
		grow(v, p);
	unlock(p);
	return m;
}

/* UINT32_MAX: not met. It may be by the time the caller has the answer, where several processes search. */
uint32_t explore_visited_number(struct visited *v, struct agent_fingerprint print)
{
	struct part *p = part_of(v, print);
	const struct entry *e;
	uint32_t number;

	lock(p);
	e = find(p->entries, p->bits, print);
	number = same(e->print, print) ? e->number : UINT32_MAX;
	unlock(p);
	return number;
}

void explore_visited_put(struct visited *v, struct agent_fingerprint print, uint32_t sleep, uint32_t number)
{
	struct part *p = part_of(v, print);
	struct entry *e;

	assert(print.lo || print.hi);
	lock(p);
	e = find(p->entries, p->bits, print);
	/* Twice would be a state less, and a number that no state has. */
	assert(!e->print.lo && !e->print.hi);
	*e = (struct entry){ print, sleep, number };
	p->count++;
	v->next++;
	if (p->count > ((size_t)1 << p->bits) / 3 * 2)
		grow(v, p);
	unlock(p);
}

void explore_visited_each(const struct visited *v,
			  void (*take)(void *context, struct agent_fingerprint print, uint32_t sleep, uint32_t number),
			  void *context)
{
	for (unsigned int i = 0; i < v->nr_parts; i++) {
		const struct part *p = &v->parts[i];

		for (size_t at = 0; at < (size_t)1 << p->bits; at++) {
			const struct entry *e = &p->entries[at];

			if (e->print.lo || e->print.hi)
				take(context, e->print, e->sleep, e->number);
		}
	}
}

/* Numbers are given without gaps, so the next one is how many there are. */
uint64_t explore_visited_count(const struct visited *v)
{
	return v->next;
}

bool explore_visited_is_full(const struct visited *v)
{
	return v->first + (uint64_t)v->step * v->next >= VISITED_MOST_STATES;
}

uint64_t explore_visited_memory(const struct visited *v)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < v->nr_parts; i++)
		bytes += sizeof(struct entry) << v->parts[i].bits;
	return bytes;
}
