/* SPDX-License-Identifier: MIT */
/* cli.h - what a command line asks for, and the commands. */
#ifndef CHECK_CLI_H
#define CHECK_CLI_H

#include <shootdown/version.h>
#include "check/rules.h"
#include "check/run.h"

enum {
	EXIT_HELD = 0,
	EXIT_NOT_HELD = 1,
	EXIT_USAGE = 2,
};

/* Names that the litmus reader and the options know. */
struct words {
	const char *arch[65], *rule[65], *property[65];
	char rule_name[64][RULE_NAME_SIZE];
	struct litmus_form form[LITMUS_MAX_FORMS + 1];
	struct litmus_words litmus;
};
void words_init(struct words *words);
/* Adds the bits of the comma-separated names in @text; false with a message that offers near matches. */
bool words_parse(const char *const *list, const char *what, const char *text, uint64_t *bits);

struct scenario {
	const char *path;
	struct litmus *litmus;
};

struct request {
	struct words words;
	struct run_options run;
	uint64_t archs;		       /* bit n: row n of the table; 0: all that the scenario names */
	uint64_t without;	       /* rules off */
	const char *json, *svg, *html; /* file, folder, file; or NULL */
	const char *trace;	       /* replay */
	bool steps, verbose;
	char **paths;
	unsigned int nr_paths;
	struct scenario *scenarios;
	char command[400]; /* as one line */
};

/* All of request->paths, or a message for each that is wrong and false. */
bool load_scenarios(struct request *request);
void free_scenarios(struct request *request);

/* Each returns the exit status. */
int command_check(struct request *request);
int command_replay(struct request *request);
int command_matrix(struct request *request);
int command_rules(struct request *request);
int command_arch(struct request *request);

/* The table of architectures, also for the report of a run. */
struct report_table;
struct report_table *arch_table(void);

#endif
