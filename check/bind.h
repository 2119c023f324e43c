/* SPDX-License-Identifier: MIT */
/*
 * bind.h - a scenario, the mm under test and the model machine, bound together: set up, its programs run, its end looked at.
 *
 * A binding stays the same over all executions of one exploration; what changes is in the model's arena. Of the mm nothing is known
 * but its struct subject.
 */
#ifndef CHECK_BIND_H
#define CHECK_BIND_H

#include "lang/litmus.h"
#include "machine/model/model.h"
#include <shootdown/subject.h>

enum {
	PAGE_BYTES = 1 << LITMUS_PAGE_SHIFT,
};

/* In the arena: what programs have computed. */
struct program_state {
	uint64_t reg[LITMUS_MAX_NAMES];
	bool fault[LITMUS_MAX_NAMES]; /* the register holds `fault` */
	void *handle[LITMUS_MAX_NAMES];
};

struct binding;

struct bound_agent {
	struct binding *binding;
	unsigned int index; /* of litmus.agents */
};

struct binding {
	const struct litmus *litmus;
	const struct subject *subject;
	struct tlb_arch arch; /* the row, with the scenario's ceiling */
	struct model_config config;
	struct subject_setup setup;
	struct subject_space spaces[LITMUS_MAX_MMS];
	struct subject_file files[LITMUS_MAX_FILES];
	struct subject_map maps[LITMUS_MAX_MAPS];
	void *thread[LITMUS_MAX_AGENTS];
	struct bound_agent agent[LITMUS_MAX_AGENTS];
	struct program_state *state;
};

/* The one that the checker is linked with. */
static inline const struct subject *checked_subject(void)
{
	return &subject_under_test;
}

/* Of its page tables; NULL: small ones. */
const struct machine_format *checked_format(void);

/* @rules: bit n is rule n of check/rules.h. @binding must stay where it is as long as it is explored. */
void binding_init(struct binding *binding, const struct litmus *litmus, const struct tlb_arch *arch, uint64_t rules);
/* The setup callback of the explorer; @binding is the context. */
void binding_set_up(void *binding);
enum binding_end {
	BINDING_GOES_ON, /* some agent can step */
	BINDING_IS_OVER,
	BINDING_IS_STUCK, /* a deadlock */
};
enum binding_end binding_end(void);
/* At the end of an execution that ran to its end: reports what only the end shows. */
void binding_audit(const struct binding *binding);
bool binding_condition(const struct binding *binding, const struct litmus_expect *expect);
uint64_t binding_count(const struct binding *binding, const struct litmus_expect *expect);
/* Watches of the pages [start, end) of address space @mm. */
uint64_t binding_watches(const struct binding *binding, int mm, unsigned long start, unsigned long end);
/* Is the word at @address for @role, in the mm under test? @of: of this space or frame; NONE: of any. */
bool binding_plays(const struct binding *binding, const void *address, enum subject_role role, int of);
/* Watches that the program of @agent accesses; hardware may run ahead to them. */
uint64_t binding_ahead(const struct binding *binding, const struct litmus_agent *agent);
void binding_run_op(struct binding *binding, const struct litmus_agent *agent, const struct litmus_op *op);

#endif
