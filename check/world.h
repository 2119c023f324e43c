/* SPDX-License-Identifier: MIT */
/*
 * world.h - a scenario on the model machine: its world built, its agents' programs run, its end looked at.
 *
 * A world stays the same over all executions of one exploration; what changes is in the model's arena.
 */
#ifndef CHECK_WORLD_H
#define CHECK_WORLD_H

#include "lang/litmus.h"
#include "machine/model/model.h"
#include "mm/mm.h"

/* In the arena: what programs have computed. */
struct world_state {
	uint64_t reg[LITMUS_MAX_NAMES];
	bool fault[LITMUS_MAX_NAMES]; /* the register holds `fault` */
	struct page *handle[LITMUS_MAX_NAMES];
};

struct world;

struct world_agent {
	struct world *world;
	unsigned int index; /* of litmus.agents */
};

struct world {
	const struct litmus *litmus;
	struct tlb_arch arch; /* the row, with the scenario's ceiling */
	struct model_config config;
	struct tlb_limits limits;
	struct mm_struct *mm[LITMUS_MAX_MMS];
	struct address_space *file[LITMUS_MAX_FILES];
	struct vm_area_struct *vma[LITMUS_MAX_MAPS]; /* as of the start; NULL if absent then */
	struct task *task[LITMUS_MAX_AGENTS];
	struct world_agent agent[LITMUS_MAX_AGENTS];
	struct world_state *state;
};

/* @rules: bit n is rule n of mm/host.h. @world must stay where it is as long as it is explored. */
void world_init(struct world *world, const struct litmus *litmus, const struct tlb_arch *arch, uint64_t rules);
/* The setup callback of the explorer; @world is the context. */
void world_set_up(void *world);
enum world_end {
	WORLD_GOES_ON, /* some agent can step */
	WORLD_IS_OVER,
	WORLD_IS_STUCK, /* a deadlock */
};
enum world_end world_end(void);
/* At the end of an execution that ran to its end: reports what only the end shows. */
void world_audit(const struct world *world);
bool world_condition(const struct world *world, const struct litmus_expect *expect);
uint64_t world_count(const struct world *world, const struct litmus_expect *expect);
/* Watches of the pages [start, end) of @mm. */
uint64_t world_watches(const struct world *world, int mm, unsigned long start, unsigned long end);
/* Mapping @nr as the scenario declares it, whatever became of an earlier one; not linked. */
struct vm_area_struct *world_make_vma(const struct world *world, unsigned int nr);
/* Watches that the agent's program accesses; hardware may run ahead to them. */
uint64_t world_ahead(const struct world *world, const struct litmus_agent *agent);
void world_run_op(struct world *world, const struct litmus_agent *agent, const struct litmus_op *op);

#endif
