/* SPDX-License-Identifier: MIT */
/* memory.h - memory without a failure path: what explore/memory.h has, and texts. */
#ifndef CHECK_MEMORY_H
#define CHECK_MEMORY_H

#include "explore/memory.h"

/* The text that printf() would print. For free(). */
char *memory_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
