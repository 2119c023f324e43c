/* SPDX-License-Identifier: MIT */
/*
 * options.c - the options that commands share, and how a command reads its own.
 *
 * All commands have the same option for the same thing, with one key, one range and one message. argp asks a command's own
 * parser and then those of the groups it has; whoever does not know a key says so, and the next is asked. Which options
 * were given is a set of bits, because what contradicts what is decided when all of them have been read: their order on the
 * command line means nothing.
 *
 * Whatever a user writes here is checked and answered with a message. Assertions are about the callers in this program.
 */
#include "check/options.h"
#include "check/ranks.h"

#include "check/memory.h"
#include "check/shard.h"
#include "count/count.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_JOBS = 1024,
	MOST_DEPTH = 17,	/* the explorer changes priorities at most 16 times in an execution */
	MOST_SECONDS = 1u << 30 /* 34 years */
};

/* ---- which were given ---- */

/*
 * Letters, then what enum option_key numbers from 0x100 on. 26 letters and 38 numbers are 64 bits. A key
 * beyond that is a mistake of this program, found when it is first given.
 */
static uint64_t bit_of(int key)
{
	assert((key >= 'a' && key <= 'z') || (key >= 0x100 && key < 0x100 + 38));
	return 1ull << (key < 0x100 ? key - 'a' : key - 0x100 + 26);
}

/*
 * A value alone does not tell: the default may have been written out. So --max-seconds 60 written out counts
 * as given, though it is the default.
 */
bool options_given(const struct request *request, int key)
{
	return request->given & bit_of(key);
}

/* For options that contradict themselves when given twice; lists of names add up, and flags may be repeated. */
static void note(struct argp_state *state, int key, const char *name)
{
	struct request *request = state->input;

	if (options_given(request, key))
		argp_error(state, "--%s is given twice", name);
	request->given |= bit_of(key);
}

/* Both names stand in the message, as a command line may be in a script. */
void options_exclude(const struct argp_state *state, int one, const char *one_name, int other, const char *other_name)
{
	const struct request *request = state->input;

	if (options_given(request, one) && options_given(request, other))
		argp_error(state, "--%s does not go together with --%s", one_name, other_name);
}

/*
 * Ends the program with a message if @one was given without @other. An option without an effect is most likely a
 * misunderstanding, and a result would not show it.
 */
static void need(const struct argp_state *state, int one, const char *one_name, int other, const char *other_name)
{
	const struct request *request = state->input;

	if (options_given(request, one) && !options_given(request, other))
		argp_error(state, "--%s does nothing without --%s", one_name, other_name);
}

/* ---- values ---- */

/*
 * The whole of @text is a number within the bounds, or the program ends with a message that names the option.
 * strtoull() accepts a sign and leading space, which are no number here; so the first character is looked at.
 *
 * A number that was given twice is refused too, by note(): which one was meant cannot be known.
 */
static uint64_t number(struct argp_state *state, int key, const char *name, const char *text, uint64_t least,
		       uint64_t most)
{
	unsigned long long value;
	char *end;

	assert(text && least <= most);
	note(state, key, name);
	errno = 0;
	value = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || value < least || value > most) {
		if (most == UINT64_MAX)
			argp_error(state, "--%s: found '%s', expected a number, %llu or more", name, text,
				   (unsigned long long)least);
		argp_error(state, "--%s: found '%s', expected a number from %llu to %llu", name, text,
			   (unsigned long long)least, (unsigned long long)most);
	}
	return value;
}

/* What a list of names is about. */
struct kind {
	const char *option, *what, *command;
	const char *const *list;
};

/*
 * Adds the bits of the comma-separated names in @text. Does not return for an unknown name: argp_error() exits
 * with EXIT_TROUBLE.
 */
static void names(const struct argp_state *state, const struct kind *kind, const char *text, struct litmus_set *chosen)
{
	assert(text && kind->list);
	for (;;) {
		size_t len = strcspn(text, ",");
		int nr = words_find(kind->list, text, len);

		if (nr < 0)
			argp_error(state, "--%s: %s", kind->option,
				   words_complaint(kind->list, kind->what, kind->command, text, len));
		litmus_set_put(chosen, (unsigned int)nr);
		if (!text[len])
			return;
		text += len + 1;
	}
}

/* `all` is every row that the scenarios have, as in a scenario; the same as no --arch, but said. */
static void add_archs(struct argp_state *state, const char *text)
{
	struct request *request = state->input;
	const struct kind kind = { "arch", "an architecture, or `all`", "arch", request->words.arch };

	request->given |= bit_of(OPT_ARCH);
	request->every_arch |= !strcmp(text, "all");
	if (strcmp(text, "all")) {
		struct litmus_set archs = { { 0 } };

		names(state, &kind, text, &archs);
		request->archs |= archs.word[0];
	}
}

/* The text stays where it is: in the arguments of main(). Grown one by one, as a command line has few of them. */
static void add_argument(struct request *request, char *argument)
{
	request->arguments = explore_grow(request->arguments, request->nr_arguments + 1, sizeof(*request->arguments));
	request->arguments[request->nr_arguments++] = argument;
}

/* ---- groups ---- */

/* The groups share the request, which options_parse() hands to each of them first. */
static error_t parse_arch(int key, char *arg, struct argp_state *state)
{
	if (key != OPT_ARCH)
		return ARGP_ERR_UNKNOWN;
	add_archs(state, arg);
	return 0;
}

static const struct argp_option arch_options[] = {
	{ "arch", OPT_ARCH, "NAME[,NAME...]", 0, "only these architectures (all that the scenario names)", 1 }, { 0 }
};
const struct argp options_arch = { arch_options, parse_arch, 0, 0, 0, 0, 0 };

/* Whole words, as everywhere: an abbreviation would be a promise. */
static void take_search(struct argp_state *state, const char *arg)
{
	struct request *request = state->input;

	note(state, OPT_SEARCH, "search");
	if (strcmp(arg, "states") && strcmp(arg, "traces"))
		argp_error(state, "--search: found '%s', expected states or traces", arg);
	request->run.explore.search = *arg == 's' ? EXPLORE_STATES : EXPLORE_TRACES;
}

/*
 * What is counted must be what is limited. The two units never stand for each other: a state that is visited
 * once may lie on very many executions.
 */
static void check_limits(const struct argp_state *state)
{
	const struct request *request = state->input;

	if (!run_by_state(&request->run.explore) && options_given(request, OPT_MAX_STATES))
		argp_error(state, "--max-states does nothing without a search over states");
	if (!run_by_state(&request->run.explore) && options_given(request, OPT_CHECKPOINT))
		argp_error(state, "--checkpoint does nothing without a search over states");
	if (!run_by_state(&request->run.explore) && options_given(request, OPT_RESUME))
		argp_error(state, "--resume does nothing without a search over states");
	if (run_by_state(&request->run.explore) && options_given(request, OPT_MAX_EXECUTIONS))
		argp_error(state, "--max-executions does nothing without --search traces or --bound");
}

/* One exploration by the processes of mpirun. */
static void check_ranks(const struct argp_state *state)
{
	const struct request *request = state->input;

	if (ranks_started() == 1)
		return;
	if (!run_by_state(&request->run.explore))
		argp_error(state, "%u processes were started, and only a search over states is shared by several",
			   ranks_started());
	if (options_given(request, OPT_JOBS) && request->run.jobs > 1)
		argp_error(state, "%u processes were started: --jobs is 1 for each; start more of them instead",
			   ranks_started());
	if (options_given(request, OPT_CHECKPOINT) || options_given(request, OPT_RESUME))
		argp_error(state, "%u processes were started, and a checkpoint is of one", ranks_started());
}

/* An option that would have no effect is a mistake of its user, and is refused. */
static void check_explore(const struct argp_state *state)
{
	options_exclude(state, OPT_RANDOM, "random", OPT_BOUND, "bound");
	options_exclude(state, OPT_RANDOM, "random", OPT_SEARCH, "search");
	options_exclude(state, OPT_BOUND, "bound", OPT_SEARCH, "search");
	options_exclude(state, OPT_RANDOM, "random", OPT_MAX_EXECUTIONS, "max-executions");
	options_exclude(state, OPT_NO_REDUCTION, "no-reduction", OPT_BOUND, "bound");
	options_exclude(state, OPT_NO_REDUCTION, "no-reduction", OPT_RANDOM, "random");
	check_ranks(state);
	need(state, OPT_DEPTH, "depth", OPT_RANDOM, "random");
	need(state, OPT_SEED, "seed", OPT_RANDOM, "random");
	need(state, OPT_CHECKPOINT_EVERY, "checkpoint-every", OPT_CHECKPOINT, "checkpoint");
	check_limits(state);
}

/*
 * Without a case for it, a key is left to the other groups. Bounds are those of the types behind them, or of what
 * the explorer can do, so that no value is cut off later.
 *
 * @state->input is NULL when argp only makes its help, so nothing may be read from it before a key says that
 * there is one.
 */
static error_t parse_explore(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;
	struct explore_options *explore = request ? &request->run.explore : NULL;

	switch (key) {
	case OPT_SEARCH:
		take_search(state, arg);
		break;
	case OPT_BOUND:
		explore->bound = (int)number(state, key, "bound", arg, 0, INT_MAX);
		break;
	case OPT_RANDOM:
		explore->random = number(state, key, "random", arg, 1, UINT64_MAX);
		break;
	case OPT_SEED:
		explore->seed = number(state, key, "seed", arg, 0, UINT64_MAX);
		break;
	case OPT_DEPTH:
		explore->bug_depth = (unsigned int)number(state, key, "depth", arg, 1, MOST_DEPTH);
		break;
	case OPT_MAX_STATES:
		explore->max_states = number(state, key, "max-states", arg, 1, UINT64_MAX);
		break;
	case OPT_MAX_EXECUTIONS:
		explore->max_executions = number(state, key, "max-executions", arg, 1, UINT64_MAX);
		break;
	case OPT_MAX_SECONDS:
		explore->max_seconds = (double)number(state, key, "max-seconds", arg, 0, MOST_SECONDS);
		break;
	case OPT_NO_REDUCTION:
		note(state, key, "no-reduction");
		explore->reduce = false;
		break;
	case OPT_JOBS:
		request->run.jobs = (unsigned int)number(state, key, "jobs", arg, 1, MOST_JOBS);
		break;
	case ARGP_KEY_END:
		check_explore(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_option explore_options[] = {
	{ 0, 0, 0, 0, "How to explore (every state, each once):", 2 },
	{ "search", OPT_SEARCH, "states|traces", 0, "by states, or every execution, each trace once", 0 },
	{ "bound", OPT_BOUND, "N", 0, "only executions with at most N preemptions", 0 },
	{ "random", OPT_RANDOM, "N", 0, "N random executions instead (PCT)", 0 },
	{ "seed", OPT_SEED, "S", 0, "of --random (1)", 0 },
	{ "depth", OPT_DEPTH, "D", 0, "of the bugs that --random looks for (3)", 0 },
	{ "max-states", OPT_MAX_STATES, "N", 0, "stop an exploration after N states", 0 },
	{ "max-executions", OPT_MAX_EXECUTIONS, "N", 0, "... after N executions, of --search traces or --bound", 0 },
	{ "max-seconds", OPT_MAX_SECONDS, "S", 0,
	  "stop an exploration after S seconds (60, in a sweep 10; 0: never); what it has found by then is made "
	  "shorter for as long again, at most",
	  0 },
	{ "no-reduction", OPT_NO_REDUCTION, 0, 0, "every step from every state, or all interleavings", 0 },
	{ "jobs", OPT_JOBS, "N", 0, "explore in N processes (one for each CPU)", 0 },
	{ 0 },
};
const struct argp options_explore = { explore_options, parse_explore, 0, 0, 0, 0, 0 };

/* Given twice, a flag says the same again; only both together contradict each other. */
static error_t parse_progress(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	(void)arg;
	switch (key) {
	case OPT_PROGRESS:
		request->progress = PROGRESS_ON;
		break;
	case OPT_QUIET:
		request->progress = PROGRESS_OFF;
		break;
	case ARGP_KEY_END:
		options_exclude(state, OPT_QUIET, "quiet", OPT_PROGRESS, "progress");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	request->given |= bit_of(key);
	return 0;
}

static const struct argp_option progress_options[] = {
	{ "progress", OPT_PROGRESS, 0, 0, "how far it is, on standard error, even if that is no terminal", 4 },
	{ "quiet", OPT_QUIET, 0, 0, "no progress, even on a terminal", 4 },
	{ 0 },
};
const struct argp options_progress = { progress_options, parse_progress, 0, 0, 0, 0, 0 };

/* ---- options of one command ---- */

/* Given more than once, the lists add up. */
static void take_rules(struct argp_state *state, const char *arg)
{
	struct request *request = state->input;
	const struct kind kind = { "without", "a rule", "rules", request->words.rule };

	request->given |= bit_of(OPT_WITHOUT);
	names(state, &kind, arg, &request->without);
}

static void take_shard(struct argp_state *state, const char *arg)
{
	struct request *request = state->input;

	note(state, OPT_SHARD, "shard");
	if (!shard_parse(arg, &request->shard))
		argp_error(state, "--shard: found '%s', expected I/N, with I from 1 to N", arg);
}

/* Options of `count` alone, but for the architecture, of which it has one. */
static error_t parse_count(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case OPT_ARCH:
		note(state, key, "arch");
		add_archs(state, arg);
		break;
	case OPT_POLICY:
		note(state, key, "policy");
		request->policy = arg;
		break;
	case OPT_THREADS:
		request->threads = (unsigned int)number(state, key, "threads", arg, 1, COUNT_MAX_THREADS);
		break;
	case OPT_DEVICES:
		request->devices = (unsigned int)number(state, key, "devices", arg, 1, COUNT_MAX_DEVICES);
		break;
	case OPT_PAGES:
		request->pages = number(state, key, "pages", arg, 1, COUNT_MAX_PAGES);
		break;
	case OPT_CEILING:
		request->ceiling = number(state, key, "ceiling", arg, 1, COUNT_MAX_PAGES);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Options of `sweep` alone. */
static error_t parse_sweep(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case OPT_PAIRS:
	case OPT_TRIPLES:
		request->given |= bit_of(key);
		request->sweep = key == OPT_PAIRS ? 2 : 3;
		break;
	case OPT_LIST:
		request->given |= bit_of(key);
		request->list = true;
		break;
	case OPT_PRINT:
		request->given |= bit_of(key);
		request->print = true;
		break;
	case OPT_OUTPUT:
		note(state, key, "output");
		request->output = arg;
		break;
	default:
		return parse_count(key, arg, state);
	}
	return 0;
}

/* Options of `check` alone. */
static error_t parse_keep(int key, char *arg, struct argp_state *state)
{
	struct explore_options *explore = &((struct request *)state->input)->run.explore;

	switch (key) {
	case OPT_CHECKPOINT:
		note(state, key, "checkpoint");
		explore->keep = arg;
		return 0;
	case OPT_CHECKPOINT_EVERY:
		explore->keep_seconds = (double)number(state, key, "checkpoint-every", arg, 0, MOST_SECONDS);
		return 0;
	case OPT_RESUME:
		note(state, key, "resume");
		explore->resume = arg;
		return 0;
	default:
		return parse_sweep(key, arg, state);
	}
}

/* Only options that the command has in its table arrive here, so one switch serves all commands. */
static error_t parse_own(int key, char *arg, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case OPT_WITHOUT:
		take_rules(state, arg);
		break;
	case OPT_JSON:
		note(state, key, "json");
		request->json = arg;
		break;
	case OPT_SVG:
		note(state, key, "svg");
		request->svg = arg;
		break;
	case OPT_HTML:
		note(state, key, "html");
		request->html = arg;
		break;
	case OPT_STEPS:
		request->given |= bit_of(key);
		request->steps = true;
		break;
	case OPT_VERBOSE:
		request->given |= bit_of(key);
		request->verbose = true;
		break;
	case OPT_TRACE:
		note(state, key, "trace");
		request->trace = arg;
		break;
	case OPT_EXPECT:
		request->expect = (unsigned int)number(state, key, "expect", arg, 1, LITMUS_MAX_EXPECTS);
		break;
	case OPT_SHARD:
		take_shard(state, arg);
		break;
	default:
		return parse_keep(key, arg, state);
	}
	return 0;
}

/* The groups are counted before, as argp makes room for an input for each but does not fill it. */
error_t options_parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		for (unsigned int i = 0; i < ((struct request *)state->input)->groups; i++)
			state->child_inputs[i] = state->input;
		return 0;
	case ARGP_KEY_ARG:
		add_argument(state->input, arg);
		return 0;
	default:
		return parse_own(key, arg, state);
	}
}

/* Ends the program on a mistake: nothing is open yet that would have to be closed. */
void options_read(const struct argp *argp, struct request *request, int argc, char **argv)
{
	char **renamed = explore_new((size_t)argc + 1, sizeof(*renamed));
	char *name = memory_print("shootdown %s", argv[0]);

	assert(argc > 0);
	request->groups = 0;
	while (argp->children && argp->children[request->groups].argp)
		request->groups++;
	/* getopt() and argp name the program by its first argument. */
	memcpy(renamed, argv, (size_t)argc * sizeof(*renamed));
	renamed[0] = name;
	argp_parse(argp, argc, renamed, 0, NULL, request);
	free(name);
	free(renamed);
}
