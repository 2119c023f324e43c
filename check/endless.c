/* SPDX-License-Identifier: MIT */
/* endless.c - is it a livelock? All that can follow the steps is explored. */
#include "check/endless.h"

#include <assert.h>

struct looking {
	struct binding *binding;
	const struct outcome *outcome;
	bool endless;
};

/* The world in which the steps have been made already: the search begins there. */
static void set_up_there(void *context)
{
	const struct looking *looking = context;
	struct agent_event event;

	binding_set_up(looking->binding);
	for (unsigned int i = 0; i < looking->outcome->length; i++)
		agent_run(looking->outcome->steps[i].agent, looking->outcome->steps[i].choice, &event);
}

static bool visit(void *context, const struct explore_run *run)
{
	struct looking *looking = context;

	/* What goes on for ever has to go on here, and not somewhere that a way leads to from here. */
	looking->endless = run->end == EXPLORE_LIVELOCK && !run->loop;
	return true;
}

bool endless_is(struct binding *binding, const struct outcome *out)
{
	struct looking looking = { .binding = binding, .outcome = out };
	struct explore_options options = explore_defaults(set_up_there, &looking);
	struct explore_stats stats;

	assert(out->length <= AGENT_MAX_STEPS);
	options.search = EXPLORE_STATES;
	options.visit = visit;
	options.context = &looking;
	explore(&options, &stats);
	return looking.endless;
}
