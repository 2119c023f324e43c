/* SPDX-License-Identifier: MIT */
/* words.h - names for the reader's tests, and a few lines that read a text or a file. */
#ifndef TESTS_LITMUS_WORDS_H
#define TESTS_LITMUS_WORDS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lang/litmus.h"

static const char *const test_archs[] = {
	"x86_64", "arm64", "riscv", "s390", "powerpc", "sparc64", "loongarch", "csky",
	"mips",	  "ia64",  "sh",    "arm",  "tile",    "hostile", NULL,
};
static const char *const test_rules[] = { "pfn-flush-before-unlink", "nested-flush", "flush-before-free", NULL };
static const char *const test_properties[] = {
	"use-after-free", "lost-write", "permission", "freed-table", "secondary-stale", "isolation", "wrong-range",
	"conflict",	  "alias",	"missed",     "livelock",    "deadlock",	NULL,
};
static const struct litmus_words test_words = { test_archs, test_rules, test_properties };

enum {
	TEST_FILE_SIZE = 1 << 16
};

/* The whole of a file, in a buffer of its own exact size so that a sanitizer sees every byte read beyond it. */
static inline char *test_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text, *exact;

	if (!file) {
		fprintf(stderr, "cannot open %s\n", path);
		abort();
	}
	text = malloc(TEST_FILE_SIZE);
	*len = fread(text, 1, TEST_FILE_SIZE, file);
	fclose(file);
	exact = malloc(*len ? *len : 1);
	memcpy(exact, text, *len);
	free(text);
	return exact;
}

static inline const char *test_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A scenario named t with @body between its doc and nothing: @body brings agents and expectations itself. */
static inline struct litmus *test_read(const char *body)
{
	char text[4000];
	struct litmus_error error;
	struct litmus *litmus;

	snprintf(text, sizeof(text), "litmus t\ndoc \"d\"\n%s", body);
	litmus = litmus_read("some/where/t.litmus", text, strlen(text), &test_words, &error);
	if (!litmus)
		printf("%s\n%s\n", error.text, text);
	return litmus;
}

#endif
