/* SPDX-License-Identifier: MIT */
/* timeline.c - the events that everybody shares; see timeline.h. What may be forgotten of them is settle.c. */
#include "machine/model/timeline.h"

#include <assert.h>
#include <explore/agent.h>

/* ---- reading it ---- */

timeline_stamp timeline_next(const struct timeline *t, unsigned int place, timeline_stamp stamp)
{
	assert(place < t->nr_places);
	for (unsigned int i = stamp; i < t->nr_events; i++) {
		if (t->events[i].kind == TIMELINE_WRITE && t->events[i].place == place)
			return (timeline_stamp)(i + 1);
	}
	return TIMELINE_NEVER;
}

timeline_stamp timeline_newest(const struct timeline *t, unsigned int place)
{
	assert(place < t->nr_places);
	for (unsigned int i = t->nr_events; i > 0; i--) {
		if (t->events[i - 1].kind == TIMELINE_WRITE && t->events[i - 1].place == place)
			return (timeline_stamp)i;
	}
	return 0;
}

uint64_t timeline_value(const struct timeline *t, timeline_stamp stamp, unsigned int place)
{
	assert(stamp <= t->nr_events);
	if (!stamp)
		return t->places[place].value;
	assert(t->events[stamp - 1].place == place);
	return t->events[stamp - 1].value;
}

unsigned int timeline_writes(const struct timeline *t, unsigned int place, timeline_stamp *stamps)
{
	unsigned int n = 0;

	assert(place < t->nr_places);
	if (!t->places[place].gone)
		stamps[n++] = 0;
	for (unsigned int i = 0; i < t->nr_events; i++) {
		if (t->events[i].kind == TIMELINE_WRITE && t->events[i].place == place)
			stamps[n++] = (timeline_stamp)(i + 1);
	}
	return n;
}

bool timeline_is_locked(const struct timeline *t, unsigned int place)
{
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		const struct timeline_view *v = &t->views[cpu];

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

bool timeline_covers(const struct timeline *t, const struct timeline_target *target, unsigned int page)
{
	assert(page < t->nr_pages);
	if (target->covers == TIMELINE_PAGE)
		return target->which == page;
	return target->covers == TIMELINE_ALL || target->which == t->pages[page].space;
}

int timeline_page_of(const struct timeline *t, unsigned int place)
{
	for (unsigned int page = 0; page < t->nr_pages; page++) {
		if (t->pages[page].entry == place)
			return (int)page;
	}
	return -1;
}

/* ---- writing it ---- */

void timeline_init(struct timeline *t, const struct timeline_facts *facts, unsigned int cpus)
{
	assert(cpus > 0 && cpus <= TIMELINE_CPUS);
	t->facts = *facts;
	t->nr_cpus = (uint8_t)cpus;
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		t->views[cpu].reserved = TIMELINE_NOBODY;
}

unsigned int timeline_add_place(struct timeline *t, uint64_t value)
{
	if (t->nr_places == TIMELINE_PLACES)
		agent_too_big("places that several CPUs access", TIMELINE_PLACES);
	t->places[t->nr_places].value = value;
	return t->nr_places++;
}

unsigned int timeline_add_page(struct timeline *t, unsigned int entry, unsigned int space)
{
	assert(entry < t->nr_places);
	if (t->nr_pages == TIMELINE_PAGES)
		agent_too_big("pages", TIMELINE_PAGES);
	t->pages[t->nr_pages] = (struct timeline_page){ .entry = (uint8_t)entry, .space = (uint8_t)space };
	return t->nr_pages++;
}

static timeline_stamp append(struct timeline *t, const struct timeline_event *event)
{
	if (t->nr_events == TIMELINE_EVENTS)
		agent_too_big("writes that somebody may still read", TIMELINE_EVENTS);
	t->events[t->nr_events++] = *event;
	return t->nr_events;
}

/* What was translated with the entry that is overwritten now, and is still on its way, has to be known as such (R8). */
static void note_overwritten(struct timeline *t, unsigned int entry, timeline_stamp stamp)
{
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		struct timeline_view *v = &t->views[cpu];

		for (unsigned int i = 0; i < v->nr_stores; i++) {
			struct timeline_store *s = &v->stores[i];

			if (s->page != TIMELINE_NOBODY && t->pages[s->page].entry == entry &&
			    s->until == TIMELINE_NEVER)
				s->until = stamp;
		}
	}
}

timeline_stamp timeline_write(struct timeline *t, unsigned int place, uint64_t value, unsigned int cpu,
			      timeline_stamp forward)
{
	timeline_stamp stamp = append(t, &(struct timeline_event){ .value = value,
								   .forward = forward,
								   .kind = TIMELINE_WRITE,
								   .cpu = (uint8_t)cpu,
								   .place = (uint8_t)place,
								   .reach = TIMELINE_NOBODY });

	assert(place < t->nr_places);
	for (unsigned int i = 0; i < t->nr_cpus; i++) {
		if (t->views[i].reserved == place)
			t->views[i].reserved = TIMELINE_NOBODY;
	}
	note_overwritten(t, place, stamp);
	return stamp;
}

timeline_stamp timeline_invalidate(struct timeline *t, const struct timeline_issued *issued, unsigned int cpu)
{
	assert(cpu < t->nr_cpus);
	return append(t, &(struct timeline_event){ .before = issued->before,
						   .kind = TIMELINE_INVALIDATION,
						   .cpu = (uint8_t)cpu,
						   .place = TIMELINE_NOBODY,
						   .reach = issued->reach,
						   .target = issued->target });
}
