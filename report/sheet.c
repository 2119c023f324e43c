/* SPDX-License-Identifier: MIT */
/*
 * sheet.c - the sheet of cells that a terminal shows, and what suits a terminal.
 *
 * A sheet is a few rows of cells as wide as the terminal. Parts of a report are put on it in any order, and what falls
 * outside is dropped: no text can make a line longer than the terminal. A character of two columns takes two cells, of
 * which the second has the code 0 and is not printed. It is printed row by row and used again, so a report of any
 * length needs little memory.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <unistr.h>
#include "report/text.h"

enum {
	WIDTH_LEAST = 40,
	WIDTH_MOST = 200,
	WIDTH_UNKNOWN = 120,
};

/* Below the least nothing can be laid out; above the most, lines are too long to be read. */
static unsigned int clamp_width(long width)
{
	return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : (unsigned int)width;
}

/* COLUMNS wins over what the terminal says, so that tests and pipes can choose. */
static unsigned int terminal_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	assert(out);
	if (columns && atoi(columns) > 0)
		return clamp_width(atoi(columns));
	if (!ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col)
		return clamp_width(size.ws_col);
	return WIDTH_UNKNOWN;
}

/*
 * The environment and not setlocale(): a library must not change the program's locale to find it out.
 * The first variable that is set decides, in the order that POSIX gives them.
 */
static bool locale_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (unsigned int i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

/* Colour only for a terminal, and not where NO_COLOR or a dumb terminal asks for none. */
struct report_style report_style_for(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	bool dumb = !term || !strcmp(term, "dumb");

	assert(out);
	return (struct report_style){
		.width = terminal_width(out),
		.ascii = !locale_is_utf8(),
		.colour = isatty(fileno(out)) && !(no_colour && *no_colour) && !dumb,
	};
}

/* No cell yet: report_sheet_clear() gives the sheet its height. */
void report_sheet_init(struct sheet *sheet, const struct report_style *style)
{
	assert(sheet && style);
	*sheet = (struct sheet){ .width = clamp_width((long)style->width), .style = style };
}

/* The style is the caller's, so only the cells are freed. */
void report_sheet_done(struct sheet *sheet)
{
	assert(sheet);
	free(sheet->cell);
	sheet->cell = NULL;
}

/* Only grows. The old cells are not copied, since all of them are blank afterwards. */
void report_sheet_clear(struct sheet *sheet, unsigned int height)
{
	size_t cells = (size_t)sheet->width * height;

	assert(sheet->width > 0);
	if (height > sheet->capacity) {
		free(sheet->cell);
		sheet->cell = malloc(cells * sizeof(*sheet->cell));
		if (!sheet->cell) {
			fputs("shootdown: out of memory\n", stderr);
			exit(2);
		}
		sheet->capacity = height;
	}
	sheet->height = height;
	for (size_t i = 0; i < cells; i++)
		sheet->cell[i] = (struct sheet_cell){ ' ', INK_PLAIN };
}

/*
 * False if there was no room. Checked here and nowhere else, so that every way to draw on a sheet is
 * safe. A character without a width has no cell of its own and is left out.
 */
static bool put(struct sheet *sheet, unsigned int x, unsigned int y, uint32_t code, enum sheet_ink ink)
{
	unsigned int columns = report_columns(code);
	struct sheet_cell *cell;

	assert(sheet->cell || !sheet->height);
	if (y >= sheet->height || x + columns > sheet->width || !columns)
		return false;
	cell = &sheet->cell[(size_t)y * sheet->width + x];
	*cell = (struct sheet_cell){ code, (uint8_t)ink };
	if (columns == 2)
		/* The right half, which print_line() passes over. */
		cell[1] = (struct sheet_cell){ 0, (uint8_t)ink };
	return true;
}

/* For signs that the report chooses itself, which have an ASCII twin of the same width. */
void report_sheet_glyph(struct sheet *sheet, unsigned int x, unsigned int y, uint32_t code, char ascii,
			enum sheet_ink ink)
{
	assert(sheet->style);
	put(sheet, x, y, sheet->style->ascii ? (uint32_t)(unsigned char)ascii : code, ink);
}

/* Punctuation that has a counterpart in ASCII is replaced by it. */
static uint32_t to_ascii(uint32_t code)
{
	switch (code) {
	case 0x2013:
	case 0x2014:
		return '-';
	case 0x2018:
	case 0x2019:
		return '\'';
	case 0x201c:
	case 0x201d:
		return '"';
	case 0x2192:
		return '>';
	case 0x2190:
		return '<';
	case 0x00b7:
	case 0x2022:
		return '.';
	default:
		return '?';
	}
}

/*
 * Returns the column behind the text. What does not fit is left out, but a later character that is
 * narrower may still find room.
 */
static unsigned int put_bytes(struct sheet *sheet, unsigned int x, unsigned int y, const char *text, const char *end,
			      enum sheet_ink ink)
{
	assert(text && text <= end);
	while (text < end) {
		uint32_t code = report_next(&text);

		if (sheet->style->ascii && code >= 0x7f)
			code = to_ascii(code);
		if (put(sheet, x, y, code, ink))
			x += report_columns(code);
	}
	return x;
}

unsigned int report_sheet_text(struct sheet *sheet, unsigned int x, unsigned int y, const char *text,
			       enum sheet_ink ink)
{
	return put_bytes(sheet, x, y, text, text + strlen(text), ink);
}

/* One column is kept for the sign that something is missing. */
void report_sheet_elided(struct sheet *sheet, unsigned int x, unsigned int y, unsigned int width, const char *text,
			 enum sheet_ink ink)
{
	const char *end;

	assert(width > 0);
	if (report_width(text) <= width) {
		report_sheet_text(sheet, x, y, text, ink);
		return;
	}
	end = report_fitting(text, width - 1);
	x = put_bytes(sheet, x, y, text, end, ink);
	report_sheet_glyph(sheet, x, y, 0x2026, '~', ink);
}

/*
 * Returns how many lines it took; the caller has cleared the sheet to that height, which report_lines()
 * tells.
 */
unsigned int report_sheet_wrapped(struct sheet *sheet, unsigned int x, unsigned int y, unsigned int width,
				  const char *text, enum sheet_ink ink)
{
	struct text_span line;
	unsigned int lines = 0;

	while (report_wrap(&text, width, &line))
		put_bytes(sheet, x, y + lines++, line.start, line.start + line.bytes, ink);
	return lines;
}

/* From @from up to, but without, @to. */
void report_sheet_rule(struct sheet *sheet, unsigned int from, unsigned int to, unsigned int y)
{
	assert(from <= to);
	for (unsigned int x = from; x < to; x++)
		report_sheet_glyph(sheet, x, y, 0x2500, '-', INK_DIM);
}

/* A code that is none prints nothing. */
static void print_code(uint32_t code, FILE *out)
{
	uint8_t bytes[6];
	int length = u8_uctomb(bytes, code, sizeof(bytes));

	fwrite(bytes, 1, length > 0 ? (size_t)length : 0, out);
}

/* The sixteen colours of every terminal: the user's own theme makes them readable on light and dark. */
static const char *const ink_code[INKS] = {
	[INK_PLAIN] = "0",	 [INK_DIM] = "0;2",   [INK_BOLD] = "0;1",    [INK_LOCK] = "0;34",  [INK_IRQ] = "0;36",
	[INK_HARDWARE] = "0;35", [INK_GOOD] = "0;32", [INK_WARN] = "0;1;33", [INK_BAD] = "0;1;31",
};

/* Trailing blanks are not printed, and colours change only where a letter does. */
static void print_line(const struct sheet *sheet, const struct sheet_cell *cell, FILE *out)
{
	unsigned int end = sheet->width;
	uint8_t ink = INK_PLAIN;

	assert(cell);
	/* Blanks at the end would only make a copied text longer. */
	while (end && cell[end - 1].code == ' ')
		end--;
	for (unsigned int x = 0; x < end; x++) {
		if (sheet->style->colour && cell[x].ink != ink && cell[x].code != ' ') {
			ink = cell[x].ink;
			fprintf(out, "\033[%sm", ink_code[ink]);
		}
		if (cell[x].code)
			print_code(cell[x].code, out);
	}
	if (ink != INK_PLAIN)
		/*
		 * Each line ends in the plain colour, so a line that is cut from a log cannot colour
		 * what follows.
		 */
		fputs("\033[0m", out);
	fputc('\n', out);
}

/* Every line ends with a newline, also an empty one. */
void report_sheet_print(const struct sheet *sheet, FILE *out)
{
	assert(sheet && out);
	for (unsigned int y = 0; y < sheet->height; y++)
		print_line(sheet, &sheet->cell[(size_t)y * sheet->width], out);
}

/*
 * One line at a time on a sheet of one row. @first and @rest are the indents of the first line and of
 * the others.
 */
void report_paragraph(FILE *out, const struct report_style *style, const char *text, unsigned int first,
		      unsigned int rest, enum sheet_ink ink)
{
	struct text_span line;
	struct sheet sheet;
	unsigned int x = first;

	assert(out && style && text);
	report_sheet_init(&sheet, style);
	while (report_wrap(&text, sheet.width - x, &line)) {
		report_sheet_clear(&sheet, 1);
		put_bytes(&sheet, x, 0, line.start, line.start + line.bytes, ink);
		report_sheet_print(&sheet, out);
		x = rest;
	}
	report_sheet_done(&sheet);
}

/*
 * Never wrapped, since a command is copied from the terminal as it stands; in bold where there is
 * colour.
 */
void report_command(FILE *out, const struct report_style *style, const char *command)
{
	assert(out && style && command);
	fprintf(out, "%s%s%s\n", style->colour ? "\033[1m" : "", command, style->colour ? "\033[0m" : "");
}
