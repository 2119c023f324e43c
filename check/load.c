/* SPDX-License-Identifier: MIT */
/* load.c - read the scenarios that a command line names: all of them, or a message for each that is wrong. */
#include "check/cli.h"

#include "check/memory.h"

#include <assert.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Returns false, so that a caller can pass it on. On standard error with the name of the file, as there may be
 * hundreds.
 */
static bool complain(const char *path, int error)
{
	fprintf(stderr, "shootdown: %s: %s\n", strcmp(path, "-") ? path : "standard input", strerror(error));
	return false;
}

/* ---- one file ---- */

/*
 * The whole file; NULL, with errno set: it cannot be read. By growing and not by the size of the file, because a
 * pipe has none.
 *
 * The last read is a short one, at the end of the file or at an error, which ferror() then tells apart.
 */
static char *slurp(FILE *file, size_t *len)
{
	char *text = NULL;
	size_t room = 0, got;

	assert(file && len);
	*len = 0;
	do {
		room += 64 * 1024;
		text = explore_grow(text, room, 1);
		got = fread(text + *len, 1, room - *len, file);
		*len += got;
	} while (*len == room);
	if (!ferror(file))
		return text;
	free(text);
	return NULL;
}

/*
 * A pipe or a device has no name that a scenario could have; the reader treats it as standard input. The
 * message of the reader has file, line and column in it already, in the form that editors know.
 */
static struct litmus *read_text(const char *path, const struct stat *stat_of, FILE *file, const struct words *words)
{
	struct litmus_error error;
	struct litmus *litmus;
	size_t len;
	char *text = slurp(file, &len);

	assert(stat_of && file);
	if (!text) {
		complain(path, errno);
		return NULL;
	}
	litmus = litmus_read(S_ISREG(stat_of->st_mode) ? path : "-", text, len, &words->litmus, &error);
	if (!litmus)
		fprintf(stderr, "%s\n", error.text);
	free(text);
	return litmus;
}

/* By what it is and not by its name: a link and a path through .. lead to the same file. */
bool load_has(const struct request *request, const struct stat *stat_of)
{
	assert(stat_of);
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		if (request->scenarios[i].device == stat_of->st_dev && request->scenarios[i].inode == stat_of->st_ino)
			return true;
	}
	return false;
}

/* Takes @litmus; the path is copied, as that of a file in a folder is gone with the next. */
static void add(struct request *request, const char *path, const struct stat *stat_of, struct litmus *litmus)
{
	assert(litmus);
	request->scenarios = explore_grow(request->scenarios, request->nr_scenarios + 1, sizeof(*request->scenarios));
	request->scenarios[request->nr_scenarios++] = (struct scenario){
		.path = memory_print("%s", path),
		.litmus = litmus,
		.device = stat_of->st_dev,
		.inode = stat_of->st_ino,
	};
}

/*
 * A file that the command line names twice, perhaps by its folder, is one scenario. Standard input is not
 * closed: it belongs to the program.
 */
static bool load_file(struct request *request, const char *path)
{
	assert(path);
	FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	struct litmus *litmus = NULL;
	struct stat stat_of;
	bool again = false;

	if (!file || fstat(fileno(file), &stat_of))
		return complain(path, errno);
	again = load_has(request, &stat_of);
	if (!again)
		litmus = read_text(path, &stat_of, file, &request->words);
	if (litmus)
		add(request, path, &stat_of, litmus);
	if (file != stdin)
		fclose(file);
	return again || litmus;
}

/* ---- a folder ---- */

/* The order of a folder is that of its names, not that of the file system. */
static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* A name with something before the ending. */
static bool is_litmus(const FTSENT *entry)
{
	static const char end[] = ".litmus";
	size_t len = sizeof(end) - 1;

	return entry->fts_namelen > len && !strcmp(entry->fts_name + entry->fts_namelen - len, end);
}

/*
 * False: something in it cannot be read. What cannot be read does not end the walk: the mistakes of all files are
 * told in one run.
 *
 * A link that leads nowhere (FTS_SLNONE) is opened all the same, so that it is told as a file that cannot be
 * read.
 */
static bool load_tree(struct request *request, FTS *tree, unsigned int *files)
{
	bool good = true;
	FTSENT *entry;

	assert(tree && files);
	while ((entry = fts_read(tree))) {
		switch (entry->fts_info) {
		case FTS_DNR:
		case FTS_ERR:
			good = complain(entry->fts_path, entry->fts_errno);
			break;
		case FTS_F:
		case FTS_SL:
		case FTS_SLNONE:
			if (!is_litmus(entry))
				break;
			good &= load_file(request, entry->fts_path);
			(*files)++;
			break;
		default:
			break;
		}
	}
	return good;
}

/*
 * Links in the folder are read, links to other folders are not followed. False, with a message. A folder
 * without any scenario is a mistake: a run of nothing must not look like one in which everything held.
 */
static bool load_folder(struct request *request, char *path)
{
	char *paths[] = { path, NULL };
	unsigned int files = 0;
	FTS *tree;
	bool good;

	/* "litmus/" and "litmus" name its files alike. */
	for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = 0;
	tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	if (!tree)
		return complain(path, errno);
	good = load_tree(request, tree, &files);
	fts_close(tree);
	if (good && !files)
		fprintf(stderr, "shootdown: %s: there is no .litmus file in or below it\n", path);
	return good && files;
}

/* ---- all of them ---- */

/* A folder has each name once, but two folders may have the same. */
static bool has_namesake(const struct request *request, unsigned int nr)
{
	const struct scenario *scenarios = request->scenarios;

	assert(nr < request->nr_scenarios);
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		if (i != nr && !strcmp(scenarios[i].litmus->name, scenarios[nr].litmus->name))
			return true;
	}
	return false;
}

/*
 * Whoever reads a result must be able to tell which of two namesakes it is of. Labels come last, when all names are
 * known.
 *
 * Reports, pictures and JSON name scenarios by it, so no two of a run may be equal.
 */
static void label(struct request *request)
{
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		struct scenario *scenario = &request->scenarios[i];

		if (has_namesake(request, i))
			scenario->label = memory_print("%s (%s)", scenario->litmus->name, scenario->path);
		else
			scenario->label = memory_print("%s", scenario->litmus->name);
	}
}

/* Names the architectures, as one of a list may be misspelt for another. */
static void complain_unnamed(const struct request *request, uint64_t unnamed)
{
	const char *separator = "";

	assert(unnamed);
	fprintf(stderr, "shootdown: no scenario is for ");
	for (unsigned int i = 0; request->words.arch[i]; i++) {
		if (!(unnamed >> i & 1))
			continue;
		fprintf(stderr, "%s%s", separator, request->words.arch[i]);
		separator = ", ";
	}
	fprintf(stderr, "; the `arch` line of a file says what it is for\n");
}

/*
 * An architecture that was asked for, but that no scenario names, would silently not be checked. With --arch
 * all nothing is named, and nothing can be missing.
 */
static bool archs_are_named(const struct request *request)
{
	uint64_t unnamed = request->archs;

	assert(request->nr_scenarios > 0);
	for (unsigned int i = 0; i < request->nr_scenarios; i++)
		unnamed &= ~request->scenarios[i].litmus->archs;
	if (unnamed)
		complain_unnamed(request, unnamed);
	return !unnamed;
}

/* All files are read before the program ends with a complaint, so that one run reports all mistakes. */
bool load_scenarios(struct request *request)
{
	bool good = true;

	assert(request->nr_arguments && !request->scenarios);
	for (unsigned int i = 0; i < request->nr_arguments; i++) {
		char *path = request->arguments[i];
		struct stat stat_of;

		if (strcmp(path, "-") && !stat(path, &stat_of) && S_ISDIR(stat_of.st_mode))
			good &= load_folder(request, path);
		else
			good &= load_file(request, path);
	}
	if (!good)
		return false;
	label(request);
	return archs_are_named(request);
}

/* Also of a list that was not read to its end: what is missing is NULL. */
void free_scenarios(struct request *request)
{
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		litmus_free(request->scenarios[i].litmus);
		free(request->scenarios[i].path);
		free(request->scenarios[i].label);
	}
	free(request->scenarios);
}
