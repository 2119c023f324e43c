/* SPDX-License-Identifier: MIT */
/*
 * jobs.c - which explorations answer what a command line asks of a scenario.
 *
 * One exploration with the rules on answers `safe`, conditions and counts at once, for one architecture. Each expectation
 * that something breaks is an exploration of its own, as its rules are off.
 *
 * The order is part of the contract: scenario by scenario, then architectures as the table has them, then expectations as
 * they are written. Reports are written in this order whichever worker ends first, and pool.c looks for a job with the same
 * answer only among its neighbours of the same scenario. So all jobs of one scenario must stand side by side.
 */
#include "check/jobs.h"

#include "arch/arch.h"
#include "check/memory.h"

#include <assert.h>
#include <stdlib.h>

static void add(struct job_list *list, const struct job *job)
{
	assert(job->litmus && job->arch);
	/* Grown by halves: a matrix has tens of thousands. */
	if (!(list->nr & (list->nr - 1)))
		list->job = explore_grow(list->job, list->nr ? 2 * list->nr : 1, sizeof(*list->job));
	list->job[list->nr++] = *job;
}

/* Empty afterwards, so that the list can be filled again. */
void jobs_free(struct job_list *list)
{
	free(list->job);
	*list = (struct job_list){ 0 };
}

/* What breaks without a rule is not asked of an exploration that has the rule. */
bool jobs_asks(const struct job *job, unsigned int nr)
{
	const struct litmus_expect *expect = &job->litmus->expects[nr];

	assert(nr < job->litmus->nr_expects);
	return expect->archs >> job->arch_number & 1 && expect->kind != LITMUS_EXPECT_BROKEN;
}

/* An exploration that no expectation asks for is not run. */
static bool asks_anything(const struct job *job)
{
	assert(job->litmus);
	for (unsigned int i = 0; i < job->litmus->nr_expects; i++) {
		if (jobs_asks(job, i))
			return true;
	}
	return false;
}

/* With rules off by the command line, only `safe` is asked, whatever the scenario expects. */
static void add_expected(struct job_list *list, const struct request *request, struct job job)
{
	assert(request && job.litmus);
	job.kind = JOB_EXPECT;
	job.expect = -1;
	job.without = rules_of(&request->without);
	if (!rules_are_none(&job.without) || asks_anything(&job))
		add(list, &job);
}

/*
 * One exploration for each, because each names a set of rules of its own. "Some" is a question about single rules,
 * which run_job() tries one after the other until one breaks something.
 *
 * The properties that the scenario names go along: another violation than these is not what it expects, and
 * the search goes on past it.
 */
static void add_broken(struct job_list *list, struct job job)
{
	assert(job.litmus && job.arch);
	for (unsigned int i = 0; i < job.litmus->nr_expects; i++) {
		const struct litmus_expect *expect = &job.litmus->expects[i];

		if (expect->kind != LITMUS_EXPECT_BROKEN || !(expect->archs >> job.arch_number & 1))
			continue;
		job.kind = expect->some ? JOB_SOME : JOB_BROKEN;
		job.expect = (int)i;
		job.without = rules_of(&expect->rules);
		job.properties = (uint32_t)expect->properties;
		add(list, &job);
	}
}

/* Any property counts: the question is whether the rule is needed, and not for what. */
static void add_matrix(struct job_list *list, struct job job)
{
	job.kind = JOB_BROKEN;
	job.expect = -1;
	job.properties = (1u << MODEL_PROPERTIES) - 1;
	add(list, &job);
}

void jobs_without(struct job_list *list, const struct job *whole, const struct machine_rules *off)
{
	struct job job = *whole;

	assert(rules_are_none(&whole->without) && !rules_are_none(off));
	job.without = *off;
	add(list, &job);
}

/*
 * Architectures in the order of the table. Returns how many were added, so that a scenario of which nothing is
 * asked can be told from one that is safe.
 */
static unsigned int plan(struct job_list *list, const struct request *request, const struct scenario *scenario,
			 bool matrix)
{
	uint64_t archs = scenario->litmus->archs & (request->archs ? request->archs : ~0ull);
	struct machine_rules without = rules_of(&request->without);
	unsigned int before = list->nr;

	assert(scenario->litmus && tlb_arch_count() <= 64);
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		struct job job = {
			.litmus = scenario->litmus,
			.path = scenario->path,
			.arch = tlb_arch_at(i),
			.arch_number = i,
		};

		if (!(archs >> i & 1))
			continue;
		if (matrix) {
			add_matrix(list, job);
			continue;
		}
		add_expected(list, request, job);
		if (rules_are_none(&without))
			add_broken(list, job);
	}
	return list->nr - before;
}

unsigned int jobs_of_check(struct job_list *list, const struct request *request, const struct scenario *scenario)
{
	return plan(list, request, scenario, false);
}

unsigned int jobs_of_matrix(struct job_list *list, const struct request *request, const struct scenario *scenario)
{
	return plan(list, request, scenario, true);
}
