/* SPDX-License-Identifier: MIT */
/* cpu.c - the model's agents: threads, the kernel's daemon; interrupts off and on; boot. */
#include <machine/model/before.h>
#include <machine/model/device.h>
#include <machine/model/model.h>
#include <machine/model/races.h>
#include <machine/model/late.h>
#include <machine/model/views.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one object: everything that changes is in *machine.state, in the arena. */
static struct {
	struct model_config config;
	struct model_state *state;
	struct model_telling telling;
	unsigned int setup_cpu;
} machine;

struct model_state *model_state(void)
{
	return machine.state;
}

struct model_telling *model_telling(void)
{
	return &machine.telling;
}

const struct model_config *model_config(void)
{
	return &machine.config;
}

/* What there is one of for each entry stands behind each other, frame by frame. */
static void set_up_frames(struct model_state *m)
{
	unsigned int entries = model_entries();
	machine_pte *words = agent_alloc(model_frames() * entries * sizeof(*words));
	uint32_t *marks = agent_alloc(model_frames() * entries * sizeof(*marks));
	int8_t *watch = agent_alloc(model_frames() * entries * sizeof(*watch));

	for (unsigned int i = 0; i < model_frames(); i++) {
		struct model_frame *frame = &m->frames[i];

		frame->space = -1;
		frame->parent = -1;
		frame->also.space = -1;
		frame->words = words + i * entries;
		frame->marks = marks + i * entries;
		frame->watch = watch + i * entries;
	}
}

void model_boot(const struct model_config *config)
{
	struct model_state *m;

	assert(config->cpus && config->cpus <= MACHINE_MAX_CPUS && config->levels <= MACHINE_MAX_LEVELS);
	if (config->frames > MACHINE_MAX_FRAMES)
		machine_too_big("frames of memory", MACHINE_MAX_FRAMES);
	if (config->store_buffer > MODEL_IN_FLIGHT)
		machine_too_big("stores that a CPU holds back", MODEL_IN_FLIGHT);
	machine.config = *config;
	machine.setup_cpu = 0;
	model_begin_shared();
	agent_reset();
	/* The compiler tells what the code under test writes, and what this machine does (own.syms). */
	agent_set_hooked(MODEL_TOLD);
	machine.state = m = agent_alloc(sizeof(*m) + config->cpus * sizeof(m->cpus[0]));
	m->kernel_data = agent_alloc(config->kernel->data_size);
	for (unsigned int i = 0; i < config->cpus; i++)
		m->cpus[i].space = -1;
	model_name_globals();
	m->ram = model_make_ram();
	set_up_frames(m);
}

const struct tlb_arch *machine_arch(void)
{
	return machine.config.arch;
}

unsigned int machine_nr_cpus(void)
{
	return machine.config.cpus;
}

unsigned int machine_levels(void)
{
	return machine.config.levels;
}

bool machine_switch(unsigned int bit)
{
	model_called_from(MODEL_CALLER);
	model_asks(bit);
	if (machine_has_rule(&machine.config.rules, bit))
		return true;
	model_tell(rule_missed, .rule = bit);
	return model_grants(bit);
}

void *machine_kernel_data(void)
{
	return machine.state->kernel_data;
}

static bool never(const void *arg)
{
	(void)arg;
	return false;
}

_Noreturn void machine_too_big(const char *what, unsigned long limit)
{
	agent_too_big(what, limit);
}

/* A broken contract ends the execution, and is what it ended with; while a world is set up it ends the program. */
_Noreturn void machine_panic(const char *file, int line, const char *what)
{
	if (agent_self() < 0) {
		fprintf(stderr, "%s:%d: contract broken: %s\n", file, line, what);
		exit(2);
	}
	model_called_from(MODEL_CALLER);
	model_violation(MODEL_CONTRACT, contract_broken, .file = file, .line = line, .what = what);
	for (;;)
		agent_step_until(never, NULL, NULL, 0);
}

/* The line is that of the call, or of the access, that the model is in. */
_Noreturn void model_panic(const char *what)
{
	if (agent_self() < 0) {
		fprintf(stderr, "contract broken: %s\n", what);
		exit(2);
	}
	model_violation(MODEL_CONTRACT, contract_broken, .file = NULL, .what = what);
	for (;;)
		agent_step_until(never, NULL, NULL, 0);
}

/* ---- who runs ---- */

struct model_agent *model_me(void)
{
	int self = agent_self();

	return &machine.state->agents[self < 0 ? AGENT_MAX_AGENTS : self];
}

struct model_cpu *model_this_cpu(void)
{
	return &machine.state->cpus[machine_cpu()];
}

unsigned int machine_cpu(void)
{
	return agent_self() < 0 ? machine.setup_cpu : model_me()->cpu;
}

void *machine_current(void)
{
	return model_me()->current;
}

void machine_set_current(void *thread)
{
	model_me()->current = thread;
}

void model_set_up_as(unsigned int cpu, void *current)
{
	assert(cpu < machine.config.cpus);
	machine.setup_cpu = cpu;
	model_me()->cpu = (uint8_t)cpu;
	model_me()->current = current;
}

void model_set_doing(const char *doing)
{
	model_device_told();
	model_me()->broke = NULL;
	model_me()->broken = 0;
	model_me()->operation++;
	if (agent_self() >= 0)
		machine.telling.doing[agent_self()] = doing;
}

/* What a world being set up keeps on the stack is nobody else's. */
void model_touch_at(const void *object, unsigned int op, int32_t value)
{
	if (agent_self() < 0 && !agent_is_object(object))
		return;
	agent_touch(agent_object(object), op, value);
}

const char *model_property_name(enum model_property property)
{
	static const char *const names[MODEL_PROPERTIES + 1] = {
		"use-after-free", "lost-write",	 "permission", "freed-table", "secondary-stale",
		"isolation",	  "wrong-range", "conflict",   "alias",	      "missed",
		"data-race",	  "leak",	 "livelock",   "deadlock",    "contract",
	};

	assert(property <= MODEL_CONTRACT);
	return names[property];
}

/* ---- interrupts ---- */

void model_set_irqs(bool off)
{
	model_me()->irq_depth = off;
	model_touch_at(&model_this_cpu()->irq, AGENT_WRITE, off);
}

unsigned long machine_irq_save(void)
{
	MODEL_LEAVES_NOTHING;
	struct model_agent *me = model_me();
	struct model_cpu *cpu = model_this_cpu();

	model_called_from(MODEL_CALLER);
	if (me->handling || me->irq_depth) {
		me->irq_depth += !me->handling;
		return 0;
	}
	model_step_waiting(&cpu->irq, AGENT_EQUAL, 0);
	model_set_irqs(true);
	model_tell(irq_off, 0);
	return 0;
}

void machine_irq_restore(unsigned long flags)
{
	MODEL_LEAVES_NOTHING;
	struct model_agent *me = model_me();

	model_called_from(MODEL_CALLER);
	(void)flags;
	if (me->handling || me->irq_depth > 1) {
		me->irq_depth -= !me->handling;
		return;
	}
	assert(me->irq_depth == 1);
	model_step_here();
	races_release();
	model_set_irqs(false);
	model_tell(irq_on, 0);
}

bool machine_irqs_on(void)
{
	return !model_me()->irq_depth && !model_me()->handling;
}

/* ---- boot ---- */

/* Returns which one of its threads. */
static uint8_t add_thread(unsigned int cpu, int agent)
{
	struct model_cpu *at = &machine.state->cpus[cpu];

	assert(cpu < machine.config.cpus);
	if (at->threads == MODEL_SHARERS)
		machine_too_big("threads on one CPU", MODEL_SHARERS);
	at->threads++;
	at->waits[0] = agent_object(&at->running);
	at->waits[at->threads] = agent_object(&machine.state->agents[agent].turn);
	return at->threads;
}

void model_may_come(int agent, unsigned int cpu)
{
	struct model_agent *thread = &machine.state->agents[agent];

	assert(thread->is_thread);
	if (cpu != thread->cpu && !thread->turns[cpu])
		thread->turns[cpu] = add_thread(cpu, agent);
}

int model_spawn_thread(unsigned int cpu, void (*body)(void *), void *arg)
{
	int agent = agent_spawn(body, arg);
	struct model_agent *thread = &machine.state->agents[agent];

	thread->cpu = (uint8_t)cpu;
	thread->is_thread = true;
	thread->turn = thread->turns[cpu] = add_thread(cpu, agent);
	return agent;
}

unsigned int model_view(void)
{
	return model_me()->anywhere ? machine.config.cpus : machine_cpu();
}

/* Where only raw scenarios have been run no machine was ever booted, and nothing was noted of any. */
bool model_in_order(void)
{
	return machine.config.memory != MODEL_WEAK || !machine.config.arch || machine.config.arch->tso;
}

int model_spawn_daemon(void (*body)(void *), void *arg, unsigned int cpu, bool handling)
{
	int agent = agent_spawn(body, arg);

	machine.state->agents[agent].cpu = (uint8_t)cpu;
	machine.state->agents[agent].handling = handling;
	agent_set_daemon(agent);
	return agent;
}

static void kernel_daemon(void *arg)
{
	(void)arg;
	machine.config.kernel->daemon();
}

void model_start(void)
{
	struct model_state *m = machine.state;

	/* The last thing that was done may have been a plain store to a table. */
	model_settle();
	m->owners = (uint8_t)agent_count();
	/* Frames below were taken one after the other while the world was set up, and none is free again. */
	for (m->first_fresh = 0; m->first_fresh < (int)model_frames() && m->frames[m->first_fresh].kind;
	     m->first_fresh++)
		;
	for (unsigned int i = 0; i < machine.config.cpus; i++) {
		model_spawn_daemon(model_handle_calls, &m->cpus[i], i, true);
		if (m->cpus[i].threads > 1)
			model_spawn_daemon(model_scheduler, &m->cpus[i], i, false);
	}
	if (machine.config.kernel->daemon) {
		model_spawn_daemon(kernel_daemon, NULL, 0, false);
		m->agents[agent_count() - 1].anywhere = true;
	}
	late_start();
	m->flushes = m->ipis = m->notified = 0;
	for (unsigned int i = 0; i < m->nr_watches; i++)
		m->watches[i].invalidated = false;
	races_start();
	before_start();
}
