/* SPDX-License-Identifier: MIT */
/*
 * run.c - explore one scenario on one architecture, and look at every end that it can come to.
 *
 * The search (explore/explore.h) visits each state once and calls visit() at each that is an end; with
 * --search traces, --bound and --random at the end of each execution. What an end says does not depend on the
 * way to it, so the two need no code of their own here.
 *
 * A violation ends the exploration, since nothing that is asked has another answer after it. A condition that
 * does not hold does not: a violation may still come, and would be the more serious answer; and other
 * conditions are asked by the same exploration. So each that fails is remembered as a bit, and the steps of
 * the very first are kept.
 *
 * Several processes may share a search. Each then has a `struct seen` of its own, and join() puts them
 * together; so everything that is concluded must be the same in whatever order ends are looked at. The steps
 * that are shown may differ from run to run for that reason, never the verdict.
 */
#include "check/run.h"

#include "check/look.h"
#include "check/rounds.h"
#include "check/rules.h"
#include "explore/memory.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const uint32_t ALL_PROPERTIES = (1u << MODEL_PROPERTIES) - 1;
static const uint32_t CONTRACT = 1u << MODEL_CONTRACT;
static const uint64_t SHORTEN_STEPS = 10000000; /* a second or so */

/* ---- looking at an end ---- */

/* Large for its steps. */
static struct seen *seen_new(void)
{
	struct seen *seen = explore_new(1, sizeof(*seen));

	look_forget(seen);
	return seen;
}

static bool shows_something(const struct seen *seen)
{
	return seen->found || seen->failed != RUN_NOTHING_FAILED;
}

/*
 * What an end violates, besides what the steps before it have reported. A failed assertion comes before
 * everything: after it nothing that is seen proves anything. How it ended comes last, as an audit is only meaningful for
 * one that is complete.
 */
static uint32_t violations(const struct binding *binding, enum explore_end end)
{
	assert(binding);
	/* A program that waits for what never comes has no end, and that is all: herd's tests have such executions. */
	if (binding->litmus->raw)
		return agent_reported();
	if (agent_reported() & CONTRACT)
		return CONTRACT;
	if (end == EXPLORE_COMPLETE)
		binding_audit(binding);
	if (end == EXPLORE_BLOCKED)
		return agent_reported() | 1u << MODEL_DEADLOCK;
	if (end == EXPLORE_LIVELOCK)
		return agent_reported() | 1u << MODEL_LIVELOCK;
	return agent_reported();
}

/* The three comparisons of the language (docs/litmus.md); anything else the reader has refused. */
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

/* Also when it holds: `sometimes` is answered by all ends together, and a count by its extremes. */
static void take_down(struct run_look *look, unsigned int nr)
{
	const struct litmus_expect *expect = &look->job->litmus->expects[nr];
	struct seen *seen = look->seen;
	uint64_t count;

	assert(nr < look->job->litmus->nr_expects);
	if (expect->kind == LITMUS_EXPECT_CONDITION) {
		seen->conditions |= (uint64_t)binding_condition(&look->binding, expect) << nr;
		return;
	}
	count = binding_count(&look->binding, expect);
	if (count < seen->least[nr])
		seen->least[nr] = count;
	if (count > seen->most[nr])
		seen->most[nr] = count;
}

/* Conditions and counts that do not hold at this end, one bit each. */
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

/* What is longer than LONGEST keeps no step at all: a part of a way leads nowhere. */
static void keep(struct run_look *look, const struct explore_schedule *schedule)
{
	struct seen *seen = look->seen;

	seen->words = look->binding.words;
	seen->too_long = schedule->length > LONGEST;
	seen->length = seen->too_long ? 0 : schedule->length;
	memcpy(seen->steps, schedule->steps, seen->length * sizeof(seen->steps[0]));
}

/*
 * Of several violations the first in the order of properties is kept, so that shortening cannot turn one into
 * another. Only at an end at which every program has ended can a condition be asked.
 */
static bool visit(void *context, const struct explore_run *run)
{
	struct run_look *look = context;
	struct seen *seen = look->seen;
	uint32_t all = violations(&look->binding, run->end), found = all & look->wanted;
	uint64_t failed;

	assert(!seen->found);
	seen->others |= all & ~look->wanted;
	if (found) {
		seen->found = found & -found;
		keep(look, &run->schedule);
		return false;
	}
	if (look->job->kind != JOB_EXPECT || run->end != EXPLORE_COMPLETE)
		return true;
	failed = failures(look);
	if (failed && seen->failed == RUN_NOTHING_FAILED) {
		seen->failed = __builtin_ctzll(failed);
		keep(look, &run->schedule);
	}
	seen->all_failed |= failed;
	return look->job->expect < 0 || !failed;
}

/* One that kept no step, as it had too many, is not the shortest. */
static unsigned int way_length(const struct seen *seen)
{
	return seen->too_long ? UINT_MAX : seen->length;
}

/*
 * What another process has seen. A violation is more serious than what does not hold; of two of a kind that is kept which
 * was found in fewer steps. It does no harm if both are the same.
 */
static void join(void *context, const void *other)
{
	struct seen *seen = ((struct run_look *)context)->seen;
	const struct seen *more = other;
	bool shorter = !shows_something(seen) || way_length(more) < way_length(seen);

	if (more->found ? !seen->found || shorter : shows_something(more) && !seen->found && shorter) {
		seen->found = more->found;
		seen->failed = more->failed;
		seen->too_long = more->too_long;
		seen->words = more->words;
		seen->length = more->length;
		memmove(seen->steps, more->steps, more->length * sizeof(seen->steps[0]));
	}
	seen->others |= more->others;
	seen->all_failed |= more->all_failed;
	seen->conditions |= more->conditions;
	for (unsigned int i = 0; i < LITMUS_MAX_EXPECTS; i++) {
		seen->least[i] = more->least[i] < seen->least[i] ? more->least[i] : seen->least[i];
		seen->most[i] = more->most[i] > seen->most[i] ? more->most[i] : seen->most[i];
	}
}

/* In memory that is shared with the pool, which reads it without a lock: it is only shown. */
static void progress(void *context, const struct explore_progress *so_far)
{
	struct run_look *look = context;

	*look->so_far = *so_far;
}

/* ---- shortening ---- */

/*
 * What a shorter execution shows must be the very thing that was found, or the report would explain another
 * defect. Asked after each step and at the end; a violation may show before the end does, and the rest is then
 * cut off.
 */
static bool shows(void *context, const enum explore_end *end)
{
	struct run_look *look = context;
	const struct seen *seen = look->seen;

	assert(shows_something(seen));
	if (seen->found)
		return (end ? violations(&look->binding, *end) : agent_reported()) & seen->found;
	return end && *end == EXPLORE_COMPLETE &&
	       !run_expectation_holds(&look->binding, &look->job->litmus->expects[seen->failed]);
}

/* The way to a livelock is the shortest that there is, and its round no single state shows. */
static bool can_be_shorter(const struct seen *seen)
{
	return shows_something(seen) && seen->found != 1u << MODEL_LIVELOCK;
}

/*
 * Limited in work, and to as long as may be searched: a longer counterexample is as true as a short one.
 */
static void shorten(struct run_look *look, const struct explore_options *options)
{
	struct seen *seen = look->seen;
	struct explore_schedule kept = { seen->length, seen->steps }, schedule;

	assert(seen->length <= LONGEST);
	explore_schedule_copy(&schedule, &kept);
	if (explore_shorten(options, &schedule, shows, look, SHORTEN_STEPS))
		keep(look, &schedule);
	explore_schedule_free(&schedule);
}

/* ---- jobs ---- */

/* The sentence that a result shows, so it names what there was too much of and how much the tool has room for. What it has none of is not too much. */
void run_note_limit(struct outcome *out, const struct agent_limit *limit)
{
	if (!limit->most) {
		snprintf(out->too_big, sizeof(out->too_big), "the tool does not have %s", limit->what);
		return;
	}
	snprintf(out->too_big, sizeof(out->too_big), "scenario too big: more than %lu %s", limit->most, limit->what);
}

/* A violation counts even where the search met a limit, if it can be shown; any other verdict needs all of it. */
static void note_limits(struct outcome *out, const struct seen *seen)
{
	static const struct agent_limit waits = { "ways to change what one step waits for", EXPLORE_MOST_CUTS };
	static const struct agent_limit steps = { "steps to a counterexample", AGENT_MAX_STEPS };

	out->too_big[0] = 0;
	if (seen->too_long || seen->length > AGENT_MAX_STEPS)
		run_note_limit(out, &steps);
	else if (seen->found)
		return;
	else if (out->stats.limit.what)
		run_note_limit(out, &out->stats.limit);
	else if (out->stats.gave_up)
		run_note_limit(out, &waits);
}

/* For whoever reports it. What there is no room for is said as a limit, and nothing else is. */
static void fill_in(struct outcome *out, const struct seen *seen)
{
	note_limits(out, seen);
	if (out->too_big[0])
		return;
	out->found = seen->found;
	out->others = seen->others;
	out->failed = seen->failed;
	out->all_failed = seen->all_failed;
	out->seen = seen->conditions;
	memcpy(out->least, seen->least, sizeof(out->least));
	memcpy(out->most, seen->most, sizeof(out->most));
	out->words = seen->words;
	out->length = seen->length;
	memcpy(out->steps, seen->steps, seen->length * sizeof(out->steps[0]));
}

/*
 * At the same address in every process that has one look: agents have pointers to the binding, and what they have is part of
 * a state. The address is asked for; it need not be had.
 */
static struct run_look *look_new(const struct job *job)
{
	void *const wanted = (void *)0x220000000000ull;
	struct run_look *look = mmap(wanted, sizeof(*look), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (look == MAP_FAILED)
		explore_out_of_memory();
	look->job = job;
	look->seen = seen_new();
	return look;
}

static void look_free(struct run_look *look)
{
	free(look->seen);
	munmap(look, sizeof(*look));
}

static void keeping(void *context)
{
	struct run_look *look = context;

	memcpy(look->seen->shared, model_shared_sets(), sizeof(look->seen->shared));
	memcpy(look->seen->noted, delays_noted(), sizeof(look->seen->noted));
	look->seen->known = look->binding.words;
	look->seen->learned |= model_learned_data();
}

static void resumed(void *context)
{
	struct run_look *look = context;

	memcpy(model_shared_sets(), look->seen->shared, sizeof(look->seen->shared));
	delays_merge(look->seen->noted);
	look->binding.words = look->seen->known;
	model_go_on_shared();
}

/*
 * Shortened at the end, once; what was found before it has been counted already, so the numbers are those of
 * the search.
 */
static void explore_once(const struct job *job, const struct run_options *options, const struct machine_rules *without,
			 struct outcome *out)
{
	struct run_look *look = look_new(job);
	struct explore_options e = options->explore;
	struct explore_stats stats;

	binding_init(&look->binding, job->litmus, job->arch, without);
	look->wanted = job->kind == JOB_EXPECT ? ALL_PROPERTIES | CONTRACT : job->properties;
	e.setup = binding_set_up;
	e.world = &look->binding;
	e.visit = visit;
	e.context = look;
	e.result = look->seen;
	e.result_bytes = sizeof(*look->seen);
	e.join = join;
	e.stop_on = look->wanted | CONTRACT;
	look->so_far = options->so_far;
	e.progress = options->so_far ? progress : NULL;
	out->without = *without;
	/* Not right into the outcome: that is memory of several processes, and a search may fork some that count for themselves. */
	model_forget_shared();
	delays_forget();
	e.keeping = keeping;
	e.resumed = resumed;
	rounds_search(look, &e, &stats);
	out->stats = stats;
	out->asked = model_asked();
	look->binding.words = look->seen->words;
	fill_in(out, look->seen);
	/* What rank 0 knows is what counts; all the others have is the numbers. */
	if ((!e.peers || e.peers->rank == 0) && can_be_shorter(look->seen) &&
	    (job->kind == JOB_EXPECT || options->shorten)) {
		shorten(look, &e);
		fill_in(out, look->seen);
	}
	if (e.peers)
		e.peers->share(e.peers->context, out, sizeof(*out));
	look_free(look);
}

/* What several explorations have seen together; a limit that one of them met is theirs. */
static void add_stats(struct explore_stats *sum, const struct explore_stats *stats)
{
	assert(sum && stats);
	sum->states += stats->states;
	sum->transitions += stats->transitions;
	sum->logged += stats->logged;
	sum->sent += stats->sent;
	if (stats->memory > sum->memory)
		sum->memory = stats->memory;
	sum->complete += stats->complete;
	sum->blocked += stats->blocked;
	sum->too_long += stats->too_long;
	sum->stopped += stats->stopped;
	sum->redundant += stats->redundant;
	sum->steps += stats->steps;
	sum->seconds += stats->seconds;
	sum->exhausted &= stats->exhausted;
	sum->out_of_time |= stats->out_of_time;
	if (stats->deepest > sum->deepest)
		sum->deepest = stats->deepest;
}

/*
 * For "some rule", each is tried alone and the first that breaks something is the answer. That none does rests on all of
 * these explorations; those of rules that nobody asks for are the one with all rules on, if that finds nothing.
 */
static void explore_each(const struct job *job, const struct run_options *options, struct outcome *out)
{
	struct explore_stats sum = { .exhausted = true };
	char too_big[sizeof(out->too_big)] = "";
	struct machine_rules tried, without;

	explore_once(job, options, &job->without, out);
	add_stats(&sum, &out->stats);
	memcpy(too_big, out->too_big, sizeof(too_big));
	tried = out->found ? rules_all() : out->asked;
	out->found = 0;
	for (unsigned int rule = 0; rule < rules_count() && !out->found; rule++) {
		if (!machine_has_rule(&tried, rule))
			continue;
		without = rules_and_one(&job->without, rule);
		explore_once(job, options, &without, out);
		add_stats(&sum, &out->stats);
		if (out->too_big[0])
			memcpy(too_big, out->too_big, sizeof(too_big));
	}
	out->stats = sum;
	if (out->found)
		return;
	out->without = job->without;
	out->others = 0;
	memcpy(out->too_big, too_big, sizeof(too_big));
}

void run_job(const struct job *job, const struct run_options *options, struct outcome *out)
{
	assert(job->litmus && job->arch);
	memset(out, 0, sizeof(*out));
	out->failed = RUN_NOTHING_FAILED;
	if (job->kind == JOB_SOME)
		explore_each(job, options, out);
	else
		explore_once(job, options, &job->without, out);
	out->done = true;
}
