/* SPDX-License-Identifier: MIT */
/* cli.h - what a command line asks for, the commands, and how they end. */
#ifndef CHECK_CLI_H
#define CHECK_CLI_H

#include <shootdown/version.h>
#include "check/progress.h"
#include "check/rules.h"
#include "check/run.h"

#include <stdio.h>
#include <sys/types.h>

/* The exit status; 128 and a signal's number for a run that the signal stopped. */
enum {
	EXIT_HELD = 0,	       /* every expectation held */
	EXIT_NOT_HELD = 1,     /* one did not */
	EXIT_TROUBLE = 2,      /* usage, input, output, or a limit of the checker */
	EXIT_NOT_FINISHED = 3, /* none failed, but one has no answer yet */
	EXIT_SIGNAL = 128,
};

/* Names that the litmus reader and the options know. */
struct words {
	const char *arch[65], *rule[65], *property[65];
	char rule_name[64][RULE_NAME_SIZE];
	struct litmus_form form[LITMUS_MAX_FORMS + 1];
	struct litmus_words litmus;
};
void words_init(struct words *words);
/* The place of @name, of @len letters, in @list; `_` and `-` are the same. -1: it is not there. */
int words_find(const char *const *list, const char *name, size_t len);
/* "found 'x', expected an architecture (did you mean y? See `shootdown arch`)"; @what is "an architecture". For free(). */
char *words_complaint(const char *const *list, const char *what, const char *command, const char *name, size_t len);

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

struct request {
	char *program; /* as a shell finds it again from any directory */
	char *command; /* as one line for a shell */
	struct words words;
	struct run_options run;
	enum progress_wish progress;
	uint64_t archs;		       /* bit n: row n of the table; 0: all that the scenario names */
	bool every_arch;	       /* --arch all: those that no scenario names are no mistake */
	uint64_t without;	       /* rules off */
	const char *json, *svg, *html; /* file, folder, file; or NULL */
	const char *trace;	       /* replay: the execution */
	unsigned int expect;	       /* replay: the number of an expectation in its file, from 1; 0: none */
	bool steps, verbose;
	struct shard_of shard;
	unsigned int sweep; /* sweep: how many operations meet */
	bool list;	    /* sweep: the names only */
	const char *output; /* sweep: a folder for the scenarios with findings; or NULL */
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

/* All that request->arguments name, or a message for each that is wrong and false. */
bool load_scenarios(struct request *request);
/* Is the file one of them? */
struct stat;
bool load_has(const struct request *request, const struct stat *stat_of);
void free_scenarios(struct request *request);

/* The names that are the arguments of `rules` or `arch`, as a set; all, if there are none. False, with a message. */
bool words_chosen(const char *const *list, const char *what, const char *command, const struct request *request,
		  uint64_t *bits);

/* Explores request->scenarios, reports, and returns the exit status: what `check` does, and `sweep`. */
int check_scenarios(struct request *request);
/* What was explored says how the program ends; @incomplete: an exploration has no outcome. */
struct run_report;
int check_status(const struct run_report *report, bool incomplete);

/* Each reads its own arguments, of which the first is the command, and returns the exit status. */
int command_check(struct request *request, int argc, char **argv);
int command_sweep(struct request *request, int argc, char **argv);
int command_join(struct request *request, int argc, char **argv);
int command_replay(struct request *request, int argc, char **argv);
int command_matrix(struct request *request, int argc, char **argv);
int command_rules(struct request *request, int argc, char **argv);
int command_arch(struct request *request, int argc, char **argv);

/* The table of architectures, of which @archs is a set; also for the report of a run. */
struct report_table;
struct report_table *arch_table(uint64_t archs);

#endif
