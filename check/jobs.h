/* SPDX-License-Identifier: MIT */
/*
 * jobs.h - which explorations answer what a command line asks of a scenario.
 *
 * A job is one exploration: it has everything that decides about its answer, and nothing that is found on the
 * way. So jobs can be compared (pool.h), spread over shards (shard.h), and run in any process.
 */
#ifndef CHECK_JOBS_H
#define CHECK_JOBS_H

#include "check/cli.h"

/* Starts as all zero. Pointers into .job are good until the next job is added. */
struct job_list {
	struct job *job;
	unsigned int nr;
};

/*
 * Those of `check` for @scenario are added to @list; returns how many. 0: nothing is expected of it on these
 * architectures. They keep pointers into @scenario, which must outlive the list. With rules off (--without) it
 * is one job for each architecture, whatever the scenario expects.
 */
unsigned int jobs_of_check(struct job_list *list, const struct request *request, const struct scenario *scenario);
/*
 * The first of `matrix`: each architecture with all rules; nothing is asked of the scenario's own expectations. Then one of these
 * without the rules of @off.
 */
unsigned int jobs_of_matrix(struct job_list *list, const struct request *request, const struct scenario *scenario);
void jobs_without(struct job_list *list, const struct job *whole, const struct machine_rules *off);
/* The jobs; what they point to is the caller's. The list is empty then and may be filled again. */
void jobs_free(struct job_list *list);

/*
 * Does the exploration @job, with the rules on, answer expectation @nr of its scenario? An expectation that is
 * for other architectures, or about rules that are off, is not its question.
 */
bool jobs_asks(const struct job *job, unsigned int nr);

#endif
