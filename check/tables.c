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
	bool limited = false;
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
	for (unsigned int i = 0; i < nr; i++)
		limited |= run_too_big(jobs, outcomes, i);
	report_matrix_print(matrix, stdout, &style);
	run_free(outcomes, nr);
	report_matrix_free(matrix);
	free(jobs);
	free(names);
	return limited ? EXIT_USAGE : EXIT_HELD;
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

struct fact {
	const char *name;
	size_t offset;
};
#define FACT(field)                                      \
	{                                                \
#field, offsetof(struct tlb_arch, field) \
	}

static const struct fact knobs[] = {
	FACT(no_range),	  FACT(no_gather),	FACT(no_flush_cache),  FACT(merge_vmas),	  FACT(page_size),
	FACT(table_free), FACT(rcu_table_free), FACT(table_sync_free), FACT(table_no_invalidate), FACT(fullmm_skip),
};
static const struct fact hardware[] = {
	FACT(exec_aware), FACT(leaf_only),	    FACT(table_span),
	FACT(hw_walk),	  FACT(walk_cache),	    FACT(split_itlb),
	FACT(asids),	  FACT(caches_not_present), FACT(readonly_sticky),
	FACT(hw_dirty),	  FACT(break_before_make),  FACT(virtual_cache),
	FACT(tso),	  FACT(secondary_snoops),   FACT(gup_fast),
};

static void facts_text(const struct tlb_arch *arch, const struct fact *facts, size_t nr, char *text, size_t size)
{
	size_t used = 0;

	text[0] = 0;
	for (size_t i = 0; i < nr && used < size; i++) {
		if (*(const bool *)((const char *)arch + facts[i].offset))
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", facts[i].name);
	}
}

struct report_table *arch_table(void)
{
	static const char *const reach[] = { "IPI", "broadcast", "entry" };
	struct report_table *table = report_table_new("");

	report_table_column(table, "architecture", REPORT_LEFT);
	report_table_column(table, "reach", REPORT_LEFT);
	report_table_column(table, "ceiling", REPORT_RIGHT);
	report_table_column(table, "gather", REPORT_LEFT);
	report_table_column(table, "hardware", REPORT_LEFT);
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		const struct tlb_arch *arch = tlb_arch_at(i);
		char gather[300], facts[400], ceiling[16] = "-";
		const char *cells[] = { arch->name, reach[arch->reach], ceiling, gather, facts };

		facts_text(arch, knobs, sizeof(knobs) / sizeof(knobs[0]), gather, sizeof(gather));
		facts_text(arch, hardware, sizeof(hardware) / sizeof(hardware[0]), facts, sizeof(facts));
		if (arch->ceiling)
			snprintf(ceiling, sizeof(ceiling), "%u", arch->ceiling);
		report_table_row(table, cells);
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
