/* SPDX-License-Identifier: MIT */
/*
 * explore.c - the explorer on programs over counters: traces a second, beside what GenMC 0.10.3 and Nidhugg (--optimal) reached
 * with the same programs on another box of two cores; random executions a second; and, for bench/spin/run.sh, the
 * states of one program:
 *
 *	explore ticket|ainc|fib AGENTS ROUNDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

	options.search = EXPLORE_TRACES;
	for (int i = 0; i < 3; i++) {
		explore(&options, &stats);
		if (!best.complete || stats.seconds < best.seconds)
			best = stats;
	}
	printf("%-12s %9llu %6u %10.1f %8.3f %10.0f %10.2f", p->name, (unsigned long long)best.complete, best.deepest,
	       (double)best.steps / (double)best.complete, best.seconds, (double)best.complete / best.seconds,
	       (double)best.steps / best.seconds / 1e6);
	print_peer(peer->genmc);
	print_peer(peer->nidhugg);
	printf("\n");
	return best.complete == p->traces;
}

/* ---- over states ---- */

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const struct program sizes[] = {
	{ .name = "ticket", .body = program_ticket },
	{ .name = "ainc", .body = program_ainc },
	{ .name = "fib", .body = program_fib, .start = { 1, 1 } },
};

/* "states transitions seconds bytes" of one program, for bench/spin/run.sh. False: there is none of that name. */
static bool print_states(const char *name, const char *agents, const char *rounds)
{
	struct program p = { 0 };
	struct explore_options options = explore_defaults(program_set_up, &p);
	struct explore_stats stats;
	double began;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (!strcmp(sizes[i].name, name))
			p = sizes[i];
	}
	p.agents = (unsigned int)strtoul(agents, NULL, 10);
	p.rounds = (unsigned int)strtoul(rounds, NULL, 10);
	if (!p.body || !p.agents || !p.rounds)
		return false;
	options.search = EXPLORE_STATES;
	began = cpu_seconds();
	explore(&options, &stats);
	printf("%llu %llu %.3f %llu\n", (unsigned long long)stats.states, (unsigned long long)stats.transitions,
	       cpu_seconds() - began, (unsigned long long)stats.logged);
	return stats.exhausted;
}

/* ---- at random ---- */

/* How fast complete executions of 60 steps are when nothing is known about them. */
static void measure_random(void)
{
	struct explore_options options = explore_defaults(program_set_up,
							  (void *)(uintptr_t)program_find("ticket-3x4"));
	struct explore_stats stats;

	options.random = 100000;
	explore(&options, &stats);
	printf("\nrandom, ticket-3x4: %.0f executions/s, %.2f million steps/s, %.1f ns a step\n",
	       (double)explore_executions(&stats) / stats.seconds, (double)stats.steps / stats.seconds / 1e6,
	       stats.seconds / (double)stats.steps * 1e9);
}

int main(int argc, char **argv)
{
	bool right = true;

	if (argc == 4)
		return print_states(argv[1], argv[2], argv[3]) ? EXIT_SUCCESS : EXIT_FAILURE;
	printf("%-12s %9s %6s %10s %8s %10s %10s %10s %10s\n", "program", "traces", "length", "steps run", "seconds",
	       "traces/s", "Msteps/s", "GenMC/s", "Nidhugg/s");
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
		right &= measure(&peers[i]);
	printf("steps run: a trace, without those that it shares with the one before it\n");
	measure_random();
	return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
