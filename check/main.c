/* SPDX-License-Identifier: MIT */
/* main.c - the command line. */
#include "check/cli.h"

#include "arch/arch.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum option_key {
	OPT_ARCH = 'a',
	OPT_WITHOUT = 'w',
	OPT_JOBS = 'j',
	OPT_BOUND = 'b',
	OPT_RANDOM = 'r',
	OPT_SEED = 's',
	OPT_QUIET = 'q',
	OPT_VERBOSE = 'v',
	OPT_DEPTH = 0x100,
	OPT_MAX_EXECUTIONS,
	OPT_MAX_SECONDS,
	OPT_NO_REDUCTION,
	OPT_JSON,
	OPT_SVG,
	OPT_HTML,
	OPT_STEPS,
	OPT_TRACE,
};

static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "What to check:", 1 },
	{ "arch", OPT_ARCH, "NAME[,NAME...]", 0, "only these architectures (all that the scenario names)", 0 },
	{ "without", OPT_WITHOUT, "RULE[,RULE...]", 0, "switch these rules off; only `expect safe` is asked then", 0 },
	{ 0, 0, 0, 0, "How to explore (all executions, each trace once):", 2 },
	{ "bound", OPT_BOUND, "N", 0, "only executions with at most N preemptions", 0 },
	{ "random", OPT_RANDOM, "N", 0, "N random executions instead (PCT)", 0 },
	{ "seed", OPT_SEED, "S", 0, "of --random (1)", 0 },
	{ "depth", OPT_DEPTH, "D", 0, "of the bugs that --random looks for (3)", 0 },
	{ "max-executions", OPT_MAX_EXECUTIONS, "N", 0, "stop an exploration after N executions", 0 },
	{ "max-seconds", OPT_MAX_SECONDS, "S", 0, "stop an exploration after S seconds (60; 0: never)", 0 },
	{ "no-reduction", OPT_NO_REDUCTION, 0, 0, "run every interleaving, equivalent ones too", 0 },
	{ "jobs", OPT_JOBS, "N", 0, "explore in N processes (as many as there are CPUs)", 0 },
	{ 0, 0, 0, 0, "What to show:", 3 },
	{ "json", OPT_JSON, "FILE", 0, "the whole run for machines; - for standard output instead of text", 0 },
	{ "svg", OPT_SVG, "DIR", 0, "a picture of each counterexample", 0 },
	{ "html", OPT_HTML, "FILE", 0, "one self-contained page for the whole run", 0 },
	{ "steps", OPT_STEPS, 0, 0, "every step of a counterexample, not only those that led to it", 0 },
	{ "trace", OPT_TRACE, "TRACE", 0, "replay: the execution to show", 0 },
	{ "verbose", OPT_VERBOSE, 0, 0, "of several scenarios, a line for each architecture and expectation", 0 },
	{ "quiet", OPT_QUIET, 0, 0, "no progress on standard error", 0 },
	{ 0 },
};

static const char doc[] = "Explore what happens when memory is taken away from running programs.\v"
			  "Commands:\n"
			  "  check FILE...    explore the scenarios and compare with what they expect\n"
			  "  replay FILE      show one execution as a timeline (--arch, --trace, --without)\n"
			  "  matrix FILE...   which scenario breaks without which rule\n"
			  "  rules            every rule: what it says, where it stands, its scenario\n"
			  "  arch             the table of architectures\n"
			  "\n"
			  "Exit status: 0 every expectation held, 1 one did not, 2 usage or input error.\n"
			  "docs/guide.md explains how to write a scenario, docs/litmus.md the language.";

static unsigned long long number(const char *text, unsigned long long least, struct argp_state *state,
				 const char *option)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (!*text || *end || *text == '-' || value < least)
		argp_error(state, "--%s: found '%s', expected a number, %llu or more", option, text, least);
	return value;
}

static void add_path(struct request *request, char *path)
{
	request->paths = realloc(request->paths, (request->nr_paths + 1) * sizeof(*request->paths));
	if (!request->paths)
		abort();
	request->paths[request->nr_paths++] = path;
}

static void parse_explore(int key, char *arg, struct argp_state *state, struct run_options *run)
{
	switch (key) {
	case OPT_BOUND:
		run->explore.bound = (int)number(arg, 0, state, "bound");
		break;
	case OPT_RANDOM:
		run->explore.random = number(arg, 1, state, "random");
		break;
	case OPT_SEED:
		run->explore.seed = number(arg, 0, state, "seed");
		break;
	case OPT_DEPTH:
		run->explore.bug_depth = (unsigned int)number(arg, 1, state, "depth");
		break;
	case OPT_MAX_EXECUTIONS:
		run->explore.max_executions = number(arg, 1, state, "max-executions");
		break;
	case OPT_MAX_SECONDS:
		run->explore.max_seconds = (double)number(arg, 0, state, "max-seconds");
		break;
	case OPT_NO_REDUCTION:
		run->explore.reduce = false;
		break;
	default:
		run->jobs = (unsigned int)number(arg, 1, state, "jobs");
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case OPT_ARCH:
		if (!words_parse(request->words.arch, "an architecture", arg, &request->archs))
			exit(EXIT_USAGE);
		break;
	case OPT_WITHOUT:
		if (!words_parse(request->words.rule, "a rule", arg, &request->without))
			exit(EXIT_USAGE);
		break;
	case OPT_JSON:
		request->json = arg;
		break;
	case OPT_SVG:
		request->svg = arg;
		break;
	case OPT_HTML:
		request->html = arg;
		break;
	case OPT_STEPS:
		request->steps = true;
		break;
	case OPT_VERBOSE:
		request->verbose = true;
		break;
	case OPT_TRACE:
		request->trace = arg;
		break;
	case OPT_QUIET:
		request->run.progress = false;
		break;
	case ARGP_KEY_ARG:
		add_path(request, arg);
		break;
	case ARGP_KEY_INIT:
	case ARGP_KEY_FINI:
	case ARGP_KEY_END:
	case ARGP_KEY_NO_ARGS:
	case ARGP_KEY_SUCCESS:
	case ARGP_KEY_ERROR:
	case ARGP_KEY_ARGS:
		return ARGP_ERR_UNKNOWN;
	default:
		parse_explore(key, arg, state, &request->run);
	}
	return 0;
}

static void join(char *to, size_t size, int argc, char **argv)
{
	size_t used = 0;

	for (int i = 0; i < argc && used < size; i++)
		used += (size_t)snprintf(to + used, size - used, "%s%s", i ? " " : "", i ? argv[i] : "shootdown");
}

static const struct {
	const char *name;
	int (*run)(struct request *request);
	bool files;
} commands[] = {
	{ "check", command_check, true },  { "replay", command_replay, true }, { "matrix", command_matrix, true },
	{ "rules", command_rules, false }, { "arch", command_arch, false },
};

static void defaults(struct request *request)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	words_init(&request->words);
	request->run.explore = explore_defaults(NULL, NULL);
	request->run.explore.max_seconds = 60;
	request->run.explore.seed = 1;
	request->run.explore.bug_depth = 3;
	request->run.jobs = cpus > 0 ? (unsigned int)cpus : 1;
	request->run.progress = isatty(STDERR_FILENO);
}

/* What a row that contradicts itself would show says nothing about any machine. */
static bool rows_hold(void)
{
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		const struct tlb_arch *arch = tlb_arch_at(i);

		if (!tlb_arch_check(arch))
			continue;
		fprintf(stderr, "shootdown: the row %s contradicts itself: %s\n", arch->name, tlb_arch_check(arch));
		return false;
	}
	return true;
}

static int run_command(struct request *request)
{
	const char *name = request->nr_paths ? request->paths[0] : "";

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name))
			continue;
		request->paths++;
		request->nr_paths--;
		if (commands[i].files != (request->nr_paths > 0)) {
			fprintf(stderr, "shootdown: %s: found %u files, expected %s\n", name, request->nr_paths,
				commands[i].files ? "one or more" : "none");
			return EXIT_USAGE;
		}
		if (!load_scenarios(request))
			return EXIT_USAGE;
		return commands[i].run(request);
	}
	fprintf(stderr, "shootdown: found '%s', expected check, replay, matrix, rules or arch; try --help\n", name);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const struct argp argp = { options, parse, "COMMAND [FILE...]", doc, 0, 0, 0 };
	struct request *request = calloc(1, sizeof(*request));
	char **paths;
	int status;

	if (!request)
		return EXIT_USAGE;
	defaults(request);
	argp_err_exit_status = EXIT_USAGE;
	argp_program_version = "shootdown " SHOOTDOWN_VERSION;
	join(request->command, sizeof(request->command), argc, argv);
	argp_parse(&argp, argc, argv, 0, NULL, request);
	paths = request->paths;
	status = rows_hold() ? run_command(request) : EXIT_USAGE;
	free_scenarios(request);
	free(paths);
	free(request);
	return status;
}
