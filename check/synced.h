/* SPDX-License-Identifier: MIT */
/*
 * synced.h - what programs had stored to a page of a file when an operation began that writes it out (fsync): that is on disk when it is over.
 *
 * Of each such page the checker keeps which values have been in memory, and which one is there now. When the operation begins all but
 * that one are out of date, until one of them is stored again; the mm says what is on disk of the page behind it, and that must not be a value which is out of
 * date. A store that has not left its CPU yet is not finished, and its value on disk is no older one.
 *
 * Watched are pages that some program stores to through a shared mapping, if some operation of the scenario writes its file out. Values that one page is given
 * twice are one.
 */
#ifndef CHECK_SYNCED_H
#define CHECK_SYNCED_H

#include "check/bind.h"

struct synced_call {
	struct subject_call call; /* first */
	const struct binding *binding;
	const struct litmus_op *op;
};

/*
 * synced_set_up - from here on stores are remembered.
 *
 * Context: while the world is set up, when all watches are there, once. What is remembered lies in the arena.
 */
void synced_set_up(struct binding *binding);

/* A program's store to the page of @watch has left its CPU, in the step that goes on. */
void synced_stored(const struct binding *binding, int watch, uint64_t value);

/*
 * synced_begins - the running agent begins .op, which is called with .call next.
 *
 * Context: a step of its own, so that a store of another agent is either before or behind. .call.on_disk is set.
 */
void synced_begins(struct synced_call *call);

#endif
