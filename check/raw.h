/* SPDX-License-Identifier: MIT */
/*
 * raw.h - raw scenarios, which speak to the machine itself, run on the timeline (machine/model/weak.h).
 *
 * A raw scenario has no mm under test. Its pages, entries and flags are places of a timeline, its programs are interpreted one
 * operation at a time, and each register has the views that make dependencies: `view` is what its value was computed from,
 * `chosen` what else decided which value it is.
 *
 * The agents: each program of the scenario, in its order; then for each CPU what leaves it (stores, updates of entries) and the interrupt
 * that a `call` sends; last of all, speculation, which sets accessed bits.
 */
#ifndef CHECK_RAW_H
#define CHECK_RAW_H

#include "lang/raw.h"
#include "machine/model/weak.h"
#include "machine/model/walks.h"
#include <shootdown/arch.h>

enum {
	RAW_MAX_WORDS = 4, /* of one page that a scenario names */
	RAW_MAX_FRAMES = WEAK_PAGES,
	RAW_ENTRY_TAG = 1, /* in the top byte of a word: what sort of value it is; numbers have 0 */
	RAW_FAULT_TAG = 2,
	RAW_TAG_SHIFT = 56,
	RAW_SOFT_DIRTY = 32, /* of an entry: read-only and dirty; no hardware looks at it */
};

/* Where a program is. No padding: it is part of the state. */
struct raw_run {
	uint16_t op;	  /* the next one */
	uint16_t faulted; /* in a handler or a block: the access that faulted */
	uint8_t handling;
	uint8_t over;
	uint8_t waits; /* for the answer to a call */
	uint8_t spare;
};

/* An interrupt that one CPU sends to another. */
struct raw_call {
	uint8_t state; /* enum raw_call_state */
	uint8_t spare[3];
	struct raw_run run;
};

enum raw_call_state {
	RAW_CALL_NONE,
	RAW_CALL_SENT,
	RAW_CALL_RUNS,
	RAW_CALL_ANSWERED,
};

/* Stamps that stand outside of the timeline, and nothing else: all of them are renumbered with it. */
struct raw_stamps {
	weak_stamp known[2][LITMUS_MAX_NAMES]; /* of each register: its view, and of what chose it as well */
	weak_stamp called[LITMUS_MAX_CPUS]; /* what the other one has to know: of who asks, then of who has answered */
};

/* In the arena: what changes. */
struct raw_state {
	struct weak timeline;
	uint64_t reg[LITMUS_MAX_NAMES];
	struct raw_stamps stamps;
	struct raw_run runs[LITMUS_MAX_AGENTS];
	struct raw_call calls[LITMUS_MAX_CPUS];
	uint8_t faults[RAW_MAX_LABELS]; /* bit n: enum raw_fault n was taken there */
	uint8_t stays[WEAK_PAGES];	/* the entry will not become young by itself any more */
};

/* What a step did, for whoever shows it. */
enum raw_told_kind {
	RAW_TOLD_READ,
	RAW_TOLD_WROTE, /* it is on its way, or has left */
	RAW_TOLD_FAULT,
	RAW_TOLD_DONE, /* no access */
	RAW_TOLD_LEAVES,
	RAW_TOLD_UPDATES,
	RAW_TOLD_EARLY,
	RAW_TOLD_YOUNG,
	RAW_TOLD_INTERRUPT,
};

struct raw_told {
	enum raw_told_kind kind;
	int op; /* index of .ops, or LITMUS_NONE */
	unsigned int fault, place;
	uint64_t word;
	bool stale, own;      /* READ: overwritten by then; its own, which nobody else sees yet */
	bool walks, old_walk; /* through an entry; one that was overwritten by then */
	bool failed;	      /* an exclusive store that did not store */
};

enum {
	RAW_MOST_TOLD = 40, /* of one step */
};

struct raw_story {
	unsigned int nr;
	struct raw_told told[RAW_MOST_TOLD];
};

struct raw_world;

struct raw_agent {
	struct raw_world *world;
	unsigned int number; /* of the program, or the CPU */
};

/* The entry one level up of some pages. */
struct raw_table {
	unsigned long number;
	unsigned int space, place;
};

/* What does not change from state to state. */
struct raw_world {
	const struct litmus *litmus;
	const struct raw *raw;
	const struct tlb_arch *arch;
	struct raw_state *state;
	uint8_t flag[RAW_MAX_FLAGS];   /* places */
	int page[LITMUS_MAX_MAPS];     /* the page of a map's first one, on the timeline */
	int frame_of[LITMUS_MAX_MAPS]; /* its first frame */
	uint8_t data[RAW_MAX_FRAMES][RAW_MAX_WORDS];
	unsigned int words[RAW_MAX_WORDS]; /* offsets */
	unsigned int nr_words, nr_frames;
	struct raw_table tables[WEAK_PAGES]; /* only if some operation changes one */
	unsigned int nr_tables;
	uint32_t called;	 /* CPUs that a `call` names */
	struct raw_story *story; /* who listens, or NULL */
	struct raw_agent programs[LITMUS_MAX_AGENTS], cpus[LITMUS_MAX_CPUS];
};

/* ---- raw_world.c ---- */

/* The setup callback of a search, after agent_reset() was not yet called. @world->litmus and ->arch are set. */
void raw_set_up(struct raw_world *world);

/* ---- raw_agents.c ---- */

void raw_spawn(struct raw_world *world);
/* Between two steps. */
void raw_settle(const struct raw_world *world);
const struct raw_run *raw_run_on(const struct raw_world *world, unsigned int cpu); /* NULL: no program is */
void raw_let_all_leave(struct raw_world *world, unsigned int cpu);

static inline void raw_tell(const struct raw_world *world, const struct raw_told *told)
{
	if (world->story && world->story->nr < RAW_MOST_TOLD)
		world->story->told[world->story->nr++] = *told;
}

/* ---- raw_place.c: places and values ---- */

unsigned int raw_page(const struct raw_world *world, const struct raw_place *place); /* on the timeline */
unsigned int raw_flat_place(const struct raw_world *world, const struct raw_op *op); /* of a flag, an entry, a table */
unsigned int raw_data_place(const struct raw_world *world, unsigned int frame, const struct raw_place *place);
uint64_t raw_entry_word(const struct raw_world *world, const struct raw_entry *entry);

static inline uint64_t raw_table_word(bool live)
{
	return (uint64_t)RAW_ENTRY_TAG << RAW_TAG_SHIFT | (live ? WALK_VALID | WALK_YOUNG : 0);
}

/* A value with what it depends on. */
struct raw_known {
	uint64_t word;
	weak_stamp view;   /* of what it was computed from */
	weak_stamp chosen; /* and of what decided which value it is */
};
struct raw_known raw_new_value(const struct raw_world *world, const struct raw_op *op); /* that a store writes */
struct raw_known raw_register(const struct raw_world *world, int reg);
struct raw_known raw_evaluate(const struct raw_world *world, const struct raw_value *value);
uint64_t raw_compute(enum raw_how how, uint64_t left, uint64_t right, unsigned int bits);
static inline uint64_t raw_fault_word(unsigned int fault)
{
	return (uint64_t)RAW_FAULT_TAG << RAW_TAG_SHIFT | fault;
}
/* Are they equal, as docs/litmus.md has it? @value says what @other is. */
bool raw_equal(const struct raw_world *world, uint64_t word, const struct raw_value *value);
bool raw_test_holds(const struct raw_world *world, const struct raw_test *test);

/* ---- raw_step.c: one operation ---- */

/* What runs an operation: a program, or the interrupt that one has sent. */
struct raw_runner {
	struct raw_world *world;
	struct raw_run *run;
	unsigned int cpu;
	bool user;
	int handler; /* index of .ops, or LITMUS_NONE */
};

/* Can it be done now, in some way? */
bool raw_may_step(const struct raw_runner *runner);
/* Does one of the ways: asks agent_choose() which. */
void raw_step(const struct raw_runner *runner);
/* Everything that is no step, up to the next one. */
void raw_go_on(const struct raw_runner *runner);
/* The same of a `before` program, alone and with no choice: the newest of all. */
void raw_step_alone(const struct raw_runner *runner);
/* With the interrupt to CPU @called, or with its answer, goes what all have stored by now; later @cpu knows it. */
void raw_hand_over(const struct raw_world *world, unsigned int called);
void raw_know_call(const struct raw_world *world, unsigned int called, unsigned int cpu);

/* ---- raw_end.c: conditions ---- */

bool raw_condition(const struct raw_world *world, const struct litmus_expect *expect);
/* "r = 1, x = 2": what the condition asks about, as it is. */
void raw_observe(const struct raw_world *world, const struct litmus_expect *expect, char *text, size_t size);
/* A value as a scenario writes it. */
void raw_print(const struct raw_world *world, uint64_t word, char *text, size_t size);
void raw_print_place(const struct raw_world *world, unsigned int place, char *text, size_t size);

#endif
