/* SPDX-License-Identifier: MIT */
/* text.h - texts inside the reports: an arena that owns them, their width, wrapping, a sheet to draw on. */
#ifndef CHECK_REPORT_TEXT_H
#define CHECK_REPORT_TEXT_H

#include <stdarg.h>
#include "report/report.h"

/* ---- an arena: everything in it lives as long as it does ---- */

struct report_arena *arena_new(void);
void arena_free(struct report_arena *arena);
void *arena_alloc(struct report_arena *arena, size_t bytes); /* zeroed, never NULL */
/* Cleaned copies; "" for NULL. */
char *arena_text(struct report_arena *arena, const char *text);
char *arena_lines(struct report_arena *arena, const char *text); /* keeps line ends */
char *arena_vprint(struct report_arena *arena, const char *format, va_list args);
/* Room for one more of @count elements; capacities are powers of two, so the old place doubles at each. */
void *arena_grow(struct report_arena *arena, void *array, int count, size_t element);

/* ---- UTF-8 and terminal columns; all texts are valid UTF-8 once they went through arena_text() ---- */

/* The code point at *@text, which moves behind it; U+FFFD for what is not UTF-8. 0 at the end. */
uint32_t text_next(const char **text);
unsigned int text_columns(uint32_t code); /* 0 combining, 2 wide, else 1 */
unsigned int text_width(const char *text);

/* snprintf() that cuts no character in two. */
void text_print(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

struct text_span {
	const char *start;
	size_t bytes;
	unsigned int columns;
};

/*
 * text_wrap - the next line of at most @width columns of *@text, which moves on. False at the end.
 *
 * Breaks at spaces; a word that is longer than a line breaks behind punctuation, else anywhere.
 */
bool text_wrap(const char **text, unsigned int width, struct text_span *line);
unsigned int text_lines(const char *text, unsigned int width); /* 0 for "" */

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

struct sheet {
	unsigned int width, height, capacity;
	struct sheet_cell *cell;
	const struct report_style *style;
};

void sheet_init(struct sheet *sheet, const struct report_style *style);
void sheet_done(struct sheet *sheet);
void sheet_clear(struct sheet *sheet, unsigned int height);
/* Draws a glyph: in ASCII @ascii instead of @code. */
void sheet_glyph(struct sheet *sheet, unsigned int x, unsigned int y, uint32_t code, char ascii, enum sheet_ink ink);
/* sheet_text() returns the column behind it, sheet_wrapped() the lines it took. */
unsigned int sheet_text(struct sheet *sheet, unsigned int x, unsigned int y, const char *text, enum sheet_ink ink);
/* At most @width columns, the last an ellipsis if something is missing. */
void sheet_elided(struct sheet *sheet, unsigned int x, unsigned int y, unsigned int width, const char *text,
		  enum sheet_ink ink);
unsigned int sheet_wrapped(struct sheet *sheet, unsigned int x, unsigned int y, unsigned int width, const char *text,
			   enum sheet_ink ink);
void sheet_rule(struct sheet *sheet, unsigned int from, unsigned int to, unsigned int y);
void sheet_print(const struct sheet *sheet, FILE *out);

/* One paragraph, wrapped to the whole width; its first line starts @first columns in, the others @rest. */
void report_paragraph(FILE *out, const struct report_style *style, const char *text, unsigned int first,
		      unsigned int rest, enum sheet_ink ink);
/* A command for a shell: one line, however long, so that what is copied or grepped runs. */
void report_command(FILE *out, const struct report_style *style, const char *command);

#endif
