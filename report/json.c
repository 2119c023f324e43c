/* SPDX-License-Identifier: MIT */
/* json.c - timelines, results and runs for machines; report.h says what the fields are. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>
#include "report/json.h"
#include "report/show.h"

static cJSON *must(cJSON *json)
{
	if (!json) {
		fputs("shootdown: out of memory\n", stderr);
		exit(2);
	}
	return json;
}

static void add_text(cJSON *to, const char *name, const char *text)
{
	must(cJSON_AddStringToObject(to, name, report_text(text)));
}

static void add_number(cJSON *to, const char *name, double number)
{
	must(cJSON_AddNumberToObject(to, name, number));
}

static cJSON *add_array(cJSON *to, const char *name)
{
	return must(cJSON_AddArrayToObject(to, name));
}

static cJSON *add_object(cJSON *array)
{
	cJSON *object = must(cJSON_CreateObject());

	cJSON_AddItemToArray(array, object);
	return object;
}

static cJSON *new_document(const char *format)
{
	cJSON *json = must(cJSON_CreateObject());

	add_text(json, "format", format);
	add_number(json, "version", REPORT_JSON_VERSION);
	return json;
}

/* ---- timelines ---- */

static void add_names(cJSON *json, const char *name, int names, const char *const *text)
{
	cJSON *array = add_array(json, name);

	for (int i = 0; i < names; i++)
		cJSON_AddItemToArray(array, must(cJSON_CreateString(text[i])));
}

static void add_head(cJSON *json, const struct timeline_head *head)
{
	add_text(json, "scenario", head->scenario);
	add_text(json, "arch", head->arch);
	add_text(json, "without", head->without);
	add_text(json, "property", head->property);
	add_text(json, "verdict", head->verdict);
	add_text(json, "why", head->why);
	add_text(json, "replay", head->replay);
	add_text(json, "doc", head->doc);
	add_names(json, "sources", head->nr_sources, head->sources);
	add_text(json, "text", head->text);
}

static void add_missing(cJSON *to, const struct timeline *t)
{
	cJSON *json;

	if (!*t->head.missing_rule)
		return;
	json = must(cJSON_AddObjectToObject(to, "missing"));
	add_text(json, "rule", t->head.missing_rule);
	add_text(json, "says", t->head.missing_says);
	add_text(json, "place", t->head.missing_place);
	add_number(json, "row", t->missing_row);
}

static void add_agents(cJSON *json, const struct timeline *t)
{
	cJSON *array = add_array(json, "agents");

	for (int i = 0; i < t->agents; i++) {
		cJSON *agent = add_object(array);

		add_text(agent, "name", t->agent[i].name);
		add_text(agent, "program", t->agent[i].program);
	}
}

static void add_watches(cJSON *json, const struct timeline *t)
{
	cJSON *array = add_array(json, "watches");

	for (int i = 0; i < t->watches; i++) {
		cJSON *watch = add_object(array);

		add_text(watch, "name", t->watch[i]);
		add_text(watch, "initial", t->initial[i]);
	}
}

static void add_lanes(cJSON *json, const struct timeline *t)
{
	cJSON *array = add_array(json, "lanes");

	for (int i = 0; i < t->lanes; i++) {
		cJSON *lane = add_object(array);

		add_text(lane, "name", t->lane[i].name);
		add_text(lane, "initial", t->lane[i].initial);
	}
}

/* What the row changed in lanes and watches. */
static void add_changes(cJSON *json, const struct timeline *t, int index)
{
	const struct timeline_row *row = &t->row[index];
	cJSON *state = must(cJSON_AddObjectToObject(json, "state"));
	cJSON *lanes = must(cJSON_AddObjectToObject(json, "lanes"));

	for (int i = 0; i < t->watches; i++)
		if (timeline_changed(t, index, i))
			add_text(state, t->watch[i], row->state[i]);
	for (int i = 0; i < t->lanes; i++)
		if (strcmp(row->lane[i], timeline_lane_before(t, index, i)))
			add_text(lanes, t->lane[i].name, row->lane[i]);
}

static void add_row(cJSON *array, const struct timeline *t, int index)
{
	const struct timeline_row *row = &t->row[index];
	cJSON *json = add_object(array);

	add_number(json, "agent", row->agent);
	add_text(json, "kind", timeline_kind_name(row->kind));
	if (row->mark) {
		add_text(json, "mark", timeline_mark_name(row->mark));
		add_number(json, "number", row->number);
	}
	add_text(json, "text", row->text);
	must(cJSON_AddBoolToObject(json, "causal", row->causal));
	if (row->file) {
		add_text(json, "file", row->file);
		add_number(json, "line", row->line);
	}
	add_changes(json, t, index);
}

static void add_timeline(cJSON *json, const struct timeline *t)
{
	cJSON *rows, *arrows;

	add_head(json, &t->head);
	add_agents(json, t);
	add_watches(json, t);
	add_lanes(json, t);
	add_missing(json, t);
	rows = add_array(json, "rows");
	for (int i = 0; i < t->rows; i++)
		add_row(rows, t, i);
	arrows = add_array(json, "arrows");
	for (int i = 0; i < t->arrows; i++) {
		cJSON *arrow = add_object(arrows);

		add_number(arrow, "from", t->arrow[i].from);
		add_number(arrow, "to", t->arrow[i].to);
		add_text(arrow, "kind", timeline_arrow_name(t->arrow[i].kind));
	}
}

/* ---- results ---- */

static void add_limits(cJSON *json, const struct report_result *r)
{
	if (r->verdict == REPORT_BOUNDED)
		add_number(json, "bound", r->bound);
	if (r->verdict == REPORT_STOPPED || r->verdict == REPORT_UNFINISHED)
		add_text(json, "stopped_by", r->stopped_by);
	if (r->verdict != REPORT_SAMPLED)
		return;
	add_number(json, "seed", (double)r->seed);
	add_number(json, "depth", r->depth);
	add_number(json, "agents", r->agents);
	add_number(json, "length", r->length);
}

static void add_result(cJSON *json, const struct report_result *r)
{
	char line[512];

	add_text(json, "scenario", r->scenario);
	add_text(json, "arch", r->arch);
	add_text(json, "expectation", r->expectation);
	add_text(json, "without", r->without);
	add_text(json, "verdict", report_verdict_name(r->verdict));
	must(cJSON_AddBoolToObject(json, "held", r->held));
	must(cJSON_AddBoolToObject(json, "conclusive", report_conclusive(r->verdict)));
	add_text(json, "property", r->property);
	add_text(json, "observed", r->observed);
	report_verdict_line(r, line, sizeof(line));
	add_text(json, "line", line);
	add_number(json, "executions", (double)r->executions);
	add_number(json, "blocked", (double)r->blocked);
	add_number(json, "steps", (double)r->steps);
	add_number(json, "seconds", r->seconds);
	add_limits(json, r);
	add_text(json, "not_explored", r->not_explored);
	if (r->timeline)
		add_timeline(must(cJSON_AddObjectToObject(json, "timeline")), r->timeline);
}

/* ---- a run ---- */

static void add_matrix(cJSON *json, const struct report_matrix *m)
{
	cJSON *rows;

	add_names(json, "scenarios", m->scenarios, m->scenario);
	add_names(json, "rules", m->rules, m->rule);
	rows = add_array(json, "cells");
	for (int i = 0; i < m->scenarios; i++) {
		cJSON *row = must(cJSON_CreateArray());

		cJSON_AddItemToArray(rows, row);
		for (int j = 0; j < m->rules; j++)
			cJSON_AddItemToArray(row,
					     must(cJSON_CreateString(report_cell_name(m->cell[i * m->rules + j]))));
	}
}

static void add_table(cJSON *array, const struct report_table *table)
{
	for (int row = 0; row < table->rows; row++) {
		cJSON *json = add_object(array);

		for (int i = 0; i < table->columns; i++)
			add_text(json, table->heading[i], table->cell[row * table->columns + i]);
	}
}

static cJSON *run_document(const struct run_report *report)
{
	cJSON *json = new_document("shootdown-run"), *results;

	add_text(json, "command", report->command);
	add_text(json, "shootdown", report->version);
	add_number(json, "seconds", report->seconds);
	add_number(json, "cpu_seconds", report->cpu_seconds);
	add_number(json, "failed", run_report_failed(report));
	results = add_array(json, "results");
	for (int i = 0; i < report->results; i++)
		add_result(add_object(results), &report->result[i]);
	if (report->matrix)
		add_matrix(must(cJSON_AddObjectToObject(json, "matrix")), report->matrix);
	if (report->archs)
		add_table(add_array(json, "archs"), report->archs);
	return json;
}

/* Takes the document. Names could end a <script> that holds it, or open one, so '<' is written as what it is in JSON
 * too. */
static void print_document(cJSON *json, bool indented, FILE *out)
{
	char *text = indented ? cJSON_Print(json) : cJSON_PrintUnformatted(json);

	if (!text)
		must(NULL);
	for (const char *c = text; *c; c++) {
		if (*c == '<')
			fputs("\\u003c", out);
		else
			fputc(*c, out);
	}
	fputc('\n', out);
	cJSON_free(text);
	cJSON_Delete(json);
}

void timeline_json_line(const struct timeline *t, FILE *out)
{
	cJSON *json = new_document("shootdown-timeline");

	add_timeline(json, t);
	print_document(json, false, out);
}

void timeline_json(const struct timeline *t, FILE *out)
{
	cJSON *json = new_document("shootdown-timeline");

	assert(t && out);
	add_timeline(json, t);
	print_document(json, true, out);
}

void report_result_json(const struct report_result *result, FILE *out)
{
	cJSON *json = new_document("shootdown-check");

	assert(result && out);
	add_result(json, result);
	print_document(json, true, out);
}

void run_report_json(const struct run_report *report, FILE *out)
{
	assert(report && out);
	print_document(run_document(report), true, out);
}
