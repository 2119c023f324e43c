/* SPDX-License-Identifier: MIT */
/* svg.h - a counterexample as a drawing: the measures that its parts share, and what HTML needs of it. */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include "report/paint.h"
#include "report/show.h"
#include "report/text.h"

/* All measures in pixels of the drawing. */
enum {
	SVG_MARGIN = 20,
	SVG_GUTTER = 118, /* step number, mark and its word */
	SVG_WIDE = 900,	  /* what the drawing should not exceed */
	SVG_COLUMN = 186, /* ... unless columns would become narrower than this */
	SVG_COLUMN_MOST = 300,
	SVG_BAND = 9,	/* from a column's left edge: the lifeline */
	SVG_ARROW = 18, /* ... the first way down of arrows */
	SVG_ARROW_STEP = 5,
	SVG_ARROWS = 3,
	SVG_BOX = 36,  /* ... the boxes */
	SVG_PAD = 7,   /* inside a box, left and right */
	SVG_LINE = 16, /* line of text */
	SVG_NOTE = 14, /* line of a note */
	SVG_LANE = 82, /* a lane, gap included */
};

/* Laid out once, before anything is drawn, as a drawing begins with its size. */
struct svg {
	const struct timeline *t; /* what is shown of it */
	FILE *out;
	const char *id; /* makes the ids in it unique on a page */
	bool page;	/* stands in a page, which has the style sheet, the title and the legend */
	int width, height;
	int column;		     /* width of one */
	int first, head, body, foot; /* where they begin, downwards: initial state, names, rows, legend */
	int *y, *h;		     /* of each row */
	int missing_y, missing_h;    /* of the band that says what is missing; 0: none */
};

static inline int svg_column_x(const struct svg *s, int agent)
{
	return SVG_MARGIN + SVG_GUTTER + agent * s->column;
}

static inline int svg_lane_x(const struct svg *s, int lane)
{
	return svg_column_x(s, s->t->agents) + lane * SVG_LANE;
}

/* Characters that fit into so many pixels, if each needs no more than @tenths of one; never none. */
static inline unsigned int svg_fit(int pixels, int tenths)
{
	return pixels * 10 / tenths < 4 ? 4 : (unsigned int)(pixels * 10 / tenths);
}

enum {
	SVG_TEXT_ADVANCE = 74,	/* no usual monospaced font of 12 px is wider than 7.3 */
	SVG_NOTE_ADVANCE = 65,	/* ... of 10.5 px than 6.4 */
	SVG_PROSE_ADVANCE = 76, /* in the mean, of 13 px */
};

/* A text that markup cannot take for its own. */
void report_markup(FILE *out, const char *text);
void report_markup_bytes(FILE *out, const char *text, size_t bytes);

/* Lines of text from baseline @y on, @height apart; returns how many. */
int timeline_svg_lines(const struct svg *s, enum paint paint, int x, int y, int height, unsigned int fit,
		       const char *text);
void timeline_svg_rect(const struct svg *s, enum paint paint, int x, int y, int w, int h, int radius);
void timeline_svg_line(const struct svg *s, enum paint paint, int x1, int y1, int x2, int y2);
void timeline_svg_arrow_to(const struct svg *s, enum timeline_arrow_kind kind, const char *path, int x, int y);

/* The rows: their heights, what lies under the lifelines, and what lies over them. */
int timeline_svg_row_height(const struct svg *s, int row);
int timeline_svg_missing_height(const struct svg *s);
void timeline_svg_draw_grounds(const struct svg *s);
void timeline_svg_draw_rows(const struct svg *s);

/* What stands above the rows and below; each returns its height, and draws only if @y is not negative. */
int timeline_svg_title(const struct svg *s, int y);
int timeline_svg_state(const struct svg *s, const char *word, int row, int y);
int timeline_svg_foot(const struct svg *s, int y);

/* The drawing as an element of a page, whose style sheet must contain report_paint_sheet(). */
void timeline_svg_inline(const struct timeline *t, FILE *out, const char *id, bool steps);

#endif
