/* SPDX-License-Identifier: MIT */
/* commands.c - check: from scenarios to jobs, from outcomes to verdicts, and out. */
#include "check/cli.h"

#include "arch/arch.h"
#include "report/report.h"
#include "check/narrate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- jobs ---- */

struct plan {
	struct job *jobs;
	unsigned int nr;
};

static void plan_job(struct plan *plan, const struct job *job)
{
	plan->jobs = realloc(plan->jobs, (plan->nr + 1) * sizeof(*plan->jobs));
	if (!plan->jobs)
		abort();
	plan->jobs[plan->nr++] = *job;
}

static void plan_broken(struct plan *plan, const struct job *base)
{
	for (unsigned int i = 0; i < base->litmus->nr_expects; i++) {
		const struct litmus_expect *expect = &base->litmus->expects[i];
		struct job job = *base;

		if (expect->kind != LITMUS_EXPECT_BROKEN || !(expect->archs >> base->arch_number & 1))
			continue;
		job.kind = expect->some ? JOB_SOME : JOB_BROKEN;
		job.expect = (int)i;
		job.without = expect->rules;
		job.properties = (uint32_t)expect->properties;
		plan_job(plan, &job);
	}
}

static void plan_scenario(struct plan *plan, const struct request *request, const struct scenario *scenario)
{
	uint64_t archs = scenario->litmus->archs;

	if (request->archs)
		archs &= request->archs;
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		struct job job = {
			.kind = JOB_EXPECT,
			.litmus = scenario->litmus,
			.path = scenario->path,
			.arch = tlb_arch_at(i),
			.arch_number = i,
			.expect = -1,
			.without = request->without,
		};

		if (!(archs >> i & 1))
			continue;
		plan_job(plan, &job);
		if (!request->without)
			plan_broken(plan, &job);
	}
}

/* ---- verdicts ---- */

static void rule_list(uint64_t rules, char *text, size_t size)
{
	size_t used = 0;

	text[0] = 0;
	for (unsigned int i = 0; i < rules_count() && used < size; i++) {
		char name[RULE_NAME_SIZE];

		if (!(rules >> i & 1))
			continue;
		rules_name(i, name, sizeof(name));
		used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "," : "", name);
	}
}

static const char *first_property(uint32_t found)
{
	for (unsigned int i = 0; i <= MODEL_CONTRACT; i++) {
		if (found >> i & 1)
			return model_property_name(i);
	}
	return "";
}

/* How an exploration without a violation ended. */
static enum report_verdict clean_verdict(const struct explore_options *options, const struct explore_stats *stats,
					 bool safe)
{
	if (options->random)
		return REPORT_SAMPLED;
	if (!stats->exhausted)
		return REPORT_STOPPED;
	if (options->bound != EXPLORE_UNBOUNDED)
		return REPORT_BOUNDED;
	return safe ? REPORT_SAFE : REPORT_HOLDS;
}

static const char *stopped_by(const struct explore_options *options, const struct explore_stats *stats)
{
	if (options->max_executions && explore_executions(stats) >= options->max_executions)
		return "--max-executions";
	return "--max-seconds";
}

static struct timeline *timeline_for(const struct job *job, const struct outcome *out,
				     const struct report_result *result)
{
	struct explore_schedule schedule = { out->length, (struct explore_choice *)out->steps };
	struct binding *binding = calloc(1, sizeof(*binding));
	const struct litmus_expect *failed = out->failed == RUN_NOTHING_FAILED || out->found
						     ? NULL
						     : &job->litmus->expects[out->failed];
	char why[400], verdict[200], *trace = run_trace_text(out), *replay = NULL;
	struct timeline_head head;
	struct timeline *t;

	binding_init(binding, job->litmus, job->arch, run_all_rules() & ~out->without);
	t = trace_timeline(binding, &schedule, failed, why, sizeof(why));
	report_verdict_line(result, verdict, sizeof(verdict));
	if (asprintf(&replay, "build/shootdown replay --arch %s%s%s %s --trace %s", job->arch->name,
		     result->without[0] ? " --without " : "", result->without, job->path, trace) < 0)
		abort();
	/* The rest is there: the scenario, and the missing step. */
	head = t->head;
	head.arch = job->arch->name;
	head.without = result->without;
	head.property = result->property;
	head.verdict = verdict;
	head.why = why;
	head.replay = replay;
	timeline_set_head(t, &head);
	free(replay);
	free(trace);
	free(binding);
	return t;
}

/* What all results of a job have in common. */
static struct report_result result_of(const struct request *request, const struct job *job, const struct outcome *out,
				      const char *expectation, char *without, size_t size)
{
	const struct explore_options *options = &request->run.explore;

	rule_list(out->without, without, size);
	return (struct report_result){
		.scenario = job->litmus->name,
		.arch = job->arch->name,
		.expectation = expectation,
		.without = without,
		.executions = out->stats.complete,
		.blocked = out->stats.blocked + out->stats.redundant,
		.steps = out->stats.steps,
		.seconds = out->stats.seconds,
		.bound = options->bound > 0 ? (unsigned int)options->bound : 0,
		.seed = options->seed,
		.depth = options->bug_depth,
		.agents = job->litmus->nr_agents,
		.length = out->stats.deepest,
		.stopped_by = stopped_by(options, &out->stats),
		.not_explored = out->found || out->stats.exhausted || options->random
					? ""
					: "executions that the limit cut off",
	};
}

static void add_violation(struct run_report *report, const struct job *job, const struct outcome *out,
			  struct report_result *result, bool held, bool show)
{
	result->verdict = REPORT_UNSAFE;
	result->held = held;
	result->property = first_property(out->found);
	result->steps = out->length;
	result->executions = explore_executions(&out->stats);
	if (show)
		result->timeline = timeline_for(job, out, result);
	run_report_add(report, result);
}

static void add_safe(const struct request *request, struct run_report *report, const struct job *job,
		     const struct outcome *out, const char *text)
{
	char without[300];
	struct report_result result = result_of(request, job, out, text, without, sizeof(without));

	if (out->found) {
		add_violation(report, job, out, &result, false, true);
		return;
	}
	result.verdict = clean_verdict(&request->run.explore, &out->stats, true);
	result.held = result.verdict != REPORT_STOPPED;
	run_report_add(report, &result);
}

static void add_other(const struct request *request, struct run_report *report, const struct job *job,
		      const struct outcome *out, unsigned int nr)
{
	const struct litmus_expect *expect = &job->litmus->expects[nr];
	char without[300], got[80] = "not so in some execution";
	struct report_result result = result_of(request, job, out, expect->text, without, sizeof(without));
	bool sometimes = expect->kind == LITMUS_EXPECT_CONDITION && expect->when == LITMUS_SOMETIMES;
	bool witnessed = sometimes && out->seen >> nr & 1;
	enum report_verdict clean = clean_verdict(&request->run.explore, &out->stats, false);
	bool wrong = out->all_failed >> nr & 1 || (sometimes && !witnessed && clean == REPORT_HOLDS);

	if (expect->kind == LITMUS_EXPECT_COUNT)
		snprintf(got, sizeof(got), "between %llu and %llu", (unsigned long long)out->least[nr],
			 (unsigned long long)out->most[nr]);
	if (sometimes)
		snprintf(got, sizeof(got), "in no execution");
	/* One execution is enough for `sometimes`, and not finding it is nothing unless all were looked at. */
	result.verdict = wrong ? REPORT_BROKEN : witnessed ? REPORT_HOLDS : clean;
	result.property = got;
	result.held = !wrong && (witnessed || (!sometimes && clean != REPORT_STOPPED));
	if (witnessed)
		result.not_explored = "";
	if (out->failed == (int)nr)
		result.timeline = timeline_for(job, out, &result);
	run_report_add(report, &result);
}

/* One exploration with the rules on answers `safe`, conditions and counts at once. */
static void add_expect_job(const struct request *request, struct run_report *report, const struct job *job,
			   const struct outcome *out)
{
	bool asked = request->without != 0;

	if (asked)
		add_safe(request, report, job, out, "safe");
	for (unsigned int i = 0; i < job->litmus->nr_expects && !asked; i++) {
		const struct litmus_expect *expect = &job->litmus->expects[i];

		if (!(expect->archs >> job->arch_number & 1) || expect->kind == LITMUS_EXPECT_BROKEN)
			continue;
		if (expect->kind == LITMUS_EXPECT_SAFE || out->found)
			add_safe(request, report, job, out, expect->text);
		else
			add_other(request, report, job, out, i);
	}
}

static void add_broken_job(const struct request *request, struct run_report *report, const struct job *job,
			   const struct outcome *out)
{
	char without[300];
	struct report_result result = result_of(request, job, out, job->litmus->expects[job->expect].text, without,
						sizeof(without));

	if (out->found) {
		add_violation(report, job, out, &result, true, request->svg || request->html || request->json);
		return;
	}
	result.verdict = clean_verdict(&request->run.explore, &out->stats, true);
	result.held = false;
	run_report_add(report, &result);
}

/* ---- out ---- */

static FILE *create(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		fprintf(stderr, "shootdown: %s: %s\n", path, strerror(errno));
		exit(EXIT_USAGE);
	}
	return file;
}

static void write_svgs(const char *dir, const struct run_report *report, const struct report_style *style)
{
	if (mkdir(dir, 0777) && errno != EEXIST) {
		fprintf(stderr, "shootdown: %s: %s\n", dir, strerror(errno));
		exit(EXIT_USAGE);
	}
	for (int i = 0; i < report->results; i++) {
		const struct report_result *result = &report->result[i];
		char *path;
		FILE *file;

		if (!result->timeline)
			continue;
		if (asprintf(&path, "%s/%s-%s%s%s.svg", dir, result->scenario, result->arch,
			     result->without[0] ? "-without-" : "", result->without) < 0)
			abort();
		file = create(path);
		timeline_svg(result->timeline, file, style);
		fclose(file);
		free(path);
	}
}

static void show(const struct request *request, const struct run_report *report)
{
	struct report_style style = report_style_for(stdout);
	FILE *file;

	style.steps = request->steps;
	if (request->svg)
		write_svgs(request->svg, report, &style);
	if (request->html) {
		file = create(request->html);
		run_report_html(report, file, &style);
		fclose(file);
	}
	if (request->json && strcmp(request->json, "-")) {
		file = create(request->json);
		run_report_json(report, file);
		fclose(file);
	}
	if (request->json && !strcmp(request->json, "-"))
		run_report_json(report, stdout);
	else {
		run_report_print_results(report, request->nr_paths > 1 && !request->verbose, stdout, &style);
		run_report_print_end(report, stdout, &style);
	}
}

int command_check(struct request *request)
{
	struct plan plan = { 0 };
	struct run_report *report = run_report_new(request->command, SHOOTDOWN_VERSION);
	struct outcome *outcomes;
	bool limited = false;
	int failed;

	for (unsigned int i = 0; i < request->nr_paths; i++)
		plan_scenario(&plan, request, &request->scenarios[i]);
	request->run.shorten = request->svg || request->html || request->json;
	outcomes = run_jobs(plan.jobs, plan.nr, &request->run);
	for (unsigned int i = 0; i < plan.nr; i++) {
		report->seconds += outcomes[i].stats.seconds;
		if (run_too_big(plan.jobs, outcomes, i))
			limited = true;
		else if (plan.jobs[i].kind == JOB_EXPECT)
			add_expect_job(request, report, &plan.jobs[i], &outcomes[i]);
		else
			add_broken_job(request, report, &plan.jobs[i], &outcomes[i]);
	}
	if (request->html)
		run_report_set_archs(report, arch_table());
	show(request, report);
	failed = run_report_failed(report) + run_report_open(report);
	run_free(outcomes, plan.nr);
	free(plan.jobs);
	run_report_free(report);
	return limited ? EXIT_USAGE : failed ? EXIT_NOT_HELD : EXIT_HELD;
}

/* What the replay that was just made shows. */
static struct report_result shown(const struct job *job, const struct outcome *out, const char *without)
{
	uint32_t found = model_reported();

	return (struct report_result){
		.scenario = job->litmus->name,
		.arch = job->arch->name,
		.without = without,
		.steps = out->length,
		.executions = 1,
		.verdict = found ? REPORT_UNSAFE : REPORT_STOPPED,
		.property = first_property(found),
		.stopped_by = "the end of the trace",
	};
}

int command_replay(struct request *request)
{
	struct report_style style = report_style_for(stdout);
	struct job job = { .litmus = request->scenarios[0].litmus, .path = request->scenarios[0].path };
	struct outcome *out = calloc(1, sizeof(*out));
	struct report_result result;
	char without[300];
	struct timeline *t;

	style.steps = request->steps;
	if (!request->trace || __builtin_popcountll(request->archs) != 1 || request->nr_paths != 1) {
		fprintf(stderr, "shootdown: replay: expected one file, --arch with one name and --trace\n");
		return EXIT_USAGE;
	}
	if (!run_trace_parse(request->trace, out)) {
		fprintf(stderr, "shootdown: replay: found a trace that is none, expected AGENT[.CHOICE][xTIMES],...\n");
		return EXIT_USAGE;
	}
	job.arch = tlb_arch_at((unsigned int)__builtin_ctzll(request->archs));
	out->without = request->without;
	out->failed = RUN_NOTHING_FAILED;
	rule_list(out->without, without, sizeof(without));
	if (!run_replays(&job, out)) {
		fprintf(stderr, "shootdown: replay: %s\n",
			out->too_big[0] ? out->too_big : "found a trace of another scenario, architecture or version");
		return EXIT_USAGE;
	}
	result = shown(&job, out, without);
	t = timeline_for(&job, out, &result);
	timeline_print(t, stdout, &style);
	timeline_free(t);
	free(out);
	return result.verdict == REPORT_UNSAFE ? EXIT_NOT_HELD : EXIT_HELD;
}
