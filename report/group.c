/* SPDX-License-Identifier: MIT */
/*
 * group.c - which results say the same, and which of their counterexamples is shown.
 *
 * Architectures often agree. Results that differ only in their architecture and their cost are one group, and its
 * shortest counterexample stands for all of them.
 */
#include <assert.h>
#include <string.h>
#include "report/group.h"
#include "report/show.h"
#include "report/text.h"

/*
 * A text that is missing is the same as an empty one. A result that was read back has "" where a fresh one may
 * have NULL.
 */
static bool equal(const char *a, const char *b)
{
	return !strcmp(report_text(a), report_text(b));
}

/*
 * States, executions, steps and seconds are left out: they differ between architectures even where the
 * answer is the same.
 */
static bool alike(const struct report_result *a, const struct report_result *b)
{
	return a->held == b->held && a->verdict == b->verdict && a->search == b->search && a->witness == b->witness &&
	       equal(a->scenario, b->scenario) && equal(a->expectation, b->expectation) &&
	       equal(a->without, b->without) && equal(a->property, b->property) && equal(a->observed, b->observed) &&
	       equal(a->stopped_by, b->stopped_by) && equal(a->not_explored, b->not_explored);
}

/*
 * From the last one back: results of one scenario stand together, so the right group is near. NULL: there is
 * none yet, and the result begins one.
 */
static struct report_group *group_of(struct report_group *group, int groups, const struct report_result *result)
{
	for (int i = groups - 1; i >= 0; i--)
		if (alike(group[i].result[0], result))
			return &group[i];
	return NULL;
}

/*
 * The order of the groups is that of their first results, so a report lists them as they were run. The
 * arrays belong to the arena.
 */
int report_groups(const struct report_result *result, int nr, struct report_arena *arena, struct report_group **group)
{
	struct report_group *to;
	int groups = 0;

	assert(arena && group);
	assert(nr >= 0 && (result || !nr));
	*group = NULL;
	for (int i = 0; i < nr; i++) {
		to = group_of(*group, groups, &result[i]);
		if (!to) {
			*group = report_grow(arena, *group, groups, sizeof(**group));
			to = &(*group)[groups++];
			*to = (struct report_group){ 0 };
		}
		to->result = report_grow(arena, to->result, to->results, sizeof(*to->result));
		to->result[to->results++] = &result[i];
	}
	return groups;
}

/*
 * The shortest is the easiest to read; among equals the first one, so the choice does not depend on
 * chance.
 */
const struct report_result *report_group_shown(const struct report_group *group)
{
	const struct report_result *best = NULL;

	assert(group);
	assert(group->results);
	for (int i = 0; i < group->results; i++) {
		const struct report_result *r = group->result[i];

		/* Strictly shorter, so the first one of a length stays. */
		if (r->timeline && (!best || r->timeline->rows < best->timeline->rows))
			best = r;
	}
	return best;
}

/*
 * Texts name objects and values, so equal texts of the same agents are the same execution for a reader. Marks,
 * places and states are not compared: they follow from the steps.
 */
bool timeline_same(const struct timeline *a, const struct timeline *b)
{
	assert(a && b);
	if (a->rows != b->rows || a->agents != b->agents)
		return false;
	for (int i = 0; i < a->rows; i++)
		if (a->row[i].agent != b->row[i].agent || !equal(a->row[i].text, b->row[i].text))
			return false;
	return true;
}

/* Without numbers, so that results of one group have the same summary and a page can store it once. */
void report_verdict_summary(const struct report_result *r, char *text, size_t size)
{
	static const char *const words[REPORT_VERDICTS] = {
		[REPORT_SAFE] = "safe",
		[REPORT_UNSAFE] = "unsafe: ",
		[REPORT_HOLDS] = "holds",
		[REPORT_BROKEN] = "does not hold: ",
		[REPORT_BOUNDED] = "no violation up to the bound on preemptions",
		[REPORT_SAMPLED] = "no violation in random executions",
		[REPORT_STOPPED] = "NOT EXHAUSTED: stopped by ",
		[REPORT_REPLAYED] = "no violation on this trace",
		[REPORT_UNFINISHED] = "not finished: ",
	};
	bool failed = r->verdict == REPORT_UNSAFE || r->verdict == REPORT_BROKEN;
	bool cut = r->verdict == REPORT_STOPPED || r->verdict == REPORT_UNFINISHED;
	const char *observed = report_text(r->observed), *what = *observed ? observed : report_text(r->property);

	assert(r && text && size);
	assert(r->verdict < REPORT_VERDICTS);
	report_format(text, size, "%s%s", words[r->verdict], failed ? what : cut ? report_text(r->stopped_by) : "");
}
