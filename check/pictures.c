/* SPDX-License-Identifier: MIT */
/* pictures.c - the folder of `--svg`: a file for each counterexample. */
#include "check/pictures.h"

#include "check/memory.h"
#include "check/output.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The folder is made if only its last part is missing, as mkdir does. False, with a message. No file in it is
 * tried: which pictures there will be is known only when something was found.
 */
bool pictures_open(const char *dir)
{
	struct stat stat_of;
	int error = 0;

	assert(dir);
	if (mkdir(dir, 0777) && errno != EEXIST)
		error = errno;
	else if (stat(dir, &stat_of))
		error = errno;
	else if (!S_ISDIR(stat_of.st_mode))
		error = ENOTDIR;
	else if (access(dir, W_OK | X_OK))
		error = errno;
	if (error)
		fprintf(stderr, "shootdown: %s: %s\n", dir, strerror(error));
	return !error;
}

/*
 * "NAME-ARCH-without-RULES", and a number behind it if there is one of that name already. The search starts again
 * after each new number, as that name may be taken, too.
 *
 * The name is made from what a user sees in the results, so that a picture is found again. Of many rules it has the first ones, as no
 * file system has names of any length.
 */
static char *picture_path(const char *dir, const struct report_result *result, char *const *taken, unsigned int nr)
{
	const int room = 120, length = (int)strlen(result->without);
	char *base = memory_print("%s/%s-%s%s%.*s%s", dir, result->timeline->head.scenario, result->arch,
				  length ? "-without-" : "", room, result->without, length > room ? "..." : "");
	char *path = memory_print("%s.svg", base);
	unsigned int copy = 1;

	assert(result->timeline);
	/* A label may have a path in it. */
	for (char *c = path + strlen(dir) + 1; *c; c++)
		*c = *c == '/' || *c == ' ' ? '-' : *c;
	for (unsigned int i = 0; i < nr; i++) {
		if (strcmp(taken[i], path))
			continue;
		free(path);
		path = memory_print("%s-%u.svg", base, ++copy);
		for (char *c = path + strlen(dir) + 1; *c; c++)
			*c = *c == '/' || *c == ' ' ? '-' : *c;
		i = (unsigned int)-1;
	}
	free(base);
	return path;
}

/* False, with a message. */
static bool write_picture(const char *path, const struct timeline *timeline, const struct report_style *style)
{
	struct output output;

	if (!output_open(&output, path))
		return false;
	assert(timeline && output.stream);
	timeline_svg(timeline, output.stream, style);
	return output_close(&output);
}

/*
 * A picture that cannot be written is reported, and the others are written all the same. Names that were given
 * are kept until the end, as a later picture must not replace one of this run.
 */
bool pictures_write(const char *dir, const struct run_report *report, const struct report_style *style)
{
	char **taken = explore_new((size_t)report->results, sizeof(*taken));
	unsigned int nr = 0;
	bool good = true;

	for (int i = 0; i < report->results; i++) {
		if (!report->result[i].timeline)
			continue;
		taken[nr] = picture_path(dir, &report->result[i], taken, nr);
		good &= write_picture(taken[nr++], report->result[i].timeline, style);
	}
	while (nr--)
		free(taken[nr]);
	free(taken);
	return good;
}
