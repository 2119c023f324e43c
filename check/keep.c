/* SPDX-License-Identifier: MIT */
/*
 * keep.c - what a kept exploration is of, and whether a file can be gone on with.
 *
 * States are fingerprints of memory, so they mean something to the very same program only, on the same world; and sleep sets and
 * what was found belong to one question. All that is said by digests in the file, one for each thing that a user may have changed.
 */
#include "check/keep.h"

#include "check/digest.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OF_PROGRAM,
	OF_SCENARIO,
	OF_ARCH,
	OF_QUESTION,
};
_Static_assert(OF_QUESTION + 1 == EXPLORE_KEPT_OF, "each has a place");

static bool complain(const char *path, const char *what)
{
	fprintf(stderr, "shootdown: %s: %s\n", path, what);
	return false;
}

/* All of the program: fingerprints depend on where its code and its variables lie. False: it cannot be read. */
static bool add_program(uint64_t *digest)
{
	FILE *file = fopen("/proc/self/exe", "rb");
	unsigned char bytes[64 * 1024];
	bool good;
	size_t got;

	if (!file)
		return false;
	while ((got = fread(bytes, 1, sizeof(bytes), file)))
		digest_add(digest, bytes, got);
	good = !ferror(file);
	fclose(file);
	return good;
}

/* The rules that are on stand in the program. */
static void add_question(uint64_t *digest, const struct job *job, const struct explore_options *options)
{
	const uint64_t said[] = { job->kind, (uint64_t)job->expect, job->properties, options->reduce };

	digest_add(digest, said, sizeof(said));
	digest_add(digest, &job->without, sizeof(job->without));
}

static bool say_what(struct explore_options *options, const struct job *job)
{
	uint64_t *of = options->kept_of;

	for (unsigned int i = 0; i < EXPLORE_KEPT_OF; i++)
		of[i] = DIGEST_OF_NOTHING;
	digest_add_text(&of[OF_SCENARIO], job->litmus->text);
	digest_add_text(&of[OF_ARCH], job->arch->name);
	add_question(&of[OF_QUESTION], job, options);
	return add_program(&of[OF_PROGRAM]) || complain("/proc/self/exe", strerror(errno));
}

/* Of a file that is there, a kept exploration alone may be lost: one that cannot be read may be anything. */
static const char *why_not_replace(const struct explore_options *options)
{
	unsigned int other;

	assert(options->keep);
	if (access(options->keep, F_OK))
		return NULL;
	switch (explore_kept_look(options->keep, options->kept_of, &other)) {
	case EXPLORE_KEPT_NOTHING:
		return "is no checkpoint; one would take its place";
	case EXPLORE_KEPT_UNREADABLE:
		return strerror(errno);
	default:
		return NULL;
	}
}

static bool can_write(const struct explore_options *options)
{
	const char *why = why_not_replace(options);
	char *part;
	FILE *file;

	if (why)
		return complain(options->keep, why);
	part = explore_keep_part(options->keep);
	file = fopen(part, "wb");
	if (file) {
		fclose(file);
		unlink(part);
	}
	free(part);
	return file || complain(options->keep, strerror(errno));
}

static bool can_go_on(const struct explore_options *options)
{
	static const char *const others[] = {
		[OF_PROGRAM] = "the checkpoint is of another build of the program",
		[OF_SCENARIO] = "the checkpoint is of another scenario",
		[OF_ARCH] = "the checkpoint is of another architecture",
		[OF_QUESTION] = "the checkpoint is of other rules, or of another reduction",
	};
	unsigned int other = 0;

	assert(options->resume);
	switch (explore_kept_look(options->resume, options->kept_of, &other)) {
	case EXPLORE_KEPT_GOOD:
		return true;
	case EXPLORE_KEPT_UNREADABLE:
		return complain(options->resume, strerror(errno));
	case EXPLORE_KEPT_NOTHING:
		return complain(options->resume, "is no checkpoint");
	case EXPLORE_KEPT_CUT:
		return complain(options->resume, "the checkpoint is cut off, or more than a checkpoint");
	case EXPLORE_KEPT_DAMAGED:
		return complain(options->resume, "the checkpoint is damaged: its sum is wrong");
	case EXPLORE_KEPT_OF_ANOTHER:
		break;
	}
	return complain(options->resume, others[other]);
}

bool keep_prepare(struct request *request, const struct job_list *list)
{
	struct explore_options *options = &request->run.explore;

	if (!options->keep && !options->resume)
		return true;
	if (list->nr != 1) {
		fprintf(stderr,
			"shootdown: a checkpoint is of one exploration, and here are %u; --arch, --without and --shard choose\n",
			list->nr);
		return false;
	}
	if (list->job[0].kind == JOB_SOME) {
		fprintf(stderr,
			"shootdown: a checkpoint is of one exploration, and `without some` is one for each rule\n");
		return false;
	}
	return say_what(options, &list->job[0]) && (!options->keep || can_write(options)) &&
	       (!options->resume || can_go_on(options));
}
