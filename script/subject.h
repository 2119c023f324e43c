/* SPDX-License-Identifier: MIT */
/*
 * subject.h - included in front of each file of the code under test (-include, by shootdown-check.mk).
 *
 * -fno-builtin makes calls of these functions stay calls, which the checker sees; gcc expands the names with __builtin_ all
 * the same, and tells nobody what it reads and writes.
 */
#ifndef SHOOTDOWN_SUBJECT_INCLUDED
#define SHOOTDOWN_SUBJECT_INCLUDED

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *text);

#define __builtin_memcpy  memcpy
#define __builtin_memmove memmove
#define __builtin_memset  memset
#define __builtin_memcmp  memcmp
#define __builtin_strlen  strlen

#endif
