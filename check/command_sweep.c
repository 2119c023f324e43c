/* SPDX-License-Identifier: MIT */
/*
 * command_sweep.c - sweep: scenarios that nobody wrote, each of them expected to be safe.
 *
 * They are made from the table of operations (check/sweep.c), read as if they were files, and explored as `check` does it.
 */
#include "check/memory.h"
#include "check/options.h"
#include "check/output.h"
#include "check/sweep.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "What to check:", 1 },
	{ "pairs", OPT_PAIRS, 0, 0, "every two operations (the default)", 1 },
	{ "triples", OPT_TRIPLES, 0, 0, "every three", 1 },
	{ "without", OPT_WITHOUT, "RULE[,RULE...]", 0, "switch these rules off, to see which operations need them", 1 },
	{ "shard", OPT_SHARD, "I/N", 0, "only every N-th exploration, from the I-th on; `join` puts results together",
	  1 },
	{ 0, 0, 0, 0, "What to show:", 3 },
	{ "list", OPT_LIST, 0, 0, "the scenarios' names, and explore nothing", 0 },
	{ "print", OPT_PRINT, 0, 0, "the scenarios themselves, as files have them, and explore nothing", 0 },
	{ "output", OPT_OUTPUT, "DIR", 0,
	  "write each scenario with a finding to a file there, instead of below its result", 0 },
	{ "json", OPT_JSON, "FILE", 0, "the whole run for machines; - for standard output instead of text", 0 },
	{ "html", OPT_HTML, "FILE", 0, "one self-contained page for the whole run", 0 },
	{ "steps", OPT_STEPS, 0, 0, "every step of a counterexample, also those that change nothing watched", 0 },
	{ "verbose", OPT_VERBOSE, 0, 0, "a line for each architecture", 0 },
	{ 0 },
};

static const struct argp_child children[] = {
	{ &options_arch, 0, 0, 0 }, { &options_explore, 0, 0, 0 }, { &options_progress, 0, 0, 0 }, { 0 }
};

static const char doc[] =
	"Check scenarios that are made from the table of operations: every two of them, accesses and faults among them, "
	"against each other on one page of every kind of memory, beside an access to the page, each on a CPU of its own and "
	"two on one. NUMBER is that of a scenario; without any, all of them. "
	"An exploration stops after 10 seconds unless --max-seconds says otherwise.\v"
	"Exit status: 0 all are safe, 1 one is not, 2 usage, output or a limit of the checker, 3 none is unsafe but some "
	"were not explored to the end, 130 or 143 stopped by SIGINT or SIGTERM.";

/* --list and --print explore nothing, so what would need results is refused with them. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct request *request = state->input;

	if (key != ARGP_KEY_END)
		return options_parse(key, arg, state);
	options_exclude(state, OPT_PAIRS, "pairs", OPT_TRIPLES, "triples");
	options_exclude(state, OPT_LIST, "list", OPT_JSON, "json");
	options_exclude(state, OPT_LIST, "list", OPT_HTML, "html");
	options_exclude(state, OPT_LIST, "list", OPT_OUTPUT, "output");
	options_exclude(state, OPT_LIST, "list", OPT_PRINT, "print");
	options_exclude(state, OPT_PRINT, "print", OPT_JSON, "json");
	options_exclude(state, OPT_PRINT, "print", OPT_HTML, "html");
	options_exclude(state, OPT_PRINT, "print", OPT_OUTPUT, "output");
	if (request->html && !strcmp(request->html, "-"))
		argp_error(state, "--html: found '-', expected a file");
	return 0;
}

static const struct argp argp = { options, parse, "[NUMBER...]", doc, children, 0, 0 };

/* ---- which ---- */

/* What is done with each scenario that the arguments name, and what that needs. */
struct choice {
	struct request *request;
	const struct sweep *sweep;
	FILE *out; /* NULL: they are explored */
	void (*take)(const struct choice *choice, unsigned int nr);
};

/*
 * From 0; false, with a message: @text is no number of a scenario. Numbers are as sweep_name() prints them,
 * from 1. strtoul() takes a sign and blanks, which are refused before.
 */
static bool number_of(const struct sweep *sweep, const char *text, unsigned int *nr)
{
	char *end;
	unsigned long value;

	assert(sweep->nr > 0);
	errno = 0;
	value = strtoul(text, &end, 10);
	*nr = (unsigned int)(value - 1);
	if (text[strspn(text, "0123456789")] || errno || *end || value < 1 || value > sweep->nr) {
		fprintf(stderr, "shootdown: found '%s', expected the number of a scenario, from 1 to %u\n", text,
			sweep->nr);
		return false;
	}
	return true;
}

/*
 * The text takes the same way as that of a file: through the reader of scenarios. So a sweep checks nothing
 * that a user could not have written, and each finding can be saved and replayed as a file.
 */
static void add(const struct choice *choice, unsigned int nr)
{
	const struct sweep *sweep = choice->sweep;
	struct request *request = choice->request;
	char *text = sweep_text(sweep, nr), *name = sweep_name(sweep, nr);
	struct litmus_error error;
	struct litmus *litmus = litmus_read("-", text, strlen(text), &request->words.litmus, &error);

	/* Our own text, or a table of operations that contradicts its own words. */
	if (!litmus) {
		fprintf(stderr, "shootdown: sweep: %s: %s\n", name, error.text);
		exit(EXIT_TROUBLE);
	}
	request->scenarios = explore_grow(request->scenarios, request->nr_scenarios + 1, sizeof(*request->scenarios));
	request->scenarios[request->nr_scenarios++] = (struct scenario){
		.path = request->output ? memory_print("%s/%s.litmus", request->output, name) : memory_print("-"),
		.label = name,
		.litmus = litmus,
	};
	free(text);
}

/*
 * Those that the arguments name, or all. False, with a message, before the first is taken. In the order of the
 * arguments; a number that is given twice is explored twice.
 */
static bool choose(const struct choice *choice)
{
	const struct request *request = choice->request;
	unsigned int nr;

	for (unsigned int i = 0; i < request->nr_arguments; i++) {
		if (!number_of(choice->sweep, request->arguments[i], &nr))
			return false;
	}
	for (unsigned int i = 0; i < request->nr_arguments; i++) {
		number_of(choice->sweep, request->arguments[i], &nr);
		choice->take(choice, nr);
	}
	for (nr = 0; !request->nr_arguments && nr < choice->sweep->nr; nr++)
		choice->take(choice, nr);
	return true;
}

/* ---- findings ---- */

/*
 * The path stands in the line that replays it, so it is the scenario's own. The folder was made before, by
 * open_folder().
 */
static bool write_finding(const struct scenario *scenario)
{
	struct output output;

	if (!output_open(&output, scenario->path))
		return false;
	fputs(scenario->litmus->text, output.stream);
	return output_close(&output);
}

/*
 * @text is NULL where standard output has a report, which has the scenario in it. Called by keep_finding()
 * after the results of the scenario have been printed.
 */
static bool finding(struct request *request, const struct scenario *scenario, FILE *text)
{
	if (request->output)
		return write_finding(scenario);
	if (text)
		fprintf(text, "\n%s\n", scenario->litmus->text);
	return true;
}

/* False, with a message. As for pictures: only the last part of the path is made. */
static bool open_folder(const char *path)
{
	struct stat stat_of;

	if (!path || !mkdir(path, 0777))
		return true;
	if (errno == EEXIST && !stat(path, &stat_of) && !S_ISDIR(stat_of.st_mode))
		errno = ENOTDIR;
	else if (errno == EEXIST)
		return true;
	fprintf(stderr, "shootdown: %s: %s\n", path, strerror(errno));
	return false;
}

/* ---- the command ---- */

/* One name a line, in the order of numbers, for scripts. */
static void print_name(const struct choice *choice, unsigned int nr)
{
	char *name = sweep_name(choice->sweep, nr);

	fprintf(choice->out, "%s\n", name);
	free(name);
}

/* As a file of its own has it. */
static void print_text(const struct choice *choice, unsigned int nr)
{
	char *text = sweep_text(choice->sweep, nr);

	fputs(text, choice->out);
	free(text);
}

/*
 * What is not looked at is said, as no result would show it. On standard error, as it is about the run and not
 * a result of it.
 */
static void tell_left_out(const struct sweep *sweep)
{
	for (unsigned int i = 0; i < sweep->nr_left_out; i++)
		fprintf(stderr, "shootdown: not swept, as it needs more than a map, a file and a page: %s\n",
			sweep->left_out[i]->form);
}

/* Nothing is explored, so a scenario is not even read. */
static int show(struct request *request, const struct sweep *sweep)
{
	struct choice choice = { request, sweep, .take = request->list ? print_name : print_text };
	struct output output;

	if (!output_open(&output, "-"))
		return EXIT_TROUBLE;
	choice.out = output.stream;
	if (!choose(&choice)) {
		output_discard(&output);
		return EXIT_TROUBLE;
	}
	return output_close(&output) ? EXIT_HELD : EXIT_TROUBLE;
}

static int check(struct request *request, const struct sweep *sweep)
{
	tell_left_out(sweep);
	if (!choose(&(struct choice){ request, sweep, .take = add }) || !open_folder(request->output))
		return EXIT_TROUBLE;
	request->finding = finding;
	return check_scenarios(request);
}

/* Ten seconds for each instead of a minute, as there are thousands of pairs and more triples; one that
 * is cut off says so, and can be run alone by its number. */
int command_sweep(struct request *request, int argc, char **argv)
{
	struct sweep *sweep;
	int status;

	request->sweep = 2;
	request->run.explore.max_seconds = 10;
	options_read(&argp, request, argc, argv);
	sweep = sweep_new(checked_subject(), request->sweep);
	status = request->list || request->print ? show(request, sweep) : check(request, sweep);
	sweep_free(sweep);
	return status;
}
