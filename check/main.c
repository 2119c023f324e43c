/* SPDX-License-Identifier: MIT */
/* main.c - the commands, and what is the same for all of them. */
#include "check/cli.h"

#include "arch/arch.h"
#include "check/memory.h"
#include "check/options.h"
#include "check/output.h"
#include "check/ranks.h"
#include "check/shell.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the order of --help. A command reads its own arguments, from its name on. */
static const struct {
	const char *name;
	int (*run)(struct request *request, int argc, char **argv);
} commands[] = {
	{ "check", command_check }, { "replay", command_replay }, { "sweep", command_sweep },
	{ "join", command_join },   { "matrix", command_matrix }, { "rules", command_rules },
	{ "arch", command_arch },   { "count", command_count },
};

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0])
};

static const char doc[] =
	"Explore what happens when memory is taken away from running programs.\v"
	"Commands:\n"
	"  check FILE...     explore the scenarios and compare with what they expect\n"
	"  replay FILE       show one execution as a timeline\n"
	"  sweep             check scenarios that are made from the table of operations\n"
	"  join FILE...      put together the parts of a run that was spread\n"
	"  matrix FILE...    which scenario breaks without which rule\n"
	"  rules [RULE...]   what each rule says, where it stands, its scenario\n"
	"  arch [NAME...]    the table of architectures\n"
	"  count [WORKLOAD...]\n"
	"                    what taking memory away costs, beside Linux 6.1\n"
	"\n"
	"`shootdown COMMAND --help` has the options of a command. FILE may be a folder, for the .litmus "
	"files in and below it, or - for standard input.\n"
	"\n"
	"Exit status:\n"
	"  0         every expectation held\n"
	"  1         one did not\n"
	"  2         usage, input, output, or a limit of the checker\n"
	"  3         none failed, but one has no answer yet\n"
	"  130, 143  stopped by SIGINT, SIGTERM; what was known then is reported\n"
	"\n"
	"docs/guide.md explains how to write a scenario, docs/litmus.md the language.";

/*
 * Stops at the command: what follows is the command's own. argp must not see the options of a command here: it does
 * not know them, and would refuse them.
 */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	int *command = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARG:
		*command = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_state_help(state, stderr, ARGP_HELP_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC | ARGP_HELP_EXIT_ERR);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/*
 * What an option does not say. A number of CPUs that cannot be known is one. The limit in time is for a first run:
 * whoever tries a scenario that is too large gets an answer that says so.
 */
static void set_defaults(struct request *request, int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	words_init(&request->words);
	request->program = shell_program(argv[0]);
	request->command = shell_join(argc, argv);
	request->run.explore = explore_defaults(NULL, NULL);
	request->run.explore.search = EXPLORE_STATES;
	request->run.explore.max_seconds = 60;
	request->run.explore.seed = 1;
	request->run.explore.bug_depth = 3;
	request->run.jobs = cpus > 0 ? (unsigned int)cpus : 1;
}

/*
 * What a row that contradicts itself would show says nothing about any machine. Before any command, as all of them
 * work with the table.
 */
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

/* argv[0] is the command. */
static int run(struct request *request, int argc, char **argv)
{
	const char *names[COMMANDS + 1] = { NULL };
	char *complaint;
	int nr;

	for (int i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	nr = words_find(names, argv[0], strlen(argv[0]));
	if (ranks_started() > 1 && nr > 0) {
		fprintf(stderr, "shootdown: %u processes were started, and `%s` is not for several; `check` is\n",
			ranks_started(), names[nr]);
		return EXIT_TROUBLE;
	}
	if (nr >= 0)
		return commands[nr].run(request, argc, argv);
	complaint = words_complaint(names, "check, replay, sweep, join, matrix, rules, arch or count", "--help",
				    argv[0], strlen(argv[0]));
	fprintf(stderr, "shootdown: %s\n", complaint);
	free(complaint);
	return EXIT_TROUBLE;
}

/* Standard streams come first: a file that is opened later must not get the number of one that was closed. */
int main(int argc, char **argv)
{
	const struct argp argp = { NULL, parse, "COMMAND [ARGUMENT...]", doc, 0, 0, 0 };
	struct request *request = explore_new(1, sizeof(*request));
	char name[] = "shootdown", **renamed = explore_new((size_t)argc + 1, sizeof(*renamed));
	int command = 0, status;

	output_standard_streams();
	ranks_be_quiet();
	/* A launcher gives each process a terminal, wherever it sends what comes out of it. */
	if (ranks_started() > 1)
		setenv("NO_COLOR", "1", 0);
	set_defaults(request, argc, argv);
	argp_err_exit_status = EXIT_TROUBLE;
	argp_program_version = ranks_library() ? "shootdown " SHOOTDOWN_VERSION "\nwith MPI"
					       : "shootdown " SHOOTDOWN_VERSION "\nwithout MPI";
	/* Messages name the program, however it was called. */
	memcpy(renamed, argv, (size_t)argc * sizeof(*renamed));
	renamed[0] = name;
	argp_parse(&argp, argc, renamed, ARGP_IN_ORDER, NULL, &command);
	free(renamed);
	status = !rows_hold() ? EXIT_TROUBLE : run(request, argc - command, argv + command);
	free_scenarios(request);
	free(request->arguments);
	free(request->program);
	free(request->command);
	free(request);
	return status;
}
