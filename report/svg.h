/* SPDX-License-Identifier: MIT */
/* svg.h - a counterexample as a drawing: the measures that its parts share, and what HTML needs of it. */
#ifndef CHECK_REPORT_SVG_H
#define CHECK_REPORT_SVG_H

#include "report/show.h"
#include "report/text.h"

/* All measures in pixels of the drawing. */
enum {
	SVG_MARGIN = 24,
	SVG_GUTTER = 132, /* step number, mark and its word */
	SVG_BAND = 8,	  /* from a column's left edge: the lifeline */
	SVG_LANE = 18,	  /* ... the first message lane */
	SVG_LANE_STEP = 5,
	SVG_LANES = 3,
	SVG_BOX = 38,  /* ... the boxes */
	SVG_PAD = 8,   /* inside a box, left and right */
	SVG_LINE = 16, /* line of text */
	SVG_TITLE = 26,
	SVG_SUB = 20,
	SVG_STATE = 290,  /* the column of what changed */
	SVG_ADVANCE = 75, /* tenths of a pixel: no usual 12 px monospace font is wider than 7.3 */
};

struct svg {
	const struct timeline *t;
	FILE *out;
	const char *id; /* makes the ids in it unique on a page */
	struct timeline_story story;
	int width, height;
	int column;	      /* width of one */
	int head, body, foot; /* where they begin, downwards */
	int *y, *h;	      /* of each row */
};

static inline int svg_column_x(const struct svg *s, int agent)
{
	return SVG_MARGIN + SVG_GUTTER + agent * s->column;
}

static inline int svg_state_x(const struct svg *s)
{
	return svg_column_x(s, s->t->agents) + 12;
}

/* Characters that fit into so many pixels, measured so that no font disappoints. */
static inline unsigned int svg_fit(int pixels)
{
	return pixels * 10 / SVG_ADVANCE < 4 ? 4 : (unsigned int)(pixels * 10 / SVG_ADVANCE);
}

static inline unsigned int svg_box_fit(const struct svg *s)
{
	return svg_fit(s->column - SVG_BOX - 2 * SVG_PAD - 8);
}

static inline unsigned int svg_state_fit(void)
{
	return svg_fit(SVG_STATE - 16);
}

/* Characters of the page's own font, of which the widest alphabets need no more than @each pixels in the mean. */
static inline unsigned int svg_fit_sans(int pixels, int each)
{
	return pixels / each < 4 ? 4 : (unsigned int)(pixels / each);
}

/* A text that markup cannot take for its own. */
void report_markup(FILE *out, const char *text);
/* Lines of text from baseline @y on; returns how many. */
int timeline_svg_lines(const struct svg *s, const char *class, int x, int y, unsigned int fit, const char *text);
int timeline_svg_box_lines(const struct svg *s, int row);
int timeline_svg_state_lines(const struct svg *s, int row); /* lines that draw_state needs; row -1: at first */
void timeline_svg_draw_state(const struct svg *s, int row, int y);
/* What lies under the lifelines, and what lies over them. */
void timeline_svg_draw_grounds(const struct svg *s);
void timeline_svg_draw_rows(const struct svg *s);

/* The drawing as an element of a page, whose style sheet must contain report_svg_style. */
void timeline_svg_inline(const struct timeline *t, FILE *out, const char *id);

extern const char report_svg_style[];
extern const char report_page_style[];
extern const char report_page_script[];

#endif
