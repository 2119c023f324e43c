/* SPDX-License-Identifier: MIT */
/* svg_rows.c - the steps of a drawn counterexample: boxes, marks, messages, and what changed. */
#include <assert.h>
#include <string.h>
#include "report/svg.h"

/* The violation shows everything, since there it is decided; other rows what they changed. */
static bool shows(const struct svg *s, int row, int watch)
{
	return row < 0 || s->t->row[row].kind == TIMELINE_VIOLATION || timeline_changed(s->t, row, watch);
}

static void state_text(const struct svg *s, int row, int watch, char *text, size_t size)
{
	text_print(text, size, "%s: %s", s->t->watch[watch], timeline_state_before(s->t, row + 1, watch));
}

int svg_state_lines(const struct svg *s, int row)
{
	unsigned int lines = 0;
	char text[512];

	for (int i = 0; i < s->t->watches; i++) {
		if (!shows(s, row, i))
			continue;
		state_text(s, row, i, text, sizeof(text));
		lines += text_lines(text, svg_state_fit());
	}
	return (int)lines;
}

void svg_draw_state(const struct svg *s, int row, int y)
{
	char text[512];

	for (int i = 0; i < s->t->watches; i++) {
		bool changed = row >= 0 && timeline_changed(s->t, row, i);

		if (!shows(s, row, i))
			continue;
		state_text(s, row, i, text, sizeof(text));
		y += SVG_LINE * svg_lines(s, changed ? "sd-text sd-changed" : "sd-text", svg_state_x(s), y + SVG_LINE,
					  svg_state_fit(), text);
	}
}

static int box_y(const struct svg *s, int row)
{
	return s->y[row] + 3;
}

/* A step's text, with the signs that tell its kind also in black and white. */
static void box_text(const struct svg *s, int row, char *text, size_t size)
{
	const struct timeline_row *r = &s->t->row[row];
	const char *sign = r->kind == TIMELINE_BEGIN ? "\u250c " : r->kind == TIMELINE_END ? "\u2514 " : "";

	if (r->kind == TIMELINE_VIOLATION)
		text_print(text, size, "\u2717 VIOLATION %s: %s", s->t->head.property, r->text);
	else
		text_print(text, size, "%s%s", sign, r->text);
}

int svg_box_lines(const struct svg *s, int row)
{
	char text[512];
	int lines;

	box_text(s, row, text, sizeof(text));
	lines = (int)text_lines(text, svg_box_fit(s));
	return lines ? lines : 1;
}

static int box_h(const struct svg *s, int row)
{
	return svg_box_lines(s, row) * SVG_LINE + 7;
}

/* The height at which messages leave and arrive. */
static int axis(const struct svg *s, int row)
{
	return box_y(s, row) + box_h(s, row) / 2;
}

static void draw_mark(const struct svg *s, int row)
{
	const struct timeline_row *r = &s->t->row[row];
	const char *class = r->mark == TIMELINE_STALE ? "sd-pill sd-bad" : "sd-pill";
	int x = SVG_MARGIN + 36, y = axis(s, row);

	if (!r->mark)
		return;
	fprintf(s->out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"86\" height=\"20\" rx=\"10\"/>\n", class, x,
		y - 10);
	fprintf(s->out, "<text class=\"sd-mark\" x=\"%d\" y=\"%d\">%d %s</text>\n", x + 43, y + 4, r->number,
		timeline_mark_name(r->mark));
}

static void draw_ground(const struct svg *s, int row)
{
	const struct timeline_row *r = &s->t->row[row];
	const char *class = r->kind == TIMELINE_VIOLATION ? "sd-bad-ground" : "sd-mark-ground";

	if (r->kind == TIMELINE_VIOLATION || r->mark)
		fprintf(s->out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>\n", class,
			SVG_MARGIN - 8, s->y[row], s->width - 2 * SVG_MARGIN + 16, s->h[row]);
}

void svg_draw_grounds(const struct svg *s)
{
	for (int i = 0; i < s->t->rows; i++)
		draw_ground(s, i);
}

/* Invisible: where a page may be clicked to select the row. */
static void draw_target(const struct svg *s, int row)
{
	fprintf(s->out, "<rect class=\"sd-target\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>\n",
		SVG_MARGIN - 8, s->y[row], s->width - 2 * SVG_MARGIN + 16, s->h[row]);
}

static void draw_box(const struct svg *s, int row)
{
	const struct timeline_row *r = &s->t->row[row];
	int x = svg_column_x(s, r->agent), y = box_y(s, row);
	char class[64], text[512];

	box_text(s, row, text, sizeof(text));
	snprintf(class, sizeof(class), "sd-box sd-%s%s%s", timeline_kind_name(r->kind), r->mark ? " sd-outlined" : "",
		 r->mark == TIMELINE_STALE ? " sd-bad" : "");
	fprintf(s->out, "<circle class=\"sd-dot\" cx=\"%d\" cy=\"%d\" r=\"3.5\"/>\n", x + SVG_BAND, axis(s, row));
	fprintf(s->out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/>\n", class,
		x + SVG_BOX, y, s->column - SVG_BOX - 8, box_h(s, row));
	snprintf(class, sizeof(class), "sd-text sd-in-%s", timeline_kind_name(r->kind));
	svg_lines(s, class, x + SVG_BOX + SVG_PAD, y + 15, svg_box_fit(s), text);
}

static void draw_row(const struct svg *s, int row)
{
	fprintf(s->out, "<g class=\"sd-row\" data-row=\"%d\">\n", row);
	draw_target(s, row);
	fprintf(s->out, "<text class=\"sd-step\" x=\"%d\" y=\"%d\">%d</text>\n", SVG_MARGIN + 26, axis(s, row) + 4,
		row + 1);
	draw_mark(s, row);
	draw_box(s, row);
	svg_draw_state(s, row, box_y(s, row) - 1);
	fputs("</g>\n", s->out);
}

/* ---- operations: a line along the boxes from begin to end ---- */

/* The row that ends what @begin began; operations of one agent may nest. -1: it never ends. */
static int end_of(const struct timeline *t, int begin)
{
	int depth = 0;

	for (int i = begin; i < t->rows; i++) {
		if (t->row[i].agent != t->row[begin].agent)
			continue;
		depth += (t->row[i].kind == TIMELINE_BEGIN) - (t->row[i].kind == TIMELINE_END);
		if (!depth)
			return i;
	}
	return -1;
}

static void draw_operation(const struct svg *s, int begin)
{
	int end = end_of(s->t, begin), x = svg_column_x(s, s->t->row[begin].agent) + SVG_BOX + 1;

	if (s->t->row[begin].kind == TIMELINE_BEGIN && end > begin)
		fprintf(s->out, "<line class=\"sd-operation\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", x,
			axis(s, begin), x, axis(s, end));
}

/* ---- messages ---- */

/* Messages on their way to one agent at the same time run side by side. */
static int lane_of(const struct timeline *t, int arrow)
{
	int lane = 0;

	for (int i = 0; i < arrow; i++) {
		const struct timeline_arrow *a = &t->arrow[i], *b = &t->arrow[arrow];

		lane += t->row[a->to].agent == t->row[b->to].agent && a->from < b->to && b->from < a->to;
	}
	return lane % SVG_LANES;
}

/* Along the sender's row, where no other agent has a box, and down to the receiver's. */
static void draw_arrow(const struct svg *s, int arrow)
{
	const struct timeline_arrow *a = &s->t->arrow[arrow];
	int from = s->t->row[a->from].agent, to = s->t->row[a->to].agent, start = svg_column_x(s, from) + SVG_BOX;
	int lane = svg_column_x(s, to) + SVG_LANE + SVG_LANE_STEP * lane_of(s->t, arrow);

	if (to > from)
		start = svg_column_x(s, from + 1) - 8;
	fprintf(s->out, "<path class=\"sd-arrow\" d=\"M%d %dH%dV%dH%d\" marker-end=\"url(#%s-tip)\"/>\n", start,
		axis(s, a->from), lane, axis(s, a->to), svg_column_x(s, to) + SVG_BOX - 1, s->id);
}

void svg_draw_rows(const struct svg *s)
{
	for (int i = 0; i < s->t->rows; i++)
		draw_operation(s, i);
	for (int i = 0; i < s->t->rows; i++)
		draw_row(s, i);
	for (int i = 0; i < s->t->arrows; i++) {
		if (s->t->arrow[i].kind == TIMELINE_ARROW_SENDS)
			draw_arrow(s, i);
	}
}
