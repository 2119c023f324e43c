/* SPDX-License-Identifier: MIT */
/*
 * cli.h - what a command line asks for, the commands, and how they end.
 *
 * One struct request goes through a run: main() sets the defaults, options_read() fills in what was asked,
 * load_scenarios() reads the files, and the command does the rest. Texts of options stay in argv; main() frees
 * what is allocated.
 */
#ifndef CHECK_CLI_H
#define CHECK_CLI_H

#include <shootdown/version.h>
#include "check/progress.h"
#include "check/rules.h"
#include "check/run.h"

#include <stdio.h>
#include <sys/types.h>

/*
 * The exit status; 128 and a signal's number for a run that the signal stopped. docs/guide.md and the --help
 * of each command promise these to scripts, so none of them changes its meaning.
 */
enum {
	EXIT_HELD = 0,	       /* every expectation held */
	EXIT_NOT_HELD = 1,     /* one did not */
	EXIT_TROUBLE = 2,      /* usage, input, output, or a limit of the checker */
	EXIT_NOT_FINISHED = 3, /* none failed, but one has no answer yet */
	EXIT_SIGNAL = 128,
};

/* Names that the litmus reader and the options know. */
struct words {
	const char *arch[65], *rule[MACHINE_RULES + 1], *property[65];
	char rule_name[MACHINE_RULES][RULE_NAME_SIZE];
	struct litmus_form form[LITMUS_MAX_FORMS + 1];
	struct litmus_words litmus;
};
/* Before anything is read. The lists end with NULL and point into *@words, which must stay where it is. */
void words_init(struct words *words);
/*
 * The place of @name, of @len letters, in @list; `_` and `-` are the same. -1: it is not there. The whole name
 * must agree: an abbreviation that is unique today may not be so tomorrow, and would change what a script
 * checks.
 */
int words_find(const char *const *list, const char *name, size_t len);
/*
 * The message for a name that is not in @list: "found 'x', expected an architecture (did you mean y? See
 * `shootdown arch`)". @what is "an architecture", @command where the list can be seen. For free().
 */
char *words_complaint(const char *const *list, const char *what, const char *command, const char *name, size_t len);

/* A file that was read. All three are the request's, and free_scenarios() frees them. */
struct scenario {
	char *path;  /* as the user wrote it, or below a folder that the user named */
	char *label; /* its name; with the path if another scenario has the same name */
	struct litmus *litmus;
	dev_t device; /* the file, so that none is read twice */
	ino_t inode;
};

/* One run spread over several; check/shard.h */
struct shard_of {
	unsigned int index, of; /* from 1; of == 0: it is not */
};

/*
 * Numbers have been checked against their ranges before they get here; names have become bits. What was not
 * given has main()'s default.
 */
struct request {
	char *program; /* as a shell finds it again from any directory */
	char *command; /* as one line for a shell */
	struct words words;
	struct run_options run;
	enum progress_wish progress;
	uint64_t archs;		       /* bit n: row n of the table; 0: all that the scenario names */
	bool every_arch;	       /* --arch all: those that no scenario names are no mistake */
	struct litmus_set without;     /* rules off */
	const char *json, *svg, *html; /* file, folder, file; or NULL */
	const char *trace;	       /* replay: the execution */
	unsigned int expect;	       /* replay: the number of an expectation in its file, from 1; 0: none */
	bool steps, verbose;
	struct shard_of shard;
	unsigned int sweep;   /* sweep: how many operations meet */
	bool list, print;     /* sweep: the names only; the texts only */
	const char *policy;   /* count: its name, or NULL for each */
	unsigned int threads; /* count; 0: as many as it likes */
	unsigned int devices; /* count: in each address space */
	uint64_t pages;	      /* count: the size of the workload; 0: its own */
	uint64_t ceiling;     /* count: above so many pages a flush is of everything; 0: as the policy has it */
	const char *output;   /* sweep: a folder for the scenarios with findings; or NULL */
	/* Of a scenario of which something failed, as soon as that is known. False, with a message: it could not be written. */
	bool (*finding)(struct request *request, const struct scenario *scenario, FILE *text);
	char **arguments; /* files and folders; rules: names */
	unsigned int nr_arguments;
	struct scenario *scenarios;
	unsigned int nr_scenarios;

	/* the rest is options.c's */
	uint64_t given;	     /* which options were given */
	unsigned int groups; /* of options that the command has */
};

/*
 * load_scenarios - read all that request->arguments name, in their order; a folder's files by name.
 *
 * Fails:   false, with a message on standard error for each file that is wrong, not only for the first.
 * After:   request->scenarios has at least one; every label is different.
 */
bool load_scenarios(struct request *request);
/* Is the file one of them, under whatever name? So that a report does not replace a scenario. */
struct stat;
bool load_has(const struct request *request, const struct stat *stat_of);
/* Once, at the end of the program. Also where load_scenarios() has failed, or was never called. */
void free_scenarios(struct request *request);

/*
 * words_chosen - the names that are the arguments of `rules` or `arch`, as a set: the n-th of *@chosen is list[n].
 *
 * None means all of them. The order of the arguments is lost: tables are in the order of the list.
 *
 * Fails:   false, with a message that has similar names; *@bits is then of no use.
 */
bool words_chosen(const char *const *list, const char *what, const char *command, const struct request *request,
		  struct litmus_set *chosen);

/*
 * check_scenarios - explore request->scenarios, report, and return the exit status: what `check` does, and
 * `sweep`.
 *
 * Context: the main thread, without children of its own. Signals are the pool's meanwhile.
 * Fails:   EXIT_TROUBLE, with a message; the scenarios that could be explored are reported all the same.
 */
int check_scenarios(struct request *request);
/*
 * check_status - how the program ends after what @report says, for `check`, `sweep` and `join` alike.
 *
 * @incomplete: an exploration has no outcome, or an output was not written. That is EXIT_TROUBLE whatever the
 * rest says, because a script must not take a part for the whole. A failure comes before what is still open.
 */
struct run_report;
int check_status(const struct run_report *report, bool incomplete);

/*
 * Each reads its own arguments, of which the first is the command, and returns the exit status. They do not
 * return if the arguments are wrong: options_read() has ended the program with EXIT_TROUBLE then.
 */
int command_check(struct request *request, int argc, char **argv);
int command_sweep(struct request *request, int argc, char **argv);
int command_join(struct request *request, int argc, char **argv);
int command_replay(struct request *request, int argc, char **argv);
int command_matrix(struct request *request, int argc, char **argv);
int command_rules(struct request *request, int argc, char **argv);
int command_arch(struct request *request, int argc, char **argv);
int command_count(struct request *request, int argc, char **argv);

/*
 * The table of architectures, of which @archs is a set; also for the report of a run. For report_table_free(),
 * or for a report that takes it.
 */
struct report_table;
struct report_table *arch_table(uint64_t archs);

#endif
