/* SPDX-License-Identifier: MIT */
/* plot_race.c - the two sides of a data race; see plot.c. */
#include "check/plot.h"

#include <assert.h>

/* Plain accesses are no events: the other one came behind what its agent did last, and that is where it is. */
void plot_race(struct draft *d, const struct life *life)
{
	const struct machine_event *e = plot_event(d, life->used);
	int other = life->used;

	assert(e->kind == EVENT_data_race);
	plot_keep(d, life->used);
	while (--other >= 0) {
		if (plot_event(d, other)->agent == (int)e->data_race.other) {
			plot_keep(d, other);
			return;
		}
	}
}
