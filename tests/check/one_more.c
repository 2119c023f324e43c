/* SPDX-License-Identifier: MIT */
/* one_more.c - every shipped scenario with one agent more; see one_more.h. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <glob.h>

#include "tests/check/one_more.h"

enum {
	MOST_BYTES = 1 << 16,
};

struct run {
	const struct one_more *more;
	const char *wrong;
};

static bool at_end(void *context, const struct explore_run *execution)
{
	struct run *run = context;

	run->wrong = run->more->ends(execution->end);
	return !run->wrong;
}

static void leave_out(struct one_more_count *count, const char *what)
{
	if (!count->full++)
		snprintf(count->one, sizeof(count->one), "%s", what);
}

static void run_on(const struct one_more *more, const char *path, const char *text, const char *arch,
		   struct one_more_count *count)
{
	struct run run = { more, NULL };
	struct explore_options options;
	struct explore_stats stats;
	struct litmus_error error;
	struct bound b;

	if (!bound_parse(&b, path, text, arch, &error)) {
		leave_out(count, error.text);
		return;
	}
	more->begins(&b.binding);
	options = explore_defaults(binding_set_up, &b.binding);
	options.random = more->executions;
	options.seed = 1;
	options.bug_depth = 3;
	options.visit = at_end;
	options.context = &run;
	model_forget_shared();
	delays_forget();
	model_listen(&(struct model_listener){ NULL, more->hear, NULL });
	explore(&options, &stats);
	model_listen(NULL);
	bound_free(&b);
	if (run.wrong)
		fail_msg("%s on %s: %s", path, arch, run.wrong);
	if (stats.limit.what)
		leave_out(count, path);
	else
		count->runs++;
}

/* Where the world ends: the line of the first agent. Lines that run before all agents stand above it. */
static const char *first_agent(const char *text)
{
	static const char *const agents[] = { "\ncpu ", "\nkthread ", "\ndevice ", "\nvcpu " };
	const char *first = NULL;

	for (unsigned int i = 0; i < sizeof(agents) / sizeof(agents[0]); i++) {
		const char *at = strstr(text, agents[i]);

		first = at && (!first || at < first) ? at : first;
	}
	return first;
}

/* False: nothing is mapped, as in raw ones. */
static bool read_with(const struct one_more *more, const char *path, char *with, size_t size)
{
	static char text[MOST_BYTES];
	FILE *file = fopen(path, "r");
	char name[64], *map, *expect;
	const char *agents;

	assert_non_null(file);
	text[fread(text, 1, MOST_BYTES - 1, file)] = 0;
	fclose(file);
	map = strstr(text, "\nmap");
	expect = strstr(text, "\nexpect");
	agents = first_agent(text);
	if (strstr(text, "\nraw") || !map || !expect || sscanf(map, "\nmap %63s", name) != 1)
		return false;
	assert_non_null(agents);
	snprintf(with, size, "%.*s\n%s%.*s\n%s: prefetch %s\n%s", (int)(agents - text), text,
		 more->before ? more->before : "", (int)(expect - agents), agents, more->agent, name, expect);
	return true;
}

struct one_more_count one_more_everywhere(const struct one_more *more)
{
	static char with[MOST_BYTES + 200];
	struct one_more_count count = { 0 };
	glob_t files;

	assert_int_equal(glob("litmus/*/*.litmus", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		if (!read_with(more, files.gl_pathv[i], with, sizeof(with))) {
			count.raw++;
			continue;
		}
		for (const char *const *arch = more->archs; *arch; arch++)
			run_on(more, files.gl_pathv[i], with, *arch, &count);
	}
	globfree(&files);
	return count;
}

unsigned long one_more_maps(const void *entry, unsigned long *end)
{
	const struct model_frame *table = &model_state()->frames[model_frame_of(entry)];
	unsigned long pages = model_level_pages(table->level);
	unsigned long page = table->base + (unsigned long)((const machine_pte *)entry - table->words) * pages;

	*end = (page + pages) << MACHINE_PAGE_SHIFT;
	return page << MACHINE_PAGE_SHIFT;
}
