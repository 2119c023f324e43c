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

/* These names are part of the JSON format and of the tests; they do not change. */
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

/* By squares; the exponent may be a count of executions. */
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
static void sampled_line(const struct report_result *r, const char *executions, char *line, size_t size)
{
	int used = snprintf(line, size, "no violation in %s random executions (seed %" PRIu64, executions, r->seed);

	if (r->depth && r->agents && r->length && used < (int)size)
		snprintf(line + used, size - (size_t)used,
			 ", depth %u: a bug of depth %u is missed with probability at most %.2g)", r->depth, r->depth,
			 pct_miss(r));
	else if (used < (int)size)
		snprintf(line + used, size - (size_t)used, ")");
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* The steps are those of the counterexample, the executions those before it was found. */
static void unsafe_line(const struct report_result *r, const char *executions, char *line, size_t size)
{
	char steps[32];

	report_format(line, size, "unsafe: %s, %s step%s, found after %s execution%s", report_text(r->property),
		      report_thousands(r->steps, steps), plural(r->steps), executions, plural(r->executions));
}

/* "expect never r = 1" as what was expected: "never r = 1". */
static const char *expected(const struct report_result *r)
{
	const char *text = report_text(r->expectation);

	return strncmp(text, "expect ", 7) ? text : text + 7;
}

/*
 * What one execution had, and how long it is; or, where no single one shows it, what all of them had. Sums over the
 * search say nothing about it.
 */
static void broken_line(const struct report_result *r, const char *executions, char *line, size_t size)
{
	char steps[32];

	if (*report_text(r->observed))
		report_format(line, size, "does not hold: %s, expected %s, %s step%s", r->observed, expected(r),
			      report_thousands(r->steps, steps), plural(r->steps));
	else
		report_format(line, size, "does not hold: %s, expected %s, seen in %s execution%s",
			      report_text(r->property), expected(r), executions, plural(r->executions));
}

/* "all 4,812 executions"; one is not "all 1 executions". */
static void all_line(const char *what, uint64_t count, char *line, size_t size)
{
	char executions[32];

	if (count == 1)
		report_format(line, size, "%s (the only execution)", what);
	else
		report_format(line, size, "%s (all %s executions)", what, report_thousands(count, executions));
}

/*
 * One sentence for each verdict, with the numbers that it rests on. Whatever is not a proof says so in
 * its first words.
 */
void report_verdict_line(const struct report_result *r, char *line, size_t size)
{
	char executions[32];

	assert(r && line && size && r->verdict < REPORT_VERDICTS);
	report_thousands(r->executions, executions);
	switch (r->verdict) {
	case REPORT_SAFE:
		all_line("safe", r->executions, line, size);
		break;
	case REPORT_HOLDS:
		all_line("holds", r->executions, line, size);
		break;
	case REPORT_UNSAFE:
		unsafe_line(r, executions, line, size);
		break;
	case REPORT_BROKEN:
		broken_line(r, executions, line, size);
		break;
	case REPORT_BOUNDED:
		report_format(line, size, "no violation in all %s execution%s with at most %u preemption%s", executions,
			      plural(r->executions), r->bound, plural(r->bound));
		break;
	case REPORT_SAMPLED:
		sampled_line(r, executions, line, size);
		break;
	case REPORT_REPLAYED:
		report_format(line, size, "no violation on this trace");
		break;
	case REPORT_UNFINISHED:
		report_format(line, size, "not finished: %s after %s execution%s", report_text(r->stopped_by),
			      executions, plural(r->executions));
		break;
	default:
		report_format(line, size, "NOT EXHAUSTED: explored %s execution%s, stopped by %s", executions,
			      plural(r->executions), report_text(r->stopped_by));
	}
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
