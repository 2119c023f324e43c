/* SPDX-License-Identifier: MIT */
/* lines_header.h - what a header brings that a program is written with: functions that are inlined, one in the other. */
#ifndef TESTS_LINES_HEADER_H
#define TESTS_LINES_HEADER_H

const void *here(void);

static inline __attribute__((always_inline)) const void *header_inner(void)
{
	const void *pc = here();

	__asm__ volatile("");
	return pc;
}

static inline __attribute__((always_inline)) const void *header_outer(void)
{
	return header_inner();
}

static const void *header_caller;

static __attribute__((noinline, unused)) const void *header_alone(void)
{
	header_caller = __builtin_return_address(0);
	return header_inner();
}

#endif
