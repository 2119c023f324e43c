/* SPDX-License-Identifier: MIT */
/*
 * shard.h - one run spread over several: `--shard i/n` takes every n-th exploration, and `join` puts the results together.
 *
 * Explorations are counted over the whole run, before any is left out, so that a number means the same in each shard. Whoever joins
 * results must know that they are of one run: a digest over all that decides about explorations and their answers says so.
 */
#ifndef CHECK_SHARD_H
#define CHECK_SHARD_H

#include "check/jobs.h"

/* Numbers and the digest go into the JSON of each part (docs/json.md); `join` compares them. */
struct shard {
	struct shard_of which;
	unsigned int jobs;	/* explorations met so far */
	unsigned int questions; /* those of them that are no copy of an earlier one */
	uint64_t digest;
};

/* "2/8" into @shard: I from 1 to N. False: it is none, and @shard is unchanged. */
bool shard_parse(const char *text, struct shard_of *shard);
/*
 * shard_begin - that of @request, before its first job. Also for a run that is not spread: its jobs need their
 * numbers, too.
 */
void shard_begin(struct shard *shard, const struct request *request);
/*
 * The jobs of @list from @first on are of @scenario, whole: gives them their numbers, and leaves those of other shards out. A job
 * with the same answer as an earlier one goes where that goes, as only one of them is explored. Returns how many stay.
 */
unsigned int shard_filter(struct shard *shard, struct job_list *list, unsigned int first,
			  const struct scenario *scenario);

#endif
