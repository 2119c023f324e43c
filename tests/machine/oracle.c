/* SPDX-License-Identifier: MIT */
/* oracle.c - see oracle.h: a plain walk over all states, written for itself, so that it is wrong in no way the explorer is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "explore/core.h"
#include "explore/order.h"
#include "tests/machine/oracle.h"

enum {
	MOST_MOVES = 64, /* steps that are possible in one state */
	MOST_COMPLAINTS = 6,
};

/* A set of fingerprints: open addressing, {0, 0} is empty. */
struct prints {
	struct agent_fingerprint *slot;
	size_t slots, nr;
};

/* One step that a state offers. */
struct move {
	struct step step;
	bool seen; /* what it leads to was met before */
};

/* What one order of two steps leads to. */
struct outcome_of_order {
	struct agent_fingerprint print;
	uint32_t reported;
	uint64_t enabled;
};

struct oracle {
	struct bound *bound;
	const struct oracle_options *options;
	struct oracle_result *result;
	struct prints visited, ends;
	uint32_t reported; /* by any state */
	bool too_big;	   /* some step met a limit: there are states behind it that nobody sees */
	uint64_t random;
};

/* ---- sets of states ---- */

static void *memory(size_t bytes)
{
	void *p = calloc(1, bytes);

	assert_non_null(p);
	return p;
}

static bool same(struct agent_fingerprint a, struct agent_fingerprint b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

/* The slot that has it, or that it belongs into. */
static struct agent_fingerprint *slot_of(const struct prints *set, struct agent_fingerprint print)
{
	size_t at = print.lo % set->slots;

	while ((set->slot[at].lo || set->slot[at].hi) && !same(set->slot[at], print))
		at = (at + 1) % set->slots;
	return &set->slot[at];
}

static void grow(struct prints *set)
{
	struct prints old = *set;

	set->slots = old.slots ? 2 * old.slots : 1024;
	set->slot = memory(set->slots * sizeof(set->slot[0]));
	for (size_t i = 0; i < old.slots; i++)
		if (old.slot[i].lo || old.slot[i].hi)
			*slot_of(set, old.slot[i]) = old.slot[i];
	free(old.slot);
}

/* True: it was not there. */
static bool add(struct prints *set, struct agent_fingerprint print)
{
	struct agent_fingerprint *slot;

	if (2 * set->nr >= set->slots)
		grow(set);
	slot = slot_of(set, print);
	if (same(*slot, print))
		return false;
	*slot = print;
	set->nr++;
	return true;
}

static bool contains(const struct prints *set, struct agent_fingerprint print)
{
	return set->slots && same(*slot_of(set, print), print);
}

/* ---- complaints ---- */

static bool complains(struct oracle *o)
{
	return o->result->complaints++ < MOST_COMPLAINTS;
}

/* In the oracle's own names: what the steps are is seen by what they touch. */
static void show_touches(const struct step *step)
{
	print_message("\tagent %u, choice %u of %u, touches", step->did.agent, step->did.choice, step->did.choices);
	for (unsigned int i = 0; i < step->did.touches; i++)
		print_message(" %u:%u", step->did.touch[i].object, step->did.touch[i].op);
	print_message("\n");
}

static void complain(struct oracle *o, const struct step *a, const struct step *b, const char *what)
{
	if (!complains(o))
		return;
	print_message("%s on %s: agents %u and %u: %s\n", o->bound->name, o->bound->binding.arch.name, a->did.agent,
		      b->did.agent, what);
	show_touches(a);
	show_touches(b);
}

static void complain_of_ends(struct oracle *o, const char *search, const char *what)
{
	if (complains(o))
		print_message("%s on %s: %s: %s\n", o->bound->name, o->bound->binding.arch.name, search, what);
}

/* ---- two steps ---- */

static uint64_t enabled_agents(void)
{
	uint64_t set = 0;

	for (unsigned int i = 0; i < agent_count(); i++)
		set |= (uint64_t)agent_enabled((int)i) << i;
	return set;
}

/* ---- where two states differ ---- */

struct copy {
	unsigned char *bytes;
	size_t heap;
};

static struct copy copy_state(void)
{
	struct copy copy = { .heap = ARENA->record.heap_used };

	copy.bytes = memory(copy.heap + sizeof(ARENA->stack));
	memcpy(copy.bytes, ARENA->heap, copy.heap);
	for (unsigned int i = 0; i < agent_count(); i++) {
		const unsigned char *from = ARENA->record.agents[i].stack;

		memcpy(copy.bytes + copy.heap + (size_t)(from - ARENA->stack[0]), from, (size_t)(stack_top(i) - from));
	}
	return copy;
}

/* A raw scenario has no kernel: its state begins with the timeline. */
static void show_place(const struct oracle *o, size_t at)
{
	print_message("\theap + %zu", at);
	if (o->bound->litmus->raw)
		print_message(" (the state begins at %zu)",
			      (size_t)((const unsigned char *)o->bound->binding.raw.state - ARENA->heap));
	else
		print_message(" (the kernel's data begin at %zu)",
			      (size_t)((const unsigned char *)model_state()->kernel_data - ARENA->heap));
}

/* The words that are something else, as far as they are in memory: what agents wait for, and values of objects, are not. */
static void show_difference(const struct oracle *o, const struct copy *a, const struct copy *b)
{
	unsigned int shown = 0;

	for (size_t at = 0; at < a->heap + sizeof(ARENA->stack) && shown < 4; at += 8) {
		size_t stack = (at - a->heap) / STACK_BYTES, down = STACK_BYTES - (at - a->heap) % STACK_BYTES;

		if (!memcmp(a->bytes + at, b->bytes + at, 8))
			continue;
		shown++;
		if (at < a->heap)
			show_place(o, at);
		else
			print_message("\tstack of agent %zu, %zu below its top", stack, down);
		print_message(": %#llx, %#llx\n", (unsigned long long)*(const uint64_t *)(const void *)(a->bytes + at),
			      (unsigned long long)*(const uint64_t *)(const void *)(b->bytes + at));
	}
}

/* ---- two orders ---- */

/* @second behind @first; false: it cannot step there, or does something else. */
static bool run_order(const struct step *first, const struct step *second, struct outcome_of_order *out)
{
	struct agent_event did;

	agent_run(first->did.agent, first->did.choice, &did);
	if (!agent_enabled(second->did.agent))
		return false;
	agent_run(second->did.agent, second->did.choice, &did);
	if (!explore_event_same(&second->did, &did))
		return false;
	out->print = agent_fingerprint();
	out->reported = agent_reported();
	out->enabled = enabled_agents();
	return true;
}

static void complain_of_states(struct oracle *o, const struct step *a, const struct step *b, uint64_t mark)
{
	struct outcome_of_order unused;
	struct copy ab, ba;

	complain(o, a, b, "the order decides what state they lead to");
	if (o->result->complaints > MOST_COMPLAINTS)
		return;
	run_order(a, b, &unused);
	ab = copy_state();
	agent_undo(mark);
	run_order(b, a, &unused);
	ba = copy_state();
	agent_undo(mark);
	show_difference(o, &ab, &ba);
	free(ab.bytes);
	free(ba.bytes);
}

static void compare_orders(struct oracle *o, const struct step *a, const struct step *b, uint64_t mark)
{
	struct outcome_of_order ab, ba;
	bool run = run_order(a, b, &ab);

	agent_undo(mark);
	run = run_order(b, a, &ba) && run;
	agent_undo(mark);
	if (!run)
		complain(o, a, b, "one stops or changes the other");
	else if (ab.enabled != ba.enabled || ab.reported != ba.reported)
		complain(o, a, b, "the order decides who can go on, or what is reported");
	else if (!same(ab.print, ba.print))
		complain_of_states(o, a, b, mark);
}

static void check_pairs(struct oracle *o, const struct move *moves, unsigned int nr, uint64_t mark)
{
	for (unsigned int i = 0; i < nr; i++) {
		for (unsigned int j = 0; j < i; j++) {
			if (moves[i].step.did.agent == moves[j].step.did.agent)
				continue;
			o->result->pairs++;
			if (explore_step_depends(&moves[i].step, &moves[j].step))
				continue;
			o->result->independent++;
			compare_orders(o, &moves[i].step, &moves[j].step, mark);
		}
	}
}

/* ---- one state ---- */

static unsigned int collect_waiting(struct step *waiting)
{
	unsigned int nr = 0;

	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		if (agent_blocked_on((int)agent, &waiting[nr].did))
			explore_step_make(&waiting[nr++]);
	}
	return nr;
}

static void check_enabling(struct oracle *o, const struct step *move, const struct step *waiting, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (waiting[i].did.agent == move->did.agent || !agent_enabled(waiting[i].did.agent))
			continue;
		o->result->enablings++;
		if (!explore_step_depends(move, &waiting[i]))
			complain(o, move, &waiting[i], "the first lets the second go on and touches nothing of it");
	}
}

/* All that can happen in this state; the order is the seed's. */
static unsigned int collect_moves(struct oracle *o, struct move *moves, uint64_t mark)
{
	struct step *waiting = memory(AGENT_MAX_AGENTS * sizeof(*waiting));
	unsigned int nr = 0, nr_waiting = collect_waiting(waiting), agents = agent_count(), first;

	o->random = o->random * 6364136223846793005ull + 1442695040888963407ull;
	first = (unsigned int)(o->random >> 33) % agents;
	for (unsigned int i = 0; i < agents; i++) {
		int agent = (int)((first + i) % agents);
		unsigned int choices = 1;

		for (unsigned int choice = 0; choice < choices && agent_enabled(agent); choice++) {
			struct move *move = &moves[nr];

			assert_true(nr++ < MOST_MOVES);
			agent_run(agent, choice, &move->step.did);
			explore_step_make(&move->step);
			o->too_big |= agent_limit() != NULL;
			choices = move->step.did.choices;
			move->seen = contains(&o->visited, agent_fingerprint());
			check_enabling(o, &move->step, waiting, nr_waiting);
			agent_undo(mark);
		}
	}
	free(waiting);
	o->result->transitions += nr;
	return nr;
}

/* A world in which nobody can go on, or that has shown what is searched for. */
static bool is_end(struct oracle *o)
{
	o->reported |= agent_reported();
	if (agent_reported())
		return true;
	if (enabled_agents())
		return false;
	add(&o->ends, agent_fingerprint());
	return true;
}

static void visit(struct oracle *o)
{
	struct move *moves;
	unsigned int nr;
	uint64_t mark;

	if (is_end(o) || o->visited.nr > o->options->most)
		return;
	mark = agent_mark();
	moves = memory(MOST_MOVES * sizeof(*moves));
	nr = collect_moves(o, moves, mark);
	check_pairs(o, moves, nr, mark);
	for (unsigned int i = 0; i < nr; i++) {
		struct agent_event did;

		if (moves[i].seen)
			continue;
		agent_run(moves[i].step.did.agent, moves[i].step.did.choice, &did);
		if (add(&o->visited, agent_fingerprint()))
			visit(o);
		agent_undo(mark);
	}
	free(moves);
}

/* First turns that touch nothing and choose nothing are run at once, as the explorer does: they multiply states by 2 each. */
static void run_first_turns(void)
{
	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		uint64_t mark = agent_mark();
		struct agent_event did;

		agent_run((int)agent, 0, &did);
		if (did.touches || did.choices > 1)
			agent_undo(mark);
	}
}

/* ---- the ends that a search finds ---- */

struct found {
	struct prints ends;
	uint32_t reported;
};

static bool see_end(void *context, const struct explore_run *run)
{
	struct found *found = context;

	found->reported |= agent_reported();
	if (run->end == EXPLORE_COMPLETE || run->end == EXPLORE_BLOCKED)
		add(&found->ends, agent_fingerprint());
	return true;
}

static void compare_ends(struct oracle *o, const struct found *found, const char *name)
{
	size_t lost = 0;

	for (size_t i = 0; i < o->ends.slots; i++) {
		struct agent_fingerprint end = o->ends.slot[i];

		lost += (end.lo || end.hi) && !contains(&found->ends, end);
	}
	if (lost)
		complain_of_ends(o, name, "it misses states in which all is over");
	if (found->ends.nr > o->ends.nr - lost)
		complain_of_ends(o, name, "it finds states in which all is over that cannot be reached");
}

/* True: it came to its end, or to what was searched for. Behind that nobody looks, so there are no ends to compare. */
static bool compare_search(struct oracle *o, const struct explore_options *from, const char *name)
{
	struct found found = { 0 };
	struct explore_options options = *from;
	struct explore_stats stats;
	bool done;

	options.visit = see_end;
	options.context = &found;
	options.stop_on = UINT32_MAX; /* a broken contract, too */
	explore(&options, &stats);
	done = stats.exhausted || found.reported;
	if (done && !found.reported != !o->reported)
		complain_of_ends(o, name, "it reports a property and the walk does not, or the other way round");
	if (stats.exhausted && !o->reported && !found.reported)
		compare_ends(o, &found, name);
	free(found.ends.slot);
	return done;
}

static void compare_searches(struct oracle *o)
{
	struct explore_options options = explore_defaults(binding_set_up, &o->bound->binding);

	options.search = EXPLORE_STATES;
	if (!compare_search(o, &options, "search over states"))
		complain_of_ends(o, "search over states", "it comes to no end");
	if (!o->options->traces)
		return;
	options.search = EXPLORE_TRACES;
	options.max_executions = o->options->traces;
	o->result->traces_too = compare_search(o, &options, "search over traces");
}

/* ---- the whole ---- */

void oracle_try(struct bound *b, const struct oracle_options *options, struct oracle_result *result)
{
	struct oracle o = { .bound = b, .options = options, .result = result, .random = options->seed };

	memset(result, 0, sizeof(*result));
	result->too_big = !bound_set_up(b);
	if (result->too_big)
		return;
	run_first_turns();
	add(&o.visited, agent_fingerprint());
	visit(&o);
	result->too_big = o.too_big;
	result->states = o.visited.nr;
	result->ends = o.ends.nr;
	result->all = o.visited.nr <= options->most && !result->too_big;
	if (result->all)
		compare_searches(&o);
	free(o.visited.slot);
	free(o.ends.slot);
}
