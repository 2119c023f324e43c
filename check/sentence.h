/* SPDX-License-Identifier: MIT */
/*
 * sentence.h - words for what the machine tells: the one place that has them.
 *
 * Nothing may be concluded from a sentence: names in it are the scenario's, and the wording may change at any time. What
 * happened is in the record (machine/event.def).
 */
#ifndef CHECK_SENTENCE_H
#define CHECK_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "check/lines.h"
#include "check/names.h"

/*
 * sentence_of - @event in words, for somebody who sees the CPU it happened on: "frees frame 3"; "" if it is shown otherwise.
 *
 * Names are those of the moment, so it is called while the event is heard. For a violation it is why that is one. @lines
 * finds the places that a sentence names; NULL: they are addresses.
 */
void sentence_of(const struct binding *binding, struct lines *lines, const struct machine_event *event, char *text,
		 size_t size);

/* Of entries whose stores leave in one step: names of them, which may be several. */
void sentence_seen(const char *entries, bool several, char *text, size_t size);

/* "frame 3 rw dirty", "table in frame 2", "none". */
void sentence_entry(uint64_t word, char *text, size_t size);

#endif
