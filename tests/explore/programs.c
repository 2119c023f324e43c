/* SPDX-License-Identifier: MIT */
/* programs.c - small programs over plain counters; see programs.h. */
#include "tests/explore/programs.h"

#include <string.h>

#include "explore/agent.h"

/* ---- steps ---- */

/* Told, so that nothing has to be compared to find it. */
static void put(int32_t *word, int32_t value)
{
	agent_log(word, sizeof(*word));
	*word = value;
}

int32_t counter_load(const int32_t *counter)
{
	agent_step();
	agent_touch(agent_object(counter), AGENT_READ, 0);
	return *counter;
}

void counter_store(int32_t *counter, int32_t value)
{
	agent_step();
	put(counter, value);
	agent_touch(agent_object(counter), AGENT_WRITE, value);
}

int32_t counter_fetch_add(int32_t *counter, int32_t value)
{
	int32_t old;

	agent_step();
	old = *counter;
	put(counter, *counter + value);
	agent_touch(agent_object(counter), AGENT_WRITE, *counter);
	return old;
}

void counter_add(int32_t *counter, int32_t value)
{
	agent_step();
	put(counter, *counter + value);
	agent_touch(agent_object(counter), AGENT_ADD, value);
}

void counter_await(const int32_t *counter, int32_t value)
{
	agent_step_when(agent_object(counter), AGENT_EQUAL, value);
}

void counter_lock(int32_t *counter)
{
	agent_step_when(agent_object(counter), AGENT_EQUAL, 0);
	put(counter, 1);
	agent_touch(agent_object(counter), AGENT_WRITE, 1);
}

/* ---- programs ---- */

/* x++ as one atomic step, then x is read. */
void program_ainc(void *self)
{
	const struct program_agent *a = self;

	for (unsigned int i = 0; i < a->program->rounds; i++) {
		counter_fetch_add(&a->state->v[0], 1);
		put(&a->state->seen[a->number], counter_load(&a->state->v[0]));
	}
}

/* Agent 0 looks for the last zero from the top; agent i writes one more than its left neighbour. */
void program_lastzero(void *self)
{
	const struct program_agent *a = self;
	int32_t *v = a->state->v;
	int i = (int)a->program->agents - 1;

	if (a->number) {
		counter_store(&v[a->number], counter_load(&v[a->number - 1]) + 1);
		return;
	}
	while (i > 0 && counter_load(&v[i]) != 0)
		i--;
	put(&a->state->seen[0], i);
}

/* Two agents add each other's number to their own. */
void program_fib(void *self)
{
	const struct program_agent *a = self;
	int32_t *mine = &a->state->v[a->number], *other = &a->state->v[1 - a->number];

	for (unsigned int i = 0; i < a->program->rounds; i++) {
		int32_t value = counter_load(other);

		counter_store(mine, counter_load(mine) + value);
	}
}

/* A ticket lock around a counter: v[0] next ticket, v[1] now serving, v[2] the counter. */
void program_ticket(void *self)
{
	const struct program_agent *a = self;
	int32_t *v = a->state->v;

	for (unsigned int i = 0; i < a->program->rounds; i++) {
		int32_t ticket = counter_fetch_add(&v[0], 1);

		counter_await(&v[1], ticket);
		counter_store(&v[2], counter_load(&v[2]) + 1);
		counter_store(&v[1], ticket + 1);
	}
}

struct peterson_wait {
	const int32_t *flag, *turn;
	int32_t me;
};

static bool peterson_may_enter(const void *arg)
{
	const struct peterson_wait *w = arg;

	return *w->flag == 0 || *w->turn == w->me;
}

/* v[0], v[1] flags, v[2] whose turn. Reads the flag once and, if it was up, waits for its turn alone: may wait for ever. */
void program_peterson(void *self)
{
	const struct program_agent *a = self;
	int32_t *v = a->state->v, me = a->number, other = 1 - me;

	for (unsigned int i = 0; i < a->program->rounds; i++) {
		counter_store(&v[me], 1);
		counter_store(&v[2], other);
		if (counter_load(&v[other]))
			counter_await(&v[2], me);
		counter_store(&v[3], counter_load(&v[3]) + 1);
		counter_store(&v[me], 0);
	}
}

/* The same, waiting in one step for one or the other. */
void program_peterson_either(void *self)
{
	const struct program_agent *a = self;
	int32_t *v = a->state->v, me = a->number, other = 1 - me;
	struct peterson_wait wait = { &v[other], &v[2], me };
	uint16_t objects[] = { agent_object(&v[other]), agent_object(&v[2]) };

	for (unsigned int i = 0; i < a->program->rounds; i++) {
		counter_store(&v[me], 1);
		counter_store(&v[2], other);
		agent_step_until(peterson_may_enter, &wait, objects, 2);
		counter_store(&v[3], counter_load(&v[3]) + 1);
		counter_store(&v[me], 0);
	}
}

/* Agent 0 waits for acknowledgements of all others; in which order they come does not matter. */
void program_pending(void *self)
{
	const struct program_agent *a = self;

	if (a->number)
		counter_add(&a->state->v[0], 1);
	else
		counter_await(&a->state->v[0], (int32_t)a->program->agents - 1);
}

/* ---- worlds ---- */

static struct program_state *state;

struct program_state *program_state(void)
{
	return state;
}

void program_set_up(void *program)
{
	const struct program *p = program;

	agent_reset();
	agent_set_hooked(true);
	state = agent_alloc(sizeof(*state));
	memcpy(state->v, p->start, sizeof(p->start));
	for (unsigned int i = 0; i < sizeof(p->start) / sizeof(p->start[0]); i++)
		agent_touch(agent_object(&state->v[i]), AGENT_WRITE, p->start[i]);
	for (unsigned int i = 0; i < p->agents; i++) {
		struct program_agent *a = agent_alloc(sizeof(*a));

		*a = (struct program_agent){ p, state, (int)i };
		agent_spawn(p->body, a);
	}
}

const struct program program_list[] = {
	{ .name = "ainc-2", .body = program_ainc, .agents = 2, .rounds = 1, .traces = 4 },
	{ .name = "ainc-3", .body = program_ainc, .agents = 3, .rounds = 1, .traces = 36 },
	{ .name = "ainc-4", .body = program_ainc, .agents = 4, .rounds = 1, .traces = 576 },
	{ .name = "ainc-5", .body = program_ainc, .agents = 5, .rounds = 1, .traces = 14400 },
	{ .name = "ainc-6", .body = program_ainc, .agents = 6, .rounds = 1, .traces = 518400 },
	{ .name = "lastzero-3", .body = program_lastzero, .agents = 4, .rounds = 1, .traces = 12 },
	{ .name = "lastzero-12", .body = program_lastzero, .agents = 13, .rounds = 1, .traces = 15360 },
	{ .name = "fib-2", .body = program_fib, .agents = 2, .rounds = 2, .traces = 19, .start = { 1, 1 } },
	{ .name = "fib-6", .body = program_fib, .agents = 2, .rounds = 6, .traces = 73789, .start = { 1, 1 } },
	{ .name = "ticket-3x1", .body = program_ticket, .agents = 3, .rounds = 1, .traces = 6 },
	{ .name = "ticket-3x4", .body = program_ticket, .agents = 3, .rounds = 4, .traces = 34650 },
	{ .name = "ticket-8x1", .body = program_ticket, .agents = 8, .rounds = 1, .traces = 40320 },
	{ .name = "peterson-2", .body = program_peterson, .agents = 2, .rounds = 2, .traces = 48, .blocked = 48 },
	{ .name = "peterson-3", .body = program_peterson, .agents = 2, .rounds = 3, .traces = 588, .blocked = 588 },
	{ .name = "peterson-either-2", .body = program_peterson_either, .agents = 2, .rounds = 2, .traces = 28 },
	{ .name = "peterson-either-3", .body = program_peterson_either, .agents = 2, .rounds = 3, .traces = 212 },
	{ .name = "pending-4", .body = program_pending, .agents = 5, .rounds = 1, .traces = 1 },
	{ .name = NULL },
};

const struct program *program_find(const char *name)
{
	for (const struct program *p = program_list; p->name; p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}
