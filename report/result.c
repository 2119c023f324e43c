/* SPDX-License-Identifier: MIT */
/* result.c - verdicts as sentences, and a whole run in the terminal. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "report/show.h"
#include "report/text.h"

char *report_thousands(uint64_t value, char text[32])
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, value), used = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return text;
}

const char *report_text(const char *text)
{
	return text ? text : "";
}

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

bool report_conclusive(enum report_verdict verdict)
{
	return verdict <= REPORT_BROKEN;
}

static double power(double base, uint64_t exponent)
{
	double result = 1;

	for (; exponent; exponent >>= 1, base *= base)
		if (exponent & 1)
			result *= base;
	return result;
}

/*
 * PCT finds a bug of depth d among n agents and k steps with probability at least 1/(n * k^(d-1)) in each execution
 * (Burckhardt et al., ASPLOS 2010, theorem 9); executions are independent.
 */
static double pct_miss(const struct report_result *r)
{
	double ways = r->agents * power(r->length, r->depth ? r->depth - 1 : 0);

	return ways > 1 ? power(1 - 1 / ways, r->executions) : 0;
}

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

static void failed_line(const struct report_result *r, const char *executions, char *line, size_t size)
{
	const char *what = r->verdict == REPORT_UNSAFE ? "unsafe" : "does not hold";
	char steps[32];

	text_print(line, size, "%s: %s, %s step%s, found after %s execution%s", what, report_text(r->property),
		   report_thousands(r->steps, steps), plural(r->steps), executions, plural(r->executions));
}

/* "all 4,812 executions"; one is not "all 1 executions". */
static void all_line(const char *what, uint64_t count, char *line, size_t size)
{
	char executions[32];

	if (count == 1)
		text_print(line, size, "%s (the only execution)", what);
	else
		text_print(line, size, "%s (all %s executions)", what, report_thousands(count, executions));
}

void report_verdict_line(const struct report_result *r, char *line, size_t size)
{
	char executions[32];

	report_thousands(r->executions, executions);
	switch (r->verdict) {
	case REPORT_SAFE:
		all_line("safe", r->executions, line, size);
		break;
	case REPORT_HOLDS:
		all_line("holds", r->executions, line, size);
		break;
	case REPORT_UNSAFE:
	case REPORT_BROKEN:
		failed_line(r, executions, line, size);
		break;
	case REPORT_BOUNDED:
		text_print(line, size, "no violation in all %s execution%s with at most %u preemption%s", executions,
			   plural(r->executions), r->bound, plural(r->bound));
		break;
	case REPORT_SAMPLED:
		sampled_line(r, executions, line, size);
		break;
	case REPORT_REPLAYED:
		text_print(line, size, "no violation on this trace");
		break;
	case REPORT_UNFINISHED:
		text_print(line, size, "not finished: %s after %s execution%s", report_text(r->stopped_by), executions,
			   plural(r->executions));
		break;
	default:
		text_print(line, size, "NOT EXHAUSTED: explored %s execution%s, stopped by %s", executions,
			   plural(r->executions), report_text(r->stopped_by));
	}
}

/* ---- a run as data ---- */

struct run_report *run_report_new(const char *command, const char *version)
{
	struct report_arena *arena = arena_new();
	struct run_report *report = arena_alloc(arena, sizeof(*report));

	report->arena = arena;
	report->command = arena_text(arena, command);
	report->version = arena_text(arena, version);
	return report;
}

void run_report_free(struct run_report *report)
{
	if (!report)
		return;
	for (int i = 0; i < report->results; i++)
		timeline_free(report->result[i].timeline);
	report_matrix_free(report->matrix);
	report_table_free(report->archs);
	arena_free(report->arena);
}

struct report_result *run_report_add(struct run_report *report, const struct report_result *result)
{
	struct report_result *copy;

	assert(result->verdict < REPORT_VERDICTS);
	report->result = arena_grow(report->arena, report->result, report->results, sizeof(*copy));
	copy = &report->result[report->results++];
	*copy = *result;
	copy->scenario = arena_text(report->arena, result->scenario);
	copy->arch = arena_text(report->arena, result->arch);
	copy->expectation = arena_text(report->arena, result->expectation);
	copy->without = arena_text(report->arena, result->without);
	copy->property = arena_text(report->arena, result->property);
	copy->observed = arena_text(report->arena, result->observed);
	copy->stopped_by = arena_text(report->arena, result->stopped_by);
	copy->not_explored = arena_text(report->arena, result->not_explored);
	return copy;
}

void run_report_set_matrix(struct run_report *report, struct report_matrix *matrix)
{
	assert(!report->matrix);
	report->matrix = matrix;
}

void run_report_set_archs(struct run_report *report, struct report_table *archs)
{
	assert(!report->archs);
	report->archs = archs;
}

int run_report_failed(const struct run_report *report)
{
	int failed = 0;

	for (int i = 0; i < report->results; i++)
		failed += !report->result[i].held;
	return failed;
}

/* ---- a run in the terminal ---- */

static void print_expected(const struct report_result *r, FILE *out, const struct report_style *style)
{
	char line[512];

	text_print(line, sizeof(line), "expected: %s", report_text(r->expectation));
	if (!r->held && *report_text(r->expectation))
		report_paragraph(out, style, line, 10, 12, INK_WARN);
	text_print(line, sizeof(line), "not explored: %s", report_text(r->not_explored));
	if (*report_text(r->not_explored))
		report_paragraph(out, style, line, 10, 12, INK_WARN);
}

void report_result_print(const struct report_result *r, FILE *out, const struct report_style *style)
{
	const char *sign = r->held ? "ok" : "FAILED", *without = report_text(r->without);
	enum sheet_ink ink = !r->held ? INK_BAD : report_conclusive(r->verdict) ? INK_PLAIN : INK_WARN;
	char verdict[256], line[1024];

	report_verdict_line(r, verdict, sizeof(verdict));
	text_print(line, sizeof(line), "%-6s  %s on %s%s%s: %s, %.1f s", sign, report_text(r->scenario),
		   report_text(r->arch), *without ? ", without " : "", without, verdict, r->seconds);
	report_paragraph(out, style, line, 0, 8, ink);
	print_expected(r, out, style);
}

/* Every number is what was explored; what was not is said apart. */
static void print_summary(const struct run_report *report, FILE *out, const struct report_style *style)
{
	int failed = run_report_failed(report), open = 0;
	uint64_t executions = 0;
	char line[256], text[32];

	for (int i = 0; i < report->results; i++) {
		executions += report->result[i].executions;
		open += !report_conclusive(report->result[i].verdict);
	}
	text_print(line, sizeof(line), "%d expectation%s, %d held, %d failed; %s executions in %.1f s", report->results,
		   plural((uint64_t)report->results), report->results - failed, failed,
		   report_thousands(executions, text), report->seconds);
	report_paragraph(out, style, line, 0, 2, failed ? INK_BAD : open ? INK_WARN : INK_GOOD);
	text_print(line, sizeof(line), "NOT EXHAUSTED: %d of them did not explore every execution", open);
	if (open)
		report_paragraph(out, style, line, 0, 2, INK_WARN);
}

/* Counterexamples that were expected are in the HTML and JSON; the terminal shows those that nobody expected. */
static void print_surprises(const struct run_report *report, FILE *out, const struct report_style *style)
{
	for (int i = 0; i < report->results; i++) {
		if (report->result[i].held || !report->result[i].timeline)
			continue;
		fputc('\n', out);
		timeline_print(report->result[i].timeline, out, style);
	}
}

/* The results from @first on that are of one scenario; returns how many. */
static int of_one_scenario(const struct run_report *report, int first)
{
	int i = first;

	while (i < report->results && !strcmp(report->result[i].scenario, report->result[first].scenario))
		i++;
	return i - first;
}

/* All of them held: one line. */
static void print_scenario(const struct report_result *r, int nr, FILE *out, const struct report_style *style)
{
	uint64_t executions = 0;
	int archs = 0;
	double seconds = 0;
	char text[200], number[32];

	for (int i = 0; i < nr; i++) {
		archs += !i || strcmp(r[i].arch, r[i - 1].arch);
		executions += r[i].executions;
		seconds += r[i].seconds;
	}
	snprintf(text, sizeof(text), "ok      %s: %d architecture%s, %d expectation%s, %s executions, %.1f s",
		 r->scenario, archs, plural((uint64_t)archs), nr, plural((uint64_t)nr),
		 report_thousands(executions, number), seconds);
	report_paragraph(out, style, text, 0, 8, INK_PLAIN);
}

static bool all_held(const struct report_result *r, int nr)
{
	for (int i = 0; i < nr; i++) {
		if (!r[i].held)
			return false;
	}
	return true;
}

void run_report_print_short(const struct run_report *report, FILE *out, const struct report_style *style)
{
	assert(report && out && style);
	for (int i = 0, nr; i < report->results; i += nr) {
		nr = of_one_scenario(report, i);
		if (all_held(&report->result[i], nr)) {
			print_scenario(&report->result[i], nr, out, style);
			continue;
		}
		for (int j = i; j < i + nr; j++)
			report_result_print(&report->result[j], out, style);
	}
	print_surprises(report, out, style);
	if (report->results)
		fputc('\n', out);
	print_summary(report, out, style);
}

void run_report_print(const struct run_report *report, FILE *out, const struct report_style *style)
{
	assert(report && out && style);
	for (int i = 0; i < report->results; i++)
		report_result_print(&report->result[i], out, style);
	print_surprises(report, out, style);
	if (report->results)
		fputc('\n', out);
	print_summary(report, out, style);
}
