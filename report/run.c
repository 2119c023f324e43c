/* SPDX-License-Identifier: MIT */
/*
 * run.c - a whole run in the terminal: what was expected, what came out, and the counterexamples nobody expected.
 *
 * Results come in the order in which they were run, those of one scenario together. They are printed in two steps, so
 * that the results can be shown while later scenarios still run: run_report_print_results() for what is done, and
 * run_report_print_end() once for the counterexamples and the sum.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "report/group.h"
#include "report/show.h"
#include "report/text.h"

enum {
	NAMES_INLINE = 4, /* architectures that a line can name */
};

/* ---- one line for results that say the same ---- */

/* Nothing is printed for an empty text. The line is made before that is known, since it is cheap. */
static void print_note(FILE *out, const struct report_style *style, const char *what, const char *text)
{
	char line[512];

	assert(what && text);
	report_format(line, sizeof(line), "%s: %s", what, text);
	if (*text)
		report_paragraph(out, style, line, 10, 12, INK_WARN);
}

/* The sentence about a condition that does not hold says already what was expected. */
static void print_notes(const struct report_result *r, FILE *out, const struct report_style *style)
{
	const char *expectation = report_text(r->expectation);

	if (!strncmp(expectation, "expect ", 7))
		expectation += 7;
	if (!r->held && r->verdict != REPORT_BROKEN)
		print_note(out, style, "expected", expectation);
	print_note(out, style, "not explored", report_text(r->not_explored));
}

/*
 * The words have at most six letters, which the format of the line keeps free, so scenarios stand under
 * each other.
 */
static const char *sign_of(const struct report_result *r)
{
	return r->held ? "ok" : report_open(r) ? "OPEN" : "FAILED";
}

/* What is not decided is a warning, held or not. */
static enum sheet_ink result_ink(const struct report_result *r)
{
	return !report_conclusive(r->verdict) ? INK_WARN : r->held ? INK_PLAIN : INK_BAD;
}

/*
 * A failure says first how to see it again. The replay command stands before the notes, so that it is
 * not lost behind long ones.
 */
void report_result_print(const struct report_result *r, FILE *out, const struct report_style *style)
{
	const char *without = report_text(r->without);
	char verdict[256], line[1024];

	assert(r && out && style);
	report_verdict_line(r, verdict, sizeof(verdict));
	report_format(line, sizeof(line), "%-6s  %s on %s%s%s: %s, %.1f s", sign_of(r), report_text(r->scenario),
		      report_text(r->arch), *without ? ", without " : "", without, verdict, r->seconds);
	report_paragraph(out, style, line, 0, 8, result_ink(r));
	if (!r->held && r->timeline)
		report_command(out, style, r->timeline->head.replay);
	print_notes(r, out, style);
}

/* The numbers of a result that a line about several gives as a range. */
enum range_of {
	OF_EXECUTIONS,
	OF_STATES,
	OF_TRANSITIONS,
};

/* Results of one group have the same search, so one kind of number is never compared with another. */
static uint64_t number_of(const struct report_result *r, enum range_of of)
{
	return of == OF_EXECUTIONS ? r->executions : of == OF_STATES ? r->states : r->transitions;
}

/*
 * "12 to 480 states" or "12 states". Whoever sees a range knows that architectures differ, without a line for
 * each.
 */
static void range_text(const struct report_group *group, enum range_of of, const char *what, char *text, size_t size)
{
	uint64_t least = UINT64_MAX, most = 0;
	char a[32], b[64];

	assert(group->results > 0);
	for (int i = 0; i < group->results; i++) {
		uint64_t number = number_of(group->result[i], of);

		least = number < least ? number : least;
		most = number > most ? number : most;
	}
	report_format(text, size, "%s%s%s", least < most ? report_thousands(least, a) : "", least < most ? " to " : "",
		      report_count(most, what, b));
}

/* Architectures need different numbers for one scenario, so a group has ranges. */
static void ranges_text(const struct report_group *group, char *text, size_t size)
{
	char states[120], transitions[120];

	assert(group->results > 0);
	if (group->result[0]->search == REPORT_BY_EXECUTION) {
		range_text(group, OF_EXECUTIONS, "execution", text, size);
		return;
	}
	range_text(group, OF_STATES, "state", states, sizeof(states));
	range_text(group, OF_TRANSITIONS, "transition", transitions, sizeof(transitions));
	report_format(text, size, "%s, %s", states, transitions);
}

/*
 * Times of processes side by side, so the sum is of CPU time. Architectures that are alike were explored once;
 * the copies have no time of their own.
 */
static double group_seconds(const struct report_group *group)
{
	double seconds = 0;

	assert(group->results > 0);
	for (int i = 0; i < group->results; i++)
		seconds += group->result[i]->seconds;
	return seconds;
}

/*
 * "x86_64, arm64, riscv". Ends when the text is full: report_format() cuts, and strlen() never passes
 * the size.
 */
static void arch_names(const struct report_group *group, char *text, size_t size)
{
	size_t used = 0;

	assert(size > 0);
	for (int i = 0; i < group->results && used < size; i++) {
		report_format(text + used, size - used, "%s%s", i ? ", " : "", report_text(group->result[i]->arch));
		used = strlen(text);
	}
}

/* Some architectures have the same numbers too: then one of them can speak for all. */
static bool same_line(const struct report_group *group)
{
	char first[512], other[512];

	assert(group->results > 0);
	report_verdict_line(group->result[0], first, sizeof(first));
	for (int i = 1; i < group->results; i++) {
		report_verdict_line(group->result[i], other, sizeof(other));
		if (strcmp(first, other))
			return false;
	}
	return true;
}

/*
 * "safe (all 13 to 18 executions)"; "unsafe: use-after-free, found after 7 to 12 executions". The first
 * result speaks for all, since results of a group differ in their numbers only. Of what was not finished no numbers are
 * known.
 */
static void group_verdict(const struct report_group *group, char *text, size_t size)
{
	const struct report_result *r = group->result[0];
	char explored[250], summary[256];

	assert(group->results > 0);
	if (same_line(group)) {
		report_verdict_line(r, text, size);
		return;
	}
	ranges_text(group, explored, sizeof(explored));
	report_verdict_summary(r, summary, sizeof(summary));
	if (r->verdict == REPORT_SAFE || r->verdict == REPORT_HOLDS)
		report_format(text, size, "%s (%s %s)", report_verdict_name(r->verdict), r->witness ? "seen in" : "all",
			      explored);
	else if (r->verdict == REPORT_UNFINISHED)
		report_format(text, size, "%s", summary);
	else
		report_format(text, size, "%s, %s%s", summary,
			      r->verdict == REPORT_UNSAFE ? "found after " : "explored ", explored);
}

/*
 * One line instead of a line each; many architectures are named below it. A group of one is printed as
 * a single result, which knows more: its own numbers and its replay command.
 */
static void print_group(const struct report_group *group, FILE *out, const struct report_style *style)
{
	const struct report_result *r = group->result[0];
	const char *without = report_text(r->without);
	char verdict[400], names[1024], count[40], line[2048];

	assert(group->results > 0);
	if (group->results == 1) {
		report_result_print(r, out, style);
		return;
	}
	group_verdict(group, verdict, sizeof(verdict));
	arch_names(group, names, sizeof(names));
	snprintf(count, sizeof(count), "%d architectures", group->results);
	report_format(line, sizeof(line), "%-6s  %s on %s%s%s: %s, %.1f s", sign_of(r), report_text(r->scenario),
		      group->results > NAMES_INLINE ? count : names, *without ? ", without " : "", without, verdict,
		      group_seconds(group));
	report_paragraph(out, style, line, 0, 8, result_ink(r));
	/* The line above has their number only, so the names follow. */
	if (group->results > NAMES_INLINE)
		report_paragraph(out, style, names, 10, 10, INK_DIM);
	print_notes(r, out, style);
}

/* ---- a scenario ---- */

/* The results from @first on that are of one scenario; returns how many. */
static int of_one_scenario(const struct run_report *report, int first)
{
	int i = first;

	assert(first < report->results);
	while (i < report->results && !strcmp(report->result[i].scenario, report->result[first].scenario))
		i++;
	return i - first;
}

/*
 * All of them held: one line. Architectures are counted where they change, since results of one
 * architecture stand together.
 */
static void print_scenario(const struct report_result *r, int nr, FILE *out, const struct report_style *style)
{
	const struct report_sum sum = report_sum_of(r, nr);
	char text[400], explored[250], arch[64], expectation[64];
	int archs = 0;

	assert(nr > 0);
	/* The first result begins an architecture in any case. */
	for (int i = 0; i < nr; i++)
		archs += !i || strcmp(r[i].arch, r[i - 1].arch);
	report_sum_text(&sum, explored, sizeof(explored));
	report_format(text, sizeof(text), "ok      %s: %s, %s, %s, %.1f s", r->scenario,
		      report_count((uint64_t)archs, "architecture", arch),
		      report_count((uint64_t)nr, "expectation", expectation), explored, sum.seconds);
	report_paragraph(out, style, text, 0, 8, INK_PLAIN);
}

/*
 * Something open did not hold, so a brief report still shows it in full. A brief line claims something of
 * every result, so each is looked at.
 */
static bool all_held(const struct report_result *r, int nr)
{
	for (int i = 0; i < nr; i++)
		if (!r[i].held)
			return false;
	return true;
}

/* ---- the counterexamples that nobody expected; the others are in HTML and JSON ---- */

/* The names of those whose counterexample is not shown, so that nobody thinks they are safe. */
static void print_others(const struct report_group *group, const struct report_result *shown, FILE *out,
			 const struct report_style *style)
{
	char line[2048] = "also found on";
	int others = 0;

	assert(shown);
	for (int i = 0; i < group->results; i++) {
		const struct report_result *r = group->result[i];
		size_t used = strlen(line);

		if (r != shown)
			report_format(line + used, sizeof(line) - used, "%s %s", others++ ? "," : "",
				      report_text(r->arch));
	}
	if (others)
		report_paragraph(out, style, line, 0, 2, INK_DIM);
}

/* The same line replays both: two expectations failed in one execution. */
static bool shown_before(const struct report_group *group, int nr)
{
	const struct report_result *shown = report_group_shown(&group[nr]);
	const char *replay = report_text(shown->timeline->head.replay);

	for (int i = 0; i < nr && *replay; i++) {
		const struct report_result *earlier = report_group_shown(&group[i]);

		if (earlier && !earlier->held && !strcmp(report_text(earlier->timeline->head.replay), replay))
			return true;
	}
	return false;
}

/*
 * One for all architectures that agree, and one for all expectations that fail in it; the replay line of each is in JSON and HTML. A counterexample
 * that an expectation asked for is no surprise, and a run of the shipped scenarios has hundreds of
 * those.
 */
static void print_surprises(const struct run_report *report, FILE *out, const struct report_style *style)
{
	struct report_arena *arena = report_arena_new();
	struct report_group *group;
	int groups = report_groups(report->result, report->results, arena, &group);

	for (int i = 0; i < groups; i++) {
		const struct report_result *shown = report_group_shown(&group[i]);

		if (!shown || shown->held || shown_before(group, i))
			continue;
		fputc('\n', out);
		timeline_print(shown->timeline, out, style);
		print_others(&group[i], shown, out, style);
	}
	report_arena_free(arena);
}

/* ---- the whole ---- */

/*
 * "3.1 s" or "19.2 s (36.2 s of CPU time)". CPU time is said only where it was measured, in runs of
 * several processes.
 */
static void time_text(const struct run_report *report, char *text, size_t size)
{
	if (report->cpu_seconds > 0)
		report_format(text, size, "%.1f s (%.1f s of CPU time)", report->seconds, report->cpu_seconds);
	else
		report_format(text, size, "%.1f s", report->seconds);
}

/*
 * Every number is what was explored. A failure colours the line whatever else the caller wanted. So that a run
 * which failed cannot be taken for one that did not by its last line.
 */
static void print_sum(const struct run_report *report, FILE *out, const struct report_style *style, enum sheet_ink ink)
{
	const struct report_sum sum = report_sum_of(report->result, report->results);
	int failed = run_report_failed(report), open = run_report_open(report);
	char line[512], explored[250], unfinished[64] = "", time[80], expectations[64], held[32], lost[32];

	assert(failed + open <= report->results);
	if (open)
		snprintf(unfinished, sizeof(unfinished), " %s not finished;", report_thousands((uint64_t)open, held));
	report_sum_text(&sum, explored, sizeof(explored));
	time_text(report, time, sizeof(time));
	report_format(line, sizeof(line), "%s, %s held, %s failed;%s %s in %s",
		      report_count((uint64_t)report->results, "expectation", expectations),
		      report_thousands((uint64_t)(report->results - failed - open), held),
		      report_thousands((uint64_t)failed, lost), unfinished, explored, time);
	report_paragraph(out, style, line, 0, 2, failed ? INK_BAD : ink);
}

/*
 * One execution proves what it shows; anything else rests on all states having been visited. A violation that
 * is shown was run again, whatever the fingerprints were.
 */
static bool rests_on_all_states(const struct report_result *r)
{
	assert(r->verdict < REPORT_VERDICTS);
	if (r->search != REPORT_BY_STATE || r->witness || r->timeline)
		return false;
	return r->verdict == REPORT_SAFE || r->verdict == REPORT_HOLDS || r->verdict == REPORT_BROKEN;
}

/*
 * A search over states knows them by fingerprints. What it says of all states is as sure as that no two had the same, so how
 * sure that is belongs to the result.
 */
static void print_chance(const struct run_report *report, FILE *out, const struct report_style *style)
{
	const struct report_sum sum = report_sum_of(report->result, report->results);
	char line[128];
	int resting = 0;

	assert(sum.merged >= 0);
	for (int i = 0; i < report->results; i++)
		resting += rests_on_all_states(&report->result[i]);
	if (!resting)
		return;
	report_format(line, sizeof(line), "chance that two states shared a fingerprint: at most %.1g", sum.merged);
	report_paragraph(out, style, line, 0, 2, INK_DIM);
}

/* Over MPI: what it costs to spread a search depends on this more than on anything else. */
static void print_ranks(const struct run_report *report, FILE *out, const struct report_style *style)
{
	const struct report_sum sum = report_sum_of(report->result, report->results);
	char line[128];

	if (!report->ranks)
		return;
	report_format(line, sizeof(line), "%u processes sent %.1f bytes a state to each other", report->ranks,
		      sum.states ? (double)report->sent / (double)sum.states : 0);
	report_paragraph(out, style, line, 0, 2, INK_DIM);
}

/* What was not explored is said apart. */
static void print_summary(const struct run_report *report, FILE *out, const struct report_style *style)
{
	char line[256];
	int part = 0;

	assert(report->results >= 0);
	for (int i = 0; i < report->results; i++)
		part += !report_conclusive(report->result[i].verdict);
	print_sum(report, out, style, part ? INK_WARN : INK_GOOD);
	report_format(line, sizeof(line), "NOT EXHAUSTED: %d of them did not explore everything", part);
	if (part)
		report_paragraph(out, style, line, 0, 2, INK_WARN);
	print_chance(report, out, style);
	print_ranks(report, out, style);
}

/*
 * With @brief, a scenario whose expectations all held is one line. The groups of one scenario never mix
 * with those of another, since only its own results are passed on.
 */
void run_report_print_results(const struct run_report *report, bool brief, FILE *out, const struct report_style *style)
{
	struct report_arena *arena = report_arena_new();
	struct report_group *group;

	assert(report && out && style);
	for (int i = 0, nr; i < report->results; i += nr) {
		int groups;

		nr = of_one_scenario(report, i);
		if (brief && all_held(&report->result[i], nr)) {
			print_scenario(&report->result[i], nr, out, style);
			continue;
		}
		groups = report_groups(&report->result[i], nr, arena, &group);
		for (int j = 0; j < groups; j++)
			print_group(&group[j], out, style);
	}
	report_arena_free(arena);
}

/* Counterexamples stand last but the sum, where a reader of a terminal looks first. */
void run_report_print_end(const struct run_report *report, FILE *out, const struct report_style *style)
{
	assert(report && out && style);
	print_surprises(report, out, style);
	if (report->results)
		fputc('\n', out);
	print_summary(report, out, style);
}

/* For whoever has the whole run already. */
void run_report_print(const struct run_report *report, FILE *out, const struct report_style *style)
{
	run_report_print_results(report, false, out, style);
	run_report_print_end(report, out, style);
}
