/* SPDX-License-Identifier: MIT */
/*
 * programs.h - small programs over plain counters, for the tests and measurements of the explorer.
 *
 * Most are benchmarks of GenMC and Nidhugg under sequential consistency; the two tools agree on the number of traces of
 * each. Peterson's lock reads two variables while it waits, so its number depends on how the wait is split into
 * steps. Split as those tools do it (read the flag; if it is up, the turn has to be ours, else this way is given up) it has
 * their 48 and 588, and as many ways given up as Nidhugg reports. Waited for in one step it has 28 and 212.
 */
#ifndef TESTS_PROGRAMS_H
#define TESTS_PROGRAMS_H

#include <stdint.h>

struct program {
	const char *name;
	void (*body)(void *self); /* of each agent; @self: a struct program_agent */
	unsigned int agents;
	unsigned int rounds;
	uint64_t traces;  /* that end well */
	uint64_t blocked; /* that end in a deadlock */
	int32_t start[4]; /* of the first variables */
};

enum {
	PROGRAM_VARIABLES = 32
};

/* All that a program's agents share, in the arena. */
struct program_state {
	int32_t v[PROGRAM_VARIABLES];
	int32_t seen[PROGRAM_VARIABLES]; /* what agents have read, for whoever looks at the end */
};

struct program_agent {
	const struct program *program;
	struct program_state *state;
	int number;
};

void program_set_up(void *program);	   /* the explorer's callback; @program: a struct program */
struct program_state *program_state(void); /* of the world that was set up last */

/* One step each. */
int32_t counter_load(const int32_t *counter);
void counter_store(int32_t *counter, int32_t value);
int32_t counter_fetch_add(int32_t *counter, int32_t value); /* the old value; does not commute */
void counter_add(int32_t *counter, int32_t value);	    /* commutes */
void counter_await(const int32_t *counter, int32_t value);
void counter_lock(int32_t *counter); /* waits for 0, makes it 1 */

extern const struct program program_list[]; /* ends with a name of NULL */
const struct program *program_find(const char *name);

/* The same for any number of agents and rounds; .traces is not filled in. */
void program_ainc(void *self);
void program_lastzero(void *self);
void program_fib(void *self);
void program_ticket(void *self);
void program_peterson(void *self);
void program_peterson_either(void *self);
void program_pending(void *self);

#endif
