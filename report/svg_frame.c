/* SPDX-License-Identifier: MIT */
/*
 * svg_frame.c - what stands around the rows of a drawn counterexample: title, states, legend, the scenario's text.
 *
 * What has a height is called twice: with a negative @y it only measures, with another one it draws, and it returns
 * the same height in both calls. The layout rests on that, so each of them adds up @used in one way for both.
 */
#include <assert.h>
#include <string.h>
#include "report/svg.h"

enum {
	TITLE_LINE = 25,
	PROSE_LINE = 18,
};

/* Between the margins. */
static int inner_width(const struct svg *s)
{
	return s->width - 2 * SVG_MARGIN;
}

/* Lines from @y on, or only their number if @y is negative. */
static int lines_at(const struct svg *s, enum paint paint, int x, int y, int height, unsigned int fit, const char *text)
{
	assert(text && fit >= 2);
	return y < 0 ? (int)report_lines(text, fit) : timeline_svg_lines(s, paint, x, y, height, fit, text);
}

/* A sentence over the whole width; returns the pixels it took. */
static int prose(const struct svg *s, enum paint paint, int base, int used, const char *text)
{
	int y = base < 0 ? -1 : base + used;

	assert(used >= 0);
	return PROSE_LINE *
	       lines_at(s, paint, SVG_MARGIN, y, PROSE_LINE, svg_fit(inner_width(s), SVG_PROSE_ADVANCE), text);
}

/* Who reads only this knows what the scenario is about, where it comes from, and what went wrong. */
int timeline_svg_title(const struct svg *s, int y)
{
	const struct timeline_head *head = &s->t->head;
	unsigned int fit = svg_fit(inner_width(s), 130);
	int used = SVG_MARGIN + 14;
	char sub[1024];

	assert(s);
	report_format(sub, sizeof(sub), "on %s%s%s", head->arch, *head->without ? ", without " : "", head->without);
	used += TITLE_LINE *
			lines_at(s, PAINT_TITLE, SVG_MARGIN, y < 0 ? -1 : y + used, TITLE_LINE, fit, head->scenario) -
		3;
	used += prose(s, PAINT_SUB, y, used, sub);
	used += prose(s, PAINT_PROSE, y, used, head->doc);
	for (int i = 0; i < head->nr_sources; i++)
		used += prose(s, PAINT_FAINT, y, used, head->sources[i]);
	used += 6;
	used += prose(s, PAINT_VERDICT, y, used, head->verdict);
	used += prose(s, PAINT_PROSE, y, used, head->why);
	return used;
}

/* ---- what is watched, all of it ---- */

/*
 * All values at the time before @row: the number of rows means the end. Returns a small height even
 * where nothing is watched, as distance to what follows.
 */
int timeline_svg_state(const struct svg *s, const char *word, int row, int y)
{
	unsigned int fit = svg_fit(svg_lane_x(s, 0) - svg_column_x(s, 0) - 8, SVG_NOTE_ADVANCE);
	int used = 12;
	char text[512];

	assert(row >= 0 && row <= s->t->rows);
	if (!s->t->watches)
		return 4;
	if (y >= 0)
		timeline_svg_lines(s, PAINT_FAINT, SVG_MARGIN + 32, y + used, SVG_LINE, 20, word);
	for (int i = 0; i < s->t->watches; i++) {
		report_format(text, sizeof(text), "%s: %s", s->t->watch[i], timeline_state_before(s->t, row, i));
		used += SVG_NOTE *
			lines_at(s, PAINT_NOTE, svg_column_x(s, 0), y < 0 ? -1 : y + used, SVG_NOTE, fit, text);
	}
	return used;
}

/* ---- the legend ---- */

struct legend_item {
	enum paint paint;
	const char *text;
};

/*
 * Begins a new line where the old one is full. An item that is wider than the line stands alone on one.
 */
static void next_item(const struct svg *s, int *x, int *y, int width)
{
	assert(width > 0);
	if (*x > SVG_MARGIN && *x + width > s->width - SVG_MARGIN) {
		*x = SVG_MARGIN;
		*y += 20;
	}
}

/* Measured in the same way whether it is drawn or not, or the height would be another. */
static void legend_item(const struct svg *s, const struct legend_item *item, bool drawn, int *x, int *y)
{
	int width = 30 + (int)report_width(item->text) * 7 + 16;

	next_item(s, x, y, width);
	if (drawn) {
		timeline_svg_rect(s, item->paint, *x, *y - 10, 22, 12, 3);
		timeline_svg_lines(s, PAINT_FAINT, *x + 28, *y, SVG_LINE, 80, item->text);
	}
	*x += width;
}

/* The texts stand in the order of enum timeline_arrow_kind. */
static void legend_arrow(const struct svg *s, enum timeline_arrow_kind kind, bool drawn, int *x, int *y)
{
	static const char *const texts[] = { "message", "frees what is still used", "cached, then cleared" };
	int width = 36 + (int)report_width(texts[kind]) * 7 + 16;
	char path[32];

	assert(kind < TIMELINE_ARROW_KINDS);
	next_item(s, x, y, width);
	if (drawn) {
		snprintf(path, sizeof(path), "M%d %d", *x, *y - 4);
		timeline_svg_arrow_to(s, kind, path, *x + 27, *y - 4);
		timeline_svg_lines(s, PAINT_FAINT, *x + 34, *y, SVG_LINE, 80, texts[kind]);
	}
	*x += width;
}

/* A legend that explains what is not there is noise. */
static bool has_kind(const struct timeline *t, enum timeline_kind kind)
{
	for (int i = 0; i < t->rows; i++)
		if (t->row[i].kind == kind)
			return true;
	return false;
}

/* The same for arrows. */
static bool has_arrow(const struct timeline *t, enum timeline_arrow_kind kind)
{
	for (int i = 0; i < t->arrows; i++)
		if (t->arrow[i].kind == kind)
			return true;
	return false;
}

/*
 * Only what occurs in this drawing. Returns its height. Measured from 0 where there is no place yet,
 * since only the difference counts.
 */
static int legend(const struct svg *s, int y)
{
	static const struct legend_item kinds[TIMELINE_KINDS] = {
		[TIMELINE_STEP] = { PAINT_BOX, "step" },
		[TIMELINE_LOCK] = { PAINT_BOX_LOCK, "lock" },
		[TIMELINE_IRQ] = { PAINT_BOX_IRQ, "interrupt" },
		[TIMELINE_HARDWARE] = { PAINT_BOX_HARDWARE, "hardware" },
		[TIMELINE_BEGIN] = { PAINT_BOX_OPERATION, "\u250c operation begins" },
		[TIMELINE_END] = { PAINT_BOX_OPERATION, "\u2514 ends" },
		[TIMELINE_VIOLATION] = { PAINT_BOX_BAD, "violation" },
	};
	static const struct legend_item holds[] = {
		{ PAINT_HOLD, "holds the translation" },
		{ PAINT_STALE, "still does, though its entry is cleared" },
	};
	int x = SVG_MARGIN, at = y < 0 ? 0 : y, first = at;

	for (int i = 0; i < TIMELINE_KINDS; i++)
		if (has_kind(s->t, (enum timeline_kind)i))
			legend_item(s, &kinds[i], y >= 0, &x, &at);
	for (int i = 0; i < 2 && timeline_anyone_holds(s->t); i++)
		legend_item(s, &holds[i], y >= 0, &x, &at);
	for (int i = 0; i < TIMELINE_ARROW_KINDS; i++)
		if (has_arrow(s->t, (enum timeline_arrow_kind)i))
			legend_arrow(s, (enum timeline_arrow_kind)i, y >= 0, &x, &at);
	return at - first + 20;
}

/* ---- below ---- */

/*
 * A text with line ends in a panel; a line that is too long is wrapped. Returns the panel's height. An
 * empty line takes a line, which report_lines() alone would not give it.
 */
static int listing(const struct svg *s, int y, const char *text, bool drawn)
{
	unsigned int fit = svg_fit(inner_width(s) - 20, SVG_TEXT_ADVANCE);
	int lines = 0;

	assert(text);
	while (*text) {
		size_t length = strcspn(text, "\n");
		char line[512];

		report_format(line, sizeof(line), "%.*s", (int)length, text);
		lines += lines_at(s, PAINT_TEXT, SVG_MARGIN + 10, drawn ? y + 20 + lines * SVG_LINE : -1, SVG_LINE, fit,
				  line);
		lines += !*line;
		text += length + (text[length] == '\n');
	}
	return lines * SVG_LINE + 18;
}

/*
 * Nothing at all for an empty text. The panel is drawn first and the text then, so the height has to be
 * known before either.
 */
static int panel(const struct svg *s, int y, const char *text)
{
	int height = listing(s, y, text, false);

	if (!*text)
		return 0;
	if (y >= 0) {
		timeline_svg_rect(s, PAINT_PANEL, SVG_MARGIN, y, inner_width(s), height, 5);
		listing(s, y, text, true);
	}
	return height + 10;
}

/* The same sentence as on a terminal: nobody should take what is left out for what did not happen. */
static int hidden(const struct svg *s, int y)
{
	char text[160];

	if (!s->t->hidden)
		return 0;
	report_format(text, sizeof(text), "%d of %d steps did not lead to this and are not shown; --steps shows them",
		      s->t->hidden, s->t->rows + s->t->hidden);
	return 4 + prose(s, PAINT_FAINT, y, 12, text);
}

/* A page shows the scenario and the command itself, as text that can be copied. */
int timeline_svg_foot(const struct svg *s, int y)
{
	const struct timeline_head *head = &s->t->head;
	int used = 4;

	assert(s);
	if (s->t->rows)
		used += timeline_svg_state(s, "then", timeline_last(s->t) + 1, y < 0 ? -1 : y + used);
	if (!s->page)
		used += hidden(s, y < 0 ? -1 : y + used);
	used += 16;
	used += legend(s, y < 0 ? -1 : y + used);
	if (s->page)
		return used;
	used += panel(s, y < 0 ? -1 : y + used, head->text);
	used += panel(s, y < 0 ? -1 : y + used, head->replay);
	return used + SVG_MARGIN - 10;
}
