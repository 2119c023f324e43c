/* SPDX-License-Identifier: MIT */
/* pool.c - many jobs, a few processes: each takes the next job and leaves its outcome in shared memory. */
#include "check/run.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_WORKERS = 64
};

struct pool {
	atomic_uint next, finished;
	uint64_t executions[MOST_WORKERS]; /* of the exploration that each worker is at */
};

static void *share(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("shootdown: memory");
		exit(2);
	}
	return p;
}

/* The same rows under two names have the same answer. */
static bool same_row(const struct tlb_arch *a, const struct tlb_arch *b)
{
	struct tlb_arch left = *a, right = *b;

	left.name = right.name = NULL;
	return !memcmp(&left, &right, sizeof(left));
}

static bool asks(const struct job *job, const struct litmus_expect *expect)
{
	return expect->archs >> job->arch_number & 1;
}

/* An earlier job with the same answer: another name of the same row, asked the same. */
static int twin(const struct job *jobs, unsigned int nr)
{
	const struct job *job = &jobs[nr];

	for (unsigned int i = 0; i < nr; i++) {
		bool same = jobs[i].kind == job->kind && jobs[i].litmus == job->litmus &&
			    jobs[i].expect == job->expect && jobs[i].without == job->without &&
			    jobs[i].properties == job->properties && same_row(jobs[i].arch, job->arch);

		for (unsigned int e = 0; same && e < job->litmus->nr_expects; e++)
			same = asks(&jobs[i], &job->litmus->expects[e]) == asks(job, &job->litmus->expects[e]);
		if (same)
			return (int)i;
	}
	return -1;
}

static void work(struct pool *pool, const struct job *jobs, unsigned int nr, const struct run_options *options,
		 struct outcome *outcomes)
{
	unsigned int i;

	while ((i = atomic_fetch_add(&pool->next, 1)) < nr) {
		if (twin(jobs, i) < 0)
			run_job(&jobs[i], options, &outcomes[i]);
		if (options->executions)
			*options->executions = 0;
		atomic_fetch_add(&pool->finished, 1);
	}
}

static void show_progress(const struct pool *pool, unsigned int workers, unsigned int nr)
{
	uint64_t executions = 0;

	for (unsigned int i = 0; i < workers; i++)
		executions += pool->executions[i];
	fprintf(stderr, "\r%u of %u explorations; those under way: %llu executions\033[K", atomic_load(&pool->finished),
		nr, (unsigned long long)executions);
}

/* While the others work: one line that says how far they are. True: all have ended. */
static bool wait_for_workers(unsigned int workers, struct pool *pool, unsigned int nr, bool progress)
{
	const struct timespec pause = { 0, 200000000 };
	unsigned int left = workers;
	bool good = true;
	int status;

	while (left) {
		while (left && waitpid(-1, &status, left && progress ? WNOHANG : 0) > 0) {
			good &= WIFEXITED(status) && !WEXITSTATUS(status);
			left--;
		}
		if (!progress || !left)
			continue;
		show_progress(pool, workers, nr);
		nanosleep(&pause, NULL);
	}
	if (progress)
		fprintf(stderr, "\r\033[K");
	return good;
}

static void start_workers(unsigned int workers, struct pool *pool, const struct job *jobs, unsigned int nr,
			  const struct run_options *options, struct outcome *outcomes)
{
	struct run_options own = *options;

	fflush(NULL);
	for (unsigned int i = 0; i < workers; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("shootdown: fork");
			exit(2);
		}
		if (pid)
			continue;
		own.executions = options->progress ? &pool->executions[i] : NULL;
		work(pool, jobs, nr, &own, outcomes);
		_exit(0);
	}
}

struct outcome *run_jobs(const struct job *jobs, unsigned int nr, const struct run_options *options)
{
	struct outcome *outcomes = share((nr ? nr : 1) * sizeof(*outcomes));
	struct pool *pool = share(sizeof(*pool));
	unsigned int workers = options->jobs < MOST_WORKERS ? options->jobs : MOST_WORKERS;
	bool good = true;

	if (options->jobs > 1 || options->progress) {
		start_workers(workers, pool, jobs, nr, options, outcomes);
		good = wait_for_workers(workers, pool, nr, options->progress);
	} else {
		work(pool, jobs, nr, options, outcomes);
	}
	for (unsigned int i = 0; i < nr; i++) {
		int same = twin(jobs, i);

		if (same < 0)
			continue;
		outcomes[i] = outcomes[same];
		outcomes[i].stats.seconds = 0;
	}
	munmap(pool, sizeof(*pool));
	if (!good) {
		fprintf(stderr, "shootdown: an exploration ended early (see above); no verdict\n");
		exit(2);
	}
	return outcomes;
}

void run_free(struct outcome *outcomes, unsigned int nr)
{
	munmap(outcomes, (nr ? nr : 1) * sizeof(*outcomes));
}
