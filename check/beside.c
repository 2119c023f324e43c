/* SPDX-License-Identifier: MIT */
/*
 * beside.c - what a timeline shows beside its rows: entries and who holds them, frames, registers, lanes.
 *
 * All of it is read from the model itself, not concluded from records: a replay stops after each step, and what the
 * model's state is then is what stands beside that row. So a state that no record tells of, as a store that waits in a
 * store buffer, is right as well, and a reader can hold the sentences of the rows against it.
 *
 * What there is to show is fixed before the first row, since a timeline's columns are; beside_set() only gives new values
 * to what beside_add() has added. The bounds are those of a page that can still be read: where a scenario has more, the
 * first are shown, and nothing is concluded from what is left out.
 */
#include "check/trace.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "check/sentence.h"
#include "machine/model/group.h"

/* Good for the next few names only, so what is kept is copied into a label first. */
static const char *name(struct trace *t, const void *address)
{
	return binding_name(&t->names, t->binding, address);
}

/*
 * What does not fit is cut off: it is text for people. One separator for all: a row that tells three things
 * looks like a state with three holders.
 */
void trace_append(char *to, size_t size, const char *text)
{
	size_t used = strlen(to);

	assert(size > 0 && used < size);
	snprintf(to + used, size - used, "%s%s", used ? "; " : "", text);
}

/* ---- state that matters ---- */

/*
 * Walked anew each time: tables come and go while the scenario runs. NULL: no table reaches that far now. It
 * reads the words as they are in memory, and is no step: a picture must not have a touch of its own. *@into: of a large page, how many
 * pages behind its first one.
 */
static const machine_pte *entry_of_watch(const struct model_watch *watch, unsigned int *into)
{
	struct model_state *m = model_state();
	int frame = m->roots[watch->space];

	assert(frame >= 0);
	for (;;) {
		const struct model_frame *table = &m->frames[frame];
		const machine_pte *entry = &table->words[model_index(watch->page, table->level)];

		*into = (unsigned int)(watch->page & (model_level_pages(table->level) - 1));
		if (!table->level || (entry->word & MACHINE_PTE_PRESENT && !(entry->word & MACHINE_PTE_TABLE)))
			return entry;
		if (!(entry->word & MACHINE_PTE_PRESENT))
			return NULL;
		frame = model_pte_frame(entry->word);
	}
}

static void entry_state(const struct trace *t, unsigned int i, char *text, size_t size)
{
	unsigned int into;
	const machine_pte *entry = entry_of_watch(&model_state()->watches[t->watch[i]], &into);

	assert(i < MAX_STATES);
	if (!entry)
		snprintf(text, size, "no table");
	else
		sentence_entry(entry->word + ((uint64_t)into << MACHINE_PTE_FRAME_SHIFT), text, size);
}

/*
 * A CPU that holds a table holds every page below it, so ranges are compared, not entries. Only what is held stands
 * here; what a CPU may still take from the tables is in the entry beside it.
 */
static void holder_state(struct trace *t, unsigned int i, char *text, size_t size)
{
	const struct model_watch *watch = &model_state()->watches[t->watch[i]];

	assert(i < MAX_STATES && size > 0);
	text[0] = 0;
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		const struct model_cpu *cpu = &model_state()->cpus[c];

		for (unsigned int j = 0; j < cpu->nr_held; j++) {
			const struct model_held *held = &cpu->held[j];
			unsigned int into = (unsigned int)(watch->page - held->page);
			char one[NAME_LENGTH + 24];

			if (held->space != watch->space || watch->page < held->page ||
			    into >= model_level_pages(held->level) || !(held->word & MACHINE_PTE_PRESENT))
				continue;
			if (held->word & MACHINE_PTE_TABLE)
				snprintf(one, sizeof(one), "%s: table in frame %d",
					 binding_cpu_name(&t->names, t->binding, c), model_pte_frame(held->word));
			else
				snprintf(one, sizeof(one), "%s: frame %d", binding_cpu_name(&t->names, t->binding, c),
					 model_pte_frame(held->word) + (int)into);
			trace_append(text, size, one);
		}
	}
	if (!text[0])
		snprintf(text, size, "nobody");
}

/* The words "free", "in use" and "reused" are those that the reports draw apart; see struct timeline_lane. */
static void frame_state(int nr, char *text, size_t size)
{
	static const char *const kinds[] = {
		[MACHINE_FRAME_FREE] = "free",
		[MACHINE_FRAME_TABLE] = "table",
		[MACHINE_FRAME_DATA] = "in use",
		[MACHINE_FRAME_OTHER] = "reused",
	};

	assert(nr >= 0);
	snprintf(text, size, "%s", kinds[model_state()->frames[nr].kind]);
}

/*
 * Two pages may lead to one frame, and pages have tables in common: each frame is shown once. When the table
 * is full, frames that are found later are left out rather than replacing earlier ones: the pages that
 * programs access come first, and so do their frames.
 */
static void watch_frame(struct trace *t, int nr)
{
	char label[NAME_LENGTH + 16], text[64];

	assert(nr >= 0);
	if (t->nr_frames == MAX_STATES)
		return;
	for (unsigned int i = 0; i < t->nr_frames; i++) {
		if (t->frame[i] == nr)
			return;
	}
	frame_state(nr, text, sizeof(text));
	snprintf(label, sizeof(label), "frame %d (%s)", nr, binding_frame(&t->names, t->binding, nr));
	t->frame[t->nr_frames] = nr;
	t->frames[t->nr_frames++] = timeline_add_watch(t->timeline, label, text);
}

/*
 * Pages that programs access, first of all; then the frames behind them, and the tables on the way. Entries before
 * frames, because what a program accesses is what a reader looks for first.
 */
static void add_states(struct trace *t)
{
	const struct model_state *m = model_state();
	uint64_t used = 0;

	for (unsigned int i = 0; i < t->binding->litmus->nr_ops; i++) {
		const struct litmus_op *op = &t->binding->litmus->ops[i];
		const struct litmus_map *map;

		if (op->map == LITMUS_NONE)
			continue;
		map = &t->binding->litmus->maps[op->map];
		used |= binding_watches(t->binding, map->mm, litmus_address(map, op->page),
					litmus_address(map, op->page) + PAGE_BYTES);
	}
	for (unsigned int i = 0; i < m->nr_watches && t->states < 3; i++) {
		char label[NAME_LENGTH + 24], text[160];

		if (!(used >> i & 1))
			continue;
		t->watch[t->states] = (int)i;
		entry_state(t, t->states, text, sizeof(text));
		snprintf(label, sizeof(label), "%s entry", name(t, &m->watches[i]));
		t->entry[t->states] = timeline_add_watch(t->timeline, label, text);
		holder_state(t, t->states, text, sizeof(text));
		snprintf(label, sizeof(label), "%s still held by", name(t, &m->watches[i]));
		t->holders[t->states++] = timeline_add_watch(t->timeline, label, text);
	}
	for (unsigned int i = 0; i < t->states; i++) {
		unsigned int into;
		const machine_pte *entry = entry_of_watch(&m->watches[t->watch[i]], &into);

		if (!entry)
			continue;
		if (entry->word & MACHINE_PTE_PRESENT)
			watch_frame(t, model_pte_frame(entry->word) + (int)into);
		watch_frame(t, model_frame_of(entry));
	}
}

/*
 * Entries are walked again even where no step has touched them. timeline_set_state() finds out by itself what
 * has changed, so nothing has to be compared here.
 */
static void set_states(struct trace *t)
{
	char text[160];

	assert(t->states <= MAX_STATES && t->nr_frames <= MAX_STATES);
	for (unsigned int i = 0; i < t->states; i++) {
		entry_state(t, i, text, sizeof(text));
		timeline_set_state(t->timeline, t->entry[i], "%s", text);
		holder_state(t, i, text, sizeof(text));
		timeline_set_state(t->timeline, t->holders[i], "%s", text);
	}
	for (unsigned int i = 0; i < t->nr_frames; i++) {
		frame_state(t->frame[i], text, sizeof(text));
		timeline_set_state(t->timeline, t->frames[i], "%s", text);
	}
}

/* ---- registers: what the condition that fails speaks of ---- */

/*
 * A fault has no value, and 0 would look like one. Before the program has filled it, a register is 0, as the
 * language has it.
 */
static void register_state(const struct trace *t, int reg, char *text, size_t size)
{
	const struct program_state *state = t->binding->state;

	assert(reg >= 0);
	if (state->fault[reg])
		snprintf(text, size, "fault");
	else
		snprintf(text, size, "%llu", (unsigned long long)state->reg[reg]);
}

/*
 * None where no condition failed: then they explain nothing. The bound is the timeline's: registers come after
 * pages and frames, so with many of them some are not shown; the sentence at the end names all that are.
 */
static void add_registers(struct trace *t)
{
	unsigned int nr = t->failed ? story_registers(t->failed, t->reg) : 0;
	char text[32];

	for (unsigned int i = 0; i < nr && t->timeline->watches < TIMELINE_MAX_WATCHES; i++) {
		register_state(t, t->reg[i], text, sizeof(text));
		t->reg_watch[t->nr_regs++] = timeline_add_watch(t->timeline,
								t->binding->litmus->registers[t->reg[i]].name, text);
	}
}

/*
 * At the end, when the registers have the values that the condition was asked about. A condition has no step that
 * violates it, so these values are the only explanation there is.
 */
void beside_say_failure(struct trace *t)
{
	char text[160], value[32];

	assert(t->failed);
	if (t->failed->kind == LITMUS_EXPECT_COUNT) {
		snprintf(text, sizeof(text), "counted %llu", (unsigned long long)binding_count(t->binding, t->failed));
		trace_append(t->why, t->why_size, text);
	}
	for (unsigned int i = 0; i < t->nr_regs; i++) {
		register_state(t, t->reg[i], value, sizeof(value));
		snprintf(text, sizeof(text), "%s = %s", t->binding->litmus->registers[t->reg[i]].name, value);
		trace_append(t->why, t->why_size, text);
	}
}

/* ---- lanes: the frame that it is all about, and the CPUs that may hold the way to it ---- */

/*
 * One word of those that a lane beside the columns draws. A table is "in use" like a page.
 */
static const char *frame_life(const struct trace *t)
{
	assert(t->plot->frame >= 0);
	switch (model_state()->frames[t->plot->frame].kind) {
	case MACHINE_FRAME_FREE:
		return "free";
	case MACHINE_FRAME_OTHER:
		return "reused";
	default:
		return "in use";
	}
}

/* A word that is not present may still have a frame number in it; one of a large page, or of a group, leads to each of its frames. */
static bool leads_to_it(const struct trace *t, uint64_t word)
{
	unsigned int level = model_state()->frames[model_frame_of(t->plot->entry)].level;
	int first = model_span_frame(level, word), span = word & MACHINE_PTE_TABLE ? 1 : (int)model_span(level, word);

	assert(t->plot->frame >= 0);
	return word & MACHINE_PTE_PRESENT && t->plot->frame >= first && t->plot->frame < first + span;
}

/*
 * May a walk find the way in the tables, now? It also may where the store that ends it waits in a store
 * buffer. A store that is held back lets walks find the old word (docs/model.md, M5), so the buffers of all
 * CPUs are looked through, not only this one's.
 */
static bool tables_offer(const struct trace *t, int table)
{
	const struct model_state *m = model_state();
	const machine_pte *entry = t->plot->entry;

	if (leads_to_it(t, entry->word))
		return true;
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		for (unsigned int i = 0; i < m->cpus[c].nr_stores; i++) {
			const struct model_store *old = &m->cpus[c].stores[i];

			if (old->frame == table && &m->frames[table].words[old->index] == entry &&
			    leads_to_it(t, old->word))
				return true;
		}
	}
	return false;
}

/* Does the CPU walk tables of the space? Each walks those of kernel mappings. */
static bool walks(const struct model_cpu *cpu, int space)
{
	return model_is_kernels(space) || (cpu->space >= 0 && cpu->space == space);
}

/*
 * Does @cpu hold what the entry said, or may it take it from the tables, now? What is held comes first: it stays
 * true when the tables say something else, which is what the picture is about.
 *
 * "stale" and "may hold it" are the words that a lifeline draws (struct timeline_lane); any other is drawn as
 * nothing.
 */
static const char *holding(const struct trace *t, unsigned int nr)
{
	const struct model_cpu *cpu = &model_state()->cpus[nr];
	const machine_pte *entry = t->plot->entry;
	int table = model_frame_of(entry);

	assert(entry && nr < model_config()->cpus);
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		const struct model_held *held = &cpu->held[i];

		if (held->frame == table && &model_state()->frames[table].words[held->index] == entry &&
		    leads_to_it(t, held->word))
			return "stale";
	}
	return walks(cpu, model_state()->frames[table].space) && tables_offer(t, table) ? "may hold it" : "nothing";
}

/*
 * The agent in whose column the CPU is shown; NULL: none of the scenario's. The first of several, as narrate.c puts
 * interrupts into the column of the first, too.
 */
static const char *label_of_cpu(const struct trace *t, unsigned int cpu)
{
	const struct litmus *l = t->binding->litmus;

	for (unsigned int i = 0; i < l->nr_agents; i++) {
		if (l->agents[i].cpu == cpu)
			return l->agents[i].label;
	}
	return NULL;
}

/* The label's form is fixed: a lane that is named after an agent is drawn on its lifeline. */
static void add_holder(struct trace *t, unsigned int cpu)
{
	const char *agent = label_of_cpu(t, cpu);
	char label[NAME_LENGTH + 24];

	assert(t->nr_holders < MAX_HOLDERS);
	if (agent)
		snprintf(label, sizeof(label), "%s's TLB", agent);
	else
		snprintf(label, sizeof(label), "%s's TLB", binding_cpu_name(&t->names, t->binding, cpu));
	t->holder[t->nr_holders] = cpu;
	t->holder_lane[t->nr_holders++] = timeline_add_lane(t->timeline, label, holding(t, cpu));
}

/*
 * Only where the plot is about a frame. A frame that was found without an entry, as a root table, has a life but no
 * CPU that could hold the way to it.
 */
static void add_lanes(struct trace *t)
{
	char label[NAME_LENGTH + 24];

	if (t->plot->frame < 0)
		return;
	snprintf(label, sizeof(label), "frame %d", t->plot->frame);
	t->frame_lane = timeline_add_lane(t->timeline, label, frame_life(t));
	for (unsigned int c = 0; t->plot->entry && c < model_config()->cpus && t->nr_holders < MAX_HOLDERS; c++)
		add_holder(t, c);
}

/* The same lanes in the same order as add_lanes() made them. */
static void set_lanes(struct trace *t)
{
	if (t->plot->frame < 0)
		return;
	timeline_set_lane(t->timeline, t->frame_lane, frame_life(t));
	for (unsigned int i = 0; i < t->nr_holders; i++)
		timeline_set_lane(t->timeline, t->holder_lane[i], holding(t, t->holder[i]));
}

/* ---- all of it ---- */

/* In the state before the first step: what is added here shows it as its first value. */
void beside_add(struct trace *t)
{
	assert(!t->timeline->rows);
	add_states(t);
	add_registers(t);
	add_lanes(t);
}

/* After each row, and for that row: the machine stands where the step has left it. */
void beside_set(struct trace *t)
{
	char text[32];

	assert(t->timeline->rows);
	set_states(t);
	set_lanes(t);
	for (unsigned int i = 0; i < t->nr_regs; i++) {
		register_state(t, t->reg[i], text, sizeof(text));
		timeline_set_state(t->timeline, t->reg_watch[i], "%s", text);
	}
}
