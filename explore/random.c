/* SPDX-License-Identifier: MIT */
/*
 * random.c - random executions by PCT (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010).
 *
 * Each agent has a random priority; the highest that is enabled runs. At d - 1 random steps the running agent falls to
 * one of the d - 1 lowest priorities. With n agents and executions of at most k steps, a bug that needs d ordering
 * constraints shows with a probability of at least 1 / (n k^(d-1)) in each execution. Hardware choices are uniform,
 * and not in that promise.
 */
#include <assert.h>
#include <stdlib.h>

#include "explore/search.h"

/* splitmix64: every seed is as good as any other. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static unsigned int below(uint64_t *state, unsigned int n)
{
	assert(n > 0);
	return (unsigned int)(random_next(state) % n);
}

/* More changes of priority than steps would say no more. */
enum {
	MAX_CHANGES = AGENT_MAX_STEPS
};

struct pct {
	uint64_t random;
	unsigned int changes;
	unsigned int change[MAX_CHANGES];	 /* at which step */
	unsigned int priority[AGENT_MAX_AGENTS]; /* 1 ... changes are for those that fell */
};

/* k of the promise is not known beforehand; the longest execution so far stands for it. */
static unsigned int longest(const struct search *s)
{
	return s->stats->deepest ? s->stats->deepest : 1;
}

/*
 * From the seed and the number alone, so one execution of many can be run again by itself. The
 * priorities are a random permutation, by insertion.
 */
static void prepare(const struct search *s, struct pct *p, uint64_t number)
{
	unsigned int agents = agent_count();

	assert(agents <= AGENT_MAX_AGENTS);
	p->random = s->options->seed;
	p->random = random_next(&p->random) ^ number;
	p->changes = s->options->bug_depth > 1 ? s->options->bug_depth - 1 : 0;
	if (p->changes > MAX_CHANGES)
		p->changes = MAX_CHANGES;
	for (unsigned int i = 0; i < agents; i++) {
		unsigned int other = below(&p->random, i + 1);

		p->priority[i] = p->priority[other];
		p->priority[other] = p->changes + 1 + i;
	}
	for (unsigned int i = 0; i < p->changes; i++)
		p->change[i] = below(&p->random, longest(s));
}

/* -1: nobody can step. */
static int highest(const struct pct *p)
{
	int best = -1;

	for (unsigned int i = 0; i < agent_count(); i++)
		if (agent_enabled((int)i) && (best < 0 || p->priority[i] > p->priority[best]))
			best = (int)i;
	return best;
}

/*
 * Falling is to a priority below all first ones, so the agent goes on only when nobody else can, or
 * others have fallen lower.
 */
static int choose_agent(struct pct *p, unsigned int step)
{
	int agent = highest(p);

	for (unsigned int i = 0; i < p->changes && agent >= 0; i++) {
		if (p->change[i] != step)
			continue;
		p->priority[agent] = i + 1;
		agent = highest(p);
	}
	return agent;
}

enum explore_end explore_random_execution(struct search *s, uint64_t number)
{
	struct pct p;

	prepare(s, &p, number);
	while (s->order.length < AGENT_MAX_STEPS) {
		int agent = choose_agent(&p, (unsigned int)s->order.length);
		unsigned int choice = (unsigned int)(random_next(&p.random) >> 40);

		if (agent < 0)
			return explore_search_end();
		explore_world_run(&s->world, (unsigned int)agent, choice, explore_order_next(&s->order));
		explore_order_push(&s->order);
		if (explore_search_stopped(s))
			return EXPLORE_STOPPED;
	}
	return EXPLORE_TOO_LONG;
}

/* 1 / (n k^(d-1)), see the head of this file; k is what longest() says. */
double explore_random_probability(const struct search *s)
{
	double p = 1.0 / agent_count();

	for (unsigned int i = 1; i < s->options->bug_depth && p > 0; i++)
		p /= longest(s);
	return p;
}
