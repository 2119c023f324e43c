/* SPDX-License-Identifier: MIT */
/* globals.h - what the two files of a subject tell of their variables. */
#ifndef TESTS_SEAM_GLOBALS_H
#define TESTS_SEAM_GLOBALS_H

#include <stddef.h>
#include <stdint.h>

extern uint64_t initialised[5], zeroed[3];
extern int tentative;
extern const uint64_t constant;

/* NULL after the last. */
void *addresses_one(unsigned int nr);
void *addresses_two(unsigned int nr);
const void *address_of_constant(void);

#endif
