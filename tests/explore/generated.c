/* SPDX-License-Identifier: MIT */
/* generated.c - the generator, the agents that run its programs, and the record of what they did. */
#include "tests/explore/generated.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- the generator ---- */

static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static unsigned int draw_below(uint64_t *state, unsigned int n)
{
	return (unsigned int)(draw(state) % n);
}

static void generate_step(struct generated_step *step, const struct generated *g, uint64_t *random)
{
	step->op = (uint8_t)draw_below(random, GENERATED_OPS);
	step->variable = (uint8_t)draw_below(random, g->variables);
	step->other = (uint8_t)draw_below(random, g->variables);
	step->value = (int8_t)draw_below(random, 3);
}

/* Sizes are such that all interleavings of most programs can be run. */
void generate(struct generated *g, uint64_t seed)
{
	static const uint8_t most[] = { 0, 0, 5, 4, 3 };
	uint64_t random = seed;

	memset(g, 0, sizeof(*g));
	draw(&random);
	g->agents = 2 + draw_below(&random, 3);
	g->variables = 1 + draw_below(&random, GENERATED_VARIABLES);
	for (unsigned int a = 0; a < g->agents; a++) {
		g->steps[a] = 1 + draw_below(&random, most[g->agents]);
		g->daemon[a] = draw_below(&random, 8) == 0;
		for (unsigned int i = 0; i < g->steps[a]; i++)
			generate_step(&g->step[a][i], g, &random);
	}
}

void generated_print(FILE *to, const struct generated *g)
{
	static const char *const names[GENERATED_OPS] = {
		"load",
		"store",
		"store-seen",
		"fetch-add",
		"add",
		"set-bit",
		"compare-exchange",
		"copy-if-odd",
		"lock",
		"unlock",
		"await-equal",
		"await-at-least",
		"await-not-equal",
		"await-sum",
		"await-add",
		"choose-store",
		"choose-target",
		"choose-some",
		"read-section",
		"write-section",
		"skip-if-odd",
	};

	for (unsigned int a = 0; a < g->agents; a++) {
		fprintf(to, "agent %u%s:", a, g->daemon[a] ? " (daemon)" : "");
		for (unsigned int i = 0; i < g->steps[a]; i++) {
			const struct generated_step *s = &g->step[a][i];

			fprintf(to, " %s v%u v%u %d;", names[s->op], s->variable, s->other, s->value);
		}
		fprintf(to, "\n");
	}
}

/* ---- the agents ---- */

struct shared {
	int32_t v[GENERATED_VARIABLES];
	int32_t bits[GENERATED_VARIABLES];  /* conditions do not know what JOIN does, so it has its own */
	int32_t rwsem[GENERATED_VARIABLES]; /* -1: a writer; else readers */
	int32_t seen[GENERATED_AGENTS];
};

struct agent {
	const struct generated *g;
	unsigned int number;
};

static struct shared *shared;

static void see(const struct agent *a, int32_t value)
{
	shared->seen[a->number] = 5 * shared->seen[a->number] + value + 1;
}

static void touch(int32_t *variable, enum agent_op op, int32_t value)
{
	agent_touch(agent_object(variable), op, value);
}

static void set(int32_t *variable, int32_t value)
{
	*variable = value;
	touch(variable, AGENT_WRITE, value);
}

static int32_t get(int32_t *variable)
{
	touch(variable, AGENT_READ, 0);
	return *variable;
}

static bool sum_is_odd(const void *arg)
{
	const struct generated_step *s = arg;

	return (shared->v[s->variable] + shared->v[s->other]) % 2 != 0;
}

static void await(const struct generated_step *s, enum agent_compare compare, int32_t operand)
{
	agent_step_when(agent_object(&shared->v[s->variable]), compare, operand);
}

static void run_await(const struct agent *a, const struct generated_step *s)
{
	int32_t *v = &shared->v[s->variable];
	uint16_t objects[2];

	switch ((enum generated_op)s->op) {
	case OP_LOCK:
		await(s, AGENT_EQUAL, 0);
		set(v, 1);
		break;
	case OP_AWAIT_EQUAL:
		await(s, AGENT_EQUAL, s->value);
		break;
	case OP_AWAIT_AT_LEAST:
		await(s, AGENT_AT_LEAST, s->value);
		see(a, get(v));
		break;
	case OP_AWAIT_NOT_EQUAL:
		await(s, AGENT_NOT_EQUAL, s->value);
		see(a, get(&shared->v[s->other]));
		break;
	case OP_AWAIT_ADD:
		await(s, AGENT_AT_LEAST, 1);
		set(v, *v - 1);
		break;
	default:
		objects[0] = agent_object(v);
		objects[1] = agent_object(&shared->v[s->other]);
		agent_step_until(sum_is_odd, s, objects, objects[0] == objects[1] ? 1 : 2);
		see(a, *v);
		break;
	}
}

static void run_choice(const struct agent *a, const struct generated_step *s)
{
	int32_t *v = &shared->v[s->variable];
	unsigned int choice;

	agent_step();
	switch ((enum generated_op)s->op) {
	case OP_CHOOSE_STORE:
		choice = agent_choose(2);
		set(v, s->value + (int32_t)choice);
		see(a, (int32_t)choice);
		break;
	case OP_CHOOSE_TARGET:
		choice = agent_choose(a->g->variables);
		see(a, get(&shared->v[choice]));
		break;
	default:
		choice = agent_choose(1 + (unsigned int)(get(v) & 3) % 3);
		if (choice)
			set(&shared->v[s->other], (int32_t)choice);
		break;
	}
}

static void run_plain(const struct agent *a, const struct generated_step *s)
{
	int32_t *v = &shared->v[s->variable], *other = &shared->v[s->other];

	agent_step();
	switch ((enum generated_op)s->op) {
	case OP_LOAD:
		see(a, get(v) + (s->value ? 0 : 2 * get(&shared->bits[s->variable])));
		break;
	case OP_STORE:
		set(v, s->value);
		break;
	case OP_STORE_SEEN:
		set(v, shared->seen[a->number] % 4);
		break;
	case OP_FETCH_ADD:
		see(a, *v);
		set(v, *v + 1);
		break;
	case OP_ADD:
		*v += s->value;
		touch(v, AGENT_ADD, s->value);
		break;
	case OP_SET_BIT:
		shared->bits[s->variable] |= 1 << a->number;
		touch(&shared->bits[s->variable], AGENT_JOIN, 0);
		break;
	case OP_COMPARE_EXCHANGE:
		see(a, get(v) == s->value);
		if (*v == s->value)
			set(v, s->value + 1);
		break;
	case OP_COPY_IF_ODD:
		if (get(v) % 2 != 0)
			set(other, *v + 1);
		break;
	default:
		set(v, 0);
		break;
	}
}

static void share(int32_t *rwsem, int32_t value)
{
	*rwsem += value;
	touch(rwsem, AGENT_SHARE, value);
}

static void run_section(const struct agent *a, const struct generated_step *s)
{
	int32_t *rwsem = &shared->rwsem[s->variable], *v = &shared->v[s->other];
	bool alone = s->op == OP_WRITE_SECTION;

	agent_step_when(agent_object(rwsem), alone ? AGENT_EQUAL : AGENT_AT_LEAST, 0);
	if (alone)
		set(rwsem, -1);
	else
		share(rwsem, 1);
	agent_step();
	if (alone)
		set(v, s->value);
	else
		see(a, get(v));
	agent_step();
	if (alone)
		set(rwsem, 0);
	else
		share(rwsem, -1);
}

static void spin(const struct generated_step *s)
{
	do
		agent_step();
	while (get(&shared->v[s->variable]) != s->value);
}

static void run_agent(void *arg)
{
	const struct agent *a = arg;

	for (unsigned int i = 0; i < a->g->steps[a->number]; i++) {
		const struct generated_step *s = &a->g->step[a->number][i];

		if (s->op == OP_AWAIT_EQUAL && a->g->spins)
			spin(s);
		else if (s->op == OP_SKIP_IF_ODD)
			i += shared->seen[a->number] % 2 != 0;
		else if (s->op == OP_LOCK || (s->op >= OP_AWAIT_EQUAL && s->op <= OP_AWAIT_ADD))
			run_await(a, s);
		else if (s->op == OP_READ_SECTION || s->op == OP_WRITE_SECTION)
			run_section(a, s);
		else if (s->op >= OP_CHOOSE_STORE)
			run_choice(a, s);
		else
			run_plain(a, s);
	}
}

void generated_set_up(void *generated)
{
	const struct generated *g = generated;

	agent_reset();
	shared = agent_alloc(sizeof(*shared));
	for (unsigned int i = 0; i < g->agents; i++) {
		struct agent *a = agent_alloc(sizeof(*a));

		*a = (struct agent){ g, i };
		agent_spawn(run_agent, a);
		if (g->daemon[i])
			agent_set_daemon((int)i);
	}
}

/* ---- sets of hashes ---- */

void hashes_add(struct hashes *h, uint64_t hash)
{
	if (h->length == h->room) {
		h->room = h->room ? 2 * h->room : 64;
		h->list = realloc(h->list, h->room * sizeof(h->list[0]));
		if (!h->list)
			abort();
	}
	h->list[h->length++] = hash;
}

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void hashes_sort(struct hashes *h)
{
	size_t kept = 0;

	if (h->length)
		qsort(h->list, h->length, sizeof(h->list[0]), compare_hashes);
	for (size_t i = 0; i < h->length; i++)
		if (i == 0 || h->list[i] != h->list[i - 1])
			h->list[kept++] = h->list[i];
	h->length = kept;
}

bool hashes_equal(const struct hashes *a, const struct hashes *b)
{
	return a->length == b->length && (!a->length || !memcmp(a->list, b->list, a->length * sizeof(a->list[0])));
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	uint64_t state = hash ^ value * 0x9e3779b97f4a7c15ull;

	return draw(&state);
}

/* ---- traces and outcomes ---- */

enum {
	LONGEST = 64
};

static bool in_order(const struct agent_event *a, const struct agent_event *b)
{
	for (unsigned int i = 0; i < a->touches; i++)
		for (unsigned int j = 0; j < b->touches; j++)
			if (a->touch[i].object == b->touch[j].object &&
			    (a->touch[i].op != b->touch[j].op || a->touch[i].op == AGENT_WRITE))
				return true;
	return a->agent == b->agent;
}

/* A trace is the set of its steps, each with the set of steps before it; the order in which they ran must not show. */
uint64_t trace_hash(const struct explore_run *run)
{
	unsigned int n = run->schedule.length;
	uint64_t name[LONGEST], hash = 0;
	uint64_t before[LONGEST];
	unsigned int own[AGENT_MAX_AGENTS] = { 0 };

	assert(n <= LONGEST);
	for (unsigned int i = 0; i < n; i++) {
		const struct agent_event *e = explore_event(run, i);
		uint64_t past = 0;

		before[i] = 0;
		for (unsigned int j = 0; j < i; j++)
			if (in_order(explore_event(run, j), e))
				before[i] |= before[j] | 1ull << j;
		name[i] = mix(mix(e->agent, own[e->agent]++), e->choice);
		for (unsigned int j = 0; j < i; j++)
			if (before[i] >> j & 1)
				past += mix(name[j], 1);
		hash += mix(name[i], past);
	}
	return hash;
}

uint64_t generated_outcome_hash(const struct explore_run *run)
{
	uint64_t hash = run->end;

	for (unsigned int i = 0; i < GENERATED_VARIABLES; i++)
		hash = mix(mix(hash, (uint32_t)shared->v[i]), (uint32_t)shared->bits[i]);
	for (unsigned int i = 0; i < GENERATED_AGENTS; i++)
		hash = mix(hash, (uint32_t)shared->seen[i]);
	return hash;
}

static bool collect(void *context, const struct explore_run *run)
{
	struct generated_result *r = context;

	if (run->order)
		hashes_add(&r->traces, trace_hash(run));
	hashes_add(&r->outcomes, generated_outcome_hash(run));
	return true;
}

void generated_explore_as(const struct explore_options *how, struct generated_result *result)
{
	struct explore_options options = *how;

	*result = (struct generated_result){ 0 };
	options.visit = collect;
	options.context = result;
	explore(&options, &result->stats);
	hashes_sort(&result->traces);
	hashes_sort(&result->outcomes);
}

void generated_explore(struct generated *g, bool reduce, uint64_t max_executions, struct generated_result *result)
{
	struct explore_options options = explore_defaults(generated_set_up, g);

	options.search = EXPLORE_TRACES;
	options.reduce = reduce;
	options.max_executions = max_executions;
	generated_explore_as(&options, result);
}

void generated_result_free(struct generated_result *result)
{
	free(result->traces.list);
	free(result->outcomes.list);
}
