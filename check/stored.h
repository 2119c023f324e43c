/* SPDX-License-Identifier: MIT */
/*
 * stored.h - what programs have stored to memory of their own: it stays there until somebody discards it.
 *
 * Of a file the disk says what was lost. Private memory has no other copy, so the checker remembers what was stored to each of its
 * pages last, and at each further store and at the end looks whether the page still holds it. An operation that promises to take mappings away discards
 * what is there, from its begin to its end: what is stored meanwhile may go or stay.
 *
 * A page is an address of one address space. Watched are those that private mappings alone have and that some program stores to. Not
 * watched: the memory of an address space that some thread leaves by `exit`.
 */
#ifndef CHECK_STORED_H
#define CHECK_STORED_H

#include "check/bind.h"

/* Does @litmus have pages to be watched? Then what pages hold has to be kept (struct model_config .unread). */
bool stored_is_asked(const struct litmus *litmus);

/*
 * stored_set_up - from here on stores are remembered.
 *
 * Context: while the world is set up, when all watches are there, once. What is remembered lies in the arena.
 */
void stored_set_up(struct binding *binding);

/* A program's store to the page of @watch has left its CPU, in the step that goes on: struct model_config .stored. */
void stored_value(void *binding, int watch, const uint64_t *before, uint64_t value);

/*
 * A page of a program that the kernel has taken to write to (`gup A -> g`, `write g = N`): what it writes is as good as stored by the
 * program, unless what was mapped when it was taken is discarded meanwhile.
 *
 * Context: in the agent's present step: before the page is taken, behind the write, behind `put`.
 */
void stored_takes(struct binding *binding, int handle);
void stored_by_kernel(struct binding *binding, int handle, uint64_t value);
void stored_drops(struct binding *binding, int handle);

/*
 * An operation has read a page of its program's memory, and written to it what follows from that: struct subject_call .changed. Whoever has stored there in
 * between is not heard: `lost-write`.
 */
void stored_changed(struct subject_call *call, uint64_t before, uint64_t value);

/*
 * stored_discards - an operation of the running agent that may discard @watches begins, or ends.
 *
 * Context: in the agent's present step: its first one with the promise, or its last one.
 */
void stored_discards(struct binding *binding, uint64_t watches, bool begins);

/* At the end, when nobody runs any more: each page that no longer holds what was stored last is a `lost-write`. */
void stored_audit(const struct binding *binding);

#endif
