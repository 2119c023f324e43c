/* SPDX-License-Identifier: MIT */
/*
 * pool.h - many explorations, a few processes: each takes the next one and leaves its outcome in shared memory.
 *
 * The process that runs the pool explores nothing itself, so it is always there to hear what has ended, to show how far
 * the others are, and to be told to stop. A worker that dies costs the one exploration that it was at; another worker
 * takes its place. No worker outlives the process that started it.
 */
#ifndef CHECK_POOL_H
#define CHECK_POOL_H

#include "check/run.h"

#include <signal.h>
#include <sys/types.h>

/* A job has one of the last two when the listener hears of it, and keeps it. */
enum pool_end {
	POOL_NOT_ENDED, /* never begun, or stopped on the way */
	POOL_ENDED,	/* the outcome is there */
	POOL_CRASHED,	/* its process died; no outcome */
};

/* What has become of a job. Written by the process that runs the pool, never by a worker. */
struct pool_job {
	enum pool_end end;
	int status; /* CRASHED: as waitpid() gives it */
	int same;   /* an earlier job that has the same answer, or -1 */
};

struct pool_worker {
	pid_t pid; /* 0: none */
};

struct pool_shared;

/*
 * Open from pool_open() to pool_close(). The outcome of a job may be read once the listener has heard that it
 * has ended; before, a worker may be writing it.
 */
struct pool {
	const struct job *jobs;
	const struct run_options *options;
	unsigned int nr;
	struct pool_job *job;	  /* nr */
	struct outcome *outcomes; /* nr, shared */
	unsigned int nr_workers;
	unsigned int
		jobs_each; /* processes that one exploration may use, where there are fewer of them than processes */
	unsigned int finished; /* jobs that have ended or crashed */

	/* the rest is pool.c's */
	struct pool_shared *shared;
	struct pool_worker *workers;
	int ended[2], signals; /* a pipe of jobs that have ended; signals as a file */
	sigset_t mask;	       /* as it was before */
};

/*
 * The first job of the same scenario, which stands beside the others, that has the same answer; -1: none
 * before @nr. @jobs is the list with all jobs of that scenario in it. Two rows of the table that agree in
 * every fact are asked the same: a run of all architectures explores far fewer worlds than it has results for
 * that reason.
 */
int pool_same_as(const struct job *jobs, unsigned int nr);

/* Both are called in the process that runs the pool. In no particular order of jobs, each once. */
struct pool_listener {
	void *context;
	/* Job @nr has ended or crashed. False: stop, nobody wants the rest. */
	bool (*ended)(void *context, unsigned int nr);
	void (*tick)(void *context); /* five times a second; may be NULL */
};

/*
 * pool_open - prepare to run @jobs, which stay the caller's, as @options says; both must outlive the pool.
 *
 * From here to pool_close(), SIGINT, SIGTERM and SIGHUP do not end the program, so that there is time to write
 * down what is known.
 *
 * Context: one thread. Pools may be nested, as find_failure() in verdict.c does it; the inner one restores the
 *          signal mask.
 * Fails:   ends the program with status 2 if the system has no memory, pipe or signalfd for it.
 */
void pool_open(struct pool *pool, const struct job *jobs, unsigned int nr, const struct run_options *options);

enum {
	POOL_DONE = 0,
	POOL_STOPPED = -1, /* by the listener */
};
/*
 * Runs them all: POOL_DONE, POOL_STOPPED, or the number of the signal that came. No worker is left in any
 * case.
 * Context: once for each pool. The listener runs in it, and may take its time: workers do not wait for it.
 * Fails:   ends the program with status 2 if not even one worker can be started.
 */
int pool_run(struct pool *pool, const struct pool_listener *listener);
/*
 * After pool_run(). The outcomes are gone with it, so results are made before. A signal that came and was not
 * read is delivered here.
 */
void pool_close(struct pool *pool);

/* What a worker is at, and how far it is; false: nothing. */
bool pool_under_way(const struct pool *pool, unsigned int worker, unsigned int *nr, struct explore_progress *so_far);
/* How far job @nr was when the pool was stopped. */
struct explore_progress pool_so_far(const struct pool *pool, unsigned int nr);
/* "the checker crashed (Segmentation fault)": why job @nr has no outcome. For free(). */
char *pool_crash_text(const struct pool *pool, unsigned int nr);

#endif
