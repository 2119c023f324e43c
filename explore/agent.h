/* SPDX-License-Identifier: MIT */
/*
 * agent.h - agents, steps and the arena: what the explorer sees of the model machine.
 *
 * An agent is a stack of its own that runs until its next step and stops there; the explorer picks the agent
 * that goes on. What an agent does between two model_step*() calls belongs to the first of them. Every access
 * to something another agent can see is reported with model_touch(), and what is reported decides which steps
 * may be swapped. Everything that changes while agents run lives in one arena at a fixed address, stacks
 * included, so that a copy of the arena is a state that can be returned to.
 *
 * Nothing here knows TLBs, mm/ or litmus files: a program of plain counters runs on it as well.
 */
#ifndef MODEL_CORE_H
#define MODEL_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODEL_MAX_AGENTS = 24,
	MODEL_MAX_STEPS = 4000, /* of one execution; more is a livelock */
	MODEL_MAX_TOUCHES = 64, /* accesses of one step */
};

/* Two accesses to one object are independent if their kinds are equal and not MODEL_WRITE. */
enum model_op {
	MODEL_WRITE, /* the object has @value afterwards */
	MODEL_READ,
	MODEL_ADD,   /* @value is added, and the sum unseen */
	MODEL_SHARE, /* as ADD, by one of several holders; what the step waited for commutes with it too */
	MODEL_JOIN,  /* any other change that commutes with itself: a bit set, a queue of its own */
};

static inline bool model_adds(unsigned int op)
{
	return op == MODEL_ADD || op == MODEL_SHARE;
}

struct model_touch {
	uint16_t object;
	uint8_t op;	 /* enum model_op */
	uint8_t compare; /* enum model_compare; != MODEL_ALWAYS on the access that the step waited for */
	int32_t value;	 /* WRITE: after; ADD: difference; READ: unused */
	int32_t operand; /* of compare */
};

enum model_compare {
	MODEL_ALWAYS,
	MODEL_EQUAL,	/* enabled while the object's value == operand */
	MODEL_AT_LEAST, /* >= operand */
	MODEL_NOT_EQUAL,
	MODEL_PREDICATE, /* a function of several objects; the explorer cannot evaluate it elsewhere */
};

struct model_event {
	uint8_t agent;
	uint8_t choice;	 /* which of .choices the hardware took */
	uint8_t choices; /* 1: there was no choice */
	uint8_t touches;
	struct model_touch touch[MODEL_MAX_TOUCHES];
};

/* ---- for whoever writes agents (on an agent's stack) ---- */

/*
 * Objects are named by address inside the arena, four bytes of what model_alloc() gave or eight of a stack each; the
 * value starts at 0 and is kept by the core. Outside agents model_touch() sets the value that agents start from.
 */
uint16_t model_object(const void *address);
bool model_is_object(const void *address); /* is it in the arena? */
int32_t model_value(uint16_t object);

void model_step(void);
/* The object is touched as a read by the step itself. A condition sees what WRITE and ADD make of the value. */
void model_step_when(uint16_t object, enum model_compare compare, int32_t operand);
/* Waits for ready(arg), which may read only the @n objects named; they are touched as reads. */
void model_step_until(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n);
/*
 * The same for a step that is going to change the first object: it is touched as a write already while it waits. So
 * whoever reads that object is known to have a say in when the step may come.
 */
void model_step_to_change(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n);
/*
 * Every access that could go another way, or make another access go another way, is touched. Several touches of one
 * object in a step become one: equal kinds stay what they are, a mixture is a WRITE.
 */
void model_touch(uint16_t object, enum model_op op, int32_t value);
unsigned int model_choose(unsigned int choices); /* at most once a step; result < choices; 0 outside agents */
int model_self(void);				 /* the running agent, -1 outside */
void model_report(unsigned int property);	 /* sets bit @property of model_reported() */

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

void model_core_reset(void);	 /* no agents, empty arena */
void *model_alloc(size_t bytes); /* zeroed, 16-byte aligned, in the arena */
/* A new agent. What it does before its first model_step*() is a step as well, its first turn. */
int model_spawn(void (*body)(void *), void *arg);
/* An idle agent (an interrupt handler) is finished in the sense that nobody waits for it to end. */
void model_set_daemon(int agent);

/* ---- for the explorer ---- */

/* setup(@world), which begins with model_core_reset(). False: it met a limit, and there is no world. */
bool agent_set_up(void (*setup)(void *world), void *world);

unsigned int model_agents(void);
bool model_enabled(int agent);
bool model_finished(int agent);				     /* ended, or a daemon waiting for work */
bool model_blocked_on(int agent, struct model_event *event); /* what a disabled agent waits for */
/* One step of an enabled agent. Fills @event with what it did. The hardware takes @choice modulo event->choices. */
void model_run(int agent, unsigned int choice, struct model_event *event);
uint32_t model_reported(void);
size_t model_snapshot_size(void); /* bytes that model_save() would write now */
size_t model_save(void *to);	  /* bytes written */
void model_restore(const void *from);

#endif
