/* SPDX-License-Identifier: MIT */
/*
 * explore.c - executions and steps a second, beside what GenMC 0.10.3 and Nidhugg (--optimal) reached with the same
 * programs on a box of two cores; and what a step and its snapshot cost.
 */
#include <stdio.h>
#include <stdlib.h>

#include "explore/explore.h"
#include "tests/explore/programs.h"

struct peer {
	const char *program;
	double genmc, nidhugg; /* executions a second, one thread; 0: not measured */
};

static const struct peer peers[] = {
	{ "ainc-5", 0, 0 },	   { "ainc-6", 47600, 10400 },	 { "lastzero-12", 10100, 15360 / 4.5 },
	{ "fib-6", 18000, 14800 }, { "ticket-3x4", 6100, 5200 }, { "ticket-8x1", 5300, 4200 },
};

static void print_peer(double rate)
{
	if (rate > 0)
		printf(" %10.0f", rate);
	else
		printf(" %10s", "-");
}

/* False: the number of traces is wrong, so there is nothing to measure. */
static bool measure(const struct peer *peer)
{
	const struct program *p = program_find(peer->program);
	struct explore_options options = explore_defaults(program_set_up, (void *)(uintptr_t)p);
	struct explore_stats stats, best = { 0 };

	for (int i = 0; i < 3; i++) {
		explore(&options, &stats);
		if (!best.complete || stats.seconds < best.seconds)
			best = stats;
	}
	printf("%-12s %9llu %6u %8.3f %10.0f %10.2f", p->name, (unsigned long long)best.complete, best.deepest,
	       best.seconds, (double)best.complete / best.seconds, (double)best.steps / best.seconds / 1e6);
	print_peer(peer->genmc);
	print_peer(peer->nidhugg);
	printf("\n");
	return best.complete == p->traces;
}

/* No reduction: how fast executions of 60 steps are when nothing is known about them. */
static void measure_random(void)
{
	struct explore_options options = explore_defaults(program_set_up,
							  (void *)(uintptr_t)program_find("ticket-3x4"));
	struct explore_stats stats;

	options.random = 100000;
	explore(&options, &stats);
	printf("\nrandom, ticket-3x4: %.0f executions/s, %.2f million steps/s, %.1f ns a step (Relacy: 246000 executions/s)\n",
	       (double)explore_executions(&stats) / stats.seconds, (double)stats.steps / stats.seconds / 1e6,
	       stats.seconds / (double)stats.steps * 1e9);
}

int main(void)
{
	bool right = true;

	printf("%-12s %9s %6s %8s %10s %10s %10s %10s\n", "program", "traces", "steps", "seconds", "traces/s",
	       "Msteps/s", "GenMC/s", "Nidhugg/s");
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
		right &= measure(&peers[i]);
	measure_random();
	printf("to reach: 60000 executions/s of ticket-3x4\n");
	return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
