/* SPDX-License-Identifier: MIT */
/*
 * command_join.c - join: the parts of a run that was spread over several processes or machines, as one run.
 *
 * Each part is the JSON of `check --shard I/N` or `sweep --shard I/N`. They are one run only if all of them are there, once, and were
 * made from the same scenarios by the same program with the same limits; anything else is refused, as a verdict over a run with a
 * part missing would say more than was explored.
 */
#include "check/memory.h"
#include "check/options.h"
#include "check/output.h"

#include "report/report.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "What to show:", 1 },
	{ "json", OPT_JSON, "FILE", 0, "the whole run for machines; - for standard output instead of text", 1 },
	{ "html", OPT_HTML, "FILE", 0, "one self-contained page for the whole run", 1 },
	{ "steps", OPT_STEPS, 0, 0, "every step of a counterexample, also those that change nothing watched", 1 },
	{ "verbose", OPT_VERBOSE, 0, 0, "of several scenarios, a line for each architecture and expectation", 1 },
	{ 0 },
};

static const char doc[] =
	"Put the parts of a run together: the JSON of each `check --shard I/N --json FILE`, or of `sweep`. Refuses parts that "
	"overlap, that are missing, or that are of different runs.\v"
	"Exit status: that of the run if it had not been spread; 2 also if the parts are not one run.";

/* The options of the run itself are not asked again: they are in the parts, and a digest over them. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct request *request = state->input;

	if (key != ARGP_KEY_END)
		return options_parse(key, arg, state);
	if (!request->nr_arguments)
		argp_error(state, "found no FILE, expected one for each part of the run");
	if (request->html && !strcmp(request->html, "-"))
		argp_error(state, "--html: found '-', expected a file");
	return 0;
}

static const struct argp argp = { options, parse, "FILE...", doc, 0, 0, 0 };

/* Parts in the order of the arguments; NULL for one that could not be read. */
struct join {
	struct request *request;
	struct run_report **part; /* one a file */
};

/* Always false. So that it can be returned: the message names the file, since there are as many as shards. */
static bool refuse(const char *path, const char *why)
{
	fprintf(stderr, "shootdown: %s: %s\n", path, why);
	return false;
}

/* ---- reading ---- */

/* For free(); NULL, with errno set. One of the files may come through a pipe, so its size is not known before. */
static char *slurp(const char *path, size_t *size)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	char *text = NULL;
	size_t got = 0;

	*size = 0;
	if (!file)
		return NULL;
	do {
		text = explore_grow(text, *size + (1 << 20), 1);
		got = fread(text + *size, 1, 1 << 20, file);
		*size += got;
	} while (got);
	if (ferror(file)) {
		free(text);
		text = NULL;
	}
	if (file != stdin)
		fclose(file);
	return text;
}

/*
 * False, with a message. The parser (report/parse.c) says what is wrong with the text; here only the name of
 * the file is added.
 */
static bool read_part(const char *path, struct run_report **part)
{
	size_t size;
	char error[200], *text = slurp(path, &size);

	if (!text)
		return refuse(path, strerror(errno));
	*part = run_report_parse(text, size, error, sizeof(error));
	free(text);
	return *part || refuse(path, error);
}

/* ---- are they one run? ---- */

/*
 * What each part says of the whole run must be the same in all: the number of shards, of questions, and the
 * digest over scenarios, options and version (check/shard.h). Timings may differ.
 */
static bool is_of_this_run(const struct join *join, unsigned int nr)
{
	const struct run_report *part = join->part[nr], *first = join->part[0];
	const char *path = join->request->arguments[nr];

	if (!part->shard.of)
		return refuse(path, "is no part of a run: it was made without --shard");
	if (strcmp(part->version, first->version) || part->shard.of != first->shard.of ||
	    part->shard.questions != first->shard.questions || part->shard.digest != first->shard.digest)
		return refuse(path,
			      "is of another run than the first file: other scenarios, options, shards or program");
	for (unsigned int i = 0; i < nr; i++) {
		if (join->part[i]->shard.index == part->shard.index)
			return refuse(path, "is a part that another file is, too");
	}
	return true;
}

/*
 * Each index from 1 on is there. That none is there twice was looked at before, so together they are exactly
 * all.
 */
static bool all_shards(const struct join *join)
{
	unsigned int of = join->part[0]->shard.of, nr = join->request->nr_arguments;

	for (unsigned int index = 1; index <= of; index++) {
		unsigned int i = 0;

		while (i < nr && join->part[i]->shard.index != index)
			i++;
		if (i == nr) {
			fprintf(stderr, "shootdown: part %u of %u is missing\n", index, of);
			return false;
		}
	}
	return true;
}

/*
 * Each question of the run has results in one part, or a file was edited. A result carries the number of its
 * question. This is the check that does not rely on the shards having counted alike.
 */
static bool all_questions(const struct join *join)
{
	unsigned int questions = join->part[0]->shard.questions;
	unsigned int *owner = explore_new(questions + 1, sizeof(*owner));
	bool good = true;

	for (unsigned int i = 0; i < join->request->nr_arguments; i++) {
		for (int r = 0; good && r < join->part[i]->results; r++) {
			unsigned int nr = join->part[i]->result[r].question;

			if (nr >= questions || (owner[nr] && owner[nr] != i + 1))
				good = refuse(join->request->arguments[i], "has results that are not of this part");
			else
				owner[nr] = i + 1;
		}
	}
	for (unsigned int nr = 0; good && nr < questions; nr++) {
		if (!owner[nr]) {
			fprintf(stderr, "shootdown: question %u of %u has no result in any part\n", nr, questions);
			good = false;
		}
	}
	free(owner);
	return good;
}

/* In this order: the messages of the later ones assume that the earlier ones hold. */
static bool is_one_run(const struct join *join)
{
	for (unsigned int i = 0; i < join->request->nr_arguments; i++) {
		if (!is_of_this_run(join, i))
			return false;
	}
	return all_shards(join) && all_questions(join);
}

/* ---- the whole ---- */

/* Where a result is, and its number, which decides where it goes. */
struct place {
	unsigned int part;
	int result;
	unsigned int question;
};

/* In the order of the questions, then as their part has them: the results of one stand in one part. */
static int by_question(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	if (left->question != right->question)
		return left->question < right->question ? -1 : 1;
	return left->result - right->result;
}

/*
 * In the order in which one process would have had the results, so a joined report and that of a single run
 * differ only in times.
 */
static struct run_report *whole_of(const struct join *join)
{
	struct run_report *whole = run_report_new(join->request->command, SHOOTDOWN_VERSION);
	struct place *place = NULL;
	size_t nr = 0;

	for (unsigned int i = 0; i < join->request->nr_arguments; i++) {
		const struct run_report *part = join->part[i];

		place = explore_grow(place, nr + (size_t)part->results + 1, sizeof(*place));
		for (int r = 0; r < part->results; r++)
			place[nr++] = (struct place){ i, r, part->result[r].question };
		/* Parts run side by side. */
		whole->seconds = part->seconds > whole->seconds ? part->seconds : whole->seconds;
		whole->cpu_seconds += part->cpu_seconds;
	}
	qsort(place, nr, sizeof(*place), by_question);
	for (size_t i = 0; i < nr; i++) {
		struct report_result *result = &join->part[place[i].part]->result[place[i].result];

		run_report_add(whole, result);
		/* It has moved. */
		result->timeline = NULL;
	}
	free(place);
	return whole;
}

/*
 * An exploration that crashed, or was stopped before it was begun. What `check` knows from its pool has to be
 * read from the results here; both come to the same exit status.
 */
static bool is_incomplete(const struct run_report *report)
{
	for (int i = 0; i < report->results; i++) {
		if (report->result[i].verdict == REPORT_UNFINISHED)
			return true;
	}
	return false;
}

/* ---- the command ---- */

static bool open_outputs(const struct request *request, struct output *text, struct output *json, struct output *html)
{
	bool to_stdout = request->json && !strcmp(request->json, "-");

	if ((to_stdout || output_open(text, "-")) && (!request->json || output_open(json, request->json)) &&
	    (!request->html || output_open(html, request->html)))
		return true;
	output_discard(text);
	output_discard(json);
	output_discard(html);
	return false;
}

/* False: something could not be written. */
static bool print(struct request *request, struct run_report *report)
{
	struct report_style style = report_style_for(stdout);
	struct output text = { 0 }, json = { 0 }, html = { 0 };
	bool good;

	style.steps = request->steps;
	if (!open_outputs(request, &text, &json, &html))
		return false;
	if (text.stream) {
		run_report_print_results(report, !request->verbose, text.stream, &style);
		run_report_print_end(report, text.stream, &style);
	}
	good = output_close(&text);
	if (request->html) {
		run_report_set_archs(report, arch_table(~0ull));
		run_report_html(report, html.stream, &style);
	}
	good &= output_close(&html);
	if (request->json)
		run_report_json(report, json.stream);
	return output_close(&json) && good;
}

/* Every file is read before the first complaint about the run, so that one call tells all that cannot be read. */
int command_join(struct request *request, int argc, char **argv)
{
	struct join join = { .request = request };
	int status = EXIT_TROUBLE;
	bool good = true;

	options_read(&argp, request, argc, argv);
	join.part = explore_new(request->nr_arguments, sizeof(*join.part));
	for (unsigned int i = 0; i < request->nr_arguments; i++)
		good &= read_part(request->arguments[i], &join.part[i]);
	if (good && is_one_run(&join)) {
		struct run_report *whole = whole_of(&join);

		status = check_status(whole, !print(request, whole) || is_incomplete(whole));
		run_report_free(whole);
	}
	for (unsigned int i = 0; i < request->nr_arguments; i++) {
		if (join.part[i])
			run_report_free(join.part[i]);
	}
	free(join.part);
	return status;
}
