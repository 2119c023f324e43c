/* SPDX-License-Identifier: MIT */
/*
 * agent.c - the step engine: agents on stacks of their own, the arena they live in, and copies of it.
 *
 * Everything that a step can change is in the arena, in the agents' records or in the object values; agent_save()
 * copies the used part of each. What is left in `core` is either constant while agents run (which value slot an
 * object has) or meaningless between two steps (the running agent, its event).
 *
 * Names of objects are addresses in disguise, so they do not depend on the order of execution: four bytes of the
 * heap or eight of a stack each. Values live in slots handed out at first use; a slot is never taken back, and
 * a snapshot from before a slot was handed out stands for the value 0 in it.
 */
#include "explore/agent.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/fiber.h"

enum {
	HEAP_BYTES = 64 * 1024,
	HEAP_START = 16, /* object 0 is nobody's */
	STACK_BYTES = 16 * 1024,
	HEAP_OBJECTS = HEAP_BYTES / 4,
	OBJECTS = HEAP_OBJECTS + AGENT_MAX_AGENTS * STACK_BYTES / 8,
	SLOTS = 8 * 1024, /* objects that are ever touched */
	NO_SLOT = UINT16_MAX,
};
_Static_assert(OBJECTS <= UINT16_MAX + 1, "an object's name has 16 bits");

/* At the far end of each stack; gone if the stack was too small. */
static const uint64_t CANARY = 0x5afe57ac5afe57acull;

struct agent {
	void *stack; /* where it stopped */
	void (*body)(void *);
	void *arg;
	bool (*ready)(const void *); /* PREDICATE: what it waits for */
	const void *ready_arg;
	const uint16_t *objects; /* ... which reads these, on its own stack */
	int32_t operand;
	uint16_t object;
	uint8_t compare;
	uint8_t nr_objects;
	bool changes; /* the first of them */
	bool daemon, ended;
};

struct arena {
	_Alignas(64) unsigned char heap[HEAP_BYTES];
	_Alignas(64) unsigned char stack[AGENT_MAX_AGENTS][STACK_BYTES];
};

/* The part of a snapshot that says how long the rest is. */
struct saved {
	uint32_t heap_used, reported;
	uint16_t slots;
	uint8_t agents;
	struct agent_limit limit;
};

/* The machine: one object. */
static struct {
	struct arena arena;
	struct saved now;
	struct agent agents[AGENT_MAX_AGENTS];
	int32_t values[SLOTS];
	uint16_t slot_of[OBJECTS];
	bool ready; /* agent_reset() was called */
	bool setting_up;
	jmp_buf set_up; /* out of a world that is too big, if .setting_up */

	int self;	/* the running agent, or -1 */
	void *explorer; /* where agent_run() stopped */
	struct agent_event *event;
	unsigned int wanted; /* hardware choice */
} core = { .self = -1 };

static _Noreturn void panic(const char *what)
{
	fprintf(stderr, "model: agent %d: %s\n", core.self, what);
	abort();
}

/* ---- limits ---- */

static bool never(const void *arg)
{
	(void)arg;
	return false;
}

/* An agent cannot go on, and nothing that others do can help it. */
_Noreturn void agent_too_big(const char *what, unsigned long most)
{
	core.now.limit = (struct agent_limit){ what, most };
	while (core.self >= 0)
		agent_step_until(never, NULL, NULL, 0);
	if (core.setting_up)
		longjmp(core.set_up, 1);
	fprintf(stderr, "scenario too big: more than %lu %s\n", most, what);
	exit(2);
}

const struct agent_limit *agent_limit(void)
{
	return core.now.limit.what ? &core.now.limit : NULL;
}

bool agent_set_up(void (*setup)(void *world), void *world)
{
	core.setting_up = true;
	if (!setjmp(core.set_up))
		setup(world);
	core.setting_up = false;
	return !agent_limit();
}

/* ---- objects ---- */

bool agent_is_object(const void *address)
{
	return (uintptr_t)address - (uintptr_t)&core.arena < sizeof(core.arena);
}

bool agent_is_on_stack(const void *address)
{
	return (uintptr_t)address - (uintptr_t)core.arena.stack < sizeof(core.arena.stack);
}

uint16_t agent_object(const void *address)
{
	uintptr_t heap = (uintptr_t)address - (uintptr_t)core.arena.heap;
	uintptr_t stack = (uintptr_t)address - (uintptr_t)core.arena.stack;

	if (heap < HEAP_BYTES)
		return (uint16_t)(heap / 4);
	if (stack >= sizeof(core.arena.stack))
		panic("an object outside the arena");
	return (uint16_t)(HEAP_OBJECTS + stack / 8);
}

static int32_t *value_of(uint16_t object)
{
	uint16_t slot = core.slot_of[object];

	assert(object);
	if (slot == NO_SLOT) {
		if (core.now.slots == SLOTS)
			agent_too_big("shared objects", SLOTS);
		slot = core.slot_of[object] = core.now.slots++;
	}
	return &core.values[slot];
}

int32_t agent_value(uint16_t object)
{
	uint16_t slot = core.slot_of[object];

	return slot == NO_SLOT ? 0 : core.values[slot];
}

static struct agent_touch *touch_of(struct agent_event *event, uint16_t object)
{
	for (unsigned int i = 0; i < event->touches; i++)
		if (event->touch[i].object == object)
			return &event->touch[i];
	return NULL;
}

static struct agent_touch *new_touch(struct agent_event *event, uint16_t object, enum agent_op op, int32_t value)
{
	if (event->touches == AGENT_MAX_TOUCHES)
		agent_too_big("objects that one step touches", AGENT_MAX_TOUCHES);
	event->touch[event->touches] = (struct agent_touch){ .object = object, .op = (uint8_t)op, .value = value };
	return &event->touch[event->touches++];
}

/* Two accesses of one step to one object: equal kinds stay what they are, anything else depends on the order. */
static void merge_touch(struct agent_touch *touch, enum agent_op op, int32_t value, int32_t after)
{
	if (op == AGENT_READ && touch->op == AGENT_WRITE)
		return;
	if (op == AGENT_SHARE && touch->op == AGENT_READ && touch->compare != AGENT_ALWAYS) {
		touch->op = AGENT_SHARE;
		touch->value = value;
		return;
	}
	if (op != touch->op || op == AGENT_WRITE) {
		touch->op = AGENT_WRITE;
		touch->value = after;
	} else if (op == AGENT_ADD || op == AGENT_SHARE) {
		touch->value += value;
	}
}

void agent_touch(uint16_t object, enum agent_op op, int32_t value)
{
	int32_t *now = value_of(object);
	struct agent_touch *touch;

	if (op == AGENT_WRITE)
		*now = value;
	else if (op == AGENT_ADD || op == AGENT_SHARE)
		*now += value;
	if (core.self < 0)
		return;
	touch = touch_of(core.event, object);
	if (touch)
		merge_touch(touch, op, value, *now);
	else
		new_touch(core.event, object, op, value);
}

/* ---- steps ---- */

static void stop_here(void)
{
	if (core.self < 0)
		panic("a step outside an agent");
	explore_fiber_switch(&core.agents[core.self].stack, core.explorer);
}

void agent_step(void)
{
	if (core.self >= 0)
		core.agents[core.self].compare = AGENT_ALWAYS;
	stop_here();
}

/* Records what the step that now begins has waited for. */
static void touch_waited(const struct agent *agent, struct agent_event *event)
{
	struct agent_touch *touch;

	if (agent->compare == AGENT_PREDICATE) {
		for (unsigned int i = 0; i < agent->nr_objects; i++) {
			bool change = agent->changes && i == 0;

			if (touch_of(event, agent->objects[i]))
				continue;
			touch = new_touch(event, agent->objects[i], change ? AGENT_WRITE : AGENT_READ, 0);
			touch->compare = AGENT_PREDICATE;
		}
	} else if (agent->compare != AGENT_ALWAYS) {
		touch = new_touch(event, agent->object, AGENT_READ, 0);
		touch->compare = agent->compare;
		touch->operand = agent->operand;
	}
}

void agent_step_when(uint16_t object, enum agent_compare compare, int32_t operand)
{
	if (core.self >= 0) {
		struct agent *agent = &core.agents[core.self];

		agent->compare = (uint8_t)compare;
		agent->object = object;
		agent->operand = operand;
	}
	stop_here();
}

static void wait_until(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n,
		       bool changes)
{
	if (n > AGENT_MAX_TOUCHES)
		agent_too_big("objects that one condition reads", AGENT_MAX_TOUCHES);
	if (core.self >= 0) {
		struct agent *agent = &core.agents[core.self];

		agent->compare = AGENT_PREDICATE;
		agent->ready = ready;
		agent->ready_arg = arg;
		agent->objects = objects;
		agent->nr_objects = (uint8_t)n;
		agent->changes = changes;
	}
	stop_here();
}

void agent_step_until(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n)
{
	wait_until(ready, arg, objects, n, false);
}

void agent_step_to_change(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n)
{
	wait_until(ready, arg, objects, n, true);
}

unsigned int agent_choose(unsigned int choices)
{
	struct agent_event *event = core.event;

	if (core.self < 0)
		return 0;
	if (choices == 0)
		panic("a choice of nothing");
	if (choices > UINT8_MAX)
		agent_too_big("alternatives of one step", UINT8_MAX);
	if (event->choices != 1)
		panic("a second choice in one step");
	event->choices = (uint8_t)choices;
	event->choice = (uint8_t)(core.wanted % choices);
	return event->choice;
}

int agent_self(void)
{
	return core.self;
}

void agent_report(unsigned int property)
{
	core.now.reported |= 1u << property;
}

/* ---- setting a world up ---- */

static uint64_t *canary_of(int agent)
{
	return (uint64_t *)(void *)core.arena.stack[agent];
}

static unsigned char *stack_top(unsigned int agent)
{
	return core.arena.stack[agent] + STACK_BYTES;
}

void agent_reset(void)
{
	if (core.self >= 0)
		panic("reset from inside an agent");
	memset(core.values, 0, sizeof(core.values));
	memset(core.slot_of, 0xff, sizeof(core.slot_of));
	core.now = (struct saved){ .heap_used = HEAP_START };
	core.ready = true;
}

void *agent_alloc(size_t bytes)
{
	unsigned char *p = core.arena.heap + core.now.heap_used;
	size_t room = HEAP_BYTES - core.now.heap_used;

	if (!core.ready)
		panic("agent_alloc() before agent_reset()");
	if (bytes > room || ((bytes + 15) & ~(size_t)15) > room)
		agent_too_big("bytes of memory", HEAP_BYTES);
	core.now.heap_used += (uint32_t)((bytes + 15) & ~(size_t)15);
	return memset(p, 0, bytes);
}

/* The first frame of every agent. An ended agent has nothing left that a snapshot must keep. */
static void run_body(void *arg)
{
	struct agent *agent = arg;
	void *nowhere;

	agent->body(agent->arg);
	agent->ended = true;
	agent->stack = stack_top((unsigned int)(agent - core.agents));
	explore_fiber_switch(&nowhere, core.explorer);
}

int agent_spawn(void (*body)(void *), void *arg)
{
	int id = core.now.agents;
	struct agent *agent = &core.agents[id];

	if (id == AGENT_MAX_AGENTS)
		agent_too_big("agents (threads, interrupt handlers, schedulers)", AGENT_MAX_AGENTS);
	explore_fiber_forget(core.arena.stack[id], STACK_BYTES);
	core.now.agents++;
	*agent = (struct agent){ .body = body, .arg = arg };
	*canary_of(id) = CANARY;
	agent->stack = explore_fiber_prepare(stack_top((unsigned int)id), run_body, agent);
	return id;
}

void agent_set_daemon(int agent)
{
	assert(agent >= 0 && agent < core.now.agents);
	core.agents[agent].daemon = true;
}

/* ---- running them ---- */

unsigned int agent_count(void)
{
	return core.now.agents;
}

static bool compare(int32_t value, const struct agent *agent)
{
	switch ((enum agent_compare)agent->compare) {
	case AGENT_ALWAYS:
		return true;
	case AGENT_EQUAL:
		return value == agent->operand;
	case AGENT_AT_LEAST:
		return value >= agent->operand;
	case AGENT_NOT_EQUAL:
		return value != agent->operand;
	case AGENT_PREDICATE:
		return agent->ready(agent->ready_arg);
	}
	panic("an unknown comparison");
}

bool agent_enabled(int id)
{
	const struct agent *agent = &core.agents[id];

	if (agent->ended)
		return false;
	return agent->compare == AGENT_ALWAYS || compare(agent_value(agent->object), agent);
}

bool agent_finished(int id)
{
	return core.agents[id].ended || (core.agents[id].daemon && !agent_enabled(id));
}

bool agent_blocked_on(int id, struct agent_event *event)
{
	const struct agent *agent = &core.agents[id];

	*event = (struct agent_event){ .agent = (uint8_t)id, .choices = 1 };
	if (agent->ended || agent_enabled(id))
		return false;
	touch_waited(agent, event);
	return true;
}

static void check_stack(int id)
{
	const unsigned char *stack = core.agents[id].stack;

	/* Other stacks may be spoiled, but nobody runs on one any more: a limit ends the search. */
	if (*canary_of(id) != CANARY || stack < core.arena.stack[id] + sizeof(CANARY))
		core.now.limit = (struct agent_limit){ "bytes of stack of one agent", STACK_BYTES };
}

void agent_run(int id, unsigned int choice, struct agent_event *event)
{
	struct agent *agent = &core.agents[id];

	assert(core.self < 0 && id >= 0 && id < core.now.agents && !agent->ended);
	event->agent = (uint8_t)id;
	event->choice = 0;
	event->choices = 1;
	event->touches = 0;
	touch_waited(agent, event);
	core.self = id;
	core.event = event;
	core.wanted = choice;
	explore_fiber_switch(&core.explorer, agent->stack);
	check_stack(id);
	core.self = -1;
}

uint32_t agent_reported(void)
{
	return core.now.reported;
}

/* ---- snapshots ---- */

static size_t stack_used(unsigned int id)
{
	return (size_t)(stack_top(id) - (unsigned char *)core.agents[id].stack);
}

size_t agent_snapshot_size(void)
{
	size_t size = sizeof(core.now) + core.now.agents * sizeof(struct agent) +
		      core.now.slots * sizeof(core.values[0]) + core.now.heap_used;

	for (unsigned int i = 0; i < core.now.agents; i++)
		size += stack_used(i);
	return size;
}

static unsigned char *put(unsigned char *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
	return to + bytes;
}

static const unsigned char *get(void *to, const unsigned char *from, size_t bytes)
{
	memcpy(to, from, bytes);
	return from + bytes;
}

size_t agent_save(void *to)
{
	unsigned char *p = put(to, &core.now, sizeof(core.now));

	p = put(p, core.agents, core.now.agents * sizeof(struct agent));
	p = put(p, core.values, core.now.slots * sizeof(core.values[0]));
	p = put(p, core.arena.heap, core.now.heap_used);
	for (unsigned int i = 0; i < core.now.agents; i++) {
		explore_fiber_forget(core.agents[i].stack, stack_used(i));
		p = put(p, core.agents[i].stack, stack_used(i));
	}
	return (size_t)(p - (unsigned char *)to);
}

/* Slots handed out since the snapshot stay handed out: their objects had the value 0 then. */
static const unsigned char *restore_values(const unsigned char *p, unsigned int slots_now)
{
	unsigned int saved = core.now.slots;

	assert(core.ready && saved <= slots_now);
	p = get(core.values, p, saved * sizeof(core.values[0]));
	memset(core.values + saved, 0, (slots_now - saved) * sizeof(core.values[0]));
	core.now.slots = (uint16_t)slots_now;
	return p;
}

void agent_restore(const void *from)
{
	unsigned int slots = core.now.slots;
	const unsigned char *p = get(&core.now, from, sizeof(core.now));

	p = get(core.agents, p, core.now.agents * sizeof(struct agent));
	p = restore_values(p, slots);
	p = get(core.arena.heap, p, core.now.heap_used);
	for (unsigned int i = 0; i < core.now.agents; i++) {
		explore_fiber_forget(core.agents[i].stack, stack_used(i));
		p = get(core.agents[i].stack, p, stack_used(i));
	}
}
