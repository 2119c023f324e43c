/* SPDX-License-Identifier: MIT */
/* plot_line.c - the plot of an execution in which a line of a data cache is where nobody looks for it (alias). */
#include "check/plot.h"

#include <assert.h>
#include <stddef.h>

/* The last store by this address before the violation: it made the line. */
static int store_to_line(const struct draft *d, const struct life *life, int watch)
{
	int stored = -1;

	for (int i = 0; i < life->used; i++) {
		const struct machine_event *at = plot_event(d, i);

		if (at->kind == EVENT_access && at->access.watch == watch && at->access.how == MACHINE_STORE)
			stored = i;
	}
	return stored;
}

/* Its entry goes in the step that is the violation. */
void plot_left_line(struct draft *d, struct life *life)
{
	const struct machine_event *e = plot_event(d, life->used);
	const void *entry = e->line_left.entry, *changed;
	uint64_t old, word;

	assert(life->used >= 0);
	life->cpu = (int)e->cpu;
	d->plot->entry = entry;
	for (int i = 0; i < d->story->nr; i++) {
		const struct machine_event *at = plot_event(d, i);

		if (plot_row(d, i) == plot_row(d, life->used) && story_change(at, &changed, &old, &word) &&
		    changed == entry)
			d->plot->word = old;
	}
	d->plot->frame = model_pte_frame(d->plot->word);
	plot_keep(d, store_to_line(d, life, e->line_left.watch));
	plot_keep(d, life->used);
}

/* It is sought by another address in the step that is the violation. */
void plot_sought_line(struct draft *d, struct life *life)
{
	const struct machine_event *e = plot_event(d, life->used);

	assert(life->used >= 0);
	life->cpu = (int)e->cpu;
	d->plot->frame = e->line_elsewhere.frame;
	plot_keep(d, store_to_line(d, life, e->line_elsewhere.other));
	plot_keep(d, life->used);
}
