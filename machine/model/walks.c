/* SPDX-License-Identifier: MIT */
/* walks.c - page-table walks, faults, invalidations and the bits that hardware sets; see walks.h. */
#include "machine/model/walks.h"

#include <assert.h>
#include <string.h>
#include <explore/agent.h>

#include "machine/model/views.h"

static void raise(weak_stamp *view, weak_stamp to)
{
	if (*view < to)
		*view = to;
}

static bool sets_dirty(const struct weak *t, unsigned int cpu)
{
	return t->hardware[cpu] & WEAK_SETS_DIRTY;
}

/* Hardware that sets dirty sets accessed as well; the other way round it need not be. */
static bool sets_accessed(const struct weak *t, unsigned int cpu)
{
	return t->hardware[cpu] & (WEAK_SETS_ACCESSED | WEAK_SETS_DIRTY);
}

/* ---- what an entry allows ---- */

/*
 * In the order in which hardware looks: whether the entry is there, whether it may be used without help, what it allows. A number may be stored
 * as an entry, and bits set in one that leads nowhere.
 */
static enum walk_fault fault_of(const struct weak *t, unsigned int cpu, const struct walk_access *access,
				uint64_t entry)
{
	bool user = t->hardware[cpu] & WEAK_USER && !access->kernel;

	if (!(entry & WALK_VALID) || !walk_frame(entry))
		return WALK_TRANSLATION;
	if (!(entry & WALK_YOUNG) && !sets_accessed(t, cpu))
		return WALK_ACCESS;
	if (access->writes && !(entry & WALK_DIRTY) && !(sets_dirty(t, cpu) && entry & WALK_WRITABLE))
		return WALK_PERMISSION;
	return user && !(entry & WALK_USER) ? WALK_PERMISSION : WALK_NO_FAULT;
}

/* What a walk makes of an entry that it may use. Reading needs accessed only; an entry that is accessed and dirty stays as it is. */
static uint64_t updated(const struct weak *t, unsigned int cpu, const struct walk_access *access, uint64_t entry)
{
	return entry | WALK_YOUNG | (access->writes && sets_dirty(t, cpu) ? WALK_DIRTY : 0);
}

/* ---- which entries a walk may use ---- */

/* What walks of the CPU know, whatever the address depends on. A machine whose walks follow its loads has no horizon of its own. */
static weak_stamp horizon(const struct weak *t, unsigned int cpu)
{
	const struct weak_view *v = &t->views[cpu];

	return t->facts.walks_follow ? later(v->walks, later(v->loaded, v->wrote)) : v->walks;
}

/* This is all that a horizon is compared for: what may be cached may be as old as it likes, and only an invalidation ends it. */
static bool may_not_be_cached(const struct weak *t, unsigned int fault)
{
	return (fault == WALK_TRANSLATION && !t->facts.caches_invalid) ||
	       (fault == WALK_ACCESS && !t->facts.caches_old);
}

/*
 * The first completed invalidation that ends the use of an entry which was overwritten at @next, on @cpu: an access that is after it
 * cannot use the entry. *@dead: one who knows @known is after one of them.
 *
 * Its own invalidation ends what is translated from here on, but not what is translated already: the CPU may have walked for a later access
 * before the invalidation, until it synchronises its context. Of another CPU's it is sure that all such accesses are over.
 */
static weak_stamp limit_of(const struct weak *t, unsigned int cpu, unsigned int page, bool upper, weak_stamp next,
			   weak_stamp known, bool *dead)
{
	weak_stamp limit = WEAK_NEVER;

	*dead = false;
	for (unsigned int i = 0; i < t->nr_events; i++) {
		const struct weak_event *e = &t->events[i];

		if (e->kind != WEAK_INVALIDATION || next > e->before || !weak_covers(t, &e->target, page, upper) ||
		    (e->reach != WEAK_NOBODY && e->reach != cpu))
			continue;
		if (known > i)
			*dead = true;
		/* Its own ends what is translated from here on, but not what is translated already. */
		if (e->cpu != cpu && limit == WEAK_NEVER)
			limit = (weak_stamp)(i + 1);
	}
	return limit;
}

bool walk_may_use(const struct weak *t, unsigned int cpu, unsigned int page, bool upper, uint64_t value,
		  weak_stamp next)
{
	bool dead, old = !upper && !(value & WALK_YOUNG) && !sets_accessed(t, cpu);
	bool uncached = value & WALK_VALID ? old && !t->facts.caches_old : !t->facts.caches_invalid;

	assert(cpu < t->nr_cpus && page < t->nr_pages);
	if (next == WEAK_NEVER)
		return true;
	if (uncached || (upper && !t->facts.caches_upper))
		return next > t->views[cpu].walks;
	limit_of(t, cpu, page, upper, next, t->views[cpu].walks, &dead);
	return !dead;
}

/*
 * An update made ahead of its store: the walks up to it saw the entry before the update, and the store uses that one. So whoever turns
 * out to know of the update before he comes to the store was on a way that no hardware takes; it ends there.
 */
static bool fits_early(const struct weak_view *v, const struct walk_access *access, struct walk *w, weak_stamp after)
{
	if (!v->early.stamp)
		return true;
	if (after >= v->early.stamp)
		return false;
	if (access->instruction != v->early.until)
		return w->fault == WALK_NO_FAULT && w->stamp < v->early.stamp;
	w->fault = WALK_NO_FAULT;
	w->updates = false;
	return w->stamp == v->early.walked;
}

/* What a fault has left behind is no store. */
static bool has_stores(const struct weak_view *v)
{
	for (unsigned int i = 0; i < v->nr_stores; i++) {
		if (v->stores[i].place != WEAK_NOBODY)
			return true;
	}
	return false;
}

/*
 * R13: a fault that may not be cached comes after what its CPU has stored and read. Such a CPU looks at the entry again before it
 * faults, and finds what it has stored itself.
 */
static bool looks_again(const struct weak *t, unsigned int cpu, unsigned int page, struct walk *w, weak_stamp next)
{
	const struct weak_view *v = &t->views[cpu];
	weak_stamp known = later(v->loaded, v->wrote);
	bool dead;

	limit_of(t, cpu, page, w->upper, next, known, &dead);
	raise(&w->post, known);
	return !has_stores(v) && next > known && !dead;
}

/* What a fault comes after by fences. It is an event of its own that they order, although it accesses nothing. */
static weak_stamp fenced(const struct weak *t, unsigned int cpu)
{
	const struct weak_view *v = &t->views[cpu];

	return t->facts.early_walks ? v->stored : later(v->loads, v->stored);
}

/*
 * Two conditions: that the entry cannot be better by now, where hardware makes sure of that; and that the fault is not after an invalidation
 * which has ended the entry.
 */
static bool may_fault(const struct weak *t, unsigned int cpu, unsigned int page, struct walk *w, weak_stamp next)
{
	if (t->facts.fault_looks && w->fault != WALK_PERMISSION && !looks_again(t, cpu, page, w, next))
		return false;
	/* A fault is something that fences order, like an access. */
	return w->limit == WEAK_NEVER || (fenced(t, cpu) < w->limit && !view_older_epoch(t, cpu));
}

/*
 * One write to the entry, overwritten at @next. False: it cannot be used.
 *
 * A walk that has to change the entry does so in one access, so it needs the newest, and nobody else may be about to change it. `walked` makes two walks of
 * one page agree in one thing: behind one that saw what is after an invalidation, none uses what that has ended.
 */
static bool may_walk(const struct weak *t, unsigned int cpu, const struct walk_access *access, weak_stamp next,
		     struct walk *w)
{
	const struct weak_view *v = &t->views[cpu];
	weak_stamp after = later(horizon(t, cpu), access->address), known;
	unsigned int entry = t->pages[access->page].entry;
	bool dead;

	w->fault = w->upper ? WALK_TRANSLATION : fault_of(t, cpu, access, w->entry);
	w->value = w->fault == WALK_NO_FAULT && sets_accessed(t, cpu) ? updated(t, cpu, access, w->entry) : w->entry;
	w->updates = w->value != w->entry;
	if (!fits_early(v, access, w, after) || (w->updates && (next != WEAK_NEVER || weak_is_locked(t, entry))) ||
	    (may_not_be_cached(t, w->fault) && next <= after))
		return false;
	known = w->fault == WALK_NO_FAULT ? later(after, v->walked[access->page]) : after;
	w->limit = limit_of(t, cpu, access->page, w->upper, next, known, &dead);
	w->until = next;
	w->post = later(after, w->stamp);
	return !dead && (w->fault == WALK_NO_FAULT || may_fault(t, cpu, access->page, w, next));
}

/* A write to the entry one level up, or that there is none which matters. */
struct upper {
	weak_stamp stamp, next, limit;
	bool valid;
};

/* A write to the entry one level up is held like another: what is valid may be old, if walks are cached at all. */
static bool may_descend(const struct weak *t, unsigned int cpu, const struct walk_access *access, struct upper *u)
{
	weak_stamp after = later(horizon(t, cpu), access->address);
	bool dead;

	u->limit = limit_of(t, cpu, access->page, true, u->next, later(after, t->views[cpu].walked[access->page]),
			    &dead);
	return u->valid && !dead && (t->facts.caches_upper || u->next > after);
}

static unsigned int add(const struct weak *t, unsigned int cpu, const struct walk_access *access, weak_stamp next,
			struct walk *walks, unsigned int n)
{
	if (n == WALK_MAX_CHOICES - 1)
		agent_too_big("ways to translate one address", WALK_MAX_CHOICES);
	return n + may_walk(t, cpu, access, next, &walks[n]);
}

/* Through @upper to each write of the entry. The access is after both, and before the first of what ends either of them. */
static unsigned int descend(const struct weak *t, unsigned int cpu, const struct walk_access *access,
			    const struct upper *upper, struct walk *walks, unsigned int n)
{
	unsigned int entry = t->pages[access->page].entry, first = n;
	weak_stamp stamps[WEAK_EVENTS + 1];
	unsigned int writes = weak_writes(t, entry, stamps);

	for (unsigned int i = 0; i < writes; i++) {
		walks[n] = (struct walk){ .stamp = stamps[i], .entry = weak_value(t, stamps[i], entry) };
		n = add(t, cpu, access, i + 1 < writes ? stamps[i + 1] : WEAK_NEVER, walks, n);
	}
	for (unsigned int i = first; i < n; i++) {
		raise(&walks[i].post, upper->stamp);
		walks[i].until = walks[i].until < upper->next ? walks[i].until : upper->next;
		walks[i].limit = walks[i].limit < upper->limit ? walks[i].limit : upper->limit;
	}
	return n;
}

/* Each combination of a write one level up and a write of the entry is a way, and so is a fault at either level. */
unsigned int walk_choices(const struct weak *t, unsigned int cpu, const struct walk_access *access, struct walk *walks)
{
	struct upper none = { .next = WEAK_NEVER, .limit = WEAK_NEVER, .valid = true };
	unsigned int place = t->pages[access->page].upper, n = 0, writes;
	weak_stamp stamps[WEAK_EVENTS + 1];

	assert(cpu < t->nr_cpus && access->page < t->nr_pages);
	if (t->views[cpu].early.stamp && later(access->address, access->known) >= t->views[cpu].early.stamp)
		return 0;
	if (place == WEAK_NOBODY)
		return descend(t, cpu, access, &none, walks, 0);
	writes = weak_writes(t, place, stamps);
	for (unsigned int i = 0; i < writes; i++) {
		struct upper u = { .stamp = stamps[i], .next = i + 1 < writes ? stamps[i + 1] : WEAK_NEVER };

		u.valid = weak_value(t, stamps[i], place) & WALK_VALID;
		if (may_descend(t, cpu, access, &u))
			n = descend(t, cpu, access, &u, walks, n);
		if (u.valid)
			continue;
		walks[n] = (struct walk){ .stamp = stamps[i], .upper = true };
		n = add(t, cpu, access, u.next, walks, n);
	}
	return n;
}

/* ---- a walk is made ---- */

void walk_address(struct weak *t, unsigned int cpu, weak_stamp view)
{
	raise(&t->views[cpu].context, view);
}

/* The access that needs it goes on at once, in either case: hardware has no reason to wait for its own bookkeeping. */
static void update(struct weak *t, unsigned int cpu, unsigned int place, uint64_t value)
{
	struct weak_view *v = &t->views[cpu];

	if (!t->facts.updates_late) {
		v->all = weak_write(t, place, value, cpu, WEAK_NEVER);
		return;
	}
	if (v->nr_updates == WEAK_UPDATES)
		agent_too_big("updates of entries on their way from one CPU", WEAK_UPDATES);
	v->updates[v->nr_updates++] = (struct weak_update){ .value = value, .place = (uint8_t)place };
}

/*
 * That a walk was made is known to what synchronises the context and what completes, but to no fence: fences order accesses, and a walk may be
 * older than its access.
 */
void walk_take(struct weak *t, unsigned int cpu, const struct walk_access *access, const struct walk *walk)
{
	struct weak_view *v = &t->views[cpu];

	walk_address(t, cpu, access->known);
	raise(&v->context, walk->post);
	raise(&v->all, walk->post);
	if (walk->fault == WALK_NO_FAULT)
		raise(&v->walked[access->page], walk->post);
	if (v->early.stamp && v->early.until == access->instruction) {
		raise(&v->all, v->early.stamp);
		memset(&v->early, 0, sizeof(v->early));
	}
	if (walk->updates)
		update(t, cpu, t->pages[access->page].entry, walk->value);
}

/*
 * Stores before a store fence are still on their way, so the fault is not over either: an invalidation by another CPU must wait for it as it would
 * for a store that was translated so.
 */
static void leave_ghost(struct weak *t, unsigned int cpu, const struct walk_access *access, const struct walk *walk)
{
	struct weak_view *v = &t->views[cpu];

	if (v->nr_stores == WEAK_STORES)
		agent_too_big("stores on their way from one CPU", WEAK_STORES);
	v->stores[v->nr_stores++] = (struct weak_store){
		.place = WEAK_NOBODY, .page = access->page, .until = walk->until, .epoch = v->epoch
	};
}

/*
 * Whatever the CPU holds for the page, and on the way to it, so a fault by an entry that allows the access by now comes once.
 */
static void drop_faulting(struct weak *t, unsigned int cpu, unsigned int page)
{
	struct weak_view *v = &t->views[cpu];
	const struct weak_issued drop = {
		.before = t->nr_events,
		.reach = (uint8_t)cpu,
		.target = { .covers = WEAK_PAGE, .which = (uint8_t)page, .space = t->pages[page].space }
	};

	v->walks = v->all = weak_invalidate(t, &drop, cpu);
}

void walk_take_fault(struct weak *t, unsigned int cpu, const struct walk_access *access, const struct walk *walk)
{
	assert(walk->fault != WALK_NO_FAULT);
	if (view_older_epoch(t, cpu))
		leave_ghost(t, cpu, access, walk);
	view_context(t, cpu);
	if (t->facts.fault_drops)
		drop_faulting(t, cpu, access->page);
}

/* ---- invalidations ---- */

/* Of its own TLB, where that orders the CPU's stores and is complete when the instruction is: INVLPG, SFENCE.VMA. */
static bool is_at_once(const struct weak *t, unsigned int cpu, unsigned int reach)
{
	return t->facts.local_orders && reach == cpu;
}

bool walk_may_issue(const struct weak *t, unsigned int cpu, unsigned int reach)
{
	assert(cpu < t->nr_cpus);
	return !is_at_once(t, cpu, reach) || !t->views[cpu].nr_stores;
}

/*
 * What it covers is fixed here: what had been overwritten by the time of the last completing fence, as seen by this CPU. Without one, its own
 * stores and what it has read are not covered, though they may long have left. One that is at once needs none: all that has left is covered, and later
 * walks of this CPU know of it.
 */
void walk_issue(struct weak *t, unsigned int cpu, struct weak_target target, unsigned int reach, weak_stamp address)
{
	struct weak_view *v = &t->views[cpu];
	struct weak_issued issued = { .before = later(later(v->completed, v->branched), address),
				      .reach = (uint8_t)reach,
				      .target = target };

	assert(walk_may_issue(t, cpu, reach));
	if (is_at_once(t, cpu, reach)) {
		issued.before = t->nr_events;
		v->walks = v->all = weak_invalidate(t, &issued, cpu);
		return;
	}
	if (v->nr_issued == WEAK_ISSUED)
		agent_too_big("invalidations of one CPU that are not complete", WEAK_ISSUED);
	v->issued[v->nr_issued++] = issued;
}

/* A store of another CPU that was translated with what is covered, and is still on its way. */
static bool holds_up(const struct weak *t, const struct weak_issued *issued, unsigned int cpu)
{
	const struct weak_view *v = &t->views[cpu];

	for (unsigned int i = 0; i < v->nr_stores; i++) {
		const struct weak_store *s = &v->stores[i];

		if (s->page != WEAK_NOBODY && s->until <= issued->before &&
		    weak_covers(t, &issued->target, s->page, false))
			return true;
	}
	return false;
}

/*
 * The promise that makes it safe to reuse a page: nobody who has translated with the old entry still has an access to make. Loads have been made
 * when they are a step; so it is about stores.
 */
bool walk_may_complete(const struct weak *t, unsigned int cpu)
{
	const struct weak_view *v = &t->views[cpu];

	assert(cpu < t->nr_cpus);
	for (unsigned int i = 0; i < v->nr_issued; i++) {
		for (unsigned int other = 0; other < t->nr_cpus; other++) {
			if (other != cpu && v->issued[i].reach == WEAK_NOBODY && holds_up(t, &v->issued[i], other))
				return false;
		}
	}
	return true;
}

void walk_complete(struct weak *t, unsigned int cpu)
{
	struct weak_view *v = &t->views[cpu];

	assert(walk_may_complete(t, cpu));
	for (unsigned int i = 0; i < v->nr_issued; i++)
		v->all = weak_invalidate(t, &v->issued[i], cpu);
	memset(v->issued, 0, sizeof(v->issued));
	v->nr_issued = 0;
}

/* ---- updates by hardware ---- */

void walk_update_leaves(struct weak *t, unsigned int cpu, unsigned int update)
{
	struct weak_view *v = &t->views[cpu];
	struct weak_update u = v->updates[update];

	assert(update < v->nr_updates);
	v->nr_updates--;
	memmove(&v->updates[update], &v->updates[update + 1], (v->nr_updates - update) * sizeof(u));
	memset(&v->updates[v->nr_updates], 0, sizeof(u));
	v->all = weak_write(t, u.place, u.value, cpu, WEAK_NEVER);
}

static uint64_t newest_entry(const struct weak *t, unsigned int page)
{
	unsigned int entry = t->pages[page].entry;

	return weak_value(t, weak_newest(t, entry), entry);
}

/* The manuals let any valid entry become accessed, since walks may be made ahead for accesses that never happen. */
bool walk_may_speculate(const struct weak *t, unsigned int page)
{
	uint64_t entry = newest_entry(t, page);
	bool somebody = false;

	assert(page < t->nr_pages);
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++)
		somebody |= sets_accessed(t, cpu);
	return somebody && entry & WALK_VALID && !(entry & WALK_YOUNG) && !weak_is_locked(t, t->pages[page].entry);
}

void walk_speculate(struct weak *t, unsigned int page)
{
	assert(walk_may_speculate(t, page));
	weak_write(t, t->pages[page].entry, newest_entry(t, page) | WALK_YOUNG, WEAK_NOBODY, WEAK_NEVER);
}

/* Dirty is not set for accesses that never happen; but it may be for a store that is certain to, before others that stand in front of it. */
bool walk_may_be_early(const struct weak *t, unsigned int cpu, unsigned int page)
{
	uint64_t entry = newest_entry(t, page);

	assert(cpu < t->nr_cpus && page < t->nr_pages);
	return sets_dirty(t, cpu) && t->facts.updates_late && !t->views[cpu].early.stamp && entry & WALK_VALID &&
	       entry & (WALK_DIRTY | WALK_WRITABLE) &&
	       (entry & (WALK_YOUNG | WALK_DIRTY)) != (WALK_YOUNG | WALK_DIRTY) &&
	       !weak_is_locked(t, t->pages[page].entry);
}

void walk_be_early(struct weak *t, unsigned int cpu, unsigned int page, unsigned int instruction)
{
	unsigned int entry = t->pages[page].entry;
	struct weak_early early = { .walked = weak_newest(t, entry), .until = (uint16_t)instruction };

	assert(walk_may_be_early(t, cpu, page));
	early.stamp = weak_write(t, entry, newest_entry(t, page) | WALK_YOUNG | WALK_DIRTY, cpu, WEAK_NEVER);
	t->views[cpu].early = early;
}
