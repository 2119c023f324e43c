/* SPDX-License-Identifier: MIT */
/*
 * report.h - what a user sees of a counterexample and of a whole run.
 *
 * Plain data that whoever runs a check fills in, and the ways to show it: terminal, SVG, HTML, JSON. Nothing here
 * knows the model, mm/ or litmus files. All texts are copied when they are handed over, and cleaned on the way in
 * (control characters and broken UTF-8 become '?'), so no output has to doubt them again.
 *
 * A counterexample:
 *
 *	struct timeline *t = timeline_new(&(struct timeline_head){
 *		.scenario = "munmap-vs-...", .arch = "arm64", .without = "pfn-flush-before-unlink",
 *		.property = "use-after-free", .verdict = line, .why = "cpu 1 wrote through ...",
 *		.replay = "shootdown check ..." });
 *	int cpu0 = timeline_add_agent(t, "cpu 0", "munmap A");
 *	int entry = timeline_add_watch(t, "A.0 entry", "frame 5 rw dirty");	(agents, watches and lanes before rows)
 *	int page = timeline_add_lane(t, "frame 5", "in use");
 *	int row = timeline_add_row(t, cpu0, TIMELINE_STEP, "clear entry of %s", "A.0");
 *	timeline_set_mark(t, row, TIMELINE_CLEARED);
 *	timeline_set_state(t, entry, "none");				(belongs to the row added last, as does a lane's)
 *	timeline_set_causal(t, row);					(on the path from the cached translation to its use)
 *	timeline_set_place(t, row, "lib/gather/gather.c", 112);		(the statement of the code under test)
 *	timeline_add_arrow(t, sent, handled);				(a message: rows, sent < handled)
 *	timeline_add_link(t, TIMELINE_ARROW_FREES_USES, freed, used);	(what else leads from one row to another)
 *	timeline_set_missing(t, row);					(before it the rule that is off would have acted)
 *	struct report_style style = report_style_for(stdout);
 *	timeline_print(t, stdout, &style);
 *	timeline_free(t);						(or hand it to run_report_add())
 *
 * A run:
 *
 *	struct run_report *r = run_report_new("shootdown run litmus/", SHOOTDOWN_VERSION);
 *	run_report_add(r, &(struct report_result){ .scenario = ..., .verdict = ..., .timeline = t });
 *	run_report_set_matrix(r, matrix); run_report_set_archs(r, table);	(optional; the report then owns them)
 *	run_report_print(r, stdout, &style); run_report_html(r, file, &style); run_report_json(r, file);
 *	run_report_free(r);
 *
 * Not thread safe: an object belongs to one thread. Out of memory ends the program with status 2.
 */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	TIMELINE_MAX_AGENTS = 32,
	TIMELINE_MAX_WATCHES = 16,
	TIMELINE_MAX_LANES = 8,
	REPORT_MAX_COLUMNS = 32, /* of a table */
};

struct report_arena;

/* ---- how to print on a terminal ---- */

struct report_style {
	unsigned int width; /* columns; no line is longer. At least 40 */
	bool ascii;	    /* no box drawing, nothing above 0x7e */
	bool colour;	    /* never the only sign of anything */
	bool steps;	    /* every step of a counterexample, not only those that led to it */
};

/*
 * report_style_for - what suits @out: COLUMNS or the terminal's own width (120 if neither is known, at most 200),
 * colour only on a terminal and without NO_COLOR, ASCII unless the locale is UTF-8. Only the steps that matter.
 */
struct report_style report_style_for(FILE *out);

/* ---- a counterexample ---- */

/* How a row looks, and the field `kind` of JSON. A step that is of none of the others is a plain one. */
enum timeline_kind {
	TIMELINE_STEP,
	TIMELINE_LOCK,
	TIMELINE_IRQ,	   /* sent, taken, answered */
	TIMELINE_HARDWARE, /* the walker, a TLB, a device's translation: nobody's program */
	TIMELINE_BEGIN,	   /* an operation of the scenario starts */
	TIMELINE_END,
	TIMELINE_VIOLATION,
	TIMELINE_KINDS,
};

/* What the eye must find. Marked rows are numbered in order, and listed again under the timeline. */
enum timeline_mark {
	TIMELINE_UNMARKED,
	TIMELINE_CACHED,  /* the translation went into a TLB or walk cache */
	TIMELINE_CLEARED, /* its entry was cleared or changed */
	TIMELINE_ISSUED,  /* an invalidation was sent on its way; nothing waited for its completion yet */
	TIMELINE_FLUSHED, /* it was invalidated (too late, or elsewhere) */
	TIMELINE_FREED,	  /* the page or table was given back */
	TIMELINE_REUSED,  /* ... and got a new owner */
	TIMELINE_STALE,	  /* the access through the old translation */
	TIMELINE_MARKS,
};

/* What stands above the rows. Texts may be NULL where there is nothing to say; in a timeline they are "" then. */
struct timeline_head {
	const char *scenario;
	const char *arch;
	const char *without;	    /* rules switched off, "a, b"; "" or NULL: none */
	const char *property;	    /* "use-after-free" */
	const char *verdict;	    /* report_verdict_line() gives one */
	const char *why;	    /* one sentence or two: who still held the entry, and who owned the page */
	const char *replay;	    /* one line for a shell */
	const char *doc;	    /* what the scenario shows */
	const char *const *sources; /* where it comes from */
	int nr_sources;
	const char *text;	   /* the scenario's file */
	const char *missing_rule;  /* the rule that is off and would have prevented this; "" or NULL: not known */
	const char *missing_says;  /* ... its sentence */
	const char *missing_place; /* ... where it stands in the code: "lib/gather/gather.c:112" */
};

/* A column. Whoever shares a CPU's column, as its interrupts do, has no agent of its own. */
struct timeline_agent {
	const char *name;    /* "cpu 0" */
	const char *program; /* "munmap A" */
};

/*
 * A step, or what only the end shows. Filled in by timeline_add_row() and the setters; read by whoever shows
 * it.
 */
struct timeline_row {
	int step; /* its place in the execution, from 0 */
	int agent;
	enum timeline_kind kind;
	enum timeline_mark mark;
	int number; /* of the mark, from 1; 0: none. Kept by timeline_set_mark() */
	const char *text;
	bool causal;	   /* on the path from the cached translation to its use: shown by default */
	const char *file;  /* the statement of the code under test; NULL: none */
	unsigned int line; /* ... from 1 */
	uint32_t changed;  /* bit n: the step changed watch n */
	const char *state[TIMELINE_MAX_WATCHES]; /* after the step */
	const char *lane[TIMELINE_MAX_LANES];	 /* after the step */
};

/* The field `kind` of an arrow in JSON, and how it is drawn. CLEARS is no arrow on a terminal. */
enum timeline_arrow_kind {
	TIMELINE_ARROW_SENDS,	   /* a message: sent, then received */
	TIMELINE_ARROW_FREES_USES, /* the frame was given back; the stale translation still led to it */
	TIMELINE_ARROW_CLEARS, /* between the caching of the translation and the clearing of its entry, in time's order */
	TIMELINE_ARROW_KINDS,
};

struct timeline_arrow {
	int from, to; /* rows, from < to */
	enum timeline_arrow_kind kind;
};

/*
 * What becomes of one thing, drawn as a bar beside the columns: a frame as a rule. "in use", "free" and "reused" are
 * drawn apart; any other word is fine. A lane named "AGENT's TLB", AGENT being an agent, is drawn on that agent's
 * lifeline instead: from "may hold it" on it is thick, while "stale" of another colour; any other word is nothing.
 */
struct timeline_lane {
	const char *name; /* "frame 5" */
	const char *initial;
	int agent; /* on whose lifeline; -1: beside the columns. Kept by timeline_add_lane() */
};

/* May be read everywhere, but is written by the functions below only: they keep copies and numbers in step. */
struct timeline {
	struct timeline_head head;
	int agents, watches, lanes, rows, arrows;
	int missing_row; /* before it the missing step belongs; -1: not known */
	int hidden;	 /* steps of the execution that are no rows here, because they do not matter */
	struct timeline_agent agent[TIMELINE_MAX_AGENTS];
	const char *watch[TIMELINE_MAX_WATCHES];
	const char *initial[TIMELINE_MAX_WATCHES];
	struct timeline_lane lane[TIMELINE_MAX_LANES];
	struct timeline_row *row;
	struct timeline_arrow *arrow;
	struct report_arena *arena; /* owns all of the above */
};

/*
 * Without agents, watches and rows. Copies all of @head. For timeline_free(), or for a report, which then
 * frees it.
 */
struct timeline *timeline_new(const struct timeline_head *head);
void timeline_free(struct timeline *t); /* NULL is fine */
int timeline_add_agent(struct timeline *t, const char *name, const char *program);
int timeline_add_watch(struct timeline *t, const char *name, const char *initial);
/*
 * Printed as by printf(), of one line. State and lanes are those of the row before until something else is
 * set.
 */
int timeline_add_row(struct timeline *t, int agent, enum timeline_kind kind, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* May be set again and in any order; the numbers of all marks follow. UNMARKED takes a mark away. */
void timeline_set_mark(struct timeline *t, int row, enum timeline_mark mark);
/* Of the row that was added last. Whether the step has changed it is found by comparing texts. */
void timeline_set_state(struct timeline *t, int watch, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A timeline of which no row is causal is shown whole. */
void timeline_set_causal(struct timeline *t, int row);
/* @file as it should be shown, relative to the top of the tree; @line is 1 or more. */
void timeline_set_place(struct timeline *t, int row, const char *file, unsigned int line);
/* The rule that head.missing_rule names would have acted before @row; -1: not known. */
void timeline_set_missing(struct timeline *t, int row);
/* Lanes come before rows, as agents and watches do; the state that is set is that after the row added last. */
int timeline_add_lane(struct timeline *t, const char *name, const char *initial);
void timeline_set_lane(struct timeline *t, int lane, const char *text);
/* A message, and whatever else leads from one row to a later one. */
void timeline_add_arrow(struct timeline *t, int from, int to);
void timeline_add_link(struct timeline *t, enum timeline_arrow_kind kind, int from, int to);
/*
 * The head is often known last: replaces it. @head may be a changed copy of the timeline's own, as the old
 * texts stay.
 */
void timeline_set_head(struct timeline *t, const struct timeline_head *head);

/* Before row 0 stands the initial state. */
const char *timeline_state_before(const struct timeline *t, int row, int watch);
bool timeline_changed(const struct timeline *t, int row, int watch);
const char *timeline_lane_before(const struct timeline *t, int row, int lane);

/*
 * What a style asks for: the rows that matter, or all. No line is wider than style->width, but for the command
 * that replays it.
 */
void timeline_print(const struct timeline *t, FILE *out, const struct report_style *style);
/* A complete file. Of @style, only .steps counts; so also in run_report_html(). */
void timeline_svg(const struct timeline *t, FILE *out, const struct report_style *style);
/* The document of docs/json.md, whole, whatever a style would leave out. */
void timeline_json(const struct timeline *t, FILE *out);

/* ---- results ---- */

/*
 * What was counted on the way to a verdict. All results of one exploration have the same. The names are in
 * JSON.
 */
enum report_search {
	REPORT_BY_EXECUTION, /* from the start to an end, again and again */
	REPORT_BY_STATE,     /* each state once, however many ways lead to it */
	REPORT_SEARCHES,
};

/*
 * The order counts: those up to BROKEN are conclusive, see report_conclusive(). Names in JSON are those that
 * report_verdict_name() gives.
 */
enum report_verdict {
	REPORT_SAFE,	   /* everything was explored, nothing violates */
	REPORT_UNSAFE,	   /* some execution violates .property */
	REPORT_HOLDS,	   /* a condition or count, at every end that there is; or .witness */
	REPORT_BROKEN,	   /* ... does not hold; .property says how ("r = 3") */
	REPORT_BOUNDED,	   /* all executions with at most .bound preemptions, none violates */
	REPORT_SAMPLED,	   /* random executions, none violates */
	REPORT_STOPPED,	   /* stopped by a limit, none violated so far */
	REPORT_REPLAYED,   /* one given execution was run again, and does not violate */
	REPORT_UNFINISHED, /* interrupted or broken off before an answer; .stopped_by says what did it */
	REPORT_VERDICTS,
};

/*
 * One expectation on one architecture. Fields that name a verdict or a search count with that only, and are 0
 * or NULL elsewhere.
 */
struct report_result {
	const char *scenario;
	const char *arch;
	unsigned int question;	 /* its number in the whole run, from 0; an exploration answers it */
	const char *expectation; /* as written: "expect safe" */
	const char *without;	 /* rules switched off; "" or NULL: none */
	enum report_verdict verdict;
	bool held;	      /* the verdict is what was expected */
	const char *property; /* UNSAFE, BROKEN */
	const char *observed; /* BROKEN: what the shown execution had: "r = 1"; "" or NULL: no single one shows it */
	bool witness;	      /* HOLDS: what was to be seen was seen, however much was left to explore */
	enum report_search search;
	unsigned int
		exploration; /* its number in the run; results with the same share all counts. 0: nobody shares them */
	uint64_t executions; /* BY_EXECUTION: complete ones */
	uint64_t blocked;    /* BY_EXECUTION: ended by a wait that nothing could end, or cut as redundant */
	uint64_t states, transitions; /* BY_STATE: distinct ones, and steps between them */
	uint64_t ends;		      /* BY_STATE: those of .states at which every program has ended */
	uint64_t logged, memory;      /* BY_STATE: bytes written down to undo steps; of the table of states */
	double merged;		      /* BY_STATE: the chance that two states shared a fingerprint is no greater */
	uint64_t steps;		      /* of the counterexample if there is one, else all steps taken */
	double seconds;
	unsigned int bound;	    /* BOUNDED: preemptions */
	uint64_t seed;		    /* SAMPLED */
	unsigned int depth, agents; /* SAMPLED: PCT's d and n */
	unsigned int length;	    /* SAMPLED: PCT's k, the longest execution, in steps */
	const char *stopped_by;	    /* STOPPED: "--max-executions" */
	const char *not_explored;   /* one sentence; "" or NULL: nothing was left out */
	struct timeline *timeline;  /* or NULL */
};

/*
 * report_verdict_line - one line, without a newline: "safe (all 4,812 states, 9,630 transitions)".
 *
 * Only REPORT_SAFE and UNSAFE contain the word "safe", so that scripts which look for it are not misled; and
 * what is no proof says so in its first words. Cut off after @size bytes, never within a character.
 */
void report_verdict_line(const struct report_result *result, char *line, size_t size);
const char *report_verdict_name(enum report_verdict verdict); /* "safe", for JSON and tables */
/* 1234567 as "1,234,567". Returns @text. */
char *report_thousands(uint64_t value, char text[32]);
/* "4,812 executions": @what is the singular, whose plural has an s. Returns @text. */
char *report_count(uint64_t value, const char *what, char text[64]);

/* ---- tables: matrix, rules, arch ---- */

enum report_align {
	REPORT_LEFT,
	REPORT_RIGHT,
	REPORT_CENTRE,
};

/* Columns first, then rows; what is printed has the same order. */
struct report_table {
	const char *title; /* or "" */
	int columns, rows;
	const char *heading[REPORT_MAX_COLUMNS];
	enum report_align align[REPORT_MAX_COLUMNS];
	const char **cell; /* rows * columns */
	struct report_arena *arena;
};

/* For report_table_free(), or for a report that takes it. */
struct report_table *report_table_new(const char *title);
void report_table_free(struct report_table *table);
void report_table_column(struct report_table *table, const char *heading, enum report_align align);
/* Exactly one text a column; NULL stands for "". */
void report_table_row(struct report_table *table, const char *const *cells);
/* Columns that must shrink wrap their cells; when even that does not fit, each row becomes a "heading: cell" list. */
void report_table_print(const struct report_table *table, FILE *out, const struct report_style *style);

/* The names in JSON are those of report_cell_name() (report/show.h). */
enum report_cell {
	REPORT_CELL_NOT_RUN,
	REPORT_CELL_SAFE,   /* safe without the rule: this scenario does not need it */
	REPORT_CELL_UNSAFE, /* unsafe without the rule: it is killed here */
	REPORT_CELL_OPEN,   /* no violation found, but not everything explored */
};

/* What each scenario says of each rule, taken away alone; or of several, taken away together, whose names have commas between them. */
struct report_matrix {
	int scenarios, rules;
	const char **scenario, **rule;
	enum report_cell *cell; /* scenarios * rules */
	struct report_arena *arena;
};

/* Names are copied; every cell is NOT_RUN at first. */
struct report_matrix *report_matrix_new(int scenarios, const char *const *scenario, int rules, const char *const *rule);
void report_matrix_free(struct report_matrix *matrix);
void report_matrix_set(struct report_matrix *matrix, int scenario, int rule, enum report_cell cell);
void report_matrix_print(const struct report_matrix *matrix, FILE *out, const struct report_style *style);

/* ---- a whole run ---- */

/* Which part of a run its results are, if it was spread over several. */
struct report_shard {
	unsigned int index, of; /* from 1; of == 0: all of it */
	unsigned int questions; /* of the whole run */
	uint64_t digest;	/* of all that the run explores: equal only in shards of one run */
};

/*
 * Written by the functions below, but for .seconds and .cpu_seconds. Results stand in the order in which they
 * were added, which has to be that of the scenarios: those of one scenario stand together.
 */
struct run_report {
	struct report_shard shard;
	const char *command; /* what was run */
	const char *version;
	double seconds;	    /* wall clock; set by the caller, as is the next */
	double cpu_seconds; /* of all processes together; 0: not measured */
	unsigned int ranks; /* processes that shared no memory, and what they sent to each other, in bytes; 0: one */
	uint64_t sent;
	int results;
	struct report_result *result;
	struct report_matrix *matrix; /* or NULL */
	struct report_table *archs;   /* or NULL */
	struct report_arena *arena;
};

/*
 * @command as a user would repeat it. For run_report_free(), which takes with it all that the report was
 * given.
 */
struct run_report *run_report_new(const char *command, const char *version);
void run_report_free(struct run_report *report);
/*
 * run_report_add - copy @result with its texts, and take over its timeline, which is the report's from then
 * on.
 *
 * After:   the pointer is valid until the next call. Whoever moves results between reports sets .timeline of
 *          the old one to NULL, or it would be freed twice.
 */
struct report_result *run_report_add(struct run_report *report, const struct report_result *result);
/* Each at most once; the report frees them. */
void run_report_set_matrix(struct run_report *report, struct report_matrix *matrix);
void run_report_set_archs(struct run_report *report, struct report_table *archs);
void run_report_set_shard(struct run_report *report, const struct report_shard *shard);

/*
 * run_report_parse - the run that @text, written by run_report_json(), is of.
 *
 * @text needs no 0 at its end and may come from anywhere: nothing in it is taken for granted. Of a matrix, and
 * of the table of architectures, nothing is read.
 *
 * Fails:   NULL: it is no such run, or of another version; @error then says what is wrong with it first, in
 *          words, without a newline.
 * After:   for run_report_free(); it keeps nothing of @text.
 */
struct run_report *run_report_parse(const char *text, size_t size, char *error, size_t error_size);

/* It did not hold, but there was more to explore that could have told otherwise. */
bool report_open(const struct report_result *result);
/*
 * How many such results. Together with the failed ones and those that held they are all: no result is counted
 * twice.
 */
int run_report_open(const struct run_report *report);
int run_report_failed(const struct run_report *report); /* those that did not hold, whatever was left to explore */
void report_result_print(const struct report_result *result, FILE *out, const struct report_style *style);
/*
 * The results alone, of one scenario or more. What says the same of several architectures is one line; @brief: one line
 * for each scenario of which everything held.
 */
void run_report_print_results(const struct run_report *report, bool brief, FILE *out, const struct report_style *style);
/*
 * What stands below them: counterexamples that nobody expected, the sum, and how likely a mistake of the
 * fingerprints is.
 */
void run_report_print_end(const struct run_report *report, FILE *out, const struct report_style *style);
/* All of it. */
void run_report_print(const struct run_report *report, FILE *out, const struct report_style *style);
/* One file that needs no other: style, script and pictures are in it. Of @style only .steps counts. */
void run_report_html(const struct run_report *report, FILE *out, const struct report_style *style);

/*
 * JSON, as docs/json.md describes it. REPORT_JSON_VERSION grows when a field changes its meaning or goes away, not when
 * one is added.
 */
#define REPORT_JSON_VERSION 3
/* A result as a document of its own, and all of a run; indented, for people who look at differences. */
void report_result_json(const struct report_result *result, FILE *out);
void run_report_json(const struct run_report *report, FILE *out);
/* A document of its own, of the format @format. */
void report_table_json(const struct report_table *table, const char *format, FILE *out);

#endif
