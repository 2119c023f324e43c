/* SPDX-License-Identifier: MIT */
/*
 * run.h - what is to be explored, and what came out: jobs over scenarios, architectures and rules, in several processes.
 */
#ifndef CHECK_RUN_H
#define CHECK_RUN_H

#include "explore/explore.h"
#include "lang/litmus.h"
#include "check/bind.h"

/* How to explore, as the command line says. */
struct run_options {
	struct explore_options explore;
	unsigned int jobs;		 /* processes */
	struct explore_progress *so_far; /* where to say meanwhile how far it is, or NULL */
	bool shorten;			 /* violations that were looked for, too */
};

/* Are states counted, and not executions? A bound and chance are about executions. */
static inline bool run_by_state(const struct explore_options *options)
{
	return options->search == EXPLORE_STATES && !options->random && options->bound == EXPLORE_UNBOUNDED;
}

enum job_kind {
	JOB_EXPECT, /* whatever holds on all executions: safe, conditions, counts */
	JOB_BROKEN, /* find one of .properties */
	JOB_SOME,   /* ... with some single rule off */
};

struct job {
	enum job_kind kind;
	const struct litmus *litmus;
	const char *path;
	unsigned int number; /* of all explorations of the run, whichever shard has them */
	const struct tlb_arch *arch;
	unsigned int arch_number; /* of litmus_words.archs */
	int expect;		  /* index of litmus.expects; BROKEN: -1: the matrix asks; EXPECT: -1: all of them,
				   * else only until an execution contradicts this one */
	uint64_t without;	  /* rules that are off */
	uint32_t properties;	  /* BROKEN, SOME: what is looked for */
};

enum {
	RUN_NOTHING_FAILED = -1
};

/* Plain memory, so that another process can fill it in. */
struct outcome {
	struct explore_stats stats;
	uint32_t found;	     /* properties violated */
	uint64_t without;    /* rules that were off */
	uint64_t all_failed; /* EXPECT: bit i: condition or count i does not hold */
	int failed;	     /* EXPECT: the one that was seen not to hold first, as .steps show */
	uint64_t seen;	     /* EXPECT: bit i: `sometimes` condition i was seen */
	uint64_t least[LITMUS_MAX_EXPECTS], most[LITMUS_MAX_EXPECTS]; /* EXPECT: counts, over all executions */
	unsigned int length;
	struct explore_choice steps[AGENT_MAX_STEPS]; /* the violation, or the first failure */
	bool done;
	/* The tool has no room for the scenario: "scenario too big: more than 4 threads on one CPU". Empty if it has. */
	char too_big[160];
};

void run_job(const struct job *job, const struct run_options *options, struct outcome *outcome);
/* Runs outcome->steps, end included; false: they are no execution of the job's world, or that is ->too_big. */
bool run_replays(const struct job *job, struct outcome *outcome);
/* Do outcome->steps, which can be replayed, lead to where no end can be reached? Explores what may follow. */
bool run_is_endless(const struct job *job, const struct outcome *outcome);
/* What the execution that has just ended says of a condition or count. False: it does not hold, whatever comes. */
bool run_expectation_holds(const struct binding *binding, const struct litmus_expect *expect);
/* All rules of the two rules.def. */
uint64_t run_all_rules(void);
/* "0x12,1,2.1x3": agent, .choice of the hardware if it is not 0, how many steps in a row. */
char *run_trace_text(const struct outcome *outcome);
bool run_trace_parse(const char *text, struct outcome *outcome);

#endif
