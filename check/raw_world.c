/* SPDX-License-Identifier: MIT */
/* raw_world.c - a raw scenario as a world of agents; see raw.h. */
#include "check/raw.h"

#include <assert.h>
#include <string.h>

#include "explore/agent.h"
#include "machine/model/model.h"
#include "machine/model/steps.h"
#include "machine/model/views.h"

/* ---- what there is ---- */

/* As strong as the row and the scenario say. */
static struct weak_facts facts_of(const struct tlb_arch *arch)
{
	return (struct weak_facts){
		.buffers = true,
		.in_order = arch->tso,
		.stale = !arch->tso,
		.walks_follow = arch->tso,
		.caches_invalid = arch->caches_not_present,
		.fault_looks = !arch->readonly_sticky && !arch->caches_not_present,
		.local_orders = arch->tso || !arch->hw_walk,
		.updates_late = !arch->tso,
	};
}

static unsigned int hardware_of(const struct raw_world *w, unsigned int cpu)
{
	switch (w->raw->hardware[cpu]) {
	case RAW_HARDWARE_NONE:
		return 0;
	case RAW_HARDWARE_ACCESSED:
		return WEAK_SETS_ACCESSED;
	case RAW_HARDWARE_DIRTY:
		return WEAK_SETS_ACCESSED | WEAK_SETS_DIRTY;
	default:
		return w->arch->hw_dirty ? WEAK_SETS_ACCESSED | WEAK_SETS_DIRTY : 0;
	}
}

/* Pages of one file are one page, wherever they are mapped; others are each map's own. */
static void number_frames(struct raw_world *w)
{
	const struct litmus *l = w->litmus;
	unsigned int file_frame[LITMUS_MAX_FILES];

	w->nr_frames = 0;
	for (unsigned int i = 0; i < l->nr_files; i++) {
		file_frame[i] = w->nr_frames;
		w->nr_frames += l->files[i].pages;
	}
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		if (map->file != LITMUS_NONE) {
			w->frame_of[i] = (int)(file_frame[map->file] + map->file_page);
			continue;
		}
		w->frame_of[i] = (int)w->nr_frames;
		w->nr_frames += map->pages;
	}
	if (w->nr_frames > RAW_MAX_FRAMES)
		agent_too_big("pages", RAW_MAX_FRAMES);
}

static void need_word(struct raw_world *w, const struct raw_place *place)
{
	if (place->kind != RAW_PAGE || place->map == LITMUS_NONE)
		return;
	for (unsigned int i = 0; i < w->nr_words; i++) {
		if (w->words[i] == place->offset)
			return;
	}
	if (w->nr_words == RAW_MAX_WORDS)
		agent_too_big("words of a page", RAW_MAX_WORDS);
	w->words[w->nr_words++] = place->offset;
}

/* A place in a condition that no operation names still has a value at the end. */
static void number_words(struct raw_world *w)
{
	const struct raw *raw = w->raw;

	w->nr_words = 0;
	for (unsigned int i = 0; i < raw->nr_ops; i++)
		need_word(w, &raw->ops[i].place);
	for (unsigned int i = 0; i < raw->nr_starts; i++)
		need_word(w, &raw->starts[i].place);
	for (unsigned int i = 0; i < raw->nr_terms; i++) {
		if (raw->terms[i].kind == RAW_TERM_COMPARE && raw->terms[i].left.kind == RAW_LAST)
			need_word(w, &raw->terms[i].left.place);
		if (raw->terms[i].kind == RAW_TERM_COMPARE && raw->terms[i].right.kind == RAW_LAST)
			need_word(w, &raw->terms[i].right.place);
	}
}

static const struct raw_value *start_of(const struct raw_world *w, enum raw_place_kind kind, int map, unsigned int page)
{
	for (unsigned int i = 0; i < w->raw->nr_starts; i++) {
		const struct raw_start *start = &w->raw->starts[i];

		if (start->place.kind == kind && start->place.map == map && start->place.page == page)
			return &start->value;
	}
	return NULL;
}

static void add_entries(struct raw_world *w)
{
	struct weak *t = &w->state->timeline;
	const struct raw_entry none = { .none = true };

	for (unsigned int i = 0; i < w->litmus->nr_maps; i++) {
		const struct litmus_map *map = &w->litmus->maps[i];

		w->page[i] = t->nr_pages;
		for (unsigned int page = 0; page < map->pages; page++) {
			const struct raw_value *start = start_of(w, RAW_ENTRY, (int)i, page);
			uint64_t word = start ? raw_evaluate(w, start).word : raw_entry_word(w, &none);

			weak_add_page(t, weak_add_place(t, word), (unsigned int)map->mm);
		}
	}
}

static void add_data(struct raw_world *w)
{
	struct weak *t = &w->state->timeline;

	for (unsigned int frame = 0; frame < w->nr_frames; frame++) {
		for (unsigned int word = 0; word < w->nr_words; word++)
			w->data[frame][word] = (uint8_t)weak_add_place(t, 0);
	}
	for (unsigned int i = 0; i < w->raw->nr_starts; i++) {
		const struct raw_start *start = &w->raw->starts[i];
		unsigned int frame;

		if (start->place.kind != RAW_PAGE)
			continue;
		frame = (unsigned int)w->frame_of[start->place.map] + start->place.page;
		t->places[raw_data_place(w, frame, &start->place)].value = raw_evaluate(w, &start->value).word;
	}
	for (unsigned int i = 0; i < w->raw->nr_flags; i++)
		w->flag[i] = (uint8_t)weak_add_place(t, w->raw->flags[i].value);
}

/* ---- agents ---- */

static void settle(const struct raw_world *w)
{
	weak_settle(&w->state->timeline, w->state->known[0], 2 * (size_t)LITMUS_MAX_NAMES);
}

static void touch_all(const struct raw_world *w)
{
	agent_touch(step_events(&w->state->timeline), AGENT_WRITE, 0);
}

static void wait_until(bool (*ready)(const void *), const void *arg, const struct raw_world *w)
{
	const uint16_t objects[] = { step_events(&w->state->timeline) };

	agent_step_until(ready, arg, objects, 1);
}

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

	for (unsigned int i = 0; i < w->litmus->nr_registers; i++) {
		if (w->litmus->registers[i].agent == (int)agent->number)
			w->state->known[0][i] = w->state->known[1][i] = 0;
	}
	if (!(w->called >> cpu & 1))
		w->state->timeline.views[cpu].over = 1;
	settle(w);
}

/* Each of these in a function of its own, whose frame is gone when the agent waits. */
static void begin(const struct raw_agent *agent)
{
	const struct raw_runner runner = runner_of(agent);

	raw_go_on(&runner);
	touch_all(agent->world);
	settle(agent->world);
}

static void step(const struct raw_agent *agent)
{
	const struct raw_runner runner = runner_of(agent);

	raw_step(&runner);
	raw_go_on(&runner);
	touch_all(agent->world);
	settle(agent->world);
}

static void program(void *arg)
{
	const struct raw_agent *agent = arg;
	const struct raw_run *run = &agent->world->state->runs[agent->number];

	begin(agent);
	while (!run->over) {
		wait_until(program_may_step, agent, agent->world);
		step(agent);
	}
	end_program(agent);
}

/* ---- interrupts ---- */

static struct raw_runner handler_of(const struct raw_agent *agent)
{
	return (struct raw_runner){ .world = agent->world,
				    .run = &agent->world->state->calls[agent->number].run,
				    .cpu = agent->number,
				    .handler = LITMUS_NONE };
}

static bool interrupt_may_step(const void *arg)
{
	const struct raw_agent *agent = arg;
	const struct raw_call *call = &agent->world->state->calls[agent->number];
	const struct raw_runner runner = handler_of(agent);

	return call->state == RAW_CALL_SENT || (call->state == RAW_CALL_RUNS && raw_may_step(&runner));
}

static void take_interrupt(struct raw_world *w, unsigned int cpu)
{
	struct weak_view *v = &w->state->timeline.views[cpu];
	struct raw_call *call = &w->state->calls[cpu];

	v->loads = later(v->loads, call->view);
	v->loaded = later(v->loaded, call->view);
	v->all = later(v->all, call->view);
	view_context(&w->state->timeline, cpu);
	call->state = RAW_CALL_RUNS;
}

static void step_interrupt(const struct raw_agent *agent)
{
	const struct raw_runner runner = handler_of(agent);
	struct raw_call *call = &agent->world->state->calls[agent->number];

	if (call->state == RAW_CALL_SENT)
		take_interrupt(agent->world, agent->number);
	else
		raw_step(&runner);
	raw_go_on(&runner);
	if (runner.run->over) {
		call->state = RAW_CALL_ANSWERED;
		call->view = agent->world->state->timeline.nr_events;
		call->run = (struct raw_run){ 0 };
		view_context(&agent->world->state->timeline, agent->number);
	}
	touch_all(agent->world);
	settle(agent->world);
}

static void interrupts(void *arg)
{
	const struct raw_agent *agent = arg;

	for (;;) {
		wait_until(interrupt_may_step, agent, agent->world);
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

static bool is_chosen(struct leaving *l)
{
	return (int)l->found++ == l->wanted;
}

static const struct raw_run *run_on(const struct raw_world *w, unsigned int cpu)
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

static uint64_t unknown_behind(const struct raw_op *op, uint64_t unknown)
{
	bool known = op->kind == RAW_LET && op->how != RAW_PICK && !is_unknown(unknown, op->value.reg) &&
		     !is_unknown(unknown, op->left.reg) && address_is_known(op, unknown);

	if (op->reg == LITMUS_NONE)
		return unknown;
	return known ? unknown & ~(1ull << op->reg) : unknown | 1ull << op->reg;
}

/* Later stores whose address is known now. */
static void find_early(struct leaving *l)
{
	const struct raw_world *w = l->world;
	const struct raw_run *run = run_on(w, l->cpu);
	uint64_t unknown = 0;
	unsigned int at;

	if (!run || run->over || run->waits)
		return;
	at = run->op;
	for (bool first = true;; first = false) {
		const struct raw_op *op = &w->raw->ops[at];
		bool accesses = op->kind == RAW_LOAD || op->kind == RAW_STORE || op->kind == RAW_MODIFY;

		if (ends_looking(w, op) || (accesses && !address_is_known(op, unknown)))
			return;
		if (!first && (op->kind == RAW_STORE || op->kind == RAW_MODIFY) && !op->exclusive &&
		    op->place.kind == RAW_PAGE &&
		    walk_may_be_early(&w->state->timeline, l->cpu, raw_page(w, &op->place)) && is_chosen(l)) {
			walk_be_early(&l->world->state->timeline, l->cpu, raw_page(w, &op->place), at);
			return;
		}
		unknown = unknown_behind(op, unknown);
		at = (unsigned int)op->next;
	}
}

static void find_leaving(struct leaving *l)
{
	struct weak *t = &l->world->state->timeline;
	struct weak_view *v = &t->views[l->cpu];

	for (unsigned int i = 0; i < v->nr_stores; i++) {
		if (view_may_leave(t, l->cpu, i) && is_chosen(l)) {
			view_leave(t, l->cpu, i);
			return;
		}
	}
	for (unsigned int i = 0; i < v->nr_updates; i++) {
		if (is_chosen(l)) {
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

static bool may_leave(const void *arg)
{
	return leaving(arg, -1) > 0;
}

static void let_one_leave(const struct raw_agent *agent)
{
	unsigned int n = leaving(agent, -1);

	assert(n > 0);
	leaving(agent, n > 1 ? (int)agent_choose(n) : 0);
	touch_all(agent->world);
	settle(agent->world);
}

static void leaves(void *arg)
{
	const struct raw_agent *agent = arg;

	for (;;) {
		wait_until(may_leave, agent, agent->world);
		let_one_leave(agent);
	}
}

/* ---- accessed bits that nobody asked for ---- */

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
static void speculate(struct raw_world *w)
{
	uint8_t pages[WEAK_PAGES];
	unsigned int n = speculating(w, pages), chosen;

	assert(n > 0);
	if (all_is_over(w)) {
		if (agent_choose(2))
			w->state->stays[pages[0]] = 1;
		else
			walk_speculate(&w->state->timeline, pages[0]);
	} else {
		chosen = n > 1 ? agent_choose(n) : 0;
		walk_speculate(&w->state->timeline, pages[chosen]);
	}
	touch_all(w);
	settle(w);
}

static void speculates(void *arg)
{
	const struct raw_agent *agent = arg;

	for (;;) {
		wait_until(may_speculate, agent, agent->world);
		speculate(agent->world);
	}
}

/* ---- setting up ---- */

/* Alone, each with the newest of what it could read, and everything leaves at once. */
static void run_before(struct raw_world *w, unsigned int nr)
{
	const struct raw_thread *thread = &w->raw->befores[nr];
	unsigned int cpu = w->litmus->befores[nr].cpu;
	struct raw_run run = { .op = (uint16_t)thread->first };
	const struct raw_runner runner = { w, &run, cpu, thread->user, LITMUS_NONE };
	const struct raw_agent leaver = { w, cpu };

	raw_go_on(&runner);
	while (!run.over) {
		while (leaving(&leaver, -1))
			leaving(&leaver, 0);
		raw_step_alone(&runner);
		raw_go_on(&runner);
	}
	while (leaving(&leaver, -1))
		leaving(&leaver, 0);
	settle(w);
}

/* What was done before is done: everybody knows all of it, and only TLBs may remember what was there. */
static void let_everybody_know(struct raw_world *w)
{
	struct weak *t = &w->state->timeline;

	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		struct weak_view *v = &t->views[cpu];

		v->loads = v->loaded = v->all = v->walks = v->context = v->completed = t->nr_events;
	}
	settle(w);
}

static void spawn(struct raw_agent *agent, struct raw_world *w, unsigned int number, void (*body)(void *))
{
	*agent = (struct raw_agent){ w, number };
	agent_spawn(body, agent);
}

static void spawn_daemon(struct raw_agent *agent, void (*body)(void *))
{
	agent_set_daemon(agent_spawn(body, agent));
}

static void spawn_all(struct raw_world *w)
{
	const struct litmus *l = w->litmus;

	for (unsigned int i = 0; i < l->nr_agents; i++)
		spawn(&w->programs[i], w, i, program);
	for (unsigned int cpu = 0; cpu < l->cpus; cpu++) {
		w->cpus[cpu] = (struct raw_agent){ w, cpu };
		spawn_daemon(&w->cpus[cpu], leaves);
		if (w->called >> cpu & 1)
			spawn_daemon(&w->cpus[cpu], interrupts);
	}
	for (unsigned int cpu = 0; cpu < l->cpus; cpu++) {
		if (hardware_of(w, cpu)) {
			spawn_daemon(&w->cpus[cpu], speculates);
			return;
		}
	}
}

static uint32_t called(const struct raw *raw)
{
	uint32_t cpus = 0;

	for (unsigned int i = 0; i < raw->nr_ops; i++) {
		if (raw->ops[i].kind == RAW_CALL)
			cpus |= 1u << raw->ops[i].cpu;
	}
	return cpus;
}

static void start_programs(struct raw_world *w)
{
	const struct litmus *l = w->litmus;

	for (unsigned int i = 0; i < l->nr_agents; i++) {
		for (unsigned int other = 0; other < i; other++) {
			if (l->agents[other].cpu == l->agents[i].cpu)
				agent_too_big("program on one CPU of a raw scenario", 1);
		}
		w->state->runs[i].op = (uint16_t)w->raw->threads[i].first;
	}
}

void raw_set_up(struct raw_world *w)
{
	const struct weak_facts facts = facts_of(w->arch);

	agent_reset();
	agent_set_hooked(MODEL_TOLD);
	w->raw = w->litmus->raw;
	w->state = agent_alloc(sizeof(*w->state));
	w->called = called(w->raw);
	weak_init(&w->state->timeline, &facts, w->litmus->cpus);
	for (unsigned int cpu = 0; cpu < w->litmus->cpus; cpu++) {
		const struct raw_run *run = run_on(w, cpu);

		w->state->timeline.hardware[cpu] = (uint8_t)hardware_of(w, cpu);
		if (run && w->raw->threads[run - w->state->runs].user)
			w->state->timeline.hardware[cpu] |= WEAK_USER;
		w->state->timeline.views[cpu].over = !run && !(w->called >> cpu & 1);
	}
	number_frames(w);
	number_words(w);
	add_entries(w);
	add_data(w);
	for (unsigned int i = 0; i < w->litmus->nr_befores; i++)
		run_before(w, i);
	let_everybody_know(w);
	start_programs(w);
	spawn_all(w);
}
