/* SPDX-License-Identifier: MIT */
/*
 * shard.c - which explorations of a run are this shard's.
 *
 * Every n-th, counted over the run: explorations of one scenario take about as long as each other, and stand side by side, so
 * every shard gets its share of the long ones. No shard needs to know what the others do, or how many there are at the moment.
 */
#include "check/shard.h"

#include "check/digest.h"
#include "check/memory.h"
#include "check/pool.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_SHARDS = 1 << 20
};

/*
 * From 1 to MOST_SHARDS, behind which stands @end; 0: it is none. At most 16 characters, so that strtoul()
 * cannot run over.
 */
static unsigned int number(const char **text, char end)
{
	char *rest;
	unsigned long value;

	if (!isdigit((unsigned char)**text) || strlen(*text) > 16)
		return 0;
	value = strtoul(*text, &rest, 10);
	if (*rest != end || value > MOST_SHARDS)
		return 0;
	*text = rest + (end != 0);
	return (unsigned int)value;
}

bool shard_parse(const char *text, struct shard_of *shard)
{
	unsigned int index = number(&text, '/'), of = index ? number(&text, 0) : 0;

	assert(text && shard);
	if (!index || index > of)
		return false;
	*shard = (struct shard_of){ index, of };
	return true;
}

/* What limits an answer belongs to it. Where the time goes, and in how many processes, does not. */
void shard_begin(struct shard *shard, const struct request *request)
{
	const struct explore_options *options = &request->run.explore;
	const uint64_t said[] = { options->search,	   options->reduce,	(uint64_t)options->bound,
				  options->random,	   options->seed,	options->bug_depth,
				  options->max_executions, options->max_states, (uint64_t)options->max_seconds };

	*shard = (struct shard){ .which = request->shard, .digest = DIGEST_OF_NOTHING };
	digest_add_text(&shard->digest, SHOOTDOWN_VERSION);
	digest_add(&shard->digest, said, sizeof(said));
	digest_add(&shard->digest, &request->without, sizeof(request->without));
}

/*
 * All that tells two explorations of one scenario apart; the row by its name, as two processes have different
 * pointers.
 */
static void add_job(uint64_t *digest, const struct job *job)
{
	const uint64_t said[] = { job->kind, (uint64_t)job->expect, job->properties };

	digest_add_text(digest, job->arch->name);
	digest_add(digest, said, sizeof(said));
	digest_add(digest, &job->without, sizeof(job->without));
}

/*
 * Questions are dealt out like cards; a copy goes with its original. The digest does not tell one way of dealing
 * from another, but the version of the program is in it.
 */
unsigned int shard_filter(struct shard *shard, struct job_list *list, unsigned int first,
			  const struct scenario *scenario)
{
	const struct shard_of which = shard->which;
	unsigned int nr = list->nr - first, kept = first;
	bool *ours = explore_new(nr + 1, sizeof(*ours));

	assert(first <= list->nr && (!which.of || which.index));
	digest_add_text(&shard->digest, scenario->litmus->text);
	for (unsigned int i = 0; i < nr; i++) {
		struct job *job = &list->job[first + i];
		int same = pool_same_as(&list->job[first], i);

		job->number = shard->jobs++;
		add_job(&shard->digest, job);
		ours[i] = same >= 0 ? ours[same] : !which.of || shard->questions++ % which.of == which.index - 1;
	}
	for (unsigned int i = 0; i < nr; i++) {
		if (ours[i])
			list->job[kept++] = list->job[first + i];
	}
	list->nr = kept;
	free(ours);
	return kept - first;
}
