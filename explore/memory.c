/* SPDX-License-Identifier: MIT */
/* memory.c - memory without a failure path. */
#include "explore/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void explore_out_of_memory(void)
{
	fputs("shootdown: out of memory\n", stderr);
	exit(2);
}

void *explore_new(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	assert(size);
	if (!memory)
		explore_out_of_memory();
	return memory;
}

void *explore_grow(void *array, size_t count, size_t size)
{
	assert(count && size);
	array = reallocarray(array, count, size);
	if (!array)
		explore_out_of_memory();
	return array;
}
