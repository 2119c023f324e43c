/* SPDX-License-Identifier: MIT */
/*
 * bind.h - a scenario, the mm under test and the model machine, bound together: set up, its programs run, its
 * end looked at.
 *
 * A binding stays the same over one whole exploration, and over the replays that follow it. What changes from
 * state to state lives in the machine's arena, so that a search over states can log it and undo it. Of the mm
 * nothing is known but its struct subject.
 *
 * There is one machine in a process. binding_init() needs none; binding_set_up() makes it; everything below
 * that is about the machine as it stands then.
 */
#ifndef CHECK_BIND_H
#define CHECK_BIND_H

#include "lang/litmus.h"
#include "check/raw.h"
#include "machine/model/model.h"
#include <shootdown/subject.h>

enum {
	PAGE_BYTES = 1 << LITMUS_PAGE_SHIFT,
};

/*
 * In the arena: what programs have computed. All of it is part of the state: two states that differ in a
 * register are two. A page that an operation has taken (a handle) is the mm's own pointer, and 0 before.
 */
struct program_state {
	uint64_t reg[LITMUS_MAX_NAMES];
	bool fault[LITMUS_MAX_NAMES]; /* the register holds `fault` */
	void *handle[LITMUS_MAX_NAMES];
	uint32_t taken; /* handles, as bits: of a page that is remembered, and not discarded since (stored.h) */
	uint32_t unused;
};

struct binding;
struct stored;
struct synced;

/* What an agent's function is given: agents are numbered like the scenario's, so the index finds its program. */
struct bound_agent {
	struct binding *binding;
	unsigned int index; /* of litmus.agents */
};

/*
 * Large, so on a stack only where nothing deep runs. The arrays are what .setup points into: a copy would
 * point into the original.
 */
struct binding {
	const struct litmus *litmus;
	const struct subject *subject;
	struct tlb_arch arch; /* the row, with the scenario's ceiling */
	struct model_config config;
	struct delays_words words; /* .config has them: none, unless a search has found that some have to be weak */
	struct subject_setup setup;
	struct subject_space spaces[LITMUS_MAX_MMS];
	struct subject_file files[LITMUS_MAX_FILES];
	struct subject_map maps[LITMUS_MAX_MAPS];
	struct subject_device devices[LITMUS_MAX_NAMES];
	struct subject_vcpu vcpus[LITMUS_MAX_NAMES];
	void *thread[LITMUS_MAX_AGENTS];
	void *threads_in[LITMUS_MAX_AGENTS + LITMUS_MAX_BEFORES]
			[LITMUS_MAX_MMS]; /* of agents, then of who runs before */
	struct bound_agent agent[LITMUS_MAX_AGENTS];
	struct program_state *state;
	struct stored *stored;	       /* stored.h; in the arena. NULL: nothing is watched */
	uint64_t own;		       /* the watches of what is */
	struct synced *synced;	       /* synced.h; in the arena. NULL: nobody writes out what is stored */
	uint64_t twins[MODEL_WATCHES]; /* of each watch, those of the same page in the tables of vcpus */
	struct raw_world raw;	       /* in place of the mm and its machine, if the scenario is raw */
};

/* The one that the checker is linked with. */
static inline const struct subject *checked_subject(void)
{
	return &subject_under_test;
}

/*
 * Of its page tables; NULL: small ones.
 * Fails:   ends the program with status 2 if the mm names a format that the machine does not know.
 */
const struct machine_format *checked_format(void);

/* All operations of all agents, one after the other; NULL: no more. */
const struct litmus_op *binding_operation(const struct litmus *litmus, unsigned int nr);

/* Where @op finds the map of that number: at its address in the space of its own; of who has none, where it stands. */
int binding_space_of(const struct litmus *litmus, const struct litmus_op *op, int map);

/* @watches, and those of the same pages in the tables of vcpus; and the other way round, the one that @watch is a twin of, or itself. */
uint64_t binding_with_twins(const struct binding *b, uint64_t watches);
int binding_twin_of(const struct binding *b, int watch);

/* Does the thread go on on another CPU, op->peer, behind it? */
bool binding_moves(const struct litmus_op *op);

/* Is some agent a thread of address space @mm? Not one that runs before the others, which leaves it. */
bool binding_has_threads(const struct litmus *litmus, int mm);
/* Of @agent, number @nr of the agents and then of those that run before. Returns the one that runs first. */
void *binding_make_threads(struct binding *b, const struct litmus_agent *agent, unsigned int nr);
/* The threads of @before, which has run: @first and whoever runs now, as it is the CPU's, and then those that sleep. */
void binding_leave(const struct binding *b, const struct litmus_agent *before, void *first);
/* The thread that @agent is in address space @mm, which is its own or one that its program switches to; NULL: neither. */
void *binding_thread_in(const struct binding *binding, const struct litmus_agent *agent, int mm);

/*
 * binding_init - bind @litmus to the mm that the checker is linked with, on the machine of @arch.
 *
 * @off: rules that are not in force; rule n is number n of check/rules.h.
 *
 * Fails:   only as checked_format() does. What the scenario has too much of is found by binding_set_up().
 * After:   @litmus and @arch must live as long as @binding, which must stay where it is: what the mm is told
 *          points into it.
 */
void binding_init(struct binding *binding, const struct litmus *litmus, const struct tlb_arch *arch,
		  const struct machine_rules *off);
/*
 * binding_set_up - the setup callback of the explorer; @binding is the context.
 *
 * Context: between agent_reset() and the first step. Called once a search, and again for every replay.
 * Fails:   as the machine does: a world that is too big is a limit (agent_limit()), which every caller must
 *          ask for.
 * After:   every agent stands before its first step, and binding->state is in the arena.
 */
void binding_set_up(void *binding);
enum binding_end {
	BINDING_GOES_ON, /* some agent can step */
	BINDING_IS_OVER,
	BINDING_IS_STUCK, /* a deadlock */
};
/* Asked between two steps. A livelock is no end that can be seen here: it goes on (see check/endless.h). */
enum binding_end binding_end(void);
/*
 * Where every agent has ended: reports what only the end shows, so agent_reported() may have more bits than
 * before.
 */
void binding_audit(const struct binding *binding);
/* The frame that holds page @page of file @file now, or MACHINE_NO_FRAME. */
int binding_file_frame(const struct binding *binding, unsigned int file, unsigned int page);
/*
 * At an end at which no step has reported a violation; elsewhere registers that are not filled in yet are 0.
 * The condition itself, without `never` or `sometimes`; run_expectation_holds() looks at those.
 */
bool binding_condition(const struct binding *binding, const struct litmus_expect *expect);
/* How many, so far. Only a scenario that has such an expectation counts at all: see counts() in bind.c. */
uint64_t binding_count(const struct binding *binding, const struct litmus_expect *expect);
const struct machine_space *binding_space(const struct binding *binding,
					  int mm); /* NONE: the kernel's; NULL: it has none */
/*
 * Watches of the pages [start, end) of address space @mm; NONE: of the kernel. Bytes, whole pages. A page that nothing of the
 * scenario maps has no watch, and no bit.
 */
uint64_t binding_watches(const struct binding *binding, int mm, unsigned long start, unsigned long end);
/*
 * Is the word at @address for @role, in the mm under test? @of: of this space or frame; NONE: of any.
 * Context: the machine must be as it was when @address was heard of; the mm reads its own structures to
 *          answer.
 */
bool binding_plays(const struct binding *binding, const void *address, enum subject_role role, int of);
/*
 * On @agent's own stack, as steps of the machine; or on the caller's while the scenario is set up (`before`
 * programs).
 */
void binding_run_op(struct binding *binding, const struct litmus_agent *agent, const struct litmus_op *op);

#endif
