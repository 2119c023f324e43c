/* SPDX-License-Identifier: MIT */
/* page.c - tests of the HTML page: it stands alone, has all its parts, and has what is equal once. */
#include <cjson/cJSON.h>
#include <zlib.h>
#include "tests/report/capture.h"
#include "tests/report/markup.h"

static char *capture_html(const struct run_report *run)
{
	struct capture c;

	run_report_html(run, capture_open(&c), &(struct report_style){ .steps = false });
	return capture_close(&c);
}

static void the_reader_of_markup_can_say_no(void **state)
{
	(void)state;
	assert_null(check_markup("<a b=\"c &amp; d\"><e/>text &lt; <f>x</f></a>"));
	assert_non_null(check_markup("<a><b></a></b>"));
	assert_non_null(check_markup("<a>"));
	assert_non_null(check_markup("<a b=c></a>"));
	assert_non_null(check_markup("<a b=\"<\"></a>"));
	assert_non_null(check_markup("<a>& b</a>"));
	assert_non_null(check_markup("<a>x > y</a>"));
}

/* ---- HTML ---- */

static void the_page_stands_alone(void **state)
{
	struct run_report *run = sample_run();
	char *html = capture_html(run);

	(void)state;
	assert_well_formed(html);
	assert_int_equal(count_of(html, "http"), count_of(html, "xmlns=\"http://www.w3.org/2000/svg\""));
	assert_int_equal(count_of(html, " src="), 0);
	assert_int_equal(count_of(html, "url("), count_of(html, "url(#"));
	assert_int_equal(count_of(html, "href=\""), count_of(html, "href=\"#"));
	assert_int_equal(count_of(html, "@import"), 0);
	free(html);
	run_report_free(run);
}

/* The data that the page's script reads. */
static cJSON *page_data(const char *html)
{
	const char *open = "<script type=\"application/json\" id=\"data\">", *at = strstr(html, open);
	cJSON *json;

	assert_non_null(at);
	json = cJSON_ParseWithOpts(at + strlen(open), NULL, false);
	assert_non_null(json);
	return json;
}

static const cJSON *get(const cJSON *json, const char *name)
{
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(json, name);

	if (!found)
		fail_msg("no %s", name);
	return found;
}

static unsigned int letter(char c)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(letters, c);

	return at && c ? (unsigned int)(at - letters) : 0;
}

/* The counterexamples, as a browser unpacks them. */
static cJSON *packed_data(const char *html)
{
	const char *open = "id=\"packed\">", *at = strstr(html, open) + strlen(open);
	size_t letters = strcspn(at, "<"), bytes = 0;
	unsigned char *packed = calloc(1, letters + 3);
	uLongf size = 10000000;
	char *text = calloc(1, size);
	cJSON *json;

	assert_non_null(packed);
	assert_non_null(text);
	assert_int_equal(letters % 4, 0);
	for (size_t i = 0; i < letters; i += 4) {
		unsigned int word = letter(at[i]) << 18 | letter(at[i + 1]) << 12 | letter(at[i + 2]) << 6 |
				    letter(at[i + 3]);

		packed[bytes++] = (unsigned char)(word >> 16);
		packed[bytes++] = (unsigned char)(word >> 8);
		packed[bytes++] = (unsigned char)word;
	}
	bytes -= at[letters - 2] == '=' ? 2 : at[letters - 1] == '=';
	assert_int_equal(uncompress((unsigned char *)text, &size, packed, bytes), Z_OK);
	json = cJSON_Parse(text);
	assert_non_null(json);
	free(text);
	free(packed);
	return json;
}

static void the_page_has_all_its_parts(void **state)
{
	struct run_report *run = sample_run();
	char *html = capture_html(run);
	cJSON *data = page_data(html), *packed = packed_data(html);
	const cJSON *example;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(get(data, "results")), 9);
	assert_int_equal(cJSON_GetArraySize(get(data, "scenarios")), 6);
	assert_int_equal(cJSON_GetArraySize(get(data, "archs")), 4);
	assert_int_equal(cJSON_GetArraySize(get(data, "examples")), 3);
	assert_int_equal(cJSON_GetArraySize(get(data, "archs_table")), 4);
	assert_int_equal(cJSON_GetArraySize(get(get(data, "matrix"), "cells")), 5);
	assert_non_null(get(get(data, "docs"), "munmap-vs-unmap_mapping_range"));
	assert_non_null(strstr(html, "NOT EXHAUSTED: explored 2,000,000 executions"));
	/* Drawings are not part of the document before they are opened. */
	assert_int_equal(count_of(html, "<svg "), 0);
	assert_int_equal(count_of(html, "</script>"), 3);
	assert_int_equal(cJSON_GetArraySize(packed), 3);
	cJSON_ArrayForEach(example, packed)
	{
		assert_well_formed(cJSON_GetStringValue(get(example, "svg")));
		assert_non_null(get(get(example, "timeline"), "rows"));
	}
	cJSON_Delete(packed);
	cJSON_Delete(data);
	free(html);
	run_report_free(run);
}

/* Every result in the page has as many values as there are columns. */
static void the_page_has_a_value_a_column(void **state)
{
	struct run_report *run = sample_run();
	char *html = capture_html(run);
	cJSON *data = page_data(html);
	const cJSON *result;

	(void)state;
	cJSON_ArrayForEach(result, get(data, "results"))
		assert_int_equal(cJSON_GetArraySize(result), cJSON_GetArraySize(get(data, "columns")));
	cJSON_Delete(data);
	free(html);
	run_report_free(run);
}

/* What 25 architectures share is in the page once, and the shortest is shown; the others are named. */
static void the_page_has_a_counterexample_once(void **state)
{
	struct run_report *run = run_report_new("c", "0");
	const cJSON *example;
	cJSON *data, *packed;
	char *html;

	(void)state;
	for (int i = 0; i < 25; i++) {
		struct timeline *t = i == 24 ? sample_large(3, 20) : sample_munmap();

		run_report_add(run, &(struct report_result){ .scenario = "s",
							     .arch = i % 2 ? "odd" : "even",
							     .verdict = REPORT_UNSAFE,
							     .property = "alias",
							     .timeline = t });
	}
	html = capture_html(run);
	data = page_data(html);
	packed = packed_data(html);
	assert_int_equal(cJSON_GetArraySize(get(data, "examples")), 1);
	assert_int_equal(cJSON_GetArraySize(get(get(data, "examples")->child, "archs")), 25);
	assert_int_equal(cJSON_GetArraySize(packed), 1);
	example = packed->child;
	assert_int_equal(cJSON_GetArraySize(get(get(example, "timeline"), "rows")), 20);
	assert_int_equal(cJSON_GetArraySize(get(example, "others")), 24);
	cJSON_Delete(packed);
	cJSON_Delete(data);
	free(html);
	run_report_free(run);
}

static void empty_runs_are_reported_too(void **state)
{
	struct run_report *run = run_report_new(NULL, NULL);
	struct report_style style = { .width = 80 };
	struct capture c;
	char *text = capture_html(run);

	(void)state;
	assert_well_formed(text);
	assert_non_null(strstr(text, "\"results\":[]"));
	free(text);
	run_report_print(run, capture_open(&c), &style);
	text = capture_close(&c);
	assert_string_equal(text, "0 expectations, 0 held, 0 failed; 0 executions in 0.0 s\n");
	free(text);
	run_report_json(run, capture_open(&c));
	text = capture_close(&c);
	assert_non_null(strstr(text, "\"results\":\t[]"));
	free(text);
	run_report_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reader_of_markup_can_say_no),    cmocka_unit_test(the_page_stands_alone),
		cmocka_unit_test(the_page_has_all_its_parts),	      cmocka_unit_test(the_page_has_a_value_a_column),
		cmocka_unit_test(the_page_has_a_counterexample_once), cmocka_unit_test(empty_runs_are_reported_too),
	};

	return cmocka_run_group_tests_name("report_page", tests, NULL, NULL);
}
