/* SPDX-License-Identifier: MIT */
/*
 * run.c - explore one scenario on one architecture, and look at every execution.
 *
 * A violation ends the exploration, since nothing that is asked has another answer after it. A condition that does not hold
 * does not: a violation may still come, and would be the more serious answer; and other conditions are asked by the same
 * exploration. So each that fails is remembered as a bit, and the steps of the very first are kept.
 */
#include "check/run.h"

#include "check/rules.h"
#include "explore/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t ALL_PROPERTIES = (1u << MODEL_PROPERTIES) - 1;
static const uint32_t CONTRACT = 1u << MODEL_CONTRACT;
static const double SHORTEN_SECONDS = 3;

uint64_t run_all_rules(void)
{
	return rules_count() == 64 ? ~0ull : (1ull << rules_count()) - 1;
}

/* ---- looking at an execution ---- */

struct run_look {
	const struct job *job;
	struct binding binding;
	struct outcome *outcome;
	uint32_t wanted;      /* properties that end the search */
	uint64_t *executions; /* shared: how far this exploration is */
};

/*
 * What the end of an execution violates, besides what its steps have reported. A failed assertion comes before
 * everything: after it the execution proves nothing. How it ended comes last, as an audit is only meaningful for
 * one that is complete.
 */
static uint32_t violations(const struct binding *binding, enum explore_end end)
{
	assert(binding);
	if (agent_reported() & CONTRACT)
		return CONTRACT;
	if (end == EXPLORE_COMPLETE)
		binding_audit(binding);
	if (end == EXPLORE_BLOCKED)
		return agent_reported() | 1u << MODEL_DEADLOCK;
	if (end == EXPLORE_TOO_LONG)
		return agent_reported() | 1u << MODEL_LIVELOCK;
	return agent_reported();
}

static bool count_holds(const struct litmus_expect *expect, uint64_t count)
{
	if (expect->compare == LITMUS_AT_MOST)
		return count <= expect->number;
	return expect->compare == LITMUS_AT_LEAST ? count >= expect->number : count == expect->number;
}

bool run_expectation_holds(const struct binding *binding, const struct litmus_expect *expect)
{
	assert(expect->kind == LITMUS_EXPECT_COUNT || expect->kind == LITMUS_EXPECT_CONDITION);
	if (expect->kind == LITMUS_EXPECT_COUNT)
		return count_holds(expect, binding_count(binding, expect));
	return binding_condition(binding, expect) ? expect->when != LITMUS_NEVER : expect->when != LITMUS_ALWAYS;
}

/* Also when it holds: `sometimes` is answered by all executions together, and a count by its extremes. */
static void take_down(struct run_look *look, unsigned int nr)
{
	const struct litmus_expect *expect = &look->job->litmus->expects[nr];
	struct outcome *out = look->outcome;
	uint64_t count;

	assert(nr < look->job->litmus->nr_expects);
	if (expect->kind == LITMUS_EXPECT_CONDITION) {
		out->seen |= (uint64_t)binding_condition(&look->binding, expect) << nr;
		return;
	}
	count = binding_count(&look->binding, expect);
	if (count < out->least[nr])
		out->least[nr] = count;
	if (count > out->most[nr])
		out->most[nr] = count;
}

/* Conditions and counts that do not hold in this execution, one bit each. */
static uint64_t failures(struct run_look *look)
{
	const struct litmus *l = look->job->litmus;
	uint64_t failed = 0;

	for (unsigned int i = 0; i < l->nr_expects; i++) {
		enum litmus_expect_kind kind = l->expects[i].kind;

		if ((kind != LITMUS_EXPECT_COUNT && kind != LITMUS_EXPECT_CONDITION) ||
		    !(l->expects[i].archs >> look->job->arch_number & 1) ||
		    (look->job->expect >= 0 && look->job->expect != (int)i))
			continue;
		take_down(look, i);
		failed |= (uint64_t)!run_expectation_holds(&look->binding, &l->expects[i]) << i;
	}
	return failed;
}

static void keep(struct outcome *out, const struct explore_schedule *schedule)
{
	assert(schedule->length <= AGENT_MAX_STEPS);
	out->length = schedule->length;
	memcpy(out->steps, schedule->steps, schedule->length * sizeof(out->steps[0]));
}

/*
 * Of several violations the first in the order of properties is kept, so that shortening cannot turn one into
 * another. An execution that is not complete has no end at which a condition could be asked.
 */
static bool visit(void *context, const struct explore_run *run)
{
	struct run_look *look = context;
	struct outcome *out = look->outcome;
	uint32_t found = violations(&look->binding, run->end) & look->wanted;
	uint64_t failed;

	assert(!out->found);
	if (found) {
		out->found = found & -found;
		keep(out, &run->schedule);
		return false;
	}
	if (look->job->kind != JOB_EXPECT || run->end != EXPLORE_COMPLETE)
		return true;
	failed = failures(look);
	if (failed && out->failed == RUN_NOTHING_FAILED) {
		out->failed = __builtin_ctzll(failed);
		keep(out, &run->schedule);
	}
	out->all_failed |= failed;
	return look->job->expect < 0 || !failed;
}

static void progress(void *context, const struct explore_progress *so_far)
{
	struct run_look *look = context;

	*look->executions = so_far->executions;
}

/* ---- shortening ---- */

/*
 * What a shorter execution shows must be the very thing that was found, or the report would explain another defect.
 */
static bool shows(void *context, const enum explore_end *end)
{
	struct run_look *look = context;
	struct outcome *out = look->outcome;

	assert(out->found || out->failed != RUN_NOTHING_FAILED);
	if (out->found)
		return (end ? violations(&look->binding, *end) : agent_reported()) & out->found;
	return end && *end == EXPLORE_COMPLETE &&
	       !run_expectation_holds(&look->binding, &look->job->litmus->expects[out->failed]);
}

/* Limited in time: a longer counterexample is as true as a short one. */
static void shorten(struct run_look *look, const struct explore_options *options)
{
	struct outcome *out = look->outcome;
	struct explore_schedule kept = { out->length, out->steps }, schedule;

	assert(out->length <= AGENT_MAX_STEPS);
	explore_schedule_copy(&schedule, &kept);
	if (explore_shorten(options, &schedule, shows, look, SHORTEN_SECONDS))
		keep(out, &schedule);
	explore_schedule_free(&schedule);
}

/* ---- jobs ---- */

static void note_limit(struct outcome *out, const struct agent_limit *limit)
{
	snprintf(out->too_big, sizeof(out->too_big), "scenario too big: more than %lu %s", limit->most, limit->what);
}

/* A violation counts even where the search met a limit; any other verdict needs all executions. */
static void note_limits(struct outcome *out)
{
	static const struct agent_limit waits = { "ways to change what one step waits for", EXPLORE_MOST_CUTS };

	if (out->stats.limit.what)
		note_limit(out, &out->stats.limit);
	else if (out->stats.gave_up)
		note_limit(out, &waits);
	if (out->found)
		out->too_big[0] = 0;
}

static void explore_once(const struct job *job, const struct run_options *options, uint64_t without,
			 struct outcome *out)
{
	struct run_look look = { .job = job, .outcome = out };
	struct explore_options e = options->explore;

	binding_init(&look.binding, job->litmus, job->arch, run_all_rules() & ~without);
	look.wanted = job->kind == JOB_EXPECT ? ALL_PROPERTIES | CONTRACT : job->properties;
	e.setup = binding_set_up;
	e.world = &look.binding;
	e.visit = visit;
	e.context = &look;
	e.stop_on = look.wanted | CONTRACT;
	look.executions = options->executions;
	e.progress = options->executions ? progress : NULL;
	out->without = without;
	explore(&e, &out->stats);
	note_limits(out);
	if (out->too_big[0])
		return;
	if ((out->found && (job->kind == JOB_EXPECT || options->shorten)) || out->failed != RUN_NOTHING_FAILED)
		shorten(&look, &e);
}

/* For "some rule", each is tried alone and the first that breaks something is the answer. */
void run_job(const struct job *job, const struct run_options *options, struct outcome *out)
{
	assert(job->litmus && job->arch);
	memset(out, 0, sizeof(*out));
	out->failed = RUN_NOTHING_FAILED;
	memset(out->least, 0xff, sizeof(out->least));
	if (job->kind != JOB_SOME)
		explore_once(job, options, job->without, out);
	for (unsigned int rule = 0; job->kind == JOB_SOME && rule < rules_count() && !out->found; rule++)
		explore_once(job, options, job->without | 1ull << rule, out);
	out->done = true;
}

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
	binding_init(binding, job->litmus, job->arch, run_all_rules() & ~out->without);
	options = explore_defaults(binding_set_up, binding);
	replayed = explore_replay(&options, &schedule, end_of_replay, binding);
	if (replayed == EXPLORE_TOO_BIG)
		note_limit(out, agent_limit());
	free(binding);
	return replayed == EXPLORE_REPLAYED;
}

/* ---- traces as text ---- */

/* Runs of equal steps are written once with a count, as a line must fit a shell and a terminal. */
char *run_trace_text(const struct outcome *out)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		explore_out_of_memory();
	for (unsigned int i = 0, run; i < out->length; i += run) {
		for (run = 1; i + run < out->length && out->steps[i + run].agent == out->steps[i].agent &&
			      out->steps[i + run].choice == out->steps[i].choice;
		     run++)
			;
		fprintf(stream, "%s%u", i ? "," : "", out->steps[i].agent);
		if (out->steps[i].choice)
			fprintf(stream, ".%u", out->steps[i].choice);
		if (run > 1)
			fprintf(stream, "x%u", run);
	}
	if (fclose(stream))
		explore_out_of_memory();
	return text;
}

static bool take_number(const char **text, unsigned int limit, unsigned int *number)
{
	char *end;
	unsigned long value;

	assert(text && *text && number);
	if (**text < '0' || **text > '9')
		return false;
	value = strtoul(*text, &end, 10);
	*text = end;
	*number = (unsigned int)value;
	return value <= limit;
}

/* A trace comes from a command line, so everything in it is checked, and refused as a whole. */
bool run_trace_parse(const char *text, struct outcome *out)
{
	memset(out, 0, sizeof(*out));
	for (;;) {
		unsigned int agent, choice = 0, run = 1;

		if (!take_number(&text, AGENT_MAX_AGENTS - 1, &agent))
			return false;
		if (*text == '.' && (text++, !take_number(&text, 255, &choice)))
			return false;
		if (*text == 'x' && (text++, !take_number(&text, AGENT_MAX_STEPS - out->length, &run)))
			return false;
		if (out->length + run > AGENT_MAX_STEPS)
			return false;
		while (run--)
			out->steps[out->length++] = (struct explore_choice){ (uint8_t)agent, (uint8_t)choice };
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
}
