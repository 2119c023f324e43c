/* SPDX-License-Identifier: MIT */
/*
 * plot_other.c - from a violation to the translation it is about, and the paths of those that are about something else.
 *
 * Which property has which path: stale uses, held entries and fault loops have the path of their translation (plot.c);
 * entries left mapped, lost writes and wrong counts that of all records about the entry or page; what has no end, who goes
 * on and who waits for whom (plot_endless.c); a condition, what filled its registers. The last kinds keep too much rather
 * than too little: for them no single record is the cause.
 */
#include "check/plot.h"

#include <assert.h>
#include <stddef.h>

/* ---- which translation ---- */

/*
 * The record of @kind in the same row as @of, or -1. A violation is told in the step that commits it, so what
 * it is about stands in the same row.
 */
static int beside(const struct draft *d, int of, enum machine_event_kind kind)
{
	assert(of >= 0);
	for (int i = 0; i < d->story->nr; i++) {
		if (plot_row(d, i) == plot_row(d, of) && plot_event(d, i)->kind == kind)
			return i;
	}
	return -1;
}

/* A store that leaves too late was made in a row of its own: the last one of its CPU to the page. */
static int store_before(const struct draft *d, int of)
{
	const struct machine_event *leaves = plot_event(d, of);
	int frame = leaves->kind == EVENT_freed_page_used ? leaves->freed_page_used.frame
							  : leaves->revoked_page_used.frame;

	for (int i = of - 1; i >= 0; i--) {
		const struct machine_event *e = plot_event(d, i);

		if (e->kind == EVENT_access && e->access.how == MACHINE_STORE && e->cpu == leaves->cpu &&
		    e->access.frame == frame)
			return i;
	}
	return -1;
}

/* Without the record of an access, which has the entry, there is only the row itself to show. */
void plot_use_of_page(struct draft *d, struct life *life)
{
	int access = beside(d, life->used, EVENT_access);
	const struct machine_event *e;

	plot_keep(d, life->used);
	if (access < 0)
		access = store_before(d, life->used);
	if (access < 0)
		return;
	plot_keep(d, access);
	e = plot_event(d, access);
	life->cpu = (int)e->cpu;
	life->entry = e->access.entry;
	life->word = e->access.word;
	life->frame = e->access.frame;
	life->late = e->access.from == FOUND_LATE;
	plot_live(d, life);
	/* What the tables offer is not stale, whatever else is wrong with it. */
	if (e->access.from != FOUND_TABLES)
		plot_mark(d, life->used, TIMELINE_STALE);
}

/* Nobody has seen the thread find the page: it was found before the story begins, by an entry that leads elsewhere now. */
static void find_lost(const struct draft *d, struct life *life)
{
	for (int i = 0; i < life->used; i++) {
		const void *entry;
		uint64_t old, word;

		if (!story_change(plot_event(d, i), &entry, &old, &word) || !(old & MACHINE_PTE_PRESENT) ||
		    old & MACHINE_PTE_TABLE || model_pte_frame(old) != life->frame)
			continue;
		life->entry = entry;
		life->word = old;
	}
}

/*
 * Code uses a page that some thread once found in an entry. The last read before the use counts: what was read
 * earlier was read again since.
 */
static void touch_of_page(struct draft *d, struct life *life)
{
	life->frame = plot_event(d, life->used)->freed_page_touched.frame;
	life->agent = plot_event(d, life->used)->agent;
	life->cpu = (int)plot_event(d, life->used)->cpu;
	for (int i = 0; i < life->used; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (e->kind != EVENT_entry_read || e->agent != life->agent ||
		    !(e->entry_read.word & MACHINE_PTE_PRESENT) || e->entry_read.word & MACHINE_PTE_TABLE ||
		    model_pte_frame(e->entry_read.word) != life->frame)
			continue;
		life->entry = e->entry_read.entry;
		life->word = e->entry_read.word;
	}
	plot_keep(d, life->used);
	if (!life->entry)
		find_lost(d, life);
	if (life->entry)
		plot_live(d, life);
	if (life->freed >= 0)
		plot_mark(d, life->used, TIMELINE_STALE);
}

/*
 * The way to a table is the entry one level up; to the root it is that a CPU has it loaded. The entry's word
 * is made up from the frame, as the entry may say something else by now.
 */
static void use_of_table(struct draft *d, struct life *life, int table, int cpu, int agent)
{
	struct model_state *m = model_state();
	const struct model_frame *frame = &m->frames[table];

	assert(table >= 0);
	life->frame = table;
	life->cpu = cpu;
	life->agent = agent;
	plot_keep(d, life->used);
	if (frame->parent >= 0) {
		life->entry = &m->frames[frame->parent].words[frame->parent_index];
		life->word = (uint64_t)table << MACHINE_PTE_FRAME_SHIFT | MACHINE_PTE_PRESENT | MACHINE_PTE_TABLE;
		plot_live(d, life);
	} else if (frame->space >= 0) {
		d->plot->frame = table;
		plot_mark(d, plot_loaded(d, cpu, &m->roots[frame->space], life->used), TIMELINE_CACHED);
	}
	plot_mark(d, life->used, TIMELINE_STALE);
}

/* @entry as @cpu's hardware holds it, which said @word: with that the record says it all. */
static void hold(struct draft *d, struct life *life, int cpu, const void *entry, uint64_t word)
{
	assert(life->used >= 0);
	life->cpu = cpu;
	life->entry = entry;
	life->word = word;
	life->frame = model_pte_frame(word);
	plot_keep(d, life->used);
	plot_live(d, life);
	plot_mark(d, life->used, TIMELINE_STALE);
}

/* The last word that @entry had before @at and was present; 0: none. */
static uint64_t said_before(const struct draft *d, const void *entry, int at)
{
	while (--at >= 0) {
		const void *changed;
		uint64_t old, word;

		if (story_change(plot_event(d, at), &changed, &old, &word) && changed == entry &&
		    old & MACHINE_PTE_PRESENT)
			return old;
	}
	return 0;
}

/* The old page may be found by any CPU that has the root loaded; another than the one that changes the entry, if there is one. */
static void replacement(struct draft *d, struct life *life)
{
	const struct machine_event *e = plot_event(d, life->used);
	const void *entry = e->kind == EVENT_entry_relaxed ? e->entry_relaxed.entry : e->page_replaced.entry;

	assert(life->used >= 0);
	plot_keep(d, life->used);
	for (int i = 0; i < d->story->nr; i++) {
		const void *changed;
		uint64_t old, word;

		if (plot_row(d, i) != plot_row(d, life->used) ||
		    !story_change(plot_event(d, i), &changed, &old, &word) || changed != entry)
			continue;
		life->word = old;
		if (i > life->used)
			life->by_itself = true;
	}
	/* It was broken before: what can still be found is what stood there until then. */
	if (!(life->word & MACHINE_PTE_PRESENT))
		life->word = said_before(d, entry, life->used);
	life->cpu = (int)e->cpu;
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		if (c != e->cpu && model_state()->cpus[c].space >= 0)
			life->cpu = (int)c;
	}
	life->entry = entry;
	life->frame = model_pte_frame(life->word);
	plot_live(d, life);
}

/* ---- what an operation had promised ---- */

/*
 * The last return before the use of an operation that had taken the page away; -1: none. An earlier return is no
 * better promise, and the last is nearest to the use.
 */
static int promised(const struct draft *d, const struct life *life, int watch)
{
	for (int i = life->used - 1; i >= 0 && watch >= 0; i--) {
		const struct machine_event *e = plot_event(d, i);

		if (e->kind == EVENT_op_returns && e->op_returns.watches >> watch & 1)
			return i;
	}
	return -1;
}

/* That operation, and what it saw of the entry. */
static void promise(struct draft *d, const struct life *life, int returned)
{
	int began = -1, agent = plot_event(d, returned)->agent;

	assert(returned >= 0);
	for (int i = returned; i >= 0 && began < 0; i--) {
		const struct machine_event *e = plot_event(d, i);

		if (e->agent != agent)
			continue;
		if (e->kind == EVENT_op_begins)
			began = i;
		if (e->kind == EVENT_entry_read && e->entry_read.entry == life->entry)
			plot_keep(d, i);
	}
	plot_keep(d, began);
	plot_keep(d, returned);
	plot_handover(d, life->cleared, returned);
}

static bool is_pending(const struct draft *d, const void *counter)
{
	return binding_plays(d->story->binding, counter, SUBJECT_PENDING, SUBJECT_NONE);
}

/* Gathers that are open at the same time know of each other by this count: raised by one, read by the other. */
static void keep_pending(struct draft *d, const struct life *life, int returned)
{
	int clearing = life->cleared < 0 ? -1 : plot_event(d, life->cleared)->agent;
	int promising = plot_event(d, returned)->agent;

	assert(returned >= 0);
	for (int i = 0; i < life->used; i++) {
		const struct machine_event *e = plot_event(d, i);

		if ((e->kind == EVENT_counter_add && e->agent == clearing && is_pending(d, e->counter_add.counter)) ||
		    (e->kind == EVENT_counter_read && e->agent == promising && is_pending(d, e->counter_read.counter)))
			plot_keep(d, i);
	}
}

/* Two stories in one: that of the translation, and that of the operation which had promised that it was gone. */
static void revoked_use(struct draft *d, struct life *life)
{
	int access = beside(d, life->used, EVENT_access), returned;

	plot_use_of_page(d, life);
	returned = access < 0 ? -1 : promised(d, life, plot_event(d, access)->access.watch);
	if (returned < 0)
		return;
	promise(d, life, returned);
	keep_pending(d, life, returned);
}

/* As is_mask() in plot.c: the mm knows its own words. */
static bool is_tree(const struct draft *d, const void *counter)
{
	return binding_plays(d->story->binding, counter, SUBJECT_VMA_TREE, SUBJECT_NONE);
}

/*
 * What @agent found in the list of mappings, and who changed it. Only the last read: what was found earlier has
 * been read again since.
 */
static void keep_tree(struct draft *d, int agent, int before)
{
	int read = -1;

	for (int i = 0; i < before; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (e->kind == EVENT_counter_add_return && is_tree(d, e->counter_add_return.counter))
			plot_keep(d, i);
		if (e->kind == EVENT_counter_read && e->agent == agent && is_tree(d, e->counter_read.counter))
			read = i;
	}
	plot_keep(d, read);
}

/* The entry that should be gone: who changed or read it since the operation began, and what the operation asked. */
static void left_mapped(struct draft *d, struct life *life)
{
	const struct machine_event *e = plot_event(d, life->used);
	const void *entry = e->still_mapped.entry, *changed;
	uint64_t old, word;

	assert(life->used >= 0);
	life->cpu = (int)e->cpu;
	d->plot->entry = entry;
	d->plot->word = ((const machine_pte *)entry)->word;
	d->plot->frame = model_pte_frame(d->plot->word);
	for (int i = 0; i < life->used; i++) {
		const struct machine_event *at = plot_event(d, i);

		if ((at->kind == EVENT_entry_read && at->entry_read.entry == entry && at->agent == e->agent) ||
		    (story_change(at, &changed, &old, &word) && changed == entry))
			plot_keep(d, i);
	}
	keep_tree(d, e->agent, life->used);
	plot_keep(d, life->used);
}

/* ---- a violation ---- */

/* By a device or a guest; of the first the entry says something else by now. */
static void held_by_other(struct draft *d, struct life *life)
{
	const struct machine_event *e = plot_event(d, life->used);

	if (e->kind == EVENT_device_refused)
		hold(d, life, (int)e->cpu, e->device_refused.entry, e->device_refused.word);
	else
		hold(d, life, (int)e->cpu, e->access_not_trapped.entry, e->access_not_trapped.word);
}

/* A kind without a case keeps its own row only: a new property is shown at once, if not explained. */
void plot_violation(struct draft *d, struct life *life)
{
	const struct machine_event *e = plot_event(d, life->used);

	assert(life->used >= 0);
	switch ((int)e->kind) {
	case EVENT_freed_page_used:
	case EVENT_other_page_used:
	case EVENT_other_space_used:
		plot_use_of_page(d, life);
		break;
	case EVENT_freed_page_touched:
		touch_of_page(d, life);
		break;
	case EVENT_revoked_page_used:
		revoked_use(d, life);
		break;
	case EVENT_freed_table_walked:
		use_of_table(d, life, e->freed_table_walked.table, (int)e->cpu, -1);
		break;
	case EVENT_freed_table_entered:
		use_of_table(d, life, e->freed_table_entered.table, (int)e->cpu, e->agent);
		break;
	case EVENT_unmade_table_walked:
		use_of_table(d, life, e->unmade_table_walked.table, (int)e->cpu, -1);
		break;
	case EVENT_unmade_table_entered:
		use_of_table(d, life, e->unmade_table_entered.table, (int)e->cpu, e->agent);
		break;
	case EVENT_freed_table_ahead:
		use_of_table(d, life, e->freed_table_ahead.table, (int)e->freed_table_ahead.walker, -1);
		break;
	case EVENT_freed_table_refill:
		use_of_table(d, life, e->freed_table_refill.table, (int)e->freed_table_refill.walker, -1);
		break;
	case EVENT_still_held:
		/* Whether or not the CPU ever uses it. */
		hold(d, life, (int)e->still_held.holder, e->still_held.entry, e->still_held.word);
		break;
	case EVENT_device_refused:
	case EVENT_access_not_trapped:
		held_by_other(d, life);
		break;
	case EVENT_data_race:
		plot_race(d, life);
		break;
	case EVENT_page_replaced:
	case EVENT_entry_relaxed:
		replacement(d, life);
		break;
	case EVENT_still_mapped:
		left_mapped(d, life);
		break;
	case EVENT_line_left:
		plot_left_line(d, life);
		break;
	case EVENT_line_elsewhere:
		plot_sought_line(d, life);
		break;
	case EVENT_subject_finds:
		plot_found_at_end(d, life);
		break;
	case EVENT_endless:
	case EVENT_stuck:
		plot_endless(d, life);
		break;
	default:
		plot_keep(d, life->used);
	}
}

/* ---- conditions and counts ---- */

/* The last time before @fault that the page's entry was taken away. */
static void keep_loss(struct draft *d, int fault)
{
	const struct model_watch *watch = &model_state()->watches[plot_event(d, fault)->fault.watch];

	assert(fault >= 0);
	for (int i = fault - 1; i >= 0 && plot_event(d, fault)->fault.watch >= 0; i--) {
		const struct model_frame *table;
		const void *entry;
		uint64_t old, word;
		unsigned int index;

		if (!story_change(plot_event(d, i), &entry, &old, &word) || !(old & MACHINE_PTE_PRESENT) ||
		    word & MACHINE_PTE_PRESENT)
			continue;
		table = &model_state()->frames[model_frame_of(entry)];
		index = (unsigned int)((const machine_pte *)entry - table->words);
		if (table->space != watch->space || table->level || watch->page != table->base + index)
			continue;
		plot_mark(d, i, TIMELINE_CLEARED);
		return;
	}
}

/* What the program of register @reg did to fill it, and where the value came from. */
static void keep_register(struct draft *d, int reg)
{
	const struct litmus *l = d->story->binding->litmus;
	const char *doing = NULL;
	int got = -1;

	assert(reg >= 0);
	for (unsigned int i = 0; i < l->nr_ops; i++) {
		if (l->ops[i].reg == reg)
			doing = l->ops[i].text;
	}
	for (int i = 0; i < d->story->nr; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (e->doing == doing &&
		    (e->kind == EVENT_access || e->kind == EVENT_fault || e->kind == EVENT_frame_read))
			got = i;
	}
	plot_keep(d, got);
	if (got < 0)
		return;
	if (plot_event(d, got)->kind == EVENT_fault) {
		keep_loss(d, got);
		keep_tree(d, plot_event(d, got)->agent, d->story->nr);
	}
	if (plot_event(d, got)->kind == EVENT_access) {
		struct life life = { .used = got, .cpu = -1, .agent = -1, .cached = -1, .cleared = -1, .freed = -1 };

		plot_use_of_page(d, &life);
	}
	for (int i = 0; i < got; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (e->kind == EVENT_fault && e->doing == doing)
			plot_keep(d, i);
		if (plot_event(d, got)->kind != EVENT_fault &&
		    (e->kind == EVENT_access || e->kind == EVENT_frame_write || e->kind == EVENT_frame_copy) &&
		    plot_is_about(d, e,
				  plot_event(d, got)->kind == EVENT_access ? plot_event(d, got)->access.frame
									   : plot_event(d, got)->frame_read.frame))
			plot_keep(d, i);
	}
}

/*
 * Counts:  every flush and interrupt is a part of the sum. Conditions: the operations in order, and what
 *          filled each register.
 */
void plot_failure(struct draft *d, const struct litmus_expect *failed)
{
	int reg[LITMUS_MAX_NAMES];
	unsigned int nr = story_registers(failed, reg);

	for (int i = 0; i < d->story->nr; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (failed->kind == LITMUS_EXPECT_COUNT &&
		    (e->kind == EVENT_invalidate || e->kind == EVENT_broadcast || e->kind == EVENT_call_sent ||
		     e->kind == EVENT_device_invalidate))
			plot_keep(d, i);
		/* What happened to whom first. */
		if (failed->kind == LITMUS_EXPECT_CONDITION &&
		    (e->kind == EVENT_op_begins || e->kind == EVENT_op_returns))
			plot_keep(d, i);
	}
	for (unsigned int i = 0; i < nr; i++)
		keep_register(d, reg[i]);
}
