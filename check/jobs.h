/* SPDX-License-Identifier: MIT */
/* jobs.h - which explorations answer what a command line asks of a scenario. */
#ifndef CHECK_JOBS_H
#define CHECK_JOBS_H

#include "check/cli.h"

struct job_list {
	struct job *job;
	unsigned int nr;
};

/* Those of `check` for @scenario are added to @list; returns how many. 0: nothing is expected of it on these architectures. */
unsigned int jobs_of_check(struct job_list *list, const struct request *request, const struct scenario *scenario);
/* Those of `matrix`: each architecture without each rule alone. */
unsigned int jobs_of_matrix(struct job_list *list, const struct request *request, const struct scenario *scenario);
void jobs_free(struct job_list *list);

/* Does the exploration @job, with the rules on, answer expectation @nr of its scenario? */
bool jobs_asks(const struct job *job, unsigned int nr);

#endif
