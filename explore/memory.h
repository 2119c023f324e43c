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
/*
 * Memory that several processes write cannot grow where it is, so addresses are mapped for all that there could ever be: as many
 * bytes as this machine has memory, or fewer, so that @shares of them fit into what a process may have of addresses.
 */
size_t explore_shared_room(unsigned int shares);
/* Shared with processes that are forked from here on, all zero; takes memory only where it is written to. For munmap(). */
void *explore_map_shared(size_t bytes);
/* Ends the program. */
_Noreturn void explore_out_of_memory(void);

#endif
