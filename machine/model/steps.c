/* SPDX-License-Identifier: MIT */
/* steps.c - accesses to places of a timeline as steps of agents; see steps.h. */
#include "machine/model/steps.h"

#include <assert.h>
#include <explore/agent.h>

#include "machine/model/views.h"

/* ---- what steps touch ---- */

/* Whatever a CPU does changes what it knows, and it has one program: so two steps of one CPU never commute, and need not. */
uint16_t step_view(const struct weak *t, unsigned int cpu)
{
	assert(cpu < t->nr_cpus);
	return agent_object(&t->views[cpu]);
}

uint16_t step_place(const struct weak *t, unsigned int place)
{
	assert(place < t->nr_places);
	return agent_object(&t->places[place]);
}

uint16_t step_events(const struct weak *t)
{
	return agent_object(&t->events[0]);
}

uint16_t step_locks(const struct weak *t)
{
	return agent_object(&t->facts);
}

uint16_t step_stores(const struct weak *t, unsigned int cpu)
{
	assert(cpu < t->nr_cpus);
	return agent_object(&t->views[cpu].stores[0]);
}

static void writes(uint16_t object)
{
	agent_touch(object, AGENT_WRITE, 0);
}

/*
 * An event is appended: who else appends one cannot do it at the same time, as stamps say which was first. A write to a strong place
 * only takes down which was the last.
 */
static void writes_place(const struct weak *t, unsigned int place)
{
	writes(step_place(t, place));
	agent_touch(step_events(t), t->places[place].strong ? AGENT_READ : AGENT_WRITE, 0);
}

/* ---- waiting ---- */

/* Without padding: it lies on the stack of who waits, where all bytes are part of the state. */
struct wait {
	const struct weak *timeline;
	unsigned int cpu, place, order, spare;
};
_Static_assert(sizeof(struct wait) == 24, "no padding");

static bool may_load(const void *arg)
{
	const struct wait *w = arg;

	return view_may_load(w->timeline, w->cpu, w->order);
}

static bool may_store(const void *arg)
{
	const struct wait *w = arg;

	return view_may_store(w->timeline, w->cpu, w->order);
}

static bool may_change(const void *arg)
{
	const struct wait *w = arg;

	return view_may_change(w->timeline, w->cpu, w->place, w->order);
}

static bool may_fence(const void *arg)
{
	const struct wait *w = arg;

	return view_may_fence(w->timeline, w->cpu, VIEW_FENCE_FULL);
}

/* Each condition is about what the CPU has on its way, and some about locks. */
static void wait_until(bool (*ready)(const void *), const struct wait *wait)
{
	/* A whole word, for the same reason. */
	const uint16_t objects[4] = { step_view(wait->timeline, wait->cpu), step_locks(wait->timeline) };

	agent_step_until(ready, wait, objects, 2);
}

/* ---- in a step ---- */

void step_take(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order, const struct view_read *read)
{
	t->found = weak_has(t, cpu, place, read->stamp);
	view_load(t, cpu, place, order, read);
	writes(step_view(t, cpu));
	agent_touch(step_place(t, place), AGENT_READ, 0);
	weak_settle(t, NULL, 0);
}

/* Not in the frame that waits: what lies there is part of the state. */
uint64_t step_read(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order,
		   const struct step_fits *fits)
{
	struct view_read reads[VIEW_MAX_READS];
	unsigned int n, chosen, fit = 0;

	n = view_reads(t, cpu, place, order, view_before_load(t, cpu, order), WEAK_NEVER, reads);
	assert(n > 0);
	for (unsigned int i = 0; i < n; i++) {
		if (!fits || fits->fits(fits->arg, reads[i].value))
			reads[fit++] = reads[i];
	}
	/* Nobody who waits reads what would not do, but an access decides for itself. */
	if (!fit)
		reads[fit++] = reads[n - 1];
	/* Old ones are not read for ever: what has been written reaches everybody in the end. */
	/* 0 is the newest, also where nothing else is remembered, because the CPU is known to read nothing old. */
	chosen = fit - 1 - (fit > 1 ? agent_choose_fairly(fit) : 0);
	step_take(t, cpu, place, order, &reads[chosen]);
	return reads[chosen].value;
}

/*
 * The store that was made last, if it is on its way and nothing is in front of it. Not made at once: that would put later loads behind it, and so
 * behind everything else as well.
 */
static bool leave_now(struct weak *t, unsigned int cpu, unsigned int place)
{
	unsigned int last = t->views[cpu].nr_stores - 1u;

	if (!view_is_own(t, cpu, place))
		return true;
	if (!view_may_leave(t, cpu, last))
		return false;
	view_leave(t, cpu, last);
	return true;
}

bool step_put(struct weak *t, unsigned int cpu, unsigned int order, const struct weak_store *store)
{
	bool keeps = view_keeps(t, order), left = !keeps;
	unsigned int place = store->place;

	view_store(t, cpu, order, *store);
	if (keeps && weak_is_prompt(t, cpu, place)) {
		/* It stays behind half of a change by a CPU for which the place is late. */
		if (t->places[place].prompt != UINT16_MAX)
			agent_touch(step_locks(t), AGENT_READ, 0);
		left = leave_now(t, cpu, place);
	}
	if (left)
		writes_place(t, place);
	writes(step_view(t, cpu));
	weak_settle(t, NULL, 0);
	return left;
}

bool step_write(struct weak *t, unsigned int cpu, unsigned int place, uint64_t value, unsigned int order)
{
	return step_put(t, cpu, order,
			&(struct weak_store){ .place = (uint8_t)place, .value = value, .page = WEAK_NOBODY });
}

/* Reads the newest, so there is nothing to choose. */
struct view_read step_newest(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order)
{
	struct view_read read = view_newest(t, cpu, place, view_before_load(t, cpu, order));

	agent_touch(step_place(t, place), AGENT_READ, 0);
	t->found = weak_has(t, cpu, place, read.stamp);
	return read;
}

/* Whoever changes a word in sequential consistency has a full fence there, as on x86, with AMO.AQRL and with SWPAL; C11 asks for less. */
bool step_change(struct weak *t, unsigned int cpu, unsigned int order, const struct view_read *read, unsigned int place,
		 uint64_t value)
{
	bool left = true;

	view_change(t, cpu, order, read,
		    (struct weak_store){ .place = (uint8_t)place, .value = value, .page = WEAK_NOBODY },
		    (order & VIEW_ORDERED) != 0);
	if (weak_is_prompt(t, cpu, place))
		left = leave_now(t, cpu, place);
	else
		left = !view_is_own(t, cpu, place);
	writes(step_view(t, cpu));
	/* Locked and unlocked in one step is as if it had never been. */
	agent_touch(step_locks(t), left ? AGENT_READ : AGENT_WRITE, 0);
	writes_place(t, place);
	weak_settle(t, NULL, 0);
	return left;
}

/* Of what it does on both sides the full fence includes the rest. */
void step_fence_here(struct weak *t, unsigned int cpu, unsigned int order)
{
	if (order & VIEW_ORDERED)
		view_fence(t, cpu, VIEW_FENCE_FULL);
	if (order & VIEW_ACQUIRE)
		view_fence(t, cpu, VIEW_FENCE_LOADS);
	if (order & VIEW_RELEASE)
		view_fence(t, cpu, VIEW_FENCE_STORES);
	writes(step_view(t, cpu));
	weak_settle(t, NULL, 0);
}

/* ---- steps ---- */

uint64_t step_load(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order)
{
	wait_until(may_load, &(struct wait){ t, cpu, place, order, 0 });
	return step_read(t, cpu, place, order, NULL);
}

/*
 * No step where it only enters the queue: whoever could tell would have to be the CPU itself. What need not be weak leaves at once, if nothing
 * is in its way that has to leave before it.
 */
void step_store(struct weak *t, unsigned int cpu, unsigned int place, uint64_t value, unsigned int order)
{
	if (!view_keeps(t, order) || (weak_is_prompt(t, cpu, place) && view_would_leave(t, cpu, place, order)))
		wait_until(may_store, &(struct wait){ t, cpu, place, order, 0 });
	step_write(t, cpu, place, value, order);
}

uint64_t step_exchange(struct weak *t, unsigned int cpu, unsigned int place, uint64_t value, unsigned int order)
{
	struct view_read read;

	wait_until(may_change, &(struct wait){ t, cpu, place, order, 0 });
	read = step_newest(t, cpu, place, order);
	step_change(t, cpu, order, &read, place, value);
	return read.value;
}

void step_fence(struct weak *t, unsigned int cpu, unsigned int order)
{
	if (order & VIEW_ORDERED && !view_may_fence(t, cpu, VIEW_FENCE_FULL))
		wait_until(may_fence, &(struct wait){ .timeline = t, .cpu = cpu });
	step_fence_here(t, cpu, order);
}

void step_over(struct weak *t, unsigned int cpu)
{
	assert(!t->views[cpu].over);
	t->views[cpu].over = 1;
	writes(step_view(t, cpu));
	weak_settle(t, NULL, 0);
}

void step_written(struct weak *t, unsigned int cpu, unsigned int place, uint64_t value)
{
	assert(!weak_is_locked(t, place));
	weak_write(t, place, value, cpu, WEAK_NEVER);
	writes_place(t, place);
	weak_settle(t, NULL, 0);
}

/* ---- stores leave ---- */

/* Those of the CPU that may leave now; returns how many of @stores, WEAK_STORES, are filled in. */
static unsigned int leaving(const struct weak *t, unsigned int cpu, unsigned int *stores)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < t->views[cpu].nr_stores; i++) {
		if (view_may_leave(t, cpu, i))
			stores[n++] = i;
	}
	return n;
}

bool step_some_leave(const struct weak *t, unsigned int cpu)
{
	unsigned int stores[WEAK_STORES];

	return leaving(t, cpu, stores) > 0;
}

/* Asked by the search between two steps. */
static bool some_leave(const void *arg)
{
	const struct wait *w = arg;

	return step_some_leave(w->timeline, w->cpu);
}

struct weak_store step_let_leave(struct weak *t, unsigned int cpu, unsigned int store)
{
	const struct weak_store left = t->views[cpu].stores[store];

	writes_place(t, left.place);
	if (left.locked)
		writes(step_locks(t));
	view_leave(t, cpu, store);
	writes(step_view(t, cpu));
	weak_settle(t, NULL, 0);
	return left;
}

/* Which one is the hardware's choice. The step belongs to nobody's program, so a program never waits for it by spinning. */
struct weak_store step_let_one_leave(struct weak *t, unsigned int cpu)
{
	unsigned int stores[WEAK_STORES], n = leaving(t, cpu, stores);

	assert(n > 0);
	return step_let_leave(t, cpu, stores[n > 1 ? agent_choose(n) : 0]);
}

void step_leaving(void *leaves)
{
	const struct step_leaves *l = leaves;
	const struct wait wait = { .timeline = l->timeline, .cpu = l->cpu };

	for (;;) {
		wait_until(some_leave, &wait);
		step_let_one_leave(l->timeline, l->cpu);
	}
}
