/* SPDX-License-Identifier: MIT */
/*
 * progress.c - how far a pool is, on standard error.
 *
 * A terminal has one line that changes; a file, a pipe and a terminal without escapes get a line now and then, at longer
 * and longer intervals, so that a log of an hour stays short.
 */
#include "check/progress.h"

#include "report/report.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double FIRST_SECONDS = 1, LONGEST_SECONDS = 30;
/* Before that, how long the rest takes is a guess about a few explorations. */
static const double GUESS_AFTER_SECONDS = 2;

/* A clock that is set while a run goes on must not make it look shorter, or negative. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double progress_seconds(const struct progress *progress)
{
	return now() - progress->started;
}

void progress_open(struct progress *progress, const struct pool *pool, enum progress_wish wish)
{
	const char *term = getenv("TERM");
	bool terminal = isatty(STDERR_FILENO);

	assert(pool);
	*progress = (struct progress){
		.pool = pool,
		.on = wish == PROGRESS_ON || (wish == PROGRESS_AUTO && terminal),
		.in_place = terminal && term && strcmp(term, "dumb"),
		.width = report_style_for(stderr).width,
		.started = now(),
	};
	progress->next = progress->started + (progress->in_place ? 0 : FIRST_SECONDS);
}

/*
 * "about 27 s left", from how long those took that have ended. Explorations differ by orders of magnitude, so
 * it is "about".
 */
static void add_guess(const struct progress *progress, FILE *line)
{
	assert(progress->pool && line);
	double seconds = progress_seconds(progress), done = progress->pool->finished, all = progress->pool->nr;

	if (done > 0 && seconds >= GUESS_AFTER_SECONDS)
		fprintf(line, ", about %.0f s left", seconds * (all - done) / done);
}

/* " (120,000 states, 240,000/s, depth 212)". Of what has just begun nothing is known yet. */
static void add_so_far(const struct explore_progress *so_far, FILE *line)
{
	char count[64], rate[32];

	assert(line);
	if (so_far->states)
		fprintf(line, " (%s, %s/s, depth %u)", report_count(so_far->states, "state", count),
			report_thousands((uint64_t)((double)so_far->states / so_far->seconds), rate), so_far->depth);
	else if (so_far->executions)
		fprintf(line, " (%s, %s steps/s)", report_count(so_far->executions, "execution", count),
			report_thousands((uint64_t)so_far->steps_per_second, rate));
}

/* What each worker is at; its numbers say that it moves. */
static void add_under_way(const struct progress *progress, FILE *line)
{
	const char *before = "; now ";

	for (unsigned int worker = 0; worker < progress->pool->nr_workers; worker++) {
		const struct job *job;
		unsigned int nr;
		struct explore_progress so_far;

		if (!pool_under_way(progress->pool, worker, &nr, &so_far))
			continue;
		job = &progress->pool->jobs[nr];
		fprintf(line, "%s%s on %s", before, job->litmus->name, job->arch->name);
		add_so_far(&so_far, line);
		before = ", ";
	}
}

/*
 * In one write, so that it does not mix with what others print. Cut off at the end of the terminal's line,
 * because a line that wraps cannot be drawn over.
 */
static void print_line(struct progress *progress)
{
	unsigned int done = progress->pool->finished, all = progress->pool->nr;
	char text[1024] = "";
	FILE *line = fmemopen(text, sizeof(text) - 1, "w");

	assert(done <= all);
	/* Without memory for a line there is none. */
	if (!line)
		return;
	fprintf(line, "%.0f s: %u of %u explorations (%u %%)", progress_seconds(progress), done, all,
		all ? (unsigned int)(100ull * done / all) : 100);
	add_guess(progress, line);
	add_under_way(progress, line);
	fclose(line);
	if (progress->in_place)
		fprintf(stderr, "\r%.*s\033[K", (int)progress->width - 1, text);
	else
		fprintf(stderr, "%s\n", text);
	progress->drawn = progress->in_place;
}

/* The pool calls it often; how often something is shown is decided here. */
void progress_show(struct progress *progress)
{
	assert(progress->pool);
	double seconds = progress_seconds(progress);

	if (!progress->on || now() < progress->next)
		return;
	print_line(progress);
	if (!progress->in_place)
		progress->next += seconds < LONGEST_SECONDS ? seconds : LONGEST_SECONDS;
}

/* Before anything else is printed on the terminal, or the two would share a line. */
void progress_clear(struct progress *progress)
{
	if (progress->drawn)
		fprintf(stderr, "\r\033[K");
	progress->drawn = false;
}
