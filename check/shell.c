/* SPDX-License-Identifier: MIT */
/* shell.c - command lines that a shell reads as they were meant. */
#include "check/shell.h"

#include "check/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Nothing of these means anything to a shell, wherever it stands in a word. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=@%+";

char *shell_quote(const char *word)
{
	char *quoted, *to;

	assert(word);
	if (*word && strspn(word, plain) == strlen(word))
		return memory_print("%s", word);
	/* Between single quotes only the single quote is special, and it cannot stand there: '\'' ends, quotes, begins. */
	quoted = to = explore_new(4 * strlen(word) + 3, 1);
	*to++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			to = stpcpy(to, "'\\''");
		else
			*to++ = *word;
	}
	*to++ = '\'';
	return quoted;
}

/*
 * Absolute, so that the line can be pasted in another directory. An absolute path cannot begin with a dash either,
 * which would be read as an option.
 */
char *shell_path(const char *path)
{
	char *here, *whole, *quoted;

	assert(path);
	while (!strncmp(path, "./", 2) && path[2])
		path += 2;
	if (*path == '/' || !strcmp(path, "-"))
		return shell_quote(path);
	here = getcwd(NULL, 0);
	/* A directory that was removed has no name; the path as it was given is the best that is left. */
	whole = here ? memory_print("%s/%s", strcmp(here, "/") ? here : "", path) : memory_print("%s", path);
	quoted = shell_quote(whole);
	free(whole);
	free(here);
	return quoted;
}

/* A name without a slash is found by PATH, and would not be found in the current directory. */
char *shell_program(const char *program)
{
	assert(program && *program);
	return strchr(program, '/') ? shell_path(program) : shell_quote(program);
}

char *shell_join(int argc, char **argv)
{
	char *line = memory_print("%s", "");

	assert(argc >= 0 && argv);
	for (int i = 0; i < argc; i++) {
		char *word = shell_quote(argv[i]), *longer = memory_print("%s%s%s", line, i ? " " : "", word);

		free(word);
		free(line);
		line = longer;
	}
	return line;
}
