/* SPDX-License-Identifier: MIT */
/*
 * text.c - characters, the width of texts and their wrapping; libunistring knows Unicode's tables.
 *
 * Widths are in columns of a terminal, not in bytes or characters: a Chinese character takes two, an accent that
 * combines with a letter takes none. All texts are UTF-8 and have been cleaned; bytes that are none read as the
 * replacement character.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>
#include "report/text.h"

/*
 * Returns 0 at the end and moves no further. At most four bytes are looked at, and none behind the NUL.
 */
uint32_t report_next(const char **text)
{
	const uint8_t *bytes = (const uint8_t *)*text;
	ucs4_t code;

	assert(text && *text);
	if (!*bytes)
		return 0;
	*text += u8_mbtouc(&code, bytes, strnlen(*text, 4));
	return code;
}

/* A control character, of which cleaned texts have none, would be -1. */
unsigned int report_columns(uint32_t code)
{
	int columns = uc_width(code, "UTF-8");

	return columns < 0 ? 0 : (unsigned int)columns;
}

unsigned int report_width(const char *text)
{
	unsigned int width = 0;
	uint32_t code;

	assert(text);
	while ((code = report_next(&text)))
		width += report_columns(code);
	return width;
}

/*
 * Like snprintf(), but a text that is cut never ends inside a character. The bytes that go on a
 * character begin with the bits 10, and its first byte with 11.
 */
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
	/* Back over the bytes that go on a character, to the first byte of the one that may be cut. */
	while (end && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
		end--;
	if (end && (unsigned char)text[end - 1] >= 0xc0)
		text[end - 1] = '\0';
}

/*
 * Paths, options and conditions are long words; these are the places where a reader expects them to go
 * on.
 */
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

/*
 * A space may also stand just behind the last character that fits, so it is noted before the width is
 * checked. If everything fits there is no place to cut, and both are cleared.
 */
static void scan_line(const char *text, unsigned int width, struct wrap_scan *scan)
{
	const char *next = text;
	uint32_t code;

	assert(text && scan);
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

/* The end of what fits into @width, without regard to words. */
const char *report_fitting(const char *text, unsigned int width)
{
	struct wrap_scan scan;

	assert(text);
	scan_line(text, width, &scan);
	return scan.end;
}

/*
 * Spaces at the beginning of a line are dropped. A cut inside a word is taken only in the second half
 * of the line, since a short first piece would be worse than a hard cut. With a width of 2 at least one
 * character always fits, so the loop of every caller ends.
 */
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
		/* No space was found: one long word. */
	} else if (scan.part && scan.at_part * 2 > width) {
		line->bytes = (size_t)(scan.part - *text);
		line->columns = scan.at_part;
	}
	*text += line->bytes;
	return true;
}

/* For callers that need the height before they draw. */
unsigned int report_lines(const char *text, unsigned int width)
{
	struct text_span line;
	unsigned int lines = 0;

	assert(text);
	while (report_wrap(&text, width, &line))
		lines++;
	return lines;
}
