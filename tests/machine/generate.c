/* SPDX-License-Identifier: MIT */
/*
 * generate.c - scenarios made by chance: two or three threads on two or three CPUs, one or two operations each, on a few pages.
 *
 * Operations are taken from the subject's table, so that a new one is tried without anybody thinking of it. What its form
 * asks for is filled in from the maps and the file below; a form that asks for something else is left out.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <shootdown/subject.h>
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
	if (!strcmp(word, "A.p"))
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

static void put_call(struct text *t)
{
	const struct subject_operation *all = subject_under_test.operations;
	unsigned int nr = 0;

	while (all[nr].form)
		nr++;
	while (!put_operation(t, all[chance(t, nr)].form))
		;
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

	put(t, "cpu %u: ", cpu);
	for (unsigned int i = 0; i < nr; i++) {
		put(t, i ? "; " : "");
		if (chance(t, 2))
			put_call(t);
		else
			put_access(t);
	}
	put(t, "\n");
}

void generate(uint64_t seed, char *text, size_t size)
{
	struct text t = { .random = seed << 20, .to = text, .size = size };
	unsigned int threads = 2 + !chance(&t, 3);
	bool shared_cpu = !chance(&t, 4);

	put(&t, "litmus generated-%llu\ndoc \"made by chance\"\nfile F pages=1\n", (unsigned long long)seed);
	put(&t, "map A = anon rw at 0x0\nmap B = F rw %s near A\n", chance(&t, 2) ? "shared" : "private");
	put(&t, "map C = anon rw at 0x0 absent\n");
	if (chance(&t, 3))
		put(&t, "present A%s\n", chance(&t, 2) ? " dirty" : "");
	if (chance(&t, 2))
		put(&t, "present B\n");
	for (unsigned int i = 0; i < threads; i++)
		put_thread(&t, shared_cpu && i ? i - 1 : i);
	put(&t, "expect safe\n");
}
