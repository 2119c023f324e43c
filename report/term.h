/* SPDX-License-Identifier: MIT */
/* term.h - a counterexample on a terminal: the places that its parts share. */
#ifndef REPORT_TERM_H
#define REPORT_TERM_H

#include "report/show.h"
#include "report/text.h"

enum {
	TERM_SIGNS = 3, /* before a text in its column: lifeline, arrow, arrow head */
	TERM_WORD = 8,	/* the longest mark, and a space */
	TERM_GAP = 2,	/* between the columns and what stands right of them */
	TERM_BAR = 2,	/* a lane's bar, and a space */
};

/* Where everything goes; made once for a timeline. */
struct term {
	const struct timeline *t; /* what is shown of it */
	const struct report_style *style;
	FILE *out;
	struct sheet sheet;
	unsigned int columns;
	unsigned int digits;		       /* of a step's number */
	unsigned int first, column;	       /* where the columns begin, and the width of one */
	unsigned int lane[TIMELINE_MAX_LANES]; /* where each begins; 0: on a lifeline, or no room */
	unsigned int lanes_width;	       /* of all together, with the gap before them; 0: none */
	unsigned int state, state_width;       /* what changed; 0: below the step */
	unsigned int text_lines;	       /* of the row being drawn */
	bool wordless;			       /* marks are numbers only */
	bool list;			       /* too many agents: one column, names in the texts */
};

unsigned int report_term_column(const struct term *p, int agent); /* where it begins */
unsigned int report_term_text_room(const struct term *p);
/* Where texts begin that stand behind a mark and its word. */
unsigned int report_term_label_room(const struct term *p);
enum sheet_ink report_term_ink(const struct timeline_row *row);
void report_term_mark(struct term *p, const struct timeline_row *row, bool word, enum sheet_ink ink);
/*
 * All rows, and the rule below them. They are drawn one at a time on a sheet that is as high as the row, so a
 * timeline of any length needs little memory.
 */
void report_term_rows(struct term *p);

#endif
