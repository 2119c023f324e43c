/* SPDX-License-Identifier: MIT */
/* raw_step.c - one operation of a raw scenario: is it a step, can it be made now, and making it. */
#include "check/raw_ways.h"

#include <assert.h>

#include "explore/agent.h"
#include "machine/model/steps.h"

/* ---- registers ---- */

/* A register belongs to one program, so nobody else can see when it changes. */
static void set_register(const struct raw_runner *r, int reg, struct raw_known known)
{
	struct raw_state *s = r->world->state;

	assert(reg < (int)r->world->litmus->nr_registers);
	if (reg == LITMUS_NONE)
		return;
	s->reg[reg] = known.word;
	s->stamps.known[0][reg] = known.view;
	s->stamps.known[1][reg] = known.chosen;
}

/*
 * A select is the one operation that does not make its result depend on all that it looks at: as data it is the value taken, and the test
 * only chose it.
 */
static void let(const struct raw_runner *r, const struct raw_op *op)
{
	const struct raw_world *w = r->world;
	struct raw_known value = raw_evaluate(w, &op->value), left = raw_evaluate(w, &op->left), result = value;

	if (op->how == RAW_PICK) {
		struct raw_known tested = raw_register(w, op->test.reg), with = raw_evaluate(w, &op->test.value);

		result = raw_test_holds(w, &op->test) ? left : value;
		result.chosen = later(result.chosen, later(tested.chosen, with.chosen));
	} else if (op->how != RAW_ASSIGN) {
		result.word = raw_compute(op->how, left.word, value.word, op->bits);
		result.view = later(left.view, value.view);
		result.chosen = later(left.chosen, value.chosen);
	}
	for (unsigned int i = 0; i < op->nr_after; i++) {
		struct raw_known known = raw_register(w, op->after[i]);

		result.view = later(result.view, known.view);
		result.chosen = later(result.chosen, known.chosen);
	}
	set_register(r, op->reg, result);
}

/* ---- faults ---- */

/* raw.h says where a program goes on if an access faults. A register of a handler stays as it is: the access is often made again. */
static void go_on_behind_fault(const struct raw_runner *r, const struct raw_op *op, unsigned int fault)
{
	struct raw_run *run = r->run;
	uint16_t here = run->op;

	if (op->on_fault != RAW_HANDLER)
		set_register(r, op->reg, (struct raw_known){ .word = raw_fault_word(fault) });
	if (op->on_fault == RAW_GO_ON) {
		run->op = (uint16_t)op->next;
		return;
	}
	if (op->on_fault == RAW_STOP) {
		run->over = 1;
		return;
	}
	assert(op->on_fault == RAW_ELSE || r->handler != LITMUS_NONE);
	run->faulted = here;
	run->handling = 1;
	run->op = (uint16_t)(op->on_fault == RAW_ELSE ? op->otherwise : r->handler);
}

/* For conditions about a label. That it faulted once is enough: how often would make states different for ever. */
static void note_fault(const struct raw_runner *r, unsigned int fault)
{
	const struct raw *raw = r->world->raw;

	for (unsigned int i = 0; i < raw->nr_labels; i++) {
		if (raw->labels[i].op == r->run->op)
			r->world->state->faults[i] |= (uint8_t)(1u << fault);
	}
}

/* Returning from an exception is context synchronisation, like taking it. */
static void leave_handler(const struct raw_runner *r, int to)
{
	assert(r->run->handling && to >= 0);
	view_context(&r->world->state->timeline, r->cpu);
	r->run->op = (uint16_t)to;
	r->run->faulted = 0;
	r->run->handling = 0;
}

/* ---- doing one ---- */

/* What a load of its own CPU takes from it depends on what the address and the value were made of. */
static struct weak_store store_of(const struct raw_access *a, const struct raw_way *way, struct raw_known value)
{
	return (struct weak_store){
		.place = (uint8_t)way->place,
		.value = value.word,
		.page = way->walks ? (uint8_t)raw_page(a->runner->world, &a->op->place) : WEAK_NOBODY,
		.until = way->walks ? way->walk.until : WEAK_NEVER,
		.forward = later(a->address, value.view),
	};
}

/* An await has gone on because of what it read: what follows depends on that as on a branch. */
static void do_read(const struct raw_access *a, const struct raw_way *way)
{
	unsigned int cpu = a->runner->cpu;

	view_load(a->timeline, cpu, way->place, a->order, &way->read);
	if (a->op->exclusive)
		view_reserve(a->timeline, cpu, way->place, &way->read);
	if (a->op->kind == RAW_AWAIT)
		view_branch(a->timeline, cpu, way->read.view);
	else
		set_register(a->runner, a->op->reg,
			     (struct raw_known){ way->read.value, way->read.view, way->read.view });
}

/* Whether an exclusive store has stored is known before it has left, so the register depends on nothing. */
static void do_store(const struct raw_access *a, const struct raw_way *way)
{
	struct weak_store store = store_of(a, way, raw_new_value(a->runner->world, a->op));

	if (!a->op->exclusive) {
		view_store(a->timeline, a->runner->cpu, a->order, store);
		return;
	}
	if (way->kind == RAW_WAY_STORES)
		view_store_exclusive(a->timeline, a->runner->cpu, a->order, store);
	a->timeline->views[a->runner->cpu].reserved = WEAK_NOBODY;
	set_register(a->runner, a->op->reg, (struct raw_known){ .word = way->kind != RAW_WAY_STORES });
}

/* What it was goes to the register; a swap that acquires and releases is done when the instruction is. */
static void do_change(const struct raw_access *a, const struct raw_way *way)
{
	struct raw_known value = raw_evaluate(a->runner->world, &a->op->value);
	bool at_once = a->order & VIEW_ACQUIRE && a->order & VIEW_RELEASE;

	value.word = raw_compute(a->op->how, way->read.value, value.word, a->op->bits);
	if (a->op->cleared)
		value.word = raw_compute(RAW_CLEAR, value.word, 0, a->op->cleared);
	view_change(a->timeline, a->runner->cpu, a->order, &way->read, store_of(a, way, value), at_once);
	set_register(a->runner, a->op->reg, (struct raw_known){ way->read.value, way->read.view, way->read.view });
}

/* What has no translation faults for a user's program alone, and holds up no invalidation. */
static void do_fault(const struct raw_access *a, const struct raw_way *way)
{
	const struct raw_runner *r = a->runner;
	struct walk_access access;

	assert(way->kind == RAW_WAY_FAULTS && way->walk.fault != WALK_NO_FAULT);
	note_fault(r, way->walk.fault);
	if (way->walks) {
		access = raw_walk_access(a);
		walk_take_fault(a->timeline, r->cpu, &access, &way->walk);
	} else {
		view_context(a->timeline, r->cpu);
	}
	go_on_behind_fault(r, a->op, way->walk.fault);
}

/* Before it is done: what is old then, and what its own. */
static void tell_way(const struct raw_access *a, const struct raw_way *way)
{
	const struct weak *t = a->timeline;
	struct raw_told told = { .kind = RAW_TOLD_WROTE,
				 .op = a->runner->run->op,
				 .place = way->place,
				 .fault = way->walk.fault,
				 .walks = way->walks,
				 .failed = way->kind == RAW_WAY_STORES_NOT };

	if (!a->runner->world->story)
		return;
	told.old_walk = way->walks && way->walk.until != WEAK_NEVER;
	if (way->kind == RAW_WAY_FAULTS) {
		told.kind = RAW_TOLD_FAULT;
	} else if (way->kind == RAW_WAY_READS || way->kind == RAW_WAY_CHANGES) {
		told.kind = RAW_TOLD_READ;
		told.word = way->read.value;
		told.own = view_is_own(t, a->runner->cpu, way->place);
		told.stale = !told.own && weak_next(t, way->place, way->read.stamp) != WEAK_NEVER;
	}
	raw_tell(a->runner->world, &told);
}

/* First the walk, which happened, whatever comes of it. */
static void do_way(const struct raw_runner *r, const struct raw_way *way)
{
	struct raw_access a = raw_access_of(r, 0, NULL);
	struct walk_access access;

	tell_way(&a, way);
	if (way->walks) {
		access = raw_walk_access(&a);
		walk_take(a.timeline, r->cpu, &access, &way->walk);
	} else {
		walk_address(a.timeline, r->cpu, a.known);
	}
	if (way->kind == RAW_WAY_FAULTS) {
		do_fault(&a, way);
		return;
	}
	if (way->kind == RAW_WAY_READS)
		do_read(&a, way);
	else if (way->kind == RAW_WAY_CHANGES)
		do_change(&a, way);
	else
		do_store(&a, way);
	r->run->op = (uint16_t)a.op->next;
}

/* ---- what is no access ---- */

static enum view_fence fence_of(enum raw_fence fence)
{
	static const enum view_fence fences[] = {
		[RAW_FENCE_FULL] = VIEW_FENCE_FULL,
		[RAW_FENCE_STORE] = VIEW_FENCE_STORES,
		[RAW_FENCE_LOAD] = VIEW_FENCE_LOADS,
		[RAW_FENCE_COMPLETE] = VIEW_COMPLETE_FULL,
		[RAW_FENCE_COMPLETE_STORE] = VIEW_COMPLETE_STORES,
		[RAW_FENCE_COMPLETE_LOAD] = VIEW_COMPLETE_LOADS,
	};

	assert(fence != RAW_FENCE_CONTEXT);
	return fences[fence];
}

/* What has been issued is completed by the fence that waits for it, so to have something outstanding is no reason to wait. */
static bool may_fence(const struct raw_runner *r)
{
	const struct weak *t = &r->world->state->timeline;
	const struct weak_view *v = &t->views[r->cpu];
	enum raw_fence fence = raw_next(r)->fence;

	if (fence == RAW_FENCE_CONTEXT)
		return true;
	if (fence != RAW_FENCE_COMPLETE || !v->nr_issued)
		return view_may_fence(t, r->cpu, fence_of(fence));
	return !v->nr_stores && !v->nr_updates && walk_may_complete(t, r->cpu);
}

static void do_fence(const struct raw_runner *r)
{
	struct weak *t = &r->world->state->timeline;
	enum raw_fence fence = raw_next(r)->fence;

	if (fence == RAW_FENCE_CONTEXT) {
		view_context(t, r->cpu);
		return;
	}
	if (fence == RAW_FENCE_COMPLETE)
		walk_complete(t, r->cpu);
	view_fence(t, r->cpu, fence_of(fence));
}

/* Where no instruction reaches another CPU, one without `local` is that of a kernel or a hypervisor that does. */
static unsigned int reach_of(const struct raw_runner *r)
{
	return raw_next(r)->local ? r->cpu : WEAK_NOBODY;
}

/* By an id that an address is named with: other entries are not at it, and a global one only where the id does not matter. */
static bool id_reaches(const struct raw_runner *r, const struct raw_op *op)
{
	unsigned int page = raw_page(r->world, &op->place);

	if (!op->of)
		return true;
	if (r->world->raw->global[op->place.map])
		return r->world->arch->global_by_id;
	return r->world->state->timeline.pages[page].space == op->mm;
}

/* The words of page tables are found by other addresses than those of their pages; to invalidate such an address covers no page here. */
static struct weak_target target_of(const struct raw_runner *r, const struct raw_op *op)
{
	static const uint8_t covers[] = {
		[RAW_REACH_PAGE] = WEAK_PAGE,
		[RAW_REACH_ID] = WEAK_SPACE,
		[RAW_REACH_GUEST] = WEAK_GUEST,
		[RAW_REACH_ALL] = WEAK_ALL,
	};
	struct weak_target target = { .covers = covers[op->reach], .leaf = op->leaf };

	if (op->reach == RAW_REACH_GUEST)
		target.which = r->world->raw->guests[op->mm];
	else if (op->reach != RAW_REACH_ALL)
		target.space = (uint8_t)op->mm;
	if (op->reach == RAW_REACH_PAGE && (op->place.kind == RAW_ENTRY || !id_reaches(r, op))) {
		target.which = WEAK_NOBODY;
	} else if (op->reach == RAW_REACH_PAGE) {
		target.which = (uint8_t)raw_page(r->world, &op->place);
		target.space = r->world->state->timeline.pages[target.which].space;
	}
	return target;
}

static void do_invalidate(const struct raw_runner *r)
{
	const struct raw_op *op = raw_next(r);
	struct weak_target target = target_of(r, op);
	weak_stamp known = 0;

	for (unsigned int i = 0; i < op->nr_after; i++)
		known = later(known, raw_register(r->world, op->after[i]).chosen);
	walk_issue(&r->world->state->timeline, r->cpu, target, reach_of(r), known);
}

/* ---- calls ---- */

static struct raw_call *call_of(const struct raw_runner *r)
{
	return &r->world->state->calls[raw_next(r)->cpu];
}

/* One interrupt at a time to each CPU. */
static bool may_call(const struct raw_runner *r)
{
	const struct weak_view *v = &r->world->state->timeline.views[r->cpu];

	if (r->run->waits)
		return call_of(r)->state == RAW_CALL_ANSWERED;
	return call_of(r)->state == RAW_CALL_NONE && !v->nr_stores && !v->nr_updates;
}

/*
 * The interrupt hands over what its sender has stored, and the answer what was done. So both are stamps of now, which is what a store behind
 * all others would have.
 */
void raw_hand_over(const struct raw_world *w, unsigned int called)
{
	assert(w->called >> called & 1);
	w->state->stamps.called[called] = w->state->timeline.nr_events;
}

/* As if it had been loaded with acquire. */
void raw_know_call(const struct raw_world *w, unsigned int called, unsigned int cpu)
{
	struct weak_view *v = &w->state->timeline.views[cpu];
	weak_stamp *handed = &w->state->stamps.called[called];

	assert(w->called >> called & 1);
	v->loads = later(v->loads, *handed);
	v->loaded = later(v->loaded, *handed);
	v->all = later(v->all, *handed);
	*handed = 0;
}

static void do_call(const struct raw_runner *r)
{
	struct raw_call *call = call_of(r);

	assert(may_call(r));
	if (r->run->waits) {
		raw_know_call(r->world, raw_next(r)->cpu, r->cpu);
		*call = (struct raw_call){ 0 };
		r->run->waits = 0;
		r->run->op = (uint16_t)raw_next(r)->next;
		return;
	}
	call->state = RAW_CALL_SENT;
	raw_hand_over(r->world, raw_next(r)->cpu);
	call->run = (struct raw_run){ .op = (uint16_t)raw_next(r)->to };
	r->run->waits = 1;
}

/* ---- steps and what is none ---- */

static bool is_access(const struct raw_op *op)
{
	return op->kind == RAW_LOAD || op->kind == RAW_STORE || op->kind == RAW_EXEC || op->kind == RAW_MODIFY ||
	       op->kind == RAW_AWAIT || op->kind == RAW_TABLE;
}

/*
 * A store that only enters what its CPU has on its way is none; nor is a fence that need not wait. With a dirty bit set ahead a store may have to
 * wait for it, so it is one then.
 */
static bool is_step(const struct raw_runner *r)
{
	const struct raw_op *op = raw_next(r);
	const struct weak *t = &r->world->state->timeline;

	switch (op->kind) {
	case RAW_STORE:
	case RAW_TABLE:
		return op->place.kind == RAW_PAGE || op->exclusive || !t->facts.buffers ||
		       (t->facts.in_order && op->release) || t->views[r->cpu].early.stamp ||
		       (op->place.kind == RAW_ENTRY && r->user && !r->run->handling);
	case RAW_FENCE:
		return !may_fence(r) || (op->fence == RAW_FENCE_COMPLETE && t->views[r->cpu].nr_issued);
	case RAW_INVALIDATE:
		return t->facts.local_orders && reach_of(r) == r->cpu;
	case RAW_CALL:
	case RAW_ANSWER:
		return true;
	default:
		return is_access(op);
	}
}

/* Whether or not it is skipped, what follows depends on the test. */
static bool is_skipped(const struct raw_runner *r)
{
	const struct raw_op *op = raw_next(r);
	struct raw_known tested, with;
	struct weak *t = &r->world->state->timeline;

	if (!op->test.there || op->how == RAW_PICK)
		return false;
	tested = raw_register(r->world, op->test.reg);
	with = raw_evaluate(r->world, &op->test.value);
	view_branch(t, r->cpu, later(tested.chosen, with.chosen));
	return !raw_test_holds(r->world, &op->test);
}

static void tell_done(const struct raw_runner *r)
{
	if (!is_access(raw_next(r)))
		raw_tell(r->world, &(struct raw_told){ .kind = RAW_TOLD_DONE, .op = r->run->op });
}

/* What is no step has one way, and can always be done. */
static void do_quietly(const struct raw_runner *r)
{
	const struct raw_op *op = raw_next(r);
	struct raw_way way;

	assert(!r->run->over);
	tell_done(r);

	switch (op->kind) {
	case RAW_GOTO:
		r->run->op = (uint16_t)op->to;
		return;
	case RAW_RETRY:
		leave_handler(r, r->run->faulted);
		return;
	case RAW_RETURN:
		leave_handler(r, op->to == LITMUS_NONE ? r->world->raw->ops[r->run->faulted].next : op->to);
		return;
	case RAW_END:
		r->run->over = 1;
		return;
	case RAW_STORE:
	case RAW_TABLE:
		raw_find_ways(r, 0, &way);
		do_way(r, &way);
		return;
	case RAW_LET:
		let(r, op);
		break;
	case RAW_FENCE:
		do_fence(r);
		break;
	default:
		do_invalidate(r);
	}
	r->run->op = (uint16_t)op->next;
}

/* A loop that never comes to an access would never come back here. */
void raw_go_on(const struct raw_runner *r)
{
	enum {
		MOST = 1000
	};

	for (unsigned int i = 0; i < MOST; i++) {
		if (r->run->over || r->run->waits)
			return;
		/* Asked before anything that the test depends on can change. */
		if (is_skipped(r))
			r->run->op = (uint16_t)raw_next(r)->next;
		else if (is_step(r))
			return;
		else
			do_quietly(r);
	}
	agent_too_big("operations in a row that nobody else could see", MOST);
}

/* Asked by the search between steps, about the operation that raw_go_on() has stopped at. */
bool raw_may_step(const struct raw_runner *r)
{
	struct raw_way way;

	switch (raw_next(r)->kind) {
	case RAW_FENCE:
		return may_fence(r);
	case RAW_INVALIDATE:
		return walk_may_issue(&r->world->state->timeline, r->cpu, reach_of(r));
	case RAW_CALL:
		return may_call(r);
	case RAW_ANSWER:
		return !r->world->state->timeline.views[r->cpu].nr_stores;
	default:
		return raw_find_ways(r, 0, &way) > 0;
	}
}

/* Number @wanted of the ways of an access; everything else has one. */
static void do_step(const struct raw_runner *r, unsigned int wanted)
{
	struct raw_way way;

	if (!is_access(raw_next(r)))
		tell_done(r);
	switch (raw_next(r)->kind) {
	case RAW_FENCE:
		do_fence(r);
		r->run->op = (uint16_t)raw_next(r)->next;
		break;
	case RAW_INVALIDATE:
		do_invalidate(r);
		r->run->op = (uint16_t)raw_next(r)->next;
		break;
	case RAW_CALL:
		do_call(r);
		break;
	case RAW_ANSWER:
		r->run->over = 1;
		break;
	default:
		raw_find_ways(r, wanted, &way);
		do_way(r, &way);
	}
}

static unsigned int ways(const struct raw_runner *r)
{
	struct raw_way way;

	return is_access(raw_next(r)) ? raw_find_ways(r, 0, &way) : 1;
}

void raw_step(const struct raw_runner *r)
{
	unsigned int n = ways(r);

	assert(n > 0);
	do_step(r, n > 1 ? agent_choose(n) : 0);
}

void raw_step_alone(const struct raw_runner *r)
{
	unsigned int n = ways(r);

	assert(n > 0);
	do_step(r, n - 1);
}
