/* SPDX-License-Identifier: MIT */
/*
 * svg_rows.c - the steps of a drawn counterexample: boxes, marks, arrows, and the step that is missing.
 *
 * One row is one step of one agent, so a row has a single box and all other cells in it are free for arrows. An arrow
 * leaves at the middle of its row, runs to the column it goes to, and goes down in the narrow way between lifeline and
 * boxes.
 */
#include <assert.h>
#include <string.h>
#include "report/svg.h"

/* Left of the boxes are the lifeline and the ways of arrows; right of them is air for the next column. */
static int box_width(const struct svg *s)
{
	return s->column - SVG_BOX - 8;
}

/* In characters; the font is of fixed width. */
static unsigned int box_fit(const struct svg *s)
{
	return svg_fit(box_width(s) - 2 * SVG_PAD, SVG_TEXT_ADVANCE);
}

/* Notes are smaller, so more of them fit. */
static unsigned int note_fit(const struct svg *s)
{
	return svg_fit(box_width(s) - 2 * SVG_PAD, SVG_NOTE_ADVANCE);
}

/* ---- texts of a box ---- */

/* What the step does, with the signs that tell its kind also in black and white. */
static void box_text(const struct svg *s, int row, char *text, size_t size)
{
	const struct timeline_row *r = &s->t->row[row];
	const char *sign = r->kind == TIMELINE_BEGIN ? "\u250c " : r->kind == TIMELINE_END ? "\u2514 " : "";

	if (r->kind == TIMELINE_VIOLATION)
		report_format(text, size, "\u2717 VIOLATION %s: %s", s->t->head.property, r->text);
	else
		report_format(text, size, "%s%s", sign, r->text);
}

/*
 * What it changed, and its place in the code. Returns lines; draws them unless @y is negative. Measured
 * and drawn by the same loop, so the box is as high as its notes.
 */
static int notes(const struct svg *s, int row, int y)
{
	const struct timeline_row *r = &s->t->row[row];
	int x = svg_column_x(s, r->agent) + SVG_BOX + SVG_PAD, lines = 0;
	char text[512];

	assert(row >= 0 && row < s->t->rows);
	for (int i = 0; i <= s->t->watches; i++) {
		if (i < s->t->watches && timeline_changed(s->t, row, i))
			report_format(text, sizeof(text), "\u25b8 %s: %s", s->t->watch[i], r->state[i]);
		else if (i == s->t->watches && r->file)
			report_format(text, sizeof(text), "%s:%u", r->file, r->line);
		else
			continue;
		lines += y < 0 ? (int)report_lines(text, note_fit(s))
			       : timeline_svg_lines(s, PAINT_NOTE, x, y + lines * SVG_NOTE, SVG_NOTE, note_fit(s),
						    text);
	}
	return lines;
}

/* A row without a text still has a box. */
static int box_lines(const struct svg *s, int row)
{
	char text[512];
	int lines;

	box_text(s, row, text, sizeof(text));
	lines = (int)report_lines(text, box_fit(s));
	return lines ? lines : 1;
}

static int box_height(const struct svg *s, int row)
{
	assert(row >= 0 && row < s->t->rows);
	return box_lines(s, row) * SVG_LINE + notes(s, row, -1) * SVG_NOTE + 8;
}

/* Eight pixels keep the boxes of neighbouring rows apart, four above and four below. */
int timeline_svg_row_height(const struct svg *s, int row)
{
	return box_height(s, row) + 8;
}

static int box_y(const struct svg *s, int row)
{
	return s->y[row] + 4;
}

/* The height at which arrows leave and arrive. */
static int axis(const struct svg *s, int row)
{
	assert(row >= 0 && row < s->t->rows);
	return s->y[row] + s->h[row] / 2;
}

/* ---- one row ---- */

/*
 * Left of all columns, in the same place in every row, so that the marks read as a list from top to
 * bottom.
 */
static void draw_mark(const struct svg *s, int row)
{
	const struct timeline_row *r = &s->t->row[row];
	int x = SVG_MARGIN + 32, y = axis(s, row);
	char text[32];

	if (!r->mark)
		return;
	timeline_svg_rect(s, r->mark == TIMELINE_STALE ? PAINT_PILL_BAD : PAINT_PILL, x, y - 10, 80, 20, 10);
	snprintf(text, sizeof(text), "%d %s", r->number, timeline_mark_name(r->mark));
	timeline_svg_lines(s, PAINT_PILL_TEXT, x + 40, y + 4, SVG_LINE, 20, text);
}

/* Marked rows have a ground from edge to edge, so that number, box and lane are seen as one. */
static void draw_ground(const struct svg *s, int row)
{
	const struct timeline_row *r = &s->t->row[row];
	enum paint paint = r->kind == TIMELINE_VIOLATION ? PAINT_GROUND_BAD : PAINT_GROUND;

	if (r->kind == TIMELINE_VIOLATION || r->mark)
		timeline_svg_rect(s, paint, SVG_MARGIN - 6, s->y[row], svg_lane_x(s, 0) - SVG_MARGIN + 2, s->h[row], 4);
}

/* Before anything else, since they would cover it. */
void timeline_svg_draw_grounds(const struct svg *s)
{
	for (int i = 0; i < s->t->rows; i++)
		draw_ground(s, i);
}

static enum paint box_paint(const struct timeline_row *row)
{
	static const enum paint paints[TIMELINE_KINDS] = {
		[TIMELINE_STEP] = PAINT_BOX,
		[TIMELINE_LOCK] = PAINT_BOX_LOCK,
		[TIMELINE_IRQ] = PAINT_BOX_IRQ,
		[TIMELINE_HARDWARE] = PAINT_BOX_HARDWARE,
		[TIMELINE_BEGIN] = PAINT_BOX_OPERATION,
		[TIMELINE_END] = PAINT_BOX_OPERATION,
		[TIMELINE_VIOLATION] = PAINT_BOX_BAD,
	};

	assert(row->kind < TIMELINE_KINDS);
	return paints[row->kind];
}

/*
 * The outline is a shape of its own: a viewer may ignore what comes second in a style, but not a second
 * shape. The lines of the notes begin where those of the text end.
 */
static void draw_box(const struct svg *s, int row)
{
	const struct timeline_row *r = &s->t->row[row];
	int x = svg_column_x(s, r->agent), y = box_y(s, row), w = box_width(s), h = box_height(s, row), lines;
	bool bad = r->mark == TIMELINE_STALE || r->kind == TIMELINE_VIOLATION;
	char text[512];

	box_text(s, row, text, sizeof(text));
	fputs("<circle", s->out);
	report_paint(PAINT_DOT, s->page, s->out);
	fprintf(s->out, " cx=\"%d\" cy=\"%d\" r=\"3.5\"/>\n", x + SVG_BAND, axis(s, row));
	timeline_svg_rect(s, box_paint(r), x + SVG_BOX, y, w, h, 4);
	if (r->mark || bad)
		timeline_svg_rect(s, bad ? PAINT_OUTLINE_BAD : PAINT_OUTLINE, x + SVG_BOX, y, w, h, 4);
	lines = timeline_svg_lines(s, PAINT_TEXT, x + SVG_BOX + SVG_PAD, y + 16, SVG_LINE, box_fit(s), text);
	notes(s, row, y + 15 + (lines ? lines : 1) * SVG_LINE);
}

/* A group with the number of the step, by which a page finds it. */
static void draw_row(const struct svg *s, int row)
{
	char step[16];

	fprintf(s->out, "<g class=\"sd-row\" data-row=\"%d\">\n", s->t->row[row].step);
	if (s->page)
		timeline_svg_rect(s, PAINT_TARGET, SVG_MARGIN - 6, s->y[row], svg_lane_x(s, 0) - SVG_MARGIN + 2,
				  s->h[row], 4);
	snprintf(step, sizeof(step), "%d", s->t->row[row].step + 1);
	timeline_svg_lines(s, PAINT_STEP, SVG_MARGIN + 24, axis(s, row) + 4, SVG_LINE, 12, step);
	draw_mark(s, row);
	draw_box(s, row);
	fputs("</g>\n", s->out);
}

/* ---- operations: a line along the boxes from begin to end ---- */

/*
 * The next end of the same agent: operations of one agent do not overlap. Without an end, as after a
 * violation, it is the row itself and nothing is drawn.
 */
static int operation_end(const struct timeline *t, int begin)
{
	assert(begin >= 0 && begin < t->rows);
	for (int i = begin + 1; i < t->rows; i++)
		if (t->row[i].agent == t->row[begin].agent && t->row[i].kind == TIMELINE_END)
			return i;
	return begin;
}

static void draw_operation(const struct svg *s, int begin)
{
	int end = operation_end(s->t, begin), x = svg_column_x(s, s->t->row[begin].agent) + s->column - 5;

	if (s->t->row[begin].kind == TIMELINE_BEGIN && end > begin)
		timeline_svg_line(s, PAINT_OPERATION, x, axis(s, begin), x, axis(s, end));
}

/* ---- arrows ---- */

/*
 * Arrows on their way to one agent at the same time run side by side. Counted among the arrows before
 * it, so that each arrow gets its way in one pass; beyond SVG_ARROWS the ways are used again.
 */
static int way_of(const struct timeline *t, int arrow)
{
	const struct timeline_arrow *b = &t->arrow[arrow];
	int way = 0;

	assert(arrow >= 0 && arrow < t->arrows);
	for (int i = 0; i < arrow; i++) {
		const struct timeline_arrow *a = &t->arrow[i];

		/* Both are under way at some row, and they go to the same column. */
		way += t->row[a->to].agent == t->row[b->to].agent && a->from < b->to && b->from < a->to;
	}
	return way % SVG_ARROWS;
}

/* Along the row where it begins, in which no other agent has a box, and down to where it ends. */
static void draw_arrow(const struct svg *s, int arrow)
{
	const struct timeline_arrow *a = &s->t->arrow[arrow];
	int from = s->t->row[a->from].agent, to = s->t->row[a->to].agent, start = svg_column_x(s, from) + SVG_BOX;
	int way = svg_column_x(s, to) + SVG_ARROW + SVG_ARROW_STEP * way_of(s->t, arrow);
	int end = svg_column_x(s, to) + SVG_BOX - 1;
	char path[64];

	assert(arrow >= 0 && arrow < s->t->arrows);
	if (to > from)
		/*
		 * To the right it leaves behind the box, to the left at its front, so it never crosses
		 * its own box.
		 */
		start = svg_column_x(s, from + 1) - 8;
	snprintf(path, sizeof(path), "M%d %dH%dV%d", start, axis(s, a->from), way, axis(s, a->to));
	timeline_svg_arrow_to(s, a->kind, path, end, axis(s, a->to));
}

/* ---- the step that is missing ---- */

static unsigned int missing_fit(const struct svg *s)
{
	return svg_fit(svg_lane_x(s, 0) - SVG_MARGIN - SVG_GUTTER - 36, 72);
}

/* "here rule would have acted: place" */
static void missing_text(const struct svg *s, char *text, size_t size)
{
	const struct timeline_head *head = &s->t->head;

	report_format(text, size, "%s%s would have acted%s%s", s->t->missing_row < 0 ? "" : "here ", head->missing_rule,
		      *head->missing_place ? ": " : "", head->missing_place);
}

/* 0 where no rule was switched off. */
int timeline_svg_missing_height(const struct svg *s)
{
	char text[512];
	unsigned int lines;

	if (!*s->t->head.missing_rule)
		return 0;
	missing_text(s, text, sizeof(text));
	lines = report_lines(text, missing_fit(s)) + report_lines(s->t->head.missing_says, missing_fit(s));
	return (int)lines * SVG_LINE + 24;
}

/* A band over the lifelines: what follows would not have happened. */
static void draw_missing(const struct svg *s)
{
	int x = svg_column_x(s, 0), y = s->missing_y + 20;
	char text[512];

	assert(s->missing_h >= 0);
	if (!s->missing_h)
		return;
	missing_text(s, text, sizeof(text));
	timeline_svg_rect(s, PAINT_MISSING, x - 8, s->missing_y + 5, svg_lane_x(s, 0) - x + 2, s->missing_h - 10, 5);
	timeline_svg_rect(s, PAINT_MISSING, SVG_MARGIN + 32, s->missing_y + s->missing_h / 2 - 10, 70, 20, 10);
	timeline_svg_lines(s, PAINT_MISSING_TEXT, SVG_MARGIN + 44, s->missing_y + s->missing_h / 2 + 4, SVG_LINE, 20,
			   "missing");
	y += SVG_LINE * timeline_svg_lines(s, PAINT_MISSING_TEXT, x + 6, y + 2, SVG_LINE, missing_fit(s), text);
	timeline_svg_lines(s, PAINT_MISSING_TEXT, x + 6, y + 2, SVG_LINE, missing_fit(s), s->t->head.missing_says);
}

/* Lines of operations first, so the boxes cover them, and arrows last, so that nothing covers those. */
void timeline_svg_draw_rows(const struct svg *s)
{
	for (int i = 0; i < s->t->rows; i++)
		draw_operation(s, i);
	draw_missing(s);
	for (int i = 0; i < s->t->rows; i++)
		draw_row(s, i);
	for (int i = 0; i < s->t->arrows; i++)
		draw_arrow(s, i);
}
