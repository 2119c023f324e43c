/* SPDX-License-Identifier: MIT */
/*
 * missing.c - which step, left out because a rule is off, would have prevented a violation.
 *
 * The story is told again, but for one agent the rule acts from a certain place on. That agent then makes steps that are not
 * in the story (a flush, a lock), and others answer it; so the story is followed step by step: its next step's agent runs
 * until it does what it did there. Who cannot run lets others go first.
 *
 * Why it is tried, and not guessed: a rule is asked about in many places, and the last one before the violation is often too
 * late, because the CPU that must be reached has already used the page, or concerns another range. Whether a step would have
 * helped depends on what all others do after it, and the machine already knows that. So a place is named only if the
 * execution that has the step in that place violates nothing.
 *
 * What it may miss: a place whose help shows only in an interleaving that is far from the story (the bounds below), and a
 * violation that two rules cause together, which none of them prevents alone. Then no place is named, and the verdict, which
 * was found without any of this, stands as it is.
 */
#include "check/missing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * Bounds on work, not on answers: beyond them a place is only not found.
 */
enum {
	EXTRA_STEPS = 100, /* that an agent may need to come to its next step of the story */
	LEFT_OUT = 2,	   /* steps of the story that it may leave out at once */
	TRIES = 60,	   /* of one story; a loop passes a place again and again */
};

/*
 * One retelling, with one place from which the rule acts. The story and the schedule stay as they are; the
 * rest begins anew with each place.
 */
struct retelling {
	struct binding *binding;
	const struct story *story;
	const struct explore_schedule *schedule;
	int from;     /* the rule acts from here on: how many rule_missed were heard before it */
	int asked;    /* rule_missed heard so far */
	int favoured; /* agent */
	bool others;  /* for everybody else the rule acts all the time */
	unsigned int rule;
	unsigned int next[AGENT_MAX_AGENTS];   /* of each agent: row of the story that it comes to next */
	unsigned int choice[AGENT_MAX_AGENTS]; /* ... in which its hardware has a choice next */
	struct machine_event first;	       /* told in this step */
	bool told;
};

/*
 * Every question is counted, whether grants() then says yes or no: by its number a place is known again in the
 * retelling. It is no sign of a step, though, because whether a rule is asked about is not what the agent did.
 *
 * Only the first record of a step is kept, since that is what a row of the story is known by.
 */
static void hear(void *context, const struct machine_event *event)
{
	struct retelling *r = context;

	if (event->kind == EVENT_rule_missed) {
		r->asked++;
	} else if (!r->told) {
		r->first = *event;
		r->told = true;
	}
}

/* Only the rule that the place is about: others that are off stay off, or the help could be theirs. */
static bool grants(void *context, unsigned int rule)
{
	const struct retelling *r = context;

	assert(rule < MACHINE_RULES);
	return rule == r->rule && (agent_self() == r->favoured ? r->asked > r->from : r->others);
}

/* ---- following the story ---- */

/* The next row of @agent after @row, or the end. */
static unsigned int row_of(const struct retelling *r, int agent, unsigned int row)
{
	assert(agent >= 0 && agent < AGENT_MAX_AGENTS);
	while (row < r->schedule->length && r->schedule->steps[row].agent != agent)
		row++;
	return row;
}

/*
 * What a row of the story is known by: the first thing told in it. Questions about rules are passed over, as hear()
 * does: a retelling may ask others.
 */
static const struct machine_event *known_by(const struct retelling *r, unsigned int row)
{
	for (int i = 0; i < r->story->nr; i++) {
		if (r->story->told[i].row == (int)row && r->story->told[i].event.kind != EVENT_rule_missed)
			return &r->story->told[i].event;
	}
	return NULL;
}

/*
 * Most records begin with the object that they are about; those without one have zeros or a number there. Values
 * are not compared: a step that the rule adds may change what later steps read.
 */
static bool alike(const struct machine_event *a, const struct machine_event *b)
{
	return a->kind == b->kind && a->lock.lock == b->lock.lock;
}

/*
 * The next row of @agent after @row in which its hardware chooses, or the end. Choices are numbered apart from
 * rows, so that added steps, which are not in the story, do not use one up.
 */
static unsigned int choice_of(const struct retelling *r, int agent, unsigned int row)
{
	assert(agent >= 0 && agent < AGENT_MAX_AGENTS);
	row = row_of(r, agent, row);
	while (row < r->schedule->length && !r->story->chose[row])
		row = row_of(r, agent, row + 1);
	return row;
}

/*
 * The step that @agent has just made is one of the next that it makes in the story, or none of them. A rule that
 * acts may also make a step unnecessary, so a few steps of the story may be passed over; more than that and the
 * agent is somewhere else.
 */
static void come_further(struct retelling *r, int agent)
{
	unsigned int row = r->next[agent];

	assert(agent >= 0 && agent < AGENT_MAX_AGENTS);
	for (int i = 0; i <= LEFT_OUT && row < r->schedule->length; i++) {
		const struct machine_event *known = known_by(r, row);

		if (known ? r->told && alike(known, &r->first) : !r->told) {
			r->next[agent] = row_of(r, agent, row + 1);
			return;
		}
		row = row_of(r, agent, row + 1);
	}
}

/*
 * Its choices are those of the story as long as there are any, in order; then 0. Hardware's choices are those
 * of the story, so that a retelling differs from it by the rule alone.
 */
static void step(struct retelling *r, int agent)
{
	unsigned int row = r->choice[agent];
	struct agent_event event;

	assert(agent_enabled(agent));
	r->told = false;
	agent_run(agent, row < r->schedule->length ? r->schedule->steps[row].choice : 0, &event);
	if (event.choices > 1 && row < r->schedule->length)
		r->choice[agent] = choice_of(r, agent, row + 1);
	come_further(r, agent);
}

/*
 * Some agent other than @but: interrupt handlers and their like first, for they are what others wait for.
 * Handlers have the higher numbers, as the machine adds its agents after the threads.
 */
static int some_other(int but)
{
	for (int agent = (int)agent_count() - 1; agent >= 0; agent--) {
		if (agent != but && agent_enabled(agent))
			return agent;
	}
	return -1;
}

/* The bound is for an agent that now takes another way and never does what it did in the story. */
static void follow_to(struct retelling *r, unsigned int row)
{
	int agent = r->schedule->steps[row].agent;

	assert(row < r->schedule->length);
	for (int i = 0; i < EXTRA_STEPS && r->next[agent] <= row; i++) {
		int who = agent_enabled(agent) ? agent : some_other(agent);

		if (who < 0 || agent_finished(agent))
			return;
		step(r, who);
	}
}

/*
 * An execution that is stuck is not clean: a place that trades a stale use for a deadlock is no answer. The
 * audit is asked as well: a place that loses a write instead is no answer either.
 */
static bool is_clean(const struct retelling *r)
{
	enum binding_end end = binding_end();

	if (end == BINDING_IS_OVER)
		binding_audit(r->binding);
	return end == BINDING_IS_OVER && !agent_reported();
}

/* Is nothing violated if the rule acts from @told on, for the agent that was asking? */
static bool prevents(struct retelling *r, int told)
{
	const struct explore_options options = explore_defaults(binding_set_up, r->binding);
	const struct explore_schedule none = { 0, NULL };
	const struct machine_event *asking = &r->story->told[told].event;
	int who;

	assert(told >= 0 && told < r->story->nr);
	r->asked = r->from = 0;
	for (int i = 0; i < told; i++)
		r->from += r->story->told[i].event.kind == EVENT_rule_missed;
	r->favoured = asking->agent;
	r->rule = asking->rule_missed.rule;
	/* No steps: the scenario is set up, and every agent stands before its first. */
	explore_replay(&options, &none, NULL, NULL);
	for (int agent = 0; agent < AGENT_MAX_AGENTS; agent++) {
		r->next[agent] = row_of(r, agent, 0);
		r->choice[agent] = choice_of(r, agent, 0);
	}
	model_listen(&(struct model_listener){ r, hear, grants });
	for (unsigned int row = 0; row < r->schedule->length; row++)
		follow_to(r, row);
	/*
	 * The steps that were added leave some agents short of their end; what they have still to do may violate
	 * something.
	 */
	for (int i = 0; i < AGENT_MAX_STEPS && (who = some_other(-1)) >= 0; i++)
		step(r, who);
	model_listen(NULL);
	return is_clean(r);
}

/* ---- which place ---- */

/*
 * The last place where it helps, of those that @agent passed; -1 for @agent: anybody. Backwards, as the last place
 * is the nearest to what went wrong. Without a violation there is nothing before it, and no place is tried.
 *
 * Each try is a whole replay, and a program may ask about a rule in a loop; TRIES bounds that.
 */
static int last_chance(struct retelling *r, const struct plot *plot, int agent)
{
	int tries = 0;

	assert(agent < AGENT_MAX_AGENTS);
	for (int i = plot->violation - 1; i >= 0 && tries < TRIES; i--) {
		const struct machine_event *e = &r->story->told[i].event;

		if (e->kind != EVENT_rule_missed || (agent >= 0 && e->agent != agent))
			continue;
		tries++;
		if (prevents(r, i))
			return i;
	}
	return -1;
}

/*
 * Of several agents the one that cleared the entry, else the one that freed the frame, else whoever came last. Who
 * cleared the entry owes the invalidation, so its place is the one that a reader would look for.
 */
static int some_chance(struct retelling *r, const struct plot *plot)
{
	int found = -1;

	for (unsigned int i = 0; i < 2 && found < 0; i++) {
		if (plot->actor[i] >= 0)
			found = last_chance(r, plot, plot->actor[i]);
	}
	return found >= 0 ? found : last_chance(r, plot, -1);
}

int missing_step(struct binding *binding, const struct story *story, const struct plot *plot,
		 const struct explore_schedule *schedule)
{
	struct retelling r = { .binding = binding, .story = story, .schedule = schedule };
	int found;

	assert(!model_listening());
	found = some_chance(&r, plot);
	if (found >= 0)
		return found;
	/* A rule that two have to keep, as a count that each raises, helps nobody alone. */
	r.others = true;
	return some_chance(&r, plot);
}
