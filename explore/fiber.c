/* SPDX-License-Identifier: MIT */
/* fiber.c - the first frame of a new stack, as explore_fiber_switch() of the host's architecture pops it. */
#include "explore/fiber.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
/* Popped upwards: r15 r14 r13 r12 rbx rbp, then the return address. */
enum {
	FRAME_WORDS = 7,
	FRAME_BODY = 2,
	FRAME_ARG = 3,
	FRAME_RETURN = 6
};
#elif defined(__aarch64__)
/* x29 x30 x19 x20 ..., 160 bytes in all. */
enum {
	FRAME_WORDS = 20,
	FRAME_RETURN = 1,
	FRAME_ARG = 2,
	FRAME_BODY = 3
};
#else
#error "no stack switch for this architecture: write fiber_<arch>.S"
#endif

/* A stack as if it had been switched away from just in front of its first instruction. */
void *explore_fiber_prepare(void *top, void (*body)(void *), void *arg)
{
	/* Popping the frame must leave the stack 16-byte aligned at the call in explore_fiber_entry. */
	uintptr_t end = ((uintptr_t)top & ~(uintptr_t)15) - 16;
	/*
	 * Zero but for three words: what registers hold at the start is part of the state, and must
	 * be the same for each agent.
	 */
	uintptr_t *frame = (uintptr_t *)end - FRAME_WORDS;

	assert(body && top);
	memset(frame, 0, end - (uintptr_t)frame);
	frame[FRAME_BODY] = (uintptr_t)body;
	frame[FRAME_ARG] = (uintptr_t)arg;
	frame[FRAME_RETURN] = (uintptr_t)explore_fiber_entry;
	return frame;
}
