/* SPDX-License-Identifier: MIT */
/*
 * svg.c - a counterexample as a drawing: the frame around the rows.
 *
 * Nothing can overlap, because everything has a place of its own before it is drawn: texts are measured with a
 * width that no usual font exceeds and wrapped to their box, a row is as high as its highest text, and messages run
 * through the empty cells of their row and down lanes that hold nothing else.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "report/svg.h"

static void markup_bytes(FILE *out, const char *text, size_t bytes)
{
	for (; bytes--; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

void report_markup(FILE *out, const char *text)
{
	markup_bytes(out, text, strlen(text));
}

/* Returns the number of lines; @height is from one to the next. */
static int draw_lines(const struct svg *s, const char *class, int x, int y, int height, unsigned int fit,
		      const char *text)
{
	struct text_span line;
	int lines = 0;

	while (report_wrap(&text, fit, &line)) {
		fprintf(s->out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y + lines++ * height);
		markup_bytes(s->out, line.start, line.bytes);
		fputs("</text>\n", s->out);
	}
	return lines;
}

int timeline_svg_lines(const struct svg *s, const char *class, int x, int y, unsigned int fit, const char *text)
{
	return draw_lines(s, class, x, y, SVG_LINE, fit, text);
}

/* ---- where everything goes ---- */

static unsigned int name_fit(const struct svg *s)
{
	return svg_fit_sans(s->column - 32, 9);
}

static int head_height(const struct svg *s)
{
	unsigned int lines = 1 + (unsigned int)timeline_svg_state_lines(s, -1);

	for (int i = 0; i < s->t->agents; i++) {
		unsigned int needed = report_lines(s->t->agent[i].name, name_fit(s)) +
				      report_lines(s->t->agent[i].program, svg_fit(s->column - 32));

		lines = needed > lines ? needed : lines;
	}
	return (int)lines * SVG_LINE + 16;
}

static int row_height(const struct svg *s, int row)
{
	int text = timeline_svg_box_lines(s, row), state = timeline_svg_state_lines(s, row);

	return (text > state ? text : state) * SVG_LINE + 13;
}

static int column_width(int agents)
{
	return agents <= 2 ? 320 : agents == 3 ? 260 : agents == 4 ? 230 : 210;
}

static unsigned int frame_fit(const struct svg *s)
{
	return svg_fit(s->width - 2 * SVG_MARGIN - 24);
}

static unsigned int title_fit(const struct svg *s)
{
	return svg_fit_sans(s->width - 2 * SVG_MARGIN, 14);
}

static unsigned int sub_fit(const struct svg *s)
{
	return svg_fit_sans(s->width - 2 * SVG_MARGIN, 10);
}

/* "arm64, without rule, rule" */
static void sub_title(const struct svg *s, char *text, size_t size)
{
	const struct timeline_head *head = &s->t->head;

	report_format(text, size, "%s%s%s", head->arch, *head->without ? ", without " : "", head->without);
}

static int title_height(const struct svg *s)
{
	const struct timeline_head *head = &s->t->head;
	unsigned int lines = report_lines(head->verdict, frame_fit(s)) + report_lines(head->why, frame_fit(s)) +
			     report_lines(head->replay, frame_fit(s));
	char sub[1024];

	sub_title(s, sub, sizeof(sub));
	return SVG_MARGIN + (int)report_lines(head->scenario, title_fit(s)) * SVG_TITLE +
	       (int)report_lines(sub, sub_fit(s)) * SVG_SUB + (int)lines * SVG_LINE + 60;
}

static void svg_layout(struct svg *s)
{
	const struct timeline *t = s->t;
	int y;

	s->column = column_width(t->agents);
	s->width = svg_state_x(s) + (t->watches ? SVG_STATE : 0) + SVG_MARGIN;
	s->width = s->width < 760 ? 760 : s->width;
	s->head = title_height(s);
	s->body = s->head + head_height(s) + 14;
	y = s->body;
	for (int i = 0; i < t->rows; i++) {
		s->y[i] = y;
		s->h[i] = row_height(s, i);
		y += s->h[i];
	}
	s->foot = y + 14;
	s->height = s->foot + 78;
}

/* ---- what stands above the rows ---- */

static void draw_replay(const struct svg *s, int y)
{
	const char *replay = s->t->head.replay;

	if (!*replay)
		return;
	fprintf(s->out, "<rect class=\"sd-code\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/>\n", SVG_MARGIN,
		y - 8, s->width - 2 * SVG_MARGIN, (int)report_lines(replay, frame_fit(s)) * SVG_LINE + 10);
	timeline_svg_lines(s, "sd-text", SVG_MARGIN + 10, y + 8, frame_fit(s), replay);
}

static void draw_title(const struct svg *s)
{
	const struct timeline_head *head = &s->t->head;
	int x = SVG_MARGIN, y = SVG_MARGIN + 14;
	char sub[1024];

	sub_title(s, sub, sizeof(sub));
	y += SVG_TITLE * draw_lines(s, "sd-title", x, y, SVG_TITLE, title_fit(s), head->scenario) - 4;
	y += SVG_SUB * draw_lines(s, "sd-sub", x, y, SVG_SUB, sub_fit(s), sub) + 6;
	y += SVG_LINE * timeline_svg_lines(s, "sd-verdict", x, y, frame_fit(s), head->verdict) + 4;
	y += SVG_LINE * timeline_svg_lines(s, "sd-why", x, y, frame_fit(s), head->why) + 4;
	draw_replay(s, y);
}

static void draw_column(const struct svg *s, int agent)
{
	int x = svg_column_x(s, agent), y = s->head + 20;

	fprintf(s->out, "<rect class=\"sd-head\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", x, s->head,
		s->column - 8, s->body - s->head - 8);
	y += SVG_LINE * timeline_svg_lines(s, "sd-name", x + 12, y, name_fit(s), s->t->agent[agent].name);
	timeline_svg_lines(s, "sd-text sd-dim", x + 12, y, svg_fit(s->column - 32), s->t->agent[agent].program);
	fprintf(s->out, "<line class=\"sd-life\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", x + SVG_BAND,
		s->body - 8, x + SVG_BAND, s->foot - 8);
}

static void draw_band(const struct svg *s, const char *class, int from, int to)
{
	int x = svg_column_x(s, s->story.agent) + SVG_BAND - 3, top = s->y[from] + s->h[from] / 2;

	if (to <= from)
		return;
	fprintf(s->out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"6\" height=\"%d\"/>\n", class, x, top,
		s->y[to] + s->h[to] / 2 - top);
}

/* The holder's lifeline, thick from the moment it cached the translation, and of another colour once it is stale. */
static void draw_story(const struct svg *s)
{
	const struct timeline_story *story = &s->story;
	int turn = story->cleared < 0 ? story->stale : story->cleared;

	if (story->cached < 0)
		return;
	turn = turn < story->cached ? story->cached : turn;
	draw_band(s, "sd-hold", story->cached, turn);
	draw_band(s, "sd-stale", turn, story->stale);
}

static void draw_columns(const struct svg *s)
{
	for (int i = 0; i < s->t->agents; i++)
		draw_column(s, i);
	draw_story(s);
	if (!s->t->watches)
		return;
	fprintf(s->out, "<text class=\"sd-name\" x=\"%d\" y=\"%d\">at first</text>\n", svg_state_x(s), s->head + 20);
	timeline_svg_draw_state(s, -1, s->head + 20);
}

/* ---- what stands below ---- */

struct legend {
	const char *class, *text;
};

static int draw_swatch(const struct svg *s, int x, int y, const struct legend *item)
{
	fprintf(s->out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"22\" height=\"12\" rx=\"3\"/>\n", item->class, x,
		y - 10);
	fprintf(s->out, "<text class=\"sd-small\" x=\"%d\" y=\"%d\">%s</text>\n", x + 28, y, item->text);
	return x + 28 + (int)report_width(item->text) * 7 + 18;
}

static void draw_legend(const struct svg *s)
{
	static const struct legend kinds[] = {
		{ "sd-box", "step" },
		{ "sd-box sd-lock", "lock" },
		{ "sd-box sd-irq", "interrupt" },
		{ "sd-box sd-hardware", "hardware" },
		{ "sd-box sd-begin", "\u250c operation begins, \u2514 ends" },
		{ "sd-box sd-violation", "violation" },
	};
	static const struct legend bands[] = {
		{ "sd-hold", "may use the translation" },
		{ "sd-stale", "... still, though the entry was cleared" },
	};
	int x = SVG_MARGIN, y = s->foot + 30;

	fprintf(s->out, "<line class=\"sd-life\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", SVG_MARGIN, s->foot + 6,
		s->width - SVG_MARGIN, s->foot + 6);
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		x = draw_swatch(s, x, y, &kinds[i]);
	x = SVG_MARGIN;
	y += 24;
	for (unsigned int i = 0; i < sizeof(bands) / sizeof(bands[0]); i++)
		x = draw_swatch(s, x, y, &bands[i]);
	fprintf(s->out, "<path class=\"sd-arrow\" d=\"M%d %dh20\" marker-end=\"url(#%s-tip)\"/>\n", x, y - 4, s->id);
	fprintf(s->out, "<text class=\"sd-small\" x=\"%d\" y=\"%d\">message: sent, then received</text>\n", x + 34, y);
}

/* ---- the whole ---- */

static void open_element(const struct svg *s)
{
	const struct timeline_head *head = &s->t->head;

	fprintf(s->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sd\" role=\"img\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" aria-labelledby=\"%s-title %s-desc\">\n<title id=\"%s-title\">",
		s->width, s->height, s->width, s->height, s->id, s->id, s->id);
	report_markup(s->out, head->scenario);
	fputs(": ", s->out);
	report_markup(s->out, head->verdict);
	fprintf(s->out, "</title>\n<desc id=\"%s-desc\">", s->id);
	report_markup(s->out, head->why);
	fputs("</desc>\n", s->out);
}

static void draw_all(const struct svg *s)
{
	fprintf(s->out,
		"<defs><marker id=\"%s-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
		"markerHeight=\"7\" orient=\"auto\"><path class=\"sd-tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
		s->id);
	fprintf(s->out, "<rect class=\"sd-paper\" width=\"%d\" height=\"%d\"/>\n", s->width, s->height);
	draw_title(s);
	timeline_svg_draw_grounds(s);
	draw_columns(s);
	timeline_svg_draw_rows(s);
	draw_legend(s);
	fputs("</svg>\n", s->out);
}

static void draw(const struct timeline *t, FILE *out, const char *id, const char *style)
{
	struct report_arena *arena = report_arena_new();
	struct svg s = { .t = t, .out = out, .id = id, .story = timeline_story(t) };

	assert(t && out);
	s.y = report_alloc(arena, ((size_t)t->rows + 1) * sizeof(*s.y));
	s.h = report_alloc(arena, ((size_t)t->rows + 1) * sizeof(*s.h));
	svg_layout(&s);
	open_element(&s);
	if (style)
		fprintf(out, "<style>\n%s</style>\n", style);
	draw_all(&s);
	report_arena_free(arena);
}

void timeline_svg(const struct timeline *t, FILE *out)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	draw(t, out, "sd", report_svg_style);
}

void timeline_svg_inline(const struct timeline *t, FILE *out, const char *id)
{
	draw(t, out, id, NULL);
}
