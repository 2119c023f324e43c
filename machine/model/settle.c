/* SPDX-License-Identifier: MIT */
/*
 * settle.c - what of a timeline can be forgotten, and new numbers for what is left.
 *
 * 1. What a place held before its first event is gone when no CPU can read it any more, by a load nor by a walk.
 * 2. If it is gone, the first event is dropped when nobody can read that either; or it becomes what the place held, if every CPU is
 *    after it already, since reading it then moves no view.
 * 3. An invalidation is dropped when every entry that it covers, and that was overwritten before it, is gone.
 * 4. Stamps become ranks among the events that are left: an event and a view compare as they did.
 * 5. A view that another one includes, a CPU that has ended, the owner of a write who will never read it: all are made 0.
 *
 * Of 1 and 2 the conditions are sufficient, not necessary: what is kept for too long only tells two states apart.
 */
#include "machine/model/weak.h"

#include <assert.h>
#include <string.h>

#include "machine/model/walks.h"

/* ---- who may still read what ---- */

/* A CPU whose program has ended loads nothing any more. */
static bool can_load(const struct weak *t, unsigned int place, weak_stamp next)
{
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		const struct weak_view *v = &t->views[cpu];

		if (!v->over && !weak_reads_newest(t, cpu, place) && next > later(v->loads, v->seen[place]))
			return true;
	}
	return false;
}

/* Entries are read in two ways, and each of them may outlast the other. */
static bool can_walk(const struct weak *t, unsigned int place, uint64_t value, weak_stamp next)
{
	for (unsigned int page = 0; page < t->nr_pages; page++) {
		bool upper = t->pages[page].upper == place;

		if (t->pages[page].entry != place && !upper)
			continue;
		for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
			if (!t->views[cpu].over && walk_may_use(t, cpu, page, upper, value, next))
				return true;
		}
	}
	return false;
}

/* What is newest can always be read: at the end by whoever asks about the outcome. */
static bool can_read(const struct weak *t, unsigned int place, uint64_t value, weak_stamp next)
{
	return next == WEAK_NEVER || can_load(t, place, next) || can_walk(t, place, value, next);
}

/* What somebody compares with events: it must not disappear between two of them, or it would compare as something else. */
static bool is_pinned(const struct weak *t, weak_stamp stamp)
{
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		const struct weak_view *v = &t->views[cpu];

		if (v->early.stamp && v->early.stamp == stamp)
			return true;
		for (unsigned int i = 0; i < v->nr_stores; i++) {
			if (v->stores[i].until == stamp)
				return true;
		}
	}
	return false;
}

/* Then to read it is to learn nothing, and its place on the timeline says nothing. */
static bool everybody_is_after(const struct weak *t, weak_stamp stamp)
{
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		const struct weak_view *v = &t->views[cpu];

		if (!v->over && !weak_is_blind(t, cpu) && (v->loads < stamp || (t->nr_pages && v->walks < stamp)))
			return false;
	}
	return true;
}

/* ---- dropping; .cpu of an event that is dropped becomes DROPPED until it is taken out ---- */

enum {
	DROPPED = 0xfe,
};

/* The walk of an early update uses the entry before it, however old. */
static bool is_walked(const struct weak *t, unsigned int place, weak_stamp stamp)
{
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		const struct weak_early *early = &t->views[cpu].early;

		if (early->stamp && early->walked == stamp && t->events[early->stamp - 1].place == place)
			return true;
	}
	return false;
}

static void forget_writer(struct weak_place *p)
{
	p->stamp = 0;
	p->cpu = WEAK_NOBODY;
	p->forward = WEAK_NEVER;
}

/* To read it is to learn what everybody knows. Looked at when stamps have their new numbers, of which 0 is what everybody knows. */
static void settle_strong(const struct weak *t, struct weak_place *p)
{
	if ((p->stamp || p->cpu != WEAK_NOBODY) && everybody_is_after(t, p->stamp))
		forget_writer(p);
}

/*
 * The event becomes what the place held, also for a walk that used it: whether that was before or after everybody was behind the event makes no
 * difference.
 */
static void make_base(struct weak *t, unsigned int place, weak_stamp stamp)
{
	t->places[place].gone = 0;
	t->places[place].value = t->events[stamp - 1].value;
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		struct weak_early *early = &t->views[cpu].early;

		if (early->stamp && early->walked == stamp)
			early->walked = 0;
	}
}

/*
 * From the oldest on, and only from there: a write in the middle that nobody can read keeps the ones around it apart, and what it cost to tell
 * when that makes a difference would be more than it saves.
 */
static void settle_place(struct weak *t, unsigned int place)
{
	struct weak_place *p = &t->places[place];
	weak_stamp first = weak_next(t, place, 0);

	assert(place < t->nr_places);
	while (first != WEAK_NEVER) {
		struct weak_event *event = &t->events[first - 1];
		weak_stamp next = weak_next(t, place, first);

		if (!p->gone && (is_walked(t, place, 0) || can_read(t, place, p->value, first)))
			return;
		p->gone = 1;
		p->value = 0;
		if (is_pinned(t, first))
			return;
		if (is_walked(t, place, first) || can_read(t, place, event->value, next)) {
			if (!everybody_is_after(t, first))
				return;
			make_base(t, place, first);
		}
		event->cpu = DROPPED;
		first = next;
	}
}

static bool is_write_to(const struct weak *t, unsigned int i, unsigned int place)
{
	return t->events[i].kind == WEAK_WRITE && t->events[i].cpu != DROPPED && t->events[i].place == place;
}

/* Is there an entry that the invalidation at @stamp keeps anybody from using? */
static bool keeps_from(const struct weak *t, const struct weak_event *invalidation, unsigned int entry)
{
	bool there = !t->places[entry].gone;

	assert(invalidation->kind == WEAK_INVALIDATION && invalidation->before <= t->nr_events);
	for (unsigned int i = 0; i < invalidation->before; i++) {
		if (!is_write_to(t, i, entry))
			continue;
		if (there)
			return true;
		there = true;
	}
	return false;
}

/* It says nothing of what is written later: that will be overwritten behind it, if at all. */
static void settle_invalidation(struct weak *t, struct weak_event *event)
{
	for (unsigned int page = 0; page < t->nr_pages; page++) {
		const struct weak_page *p = &t->pages[page];

		if (weak_covers(t, &event->target, page, false) && keeps_from(t, event, p->entry))
			return;
		if (p->upper != WEAK_NOBODY && weak_covers(t, &event->target, page, true) &&
		    keeps_from(t, event, p->upper))
			return;
	}
	event->cpu = DROPPED;
}

/* ---- renumbering ---- */

/* Compared first, so that what stays as it is is not written: the search notes every store. */
static void renumber(weak_stamp *stamp, const weak_stamp *ranks)
{
	assert(*stamp == WEAK_NEVER || ranks[*stamp] <= *stamp);
	if (*stamp != WEAK_NEVER && *stamp != ranks[*stamp])
		*stamp = ranks[*stamp];
}

static void renumber_view(struct weak_view *v, unsigned int places, unsigned int pages, const weak_stamp *ranks)
{
	weak_stamp *const views[] = { &v->loads,     &v->loaded,   &v->all,	    &v->wrote,
				      &v->released,  &v->stored,   &v->walks,	    &v->context,
				      &v->completed, &v->branched, &v->early.stamp, &v->early.walked };

	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		renumber(views[i], ranks);
	for (unsigned int i = 0; i < places; i++)
		renumber(&v->seen[i], ranks);
	for (unsigned int i = 0; i < pages; i++)
		renumber(&v->walked[i], ranks);
	for (unsigned int i = 0; i < v->nr_issued; i++)
		renumber(&v->issued[i].before, ranks);
	for (unsigned int i = 0; i < v->nr_stores; i++) {
		renumber(&v->stores[i].forward, ranks);
		renumber(&v->stores[i].until, ranks);
		renumber(&v->stores[i].read, ranks);
	}
}

/* Takes out what is dropped. @ranks: of each stamp, how many events up to it are left. False: all of them are. */
static bool compact(struct weak *t, weak_stamp *ranks)
{
	unsigned int left = 0, before = t->nr_events;

	assert(before <= WEAK_EVENTS);
	ranks[0] = 0;
	for (unsigned int i = 0; i < before; i++) {
		if (t->events[i].cpu != DROPPED) {
			if (left != i)
				t->events[left] = t->events[i];
			left++;
		}
		ranks[i + 1] = (weak_stamp)left;
	}
	if (left == before)
		return false;
	memset(&t->events[left], 0, (before - left) * sizeof(t->events[0]));
	t->nr_events = (uint8_t)left;
	return true;
}

/* ---- what makes no difference ---- */

static void clear_if_included(weak_stamp *stamp, weak_stamp in)
{
	if (*stamp && *stamp <= in)
		*stamp = 0;
}

/* Epochs are compared with each other alone: those in use become 0, 1, 2 ... How many store fences there have been is nobody's business. */
static void settle_epochs(struct weak_view *v)
{
	unsigned int epoch = 0, last = v->nr_stores ? v->stores[0].epoch : 0;

	for (unsigned int i = 1; i < v->nr_stores; i++)
		last = v->stores[i].epoch < last ? v->stores[i].epoch : last;
	for (;;) {
		unsigned int next = WEAK_NOBODY;

		for (unsigned int i = 0; i < v->nr_stores; i++) {
			if (v->stores[i].epoch == last)
				v->stores[i].epoch = (uint8_t)epoch;
			else if (v->stores[i].epoch > last && v->stores[i].epoch < next)
				next = v->stores[i].epoch;
		}
		if (v->nr_stores == 0 || v->epoch == last) {
			v->epoch = (uint8_t)epoch;
			return;
		}
		epoch++;
		last = next < v->epoch ? next : v->epoch;
	}
}

/* Who has ended has no use for what it knows, nor has who reads nothing old any more; what it has on its way still leaves. */
static void settle_unused(struct weak_view *v)
{
	memset(v, 0, offsetof(struct weak_view, nr_stores));
	memset(v->seen, 0, sizeof(v->seen));
	memset(v->walked, 0, sizeof(v->walked));
	if (v->over)
		v->reserved = WEAK_NOBODY;
	for (unsigned int i = 0; i < v->nr_stores; i++) {
		v->stores[i].forward = 0;
		v->stores[i].read = 0;
	}
}

/* It is compared with writes to the place alone: so with the last of them that it includes. */
static void settle_seen(const struct weak *t, struct weak_view *v, unsigned int place)
{
	weak_stamp seen = v->seen[place], last = 0;

	if (!seen)
		return;
	for (unsigned int i = 0; i < seen && !weak_reads_newest(t, (unsigned int)(v - t->views), place); i++) {
		if (t->events[i].kind == WEAK_WRITE && t->events[i].place == place)
			last = (weak_stamp)(i + 1);
	}
	clear_if_included(&last, v->loads);
	if (seen != last)
		v->seen[place] = last;
}

static void settle_view(const struct weak *t, struct weak_view *v)
{
	settle_epochs(v);
	if (v->over || weak_is_blind(t, (unsigned int)(v - t->views))) {
		settle_unused(v);
		return;
	}
	clear_if_included(&v->released, v->loads);
	clear_if_included(&v->stored, v->loads);
	clear_if_included(&v->branched, v->completed);
	for (unsigned int i = 0; i < v->nr_stores; i++)
		clear_if_included(&v->stores[i].forward, v->loads);
	for (unsigned int i = 0; i < t->nr_places; i++)
		settle_seen(t, v, i);
	for (unsigned int i = 0; i < t->nr_pages; i++)
		clear_if_included(&v->walked[i], v->walks);
}

/* Who wrote an event matters to him alone, who may know less of it than its stamp says. */
static void settle_owner(const struct weak *t, uint8_t *cpu, weak_stamp *forward)
{
	if (*cpu != WEAK_NOBODY && (t->views[*cpu].over || weak_is_blind(t, *cpu)))
		*cpu = WEAK_NOBODY;
	if (*cpu == WEAK_NOBODY && *forward != WEAK_NEVER)
		*forward = WEAK_NEVER;
	else if (*forward != WEAK_NEVER && *forward && *forward <= t->views[*cpu].loads)
		*forward = 0;
}

void weak_settle(struct weak *t, weak_stamp *others, size_t nr)
{
	weak_stamp ranks[WEAK_EVENTS + 1];

	assert(t->nr_cpus > 0 && t->nr_events <= WEAK_EVENTS);
	for (unsigned int place = 0; place < t->nr_places; place++)
		settle_place(t, place);
	for (unsigned int i = 0; i < t->nr_events; i++) {
		if (t->events[i].kind == WEAK_INVALIDATION)
			settle_invalidation(t, &t->events[i]);
	}
	if (compact(t, ranks)) {
		for (unsigned int i = 0; i < t->nr_events; i++) {
			renumber(&t->events[i].forward, ranks);
			renumber(&t->events[i].before, ranks);
		}
		for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++)
			renumber_view(&t->views[cpu], t->nr_places, t->nr_pages, ranks);
		for (unsigned int place = 0; place < t->nr_places; place++) {
			renumber(&t->places[place].stamp, ranks);
			renumber(&t->places[place].forward, ranks);
		}
		for (size_t i = 0; i < nr; i++)
			renumber(&others[i], ranks);
	}
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++)
		settle_view(t, &t->views[cpu]);
	for (unsigned int i = 0; i < t->nr_events; i++)
		settle_owner(t, &t->events[i].cpu, &t->events[i].forward);
	for (unsigned int place = 0; place < t->nr_places; place++) {
		if (!t->places[place].strong)
			continue;
		settle_owner(t, &t->places[place].cpu, &t->places[place].forward);
		settle_strong(t, &t->places[place]);
	}
}

void weak_forget_writer(struct weak *t, unsigned int place)
{
	assert(place < t->nr_places && t->places[place].strong);
	forget_writer(&t->places[place]);
}

void weak_overwrite(struct weak *t, unsigned int place)
{
	assert(place < t->nr_places);
	for (unsigned int i = 0; !t->places[place].strong && i < t->nr_events; i++) {
		if (is_write_to(t, i, place))
			t->events[i].cpu = DROPPED;
	}
	weak_settle(t, NULL, 0);
	/* Behind that, which looks at what is dropped as long as it is there. */
	t->places[place].gone = 0;
}
