/* SPDX-License-Identifier: MIT */
/* command_replay.c - replay: one execution as a timeline, from the line that `check` printed for it. */
#include "check/memory.h"
#include "check/options.h"
#include "check/output.h"
#include "check/verdict.h"

#include "arch/arch.h"
#include "report/report.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static const struct argp_option options[] = {
	{ "without", OPT_WITHOUT, "RULE[,RULE...]", 0, "the rules that are off in it", 1 },
	{ "trace", OPT_TRACE, "TRACE", 0, "the execution: [WORDS:]AGENT[.CHOICE][xTIMES],...", 1 },
	{ "expect", OPT_EXPECT, "N", 0, "what expectation N of the file, a condition or a count, says of it", 1 },
	{ "steps", OPT_STEPS, 0, 0, "all steps, also those that change nothing watched", 1 },
	{ 0 },
};

static const struct argp_child children[] = { { &options_arch, 0, 0, 0 }, { 0 } };

static const char doc[] =
	"Show one execution as a timeline. `check` prints the whole line for each expectation that does "
	"not hold.\v"
	"Exit status: 0 no violation on this trace, 1 a violation, or the expectation does not hold, 2 "
	"usage, input, output, or a trace of something else.";

/* An execution is of one scenario on one architecture, which need not be said where the scenario names one alone: choose_arch(). */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct request *request = state->input;

	if (key != ARGP_KEY_END)
		return options_parse(key, arg, state);
	if (request->nr_arguments != 1)
		argp_error(state, "found %u FILEs, expected one", request->nr_arguments);
	if (request->archs && (__builtin_popcountll(request->archs) != 1 || request->every_arch))
		argp_error(state, "expected --arch with one name");
	if (!request->trace)
		argp_error(state, "expected --trace");
	return 0;
}

static const struct argp argp = { options, parse, "FILE", doc, children, 0, 0 };

/* The default of --arch, all that the scenario names, would make the same trace several executions. False, with a message. */
static bool choose_arch(struct request *request)
{
	const struct litmus *litmus = request->scenarios[0].litmus;

	if (!request->archs)
		request->archs = litmus->archs;
	if (__builtin_popcountll(request->archs) == 1)
		return true;
	fprintf(stderr, "shootdown: replay: expected --arch with one name, as %s is for %d of them\n", litmus->name,
		__builtin_popcountll(request->archs));
	return false;
}

/*
 * `safe` is asked anyway, and "breaks without" is about all that can happen. False, with a message. Numbers of
 * expectations begin with 1 for the user and with 0 in the array.
 */
static bool can_be_asked(const struct request *request)
{
	const struct litmus *litmus = request->scenarios[0].litmus;
	enum litmus_expect_kind kind;

	if (request->expect > litmus->nr_expects) {
		fprintf(stderr, "shootdown: --expect: found %u, expected at most %u, as the file has no more\n",
			request->expect, litmus->nr_expects);
		return false;
	}
	assert(request->expect > 0);
	kind = litmus->expects[request->expect - 1].kind;
	if (kind == LITMUS_EXPECT_CONDITION || kind == LITMUS_EXPECT_COUNT)
		return true;
	fprintf(stderr, "shootdown: --expect: found `%s`, expected the number of a condition or a count\n",
		litmus->expects[request->expect - 1].text);
	return false;
}

/*
 * A trace that was printed goes on until something is violated or everything has ended; or it stops in a livelock, which
 * is looked for again. It is run once just to see whether it can be: what is shown must not begin with something that
 * turns out to be another execution.
 *
 * The scheduler's numbers in a trace mean agents, and those depend on the scenario, the architecture's row and
 * the version. Most mismatches show as a step that is not enabled; a trace that fits by chance is shown as
 * what it is here.
 */
static bool can_be_replayed(const struct request *request, const struct finding *finding)
{
	const char *wrong = NULL;

	if (!(finding->job->litmus->archs & request->archs))
		wrong = "the scenario is not for this architecture";
	else if (!run_replays(finding->job, finding->outcome))
		wrong = finding->outcome->too_big[0] ? finding->outcome->too_big
						     : "found a trace of another scenario, architecture or version";
	else if (!agent_reported() && binding_end() == BINDING_GOES_ON &&
		 !run_is_endless(finding->job, finding->outcome))
		wrong = "found a trace that ends before the scenario does: of another scenario, architecture or "
			"version, or a part of one";
	if (wrong)
		fprintf(stderr, "shootdown: replay: %s\n", wrong);
	return !wrong;
}

/*
 * Returns the exit status. The status is that of what was seen now, not of what the trace was printed for:
 * that is how a fix is tried.
 */
static int show(const struct request *request, const struct finding *finding)
{
	struct report_style style = report_style_for(stdout);
	struct report_result result = { .steps = finding->outcome->length,
					.executions = 1,
					.verdict = REPORT_REPLAYED };
	struct output output;
	struct showing showing;
	char without[VERDICT_RULES_SIZE];

	assert(finding->outcome->length > 0);
	verdict_rules(&finding->outcome->without, without, sizeof(without));
	if (!output_open(&output, "-"))
		return EXIT_TROUBLE;
	result.without = without;
	if (request->expect)
		result.expectation = finding->job->litmus->expects[request->expect - 1].text;
	verdict_show(finding, (int)request->expect - 1, &result, &showing);
	style.steps = request->steps;
	timeline_print(showing.timeline, output.stream, &style);
	timeline_free(showing.timeline);
	if (!output_close(&output))
		return EXIT_TROUBLE;
	return showing.found || !showing.holds ? EXIT_NOT_HELD : EXIT_HELD;
}

/*
 * The trace is read before the scenario, since a mistake in it can be told without any file. The outcome is large,
 * so it is not on the stack.
 */
int command_replay(struct request *request, int argc, char **argv)
{
	struct outcome *outcome = explore_new(1, sizeof(*outcome));
	struct job job = { .expect = -1 };
	struct finding finding = { .request = request, .job = &job, .outcome = outcome };
	int status = EXIT_TROUBLE;

	options_read(&argp, request, argc, argv);
	if (!run_trace_parse(request->trace, outcome)) {
		fprintf(stderr, "shootdown: --trace: found '%s', expected [WORDS:]AGENT[.CHOICE][xTIMES],...\n",
			request->trace);
	} else if (load_scenarios(request) && choose_arch(request)) {
		finding.scenario = &request->scenarios[0];
		job.litmus = request->scenarios[0].litmus;
		job.arch_number = (unsigned int)__builtin_ctzll(request->archs);
		job.arch = tlb_arch_at(job.arch_number);
		outcome->without = rules_of(&request->without);
		if ((!request->expect || can_be_asked(request)) && can_be_replayed(request, &finding))
			status = show(request, &finding);
	}
	free(outcome);
	return status;
}
