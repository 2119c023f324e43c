/* SPDX-License-Identifier: MIT */
/* text.h - texts inside the reports: an arena that owns them, their width, wrapping, a sheet to draw on. */
#ifndef CHECK_REPORT_TEXT_H
#define CHECK_REPORT_TEXT_H

#include <stdarg.h>
#include "report/report.h"

/* ---- an arena: everything in it lives as long as it does ---- */

/*
 * It is for texts that are made once and shown later: nothing in it is freed alone, so nothing has to be
 * counted.
 */
struct report_arena *report_arena_new(void);
void report_arena_free(struct report_arena *arena);
void *report_alloc(struct report_arena *arena, size_t bytes); /* zeroed, never NULL */
/*
 * Cleaned copies; "" for NULL. Control characters, and characters that change the direction of text, become
 * '?', because a scenario may come from somebody else and a terminal or browser would obey them.
 */
char *report_copy(struct report_arena *arena, const char *text);
char *report_copy_lines(struct report_arena *arena, const char *text); /* keeps line ends */
char *report_vprint(struct report_arena *arena, const char *format, va_list args);
/*
 * Room for one more of @count elements; capacities are powers of two, so the old place doubles at each. The
 * array may have moved, so pointers into it are of no use afterwards.
 */
void *report_grow(struct report_arena *arena, void *array, int count, size_t element);

/* ---- UTF-8 and terminal columns; all texts are valid UTF-8 once they went through report_copy() ---- */

/* The code point at *@text, which moves behind it; U+FFFD for what is not UTF-8. 0 at the end. */
uint32_t report_next(const char **text);
unsigned int report_columns(uint32_t code); /* 0 combining, 2 wide, else 1 */
unsigned int report_width(const char *text);
const char *report_fitting(const char *text, unsigned int width); /* the end of what fits */

/* snprintf() that cuts no character in two. */
void report_format(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A part of a text that is not copied. */
struct text_span {
	const char *start;
	size_t bytes;
	unsigned int columns;
};

/*
 * report_wrap - the next line of at most @width columns of *@text, which moves on. False at the end.
 *
 * Breaks at spaces; a word that is longer than a line breaks behind punctuation, else anywhere.
 */
bool report_wrap(const char **text, unsigned int width, struct text_span *line);
unsigned int report_lines(const char *text, unsigned int width); /* 0 for "" */

/* ---- a sheet of terminal cells; what is drawn outside it is lost, so no line can be too long ---- */

enum sheet_ink {
	INK_PLAIN,
	INK_DIM,
	INK_BOLD,
	INK_LOCK,
	INK_IRQ,
	INK_HARDWARE,
	INK_GOOD,
	INK_WARN,
	INK_BAD,
	INKS,
};

struct sheet_cell {
	uint32_t code; /* 0: the right half of a wide character */
	uint8_t ink;
};

/* Filled with blanks by report_sheet_clear(), drawn upon, and printed; then the next one. */
struct sheet {
	unsigned int width, height, capacity;
	struct sheet_cell *cell;
	const struct report_style *style;
};

/* @style must outlive the sheet. report_sheet_done() frees the cells, after which it may be initialised again. */
void report_sheet_init(struct sheet *sheet, const struct report_style *style);
void report_sheet_done(struct sheet *sheet);
void report_sheet_clear(struct sheet *sheet, unsigned int height);
/* Draws a glyph: in ASCII @ascii instead of @code. */
void report_sheet_glyph(struct sheet *sheet, unsigned int x, unsigned int y, uint32_t code, char ascii,
			enum sheet_ink ink);
/* report_sheet_text() returns the column behind it, report_sheet_wrapped() the lines it took. */
unsigned int report_sheet_text(struct sheet *sheet, unsigned int x, unsigned int y, const char *text,
			       enum sheet_ink ink);
/* At most @width columns, the last an ellipsis if something is missing. */
void report_sheet_elided(struct sheet *sheet, unsigned int x, unsigned int y, unsigned int width, const char *text,
			 enum sheet_ink ink);
unsigned int report_sheet_wrapped(struct sheet *sheet, unsigned int x, unsigned int y, unsigned int width,
				  const char *text, enum sheet_ink ink);
void report_sheet_rule(struct sheet *sheet, unsigned int from, unsigned int to, unsigned int y);
void report_sheet_print(const struct sheet *sheet, FILE *out);

/* One paragraph, wrapped to the whole width; its first line starts @first columns in, the others @rest. */
void report_paragraph(FILE *out, const struct report_style *style, const char *text, unsigned int first,
		      unsigned int rest, enum sheet_ink ink);
/* A command for a shell: one line, however long, so that what is copied or grepped runs. */
void report_command(FILE *out, const struct report_style *style, const char *command);

#endif
