/* SPDX-License-Identifier: MIT */
/*
 * independence.c - the reduction rests on what steps say that they touch; here that is tried on the machine itself.
 *
 * In every state of a scenario, each state once, without reduction: two steps of different agents that touch nothing in
 * ways that do not commute are run in both orders. Neither may stop or change the other, and both orders lead to the same
 * memory, values and reports, and to the same next steps. And whoever lets a waiting agent go on must touch what it
 * waits for.
 *
 * What is compared is what agents share, and what the two agents do next. Their stacks are not compared: what an earlier
 * call has left there may differ, and is never looked at again.
 *
 *	build/tests/machine/independence [FILE ARCH [STATES]]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <glob.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/arch.h"
#include "check/cli.h"
#include "explore/order.h"

enum {
	MOST_STATES = 1500, /* of one scenario; give more on the command line */
	MOST_MOVES = 64,    /* steps that are possible in one state */
	MOST_COMPLAINTS = 6,
	TABLE = 1 << 20,
};

/* One step that a state offers, and the state behind it. */
struct move {
	struct step step;
	unsigned char *after;
};

/* What one order of two steps leads to. */
struct outcome_of_order {
	char *shared; /* copy of the heap and of the values of its objects */
	uint32_t reported;
	uint64_t enabled;
	struct step next[2]; /* of the two agents: what it does, or waits for */
};

struct oracle {
	const char *path;
	struct words words;
	struct litmus *litmus;
	struct binding binding;
	const char *heap;
	size_t heap_bytes;
	uint64_t *visited; /* fingerprints of states, open addressing */
	unsigned long most, states, pairs, independent, complaints;
	struct outcome_of_order order[2];
};

/* ---- states ---- */

static void *memory(size_t bytes)
{
	void *p = calloc(1, bytes);

	assert_non_null(p);
	return p;
}

static unsigned char *save_state(void)
{
	unsigned char *copy = memory(agent_snapshot_size());

	agent_save(copy);
	return copy;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

/* Stacks included, so that two places of a program are two states. */
static uint64_t fingerprint(void)
{
	size_t size = agent_snapshot_size();
	unsigned char *copy = memory(size + 8);
	uint64_t hash = 1, word;

	agent_save(copy);
	for (size_t i = 0; i < size; i += 8) {
		memcpy(&word, copy + i, 8);
		hash = mix(hash, word);
	}
	free(copy);
	return hash ? hash : 1;
}

/* True: seen for the first time. */
static bool is_new(struct oracle *o)
{
	uint64_t hash = fingerprint();
	size_t at = hash % TABLE;

	while (o->visited[at] && o->visited[at] != hash)
		at = (at + 1) % TABLE;
	if (o->visited[at])
		return false;
	o->visited[at] = hash;
	return true;
}

/* What agents share: memory, and what the engine keeps of its objects. */
static void copy_shared(const struct oracle *o, char *to)
{
	memcpy(to, o->heap, o->heap_bytes);
	for (size_t i = 0; i < o->heap_bytes / 4; i++) {
		int32_t value = agent_value(agent_object(o->heap + 4 * i));

		memcpy(to + o->heap_bytes + 4 * i, &value, 4);
	}
}

/* ---- complaints ---- */

static void complain(struct oracle *o, const struct step *a, const struct step *b, const char *what, size_t at)
{
	if (o->complaints++ >= MOST_COMPLAINTS)
		return;
	print_message("%s on %s: agents %u and %u: %s", o->path, o->binding.arch.name, a->did.agent, b->did.agent,
		      what);
	if (at != SIZE_MAX)
		print_message(" (byte %zu of %zu; the kernel's data begin at %zu)", at, o->heap_bytes,
			      (size_t)((const char *)model_state()->kernel_data - o->heap));
	print_message("\n");
}

static size_t difference(const struct oracle *o)
{
	for (size_t i = 0; i < 2 * o->heap_bytes; i++)
		if (o->order[0].shared[i] != o->order[1].shared[i])
			return i;
	return SIZE_MAX;
}

/* ---- two steps ---- */

static bool runs_again(const struct step *step)
{
	struct agent_event did;

	if (!agent_enabled(step->did.agent))
		return false;
	agent_run(step->did.agent, step->did.choice, &did);
	return explore_event_same(&step->did, &did);
}

/* A stack may keep what was read too early, or too late: then the next step is another one. */
static void look_ahead(const struct step *step, const unsigned char *here, struct step *next)
{
	memset(next, 0, sizeof(*next));
	agent_restore(here);
	if (!agent_blocked_on(step->did.agent, &next->did) && agent_enabled(step->did.agent))
		agent_run(step->did.agent, 0, &next->did);
}

/* @second behind @first; false: it cannot step there, or does something else. */
static bool run_order(const struct oracle *o, const struct move *first, const struct move *second,
		      struct outcome_of_order *out)
{
	unsigned char *here;

	agent_restore(first->after);
	if (!runs_again(&second->step))
		return false;
	copy_shared(o, out->shared);
	out->reported = agent_reported();
	out->enabled = 0;
	for (unsigned int i = 0; i < agent_count(); i++)
		out->enabled |= (uint64_t)agent_enabled((int)i) << i;
	here = save_state();
	look_ahead(&first->step, here, &out->next[0]);
	look_ahead(&second->step, here, &out->next[1]);
	free(here);
	return true;
}

static void compare_orders(struct oracle *o, const struct move *a, const struct move *b)
{
	struct outcome_of_order *ab = &o->order[0], *ba = &o->order[1];

	if (!run_order(o, a, b, ab) || !run_order(o, b, a, ba)) {
		complain(o, &a->step, &b->step, "one stops or changes the other", SIZE_MAX);
		return;
	}
	if (ab->enabled != ba->enabled || ab->reported != ba->reported)
		complain(o, &a->step, &b->step, "the order decides who can go on, or what is reported", SIZE_MAX);
	if (memcmp(ab->shared, ba->shared, 2 * o->heap_bytes))
		complain(o, &a->step, &b->step, "the order changes memory", difference(o));
	if (!explore_event_same(&ab->next[0].did, &ba->next[1].did) ||
	    !explore_event_same(&ab->next[1].did, &ba->next[0].did))
		complain(o, &a->step, &b->step, "the order changes the next step of one of them", SIZE_MAX);
}

/* @waiting: what agents waited for before the step. */
static void check_enabling(struct oracle *o, const struct move *move, const struct step *waiting, unsigned int nr)
{
	agent_restore(move->after);
	for (unsigned int i = 0; i < nr; i++) {
		if (waiting[i].did.agent == move->step.did.agent || !agent_enabled(waiting[i].did.agent))
			continue;
		if (!explore_step_depends(&move->step, &waiting[i]))
			complain(o, &move->step, &waiting[i],
				 "the first lets the second go on and touches nothing of it", SIZE_MAX);
	}
}

/* ---- one state ---- */

/* All that can happen in the state @here. */
static unsigned int collect_moves(const unsigned char *here, struct move *moves)
{
	unsigned int nr = 0;

	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		unsigned int choices = 1;

		for (unsigned int choice = 0; choice < choices; choice++) {
			struct move *move = &moves[nr];

			agent_restore(here);
			if (!agent_enabled((int)agent))
				break;
			assert_true(nr++ < MOST_MOVES);
			agent_run((int)agent, choice, &move->step.did);
			explore_step_make(&move->step);
			choices = move->step.did.choices;
			move->after = save_state();
		}
	}
	return nr;
}

static unsigned int collect_waiting(struct step *waiting)
{
	unsigned int nr = 0;

	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		if (agent_blocked_on((int)agent, &waiting[nr].did))
			explore_step_make(&waiting[nr++]);
	}
	return nr;
}

static void check_pairs(struct oracle *o, const struct move *moves, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		for (unsigned int j = 0; j < i; j++) {
			if (moves[i].step.did.agent == moves[j].step.did.agent)
				continue;
			o->pairs++;
			if (explore_step_depends(&moves[i].step, &moves[j].step))
				continue;
			o->independent++;
			compare_orders(o, &moves[i], &moves[j]);
		}
	}
}

static void visit(struct oracle *o, const unsigned char *here)
{
	struct step *waiting;
	struct move *moves;
	unsigned int nr, nr_waiting;

	if (agent_reported() || o->states++ >= o->most)
		return;
	moves = memory(MOST_MOVES * sizeof(*moves));
	waiting = memory(AGENT_MAX_AGENTS * sizeof(*waiting));
	nr_waiting = collect_waiting(waiting);
	nr = collect_moves(here, moves);
	check_pairs(o, moves, nr);
	for (unsigned int i = 0; i < nr; i++)
		check_enabling(o, &moves[i], waiting, nr_waiting);
	free(waiting);
	for (unsigned int i = 0; i < nr; i++) {
		agent_restore(moves[i].after);
		if (is_new(o))
			visit(o, moves[i].after);
		free(moves[i].after);
	}
	free(moves);
}

/* ---- one scenario ---- */

static struct litmus *read_scenario(struct oracle *o)
{
	struct litmus_error error;
	struct litmus *litmus;
	char *text = memory(1 << 16);
	FILE *file = fopen(o->path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, 1 << 16, file);
	fclose(file);
	litmus = litmus_read(o->path, text, len, &o->words.litmus, &error);
	if (!litmus)
		print_message("%s\n", error.text);
	assert_non_null(litmus);
	free(text);
	return litmus;
}

static const struct tlb_arch *row(const char *name)
{
	for (unsigned int i = 0; i < tlb_arch_count(); i++)
		if (!strcmp(tlb_arch_at(i)->name, name))
			return tlb_arch_at(i);
	fail();
	return NULL;
}

/* First turns that touch nothing and choose nothing are run at once, as the explorer does: they multiply states by 2 each. */
static unsigned char *first_turns(void)
{
	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		unsigned char *before = save_state();
		struct agent_event did;

		agent_run((int)agent, 0, &did);
		if (did.touches || did.choices > 1)
			agent_restore(before);
		free(before);
	}
	return save_state();
}

/* The number of complaints. */
static unsigned long try_scenario(const char *path, const char *arch, unsigned long most)
{
	struct oracle *o = memory(sizeof(*o));
	unsigned long complaints;
	unsigned char *start;

	o->path = path;
	o->most = most;
	words_init(&o->words);
	o->litmus = read_scenario(o);
	o->visited = memory(TABLE * sizeof(*o->visited));
	binding_init(&o->binding, o->litmus, row(arch), run_all_rules());
	binding_set_up(&o->binding);
	o->heap = (const char *)model_state();
	o->heap_bytes = (size_t)((const char *)agent_alloc(0) - o->heap);
	o->order[0].shared = memory(2 * o->heap_bytes);
	o->order[1].shared = memory(2 * o->heap_bytes);
	start = first_turns();
	visit(o, start);
	complaints = o->complaints;
	if (complaints || most != MOST_STATES)
		print_message("%s on %s: %lu states%s, %lu pairs, %lu of them independent; %lu complaints\n", path,
			      arch, o->states < o->most ? o->states : o->most, o->states > o->most ? " (of more)" : "",
			      o->pairs, o->independent, complaints);
	free(start);
	free(o->order[0].shared);
	free(o->order[1].shared);
	free(o->visited);
	litmus_free(o->litmus);
	free(o);
	return complaints;
}

static void independent_steps_commute(void **state)
{
	static const char *const archs[] = { "x86_64", "hostile", "sparc64" };
	unsigned long complaints = 0;
	glob_t files;

	(void)state;
	assert_int_equal(glob("litmus/*/*.litmus", 0, NULL, &files), 0);
	assert_int_equal(glob("tests/machine/*.litmus", GLOB_APPEND, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		for (size_t arch = 0; arch < sizeof(archs) / sizeof(archs[0]); arch++)
			complaints += try_scenario(files.gl_pathv[i], archs[arch], MOST_STATES);
	globfree(&files);
	assert_int_equal(complaints, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(independent_steps_commute) };

	if (argc > 2)
		return try_scenario(argv[1], argv[2], argc > 3 ? strtoul(argv[3], NULL, 0) : MOST_STATES) != 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
