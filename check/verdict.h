/* SPDX-License-Identifier: MIT */
/*
 * verdict.h - from what an exploration found to what is said of each expectation, and the execution that shows it.
 *
 * All decisions stand in verdict.c: which expectations an exploration answers, whether each held, and how the run ends.
 */
#ifndef CHECK_VERDICT_H
#define CHECK_VERDICT_H

#include "check/cli.h"
#include "report/report.h"

/*
 * One exploration that has ended, or was ended. All of it is the caller's, and is only read; results copy what
 * they keep.
 */
struct finding {
	const struct request *request;
	const struct scenario *scenario;
	const struct job *job;
	unsigned int exploration; /* its number in the run, from 1: who explored the same has the same */
	struct outcome *outcome;
	struct explore_progress so_far; /* if there is no outcome: how far it was */
	const char *stopped_by;		/* NULL; or why there is no outcome: "the checker crashed (...)" */
	bool show_expected;		/* also counterexamples that the scenario expects */
};

/*
 * verdict_add - one result for each expectation that the exploration answers, or was to answer, into @report.
 *
 * Context: no search under way in this process: a counterexample that is shown is run again, and another one
 *          may be looked for with a pool of its own.
 * Fails:   never; what could not be found out is a result that says so.
 */
void verdict_add(struct run_report *report, const struct finding *finding);

/* One execution, run again; filled in by verdict_show(). */
struct showing {
	struct timeline *timeline; /* the caller's */
	uint32_t found;		   /* properties that it violates */
	bool holds;		   /* the condition or count that was asked about */
	char observed[200];	   /* "r = 1": what it had of that; "" */
};

/*
 * verdict_show - run outcome->steps of @finding and tell it as a timeline.
 *
 * @expect is the index of a condition or count that is asked about, or -1. @result is what the timeline's head says; for
 * a result that is not known before, its verdict is made from what is seen.
 *
 * Context: as verdict_add(). The steps can be replayed, which run_replays() finds out.
 * After:   showing->timeline is the caller's. @result is unchanged, and its texts were copied.
 */
void verdict_show(const struct finding *finding, int expect, const struct report_result *result,
		  struct showing *showing);

enum {
	VERDICT_RULES_SIZE = MACHINE_RULES * RULE_NAME_SIZE, /* bytes: the names of all rules there may be */
};

/* "a,b": the names of the rules of the set, as --without reads them. "" for none; cut off after @size bytes. */
void verdict_rules(const struct machine_rules *rules, char *text, size_t size);

#endif
