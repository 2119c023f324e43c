/* SPDX-License-Identifier: MIT */
/*
 * options.h - the options that commands share, and how a command reads its own.
 *
 * Each command has a parser of its own, made of the groups below, so that it knows the options that do something for it,
 * and no others.
 */
#ifndef CHECK_OPTIONS_H
#define CHECK_OPTIONS_H

#include "check/cli.h"

#include <argp.h>

/*
 * A letter is also the short option. Numbers from 0x100 on have no letter. Each key has a bit in
 * request->given, so one that is added must have room there (bit_of() in options.c).
 */
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
	OPT_SEARCH,
	OPT_MAX_STATES,
	OPT_MAX_EXECUTIONS,
	OPT_MAX_SECONDS,
	OPT_NO_REDUCTION,
	OPT_JSON,
	OPT_SVG,
	OPT_HTML,
	OPT_STEPS,
	OPT_TRACE,
	OPT_EXPECT,
	OPT_PROGRESS,
	OPT_SHARD,
	OPT_PAIRS,
	OPT_TRIPLES,
	OPT_LIST,
	OPT_CHECKPOINT,
	OPT_CHECKPOINT_EVERY,
	OPT_RESUME,
	OPT_PRINT,
	OPT_POLICY,
	OPT_THREADS,
	OPT_DEVICES,
	OPT_PAGES,
	OPT_CEILING,
	OPT_OUTPUT = 'o',
};

/*
 * Groups, for the children of a command's parser. A command that lists one in its children has those options;
 * the group checks by itself what contradicts what.
 */
extern const struct argp options_arch;	   /* --arch */
extern const struct argp options_explore;  /* how to explore, and how much */
extern const struct argp options_progress; /* --progress, --quiet */

/*
 * The parser for options of a command's own and for its files; it hands @request on to the children. A
 * command's parse function calls it for every key but ARGP_KEY_END, at which it looks at what was given
 * together.
 */
error_t options_parse(int key, char *arg, struct argp_state *state);

/*
 * options_read - read the arguments of a command, of which argv[0] is the command.
 *
 * Context: the standard streams are there, nothing is open that would have to be closed.
 * Fails:   does not return: argp prints the message and exits with EXIT_TROUBLE; after --help and --version
 *          with 0.
 * After:   @request is filled in. Its texts point into @argv.
 */
void options_read(const struct argp *argp, struct request *request, int argc, char **argv);

/* Was it on the command line, even with the value of its default? */
bool options_given(const struct request *request, int key);
/* Ends the program with a message if both were given. */
void options_exclude(const struct argp_state *state, int one, const char *one_name, int other, const char *other_name);

#endif
