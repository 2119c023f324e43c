/* SPDX-License-Identifier: MIT */
/* formats.c - tests of SVG, HTML and JSON: well formed, nothing overlapping, nothing from outside, nothing lost.
 */
#include <cjson/cJSON.h>
#include "report/show.h"
#include "report/text.h"
#include "tests/report/capture.h"

static char *capture_svg(const struct timeline *t)
{
	struct capture c;

	timeline_svg(t, capture_open(&c));
	return capture_close(&c);
}

static char *capture_html(const struct run_report *run)
{
	struct capture c;

	run_report_html(run, capture_open(&c));
	return capture_close(&c);
}

/* ---- a small reader of markup: is every tag closed, every attribute quoted, every entity known? ---- */

enum {
	DEPTH = 32,
	NAME = 24,
};

struct markup {
	const char *at;
	char open[DEPTH][NAME];
	int depth;
	const char *wrong; /* NULL: nothing so far */
};

static bool is_void(const char *name)
{
	return !strcmp(name, "meta") || !strcmp(name, "input") || !strcmp(name, "br");
}

static bool wrong(struct markup *m, const char *what)
{
	m->wrong = m->wrong ? m->wrong : what;
	return false;
}

static bool read_entity(struct markup *m)
{
	static const char *const known[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&nbsp;", "&#" };

	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strncmp(m->at, known[i], strlen(known[i]))) {
			m->at = strchr(m->at, ';') + 1;
			return true;
		}
	}
	return wrong(m, "unknown entity");
}

static void read_name(struct markup *m, char *name)
{
	size_t length = strcspn(m->at, " \n/>=");

	snprintf(name, NAME, "%.*s", (int)length, m->at);
	m->at += length;
}

static bool read_value(struct markup *m)
{
	if (m->at[0] != '=' || m->at[1] != '"')
		return wrong(m, "attribute without a quoted value");
	for (m->at += 2; *m->at != '"';) {
		if (*m->at == '<' || !*m->at)
			return wrong(m, "'<' in an attribute");
		if (*m->at == '&' && !read_entity(m))
			return false;
		else if (*m->at != '"')
			m->at++;
	}
	m->at++;
	return true;
}

/* "open" on <details>, as HTML has it, needs no value. */
static bool read_attributes(struct markup *m)
{
	char name[NAME];

	while (*m->at == ' ' || *m->at == '\n') {
		m->at += strspn(m->at, " \n");
		if (strchr("/>?", *m->at))
			break;
		read_name(m, name);
		if (strcmp(name, "open") && !read_value(m))
			return false;
	}
	return true;
}

static bool close_tag(struct markup *m)
{
	char name[NAME];

	m->at += 2;
	read_name(m, name);
	if (!m->depth || strcmp(m->open[m->depth - 1], name))
		return wrong(m, "closes what is not open");
	m->depth--;
	m->at++;
	return true;
}

/* Scripts and style sheets of a page are not markup; they end at their closing tag. */
static bool open_tag(struct markup *m)
{
	char name[NAME], end[NAME + 3];

	m->at++;
	read_name(m, name);
	if (!read_attributes(m))
		return false;
	if (*m->at == '/') {
		m->at += 2;
		return true;
	}
	if (*m->at++ != '>' || m->depth == DEPTH)
		return wrong(m, "tag without an end");
	if (is_void(name))
		return true;
	strcpy(m->open[m->depth++], name);
	snprintf(end, sizeof(end), "</%s>", name);
	if (!strcmp(name, "script") || !strcmp(name, "style"))
		m->at = strstr(m->at, end);
	return true;
}

static bool read_item(struct markup *m)
{
	if (*m->at == '&')
		return read_entity(m);
	if (*m->at == '>')
		return wrong(m, "'>' in a text");
	if (*m->at != '<') {
		m->at++;
		return true;
	}
	if (m->at[1] == '?' || m->at[1] == '!') {
		m->at = strchr(m->at, '>') + 1;
		return true;
	}
	return m->at[1] == '/' ? close_tag(m) : open_tag(m);
}

/* NULL, or what is wrong. */
static const char *check_markup(const char *text)
{
	struct markup m = { .at = text };

	while (*m.at)
		if (!read_item(&m))
			return m.wrong;
	return m.depth ? "not closed" : NULL;
}

static void assert_well_formed(const char *text)
{
	const char *what = check_markup(text);

	if (what)
		fail_msg("%s", what);
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
		uint32_t code = text_next(&text);

		columns += text_columns(code);
		if (code == '&')
			text = strchr(text, ';') + 1;
	}
	return columns;
}

/* Every monospaced text of the drawing, at 7.3 pixels a column, 12 high. */
static int find_texts(const char *svg, struct box *box, int most)
{
	int found = 0;

	while ((svg = strstr(svg, "<text class=\"sd-text"))) {
		assert_true(found < most);
		box[found++] = (struct box){ attribute(svg, " x=\""), attribute(svg, " y=\"") - 10,
					     columns_of(strchr(svg, '>') + 1) * 7.3, 12 };
		svg++;
	}
	return found;
}

static int find_steps(const char *svg, struct box *box, int most)
{
	int found = 0;

	svg = strstr(svg, "<g class");
	while (svg && (svg = strstr(svg, "<rect class=\"sd-box"))) {
		assert_true(found < most);
		box[found++] = (struct box){ attribute(svg, " x=\""), attribute(svg, " y=\""),
					     attribute(svg, " width=\""), attribute(svg, " height=\"") };
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

static void check_drawing(struct timeline *t)
{
	static struct box text[4000], step[1000];
	char *svg = capture_svg(t);
	struct box paper = { 0, 0, attribute(svg, " width=\""), attribute(svg, " height=\"") };
	int texts = find_texts(svg, text, 4000), steps = find_steps(svg, step, 1000);

	assert_well_formed(svg);
	assert_non_null(strstr(svg, "<title id="));
	assert_non_null(strstr(svg, "<desc id="));
	assert_non_null(strstr(svg, "prefers-color-scheme:dark"));
	assert_int_equal(count_of(svg, "http"), 1);
	assert_int_equal(count_of(svg, "<g class=\"sd-row\""), t->rows);
	assert_true(texts >= t->rows);
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
	assert_int_equal(count_of(html, "href="), count_of(html, "href=\"#c"));
	assert_int_equal(count_of(html, "@import"), 0);
	free(html);
	run_report_free(run);
}

static void the_page_has_all_its_parts(void **state)
{
	struct run_report *run = sample_run();
	char *html = capture_html(run);

	(void)state;
	assert_int_equal(count_of(html, "<svg "), 3);
	assert_int_equal(count_of(html, "<tr data-text="), 8);
	assert_int_equal(count_of(html, "class=\"cell"), 35);
	assert_int_equal(count_of(html, "<details id="), 3);
	assert_int_equal(count_of(html, "\" open data-text="), 2);
	assert_int_equal(count_of(html, "<script"), 4);
	assert_int_equal(count_of(html, "</script>"), 4);
	assert_non_null(strstr(html, "NOT EXHAUSTED: explored 2,000,000 executions"));
	assert_non_null(strstr(html, "id=\"t1-tip\""));
	assert_non_null(strstr(html, "id=\"t2-tip\""));
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
	assert_non_null(strstr(text, "Nothing was run."));
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
	assert_number(json, "executions", (double)r->executions);
	assert_number(json, "blocked", (double)r->blocked);
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
	report_result_json(&run->result[6], capture_open(&c));
	json = parse(&c);
	assert_text(json, "format", "shootdown-check");
	assert_number(json, "seed", 7);
	assert_number(json, "depth", 3);
	check_result_json(json, &run->result[6]);
	cJSON_Delete(json);
	run_report_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reader_of_markup_can_say_no),
		cmocka_unit_test(drawings_are_sound_and_nothing_overlaps),
		cmocka_unit_test(names_cannot_become_markup),
		cmocka_unit_test(long_names_are_cut_nowhere),
		cmocka_unit_test(the_page_stands_alone),
		cmocka_unit_test(the_page_has_all_its_parts),
		cmocka_unit_test(empty_runs_are_reported_too),
		cmocka_unit_test(timelines_come_back_from_json),
		cmocka_unit_test(runs_come_back_from_json),
		cmocka_unit_test(single_checks_come_back_from_json),
	};

	return cmocka_run_group_tests_name("report_formats", tests, NULL, NULL);
}
