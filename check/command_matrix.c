/* SPDX-License-Identifier: MIT */
/*
 * command_matrix.c - matrix: which scenario breaks without which rule.
 *
 * A rule that no scenario needs is either not needed or not tested, and a scenario that needs no rule tests
 * nothing; this shows both. Which property a scenario expects is not looked at: any violation counts, as the question is
 * only whether the rule can be left out without harm.
 *
 * Where two rules each do what the other does, taking away one of them shows nothing. So rules that an expectation takes away together are
 * taken away together here, too, in a column of their own, from each scenario.
 */
#include "check/jobs.h"
#include "check/memory.h"
#include "check/options.h"
#include "check/output.h"
#include "check/pool.h"
#include "check/verdict.h"

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
	"Take away each rule alone, and together those that an expectation takes away together, and show which scenarios break "
	"on some architecture. FILE is a scenario, a folder for the .litmus files in and below it, or - for standard input.\v"
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

/* What is taken away at once: each rule alone, rule after rule, and behind them what some expectation takes away together. */
struct column {
	struct machine_rules off;
	char name[256];
};

/* Of each job; with all rules it has no column. */
struct place {
	unsigned int scenario, column;
};

/* Explorations that do not wait for each other. */
struct stage {
	struct job_list list;
	struct place *place;
};

/*
 * Two stages: with all rules, which says of each scenario and architecture which rules anybody asks for; then without each of
 * these. Where nobody asks for a rule the exploration without it is the one with all rules, step by step, so its cell is known
 * by then. Cells of one scenario stand beside each other, one for each column, also those that are not shown in the end.
 */
struct matrix {
	struct column *column;
	unsigned int columns;
	struct stage whole, without;
	const struct stage *stage;   /* that is run */
	struct pool pool;	     /* of it */
	struct machine_rules *asked; /* of each job of .whole; all of them where that is not known */
	struct progress progress;
	enum report_cell *cell;	   /* scenarios * columns */
	unsigned int incomplete;   /* explorations without an outcome */
	const struct litmus *told; /* the last that was said to be too big */
};

/*
 * A cell has no room for a reason. What is wrong with a scenario is said once, not for each rule and
 * architecture. Crashes are each told, as each may be another defect of the checker.
 */
static void complain(struct matrix *matrix, unsigned int nr, unsigned int column)
{
	const struct job *job = &matrix->stage->list.job[nr];
	char *crash = matrix->pool.job[nr].end == POOL_CRASHED ? pool_crash_text(&matrix->pool, nr) : NULL;

	matrix->incomplete++;
	if (crash || matrix->told != job->litmus) {
		progress_clear(&matrix->progress);
		fprintf(stderr, "shootdown: %s on %s, without %s: %s\n", job->litmus->name, job->arch->name,
			matrix->column[column].name, crash ? crash : matrix->pool.outcomes[nr].too_big);
		matrix->told = crash ? matrix->told : job->litmus;
	}
	free(crash);
}

static enum report_cell *cell_of(const struct matrix *matrix, unsigned int scenario, unsigned int column)
{
	assert(column < matrix->columns);
	return &matrix->cell[scenario * matrix->columns + column];
}

/* Where an assertion fails, and nothing else does, nobody knows what would come of it. */
static bool is_settled(const struct outcome *outcome)
{
	return outcome->stats.exhausted && !outcome->others;
}

/*
 * A cell is about all architectures: one that breaks is enough for unsafe, and safe needs all of them. A cell
 * moves only towards "unsafe": first not run, then safe or open, and from unsafe nothing leads back, in
 * whatever order the architectures end.
 */
static void answer(struct matrix *matrix, unsigned int nr, unsigned int column)
{
	enum report_cell *cell = cell_of(matrix, matrix->stage->place[nr].scenario, column);

	if (matrix->pool.job[nr].end == POOL_CRASHED || matrix->pool.outcomes[nr].too_big[0]) {
		complain(matrix, nr, column);
		*cell = *cell == REPORT_CELL_UNSAFE ? *cell : REPORT_CELL_OPEN;
	} else if (matrix->pool.outcomes[nr].found) {
		*cell = REPORT_CELL_UNSAFE;
	} else if (*cell != REPORT_CELL_UNSAFE && !is_settled(&matrix->pool.outcomes[nr])) {
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
		answer(matrix, nr, matrix->stage->place[nr].column);
		return true;
	}
	if (matrix->pool.job[nr].end == POOL_CRASHED)
		return true;
	matrix->asked[nr] = matrix->pool.outcomes[nr].asked;
	for (unsigned int column = 0; column < matrix->columns; column++) {
		if (!rules_meet(&matrix->asked[nr], &matrix->column[column].off))
			answer(matrix, nr, column);
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
		enum report_cell *cell = cell_of(matrix, rest->place[nr].scenario, rest->place[nr].column);

		if ((!ended || ended[nr].end == POOL_NOT_ENDED) && *cell != REPORT_CELL_UNSAFE)
			*cell = REPORT_CELL_OPEN;
	}
}

/*
 * A column that says `safe` from top to bottom says what its absence says. What is open keeps its column as well,
 * since it may yet break.
 */
static bool is_shown(const struct matrix *matrix, unsigned int scenarios, unsigned int column)
{
	for (unsigned int i = 0; i < scenarios; i++) {
		if (*cell_of(matrix, i, column) != REPORT_CELL_SAFE)
			return true;
	}
	return false;
}

/* Does what is taken away in @column break @scenario also where @rule is kept? Then it says nothing of that rule. */
static bool breaks_with(const struct matrix *matrix, unsigned int scenario, unsigned int column, unsigned int rule)
{
	const struct machine_rules *off = &matrix->column[column].off;

	for (unsigned int i = 0; i < matrix->columns; i++) {
		const struct machine_rules *less = &matrix->column[i].off;

		if (rules_are_among(less, off) && !machine_has_rule(less, rule) &&
		    *cell_of(matrix, scenario, i) == REPORT_CELL_UNSAFE)
			return true;
	}
	return false;
}

/* A rule is needed if taking it away as well breaks what was not broken, or may. */
static bool is_needed(const struct matrix *matrix, unsigned int scenarios, unsigned int rule)
{
	for (unsigned int column = 0; column < matrix->columns; column++) {
		for (unsigned int i = 0; machine_has_rule(&matrix->column[column].off, rule) && i < scenarios; i++) {
			if (*cell_of(matrix, i, column) != REPORT_CELL_SAFE && !breaks_with(matrix, i, column, rule))
				return true;
		}
	}
	return false;
}

/*
 * The matrix as it is shown: the columns that say something. Cells are kept for all, because only at the end
 * is it known which columns are shown.
 */
static struct report_matrix *make(const struct matrix *matrix, const struct request *request)
{
	const char **scenario = explore_new(request->nr_scenarios, sizeof(*scenario));
	const char **name = explore_new(matrix->columns, sizeof(*name));
	unsigned int *column = explore_new(matrix->columns, sizeof(*column)), shown = 0;
	struct report_matrix *report;

	for (unsigned int i = 0; i < request->nr_scenarios; i++)
		scenario[i] = request->scenarios[i].label;
	for (unsigned int i = 0; i < matrix->columns; i++) {
		if (!is_shown(matrix, request->nr_scenarios, i))
			continue;
		name[shown] = matrix->column[i].name;
		column[shown++] = i;
	}
	report = report_matrix_new((int)request->nr_scenarios, scenario, (int)shown, name);
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		for (unsigned int j = 0; j < shown; j++)
			report_matrix_set(report, (int)i, (int)j, *cell_of(matrix, i, column[j]));
	}
	free(column);
	free(name);
	free(scenario);
	return report;
}

static unsigned int unneeded(const struct matrix *matrix, unsigned int scenarios)
{
	unsigned int nr = 0;

	for (unsigned int rule = 0; rule < rules_count(); rule++)
		nr += !is_needed(matrix, scenarios, rule);
	return nr;
}

/*
 * False: it could not be written. @open: there are cells without an answer.
 * The table is for people; scripts have the exit status, and `check` with --without for a single rule.
 */
static bool print(const struct matrix *matrix, const struct request *request, bool *open)
{
	struct report_style style = report_style_for(stdout);
	struct report_matrix *report = make(matrix, request);
	struct output output;

	*open = false;
	for (int i = 0; i < report->scenarios * report->rules; i++)
		*open |= report->cell[i] == REPORT_CELL_OPEN;
	if (!output_open(&output, "-"))
		return false;
	if (report->rules)
		report_matrix_print(report, output.stream, &style);
	fprintf(output.stream, "%u of %u rules are needed by no scenario here\n",
		unneeded(matrix, request->nr_scenarios), rules_count());
	report_matrix_free(report);
	return output_close(&output);
}

static void add_column(struct matrix *matrix, const struct machine_rules *off)
{
	struct column *column;

	for (unsigned int i = 0; i < matrix->columns; i++) {
		if (rules_are_same(&matrix->column[i].off, off))
			return;
	}
	matrix->column = explore_grow(matrix->column, matrix->columns + 1, sizeof(*matrix->column));
	column = &matrix->column[matrix->columns++];
	column->off = *off;
	verdict_rules(off, column->name, sizeof(column->name));
}

/* Of what stands in an expectation one rule alone has its column already. */
static void plan_columns(struct matrix *matrix, const struct request *request)
{
	const struct machine_rules none = { { 0 } };

	for (unsigned int rule = 0; rule < rules_count(); rule++) {
		struct machine_rules off = rules_and_one(&none, rule);

		add_column(matrix, &off);
	}
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		const struct litmus *litmus = request->scenarios[i].litmus;

		for (unsigned int nr = 0; nr < litmus->nr_expects; nr++) {
			struct machine_rules off = rules_of(&litmus->expects[nr].rules);

			if (litmus->expects[nr].kind == LITMUS_EXPECT_BROKEN && !litmus->expects[nr].some)
				add_column(matrix, &off);
		}
	}
}

/* Each job remembers its place, so that cells can be filled in whatever order the jobs end. */
static void put(struct stage *stage, unsigned int before, struct place place)
{
	stage->place = explore_grow(stage->place, stage->list.nr + 1, sizeof(*stage->place));
	for (; before < stage->list.nr; before++)
		stage->place[before] = place;
}

static void plan_whole(struct matrix *matrix, const struct request *request)
{
	for (unsigned int i = 0; i < request->nr_scenarios; i++) {
		unsigned int before = matrix->whole.list.nr;

		jobs_of_matrix(&matrix->whole.list, request, &request->scenarios[i]);
		put(&matrix->whole, before, (struct place){ .scenario = i });
	}
	matrix->asked = explore_new(matrix->whole.list.nr + 1, sizeof(*matrix->asked));
	for (unsigned int nr = 0; nr < matrix->whole.list.nr; nr++)
		matrix->asked[nr] = rules_all();
}

/* In the order of the first stage: those of one scenario stand beside each other. Where nobody asks for any of them the cell is known. */
static void plan_without(struct matrix *matrix)
{
	for (unsigned int nr = 0; nr < matrix->whole.list.nr; nr++) {
		for (unsigned int column = 0; column < matrix->columns; column++) {
			unsigned int before = matrix->without.list.nr;

			if (!rules_meet(&matrix->asked[nr], &matrix->column[column].off))
				continue;
			jobs_without(&matrix->without.list, &matrix->whole.list.job[nr], &matrix->column[column].off);
			put(&matrix->without, before, (struct place){ matrix->whole.place[nr].scenario, column });
		}
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
	plan_columns(&matrix, request);
	plan_whole(&matrix, request);
	matrix.cell = explore_new((size_t)request->nr_scenarios * matrix.columns, sizeof(*matrix.cell));
	status = run(&matrix, request);
	jobs_free(&matrix.whole.list);
	jobs_free(&matrix.without.list);
	free(matrix.whole.place);
	free(matrix.without.place);
	free(matrix.column);
	free(matrix.asked);
	free(matrix.cell);
	return status;
}
