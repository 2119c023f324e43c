/* SPDX-License-Identifier: MIT */
/*
 * term.c - a counterexample on a terminal: agents as columns, time downward.
 *
 * Each row has one agent that acts, so the cells of the others are empty, and a message may run through them:
 *
 *	12 (2) cleared | clear entry of A.0       |                       A.0 entry: none
 *	13             | IPI to cpu 1 -----------+.
 *	14             |                          |:
 *	15             |                          |`> handle IPI
 *
 * A column begins with its lifeline, then the lane in which messages to it wait, then an arrow head, then text.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "report/show.h"
#include "report/text.h"

enum {
	LANES = 3,	   /* lifeline, message, arrow head */
	COLUMN_LEAST = 18, /* narrower, and the agents are listed in one column */
	COLUMN_GOOD = 22,  /* narrower, and the state goes below */
	COLUMN_MOST = 44,
	STATE_LEAST = 28,
	STATE_MOST = 48,
	WORD = 8,   /* the longest mark, and a space */
	BORDER = 2, /* between the columns and the state */
};

struct plan {
	const struct timeline *t;
	const struct report_style *style;
	FILE *out;
	struct timeline_story story;
	struct sheet sheet;
	unsigned int columns;
	unsigned int digits;		 /* of a step's number */
	unsigned int first, column;	 /* where the columns begin, and the width of one */
	unsigned int state, state_width; /* 0: below */
	unsigned int text_lines;	 /* of the row being drawn */
	bool wordless;			 /* marks are numbers only */
	bool list;			 /* too many agents: one column, names in the texts */
};

static unsigned int decimal_digits(int value)
{
	return value < 10 ? 1 : 1 + decimal_digits(value / 10);
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Where texts begin that stand behind a mark and its word. */
static unsigned int label_room(const struct plan *p)
{
	return p->digits + 4 + WORD + LANES;
}

/* The first column to give is that of the words of the marks; then agents share a column. */
static void make_columns(struct plan *p, unsigned int width)
{
	p->columns = p->t->agents ? (unsigned int)p->t->agents : 1;
	if ((width - p->first) / p->columns < COLUMN_LEAST) {
		p->first -= WORD;
		p->wordless = true;
	}
	if ((width - p->first) / p->columns >= COLUMN_LEAST)
		return;
	p->first += p->wordless ? WORD : 0;
	p->wordless = false;
	p->list = true;
	p->columns = 1;
}

/* State at the right if the columns stay good to read, else below. */
static void divide(struct plan *p, unsigned int width)
{
	unsigned int room, most;

	make_columns(p, width);
	room = width - p->first;
	most = p->list ? room : COLUMN_MOST;
	p->column = least(room / p->columns, most);
	if (!p->t->watches || room < BORDER + STATE_LEAST + p->columns * COLUMN_GOOD)
		return;
	p->column = least((room - BORDER - STATE_LEAST) / p->columns, most);
	p->state = p->first + p->columns * p->column + BORDER;
	p->state_width = least(width - p->state, STATE_MOST);
}

static void plan_make(struct plan *p, const struct timeline *t, FILE *out, const struct report_style *style)
{
	*p = (struct plan){ .t = t, .out = out, .style = style, .story = timeline_story(t) };
	sheet_init(&p->sheet, style);
	p->digits = decimal_digits(t->rows) < 3 ? 3 : decimal_digits(t->rows);
	p->first = label_room(p) - LANES;
	divide(p, p->sheet.width);
}

static unsigned int column_at(const struct plan *p, int agent)
{
	return p->first + (p->list ? 0 : (unsigned int)agent * p->column);
}

static unsigned int text_room(const struct plan *p)
{
	return p->column - LANES - 1;
}

/* ---- the frame around the rows ---- */

static unsigned int program_lines(const struct plan *p)
{
	unsigned int lines = 0;

	for (int i = 0; i < p->t->agents && !p->list; i++) {
		unsigned int needed = text_lines(p->t->agent[i].program, text_room(p));

		lines = needed > lines ? needed : lines;
	}
	return lines;
}

static void print_columns(struct plan *p)
{
	unsigned int lines = program_lines(p);

	sheet_clear(&p->sheet, lines + 2);
	sheet_text(&p->sheet, 0, 0, "step", INK_DIM);
	for (int i = 0; i < p->t->agents && !p->list; i++) {
		sheet_elided(&p->sheet, column_at(p, i), 0, p->column - 1, p->t->agent[i].name, INK_BOLD);
		sheet_wrapped(&p->sheet, column_at(p, i), 1, text_room(p), p->t->agent[i].program, INK_PLAIN);
	}
	if (p->list)
		sheet_text(&p->sheet, p->first, 0, "who: what", INK_BOLD);
	if (p->state)
		sheet_text(&p->sheet, p->state, 0, "what changed", INK_BOLD);
	sheet_rule(&p->sheet, 0, p->sheet.width, lines + 1);
	sheet_print(&p->sheet, p->out);
}

/* With agents in one column their programs need a line each. */
static void print_programs(struct plan *p)
{
	char line[512];

	for (int i = 0; i < p->t->agents && p->list; i++) {
		text_print(line, sizeof(line), "%s: %s", p->t->agent[i].name, p->t->agent[i].program);
		report_paragraph(p->out, p->style, line, 2, 4, INK_PLAIN);
	}
}

static void print_title(struct plan *p)
{
	const struct timeline_head *head = &p->t->head;
	char line[512];

	report_command(p->out, p->style, head->replay);
	fputc('\n', p->out);
	text_print(line, sizeof(line), "%s on %s%s%s", head->scenario, head->arch, *head->without ? ", without " : "",
		   head->without);
	report_paragraph(p->out, p->style, line, 0, 4, INK_BOLD);
	report_paragraph(p->out, p->style, head->verdict, 0, 4, INK_BAD);
	print_programs(p);
	fputc('\n', p->out);
}

/* ---- one row ---- */

static enum sheet_ink row_ink(const struct timeline_row *row)
{
	static const enum sheet_ink inks[TIMELINE_KINDS] = {
		[TIMELINE_LOCK] = INK_LOCK,  [TIMELINE_IRQ] = INK_IRQ,	[TIMELINE_HARDWARE] = INK_HARDWARE,
		[TIMELINE_BEGIN] = INK_BOLD, [TIMELINE_END] = INK_BOLD, [TIMELINE_VIOLATION] = INK_BAD,
	};

	if (row->mark == TIMELINE_STALE)
		return INK_BAD;
	return row->mark ? INK_WARN : inks[row->kind];
}

/* "(2)" or the number in a circle, of which Unicode has twenty; and the word. */
static void draw_mark(struct plan *p, const struct timeline_row *row, bool word, enum sheet_ink ink)
{
	unsigned int x = p->digits + 1;
	char number[16];

	if (!row->mark)
		return;
	if (!p->style->ascii && row->number <= 20) {
		sheet_glyph(&p->sheet, x + 1, 0, 0x2460 + (uint32_t)row->number - 1, ' ', ink);
	} else {
		snprintf(number, sizeof(number), row->number < 10 ? "(%d)" : "%d", row->number);
		sheet_text(&p->sheet, x, 0, number, ink);
	}
	if (word)
		sheet_text(&p->sheet, x + 3, 0, timeline_mark_name(row->mark), ink);
}

static void draw_lifeline(struct plan *p, int agent, int row, unsigned int y)
{
	static const uint32_t code[] = { 0x2502, 0x2503, 0x2588 };
	static const char ascii[] = { '|', 'H', '#' };
	static const enum sheet_ink inks[] = { INK_DIM, INK_WARN, INK_BAD };
	enum timeline_hold hold = timeline_hold(&p->story, agent, row);

	sheet_glyph(&p->sheet, column_at(p, agent), y, code[hold], ascii[hold], inks[hold]);
}

static void draw_lanes(struct plan *p, int row)
{
	for (unsigned int y = 0; y < p->sheet.height; y++) {
		for (int i = 0; i < p->t->agents; i++) {
			if (p->list && i)
				break;
			if (!p->list)
				draw_lifeline(p, i, row, y);
			if (!p->list && timeline_in_flight(p->t, row, i))
				sheet_glyph(&p->sheet, column_at(p, i) + 1, y, 0x250a, ':', INK_IRQ);
		}
		if (p->state)
			sheet_glyph(&p->sheet, p->state - BORDER, y, 0x2502, '|', INK_DIM);
	}
}

/* The end of an arrow at its receiver. */
static void draw_received(struct plan *p, int row)
{
	unsigned int x = column_at(p, p->t->row[row].agent);
	bool more = timeline_in_flight(p->t, row, p->t->row[row].agent);

	if (p->list || timeline_sender(p->t, row) < 0)
		return;
	sheet_glyph(&p->sheet, x + 1, 0, more ? 0x251c : 0x2570, '`', INK_IRQ);
	sheet_glyph(&p->sheet, x + 2, 0, 0x25b6, '>', INK_IRQ);
}

/* A horizontal stroke crosses the lifelines of those in between. */
static void draw_stroke(struct plan *p, unsigned int from, unsigned int to, unsigned int y)
{
	for (unsigned int x = from; x < to; x++) {
		bool crossing = (x - p->first) % p->column == 0 && x > p->first;

		sheet_glyph(&p->sheet, x, y, crossing ? 0x253c : 0x2500, crossing ? '+' : '-', INK_IRQ);
	}
}

/* From the text of the sender to the message lane of the receiver, and down to the end of the row. */
static void draw_sent(struct plan *p, int row, int receiver, unsigned int text_end)
{
	int sender = p->t->row[row].agent;
	unsigned int lane = column_at(p, receiver) + 1, last = p->sheet.height - 1;
	bool right = receiver > sender;
	unsigned int y = right ? p->text_lines - 1 : 0;

	if (right)
		draw_stroke(p, text_end + 1, lane, y);
	else if (receiver < sender)
		draw_stroke(p, lane + 1, column_at(p, sender), y);
	sheet_glyph(&p->sheet, lane, y, right ? 0x256e : 0x256d, '.', INK_IRQ);
	if (receiver < sender)
		sheet_glyph(&p->sheet, column_at(p, sender), y, 0x2524, '+', INK_IRQ);
	for (y++; y <= last; y++)
		sheet_glyph(&p->sheet, lane, y, 0x250a, ':', INK_IRQ);
}

static void draw_all_sent(struct plan *p, int row, unsigned int text_end)
{
	for (int i = 0; i < p->t->arrows && !p->list; i++)
		if (p->t->arrow[i].kind == TIMELINE_ARROW_SENDS && p->t->arrow[i].from == row)
			draw_sent(p, row, p->t->row[p->t->arrow[i].to].agent, text_end);
}

/* What was done, with a sign for its kind; in a list also who did it, and where a message came from. */
static void row_text(const struct plan *p, int index, char *text, size_t size)
{
	static const char *const ascii[TIMELINE_KINDS] = { "", "", "", "~ ", "[ ", "] ", "X " };
	static const char *const utf8[TIMELINE_KINDS] = { "", "", "", "≈ ", "┌ ", "└ ", "✗ " };
	const struct timeline_row *row = &p->t->row[index];
	const char *sign = (p->style->ascii ? ascii : utf8)[row->kind];
	int sender = timeline_sender(p->t, index);

	if (!p->list)
		text_print(text, size, "%s%s", sign, row->text);
	else if (sender < 0)
		text_print(text, size, "%s: %s%s", p->t->agent[row->agent].name, sign, row->text);
	else
		text_print(text, size, "%s: %s%s (sent at %d)", p->t->agent[row->agent].name, sign, row->text,
			   sender + 1);
}

/* "A.0 entry: none" for each change; at the violation, everything. Returns lines. */
static unsigned int draw_state(struct plan *p, int row, bool measure)
{
	const struct timeline *t = p->t;
	bool all = t->row[row].kind == TIMELINE_VIOLATION;
	unsigned int lines = 0;
	char text[256];

	for (int i = 0; i < t->watches && p->state; i++) {
		bool changed = timeline_changed(t, row, i);

		if (!changed && !all)
			continue;
		text_print(text, sizeof(text), "%s: %s", t->watch[i], t->row[row].state[i]);
		lines += measure ? text_lines(text, p->state_width)
				 : sheet_wrapped(&p->sheet, p->state, lines, p->state_width, text,
						 all		    ? INK_BAD
						 : t->row[row].mark ? INK_WARN
								    : INK_PLAIN);
	}
	return lines;
}

static size_t join_state(const struct timeline *t, int row, char *text, size_t size)
{
	size_t used = 0;

	for (int i = 0; i < t->watches; i++)
		if (timeline_changed(t, row, i) && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s: %s", used ? "; " : "", t->watch[i],
						 t->row[row].state[i]);
	return used;
}

/* Under the step that made it so, and further left if it does not fit there. */
static void print_state_below(struct plan *p, int row)
{
	unsigned int x = column_at(p, p->t->row[row].agent) + LANES, room = p->sheet.width - p->first - LANES - 2,
		     width;
	char text[512];

	if (p->state || !join_state(p->t, row, text, sizeof(text)))
		return;
	width = text_width(text) < room ? text_width(text) : room;
	if (x + 2 + width > p->sheet.width)
		x = p->sheet.width - 2 - width;
	sheet_clear(&p->sheet, text_lines(text, width));
	draw_lanes(p, row);
	for (unsigned int y = 0; y < p->sheet.height; y++)
		for (unsigned int i = 0; i < width + 3; i++)
			sheet_text(&p->sheet, x - 1 + i, y, " ", INK_PLAIN);
	sheet_glyph(&p->sheet, x, 0, 0x25b8, '=', INK_DIM);
	sheet_wrapped(&p->sheet, x + 2, 0, width, text, p->t->row[row].mark ? INK_WARN : INK_DIM);
	sheet_print(&p->sheet, p->out);
}

static unsigned int text_end(const struct plan *p, const char *text)
{
	struct text_span line = { 0 };

	while (text_wrap(&text, text_room(p), &line))
		continue;
	return line.columns;
}

static void print_violation(struct plan *p)
{
	char line[160];

	text_print(line, sizeof(line), "%s VIOLATION: %s ", p->style->ascii ? "X" : "✗", p->t->head.property);
	sheet_clear(&p->sheet, 1);
	for (unsigned int x = 0; x < p->sheet.width; x++)
		sheet_glyph(&p->sheet, x, 0, 0x2501, '=', INK_BAD);
	sheet_text(&p->sheet, p->digits + 1, 0, line, INK_BAD);
	sheet_print(&p->sheet, p->out);
}

static void print_row(struct plan *p, int index)
{
	const struct timeline_row *row = &p->t->row[index];
	enum sheet_ink ink = row_ink(row);
	unsigned int x = column_at(p, row->agent) + LANES, state = draw_state(p, index, true);
	char text[512], number[16];

	row_text(p, index, text, sizeof(text));
	p->text_lines = text_lines(text, text_room(p));
	p->text_lines += !p->text_lines;
	sheet_clear(&p->sheet, state > p->text_lines ? state : p->text_lines);
	snprintf(number, sizeof(number), "%*d", (int)p->digits, index + 1);
	sheet_text(&p->sheet, 0, 0, number, row->mark ? ink : INK_DIM);
	draw_mark(p, row, !p->wordless, ink);
	draw_lanes(p, index);
	draw_received(p, index);
	sheet_wrapped(&p->sheet, x, 0, text_room(p), text, ink);
	draw_all_sent(p, index, x + text_end(p, text));
	draw_state(p, index, false);
	sheet_print(&p->sheet, p->out);
	print_state_below(p, index);
	if (row->kind == TIMELINE_VIOLATION)
		print_violation(p);
}

/* ---- runs of rows in which nothing happens to what is watched ---- */

static void count_fold(const struct plan *p, int row, int rows, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "%d steps:", rows);

	for (int agent = 0; agent < p->t->agents; agent++) {
		int count = 0;

		for (int i = row; i < row + rows; i++)
			count += p->t->row[i].agent == agent;
		if (count && used < size)
			used += (size_t)snprintf(text + used, size - used, " %s %d", p->t->agent[agent].name, count);
	}
}

static void print_fold(struct plan *p, int row, int rows)
{
	unsigned int room = (p->state ? p->state - BORDER : p->sheet.width) - p->first - LANES;
	char text[512];

	count_fold(p, row, rows, text, sizeof(text));
	sheet_clear(&p->sheet, 1);
	draw_lanes(p, row);
	sheet_glyph(&p->sheet, p->digits - 1, 0, 0x22ee, ':', INK_DIM);
	sheet_elided(&p->sheet, p->first + LANES, 0, room, text, INK_DIM);
	sheet_print(&p->sheet, p->out);
}

static void print_rows(struct plan *p)
{
	for (int i = 0; i < p->t->rows;) {
		int folded = p->style->fold ? timeline_fold(p->t, i) : 0;

		if (folded)
			print_fold(p, i, folded);
		else
			print_row(p, i);
		i += folded ? folded : 1;
	}
	sheet_clear(&p->sheet, 1);
	sheet_rule(&p->sheet, 0, p->sheet.width, 0);
	sheet_print(&p->sheet, p->out);
}

/* ---- why ---- */

/* All that is watched, one a line, behind a word. */
static void print_watched(struct plan *p, const char *word, int row, enum sheet_ink ink)
{
	unsigned int x = label_room(p);
	char line[512];

	for (int i = 0; i < p->t->watches; i++) {
		text_print(line, sizeof(line), "%s: %s", p->t->watch[i], timeline_state_before(p->t, row, i));
		sheet_clear(&p->sheet, text_lines(line, p->sheet.width - x));
		sheet_text(&p->sheet, 0, 0, i ? "" : word, INK_DIM);
		sheet_wrapped(&p->sheet, x, 0, p->sheet.width - x, line, ink);
		sheet_print(&p->sheet, p->out);
	}
}

static void print_marks(struct plan *p)
{
	const struct timeline *t = p->t;
	unsigned int x = label_room(p);
	char line[512], step[32];

	for (int i = 0; i < t->rows; i++) {
		const struct timeline_row *row = &t->row[i];

		if (!row->mark)
			continue;
		snprintf(step, sizeof(step), "%*d", (int)p->digits, i + 1);
		text_print(line, sizeof(line), "%s: %s", t->agent[row->agent].name, row->text);
		sheet_clear(&p->sheet, text_lines(line, p->sheet.width - x));
		sheet_text(&p->sheet, 0, 0, step, row_ink(row));
		draw_mark(p, row, true, row_ink(row));
		sheet_wrapped(&p->sheet, x, 0, p->sheet.width - x, line, row_ink(row));
		sheet_print(&p->sheet, p->out);
	}
}

static void print_legend(struct plan *p)
{
	static const char *const ascii[] = { "H", "#" }, *const utf8[] = { "┃", "█" };
	const char *const *sign = p->style->ascii ? ascii : utf8;
	const struct timeline_story *story = &p->story;
	char line[256];

	if (story->cached < 0 || p->list)
		return;
	text_print(line, sizeof(line), "%s %s holds the translation   %s it still does, though the entry is cleared",
		   sign[0], p->t->agent[story->agent].name, sign[1]);
	report_paragraph(p->out, p->style, line, p->first, p->first, INK_DIM);
}

static void print_why(struct plan *p)
{
	const struct timeline *t = p->t;
	char line[1024];

	print_legend(p);
	fputc('\n', p->out);
	print_marks(p);
	if (t->rows)
		print_watched(p, "state then", timeline_last(t) + 1, INK_PLAIN);
	fputc('\n', p->out);
	text_print(line, sizeof(line), "%s%s%s", t->head.property, *t->head.property && *t->head.why ? ": " : "",
		   t->head.why);
	report_paragraph(p->out, p->style, line, 0, 2, INK_BAD);
}

void timeline_print(const struct timeline *t, FILE *out, const struct report_style *style)
{
	struct plan plan;

	assert(t && out && style);
	plan_make(&plan, t, out, style);
	print_title(&plan);
	print_columns(&plan);
	print_watched(&plan, "at first", 0, INK_DIM);
	print_rows(&plan);
	print_why(&plan);
	sheet_done(&plan.sheet);
}
