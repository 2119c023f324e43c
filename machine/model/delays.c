/* SPDX-License-Identifier: MIT */
/* delays.c - which places have to be weak; see delays.h. */
#include "machine/model/delays.h"

#include <assert.h>
#include <string.h>

#include "machine/model/views.h"

/* ---- noting ---- */

static unsigned int node(unsigned int place, bool writes)
{
	return 2 * place + writes;
}

static void note_pairs(uint64_t *pairs, uint64_t first, unsigned int second)
{
	for (unsigned int place = 0; place < WEAK_PLACES; place++) {
		if (first >> place & 1 && place != second)
			pairs[place] |= 1ull << second;
	}
}

/*
 * What the machine does not keep in order: a store and a load behind it, two stores, two loads; never a load and a store behind it. Where
 * memory is in order only the first is left.
 */
static void note_unordered(struct weak *t, unsigned int cpu, unsigned int place, bool reads, bool writes,
			   unsigned int order)
{
	const struct weak_since *since = &t->views[cpu].since;
	struct delays *d = t->delays;
	bool ordered = order & VIEW_ORDERED && order & VIEW_ACQUIRE;

	if (reads) {
		note_pairs(d->stored_then_loaded[cpu], since->stored, place);
		if (!ordered)
			note_pairs(d->stored_then_loaded[cpu], since->stored_ordered, place);
	}
	if (t->facts.in_order)
		return;
	if (reads)
		note_pairs(d->loaded_then_loaded[cpu], since->loaded, place);
	if (writes && !(order & VIEW_RELEASE))
		note_pairs(d->stored_then_stored[cpu], since->stored_unfenced, place);
}

static void note_order(struct weak *t, unsigned int cpu, unsigned int place, bool writes)
{
	struct delays *d = t->delays;

	for (unsigned int first = 0; first < DELAYS_NODES; first++) {
		if (t->views[cpu].since.accessed >> first / 2 & 1 && d->accessed[cpu][first])
			d->followed[cpu][first][node(place, writes)] = true;
	}
	d->accessed[cpu][node(place, writes)] = true;
}

/* An ordered store has left before anything behind it where memory is in order. */
static void remember(struct weak *t, struct weak_since *since, unsigned int place, bool reads, bool writes,
		     unsigned int order)
{
	uint64_t bit = 1ull << place;
	bool ordered = order & VIEW_ORDERED && order & VIEW_RELEASE;

	since->accessed |= bit;
	if (reads && !(order & VIEW_ACQUIRE))
		since->loaded |= bit;
	if (!writes || (t->facts.in_order && (reads || ordered)))
		return;
	since->stored_unfenced |= bit;
	if (ordered)
		since->stored_ordered |= bit;
	else
		since->stored |= bit;
}

void delays_access(struct weak *t, unsigned int cpu, unsigned int place, bool reads, bool writes, unsigned int order)
{
	assert(cpu < t->nr_cpus && place < t->nr_places);
	if (!t->delays)
		return;
	note_unordered(t, cpu, place, reads, writes, order);
	if (reads)
		note_order(t, cpu, place, false);
	if (writes)
		note_order(t, cpu, place, true);
	remember(t, &t->views[cpu].since, place, reads, writes, order);
}

/* Behind a locked instruction or a full fence everything before it has been made. */
void delays_fence(struct weak *t, unsigned int cpu, unsigned int order)
{
	struct weak_since *since = &t->views[cpu].since;

	assert(cpu < t->nr_cpus);
	if (!t->delays)
		return;
	if (order & VIEW_ORDERED)
		*since = (struct weak_since){ .accessed = since->accessed };
	if (order & VIEW_ACQUIRE)
		since->loaded = 0;
	if (order & VIEW_RELEASE)
		since->stored_unfenced = 0;
}

/* ---- cycles ---- */

/* From access to access: one CPU's in program order, or two CPUs' to one place. */
static bool leads(const struct delays *d, unsigned int cpu, unsigned int from, unsigned int other, unsigned int to)
{
	if (cpu == other)
		return d->followed[cpu][from][to];
	return from / 2 == to / 2 && (from % 2 || to % 2) && d->accessed[cpu][from] && d->accessed[other][to];
}

struct search {
	const struct delays *delays;
	unsigned int cpu, to;
	bool seen[WEAK_CPUS][DELAYS_NODES];
};

/* Does a way from (@cpu, @from) come back to (search->cpu, search->to) over another CPU? */
static bool comes_back(struct search *s, unsigned int cpu, unsigned int from)
{
	for (unsigned int other = 0; other < WEAK_CPUS; other++) {
		for (unsigned int to = 0; to < DELAYS_NODES; to++) {
			/* The first step leaves the CPU, and so does the last. */
			if ((other == cpu && cpu == s->cpu) || s->seen[other][to] ||
			    !leads(s->delays, cpu, from, other, to))
				continue;
			if (other == s->cpu && to == s->to)
				return true;
			s->seen[other][to] = true;
			if (comes_back(s, other, to))
				return true;
		}
	}
	return false;
}

/* @second was accessed behind @first with nothing between them; is there a way back? */
static bool is_critical(const struct delays *d, unsigned int cpu, unsigned int first, unsigned int second)
{
	struct search s = { .delays = d, .cpu = cpu, .to = first };

	return comes_back(&s, cpu, second);
}

/* A store is late for what is behind it; of two loads the second is early, so it reads what is old. */
static uint64_t weak_of(const struct delays *d, unsigned int cpu, unsigned int place)
{
	uint64_t weak = 0;

	for (unsigned int second = 0; second < WEAK_PLACES; second++) {
		if ((d->stored_then_loaded[cpu][place] >> second & 1 &&
		     is_critical(d, cpu, node(place, true), node(second, false))) ||
		    (d->stored_then_stored[cpu][place] >> second & 1 &&
		     is_critical(d, cpu, node(place, true), node(second, true))))
			weak |= 1ull << place;
		if (d->loaded_then_loaded[cpu][place] >> second & 1 &&
		    is_critical(d, cpu, node(place, false), node(second, false)))
			weak |= 1ull << second;
	}
	return weak;
}

bool delays_learn(struct delays *d)
{
	uint64_t before = d->weak;

	for (unsigned int cpu = 0; cpu < WEAK_CPUS; cpu++) {
		for (unsigned int place = 0; place < WEAK_PLACES; place++)
			d->weak |= weak_of(d, cpu, place);
	}
	return d->weak != before;
}
