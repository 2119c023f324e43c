/* SPDX-License-Identifier: MIT */
/* generate.h - scenarios made by chance from the operations that the subject has. */
#ifndef TESTS_MACHINE_GENERATE_H
#define TESTS_MACHINE_GENERATE_H

#include <stddef.h>
#include <stdint.h>

/* The same seed gives the same text. Not every one is a scenario: what an operation may not be used for is its own business. */
void generate(uint64_t seed, char *text, size_t size);
/* The same of raw scenarios. */
void generate_raw(uint64_t seed, char *text, size_t size);

#endif
