/* SPDX-License-Identifier: MIT */
/* globals_one.c - variables of every kind, in the first of two files of a subject. */
#include "tests/seam/globals.h"

static char small = 7; /* less than a word, and the first */
uint64_t initialised[5] = { 1, 2, 3 };
uint64_t zeroed[3];
int tentative;
static _Alignas(4096) uint8_t page[4096];
static uint64_t *pointer = &initialised[1];
const uint64_t constant = 4;

void *addresses_one(unsigned int nr)
{
	static uint64_t counted;
	void *all[] = { &small, initialised, zeroed, &tentative, page, &pointer, &counted };

	counted++;
	return nr < sizeof(all) / sizeof(all[0]) ? all[nr] : NULL;
}

const void *address_of_constant(void)
{
	return &constant;
}
