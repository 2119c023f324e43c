/* SPDX-License-Identifier: MIT */
/*
 * memory.h - memory without a failure path: what explore/memory.h has, and texts.
 *
 * Out of memory ends the program with status 2, as every trouble that is no verdict does. No caller could do
 * better: what it would report needs memory, too.
 */
#ifndef CHECK_MEMORY_H
#define CHECK_MEMORY_H

#include "explore/memory.h"

/* memory_print - the text that printf() would print, however long. For free(); never NULL. */
char *memory_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
