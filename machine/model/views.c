/* SPDX-License-Identifier: MIT */
/* views.c - what one CPU's accesses and fences do on the timeline; see views.h. */
#include "machine/model/views.h"

#include <assert.h>
#include <string.h>
#include <explore/agent.h>

static void raise(timeline_stamp *view, timeline_stamp to)
{
	if (*view < to)
		*view = to;
}

/* ---- stores on their way ---- */

static bool has_ordered_store(const struct timeline_view *v)
{
	for (unsigned int i = 0; i < v->nr_stores; i++) {
		if (v->stores[i].ordered)
			return true;
	}
	return false;
}

/* The newest of its own to @place, which is what the CPU itself reads there; NULL: none is on its way. */
static const struct timeline_store *own_store(const struct timeline_view *v, unsigned int place)
{
	for (unsigned int i = v->nr_stores; i > 0; i--) {
		if (v->stores[i - 1].place == place)
			return &v->stores[i - 1];
	}
	return NULL;
}

bool view_older_epoch(const struct timeline *t, unsigned int cpu)
{
	const struct timeline_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus);
	for (unsigned int i = 0; i < v->nr_stores; i++) {
		if (v->stores[i].epoch < v->epoch)
			return true;
	}
	return false;
}

/* ---- loads ---- */

/* Of a read-modify-write with release alone the load is as any other. */
static bool is_ordered_load(unsigned int order)
{
	return order & VIEW_ORDERED && order & VIEW_ACQUIRE;
}

bool view_may_load(const struct timeline *t, unsigned int cpu, unsigned int order)
{
	assert(cpu < t->nr_cpus);
	return !is_ordered_load(order) || !has_ordered_store(&t->views[cpu]);
}

timeline_stamp view_before_load(const struct timeline *t, unsigned int cpu, unsigned int order)
{
	const struct timeline_view *v = &t->views[cpu];

	return is_ordered_load(order) ? later(v->loads, v->released) : v->loads;
}

/* Reading half of its own read-modify-write with acquire is reading what that one read. */
static timeline_stamp after_own_change(const struct timeline_view *v, unsigned int place, unsigned int order)
{
	timeline_stamp after = 0;

	for (unsigned int i = 0; order & VIEW_ACQUIRE && i < v->nr_stores; i++) {
		if (v->stores[i].locked && v->stores[i].place == place)
			raise(&after, v->stores[i].read);
	}
	return after;
}

static timeline_stamp view_of(const struct timeline *t, unsigned int cpu, timeline_stamp stamp, timeline_stamp after)
{
	const struct timeline_event *event = stamp ? &t->events[stamp - 1] : NULL;

	if (event && event->cpu == cpu && event->forward != TIMELINE_NEVER)
		return later(after, event->forward);
	return later(after, stamp);
}

unsigned int view_reads(const struct timeline *t, unsigned int cpu, unsigned int place, unsigned int order,
			timeline_stamp after, timeline_stamp limit, struct view_read *reads)
{
	const struct timeline_view *v = &t->views[cpu];
	const struct timeline_store *own = own_store(v, place);
	timeline_stamp stamps[VIEW_MAX_READS];
	unsigned int n = 0, writes;

	assert(cpu < t->nr_cpus && place < t->nr_places);
	after = later(after, after_own_change(v, place, order));
	if (own) {
		reads[0] = (struct view_read){ own->value, 0, later(after, own->forward) };
		return 1;
	}
	writes = timeline_writes(t, place, stamps);
	for (unsigned int i = 0; i < writes; i++) {
		timeline_stamp next = i + 1 < writes ? stamps[i + 1] : TIMELINE_NEVER;

		/* A first write whose predecessor is gone has no stamp 0 before it; next is right all the same. */
		if (next <= later(after, v->seen[place]) || stamps[i] >= limit ||
		    (!t->facts.stale && next != TIMELINE_NEVER))
			continue;
		reads[n++] = (struct view_read){ timeline_value(t, stamps[i], place), stamps[i],
						 view_of(t, cpu, stamps[i], after) };
	}
	return n;
}

static void took(struct timeline_view *v, unsigned int place, unsigned int order, const struct view_read *read)
{
	raise(&v->loaded, read->view);
	raise(&v->all, read->view);
	raise(&v->seen[place], later(read->view, read->stamp));
	if (order & VIEW_ACQUIRE)
		raise(&v->loads, read->view);
}

void view_load(struct timeline *t, unsigned int cpu, unsigned int place, unsigned int order,
	       const struct view_read *read)
{
	assert(view_may_load(t, cpu, order));
	took(&t->views[cpu], place, order, read);
}

/* ---- stores ---- */

/* What has left is one more thing that its CPU knows. */
static timeline_stamp write_now(struct timeline *t, unsigned int cpu, const struct timeline_store *store)
{
	struct timeline_view *v = &t->views[cpu];
	timeline_stamp stamp = timeline_write(t, store->place, store->value, cpu, store->forward);

	v->wrote = v->all = v->seen[store->place] = stamp;
	if (store->ordered)
		v->released = stamp;
	if (store->epoch < v->epoch)
		v->stored = stamp;
	return stamp;
}

bool view_may_store(const struct timeline *t, unsigned int cpu, unsigned int order)
{
	assert(cpu < t->nr_cpus);
	return !t->facts.in_order || !(order & VIEW_ORDERED) || !t->views[cpu].nr_stores;
}

static void enter(struct timeline_view *v, const struct timeline_store *store)
{
	if (v->nr_stores == TIMELINE_STORES)
		agent_too_big("stores on their way from one CPU", TIMELINE_STORES);
	v->stores[v->nr_stores++] = *store;
}

void view_store(struct timeline *t, unsigned int cpu, unsigned int order, struct timeline_store store)
{
	struct timeline_view *v = &t->views[cpu];

	assert(view_may_store(t, cpu, order));
	store.epoch = v->epoch;
	store.release = (order & VIEW_RELEASE) != 0;
	store.ordered = (order & VIEW_ORDERED) != 0;
	if (t->facts.buffers && !(t->facts.in_order && store.ordered))
		enter(v, &store);
	else
		raise(&v->loads, write_now(t, cpu, &store));
}

bool view_may_leave(const struct timeline *t, unsigned int cpu, unsigned int store)
{
	const struct timeline_view *v = &t->views[cpu];
	const struct timeline_store *s = &v->stores[store];

	assert(store < v->nr_stores);
	if (s->place != TIMELINE_NOBODY && !s->locked && timeline_is_locked(t, s->place))
		return false;
	for (unsigned int i = 0; i < store; i++) {
		const struct timeline_store *older = &v->stores[i];

		if (t->facts.in_order || s->release || older->epoch < s->epoch ||
		    (older->place == s->place && s->place != TIMELINE_NOBODY))
			return false;
	}
	return true;
}

void view_leave(struct timeline *t, unsigned int cpu, unsigned int store)
{
	struct timeline_view *v = &t->views[cpu];
	struct timeline_store s = v->stores[store];

	assert(view_may_leave(t, cpu, store));
	v->nr_stores--;
	memmove(&v->stores[store], &v->stores[store + 1], (v->nr_stores - store) * sizeof(s));
	memset(&v->stores[v->nr_stores], 0, sizeof(s));
	if (s.place != TIMELINE_NOBODY)
		write_now(t, cpu, &s);
	if (!v->nr_stores)
		v->epoch = 0;
}

/* ---- read-modify-writes ---- */

bool view_may_change(const struct timeline *t, unsigned int cpu, unsigned int place, unsigned int order)
{
	const struct timeline_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus);
	if (!view_may_load(t, cpu, order) || timeline_is_locked(t, place))
		return false;
	if (t->facts.in_order || order & VIEW_RELEASE)
		return !v->nr_stores;
	return !own_store(v, place) && !view_older_epoch(t, cpu);
}

struct view_read view_newest(const struct timeline *t, unsigned int cpu, unsigned int place, timeline_stamp after)
{
	timeline_stamp stamp = timeline_newest(t, place);

	assert(cpu < t->nr_cpus);
	return (struct view_read){ timeline_value(t, stamp, place), stamp, later(after, stamp) };
}

void view_change(struct timeline *t, unsigned int cpu, unsigned int order, const struct view_read *read,
		 struct timeline_store store, bool at_once)
{
	struct timeline_view *v = &t->views[cpu];

	assert(view_may_change(t, cpu, store.place, order));
	took(v, store.place, order, read);
	store.epoch = v->epoch;
	store.release = (order & VIEW_RELEASE) != 0;
	store.ordered = store.release && order & VIEW_ORDERED;
	store.read = read->view;
	store.locked = 1;
	if (t->facts.buffers && !t->facts.in_order && !at_once)
		enter(v, &store);
	else
		raise(&v->loads, write_now(t, cpu, &store));
}

/* ---- fences ---- */

bool view_may_fence(const struct timeline *t, unsigned int cpu, enum view_fence fence)
{
	const struct timeline_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus);
	switch (fence) {
	case VIEW_FENCE_LOADS:
	case VIEW_FENCE_STORES:
	case VIEW_COMPLETE_LOADS:
		return true;
	case VIEW_FENCE_FULL:
	case VIEW_COMPLETE_STORES:
		return !v->nr_stores;
	default:
		return !v->nr_stores && !v->nr_updates && !v->nr_issued;
	}
}

/* The second of its effects is for walks, and comes with the next context synchronisation, or now. */
static void complete(struct timeline *t, struct timeline_view *v, timeline_stamp view)
{
	raise(&v->loads, view);
	raise(&v->context, view);
	raise(&v->completed, view);
	if (t->facts.fault_looks)
		raise(&v->walks, view);
}

void view_fence(struct timeline *t, unsigned int cpu, enum view_fence fence)
{
	struct timeline_view *v = &t->views[cpu];

	assert(view_may_fence(t, cpu, fence));
	switch (fence) {
	case VIEW_FENCE_LOADS:
		raise(&v->loads, v->loaded);
		break;
	case VIEW_FENCE_STORES:
		raise(&v->stored, v->wrote);
		if (v->nr_stores)
			v->epoch++;
		break;
	case VIEW_FENCE_FULL:
		raise(&v->loads, later(v->loaded, v->wrote));
		break;
	case VIEW_COMPLETE_LOADS:
		complete(t, v, v->loaded);
		break;
	case VIEW_COMPLETE_STORES:
		complete(t, v, v->wrote);
		break;
	case VIEW_COMPLETE_FULL:
		complete(t, v, v->all);
		break;
	}
}

void view_context(struct timeline *t, unsigned int cpu)
{
	struct timeline_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus);
	raise(&v->loads, v->context);
	raise(&v->walks, v->context);
}

void view_branch(struct timeline *t, unsigned int cpu, timeline_stamp view)
{
	assert(cpu < t->nr_cpus);
	raise(&t->views[cpu].branched, view);
	raise(&t->views[cpu].context, view);
}
