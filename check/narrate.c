/* SPDX-License-Identifier: MIT */
/* narrate.c - from a schedule to a timeline: replay it and listen to what every step does. */
#include "check/narrate.h"
#include "check/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_STATES = 5
};

struct trace {
	struct binding *binding;
	struct timeline *timeline;
	struct name_scratch names;
	int column[MODEL_MAX_AGENTS];
	int loaded[TIMELINE_MAX_AGENTS]; /* row in which the column's CPU loaded a root, or -1 */
	int sent[MACHINE_MAX_CPUS];	 /* row that last interrupted the CPU, or -1 */
	/* the step being replayed */
	char text[400];
	char violation[400];
	char *why;
	size_t why_size;
	/* what is shown beside the rows */
	int entry[MAX_STATES], holders[MAX_STATES], watch[MAX_STATES];
	int frames[MAX_STATES], frame[MAX_STATES];
	unsigned int states, nr_frames;
};

/* ---- listening ---- */

static void append(char *to, size_t size, const char *text)
{
	size_t used = strlen(to);

	snprintf(to + used, size - used, "%s%s", used ? "; " : "", text);
}

static void hear(void *context, const char *text)
{
	struct trace *t = context;

	append(t->text, sizeof(t->text), text);
}

static void hear_violation(void *context, enum model_property property, const char *text)
{
	struct trace *t = context;

	append(t->violation, sizeof(t->violation), model_property_name(property));
	if (!t->why[0])
		snprintf(t->why, t->why_size, "%s", text);
}

static const char *name(void *context, const void *address)
{
	struct trace *t = context;

	return binding_name(&t->names, t->binding, address);
}

/* ---- columns: a CPU's threads, its interrupts in the column of its first thread ---- */

static int column_of_cpu(const struct trace *t, unsigned int cpu)
{
	for (unsigned int i = 0; i < t->binding->litmus->nr_agents; i++) {
		if (t->binding->litmus->agents[i].cpu == cpu)
			return t->column[i];
	}
	return -1;
}

static void program_text(const struct litmus_agent *agent, char *text, size_t size)
{
	text[0] = 0;
	for (unsigned int i = 0; i < agent->nr_ops; i++)
		append(text, size, agent->ops[i].text);
}

/* Who is no thread stands in its CPU's column; the grace-period agent, which has no CPU, and idle CPUs have their own. */
static int other_column(struct trace *t, int agent)
{
	const struct model_agent *a = &model_state()->agents[agent];
	char text[32];
	int column = column_of_cpu(t, a->cpu);

	if ((unsigned int)agent == model_agents() - 1)
		return timeline_add_agent(t->timeline, "grace period", "frees tables");
	for (int i = (int)t->binding->litmus->nr_agents; column < 0 && i < MODEL_MAX_AGENTS; i++) {
		if (t->column[i] >= 0 && model_state()->agents[i].cpu == a->cpu)
			column = t->column[i];
	}
	if (column >= 0)
		return column;
	snprintf(text, sizeof(text), "cpu %u", a->cpu);
	return timeline_add_agent(t->timeline, text, "idle");
}

static void add_columns(struct trace *t, const struct explore_schedule *schedule)
{
	const struct litmus *l = t->binding->litmus;
	char text[300];

	for (unsigned int i = 0; i < l->nr_agents; i++) {
		program_text(&l->agents[i], text, sizeof(text));
		t->column[i] = timeline_add_agent(t->timeline, l->agents[i].label, text);
	}
	for (unsigned int i = l->nr_agents; i < MODEL_MAX_AGENTS; i++)
		t->column[i] = -1;
	for (unsigned int i = 0; i < schedule->length; i++) {
		int agent = schedule->steps[i].agent;

		if (t->column[agent] < 0 && agent < (int)model_agents())
			t->column[agent] = other_column(t, agent);
	}
}

/* ---- state that matters ---- */

static machine_pte *entry_of_watch(const struct model_watch *watch)
{
	struct model_state *m = model_state();
	int frame = m->roots[watch->space];

	for (;;) {
		struct model_frame *table = &m->frames[frame];
		machine_pte *entry =
			&table->words[watch->page / model_level_pages(table->level) % MACHINE_TABLE_ENTRIES];

		if (!table->level)
			return entry;
		if (!(entry->word & MACHINE_PTE_PRESENT))
			return NULL;
		frame = model_pte_frame(entry->word);
	}
}

static void entry_state(const struct trace *t, unsigned int i, char *text, size_t size)
{
	const machine_pte *entry = entry_of_watch(&model_state()->watches[t->watch[i]]);

	if (!entry)
		snprintf(text, size, "no table");
	else if (!(entry->word & MACHINE_PTE_PRESENT))
		snprintf(text, size, "none");
	else
		snprintf(text, size, "frame %d %s%s", model_pte_frame(entry->word),
			 entry->word & MACHINE_PTE_WRITE ? "rw" : "ro",
			 entry->word & MACHINE_PTE_DIRTY ? " dirty" : "");
}

static void holder_state(const struct trace *t, unsigned int i, char *text, size_t size)
{
	const struct model_watch *watch = &model_state()->watches[t->watch[i]];

	text[0] = 0;
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		const struct model_cpu *cpu = &model_state()->cpus[c];

		for (unsigned int j = 0; j < cpu->nr_held; j++) {
			const struct model_held *held = &cpu->held[j];
			unsigned int into = (unsigned int)(watch->page - held->page);
			char one[48];

			if (held->space != watch->space || watch->page < held->page ||
			    into >= model_level_pages(held->level) || !(held->word & MACHINE_PTE_PRESENT))
				continue;
			snprintf(one, sizeof(one), held->level ? "cpu %u: table in frame %d" : "cpu %u: frame %d", c,
				 model_pte_frame(held->word));
			append(text, size, one);
		}
	}
	if (!text[0])
		snprintf(text, size, "nobody");
}

static void frame_state(int nr, char *text, size_t size)
{
	static const char *const kinds[] = {
		[MACHINE_FRAME_FREE] = "free",
		[MACHINE_FRAME_TABLE] = "table",
		[MACHINE_FRAME_DATA] = "in use",
		[MACHINE_FRAME_KERNEL] = "reused",
	};

	snprintf(text, size, "%s", kinds[model_state()->frames[nr].kind]);
}

static void append_sign(char *to, size_t size, char sign)
{
	size_t used = strlen(to);

	snprintf(to + used, size - used, "%c", sign);
}

static void watch_frame(struct trace *t, int nr)
{
	char label[NAME_LENGTH + 16], text[64], *again;

	if (t->nr_frames == MAX_STATES)
		return;
	for (unsigned int i = 0; i < t->nr_frames; i++) {
		if (t->frame[i] == nr)
			return;
	}
	frame_state(nr, text, sizeof(text));
	snprintf(label, sizeof(label), "frame %d (%s", nr, name(t, &model_state()->frames[nr]));
	/* A name that says which frame it is has said it here. */
	again = strstr(label, ", frame");
	if (again)
		*again = 0;
	append_sign(label, sizeof(label), ')');
	t->frame[t->nr_frames] = nr;
	t->frames[t->nr_frames++] = timeline_add_watch(t->timeline, label, text);
}

/* Pages that programs access, first of all; then the frames behind them, and the tables on the way. */
static void add_states(struct trace *t)
{
	const struct model_state *m = model_state();
	uint64_t used = 0;

	for (unsigned int i = 0; i < t->binding->litmus->nr_ops; i++) {
		const struct litmus_op *op = &t->binding->litmus->ops[i];

		if (op->map != LITMUS_NONE)
			used |= binding_watches(t->binding, t->binding->litmus->maps[op->map].mm,
						t->binding->litmus->maps[op->map].start + op->page * PAGE_BYTES,
						t->binding->litmus->maps[op->map].start + (op->page + 1) * PAGE_BYTES);
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
		const machine_pte *entry = entry_of_watch(&m->watches[t->watch[i]]);

		if (!entry)
			continue;
		if (entry->word & MACHINE_PTE_PRESENT)
			watch_frame(t, model_pte_frame(entry->word));
		watch_frame(t, machine_table_frame(entry));
	}
}

static void set_states(struct trace *t)
{
	char text[160];

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

/* ---- rows ---- */

static bool says(const struct trace *t, const char *words)
{
	return strstr(t->text, words);
}

static enum timeline_kind kind_of(const struct trace *t)
{
	if (t->violation[0])
		return TIMELINE_VIOLATION;
	if (says(t, ": begins"))
		return TIMELINE_BEGIN;
	if (says(t, ": returns"))
		return TIMELINE_END;
	if (says(t, "interrupt"))
		return TIMELINE_IRQ;
	if (says(t, "locks "))
		return TIMELINE_LOCK;
	return says(t, "invalidate") || says(t, "root of") ? TIMELINE_HARDWARE : TIMELINE_STEP;
}

static enum timeline_mark mark_of(const struct trace *t)
{
	if (t->violation[0] && says(t, "through"))
		return TIMELINE_STALE;
	if (says(t, "frees frame"))
		return TIMELINE_FREED;
	if (says(t, "reuses frame"))
		return TIMELINE_REUSED;
	if (says(t, "invalidates ") || says(t, "broadcasts: "))
		return TIMELINE_FLUSHED;
	if (says(t, "entry: frame") && says(t, "-> none"))
		return TIMELINE_CLEARED;
	return TIMELINE_UNMARKED;
}

static void connect_interrupts(struct trace *t, int agent, int row)
{
	unsigned int cpu;

	for (const char *at = t->text; (at = strstr(at, "interrupt to cpu ")); at++) {
		if (sscanf(at, "interrupt to cpu %u", &cpu) == 1 && cpu < MACHINE_MAX_CPUS)
			t->sent[cpu] = row;
	}
	cpu = model_state()->agents[agent].cpu;
	if (says(t, "arrives") && t->sent[cpu] >= 0) {
		timeline_add_arrow(t->timeline, t->sent[cpu], row);
		t->sent[cpu] = -1;
	}
}

/* The stale translation came from the tables: at the earliest when its CPU loaded them. */
static void mark_fill(struct trace *t, int agent)
{
	int loaded = t->loaded[t->column[agent]];

	if (t->violation[0] && says(t, "still holds") && loaded >= 0)
		timeline_set_mark(t->timeline, loaded, TIMELINE_CACHED);
}

static void stepped(void *context, const struct model_event *event)
{
	struct trace *t = context;
	int row;

	row = timeline_add_row(t->timeline, t->column[event->agent], kind_of(t), "%s", t->text);
	if (says(t, "loads the root"))
		t->loaded[t->column[event->agent]] = row;
	timeline_set_mark(t->timeline, row, mark_of(t));
	mark_fill(t, event->agent);
	connect_interrupts(t, event->agent, row);
	set_states(t);
	t->text[0] = t->violation[0] = 0;
}

static bool replay_step(void *context, unsigned int step, const struct model_event *event)
{
	(void)step;
	if (event)
		stepped(context, event);
	return true;
}

/* What only the end shows is a row of its own, in the column of whoever stepped last. */
static void look_at_end(struct trace *t, const struct explore_schedule *schedule)
{
	int agent = schedule->length ? schedule->steps[schedule->length - 1].agent : 0;
	enum binding_end end = binding_end();
	int row;

	if (end == BINDING_IS_OVER)
		binding_audit(t->binding);
	if (end == BINDING_IS_STUCK)
		model_violation(MODEL_DEADLOCK, "every agent waits for something that nobody is left to do");
	if (!t->violation[0])
		return;
	row = timeline_add_row(t->timeline, t->column[agent], TIMELINE_VIOLATION, "at the end: %s", t->why);
	timeline_set_mark(t->timeline, row, TIMELINE_STALE);
	set_states(t);
}

struct timeline *trace_timeline(struct binding *binding, const struct explore_schedule *schedule, char *why,
				size_t size)
{
	struct trace *t = calloc(1, sizeof(*t));
	struct explore_options options = explore_defaults(binding_set_up, binding);
	struct model_listener listener = { t, hear, hear_violation, name };
	struct explore_schedule none = { 0, NULL };
	struct timeline *timeline;

	if (!t)
		abort();
	why[0] = 0;
	*t = (struct trace){ .binding = binding, .why = why, .why_size = size };
	t->timeline = timeline = timeline_new(&(struct timeline_head){ .scenario = binding->litmus->name });
	memset(t->sent, -1, sizeof(t->sent));
	memset(t->loaded, -1, sizeof(t->loaded));
	explore_replay(&options, &none, NULL, NULL);
	model_listen(&listener);
	add_columns(t, schedule);
	add_states(t);
	t->text[0] = 0;
	explore_replay(&options, schedule, replay_step, t);
	look_at_end(t, schedule);
	model_listen(NULL);
	free(t);
	return timeline;
}
