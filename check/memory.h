/* SPDX-License-Identifier: MIT */
/*
 * memory.h - memory without a failure path: when there is no more, the program says so and ends with status 2.
 *
 * A checker that has run out of memory has no verdict, and nothing that it could still do with one.
 */
#ifndef CHECK_MEMORY_H
#define CHECK_MEMORY_H

#include <stddef.h>

/* @count objects of @size bytes, all zero; never NULL. For free(). */
void *memory_new(size_t count, size_t size);
/* @array with room for @count objects of @size bytes; what is new in it has no value. */
void *memory_grow(void *array, size_t count, size_t size);
/* The text that printf() would print. For free(). */
char *memory_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the program. */
_Noreturn void memory_out(void);

#endif
