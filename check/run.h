/* SPDX-License-Identifier: MIT */
/*
 * run.h - what is to be explored, and what came out: jobs over scenarios, architectures and rules, in several processes.
 */
#ifndef CHECK_RUN_H
#define CHECK_RUN_H

#include "explore/explore.h"
#include "lang/litmus.h"
#include "check/bind.h"

/*
 * How to explore, as the command line says. Of .explore, everything that says what to explore is set by
 * run_job().
 */
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

/*
 * What is asked decides when a search may end: the first kind stops at a violation of anything, the others at
 * one of those that are looked for.
 */
enum job_kind {
	JOB_EXPECT, /* what holds in all states and at all ends: safe, conditions, counts */
	JOB_BROKEN, /* find one of .properties */
	JOB_SOME,   /* ... with some single rule off */
};

/*
 * One exploration: what decides about its answer, but for the limits in run_options. Plain data, compared
 * field by field in pool.c: a field that is added here, and changes an answer, must be compared there.
 */
struct job {
	enum job_kind kind;
	const struct litmus *litmus;
	const char *path;
	unsigned int number; /* of all explorations of the run, whichever shard has them */
	const struct tlb_arch *arch;
	unsigned int arch_number;     /* of litmus_words.archs */
	int expect;		      /* index of litmus.expects; BROKEN: -1: the matrix asks; EXPECT: -1: all of them,
				   * else only until an execution contradicts this one */
	struct machine_rules without; /* rules that are off */
	uint32_t properties;	      /* BROKEN, SOME: what is looked for */
};

enum {
	RUN_NOTHING_FAILED = -1
};

/*
 * What came out. Plain memory without pointers, so that another process can fill it in. .found decides what
 * the rest is worth: after a violation nothing else was asked to the end.
 */
struct outcome {
	struct explore_stats stats;
	uint32_t found;		      /* properties violated */
	uint32_t others;	      /* BROKEN: ... that were not looked for; an assertion that failed among them */
	struct machine_rules without; /* rules that were off */
	struct machine_rules
		asked;	     /* that anybody asked for: without another one the exploration is the same, step by step */
	uint64_t all_failed; /* EXPECT: bit i: condition or count i does not hold */
	int failed;	     /* EXPECT: the one that was seen not to hold first, as .steps show */
	uint64_t seen;	     /* EXPECT: bit i: `sometimes` condition i was seen */
	uint64_t least[LITMUS_MAX_EXPECTS], most[LITMUS_MAX_EXPECTS]; /* EXPECT: counts, over all ends */
	unsigned int length;
	struct explore_choice steps[AGENT_MAX_STEPS]; /* the violation, or the first failure */
	struct delays_words words;		      /* with which those are steps */
	bool done;
	/* The tool has no room for the scenario: "scenario too big: more than 4 threads on one CPU". Empty if it has. */
	char too_big[160];
};

/*
 * run_job - explore as @job says, and shorten what was found.
 *
 * Context: one at a time in a process; a worker of the pool, as a rule. May fork processes of its own that
 *          share the search.
 * Fails:   never; a world that is too big for the tool is outcome->too_big, and no other field counts then.
 * After:   outcome->done, and all of it is overwritten.
 */
void run_job(const struct job *job, const struct run_options *options, struct outcome *outcome);
/* The sentence for ->too_big: what there was too much of, and how much the tool has room for. */
void run_note_limit(struct outcome *outcome, const struct agent_limit *limit);
/*
 * run_replays - run outcome->steps, end included: what it reports, and the machine as it is then, can be asked
 * afterwards.
 *
 * Fails:   false: they are no execution of the job's world, or that is ->too_big.
 */
bool run_replays(const struct job *job, struct outcome *outcome);
/*
 * Do outcome->steps, which can be replayed, lead to where no end can be reached? Explores what may follow, so
 * the machine is not where the steps have left it afterwards.
 */
bool run_is_endless(const struct job *job, const struct outcome *outcome);
/*
 * What the end, at which the machine stands, says of a condition or count. False: it does not hold, whatever
 * other ends say. True proves nothing alone, but of `sometimes`.
 */
bool run_expectation_holds(const struct binding *binding, const struct litmus_expect *expect);
/*
 * The steps as --trace has them: "0x12,1,2.1x3" is agent, .choice of the hardware if it is not 0, how many of
 * such steps in a row. For free(). Old traces stay readable: the form may get additions, but what is written
 * now keeps its meaning.
 */
char *run_trace_text(const struct outcome *outcome);
/*
 * Such a text as outcome->steps; the rest of the outcome is 0. False: it is none, or too long. Whether it is
 * an execution of anything, only run_replays() can tell.
 */
bool run_trace_parse(const char *text, struct outcome *outcome);

#endif
