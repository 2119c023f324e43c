/* SPDX-License-Identifier: MIT */
/* pack.h - a text as a browser can unpack it: zlib's format, in base64. */
#ifndef REPORT_PACK_H
#define REPORT_PACK_H

#include <stdio.h>

void report_pack(const char *text, FILE *out);

#endif
