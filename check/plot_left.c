/* SPDX-License-Identifier: MIT */
/* plot_left.c - what the end shows of a page that is still mapped, or counted, though somebody has taken that away. */
#include "check/plot.h"

#include <assert.h>

bool plot_leads_to(uint64_t word, int frame)
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
		for (unsigned int j = 0; j < pages && plot_leads_to(table->words[i].word, frame); j++) {
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
	uint64_t had = plot_leads_to(old, frame) ? old : 0;

	return plot_leads_to(word, frame) && word & ~had & (MACHINE_PTE_WRITE | MACHINE_PTE_EXEC);
}

/* Who counted mappings of the page, who took some away, and who gave rights. */
void plot_left_counted(struct draft *d, const struct life *life, int frame)
{
	assert(frame >= 0);
	for (int i = 0; i < life->used; i++) {
		const struct machine_event *e = plot_event(d, i);
		const void *entry;
		uint64_t old, word;

		if ((e->kind == EVENT_counter_add &&
		     binding_plays(d->story->binding, e->counter_add.counter, SUBJECT_PAGE_MAPCOUNT, frame)) ||
		    (story_change(e, &entry, &old, &word) &&
		     ((plot_leads_to(old, frame) && !plot_leads_to(word, frame)) || gives_more(old, word, frame))))
			plot_keep(d, i);
	}
	keep_takers(d, life, watched(frame));
}
