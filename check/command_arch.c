/* SPDX-License-Identifier: MIT */
/* command_arch.c - arch: the table of architectures. */
#include "check/options.h"
#include "check/output.h"

#include "arch/arch.h"
#include "report/report.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct argp_option options[] = {
	{ "json", OPT_JSON, "FILE", 0, "for machines; - for standard output instead of text", 1 },
	{ 0 },
};

static const char doc[] =
	"Show the table of architectures, or the rows that are named: what a flush reaches, and which facts "
	"of the gather and the hardware hold.";

/* Nothing here depends on another option. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	return key == ARGP_KEY_END ? 0 : options_parse(key, arg, state);
}

static const struct argp argp = { options, parse, "[NAME...]", doc, 0, 0, 0 };
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

/* The names of the facts that hold, with a blank between two. */
static void facts_text(const struct tlb_arch *arch, const struct fact *facts, size_t nr, char *text, size_t size)
{
	size_t used = 0;

	text[0] = 0;
	for (size_t i = 0; i < nr && used < size; i++) {
		if (*(const bool *)((const char *)arch + facts[i].offset))
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", facts[i].name);
	}
}

/* The facts that are switches are names in a cell; the two that are not have columns of their own. */
struct report_table *arch_table(uint64_t archs)
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

		if (!(archs >> i & 1))
			continue;
		facts_text(arch, knobs, sizeof(knobs) / sizeof(knobs[0]), gather, sizeof(gather));
		facts_text(arch, hardware, sizeof(hardware) / sizeof(hardware[0]), facts, sizeof(facts));
		if (arch->ceiling)
			snprintf(ceiling, sizeof(ceiling), "%u", arch->ceiling);
		report_table_row(table, cells);
	}
	return table;
}

int command_arch(struct request *request, int argc, char **argv)
{
	struct report_style style = report_style_for(stdout);
	struct report_table *table;
	struct output output;
	uint64_t archs;

	options_read(&argp, request, argc, argv);
	if (!words_chosen(request->words.arch, "an architecture", "arch", request, &archs) ||
	    !output_open(&output, request->json ? request->json : "-"))
		return EXIT_TROUBLE;
	table = arch_table(archs);
	if (request->json)
		report_table_json(table, "shootdown-arch", output.stream);
	else
		report_table_print(table, output.stream, &style);
	report_table_free(table);
	return output_close(&output) ? EXIT_HELD : EXIT_TROUBLE;
}
