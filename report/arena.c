/* SPDX-License-Identifier: MIT */
/* arena.c - memory and clean texts for the reports. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "report/text.h"

enum {
	ARENA_CHUNK = 8192,
	ARENA_ALIGN = 16,
	REPLACEMENT = 0xfffd,
};

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	_Alignas(ARENA_ALIGN) char bytes[];
};

struct report_arena {
	struct arena_chunk *chunk;
};

static void *must_alloc(size_t bytes)
{
	void *memory = calloc(1, bytes);

	if (!memory) {
		fputs("shootdown: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

struct report_arena *arena_new(void)
{
	return must_alloc(sizeof(struct report_arena));
}

void arena_free(struct report_arena *arena)
{
	struct arena_chunk *chunk, *next;

	if (!arena)
		return;
	for (chunk = arena->chunk; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

void *arena_alloc(struct report_arena *arena, size_t bytes)
{
	struct arena_chunk *chunk = arena->chunk;
	size_t size = bytes > ARENA_CHUNK ? bytes : ARENA_CHUNK;
	void *memory;

	bytes = (bytes + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (!chunk || chunk->used + bytes > chunk->size) {
		size += ARENA_ALIGN;
		chunk = must_alloc(sizeof(*chunk) + size);
		chunk->size = size;
		chunk->next = arena->chunk;
		arena->chunk = chunk;
	}
	memory = chunk->bytes + chunk->used;
	chunk->used += bytes;
	return memory;
}

void *arena_grow(struct report_arena *arena, void *array, int count, size_t element)
{
	void *larger;

	assert(count >= 0);
	if (count & (count - 1))
		return array;
	larger = arena_alloc(arena, (size_t)(count ? 2 * count : 1) * element);
	if (count)
		memcpy(larger, array, (size_t)count * element);
	return larger;
}

static bool continues(const char *text, unsigned int bytes)
{
	for (unsigned int i = 1; i <= bytes; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* Overlong forms, surrogates and what lies beyond Unicode are as broken as a stray byte. */
static bool valid_code(uint32_t code, unsigned int tail)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };

	return code >= least[tail] && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

uint32_t text_next(const char **text)
{
	unsigned char first = (unsigned char)**text;
	unsigned int tail = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
	uint32_t code = tail ? first & (0x3fu >> tail) : first;

	if (!first)
		return 0;
	if ((first >= 0x80 && !tail) || first >= 0xf8 || !continues(*text, tail)) {
		(*text)++;
		return REPLACEMENT;
	}
	for (unsigned int i = 1; i <= tail; i++)
		code = code << 6 | ((unsigned char)(*text)[i] & 0x3f);
	*text += tail + 1;
	return valid_code(code, tail) ? code : REPLACEMENT;
}

/* C0, DEL, C1, the two code points XML forbids, and the bidirectional overrides that make a text lie. */
static bool hostile(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xfffe || code == 0xffff ||
	       code == REPLACEMENT || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
	       code == 0x2028 || code == 0x2029;
}

static char *clean_copy(struct report_arena *arena, const char *text, bool lines)
{
	const char *from = text ? text : "", *before;
	char *copy = arena_alloc(arena, strlen(from) + 1), *to = copy;
	uint32_t code;

	for (before = from; (code = text_next(&from)); before = from) {
		if (hostile(code)) {
			*to++ = code == '\n' && lines ? '\n' : code == '\t' || code == '\n' ? ' ' : '?';
			continue;
		}
		memcpy(to, before, (size_t)(from - before));
		to += from - before;
	}
	*to = '\0';
	return copy;
}

char *arena_text(struct report_arena *arena, const char *text)
{
	return clean_copy(arena, text, false);
}

char *arena_lines(struct report_arena *arena, const char *text)
{
	return clean_copy(arena, text, true);
}

char *arena_vprint(struct report_arena *arena, const char *format, va_list args)
{
	char *raw, *clean;

	if (vasprintf(&raw, format, args) < 0) {
		fputs("shootdown: out of memory\n", stderr);
		exit(2);
	}
	clean = arena_text(arena, raw);
	free(raw);
	return clean;
}
