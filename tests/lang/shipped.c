/* SPDX-License-Identifier: MIT */
/*
 * shipped.c - every scenario of litmus/ can be read with the rules that the books have, says where it comes from,
 * and shows both sides: safe with every rule, broken without one.
 */
#include <glob.h>
#include "check/cli.h"
#include "tests/lang/words.h"

static bool has(const struct litmus *l, enum litmus_expect_kind kind)
{
	for (unsigned int i = 0; i < l->nr_expects; i++)
		if (l->expects[i].kind == kind)
			return true;
	return false;
}

static const char *complaint(const struct litmus *l)
{
	if (l->nr_sources == 0)
		return "no source";
	if (!has(l, LITMUS_EXPECT_SAFE))
		return "not expected to be safe";
	if (!has(l, LITMUS_EXPECT_BROKEN) && !has(l, LITMUS_EXPECT_COUNT))
		return "neither broken without a rule nor counting anything";
	return NULL;
}

static bool good(const char *path, const struct litmus_words *words)
{
	struct litmus_error error;
	size_t len;
	char *text = test_file(path, &len);
	struct litmus *l = litmus_read(path, text, len, words, &error);
	const char *wrong = l ? complaint(l) : error.text;

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
