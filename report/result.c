/* SPDX-License-Identifier: MIT */
/* result.c - verdicts as sentences, and a whole run in the terminal. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "report/group.h"
#include "report/show.h"
#include "report/text.h"

/*
 * Returns @text, so that it can stand among the arguments of a format. 64 bits have at most 20 digits
 * and 6 commas, for which 32 bytes are enough.
 */
char *report_thousands(uint64_t value, char text[32])
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, value), used = 0;

	assert(text);
	for (int i = 0; i < length; i++) {
		/* A comma wherever a multiple of three digits is left, but not before the first. */
		if (i && (length - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return text;
}

/* Fields that do not apply may be NULL in what a caller gives; here that ends. */
const char *report_text(const char *text)
{
	return text ? text : "";
}

/*
 * These names are part of the JSON format and of the tests; they do not change. report/parse.c finds the
 * verdict again by this name.
 */
const char *report_verdict_name(enum report_verdict verdict)
{
	static const char *const names[REPORT_VERDICTS] = {
		[REPORT_SAFE] = "safe",	      [REPORT_UNSAFE] = "unsafe",     [REPORT_HOLDS] = "holds",
		[REPORT_BROKEN] = "broken",   [REPORT_BOUNDED] = "bounded",   [REPORT_SAMPLED] = "sampled",
		[REPORT_STOPPED] = "stopped", [REPORT_REPLAYED] = "replayed", [REPORT_UNFINISHED] = "unfinished",
	};

	assert(verdict < REPORT_VERDICTS);
	return names[verdict];
}

/*
 * A violation is conclusive however little was explored; that nothing was found is so only after
 * everything was. Relies on the order of the enum: the conclusive verdicts come first.
 */
bool report_conclusive(enum report_verdict verdict)
{
	assert(verdict < REPORT_VERDICTS);
	return verdict <= REPORT_BROKEN;
}

/*
 * By squares; the exponent may be a count of executions. Multiplied one by one, many millions of executions would take a while.
 */
static double power(double base, uint64_t exponent)
{
	double result = 1;

	assert(base >= 0);
	for (; exponent; exponent >>= 1, base *= base)
		if (exponent & 1)
			result *= base;
	return result;
}

/*
 * PCT finds a bug of depth d among n agents and k steps with probability at least 1/(n * k^(d-1)) in
 * each execution (Burckhardt et al., ASPLOS 2010, theorem 9); executions are independent. Zero stands
 * for a bug of the first depth with one agent, which every execution finds.
 */
static double pct_miss(const struct report_result *r)
{
	/* A depth of 0 was not given, and is treated as the first. */
	double ways = r->agents * power(r->length, r->depth ? r->depth - 1 : 0);

	assert(r->verdict == REPORT_SAMPLED);
	return ways > 1 ? power(1 - 1 / ways, r->executions) : 0;
}

/*
 * The probability is said only if everything it depends on is known. snprintf() and not
 * report_format(), since the texts here are plain ASCII and may be continued at @used.
 */
static void sampled_line(const struct report_result *r, char *line, size_t size)
{
	char executions[64];
	int used = snprintf(line, size, "no violation in %s (seed %" PRIu64,
			    report_count(r->executions, "random execution", executions), r->seed);

	if (r->depth && r->agents && r->length && used < (int)size)
		snprintf(line + used, size - (size_t)used,
			 ", depth %u: a bug of depth %u is missed with probability at most %.2g)", r->depth, r->depth,
			 pct_miss(r));
	else if (used < (int)size)
		snprintf(line + used, size - (size_t)used, ")");
}

/* 64 bytes hold 26 characters of a number and a word of less than 30. */
char *report_count(uint64_t value, const char *what, char text[64])
{
	char number[32];

	assert(what && strlen(what) < 30);
	snprintf(text, 64, "%s %s%s", report_thousands(value, number), what, value == 1 ? "" : "s");
	return text;
}

/*
 * "4,812 states, 9,630 transitions" or "17 executions": how much was looked at, in the unit in which it was done. The two
 * never stand for each other: a state that was visited once may lie on millions of executions.
 */
void report_explored(const struct report_result *r, char *text, size_t size)
{
	char states[64], other[64];

	assert(r->search < REPORT_SEARCHES && size > 0);
	if (r->search == REPORT_BY_STATE)
		report_format(text, size, "%s, %s", report_count(r->states, "state", states),
			      report_count(r->transitions, "transition", other));
	else
		report_format(text, size, "%s", report_count(r->executions, "execution", other));
}

/*
 * The steps are those of the counterexample, and what was explored is what came before it. What a search had
 * visited by then depends on its order, so it says little of the scenario. An execution that is shown by itself was not
 * searched for.
 */
static void unsafe_line(const struct report_result *r, const char *explored, char *line, size_t size)
{
	bool searched = r->executions || r->states;
	char steps[64];

	report_format(line, size, "unsafe: %s, %s%s%s", report_text(r->property), report_count(r->steps, "step", steps),
		      searched ? ", found after " : "", searched ? explored : "");
}

/*
 * "expect never r = 1" as what was expected: "never r = 1". The verdict repeats what was asked, so that a line
 * alone can be understood.
 */
static const char *expected(const struct report_result *r)
{
	const char *text = report_text(r->expectation);

	return strncmp(text, "expect ", 7) ? text : text + 7;
}

/*
 * What one execution had, and how long it is; or, where no single one shows it, what all of them had. Sums over the
 * search say nothing about it.
 */
static void broken_line(const struct report_result *r, const char *explored, char *line, size_t size)
{
	char steps[64];

	if (*report_text(r->observed))
		report_format(line, size, "does not hold: %s, expected %s, %s", r->observed, expected(r),
			      report_count(r->steps, "step", steps));
	else
		report_format(line, size, "does not hold: %s, expected %s, explored %s", report_text(r->property),
			      expected(r), explored);
}

/* "all 4,812 executions"; one is not "all 1 executions". */
static void all_line(const struct report_result *r, const char *what, const char *explored, char *line, size_t size)
{
	assert(r->verdict == REPORT_SAFE || r->verdict == REPORT_HOLDS);
	if (r->witness)
		report_format(line, size, "%s (seen in %s)", what, explored);
	else if (r->search == REPORT_BY_EXECUTION && r->executions == 1)
		report_format(line, size, "%s (the only execution)", what);
	else
		report_format(line, size, "%s (all %s)", what, explored);
}

/*
 * How far it came may not be known. Where nothing is known, nothing is said: "after 0 states" would look like
 * a count.
 */
static void unfinished_line(const struct report_result *r, const char *explored, char *line, size_t size)
{
	bool known = r->executions || r->states;

	assert(r->verdict == REPORT_UNFINISHED);
	report_format(line, size, "not finished: %s%s%s", report_text(r->stopped_by), known ? " after " : "",
		      known ? explored : "");
}

/*
 * The bound stands in the sentence, because the verdict holds for it only. It is by executions: preemptions
 * belong to a way, not to a state.
 */
static void bounded_line(const struct report_result *r, const char *explored, char *line, size_t size)
{
	char preemptions[64];

	assert(r->verdict == REPORT_BOUNDED);
	report_format(line, size, "no violation in all %s with at most %s", explored,
		      report_count(r->bound, "preemption", preemptions));
}

/*
 * One sentence for each verdict, with the numbers that it rests on. Whatever is not a proof says so in
 * its first words.
 */
void report_verdict_line(const struct report_result *r, char *line, size_t size)
{
	char explored[160];

	assert(r && line && size && r->verdict < REPORT_VERDICTS);
	report_explored(r, explored, sizeof(explored));
	switch (r->verdict) {
	case REPORT_SAFE:
		all_line(r, "safe", explored, line, size);
		break;
	case REPORT_HOLDS:
		all_line(r, "holds", explored, line, size);
		break;
	case REPORT_UNSAFE:
		unsafe_line(r, explored, line, size);
		break;
	case REPORT_BROKEN:
		broken_line(r, explored, line, size);
		break;
	case REPORT_BOUNDED:
		bounded_line(r, explored, line, size);
		break;
	case REPORT_SAMPLED:
		sampled_line(r, line, size);
		break;
	case REPORT_REPLAYED:
		report_format(line, size, "no violation on this trace");
		break;
	case REPORT_UNFINISHED:
		unfinished_line(r, explored, line, size);
		break;
	default:
		report_format(line, size, "NOT EXHAUSTED: explored %s, stopped by %s", explored,
			      report_text(r->stopped_by));
	}
}

/* ---- sums ---- */

/* Results of one scenario stand together, and no others share an exploration. */
static bool told_before(const struct report_result *r, int nr)
{
	assert(nr >= 0);
	for (int i = nr; r[nr].exploration && i-- > 0 && !strcmp(r[i].scenario, r[nr].scenario);)
		if (r[i].exploration == r[nr].exploration)
			return true;
	return false;
}

/*
 * The chances of a mistake add up: the sum is a bound on the chance that any of them was made.
 */
struct report_sum report_sum_of(const struct report_result *r, int nr)
{
	struct report_sum sum = { 0 };

	assert(nr >= 0 && (r || !nr));
	for (int i = 0; i < nr; i++) {
		bool by_state = r[i].search == REPORT_BY_STATE;

		if (told_before(r, i))
			continue;
		sum.executions += by_state ? 0 : r[i].executions;
		sum.states += by_state ? r[i].states : 0;
		sum.transitions += by_state ? r[i].transitions : 0;
		sum.merged += by_state ? r[i].merged : 0;
		sum.seconds += r[i].seconds;
	}
	return sum;
}

/* States and executions are not the same unit, so where both were counted both are said. */
void report_sum_text(const struct report_sum *sum, char *text, size_t size)
{
	char states[64], transitions[64], executions[64];
	bool both = sum->states && sum->executions;

	report_count(sum->states, "state", states);
	report_count(sum->transitions, "transition", transitions);
	report_count(sum->executions, "execution", executions);
	if (sum->states)
		report_format(text, size, "%s, %s%s%s", states, transitions, both ? ", " : "", both ? executions : "");
	else
		report_format(text, size, "%s", executions);
}

/* ---- a run as data ---- */

/*
 * The report lives in its own arena, so run_report_free() needs no list of what to free. A text that is
 * NULL becomes an empty one.
 */
struct run_report *run_report_new(const char *command, const char *version)
{
	struct report_arena *arena = report_arena_new();
	struct run_report *report = report_alloc(arena, sizeof(*report));

	report->arena = arena;
	report->command = report_copy(arena, command);
	report->version = report_copy(arena, version);
	return report;
}

/*
 * Timelines, the matrix and the table have arenas of their own, because their makers hand them over;
 * they go first.
 */
void run_report_free(struct run_report *report)
{
	if (!report)
		return;
	for (int i = 0; i < report->results; i++)
		timeline_free(report->result[i].timeline);
	report_matrix_free(report->matrix);
	report_table_free(report->archs);
	report_arena_free(report->arena);
}

/*
 * Takes the timeline, copies the texts. The pointer that it returns holds until the next call, which
 * may move the array.
 */
struct report_result *run_report_add(struct run_report *report, const struct report_result *result)
{
	struct report_result *copy;

	assert(report);
	assert(result->verdict < REPORT_VERDICTS);
	report->result = report_grow(report->arena, report->result, report->results, sizeof(*copy));
	copy = &report->result[report->results++];
	*copy = *result;
	copy->scenario = report_copy(report->arena, result->scenario);
	copy->arch = report_copy(report->arena, result->arch);
	copy->expectation = report_copy(report->arena, result->expectation);
	copy->without = report_copy(report->arena, result->without);
	copy->property = report_copy(report->arena, result->property);
	copy->observed = report_copy(report->arena, result->observed);
	copy->stopped_by = report_copy(report->arena, result->stopped_by);
	copy->not_explored = report_copy(report->arena, result->not_explored);
	return copy;
}

/* The report takes the matrix and frees it at its end; there is one at most. */
void run_report_set_matrix(struct run_report *report, struct report_matrix *matrix)
{
	assert(!report->matrix);
	report->matrix = matrix;
}

/* As for the matrix: taken, and at most once. */
void run_report_set_archs(struct run_report *report, struct report_table *archs)
{
	assert(!report->archs);
	report->archs = archs;
}

/* Of a run that was not spread, .of is 0 and nothing is written. */
void run_report_set_shard(struct run_report *report, const struct report_shard *shard)
{
	assert(shard->index <= shard->of);
	report->shard = *shard;
}

/* Neither held nor refuted: the search ended before it could tell. It is counted apart from failures. */
bool report_open(const struct report_result *result)
{
	assert(result);
	return !result->held && !report_conclusive(result->verdict);
}

/* See run_report_failed(). */
int run_report_open(const struct run_report *report)
{
	int open = 0;

	assert(report);
	for (int i = 0; i < report->results; i++)
		open += report_open(&report->result[i]);
	return open;
}

/*
 * Open results are no failures here, so the two counts never overlap and can be subtracted from the
 * total.
 */
int run_report_failed(const struct run_report *report)
{
	int failed = 0;

	assert(report);
	for (int i = 0; i < report->results; i++)
		failed += !report->result[i].held && !report_open(&report->result[i]);
	return failed;
}
