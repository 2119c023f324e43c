/* SPDX-License-Identifier: MIT */
/*
 * fiber.h - stack switches: each agent runs on a stack of its own.
 *
 * Only what the calling convention makes the callee save is kept; signal masks and floating-point modes are
 * shared by all fibers.
 */
#ifndef MODEL_FIBER_H
#define MODEL_FIBER_H

#include <stddef.h>

/* Saves the running stack in *@save and goes on where @load was saved. */
void model_fiber_switch(void **save, void *load);

/* Where model_fiber_prepare() lets a new stack begin; never called. */
void model_fiber_entry(void);

/* A stack that runs body(arg) when it is first switched to. body must not return. */
void *model_fiber_prepare(void *top, void (*body)(void *), void *arg);

/* AddressSanitizer's notes on a stack are not part of a snapshot: forget them where a stack is copied. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define model_fiber_forget(start, bytes) __asan_unpoison_memory_region(start, bytes)
#else
#define model_fiber_forget(start, bytes) ((void)(start), (void)(bytes))
#endif

#endif
