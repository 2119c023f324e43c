/* SPDX-License-Identifier: MIT */
/* raw_ways.c - the ways in which an access of a raw scenario can be done now; see raw_ways.h. */
#include "check/raw_ways.h"

#include <assert.h>

/* For the walk, which needs another permission, and may have to set dirty. A comparison that fails needs them as well. */
static bool writes_memory(const struct raw_op *op)
{
	return op->kind == RAW_STORE || op->kind == RAW_MODIFY;
}

/* AArch64's LDAR and STLR are ordered among each other, so `acquire` and `release` are both of seq_cst; `acquire-pc` is the acquire of C11. */
static unsigned int order_of(const struct raw_op *op)
{
	unsigned int order = op->acquire ? VIEW_ACQUIRE | VIEW_ORDERED : op->acquire_pc ? VIEW_ACQUIRE : 0;

	if (op->release)
		order |= VIEW_RELEASE | VIEW_ORDERED;
	return op->kind == RAW_MODIFY && op->reg == LITMUS_NONE ? order | VIEW_UNREAD : order;
}

/* The address of an access is a constant here; what it depends on is said apart, behind `after`. */
struct raw_access raw_access_of(const struct raw_runner *r, unsigned int wanted, struct raw_way *way)
{
	const struct raw_op *op = raw_next(r);
	struct raw_access a = { .runner = r,
				.op = op,
				.timeline = &r->world->state->timeline,
				.order = order_of(op),
				.wanted = wanted,
				.way = way };

	for (unsigned int i = 0; i < op->nr_after; i++) {
		struct raw_known known = raw_register(r->world, op->after[i]);

		a.address = later(a.address, known.view);
		a.known = later(a.known, known.chosen);
	}
	return a;
}

/* ---- which ways there are ---- */

/* Ways are counted also where nobody wants one: whether there is any is what a program waits for. */
static void found(struct raw_access *a, const struct raw_way *way)
{
	if (a->found++ == a->wanted)
		*a->way = *way;
}

/* By the same rule as in a condition, so a comparison with `none` is met by every entry that is not valid. */
static bool is_value(const struct raw_access *a, uint64_t word, const struct raw_value *value)
{
	return raw_equal(a->runner->world, word, value);
}

/* Loads, and comparisons that fail, which are loads. An await is a load that has to be of the value: the others would come back here. */
static void find_reads(struct raw_access *a, struct raw_way *way, weak_stamp after, weak_stamp limit)
{
	struct view_read reads[VIEW_MAX_READS];
	unsigned int n = view_reads(a->timeline, a->runner->cpu, way->place, a->order, after, limit, reads);

	assert(way->place < a->timeline->nr_places);
	way->kind = RAW_WAY_READS;
	for (unsigned int i = 0; i < n; i++) {
		if ((a->op->kind == RAW_AWAIT && !is_value(a, reads[i].value, &a->op->value)) ||
		    (a->op->kind == RAW_MODIFY && is_value(a, reads[i].value, &a->op->expected)))
			continue;
		way->read = reads[i];
		found(a, way);
	}
}

/*
 * A comparison that fails may read an old write; one that is met reads the newest, and so does every other change. Behind the
 * end of its entry nothing is changed: the invalidation has waited for all that would.
 */
static void find_changes(struct raw_access *a, struct raw_way *way, weak_stamp after, weak_stamp limit)
{
	if (!view_may_change(a->timeline, a->runner->cpu, way->place, a->order))
		return;
	if (a->op->how == RAW_COMPARE)
		find_reads(a, way, after, limit);
	way->read = view_newest(a->timeline, a->runner->cpu, way->place, after);
	if (limit != WEAK_NEVER || (a->op->how == RAW_COMPARE && !is_value(a, way->read.value, &a->op->expected)))
		return;
	way->kind = RAW_WAY_CHANGES;
	found(a, way);
}

/* An exclusive store may fail although nobody was in its way. */
static void find_stores(struct raw_access *a, struct raw_way *way, weak_stamp limit)
{
	if (a->op->exclusive) {
		way->kind = RAW_WAY_STORES_NOT;
		found(a, way);
	}
	if (limit != WEAK_NEVER ||
	    !(a->op->exclusive ? view_may_store_exclusive(a->timeline, a->runner->cpu, way->place, a->order)
			       : view_may_store(a->timeline, a->runner->cpu, a->order)))
		return;
	way->kind = RAW_WAY_STORES;
	found(a, way);
}

/*
 * The address leads to @way->place, and the access comes after @post and before @limit. For a store only the second is of interest: it
 * leaves later than anything that it was made after.
 */
static void find_at(struct raw_access *a, struct raw_way *way, weak_stamp post, weak_stamp limit)
{
	weak_stamp translated = later(a->address, post);
	weak_stamp after = later(view_before_load(a->timeline, a->runner->cpu, a->order), translated);

	if (a->op->kind == RAW_STORE || a->op->kind == RAW_TABLE)
		find_stores(a, way, limit);
	else if ((a->timeline->facts.early_walks ? translated : after) >= limit)
		return;
	else if (a->op->kind == RAW_MODIFY)
		find_changes(a, way, after, limit);
	else
		find_reads(a, way, after, limit);
}

/* What runs in a handler runs with the kernel's rights. */
struct walk_access raw_walk_access(const struct raw_access *a)
{
	const struct raw_runner *r = a->runner;

	assert(a->op->place.kind == RAW_PAGE);
	return (struct walk_access){ .page = (uint8_t)raw_page(r->world, &a->op->place),
				     .instruction = r->run->op,
				     .writes = writes_memory(a->op),
				     .kernel = !r->user || r->run->handling,
				     .address = a->address,
				     .known = a->known };
}

/* A fault is one way, however many pages the entry could have led to. */
static void find_through(struct raw_access *a)
{
	struct walk_access access = raw_walk_access(a);
	struct walk walks[WALK_MAX_CHOICES];
	unsigned int n = walk_choices(a->timeline, a->runner->cpu, &access, walks);

	for (unsigned int i = 0; i < n; i++) {
		struct raw_way way = { .walks = true, .walk = walks[i] };

		if (walks[i].fault != WALK_NO_FAULT) {
			way.kind = RAW_WAY_FAULTS;
			found(a, &way);
			continue;
		}
		/* What leads to no page faults. */
		assert(walk_frame(walks[i].entry));
		way.place = raw_data_place(a->runner->world, walk_frame(walks[i].entry) - 1, &a->op->place);
		find_at(a, &way, walks[i].post, walks[i].limit);
	}
}

/* Without a translation. Entries and tables are not there for programs of users. */
static void find_flat(struct raw_access *a)
{
	const struct raw_runner *r = a->runner;
	const struct weak_early *early = &a->timeline->views[r->cpu].early;
	struct raw_way way = { .kind = RAW_WAY_FAULTS, .walk.fault = WALK_PERMISSION };

	assert(a->op->place.kind != RAW_PAGE);
	if (early->stamp && later(a->address, a->known) >= early->stamp)
		return;
	if (a->op->place.kind == RAW_ENTRY && r->user && !r->run->handling) {
		found(a, &way);
		return;
	}
	way.place = raw_flat_place(r->world, a->op);
	find_at(a, &way, 0, WEAK_NEVER);
}

/*
 * How many ways. Number @wanted, if there are so many, goes to *@way. They are found again for each question rather than kept:
 * a list of them would be larger than a stack, and would have to be part of the state.
 */
unsigned int raw_find_ways(const struct raw_runner *r, unsigned int wanted, struct raw_way *way)
{
	struct raw_access a = raw_access_of(r, wanted, way);
	const struct weak_view *v = &a.timeline->views[r->cpu];

	/* Before the translation, so that a fault waits for it, too. */
	if (!view_may_load(a.timeline, r->cpu, a.order) ||
	    (a.op->kind == RAW_MODIFY && a.order & VIEW_RELEASE && v->nr_stores))
		return 0;
	if (a.op->place.kind == RAW_PAGE)
		find_through(&a);
	else
		find_flat(&a);
	return a.found;
}
