/* SPDX-License-Identifier: MIT */
/* plot_left.c - what only the end shows of a page: still mapped, or counted, though somebody has taken that away; or what was stored there is lost. */
#include "check/plot.h"

#include <assert.h>

/* A word that maps the frame; one that leads to a table in it does not map a page. */
static bool leads_to(uint64_t word, int frame)
{
	return word & MACHINE_PTE_PRESENT && !(word & MACHINE_PTE_TABLE) && model_pte_frame(word) == frame;
}

/* The watched pages that the table in frame @nr maps to @frame at the end, as bits. */
static uint64_t watched_in(int nr, int frame)
{
	const struct model_frame *table = &model_state()->frames[nr];
	unsigned int pages = (unsigned int)model_level_pages(table->level);
	uint64_t watches = 0;

	for (unsigned int i = 0; i < model_entries(); i++) {
		for (unsigned int j = 0; j < pages && leads_to(table->words[i].word, frame); j++) {
			int watch = model_find_watch(table->space, (unsigned int)table->base + i * pages + j);

			watches |= watch < 0 ? 0 : 1ull << watch;
		}
	}
	return watches;
}

static uint64_t watched(int frame)
{
	uint64_t watches = 0;

	for (unsigned int i = 0; i < model_frames(); i++) {
		const struct model_frame *table = &model_state()->frames[i];

		if (table->kind == MACHINE_FRAME_TABLE && table->space >= 0)
			watches |= watched_in((int)i, frame);
	}
	return watches;
}

/* The operations that were to take @watches, or rights to them, away. One that found nothing to promise for says only that it begins. */
static void keep_takers(struct draft *d, const struct life *life, uint64_t watches)
{
	assert(life->used <= d->story->nr);
	for (int i = 0; i < life->used; i++) {
		const struct machine_event *e = plot_event(d, i);

		if ((e->kind == EVENT_op_begins && e->op_begins.watches & watches) ||
		    (e->kind == EVENT_op_returns && e->op_returns.watches & watches))
			plot_keep(d, i);
	}
}

/* Does the change give a right to the page that the entry did not give? */
static bool gives_more(uint64_t old, uint64_t word, int frame)
{
	uint64_t had = leads_to(old, frame) ? old : 0;

	return leads_to(word, frame) && word & ~had & (MACHINE_PTE_WRITE | MACHINE_PTE_EXEC);
}

/* Who counted mappings of the page, who took some away, and who gave rights. */
static void left_counted(struct draft *d, const struct life *life, int frame)
{
	assert(frame >= 0);
	for (int i = 0; i < life->used; i++) {
		const struct machine_event *e = plot_event(d, i);
		const void *entry;
		uint64_t old, word;

		if ((e->kind == EVENT_counter_add &&
		     binding_plays(d->story->binding, e->counter_add.counter, SUBJECT_PAGE_MAPCOUNT, frame)) ||
		    (story_change(e, &entry, &old, &word) &&
		     ((leads_to(old, frame) && !leads_to(word, frame)) || gives_more(old, word, frame))))
			plot_keep(d, i);
	}
	keep_takers(d, life, watched(frame));
}

bool plot_is_about(const struct draft *d, const struct machine_event *e, int frame)
{
	const struct binding *binding = d->story->binding;
	const void *entry;
	uint64_t old, word;

	switch ((int)e->kind) {
	case EVENT_access:
		return e->access.frame == frame && e->access.how == MACHINE_STORE;
	case EVENT_frame_write:
		return e->frame_write.frame == frame;
	case EVENT_frame_copy:
		return e->frame_copy.to == frame;
	case EVENT_frame_read:
		return e->frame_read.frame == frame;
	case EVENT_counter_set:
		return binding_plays(binding, e->counter_set.counter, SUBJECT_PAGE_DIRTY, frame);
	case EVENT_counter_cmpxchg:
		return binding_plays(binding, e->counter_cmpxchg.counter, SUBJECT_PAGE_DIRTY, frame);
	default:
		return story_change(e, &entry, &old, &word) && (leads_to(old, frame) || leads_to(word, frame));
	}
}

/* The frame that a program, or the kernel, writes @value to; MACHINE_NO_FRAME: it does not. */
static int written_to(const struct machine_event *e, uint64_t value)
{
	if (e->kind == EVENT_access && e->access.how == MACHINE_STORE && e->access.value == value)
		return e->access.frame;
	if (e->kind == EVENT_frame_write && e->frame_write.value == value)
		return e->frame_write.frame;
	return MACHINE_NO_FRAME;
}

/* An entry comes to lead to the frame, or does no longer. */
static bool comes_or_leaves(const struct machine_event *e, int frame)
{
	const void *entry;
	uint64_t old, word;

	return story_change(e, &entry, &old, &word) && leads_to(old, frame) != leads_to(word, frame);
}

/* What is lost was stored to another page than @frame, as by a reference to one that was copied: the store, and which entries left that page, or came to it. */
static void stored_elsewhere(struct draft *d, const struct life *life, int frame)
{
	const uint64_t lost = plot_event(d, life->used)->subject_finds.stored;
	int to = MACHINE_NO_FRAME, at = life->used;

	while (to < 0 && at-- > 0)
		to = written_to(plot_event(d, at), lost);
	if (to < 0 || to == frame)
		return;
	plot_keep(d, at);
	for (int i = 0; i < life->used; i++) {
		if (comes_or_leaves(plot_event(d, i), to))
			plot_keep(d, i);
	}
}

/* A store through a stale translation is the usual cause, so that is followed as a use of its own. */
static void lost_write(struct draft *d, struct life *life, int frame)
{
	int stored = -1;

	assert(frame >= 0);
	for (int i = 0; i < life->used; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (!plot_is_about(d, e, frame))
			continue;
		plot_keep(d, i);
		if (e->kind == EVENT_access)
			stored = i;
	}
	stored_elsewhere(d, life, frame);
	if (stored < 0)
		return;
	life->cpu = (int)plot_event(d, stored)->cpu;
	if (plot_event(d, stored)->access.from != FOUND_TABLES) {
		struct life of = *life;

		of.used = stored;
		plot_use_of_page(d, &of);
		life->cleared = of.cleared;
	}
}

static bool unhooks_table(const struct machine_event *e)
{
	const void *entry;
	uint64_t old, word;

	return story_change(e, &entry, &old, &word) && old & MACHINE_PTE_TABLE && !(word & MACHINE_PTE_TABLE);
}

/*
 * All that is known of a reference that is left: who led to the frame, and no longer does; and which tables went away, whatever
 * still stood in them.
 */
static void left_referenced(struct draft *d, const struct life *life, int frame)
{
	assert(frame >= 0);
	for (int i = 0; i < life->used; i++) {
		const struct machine_event *e = plot_event(d, i);

		if ((e->kind == EVENT_frame_free && e->frame_free.table) || comes_or_leaves(e, frame) ||
		    unhooks_table(e))
			plot_keep(d, i);
	}
}

/* Where a program has stored last: what is lost of a page that is not in memory any more was there. */
static int stored_to(struct draft *d, const struct life *life)
{
	for (int i = life->used; i-- > 0;) {
		const struct machine_event *e = plot_event(d, i);

		if (e->kind == EVENT_access && e->access.how == MACHINE_STORE)
			return e->access.frame;
	}
	return MACHINE_NO_FRAME;
}

/* What the mm finds at the end has a frame, or none to speak of; then the row alone is shown. */
void plot_found_at_end(struct draft *d, struct life *life)
{
	const struct machine_event *e = plot_event(d, life->used);
	int frame = e->subject_finds.frame;

	assert(life->used >= 0);
	plot_keep(d, life->used);
	if (frame < 0 && e->violates == MODEL_LOST_WRITE)
		frame = stored_to(d, life);
	if (frame < 0)
		return;
	d->plot->frame = frame;
	if (e->violates == MODEL_LOST_WRITE)
		lost_write(d, life, frame);
	else if (e->violates == MODEL_LEAK)
		left_referenced(d, life, frame);
	else
		left_counted(d, life, frame);
}
