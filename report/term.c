/* SPDX-License-Identifier: MIT */
/*
 * term.c - a counterexample on a terminal: what stands above and below the rows, and where the columns are.
 *
 * A wide terminal shows, from left to right: the step and its mark, a column an agent, the lanes, what changed. Where
 * that does not fit, what changed goes below its step, then the lanes go there too, then the words of the marks are
 * left out, and at last all agents share one column and have their names in the texts.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "report/term.h"

enum {
	COLUMN_LEAST = 18, /* narrower, and the agents are listed in one column */
	COLUMN_GOOD = 22,  /* narrower, and the state goes below */
	COLUMN_MOST = 44,
	STATE_LEAST = 28,
	STATE_MOST = 48,
};

static unsigned int decimal_digits(int value)
{
	assert(value >= 0);
	return value < 10 ? 1 : 1 + decimal_digits(value / 10);
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Step number, mark with its word, and the signs before a text: what stands left of the first column. */
unsigned int report_term_label_room(const struct term *p)
{
	assert(p);
	return p->digits + 4 + TERM_WORD + TERM_SIGNS;
}

/* ---- where everything goes ---- */

/*
 * A lane is as wide as the longest word that it ever shows. So no word of a lane is ever cut, and the
 * lane does not change its width.
 */
static unsigned int lane_width(const struct timeline *t, int lane)
{
	unsigned int width = TERM_BAR + report_width(t->lane[lane].initial);

	assert(lane >= 0 && lane < t->lanes);
	width = width < report_width(t->lane[lane].name) ? report_width(t->lane[lane].name) : width;
	for (int i = 0; i < t->rows; i++) {
		unsigned int word = TERM_BAR + report_width(t->row[i].lane[lane]);

		width = word > width ? word : width;
	}
	return width + 1;
}

/*
 * The first column to give is that of the words of the marks; then agents share a column. If leaving
 * out the words does not help, they come back, since a single column has room for them.
 */
static void make_columns(struct term *p, unsigned int width)
{
	assert(width > p->first);
	p->columns = p->t->agents ? (unsigned int)p->t->agents : 1;
	if ((width - p->first) / p->columns < COLUMN_LEAST) {
		p->first -= TERM_WORD;
		p->wordless = true;
	}
	if ((width - p->first) / p->columns >= COLUMN_LEAST)
		return;
	/* Columns of the agents do not fit either way. */
	p->first += p->wordless ? TERM_WORD : 0;
	p->wordless = false;
	p->list = true;
	p->columns = 1;
}

/* Lanes stand beside the columns if that leaves enough for them. */
static void make_lanes(struct term *p, unsigned int width)
{
	unsigned int lanes = 0;

	assert(p->columns > 0);
	for (int i = 0; i < p->t->lanes; i++)
		lanes += p->t->lane[i].agent < 0 ? lane_width(p->t, i) : 0;
	if (!lanes || width < p->first + p->columns * COLUMN_GOOD + TERM_GAP + lanes || p->list)
		return;
	p->lanes_width = lanes + TERM_GAP;
}

/* Behind the last column; only known when the columns have their width. */
static void place_lanes(struct term *p)
{
	unsigned int x = p->first + p->columns * p->column + TERM_GAP;

	for (int i = 0; i < p->t->lanes && p->lanes_width; i++) {
		if (p->t->lane[i].agent >= 0)
			continue;
		p->lane[i] = x;
		x += lane_width(p->t, i);
	}
}

/*
 * What changed stands at the right if the columns stay good to read, else below. The order of the steps
 * is the order of importance: agents first, then lanes, then what changed. Each takes only what the
 * ones before it have left.
 */
static void divide(struct term *p, unsigned int width)
{
	unsigned int room, most;

	make_columns(p, width);
	make_lanes(p, width);
	room = width - p->first - p->lanes_width;
	most = p->list ? room : COLUMN_MOST;
	p->column = least(room / p->columns, most);
	if (p->t->watches && room >= TERM_GAP + STATE_LEAST + p->columns * COLUMN_GOOD) {
		p->column = least((room - TERM_GAP - STATE_LEAST) / p->columns, most);
		p->state = p->first + p->columns * p->column + p->lanes_width + TERM_GAP;
		p->state_width = least(width - p->state, STATE_MOST);
	}
	place_lanes(p);
}

/* The number of the last step decides the width of all, also where most steps are left out. */
static void term_make(struct term *p, const struct timeline *view, FILE *out, const struct report_style *style)
{
	int steps = view->rows + view->hidden;

	assert(view && out && style);
	*p = (struct term){ .t = view, .out = out, .style = style };
	report_sheet_init(&p->sheet, style);
	p->digits = decimal_digits(steps) < 3 ? 3 : decimal_digits(steps);
	p->first = report_term_label_room(p) - TERM_SIGNS;
	divide(p, p->sheet.width);
}

/* In a list all agents share the first column. */
unsigned int report_term_column(const struct term *p, int agent)
{
	assert(agent >= 0);
	return p->first + (p->list ? 0 : (unsigned int)agent * p->column);
}

/* One column is kept free, so that texts of neighbours never touch. */
unsigned int report_term_text_room(const struct term *p)
{
	assert(p->column > TERM_SIGNS + 1);
	return p->column - TERM_SIGNS - 1;
}

/* ---- what stands above the rows ---- */

/* 0 in a list, where print_programs() has them above. */
static unsigned int program_lines(const struct term *p)
{
	unsigned int lines = 0;

	for (int i = 0; i < p->t->agents && !p->list; i++) {
		unsigned int needed = report_lines(p->t->agent[i].program, report_term_text_room(p));

		lines = needed > lines ? needed : lines;
	}
	return lines;
}

/* Names above, programs below them, and a rule. */
static void print_columns(struct term *p)
{
	unsigned int lines = program_lines(p), room = report_term_text_room(p);

	report_sheet_clear(&p->sheet, lines + 2);
	report_sheet_text(&p->sheet, 0, 0, "step", INK_DIM);
	for (int i = 0; i < p->t->agents && !p->list; i++) {
		unsigned int x = report_term_column(p, i);

		report_sheet_elided(&p->sheet, x, 0, p->column - 1, p->t->agent[i].name, INK_BOLD);
		report_sheet_wrapped(&p->sheet, x, 1, room, p->t->agent[i].program, INK_PLAIN);
	}
	if (p->list)
		report_sheet_text(&p->sheet, p->first, 0, "who: what", INK_BOLD);
	for (int i = 0; i < p->t->lanes; i++)
		if (p->lane[i])
			report_sheet_text(&p->sheet, p->lane[i], 0, p->t->lane[i].name, INK_BOLD);
	if (p->state)
		report_sheet_text(&p->sheet, p->state, 0, "what changed", INK_BOLD);
	report_sheet_rule(&p->sheet, 0, p->sheet.width, lines + 1);
	report_sheet_print(&p->sheet, p->out);
}

/* With agents in one column their programs need a line each. */
static void print_programs(struct term *p)
{
	char line[512];

	for (int i = 0; i < p->t->agents && p->list; i++) {
		report_format(line, sizeof(line), "%s: %s", p->t->agent[i].name, p->t->agent[i].program);
		report_paragraph(p->out, p->style, line, 2, 4, INK_PLAIN);
	}
}

/* What this is about, and what was found. */
static void print_title(struct term *p)
{
	const struct timeline_head *head = &p->t->head;
	char line[512];

	report_format(line, sizeof(line), "%s on %s%s%s", head->scenario, head->arch,
		      *head->without ? ", without " : "", head->without);
	report_paragraph(p->out, p->style, line, 0, 4, INK_BOLD);
	report_paragraph(p->out, p->style, head->doc, 0, 4, INK_PLAIN);
	for (int i = 0; i < head->nr_sources; i++)
		report_paragraph(p->out, p->style, head->sources[i], 0, 4, INK_DIM);
	report_paragraph(p->out, p->style, head->verdict, 0, 4, INK_BAD);
	print_programs(p);
	fputc('\n', p->out);
}

/* ---- what stands below ---- */

/*
 * All that is watched, one a line, behind a word. The row given is the one before which the values are
 * meant, so the number of rows means the end.
 */
static void print_watched(struct term *p, const char *word, int row, enum sheet_ink ink)
{
	unsigned int x = report_term_label_room(p);
	char line[512];

	assert(row >= 0 && row <= p->t->rows);
	for (int i = 0; i < p->t->watches; i++) {
		report_format(line, sizeof(line), "%s: %s", p->t->watch[i], timeline_state_before(p->t, row, i));
		report_sheet_clear(&p->sheet, report_lines(line, p->sheet.width - x));
		report_sheet_text(&p->sheet, 0, 0, i ? "" : word, INK_DIM);
		report_sheet_wrapped(&p->sheet, x, 0, p->sheet.width - x, line, ink);
		report_sheet_print(&p->sheet, p->out);
	}
}

/* With the agent's name, since the line stands outside the columns. */
static void print_mark(struct term *p, const struct timeline_row *row)
{
	unsigned int x = report_term_label_room(p);
	char line[512], step[32];

	assert(row->mark);
	snprintf(step, sizeof(step), "%*d", (int)p->digits, row->step + 1);
	report_format(line, sizeof(line), "%s: %s", p->t->agent[row->agent].name, row->text);
	report_sheet_clear(&p->sheet, report_lines(line, p->sheet.width - x));
	report_sheet_text(&p->sheet, 0, 0, step, report_term_ink(row));
	report_term_mark(p, row, true, report_term_ink(row));
	report_sheet_wrapped(&p->sheet, x, 0, p->sheet.width - x, line, report_term_ink(row));
	report_sheet_print(&p->sheet, p->out);
}

/* Among all the steps the marked ones are hard to find, so they are listed again. */
static void print_marks(struct term *p)
{
	for (int i = 0; i < p->t->rows && !p->t->hidden; i++)
		if (p->t->row[i].mark)
			print_mark(p, &p->t->row[i]);
}

/* Only where there is a bar to explain. */
static void print_legend(struct term *p)
{
	static const char *const ascii[] = { "H", "#" }, *const utf8[] = { "┃", "█" };
	const char *const *sign = p->style->ascii ? ascii : utf8;
	char line[256];

	if (!timeline_anyone_holds(p->t) || p->list)
		return;
	report_format(line, sizeof(line), "%s holds the translation   %s still does, though the entry is cleared",
		      sign[0], sign[1]);
	report_paragraph(p->out, p->style, line, p->first, p->first, INK_DIM);
}

/* Says how many steps are left out, so that nobody thinks they did not happen. */
static void print_hidden(struct term *p)
{
	char line[160];

	if (!p->t->hidden)
		return;
	report_format(line, sizeof(line), "%d of %d steps did not lead to this and are not shown; --steps shows them",
		      p->t->hidden, p->t->rows + p->t->hidden);
	report_paragraph(p->out, p->style, line, 0, 2, INK_DIM);
}

/* The reason stands last, directly above the prompt, where it is read first. */
static void print_why(struct term *p)
{
	const struct timeline_head *head = &p->t->head;
	char line[1024];

	print_legend(p);
	print_hidden(p);
	fputc('\n', p->out);
	print_marks(p);
	if (p->t->rows)
		print_watched(p, "state then", timeline_last(p->t) + 1, INK_PLAIN);
	fputc('\n', p->out);
	report_format(line, sizeof(line), "%s%s%s", head->property, *head->property && *head->why ? ": " : "",
		      head->why);
	report_paragraph(p->out, p->style, line, 0, 2, INK_BAD);
}

/* Everything that is printed comes from the view, which lives in an arena of this call. */
void timeline_print(const struct timeline *t, FILE *out, const struct report_style *style)
{
	struct report_arena *arena = report_arena_new();
	struct term p;

	assert(t && out && style);
	term_make(&p, timeline_view(t, style->steps, arena), out, style);
	print_title(&p);
	print_columns(&p);
	print_watched(&p, "at first", 0, INK_DIM);
	report_term_rows(&p);
	print_why(&p);
	report_sheet_done(&p.sheet);
	report_arena_free(arena);
}
