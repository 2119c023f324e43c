/* SPDX-License-Identifier: MIT */
/*
 * table.c - aligned tables that never grow wider than the terminal, and the matrix of rules.
 *
 * A table takes the natural widths of its columns if there is room. If not, the widest column shrinks until all fit,
 * and its cells are wrapped. If every column has become as narrow as it may be, the table is printed as a list. So no
 * line is ever longer than the terminal, and nothing is cut.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "report/show.h"
#include "report/text.h"

enum {
	GAP = 2,	  /* between columns */
	COLUMN_LEAST = 8, /* a column that shrinks stays at least so wide */
};

/* The table and all its texts live in one arena. */
struct report_table *report_table_new(const char *title)
{
	struct report_arena *arena = report_arena_new();
	struct report_table *table = report_alloc(arena, sizeof(*table));

	table->arena = arena;
	table->title = report_copy(arena, title);
	return table;
}

/* NULL is allowed. */
void report_table_free(struct report_table *table)
{
	if (table)
		report_arena_free(table->arena);
}

/*
 * All columns come before the first row, because the cells are one array whose rows have the width of
 * the columns.
 */
void report_table_column(struct report_table *table, const char *heading, enum report_align align)
{
	assert(!table->rows && table->columns < REPORT_MAX_COLUMNS);
	table->heading[table->columns] = report_copy(table->arena, heading);
	table->align[table->columns++] = align;
}

void report_table_row(struct report_table *table, const char *const *cells)
{
	size_t row = (size_t)table->columns * sizeof(*table->cell);
	const char **to;

	assert(table->columns);
	table->cell = report_grow(table->arena, table->cell, table->rows, row);
	to = table->cell + (size_t)table->rows++ * (size_t)table->columns;
	for (int i = 0; i < table->columns; i++)
		to[i] = report_copy(table->arena, cells[i]);
}

/* Row -1 is the headings, so that every loop over a column can include them. */
static const char *cell_at(const struct report_table *table, int row, int column)
{
	assert(row >= -1 && row < table->rows);
	return row < 0 ? table->heading[column] : table->cell[row * table->columns + column];
}

/* As wide as its widest cell, were there room. */
static unsigned int natural_width(const struct report_table *table, int column)
{
	unsigned int width = 1;

	assert(column >= 0 && column < table->columns);
	for (int row = -1; row < table->rows; row++) {
		unsigned int cell = report_width(cell_at(table, row, column));

		width = cell > width ? cell : width;
	}
	return width;
}

/* With the gaps between the columns. */
static unsigned int sum(const unsigned int *width, int columns)
{
	unsigned int total = 0;

	assert(columns >= 0);
	for (int i = 0; i < columns; i++)
		total += width[i] + (i ? GAP : 0);
	return total;
}

/*
 * Takes from the widest until all fits. False if it cannot. Taking one character at a time keeps the
 * widths as even as they can be, and tables are small.
 */
static bool fit(const struct report_table *table, unsigned int *width, unsigned int room)
{
	assert(room > 0);
	for (int i = 0; i < table->columns; i++)
		width[i] = natural_width(table, i);
	while (sum(width, table->columns) > room) {
		int widest = 0;

		for (int i = 1; i < table->columns; i++)
			if (width[i] > width[widest])
				widest = i;
		/* The widest is at its least, so all others are too. */
		if (width[widest] <= COLUMN_LEAST)
			return false;
		width[widest]--;
	}
	return true;
}

static unsigned int aligned(enum report_align align, unsigned int room, unsigned int used)
{
	assert(used <= room);
	return align == REPORT_RIGHT ? room - used : align == REPORT_CENTRE ? (room - used) / 2 : 0;
}

/* A row is as high as its highest cell. */
static unsigned int row_height(const struct report_table *table, const unsigned int *width, int row)
{
	unsigned int height = 1;

	for (int i = 0; i < table->columns; i++) {
		unsigned int lines = report_lines(cell_at(table, row, i), width[i] < 2 ? 2 : width[i]);

		height = lines > height ? lines : height;
	}
	return height;
}

/*
 * A cell that is wrapped is left-aligned, whatever its column is: several lines at the right are hard
 * to read.
 */
static void draw_cell(struct sheet *sheet, unsigned int x, unsigned int width, enum report_align align,
		      const char *text, enum sheet_ink ink)
{
	unsigned int used = report_width(text);

	assert(text);
	if (used <= width)
		report_sheet_text(sheet, x + aligned(align, width, used), 0, text, ink);
	else
		report_sheet_wrapped(sheet, x, 0, width, text, ink);
}

/* Row -1 is the headings. */
static void print_table_row(const struct report_table *table, struct sheet *sheet, const unsigned int *width, int row,
			    FILE *out)
{
	unsigned int x = 0;

	assert(row >= -1 && row < table->rows);
	report_sheet_clear(sheet, row_height(table, width, row));
	for (int i = 0; i < table->columns; i++) {
		draw_cell(sheet, x, width[i], table->align[i], cell_at(table, row, i), row < 0 ? INK_BOLD : INK_PLAIN);
		x += width[i] + GAP;
	}
	report_sheet_print(sheet, out);
}

/* A rule below the headings, as wide as all columns. */
static void print_grid(const struct report_table *table, struct sheet *sheet, const unsigned int *width, FILE *out)
{
	print_table_row(table, sheet, width, -1, out);
	report_sheet_clear(sheet, 1);
	report_sheet_rule(sheet, 0, sum(width, table->columns), 0);
	report_sheet_print(sheet, out);
	for (int row = 0; row < table->rows; row++)
		print_table_row(table, sheet, width, row, out);
}

/*
 * Too many columns: the first cell as a headline, below it "heading: cell". Empty cells are left out,
 * since their heading alone would say nothing.
 */
static void print_list(const struct report_table *table, FILE *out, const struct report_style *style)
{
	char line[512];

	assert(table->columns > 0);
	for (int row = 0; row < table->rows; row++) {
		report_paragraph(out, style, cell_at(table, row, 0), 0, 2, INK_BOLD);
		for (int i = 1; i < table->columns; i++) {
			report_format(line, sizeof(line), "%s: %s", table->heading[i], cell_at(table, row, i));
			if (*cell_at(table, row, i))
				report_paragraph(out, style, line, 2, 6, INK_PLAIN);
		}
	}
}

void report_table_print(const struct report_table *table, FILE *out, const struct report_style *style)
{
	unsigned int width[REPORT_MAX_COLUMNS] = { 0 };
	struct sheet sheet;

	assert(table && out && style);
	if (*table->title) {
		report_paragraph(out, style, table->title, 0, 0, INK_BOLD);
		fputc('\n', out);
	}
	report_sheet_init(&sheet, style);
	if (fit(table, width, sheet.width))
		print_grid(table, &sheet, width, out);
	else
		print_list(table, out, style);
	report_sheet_done(&sheet);
}

/* ---- the matrix of rules ---- */

/* One place even for no names, so that the arena is never asked for nothing. */
static const char **copy_names(struct report_arena *arena, int names, const char *const *name)
{
	const char **copy = report_alloc(arena, (size_t)(names ? names : 1) * sizeof(*copy));

	assert(names >= 0);
	for (int i = 0; i < names; i++)
		copy[i] = report_copy(arena, name[i]);
	return copy;
}

/* All cells are REPORT_CELL_NOT_RUN at first, which is 0, because the arena's memory is zeroed. */
struct report_matrix *report_matrix_new(int scenarios, const char *const *scenario, int rules, const char *const *rule)
{
	struct report_arena *arena = report_arena_new();
	struct report_matrix *m = report_alloc(arena, sizeof(*m));

	assert(scenarios >= 0 && rules >= 0);
	*m = (struct report_matrix){ .scenarios = scenarios, .rules = rules, .arena = arena };
	m->scenario = copy_names(arena, scenarios, scenario);
	m->rule = copy_names(arena, rules, rule);
	m->cell = report_alloc(arena, (size_t)(scenarios * rules + 1) * sizeof(*m->cell));
	return m;
}

void report_matrix_free(struct report_matrix *matrix)
{
	if (matrix)
		report_arena_free(matrix->arena);
}

void report_matrix_set(struct report_matrix *m, int scenario, int rule, enum report_cell cell)
{
	assert(scenario >= 0 && scenario < m->scenarios && rule >= 0 && rule < m->rules);
	m->cell[scenario * m->rules + rule] = cell;
}

/* The names are part of the JSON format. */
const char *report_cell_name(enum report_cell cell)
{
	static const char *const names[] = { "not-run", "safe", "unsafe", "open" };

	assert(cell <= REPORT_CELL_OPEN);
	return names[cell];
}

/* A letter for each answer, so that the matrix reads without colour, too. */
static void draw_matrix_cell(struct sheet *sheet, unsigned int x, enum report_cell cell)
{
	static const uint32_t code[] = { ' ', 0x00b7, 0x2717, '?' };
	static const char ascii[] = { ' ', '.', 'X', '?' };
	static const enum sheet_ink inks[] = { INK_DIM, INK_DIM, INK_BAD, INK_WARN };

	assert(cell <= REPORT_CELL_OPEN);
	report_sheet_glyph(sheet, x, 0, code[cell], ascii[cell], inks[cell]);
}

/* Rules are numbered across, because their names are long; the names stand below. */
static void print_matrix_head(struct sheet *sheet, unsigned int names, int first, int end, FILE *out)
{
	char number[16];

	assert(first < end);
	report_sheet_clear(sheet, 2);
	report_sheet_text(sheet, 0, 0, "without rule", INK_BOLD);
	for (int i = first; i < end; i++) {
		snprintf(number, sizeof(number), "%2d", i + 1);
		report_sheet_text(sheet, names + (unsigned int)(i - first) * 3, 0, number, INK_BOLD);
	}
	report_sheet_rule(sheet, 0, names + (unsigned int)(end - first) * 3, 1);
	report_sheet_print(sheet, out);
}

/* Names of scenarios that are too long are cut here; the list of results has them in full. */
static void print_matrix_block(const struct report_matrix *m, struct sheet *sheet, unsigned int names, int first,
			       int end, FILE *out)
{
	assert(first < end && end <= m->rules);
	print_matrix_head(sheet, names, first, end, out);
	for (int row = 0; row < m->scenarios; row++) {
		report_sheet_clear(sheet, 1);
		report_sheet_elided(sheet, 0, 0, names - 1, m->scenario[row], INK_PLAIN);
		for (int i = first; i < end; i++)
			draw_matrix_cell(sheet, names + (unsigned int)(i - first) * 3 + 1, m->cell[row * m->rules + i]);
		report_sheet_print(sheet, out);
	}
	fputc('\n', out);
}

/* Scenarios that are unsafe without the rule. */
static int killers(const struct report_matrix *m, int rule)
{
	int count = 0;

	assert(rule >= 0 && rule < m->rules);
	for (int row = 0; row < m->scenarios; row++)
		count += m->cell[row * m->rules + rule] == REPORT_CELL_UNSAFE;
	return count;
}

/* A rule that no scenario needs is a warning: either a scenario is missing, or the rule is not needed. */
static void print_matrix_rules(const struct report_matrix *m, FILE *out, const struct report_style *style)
{
	char line[256];

	for (int i = 0; i < m->rules; i++) {
		int count = killers(m, i);

		if (count)
			report_format(line, sizeof(line), "%2d %s: unsafe without %s in %d", i + 1, m->rule[i],
				      strchr(m->rule[i], ',') ? "them" : "it", count);
		else
			report_format(line, sizeof(line), "%2d %s: no scenario here needs it", i + 1, m->rule[i]);
		report_paragraph(out, style, line, 0, 3, count ? INK_PLAIN : INK_WARN);
	}
}

/*
 * Names get half of the width at most. What is left decides how many rules stand side by side, and the
 * matrix is printed in as many blocks as are needed.
 */
void report_matrix_print(const struct report_matrix *m, FILE *out, const struct report_style *style)
{
	unsigned int names = 14, most;
	struct sheet sheet;
	int block;

	assert(m && out && style);
	report_sheet_init(&sheet, style);
	most = sheet.width / 2;
	for (int i = 0; i < m->scenarios; i++)
		names = report_width(m->scenario[i]) + 2 > names ? report_width(m->scenario[i]) + 2 : names;
	names = names > most ? most : names;
	block = (int)(sheet.width - names) / 3;
	for (int first = 0; first < m->rules; first += block)
		print_matrix_block(m, &sheet, names, first, first + block < m->rules ? first + block : m->rules, out);
	report_paragraph(out, style,
			 style->ascii ? "X unsafe   . safe   ? no violation found, not everything explored"
				      : "✗ unsafe   · safe   ? no violation found, not everything explored",
			 0, 2, INK_DIM);
	fputc('\n', out);
	print_matrix_rules(m, out, style);
	report_sheet_done(&sheet);
}
