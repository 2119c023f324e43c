/* SPDX-License-Identifier: MIT */
/*
 * json.c - timelines, results and runs for machines; docs/json.md says what the fields are.
 *
 * A document is built whole before it is printed, because cJSON takes care of commas and quoting then. The order of
 * fields is the order in which they are added here; readers must not rely on it, but people compare the files. A
 * field that changes its meaning or goes away needs a new REPORT_JSON_VERSION; one that is added does not.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>
#include "report/json.h"
#include "report/show.h"

/*
 * Every function of cJSON that makes something returns NULL out of memory. Ends the program, so no
 * caller needs to check; a report that is written half is of no use.
 */
cJSON *report_json_must(cJSON *json)
{
	if (!json) {
		fputs("shootdown: out of memory\n", stderr);
		exit(2);
	}
	return json;
}

/* A missing text becomes an empty one, so every field of the format is always there. */
void report_json_text(cJSON *to, const char *name, const char *text)
{
	assert(to && name);
	report_json_must(cJSON_AddStringToObject(to, name, report_text(text)));
}

/* Counts are stored as doubles, which are exact up to 2 to the power of 53. */
void report_json_number(cJSON *to, const char *name, double number)
{
	assert(to && name);
	report_json_must(cJSON_AddNumberToObject(to, name, number));
}

/* Empty; it belongs to @to already. */
cJSON *report_json_array(cJSON *to, const char *name)
{
	return report_json_must(cJSON_AddArrayToObject(to, name));
}

/* The new object stands in the array already and belongs to it. */
cJSON *report_json_object(cJSON *array)
{
	assert(array);
	cJSON *object = report_json_must(cJSON_CreateObject());

	cJSON_AddItemToArray(array, object);
	return object;
}

/* Format and version come first, so that a reader can decide at once whether it knows them. */
static cJSON *new_document(const char *format)
{
	cJSON *json = report_json_must(cJSON_CreateObject());

	report_json_text(json, "format", format);
	report_json_number(json, "version", REPORT_JSON_VERSION);
	return json;
}

/* ---- timelines ---- */

/* A list of texts, in the order given; a reader may name them by index. */
void report_json_names(cJSON *json, const char *name, int names, const char *const *text)
{
	assert(names >= 0);
	cJSON *array = report_json_array(json, name);

	for (int i = 0; i < names; i++)
		cJSON_AddItemToArray(array, report_json_must(cJSON_CreateString(text[i])));
}

/* The head is the same for a single timeline and for one inside a run. */
static void add_head(cJSON *json, const struct timeline_head *head)
{
	report_json_text(json, "scenario", head->scenario);
	report_json_text(json, "arch", head->arch);
	report_json_text(json, "without", head->without);
	report_json_text(json, "property", head->property);
	report_json_text(json, "verdict", head->verdict);
	report_json_text(json, "why", head->why);
	report_json_text(json, "replay", head->replay);
	report_json_text(json, "doc", head->doc);
	report_json_names(json, "sources", head->nr_sources, head->sources);
	report_json_text(json, "text", head->text);
}

/* Left out where every rule was in force: there is no step that is missing then. */
static void add_missing(cJSON *to, const struct timeline *t)
{
	cJSON *json;

	if (!*t->head.missing_rule)
		return;
	json = report_json_must(cJSON_AddObjectToObject(to, "missing"));
	report_json_text(json, "rule", t->head.missing_rule);
	report_json_text(json, "says", t->head.missing_says);
	report_json_text(json, "place", t->head.missing_place);
	report_json_number(json, "row", t->missing_row);
}

/* Rows name agents by their index in this array. */
static void add_agents(cJSON *json, const struct timeline *t)
{
	cJSON *array = report_json_array(json, "agents");

	for (int i = 0; i < t->agents; i++) {
		cJSON *agent = report_json_object(array);

		report_json_text(agent, "name", t->agent[i].name);
		report_json_text(agent, "program", t->agent[i].program);
	}
}

/* With the value before the first row; rows then say only what they change. */
static void add_watches(cJSON *json, const struct timeline *t)
{
	cJSON *array = report_json_array(json, "watches");

	for (int i = 0; i < t->watches; i++) {
		cJSON *watch = report_json_object(array);

		report_json_text(watch, "name", t->watch[i]);
		report_json_text(watch, "initial", t->initial[i]);
	}
}

/* Like the watches: the first word here, the later ones in the rows that change them. */
static void add_lanes(cJSON *json, const struct timeline *t)
{
	cJSON *array = report_json_array(json, "lanes");

	for (int i = 0; i < t->lanes; i++) {
		cJSON *lane = report_json_object(array);

		report_json_text(lane, "name", t->lane[i].name);
		report_json_text(lane, "initial", t->lane[i].initial);
	}
}

/* Takes the object in both cases. */
static void add_unless_empty(cJSON *to, const char *name, cJSON *object)
{
	if (object->child)
		cJSON_AddItemToObject(to, name, object);
	else
		cJSON_Delete(object);
}

/*
 * What the row changed in lanes and watches; an object with nothing in it is left out. A row has what it
 * changed only; the value of anything else is that of an earlier row, or the initial one.
 */
static void add_changes(cJSON *json, const struct timeline *t, int index)
{
	const struct timeline_row *row = &t->row[index];
	cJSON *state = report_json_must(cJSON_CreateObject()), *lanes = report_json_must(cJSON_CreateObject());

	assert(index >= 0 && index < t->rows);
	for (int i = 0; i < t->watches; i++)
		if (timeline_changed(t, index, i))
			report_json_text(state, t->watch[i], row->state[i]);
	for (int i = 0; i < t->lanes; i++)
		if (strcmp(row->lane[i], timeline_lane_before(t, index, i)))
			report_json_text(lanes, t->lane[i].name, row->lane[i]);
	add_unless_empty(json, "state", state);
	add_unless_empty(json, "lanes", lanes);
}

/* What a row does not have is left out, because rows are many and most have neither mark nor place. */
static void add_row(cJSON *array, const struct timeline *t, int index)
{
	const struct timeline_row *row = &t->row[index];
	cJSON *json = report_json_object(array);

	assert(index >= 0 && index < t->rows);
	report_json_number(json, "agent", row->agent);
	report_json_text(json, "kind", timeline_kind_name(row->kind));
	if (row->mark) {
		report_json_text(json, "mark", timeline_mark_name(row->mark));
		report_json_number(json, "number", row->number);
	}
	report_json_text(json, "text", row->text);
	if (row->causal)
		report_json_must(cJSON_AddTrueToObject(json, "causal"));
	if (row->file) {
		report_json_text(json, "file", row->file);
		report_json_number(json, "line", row->line);
	}
	add_changes(json, t, index);
}

/*
 * Rows come behind what they refer to by name or index, so that a reader can work from the front to the
 * end.
 */
void report_json_timeline(cJSON *json, const struct timeline *t)
{
	assert(json && t);
	cJSON *rows, *arrows;

	add_head(json, &t->head);
	add_agents(json, t);
	add_watches(json, t);
	add_lanes(json, t);
	add_missing(json, t);
	rows = report_json_array(json, "rows");
	for (int i = 0; i < t->rows; i++)
		add_row(rows, t, i);
	arrows = report_json_array(json, "arrows");
	for (int i = 0; i < t->arrows; i++) {
		cJSON *arrow = report_json_object(arrows);

		report_json_number(arrow, "from", t->arrow[i].from);
		report_json_number(arrow, "to", t->arrow[i].to);
		report_json_text(arrow, "kind", timeline_arrow_name(t->arrow[i].kind));
	}
}

/* ---- results ---- */

/*
 * Only the verdicts that depend on a limit name it. Whoever compares two results must not find a bound
 * of 0 where no bound was used.
 */
static void add_limits(cJSON *json, const struct report_result *r)
{
	if (r->verdict == REPORT_BOUNDED)
		report_json_number(json, "bound", r->bound);
	if (r->verdict == REPORT_STOPPED || r->verdict == REPORT_UNFINISHED)
		report_json_text(json, "stopped_by", r->stopped_by);
	if (r->verdict != REPORT_SAMPLED)
		return;
	report_json_number(json, "seed", (double)r->seed);
	report_json_number(json, "depth", r->depth);
	report_json_number(json, "agents", r->agents);
	report_json_number(json, "length", r->length);
}

/* Only what was counted: a 0 would be read as a number of executions. */
static void add_explored(cJSON *json, const struct report_result *r)
{
	assert(r->search < REPORT_SEARCHES);
	report_json_text(json, "search", r->search == REPORT_BY_STATE ? "states" : "executions");
	report_json_number(json, "exploration", r->exploration);
	if (r->search == REPORT_BY_STATE) {
		report_json_number(json, "states", (double)r->states);
		report_json_number(json, "transitions", (double)r->transitions);
		report_json_number(json, "ends", (double)r->ends);
		report_json_number(json, "logged", (double)r->logged);
		report_json_number(json, "memory", (double)r->memory);
		report_json_number(json, "merged", r->merged);
	} else {
		report_json_number(json, "executions", (double)r->executions);
		report_json_number(json, "blocked", (double)r->blocked);
	}
}

/*
 * The line is in the document although it could be made from the other fields, so that a reader who
 * only shows results need not know all verdicts.
 */
static void add_result(cJSON *json, const struct report_result *r)
{
	char line[512];

	report_json_text(json, "scenario", r->scenario);
	report_json_text(json, "arch", r->arch);
	report_json_number(json, "question", r->question);
	report_json_text(json, "expectation", r->expectation);
	report_json_text(json, "without", r->without);
	report_json_text(json, "verdict", report_verdict_name(r->verdict));
	report_json_must(cJSON_AddBoolToObject(json, "held", r->held));
	report_json_must(cJSON_AddBoolToObject(json, "conclusive", report_conclusive(r->verdict)));
	if (r->witness)
		report_json_must(cJSON_AddTrueToObject(json, "witness"));
	report_json_text(json, "property", r->property);
	report_json_text(json, "observed", r->observed);
	report_verdict_line(r, line, sizeof(line));
	report_json_text(json, "line", line);
	add_explored(json, r);
	report_json_number(json, "steps", (double)r->steps);
	report_json_number(json, "seconds", r->seconds);
	add_limits(json, r);
	report_json_text(json, "not_explored", r->not_explored);
	if (r->timeline)
		report_json_timeline(report_json_must(cJSON_AddObjectToObject(json, "timeline")), r->timeline);
}

/* ---- a run ---- */

/* One array of cells for each scenario, in the order of the rules. */
void report_json_matrix(cJSON *json, const struct report_matrix *m)
{
	assert(m->scenarios >= 0 && m->rules >= 0);
	cJSON *rows;

	report_json_names(json, "scenarios", m->scenarios, m->scenario);
	report_json_names(json, "rules", m->rules, m->rule);
	rows = report_json_array(json, "cells");
	for (int i = 0; i < m->scenarios; i++) {
		cJSON *row = report_json_must(cJSON_CreateArray());

		cJSON_AddItemToArray(rows, row);
		for (int j = 0; j < m->rules; j++)
			cJSON_AddItemToArray(
				row, report_json_must(cJSON_CreateString(report_cell_name(m->cell[i * m->rules + j]))));
	}
}

/* Each row as an object whose fields are the headings. So a heading that is changed changes the format. */
void report_json_table(cJSON *array, const struct report_table *table)
{
	assert(array && table);
	for (int row = 0; row < table->rows; row++) {
		cJSON *json = report_json_object(array);

		for (int i = 0; i < table->columns; i++)
			report_json_text(json, table->heading[i], table->cell[row * table->columns + i]);
	}
}

/*
 * The digest has 64 bits, which a number of JSON has not. `join` compares digests, and a double would have
 * lost some of the bits.
 */
static void add_shard(cJSON *json, const struct report_shard *shard)
{
	char digest[17];

	snprintf(digest, sizeof(digest), "%016" PRIx64, shard->digest);
	report_json_number(json, "index", shard->index);
	report_json_number(json, "of", shard->of);
	report_json_number(json, "questions", shard->questions);
	report_json_text(json, "digest", digest);
}

/*
 * In the order of docs/json.md. Totals stand before the results, so that they can be read without the
 * rest.
 */
static cJSON *run_document(const struct run_report *report)
{
	cJSON *json = new_document("shootdown-run"), *results;

	report_json_text(json, "command", report->command);
	report_json_text(json, "shootdown", report->version);
	if (report->shard.of)
		add_shard(report_json_must(cJSON_AddObjectToObject(json, "shard")), &report->shard);
	report_json_number(json, "seconds", report->seconds);
	report_json_number(json, "cpu_seconds", report->cpu_seconds);
	if (report->ranks) {
		report_json_number(json, "ranks", report->ranks);
		report_json_number(json, "sent", (double)report->sent);
	}
	report_json_number(json, "failed", run_report_failed(report));
	report_json_number(json, "not_finished", run_report_open(report));
	results = report_json_array(json, "results");
	for (int i = 0; i < report->results; i++)
		add_result(report_json_object(results), &report->result[i]);
	if (report->matrix)
		report_json_matrix(report_json_must(cJSON_AddObjectToObject(json, "matrix")), report->matrix);
	if (report->archs)
		report_json_table(report_json_array(json, "archs"), report->archs);
	return json;
}

/* Takes the document. Names could end a <script> that holds it, or open one, so '<' is written as what it is in JSON
 * too. */
void report_json_print(cJSON *json, bool indented, FILE *out)
{
	char *text = indented ? cJSON_Print(json) : cJSON_PrintUnformatted(json);

	assert(json && out);
	if (!text)
		report_json_must(NULL);
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

/* The format is shootdown-timeline. */
void timeline_json(const struct timeline *t, FILE *out)
{
	cJSON *json = new_document("shootdown-timeline");

	assert(t && out);
	report_json_timeline(json, t);
	report_json_print(json, true, out);
}

/* The format is shootdown-check. */
void report_result_json(const struct report_result *result, FILE *out)
{
	cJSON *json = new_document("shootdown-check");

	assert(result && out);
	add_result(json, result);
	report_json_print(json, true, out);
}

/* All results with their timelines; the format is shootdown-run. */
void run_report_json(const struct run_report *report, FILE *out)
{
	assert(report && out);
	report_json_print(run_document(report), true, out);
}

/* The caller names the format, as the headings of its table decide the fields. */
void report_table_json(const struct report_table *table, const char *format, FILE *out)
{
	cJSON *json = new_document(format);

	assert(table && out);
	report_json_table(report_json_array(json, "rows"), table);
	report_json_print(json, true, out);
}
