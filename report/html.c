/* SPDX-License-Identifier: MIT */
/* html.c - a whole run as one page that needs nothing else: no server, no network, and no script to be read. */
#include <assert.h>
#include "report/json.h"
#include "report/svg.h"

static void element(FILE *out, const char *tag, const char *class, const char *text)
{
	fprintf(out, "<%s class=\"%s\">", tag, class);
	markup_text(out, text);
	fprintf(out, "</%s>", tag);
}

static void number(FILE *out, uint64_t value)
{
	char text[32];

	element(out, "td", "num", report_thousands(value, text));
}

/* What the filter looks through. */
static void filter_text(FILE *out, const struct report_result *r)
{
	const char *const words[] = {
		r->scenario,
		r->arch,
		r->without,
		r->expectation,
		r->property,
		report_verdict_name(r->verdict),
		r->held ? "held" : "failed",
		report_conclusive(r->verdict) ? "" : "not exhausted",
	};

	fputs(" data-text=\"", out);
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		markup_text(out, report_text(words[i]));
		fputc(' ', out);
	}
	fputc('"', out);
}

/* ---- summary ---- */

static void card(FILE *out, const char *class, uint64_t value, const char *what)
{
	char text[32];

	fputs("<div class=\"card\">", out);
	element(out, "b", class, report_thousands(value, text));
	fprintf(out, "%s</div>\n", what);
}

static void write_summary(const struct run_report *report, FILE *out)
{
	uint64_t executions = 0, open = 0, failed = (uint64_t)run_report_failed(report);

	for (int i = 0; i < report->results; i++) {
		executions += report->result[i].executions;
		open += !report_conclusive(report->result[i].verdict);
	}
	fputs("<h1>shootdown</h1>\n<p class=\"dim\"><code>", out);
	markup_text(out, report->command);
	fputs("</code><br>version ", out);
	markup_text(out, report->version);
	fprintf(out, ", %.1f seconds, %.1f seconds of CPU</p>\n<div class=\"cards\">\n", report->seconds,
		report->cpu_seconds);
	card(out, "good", (uint64_t)(report->results - run_report_open(report)) - failed, "expectations held");
	card(out, failed ? "bad" : "dim", failed, "failed");
	card(out, open ? "open" : "dim", open, "not explored to the end");
	card(out, "", executions, "executions");
	fputs("</div>\n", out);
}

/* ---- results ---- */

static void write_verdict(const struct report_result *r, int index, FILE *out)
{
	const char *class = !r->held ? "bad" : report_conclusive(r->verdict) ? "" : "open";
	char line[512];

	report_verdict_line(r, line, sizeof(line));
	fputs("<td>", out);
	element(out, "span", class, line);
	if (*report_text(r->not_explored)) {
		fputs("<br><span class=\"dim\">not explored: ", out);
		markup_text(out, r->not_explored);
		fputs("</span>", out);
	}
	if (r->timeline)
		fprintf(out, " <a href=\"#c%d\">counterexample</a>", index);
	fputs("</td>", out);
}

static void write_result(const struct report_result *r, int index, FILE *out)
{
	fputs("<tr", out);
	filter_text(out, r);
	fprintf(out, "><td class=\"sign %s\">%s</td>", r->held ? "good" : "bad",
		r->held		 ? "&#x2713; held"
		: report_open(r) ? "? OPEN"
				 : "&#x2717; FAILED");
	element(out, "td", "name", report_text(r->scenario));
	element(out, "td", "", report_text(r->arch));
	element(out, "td", "", report_text(r->expectation));
	write_verdict(r, index, out);
	number(out, r->executions);
	number(out, r->blocked);
	number(out, r->steps);
	fprintf(out, "<td class=\"num\">%.2f</td></tr>\n", r->seconds);
}

static void write_results(const struct run_report *report, FILE *out)
{
	fputs("<h2>Scenarios</h2>\n<input id=\"filter\" type=\"search\" placeholder=\"filter: words that must all "
	      "occur\" aria-label=\"filter\">\n<div class=\"wide\"><table>\n<tr><th></th><th>scenario</th><th>architecture</th>"
	      "<th>expectation</th><th>verdict</th><th class=\"num\">executions</th><th class=\"num\">blocked</th>"
	      "<th class=\"num\">steps</th><th class=\"num\">seconds</th></tr>\n",
	      out);
	for (int i = 0; i < report->results; i++)
		write_result(&report->result[i], i, out);
	fputs("</table></div>\n", out);
	if (!report->results)
		fputs("<p>Nothing was run.</p>\n", out);
}

/* ---- counterexamples ---- */

/* Without the script, too, the table says how it stood in the end. */
static void write_state_table(const struct timeline *t, int row, FILE *out)
{
	fprintf(out,
		"<div class=\"side\" tabindex=\"0\"><p><button class=\"back\">&#x2191; step back</button>"
		"<button class=\"on\">&#x2193; step on</button></p><p class=\"where mono\">step %d of %d</p>\n"
		"<table class=\"state\"><tbody>\n",
		row + 1, t->rows);
	for (int i = 0; i < t->watches; i++) {
		fputs("<tr>", out);
		element(out, "td", "", t->watch[i]);
		element(out, "td", "", timeline_state_before(t, row + 1, i));
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void write_counterexample(const struct report_result *r, int index, FILE *out)
{
	int last = timeline_last(r->timeline);
	char id[16];

	snprintf(id, sizeof(id), "t%d", index);
	fprintf(out, "<details id=\"c%d\"%s", index, r->held ? "" : " open");
	filter_text(out, r);
	fputs("><summary>", out);
	element(out, "h3", "", report_text(r->scenario));
	fputs(" <span class=\"dim\">on ", out);
	markup_text(out, report_text(r->arch));
	fputs(*report_text(r->without) ? ", without " : "", out);
	markup_text(out, report_text(r->without));
	fputs("</span> ", out);
	element(out, "span", "bad", report_text(r->property));
	fprintf(out, "</summary>\n<div class=\"pair\" data-first=\"%d\"><div class=\"paper\" tabindex=\"0\">\n", last);
	timeline_svg_inline(r->timeline, out, id);
	fputs("</div>\n", out);
	write_state_table(r->timeline, last, out);
	fputs("<script type=\"application/json\">", out);
	timeline_json_line(r->timeline, out);
	fputs("</script></div></details>\n", out);
}

static void write_counterexamples(const struct run_report *report, FILE *out)
{
	bool any = false;

	for (int i = 0; i < report->results; i++) {
		if (!report->result[i].timeline)
			continue;
		if (!any)
			fputs("<h2>Counterexamples</h2>\n<p class=\"dim\">Those that were expected are closed. Select "
			      "a step with the mouse, the buttons, or the arrow keys.</p>\n",
			      out);
		any = true;
		write_counterexample(&report->result[i], i, out);
	}
}

/* ---- the matrix and the architectures ---- */

static void write_cell(const struct report_matrix *m, int row, int rule, FILE *out)
{
	static const char *const sign[] = { "", "&#xb7;", "&#x2717;", "?" };
	static const char *const class[] = { "dim", "dim", "bad", "open" };
	enum report_cell cell = m->cell[row * m->rules + rule];

	fprintf(out, "<td class=\"cell %s\" title=\"", class[cell]);
	markup_text(out, m->scenario[row]);
	fputs(" without ", out);
	markup_text(out, m->rule[rule]);
	fprintf(out, ": %s\">%s</td>", report_cell_name(cell), sign[cell]);
}

static void write_matrix(const struct report_matrix *m, FILE *out)
{
	fputs("<h2>Rules, each taken away alone</h2>\n<p class=\"dim\"><span class=\"bad\">&#x2717;</span> unsafe "
	      "without the rule &nbsp; &#xb7; safe without it &nbsp; <span class=\"open\">?</span> no violation found, not "
	      "everything explored &nbsp; empty: not run</p>\n<div class=\"wide\"><table class=\"matrix\">\n<tr><th></th>",
	      out);
	for (int i = 0; i < m->rules; i++) {
		fputs("<th class=\"rule\">", out);
		element(out, "span", "", m->rule[i]);
		fputs("</th>", out);
	}
	fputs("</tr>\n", out);
	for (int row = 0; row < m->scenarios; row++) {
		fputs("<tr>", out);
		element(out, "td", "name", m->scenario[row]);
		for (int i = 0; i < m->rules; i++)
			write_cell(m, row, i, out);
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

static void write_table(const struct report_table *table, FILE *out)
{
	fputs("<h2>", out);
	markup_text(out, *table->title ? table->title : "Architectures");
	fputs("</h2>\n<div class=\"wide\"><table>\n<tr>", out);
	for (int i = 0; i < table->columns; i++)
		element(out, "th", table->align[i] == REPORT_RIGHT ? "num" : "", table->heading[i]);
	fputs("</tr>\n", out);
	for (int row = 0; row < table->rows; row++) {
		fputs("<tr>", out);
		for (int i = 0; i < table->columns; i++)
			element(out, "td", i ? table->align[i] == REPORT_RIGHT ? "num" : "" : "name",
				table->cell[row * table->columns + i]);
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

void run_report_html(const struct run_report *report, FILE *out)
{
	assert(report && out);
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n<title>shootdown report</title>\n"
		"<style>\n%s%s</style></head><body>\n",
		report_svg_style, report_page_style);
	write_summary(report, out);
	write_results(report, out);
	write_counterexamples(report, out);
	if (report->matrix)
		write_matrix(report->matrix, out);
	if (report->archs)
		write_table(report->archs, out);
	fprintf(out, "<script>\n%s</script>\n</body></html>\n", report_page_script);
}
