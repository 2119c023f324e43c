/* SPDX-License-Identifier: MIT */
/*
 * core.h - where the state of a world lies, for the three files that are the step engine.
 *
 * agent.c runs agents, object.c names what they touch, state.c knows what changed: fingerprint, log, return.
 *
 * The arena has the same address in every process, so that pointers into it, which are part of the state, mean the same
 * in each of them.
 */
#ifndef EXPLORE_CORE_H
#define EXPLORE_CORE_H

#include <assert.h>
#include <setjmp.h>

#include "explore/agent.h"
#include "explore/log.h"

enum {
	HEAP_BYTES = 16 * 1024 * 1024,
	STACK_BYTES = 16 * 1024,
	MAX_OBJECTS = UINT16_MAX, /* that are ever named; 0 is nobody's */
	MAX_REGIONS = 16,
	MOST_NAMED = 8192,	     /* if a step names more runs of words, all is compared */
	MAX_AREAS = 2 + MAX_REGIONS, /* and the record and the heap */
};

/* What an agent is between two steps. No padding: it is part of the state. */
struct agent {
	void *stack; /* where it stopped */
	void (*body)(void *);
	void *arg;
	bool (*ready)(const void *); /* PREDICATE: what it waits for; otherwise these four are 0 */
	const void *ready_arg;
	const uint16_t *objects; /* ... which reads these, on its own stack */
	int32_t operand;
	uint16_t object;
	uint8_t compare;
	uint8_t nr_objects;
	uint8_t changes; /* the first of them */
	uint8_t daemon, ended;
	uint8_t begun; /* its first turn is over */
	uint8_t spare[4];
};
_Static_assert(sizeof(struct agent) == 64, "no padding");

struct record {
	struct agent agents[AGENT_MAX_AGENTS];
	uint64_t heap_used, nr_agents, reported;
	struct agent_limit limit;
};

struct arena {
	_Alignas(4096) struct record record;
	unsigned char spoiled[64 * 1024]; /* by the first stack, when it was too small */
	_Alignas(4096) unsigned char stack[AGENT_MAX_AGENTS][STACK_BYTES];
	_Alignas(4096) unsigned char heap[HEAP_BYTES];
};

/* Far from where programs, libraries and stacks are put, and from what sanitizers use. */
#define ARENA ((struct arena *)0x200000000000ull)

static inline unsigned char *stack_top(unsigned int agent)
{
	return ARENA->stack[agent] + STACK_BYTES;
}

static inline bool in_arena(const void *address)
{
	return (uintptr_t)address - (uintptr_t)ARENA < sizeof(struct arena);
}

/*
 * Each word of the state has a number: the value of an object its name, 0 is none's; then come the words of the arena, then those of the
 * regions. Neighbours by number are neighbours in memory, since a number is left out in between.
 */
enum {
	ARENA_NUMBER = MAX_OBJECTS + 2,
	REGIONS_NUMBER = ARENA_NUMBER + sizeof(struct arena) / 8 + 1,
};

/* Memory that is compared word by word. */
struct area {
	uint32_t number;		  /* of its first word */
	uint64_t *start, *shadow, *first; /* .first: what agent_reset() puts back */
	uint8_t *hidden;		  /* a byte for each word: which bytes of it make no difference */
	size_t words;
	bool used; /* in this world */
};

/* Words that may have changed, by number. */
struct named {
	uint32_t first, words;
};

/* The machine: one object. What is not in the arena or a value is meaningless between two steps, or no part of the state. */
struct core {
	/* agent.c */
	bool ready; /* agent_reset() was called */
	bool setting_up;
	jmp_buf set_up; /* out of a world that is too big, if .setting_up */
	int self;	/* the running agent, or -1 */
	void *explorer; /* where agent_run() stopped */
	/*
	 * Here and not where the caller wants it: what runs on an agent's stack must not meet addresses that depend on who
	 * runs the agent, as compilers leave such things in their frames.
	 */
	struct agent_event event;
	unsigned int wanted; /* hardware choice */

	/* object.c */
	struct names *names;
	int32_t values[MAX_OBJECTS + 1];

	/* state.c */
	struct area areas[MAX_AREAS];
	unsigned int nr_areas;
	struct arena *shadow;
	bool following; /* the shadows are right */
	bool unsettled; /* code outside agents may have changed something since the shadows were right */
	bool unknown;	/* ... and nobody told what */
	bool hooked, paranoid;
	bool counted; /* .print is right */
	struct agent_fingerprint print;
	struct log log;
	size_t nr_named; /* more than MOST_NAMED: not all of them are known */
	struct named named[MOST_NAMED];
	int32_t value_shadow[MAX_OBJECTS + 1];
};
extern struct core explore_core;

/* Of a word in the arena. */
static inline uint64_t *shadow_in_arena(const uint64_t *word)
{
	return (uint64_t *)(void *)explore_core.shadow + (word - (uint64_t *)(void *)ARENA);
}

static inline uint32_t number_in_arena(const void *address)
{
	return ARENA_NUMBER + (uint32_t)(((uintptr_t)address - (uintptr_t)ARENA) / 8);
}

_Noreturn void explore_core_panic(const char *what);

/* ---- object.c ---- */

void explore_objects_open(void); /* once */
void explore_objects_forget(void);
/* From here on names are given out together with processes that are forked; false: by this process alone again. */
void explore_objects_share(bool shared);
unsigned int explore_objects(void);			 /* the highest name given out */
const void *explore_object_address(unsigned int object); /* of a name that was given out */

/* To name the same objects alike in another process: the address, +1 if the name was given out and not used. */
uint64_t explore_objects_key(unsigned int object);
void explore_objects_name(const uint64_t *keys, unsigned int nr); /* keys[0] is of name 1 */

/* ---- state.c ---- */

void explore_state_open(void);	/* maps the arena, once */
void explore_state_reset(void); /* regions as they were at first; no log */
bool explore_state_region_has(const void *address);
/* Of a number that was logged, and so not a value's. The words behind it lie behind it, their shadows behind @*shadow. */
uint64_t *explore_state_word(uint32_t number, uint64_t **shadow);
/* The value of an object has changed, or is about to. */
void explore_state_value(unsigned int object);
void explore_state_ran(int agent); /* a step of @agent has ended */
/*
 * Code outside agents has run, of which nobody knows what it has changed; or what will be done until the next mark need not be noted, as
 * it is undone at once.
 */
void explore_state_unknown(void);
void explore_state_count(void); /* the fingerprint from everything there is, not from what has changed */
/* paranoid.c: the shadows are what there is, and so is the fingerprint; or the program ends. @when: after what. */
void explore_state_check(const char *when);
/* Dead stack below @stack, which a step may come to read before it writes it, says nothing of the past. */
void explore_state_clear_below(unsigned int agent, void *stack);

#endif
