/* SPDX-License-Identifier: MIT */
/* load.c - read the scenarios that a command line names: all of them, or a message for each that is wrong. */
#include "check/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file; NULL with a message. */
static char *slurp(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t room = 0, got;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return NULL;
	}
	*len = 0;
	do {
		room += 64 * 1024;
		text = realloc(text, room);
		if (!text)
			abort();
		got = fread(text + *len, 1, room - *len, file);
		*len += got;
	} while (*len == room);
	if (ferror(file)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

static struct litmus *read_one(const char *path, const struct words *words)
{
	struct litmus_error error;
	struct litmus *litmus;
	size_t len;
	char *text = slurp(path, &len);

	if (!text)
		return NULL;
	litmus = litmus_read(path, text, len, &words->litmus, &error);
	if (!litmus)
		fprintf(stderr, "%s\n", error.text);
	free(text);
	return litmus;
}

bool load_scenarios(struct request *request)
{
	bool good = true;

	request->scenarios = calloc(request->nr_paths + 1, sizeof(*request->scenarios));
	if (!request->scenarios)
		abort();
	for (unsigned int i = 0; i < request->nr_paths; i++) {
		request->scenarios[i].path = request->paths[i];
		request->scenarios[i].litmus = read_one(request->paths[i], &request->words);
		good &= request->scenarios[i].litmus != NULL;
	}
	return good;
}

void free_scenarios(struct request *request)
{
	for (unsigned int i = 0; request->scenarios && i < request->nr_paths; i++) {
		if (request->scenarios[i].litmus)
			litmus_free(request->scenarios[i].litmus);
	}
	free(request->scenarios);
}
