/* SPDX-License-Identifier: MIT */
/*
 * pack.c - packs a text for a page: zlib makes it small, base64 makes letters of it.
 *
 * The stream is what a browser's DecompressionStream takes as deflate, so the page needs no code of its own to unpack
 * it. Base64 is written here because zlib has none, and letters are what a script element can hold.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "report/pack.h"

/*
 * Three bytes are four letters; what is missing to three is '='. This is the base64 of RFC 4648, section 4,
 * which a browser's atob() reads.
 */
static void print_letters(const unsigned char *bytes, size_t size, FILE *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	assert(bytes || !size);
	for (size_t i = 0; i < size; i += 3) {
		unsigned int word = (unsigned int)bytes[i] << 16;

		word |= i + 1 < size ? (unsigned int)bytes[i + 1] << 8 : 0;
		word |= i + 2 < size ? bytes[i + 2] : 0;
		fputc(letters[word >> 18], out);
		fputc(letters[word >> 12 & 63], out);
		fputc(i + 1 < size ? letters[word >> 6 & 63] : '=', out);
		fputc(i + 2 < size ? letters[word & 63] : '=', out);
	}
}

/*
 * Packed in one piece, because the text is in memory anyway. The bound of zlib makes the buffer large
 * enough, so only lack of memory can fail.
 */
void report_pack(const char *text, FILE *out)
{
	uLongf size = compressBound(strlen(text));
	unsigned char *bytes = malloc(size);

	assert(text && out);
	if (!bytes || compress2(bytes, &size, (const unsigned char *)text, strlen(text), Z_BEST_COMPRESSION) != Z_OK) {
		fputs("shootdown: out of memory\n", stderr);
		exit(2);
	}
	print_letters(bytes, size, out);
	free(bytes);
}
