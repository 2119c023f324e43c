/* SPDX-License-Identifier: MIT */
/*
 * cache.c - lines of a virtually indexed data cache: stored to by one address, and written back by it (property alias).
 *
 * What a program stores stays in the cache, under the address that it was stored by, until machine_flush_cache() writes it back.
 * That needs the address: once the entry is gone, nobody finds the line any more, and it is written over whatever the page is by then,
 * or read again by whoever gets the address next. So what an operation takes away by promise (promise.c) has been written back by
 * then, M24.
 *
 * Two addresses of one page that differ in colour have lines of their own: whoever comes by the other one does not find what is in the
 * first. What the kernel does in a page it does by an address of that page's colour, or writes back before: Linux's copies are made so.
 *
 * A store that comes while an operation is under way that takes the page away is not looked at: nothing stops it between the write-back and the
 * change of the entry, in Linux either.
 */
#include <machine/model/model.h>

#include <assert.h>

/* Has to be asked to write back. */
static bool is_flushed(void)
{
	return machine_arch()->virtual_cache && !machine_arch()->no_flush_cache;
}

static bool has_lines(void)
{
	return is_flushed() || machine_colours() > 1;
}

static void stored(struct model_watch *at, uint32_t marks, int frame)
{
	model_touch_at(&at->lines, AGENT_JOIN, 0);
	if (!(marks & ~(uint32_t)MODEL_KNOWN))
		at->lines = (uint32_t)frame + 1;
}

/* Whatever is done by the address of @watch, a line of another colour has what should have been found. */
static void sought(int watch, int frame)
{
	struct model_state *m = model_state();
	unsigned int colours = machine_colours();

	for (int i = 0; i < m->nr_watches; i++) {
		struct model_watch *other = &m->watches[i];

		if (other->page % colours == m->watches[watch].page % colours)
			continue;
		model_touch_at(&other->lines, AGENT_READ, 0);
		if (other->lines == (uint32_t)frame + 1)
			model_violation(MODEL_ALIAS, line_elsewhere, .watch = watch, .other = i, .frame = frame);
	}
}

/* A program's access to @frame by the address of @watch, in the step that goes on, through a translation with @marks. */
void model_line_used(int watch, enum machine_access how, uint32_t marks, int frame)
{
	if (!has_lines() || watch < 0 || how == MACHINE_EXEC)
		return;
	assert(watch < model_state()->nr_watches && frame >= 0);
	sought(watch, frame);
	if (how == MACHINE_STORE)
		stored(&model_state()->watches[watch], marks, frame);
}

/* The entry of this watch has led to a page until now, with @marks; it leads to another one, or to none. */
void model_line_left(int watch, uint32_t marks, const machine_pte *entry)
{
	struct model_watch *at = &model_state()->watches[watch];
	bool mine = marks & model_my_mark();

	if (!has_lines() || watch < 0 || agent_self() < 0)
		return;
	model_touch_at(&at->lines, AGENT_WRITE, 0);
	if (at->lines && mine && is_flushed())
		model_violation(MODEL_ALIAS, line_left, .watch = watch, .entry = entry);
	at->lines = 0;
}

/* Found by their addresses, on all CPUs: the hook that asks for it says so (host.h, 22). */
void machine_flush_cache(struct machine_space *space, unsigned long start, unsigned long end)
{
	MODEL_LEAVES_NOTHING;
	struct model_state *m = model_state();
	int nr = model_space_number(space ? space : model_kernel_space());

	model_called_from(MODEL_CALLER);
	if (!machine_arch()->virtual_cache)
		return;
	model_step_here();
	model_tell(cache_flush, .space = space, .start = start, .end = end);
	for (unsigned int i = 0; i < m->nr_watches; i++) {
		unsigned long address = (unsigned long)m->watches[i].page << MACHINE_PAGE_SHIFT;

		if (!is_flushed() || m->watches[i].space != nr || address < start || address >= end)
			continue;
		model_touch_at(&m->watches[i].lines, AGENT_TAKE, 0);
		m->watches[i].lines = 0;
	}
}
