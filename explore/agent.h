/* SPDX-License-Identifier: MIT */
/*
 * agent.h - agents, steps and the arena: what the explorer sees of the model machine.
 *
 * An agent is a stack of its own that runs until its next step and stops there; the explorer picks the agent
 * that goes on. What an agent does between two agent_step*() calls belongs to the first of them. Every access
 * to something another agent can see is reported with agent_touch(), and what is reported decides which steps
 * may be swapped. Everything that changes while agents run is known to the core: an arena at a fixed address, stacks
 * included, and what agent_region() names. So a state has a fingerprint, and can be returned to.
 *
 * Nothing here knows TLBs, mm/ or litmus files: a program of plain counters runs on it as well.
 */
#ifndef EXPLORE_AGENT_H
#define EXPLORE_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AGENT_MAX_AGENTS = 24,
	AGENT_MAX_STEPS = 4000, /* of one execution in a search over traces or at random; it is cut off there */
	AGENT_MAX_TOUCHES = 96, /* accesses of one step */
};

/* Two accesses to one object are independent if their kinds are equal and not AGENT_WRITE. */
enum agent_op {
	AGENT_WRITE, /* the object has @value afterwards */
	AGENT_READ,
	AGENT_ADD,   /* @value is added, and the sum unseen */
	AGENT_SHARE, /* as ADD, by one of several holders; what the step waited for commutes with it too */
	AGENT_JOIN,  /* any other change that commutes with itself: a bit set, a queue of its own */
	AGENT_TAKE,  /* likewise; a join and a take do not commute with each other */
};

static inline bool agent_adds(unsigned int op)
{
	return op == AGENT_ADD || op == AGENT_SHARE;
}

struct agent_touch {
	uint16_t object;
	uint8_t op;	 /* enum agent_op */
	uint8_t compare; /* enum agent_compare; != AGENT_ALWAYS on the access that the step waited for */
	int32_t value;	 /* WRITE: after; ADD: difference; READ: unused */
	int32_t operand; /* of compare */
};

enum agent_compare {
	AGENT_ALWAYS,
	AGENT_EQUAL,	/* enabled while the object's value == operand */
	AGENT_AT_LEAST, /* >= operand */
	AGENT_NOT_EQUAL,
	AGENT_PREDICATE, /* a function of several objects; the explorer cannot evaluate it elsewhere */
};

struct agent_event {
	uint8_t agent;
	uint8_t choice;	 /* which of .choices the hardware took */
	uint8_t choices; /* 1: there was no choice */
	bool fair;	 /* the choice was a scheduler's */
	uint8_t touches;
	bool seen; /* agent_seen() was called */
	struct agent_touch touch[AGENT_MAX_TOUCHES];
};

/* ---- for whoever writes agents (on an agent's stack) ---- */

/*
 * Objects are named by address, four bytes of the heap or of a region or eight of a stack each. A name is a small number,
 * given out when it is asked for first, and kept until agent_reset(). The value starts at 0 and is kept by the core.
 * Outside agents agent_touch() sets the value that agents start from.
 */
uint16_t agent_object(const void *address);
bool agent_is_object(const void *address);   /* is it in the arena or in a region? */
bool agent_is_on_stack(const void *address); /* of some agent */
int agent_whose_stack(const void *address);  /* -1: nobody's */
/* On the stack of another agent, below what is in use: there was a variable of a function that has returned. */
bool agent_is_dead(const void *address);
int32_t agent_value(uint16_t object);

void agent_step(void);
/* The object is touched as a read by the step itself. A condition sees what WRITE and ADD make of the value. */
void agent_step_when(uint16_t object, enum agent_compare compare, int32_t operand);
/* Waits for ready(arg), which may read only the @n objects named; they are touched as reads. */
void agent_step_until(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n);
/*
 * The same for a step that is going to change the first object: it is touched as a write already while it waits. So
 * whoever reads that object is known to have a say in when the step may come.
 */
void agent_step_to_change(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n);
/*
 * Every access that could go another way, or make another access go another way, is touched. Several touches of one
 * object in a step become one: equal kinds stay what they are, a mixture is a WRITE.
 */
void agent_touch(uint16_t object, enum agent_op op, int32_t value);
/* Whether the step was made can be told, whatever it touches: there is a state in front of it, also where steps are fused. */
void agent_seen(void);
/*
 * At most once a step; result < choices; 0 outside agents. What the hardware chooses it may choose for ever: a loop that
 * ends only if it chooses something else is a livelock. A scheduler gives each its turn in the end.
 */
unsigned int agent_choose(unsigned int choices);
unsigned int agent_choose_fairly(unsigned int choices);
int agent_self(void);			  /* the running agent, -1 outside */
bool agent_has_begun(void);		  /* false: this is its first turn */
void agent_report(unsigned int property); /* sets bit @property of agent_reported() */

/* ---- limits ---- */

/* "More than .most .what": a world that the tool has no room for. It says nothing of the program, good or bad. */
struct agent_limit {
	const char *what; /* "threads on one CPU"; NULL: no limit was met */
	unsigned long most;
};
/* Ends the execution, and with it the search. On an agent's stack, or while a world is set up. */
_Noreturn void agent_too_big(const char *what, unsigned long most);
const struct agent_limit *agent_limit(void); /* NULL: none was met in this execution */

/* ---- for whoever sets a world up (outside agents, before the first step) ---- */

void agent_reset(void);		 /* no agents, empty arena */
void *agent_alloc(size_t bytes); /* zeroed, 16-byte aligned, in the arena */
/* A new agent. What it does before its first agent_step*() is a step as well, its first turn. */
int agent_spawn(void (*body)(void *), void *arg);
/* An idle agent (an interrupt handler) is finished in the sense that nobody waits for it to end. */
void agent_set_daemon(int agent);

/* ---- what a state is ---- */

/*
 * Between two steps the state is: the heap, the regions, each live stack from its stack pointer up, what each agent waits
 * for, the values of objects and the reported properties. Two executions that lead to the same bytes lead to the same
 * state, so nothing that only tells how it was reached belongs there: no number of a step, no order of insertion.
 */

/*
 * Memory outside the arena that is part of the state, for instance the globals of a program. At agent_reset() it goes back
 * to what it held when it was named first, and has to be named again. Both are multiples of 8.
 */
void agent_region(void *start, size_t bytes);
/* These bytes, of the heap or of a region, come back with an agent_undo() but make no two states different. */
void agent_not_state(void *start, size_t bytes);
/*
 * These bytes are changing: called next to a store, before or after it, on any stack, by whoever knows of it. What is no
 * part of the state is ignored. It is needed only once agent_set_hooked() has been called.
 */
void agent_log(const void *address, size_t bytes);
/*
 * True: every store to the state is told with agent_log(), but for those of an agent to its own stack. False, as it is
 * after agent_reset(): the core compares all of it with a copy, to find out what has changed.
 */
void agent_set_hooked(bool hooked);
/*
 * True: compare after each step nevertheless, and abort with address and agent if a store was not told; and compare the
 * fingerprint with that of the whole memory after each step and each return. False at first.
 */
void agent_set_paranoid(bool paranoid);

/* 128 bits: of the state that the world is in, between two steps. */
struct agent_fingerprint {
	uint64_t lo, hi;
};
struct agent_fingerprint agent_fingerprint(void);
uint64_t agent_mark(void);	/* to come back to this state; between steps */
void agent_undo(uint64_t mark); /* ... any number of times, as long as no earlier mark was returned to */
/*
 * As agent_undo(), but later marks are kept, and may be gone to as well: until the next agent_undo(). Steps that are run in between are for the look alone, and no mark is made there.
 */
void agent_look(uint64_t mark);
uint64_t agent_logged_bytes(void); /* that all steps together have logged to be undone */

/* ---- for the explorer ---- */

/* setup(@world), which begins with agent_reset(). False: it met a limit, and there is no world. */
bool agent_set_up(void (*setup)(void *world), void *world);

unsigned int agent_count(void);
bool agent_enabled(int agent);
bool agent_finished(int agent);				    /* ended, or a daemon waiting for work */
void agent_waits_for(int agent, struct agent_event *event); /* what its next step reads before it begins, if anything */
bool agent_blocked_on(int agent, struct agent_event *event); /* what a disabled agent waits for */
/* One step of an enabled agent. Fills @event with what it did. The hardware takes @choice modulo event->choices. */
void agent_run(int agent, unsigned int choice, struct agent_event *event);
uint32_t agent_reported(void);

#endif
