/* SPDX-License-Identifier: MIT */
/* learned.c - what the ranks have learned, each by itself, is put together; see learned.h. */
#include "check/learned.h"

#include "explore/memory.h"
#include "machine/model/delays.h"
#include "machine/model/model.h"

#include <assert.h>
#include <stdlib.h>

static void join_shared(const struct explore_peers *peers)
{
	uint64_t *own = model_shared_sets(), *all;
	size_t *nrs = explore_new(peers->ranks, sizeof(*nrs));

	/* The set that is in use is the same in all of them, so it stays as it is. */
	all = peers->gather(peers->context, own, MODEL_SHARED_SETS, nrs);
	for (size_t i = 0; all && i < (size_t)peers->ranks * MODEL_SHARED_SETS; i++)
		own[i % MODEL_SHARED_SETS] |= all[i];
	peers->share(peers->context, own, MODEL_SHARED_SETS * sizeof(*own));
	free(all);
	free(nrs);
}

/* The same, of the order of accesses. */
static void join_noted(const struct explore_peers *peers)
{
	size_t *nrs = explore_new(peers->ranks, sizeof(*nrs));
	uint64_t *all = peers->gather(peers->context, delays_noted(), DELAYS_WORDS, nrs);

	for (unsigned int i = 1; all && i < peers->ranks; i++)
		delays_merge(all + (size_t)i * DELAYS_WORDS);
	free(all);
	free(nrs);
}

void learned_join(const struct explore_peers *peers)
{
	assert(peers && peers->ranks > 0);
	join_shared(peers);
	join_noted(peers);
}
