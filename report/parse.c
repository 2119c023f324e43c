/* SPDX-License-Identifier: MIT */
/*
 * parse.c - a run, read back from its JSON: what `join` works on.
 *
 * What it reads may come from another machine, cut off or edited by hand, so nothing is taken for granted. The first thing that is
 * wrong is kept and told; whatever is read after it has a harmless value, so that no function needs a way out of its own.
 * Only docs/json.md says what stands where; what can be made from other fields, such as the sentence of a verdict, is made anew.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "report/json.h"
#include "report/show.h"
#include "report/text.h"

enum {
	MOST_ROWS = 1 << 16, /* of one timeline */
};

/* What has gone wrong so far: the first of it, in words. */
struct parser {
	bool bad;
	char *error;
	size_t error_size;
};

static void wrong(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A later mistake is often the consequence of the first one, so it is not told. */
static void wrong(struct parser *p, const char *format, ...)
{
	va_list args;

	if (p->bad)
		return;
	p->bad = true;
	va_start(args, format);
	vsnprintf(p->error, p->error_size, format, args);
	va_end(args);
}

/* ---- fields ---- */

/* @object may be NULL or no object at all, after an earlier mistake: cJSON then finds nothing. */
static const cJSON *field(struct parser *p, const cJSON *object, const char *name)
{
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!found)
		wrong(p, "it has no '%s' where one belongs", name);
	return found;
}

/* The text is the document's and lives as long as that; report/ copies what it keeps. */
static const char *text(struct parser *p, const cJSON *object, const char *name)
{
	const char *found = cJSON_GetStringValue(field(p, object, name));

	if (!found)
		wrong(p, "'%s' is no text", name);
	return found ? found : "";
}

/* A whole number from 0 to @most. */
static uint64_t count(struct parser *p, const cJSON *object, const char *name, uint64_t most)
{
	const cJSON *found = field(p, object, name);
	double value = cJSON_IsNumber(found) ? found->valuedouble : -1;

	if (!(value >= 0 && value <= (double)most) || value != (double)(uint64_t)value) {
		wrong(p, "'%s' is no whole number, or too large", name);
		return 0;
	}
	return (uint64_t)value;
}

/* The test is negated, so that what compares with nothing is refused, too. */
static double seconds(struct parser *p, const cJSON *object, const char *name)
{
	const cJSON *found = field(p, object, name);

	if (!cJSON_IsNumber(found) || !(found->valuedouble >= 0)) {
		wrong(p, "'%s' is no time", name);
		return 0;
	}
	return found->valuedouble;
}

/*
 * The first element of a list of at most @most; NULL: it is empty, or none. The limits are those of the
 * structures that it will fill, so that a file cannot make an assertion fail.
 */
static const cJSON *list(struct parser *p, const cJSON *object, const char *name, int most)
{
	const cJSON *found = field(p, object, name);

	if (!cJSON_IsArray(found) || cJSON_GetArraySize(found) > most) {
		wrong(p, "'%s' is no list, or too long", name);
		return NULL;
	}
	return found->child;
}

/* The number of the text in field @name, as @name_of gives it. */
#define WORD(p, object, field_name, name_of, type, most)                           \
	({                                                                         \
		const char *said_ = text(p, object, field_name);                   \
		unsigned int nr_ = 0;                                              \
		while (nr_ < (most) && strcmp(name_of((enum type)nr_), said_))     \
			nr_++;                                                     \
		if (nr_ == (most))                                                 \
			wrong(p, "'%s' has a word that is not known", field_name); \
		(enum type)(nr_ < (most) ? nr_ : 0);                               \
	})

/* ---- a timeline ---- */

/* The texts are cleaned when they are copied, like those of a program: a file may hold anything. */
static struct timeline *new_timeline(struct parser *p, const cJSON *json)
{
	const char *sources[64];
	struct timeline_head head = {
		.scenario = text(p, json, "scenario"),
		.arch = text(p, json, "arch"),
		.without = text(p, json, "without"),
		.property = text(p, json, "property"),
		.verdict = text(p, json, "verdict"),
		.why = text(p, json, "why"),
		.replay = text(p, json, "replay"),
		.doc = text(p, json, "doc"),
		.sources = sources,
		.text = text(p, json, "text"),
	};
	const cJSON *missing = cJSON_GetObjectItemCaseSensitive(json, "missing");

	for (const cJSON *at = list(p, json, "sources", 64); at; at = at->next)
		sources[head.nr_sources++] = cJSON_GetStringValue(at) ? cJSON_GetStringValue(at) : "";
	if (missing) {
		head.missing_rule = text(p, missing, "rule");
		head.missing_says = text(p, missing, "says");
		head.missing_place = text(p, missing, "place");
	}
	return timeline_new(&head);
}

/* No two of one name: the name is the key of what rows change. */
static bool is_new(struct parser *p, const char *name, const char *const *names, int nr)
{
	for (int i = 0; i < nr; i++) {
		if (strcmp(names[i], name))
			continue;
		wrong(p, "two watches have one name");
		return false;
	}
	return true;
}

/* How many there are, and their names, are tested here, as a timeline only asserts it and this is from a file. */
static void add_columns(struct parser *p, struct timeline *t, const cJSON *json)
{
	for (const cJSON *at = list(p, json, "agents", TIMELINE_MAX_AGENTS); at; at = at->next)
		timeline_add_agent(t, text(p, at, "name"), text(p, at, "program"));
	for (const cJSON *at = list(p, json, "watches", TIMELINE_MAX_WATCHES); at; at = at->next) {
		if (is_new(p, text(p, at, "name"), t->watch, t->watches))
			timeline_add_watch(t, text(p, at, "name"), text(p, at, "initial"));
	}
	for (const cJSON *at = list(p, json, "lanes", TIMELINE_MAX_LANES); at; at = at->next)
		timeline_add_lane(t, text(p, at, "name"), text(p, at, "initial"));
}

/* What the last row of @t changed. */
static void add_changes(struct parser *p, struct timeline *t, const cJSON *json)
{
	const cJSON *state = cJSON_GetObjectItemCaseSensitive(json, "state");
	const cJSON *lanes = cJSON_GetObjectItemCaseSensitive(json, "lanes");

	for (int i = 0; state && i < t->watches; i++) {
		if (cJSON_HasObjectItem(state, t->watch[i]))
			timeline_set_state(t, i, "%s", text(p, state, t->watch[i]));
	}
	for (int i = 0; lanes && i < t->lanes; i++) {
		if (cJSON_HasObjectItem(lanes, t->lane[i].name))
			timeline_set_lane(t, i, text(p, lanes, t->lane[i].name));
	}
}

/* Words for kinds and marks are those of show.c; an index outside is a mistake in the file. */
static void add_row(struct parser *p, struct timeline *t, const cJSON *json)
{
	int agent = (int)count(p, json, "agent", TIMELINE_MAX_AGENTS - 1);
	enum timeline_kind kind = WORD(p, json, "kind", timeline_kind_name, timeline_kind, TIMELINE_KINDS);
	int row;

	if (agent >= t->agents) {
		wrong(p, "a row is of an agent that is not there");
		return;
	}
	row = timeline_add_row(t, agent, kind, "%s", text(p, json, "text"));
	if (cJSON_HasObjectItem(json, "mark"))
		timeline_set_mark(t, row, WORD(p, json, "mark", timeline_mark_name, timeline_mark, TIMELINE_MARKS));
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "causal")))
		timeline_set_causal(t, row);
	if (cJSON_HasObjectItem(json, "file")) {
		unsigned int line = (unsigned int)count(p, json, "line", 1u << 30);

		if (line)
			timeline_set_place(t, row, text(p, json, "file"), line);
	}
	add_changes(p, t, json);
}

/* Only forwards and between rows that there are, as timeline_add_link() asserts. */
static void add_arrow(struct parser *p, struct timeline *t, const cJSON *json)
{
	enum timeline_arrow_kind kind = WORD(p, json, "kind", timeline_arrow_name, timeline_arrow_kind,
					     TIMELINE_ARROW_KINDS);
	int from = (int)count(p, json, "from", MOST_ROWS), to = (int)count(p, json, "to", MOST_ROWS);

	if (from >= to || to >= t->rows)
		wrong(p, "an arrow leads to no later row");
	else if (kind == TIMELINE_ARROW_SENDS)
		timeline_add_arrow(t, from, to);
	else
		timeline_add_link(t, kind, from, to);
}

/* The field is there only where a rule was off; without it there is nothing to set. */
static void set_missing(struct parser *p, struct timeline *t, const cJSON *json)
{
	const cJSON *missing = cJSON_GetObjectItemCaseSensitive(json, "missing"), *row;

	if (!missing)
		return;
	row = field(p, missing, "row");
	if (cJSON_IsNumber(row) && row->valuedouble >= -1 && row->valuedouble < t->rows)
		timeline_set_missing(t, row->valueint);
	else
		wrong(p, "the missing step stands at no row");
}

/* The order is that of timeline.c: columns before rows, and arrows when all rows are there. */
static struct timeline *read_timeline(struct parser *p, const cJSON *json)
{
	struct timeline *t = new_timeline(p, json);

	add_columns(p, t, json);
	for (const cJSON *at = list(p, json, "rows", MOST_ROWS); at; at = at->next)
		add_row(p, t, at);
	for (const cJSON *at = list(p, json, "arrows", MOST_ROWS); at; at = at->next)
		add_arrow(p, t, at);
	set_missing(p, t, json);
	return t;
}

/* ---- results ---- */

/* Fields of the one search or the other. */
static void read_explored(struct parser *p, struct report_result *r, const cJSON *json)
{
	r->exploration = (unsigned int)count(p, json, "exploration", UINT32_MAX);
	if (!strcmp(text(p, json, "search"), "states")) {
		const cJSON *merged = field(p, json, "merged");

		r->search = REPORT_BY_STATE;
		r->states = count(p, json, "states", 1ull << 53);
		r->transitions = count(p, json, "transitions", 1ull << 53);
		r->ends = count(p, json, "ends", 1ull << 53);
		r->logged = count(p, json, "logged", 1ull << 53);
		r->memory = count(p, json, "memory", 1ull << 53);
		r->merged = cJSON_IsNumber(merged) ? merged->valuedouble : 0;
	} else {
		r->search = REPORT_BY_EXECUTION;
		r->executions = count(p, json, "executions", 1ull << 53);
		r->blocked = count(p, json, "blocked", 1ull << 53);
	}
}

/* Fields of the verdicts that name a limit. */
static void read_limits(struct parser *p, struct report_result *r, const cJSON *json)
{
	if (r->verdict == REPORT_BOUNDED)
		r->bound = (unsigned int)count(p, json, "bound", UINT32_MAX);
	if (r->verdict == REPORT_STOPPED || r->verdict == REPORT_UNFINISHED)
		r->stopped_by = text(p, json, "stopped_by");
	if (r->verdict != REPORT_SAMPLED)
		return;
	r->seed = count(p, json, "seed", 1ull << 53);
	r->depth = (unsigned int)count(p, json, "depth", UINT32_MAX);
	r->agents = (unsigned int)count(p, json, "agents", UINT32_MAX);
	r->length = (unsigned int)count(p, json, "length", UINT32_MAX);
}

/* A result without a timeline has no field for one, which is no mistake. */
static void read_result(struct parser *p, struct run_report *report, const cJSON *json)
{
	const cJSON *timeline = cJSON_GetObjectItemCaseSensitive(json, "timeline");
	struct report_result r = {
		.scenario = text(p, json, "scenario"),
		.arch = text(p, json, "arch"),
		.question = (unsigned int)count(p, json, "question", UINT32_MAX),
		.expectation = text(p, json, "expectation"),
		.without = text(p, json, "without"),
		.verdict = WORD(p, json, "verdict", report_verdict_name, report_verdict, REPORT_VERDICTS),
		.held = cJSON_IsTrue(field(p, json, "held")),
		.property = text(p, json, "property"),
		.observed = text(p, json, "observed"),
		.witness = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "witness")),
		.steps = count(p, json, "steps", 1ull << 53),
		.seconds = seconds(p, json, "seconds"),
		.not_explored = text(p, json, "not_explored"),
	};

	read_explored(p, &r, json);
	read_limits(p, &r, json);
	r.timeline = timeline ? read_timeline(p, timeline) : NULL;
	run_report_add(report, &r);
}

/* ---- the run ---- */

/* The digest is a text of 16 digits to the base of 16. Without the field the run was not spread. */
static void read_shard(struct parser *p, struct run_report *report, const cJSON *json)
{
	struct report_shard shard = {
		.index = (unsigned int)count(p, json, "index", UINT32_MAX),
		.of = (unsigned int)count(p, json, "of", UINT32_MAX),
		.questions = (unsigned int)count(p, json, "questions", UINT32_MAX),
		.digest = strtoull(text(p, json, "digest"), NULL, 16),
	};

	if (shard.index < 1 || shard.index > shard.of)
		wrong(p, "its shard is none of those that there are");
	else
		run_report_set_shard(report, &shard);
}

/* Format and version first: of another version, not even the names of the fields are known. */
static struct run_report *read_run(struct parser *p, const cJSON *json)
{
	const cJSON *shard = cJSON_GetObjectItemCaseSensitive(json, "shard");
	struct run_report *report;

	if (strcmp(text(p, json, "format"), "shootdown-run"))
		wrong(p, "it is no run of shootdown");
	if (count(p, json, "version", UINT32_MAX) != REPORT_JSON_VERSION)
		wrong(p, "its JSON is of version %d, expected %d", (int)count(p, json, "version", UINT32_MAX),
		      REPORT_JSON_VERSION);
	report = run_report_new(text(p, json, "command"), text(p, json, "shootdown"));
	report->seconds = seconds(p, json, "seconds");
	report->cpu_seconds = seconds(p, json, "cpu_seconds");
	if (shard)
		read_shard(p, report, shard);
	for (const cJSON *at = list(p, json, "results", INT32_MAX); at && !p->bad; at = at->next)
		read_result(p, report, at);
	return report;
}

/* A report that was read half is freed again, so a caller has a whole one or none. */
struct run_report *run_report_parse(const char *text, size_t size, char *error, size_t error_size)
{
	struct parser p = { .error = error, .error_size = error_size };
	cJSON *json = cJSON_ParseWithLength(text, size);
	struct run_report *report = NULL;

	assert(text && error && error_size);
	if (cJSON_IsObject(json))
		report = read_run(&p, json);
	else
		wrong(&p, "it is no JSON, or cut off");
	cJSON_Delete(json);
	if (!p.bad)
		return report;
	if (report)
		run_report_free(report);
	return NULL;
}
