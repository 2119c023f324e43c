/* SPDX-License-Identifier: MIT */
/*
 * generate.c - scenarios made by chance: two or three threads on two or three CPUs, one or two operations each, on a few pages.
 *
 * Operations are taken from the subject's table, so that a new one is tried without anybody thinking of it. What its form
 * asks for is filled in from the maps and the file below; a form that asks for something else is left out.
 *
 * Raw scenarios have operations of their own, which are written out here.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shootdown/subject.h>
#include "check/form.h"
#include "tests/machine/generate.h"

struct text {
	uint64_t random;
	char *to;
	size_t size, length;
	unsigned int registers;
};

static unsigned int chance(struct text *t, unsigned int n)
{
	uint64_t z = t->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (unsigned int)((z ^ z >> 31) % n);
}

static void __attribute__((format(printf, 2, 3))) put(struct text *t, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(t->to + t->length, t->size - t->length, format, args);
	va_end(args);
	if (length > 0 && t->length + (size_t)length < t->size)
		t->length += (size_t)length;
}

/* ---- operations ---- */

/* What stands for a word of a form; NULL: nothing does. An empty one is left out. */
static const char *filled_in(struct text *t, const char *word)
{
	static const char *const maps[] = { "A", "B" }, *const pages[] = { "A.0", "B.0" };

	if (!strcmp(word, "A") || !strcmp(word, "A[.p..q]"))
		return maps[chance(t, 2)];
	if (!strcmp(word, "A.p") || !strcmp(word, "[A[.p..q]...]"))
		return pages[chance(t, 2)];
	if (!strcmp(word, "F"))
		return "F";
	if (!strcmp(word, "F.p") || !strcmp(word, "F[.p]"))
		return "F.0";
	if (word[0] == '[')
		return "";
	return word[0] >= 'a' && word[0] <= 'z' && strcmp(word, "g") ? word : NULL;
}

/* False: the form asks for something that there is not, and nothing was written. */
static bool put_operation(struct text *t, const char *form)
{
	char words[100], out[100] = "";
	bool first = true;

	snprintf(words, sizeof(words), "%s", form);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
		const char *by = first && !strcmp(word, "mmap") ? word : filled_in(t, word);

		if (!by)
			return false;
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", *by && !first ? " " : "", by);
		first = false;
	}
	/* What is mapped is the map that is not there yet. */
	put(t, "%s", !strncmp(out, "mmap", 4) ? "mmap C" : out);
	return true;
}

/* The file is one of the page cache. */
static bool is_of_driver(const char *form)
{
	const struct subject_use *use = form_use(&subject_under_test, form);

	return use && use->drivers;
}

/* False: no other operation can stand behind it. */
static bool put_call(struct text *t)
{
	const struct subject_operation *all = subject_under_test.operations, *call;
	const struct subject_use *use;
	unsigned int nr = 0;

	while (all[nr].form)
		nr++;
	do
		call = &all[chance(t, nr)];
	while (is_of_driver(call->form) || !put_operation(t, call->form));
	use = form_use(&subject_under_test, call->form);
	return !use || !use->ends;
}

static void put_access(struct text *t)
{
	const char *map = chance(t, 2) ? "A" : "B";

	switch (chance(t, 3)) {
	case 0:
		put(t, "load %s -> r%u", map, t->registers++);
		break;
	case 1:
		put(t, "store %s = %u", map, 1 + chance(t, 9));
		break;
	default:
		put(t, "gup-fast %s.0 -> g%u; read g%u; put g%u", map, t->registers, t->registers, t->registers);
		t->registers++;
	}
}

/* ---- scenarios ---- */

static void put_thread(struct text *t, unsigned int cpu)
{
	unsigned int nr = 1 + chance(t, 2);
	bool more = true;

	put(t, "cpu %u: ", cpu);
	for (unsigned int i = 0; i < nr && more; i++) {
		put(t, i ? "; " : "");
		if (chance(t, 2))
			more = put_call(t);
		else
			put_access(t);
	}
	put(t, "\n");
}

/* Both maps, whichever of them an operation of @threads names. */
static void put_statements(struct text *t, const char *threads)
{
	static const char *const statements[] = { "uffd", "numa", "soft-dirty" };

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (strstr(threads, statements[i]))
			put(t, "%s A\n%s B\n", statements[i], statements[i]);
	}
}

void generate(uint64_t seed, char *text, size_t size)
{
	struct text t = { .random = seed << 20, .to = text, .size = size }, threads_text;
	char *programs = calloc(1, size);
	unsigned int threads = 2 + !chance(&t, 3);
	bool shared_cpu = !chance(&t, 4);

	put(&t, "litmus generated-%llu\ndoc \"made by chance\"\nfile F pages=1\n", (unsigned long long)seed);
	put(&t, "map A = anon rw at 0x0\nmap B = F rw %s near A\n", chance(&t, 2) ? "shared" : "private");
	put(&t, "map C = anon rw at 0x0 absent\n");
	if (chance(&t, 3))
		put(&t, "present A%s\n", chance(&t, 2) ? " dirty" : "");
	if (chance(&t, 2))
		put(&t, "present B\n");
	threads_text = (struct text){ .random = t.random, .registers = t.registers, .to = programs, .size = size };
	for (unsigned int i = 0; i < threads; i++)
		put_thread(&threads_text, shared_cpu && i ? i - 1 : i);
	put_statements(&t, programs);
	put(&t, "%sexpect safe\n", programs);
	free(programs);
}

/* ---- raw scenarios ---- */

static const char *one_of(struct text *t, const char *const *words, unsigned int nr)
{
	return words[chance(t, nr)];
}

#define ONE_OF(t, ...)                                  \
	one_of(t, (const char *const[]){ __VA_ARGS__ }, \
	       (unsigned int)(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)))

/* One after the other: in which order a compiler evaluates arguments is its own business, and a seed is one text with each. */
static void put_entry(struct text *t)
{
	put(t, "%s", ONE_OF(t, "rw clean", "rw dirty", "rw fixed", "ro", "ro dirty"));
	put(t, " %s", ONE_OF(t, "young", "young", "old"));
	put(t, " %s", ONE_OF(t, "valid", "valid", "invalid"));
	put(t, " to %s", ONE_OF(t, "x", "y"));
}

/* Of a page, a flag or an entry; a page twice as often. */
static void put_raw_place(struct text *t)
{
	put(t, "%s", ONE_OF(t, "load x", "load y", "load x", "load y", "flag f", "entry x"));
	put(t, " -> r%u%s", t->registers++, ONE_OF(t, "", "", " acquire", " acquire-pc"));
}

static void put_raw_store(struct text *t)
{
	put(t, "%s", ONE_OF(t, "store x", "store y", "store x", "flag f"));
	put(t, " = %u", 1 + chance(t, 3));
	if (!chance(t, 4))
		put(t, " -> r%u%s", t->registers++, ONE_OF(t, "", " acquire"));
	put(t, "%s", ONE_OF(t, "", "", " release"));
}

static void put_raw_pair(struct text *t)
{
	const char *place = ONE_OF(t, "x", "y");

	put(t, "load %s -> r%u exclusive; store %s = %u -> r%u exclusive", place, t->registers, place, 4 + chance(t, 2),
	    t->registers + 1);
	t->registers += 2;
}

/* What a kernel does to page tables. */
static void put_raw_change(struct text *t)
{
	switch (chance(t, 4)) {
	case 0:
		put(t, "entry x = none");
		break;
	case 1:
		put(t, "entry x = ");
		put_entry(t);
		break;
	case 2:
		put(t, "entry x %s", ONE_OF(t, "clear dirty", "clear young", "clear valid", "set valid", "set dirty"));
		break;
	default:
		put(t, "%s", ONE_OF(t, "table x = none", "table x = live", "entry y = none"));
	}
}

static void put_raw_order(struct text *t)
{
	if (chance(t, 2)) {
		put(t, "fence %s",
		    ONE_OF(t, "full", "store", "load", "complete", "complete", "complete store", "context"));
		return;
	}
	put(t, "invalidate %s", ONE_OF(t, "x", "x leaf", "all", "id"));
	put(t, "%s", ONE_OF(t, "", " local"));
}

static void put_raw_operation(struct text *t)
{
	void (*const all[])(struct text *) = { put_raw_place, put_raw_store,  put_raw_change, put_raw_place,
					       put_raw_store, put_raw_change, put_raw_order,  put_raw_order,
					       put_raw_order, put_raw_pair };

	all[chance(t, sizeof(all) / sizeof(all[0]))](t);
}

static void put_raw_program(struct text *t, unsigned int cpu, unsigned int nr, bool calls)
{
	put(t, "cpu %u: ", cpu);
	for (unsigned int i = 0; i < nr; i++) {
		put(t, i ? "; " : "");
		put_raw_operation(t);
	}
	if (calls) {
		put(t, "; call %u: ", !cpu);
		put_raw_operation(t);
		put(t, "; fence complete");
	}
	put(t, "\n");
}

/* Nothing is expected of it that could fail: it is about the steps on the way. */
void generate_raw(uint64_t seed, char *text, size_t size)
{
	struct text t = { .random = seed << 20, .to = text, .size = size };
	unsigned int cpus = 2 + !chance(&t, 3);
	bool calls = !chance(&t, 4);

	put(&t, "litmus raw-%llu\ndoc \"made by chance\"\nraw\n", (unsigned long long)seed);
	put(&t, "map x = anon rw\nmap y = anon rw\n");
	for (unsigned int i = 0; i < 2; i++) {
		put(&t, "start entry %c = ", "xy"[i]);
		put_entry(&t);
		put(&t, "\n");
	}
	put(&t, "%s", ONE_OF(&t, "", "hardware none\n", "hardware accessed\n", "hardware dirty\n"));
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		put_raw_program(&t, cpu, cpus == 2 ? 3 : 2, calls && !cpu);
	put(&t, "expect sometimes x.0 = 0\n");
}
