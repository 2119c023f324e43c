/* SPDX-License-Identifier: MIT */
/* command_rules.c - rules: what each rule says, where it stands, what breaks without it. */
#include "check/options.h"
#include "check/output.h"

#include "report/report.h"

#include <stdio.h>

static const struct argp_option options[] = {
	{ "json", OPT_JSON, "FILE", 0, "for machines; - for standard output instead of text", 1 },
	{ 0 },
};

static const char doc[] =
	"Show every rule, or those that are named: what it says, where it stands in the code, where it "
	"comes from, and the scenario that breaks without it.";

/* Nothing here depends on another option. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	return key == ARGP_KEY_END ? 0 : options_parse(key, arg, state);
}

static const struct argp argp = { options, parse, "[RULE...]", doc, 0, 0, 0 };

/*
 * The places are those of the build: `make` looks them up in the sources. The headings are the names of the
 * fields in `rules --json`, so they are part of a format.
 */
static struct report_table *make_table(const struct request *request, const struct litmus_set *rules)
{
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

		if (!litmus_set_has(rules, i))
			continue;
		rules_places(i, places, sizeof(places));
		report_table_row(table, cells);
	}
	return table;
}

int command_rules(struct request *request, int argc, char **argv)
{
	struct report_style style = report_style_for(stdout);
	struct report_table *table;
	struct output output;
	struct litmus_set rules;

	options_read(&argp, request, argc, argv);
	if (!words_chosen(request->words.rule, "a rule", "rules", request, &rules) ||
	    !output_open(&output, request->json ? request->json : "-"))
		return EXIT_TROUBLE;
	table = make_table(request, &rules);
	if (request->json)
		report_table_json(table, "shootdown-rules", output.stream);
	else
		report_table_print(table, output.stream, &style);
	report_table_free(table);
	return output_close(&output) ? EXIT_HELD : EXIT_TROUBLE;
}
