/* SPDX-License-Identifier: MIT */
/*
 * svg.c - a counterexample as a drawing: where everything goes, lifelines and lanes.
 *
 * Nothing can overlap, because everything has a place of its own before it is drawn: texts are measured with a
 * width that no usual font exceeds and wrapped to their box, a row is as high as its texts, and arrows run through
 * the empty cells of their row and down ways that hold nothing else.
 *
 * Where a height depends on texts, one function measures and draws: given
 * a negative place it only returns what it would take. So a place is never smaller than what is drawn in it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "report/svg.h"

/*
 * The five characters that mean something in XML. Texts were cleaned when the report took them, so no
 * other one can do harm.
 */
void report_markup_bytes(FILE *out, const char *text, size_t bytes)
{
	assert(out && (text || !bytes));
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
	report_markup_bytes(out, text, strlen(text));
}

/* ---- the strokes of the pen ---- */

/* One element a line, because SVG does not wrap texts. Returns the number of lines. */
int timeline_svg_lines(const struct svg *s, enum paint paint, int x, int y, int height, unsigned int fit,
		       const char *text)
{
	struct text_span line;
	int lines = 0;

	assert(s && text && fit >= 2);
	while (report_wrap(&text, fit, &line)) {
		fputs("<text", s->out);
		report_paint(paint, s->page, s->out);
		fprintf(s->out, " x=\"%d\" y=\"%d\">", x, y + lines++ * height);
		report_markup_bytes(s->out, line.start, line.bytes);
		fputs("</text>\n", s->out);
	}
	return lines;
}

void timeline_svg_rect(const struct svg *s, enum paint paint, int x, int y, int w, int h, int radius)
{
	assert(s && w >= 0);
	fputs("<rect", s->out);
	report_paint(paint, s->page, s->out);
	fprintf(s->out, " x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", x, y, w, h);
	if (radius)
		/* Left out for sharp corners, which are what a shape has without it. */
		fprintf(s->out, " rx=\"%d\"", radius);
	fputs("/>\n", s->out);
}

void timeline_svg_line(const struct svg *s, enum paint paint, int x1, int y1, int x2, int y2)
{
	fputs("<path", s->out);
	report_paint(paint, s->page, s->out);
	fprintf(s->out, " d=\"M%d %dL%d %d\"/>\n", x1, y1, x2, y2);
}

/*
 * Arrow heads are drawn where they are: not every viewer colours markers as their line. The path ends
 * six pixels early, so that the line does not show at the tip.
 */
void timeline_svg_arrow_to(const struct svg *s, enum timeline_arrow_kind kind, const char *path, int x, int y)
{
	static const enum paint lines[] = { PAINT_SENDS, PAINT_FREES, PAINT_CLEARS };
	static const enum paint tips[] = { PAINT_SENDS_TIP, PAINT_FREES_TIP, PAINT_CLEARS_TIP };

	assert(kind < TIMELINE_ARROW_KINDS);
	fputs("<path", s->out);
	report_paint(lines[kind], s->page, s->out);
	fprintf(s->out, " d=\"%sH%d\"/>\n<path", path, x - 6);
	report_paint(tips[kind], s->page, s->out);
	fprintf(s->out, " d=\"M%d %dl-9 -5v10z\"/>\n", x, y);
}

/* ---- where everything goes ---- */

/*
 * Programs are in a font of fixed width, so this is exact where name_fit() has to assume the widest
 * letters.
 */
static unsigned int program_fit(const struct svg *s)
{
	return svg_fit(s->column - 8 - 20, SVG_TEXT_ADVANCE);
}

/* Names are bold and of the page's own font, of which the widest letters need about 8.8 pixels. */
static unsigned int name_fit(const struct svg *s)
{
	return svg_fit(s->column - 8 - 20, 88);
}

/*
 * As high as the highest name and program need, and no higher. All heads are of one height, so the
 * lifelines begin on one line.
 */
static int head_height(const struct svg *s)
{
	int most = 0;

	for (int i = 0; i < s->t->agents; i++) {
		int lines = (int)report_lines(s->t->agent[i].name, name_fit(s)) +
			    (int)report_lines(s->t->agent[i].program, program_fit(s));

		most = lines > most ? lines : most;
	}
	return most * SVG_LINE + 14;
}

/* Columns share what 900 pixels leave beside the gutter and the lanes; below 186 a box would hold too few letters. */
static int column_width(const struct timeline *t)
{
	int room = SVG_WIDE - 2 * SVG_MARGIN - SVG_GUTTER - timeline_lanes_beside(t) * SVG_LANE;
	int width = t->agents ? room / t->agents : SVG_COLUMN_MOST;

	assert(t);
	return width < SVG_COLUMN ? SVG_COLUMN : width > SVG_COLUMN_MOST ? SVG_COLUMN_MOST : width;
}

/*
 * Downwards: a little air where steps are left out, and the band of the missing step before its row or
 * at the end. The row behind the last one stands for the end of the drawing, where a gap or the missing
 * step may be, too.
 */
static void place_rows(struct svg *s)
{
	int y = s->body, missing = s->t->missing_row;

	assert(s->body > 0);
	s->missing_h = timeline_svg_missing_height(s);
	if (missing < 0 || missing > s->t->rows)
		missing = s->t->rows;
	for (int i = 0; i <= s->t->rows; i++) {
		if (i && i <= s->t->rows && timeline_gap(s->t, i))
			y += 10;
		if (i == missing) {
			s->missing_y = y;
			y += s->missing_h;
		}
		if (i == s->t->rows)
			break;
		s->y[i] = y;
		s->h[i] = timeline_svg_row_height(s, i);
		y += s->h[i];
	}
	s->foot = y + 14;
}

/*
 * Heights depend on widths, so widths come first. The order matters: the head needs the width of a
 * column, the rows need the end of the head, and the foot needs the end of the rows. A drawing that
 * stands alone is at least 700 pixels wide, since its title and its text need room.
 */
static void place(struct svg *s)
{
	assert(s->t && s->y && s->h);
	s->column = column_width(s->t);
	s->width = svg_lane_x(s, timeline_lanes_beside(s->t)) + SVG_MARGIN;
	s->width = s->width < 700 && !s->page ? 700 : s->width;
	/* The page has a title of its own above the drawing. */
	s->first = s->page ? 10 : timeline_svg_title(s, -1);
	s->head = s->first + timeline_svg_state(s, "at first", 0, -1);
	s->body = s->head + head_height(s) + 12;
	place_rows(s);
	s->height = s->foot + timeline_svg_foot(s, -1);
}

/* ---- columns and lanes ---- */

/*
 * The pieces of a lifeline that are whole, or those that are dotted because steps are left out; one
 * path. A piece ends at every gap, and the last one at the foot.
 */
static void draw_pieces(const struct svg *s, int x, bool dotted)
{
	int from = s->body - 8;

	for (int i = 0; i <= s->t->rows; i++) {
		int before = i ? s->y[i - 1] + s->h[i - 1] : from, next = i < s->t->rows ? s->y[i] : s->foot - 8;
		bool gap = timeline_gap(s->t, i);

		if (!gap && i < s->t->rows)
			continue;
		if (!dotted)
			fprintf(s->out, "M%d %dV%d", x, from, gap ? before : next);
		else if (gap)
			fprintf(s->out, "M%d %dV%d", x, before, next);
		/* The next piece begins where this one or the gap behind it ends. */
		from = next;
	}
}

/*
 * Two paths, since a path has one style: first the whole pieces, then the dotted ones, if there are
 * any.
 */
static void draw_lifeline(const struct svg *s, int agent)
{
	assert(agent >= 0 && agent < s->t->agents);
	for (int dotted = 0; dotted < 2; dotted++) {
		if (dotted && !s->t->hidden)
			continue;
		fputs("<path", s->out);
		report_paint(dotted ? PAINT_GAP : PAINT_LIFE, s->page, s->out);
		fputs(" d=\"", s->out);
		draw_pieces(s, svg_column_x(s, agent) + SVG_BAND, dotted);
		fputs("\"/>\n", s->out);
	}
}

/* Bars begin and end at the dots of their steps. */
static int middle(const struct svg *s, int row)
{
	assert(row >= 0 && row < s->t->rows);
	return s->y[row] + s->h[row] / 2;
}

/*
 * A holder's lifeline is thick while it may use the translation, and thicker while that is stale. Rows
 * with the same state are one bar. Row -1 is the time before the first row.
 */
static void draw_hold(const struct svg *s, int agent)
{
	int x = svg_column_x(s, agent) + SVG_BAND;

	for (int row = -1, end; row < s->t->rows; row = end) {
		enum timeline_hold hold = timeline_hold(s->t, agent, row);
		int top = row < 0 ? s->body - 8 : middle(s, row), bottom;

		for (end = row + 1; end < s->t->rows && timeline_hold(s->t, agent, end) == hold; end++)
			continue;
		bottom = end < s->t->rows ? middle(s, end) : s->foot - 8;
		if (hold == HOLD_VALID)
			timeline_svg_rect(s, PAINT_HOLD, x - 3, top, 6, bottom - top, 0);
		if (hold == HOLD_STALE)
			timeline_svg_rect(s, PAINT_STALE, x - 5, top, 10, bottom - top, 0);
	}
}

/* The head, and below it the lifeline with the bar of what the agent may hold. */
static void draw_column(const struct svg *s, int agent)
{
	int x = svg_column_x(s, agent), y = s->head + 20;
	const struct timeline_agent *a = &s->t->agent[agent];

	assert(agent >= 0 && agent < s->t->agents);
	timeline_svg_rect(s, PAINT_PANEL, x, s->head, s->column - 8, s->body - s->head - 8, 5);
	y += SVG_LINE * timeline_svg_lines(s, PAINT_NAME, x + 10, y, SVG_LINE, name_fit(s), a->name);
	timeline_svg_lines(s, PAINT_TEXT, x + 10, y, SVG_LINE, program_fit(s), a->program);
	draw_lifeline(s, agent);
	draw_hold(s, agent);
}

/* From @row, whose lane's word is new, to the row at which it changes again. */
static void draw_life(const struct svg *s, int lane, int place, int row)
{
	static const enum paint paints[TIMELINE_LIVES] = { PAINT_LANE_IN_USE, PAINT_LANE_FREE, PAINT_LANE_REUSED,
							   PAINT_LANE_OTHER };
	const char *word = timeline_lane_before(s->t, row + 1, lane);
	int x = svg_lane_x(s, place) + 4, top = row < 0 ? s->body - 8 : middle(s, row), end = row + 1;

	assert(row >= -1 && row < s->t->rows);
	while (end < s->t->rows && !strcmp(s->t->row[end].lane[lane], word))
		end++;
	timeline_svg_rect(s, paints[timeline_life(word)], x, top, SVG_LANE - 14,
			  (end < s->t->rows ? middle(s, end) : s->foot - 8) - top, 3);
	timeline_svg_lines(s, PAINT_LANE_TEXT, x + 7, top + 15, 13, svg_fit(SVG_LANE - 22, 72), word);
}

/* The name stands on the line of the columns' heads; the bar changes where a row has a new word. */
static void draw_lane(const struct svg *s, int lane, int place)
{
	unsigned int fit = svg_fit(SVG_LANE - 6, 80);
	int lines = (int)report_lines(s->t->lane[lane].name, fit);

	assert(lane >= 0 && lane < s->t->lanes);
	timeline_svg_lines(s, PAINT_NAME, svg_lane_x(s, place) + 4, s->body - 16 - (lines - 1) * SVG_LINE, SVG_LINE,
			   fit, s->t->lane[lane].name);
	draw_life(s, lane, place, -1);
	for (int i = 0; i < s->t->rows; i++)
		if (strcmp(s->t->row[i].lane[lane], timeline_lane_before(s->t, i, lane)))
			draw_life(s, lane, place, i);
}

/* ---- the whole ---- */

/*
 * Who cannot see the drawing gets the steps as sentences. All of them, in the order in which they
 * happened.
 */
static void describe(const struct svg *s)
{
	report_markup(s->out, s->t->head.why);
	for (int i = 0; i < s->t->rows; i++) {
		const struct timeline_row *row = &s->t->row[i];

		fprintf(s->out, "\nStep %d, ", row->step + 1);
		report_markup(s->out, s->t->agent[row->agent].name);
		fputs(": ", s->out);
		report_markup(s->out, row->text);
		fprintf(s->out, "%s%s.", row->mark ? "; " : "", timeline_mark_name(row->mark));
	}
}

/*
 * In a page, a table beside the drawing has the steps as text. The title is what a screen reader says
 * first; its id must be unique in a page, so the caller gives one for each drawing.
 */
static void open_element(const struct svg *s)
{
	const struct timeline_head *head = &s->t->head;

	assert(s->id);
	fprintf(s->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sd\" role=\"img\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" aria-labelledby=\"%s-title\">\n<title id=\"%s-title\">",
		s->width, s->height, s->width, s->height, s->id, s->id);
	report_markup(s->out, head->scenario);
	fputs(": ", s->out);
	report_markup(s->out, head->verdict);
	fputs("</title>\n", s->out);
	if (s->page)
		return;
	fputs("<desc>", s->out);
	describe(s);
	fputs("</desc>\n<style>\n", s->out);
	report_paint_sheet(true, s->out);
	fputs("</style>\n", s->out);
}

/*
 * From the ground up: what is drawn later covers what is drawn before. Grounds lie below the lifelines,
 * these below the boxes, and the arrows are drawn last.
 */
static void draw_all(const struct svg *s)
{
	timeline_svg_rect(s, PAINT_PAPER, 0, 0, s->width, s->height, 0);
	if (!s->page)
		timeline_svg_title(s, 0);
	timeline_svg_state(s, "at first", 0, s->first);
	timeline_svg_draw_grounds(s);
	for (int i = 0; i < s->t->agents; i++)
		draw_column(s, i);
	for (int i = 0, place = 0; i < s->t->lanes; i++)
		if (s->t->lane[i].agent < 0)
			draw_lane(s, i, place++);
	timeline_svg_draw_rows(s);
	timeline_svg_foot(s, s->foot);
	fputs("</svg>\n", s->out);
}

/*
 * The drawing is made from a view and all places are known before the first byte is written, because
 * the outermost element names the size.
 */
static void draw(const struct timeline *t, FILE *out, const char *id, bool page, bool steps)
{
	struct report_arena *arena = report_arena_new();
	struct timeline *view = timeline_view(t, steps, arena);
	struct svg s = { .t = view, .out = out, .id = id, .page = page };

	assert(t && out && id);
	s.y = report_alloc(arena, ((size_t)view->rows + 1) * sizeof(*s.y));
	s.h = report_alloc(arena, ((size_t)view->rows + 1) * sizeof(*s.h));
	place(&s);
	open_element(&s);
	draw_all(&s);
	report_arena_free(arena);
}

/* A file of its own: with a declaration, title, legend and the text of the scenario. */
void timeline_svg(const struct timeline *t, FILE *out, const struct report_style *style)
{
	assert(t && out && style);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	draw(t, out, "sd", false, style->steps);
}

/* For a page, which has the title, the text and the style sheet itself. */
void timeline_svg_inline(const struct timeline *t, FILE *out, const char *id, bool steps)
{
	draw(t, out, id, true, steps);
}
