/* SPDX-License-Identifier: MIT */
/* formats.c - tests of SVG and JSON: well formed, nothing overlapping, nothing lost. */
#include <cjson/cJSON.h>
#include "report/show.h"
#include "report/text.h"
#include "tests/report/capture.h"
#include "tests/report/markup.h"

static char *capture_svg(const struct timeline *t)
{
	struct capture c;

	timeline_svg(t, capture_open(&c), &(struct report_style){ .steps = true });
	return capture_close(&c);
}

/* ---- SVG ---- */

struct box {
	double x, y, w, h;
};

static double attribute(const char *element, const char *name)
{
	const char *at = strstr(element, name);

	assert_non_null(at);
	return atof(at + strlen(name));
}

/* Columns of a text up to the next tag; an entity is one. */
static unsigned int columns_of(const char *text)
{
	unsigned int columns = 0;

	while (*text != '<') {
		uint32_t code = report_next(&text);

		columns += report_columns(code);
		if (code == '&')
			text = strchr(text, ';') + 1;
	}
	return columns;
}

/* Every text of one kind, @advance pixels a column, @height high. */
static int find_texts(const char *svg, const char *class, double advance, double height, struct box *box, int most)
{
	char open[48];
	int found = 0;

	snprintf(open, sizeof(open), "<text class=\"sd-%s\"", class);
	while ((svg = strstr(svg, open))) {
		assert_true(found < most);
		box[found++] = (struct box){ attribute(svg, " x=\""), attribute(svg, " y=\"") - height + 2,
					     columns_of(strchr(svg, '>') + 1) * advance, height };
		svg++;
	}
	return found;
}

/* A step's box is the first rectangle in its row that is no pill. */
static int find_steps(const char *svg, struct box *box, int most)
{
	int found = 0;

	while ((svg = strstr(svg, "<g class=\"sd-row\""))) {
		const char *rect = strstr(strstr(svg, "<circle"), "<rect");

		assert_true(found < most);
		box[found++] = (struct box){ attribute(rect, " x=\""), attribute(rect, " y=\""),
					     attribute(rect, " width=\""), attribute(rect, " height=\"") };
		svg++;
	}
	return found;
}

static bool overlap(const struct box *a, const struct box *b)
{
	return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

static bool inside(const struct box *a, const struct box *b)
{
	return a->x >= b->x && a->y >= b->y && a->x + a->w <= b->x + b->w && a->y + a->h <= b->y + b->h;
}

static void assert_apart(const struct box *box, int boxes, const struct box *paper)
{
	for (int i = 0; i < boxes; i++) {
		if (!inside(&box[i], paper))
			fail_msg("at %g, %g: outside of the paper", box[i].x, box[i].y);
		for (int j = 0; j < i; j++)
			if (overlap(&box[i], &box[j]))
				fail_msg("at %g, %g and %g, %g: overlap", box[i].x, box[i].y, box[j].x, box[j].y);
	}
}

/* A text that touches a step's box lies in it altogether. */
static void assert_contained(const struct box *text, int texts, const struct box *step, int steps)
{
	for (int i = 0; i < texts; i++)
		for (int j = 0; j < steps; j++)
			if (overlap(&text[i], &step[j]) && !inside(&text[i], &step[j]))
				fail_msg("text at %g, %g leaves its box", text[i].x, text[i].y);
}

/* What a viewer without style sheets needs: a colour for every shape, a font for every text. */
static void assert_painted(const char *svg)
{
	static const char *const shapes[] = { "<rect ", "<path ", "<circle ", "<text " };

	for (unsigned int i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		for (const char *at = svg; (at = strstr(at, shapes[i])); at++) {
			const char *end = strchr(at, '>'), *fill = strstr(at, " fill=\""),
				   *font = strstr(at, " font-size=\"");

			assert_true(fill && fill < end);
			assert_true(i < 3 || (font && font < end));
		}
	}
	assert_null(strstr(svg, "var(--"));
	assert_null(strstr(svg, "style=\""));
	assert_int_equal(count_of(svg, "<style>"), 1);
}

static void check_drawing(struct timeline *t)
{
	static struct box text[8000], step[1000];
	char *svg = capture_svg(t);
	struct box paper = { 0, 0, attribute(svg, " width=\""), attribute(svg, " height=\"") };
	int texts = find_texts(svg, "text", 7.3, 12, text, 4000), steps = find_steps(svg, step, 1000);

	assert_well_formed(svg);
	assert_painted(svg);
	assert_non_null(strstr(svg, "<title id="));
	assert_non_null(strstr(svg, "<desc>"));
	assert_non_null(strstr(svg, "prefers-color-scheme:dark"));
	assert_int_equal(count_of(svg, "http"), 1);
	assert_int_equal(steps, t->rows);
	assert_true(texts >= t->rows);
	texts += find_texts(svg, "note", 6.4, 10, text + texts, 4000);
	assert_apart(text, texts, &paper);
	assert_apart(step, steps, &paper);
	assert_contained(text, texts, step, steps);
	free(svg);
	timeline_free(t);
}

static void drawings_are_sound_and_nothing_overlaps(void **state)
{
	(void)state;
	check_drawing(sample_munmap());
	check_drawing(sample_markup());
	check_drawing(timeline_new(&(struct timeline_head){ .scenario = "empty" }));
	for (int agents = 1; agents <= 8; agents++)
		check_drawing(sample_large(agents, 60));
}

static void assert_shows(const char *svg, const char *text)
{
	if (!strstr(svg, text))
		fail_msg("not shown: %s", text);
}

/* The steps that led there, and all that belongs to them. */
static void a_drawing_tells_the_story(void **state)
{
	static const char *const texts[] = { "munmap hides the VMA",
					     "CVE-2022-39188",
					     "without pfn-flush-before-unlink",
					     "unsafe: use-after-free, 36 steps",
					     "expect safe",
					     "here pfn-flush-before-unlink would have acted",
					     "lib/gather/gather.c:112",
					     "mm/zap.c:88",
					     ">in use<",
					     ">free<",
					     ">reused<",
					     "class=\"sd-hold\"",
					     "class=\"sd-stale\"",
					     "class=\"sd-frees\"",
					     "class=\"sd-clears\"",
					     "29 of 36 steps did not lead to this" };
	struct timeline *t = sample_munmap();
	struct capture c;
	char *svg;

	(void)state;
	timeline_svg(t, capture_open(&c), &(struct report_style){ .steps = false });
	svg = capture_close(&c);
	assert_well_formed(svg);
	assert_painted(svg);
	for (unsigned int i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_shows(svg, texts[i]);
	assert_int_equal(count_of(svg, "<g class=\"sd-row\""), 7);
	assert_null(strstr(svg, "unlock PTL"));
	assert_true(attribute(svg, " width=\"") <= 900);
	free(svg);
	timeline_free(t);
}

static void names_cannot_become_markup(void **state)
{
	struct timeline *t = sample_markup();
	char *svg = capture_svg(t);

	(void)state;
	assert_null(strstr(svg, "<script>"));
	assert_null(strstr(svg, "<i>"));
	assert_non_null(strstr(svg, "a&lt;b&gt;&amp;&quot;c&#39;"));
	assert_non_null(strstr(svg, "&lt;i&gt;&amp;amp;"));
	free(svg);
	timeline_free(t);
}

static void long_names_are_cut_nowhere(void **state)
{
	struct timeline *t = timeline_new(&(struct timeline_head){ .scenario = "n", .property = "use-after-free" });
	char name[900];

	(void)state;
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 2 ? '\xa4' : '\xc3';
	name[sizeof(name) - 2] = '\0';
	timeline_add_agent(t, name, name);
	timeline_add_watch(t, name, name);
	timeline_add_row(t, 0, TIMELINE_VIOLATION, "%s", name);
	timeline_set_mark(t, 0, TIMELINE_STALE);
	check_drawing(t);
}

/* ---- JSON ---- */

static cJSON *parse(struct capture *c)
{
	char *text = capture_close(c);
	cJSON *json = cJSON_Parse(text);

	assert_non_null(json);
	assert_null(strchr(text, '<'));
	free(text);
	return json;
}

static void assert_text(const cJSON *json, const char *name, const char *expected)
{
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name)), expected);
}

static void assert_number(const cJSON *json, const char *name, double expected)
{
	assert_true(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, name)) == expected);
}

static const cJSON *item(const cJSON *json, const char *name, int index)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, name), index);
}

/* Builds the state of each row from the changes, as a reader would. */
static void check_states(const cJSON *json, const struct timeline *t)
{
	const char *now[TIMELINE_MAX_WATCHES];

	for (int i = 0; i < t->watches; i++) {
		assert_text(item(json, "watches", i), "name", t->watch[i]);
		now[i] = cJSON_GetStringValue(cJSON_GetObjectItem(item(json, "watches", i), "initial"));
	}
	for (int row = 0; row < t->rows; row++) {
		const cJSON *changes = cJSON_GetObjectItem(item(json, "rows", row), "state");

		for (int i = 0; i < t->watches; i++) {
			const cJSON *change = cJSON_GetObjectItemCaseSensitive(changes, t->watch[i]);

			now[i] = change ? cJSON_GetStringValue(change) : now[i];
			assert_string_equal(now[i], t->row[row].state[i]);
		}
	}
}

static void check_rows(const cJSON *json, const struct timeline *t)
{
	for (int i = 0; i < t->rows; i++) {
		const cJSON *row = item(json, "rows", i);

		assert_number(row, "agent", t->row[i].agent);
		assert_text(row, "text", t->row[i].text);
		assert_text(row, "kind", timeline_kind_name(t->row[i].kind));
		if (t->row[i].mark)
			assert_text(row, "mark", timeline_mark_name(t->row[i].mark));
		else
			assert_null(cJSON_GetObjectItem(row, "mark"));
	}
	for (int i = 0; i < t->arrows; i++) {
		assert_number(item(json, "arrows", i), "from", t->arrow[i].from);
		assert_number(item(json, "arrows", i), "to", t->arrow[i].to);
	}
}

static void check_timeline_json(struct timeline *t)
{
	struct capture c;
	cJSON *json;

	timeline_json(t, capture_open(&c));
	json = parse(&c);
	assert_text(json, "format", "shootdown-timeline");
	assert_number(json, "version", REPORT_JSON_VERSION);
	assert_text(json, "scenario", t->head.scenario);
	assert_text(json, "why", t->head.why);
	assert_text(json, "replay", t->head.replay);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "agents")), t->agents);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "rows")), t->rows);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "arrows")), t->arrows);
	check_rows(json, t);
	check_states(json, t);
	cJSON_Delete(json);
	timeline_free(t);
}

static void timelines_come_back_from_json(void **state)
{
	(void)state;
	check_timeline_json(sample_munmap());
	check_timeline_json(sample_markup());
	check_timeline_json(sample_large(4, 60));
	check_timeline_json(timeline_new(&(struct timeline_head){ .scenario = "empty" }));
}

static void check_explored(const cJSON *json, const struct report_result *r)
{
	bool by_state = r->search == REPORT_BY_STATE;

	assert_text(json, "search", by_state ? "states" : "executions");
	assert_number(json, "exploration", r->exploration);
	assert_int_equal(cJSON_GetObjectItem(json, "states") != NULL, by_state);
	assert_int_equal(cJSON_GetObjectItem(json, "executions") != NULL, !by_state);
	if (by_state) {
		assert_number(json, "states", (double)r->states);
		assert_number(json, "transitions", (double)r->transitions);
		assert_number(json, "ends", (double)r->ends);
		assert_number(json, "logged", (double)r->logged);
		assert_number(json, "memory", (double)r->memory);
		assert_number(json, "merged", r->merged);
	} else {
		assert_number(json, "executions", (double)r->executions);
		assert_number(json, "blocked", (double)r->blocked);
	}
}

static void check_result_json(const cJSON *json, const struct report_result *r)
{
	char line[512];

	report_verdict_line(r, line, sizeof(line));
	assert_text(json, "line", line);
	assert_text(json, "scenario", r->scenario);
	assert_text(json, "arch", r->arch);
	assert_text(json, "expectation", r->expectation);
	assert_text(json, "without", r->without);
	assert_text(json, "verdict", report_verdict_name(r->verdict));
	assert_text(json, "not_explored", r->not_explored);
	check_explored(json, r);
	assert_number(json, "steps", (double)r->steps);
	assert_number(json, "seconds", r->seconds);
	assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(json, "held")), r->held);
	assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(json, "conclusive")), r->verdict <= REPORT_BROKEN);
	assert_int_equal(cJSON_GetObjectItem(json, "timeline") != NULL, r->timeline != NULL);
}

static void runs_come_back_from_json(void **state)
{
	struct run_report *run = sample_run();
	struct capture c;
	cJSON *json;

	(void)state;
	run_report_json(run, capture_open(&c));
	json = parse(&c);
	assert_text(json, "format", "shootdown-run");
	assert_number(json, "failed", 2);
	assert_number(json, "not_finished", 1);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "results")), run->results);
	for (int i = 0; i < run->results; i++)
		check_result_json(item(json, "results", i), &run->result[i]);
	assert_string_equal(
		cJSON_GetStringValue(cJSON_GetArrayItem(item(cJSON_GetObjectItem(json, "matrix"), "cells", 2), 2)),
		"unsafe");
	assert_text(item(json, "archs", 1), "reach", "broadcast");
	cJSON_Delete(json);
	run_report_free(run);
}

static void single_checks_come_back_from_json(void **state)
{
	struct run_report *run = sample_run();
	struct capture c;
	cJSON *json;

	(void)state;
	report_result_json(&run->result[7], capture_open(&c));
	json = parse(&c);
	assert_text(json, "format", "shootdown-check");
	assert_number(json, "seed", 7);
	assert_number(json, "depth", 3);
	check_result_json(json, &run->result[7]);
	cJSON_Delete(json);
	run_report_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawings_are_sound_and_nothing_overlaps),
		cmocka_unit_test(a_drawing_tells_the_story),
		cmocka_unit_test(names_cannot_become_markup),
		cmocka_unit_test(long_names_are_cut_nowhere),
		cmocka_unit_test(timelines_come_back_from_json),
		cmocka_unit_test(runs_come_back_from_json),
		cmocka_unit_test(single_checks_come_back_from_json),
	};

	return cmocka_run_group_tests_name("report_formats", tests, NULL, NULL);
}
