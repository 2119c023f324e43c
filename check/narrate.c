/* SPDX-License-Identifier: MIT */
/*
 * narrate.c - from a schedule to a timeline: replay it and listen to what every step does.
 *
 * Everything is concluded from records (machine/event.def); the sentences are only for people.
 *
 * The schedule is replayed twice, because what a row shows depends on what comes after it: which rows are on the path, which
 * frame the lanes are about, from where on a CPU may hold what is used at the end. The first replay takes the story down, and
 * the plot and the missing step are found from it; the second makes a row of each step. In between missing.c replays on its
 * own, so nobody may listen then, and nothing of the machine's state is kept from one replay to the next but its addresses.
 *
 * What holds for every timeline that comes out:
 *
 *  1. Row i is step i of the schedule; rows behind the last step say what only the end shows. So a plot's row numbers, which
 *     were made before there was a row, are the timeline's.
 *  2. A step that tells nothing has a row all the same, or the numbers would not agree.
 *  3. One violation is named: the plot's. Others in the same execution are left out, as the verdict leaves them out.
 */
#include "check/narrate.h"
#include "check/missing.h"
#include "check/raw_show.h"
#include "check/rules.h"
#include "check/sentence.h"
#include "check/trace.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- listening ---- */

/*
 * The first replay only takes down what is told. No names are made yet: what a name needs (which frame is
 * whose) may only be settled later in the story.
 */
static void take_down(void *context, const struct machine_event *event)
{
	struct trace *t = context;

	story_hear(&t->story, event);
}

/* Kinds decide how a row looks, so only those are told apart that a reader looks for. */
static enum timeline_kind kind_of(const struct machine_event *event)
{
	switch ((int)event->kind) {
	case EVENT_op_begins:
		return TIMELINE_BEGIN;
	case EVENT_op_returns:
		return TIMELINE_END;
	case EVENT_irq_off:
	case EVENT_irq_on:
	case EVENT_call_sent:
	case EVENT_call_taken:
	case EVENT_call_polled:
		return TIMELINE_IRQ;
	case EVENT_lock:
	case EVENT_unlock:
	case EVENT_read_lock:
	case EVENT_read_unlock:
	case EVENT_write_lock:
	case EVENT_write_unlock:
	case EVENT_downgrade:
		return TIMELINE_LOCK;
	case EVENT_root_load:
	case EVENT_invalidate:
	case EVENT_broadcast:
	case EVENT_broadcast_done:
	case EVENT_device_load:
	case EVENT_device_ats:
	case EVENT_device_resumed:
	case EVENT_device_invalidate:
	case EVENT_device_synced:
		return TIMELINE_HARDWARE;
	default:
		return TIMELINE_STEP;
	}
}

static const char *name(struct trace *t, const void *address)
{
	return binding_name(&t->names, t->binding, address);
}

/* Of stores that leave in one step, one sentence, which names each entry once. */
static void append_seen(struct trace *t, const void *entry)
{
	size_t used = strlen(t->seen.names);
	char text[300];

	if (!t->seen.nr || t->seen.to != strlen(t->text)) {
		t->seen.nr = 0;
		used = 0;
		t->seen.from = strlen(t->text);
	}
	for (unsigned int i = 0; i < t->seen.nr; i++) {
		if (t->seen.entry[i] == entry)
			return;
	}
	if (t->seen.nr < sizeof(t->seen.entry) / sizeof(t->seen.entry[0]))
		t->seen.entry[t->seen.nr++] = entry;
	snprintf(t->seen.names + used, sizeof(t->seen.names) - used, "%s%s", used ? " and " : "", name(t, entry));
	sentence_seen(t->seen.names, used > 0, text, sizeof(text));
	t->text[t->seen.from] = 0;
	trace_append(t->text, sizeof(t->text), text);
	t->seen.to = strlen(t->text);
}

/*
 * The second finds words. A step is of the kind of the first thing in it that is no plain step, or a violation. The
 * first violation is the reason; a later one of the same property is its consequence.
 */
static void find_words(void *context, const struct machine_event *event)
{
	struct trace *t = context;
	enum timeline_kind kind = kind_of(event);
	char text[300];

	assert(t->timeline && t->plot);
	/* What else is wrong by then is not what the verdict names. */
	if (event->violates != EVENT_NOTHING_VIOLATED && event->violates != t->property)
		return;
	if (event->violates != EVENT_NOTHING_VIOLATED)
		kind = TIMELINE_VIOLATION;
	sentence_of(t->binding, t->lines, event, text, sizeof(text));
	if (t->kind == TIMELINE_STEP || kind == TIMELINE_VIOLATION)
		t->kind = kind;
	if (event->pc && !t->file &&
	    !lines_find_outside(t->lines, event->pc, event->callers, EVENT_CALLERS, &t->file, &t->line))
		t->file = NULL;
	if (event->kind == EVENT_entry_seen)
		append_seen(t, event->entry_seen.entry);
	else if (kind != TIMELINE_VIOLATION && text[0])
		trace_append(t->text, sizeof(t->text), text);
	if (kind == TIMELINE_VIOLATION && !t->why[0])
		snprintf(t->why, t->why_size, "%s", text);
}

/* ---- columns: a CPU's threads, its interrupts in the column of its first thread ---- */

/*
 * The first thread of the CPU, so that its interrupts do not jump between two columns. -1: the scenario has no
 * thread on that CPU.
 */
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
	assert(size > 0);
	text[0] = 0;
	for (unsigned int i = 0; i < agent->nr_ops; i++)
		trace_append(text, size, agent->ops[i].text);
}

/* An agent that is no thread is shown in its CPU's column; the kernel's daemon, which has no CPU, and idle CPUs have their own. */
static int other_column(struct trace *t, int agent)
{
	const struct model_agent *a = &model_state()->agents[agent];
	char text[32];
	int column = column_of_cpu(t, a->cpu);

	assert(agent >= (int)t->binding->litmus->nr_agents);
	if (a->anywhere)
		return timeline_add_agent(t->timeline, "daemon", "the kernel's own");
	for (int i = (int)t->binding->litmus->nr_agents; column < 0 && i < AGENT_MAX_AGENTS; i++) {
		if (t->column[i] >= 0 && model_state()->agents[i].cpu == a->cpu)
			column = t->column[i];
	}
	if (column >= 0)
		return column;
	snprintf(text, sizeof(text), "cpu %u", a->cpu);
	return timeline_add_agent(t->timeline, text, "idle");
}

/*
 * Threads first and in the order of the scenario, whatever the schedule begins with: two timelines of one scenario
 * can be laid side by side. Others get a column only if they make a step.
 *
 * Columns are fixed before the first row, as a timeline's are; so the schedule is looked through for who will
 * step.
 */
static void add_columns(struct trace *t, const struct explore_schedule *schedule)
{
	const struct litmus *l = t->binding->litmus;
	char text[300];

	for (unsigned int i = 0; i < l->nr_agents; i++) {
		program_text(&l->agents[i], text, sizeof(text));
		t->column[i] = timeline_add_agent(t->timeline, l->agents[i].label, text);
	}
	for (unsigned int i = l->nr_agents; i < AGENT_MAX_AGENTS; i++)
		t->column[i] = -1;
	for (unsigned int i = 0; i < schedule->length; i++) {
		int agent = schedule->steps[i].agent;

		if (t->column[agent] < 0 && agent < (int)agent_count())
			t->column[agent] = other_column(t, agent);
	}
}

/* ---- rows ---- */

/* A compiler says "lib/gather/../internal.h" of lib/internal.h. */
static void plain_path(const char *file, char *path, size_t size)
{
	char *up;

	assert(size > 0);
	snprintf(path, size, "%s", file);
	while ((up = strstr(path, "/../"))) {
		char *folder = up;

		while (folder > path && folder[-1] != '/')
			folder--;
		memmove(folder, up + strlen("/../"), strlen(up + strlen("/../")) + 1);
	}
}

/*
 * The words of a step are used up with its row: the next step begins with none. The place is that of the first
 * record in the step that has one: it is what the step began with.
 */
static void set_all(struct trace *t, int row)
{
	char path[200];

	assert(row >= 0);
	beside_set(t);
	if (t->file) {
		plain_path(t->file, path, sizeof(path));
		timeline_set_place(t->timeline, row, path, t->line);
	}
	t->text[0] = 0;
	t->seen.nr = 0;
	t->kind = TIMELINE_STEP;
	t->file = NULL;
}

/*
 * Called after the step, so what was told before belongs to the row of this number. Without an event the schedule
 * is at its end.
 *
 * True in any case: the whole schedule is replayed.
 */
static bool count_row(void *context, unsigned int step, const struct agent_event *event)
{
	struct trace *t = context;

	if (event)
		t->story.chose[step] = event->choices > 1;
	t->story.rows = (int)step + (event != NULL);
	return true;
}

static bool is_kernels(const void *entry)
{
	return model_is_kernels(model_state()->frames[model_frame_of(entry)].space);
}

/*
 * What follows from the whole story. The row itself did something else, so a note comes after the words of the
 * step.
 */
static void add_note(struct trace *t, int row, int agent)
{
	const struct plot *p = t->plot;
	const enum plot_note note = row < p->rows ? p->note[row] : PLOT_NO_NOTE;
	const bool may = note == PLOT_MAY_CACHE;
	const char *who;
	char said[48], text[160];

	assert(row >= 0);
	if (note == PLOT_NO_NOTE)
		return;
	sentence_entry(p->word, said, sizeof(said));
	who = may && is_kernels(p->entry) ? "every cpu" : binding_cpu_name(&t->names, t->binding, (unsigned int)p->cpu);
	/* Whose column it is need not be said. */
	if (may && !is_kernels(p->entry) && model_state()->agents[agent].cpu == (unsigned int)p->cpu)
		who = "";
	snprintf(text, sizeof(text), "%s%s%s %s%s: %s", who, who[0] ? " " : "", may ? "may hold" : "still holds",
		 binding_name(&t->names, t->binding, p->entry), may ? " from here on" : "", said);
	trace_append(t->text, sizeof(t->text), text);
}

/*
 * The words were gathered while the step ran; without an event there was no step, and there is no row. Texts
 * are made while the machine is as the step has left it, since names are those of the moment.
 */
static bool show_row(void *context, unsigned int step, const struct agent_event *event)
{
	struct trace *t = context;

	if (event) {
		add_note(t, (int)step, event->agent);
		set_all(t, timeline_add_row(t->timeline, t->column[event->agent], t->kind, "%s", t->text));
	}
	return true;
}

/* ---- what only the end shows ---- */

/*
 * The audit asks what no step can be asked: what is left mapped, lost or counted when all is over. Where nobody can
 * go on there is no such end, and that is the violation. An execution without a violation is shown to its end, so one that
 * stops before was stopped in a livelock. Who has broken a contract goes no further, and that is all that there is to be said.
 * Listeners hear all of it, so it is done before they leave.
 */
static void look_at_end(const struct trace *t)
{
	enum binding_end end = binding_end();

	if (agent_reported() & 1u << MODEL_CONTRACT)
		return;
	if (end == BINDING_IS_OVER)
		binding_audit(t->binding);
	if (end == BINDING_IS_STUCK)
		model_violation(MODEL_DEADLOCK, stuck, 0);
	if (end == BINDING_GOES_ON && !agent_reported())
		model_violation(MODEL_LIVELOCK, endless, 0);
}

/*
 * An agent that has made no step may have no column of its own. 0 is the first thread: a wait that belongs
 * nowhere must stand somewhere.
 */
static int column_of_agent(const struct trace *t, int agent)
{
	int column = t->column[agent] >= 0 ? t->column[agent] : column_of_cpu(t, model_state()->agents[agent].cpu);

	assert(agent >= 0 && agent < AGENT_MAX_AGENTS);
	return column >= 0 ? column : 0;
}

/* It is said twice: in the reason on top, and in a row, where a reader sees which agent has stopped where. */
static void say_wait(struct trace *t, const struct plot_wait *wait)
{
	int column = column_of_agent(t, wait->agent);
	char text[200], all[300];

	snprintf(text, sizeof(text), "waits for %s",
		 wait->object ? name(t, wait->object) : "something that no agent does");
	if (wait->holder >= 0)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ", which %s holds",
			 t->timeline->agent[column_of_agent(t, wait->holder)].name);
	snprintf(all, sizeof(all), "%s %s", t->timeline->agent[column].name, text);
	trace_append(t->why, t->why_size, all);
	set_all(t, timeline_add_row(t->timeline, column, TIMELINE_STEP, "%s", text));
	timeline_set_causal(t->timeline, t->timeline->rows - 1);
}

/* Rows of their own, in the column of the agent that it is about, or else of the one that stepped last. */
static void show_end(struct trace *t, const struct explore_schedule *schedule)
{
	int agent = schedule->length ? schedule->steps[schedule->length - 1].agent : 0;

	assert(t->plot->waits <= PLOT_WAITS);
	for (int i = 0; i < t->plot->waits; i++)
		say_wait(t, &t->plot->wait[i]);
	if (t->kind != TIMELINE_VIOLATION)
		return;
	set_all(t, timeline_add_row(t->timeline, t->column[agent], TIMELINE_VIOLATION, "at the end: %s", t->why));
	timeline_set_causal(t->timeline, t->timeline->rows - 1);
}

/* ---- what mattered ---- */

/* The bound is for a replay that ended before its schedule did: there are fewer rows then than were planned. */
static void show_plot(struct trace *t)
{
	const struct plot *p = t->plot;
	struct timeline *timeline = t->timeline;

	for (int row = 0; row < p->rows && row < timeline->rows; row++) {
		if (p->causal[row])
			timeline_set_causal(timeline, row);
		if (p->mark[row])
			timeline_set_mark(timeline, row, p->mark[row]);
	}
	for (int i = 0; i < p->arrows; i++) {
		if (p->arrow[i].kind == TIMELINE_ARROW_SENDS)
			timeline_add_arrow(timeline, p->arrow[i].from, p->arrow[i].to);
		else
			timeline_add_link(timeline, p->arrow[i].kind, p->arrow[i].from, p->arrow[i].to);
	}
}

/*
 * The rule's place is passed between the step it was asked in and the next. The head is copied and set again,
 * because the timeline owns what it shows.
 *
 * The row may lie behind the last one, if the rule's place was passed in the last step; then no row says it,
 * but the head does.
 */
static void show_missing(struct trace *t)
{
	const struct told *told = t->missing < 0 ? NULL : &t->story.told[t->missing];
	struct timeline_head head = t->timeline->head;
	char rule[RULE_NAME_SIZE], path[200], place[220] = "";
	const char *file;
	unsigned int line;

	if (!told)
		return;
	rules_name(told->event.rule_missed.rule, rule, sizeof(rule));
	if (told->event.pc &&
	    lines_find_outside(t->lines, told->event.pc, told->event.callers, EVENT_CALLERS, &file, &line)) {
		plain_path(file, path, sizeof(path));
		snprintf(place, sizeof(place), "%s:%u", path, line);
	}
	head.missing_rule = rule;
	head.missing_says = rules_get(told->event.rule_missed.rule)->text;
	head.missing_place = place;
	timeline_set_head(t->timeline, &head);
	if (told->row + 1 < t->timeline->rows)
		timeline_set_missing(t->timeline, told->row + 1);
}

/* ---- two replays: what happened, and then how to show it ---- */

/*
 * The plot asks the model about frames and entries, so it is drawn while the machine is as the story left it; the
 * missing step comes last, as it replays and so changes that.
 */
static void first_replay(struct trace *t, const struct explore_options *options,
			 const struct explore_schedule *schedule)
{
	assert(!t->plot && !t->story.nr);
	model_listen(&(struct model_listener){ t, take_down, NULL });
	explore_replay(options, schedule, count_row, t);
	look_at_end(t);
	model_listen(NULL);
	t->plot = plot_draw(&t->story, (int)schedule->length);
	if (t->plot->violation >= 0)
		t->property = t->story.told[t->plot->violation].event.violates;
	t->missing = missing_step(t->binding, &t->story, t->plot, schedule);
}

/* A replay of no steps comes first: columns and first values are those of the state before the first step. */
static void second_replay(struct trace *t, const struct explore_options *options,
			  const struct explore_schedule *schedule)
{
	const struct explore_schedule none = { 0, NULL };

	assert(t->plot && !model_listening());
	explore_replay(options, &none, NULL, NULL);
	add_columns(t, schedule);
	beside_add(t);
	model_listen(&(struct model_listener){ t, find_words, NULL });
	explore_replay(options, schedule, show_row, t);
	look_at_end(t);
	show_end(t, schedule);
	if (t->failed && !t->why[0])
		beside_say_failure(t);
	model_listen(NULL);
	show_plot(t);
	show_missing(t);
}

/* The head is completed by verdict.c, which knows the verdict and the line that replays it. */
static struct timeline *empty_timeline(const struct litmus *l)
{
	return timeline_new(&(struct timeline_head){
		.scenario = l->name,
		.doc = l->doc,
		.sources = l->sources,
		.nr_sources = (int)l->nr_sources,
		.text = l->text,
	});
}

/* A trace is large, so it is not on the stack. The timeline has copies of all it shows and outlives the rest. */
struct timeline *trace_timeline(struct binding *binding, const struct explore_schedule *schedule,
				const struct litmus_expect *failed, char *why, size_t size)
{
	struct trace *t;
	struct explore_options options = explore_defaults(binding_set_up, binding);
	struct timeline *timeline;

	assert(size > 0);
	why[0] = 0;
	if (binding->litmus->raw)
		return raw_timeline(&binding->raw, &options, schedule);
	t = calloc(1, sizeof(*t));
	timeline = empty_timeline(binding->litmus);

	if (!t)
		abort();
	*t = (struct trace){ .binding = binding, .failed = failed, .timeline = timeline, .why = why, .why_size = size };
	t->story = (struct story){ .binding = binding, .failed = failed };
	t->lines = lines_open();
	t->names.lines = t->lines;
	first_replay(t, &options, schedule);
	second_replay(t, &options, schedule);
	plot_free(t->plot);
	story_end(&t->story);
	lines_close(t->lines);
	free(t);
	return timeline;
}
