/* SPDX-License-Identifier: MIT */
/*
 * group.h - results that say the same of several architectures.
 *
 * They are one line of a table, and their counterexamples are shown once. The same is: of one scenario, the same
 * expectation and rules, the same verdict, property and observation, held or not. How much had to be explored is not.
 */
#ifndef REPORT_GROUP_H
#define REPORT_GROUP_H

#include "report/report.h"

/* Points to results of the report, which must not grow meanwhile. */
struct report_group {
	int results; /* at least 1 */
	const struct report_result **result;
};

/* The groups among @nr results, in the order of their first ones; returns how many. They live as long as @arena. */
int report_groups(const struct report_result *result, int nr, struct report_arena *arena, struct report_group **group);
/* The one with the shortest counterexample, because it is the easiest to read; NULL if none has any. */
const struct report_result *report_group_shown(const struct report_group *group);
/* The same agents take the same steps. */
bool timeline_same(const struct timeline *a, const struct timeline *b);
/*
 * What all of a group have in common, in a few words: "unsafe: use-after-free". Without numbers, in which they
 * differ.
 */
void report_verdict_summary(const struct report_result *result, char *text, size_t size);

#endif
