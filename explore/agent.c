/* SPDX-License-Identifier: MIT */
/*
 * agent.c - the step engine: agents on stacks of their own, and what they touch.
 *
 * Everything that a step can change is in the arena, in a region or a value of an object (state.c). What is left in `core` is
 * meaningless between two steps (the running agent, its event).
 */
#include "explore/agent.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/core.h"
#include "explore/fiber.h"

enum {
	HEAP_START = 16, /* no object lies where the heap begins */
};

/* At the far end of each stack; gone if the stack was too small. */
static const uint64_t CANARY = 0x5afe57ac5afe57acull;

/* The machine: one object. */
struct core explore_core = { .self = -1 };
static struct core *const core = &explore_core;

_Noreturn void explore_core_panic(const char *what)
{
	fprintf(stderr, "model: agent %d: %s\n", core->self, what);
	abort();
}

/* ---- limits ---- */

static bool never(const void *arg)
{
	(void)arg;
	return false;
}

/*
 * An agent cannot go on, and nothing that others do can help it. A limit is no verdict: nothing
 * that was found counts any more, so it is noted in the world itself and ends the search. On an
 * agent's stack there is no way out but to wait for ever; outside, setup() is left.
 */
_Noreturn void agent_too_big(const char *what, unsigned long most)
{
	ARENA->record.limit = (struct agent_limit){ what, most };
	while (core->self >= 0)
		agent_step_until(never, NULL, NULL, 0);
	if (core->setting_up)
		longjmp(core->set_up, 1);
	fprintf(stderr, "scenario too big: more than %lu %s\n", most, what);
	exit(2);
}

const struct agent_limit *agent_limit(void)
{
	return core->ready && ARENA->record.limit.what ? &ARENA->record.limit : NULL;
}

/* Nothing on this stack that setup() changes is used behind the jump. */
bool agent_set_up(void (*setup)(void *world), void *world)
{
	assert(setup && core->self < 0 && !core->setting_up);
	core->setting_up = true;
	if (!setjmp(core->set_up))
		setup(world);
	core->setting_up = false;
	return !agent_limit();
}

/* ---- objects ---- */

int32_t agent_value(uint16_t object)
{
	return core->values[object];
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
	/* A write orders the step against all others already. */
	if (op == AGENT_READ && touch->op == AGENT_WRITE)
		return;
	/*
	 * A reader who takes a lock has waited for the word, which noted a read; both together are
	 * the one access of a reader, which commutes with those of other readers.
	 */
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

/*
 * The value changes whoever runs; that it was touched is of interest in a step alone, since what is
 * set up comes before everything.
 */
void agent_touch(uint16_t object, enum agent_op op, int32_t value)
{
	int32_t *now = &core->values[object];
	struct agent_touch *touch;

	assert(object);
	if (op == AGENT_WRITE)
		*now = value;
	else if (agent_adds(op))
		*now += value;
	if (op == AGENT_WRITE || agent_adds(op))
		explore_state_value(object);
	if (core->self < 0)
		return;
	touch = touch_of(&core->event, object);
	if (touch)
		merge_touch(touch, op, value, *now);
	else
		new_touch(&core->event, object, op, value);
}

/* The stack pointer of who does not run is known; the running agent's own stack is its own business. */
bool agent_is_dead(const void *address)
{
	int owner = agent_whose_stack(address);

	return owner >= 0 && owner != core->self && owner < (int)agent_count() &&
	       (uintptr_t)address < (uintptr_t)ARENA->record.agents[owner].stack;
}

/* ---- steps ---- */

/*
 * What no comparison needs stays 0: it would make equal states different. The end of a step.
 * Everything that says where the agent goes on is on its stack and in its record from here on, and
 * both are part of the state.
 */
static void stop_for(struct agent wanted)
{
	struct agent *agent;

	if (core->self < 0)
		explore_core_panic("a step outside an agent");
	agent = &ARENA->record.agents[core->self];
	agent->compare = wanted.compare;
	agent->object = wanted.object;
	agent->operand = wanted.operand;
	agent->ready = wanted.ready;
	agent->ready_arg = wanted.ready_arg;
	agent->objects = wanted.objects;
	agent->nr_objects = wanted.nr_objects;
	agent->changes = wanted.changes;
	agent->begun = true;
	explore_fiber_switch(&agent->stack, core->explorer);
}

/* The agent may go on at any time: another agent's steps may come in between, or none. */
void agent_step(void)
{
	stop_for((struct agent){ .compare = AGENT_ALWAYS });
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
			/*
			 * All that the condition looks at is read, so a change of any of it is seen
			 * not to commute with this step. Of who waits in order to change it, the
			 * first counts as written, whether or not the step writes it in the end.
			 */
			touch->compare = AGENT_PREDICATE;
		}
	} else if (agent->compare != AGENT_ALWAYS) {
		touch = new_touch(event, agent->object, AGENT_READ, 0);
		touch->compare = agent->compare;
		touch->operand = agent->operand;
	}
}

/*
 * Preferred over a predicate: the searches know of one comparison which changes could meet it
 * (find.c), and can ask it of a value without running anything.
 */
void agent_step_when(uint16_t object, enum agent_compare compare, int32_t operand)
{
	assert(object);
	stop_for((struct agent){ .compare = (uint8_t)compare, .object = object, .operand = operand });
}

static void wait_until(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n,
		       bool changes)
{
	assert(ready && (objects || !n) && (n || !changes));
	if (n > AGENT_MAX_TOUCHES)
		agent_too_big("objects that one condition reads", AGENT_MAX_TOUCHES);
	stop_for((struct agent){ .compare = AGENT_PREDICATE,
				 .ready = ready,
				 .ready_arg = arg,
				 .objects = objects,
				 .nr_objects = (uint8_t)n,
				 .changes = changes });
}

void agent_step_until(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n)
{
	wait_until(ready, arg, objects, n, false);
}

void agent_step_to_change(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int n)
{
	wait_until(ready, arg, objects, n, true);
}

/*
 * What the step does is visible in a way that touches do not tell: it must not be hidden in the
 * middle of a transition.
 */
void agent_seen(void)
{
	if (core->self >= 0)
		core->event.seen = true;
}

unsigned int agent_choose(unsigned int choices)
{
	struct agent_event *event = &core->event;

	if (core->self < 0)
		return 0;
	if (choices == 0)
		explore_core_panic("a choice of nothing");
	if (choices > UINT8_MAX)
		agent_too_big("alternatives of one step", UINT8_MAX);
	if (event->choices != 1)
		explore_core_panic("a second choice in one step");
	/*
	 * One choice a step, so that a step is named by its agent and one number, and all
	 * alternatives of it start from one state.
	 */
	event->choices = (uint8_t)choices;
	event->choice = (uint8_t)(core->wanted % choices);
	return event->choice;
}

/* A scheduler's choice: no alternative is put off for ever, which counts for livelocks only. */
unsigned int agent_choose_fairly(unsigned int choices)
{
	if (core->self >= 0)
		core->event.fair = true;
	return agent_choose(choices);
}

int agent_self(void)
{
	return core->self;
}

void agent_report(unsigned int property)
{
	assert(property < 32);
	ARENA->record.reported |= 1u << property;
	agent_log(&ARENA->record.reported, sizeof(ARENA->record.reported));
}

/* ---- setting a world up ---- */

static uint64_t *canary_of(int agent)
{
	return (uint64_t *)(void *)ARENA->stack[agent];
}

void agent_reset(void)
{
	if (core->self >= 0)
		explore_core_panic("reset from inside an agent");
	explore_state_open();
	explore_state_reset();
	ARENA->record = (struct record){ .heap_used = HEAP_START };
	core->hooked = false;
	core->ready = true;
}

/*
 * Never given back: the heap only grows, and is cut again when a step is undone. All of what is taken is zeroed, and not only
 * what was asked for, as it is a part of the state, and another world may have left something there.
 */
void *agent_alloc(size_t bytes)
{
	unsigned char *p = ARENA->heap + ARENA->record.heap_used;
	size_t room = HEAP_BYTES - ARENA->record.heap_used, taken = (bytes + 15) & ~(size_t)15;

	if (!core->ready)
		explore_core_panic("agent_alloc() before agent_reset()");
	if (bytes > room || taken > room)
		agent_too_big("bytes of memory", HEAP_BYTES);
	ARENA->record.heap_used += taken;
	return memset(p, 0, taken);
}

/* The first frame of every agent. An ended agent has nothing left that is a part of the state. */
static void run_body(void *arg)
{
	struct agent *agent = arg;
	void *nowhere;

	agent->body(agent->arg);
	*agent = (struct agent){ .stack = stack_top((unsigned int)(agent - ARENA->record.agents)), .ended = true };
	explore_fiber_switch(&nowhere, core->explorer);
}

int agent_spawn(void (*body)(void *), void *arg)
{
	int id = (int)ARENA->record.nr_agents;
	struct agent *agent = &ARENA->record.agents[id];

	/* A stack that is made during a step would be no change of the state that anybody could undo. */
	assert(body && core->ready && core->self < 0 && !core->following);
	if (id == AGENT_MAX_AGENTS)
		agent_too_big("agents (threads, interrupt handlers, schedulers)", AGENT_MAX_AGENTS);
	explore_fiber_forget(ARENA->stack[id], STACK_BYTES);
	/* What another world has left there would tell states apart, and so move the number of states. */
	memset(ARENA->stack[id], 0, STACK_BYTES);
	ARENA->record.nr_agents++;
	*agent = (struct agent){ .body = body, .arg = arg };
	*canary_of(id) = CANARY;
	agent->stack = explore_fiber_prepare(stack_top((unsigned int)id), run_body, agent);
	return id;
}

void agent_set_daemon(int agent)
{
	assert(agent >= 0 && agent < (int)agent_count());
	ARENA->record.agents[agent].daemon = true;
}

/* ---- running them ---- */

bool agent_has_begun(void)
{
	return core->self < 0 || ARENA->record.agents[core->self].begun;
}

unsigned int agent_count(void)
{
	return (unsigned int)ARENA->record.nr_agents;
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
	explore_core_panic("an unknown comparison");
}

/* Asked of every agent in every state, so what needs no value, which is the usual case, is asked first. */
bool agent_enabled(int id)
{
	const struct agent *agent = &ARENA->record.agents[id];

	assert(id >= 0 && id < (int)agent_count());
	if (agent->ended)
		return false;
	return agent->compare == AGENT_ALWAYS || compare(agent_value(agent->object), agent);
}

/* A daemon that waits has nothing left to do; a thread that waits is stuck. */
bool agent_finished(int id)
{
	assert(id >= 0 && id < (int)agent_count());
	return ARENA->record.agents[id].ended || (ARENA->record.agents[id].daemon && !agent_enabled(id));
}

void agent_waits_for(int id, struct agent_event *event)
{
	assert(id >= 0 && id < (int)agent_count());
	event->agent = (uint8_t)id;
	event->choice = 0;
	event->choices = 1;
	event->fair = false;
	event->touches = 0;
	event->seen = false;
	touch_waited(&ARENA->record.agents[id], event);
}

/* Behind the last step of an execution: what could have made it go on is a race that was lost. */
bool agent_blocked_on(int id, struct agent_event *event)
{
	assert(id >= 0 && id < (int)agent_count());
	if (ARENA->record.agents[id].ended || agent_enabled(id))
		return false;
	agent_waits_for(id, event);
	return true;
}

/*
 * Behind the step, as nobody looks while it runs. A function that needs much and writes little may pass over the canary,
 * hence the second question; then it has written to the stack below, or in front of the first one to .spoiled.
 */
static void check_stack(int id)
{
	const unsigned char *stack = ARENA->record.agents[id].stack;

	/* Other stacks may be spoiled, but nobody runs on one any more: a limit ends the search. */
	if (*canary_of(id) != CANARY || stack < ARENA->stack[id] + sizeof(CANARY))
		ARENA->record.limit = (struct agent_limit){ "bytes of stack of one agent", STACK_BYTES };
}

void agent_run(int id, unsigned int choice, struct agent_event *event)
{
	struct agent *agent = &ARENA->record.agents[id];

	assert(core->self < 0 && id >= 0 && id < (int)agent_count() && !agent->ended);
	/*
	 * What it has waited for is touched by the step that now begins, before the step itself
	 * touches anything.
	 */
	agent_waits_for(id, &core->event);
	core->self = id;
	core->wanted = choice;
	/*
	 * What an earlier step left below the stack pointer must not be found by this one: it
	 * depends on what was run, also on what was undone since.
	 */
	explore_state_clear_below((unsigned int)id, agent->stack);
	explore_fiber_switch(&core->explorer, agent->stack);
	check_stack(id);
	/* While .self is still the agent's, so that a complaint names it. */
	explore_state_ran(id);
	core->self = -1;
	memcpy(event, &core->event,
	       offsetof(struct agent_event, touch) + core->event.touches * sizeof(event->touch[0]));
}

uint32_t agent_reported(void)
{
	return (uint32_t)ARENA->record.reported;
}
