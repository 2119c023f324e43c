/* SPDX-License-Identifier: MIT */
/*
 * bad.c - every file of tests/lang/bad/ is refused with exactly the message in the .expected file beside it.
 *
 * `litmus_bad --print FILE` prints the message, for whoever adds a file and has read the page.
 */
#include <glob.h>
#include "tests/lang/words.h"

static struct litmus_error refusal(const char *path, bool *refused)
{
	struct litmus_error error;
	size_t len;
	char *text = test_file(path, &len);
	struct litmus *litmus = litmus_read(test_base(path), text, len, &test_words, &error);

	*refused = !litmus;
	litmus_free(litmus);
	free(text);
	return error;
}

static bool same(const char *path)
{
	char beside[300], *expected;
	bool refused, equal;
	struct litmus_error error = refusal(path, &refused);
	size_t len;

	snprintf(beside, sizeof(beside), "%.*s.expected", (int)(strlen(path) - strlen(".litmus")), path);
	expected = test_file(beside, &len);
	while (len && expected[len - 1] == '\n')
		len--;
	equal = refused && strlen(error.text) == len && memcmp(error.text, expected, len) == 0;
	if (!equal)
		printf("%s: expected \"%.*s\"\n\tgot \"%s\"\n", path, (int)len, expected,
		       refused ? error.text : "(accepted)");
	free(expected);
	return equal;
}

static int print(const char *path)
{
	bool refused;
	struct litmus_error error = refusal(path, &refused);

	puts(refused ? error.text : "(accepted)");
	return refused ? 0 : 1;
}

int main(int argc, char **argv)
{
	enum {
		AT_LEAST = 60
	};
	unsigned int passed = 0, failed = 0;
	glob_t files;

	if (argc == 3 && strcmp(argv[1], "--print") == 0)
		return print(argv[2]);
	if (glob("tests/lang/bad/*.litmus", 0, NULL, &files)) {
		fprintf(stderr, "no tests/lang/bad/*.litmus: run in the top directory\n");
		return 1;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		*(same(files.gl_pathv[i]) ? &passed : &failed) += 1;
	if (files.gl_pathc < AT_LEAST)
		failed++;
	globfree(&files);
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
