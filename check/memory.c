/* SPDX-License-Identifier: MIT */
/* memory.c - memory without a failure path. */
#include "check/memory.h"

#include "check/cli.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void memory_out(void)
{
	fputs("shootdown: out of memory\n", stderr);
	exit(EXIT_TROUBLE);
}

void *memory_new(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	assert(size);
	if (!memory)
		memory_out();
	return memory;
}

void *memory_grow(void *array, size_t count, size_t size)
{
	assert(count && size);
	array = reallocarray(array, count, size);
	if (!array)
		memory_out();
	return array;
}

char *memory_print(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	assert(format);
	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		memory_out();
	return text;
}
