/* SPDX-License-Identifier: MIT */
/*
 * html.c - a whole run as one page that needs nothing else: no server and no network.
 *
 * The page is assets/page.html with its style sheet and script put into it, and the data of the run as JSON, from which
 * the script draws. The data is not the JSON of docs/json.md: it names each scenario, architecture and expectation
 * once, and a counterexample once however many architectures share it. Their steps and drawings are nine tenths of a
 * page, and few of them are ever looked at: they are packed, and unpacked when the first is opened.
 *
 * Numbers are used before the lists that explain them are written: number_of() gives a new text the next number, and
 * the lists follow at the end. The order of the parts is therefore fixed: (1) counterexamples first, since a result
 * refers to one by number; (2) then the results, which number the names; (3) then the lists of names.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "report/group.h"
#include "report/json.h"
#include "report/pack.h"
#include "report/svg.h"

extern const char report_asset_page[], report_asset_style[], report_asset_script[];

/* Texts that occur often, by their number. */
struct html_names {
	int count;
	const char **name;
	struct report_arena *arena;
};

/* The last ones first: neighbours are alike. */
static int number_of(struct html_names *names, const char *name)
{
	assert(names->arena && name);
	for (int i = names->count - 1; i >= 0; i--)
		if (!strcmp(names->name[i], name))
			return i;
	names->name = report_grow(names->arena, names->name, names->count, sizeof(*names->name));
	names->name[names->count] = name;
	return names->count++;
}

struct html_page {
	/* What print_data() builds, and every function above it adds to. */
	const struct run_report *report;
	bool steps;
	struct html_names scenarios, archs, expectations, summaries;
	struct report_group *group;
	int groups;
	int *example; /* of each result: the number of its counterexample, or -1 */
	cJSON *data, *packed;
};

/* ---- counterexamples ---- */

/*
 * [architecture, steps, the same steps?, replay] of each that is not shown. The reader sees one drawing
 * and learns here which other architectures have a counterexample, whether it is the same, and how to
 * replay each.
 */
static void add_others(cJSON *json, const struct report_group *group, const struct report_result *shown)
{
	assert(shown->timeline);
	cJSON *others = report_json_array(json, "others");

	for (int i = 0; i < group->results; i++) {
		const struct report_result *r = group->result[i];
		cJSON *other;

		if (r == shown || !r->timeline)
			continue;
		other = report_json_must(cJSON_CreateArray());
		cJSON_AddItemToArray(others, other);
		cJSON_AddItemToArray(other, report_json_must(cJSON_CreateString(r->arch)));
		cJSON_AddItemToArray(other, report_json_must(cJSON_CreateNumber(r->timeline->rows)));
		cJSON_AddItemToArray(other,
				     report_json_must(cJSON_CreateBool(timeline_same(r->timeline, shown->timeline))));
		cJSON_AddItemToArray(other, report_json_must(cJSON_CreateString(r->timeline->head.replay)));
	}
}

/*
 * Through memory, because the drawing is written to a stream and JSON wants a text. The id keeps the
 * titles of several drawings in one page apart.
 */
static void add_drawing(cJSON *json, const struct timeline *t, int number, bool steps)
{
	char *svg = NULL, id[16];
	size_t size = 0;
	FILE *out = open_memstream(&svg, &size);

	assert(t && number >= 0);
	if (!out)
		report_json_must(NULL);
	snprintf(id, sizeof(id), "d%d", number);
	timeline_svg_inline(t, out, id, steps);
	if (fclose(out))
		report_json_must(NULL);
	report_json_text(json, "svg", svg);
	free(svg);
}

/*
 * What the list of counterexamples says of one. This part is not packed: the list is searched and
 * filtered before any drawing is opened.
 */
static void add_entry(cJSON *examples, const struct report_group *group, const struct report_result *shown)
{
	cJSON *json = report_json_object(examples), *archs;
	char summary[256];

	report_verdict_summary(shown, summary, sizeof(summary));
	report_json_text(json, "scenario", shown->scenario);
	report_json_text(json, "expectation", shown->expectation);
	report_json_text(json, "summary", summary);
	report_json_must(cJSON_AddBoolToObject(json, "held", shown->held));
	archs = report_json_array(json, "archs");
	for (int i = 0; i < group->results; i++)
		cJSON_AddItemToArray(archs, report_json_must(cJSON_CreateString(group->result[i]->arch)));
}

/*
 * Each result of the group gets the number of the one that is shown, see (1). The packed array and the
 * list have the same order, so one number serves both.
 */
static void add_examples(struct html_page *page)
{
	assert(page->example && page->packed);
	cJSON *examples = report_json_array(page->data, "examples");
	int count = 0;

	for (int i = 0; i < page->groups; i++) {
		const struct report_group *group = &page->group[i];
		const struct report_result *shown = report_group_shown(group);
		cJSON *json;

		for (int j = 0; j < group->results; j++)
			page->example[group->result[j] - page->report->result] = shown ? count : -1;
		if (!shown)
			continue;
		add_entry(examples, group, shown);
		json = report_json_object(page->packed);
		report_json_timeline(report_json_must(cJSON_AddObjectToObject(json, "timeline")), shown->timeline);
		add_drawing(json, shown->timeline, count++, page->steps);
		add_others(json, group, shown);
	}
}

/*
 * What each scenario shows, as far as a counterexample says it. Results without a timeline do not carry
 * the sentence, so a scenario may have none.
 */
static void add_docs(struct html_page *page)
{
	cJSON *docs = report_json_must(cJSON_AddObjectToObject(page->data, "docs"));

	for (int i = 0; i < page->report->results; i++) {
		const struct report_result *r = &page->report->result[i];

		if (r->timeline && *r->timeline->head.doc && !cJSON_GetObjectItemCaseSensitive(docs, r->scenario))
			report_json_text(docs, r->scenario, r->timeline->head.doc);
	}
}

/* ---- results, as arrays in the order of the columns ---- */

/* The page gets this list too, so its script knows the place of each value. */
static const char *const columns[] = { "scenario",    "arch",	  "expectation",  "held",    "conclusive",
				       "summary",     "line",	  "not_explored", "example", "search",
				       "exploration", "explored", "seconds" };

/* Nobody reads the other digits of so many numbers. */
static double milliseconds(double seconds)
{
	return (double)(uint64_t)(seconds * 1000 + 0.5) / 1000;
}

/*
 * The number of a summary is taken from a copy in the arena, because the list keeps the pointer and the
 * local array ends with this function. The values stand in the order of the columns, and the static
 * assertion keeps both of the same length.
 */
static void add_result(struct html_page *page, cJSON *results, int index)
{
	const struct report_result *r = &page->report->result[index];
	char line[512], summary[256];

	assert(index >= 0 && index < page->report->results);
	report_verdict_line(r, line, sizeof(line));
	report_verdict_summary(r, summary, sizeof(summary));
	cJSON *const values[] = {
		cJSON_CreateNumber(number_of(&page->scenarios, r->scenario)),
		cJSON_CreateNumber(number_of(&page->archs, r->arch)),
		cJSON_CreateNumber(number_of(&page->expectations, r->expectation)),
		cJSON_CreateNumber(r->held),
		cJSON_CreateNumber(report_conclusive(r->verdict)),
		cJSON_CreateNumber(number_of(&page->summaries, report_copy(page->summaries.arena, summary))),
		cJSON_CreateString(line),
		cJSON_CreateString(r->not_explored),
		cJSON_CreateNumber(page->example[index]),
		cJSON_CreateNumber(r->search == REPORT_BY_STATE),
		cJSON_CreateNumber(r->exploration),
		cJSON_CreateNumber((double)(r->search == REPORT_BY_STATE ? r->states : r->executions)),
		cJSON_CreateNumber(milliseconds(r->seconds)),
	};
	cJSON *array = report_json_must(cJSON_CreateArray());

	_Static_assert(sizeof(values) / sizeof(values[0]) == sizeof(columns) / sizeof(columns[0]), "a value a column");
	cJSON_AddItemToArray(results, array);
	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		cJSON_AddItemToArray(array, report_json_must(values[i]));
}

/* Names are numbered while results are written, so their lists come last. */
static void add_results(struct html_page *page)
{
	cJSON *results = report_json_array(page->data, "results");

	report_json_names(page->data, "columns", sizeof(columns) / sizeof(columns[0]), columns);
	for (int i = 0; i < page->report->results; i++)
		add_result(page, results, i);
	report_json_names(page->data, "scenarios", page->scenarios.count, page->scenarios.name);
	report_json_names(page->data, "archs", page->archs.count, page->archs.name);
	report_json_names(page->data, "expectations", page->expectations.count, page->expectations.name);
	report_json_names(page->data, "summaries", page->summaries.count, page->summaries.name);
}

/* The parts follow the order (1) to (3) at the head of this file. */
static void add_run(struct html_page *page)
{
	const struct run_report *report = page->report;

	assert(page->data && page->packed);
	report_json_text(page->data, "command", report->command);
	report_json_text(page->data, "shootdown", report->version);
	report_json_number(page->data, "seconds", report->seconds);
	report_json_number(page->data, "cpu_seconds", report->cpu_seconds);
	add_examples(page);
	add_docs(page);
	add_results(page);
	if (report->matrix)
		report_json_matrix(report_json_must(cJSON_AddObjectToObject(page->data, "matrix")), report->matrix);
	if (report->archs)
		report_json_table(report_json_array(page->data, "archs_table"), report->archs);
}

/* ---- the page ---- */

/* Frees the tree as well, which is the last use of it. */
static void print_packed(cJSON *packed, FILE *out)
{
	char *text = cJSON_PrintUnformatted(packed);

	assert(packed && out);
	if (!text)
		report_json_must(NULL);
	report_pack(text, out);
	cJSON_free(text);
	cJSON_Delete(packed);
}

/*
 * The number of a counterexample is needed by results, so counterexamples are added before them. Two
 * script elements of types that no browser runs: data beside the page's own script, so the page needs
 * no request.
 */
static void print_data(const struct run_report *report, bool steps, FILE *out)
{
	struct report_arena *arena = report_arena_new();
	struct html_page page = { .report = report, .steps = steps };

	page.scenarios.arena = page.archs.arena = page.expectations.arena = page.summaries.arena = arena;
	page.example = report_alloc(arena, ((size_t)report->results + 1) * sizeof(*page.example));
	page.groups = report_groups(report->result, report->results, arena, &page.group);
	page.data = report_json_must(cJSON_CreateObject());
	page.packed = report_json_must(cJSON_CreateArray());
	add_run(&page);
	fputs("<script type=\"application/json\" id=\"data\">", out);
	report_json_print(page.data, false, out);
	fputs("</script>\n<script type=\"text/plain\" id=\"packed\">", out);
	print_packed(page.packed, out);
	fputs("</script>\n", out);
	report_arena_free(arena);
}

/*
 * The page has three places between @ signs, and no other @. The page is an asset of this program, so a
 * wrong mark in it is a mistake of ours and an assert, not an error.
 */
void run_report_html(const struct run_report *report, FILE *out, const struct report_style *style)
{
	const char *at = report_asset_page, *mark;

	assert(report && out && style);
	for (; (mark = strchr(at, '@')); at = strchr(mark + 1, '@') + 1) {
		fwrite(at, 1, (size_t)(mark - at), out);
		if (!strncmp(mark, "@STYLE@", 7)) {
			fputs(report_asset_style, out);
			report_paint_sheet(false, out);
		} else if (!strncmp(mark, "@SCRIPT@", 8)) {
			fputs(report_asset_script, out);
		} else {
			assert(!strncmp(mark, "@DATA@", 6));
			print_data(report, style->steps, out);
		}
	}
	fputs(at, out);
}
