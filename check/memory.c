/* SPDX-License-Identifier: MIT */
/* memory.c - texts without a failure path. */
#include "check/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

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
		explore_out_of_memory();
	return text;
}
