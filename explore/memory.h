/* SPDX-License-Identifier: MIT */
/*
 * memory.h - memory without a failure path: when there is no more, the program says so and ends with status 2.
 *
 * A search that has run out of memory has no verdict, and nothing that it could still do with one.
 */
#ifndef EXPLORE_MEMORY_H
#define EXPLORE_MEMORY_H

#include <stddef.h>

/* @count objects of @size bytes, all zero; never NULL. For free(). */
void *explore_new(size_t count, size_t size);
/* @array with room for @count objects of @size bytes; what is new in it has no value. */
void *explore_grow(void *array, size_t count, size_t size);
/* Ends the program. */
_Noreturn void explore_out_of_memory(void);

#endif
