/* SPDX-License-Identifier: MIT */
/* rerun.c - the steps of an outcome, run again: what they report, and what may follow them. */
#include "check/run.h"

#include "check/endless.h"
#include "explore/memory.h"

#include <assert.h>
#include <stdlib.h>

/* The audit may report, so it runs while the machine is still there. */
static bool end_of_replay(void *context, unsigned int step, const struct agent_event *event)
{
	(void)step;
	if (!event && binding_end() == BINDING_IS_OVER)
		binding_audit(context);
	return true;
}

bool run_replays(const struct job *job, struct outcome *out)
{
	struct explore_schedule schedule = { out->length, out->steps };
	struct binding *binding = explore_new(1, sizeof(*binding));
	enum explore_replayed replayed;
	struct explore_options options;

	assert(out->length <= AGENT_MAX_STEPS);
	binding_init(binding, job->litmus, job->arch, &out->without);
	binding->words = out->words;
	options = explore_defaults(binding_set_up, binding);
	replayed = explore_replay(&options, &schedule, end_of_replay, binding);
	if (replayed == EXPLORE_TOO_BIG)
		run_note_limit(out, agent_limit());
	free(binding);
	return replayed == EXPLORE_REPLAYED;
}

bool run_is_endless(const struct job *job, const struct outcome *out)
{
	struct binding *binding = explore_new(1, sizeof(*binding));
	bool endless;

	assert(out->length <= AGENT_MAX_STEPS);
	binding_init(binding, job->litmus, job->arch, &out->without);
	binding->words = out->words;
	endless = endless_is(binding, out);
	free(binding);
	return endless;
}
