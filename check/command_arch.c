/* SPDX-License-Identifier: MIT */
/* command_arch.c - arch: the table of architectures. */
#include "check/options.h"
#include "check/output.h"

#include "arch/arch.h"
#include "report/report.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static const struct argp_option options[] = {
	{ "json", OPT_JSON, "FILE", 0, "for machines; - for standard output instead of text", 1 },
	{ 0 },
};

static const char doc[] =
	"Show the table of architectures, or the rows that are named: which facts of the hardware hold, and "
	"what the kernel chooses. docs/facts.md explains each.";

/* Nothing here depends on another option. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	return key == ARGP_KEY_END ? 0 : options_parse(key, arg, state);
}

static const struct argp argp = { options, parse, "[NAME...]", doc, 0, 0, 0 };

/*
 * facts.def says of each fact whether it is the hardware's or the kernel's choice; the table has a column for
 * each.
 */
enum fact_kind {
	FACT_HARDWARE,
	FACT_CHOICE,
};
/*
 * Taken from the field's C type, so that a new fact of another type does not compile instead of being printed
 * wrong.
 */
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
#define TYPE(type)			_Generic((type)0, bool : FACT_BOOL, enum tlb_reach : FACT_REACH, unsigned long : FACT_NUMBER)
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
	else if (fact->type == FACT_NUMBER && *(const unsigned long *)at)
		fprintf(out, " %s=%lu", fact->name, *(const unsigned long *)at);
	else if (fact->type == FACT_BOOL && *(const bool *)at)
		fprintf(out, " %s", fact->name);
}

/*
 * All facts of one kind; the text is the caller's. Each fact is printed with a space before it, which the
 * caller skips; a row without facts is "".
 */
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

/*
 * The columns are part of the JSON of `arch --json`, and of that of a run: a heading is the name
 * of a field there (docs/json.md).
 */
struct report_table *arch_table(uint64_t archs)
{
	struct report_table *table = report_table_new("");

	report_table_column(table, "architecture", REPORT_LEFT);
	report_table_column(table, "hardware", REPORT_LEFT);
	report_table_column(table, "choices", REPORT_LEFT);
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		const struct tlb_arch *arch = tlb_arch_at(i);
		char *hardware, *choices;

		if (!(archs >> i & 1))
			continue;
		hardware = facts_text(arch, FACT_HARDWARE);
		choices = facts_text(arch, FACT_CHOICE);
		report_table_row(table, (const char *[]){ arch->name, hardware + 1, choices + 1 });
		free(hardware);
		free(choices);
	}
	return table;
}

/* Arguments first, then the output, then the work: nothing has been written if something is wrong. */
int command_arch(struct request *request, int argc, char **argv)
{
	struct report_style style = report_style_for(stdout);
	struct report_table *table;
	struct output output;
	struct litmus_set archs;

	options_read(&argp, request, argc, argv);
	if (!words_chosen(request->words.arch, "an architecture", "arch", request, &archs) ||
	    !output_open(&output, request->json ? request->json : "-"))
		return EXIT_TROUBLE;
	table = arch_table(archs.word[0]);
	if (request->json)
		report_table_json(table, "shootdown-arch", output.stream);
	else
		report_table_print(table, output.stream, &style);
	report_table_free(table);
	return output_close(&output) ? EXIT_HELD : EXIT_TROUBLE;
}
