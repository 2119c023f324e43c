/* SPDX-License-Identifier: MIT */
/*
 * turns.c - steps, and threads that share a CPU: one has its turn, and keeps it until the CPU's scheduler switches.
 *
 * The scheduler is an agent. It may switch at any step of a thread that holds no spinlock and has interrupts on, once the
 * thread has made a step or cannot make one, through the kernel's own context switch.
 *
 * Whether it may depends on what the running thread holds, which is no object. .running stands for all of that: each step
 * of a thread reads it, and the scheduler waits as one who is going to change it.
 */
#include <machine/model/before.h>
#include <machine/model/model.h>
#include <machine/model/races.h>
#include <machine/model/late.h>

#include <assert.h>
#include <string.h>

/*
 * What the thread would wait for if it had the CPU to itself. A thread that cannot go on is none to
 * switch to: the real scheduler would find it asleep, or see it spin for a moment and go on to
 * another one.
 */
static bool condition(const struct model_agent *agent)
{
	int32_t value = agent_value(agent->object);

	switch ((enum agent_compare)agent->compare) {
	case AGENT_EQUAL:
		return value == agent->operand;
	case AGENT_AT_LEAST:
		return value >= agent->operand;
	case AGENT_NOT_EQUAL:
		return value != agent->operand;
	default:
		return true;
	}
}

/* 1 + the number, as 0 means that nobody has the turn, and -1 that the kernel is switching. */
static int32_t turn_of(const struct model_agent *agent)
{
	return 1 + (int32_t)(agent - model_state()->agents);
}

/* M20: whom an interrupt has come to does nothing until it is done. */
bool model_is_suspended(const struct model_cpu *cpu)
{
	return agent_value(agent_object(&cpu->irq)) == MODEL_IN_HANDLER;
}

bool model_has_turn(const struct model_agent *agent)
{
	const struct model_cpu *cpu = &model_state()->cpus[agent->cpu];

	return !model_is_suspended(cpu) &&
	       (cpu->threads == 1 || agent_value(agent_object(&cpu->running)) == turn_of(agent));
}

/* Asked between steps, of the values of objects alone: the same words that the step is said to wait for. */
static bool may_step(const void *arg)
{
	const struct model_agent *agent = arg;

	return model_has_turn(agent) && condition(agent);
}

/*
 * A thread's step: it waits until its CPU is in no interrupt, for its turn, and for what it would wait for without others;
 * the scheduler sees the latter in .waits.
 */
static void step_of_thread(struct model_agent *me, uint16_t object, enum agent_compare compare, int32_t operand)
{
	struct model_cpu *cpu = &model_state()->cpus[me->cpu];
	/* On this agent's stack for as long as it waits: the core reads the list in place. */
	uint16_t objects[3] = { agent_object(&cpu->irq) };
	unsigned int nr = 1;

	assert(me->turn > 0 && me->turn <= cpu->threads);
	if (compare == AGENT_ALWAYS && cpu->threads == 1) {
		agent_step_when(objects[0], AGENT_NOT_EQUAL, MODEL_IN_HANDLER);
		return;
	}
	if (cpu->threads > 1)
		objects[nr++] = agent_object(&cpu->running);
	if (compare != AGENT_ALWAYS)
		cpu->waits[me->turn] = objects[nr++] = object;
	me->object = object;
	me->compare = (uint8_t)compare;
	me->operand = operand;
	agent_step_until(may_step, me, objects, nr);
	/*
	 * Back to nothing at once. What a thread has waited for is no part of the state that comes
	 * after the wait.
	 */
	me->object = 0;
	me->compare = AGENT_ALWAYS;
	me->operand = 0;
	cpu->waits[me->turn] = agent_object(&me->turn);
	cpu->ran = true;
}

/*
 * Takes a parameter that it does not use, because it is also the cleanup of MODEL_LEAVES_NOTHING.
 * The empty assembler statement keeps the compiler from leaving out a memset() that nobody reads; that it does not zero what
 * memset() will is the attribute's doing.
 */
void model_wipe(const uint64_t *left)
{
	enum {
		DEEPEST = 2048 /* bytes that the machine needs below its own functions */
	};
	__attribute__((uninitialized)) unsigned char below[DEEPEST];

	(void)left;
	memset(below, 0, sizeof(below));
	__asm__ volatile("" : : "r"(below) : "memory");
}

bool model_takes_turns(const struct model_agent *me)
{
	return me->is_thread && model_state()->cpus[me->cpu].threads > 1;
}

/* Agents of this CPU that are no threads, its handler for one, run beside (M20) and take no turns. */
static bool can_switch_to(const struct model_cpu *cpu, const struct model_agent *agent)
{
	return agent->is_thread && !agent->ended && &model_state()->cpus[agent->cpu] == cpu && condition(agent);
}

/*
 * M4. A switch before the thread has made a step would only undo the last switch, so it waits for
 * .ran: else two threads could be switched back and forth for ever. A thread that cannot go on is
 * switched away without.
 */
static bool preemptible(const struct model_cpu *cpu, int32_t running)
{
	const struct model_agent *agent = &model_state()->agents[running > 0 ? running - 1 : 0];

	return running == 0 ||
	       (running > 0 && (cpu->ran || !condition(agent)) && !agent->spin_depth && !agent->irq_depth);
}

/* In the order of their numbers, so that a choice means the same thread whatever has happened before. */
static unsigned int candidates(const struct model_cpu *cpu, int32_t running, unsigned int *list)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < AGENT_MAX_AGENTS; i++) {
		if ((int32_t)i + 1 != running && can_switch_to(cpu, &model_state()->agents[i]))
			list[nr++] = i;
	}
	return nr;
}

static bool may_switch(const void *arg)
{
	const struct model_cpu *cpu = arg;
	int32_t running = agent_value(agent_object(&cpu->running));
	unsigned int list[AGENT_MAX_AGENTS];

	return preemptible(cpu, running) && candidates(cpu, running, list);
}

static MODEL_OUT_OF_LINE unsigned int pick(const struct model_cpu *cpu)
{
	unsigned int list[AGENT_MAX_AGENTS];
	unsigned int nr = candidates(cpu, agent_value(agent_object(&cpu->running)), list);

	assert(nr > 0);
	/*
	 * Fairly: unlike a choice of the hardware's, a scheduler's cannot be bad for ever, so a
	 * livelock that needs one thread never to be picked is none (M3).
	 */
	return list[nr > 1 ? agent_choose_fairly(nr) : 0];
}

/*
 * Nobody runs while the kernel switches, which is steps of the kernel's. The thread has its turn from the last of them on:
 * nobody can see whether it has it then or a step later.
 */
static MODEL_OUT_OF_LINE void switch_over(struct model_cpu *cpu)
{
	unsigned int next = pick(cpu);

	assert(cpu->threads > 1);
	cpu->ran = false;
	/*
	 * Nobody has the turn while the kernel switches. context_switch() makes steps of its own,
	 * at which other CPUs and this CPU's handler may run, and only the threads of this CPU may
	 * not.
	 */
	model_touch_at(&cpu->running, AGENT_WRITE, -1);
	model_tell(switch_away, 0);
	model_wipe(NULL);
	if (model_state()->agents[next].current)
		model_config()->kernel->context_switch(model_state()->agents[next].current);
	model_touch_at(&cpu->running, AGENT_WRITE, (int32_t)next + 1);
	model_tell(switch_in, .thread = (int)next);
}

/*
 * Waits as one who will change .running, see the head of this file, so the search takes it for
 * dependent on each step of a thread here, even where it turns out not to be enabled.
 */
void model_scheduler(void *arg)
{
	struct model_cpu *cpu = arg;

	for (;;) {
		model_settle();
		model_comes_to_step(0);
		model_wipe(NULL);
		agent_step_to_change(may_switch, cpu, cpu->waits, cpu->threads + 1u);
		model_makes_step(0);
		switch_over(cpu);
	}
}

/* ---- from one CPU to another ---- */

void model_let_move(int agent, unsigned int to)
{
	struct model_agent *thread = &model_state()->agents[agent];

	assert(thread->is_thread && to < model_config()->cpus && to != thread->cpu);
	model_may_come(agent, to);
	thread->moves = model_config()->kernel->may_move;
	thread->to = (uint8_t)to;
}

/* A thread less, or more, that the CPU's scheduler may switch to. */
static void change_runners(struct model_cpu *cpu, int32_t running)
{
	if (cpu->threads > 1)
		model_touch_at(&cpu->running, AGENT_WRITE, running);
}

/*
 * A CPU that is left by its only thread does nothing any more but answer. Where there are others, it is their scheduler that goes on; and where others
 * are, it has to switch to this one before it makes its next step.
 */
static void go_over(struct model_agent *me, unsigned int to)
{
	const struct machine_kernel *kernel = model_config()->kernel;
	struct model_cpu *cpus = model_state()->cpus;

	assert(me->turns[to]);
	kernel->leaves(me->current);
	model_step_here();
	model_tell(thread_moves, .to = to);
	change_runners(&cpus[me->cpu], 0);
	me->cpu = (uint8_t)to;
	me->turn = me->turns[to];
	change_runners(&cpus[to], agent_value(agent_object(&cpus[to].running)));
	kernel->arrives(me->current);
}

void model_move_to(unsigned int to)
{
	MODEL_LEAVES_NOTHING;
	const struct machine_kernel *kernel = model_config()->kernel;
	struct model_agent *me = model_me();

	if (to == machine_cpu())
		return;
	assert(!me->irq_depth && !me->spin_depth);
	if (!kernel->leaves || !kernel->arrives)
		model_panic(
			"a kernel whose threads move tells how one leaves a CPU and arrives (struct machine_kernel)");
	if (agent_self() >= 0) {
		go_over(me, to);
		return;
	}
	kernel->leaves(me->current);
	model_set_up_as(to, me->current);
	kernel->arrives(me->current);
}

/*
 * M4. In front of what a thread asks of the machine, so that no call of it is half on one CPU and half on another.
 */
void model_move_now(void)
{
	MODEL_LEAVES_NOTHING;
	struct model_agent *me = model_me();

	if (me->irq_depth || me->spin_depth || !model_config()->kernel->may_move(me->current))
		return;
	model_step_here();
	if (agent_choose_fairly(2)) {
		me->moves = false;
		go_over(me, me->to);
	}
}

/* An agent begins where it likes; a thread does not, while another one has the CPU. */
void model_thread_begins(void)
{
	model_note_start();
	if (model_takes_turns(model_me()))
		model_step_here();
}

/*
 * Gives the turn back as the last thing: the scheduler may then pick any other thread, whatever
 * this one held, and it must hold nothing.
 */
void model_thread_ends(void)
{
	struct model_agent *me = model_me();

	model_settle();
	if (model_takes_turns(me))
		model_step_here();
	me->ended = true;
	late_thread_ends();
	before_thread_ends();
	/* What it has left there would be found by whoever goes back to where that was in use. */
	model_wipe(NULL);
	if (!model_takes_turns(me))
		return;
	model_touch_at(&model_state()->cpus[me->cpu].running, AGENT_WRITE, 0);
	model_tell(thread_ends, 0);
}

/*
 * The end of what the agent has done so far, and the beginning of its next step: everything before
 * is settled, everything behind is of one moment. races_step() drops what lies on stack that is
 * gone, model_wipe() zeroes it: neither may tell two states apart.
 */
void model_step_here(void)
{
	uintptr_t site;

	model_settle();
	if (agent_self() < 0)
		return;
	races_step();
	site = model_comes_to_step((uintptr_t)MODEL_CALLER);
	model_wipe(NULL);
	if (model_me()->is_thread)
		step_of_thread(model_me(), 0, AGENT_ALWAYS, 0);
	else
		agent_step();
	model_makes_step(site);
}

void model_step_until(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int nr)
{
	uintptr_t site;

	model_settle();
	races_step();
	site = model_comes_to_step((uintptr_t)MODEL_CALLER);
	model_wipe(NULL);
	agent_step_until(ready, arg, objects, nr);
	model_makes_step(site);
}

/* While a world is set up one agent runs alone: what it waits for must be there. */
void model_step_waiting(const void *object, enum agent_compare compare, int32_t operand)
{
	uint16_t id = agent_object(object);
	uintptr_t site;

	assert(compare != AGENT_PREDICATE);
	model_settle();
	races_step();
	site = model_comes_to_step((uintptr_t)MODEL_CALLER);
	model_wipe(NULL);
	if (agent_self() < 0) {
		/*
		 * Other comparisons cannot be waited for in vain here: with one agent there is no
		 * second reader or writer.
		 */
		if (compare == AGENT_EQUAL && agent_value(id) != operand)
			model_panic("a `before` line waits for what nobody will do");
	} else if (model_me()->is_thread) {
		step_of_thread(model_me(), id, compare, operand);
	} else {
		agent_step_when(id, compare, operand);
	}
	model_makes_step(site);
}
