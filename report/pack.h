/* SPDX-License-Identifier: MIT */
/* pack.h - a text as a browser can unpack it: zlib's format, in base64. */
#ifndef REPORT_PACK_H
#define REPORT_PACK_H

#include <stdio.h>

/*
 * On one line, without a newline. A page of a large run is mostly text that repeats itself; it shrinks to a
 * fraction.
 */
void report_pack(const char *text, FILE *out);

#endif
