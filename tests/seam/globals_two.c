/* SPDX-License-Identifier: MIT */
/* globals_two.c - variables in the second of two files of a subject. */
#include "tests/seam/globals.h"

static uint16_t small = 1;
static uint8_t last;

void *addresses_two(unsigned int nr)
{
	last += (uint8_t)small;
	return nr == 0 ? (void *)&small : nr == 1 ? (void *)&last : NULL;
}
