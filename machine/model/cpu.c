/* SPDX-License-Identifier: MIT */
/* cpu.c - the model's agents: threads, the grace-period agent; interrupts off and on; boot. */
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
	if (machine.config.rules >> bit & 1)
		return true;
	model_tell(rule_missed, .rule = bit);
	return model_grants(bit);
}

void *machine_kernel_data(void)
{
	return machine.state->kernel_data;
}

void *machine_alloc(size_t bytes)
{
	return agent_alloc(bytes);
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

/* What changes belongs to the step that the thread has made last; a world being set up has nobody ahead of it. */
void model_set_ahead(uint64_t watches, const char *doing)
{
	uint64_t changed = model_me()->ahead ^ watches;

	for (unsigned int i = 0; agent_self() >= 0 && i < machine.state->nr_watches; i++) {
		if (changed >> i & 1)
			model_touch_at(&machine.state->watches[i].ahead, AGENT_JOIN, 0);
	}
	model_me()->ahead = watches;
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

	return names[property];
}

/* ---- interrupts ---- */

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
	me->irq_depth = 1;
	model_touch_at(&cpu->irq, AGENT_WRITE, 1);
	model_tell(irq_off, 0);
	return 0;
}

void machine_irq_restore(unsigned long flags)
{
	MODEL_LEAVES_NOTHING;
	struct model_agent *me = model_me();
	struct model_cpu *cpu = model_this_cpu();

	model_called_from(MODEL_CALLER);
	(void)flags;
	if (me->handling || me->irq_depth > 1) {
		me->irq_depth -= !me->handling;
		return;
	}
	assert(me->irq_depth == 1);
	model_step_here();
	races_release();
	me->irq_depth = 0;
	machine.state->grace_wait &= (uint8_t) ~(1u << me->cpu);
	model_touch_at(&cpu->irq, AGENT_WRITE, 0);
	model_tell(irq_on, 0);
}

bool machine_irqs_on(void)
{
	return !model_me()->irq_depth && !model_me()->handling;
}

/* ---- grace periods ---- */

/* A queue of each agent's own: queueing commutes, and the callbacks must run in one order whichever was queued first. */
void machine_call_rcu(struct machine_rcu *rcu, void (*fn)(struct machine_rcu *))
{
	MODEL_LEAVES_NOTHING;
	struct machine_rcu **end;

	model_called_from(MODEL_CALLER);
	model_step_here();
	if (agent_self() < 0) {
		fn(rcu);
		return;
	}
	races_release();
	rcu->fn = fn;
	rcu->next = NULL;
	for (end = &machine.state->rcu_queue[agent_self()]; *end; end = &(*end)->next)
		;
	*end = rcu;
	model_touch_at(&machine.state->rcu_count, AGENT_ADD, 1);
	model_tell(grace_asked, 0);
}

/* M21: each section that there was has ended, whether or not the next one has begun since. */
static bool grace_is_over(const void *arg)
{
	const struct model_state *m = arg;

	return !m->grace_wait;
}

/* All that is queued, as one list. */
static struct machine_rcu *take_callbacks(struct model_state *m)
{
	struct machine_rcu *list = NULL, **end = &list;

	for (unsigned int i = 0; i < AGENT_MAX_AGENTS; i++) {
		*end = m->rcu_queue[i];
		m->rcu_queue[i] = NULL;
		while (*end)
			end = &(*end)->next;
	}
	return list;
}

static struct machine_rcu *grace_begins(struct model_state *m, uint16_t *sections)
{
	struct machine_rcu *list = take_callbacks(m);

	model_touch_at(&m->rcu_count, AGENT_WRITE, 0);
	m->grace_wait = 0;
	for (unsigned int i = 0; i < machine.config.cpus; i++) {
		/* A grace period is a full barrier on every CPU. */
		model_drain(i);
		sections[i] = agent_object(&m->cpus[i].irq);
		agent_touch(sections[i], AGENT_READ, 0);
		if (agent_value(sections[i]) == 1)
			m->grace_wait |= (uint8_t)(1u << i);
	}
	late_everybody();
	model_note_fence(VIEW_ORDERED);
	model_tell(grace_begins, 0);
	return list;
}

static MODEL_OUT_OF_LINE struct machine_rcu *grace_period(struct model_state *m)
{
	uint16_t sections[MACHINE_MAX_CPUS] = { 0 };
	struct machine_rcu *list = grace_begins(m, sections);

	if (!grace_is_over(m)) {
		model_comes_to_step(0);
		agent_step_until(grace_is_over, m, sections, machine.config.cpus);
		model_makes_step(0);
		late_everybody();
		model_tell(grace_over, 0);
	}
	return list;
}

static MODEL_OUT_OF_LINE void run_callbacks(struct machine_rcu *list)
{
	while (list) {
		struct machine_rcu *first = list;

		list = first->next;
		model_wipe(NULL);
		first->fn(first);
	}
}

static void grace_agent(void *arg)
{
	struct model_state *m = arg;

	for (;;) {
		model_step_waiting(&m->rcu_count, AGENT_AT_LEAST, 1);
		run_callbacks(grace_period(m));
	}
}

/* ---- boot ---- */

int model_spawn_thread(unsigned int cpu, void (*body)(void *), void *arg, uint64_t ahead)
{
	struct model_cpu *at = &machine.state->cpus[cpu];
	int agent = agent_spawn(body, arg);

	machine.state->agents[agent].cpu = (uint8_t)cpu;
	machine.state->agents[agent].is_thread = true;
	machine.state->agents[agent].ahead = ahead;
	if (at->threads == MODEL_SHARERS)
		machine_too_big("threads on one CPU", MODEL_SHARERS);
	assert(cpu < machine.config.cpus);
	machine.state->agents[agent].turn = ++at->threads;
	at->waits[0] = agent_object(&at->running);
	at->waits[at->threads] = agent_object(&machine.state->agents[agent].ahead);
	return agent;
}

unsigned int model_view(void)
{
	return model_me()->anywhere ? machine.config.cpus : machine_cpu();
}

bool model_in_order(void)
{
	return machine.config.memory != MODEL_WEAK || machine.config.arch->tso;
}

int model_spawn_daemon(void (*body)(void *), void *arg, unsigned int cpu, bool handling)
{
	int agent = agent_spawn(body, arg);

	machine.state->agents[agent].cpu = (uint8_t)cpu;
	machine.state->agents[agent].handling = handling;
	agent_set_daemon(agent);
	return agent;
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
	model_spawn_daemon(grace_agent, m, 0, false);
	m->agents[agent_count() - 1].anywhere = true;
	late_start();
	m->flushes = m->ipis = 0;
	for (unsigned int i = 0; i < m->nr_watches; i++)
		m->watches[i].invalidated = false;
	races_start();
}
