/* SPDX-License-Identifier: MIT */
/*
 * loose.h - which agents hear of others by an access that orders nothing.
 *
 * If all that an agent reads of another one is read with acquire, and was stored with release, then whatever was done before is before what it does
 * next, and two accesses of theirs that are not ordered can be side by side (races.h). So only who reads *loosely* need be watched (before.h): without
 * acquire, or what was stored without release. That an acquire fence comes next, or a release fence came before, is as good. Locks are words of which
 * nobody hears but who takes them.
 *
 * What changes a word by adding to it, or the like, without acquire is taken to count, and not to hear.
 */
#ifndef MODEL_LOOSE_H
#define MODEL_LOOSE_H

#include <stdint.h>

uint32_t loose_readers(void); /* as far as delays.h knows; a bit each */

#endif
