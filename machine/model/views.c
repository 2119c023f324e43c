/* SPDX-License-Identifier: MIT */
/* views.c - what one CPU's accesses and fences do on the timeline; see views.h. */
#include "machine/model/views.h"

#include <assert.h>
#include <string.h>
#include <explore/agent.h>

static void raise(weak_stamp *view, weak_stamp to)
{
	if (*view < to)
		*view = to;
}

/* ---- stores on their way ---- */

/* The difference between acquire and seq_cst: AArch64's LDAR is not satisfied while a STLR of the same CPU is on its way, and LDAPR is. */
static bool has_ordered_store(const struct weak_view *v)
{
	for (unsigned int i = 0; i < v->nr_stores; i++) {
		if (v->stores[i].ordered)
			return true;
	}
	return false;
}

/*
 * The newest of its own to @place, which is what the CPU itself reads there; NULL: none is on its way.
 * Older ones to the same place leave first, so nobody ever reads one of them behind this one.
 */
static const struct weak_store *own_store(const struct weak_view *v, unsigned int place)
{
	for (unsigned int i = v->nr_stores; i > 0; i--) {
		if (v->stores[i - 1].place == place)
			return &v->stores[i - 1];
	}
	return NULL;
}

/* For who tells an execution: a value that nobody else can see yet looks like a mistake otherwise. */
bool view_is_own(const struct weak *t, unsigned int cpu, unsigned int place)
{
	assert(cpu < t->nr_cpus && place < t->nr_places);
	return own_store(&t->views[cpu], place);
}

/*
 * Epochs are counted only while something is on its way: a store fence with nothing before it orders nothing that is
 * still to come, and would make states different that are not.
 */
bool view_older_epoch(const struct weak *t, unsigned int cpu)
{
	const struct weak_view *v = &t->views[cpu];

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

/*
 * An ordered load waits where LDAR does. Everything else can always be read in some way: what is newest was overwritten
 * by nothing, so no view can be behind it.
 */
bool view_may_load(const struct weak *t, unsigned int cpu, unsigned int order)
{
	assert(cpu < t->nr_cpus);
	return !is_ordered_load(order) || !has_ordered_store(&t->views[cpu]);
}

/* What `released` adds matters once the ordered store has left: what follows the load is then behind it, also for walks that know of it. */
weak_stamp view_before_load(const struct weak *t, unsigned int cpu, unsigned int order)
{
	const struct weak_view *v = &t->views[cpu];

	return is_ordered_load(order) ? later(v->loads, v->released) : v->loads;
}

/*
 * Reading half of its own read-modify-write with acquire is reading what that one read: else an acquire could be satisfied
 * from the CPU's own queue and order nothing, although the write that was swapped out came from another CPU's release.
 */
static weak_stamp after_own_change(const struct weak_view *v, unsigned int place, unsigned int order)
{
	weak_stamp after = 0;

	for (unsigned int i = 0; order & VIEW_ACQUIRE && i < v->nr_stores; i++) {
		if (v->stores[i].locked && v->stores[i].place == place)
			raise(&after, v->stores[i].read);
	}
	return after;
}

/*
 * A CPU that reads its own write back does not learn by it that the write has left: it could have read it from its queue just
 * as well. So the view is that of what the value and the address were made of.
 */
static weak_stamp view_of(const struct weak *t, unsigned int cpu, unsigned int place, weak_stamp stamp,
			  weak_stamp after)
{
	const struct weak_place *p = &t->places[place];
	const struct weak_event *event = stamp && !p->strong ? &t->events[stamp - 1] : NULL;

	if (p->strong && p->cpu == cpu && p->forward != WEAK_NEVER)
		return later(after, p->forward);
	if (event && event->cpu == cpu && event->forward != WEAK_NEVER)
		return later(after, event->forward);
	return later(after, stamp);
}

weak_stamp view_after_newest(const struct weak *t, unsigned int cpu, unsigned int place)
{
	assert(cpu < t->nr_cpus && place < t->nr_places);
	return view_of(t, cpu, place, weak_newest(t, place), 0);
}

/* Those that are kept: @room of them from the @first on. */
struct reads {
	unsigned int first, room;
	struct view_read *reads;
};

static void keep(const struct reads *kept, unsigned int nr, const struct view_read *read)
{
	if (nr >= kept->first && nr - kept->first < kept->room)
		kept->reads[nr - kept->first] = *read;
}

/*
 * Old writes are not kept for some time and then forgotten: each is offered until the CPU has to know what overwrote it. The last in the
 * list is the newest. A write that is not overwritten has no next, so there is always one without a @limit.
 */
static unsigned int find_reads(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order,
			       weak_stamp after, weak_stamp limit, const struct reads *kept)
{
	const struct weak_view *v = &t->views[cpu];
	const struct weak_store *own = own_store(v, place);
	weak_stamp stamps[VIEW_MAX_READS];
	unsigned int n = 0, writes;

	assert(cpu < t->nr_cpus && place < t->nr_places);
	after = later(after, after_own_change(v, place, order));
	if (own) {
		keep(kept, 0, &(struct view_read){ own->value, 0, later(after, own->forward) });
		return 1;
	}
	writes = weak_writes(t, place, stamps);
	for (unsigned int i = 0; i < writes; i++) {
		weak_stamp next = i + 1 < writes ? stamps[i + 1] : WEAK_NEVER;

		/* A first write whose predecessor is gone has no stamp 0 before it; next is right all the same. */
		if (next <= later(after, v->seen[place]) || stamps[i] >= limit ||
		    (weak_reads_newest(t, cpu, place) && next != WEAK_NEVER))
			continue;
		keep(kept, n++,
		     &(struct view_read){ weak_value(t, stamps[i], place), stamps[i],
					  view_of(t, cpu, place, stamps[i], after) });
	}
	return n;
}

unsigned int view_reads(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order,
			weak_stamp after, weak_stamp limit, struct view_read *reads)
{
	return find_reads(t, cpu, place, order, after, limit, &(struct reads){ 0, VIEW_MAX_READS, reads });
}

unsigned int view_find_read(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order,
			    weak_stamp after, unsigned int nr, struct view_read *read)
{
	return find_reads(t, cpu, place, order, after, WEAK_NEVER, &(struct reads){ nr, 1, read });
}

/* `seen` and not `loads`: without acquire a load orders nothing but later loads of the same place, which must not go backwards. */
static void took(struct weak_view *v, unsigned int place, unsigned int order, const struct view_read *read)
{
	if (!(order & VIEW_UNREAD))
		raise(&v->loaded, read->view);
	raise(&v->all, read->view);
	raise(&v->seen[place], later(read->view, read->stamp));
	if (order & VIEW_ACQUIRE)
		raise(&v->loads, read->view);
}

void view_load(struct weak *t, unsigned int cpu, unsigned int place, unsigned int order, const struct view_read *read)
{
	assert(view_may_load(t, cpu, order));
	took(&t->views[cpu], place, order, read);
}

/* ---- stores ---- */

/*
 * What has left is one more thing that its CPU knows, but no load of its comes after it by that alone: a later load may have been
 * satisfied before. `stored` is for a fault, which a store fence before it orders.
 */
static weak_stamp write_now(struct weak *t, unsigned int cpu, const struct weak_store *store)
{
	struct weak_view *v = &t->views[cpu];
	weak_stamp stamp = weak_write(t, store->place, store->value, cpu, store->forward);

	v->wrote = v->all = v->seen[store->place] = stamp;
	if (store->ordered)
		v->released = stamp;
	if (store->epoch < v->epoch)
		v->stored = stamp;
	return stamp;
}

bool view_keeps(const struct weak *t, unsigned int order)
{
	return t->facts.buffers && !(t->facts.in_order && order & VIEW_ORDERED);
}

/* A store that is sequentially consistent is a locked exchange where memory is in order, and such an instruction waits. */
bool view_may_store(const struct weak *t, unsigned int cpu, unsigned int order)
{
	assert(cpu < t->nr_cpus);
	return !t->facts.in_order || !(order & VIEW_ORDERED) || !t->views[cpu].nr_stores;
}

/* More stores on their way than there is room for are no reason to let one leave: that would hide what is later. */
static void enter(struct weak_view *v, const struct weak_store *store)
{
	if (v->nr_stores == WEAK_STORES)
		agent_too_big("stores on their way from one CPU", WEAK_STORES);
	v->stores[v->nr_stores++] = *store;
}

/* Where nothing waits, a store is known to everybody when it is made, and so to the loads of its own CPU. */
void view_store(struct weak *t, unsigned int cpu, unsigned int order, struct weak_store store)
{
	struct weak_view *v = &t->views[cpu];

	assert(view_may_store(t, cpu, order));
	store.epoch = v->epoch;
	store.release = (order & VIEW_RELEASE) != 0;
	store.ordered = (order & VIEW_ORDERED) != 0;
	if (view_keeps(t, order))
		enter(v, &store);
	else
		raise(&v->loads, write_now(t, cpu, &store));
}

/*
 * In order within a place, behind store fences, and behind everything if it releases; in no other order, but where memory is
 * in order. A locked one may always leave: it is what the lock is for, and nobody who waits for it is in its way.
 */
bool view_may_leave(const struct weak *t, unsigned int cpu, unsigned int store)
{
	const struct weak_view *v = &t->views[cpu];
	const struct weak_store *s = &v->stores[store];

	assert(store < v->nr_stores);
	if (s->place != WEAK_NOBODY && !s->locked && weak_is_locked(t, s->place))
		return false;
	for (unsigned int i = 0; i < store; i++) {
		const struct weak_store *older = &v->stores[i];

		if (t->facts.in_order || s->release || older->epoch < s->epoch ||
		    (older->place == s->place && s->place != WEAK_NOBODY))
			return false;
	}
	return true;
}

bool view_would_leave(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order)
{
	const struct weak_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus && place < t->nr_places);
	if (v->nr_stores && (t->facts.in_order || order & VIEW_RELEASE))
		return false;
	return !own_store(v, place) && !view_older_epoch(t, cpu) && !weak_is_locked(t, place);
}

/* What a fault has left behind (see leave_ghost() in walks.c) goes without a trace: it was there to be waited for. */
void view_leave(struct weak *t, unsigned int cpu, unsigned int store)
{
	struct weak_view *v = &t->views[cpu];
	struct weak_store s = v->stores[store];

	assert(view_may_leave(t, cpu, store));
	v->nr_stores--;
	memmove(&v->stores[store], &v->stores[store + 1], (v->nr_stores - store) * sizeof(s));
	memset(&v->stores[v->nr_stores], 0, sizeof(s));
	if (s.place != WEAK_NOBODY)
		write_now(t, cpu, &s);
	if (!v->nr_stores)
		v->epoch = 0;
}

/* ---- read-modify-writes ---- */

/*
 * Its own store to the place would have to be read, and one before a store fence has to leave before the write does; both are simplest
 * waited for. A release waits for all: its write must not leave before them, and its lock must not be held so long.
 */
bool view_may_change(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order)
{
	const struct weak_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus);
	if (!view_may_load(t, cpu, order) || weak_is_locked(t, place))
		return false;
	if (t->facts.in_order || order & VIEW_RELEASE)
		return !v->nr_stores;
	return !own_store(v, place) && !view_older_epoch(t, cpu);
}

/* A read-modify-write reads what nothing has overwritten, and the lock keeps it so until its write has left. */
struct view_read view_newest(const struct weak *t, unsigned int cpu, unsigned int place, weak_stamp after)
{
	weak_stamp stamp = weak_newest(t, place);

	assert(cpu < t->nr_cpus);
	return (struct view_read){ weak_value(t, stamp, place), stamp, later(after, stamp) };
}

/*
 * The write may be late although the read was made: later loads may pass it, which C11 allows, and AArch64 does for all but
 * those that acquire and release. Locked instructions of a machine in order are full fences.
 */
void view_change(struct weak *t, unsigned int cpu, unsigned int order, const struct view_read *read,
		 struct weak_store store, bool at_once)
{
	struct weak_view *v = &t->views[cpu];

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

/* Only the newest write can be reserved: one that was overwritten already will not be stored to. */
void view_reserve(struct weak *t, unsigned int cpu, unsigned int place, const struct view_read *read)
{
	struct weak_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus);
	v->reserved = WEAK_NOBODY;
	if (!own_store(v, place) && read->stamp == weak_newest(t, place))
		v->reserved = (uint8_t)place;
}

/*
 * As a change, but that somebody else's write in between makes it fail, and that it never has to wait: an exclusive store may
 * fail for no reason at all.
 */
bool view_may_store_exclusive(const struct weak *t, unsigned int cpu, unsigned int place, unsigned int order)
{
	const struct weak_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus);
	if (v->reserved != place || weak_is_locked(t, place) || own_store(v, place))
		return false;
	return t->facts.in_order || order & VIEW_RELEASE ? !v->nr_stores : !view_older_epoch(t, cpu);
}

/*
 * No later load is ordered behind it, but where memory is in order. It has left at once: AArch64 would let it wait like any
 * other store, and no published outcome depends on it.
 */
void view_store_exclusive(struct weak *t, unsigned int cpu, unsigned int order, struct weak_store store)
{
	struct weak_view *v = &t->views[cpu];

	assert(view_may_store_exclusive(t, cpu, store.place, order));
	store.epoch = v->epoch;
	store.release = (order & VIEW_RELEASE) != 0;
	store.ordered = (order & VIEW_ORDERED) != 0;
	write_now(t, cpu, &store);
	if (t->facts.in_order)
		raise(&v->loads, v->wrote);
}

/* ---- fences ---- */

/* A fence for loads has nothing to wait for, as a load has its value when it is made; nor has one that only separates stores. */
bool view_may_fence(const struct weak *t, unsigned int cpu, enum view_fence fence)
{
	const struct weak_view *v = &t->views[cpu];

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

/*
 * The second of its effects is for walks, and comes with the next context synchronisation, or now, where FEAT_ETS2 or the like makes walks
 * as prompt as loads.
 */
static void complete(struct weak *t, struct weak_view *v, weak_stamp view)
{
	raise(&v->loads, view);
	raise(&v->context, view);
	raise(&v->completed, view);
	if (t->facts.fault_looks)
		raise(&v->walks, view);
}

/*
 * What each of them makes later loads know is what it orders: loads by what was loaded, a full one by its own last write as well.
 * It is a view and not "everything that there is": what no access of this CPU has come across it need not know.
 */
void view_fence(struct weak *t, unsigned int cpu, enum view_fence fence)
{
	struct weak_view *v = &t->views[cpu];

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

/* An exception, the return from one, ISB: whatever was made ahead with an older context is thrown away. */
void view_context(struct weak *t, unsigned int cpu)
{
	struct weak_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus);
	raise(&v->loads, v->context);
	raise(&v->walks, v->context);
}

/* By itself a branch orders stores behind it, which are never early here, and nothing else until the context is synchronised. */
void view_branch(struct weak *t, unsigned int cpu, weak_stamp view)
{
	assert(cpu < t->nr_cpus);
	raise(&t->views[cpu].branched, view);
	raise(&t->views[cpu].context, view);
}
