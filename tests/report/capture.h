/* SPDX-License-Identifier: MIT */
/* capture.h - what the tests of the reports share: output as a string. */
#ifndef TESTS_REPORT_CAPTURE_H
#define TESTS_REPORT_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "report/text.h"
#include "tests/report/sample.h"

struct capture {
	char *text;
	size_t size;
	FILE *out;
};

static inline FILE *capture_open(struct capture *c)
{
	c->text = NULL;
	c->out = open_memstream(&c->text, &c->size);
	assert_non_null(c->out);
	return c->out;
}

/* The caller frees it. */
static inline char *capture_close(struct capture *c)
{
	assert_int_equal(fclose(c->out), 0);
	return c->text;
}

static inline char *print_timeline(const struct timeline *t, struct report_style style)
{
	struct capture c;

	timeline_print(t, capture_open(&c), &style);
	return capture_close(&c);
}

static inline unsigned int count_of(const char *text, const char *what)
{
	unsigned int count = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		count++;
	return count;
}

/* Longer than the screen, or (in ASCII) out of the set: fails with the line. A command for a shell is one line. */
static inline void check_lines(char *text, struct report_style style)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (report_width(line) > style.width && strncmp(line, "shootdown ", 10))
			fail_msg("%u columns, %u allowed: %s", report_width(line), style.width, line);
		for (char *c = line; style.ascii && *c; c++)
			if (*c < 0x20 || *c > 0x7e)
				fail_msg("not ASCII: %s", line);
	}
	free(text);
}

#endif
