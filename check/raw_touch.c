/* SPDX-License-Identifier: MIT */
/*
 * raw_touch.c - what steps of a raw scenario say that they touch.
 *
 * What a step has changed is seen by comparing: events that were appended, locks that were taken or given back. What it has read
 * follows from its operation: the way it went is one of several, and how many there are is read, too.
 *
 * Objects: each CPU's view, with what it has on its way and where its program is; each place; the order of events; all locks of places
 * together; all invalidations together; the interrupt of each CPU.
 */
#include "check/raw_touch.h"

#include <assert.h>

#include "explore/agent.h"
#include "machine/model/steps.h"

/* Any word that is no object otherwise can be the name of one. */
static uint16_t invalidations(const struct raw_world *w)
{
	return agent_object(&w->state->timeline.nr_pages);
}

static uint16_t call_to(const struct raw_world *w, unsigned int cpu)
{
	return agent_object(&w->state->calls[cpu]);
}

/*
 * Who waits has the names of what it waits for on its stack, and they are given out at first use. So all are used at once: a state is then
 * the same bytes in every search, whichever step came first.
 */
void raw_name_objects(const struct raw_world *w)
{
	const struct weak *t = &w->state->timeline;

	step_events(t);
	step_locks(t);
	invalidations(w);
	for (unsigned int place = 0; place < t->nr_places; place++)
		step_place(t, place);
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		step_view(t, cpu);
		call_to(w, cpu);
	}
}

/* ---- while it waits ---- */

static bool has_place(const struct raw_op *op)
{
	return op->kind == RAW_LOAD || op->kind == RAW_STORE || op->kind == RAW_EXEC || op->kind == RAW_MODIFY ||
	       op->kind == RAW_AWAIT || op->kind == RAW_TABLE;
}

static void add(struct raw_objects *o, uint16_t object)
{
	assert(o->nr < RAW_MOST_OBJECTS);
	o->object[o->nr++] = object;
}

static void add_all_views(const struct raw_world *w, struct raw_objects *o)
{
	for (unsigned int cpu = 0; cpu < w->litmus->cpus; cpu++)
		add(o, step_view(&w->state->timeline, cpu));
}

/*
 * A newer entry is a way where the newest one is none for now: it is locked, its fault waits for stores, or the access waits for them
 * and a fault would not. Where nothing of that can be, the step reads the entry all the same.
 */
static void add_entry(const struct raw_runner *r, struct raw_objects *o)
{
	const struct weak *t = &r->world->state->timeline;
	const struct weak_page *page = &t->pages[raw_page(r->world, &raw_next(r)->place)];

	add(o, step_place(t, page->entry));
	if (page->upper != WEAK_NOBODY)
		add(o, step_place(t, page->upper));
}

/* What is awaited may be written anywhere that the entry comes to lead to, so then every event may make a difference. */
static void add_for_access(const struct raw_runner *r, struct raw_objects *o)
{
	const struct weak *t = &r->world->state->timeline;
	const struct raw_op *op = raw_next(r);

	add(o, step_locks(t));
	if (op->place.kind != RAW_PAGE) {
		if (op->kind == RAW_AWAIT)
			add(o, step_place(t, raw_flat_place(r->world, op)));
	} else if (op->kind == RAW_AWAIT) {
		add(o, step_events(t));
	} else {
		add_entry(r, o);
	}
}

/*
 * A fence that completes something waits for stores of others. What is to be completed may come to be while it waits: by an interrupt
 * of its CPU.
 */
static bool waits_for_others(const struct raw_runner *r)
{
	const struct weak_view *v = &r->world->state->timeline.views[r->cpu];
	const struct raw_op *op = raw_next(r);

	return op->kind == RAW_FENCE && op->fence == RAW_FENCE_COMPLETE &&
	       (v->nr_issued || r->world->called >> r->cpu & 1);
}

static void add_for_next(const struct raw_runner *r, struct raw_objects *o)
{
	const struct raw_op *op = raw_next(r);

	if (has_place(op))
		add_for_access(r, o);
	if (waits_for_others(r))
		add_all_views(r->world, o);
	else
		add(o, step_view(&r->world->state->timeline, r->cpu));
	if (op->kind == RAW_CALL)
		add(o, call_to(r->world, op->cpu));
}

void raw_wait_for_step(const struct raw_runner *r, bool (*ready)(const void *), const void *arg)
{
	struct raw_objects o = { .nr = 0 };

	assert(!r->run->over);
	add(&o, call_to(r->world, r->cpu));
	add_for_next(r, &o);
	agent_step_until(ready, arg, o.object, o.nr);
}

/* Where nothing is to be run there is only the interrupt to wait for. */
void raw_wait_for_interrupt(const struct raw_world *w, unsigned int cpu, bool (*ready)(const void *), const void *arg)
{
	const uint16_t object = call_to(w, cpu);

	agent_step_until(ready, arg, &object, 1);
}

/* A dirty bit may be set ahead as the entry is, so then every event may make a difference. */
void raw_wait_for_leaving(const struct raw_world *w, unsigned int cpu, bool (*ready)(const void *), const void *arg)
{
	const struct weak *t = &w->state->timeline;
	struct raw_objects o = { .nr = 0 };

	add(&o, step_view(t, cpu));
	add(&o, step_locks(t));
	if (t->hardware[cpu] & WEAK_SETS_DIRTY)
		add(&o, step_events(t));
	agent_step_until(ready, arg, o.object, o.nr);
}

void raw_wait_for_speculation(const struct raw_world *w, bool (*ready)(const void *), const void *arg)
{
	struct raw_objects o = { .nr = 0 };

	add_all_views(w, &o);
	add(&o, step_locks(&w->state->timeline));
	add(&o, step_events(&w->state->timeline));
	agent_step_until(ready, arg, o.object, o.nr);
}

/* ---- when it was made ---- */

static void reads(uint16_t object)
{
	agent_touch(object, AGENT_READ, 0);
}

static void writes(uint16_t object)
{
	agent_touch(object, AGENT_WRITE, 0);
}

/* As a number: a step takes a lock or gives one back, and never both. */
static unsigned int locks_of(const struct weak_view *v)
{
	unsigned int locks = v->nr_updates;

	for (unsigned int i = 0; i < v->nr_stores; i++)
		locks += v->stores[i].locked;
	return locks;
}

/*
 * Every page that a walk of this CPU may lead to now. Not every one that the entry has ever led to: what only others may still use is
 * dropped when they have no use for it, which is no matter of this step.
 */
static void reads_pages(const struct raw_runner *r)
{
	const struct raw_access a = raw_access_of(r, 0, NULL);
	const struct walk_access access = raw_walk_access(&a);
	struct walk walks[WALK_MAX_CHOICES];
	unsigned int n = walk_choices(a.timeline, r->cpu, &access, walks);

	for (unsigned int i = 0; i < n; i++) {
		if (walks[i].fault == WALK_NO_FAULT)
			reads(step_place(a.timeline,
					 raw_data_place(r->world, walk_frame(walks[i].entry) - 1, &a.op->place)));
	}
}

static void reads_translation(const struct raw_runner *r)
{
	const struct weak *t = &r->world->state->timeline;
	const struct raw_place *place = &raw_next(r)->place;
	const struct weak_page *page = &t->pages[raw_page(r->world, place)];

	assert(place->kind == RAW_PAGE);
	reads(step_place(t, page->entry));
	if (page->upper != WEAK_NOBODY)
		reads(step_place(t, page->upper));
	reads(invalidations(r->world));
	reads_pages(r);
}

/* What it hands over is all that has left, whose order it is. */
static void reads_for_call(const struct raw_runner *r)
{
	writes(call_to(r->world, raw_next(r)->cpu));
	if (!r->run->waits)
		reads(step_events(&r->world->state->timeline));
}

/* Touched before the step is made, as the ways that there were are gone afterwards. */
struct raw_before raw_before_step(const struct raw_runner *r)
{
	const struct weak *t = &r->world->state->timeline;
	const struct raw_op *op = raw_next(r);

	if (!r->run->over && has_place(op) && op->place.kind == RAW_PAGE)
		reads_translation(r);
	else if (!r->run->over && has_place(op))
		reads(step_place(t, raw_flat_place(r->world, op)));
	else if (!r->run->over && op->kind == RAW_CALL)
		reads_for_call(r);
	return raw_before_leaving(r->world, r->cpu);
}

struct raw_before raw_before_leaving(const struct raw_world *w, unsigned int cpu)
{
	const struct weak *t = &w->state->timeline;

	return (struct raw_before){ cpu, t->nr_events, locks_of(&t->views[cpu]) };
}

/* Before anything is dropped: new events are behind the old ones. */
void raw_touch(const struct raw_world *w, const struct raw_before *before)
{
	const struct weak *t = &w->state->timeline;

	assert(before->events <= t->nr_events);
	writes(step_view(t, before->cpu));
	for (unsigned int i = before->events; i < t->nr_events; i++) {
		writes(step_events(t));
		writes(t->events[i].kind == WEAK_WRITE ? step_place(t, t->events[i].place) : invalidations(w));
	}
	if (locks_of(&t->views[before->cpu]) != before->locks)
		writes(step_locks(t));
}

/* The answer hands over what has left, as the call does. */
void raw_touch_interrupt(const struct raw_world *w, unsigned int cpu, bool answers)
{
	writes(call_to(w, cpu));
	if (answers)
		reads(step_events(&w->state->timeline));
}
