/* SPDX-License-Identifier: MIT */
/*
 * term_rows.c - the steps of a counterexample on a terminal: agents as columns, time downward.
 *
 * Each row has one agent that acts, so the cells of the others are empty, and an arrow may run through them:
 *
 *	12 (2) cleared | clear entry of A.0       |                       A.0 entry: none
 *	13             | IPI to cpu 1 -----------+.
 *	14             |                          |:
 *	15             |                          |`> handle IPI
 *
 * A column begins with its lifeline, then the place in which arrows to it wait, then an arrow head, then text.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "report/term.h"

/*
 * What went wrong has the colour of an error, what led to it that of a warning, and all other steps
 * that of their kind.
 */
enum sheet_ink report_term_ink(const struct timeline_row *row)
{
	static const enum sheet_ink inks[TIMELINE_KINDS] = {
		[TIMELINE_LOCK] = INK_LOCK,  [TIMELINE_IRQ] = INK_IRQ,	[TIMELINE_HARDWARE] = INK_HARDWARE,
		[TIMELINE_BEGIN] = INK_BOLD, [TIMELINE_END] = INK_BOLD, [TIMELINE_VIOLATION] = INK_BAD,
	};

	assert(row->kind < TIMELINE_KINDS);
	if (row->mark == TIMELINE_STALE)
		return INK_BAD;
	return row->mark ? INK_WARN : inks[row->kind];
}

/* "(2)" or the number in a circle, of which Unicode has twenty; and the word. */
void report_term_mark(struct term *p, const struct timeline_row *row, bool word, enum sheet_ink ink)
{
	unsigned int x = p->digits + 1;
	char number[16];

	assert(p && row);
	if (!row->mark)
		return;
	if (!p->style->ascii && row->number <= 20) {
		report_sheet_glyph(&p->sheet, x + 1, 0, 0x2460 + (uint32_t)row->number - 1, ' ', ink);
	} else {
		snprintf(number, sizeof(number), row->number < 10 ? "(%d)" : "%d", row->number);
		report_sheet_text(&p->sheet, x, 0, number, ink);
	}
	if (word)
		report_sheet_text(&p->sheet, x + 3, 0, timeline_mark_name(row->mark), ink);
}

/* ---- lifelines and lanes ---- */

/*
 * Three forms besides three colours, so that it can be read without colour as well. They are in the
 * order of enum timeline_hold.
 */
static void draw_lifeline(struct term *p, int agent, int row, unsigned int y)
{
	static const uint32_t code[] = { 0x2502, 0x2503, 0x2588 };
	static const char ascii[] = { '|', 'H', '#' };
	static const enum sheet_ink inks[] = { INK_DIM, INK_WARN, INK_BAD };
	enum timeline_hold hold = timeline_hold(p->t, agent, row);

	assert(agent >= 0 && agent < p->t->agents);
	report_sheet_glyph(&p->sheet, report_term_column(p, agent), y, code[hold], ascii[hold], inks[hold]);
}

/*
 * A lane's bar: full while the thing is in use, light while it is free, hatched when it has a new
 * owner. The word stands only where it is new, and in the first row.
 */
static void draw_bar(struct term *p, int lane, int row, unsigned int y, bool word)
{
	static const uint32_t code[TIMELINE_LIVES] = { 0x2588, 0x2591, 0x2593, 0x2502 };
	static const char ascii[TIMELINE_LIVES] = { '#', '.', '%', '|' };
	static const enum sheet_ink inks[TIMELINE_LIVES] = { INK_GOOD, INK_WARN, INK_BAD, INK_DIM };
	const char *now = p->t->row[row].lane[lane], *before = timeline_lane_before(p->t, row, lane);
	enum timeline_life life = timeline_life(now);

	assert(lane >= 0 && lane < p->t->lanes);
	report_sheet_glyph(&p->sheet, p->lane[lane], y, code[life], ascii[life], inks[life]);
	if (!y && word && (!row || strcmp(now, before)))
		report_sheet_text(&p->sheet, p->lane[lane] + TERM_BAR, y, now, inks[life]);
}

/* Is an arrow to @agent on its way while @row happens: begun before, ended later? */
static const struct timeline_arrow *in_flight(const struct timeline *t, int row, int agent)
{
	assert(row >= 0 && row < t->rows);
	for (int i = 0; i < t->arrows; i++) {
		const struct timeline_arrow *arrow = &t->arrow[i];

		if (timeline_arrow_drawn(arrow) && arrow->from < row && arrow->to > row &&
		    t->row[arrow->to].agent == agent)
			return arrow;
	}
	return NULL;
}

/* A message is ordinary; from a freed page to its use is what is wrong. */
static enum sheet_ink arrow_ink(const struct timeline_arrow *arrow)
{
	return arrow->kind == TIMELINE_ARROW_SENDS ? INK_IRQ : INK_BAD;
}

/*
 * @words: also the new words of lanes. Drawn on every line of a row, first of all: texts and arrows
 * cover it where they have to.
 */
static void draw_background(struct term *p, int row, bool words)
{
	for (unsigned int y = 0; y < p->sheet.height; y++) {
		for (int i = 0; i < p->t->agents && !p->list; i++) {
			const struct timeline_arrow *arrow = in_flight(p->t, row, i);

			draw_lifeline(p, i, row, y);
			if (arrow)
				report_sheet_glyph(&p->sheet, report_term_column(p, i) + 1, y, 0x250a, ':',
						   arrow_ink(arrow));
		}
		for (int i = 0; i < p->t->lanes; i++)
			if (p->lane[i])
				draw_bar(p, i, row, y, words);
		if (p->state)
			report_sheet_glyph(&p->sheet, p->state - TERM_GAP, y, 0x2502, '|', INK_DIM);
	}
}

/* ---- arrows ---- */

/* The end of an arrow. If another arrow to this agent is still under way, the corner becomes a branch. */
static void draw_end(struct term *p, int row)
{
	unsigned int x = report_term_column(p, p->t->row[row].agent);
	bool more = in_flight(p->t, row, p->t->row[row].agent);

	for (int i = 0; i < p->t->arrows && !p->list; i++) {
		const struct timeline_arrow *arrow = &p->t->arrow[i];

		if (!timeline_arrow_drawn(arrow) || arrow->to != row)
			continue;
		report_sheet_glyph(&p->sheet, x + 1, 0, more ? 0x251c : 0x2570, '`', arrow_ink(arrow));
		report_sheet_glyph(&p->sheet, x + 2, 0, 0x25b6, '>', arrow_ink(arrow));
	}
}

/* A horizontal stroke crosses the lifelines of those in between. */
static void draw_stroke(struct term *p, unsigned int from, unsigned int to, unsigned int y, enum sheet_ink ink)
{
	assert(p->column > 0);
	for (unsigned int x = from; x < to; x++) {
		bool crossing = (x - p->first) % p->column == 0 && x > p->first;

		report_sheet_glyph(&p->sheet, x, y, crossing ? 0x253c : 0x2500, crossing ? '+' : '-', ink);
	}
}

/*
 * From the text where it begins to the place where the other waits for it, and down to the end of the
 * row. To the right it leaves behind the last line of the text, to the left in the first line, where
 * the text has not begun yet.
 */
static void draw_begin(struct term *p, const struct timeline_arrow *arrow, unsigned int text_end)
{
	int from = p->t->row[arrow->from].agent, to = p->t->row[arrow->to].agent;
	unsigned int lane = report_term_column(p, to) + 1, last = p->sheet.height - 1;
	enum sheet_ink ink = arrow_ink(arrow);
	bool right = to > from;
	unsigned int y = right ? p->text_lines - 1 : 0;

	assert(p->text_lines > 0);
	if (right)
		draw_stroke(p, text_end + 1, lane, y, ink);
	else if (to < from)
		draw_stroke(p, lane + 1, report_term_column(p, from), y, ink);
	report_sheet_glyph(&p->sheet, lane, y, right ? 0x256e : 0x256d, '.', ink);
	if (to < from)
		report_sheet_glyph(&p->sheet, report_term_column(p, from), y, 0x2524, '+', ink);
	for (y++; y <= last; y++)
		report_sheet_glyph(&p->sheet, lane, y, 0x250a, ':', ink);
}

/* One step may send to several. */
static void draw_begins(struct term *p, int row, unsigned int text_end)
{
	for (int i = 0; i < p->t->arrows && !p->list; i++)
		if (timeline_arrow_drawn(&p->t->arrow[i]) && p->t->arrow[i].from == row)
			draw_begin(p, &p->t->arrow[i], text_end);
}

/* ---- texts ---- */

/* What was done, with a sign for its kind; in a list also who did it, and where a message came from. */
static void row_text(const struct term *p, int index, char *text, size_t size)
{
	static const char *const ascii[TIMELINE_KINDS] = { "", "", "", "~ ", "[ ", "] ", "X " };
	static const char *const utf8[TIMELINE_KINDS] = { "", "", "", "≈ ", "┌ ", "└ ", "✗ " };
	const struct timeline_row *row = &p->t->row[index];
	const char *sign = (p->style->ascii ? ascii : utf8)[row->kind];
	int sender = timeline_sender(p->t, index);

	if (!p->list)
		report_format(text, size, "%s%s", sign, row->text);
	else if (sender < 0)
		report_format(text, size, "%s: %s%s", p->t->agent[row->agent].name, sign, row->text);
	else
		report_format(text, size, "%s: %s%s (sent at %d)", p->t->agent[row->agent].name, sign, row->text,
			      p->t->row[sender].step + 1);
}

/* "gather.c:112"; among all the steps it would only be noise. */
static void place_text(const struct term *p, int row, char *text, size_t size)
{
	const struct timeline_row *r = &p->t->row[row];

	text[0] = '\0';
	if (r->file && p->t->hidden)
		report_format(text, size, "%s:%u", r->file, r->line);
}

/*
 * "A.0 entry: none" for each change; at the violation, everything. Returns lines. The first call
 * measures the height of the row and the second draws, with the same loop.
 */
static unsigned int draw_state(struct term *p, int row, bool measure)
{
	const struct timeline *t = p->t;
	bool all = t->row[row].kind == TIMELINE_VIOLATION;
	enum sheet_ink ink = all ? INK_BAD : t->row[row].mark ? INK_WARN : INK_PLAIN;
	unsigned int lines = 0;
	char text[256];

	assert(row >= 0 && row < p->t->rows);
	for (int i = 0; i < t->watches && p->state; i++) {
		if (!timeline_changed(t, row, i) && !all)
			continue;
		report_format(text, sizeof(text), "%s: %s", t->watch[i], t->row[row].state[i]);
		lines += measure ? report_lines(text, p->state_width)
				 : report_sheet_wrapped(&p->sheet, p->state, lines, p->state_width, text, ink);
	}
	return lines;
}

/* Several changes of one step stand in one line. The text is cut when it is full. */
static void join(char *text, size_t size, const char *name, const char *value)
{
	size_t used = strlen(text);

	assert(strlen(text) < size);
	report_format(text + used, size - used, "%s%s: %s", used ? "; " : "", name, value);
}

/* What changed, and the lanes if they have no place of their own. */
static void changes_text(const struct term *p, int row, char *text, size_t size)
{
	const struct timeline *t = p->t;

	text[0] = '\0';
	for (int i = 0; i < t->watches && !p->state; i++)
		if (timeline_changed(t, row, i))
			join(text, size, t->watch[i], t->row[row].state[i]);
	for (int i = 0; i < t->lanes; i++)
		if (!p->lane[i] && (p->list || t->lane[i].agent < 0) &&
		    strcmp(t->row[row].lane[i], timeline_lane_before(t, row, i)))
			join(text, size, t->lane[i].name, t->row[row].lane[i]);
}

/*
 * What changed, or where in the code: under the step,  and further left if it does not fit there. The
 * cells below the text are blanked, so no lifeline runs through it.
 */
static void print_below(struct term *p, int row, enum sheet_ink ink, bool changes, const char *text)
{
	unsigned int x = report_term_column(p, p->t->row[row].agent) + TERM_SIGNS;
	unsigned int end = p->lanes_width ? p->first + p->columns * p->column + 1
			   : p->state	  ? p->state - TERM_GAP
					  : p->sheet.width;
	unsigned int room = end - p->first - TERM_SIGNS - 2, width = report_width(text);

	width = width < room ? width : room;
	if (!*text)
		return;
	/* Moved to the left until it fits, rather than wrapped into a narrow strip. */
	if (x + 2 + width > end)
		x = end - 2 - width;
	report_sheet_clear(&p->sheet, report_lines(text, width));
	draw_background(p, row, false);
	for (unsigned int y = 0; y < p->sheet.height; y++)
		for (unsigned int i = 0; i < width + 3; i++)
			report_sheet_text(&p->sheet, x - 1 + i, y, " ", INK_PLAIN);
	report_sheet_glyph(&p->sheet, x, 0, changes ? 0x25b8 : '@', changes ? '=' : '@', INK_DIM);
	report_sheet_wrapped(&p->sheet, x + 2, 0, width, text, ink);
	report_sheet_print(&p->sheet, p->out);
}

/* What changed comes before the place in the code, since it is about the step itself. */
static void print_notes(struct term *p, int row)
{
	char text[512];

	changes_text(p, row, text, sizeof(text));
	print_below(p, row, p->t->row[row].mark ? INK_WARN : INK_DIM, true, text);
	place_text(p, row, text, sizeof(text));
	print_below(p, row, INK_DIM, false, text);
}

/* ---- rows ---- */

/* The width of the last line: an arrow to the right begins there. */
static unsigned int text_end(const struct term *p, const char *text)
{
	struct text_span line = { 0 };

	while (report_wrap(&text, report_term_text_room(p), &line))
		continue;
	return line.columns;
}

/* A line across everything, which nobody can overlook. */
static void print_banner(struct term *p, const char *text, enum sheet_ink ink, uint32_t code, char ascii)
{
	report_sheet_clear(&p->sheet, 1);
	for (unsigned int x = 0; x < p->sheet.width; x++)
		report_sheet_glyph(&p->sheet, x, 0, code, ascii, ink);
	report_sheet_text(&p->sheet, p->digits + 1, 0, text, ink);
	report_sheet_print(&p->sheet, p->out);
}

/* The banner comes below the row of the violation, since that step is still part of the story. */
static void print_violation(struct term *p)
{
	char line[160];

	assert(p->t->rows > 0);
	report_format(line, sizeof(line), "%s VIOLATION: %s ", p->style->ascii ? "X" : "✗", p->t->head.property);
	print_banner(p, line, INK_BAD, 0x2501, '=');
}

/*
 * "here `RULE` would have acted: PLACE: SENTENCE". Where the rule would have acted is known only if its
 * place was passed; otherwise the sentence stands at the end and without "here".
 */
static void print_missing(struct term *p)
{
	const struct timeline_head *head = &p->t->head;
	char line[1024];

	if (!*head->missing_rule)
		return;
	report_format(line, sizeof(line), "%s %s`%s` would have acted%s%s%s%s", p->style->ascii ? "<<" : "«",
		      p->t->missing_row < 0 ? "" : "here ", head->missing_rule, *head->missing_place ? ": " : "",
		      head->missing_place, *head->missing_says ? ": " : "", head->missing_says);
	report_paragraph(p->out, p->style, line, p->digits + 1, p->digits + 3, INK_GOOD);
}

/*
 * The row is as high as the highest of its texts; what did not find a place beside it follows below.
 * The state is measured before the sheet is cleared, because the sheet must have its final height
 * before anything is drawn.
 */
static void print_row(struct term *p, int index)
{
	const struct timeline_row *row = &p->t->row[index];
	enum sheet_ink ink = report_term_ink(row);
	unsigned int x = report_term_column(p, row->agent) + TERM_SIGNS, state = draw_state(p, index, true);
	char text[512], number[16];

	assert(index >= 0 && index < p->t->rows);
	row_text(p, index, text, sizeof(text));
	p->text_lines = report_lines(text, report_term_text_room(p));
	/* A row without a text still takes a line. */
	p->text_lines += !p->text_lines;
	report_sheet_clear(&p->sheet, state > p->text_lines ? state : p->text_lines);
	snprintf(number, sizeof(number), "%*d", (int)p->digits, row->step + 1);
	report_sheet_text(&p->sheet, 0, 0, number, row->mark ? ink : INK_DIM);
	report_term_mark(p, row, !p->wordless, ink);
	draw_background(p, index, true);
	draw_end(p, index);
	report_sheet_wrapped(&p->sheet, x, 0, report_term_text_room(p), text, ink);
	draw_begins(p, index, x + text_end(p, text));
	draw_state(p, index, false);
	report_sheet_print(&p->sheet, p->out);
	print_notes(p, index);
	if (row->kind == TIMELINE_VIOLATION)
		print_violation(p);
}

void report_term_rows(struct term *p)
{
	assert(p);
	for (int i = 0; i < p->t->rows; i++) {
		if (i == p->t->missing_row)
			print_missing(p);
		print_row(p, i);
	}
	if (p->t->missing_row < 0 || p->t->missing_row >= p->t->rows)
		print_missing(p);
	report_sheet_clear(&p->sheet, 1);
	report_sheet_rule(&p->sheet, 0, p->sheet.width, 0);
	report_sheet_print(&p->sheet, p->out);
}
