/* SPDX-License-Identifier: MIT */
/*
 * cache.c - lines of a virtually indexed data cache: stored to by one address, and written back by it (property alias).
 *
 * What a program stores stays in the cache, under the address that it was stored by, until machine_flush_cache() writes it back.
 * That needs the address: once the entry is gone, nobody finds the line any more, and it is written over whatever the page is by then,
 * or read again by whoever gets the address next. So what an operation takes away by promise (promise.c) has been written back by
 * then, M24.
 *
 * A store that comes while such an operation is under way is not looked at: nothing stops it between the write-back and the
 * change of the entry, in Linux either.
 */
#include <machine/model/model.h>

#include <assert.h>

static bool has_lines(void)
{
	return machine_arch()->virtual_cache && !machine_arch()->no_flush_cache;
}

/* A program's store, in the step that goes on, through a translation with @marks. */
void model_line_stored(int watch, uint32_t marks)
{
	struct model_watch *at = &model_state()->watches[watch];

	if (!has_lines() || watch < 0)
		return;
	assert(watch < model_state()->nr_watches);
	model_touch_at(&at->lines, AGENT_JOIN, 0);
	if (!(marks & ~(MODEL_REVOKED | MODEL_STALE)))
		at->lines = 1;
}

/* The entry of this watch has led to a page until now, with @marks; it leads to another one, or to none. */
void model_line_left(int watch, uint32_t marks, const machine_pte *entry)
{
	struct model_watch *at = &model_state()->watches[watch];
	bool mine = marks & model_my_mark();

	if (!has_lines() || watch < 0 || agent_self() < 0)
		return;
	model_touch_at(&at->lines, AGENT_WRITE, 0);
	if (at->lines && mine)
		model_violation(MODEL_ALIAS, line_left, .watch = watch, .entry = entry);
	at->lines = 0;
}

/* Found by their addresses, on all CPUs: the hook that asks for it says so (host.h, 22). */
void machine_flush_cache(struct machine_space *space, unsigned long start, unsigned long end)
{
	MODEL_LEAVES_NOTHING;
	struct model_state *m = model_state();
	int nr = model_space_number(space);

	model_called_from(MODEL_CALLER);
	if (!machine_arch()->virtual_cache)
		return;
	model_step_here();
	model_tell(cache_flush, .space = space, .start = start, .end = end);
	for (unsigned int i = 0; i < m->nr_watches; i++) {
		unsigned long address = (unsigned long)m->watches[i].page << MACHINE_PAGE_SHIFT;

		if (!has_lines() || m->watches[i].space != nr || address < start || address >= end)
			continue;
		model_touch_at(&m->watches[i].lines, AGENT_TAKE, 0);
		m->watches[i].lines = 0;
	}
}
