/* SPDX-License-Identifier: MIT */
/*
 * paint.h - how the parts of a drawing look, on light and on dark.
 *
 * A drawing in a file carries its light colours as presentation attributes, because not every viewer reads style
 * sheets; browsers find the dark ones in a <style>. A drawing in a page has classes alone, and the page's style sheet
 * begins with report_paint_sheet(). Colour is nowhere the only sign of anything.
 */
#ifndef REPORT_PAINT_H
#define REPORT_PAINT_H

#include <stdbool.h>
#include <stdio.h>

/* A part's place in the tables of paint.c: its class in a page, and its colours. */
enum paint {
	PAINT_PAPER,
	PAINT_TITLE,
	PAINT_SUB,
	PAINT_VERDICT,
	PAINT_PROSE, /* sentences */
	PAINT_FAINT, /* sentences that matter less */
	PAINT_NAME,
	PAINT_TEXT, /* what a step does */
	PAINT_NOTE, /* ... and what that changed, and where it stands in the code */
	PAINT_STEP, /* its number */
	PAINT_PANEL,
	PAINT_LIFE,
	PAINT_GAP, /* a lifeline where steps are left out */
	PAINT_DOT,
	PAINT_HOLD,
	PAINT_STALE,
	PAINT_GROUND,
	PAINT_GROUND_BAD,
	PAINT_OPERATION,
	PAINT_BOX,
	PAINT_BOX_LOCK,
	PAINT_BOX_IRQ,
	PAINT_BOX_HARDWARE,
	PAINT_BOX_OPERATION,
	PAINT_BOX_BAD,
	PAINT_OUTLINE,
	PAINT_OUTLINE_BAD,
	PAINT_PILL,
	PAINT_PILL_BAD,
	PAINT_PILL_TEXT,
	PAINT_SENDS,
	PAINT_SENDS_TIP,
	PAINT_FREES,
	PAINT_FREES_TIP,
	PAINT_CLEARS,
	PAINT_CLEARS_TIP,
	PAINT_LANE_IN_USE,
	PAINT_LANE_FREE,
	PAINT_LANE_REUSED,
	PAINT_LANE_OTHER,
	PAINT_LANE_TEXT,
	PAINT_MISSING,
	PAINT_MISSING_TEXT,
	PAINT_TARGET, /* invisible: where a row may be selected */
	PAINTS,
};

/* ` class="..."`, and the attributes unless a page's style sheet has them. */
void report_paint(enum paint paint, bool page, FILE *out);
/* The rules for a page, light and dark; or only the dark ones, for a drawing that is a file. */
void report_paint_sheet(bool dark_only, FILE *out);

#endif
