/* SPDX-License-Identifier: MIT */
/*
 * schema.c - holds JSON to docs/json.md: what real runs write, and samples with every kind of verdict.
 *
 * The page's tables are the schema: "## name", then a row "| `field?` | type | ... |" for each field. What a test of
 * this kind may miss is a schema that allows all, so the last test breaks a document in every way and sees it refused.
 */
#include <cjson/cJSON.h>
#include "tests/report/capture.h"

enum {
	FIELDS = 200,
};

struct field {
	char object[24], name[24], type[120];
	bool optional;
};

struct schema {
	int fields;
	struct field field[FIELDS];
};

/* ---- the page ---- */

/* "| `name?` | type | ..." */
static void read_field(struct schema *s, const char *object, const char *line)
{
	struct field *field = &s->field[s->fields];
	size_t length;

	if (sscanf(line, "| `%23[^`]` | %119[^|]", field->name, field->type) != 2)
		return;
	length = strlen(field->name) - 1;
	field->optional = field->name[length] == '?';
	if (field->optional)
		field->name[length] = '\0';
	for (length = strlen(field->type); length && field->type[length - 1] == ' '; length--)
		field->type[length - 1] = '\0';
	snprintf(field->object, sizeof(field->object), "%s", object);
	s->fields++;
	assert_true(s->fields < FIELDS);
}

/* Only tables whose heading says "field" have fields. */
static struct schema *read_page(void)
{
	struct schema *s = calloc(1, sizeof(*s));
	FILE *page = fopen("docs/json.md", "r");
	char line[600], object[24] = "";
	bool fields = false;

	assert_non_null(s);
	assert_non_null(page);
	while (fgets(line, sizeof(line), page)) {
		if (sscanf(line, "## %23s", object) == 1 || *line == '\n')
			fields = false;
		if (!strncmp(line, "| field ", 8))
			fields = true;
		else if (fields)
			read_field(s, object, line);
	}
	fclose(page);
	return s;
}

/* ---- a document ---- */

/* What is wrong, or "". */
struct verdict {
	char text[200];
};

static void wrong(struct verdict *v, const char *where, const char *what)
{
	if (!*v->text)
		snprintf(v->text, sizeof(v->text), "%s: %s", where, what);
}

static void check_object(const struct schema *s, const char *object, const cJSON *json, const char *also,
			 struct verdict *v);

/* "one of `a` `b`" */
static bool one_of(const char *type, const char *text)
{
	char word[40];

	snprintf(word, sizeof(word), "`%s`", text);
	return strstr(type, word);
}

static bool is_count(const cJSON *json)
{
	double value = cJSON_GetNumberValue(json);

	return cJSON_IsNumber(json) && value >= 0 && value < 1e15 && value == (double)(uint64_t)value;
}

static void check_value(const struct schema *s, const char *type, const cJSON *json, const char *name,
			struct verdict *v)
{
	const cJSON *item;
	bool fits;

	if (!strncmp(type, "list of ", 8) || !strncmp(type, "map of ", 7)) {
		bool list = *type == 'l';

		if (list ? !cJSON_IsArray(json) : !cJSON_IsObject(json))
			wrong(v, name, "not a list or map");
		cJSON_ArrayForEach(item, json) check_value(s, type + (list ? 8 : 7), item, name, v);
		return;
	}
	if (!strcmp(type, "text"))
		fits = cJSON_IsString(json);
	else if (!strncmp(type, "one of ", 7))
		fits = cJSON_IsString(json) && one_of(type, json->valuestring);
	else if (!strcmp(type, "count"))
		fits = is_count(json);
	else if (!strcmp(type, "number"))
		fits = cJSON_IsNumber(json);
	else if (!strcmp(type, "true or false"))
		fits = cJSON_IsBool(json);
	else {
		check_object(s, type, json, NULL, v);
		return;
	}
	if (!fits)
		wrong(v, name, "of another type");
}

static bool is_known(const struct schema *s, const char *object, const char *name)
{
	for (int i = 0; object && i < s->fields; i++)
		if (!strcmp(s->field[i].object, object) && !strcmp(s->field[i].name, name))
			return true;
	return false;
}

/* @also: another object whose fields stand in the same place. */
static void check_object(const struct schema *s, const char *object, const cJSON *json, const char *also,
			 struct verdict *v)
{
	const cJSON *member;
	int fields = 0;

	if (!cJSON_IsObject(json))
		wrong(v, object, "not an object");
	for (int i = 0; i < s->fields; i++) {
		const struct field *field = &s->field[i];

		if (strcmp(field->object, object))
			continue;
		fields++;
		member = cJSON_GetObjectItemCaseSensitive(json, field->name);
		if (member)
			check_value(s, field->type, member, field->name, v);
		else if (!field->optional)
			wrong(v, field->name, "missing");
	}
	if (!fields)
		wrong(v, object, "not described");
	cJSON_ArrayForEach(member, json) if (!is_known(s, object, member->string) && !is_known(s, also, member->string))
		wrong(v, member->string, "not described");
}

/* "shootdown-run" has the fields of "document" and of "run". */
static struct verdict check_document(const struct schema *s, const cJSON *json)
{
	const char *format = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "format"));
	struct verdict v = { "" };

	if (!format || strncmp(format, "shootdown-", 10)) {
		wrong(&v, "format", "missing");
		return v;
	}
	check_object(s, "document", json, format + 10, &v);
	check_object(s, format + 10, json, "document", &v);
	if (cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "version")) != REPORT_JSON_VERSION)
		wrong(&v, "version", "another one");
	return v;
}

static void assert_fits(const struct schema *s, const char *text)
{
	cJSON *json = cJSON_Parse(text);
	struct verdict v;

	assert_non_null(json);
	v = check_document(s, json);
	if (*v.text)
		fail_msg("%s", v.text);
	cJSON_Delete(json);
}

/* ---- tests ---- */

static void the_page_names_this_version(void **state)
{
	char version[40], line[600];
	FILE *page = fopen("docs/json.md", "r");
	bool found = false;

	(void)state;
	assert_non_null(page);
	snprintf(version, sizeof(version), "| `version` | count | %d.", REPORT_JSON_VERSION);
	while (fgets(line, sizeof(line), page))
		found |= !strncmp(line, version, strlen(version));
	fclose(page);
	assert_true(found);
}

static void samples_fit(void **state)
{
	struct schema *s = read_page();
	struct run_report *run = sample_run();
	struct timeline *t = sample_munmap();
	struct capture c;
	char *text;

	(void)state;
	run_report_json(run, capture_open(&c));
	text = capture_close(&c);
	assert_fits(s, text);
	free(text);
	timeline_json(t, capture_open(&c));
	text = capture_close(&c);
	assert_fits(s, text);
	free(text);
	for (int i = 0; i < run->results; i++) {
		report_result_json(&run->result[i], capture_open(&c));
		text = capture_close(&c);
		assert_fits(s, text);
		free(text);
	}
	timeline_free(t);
	run_report_free(run);
	free(s);
}

/* The JSON that `shootdown @arguments` prints. */
static char *prints(const char *arguments)
{
	const char *build = getenv("BUILD");
	char command[400], buffer[4096];
	struct capture c;
	size_t size;
	FILE *pipe;

	snprintf(command, sizeof(command), "%s/shootdown %s", build ? build : "build", arguments);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	capture_open(&c);
	while ((size = fread(buffer, 1, sizeof(buffer), pipe)))
		fwrite(buffer, 1, size, c.out);
	pclose(pipe);
	return capture_close(&c);
}

static void real_runs_fit(void **state)
{
	static const char *const arguments[] = {
		"--arch x86_64,arm64 litmus/rmap/munmap-vs-unmap_mapping_range.litmus",
		"--arch x86_64 --without pfn-flush-before-unlink litmus/rmap/munmap-vs-unmap_mapping_range.litmus",
		"--arch x86_64 --random 20 --seed 7 litmus/gather/unmap-nothing.litmus",
		"--arch x86_64 --bound 0 litmus/gather/unmap-nothing.litmus",
		"--arch x86_64 --max-states 10 litmus/rmap/munmap-vs-unmap_mapping_range.litmus",
		"--arch x86_64 --search traces litmus/gather/unmap-nothing.litmus",
		"--arch x86_64 --search traces --max-executions 1 litmus/rmap/munmap-vs-unmap_mapping_range.litmus",
	};
	struct schema *s = read_page();

	(void)state;
	for (unsigned int i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		char line[300], *text;

		snprintf(line, sizeof(line), "check --quiet --json - %s", arguments[i]);
		text = prints(line);

		assert_fits(s, text);
		assert_non_null(strstr(text, "\"verdict\""));
		free(text);
	}
	free(s);
}

static void counts_fit(void **state)
{
	struct schema *s = read_page();
	char *text = prints("count S1 S6 --threads 2 --json -");

	(void)state;
	assert_fits(s, text);
	assert_non_null(strstr(text, "\"linux-6.1\""));
	free(text);
	free(s);
}

/* In a map, any name is fine. */
static bool is_map(const cJSON *object)
{
	return object->string && (!strcmp(object->string, "state") || !strcmp(object->string, "lanes"));
}

/* Gives each member of each object another name, then another type; returns how often that was refused. */
static int refused(const struct schema *s, cJSON *document, cJSON *object, int *tried)
{
	int count = 0;

	for (cJSON *member = object->child; member; member = member->next) {
		int type = member->type;
		char *name = member->string;

		if (cJSON_IsObject(object)) {
			member->string = "renamed";
			*tried += !is_map(object);
			count += !is_map(object) && *check_document(s, document).text;
			member->string = name;
			member->type = cJSON_NULL;
			*tried += 1;
			count += *check_document(s, document).text != 0;
			member->type = type;
		}
		if (member->child)
			count += refused(s, document, member, tried);
	}
	return count;
}

static void what_does_not_fit_is_refused(void **state)
{
	struct schema *s = read_page();
	struct timeline *t = sample_munmap();
	struct capture c;
	char *text;
	cJSON *json;
	int tried = 0, count;

	(void)state;
	timeline_json(t, capture_open(&c));
	text = capture_close(&c);
	json = cJSON_Parse(text);
	assert_non_null(json);
	assert_string_equal(check_document(s, json).text, "");
	count = refused(s, json, json, &tried);
	assert_true(tried > 300);
	assert_int_equal(count, tried);
	cJSON_AddNumberToObject(json, "unheard-of", 1);
	assert_string_not_equal(check_document(s, json).text, "");
	cJSON_Delete(json);
	free(text);
	timeline_free(t);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_names_this_version),
		cmocka_unit_test(samples_fit),
		cmocka_unit_test(real_runs_fit),
		cmocka_unit_test(counts_fit),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests_name("report_schema", tests, NULL, NULL);
}
