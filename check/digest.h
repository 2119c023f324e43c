/* SPDX-License-Identifier: MIT */
/* digest.h - FNV-1a: what differs by mistake shall differ here, and nobody tries to make it equal. */
#ifndef CHECK_DIGEST_H
#define CHECK_DIGEST_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const uint64_t DIGEST_OF_NOTHING = 0xcbf29ce484222325;

static inline void digest_add(uint64_t *digest, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
		*digest = (*digest ^ byte[i]) * 0x100000001b3;
}

/* With its end, so that "ab" and "c" are not "a" and "bc". */
static inline void digest_add_text(uint64_t *digest, const char *text)
{
	assert(text);
	digest_add(digest, text, strlen(text) + 1);
}

#endif
