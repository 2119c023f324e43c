/* SPDX-License-Identifier: MIT */
/* command_count.c - count: what taking memory away costs, by policy. */
#include "check/memory.h"
#include "check/options.h"
#include "check/output.h"

#include "arch/arch.h"
#include "count/count.h"
#include "report/report.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>

static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "What to count:", 1 },
	{ "arch", OPT_ARCH, "ROW", 0, "the architecture, a row of `shootdown arch` (x86_64)", 1 },
	{ "ceiling", OPT_CEILING, "N", 0,
	  "above so many pages a flush is of everything, by each policy (as the policy has it)", 1 },
	{ "pages", OPT_PAGES, "N", 0, "the size of the workload: pages, of S6 ranges (each has its own)", 1 },
	{ "policy", OPT_POLICY, "NAME", 0, "only that one: linux-6.1 or ours (both, side by side)", 1 },
	{ "devices", OPT_DEVICES, "N", 0,
	  "devices that walk the tables of each address space by TLBs of their own (none)", 1 },
	{ "threads", OPT_THREADS, "T", 0, "threads, each on a CPU of its own (4)", 1 },
	{ 0, 0, 0, 0, "What to show:", 2 },
	{ "json", OPT_JSON, "FILE", 0, "for machines; - for standard output instead of text", 2 },
	{ 0 },
};

static const char doc[] =
	"Count flushes, interrupts and what they hit, while memory is taken away from a program: the library and the mm as a kernel compiles "
	"them, on one schedule that is always the same, beside what Linux 6.1 does. WORKLOAD is S1 to S11; without any, all of them. "
	"docs/count.md says what each does, and what is counted.\v"
	"Workloads:\n"
	"  S1  one page written, then madvise(MADV_DONTNEED)\n"
	"  S2  pages mapped, touched, unmapped: 1, 8, 33, 34, 512, 9698, 262144\n"
	"  S3  128 MiB touched, then unmapped\n"
	"  S4  1 GiB of a shared file, dirty, unmapped\n"
	"  S5  64 pages, one in 2 MiB, unmapped in one call\n"
	"  S6  64 ranges in one vectored madvise(MADV_DONTNEED)\n"
	"  S7  a pipeline: each CPU maps a page, the next one unmaps it\n"
	"  S8  exit of a process that is idle on every other CPU\n"
	"  S9  reclaim: a page of each of 32 address spaces, in one batch\n"
	"  S10 CPUs come back that have missed flushes of a page: 1, 2, 4, 5, 8\n"
	"  S11 CPUs come back that have missed one of several ranges: 2, 8, 32, 33\n"
	"\n"
	"Exit status: 0 it was counted, 2 usage or output.";

/* Nothing here depends on another option. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	return key == ARGP_KEY_END ? 0 : options_parse(key, arg, state);
}

static const struct argp argp = { options, parse, "[WORKLOAD...]", doc, 0, 0, 0 };

/* ---- what was asked for ---- */

enum {
	MOST_NAMES = 16,
	MOST_RUNS = MOST_NAMES * COUNT_MAX_SIZES * 2,
};

/* As bits. */
struct wish {
	struct litmus_set workloads;
	uint64_t policies;
};

static void workload_names(const char *names[MOST_NAMES + 1])
{
	unsigned int nr = 0;

	for (; count_workload(nr); nr++)
		names[nr] = count_workload(nr)->name;
	assert(nr <= MOST_NAMES);
	names[nr] = NULL;
}

/* Which policies: all, or the one that is named. */
static bool choose_policies(const struct request *request, uint64_t *bits)
{
	const char *names[MOST_NAMES + 1] = { NULL };
	char *complaint;
	int nr;

	for (unsigned int i = 0; count_policy(i); i++)
		names[i] = count_policy(i);
	*bits = ~0ull;
	if (!request->policy)
		return true;
	nr = words_find(names, request->policy, strlen(request->policy));
	if (nr >= 0) {
		*bits = 1ull << nr;
		return true;
	}
	complaint = words_complaint(names, "linux-6.1 or ours", "count --help", request->policy,
				    strlen(request->policy));
	fprintf(stderr, "shootdown: --policy: %s\n", complaint);
	free(complaint);
	return false;
}

/* --pages must be a size of each workload that was asked for. */
static bool sizes_fit(const struct request *request, const struct litmus_set *workloads)
{
	for (unsigned int i = 0; count_workload(i); i++) {
		const struct count_workload *workload = count_workload(i);

		if (!litmus_set_has(workloads, i) || request->pages <= workload->most)
			continue;
		fprintf(stderr, "shootdown: --pages: found '%llu', expected a number from 1 to %lu for %s\n",
			(unsigned long long)request->pages, workload->most, workload->name);
		return false;
	}
	return true;
}

static bool choose(const struct request *request, struct wish *wish)
{
	const char *names[MOST_NAMES + 1];

	workload_names(names);
	if (request->every_arch || request->archs & (request->archs - 1)) {
		fprintf(stderr, "shootdown: --arch: found several, expected one architecture\n");
		return false;
	}
	return words_chosen(names, "a workload", "count --help", request, &wish->workloads) &&
	       choose_policies(request, &wish->policies) && sizes_fit(request, &wish->workloads);
}

/* The row that was measured is what one gets without asking. */
static const struct tlb_arch *row_of(const struct request *request)
{
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		if (request->archs ? request->archs >> i & 1 : !strcmp(tlb_arch_at(i)->name, "x86_64"))
			return tlb_arch_at(i);
	}
	return NULL;
}

/* ---- runs ---- */

struct counted {
	struct count_run run;
	struct tlb_counts counts;
};

struct counting {
	unsigned int nr;
	struct counted each[MOST_RUNS];
};

static void count_one(struct counting *all, const struct count_run *run)
{
	struct counted *counted = &all->each[all->nr++];

	assert(all->nr <= MOST_RUNS);
	counted->run = *run;
	count_workload_run(run, &counted->counts);
}

/* One size of one workload by each policy, which then stand side by side. */
static void count_size(struct counting *all, struct count_run run, const struct wish *wish)
{
	for (run.policy = 0; count_policy(run.policy); run.policy++) {
		if (wish->policies >> run.policy & 1)
			count_one(all, &run);
	}
}

static void count_all(struct counting *all, const struct request *request, const struct wish *wish)
{
	struct count_run run = { .arch = row_of(request),
				 .threads = request->threads ? request->threads : 4,
				 .devices = request->devices,
				 .ceiling = request->ceiling };

	for (run.workload = 0; count_workload(run.workload); run.workload++) {
		const unsigned long *size = count_workload(run.workload)->sizes;

		if (!litmus_set_has(&wish->workloads, run.workload))
			continue;
		run.size = request->pages;
		if (request->pages)
			count_size(all, run, wish);
		for (; !request->pages && *size; size++) {
			run.size = *size;
			count_size(all, run, wish);
		}
	}
}

/* ---- to show ---- */

/* Above which number of pages it was counted as a flush of everything; 0: none. */
static unsigned long ceiling_of(const struct count_run *run)
{
	return run->ceiling ? run->ceiling : count_ceiling(run->policy, run->arch);
}

/* In the order of the columns; the names are those of the JSON as well. */
static const struct {
	const char *name;
	enum tlb_count what; /* TLB_COUNTS: the most that was held */
	bool rare;	     /* in a table only if some run has one: a terminal is so wide */
} columns[] = {
	{ "flushes", TLB_COUNT_FLUSHES, false },
	{ "full", TLB_COUNT_FULL, false },
	{ "rounds", TLB_COUNT_ROUNDS, false },
	{ "ipis", TLB_COUNT_IPIS, false },
	{ "syncs", TLB_COUNT_SYNCS, true },
	{ "interrupted", TLB_COUNT_INTERRUPTED, false },
	{ "named", TLB_COUNT_NAMED, false },
	{ "emptied", TLB_COUNT_EMPTIED, false },
	{ "present", TLB_COUNT_PRESENT, false },
	{ "beyond", TLB_COUNT_BEYOND, false },
	{ "held", TLB_COUNTS, false },
	{ "invalidations", TLB_COUNT_INVALIDATIONS, true },
	{ "commands", TLB_COUNT_COMMANDS, true },
	{ "waits", TLB_COUNT_COMMAND_SYNCS, true },
};

enum {
	COLUMNS = sizeof(columns) / sizeof(columns[0]),
	HEAD = 3, /* columns in front of them */
};

static unsigned long value_of(const struct counted *counted, unsigned int column)
{
	return columns[column].what == TLB_COUNTS ? counted->counts.most_held
						  : counted->counts.nr[columns[column].what];
}

static bool has_some(const struct counting *all, unsigned int column)
{
	for (unsigned int i = 0; i < all->nr; i++) {
		if (value_of(&all->each[i], column))
			return true;
	}
	return false;
}

/* Of .columns, in their order. */
struct shown {
	unsigned int nr, column[COLUMNS];
};

static struct shown shown_of(const struct counting *all)
{
	struct shown shown = { 0 };

	for (unsigned int i = 0; i < COLUMNS; i++) {
		if (!columns[i].rare || has_some(all, i))
			shown.column[shown.nr++] = i;
	}
	return shown;
}

static struct report_table *new_table(const char *title, const struct shown *shown)
{
	struct report_table *table = report_table_new(title);

	report_table_column(table, "workload", REPORT_LEFT);
	report_table_column(table, "size", REPORT_RIGHT);
	report_table_column(table, "policy", REPORT_LEFT);
	for (unsigned int i = 0; i < shown->nr; i++)
		report_table_column(table, columns[shown->column[i]].name, REPORT_RIGHT);
	return table;
}

static void add_counted(struct report_table *table, const struct shown *shown, const struct counted *counted,
			bool first)
{
	char text[COLUMNS][32], size[32];
	const char *cells[HEAD + COLUMNS] = { "", "", count_policy(counted->run.policy) };

	if (first) {
		cells[0] = count_workload(counted->run.workload)->name;
		cells[1] = report_thousands(counted->run.size, size);
	}
	for (unsigned int i = 0; i < shown->nr; i++)
		cells[HEAD + i] = report_thousands(value_of(counted, shown->column[i]), text[i]);
	report_table_row(table, cells);
}

/* Below two of them: the second in terms of the first. */
static void add_ratio(struct report_table *table, const struct shown *shown, const struct counted *one,
		      const struct counted *other)
{
	char text[COLUMNS][32];
	const char *cells[HEAD + COLUMNS] = { "", "", "ratio" };

	for (unsigned int i = 0; i < shown->nr; i++) {
		unsigned long from = value_of(one, shown->column[i]), to = value_of(other, shown->column[i]);

		if (from)
			snprintf(text[i], sizeof(text[i]), "%.2f", (double)to / (double)from);
		else
			snprintf(text[i], sizeof(text[i]), to ? "-" : "");
		cells[HEAD + i] = text[i];
	}
	report_table_row(table, cells);
}

static bool same_work(const struct counted *one, const struct counted *other)
{
	return one->run.workload == other->run.workload && one->run.size == other->run.size;
}

/* The policies that were counted may have chosen differently, and that is no merit of the code: so it stands above the table. */
static char *title_of(const struct counting *all)
{
	const struct count_run *one = &all->each[0].run, *last = &all->each[all->nr - 1].run;
	unsigned long ceiling = ceiling_of(one), other = ceiling_of(last);
	char *head = memory_print("%s, %u threads", one->arch->name, one->threads), *title;

	if (ceiling != other)
		title = memory_print("%s; of everything is a flush of more than %lu pages, with %s %lu", head, ceiling,
				     count_policy(last->policy), other);
	else if (ceiling)
		title = memory_print("%s; of everything is a flush of more than %lu pages", head, ceiling);
	else
		title = memory_print("%s", head);
	free(head);
	return title;
}

static void print(const struct counting *all, FILE *out)
{
	struct report_style style = report_style_for(stdout);
	char *title = title_of(all);
	struct shown shown = shown_of(all);
	struct report_table *table = new_table(title, &shown);

	for (unsigned int i = 0; i < all->nr; i++) {
		bool first = !i || !same_work(&all->each[i - 1], &all->each[i]);

		add_counted(table, &shown, &all->each[i], first);
		if (!first)
			add_ratio(table, &shown, &all->each[i - 1], &all->each[i]);
	}
	report_table_print(table, out, &style);
	report_table_free(table);
	free(title);
}

/* docs/json.md: count and counted. */
static void print_json(const struct counting *all, FILE *out)
{
	cJSON *json = cJSON_CreateObject(), *runs;
	char *text;

	cJSON_AddStringToObject(json, "format", "shootdown-count");
	cJSON_AddNumberToObject(json, "version", REPORT_JSON_VERSION);
	cJSON_AddStringToObject(json, "architecture", all->each[0].run.arch->name);
	cJSON_AddNumberToObject(json, "threads", all->each[0].run.threads);
	cJSON_AddNumberToObject(json, "devices", all->each[0].run.devices);
	runs = cJSON_AddArrayToObject(json, "runs");
	for (unsigned int i = 0; i < all->nr; i++) {
		const struct counted *counted = &all->each[i];
		cJSON *run = cJSON_CreateObject();

		cJSON_AddStringToObject(run, "workload", count_workload(counted->run.workload)->name);
		cJSON_AddNumberToObject(run, "size", (double)counted->run.size);
		cJSON_AddStringToObject(run, "policy", count_policy(counted->run.policy));
		cJSON_AddNumberToObject(run, "ceiling", (double)ceiling_of(&counted->run));
		for (unsigned int column = 0; column < COLUMNS; column++)
			cJSON_AddNumberToObject(run, columns[column].name, (double)value_of(counted, column));
		if (!cJSON_AddItemToArray(runs, run))
			abort();
	}
	text = cJSON_Print(json);
	if (!text)
		abort();
	fprintf(out, "%s\n", text);
	cJSON_free(text);
	cJSON_Delete(json);
}

/* Arguments first, then the output, then the work: nothing has been written if something is wrong. */
int command_count(struct request *request, int argc, char **argv)
{
	struct counting *all = explore_new(1, sizeof(*all));
	struct output output;
	struct wish wish;
	int status = EXIT_TROUBLE;

	options_read(&argp, request, argc, argv);
	if (choose(request, &wish) && output_open(&output, request->json ? request->json : "-")) {
		count_all(all, request, &wish);
		if (request->json)
			print_json(all, output.stream);
		else
			print(all, output.stream);
		status = output_close(&output) ? EXIT_HELD : EXIT_TROUBLE;
	}
	free(all);
	return status;
}
