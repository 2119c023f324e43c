/* SPDX-License-Identifier: MIT */
/* raw_agents.c - the agents of a raw scenario; see raw.h. */
#include "check/raw_touch.h"

#include <assert.h>

#include "explore/agent.h"
#include "machine/model/model.h"
#include "machine/model/steps.h"

/* ---- programs ---- */

void raw_settle(const struct raw_world *w)
{
	struct raw_stamps *stamps = &w->state->stamps;

	weak_settle(&w->state->timeline, (weak_stamp *)stamps, sizeof(*stamps) / sizeof(weak_stamp));
}

/* Made anew each time: on an agent's stack it would be part of the state. */
static struct raw_runner runner_of(const struct raw_agent *agent)
{
	const struct raw_thread *thread = &agent->world->raw->threads[agent->number];

	return (struct raw_runner){ .world = agent->world,
				    .run = &agent->world->state->runs[agent->number],
				    .cpu = agent->world->litmus->agents[agent->number].cpu,
				    .user = thread->user,
				    .handler = thread->handler };
}

/* A handler suspends the program of its CPU. */
static bool program_may_step(const void *arg)
{
	const struct raw_agent *agent = arg;
	const struct raw_runner runner = runner_of(agent);

	return agent->world->state->calls[runner.cpu].state != RAW_CALL_RUNS && raw_may_step(&runner);
}

/* What was in its registers is known at the end, and what it was computed from is not needed any more. */
static void end_program(const struct raw_agent *agent)
{
	const struct raw_world *w = agent->world;
	unsigned int cpu = w->litmus->agents[agent->number].cpu;

	assert(w->state->runs[agent->number].over);
	for (unsigned int i = 0; i < w->litmus->nr_registers; i++) {
		if (w->litmus->registers[i].agent == (int)agent->number)
			w->state->stamps.known[0][i] = w->state->stamps.known[1][i] = 0;
	}
	if (!(w->called >> cpu & 1))
		w->state->timeline.views[cpu].over = 1;
	raw_settle(w);
}

/*
 * Each of these in a function of its own, whose frame is gone when the agent waits. Wiped as well: what waits leaves some of its frame as it
 * was, and that would be a part of the state.
 */
static MODEL_OUT_OF_LINE void begin(const struct raw_agent *agent)
{
	const struct raw_runner runner = runner_of(agent);
	struct raw_before before;

	/* The explorer tries first turns before the first step. */
	if (agent->world->story)
		agent->world->story->nr = 0;
	before = raw_before_leaving(agent->world, runner.cpu);
	raw_go_on(&runner);
	raw_touch(agent->world, &before);
	raw_settle(agent->world);
}

static MODEL_OUT_OF_LINE void step(const struct raw_agent *agent)
{
	const struct raw_runner runner = runner_of(agent);
	const struct raw_before before = raw_before_step(&runner);

	raw_step(&runner);
	raw_go_on(&runner);
	raw_touch(agent->world, &before);
	raw_settle(agent->world);
}

static void program(void *arg)
{
	const struct raw_agent *agent = arg;
	const struct raw_runner runner = runner_of(agent);

	begin(agent);
	while (!runner.run->over) {
		model_wipe(NULL);
		raw_wait_for_step(&runner, program_may_step, agent);
		step(agent);
	}
	end_program(agent);
}

/* ---- interrupts ---- */

/* It has no handler of its own: an access of it that faults goes on. */
static struct raw_runner handler_of(const struct raw_agent *agent)
{
	return (struct raw_runner){ .world = agent->world,
				    .run = &agent->world->state->calls[agent->number].run,
				    .cpu = agent->number,
				    .handler = LITMUS_NONE };
}

/* Interrupts are never off here; whoever wants them off has no program that is called. */
static bool interrupt_may_step(const void *arg)
{
	const struct raw_agent *agent = arg;
	const struct raw_call *call = &agent->world->state->calls[agent->number];
	const struct raw_runner runner = handler_of(agent);

	return call->state == RAW_CALL_SENT || (call->state == RAW_CALL_RUNS && raw_may_step(&runner));
}

/* Taking it is an exception, and what the sender handed over is known from here on as if it had been loaded with acquire. */
static void take_interrupt(struct raw_world *w, unsigned int cpu)
{
	struct raw_call *call = &w->state->calls[cpu];

	assert(call->state == RAW_CALL_SENT);
	raw_know_call(w, cpu, cpu);
	view_context(&w->state->timeline, cpu);
	call->state = RAW_CALL_RUNS;
	raw_tell(w, &(struct raw_told){ .kind = RAW_TOLD_INTERRUPT, .op = LITMUS_NONE });
}

/* The answer is given with the last step, whose stores have left: RAW_ANSWER waits for them. */
static MODEL_OUT_OF_LINE void step_interrupt(const struct raw_agent *agent)
{
	const struct raw_runner runner = handler_of(agent);
	struct raw_call *call = &agent->world->state->calls[agent->number];
	struct raw_before before;

	if (call->state == RAW_CALL_RUNS)
		before = raw_before_step(&runner);
	else
		before = raw_before_leaving(agent->world, agent->number);
	if (call->state == RAW_CALL_SENT)
		take_interrupt(agent->world, agent->number);
	else
		raw_step(&runner);
	raw_go_on(&runner);
	if (runner.run->over) {
		call->state = RAW_CALL_ANSWERED;
		raw_hand_over(agent->world, agent->number);
		call->run = (struct raw_run){ 0 };
		view_context(&agent->world->state->timeline, agent->number);
	}
	raw_touch_interrupt(agent->world, agent->number, call->state == RAW_CALL_ANSWERED);
	raw_touch(agent->world, &before);
	raw_settle(agent->world);
}

static void interrupts(void *arg)
{
	const struct raw_agent *agent = arg;
	const struct raw_runner runner = handler_of(agent);

	for (;;) {
		model_wipe(NULL);
		if (agent->world->state->calls[agent->number].state == RAW_CALL_RUNS)
			raw_wait_for_step(&runner, interrupt_may_step, agent);
		else
			raw_wait_for_interrupt(agent->world, agent->number, interrupt_may_step, agent);
		step_interrupt(agent);
	}
}

/* ---- what leaves a CPU ---- */

/* A store that may leave, an update that does, or a dirty bit that is set ahead: number @wanted of them is done. */
struct leaving {
	struct raw_world *world;
	unsigned int cpu, found;
	int wanted;
};

/* Finding and doing go through the same lines, so that the number of a choice is that of the same thing in both. */
static bool is_chosen(struct leaving *l)
{
	return (int)l->found++ == l->wanted;
}

static void tell(const struct leaving *l, enum raw_told_kind kind, unsigned int place, uint64_t word)
{
	raw_tell(l->world, &(struct raw_told){ .kind = kind, .op = LITMUS_NONE, .place = place, .word = word });
}

const struct raw_run *raw_run_on(const struct raw_world *w, unsigned int cpu)
{
	for (unsigned int i = 0; i < w->litmus->nr_agents; i++) {
		if (w->litmus->agents[i].cpu == cpu)
			return &w->state->runs[i];
	}
	return NULL;
}

static bool is_unknown(uint64_t unknown, int reg)
{
	return reg != LITMUS_NONE && unknown >> reg & 1;
}

/* A later access whose address depends on a load that is still to be made is not known to be made at all. */
static bool address_is_known(const struct raw_op *op, uint64_t unknown)
{
	for (unsigned int i = 0; i < op->nr_after; i++) {
		if (is_unknown(unknown, op->after[i]))
			return false;
	}
	return true;
}

/* Behind @op nobody looks ahead: it decides what comes next, or synchronises. */
static bool ends_looking(const struct raw_world *w, const struct raw_op *op)
{
	bool completes = op->kind == RAW_FENCE &&
			 (op->fence == RAW_FENCE_COMPLETE || op->fence == RAW_FENCE_COMPLETE_STORE ||
			  op->fence == RAW_FENCE_COMPLETE_LOAD);

	return (op->test.there && op->how != RAW_PICK) || op->kind == RAW_GOTO || op->kind == RAW_END ||
	       op->kind == RAW_RETURN || op->kind == RAW_RETRY || op->kind == RAW_AWAIT || op->kind == RAW_CALL ||
	       op->kind == RAW_ANSWER || (op->kind == RAW_FENCE && op->fence == RAW_FENCE_CONTEXT) ||
	       (completes && w->state->timeline.facts.fault_looks);
}

/* A select is never known ahead: which way it goes may be predicted, but no dirty bit is set on a guess. */
static uint64_t unknown_behind(const struct raw_op *op, uint64_t unknown)
{
	bool known = op->kind == RAW_LET && op->how != RAW_PICK && !is_unknown(unknown, op->value.reg) &&
		     !is_unknown(unknown, op->left.reg) && address_is_known(op, unknown);

	if (op->reg == LITMUS_NONE)
		return unknown;
	return known ? unknown & ~(1ull << op->reg) : unknown | 1ull << op->reg;
}

/* Later stores whose address is known now. The one that comes next is not among them: it will set its bit itself. */
static void find_early(struct leaving *l)
{
	const struct raw_world *w = l->world;
	const struct raw_run *run = raw_run_on(w, l->cpu);
	uint64_t unknown = 0;
	unsigned int at;

	if (!run || run->over || run->waits)
		return;
	assert(run->op < w->raw->nr_ops);
	at = run->op;
	for (bool first = true;; first = false) {
		const struct raw_op *op = &w->raw->ops[at];
		bool accesses = op->kind == RAW_LOAD || op->kind == RAW_STORE || op->kind == RAW_MODIFY;

		if (ends_looking(w, op) || (accesses && !address_is_known(op, unknown)))
			return;
		if (!first && (op->kind == RAW_STORE || op->kind == RAW_MODIFY) && !op->exclusive &&
		    op->place.kind == RAW_PAGE &&
		    walk_may_be_early(&w->state->timeline, l->cpu, raw_page(w, &op->place)) && is_chosen(l)) {
			tell(l, RAW_TOLD_EARLY, w->state->timeline.pages[raw_page(w, &op->place)].entry, 0);
			walk_be_early(&l->world->state->timeline, l->cpu, raw_page(w, &op->place), at);
			return;
		}
		unknown = unknown_behind(op, unknown);
		at = (unsigned int)op->next;
	}
}

/* Stores first, oldest first; the order is only that of the choice's numbers. */
static void find_leaving(struct leaving *l)
{
	struct weak *t = &l->world->state->timeline;
	struct weak_view *v = &t->views[l->cpu];

	for (unsigned int i = 0; i < v->nr_stores; i++) {
		if (view_may_leave(t, l->cpu, i) && is_chosen(l)) {
			tell(l, RAW_TOLD_LEAVES, v->stores[i].place, v->stores[i].value);
			view_leave(t, l->cpu, i);
			return;
		}
	}
	for (unsigned int i = 0; i < v->nr_updates; i++) {
		if (is_chosen(l)) {
			tell(l, RAW_TOLD_UPDATES, v->updates[i].place, v->updates[i].value);
			walk_update_leaves(t, l->cpu, i);
			return;
		}
	}
	if (t->hardware[l->cpu] & WEAK_SETS_DIRTY)
		find_early(l);
}

static unsigned int leaving(const struct raw_agent *agent, int wanted)
{
	struct leaving l = { .world = agent->world, .cpu = agent->number, .wanted = wanted };

	find_leaving(&l);
	return l.found;
}

/* Everything that is on its way from @cpu, oldest first. */
void raw_let_all_leave(struct raw_world *w, unsigned int cpu)
{
	const struct raw_agent agent = { w, cpu };

	while (leaving(&agent, -1))
		leaving(&agent, 0);
}

/* Asked by the search between two steps. */
static bool may_leave(const void *arg)
{
	return leaving(arg, -1) > 0;
}

static MODEL_OUT_OF_LINE void let_one_leave(const struct raw_agent *agent)
{
	const struct raw_before before = raw_before_leaving(agent->world, agent->number);
	unsigned int n = leaving(agent, -1);

	assert(n > 0);
	leaving(agent, n > 1 ? (int)agent_choose(n) : 0);
	raw_touch(agent->world, &before);
	raw_settle(agent->world);
}

static void leaves(void *arg)
{
	const struct raw_agent *agent = arg;

	for (;;) {
		model_wipe(NULL);
		raw_wait_for_leaving(agent->world, agent->number, may_leave, agent);
		let_one_leave(agent);
	}
}

/* ---- accessed bits that nobody asked for ---- */

/* Then nothing but speculation is left, which need not happen. */
static bool all_is_over(const struct raw_world *w)
{
	const struct raw_state *s = w->state;

	for (unsigned int i = 0; i < w->litmus->nr_agents; i++) {
		if (!s->runs[i].over)
			return false;
	}
	for (unsigned int i = 0; i < w->litmus->cpus; i++) {
		if (s->timeline.views[i].nr_stores || s->timeline.views[i].nr_updates)
			return false;
	}
	return true;
}

/* A page that was decided to stay as it is, at the end, is not asked about again. */
static unsigned int speculating(const struct raw_world *w, uint8_t *pages)
{
	const struct weak *t = &w->state->timeline;
	unsigned int n = 0;

	for (unsigned int page = 0; page < t->nr_pages; page++) {
		if (!w->state->stays[page] && walk_may_speculate(t, page))
			pages[n++] = (uint8_t)page;
	}
	return n;
}

static bool may_speculate(const void *arg)
{
	uint8_t pages[WEAK_PAGES];

	return speculating(((const struct raw_agent *)arg)->world, pages) > 0;
}

/* It need never happen; at the end that is a choice, so that there are ends with and without. */
static MODEL_OUT_OF_LINE void speculate(struct raw_world *w)
{
	const struct raw_before before = raw_before_leaving(w, 0);
	uint8_t pages[WEAK_PAGES];
	unsigned int n = speculating(w, pages), chosen = 0;
	bool stays = false;

	assert(n > 0);
	if (all_is_over(w))
		stays = agent_choose(2);
	else if (n > 1)
		chosen = agent_choose(n);
	if (stays) {
		w->state->stays[pages[0]] = 1;
	} else {
		raw_tell(w, &(struct raw_told){ .kind = RAW_TOLD_YOUNG,
						.op = LITMUS_NONE,
						.place = w->state->timeline.pages[pages[chosen]].entry });
		walk_speculate(&w->state->timeline, pages[chosen]);
	}
	raw_touch(w, &before);
	raw_settle(w);
}

static void speculates(void *arg)
{
	const struct raw_agent *agent = arg;

	for (;;) {
		model_wipe(NULL);
		raw_wait_for_speculation(agent->world, may_speculate, agent);
		speculate(agent->world);
	}
}

/* ---- starting them ---- */

static void spawn(struct raw_agent *agent, struct raw_world *w, unsigned int number, void (*body)(void *))
{
	*agent = (struct raw_agent){ w, number };
	agent_spawn(body, agent);
}

static void spawn_daemon(struct raw_agent *agent, void (*body)(void *))
{
	agent_set_daemon(agent_spawn(body, agent));
}

/*
 * Programs first, so that the number of an agent in a trace is that of its line in the file. One agent speculates for all CPUs: whose
 * walk sets the bit makes no difference.
 */
void raw_spawn(struct raw_world *w)
{
	const struct litmus *l = w->litmus;

	if (l->nr_agents + l->cpus + (unsigned int)__builtin_popcount(w->called) + 1 > AGENT_MAX_AGENTS)
		agent_too_big("programs, CPUs and called CPUs together", AGENT_MAX_AGENTS - 1);
	for (unsigned int i = 0; i < l->nr_agents; i++)
		spawn(&w->programs[i], w, i, program);
	for (unsigned int cpu = 0; cpu < l->cpus; cpu++) {
		w->cpus[cpu] = (struct raw_agent){ w, cpu };
		spawn_daemon(&w->cpus[cpu], leaves);
		if (w->called >> cpu & 1)
			spawn_daemon(&w->cpus[cpu], interrupts);
	}
	for (unsigned int cpu = 0; cpu < l->cpus; cpu++) {
		if (w->state->timeline.hardware[cpu] & (WEAK_SETS_ACCESSED | WEAK_SETS_DIRTY)) {
			spawn_daemon(&w->cpus[cpu], speculates);
			return;
		}
	}
}
