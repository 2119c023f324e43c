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

/* False, with a message: it cannot be written. */
bool output_open(struct output *output, const char *path);
/* Hands over what was printed so far, so that a reader sees it now. False, with a message the first time: it failed. */
bool output_flush(struct output *output);
/* The same, and gives the file its name. Of an output that is not open: nothing. */
bool output_close(struct output *output);
/* Gives up: what was there before stays. */
void output_discard(struct output *output);

/*
 * output_standard_streams - keep files from being opened as standard input, output or error, where the caller has closed
 * those; and check, when the program exits, that the C library could write what it printed itself (--help).
 */
void output_standard_streams(void);

#endif
