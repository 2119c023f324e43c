/* SPDX-License-Identifier: MIT */
/*
 * command_check.c - check: explore scenarios, say of each what came out as soon as it is known, and write the reports.
 *
 * Lines appear in the order in which scenarios end; reports have the order of the command line.
 */
#include "check/jobs.h"
#include "check/keep.h"
#include "check/memory.h"
#include "check/options.h"
#include "check/output.h"
#include "check/pictures.h"
#include "check/ranks.h"
#include "check/pool.h"
#include "check/shard.h"
#include "check/verdict.h"

#include "report/report.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "What to check:", 1 },
	{ "without", OPT_WITHOUT, "RULE[,RULE...]", 0, "switch these rules off; only `expect safe` is asked then", 1 },
	{ "shard", OPT_SHARD, "I/N", 0, "only every N-th exploration, from the I-th on; `join` puts results together",
	  1 },
	{ "checkpoint", OPT_CHECKPOINT, "FILE", 0, "keep the exploration in FILE, now and then and when it is stopped",
	  1 },
	{ "checkpoint-every", OPT_CHECKPOINT_EVERY, "S", 0, "write it every S seconds (60)", 1 },
	{ "resume", OPT_RESUME, "FILE", 0, "go on with the exploration that was kept in FILE", 1 },
	{ 0, 0, 0, 0, "What to show:", 3 },
	{ "json", OPT_JSON, "FILE", 0, "the whole run for machines; - for standard output instead of text", 0 },
	{ "svg", OPT_SVG, "DIR", 0, "a picture of each counterexample", 0 },
	{ "html", OPT_HTML, "FILE", 0, "one self-contained page for the whole run; - for standard output", 0 },
	{ "steps", OPT_STEPS, 0, 0, "every step of a counterexample, also those that change nothing watched", 0 },
	{ "verbose", OPT_VERBOSE, 0, 0, "of several scenarios, a line for each architecture and expectation", 0 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ &options_arch, 0, 0, 0 }, { &options_explore, 0, 0, 0 }, { &options_progress, 0, 0, 0 }, { 0 }
};

static const char doc[] =
	"Explore the scenarios and compare with what they expect. FILE is a scenario, a folder for the .litmus files in "
	"and below it, or - for standard input. `mpirun -n N shootdown check FILE...` explores with N processes that share no "
	"memory, on as many machines, if `shootdown --version` says that MPI is in.\v"
	"Exit status: 0 every expectation held, 1 one did not, 2 usage, input, output or a limit of the checker, 3 none "
	"failed but one has no answer yet, 130 or 143 stopped by SIGINT or SIGTERM (what was known then is reported).";

/* @path may be NULL, of an option that was not given. */
static bool is_stdout(const char *path)
{
	return path && !strcmp(path, "-");
}

/*
 * Standard output can be one thing only: text, or JSON, or a page. Called with ARGP_KEY_END after all options,
 * so their order means nothing. argp_error() does not return.
 */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	if (key != ARGP_KEY_END)
		return options_parse(key, arg, state);
	if (!request->nr_arguments)
		argp_error(state, "found no FILE, expected one or more");
	if (is_stdout(request->json) && is_stdout(request->html))
		argp_error(state, "--json - and --html - cannot both have standard output");
	if (is_stdout(request->json) || is_stdout(request->html)) {
		if (request->verbose || request->steps)
			argp_error(state, "--%s is about text, and standard output has something else",
				   request->verbose ? "verbose" : "steps");
	}
	if (request->json && request->html && !strcmp(request->json, request->html))
		argp_error(state, "--json and --html are the same file");
	return 0;
}

static const struct argp argp = { options, parse, "FILE...", doc, children, 0, 0 };

/* ---- a run ---- */

/*
 * A run of `check`, or of `sweep`. Indices of jobs are those of .list, after other shards' jobs have been left
 * out.
 */
struct check {
	struct request *request;
	struct job_list list;
	struct shard shard;
	struct pool pool;
	struct progress progress;
	struct report_style style;
	struct output text, json, html; /* those that are not wanted are not open */
	unsigned int *owner;		/* of each job: its scenario */
	unsigned int *left;		/* of each scenario: explorations that have not ended */
	unsigned int *first;		/* of each scenario: its first job; one more for the end */
	struct run_report **part;	/* of each scenario that has ended: its results */
	double others_seconds;		/* of CPU time, of other ranks */
	bool incomplete, lost;		/* an exploration has no outcome; an output could not be written */
};

/* ---- what to explore ---- */

/*
 * The explorations of a scenario stand beside each other, and those of the first scenario first. Where each begins
 * is kept, so that its results can be put together as soon as its last exploration has ended.
 *
 * The shard's digest is over all jobs, also those that are left out, so it is complete only behind the loop.
 */
static void plan(struct check *check)
{
	const struct request *request = check->request;
	unsigned int skipped = 0;

	assert(check->first && check->left);
	shard_begin(&check->shard, request);
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		const struct scenario *scenario = &request->scenarios[i];

		check->first[i] = check->list.nr;
		skipped += !jobs_of_check(&check->list, request, scenario);
		check->left[i] = shard_filter(&check->shard, &check->list, check->first[i], scenario);
	}
	check->first[request->nr_scenarios] = check->list.nr;
	check->owner = explore_new(check->list.nr, sizeof(*check->owner));
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		for (unsigned int job = check->first[i]; job < check->first[i + 1]; job++)
			check->owner[job] = i;
	}
	if (skipped && check->shard.jobs)
		fprintf(stderr,
			"shootdown: %u of %u scenarios expect nothing on these architectures, and are not checked\n",
			skipped, request->nr_scenarios);
}

/* ---- outputs ---- */

/* A scenario that was named where a report was meant (--json A.litmus) would be lost. */
static bool open_report(struct output *output, const struct request *request, const char *path)
{
	struct stat stat_of;

	if (!path)
		return true;
	if (!is_stdout(path) && !stat(path, &stat_of) && S_ISREG(stat_of.st_mode) && load_has(request, &stat_of)) {
		fprintf(stderr, "shootdown: %s: is a scenario; a report would take its place\n", path);
		return false;
	}
	return output_open(output, path);
}

/*
 * All that can be wrong with a place is found before anything is explored. What was opened before the one that
 * failed is given up, so the reports that stood there before stay.
 */
static bool open_outputs(struct check *check)
{
	const struct request *request = check->request;
	bool text = !is_stdout(request->json) && !is_stdout(request->html);

	if ((!text || output_open(&check->text, "-")) && open_report(&check->json, request, request->json) &&
	    open_report(&check->html, request, request->html) && (!request->svg || pictures_open(request->svg)))
		return true;
	output_discard(&check->text);
	output_discard(&check->json);
	output_discard(&check->html);
	return false;
}

/* ---- as explorations end ---- */

/*
 * What exploration @nr says of its expectations; with @stopped_by, that it says nothing, and why. The number
 * of the exploration is that of the first job with the same answer: results with the same number count its
 * states once in sums.
 */
static void find(const struct check *check, struct run_report *report, unsigned int nr, const char *stopped_by)
{
	const struct request *request = check->request;
	int same = check->pool.job[nr].same;
	const struct finding finding = {
		.request = request,
		.scenario = &request->scenarios[check->owner[nr]],
		.job = &check->list.job[nr],
		.exploration = 1 + check->list.job[same >= 0 ? (unsigned int)same : nr].number,
		.outcome = &check->pool.outcomes[nr],
		.so_far = pool_so_far(&check->pool, nr),
		.stopped_by = stopped_by,
		.show_expected = request->svg || request->html || request->json,
	};

	assert(check->owner[nr] < request->nr_scenarios);
	verdict_add(report, &finding);
}

/*
 * Why an exploration that has ended has nothing to say; NULL: it has. For free(). A crash of the checker is a
 * defect of ours, a world that is too big is a limit; neither says anything about the scenario, and both end
 * in EXIT_TROUBLE.
 */
static char *why_no_outcome(const struct check *check, unsigned int nr)
{
	const char *too_big = check->pool.outcomes[nr].too_big;

	assert(check->pool.job[nr].end != POOL_NOT_ENDED);
	if (check->pool.job[nr].end == POOL_CRASHED)
		return pool_crash_text(&check->pool, nr);
	return *too_big ? memory_print("%s", too_big) : NULL;
}

/*
 * Results of the explorations of a scenario that have ended. It is made when the scenario's last job has
 * ended, or when the run was stopped; a second time would tell counterexamples twice.
 */
static struct run_report *results_of(struct check *check, unsigned int scenario)
{
	struct run_report *report = run_report_new("", SHOOTDOWN_VERSION);

	assert(scenario < check->request->nr_scenarios && !check->part[scenario]);
	for (unsigned int nr = check->first[scenario]; nr < check->first[scenario + 1]; nr++) {
		char *stopped_by;

		if (check->pool.job[nr].end == POOL_NOT_ENDED)
			continue;
		stopped_by = why_no_outcome(check, nr);
		check->incomplete |= stopped_by != NULL;
		check->lost |= check->pool.outcomes[nr].stats.unkept;
		find(check, report, nr, stopped_by);
		free(stopped_by);
	}
	return report;
}

/*
 * False: nobody reads it. One line can say that all of a scenario held, not that a part of it did. Flushed at once:
 * whoever watches, or reads from a pipe, shall see a failure when it is found.
 *
 * Progress on the terminal is taken away first, or the text would begin behind it.
 */
static bool print_scenario(struct check *check, unsigned int scenario)
{
	bool brief = check->request->nr_scenarios > 1 && !check->request->verbose && !check->left[scenario];

	assert(scenario < check->request->nr_scenarios);
	check->part[scenario] = results_of(check, scenario);
	if (!check->text.stream)
		return true;
	progress_clear(&check->progress);
	run_report_print_results(check->part[scenario], brief, check->text.stream, &check->style);
	return output_flush(&check->text);
}

/*
 * A finding that cannot be written is an error, but no reason to look for no more. Only `sweep` sets .finding:
 * its scenarios are in no file that a user could go back to.
 */
static void keep_finding(struct check *check, unsigned int scenario)
{
	struct request *request = check->request;

	if (request->finding && run_report_failed(check->part[scenario]))
		check->lost |= !request->finding(request, &request->scenarios[scenario], check->text.stream);
}

/*
 * Called by the pool for each exploration; a scenario is printed after its last. False stops the pool: nobody
 * reads standard output any more, so the rest would be explored for nothing.
 */
static bool ended(void *context, unsigned int nr)
{
	struct check *check = context;
	unsigned int scenario = check->owner[nr];

	assert(check->left[scenario] > 0);
	if (--check->left[scenario])
		return true;
	if (!print_scenario(check, scenario))
		return false;
	keep_finding(check, scenario);
	return true;
}

/* Five times a second, from the pool; what is shown, and how often, is progress.c's. */
static void tick(void *context)
{
	struct check *check = context;

	assert(context);
	progress_show(&check->progress);
}

/* ---- the end ---- */

/*
 * What had begun when the run was stopped is printed as far as it is known; the rest is counted. Also after a
 * run that came to its end: then every scenario has been printed, and there is nothing to do.
 */
static void take_leftovers(struct check *check, const char *stopped_by)
{
	assert(stopped_by);
	for (unsigned int i = 0; i < check->request->nr_scenarios; i++) {
		if (check->part[i])
			continue;
		print_scenario(check, i);
		keep_finding(check, i);
		for (unsigned int nr = check->first[i]; nr < check->first[i + 1]; nr++) {
			if (check->pool.job[nr].end == POOL_NOT_ENDED)
				find(check, check->part[i], nr, stopped_by);
		}
	}
}

/*
 * Of this process, which prints, and of the workers that have ended, which explored. Workers are counted once
 * they were waited for, so this is asked after the pool has run.
 */
static double cpu_seconds(void)
{
	struct rusage own, workers;

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &workers);
	return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec + workers.ru_utime.tv_sec + workers.ru_stime.tv_sec) +
	       1e-6 * (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec + workers.ru_utime.tv_usec +
			       workers.ru_stime.tv_usec);
}

/* How many ranks there were, and how much they have said to each other. */
static void note_ranks(const struct check *check, struct run_report *whole)
{
	const struct explore_peers *peers = check->request->run.explore.peers;

	if (!peers)
		return;
	whole->ranks = peers->ranks;
	for (unsigned int nr = 0; nr < check->list.nr; nr++)
		if (check->pool.job[nr].same < 0)
			whole->sent += check->pool.outcomes[nr].stats.sent;
}

/*
 * All results, in the order of the command line. Results move, they are not copied twice: a timeline belongs
 * to one report.
 */
static struct run_report *whole_report(struct check *check)
{
	struct run_report *whole = run_report_new(check->request->command, SHOOTDOWN_VERSION);

	assert(check->part);
	for (unsigned int i = 0; i < check->request->nr_scenarios; i++) {
		struct run_report *part = check->part[i];

		for (int r = 0; r < part->results; r++) {
			run_report_add(whole, &part->result[r]);
			/* It has moved. */
			part->result[r].timeline = NULL;
		}
		run_report_free(part);
	}
	if (check->shard.which.of)
		run_report_set_shard(whole, &(struct report_shard){ .index = check->shard.which.index,
								    .of = check->shard.which.of,
								    .questions = check->shard.jobs,
								    .digest = check->shard.digest });
	whole->seconds = progress_seconds(&check->progress);
	whole->cpu_seconds = cpu_seconds() + check->others_seconds;
	note_ranks(check, whole);
	if (check->request->html)
		run_report_set_archs(whole, arch_table(~0ull));
	return whole;
}

/*
 * The text comes first, so that the verdicts are seen even if a file cannot be written. Each output is closed
 * even where another could not be written; what was lost decides only the exit status.
 */
static void write_outputs(struct check *check, const struct run_report *report)
{
	const struct request *request = check->request;

	assert(report);
	if (check->text.stream)
		run_report_print_end(report, check->text.stream, &check->style);
	check->lost |= !output_close(&check->text);
	if (request->svg)
		check->lost |= !pictures_write(request->svg, report, &check->style);
	if (request->html)
		run_report_html(report, check->html.stream, &check->style);
	check->lost |= !output_close(&check->html);
	if (request->json)
		run_report_json(report, check->json.stream);
	check->lost |= !output_close(&check->json);
}

/* Whoever made the report. */
int check_status(const struct run_report *report, bool incomplete)
{
	assert(report);
	if (incomplete)
		return EXIT_TROUBLE;
	if (run_report_failed(report))
		return EXIT_NOT_HELD;
	return run_report_open(report) ? EXIT_NOT_FINISHED : EXIT_HELD;
}

/*
 * @stop as pool_run() gives it. The worst that has happened decides. A signal comes before what was lost, since a
 * run that was stopped was not expected to be complete.
 *
 * A closed pipe ends the program by SIGPIPE, because scripts (and `head`) expect that of a program that writes
 * into one, and not status 2.
 */
static int status_of(const struct check *check, const struct run_report *report, int stop)
{
	assert(!check->text.stream && !check->json.stream && !check->html.stream);
	/* As others end whose reader has left. */
	if (check->text.error == EPIPE && signal(SIGPIPE, SIG_DFL) != SIG_ERR)
		raise(SIGPIPE);
	return stop > 0 ? EXIT_SIGNAL + stop : check_status(report, check->lost || check->incomplete);
}

/*
 * Leaves a part of the report for each scenario. Returns what pool_run() did. The pool stays open, because the
 * outcomes that the reports are made from are its own.
 *
 * Results are made in this process while workers go on exploring, so a counterexample appears as soon as it is
 * known.
 */
static int explore_all(struct check *check)
{
	const struct pool_listener listener = { check, ended, tick };
	char *stopped_by = NULL;
	int stop;

	assert(check->list.nr > 0 || check->shard.which.of);
	pool_open(&check->pool, check->list.job, check->list.nr, &check->request->run);
	progress_open(&check->progress, &check->pool, check->request->progress);
	stop = pool_run(&check->pool, &listener);
	progress_clear(&check->progress);
	if (stop > 0)
		stopped_by = memory_print("stopped by SIG%s", sigabbrev_np(stop));
	if (stopped_by)
		fprintf(stderr, "shootdown: %s\n", stopped_by);
	take_leftovers(check, stopped_by ? stopped_by : "stopped, as nobody reads the results");
	free(stopped_by);
	return stop;
}

/* ---- ranks ---- */

/* CPU seconds of all ranks but this one, at rank 0. */
static double others_seconds(const struct explore_peers *peers)
{
	size_t *nrs = explore_new(peers->ranks, sizeof(*nrs));
	uint64_t own = (uint64_t)(cpu_seconds() * 1e6), *all = peers->gather(peers->context, &own, 1, nrs);
	double sum = 0;

	for (unsigned int rank = 1; all && rank < peers->ranks; rank++)
		sum += 1e-6 * (double)all[rank];
	free(all);
	free(nrs);
	return sum;
}

static bool says_nothing(void *context, unsigned int nr)
{
	(void)context;
	(void)nr;
	return true;
}

/* All ranks explore, and rank 0 says what came out. */
static int follow(struct check *check)
{
	const struct pool_listener listener = { .ended = says_nothing };

	pool_open(&check->pool, check->list.job, check->list.nr, &check->request->run);
	pool_run(&check->pool, &listener);
	pool_close(&check->pool);
	others_seconds(check->request->run.explore.peers);
	return EXIT_HELD;
}

/* ---- the command ---- */

/* False, with a message. */
static bool begin_with_ranks(struct request *request)
{
	if (ranks_started() == 1)
		return true;
	request->run.explore.peers = ranks_open();
	request->run.jobs = 1;
	ranks_speak();
	return request->run.explore.peers;
}

/* Everything that can be refused is looked at before anything is explored. */
static int run(struct check *check)
{
	struct run_report *report;
	int stop, status;

	plan(check);
	if (!check->shard.jobs) {
		fprintf(stderr, "shootdown: nothing to check: the scenarios expect nothing on these architectures\n");
		return EXIT_TROUBLE;
	}
	if (!keep_prepare(check->request, &check->list))
		return EXIT_TROUBLE;
	if (ranks_own() == 0 && !open_outputs(check))
		return EXIT_TROUBLE;
	if (!begin_with_ranks(check->request))
		return EXIT_TROUBLE;
	if (ranks_own())
		return follow(check);
	stop = explore_all(check);
	if (check->request->run.explore.peers)
		check->others_seconds = others_seconds(check->request->run.explore.peers);
	report = whole_report(check);
	write_outputs(check, report);
	status = status_of(check, report, stop);
	run_report_free(report);
	pool_close(&check->pool);
	return status;
}

int check_scenarios(struct request *request)
{
	struct check check = { .request = request, .style = report_style_for(stdout) };
	int status;

	assert(request->nr_scenarios > 0);
	check.style.steps = request->steps;
	/* So that a counterexample has as many steps whatever is shown of it. */
	request->run.shorten = true;
	check.left = explore_new(request->nr_scenarios, sizeof(*check.left));
	check.first = explore_new(request->nr_scenarios + 1, sizeof(*check.first));
	check.part = explore_new(request->nr_scenarios, sizeof(*check.part));
	status = run(&check);
	if (request->run.explore.peers)
		ranks_close(request->run.explore.peers);
	jobs_free(&check.list);
	free(check.owner);
	free(check.left);
	free(check.first);
	free(check.part);
	return status;
}

int command_check(struct request *request, int argc, char **argv)
{
	options_read(&argp, request, argc, argv);
	return load_scenarios(request) ? check_scenarios(request) : EXIT_TROUBLE;
}
