/* SPDX-License-Identifier: MIT */
/*
 * shipped.c - every scenario of litmus/ can be read with the rules that there are, says where it comes from, expects
 * safety, and has another side: it breaks without a rule, counts something, asks for an outcome, or is what finds one of
 * the patches in tests/mutants/. One that is raw has no mm that could be safe: it says who published its verdict, and
 * written out from its tree and read again it is the same.
 */
#include <glob.h>
#include "check/cli.h"
#include "tests/lang/raw_print.h"
#include "tests/lang/words.h"

enum {
	PRINTED = 8000
};

static bool has(const struct litmus *l, enum litmus_expect_kind kind)
{
	for (unsigned int i = 0; i < l->nr_expects; i++)
		if (l->expects[i].kind == kind)
			return true;
	return false;
}

/* Does a line "kill: PATH ARCH" of @patch name the scenario? */
static bool names(const char *patch, const char *path)
{
	size_t len = strlen(path), size;
	char *text = test_file(patch, &size);
	bool found = false;

	text = realloc(text, size + 1);
	text[size] = '\0';
	for (char *at = text; (at = strstr(at, "\nkill: ")); at++)
		found |= !strncmp(at + 7, path, len) && at[7 + len] == ' ';
	free(text);
	return found;
}

static bool finds_a_patch(const char *path)
{
	bool found = false;
	glob_t patches;

	if (glob("tests/mutants/*.patch", 0, NULL, &patches))
		return false;
	for (size_t i = 0; i < patches.gl_pathc; i++)
		found |= names(patches.gl_pathv[i], path);
	globfree(&patches);
	return found;
}

/* The programs and the world of both, and then their conditions. */
static bool same(const struct litmus *a, const struct litmus *b)
{
	static char one[PRINTED], other[PRINTED];
	bool equal = a->nr_expects == b->nr_expects && a->raw->nr_ops == b->raw->nr_ops;

	print_raw(a, one, sizeof(one));
	print_raw(b, other, sizeof(other));
	equal = equal && !strcmp(one, other) && strlen(one) + 1 < sizeof(one);
	for (unsigned int i = 0; equal && i < a->nr_expects; i++) {
		print_raw_condition(a, &a->expects[i], one, sizeof(one));
		print_raw_condition(b, &b->expects[i], other, sizeof(other));
		equal = !strcmp(one, other);
	}
	return equal;
}

/* NULL, or what is wrong with it when it is written out and read again. */
static const char *round_trip(const struct litmus *l, const char *path, const struct litmus_words *words)
{
	static struct litmus_error error;
	char text[PRINTED];
	struct litmus *again;
	bool equal;

	if (!strstr(l->doc, "Oracle: "))
		return "a raw scenario whose doc names no oracle";
	print_raw(l, text, sizeof(text));
	again = litmus_read(path, text, strlen(text), words, &error);
	if (!again)
		return error.text;
	equal = same(l, again);
	litmus_free(again);
	return equal ? NULL : "not the same when it is written out and read again";
}

static const char *complaint(const struct litmus *l, const char *path, const struct litmus_words *words)
{
	if (l->nr_sources == 0)
		return "no source";
	if (l->raw)
		return round_trip(l, path, words);
	if (!has(l, LITMUS_EXPECT_SAFE))
		return "not expected to be safe";
	if (!has(l, LITMUS_EXPECT_BROKEN) && !has(l, LITMUS_EXPECT_COUNT) && !has(l, LITMUS_EXPECT_CONDITION) &&
	    !finds_a_patch(path))
		return "nothing that could break it: no rule, no count, no outcome, no patch in tests/mutants";
	return NULL;
}

static bool good(const char *path, const struct litmus_words *words)
{
	struct litmus_error error;
	size_t len;
	char *text = test_file(path, &len);
	struct litmus *l = litmus_read(path, text, len, words, &error);
	const char *wrong = l ? complaint(l, path, words) : error.text;

	if (wrong)
		printf("%s: %s\n", path, wrong);
	litmus_free(l);
	free(text);
	return !wrong;
}

int main(void)
{
	enum {
		AT_LEAST = 26
	};
	unsigned int passed = 0, failed = 0;
	struct words words;
	glob_t files;

	words_init(&words);
	if (glob("litmus/*/*.litmus", 0, NULL, &files)) {
		fprintf(stderr, "no litmus/*/*.litmus: run in the top directory\n");
		return 1;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		*(good(files.gl_pathv[i], &words.litmus) ? &passed : &failed) += 1;
	if (files.gl_pathc < AT_LEAST) {
		printf("%zu scenarios, fewer than %u\n", files.gl_pathc, (unsigned int)AT_LEAST);
		failed++;
	}
	globfree(&files);
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
