/* SPDX-License-Identifier: MIT */
/*
 * fiber.h - stack switches: each agent runs on a stack of its own.
 *
 * Only what the calling convention makes the callee save is kept; signal masks and floating-point modes are
 * shared by all fibers.
 */
#ifndef EXPLORE_FIBER_H
#define EXPLORE_FIBER_H

#include <stddef.h>

/* Saves the running stack in *@save and goes on where @load was saved. */
void explore_fiber_switch(void **save, void *load);

/* Where explore_fiber_prepare() lets a new stack begin; never called. */
void explore_fiber_entry(void);

/* A stack that runs body(arg) when it is first switched to. body must not return. */
void *explore_fiber_prepare(void *top, void (*body)(void *), void *arg);

/* AddressSanitizer's notes on a stack are no part of the state: forget them where a stack is read or written from outside. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define explore_fiber_forget(start, bytes) __asan_unpoison_memory_region(start, bytes)
#else
#define explore_fiber_forget(start, bytes) ((void)(start), (void)(bytes))
#endif

#endif
