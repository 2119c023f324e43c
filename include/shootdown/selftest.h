/* SPDX-License-Identifier: MIT */
/*
 * selftest.h - a host tries its own hooks, at boot, on the CPUs it has.
 *
 * The checker explores the library; it cannot see a kernel's hooks, and there most bugs of a port are. So a port calls
 * this once on each CPU, all at the same time, when interrupts between CPUs work and before programs run:
 *
 *	static struct shootdown_selftest_state test;
 *
 *	shootdown_selftest_init(&test, number_of_cpus, 10000, 100000000);	once, before the first of
 *	result = shootdown_selftest(&test, SHOOTDOWN_SELFTEST_INTERRUPTS);	these, on each CPU
 *	if (result != SHOOTDOWN_SELFTEST_PASSED)
 *		panic(shootdown_selftest_name(result));
 *
 * It tries numbers, sets, batch pages, calls and their answers, alone and crossing, the memory orders that ORD-1 and the
 * release of hook 6 ask for, and that a grace period waits for code with interrupts off. It cannot
 * try that hooks 19 to 21 invalidate, since it has no mapping to change, nor that a grace period waits for RCU readers.
 * A wrong order shows by chance only, so give it rounds; and never on a machine whose CPUs keep that order anyway.
 */
#ifndef SHOOTDOWN_SELFTEST_H
#define SHOOTDOWN_SELFTEST_H

#include <shootdown/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/* CPUs that can take part. */
#define SHOOTDOWN_SELFTEST_CPUS 64

/* In the order in which they are tried; each takes for granted what stands before it. */
enum shootdown_selftest_result {
	SHOOTDOWN_SELFTEST_PASSED,
	SHOOTDOWN_SELFTEST_ABSENT,	/* fewer CPUs came than were announced, or one no longer gets on */
	SHOOTDOWN_SELFTEST_CONSTANTS,	/* 1, 2, SHOOTDOWN_PTE_SHIFT(): out of their range */
	SHOOTDOWN_SELFTEST_SETS,	/* 4 to 9: a set lost a CPU, or kept one */
	SHOOTDOWN_SELFTEST_NUMBERS,	/* 3, 10: two CPUs have one number, it changes, or it is not up */
	SHOOTDOWN_SELFTEST_MEMORY,	/* 23: a batch page is given out twice, too small or not aligned */
	SHOOTDOWN_SELFTEST_RAISE,	/* 16, 17: a call was not run */
	SHOOTDOWN_SELFTEST_TARGET,	/* 16: a call was run by a CPU that was not asked */
	SHOOTDOWN_SELFTEST_TWICE,	/* 17: a call was run twice */
	SHOOTDOWN_SELFTEST_SEEN,	/* 16: a call did not see what its caller had stored */
	SHOOTDOWN_SELFTEST_CROSSING,	/* 16: CPUs that call each other at once, each twice, lost a call */
	SHOOTDOWN_SELFTEST_NESTED,	/* 17: a call was interrupted by another one */
	SHOOTDOWN_SELFTEST_WAIT,	/* 18: it did not answer meanwhile */
	SHOOTDOWN_SELFTEST_ENTER_ORDER, /* 5, 7, 15: neither the CPU in the set nor the change was seen */
	SHOOTDOWN_SELFTEST_LEAVE_ORDER, /* 6, 7: a CPU was seen out of the set before what it did there */
	SHOOTDOWN_SELFTEST_WALKERS,	/* 31: did not wait for code with interrupts off */
	SHOOTDOWN_SELFTEST_GRACE,	/* 29: the same */
	SHOOTDOWN_SELFTEST_CALLBACK,	/* 29: the callback never came */
	SHOOTDOWN_SELFTEST_RESULTS,
};

/* How a CPU that waits here answers the others. */
enum shootdown_selftest_mode {
	SHOOTDOWN_SELFTEST_INTERRUPTS, /* called with interrupts on: by its interrupt, in a loop of hook 35 */
	SHOOTDOWN_SELFTEST_POLLS, /* called with interrupts off: by hook 17; for hosts whose hook 34 then says true */
};

/* Handshakes between two CPUs. */
enum shootdown_selftest_pair {
	SHOOTDOWN_SELFTEST_PAIR_WAIT,
	SHOOTDOWN_SELFTEST_PAIR_ENTER,
	SHOOTDOWN_SELFTEST_PAIR_LEAVE,
	SHOOTDOWN_SELFTEST_PAIRS,
};

struct shootdown_selftest_state;

/* One call to other CPUs. */
struct shootdown_selftest_call {
	struct shootdown_selftest_state *test; /* C */
	unsigned int caller;		       /* o */
	unsigned long round;		       /* o: of this call; a target must see it in ... */
	volatile unsigned long word;	       /* ... what was stored, */
	long data;			       /* A: and added */
	long left;			       /* A: targets that have not run it */
	shootdown_cpus_t ran;		       /* A: those that have */
};

/* C constant after init; A atomic; o the CPU whose turn it is. */
struct shootdown_selftest_state {
	unsigned int cpus;	/* C */
	unsigned long rounds;	/* C */
	unsigned long patience; /* C: turns of a loop */

	long arrived;				  /* A: at all meetings so far */
	long failed[SHOOTDOWN_SELFTEST_RESULTS];  /* A */
	shootdown_cpus_t members, inside, shared; /* A: who takes part; who is in a call; for trying */

	long step[SHOOTDOWN_SELFTEST_PAIRS][2];		       /* A: how far each side is */
	long data[SHOOTDOWN_SELFTEST_PAIRS];		       /* A: without order */
	volatile unsigned long word[SHOOTDOWN_SELFTEST_PAIRS]; /* o: the same, as a plain store */
	long old;					       /* A: how often ENTER found the old word */
	long waited;					       /* A: what hook 18 waits for */

	long walking, waiting, callbacks; /* A */
	shootdown_rcu_t rcu;		  /* o */

	struct shootdown_selftest_call call[SHOOTDOWN_SELFTEST_CPUS][2]; /* by who calls */
};

/*
 * shootdown_selftest_init - prepare a test by @cpus CPUs, 1 to SHOOTDOWN_SELFTEST_CPUS.
 *
 * Context: any; before the first CPU calls shootdown_selftest(). Again before another run, if the one before passed.
 * Locks:   none.
 * Order:   the host's: every CPU sees it.
 * Fails:   never. Asserts "needs 1 to 64 CPUs", "needs rounds and patience".
 * After:   @test is ready. @rounds of each race (10,000 take well under a second on hardware); @patience turns of a
 *          waiting loop before something counts as lost.
 * Source:  none: Linux does not try its primitives at boot.
 */
void shootdown_selftest_init(struct shootdown_selftest_state *test, unsigned int cpus, unsigned long rounds,
			     unsigned long patience);

/*
 * shootdown_selftest - try this host's hooks together with the other CPUs.
 *
 * Context: thread, pinned or never moved; interrupts as @mode says; each CPU of the test calls it once, all with the
 *          same @mode. Ends in bounded time, unless hooks 16, 18 or 31 do not.
 * Locks:   none.
 * Order:   none.
 * Fails:   says so: the first check that failed on any CPU, the same on every CPU that did not give up on another one.
 *          Asserts "needs shootdown_selftest_init() first".
 * After:   if it passed, @test may be freed or used again. If not, late calls may still come: it must stay where it is.
 * Source:  none, as shootdown_selftest_init(). What is tried are the contracts of host.h.
 */
enum shootdown_selftest_result shootdown_selftest(struct shootdown_selftest_state *test,
						  enum shootdown_selftest_mode mode);

/*
 * shootdown_selftest_name - what failed, as a sentence that names the hooks.
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   a constant string.
 * Source:  none, as shootdown_selftest_init().
 */
const char *shootdown_selftest_name(enum shootdown_selftest_result result);

#ifdef __cplusplus
}
#endif

#endif
