/* SPDX-License-Identifier: MIT */
/*
 * output.h - files and standard output, of which every byte arrives or the user is told.
 *
 * A report is written whole or not at all: it goes to a temporary file beside its place, which takes the place when it
 * is closed. A report that was there before stays until then, and for good if the new one cannot be written. What is
 * no regular file (a device, a pipe) is written where it stands.
 *
 *	struct output report;
 *	if (!output_open(&report, path))		before the work begins, so that a bad path costs nothing
 *		return EXIT_TROUBLE;
 *	fprintf(report.stream, ...);
 *	if (!output_close(&report))			has told why on standard error
 *		status = EXIT_TROUBLE;
 */
#ifndef CHECK_OUTPUT_H
#define CHECK_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
	FILE *stream;	  /* to print to: memory, until it is flushed. NULL: not open */
	const char *path; /* as the user wrote it; "-" is standard output */
	int error;	  /* errno of the first write that failed, or 0 */

	/* the rest is output.c's */
	int fd;
	char *text, *target, *temporary;
	size_t size;
};

/*
 * output_open - find out whether @path can be written, and prepare for it.
 *
 * @path must live until the output is closed; "-" is standard output.
 *
 * Fails:   false, with a message; the output is not open then and needs no closing.
 * After:   nothing has been changed at @path: a temporary file stands beside it, or a device or pipe is open.
 */
bool output_open(struct output *output, const char *path);
/* Hands over what was printed so far, so that a reader sees it now. False, with a message the first time: it failed. */
bool output_flush(struct output *output);
/*
 * output_close - write what is left, and give the file its name.
 *
 * Of an output that is not open: nothing, and true.
 *
 * Fails:   false; the reason was told on standard error once, at the write that failed. What stood at the path
 *          before stands there still.
 */
bool output_close(struct output *output);
/* Gives up: what was there before stays. For an output that was opened for a run that then did not begin. */
void output_discard(struct output *output);

/*
 * output_standard_streams - keep files from being opened as standard input, output or error, where the caller
 * has closed those; and check, when the program exits, that the C library could write what it printed itself
 * (--help).
 *
 * Context: first of all in main(), before any file is opened. SIGPIPE is ignored from then on: a reader that
 *          has left is seen as an error of the write.
 */
void output_standard_streams(void);

#endif
