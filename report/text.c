/* SPDX-License-Identifier: MIT */
/* text.c - the width of texts, their wrapping, and the sheet of cells that a terminal shows. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "report/text.h"

enum {
	WIDTH_LEAST = 40,
	WIDTH_MOST = 200,
	WIDTH_UNKNOWN = 120,
};

static unsigned int clamp_width(long width)
{
	return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : (unsigned int)width;
}

static unsigned int terminal_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (columns && atoi(columns) > 0)
		return clamp_width(atoi(columns));
	if (!ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col)
		return clamp_width(size.ws_col);
	return WIDTH_UNKNOWN;
}

/* The environment and not setlocale(): a library must not change the program's locale to find it out. */
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

struct report_style report_style_for(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	bool dumb = !term || !strcmp(term, "dumb");

	return (struct report_style){
		.width = terminal_width(out),
		.ascii = !locale_is_utf8(),
		.colour = isatty(fileno(out)) && !(no_colour && *no_colour) && !dumb,
	};
}

struct code_range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t code, const struct code_range *range, size_t ranges)
{
	for (size_t i = 0; i < ranges; i++)
		if (code >= range[i].first && code <= range[i].last)
			return true;
	return false;
}

/* Unicode's East Asian Width W and F, by block: a few unassigned code points too many do no harm. */
unsigned int report_columns(uint32_t code)
{
	static const struct code_range none[] = {
		{ 0x0300, 0x036f }, { 0x1ab0, 0x1aff }, { 0x200b, 0x200f },
		{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
	};
	static const struct code_range wide[] = {
		{ 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0xa4cf }, { 0xac00, 0xd7a3 },	  { 0xf900, 0xfaff },
		{ 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd },
	};

	if (code < 0x300)
		return 1;
	if (in_ranges(code, none, sizeof(none) / sizeof(none[0])))
		return 0;
	return in_ranges(code, wide, sizeof(wide) / sizeof(wide[0])) ? 2 : 1;
}

unsigned int report_width(const char *text)
{
	unsigned int width = 0;
	uint32_t code;

	while ((code = report_next(&text)))
		width += report_columns(code);
	return width;
}

void report_format(char *text, size_t size, const char *format, ...)
{
	size_t end = size - 1;
	va_list args;
	int needed;

	assert(size);
	va_start(args, format);
	needed = vsnprintf(text, size, format, args);
	va_end(args);
	if (needed < 0 || (size_t)needed < size)
		return;
	while (end && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
		end--;
	if (end && (unsigned char)text[end - 1] >= 0xc0)
		text[end - 1] = '\0';
}

static bool breaks_behind(uint32_t code)
{
	return code < 0x80 && strchr("-_/,.:;)|=", (int)code);
}

/* How much of @text fits, and the last places where it may be cut: at a space, or inside a word. */
struct wrap_scan {
	const char *end;
	unsigned int columns;
	const char *space, *part;
	unsigned int at_space, at_part;
};

static void scan_line(const char *text, unsigned int width, struct wrap_scan *scan)
{
	const char *next = text;
	uint32_t code;

	*scan = (struct wrap_scan){ .end = text };
	while ((code = report_next(&next))) {
		unsigned int columns = report_columns(code);

		if (code == ' ' && scan->columns) {
			scan->space = scan->end;
			scan->at_space = scan->columns;
		}
		if (scan->columns + columns > width)
			return;
		scan->columns += columns;
		scan->end = next;
		if (breaks_behind(code)) {
			scan->part = next;
			scan->at_part = scan->columns;
		}
	}
	scan->space = NULL;
	scan->part = NULL;
}

bool report_wrap(const char **text, unsigned int width, struct text_span *line)
{
	struct wrap_scan scan;

	assert(width >= 2);
	while (**text == ' ')
		(*text)++;
	if (!**text)
		return false;
	scan_line(*text, width, &scan);
	*line = (struct text_span){ *text, (size_t)(scan.end - *text), scan.columns };
	if (scan.space) {
		line->bytes = (size_t)(scan.space - *text);
		line->columns = scan.at_space;
	} else if (scan.part && scan.at_part * 2 > width) {
		line->bytes = (size_t)(scan.part - *text);
		line->columns = scan.at_part;
	}
	*text += line->bytes;
	return true;
}

unsigned int report_lines(const char *text, unsigned int width)
{
	struct text_span line;
	unsigned int lines = 0;

	while (report_wrap(&text, width, &line))
		lines++;
	return lines;
}

void report_sheet_init(struct sheet *sheet, const struct report_style *style)
{
	*sheet = (struct sheet){ .width = clamp_width((long)style->width), .style = style };
}

void report_sheet_done(struct sheet *sheet)
{
	free(sheet->cell);
	sheet->cell = NULL;
}

void report_sheet_clear(struct sheet *sheet, unsigned int height)
{
	size_t cells = (size_t)sheet->width * height;

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

/* False if there was no room. */
static bool put(struct sheet *sheet, unsigned int x, unsigned int y, uint32_t code, enum sheet_ink ink)
{
	unsigned int columns = report_columns(code);
	struct sheet_cell *cell;

	if (y >= sheet->height || x + columns > sheet->width || !columns)
		return false;
	cell = &sheet->cell[(size_t)y * sheet->width + x];
	*cell = (struct sheet_cell){ code, (uint8_t)ink };
	if (columns == 2)
		cell[1] = (struct sheet_cell){ 0, (uint8_t)ink };
	return true;
}

void report_sheet_glyph(struct sheet *sheet, unsigned int x, unsigned int y, uint32_t code, char ascii,
			enum sheet_ink ink)
{
	put(sheet, x, y, sheet->style->ascii ? (uint32_t)(unsigned char)ascii : code, ink);
}

/* Punctuation that has an ASCII twin keeps its meaning there. */
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

static unsigned int put_bytes(struct sheet *sheet, unsigned int x, unsigned int y, const char *text, const char *end,
			      enum sheet_ink ink)
{
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

void report_sheet_elided(struct sheet *sheet, unsigned int x, unsigned int y, unsigned int width, const char *text,
			 enum sheet_ink ink)
{
	struct wrap_scan scan;

	if (report_width(text) <= width) {
		report_sheet_text(sheet, x, y, text, ink);
		return;
	}
	scan_line(text, width - 1, &scan);
	x = put_bytes(sheet, x, y, text, scan.end, ink);
	report_sheet_glyph(sheet, x, y, 0x2026, '~', ink);
}

unsigned int report_sheet_wrapped(struct sheet *sheet, unsigned int x, unsigned int y, unsigned int width,
				  const char *text, enum sheet_ink ink)
{
	struct text_span line;
	unsigned int lines = 0;

	while (report_wrap(&text, width, &line))
		put_bytes(sheet, x, y + lines++, line.start, line.start + line.bytes, ink);
	return lines;
}

void report_sheet_rule(struct sheet *sheet, unsigned int from, unsigned int to, unsigned int y)
{
	for (unsigned int x = from; x < to; x++)
		report_sheet_glyph(sheet, x, y, 0x2500, '-', INK_DIM);
}

static void print_code(uint32_t code, FILE *out)
{
	if (code < 0x80) {
		fputc((int)code, out);
	} else if (code < 0x800) {
		fprintf(out, "%c%c", 0xc0 | code >> 6, 0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		fprintf(out, "%c%c%c", 0xe0 | code >> 12, 0x80 | (code >> 6 & 0x3f), 0x80 | (code & 0x3f));
	} else {
		fprintf(out, "%c%c%c%c", 0xf0 | code >> 18, 0x80 | (code >> 12 & 0x3f), 0x80 | (code >> 6 & 0x3f),
			0x80 | (code & 0x3f));
	}
}

/* The sixteen colours of every terminal: the user's own theme makes them readable on light and dark. */
static const char *const ink_code[INKS] = {
	[INK_PLAIN] = "0",	 [INK_DIM] = "0;2",   [INK_BOLD] = "0;1",    [INK_LOCK] = "0;34",  [INK_IRQ] = "0;36",
	[INK_HARDWARE] = "0;35", [INK_GOOD] = "0;32", [INK_WARN] = "0;1;33", [INK_BAD] = "0;1;31",
};

static void print_line(const struct sheet *sheet, const struct sheet_cell *cell, FILE *out)
{
	unsigned int end = sheet->width;
	uint8_t ink = INK_PLAIN;

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
		fputs("\033[0m", out);
	fputc('\n', out);
}

void report_sheet_print(const struct sheet *sheet, FILE *out)
{
	for (unsigned int y = 0; y < sheet->height; y++)
		print_line(sheet, &sheet->cell[(size_t)y * sheet->width], out);
}

void report_paragraph(FILE *out, const struct report_style *style, const char *text, unsigned int first,
		      unsigned int rest, enum sheet_ink ink)
{
	struct text_span line;
	struct sheet sheet;
	unsigned int x = first;

	report_sheet_init(&sheet, style);
	while (report_wrap(&text, sheet.width - x, &line)) {
		report_sheet_clear(&sheet, 1);
		put_bytes(&sheet, x, 0, line.start, line.start + line.bytes, ink);
		report_sheet_print(&sheet, out);
		x = rest;
	}
	report_sheet_done(&sheet);
}

void report_command(FILE *out, const struct report_style *style, const char *command)
{
	fprintf(out, "%s%s%s\n", style->colour ? "\033[1m" : "", command, style->colour ? "\033[0m" : "");
}
