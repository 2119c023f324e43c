/* SPDX-License-Identifier: MIT */
/* weak.c - the events that everybody shares; see weak.h. What may be forgotten of them is settle.c. */
#include "machine/model/weak.h"

#include <assert.h>
#include <explore/agent.h>

/* ---- reading it ---- */

/* A walk through the events and no chain of them: there are a few, and what is not stored need not be kept right. */
weak_stamp weak_next(const struct weak *t, unsigned int place, weak_stamp stamp)
{
	assert(place < t->nr_places);
	for (unsigned int i = stamp; i < t->nr_events; i++) {
		if (t->events[i].kind == WEAK_WRITE && t->events[i].place == place)
			return (weak_stamp)(i + 1);
	}
	return WEAK_NEVER;
}

/* 0: nothing was written since the beginning, or since what was written became what was there. */
weak_stamp weak_newest(const struct weak *t, unsigned int place)
{
	assert(place < t->nr_places);
	if (t->places[place].strong)
		return t->places[place].stamp;
	for (unsigned int i = t->nr_events; i > 0; i--) {
		if (t->events[i - 1].kind == WEAK_WRITE && t->events[i - 1].place == place)
			return (weak_stamp)i;
	}
	return 0;
}

uint64_t weak_value(const struct weak *t, weak_stamp stamp, unsigned int place)
{
	assert(stamp <= t->nr_events);
	if (!stamp || t->places[place].strong)
		return t->places[place].value;
	assert(t->events[stamp - 1].place == place);
	return t->events[stamp - 1].value;
}

unsigned int weak_writes(const struct weak *t, unsigned int place, weak_stamp *stamps)
{
	unsigned int n = 0;

	assert(place < t->nr_places);
	if (t->places[place].strong) {
		stamps[0] = t->places[place].stamp;
		return 1;
	}
	if (!t->places[place].gone)
		stamps[n++] = 0;
	for (unsigned int i = 0; i < t->nr_events; i++) {
		if (t->events[i].kind == WEAK_WRITE && t->events[i].place == place)
			stamps[n++] = (weak_stamp)(i + 1);
	}
	return n;
}

/* Behind which all of the place stands that is its own and has not left. */
static struct weak_store *last_own(struct weak *t, unsigned int cpu, unsigned int place)
{
	struct weak_view *v = &t->views[cpu];

	for (unsigned int i = v->nr_stores; i > 0; i--) {
		if (v->stores[i - 1].place == place)
			return &v->stores[i - 1];
	}
	return NULL;
}

uint64_t *weak_last_has(struct weak *t, unsigned int cpu, unsigned int place)
{
	struct weak_store *own = last_own(t, cpu, place);
	weak_stamp newest;

	assert(cpu < t->nr_cpus && place < t->nr_places);
	if (own)
		return &own->has;
	newest = t->places[place].strong ? 0 : weak_newest(t, place);
	return newest ? &t->events[newest - 1].has : &t->places[place].has;
}

uint64_t weak_has(const struct weak *t, unsigned int cpu, unsigned int place, weak_stamp stamp)
{
	const struct weak_store *own = last_own((struct weak *)(uintptr_t)t, cpu, place);

	if (own)
		return own->has;
	return stamp && !t->places[place].strong ? t->events[stamp - 1].has : t->places[place].has;
}

/* Locks are not stored either: each is a store or an update that somebody has on its way. */
bool weak_is_locked(const struct weak *t, unsigned int place)
{
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		const struct weak_view *v = &t->views[cpu];

		for (unsigned int i = 0; i < v->nr_updates; i++) {
			if (v->updates[i].place == place)
				return true;
		}
		for (unsigned int i = 0; i < v->nr_stores; i++) {
			if (v->stores[i].locked && v->stores[i].place == place)
				return true;
		}
	}
	return false;
}

/*
 * By what it names, or by the space or the virtual machine that it is in. One level up an invalidation by address reaches only on some
 * machines, and on others whatever the address. Entries of upper levels are never global (Arm ARM D8, R_QGKGF).
 */
bool weak_covers(const struct weak *t, const struct weak_target *target, unsigned int page, bool upper)
{
	assert(page < t->nr_pages);
	if (upper && (target->leaf || (target->covers == WEAK_PAGE && t->facts.upper_by_all)))
		return false;
	if (target->covers == WEAK_SPACE && !upper && t->pages[page].global)
		return false;
	if (target->covers == WEAK_SPACE || (upper && target->covers == WEAK_PAGE && t->facts.upper_by_any))
		return target->space == t->pages[page].space;
	if (target->covers == WEAK_PAGE)
		return target->which == page || target->which == t->pages[page].beside;
	return target->covers == WEAK_ALL || target->which == t->pages[page].guest;
}

int weak_page_of(const struct weak *t, unsigned int place)
{
	for (unsigned int page = 0; page < t->nr_pages; page++) {
		if (t->pages[page].entry == place)
			return (int)page;
	}
	return -1;
}

/* ---- writing it ---- */

/* Everything else is 0, as the arena is: nobody knows anything, and nothing is on its way. */
void weak_init(struct weak *t, const struct weak_facts *facts, unsigned int cpus)
{
	assert(cpus > 0 && cpus <= WEAK_CPUS);
	t->facts = *facts;
	t->nr_cpus = (uint8_t)cpus;
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		t->views[cpu].reserved = WEAK_NOBODY;
}

unsigned int weak_add_place(struct weak *t, uint64_t value)
{
	if (t->nr_places == WEAK_PLACES)
		agent_too_big("places that several CPUs access", WEAK_PLACES);
	t->places[t->nr_places].value = value;
	return t->nr_places++;
}

void weak_make_strong(struct weak *t, unsigned int place, unsigned int late, unsigned int old)
{
	struct weak_place *p = &t->places[place];

	assert(place < t->nr_places && !p->stamp);
	p->prompt = (uint16_t)~late;
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++)
		t->views[cpu].newest |= (uint64_t)(~old >> cpu & 1) << place;
	if (old)
		return;
	p->strong = 1;
	p->cpu = WEAK_NOBODY;
	p->forward = WEAK_NEVER;
}

unsigned int weak_add_page(struct weak *t, unsigned int entry, unsigned int upper, unsigned int space,
			   unsigned int guest)
{
	assert(entry < t->nr_places && (upper < t->nr_places || upper == WEAK_NOBODY));
	if (t->nr_pages == WEAK_PAGES)
		agent_too_big("pages", WEAK_PAGES);
	t->pages[t->nr_pages] = (struct weak_page){ (uint8_t)entry, (uint8_t)upper,	  (uint8_t)space,
						    (uint8_t)guest, (uint8_t)t->nr_pages, 0 };
	return t->nr_pages++;
}

void weak_make_global(struct weak *t, unsigned int page)
{
	assert(page < t->nr_pages && !t->pages[page].global);
	t->pages[page].global = 1;
}

void weak_put_beside(struct weak *t, unsigned int page, unsigned int other)
{
	assert(page < t->nr_pages && other < t->nr_pages && t->pages[page].space == t->pages[other].space);
	t->pages[page].beside = (uint8_t)other;
}

/* The limit is on what somebody can still read, not on how much is written: weak_settle() has taken out the rest. */
static weak_stamp append(struct weak *t, const struct weak_event *event)
{
	if (t->nr_events == WEAK_EVENTS)
		agent_too_big("writes that somebody may still read", WEAK_EVENTS);
	t->events[t->nr_events++] = *event;
	return t->nr_events;
}

/* What was translated with the entry that is overwritten now, and is still on its way, has to be known as such (R8). */
static void note_overwritten(struct weak *t, unsigned int entry, weak_stamp stamp)
{
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		struct weak_view *v = &t->views[cpu];

		for (unsigned int i = 0; i < v->nr_stores; i++) {
			struct weak_store *s = &v->stores[i];

			if (s->page != WEAK_NOBODY && s->until == WEAK_NEVER &&
			    (t->pages[s->page].entry == entry || t->pages[s->page].upper == entry))
				s->until = stamp;
		}
	}
}

/* No event: what came before it cannot be read, and what comes behind knows it by the value. */
static weak_stamp write_strong(struct weak *t, unsigned int place, uint64_t value, unsigned int cpu, weak_stamp forward)
{
	struct weak_place *p = &t->places[place];

	p->value = value;
	p->stamp = t->nr_events;
	p->cpu = (uint8_t)cpu;
	p->forward = forward;
	return p->stamp;
}

/* An exclusive pair is broken by any write to its place, also by one of its own CPU. */
weak_stamp weak_write(struct weak *t, unsigned int place, uint64_t value, unsigned int cpu, weak_stamp forward)
{
	weak_stamp stamp = t->places[place].strong ? write_strong(t, place, value, cpu, forward)
						   : append(t, &(struct weak_event){ .value = value,
										     .forward = forward,
										     .kind = WEAK_WRITE,
										     .cpu = (uint8_t)cpu,
										     .place = (uint8_t)place,
										     .reach = WEAK_NOBODY });

	assert(place < t->nr_places);
	for (unsigned int i = 0; i < t->nr_cpus; i++) {
		if (t->views[i].reserved == place)
			t->views[i].reserved = WEAK_NOBODY;
	}
	note_overwritten(t, place, stamp);
	return stamp;
}

weak_stamp weak_invalidate(struct weak *t, const struct weak_issued *issued, unsigned int cpu)
{
	assert(cpu < t->nr_cpus);
	return append(t, &(struct weak_event){ .before = issued->before,
					       .kind = WEAK_INVALIDATION,
					       .cpu = (uint8_t)cpu,
					       .place = WEAK_NOBODY,
					       .reach = issued->reach,
					       .target = issued->target });
}
