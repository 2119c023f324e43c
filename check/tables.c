/* SPDX-License-Identifier: MIT */
/* tables.c - the commands that print a table: matrix, rules, arch. */
#include "check/cli.h"

#include "arch/arch.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- matrix ---- */

/* Each scenario on the architectures asked for, without each rule alone: is there one on which it breaks? */
static struct job *matrix_jobs(const struct request *request, unsigned int *nr)
{
	unsigned int archs = tlb_arch_count(), rules = rules_count();
	struct job *jobs = calloc((size_t)request->nr_paths * archs * rules + 1, sizeof(*jobs));

	if (!jobs)
		abort();
	*nr = 0;
	for (unsigned int s = 0; s < request->nr_paths; s++) {
		const struct litmus *litmus = request->scenarios[s].litmus;
		uint64_t asked = request->archs ? request->archs & litmus->archs : litmus->archs;

		for (unsigned int i = 0; i < archs * rules; i++) {
			if (!(asked >> i / rules & 1))
				continue;
			jobs[(*nr)++] = (struct job){
				.kind = JOB_BROKEN,
				.litmus = litmus,
				.path = request->scenarios[s].path,
				.arch = tlb_arch_at(i / rules),
				.arch_number = i / rules,
				.expect = (int)s,
				.without = 1ull << i % rules,
				.properties = (1u << MODEL_PROPERTIES) - 1,
			};
		}
	}
	return jobs;
}

static void fill_cells(struct report_matrix *matrix, const struct job *jobs, const struct outcome *outcomes,
		       unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		int rule = __builtin_ctzll(jobs[i].without);
		enum report_cell *cell = &matrix->cell[jobs[i].expect * matrix->rules + rule];

		if (outcomes[i].found)
			*cell = REPORT_CELL_UNSAFE;
		else if (*cell != REPORT_CELL_UNSAFE && !outcomes[i].stats.exhausted)
			*cell = REPORT_CELL_OPEN;
		else if (*cell == REPORT_CELL_NOT_RUN)
			*cell = REPORT_CELL_SAFE;
	}
}

int command_matrix(struct request *request)
{
	struct report_style style = report_style_for(stdout);
	const char **names = calloc(request->nr_paths, sizeof(*names));
	struct report_matrix *matrix;
	struct outcome *outcomes;
	struct job *jobs;
	unsigned int nr;

	if (!names)
		abort();
	for (unsigned int i = 0; i < request->nr_paths; i++)
		names[i] = request->scenarios[i].litmus->name;
	matrix = report_matrix_new((int)request->nr_paths, names, (int)rules_count(), request->words.rule);
	jobs = matrix_jobs(request, &nr);
	outcomes = run_jobs(jobs, nr, &request->run);
	fill_cells(matrix, jobs, outcomes, nr);
	report_matrix_print(matrix, stdout, &style);
	run_free(outcomes, nr);
	report_matrix_free(matrix);
	free(jobs);
	free(names);
	return EXIT_HELD;
}

/* ---- rules ---- */

int command_rules(struct request *request)
{
	struct report_style style = report_style_for(stdout);
	struct report_table *table = report_table_new("");

	report_table_column(table, "rule", REPORT_LEFT);
	report_table_column(table, "says", REPORT_LEFT);
	report_table_column(table, "stands in", REPORT_LEFT);
	report_table_column(table, "from", REPORT_LEFT);
	report_table_column(table, "breaks without it", REPORT_LEFT);
	for (unsigned int i = 0; i < rules_count(); i++) {
		const struct subject_rule *rule = rules_get(i);
		char places[120];
		const char *cells[] = { request->words.rule[i], rule->text, places, rule->source, rule->litmus };

		rules_places(i, places, sizeof(places));
		report_table_row(table, cells);
	}
	report_table_print(table, stdout, &style);
	report_table_free(table);
	return EXIT_HELD;
}

/* ---- arch ---- */

enum fact_kind {
	FACT_HARDWARE,
	FACT_CHOICE,
};
enum fact_type {
	FACT_BOOL,
	FACT_REACH,
	FACT_NUMBER,
};
static const struct fact {
	enum fact_kind kind;
	enum fact_type type;
	const char *name;
	size_t offset;
} facts[] = {
#define TYPE(type)			_Generic((type)0, bool : FACT_BOOL, enum tlb_reach : FACT_REACH, unsigned short : FACT_NUMBER)
#define TLB_FACT(kind, type, name, ...) { FACT_##kind, TYPE(type), #name, offsetof(struct tlb_arch, name) },
#include <shootdown/facts.def>
};

/* " NAME", or " NAME=VALUE" where it is more than a yes; nothing for what is false or 0. */
static void print_fact(FILE *out, const struct fact *fact, const struct tlb_arch *arch)
{
	static const char *const reach[] = { "IPI", "broadcast", "entry" };
	const void *at = (const char *)arch + fact->offset;

	if (fact->type == FACT_REACH)
		fprintf(out, " %s=%s", fact->name, reach[*(const enum tlb_reach *)at]);
	else if (fact->type == FACT_NUMBER && *(const unsigned short *)at)
		fprintf(out, " %s=%u", fact->name, *(const unsigned short *)at);
	else if (fact->type == FACT_BOOL && *(const bool *)at)
		fprintf(out, " %s", fact->name);
}

/* All facts of one kind; the text is the caller's. */
static char *facts_text(const struct tlb_arch *arch, enum fact_kind kind)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (facts[i].kind == kind)
			print_fact(out, &facts[i], arch);
	}
	if (fclose(out))
		abort();
	return text;
}

struct report_table *arch_table(void)
{
	struct report_table *table = report_table_new("");

	report_table_column(table, "architecture", REPORT_LEFT);
	report_table_column(table, "of the hardware", REPORT_LEFT);
	report_table_column(table, "chosen by the kernel", REPORT_LEFT);
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		const struct tlb_arch *arch = tlb_arch_at(i);
		char *hardware = facts_text(arch, FACT_HARDWARE), *choices = facts_text(arch, FACT_CHOICE);
		const char *cells[] = { arch->name, hardware + 1, choices + 1 };

		report_table_row(table, cells);
		free(hardware);
		free(choices);
	}
	return table;
}

int command_arch(struct request *request)
{
	struct report_style style = report_style_for(stdout);
	struct report_table *table = arch_table();

	(void)request;
	report_table_print(table, stdout, &style);
	report_table_free(table);
	return EXIT_HELD;
}
