/* SPDX-License-Identifier: MIT */
/*
 * shell.h - command lines that a shell reads as they were meant, in whatever directory it stands.
 *
 * They stand in reports, to be pasted or run by scripts, maybe on another day and from another directory.
 * POSIX shells; what is quoted may have any byte but 0.
 */
#ifndef CHECK_SHELL_H
#define CHECK_SHELL_H

/* Each returns a text for free(). */

/* @word, between quotes if a shell would not take it as it is. */
char *shell_quote(const char *word);
/* @path from the root, quoted. "-" stays what it is: standard input has no path. */
char *shell_path(const char *path);
/* @program, as it was called, so that it is found again: from the root, or by its bare name if the shell searched for it. */
char *shell_program(const char *program);
/* The arguments, each quoted, with a blank between two. */
char *shell_join(int argc, char **argv);

#endif
