/* SPDX-License-Identifier: MIT */
/*
 * loose.h - which agents hear of others by an access that orders nothing.
 *
 * If all that an agent reads of another one is read with acquire, and was stored with release, then whatever was done before is before what it does
 * next, and two accesses of theirs that are not ordered can be side by side (races.h). So only who reads *loosely* need be watched (before.h): without
 * acquire, or what was stored without release. That an acquire fence comes next, or a release fence came before, is as good. Locks are words of which
 * nobody hears but who takes them; and of what both access under one lock nobody hears but by that.
 *
 * What changes a word by adding to it, or the like, without acquire is taken to count, and not to hear; and what takes an entry away without release not to tell.
 */
#ifndef MODEL_LOOSE_H
#define MODEL_LOOSE_H

#include <stdint.h>

/* As far as delays.h knows; a bit each. @locks: those that order what is done under them. */
uint32_t loose_readers(uint64_t locks);

#endif
