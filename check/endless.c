/* SPDX-License-Identifier: MIT */
/*
 * endless.c - is it a livelock, what some steps lead to?
 *
 * The steps alone do not show it: that a state came again proves nothing, as another way may lead out. So everything that may
 * follow is explored from there, and the search says whether the state can reach an end.
 */
#include "check/endless.h"

#include <assert.h>

struct looking {
	struct agent_fingerprint start; /* the state in which the search begins */
	bool endless;
};

/*
 * A livelock is shown after the way to it and one round: where the search has begun, if that comes again. The
 * round that the search shows is the nearest one, so only its end is compared; states in between may come
 * again as well.
 */
static bool visit(void *context, const struct explore_run *run)
{
	struct looking *looking = context;

	if (run->end == EXPLORE_LIVELOCK) {
		struct agent_fingerprint here = agent_fingerprint();

		looking->endless = here.lo == looking->start.lo && here.hi == looking->start.hi;
	}
	return true;
}

/*
 * Two runs of the same steps: the first one only for the fingerprint of where they lead to, which the search
 * cannot be asked for.
 */
bool endless_is(struct binding *binding, const struct outcome *out)
{
	struct explore_options options = explore_defaults(binding_set_up, binding);
	struct looking looking = { .endless = false };
	struct explore_stats stats;

	assert(out->length <= AGENT_MAX_STEPS);
	options.after = (struct explore_schedule){ out->length, (struct explore_choice *)out->steps };
	if (explore_replay(&options, &options.after, NULL, NULL) != EXPLORE_REPLAYED)
		return false;
	looking.start = agent_fingerprint();
	options.search = EXPLORE_STATES;
	options.visit = visit;
	options.context = &looking;
	explore(&options, &stats);
	/* A world that the tool has no room for says nothing. */
	return looking.endless && !stats.limit.what;
}
