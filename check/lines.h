/* SPDX-License-Identifier: MIT */
/*
 * lines.h - where in the source an address of the running program is, and what variables are called, from its debugging
 * information and its symbols.
 *
 *	struct lines *lines = lines_open();
 *	const char *file;
 *	unsigned int line;
 *
 *	if (lines_find(lines, event->pc, &file, &line))
 *		printf("%s:%u\n", file, line);
 *	lines_close(lines);
 */
#ifndef CHECK_LINES_H
#define CHECK_LINES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * An open session with libdw. Opening one reads a table of the process's files, so one is kept for a whole
 * timeline.
 */
struct lines;

/*
 * lines_open - reads which files this process was loaded from; their debugging information is read when it is needed.
 *
 * Context: not on an agent's stack: it needs more room than one has.
 * Fails:   NULL without memory, or where the system does not say (no /proc).
 */
struct lines *lines_open(void);

/*
 * lines_find - file and line of the call that returns to @pc.
 *
 * Context: anywhere, also on an agent's stack.
 *
 * Where it stands in a function of a header that was inlined, the place is that of the function's caller, and so on
 * outwards: such a function (a lock, a reference count, a page-table entry's accessor) is how the code says what it does, and
 * does not tell one place from another. A header's own line is given if there is nothing around it.
 *
 * @file is as the compiler was told, so relative for a tree that is built from its top; it is good until lines_close().
 * False: there is no debugging information for it, and nothing was written. @lines may be NULL.
 */
bool lines_find(struct lines *lines, const void *pc, const char **file, unsigned int *line);

/*
 * lines_find_outside - as lines_find(), also where the function of the header was not inlined.
 *
 * @callers: @nr of them or until NULL, who called the function that @pc is in, then who called that one. Such a function has
 * been compiled into the unit that calls it, so the place is that of the first caller in the same unit and in no header.
 */
bool lines_find_outside(struct lines *lines, const void *pc, const void *const *callers, size_t nr, const char **file,
			unsigned int *line);

/*
 * lines_variable - what @address is in a global variable, also one that is static: "processes[1].root"; "processes+40" where nobody
 * knows its type.
 *
 * Context: as lines_find().
 * The name is good until the next call; NULL: it is in none. @lines may be NULL.
 */
const char *lines_variable(struct lines *lines, const void *address);

/* NULL is fine. Every name that was handed out is gone with it. */
void lines_close(struct lines *lines);

#endif
