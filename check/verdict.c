/* SPDX-License-Identifier: MIT */
/*
 * verdict.c - from what an exploration found to what is said of each expectation.
 *
 *	a violation was found		`safe` fails, and so does whatever else was asked; "breaks without" holds
 *	an execution contradicts it	a condition or count fails, however much was left to explore
 *	an execution shows it		`sometimes` holds, likewise
 *	neither, all explored		`safe`, `never`, always and counts hold; `sometimes` and "breaks without" fail,
 *					also if something else than what is expected breaks
 *	neither, a part explored	the same hold as far as was asked for (--bound, --random), and nothing is said if a
 *					limit cut it off; `sometimes` and "breaks without" stay open
 *
 * Why in this order: one execution proves that something is possible, and only all states, or all executions,
 * prove that it is not. So what was
 * found is said first, whatever was left to explore; what was not found is said only with how much was looked at. An
 * execution with a violation says nothing about conditions, since the tables it computed with were not to be relied on.
 *
 * The execution that is shown is not kept as a picture but as its steps. It is run again here, and what is printed is what
 * that run did, so a counterexample that cannot be replayed cannot be printed either.
 */
#include "check/verdict.h"

#include "check/jobs.h"
#include "check/memory.h"
#include "check/narrate.h"
#include "check/pool.h"
#include "check/shell.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Without a space, as `--without` reads it: the text is part of the line that replays a failure. */
void verdict_rules(const struct machine_rules *rules, char *text, size_t size)
{
	size_t used = 0;

	assert(size > 0);
	text[0] = 0;
	for (unsigned int i = 0; i < rules_count() && used < size; i++) {
		char name[RULE_NAME_SIZE];

		if (!machine_has_rule(rules, i))
			continue;
		rules_name(i, name, sizeof(name));
		used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "," : "", name);
	}
}

/*
 * Several may be violated at once. The first in the order of the properties is named, which is the one that the
 * plot explains.
 */
static const char *first_property(uint32_t found)
{
	assert(found < 1u << (MODEL_CONTRACT + 1));
	for (unsigned int i = 0; i <= MODEL_CONTRACT; i++) {
		if (found >> i & 1)
			return model_property_name(i);
	}
	return "";
}

/* ---- one execution, shown ---- */

/* As a scenario writes it. */
static size_t print_register(const struct binding *binding, int reg, char *text, size_t size)
{
	const char *name = binding->litmus->registers[reg].name;

	assert(size > 0);
	assert(reg >= 0 && reg < (int)binding->litmus->nr_registers);
	if (binding->state->fault[reg])
		return (size_t)snprintf(text, size, "%s = fault", name);
	return (size_t)snprintf(text, size, "%s = %llu", name, (unsigned long long)binding->state->reg[reg]);
}

/*
 * Each register of the condition once. The operators of a condition have no register. A second register is looked
 * at only where the term compares with one.
 */
static void observe_condition(const struct binding *binding, const struct litmus_expect *expect, char *text,
			      size_t size)
{
	uint64_t seen = 0;
	size_t used = 0;

	for (unsigned int i = 0; i < 2 * expect->nr_terms && used < size; i++) {
		const struct litmus_term *term = &expect->terms[i / 2];
		int reg = i % 2 ? term->other : term->reg;

		if (reg == LITMUS_NONE || (i % 2 && term->kind != LITMUS_TERM_REGISTER) || seen >> reg & 1)
			continue;
		if (seen)
			used += (size_t)snprintf(text + used, size - used, ", ");
		seen |= 1ull << reg;
		if (used < size)
			used += print_register(binding, reg, text + used, size - used);
	}
}

/*
 * "expect ipis <= 1" counts "ipis". What is counted is quoted from the scenario, so that the answer has the words
 * of the question.
 */
static void observe_count(const struct binding *binding, const struct litmus_expect *expect, char *text, size_t size)
{
	const char *what = expect->text + strspn(expect->text, " \t") + strlen("expect");
	size_t len;

	assert(expect->kind == LITMUS_EXPECT_COUNT);
	what += strspn(what, " \t");
	len = strcspn(what, "<>=");
	while (len && (what[len - 1] == ' ' || what[len - 1] == '\t'))
		len--;
	snprintf(text, size, "%.*s = %llu", (int)len, what, (unsigned long long)binding_count(binding, expect));
}

/*
 * The world as its last execution left it. So this comes before anything else is run, as the next replay sets the
 * machine up anew.
 */
static void observe(const struct binding *binding, int nr, struct showing *showing)
{
	const struct litmus_expect *expect;

	showing->holds = true;
	showing->observed[0] = 0;
	if (nr < 0)
		return;
	assert(nr < (int)binding->litmus->nr_expects);
	expect = &binding->litmus->expects[nr];
	showing->holds = run_expectation_holds(binding, expect);
	if (binding->litmus->raw)
		raw_observe(&binding->raw, expect, showing->observed, sizeof(showing->observed));
	else if (expect->kind == LITMUS_EXPECT_COUNT)
		observe_count(binding, expect, showing->observed, sizeof(showing->observed));
	else
		observe_condition(binding, expect, showing->observed, sizeof(showing->observed));
}

/*
 * The trace comes last: it is the longest, and the rest can be read without it. The rules are those of the outcome
 * and not of the job, as "some rule" is settled by one that the job does not name.
 */
static char *replay_line(const struct finding *finding, int expect, const char *without)
{
	char *trace = run_trace_text(finding->outcome), *path = shell_path(finding->scenario->path);
	char *asked = expect < 0 ? memory_print("%s", "") : memory_print(" --expect %d", expect + 1);
	char *line = memory_print("%s replay --arch %s%s%s%s %s --trace %s", finding->request->program,
				  finding->job->arch->name, *without ? " --without " : "", without, asked, path, trace);

	free(asked);
	free(path);
	free(trace);
	return line;
}

/* Fills in what is known only after the execution was run again. */
static void name_result(struct report_result *result, const struct showing *showing)
{
	assert(result->verdict == REPORT_REPLAYED);
	if (showing->found) {
		result->verdict = REPORT_UNSAFE;
		result->property = first_property(showing->found);
	} else if (!showing->holds) {
		result->verdict = REPORT_BROKEN;
	} else {
		result->verdict = REPORT_REPLAYED;
	}
}

/* "r = 1, where `never r = 1` was expected", which no step shows by itself. */
static void explain(const struct finding *finding, int expect, const struct showing *showing, char *why, size_t size)
{
	assert(size > 0);
	if (expect < 0 || showing->found)
		return;
	snprintf(why, size, "%s at the end; `%s` %s", showing->observed, finding->job->litmus->expects[expect].text,
		 showing->holds ? "holds" : "does not hold");
}

void verdict_show(const struct finding *finding, int expect, const struct report_result *result,
		  struct showing *showing)
{
	struct explore_schedule schedule = { finding->outcome->length, finding->outcome->steps };
	struct binding *binding = explore_new(1, sizeof(*binding));
	struct report_result said = *result;
	const struct litmus_expect *asked = expect < 0 ? NULL : &finding->job->litmus->expects[expect];
	char why[400], verdict[300], *replay = replay_line(finding, expect, result->without);
	struct timeline_head head;

	assert(finding->outcome && result && showing);
	assert(expect < (int)finding->job->litmus->nr_expects);
	binding_init(binding, finding->job->litmus, finding->job->arch, &finding->outcome->without);
	binding->words = finding->outcome->words;
	showing->timeline = trace_timeline(binding, &schedule, asked, why, sizeof(why));
	showing->found = agent_reported();
	observe(binding, expect, showing);
	explain(finding, expect, showing, why, sizeof(why));
	said.observed = showing->observed;
	if (said.verdict == REPORT_REPLAYED)
		name_result(&said, showing);
	/* How long it was searched for depends on the compiler and on the other workers; what is shown does not. */
	if (said.verdict == REPORT_UNSAFE)
		said.states = said.executions = 0;
	report_verdict_line(&said, verdict, sizeof(verdict));
	/* The rest is there: the scenario, and the missing step. */
	head = showing->timeline->head;
	head.scenario = finding->scenario->label;
	head.arch = finding->job->arch->name;
	head.without = said.without;
	/* What does not hold is said as why. */
	head.property = said.verdict == REPORT_UNSAFE ? said.property : "";
	head.verdict = verdict;
	head.why = why;
	head.replay = replay;
	timeline_set_head(showing->timeline, &head);
	free(replay);
	free(binding);
}

/* ---- what all results of an exploration have in common ---- */

/*
 * How an exploration without a violation ended; @all is what is said when nothing was left to explore. Random
 * first: a sample is never exhausted, however it ended, and nothing stronger may be said of it.
 */
static enum report_verdict clean_verdict(const struct finding *finding, enum report_verdict all)
{
	const struct explore_options *options = &finding->request->run.explore;

	assert(all == REPORT_SAFE || all == REPORT_HOLDS || all == REPORT_BROKEN);
	if (options->random)
		return REPORT_SAMPLED;
	if (!finding->outcome->stats.exhausted)
		return REPORT_STOPPED;
	return options->bound != EXPLORE_UNBOUNDED ? REPORT_BOUNDED : all;
}

/* What is none of the limits was somebody's signal. */
static const char *stopped_by(const struct explore_options *options, const struct explore_stats *stats)
{
	if (stats->too_long)
		return "the length of executions";
	if (options->max_states && stats->states >= options->max_states)
		return "--max-states";
	if (options->max_executions && explore_executions(stats) >= options->max_executions)
		return "--max-executions";
	return stats->out_of_time ? "--max-seconds" : "an interruption";
}

/* @without is room for the rules, and must live as long as the result. */
static struct report_result result_of(const struct finding *finding, const char *expectation, char *without,
				      size_t size)
{
	const struct explore_options *options = &finding->request->run.explore;
	const struct outcome *out = finding->outcome;

	verdict_rules(&out->without, without, size);
	return (struct report_result){
		.scenario = finding->scenario->label,
		.arch = finding->job->arch->name,
		.question = finding->job->number,
		.expectation = expectation,
		.without = without,
		.exploration = finding->exploration,
		.search = run_by_state(options) ? REPORT_BY_STATE : REPORT_BY_EXECUTION,
		.states = out->stats.states,
		.transitions = out->stats.transitions,
		.ends = out->stats.complete,
		.logged = out->stats.logged,
		.memory = out->stats.memory,
		.merged = explore_chance_of_mistake(&out->stats),
		.executions = out->stats.complete,
		.blocked = out->stats.blocked + out->stats.redundant,
		.steps = out->stats.steps,
		.seconds = out->stats.seconds,
		.bound = options->bound > 0 ? (unsigned int)options->bound : 0,
		.seed = options->seed,
		.depth = options->bug_depth,
		.agents = finding->job->litmus->nr_agents,
		.length = out->stats.deepest,
		.stopped_by = stopped_by(options, &out->stats),
	};
}

/*
 * The limit left something to explore, and what was explored does not settle the question. Without this a reader
 * could take a stopped exploration for one that found nothing.
 */
static void add_open(struct run_report *report, struct report_result *result)
{
	assert(result->verdict != REPORT_UNSAFE);
	if (result->verdict == REPORT_STOPPED)
		result->not_explored = "what the limit cut off";
	run_report_add(report, result);
}

/* ---- one expectation ---- */

/*
 * A counterexample that was expected is work to tell, and is told only if somebody shows it. The steps are those of
 * the counterexample, not of the exploration: a reader asks how long it is.
 */
static void add_violation(struct run_report *report, const struct finding *finding, struct report_result *result,
			  bool held)
{
	const struct outcome *out = finding->outcome;
	struct showing showing;

	assert(out->found && out->length > 0);
	result->verdict = REPORT_UNSAFE;
	result->held = held;
	result->property = first_property(out->found);
	result->steps = out->length;
	result->executions = explore_executions(&out->stats);
	if (!held || finding->show_expected) {
		verdict_show(finding, -1, result, &showing);
		result->timeline = showing.timeline;
	}
	run_report_add(report, result);
}

/* Without a violation, a limit that was asked for (--bound, --random) is no failure, one that was reached is. */
static void add_safe(struct run_report *report, const struct finding *finding, const char *text)
{
	char without[VERDICT_RULES_SIZE];
	struct report_result result = result_of(finding, text, without, sizeof(without));

	assert(finding->outcome);
	if (finding->outcome->found) {
		add_violation(report, finding, &result, false);
		return;
	}
	result.verdict = clean_verdict(finding, REPORT_SAFE);
	result.held = result.verdict != REPORT_STOPPED;
	add_open(report, &result);
}

/*
 * A violation has been ruled out by the caller, so what was seen can be relied on. "Held" without everything
 * explored is right here: what was seen was seen.
 */
static void add_sometimes(struct run_report *report, const struct finding *finding, unsigned int nr)
{
	char without[VERDICT_RULES_SIZE];
	struct report_result result = result_of(finding, finding->job->litmus->expects[nr].text, without,
						sizeof(without));

	assert(nr < finding->job->litmus->nr_expects);
	/* One execution is enough, and not finding it is nothing unless all were looked at. */
	result.held = result.witness = finding->outcome->seen >> nr & 1;
	result.verdict = result.held ? REPORT_HOLDS : clean_verdict(finding, REPORT_BROKEN);
	result.property = "in no execution";
	add_open(report, &result);
}

/* find_failure() looks at the outcome when all is over. */
static bool nothing_to_tell(void *context, unsigned int nr)
{
	(void)context;
	(void)nr;
	return true;
}

/*
 * An exploration keeps the steps to the first end at which an expectation fails. That of another is found as
 * it was found before, in a process of its own, until it is seen. False: a signal came first, or it crashed.
 */
static bool find_failure(const struct finding *finding, unsigned int nr, struct outcome *out)
{
	const struct pool_listener listener = { .ended = nothing_to_tell };
	struct run_options options = finding->request->run;
	struct job job = *finding->job;
	struct pool pool;
	int stop;
	bool found;

	assert(finding->outcome->all_failed >> nr & 1);
	job.expect = (int)nr;
	/* A checkpoint is of the exploration that was asked for, and other ranks explore that alone; this is another one. */
	options.explore.keep = options.explore.resume = NULL;
	options.explore.peers = NULL;
	pool_open(&pool, &job, 1, &options);
	stop = pool_run(&pool, &listener);
	found = stop == POOL_DONE && pool.job[0].end == POOL_ENDED && pool.outcomes[0].failed == (int)nr;
	if (found)
		*out = pool.outcomes[0];
	/* The signal is for whoever runs all explorations, in whatever thread, and waits until that one looks. */
	if (stop > 0)
		kill(getpid(), stop);
	pool_close(&pool);
	return found;
}

/*
 * Without an execution the result says what is known of all of them. The result points into what is shown, so
 * @showing is the caller's and lives as long as the result.
 */
static void show_failure(const struct finding *finding, unsigned int nr, struct report_result *result,
			 struct showing *showing)
{
	struct outcome *own = explore_new(1, sizeof(*own));
	struct finding shown = *finding;

	assert(finding->outcome->all_failed >> nr & 1);
	if (finding->outcome->failed != (int)nr)
		shown.outcome = find_failure(finding, nr, own) ? own : NULL;
	if (shown.outcome) {
		result->steps = shown.outcome->length;
		verdict_show(&shown, (int)nr, result, showing);
		result->observed = showing->observed;
		result->timeline = showing->timeline;
	}
	free(own);
}

/*
 * `never`, always, and counts: one execution can contradict them, and only all of them confirm. Without a
 * counterexample of its own (it crashed, or was stopped) the range of the counts is what there is to show.
 */
static void add_always(struct run_report *report, const struct finding *finding, unsigned int nr)
{
	const struct outcome *out = finding->outcome;
	const struct litmus_expect *expect = &finding->job->litmus->expects[nr];
	char without[VERDICT_RULES_SIZE], range[80] = "not so in some execution";
	struct report_result result = result_of(finding, expect->text, without, sizeof(without));
	struct showing showing;

	assert(nr < finding->job->litmus->nr_expects);
	if (expect->kind == LITMUS_EXPECT_COUNT)
		snprintf(range, sizeof(range), "between %llu and %llu", (unsigned long long)out->least[nr],
			 (unsigned long long)out->most[nr]);
	if (out->all_failed >> nr & 1) {
		result.verdict = REPORT_BROKEN;
		result.property = range;
		show_failure(finding, nr, &result, &showing);
		run_report_add(report, &result);
		return;
	}
	result.verdict = clean_verdict(finding, REPORT_HOLDS);
	result.held = result.verdict != REPORT_STOPPED;
	add_open(report, &result);
}

/* "only freed-table and contract": what was met in the place of what is expected. */
static void name_others(uint32_t others, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "only ");

	for (unsigned int i = 0; i <= MODEL_CONTRACT && used < size; i++) {
		bool last = others >> i == 1;

		if (others >> i & 1)
			used += (size_t)snprintf(text + used, size - used, "%s%s%s",
						 used == strlen("only ") ? ""
						 : last			 ? " and "
									 : ", ",
						 model_property_name(i),
						 i == MODEL_CONTRACT ? " (an assertion failed)" : "");
	}
}

/*
 * @finding's rules are off, and a violation is what the scenario expects. That nothing was found fails, as a rule
 * that can be left out without harm is not what the scenario says of it; so does another violation, which is not "safe".
 */
static void add_broken(struct run_report *report, const struct finding *finding)
{
	char without[VERDICT_RULES_SIZE], others[300];
	struct report_result result = result_of(finding, finding->job->litmus->expects[finding->job->expect].text,
						without, sizeof(without));

	assert(finding->job->expect >= 0);
	if (finding->outcome->found) {
		add_violation(report, finding, &result, true);
		return;
	}
	result.verdict = clean_verdict(finding, REPORT_SAFE);
	if (result.verdict == REPORT_SAFE && finding->outcome->others) {
		result.verdict = REPORT_BROKEN;
		name_others(finding->outcome->others, others, sizeof(others));
		result.property = others;
	}
	add_open(report, &result);
}

/* The expectation neither held nor failed, because the exploration has no outcome. */
static void add_no_outcome(struct run_report *report, const struct finding *finding, const char *text)
{
	bool by_state = run_by_state(&finding->request->run.explore);
	char without[VERDICT_RULES_SIZE];

	assert(report);
	assert(finding->stopped_by);
	verdict_rules(&finding->job->without, without, sizeof(without));
	run_report_add(report, &(struct report_result){
				       .scenario = finding->scenario->label,
				       .arch = finding->job->arch->name,
				       .expectation = text,
				       .without = without,
				       .verdict = REPORT_UNFINISHED,
				       .stopped_by = finding->stopped_by,
				       .exploration = finding->exploration,
				       .search = by_state ? REPORT_BY_STATE : REPORT_BY_EXECUTION,
				       .states = finding->so_far.states,
				       .transitions = finding->so_far.transitions,
				       .executions = finding->so_far.executions,
				       .seconds = finding->so_far.seconds,
			       });
}

/* ---- all expectations of an exploration ---- */

/* What has no outcome is told of each expectation, since each of them was asked and has no answer. */
static void add_expectation(struct run_report *report, const struct finding *finding, unsigned int nr)
{
	const struct litmus_expect *expect = &finding->job->litmus->expects[nr];

	assert(jobs_asks(finding->job, nr));
	if (finding->stopped_by)
		add_no_outcome(report, finding, expect->text);
	/* After a violation nothing that was asked can be relied on. */
	else if (expect->kind == LITMUS_EXPECT_SAFE || finding->outcome->found)
		add_safe(report, finding, expect->text);
	else if (expect->kind == LITMUS_EXPECT_CONDITION && expect->when == LITMUS_SOMETIMES)
		add_sometimes(report, finding, nr);
	else
		add_always(report, finding, nr);
}

/*
 * The kinds of job are told apart here and nowhere below: what broke without rules has one expectation, what ran
 * with them has as many as the scenario.
 */
void verdict_add(struct run_report *report, const struct finding *finding)
{
	const struct job *job = finding->job;
	const char *safe = "expect safe";

	assert(report && job && (finding->outcome || finding->stopped_by));
	if (job->kind != JOB_EXPECT && finding->stopped_by) {
		add_no_outcome(report, finding, job->litmus->expects[job->expect].text);
	} else if (job->kind != JOB_EXPECT) {
		add_broken(report, finding);
	} else if (litmus_set_is_any(&finding->request->without)) {
		if (finding->stopped_by)
			add_no_outcome(report, finding, safe);
		else
			add_safe(report, finding, safe);
	} else {
		for (unsigned int i = 0; i < job->litmus->nr_expects; i++) {
			if (jobs_asks(job, i))
				add_expectation(report, finding, i);
		}
	}
}
