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
/* An mm that has all that the language speaks of. */
static const char *const test_features[] = {
	"asids",	"huge",
	"uffd",		"numa",
	"soft-dirty",	"mm empty",
	"file hugetlb", "file contiguous",
	"map kernel",	"set unmap-batch",
	"set lazy",	"set spf",
	"set pri",	"device",
	"vcpu",		"notified",
	"cpu or",	NULL,
};
enum {
	TEST_CPU = 1 << LITMUS_CPU,
	TEST_BOTH = 1 << LITMUS_CPU | 1 << LITMUS_KTHREAD,
};
enum {
	/* Their places below. */
	TEST_READ_SOFT_DIRTY = 15,
	TEST_FREE = 18,
	TEST_SWITCH = 23,
	TEST_MOVE,
	TEST_UFFD_WP = 29,
	TEST_NUMA_HINT,
};
static const struct litmus_form test_forms[] = {
	{ "mmap A", TEST_CPU },
	{ "munmap A[.p..q] [B...]", TEST_CPU },
	{ "mprotect A[.p..q] [B...] PROT", TEST_CPU },
	{ "madvise A[.p..q] [B...] dontneed", TEST_CPU },
	{ "madvise A[.p..q] [B...] free", TEST_CPU },
	{ "madvise A[.p..q] [B...] cold", TEST_CPU },
	{ "mremap A -> B", TEST_CPU },
	{ "fork E", TEST_CPU },
	{ "exec-shift S", TEST_CPU },
	{ "exit", TEST_CPU },
	{ "gup A.p -> g", TEST_CPU },
	{ "gup-fast A.p -> g", TEST_CPU },
	{ "read g [-> r]", TEST_CPU },
	{ "write g = N", TEST_CPU },
	{ "put g", TEST_CPU },
	[TEST_READ_SOFT_DIRTY] = { "read-soft-dirty A.p -> r", TEST_CPU },
	{ "truncate F", TEST_BOTH },
	{ "unmap_mapping_range F[.p]", TEST_BOTH },
	[TEST_FREE] = { "free F.p", TEST_BOTH },
	{ "writeback F.p", TEST_BOTH },
	{ "fsync F[.p]", TEST_BOTH },
	{ "reclaim A.p", TEST_BOTH },
	{ "reuse", TEST_BOTH },
	[TEST_SWITCH] = { "switch M", TEST_BOTH },
	[TEST_MOVE] = { "move N", TEST_BOTH },
	{ "attach D", TEST_BOTH },
	{ "register V", TEST_BOTH },
	{ "vmalloc K", TEST_BOTH },
	{ "process_madvise A[.p..q] [A[.p..q]...] dontneed", TEST_CPU },
	[TEST_UFFD_WP] = { "uffd-wp A", TEST_CPU },
	[TEST_NUMA_HINT] = { "numa-hint A", TEST_CPU },
	{ 0 },
};
static const struct litmus_words test_words = {
	.archs = test_archs,
	.moves = 1ull << TEST_MOVE,
	.switches = 1ull << TEST_SWITCH,
	.of_uffd = 1ull << TEST_UFFD_WP,
	.of_numa = 1ull << TEST_NUMA_HINT,
	.of_soft_dirty = 1ull << TEST_READ_SOFT_DIRTY,
	.of_driver = 1ull << TEST_FREE,
	.rules = test_rules,
	.properties = test_properties,
	.features = test_features,
	.forms = test_forms,
	.last = 1u << 9, /* exit */
};

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
