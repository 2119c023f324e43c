/* SPDX-License-Identifier: MIT */
/*
 * command_matrix.c - matrix: which scenario breaks without which rule.
 *
 * A rule that no scenario needs is either not needed or not tested, and a scenario that needs no rule tests
 * nothing; this shows both. What a scenario expects is not looked at: any violation counts, as the question is
 * only whether the rule can be left out without harm.
 */
#include "check/jobs.h"
#include "check/memory.h"
#include "check/options.h"
#include "check/output.h"
#include "check/pool.h"

#include "report/report.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct argp_option options[] = { { 0 } };

static const struct argp_child children[] = {
	{ &options_arch, 0, 0, 0 }, { &options_explore, 0, 0, 0 }, { &options_progress, 0, 0, 0 }, { 0 }
};

static const char doc[] =
	"Take away each rule alone, and show which scenarios break on some architecture. FILE is a scenario, a folder for the "
	".litmus files in and below it, or - for standard input.\v"
	"Exit status: 0 every cell has an answer, 2 usage, input, output or a limit of the checker, 3 some have none, 130 or "
	"143 stopped by SIGINT or SIGTERM.";

/* Nothing here depends on another option. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct request *request = state->input;

	if (key != ARGP_KEY_END)
		return options_parse(key, arg, state);
	if (!request->nr_arguments)
		argp_error(state, "found no FILE, expected one or more");
	return 0;
}

static const struct argp argp = { options, parse, "FILE...", doc, children, 0, 0 };

/* Explorations that do not wait for each other. */
struct stage {
	struct job_list list;
	unsigned int *owner; /* of each job: its scenario */
};

/*
 * Two stages: with all rules, which says of each scenario and architecture which rules anybody asks for; then without each of
 * these. Where nobody asks for a rule the exploration without it is the one with all rules, step by step, so its cell is known
 * by then. Cells of one scenario stand beside each other, one for each rule there is, also those that are not shown in the end.
 */
struct matrix {
	struct stage whole, without;
	const struct stage *stage;   /* that is run */
	struct pool pool;	     /* of it */
	struct machine_rules *asked; /* of each job of .whole; all of them where that is not known */
	struct progress progress;
	enum report_cell *cell;	   /* scenarios * rules */
	unsigned int incomplete;   /* explorations without an outcome */
	const struct litmus *told; /* the last that was said to be too big */
};

/*
 * A cell has no room for a reason. What is wrong with a scenario is said once, not for each rule and
 * architecture. Crashes are each told, as each may be another defect of the checker.
 */
static void complain(struct matrix *matrix, unsigned int nr, unsigned int rule)
{
	const struct job *job = &matrix->stage->list.job[nr];
	char name[RULE_NAME_SIZE],
		*crash = matrix->pool.job[nr].end == POOL_CRASHED ? pool_crash_text(&matrix->pool, nr) : NULL;

	matrix->incomplete++;
	if (crash || matrix->told != job->litmus) {
		rules_name(rule, name, sizeof(name));
		progress_clear(&matrix->progress);
		fprintf(stderr, "shootdown: %s on %s, without %s: %s\n", job->litmus->name, job->arch->name, name,
			crash ? crash : matrix->pool.outcomes[nr].too_big);
		matrix->told = crash ? matrix->told : job->litmus;
	}
	free(crash);
}

/* The one that is off in it. */
static unsigned int rule_of(const struct job *job)
{
	unsigned int rule = 0;

	assert(!rules_are_none(&job->without));
	while (!machine_has_rule(&job->without, rule))
		rule++;
	return rule;
}

static enum report_cell *cell_of(const struct matrix *matrix, unsigned int scenario, unsigned int rule)
{
	assert(rule < rules_count());
	return &matrix->cell[scenario * rules_count() + rule];
}

/*
 * A cell is about all architectures: one that breaks is enough for unsafe, and safe needs all of them. A cell
 * moves only towards "unsafe": first not run, then safe or open, and from unsafe nothing leads back, in
 * whatever order the architectures end.
 */
static void answer(struct matrix *matrix, unsigned int nr, unsigned int rule)
{
	enum report_cell *cell = cell_of(matrix, matrix->stage->owner[nr], rule);

	if (matrix->pool.job[nr].end == POOL_CRASHED || matrix->pool.outcomes[nr].too_big[0]) {
		complain(matrix, nr, rule);
		*cell = *cell == REPORT_CELL_UNSAFE ? *cell : REPORT_CELL_OPEN;
	} else if (matrix->pool.outcomes[nr].found) {
		*cell = REPORT_CELL_UNSAFE;
	} else if (*cell != REPORT_CELL_UNSAFE && !matrix->pool.outcomes[nr].stats.exhausted) {
		*cell = REPORT_CELL_OPEN;
	} else if (*cell == REPORT_CELL_NOT_RUN) {
		*cell = REPORT_CELL_SAFE;
	}
}

/* One with all rules answers for those that nobody has asked for. If it crashed, nobody knows which those are. */
static bool ended(void *context, unsigned int nr)
{
	struct matrix *matrix = context;

	assert(nr < matrix->stage->list.nr);
	if (matrix->stage == &matrix->without) {
		answer(matrix, nr, rule_of(&matrix->stage->list.job[nr]));
		return true;
	}
	if (matrix->pool.job[nr].end == POOL_CRASHED)
		return true;
	matrix->asked[nr] = matrix->pool.outcomes[nr].asked;
	for (unsigned int rule = 0; rule < rules_count(); rule++) {
		if (!machine_has_rule(&matrix->asked[nr], rule))
			answer(matrix, nr, rule);
	}
	return true;
}

static void tick(void *context)
{
	struct matrix *matrix = context;

	progress_show(&matrix->progress);
}

/*
 * What was not looked at on every architecture is open, unless it was seen to break. A run that was stopped must
 * not look like one in which nothing broke. @ended: of the second stage, by jobs; NULL: it was not run.
 */
static void open_rest(struct matrix *matrix, const struct pool_job *ended)
{
	const struct stage *rest = &matrix->without;

	for (unsigned int nr = 0; nr < rest->list.nr; nr++) {
		enum report_cell *cell = cell_of(matrix, rest->owner[nr], rule_of(&rest->list.job[nr]));

		if ((!ended || ended[nr].end == POOL_NOT_ENDED) && *cell != REPORT_CELL_UNSAFE)
			*cell = REPORT_CELL_OPEN;
	}
}

/*
 * A column that says `safe` from top to bottom says what its absence says. What is open keeps its column as well,
 * since it may yet break.
 */
static bool is_needed(const struct matrix *matrix, unsigned int scenarios, unsigned int rule)
{
	for (unsigned int i = 0; i < scenarios; i++) {
		if (matrix->cell[i * rules_count() + rule] != REPORT_CELL_SAFE)
			return true;
	}
	return false;
}

/*
 * The matrix as it is shown: the columns that say something. Cells are kept for all rules, because only at the end
 * is it known which columns are shown.
 */
static struct report_matrix *make(const struct matrix *matrix, const struct request *request)
{
	const char **scenario = explore_new(request->nr_scenarios, sizeof(*scenario)), *rule[MACHINE_RULES];
	unsigned int column[MACHINE_RULES], columns = 0;
	struct report_matrix *report;

	for (unsigned int i = 0; i < request->nr_scenarios; i++)
		scenario[i] = request->scenarios[i].label;
	for (unsigned int i = 0; i < rules_count(); i++) {
		if (!is_needed(matrix, request->nr_scenarios, i))
			continue;
		rule[columns] = request->words.rule[i];
		column[columns++] = i;
	}
	assert(columns <= MACHINE_RULES);
	report = report_matrix_new((int)request->nr_scenarios, scenario, (int)columns, rule);
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		for (unsigned int j = 0; j < columns; j++)
			report_matrix_set(report, (int)i, (int)j, matrix->cell[i * rules_count() + column[j]]);
	}
	free(scenario);
	return report;
}

/*
 * False: it could not be written. @open: there are cells without an answer.
 * The table is for people; scripts have the exit status, and `check` with --without for a single rule.
 */
static bool print(const struct matrix *matrix, const struct request *request, bool *open)
{
	struct report_style style = report_style_for(stdout);
	struct report_matrix *report = make(matrix, request);
	unsigned int unneeded = rules_count() - (unsigned int)report->rules;
	struct output output;

	*open = false;
	for (int i = 0; i < report->scenarios * report->rules; i++)
		*open |= report->cell[i] == REPORT_CELL_OPEN;
	if (!output_open(&output, "-"))
		return false;
	if (report->rules)
		report_matrix_print(report, output.stream, &style);
	fprintf(output.stream, "%u of %u rules are needed by no scenario here\n", unneeded, rules_count());
	report_matrix_free(report);
	return output_close(&output);
}

/* Each job remembers its scenario, so that cells can be filled in whatever order the jobs end. */
static void own(struct stage *stage, unsigned int before, unsigned int scenario)
{
	stage->owner = explore_grow(stage->owner, stage->list.nr + 1, sizeof(*stage->owner));
	for (; before < stage->list.nr; before++)
		stage->owner[before] = scenario;
}

static void plan_whole(struct matrix *matrix, const struct request *request)
{
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		unsigned int before = matrix->whole.list.nr;

		jobs_of_matrix(&matrix->whole.list, request, &request->scenarios[i]);
		own(&matrix->whole, before, i);
	}
	matrix->asked = explore_new(matrix->whole.list.nr + 1, sizeof(*matrix->asked));
	for (unsigned int nr = 0; nr < matrix->whole.list.nr; nr++)
		matrix->asked[nr] = rules_all();
}

/* In the order of the first stage: those of one scenario stand beside each other. */
static void plan_without(struct matrix *matrix)
{
	for (unsigned int nr = 0; nr < matrix->whole.list.nr; nr++) {
		unsigned int before = matrix->without.list.nr;

		jobs_without_each(&matrix->without.list, &matrix->whole.list.job[nr], &matrix->asked[nr]);
		own(&matrix->without, before, matrix->whole.owner[nr]);
	}
}

/* What pool_run() says. */
static int run_stage(struct matrix *matrix, const struct stage *stage, const struct request *request)
{
	const struct pool_listener listener = { matrix, ended, tick };
	int stop;

	matrix->stage = stage;
	pool_open(&matrix->pool, stage->list.job, stage->list.nr, &request->run);
	progress_open(&matrix->progress, &matrix->pool, request->progress);
	stop = pool_run(&matrix->pool, &listener);
	progress_clear(&matrix->progress);
	return stop;
}

/*
 * What is known is printed however the run ended. A signal decides the status before anything else: the open
 * cells are its doing. The pool is closed behind that: a signal that came and was not read is delivered there.
 */
static int run(struct matrix *matrix, struct request *request)
{
	bool open, written;
	int stop = run_stage(matrix, &matrix->whole, request);

	assert(matrix->cell && matrix->asked);
	plan_without(matrix);
	if (stop > 0) {
		open_rest(matrix, NULL);
	} else {
		pool_close(&matrix->pool);
		stop = run_stage(matrix, &matrix->without, request);
		open_rest(matrix, matrix->pool.job);
	}
	written = print(matrix, request, &open);
	pool_close(&matrix->pool);
	if (stop > 0)
		return EXIT_SIGNAL + stop;
	if (!written || matrix->incomplete)
		return EXIT_TROUBLE;
	return open ? EXIT_NOT_FINISHED : EXIT_HELD;
}

/*
 * The cells come after the plan and before the first job, as ended() writes to them. All of them begin as not run.
 */
int command_matrix(struct request *request, int argc, char **argv)
{
	struct matrix matrix = { 0 };
	int status;

	options_read(&argp, request, argc, argv);
	if (!load_scenarios(request))
		return EXIT_TROUBLE;
	plan_whole(&matrix, request);
	matrix.cell = explore_new((size_t)request->nr_scenarios * rules_count(), sizeof(*matrix.cell));
	status = run(&matrix, request);
	jobs_free(&matrix.whole.list);
	jobs_free(&matrix.without.list);
	free(matrix.whole.owner);
	free(matrix.without.owner);
	free(matrix.asked);
	free(matrix.cell);
	return status;
}
