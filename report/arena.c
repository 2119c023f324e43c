/* SPDX-License-Identifier: MIT */
/*
 * arena.c - memory and clean texts for the reports.
 *
 * Everything of a report is freed at once, so its memory comes from an arena: pieces of large chunks, without a header
 * and without a way to give one back. All memory is zeroed. Out of memory ends the program here, so that no caller
 * needs an error path. Every text is cleaned when it is copied: (1) no control character and no override of the
 * direction of writing reaches a terminal or a page; (2) every text is valid UTF-8.
 */
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
	/* The newest chunk comes first; only that one is ever looked at for room. */
	struct arena_chunk *next;
	size_t used, size;
	/* Aligned for every type, since report_alloc() does not know what it is for. */
	_Alignas(ARENA_ALIGN) char bytes[];
};

struct report_arena {
	struct arena_chunk *chunk;
};

/* The status is 2, as for every other failure that is not a verdict. */
static void *must_alloc(size_t bytes)
{
	assert(bytes);
	void *memory = calloc(1, bytes);

	if (!memory) {
		fputs("shootdown: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

struct report_arena *report_arena_new(void)
{
	return must_alloc(sizeof(struct report_arena));
}

/* NULL is allowed, as for free(). */
void report_arena_free(struct report_arena *arena)
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

/*
 * A request that is larger than a chunk gets one of its own size. The rest of the old chunk is lost
 * then, which is cheaper than to look for room in all of them.
 */
void *report_alloc(struct report_arena *arena, size_t bytes)
{
	struct arena_chunk *chunk = arena->chunk;
	size_t size = bytes > ARENA_CHUNK ? bytes : ARENA_CHUNK;
	void *memory;

	assert(arena);
	bytes = (bytes + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (!chunk || chunk->used + bytes > chunk->size) {
		size += ARENA_ALIGN;
		/* Rounding up may have added up to one alignment to the request. */
		chunk = must_alloc(sizeof(*chunk) + size);
		chunk->size = size;
		chunk->next = arena->chunk;
		arena->chunk = chunk;
	}
	memory = chunk->bytes + chunk->used;
	chunk->used += bytes;
	return memory;
}

/*
 * The size doubles whenever the count is a power of two, so the caller needs to store no capacity; the
 * old array stays in the arena until the end. Adding n elements costs time in proportion to n.
 */
void *report_grow(struct report_arena *arena, void *array, int count, size_t element)
{
	assert(arena && element);
	void *larger;

	assert(count >= 0);
	/* Not a power of two (0 counts as one here): there is room for another element. */
	if (count & (count - 1))
		return array;
	larger = report_alloc(arena, (size_t)(count ? 2 * count : 1) * element);
	if (count)
		memcpy(larger, array, (size_t)count * element);
	return larger;
}

/*
 * C0, DEL, C1, the two code points XML forbids, and the bidirectional overrides that make a text lie.
 * The replacement character is among them because report_next() returns it for bytes that are no UTF-8:
 * conclusion (2).
 */
static bool hostile(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xfffe || code == 0xffff ||
	       code == REPLACEMENT || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
	       code == 0x2028 || code == 0x2029;
}

/*
 * A character is replaced by one byte at most, so the copy is never longer than the text. The original
 * bytes are copied where nothing is wrong, which keeps the encoding as it was.
 */
static char *clean_copy(struct report_arena *arena, const char *text, bool lines)
{
	const char *from = text ? text : "", *before;
	char *copy = report_alloc(arena, strlen(from) + 1), *to = copy;
	uint32_t code;

	assert(arena);
	for (before = from; (code = report_next(&from)); before = from) {
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

/*
 * A newline becomes a blank, since almost every text stands on one line; report_copy_lines() is for the
 * text of a scenario.
 */
char *report_copy(struct report_arena *arena, const char *text)
{
	return clean_copy(arena, text, false);
}

char *report_copy_lines(struct report_arena *arena, const char *text)
{
	return clean_copy(arena, text, true);
}

/* Formatted first and cleaned then, so that also the arguments are cleaned. */
char *report_vprint(struct report_arena *arena, const char *format, va_list args)
{
	char *raw, *clean;

	assert(arena && format);
	if (vasprintf(&raw, format, args) < 0) {
		fputs("shootdown: out of memory\n", stderr);
		exit(2);
	}
	clean = report_copy(arena, raw);
	free(raw);
	return clean;
}
