/* SPDX-License-Identifier: MIT */
/*
 * fuzz.c - no text makes the reader crash, read beyond its end, or hand out a tree with a hole in it.
 *
 * Run without arguments it is a test: 50,000 texts from a fixed seed, started from the shipped scenarios and tests/lang/bad/.
 * With arguments it is libFuzzer as usual. The name of the file is taken from the text, or nothing would get past its
 * first line.
 */
#include <ctype.h>
#include "lang/raw.h"
#include "tests/lang/words.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void passed(void)
{
	puts("1 passed, 0 failed");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char runs[] = "-runs=50000", seed[] = "-seed=1", longest[] = "-max_len=1200", quiet[] = "-verbosity=0";
	static char found[] = FUZZ_FOUND, good[] = "litmus", bad[] = "tests/lang/bad";
	static char *arguments[9];

	if (*argc > 1)
		return 0;
	arguments[0] = (*argv)[0];
	memcpy(arguments + 1, (char *[]){ runs, seed, longest, quiet, found, good, bad, NULL }, 8 * sizeof(char *));
	*argc = 8;
	*argv = arguments;
	atexit(passed);
	return 0;
}

static void need(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "a tree with a hole in it: %s\n", what);
	abort();
}

static bool index_of(int index, unsigned int count)
{
	return index == LITMUS_NONE || (index >= 0 && (unsigned int)index < count);
}

static unsigned long page_bytes(const struct litmus *l, const struct litmus_map *map)
{
	bool huge = map->object == LITMUS_OBJECT_FILE && l->files[map->file].kind == LITMUS_FILE_HUGETLB;

	return huge ? 4 * 4096 : 4096;
}

static void check_maps(const struct litmus *l)
{
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		need(map->start < map->end && map->end <= 4096ul << (2 * l->levels), "the addresses of a map");
		need((map->end - map->start) / page_bytes(l, map) == map->pages, "the size of a map");
		need(map->object != LITMUS_OBJECT_FILE || map->file_page + map->pages <= l->files[map->file].pages,
		     "a map beyond its file");
		need(map->mm >= 0 && (unsigned int)map->mm < l->nr_mms, "the mm of a map");
		for (unsigned int j = 0; j < i; j++) {
			const struct litmus_map *other = &l->maps[j];

			need(map->absent || other->absent || map->mm != other->mm || map->end <= other->start ||
				     other->end <= map->start,
			     "maps that overlap");
		}
	}
}

static void check_op(const struct litmus *l, const struct litmus_op *op)
{
	need(op->text && op->at.line > 1 && op->at.column > 0, "the text of an operation");
	need(index_of(op->map, l->nr_maps) && index_of(op->file, l->nr_files) && index_of(op->to, l->nr_maps) &&
		     index_of(op->reg, l->nr_registers) && index_of(op->handle, l->nr_handles),
	     "what an operation names");
	if (op->map != LITMUS_NONE)
		need(op->start < op->end && op->page + op->pages <= l->maps[op->map].pages,
		     "the range of an operation");
	for (unsigned int i = 0; i < op->nr_ranges; i++) {
		const struct litmus_range *range = &op->range[i];

		need(range->map >= 0 && (unsigned int)range->map < l->nr_maps && range->start < range->end &&
			     range->page + range->pages <= l->maps[range->map].pages &&
			     l->maps[range->map].mm == l->maps[op->map].mm,
		     "a further range of an operation");
	}
	if (op->file != LITMUS_NONE)
		need(op->pages && op->page + op->pages <= l->files[op->file].pages, "the pages of an operation");
}

static void check_agents(const struct litmus *l, const struct litmus_agent *agents, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct litmus_agent *agent = &agents[i];

		need((l->raw || agent->nr_ops) &&
			     agent->cpu < l->cpus + (agent->peer != LITMUS_NONE ? l->nr_devices + l->nr_vcpus : 0) &&
			     l->cpus + l->nr_devices + l->nr_vcpus <= LITMUS_MAX_CPUS,
		     "an agent");
		need(index_of(agent->mm, l->nr_mms) && (agent->mm >= 0 || agent->kind == LITMUS_KTHREAD),
		     "an agent's mm");
		for (unsigned int j = 0; j < agent->nr_ops; j++)
			check_op(l, &agent->ops[j]);
	}
}

/* ---- raw scenarios ---- */

static void check_place(const struct litmus *l, const struct raw_place *place)
{
	need(index_of(place->map, l->nr_maps) && index_of(place->flag, l->raw->nr_flags), "a place");
	need((place->map == LITMUS_NONE) || (place->page < l->maps[place->map].pages && place->offset < 4096 &&
					     place->address < l->maps[place->map].end),
	     "a place beyond its map");
}

static void check_value(const struct litmus *l, const struct raw_value *value)
{
	const struct raw_entry *entry = &value->entry;

	need(index_of(value->reg, l->nr_registers), "the register of a value");
	need(value->kind != RAW_REGISTER || value->reg >= 0, "a value without a register");
	need(index_of(entry->map, l->nr_maps), "the map of an entry");
	need(value->kind != RAW_ENTRY_VALUE || entry->none ||
		     (entry->map >= 0 && entry->page < l->maps[entry->map].pages),
	     "an entry that leads nowhere");
	check_place(l, &value->place);
}

/* An operation of the array, which every chain that is entered has to be. */
static bool is_op(const struct litmus *l, int op)
{
	return op >= 0 && (unsigned int)op < l->raw->nr_ops;
}

static void check_raw_op(const struct litmus *l, const struct raw_op *op)
{
	const bool ends = op->kind == RAW_END || op->kind == RAW_RETURN || op->kind == RAW_ANSWER;

	need(op->text && op->at.line > 1, "the text of an operation");
	need(is_op(l, op->next) || (ends && op->next == LITMUS_NONE), "a chain without an end");
	need(op->next == LITMUS_NONE || op->text[0], "what the reader adds is not the end");
	need(index_of(op->reg, l->nr_registers) && index_of(op->mm, l->nr_mms), "what an operation names");
	need(op->kind != RAW_LET || op->reg >= 0, "a let without a register");
	need(!op->test.there || op->test.reg >= 0, "a test without a register");
	need((op->kind != RAW_GOTO && op->kind != RAW_CALL) || is_op(l, op->to), "a way to nowhere");
	need(op->kind != RAW_RETURN || op->to == LITMUS_NONE || is_op(l, op->to), "a return to nowhere");
	need(op->on_fault != RAW_ELSE || is_op(l, op->otherwise), "an else to nowhere");
	need(op->kind != RAW_CALL || op->cpu < l->cpus, "a call of nobody");
	for (unsigned int i = 0; i < op->nr_after; i++)
		need(op->after[i] >= 0 && index_of(op->after[i], l->nr_registers), "after what");
	check_place(l, &op->place);
	check_value(l, &op->value);
	check_value(l, &op->left);
	check_value(l, &op->expected);
	check_value(l, &op->test.value);
}

static void check_raw(const struct litmus *l)
{
	for (unsigned int i = 0; i < l->raw->nr_ops; i++)
		check_raw_op(l, &l->raw->ops[i]);
	for (unsigned int i = 0; i < l->nr_agents; i++)
		need(is_op(l, l->raw->threads[i].first), "an agent without an operation");
	for (unsigned int i = 0; i < l->nr_befores; i++)
		need(is_op(l, l->raw->befores[i].first), "a before line without an operation");
	for (unsigned int i = 0; i < l->raw->nr_labels; i++)
		need(is_op(l, l->raw->labels[i].op), "a label of nothing");
	for (unsigned int i = 0; i < l->raw->nr_starts; i++) {
		check_place(l, &l->raw->starts[i].place);
		check_value(l, &l->raw->starts[i].value);
	}
}

static void check_raw_condition(const struct litmus *l, const struct litmus_expect *e)
{
	unsigned int values = 0;

	for (unsigned int i = 0; i < e->nr_terms; i++) {
		const struct raw_term *term = &e->raw_terms[i];

		check_value(l, &term->left);
		check_value(l, &term->right);
		need(index_of(term->label, l->raw->nr_labels), "the label of a term");
		need(term->kind != RAW_TERM_FAULTED || term->label >= 0, "a fault of nothing");
		if (term->kind == RAW_TERM_NOT)
			need(values > 0, "a not of nothing");
		else if (term->kind == RAW_TERM_AND || term->kind == RAW_TERM_OR)
			need(values-- > 1, "an and, an or of nothing");
		else
			values++;
	}
	need(values == 1, "a condition without a value");
}

/* ---- the others ---- */

/* In postfix order: each of what joins finds what it joins, and one value is left. */
static void check_condition(const struct litmus *l, const struct litmus_expect *e)
{
	unsigned int values = 0;

	for (unsigned int j = 0; j < e->nr_terms; j++) {
		const struct litmus_term *term = &e->terms[j];

		if (term->kind == LITMUS_TERM_NOT) {
			need(values > 0, "a not of nothing");
		} else if (term->kind == LITMUS_TERM_AND || term->kind == LITMUS_TERM_OR) {
			need(values-- > 1, "an and, an or of nothing");
		} else {
			values++;
			need(term->reg >= 0 && index_of(term->reg, l->nr_registers) &&
				     index_of(term->other, l->nr_registers),
			     "a term");
		}
	}
	need(values == (e->nr_terms != 0), "a condition without a value");
}

static void check_expects(const struct litmus *l)
{
	need(l->nr_expects > 0, "no expectation");
	for (unsigned int i = 0; i < l->nr_expects; i++) {
		const struct litmus_expect *e = &l->expects[i];

		need(e->archs && !(e->archs & ~l->archs), "the architectures of an expectation");
		need((e->kind == LITMUS_EXPECT_BROKEN) == (e->properties != 0), "the properties of an expectation");
		need((e->kind == LITMUS_EXPECT_BROKEN) == (e->some || litmus_set_is_any(&e->rules)),
		     "the rules of an expectation");
		need((e->kind == LITMUS_EXPECT_CONDITION) == (e->nr_terms != 0), "the terms of an expectation");
		if (l->raw)
			check_raw_condition(l, e);
		else
			check_condition(l, e);
	}
}

/* "litmus NAME" makes NAME.litmus; anything else x.litmus. */
static void path_from(const char *text, size_t len, char *path, size_t room)
{
	size_t i = 0, n = 0;

	if (len > 7 && memcmp(text, "litmus ", 7) == 0)
		for (i = 7; i < len && n < room - 8 && !isspace((unsigned char)text[i]) && text[i]; i++)
			path[n++] = text[i];
	if (n == 0)
		path[n++] = 'x';
	strcpy(path + n, ".litmus");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char path[80];
	struct litmus_error error;
	struct litmus *l;

	path_from(text, size, path, sizeof(path));
	l = litmus_read(path, text, size, &test_words, &error);
	if (!l) {
		need(error.at.line > 0 && error.at.column > 0 && strstr(error.text, ": "), "an error without position");
		return 0;
	}
	check_maps(l);
	check_agents(l, l->befores, l->nr_befores);
	check_agents(l, l->agents, l->nr_agents);
	check_expects(l);
	if (l->raw)
		check_raw(l);
	litmus_free(l);
	return 0;
}
