/* SPDX-License-Identifier: MIT */
/*
 * plot.c - what of a story mattered.
 *
 * A violation names a translation: an entry, what it said, and who used it - a CPU's hardware, or code that walked the tables
 * without locks and remembers what it read. Its life is the path:
 *
 *  1. cached: the CPU loaded the root, or the entry was set while it had the root loaded; nothing earlier could have
 *     cached it. Code: it read the entry.
 *  2. cleared: the last change of the entry away from what it said, and the moment walks see it, if that is later.
 *  3. the invalidations after that which were meant for the CPU or missed it: sent, arrived, done, and whoever waited for
 *     them. Where none was meant for the CPU, the look at the mask that left it out.
 *  4. freed, reused: what the entry led to.
 *  5. used: the violation.
 *
 * Between two agents of the path stands the lock that one left and the other took; around it the operations that it is
 * part of. When it was cached is found in plot_cached.c. Violations that name no translation have paths of their own, in plot_other.c.
 *
 * Which steps those are is read from the records alone, backwards from the violation: the nearest earlier record that can
 * have had the effect is taken as its cause. That is enough for the stale uses (of a page, of a table, of a promise that an
 * operation gave), where the cause is a change of one word. What it may miss:
 *
 *  - a second translation that is wrong in the same execution: only the one that the verdict names is followed;
 *  - an order between two agents that comes from a counter or a store, not from a lock;
 *  - an order that comes through a third agent, which took the lock in between.
 *
 * The plot is for the reader. No verdict depends on it, so a path that is too short costs an explanation, never an answer.
 */
#include "check/plot.h"
#include <machine/model/device.h>

#include <assert.h>
#include <stdlib.h>

/* ---- what a plot is made of ---- */

const struct machine_event *plot_event(const struct draft *d, int i)
{
	assert(i >= 0 && i < d->story->nr);
	return &d->story->told[i].event;
}

/* -1 goes through, so that a caller may pass on what it did not find. */
int plot_row(const struct draft *d, int i)
{
	assert(i < d->story->nr);
	return i < 0 ? -1 : d->story->told[i].row;
}

/* Rows after the last step of the schedule are drawn by narrate.c, which marks them itself. */
void plot_keep(struct draft *d, int i)
{
	if (i >= 0 && plot_row(d, i) < d->plot->rows)
		d->plot->causal[plot_row(d, i)] = true;
}

/* The first mark of a row stays: a step that clears and frees is known by what it did first. */
void plot_mark(struct draft *d, int i, enum timeline_mark mark)
{
	plot_keep(d, i);
	if (i >= 0 && plot_row(d, i) < d->plot->rows && !d->plot->mark[plot_row(d, i)])
		d->plot->mark[plot_row(d, i)] = mark;
}

void plot_note(struct draft *d, int i, enum plot_note note)
{
	if (i >= 0 && plot_row(d, i) < d->plot->rows)
		d->plot->note[plot_row(d, i)] = note;
}

/*
 * An arrow is there to lead forward in time; an end that is missing, or in the same row, leaves nothing to draw.
 * When the table is full the later arrows are dropped: the rows they would join are kept all the same.
 */
void plot_link(struct draft *d, enum timeline_arrow_kind kind, int from, int to)
{
	struct plot *p = d->plot;

	if (from < 0 || to < 0 || plot_row(d, from) >= plot_row(d, to) || p->arrows == PLOT_ARROWS)
		return;
	p->arrow[p->arrows].kind = kind;
	p->arrow[p->arrows].from = plot_row(d, from);
	p->arrow[p->arrows++].to = plot_row(d, to);
}

/* ---- entries ---- */

/*
 * Accessed and dirty bits change without anybody revoking anything, so they are not compared. Two words that are
 * both not present lead nowhere, whatever else they say.
 */
bool plot_same(uint64_t a, uint64_t b)
{
	if (!((a | b) & MACHINE_PTE_PRESENT))
		return true;
	return a & b & MACHINE_PTE_PRESENT && model_pte_frame(a) == model_pte_frame(b) &&
	       !((a ^ b) & (MACHINE_PTE_WRITE | MACHINE_PTE_EXEC));
}

/* Backwards, because of several changes the last one before the use is what the use should have seen. */
int plot_change(const struct draft *d, const void *of, uint64_t said, bool away, int before)
{
	assert(before <= d->story->nr);
	for (int i = before - 1; i >= 0; i--) {
		const void *entry;
		uint64_t old, word;

		if (!story_change(plot_event(d, i), &entry, &old, &word) || entry != of ||
		    plot_same(old, said) == plot_same(word, said))
			continue;
		if (plot_same(old, said) == away)
			return i;
	}
	return -1;
}

/* From where on walks see the change @changed: at once, unless the store waits in a store buffer, and maybe too late. */
static int when_seen(const struct draft *d, const struct life *life, int changed)
{
	assert(changed >= 0);
	for (int i = changed + 1; i < life->used; i++) {
		if (plot_event(d, i)->kind == EVENT_entry_seen && plot_event(d, i)->entry_seen.entry == life->entry)
			return i;
	}
	return life->late ? life->used : changed;
}

/* ---- 3. invalidations ---- */

/*
 * An invalidation of last-level entries only leaves cached tables where they are, so a table needs one that says
 * so.
 */
static bool covers(const struct life *life, const struct machine_event *e)
{
	assert(e->kind == EVENT_invalidate || e->kind == EVENT_broadcast || e->kind == EVENT_device_invalidate);
	/* These are alike. */
	if (e->invalidate.space && e->invalidate.space != life->space)
		return false;
	return e->invalidate.all || (e->invalidate.start < life->end && e->invalidate.end > life->start &&
				     (!life->level || e->invalidate.tables));
}

/* Wider than covers(): the right address space, but maybe the wrong range, which is worth showing. */
static bool concerns(const struct life *life, const struct machine_event *e)
{
	return !e->invalidate.space || e->invalidate.space == life->space;
}

/*
 * An invalidation of the CPU's is complete. It is one that dropped the translation only if the CPU could take it from the
 * tables again, or if it is code that remembers it; else it cannot have covered what was still used later.
 */
static void keep_complete(struct draft *d, const struct life *life, int i, const struct machine_event *what)
{
	bool too_early = life->seen > i;

	assert(i > life->cleared && i < life->used);
	plot_keep(d, i);
	if (covers(life, what) && (too_early || life->agent >= 0))
		plot_mark(d, i, TIMELINE_FLUSHED);
	else
		plot_note(d, i, PLOT_MISSES);
}

/*
 * Until a CPU has waited, what it has broadcast is not complete. The wait is a step of the CPU that sent it, so the
 * record is looked for there.
 */
static void keep_broadcast(struct draft *d, const struct life *life, int i, int done)
{
	plot_mark(d, i, TIMELINE_ISSUED);
	for (int j = i + 1; j < life->used; j++) {
		/* Whoever is moved can complete it no more. */
		if (plot_event(d, j)->kind == EVENT_thread_moves && plot_event(d, j)->agent == plot_event(d, i)->agent)
			plot_keep(d, j);
		if ((int)plot_event(d, j)->kind != done || plot_event(d, j)->cpu != plot_event(d, i)->cpu)
			continue;
		keep_complete(d, life, j, plot_event(d, i));
		return;
	}
}

/* A count of outstanding answers is kept only if somebody waited for it; other counters are noise. */
static bool waited_for(const struct draft *d, const void *counter, int before)
{
	for (int i = 0; i < before; i++) {
		if (plot_event(d, i)->kind == EVENT_counter_zero && plot_event(d, i)->counter_zero.counter == counter)
			return true;
	}
	return false;
}

/* What reached the CPU, or was sent to it. */
static bool keep_meant(struct draft *d, const struct life *life, int i)
{
	const struct machine_event *e = plot_event(d, i);
	bool here = (int)e->cpu == life->cpu;

	switch ((int)e->kind) {
	case EVENT_call_sent:
		if ((int)e->call_sent.to != life->cpu)
			return false;
		plot_mark(d, i, TIMELINE_ISSUED);
		return true;
	case EVENT_broadcast:
		if (concerns(life, e))
			keep_broadcast(d, life, i, EVENT_broadcast_done);
		return concerns(life, e);
	case EVENT_device_invalidate:
		if (!concerns(life, e) || life->cpu < 0 || !model_is_device((unsigned int)life->cpu))
			return false;
		keep_broadcast(d, life, i, EVENT_device_synced);
		return true;
	case EVENT_invalidate:
		if (!here || !concerns(life, e))
			return false;
		keep_complete(d, life, i, e);
		return true;
	case EVENT_call_taken:
	case EVENT_call_polled:
		if (here)
			plot_keep(d, i);
		return here;
	case EVENT_counter_add:
		if (here && waited_for(d, e->counter_add.counter, life->used))
			plot_keep(d, i);
		return false;
	case EVENT_counter_zero:
		plot_keep(d, i);
		return false;
	default:
		return false;
	}
}

/* Which of its words is the mask, only the mm knows; without its answer the path is shorter. */
static bool is_mask(const struct draft *d, const void *counter)
{
	return binding_plays(d->story->binding, counter, SUBJECT_CPU_MASK, SUBJECT_NONE);
}

/* How the CPU came into the mask, and left it, before it was looked at. */
static void keep_mask(struct draft *d, const struct life *life, const void *mask, int before)
{
	for (int i = 0; i < before; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (e->kind == EVENT_counter_bits && (int)e->cpu == life->cpu && e->counter_bits.counter == mask)
			plot_keep(d, i);
	}
}

/* Nothing was meant for this CPU: because it was not in the mask, or because only others invalidated. */
static void keep_left_out(struct draft *d, const struct life *life)
{
	assert(life->cleared >= 0);
	for (int i = life->cleared + 1; i < life->used; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (e->kind == EVENT_counter_read && is_mask(d, e->counter_read.counter) &&
		    !(e->counter_read.value >> life->cpu & 1)) {
			plot_keep(d, i);
			keep_mask(d, life, e->counter_read.counter, i);
		}
		if (e->kind == EVENT_invalidate && covers(life, e))
			plot_keep(d, i);
	}
}

/* What others did matters only if nothing was meant for this CPU: then the question is why it was left out. */
static void keep_invalidations(struct draft *d, const struct life *life)
{
	bool any = false;

	for (int i = life->cleared + 1; i < life->used; i++)
		any |= keep_meant(d, life, i);
	if (!any)
		keep_left_out(d, life);
}

/*
 * Interrupts from one CPU to another are answered in the order they were sent. That order is the only link between
 * the two: a record of arrival names the sender, not the request.
 */
static void draw_interrupts(struct draft *d)
{
	int taken[MACHINE_MAX_CPUS][MACHINE_MAX_CPUS] = { { 0 } };

	for (int i = 0; i < d->story->nr; i++) {
		const struct machine_event *e = plot_event(d, i);
		unsigned int from;
		int skip;

		if (e->kind != EVENT_call_taken && e->kind != EVENT_call_polled)
			continue;
		/* Both records are alike. */
		from = e->call_taken.from;
		skip = taken[from][e->cpu]++;
		for (int j = 0; j < i; j++) {
			const struct machine_event *sent = plot_event(d, j);

			if (sent->kind != EVENT_call_sent || sent->cpu != from || sent->call_sent.to != e->cpu ||
			    skip--)
				continue;
			plot_link(d, TIMELINE_ARROW_SENDS, j, i);
			break;
		}
	}
}

/* ---- 4. freed, reused ---- */

/* The last one, as a frame may be freed, used again, and freed once more before the use. */
static int frees(const struct draft *d, int frame, int after, int before)
{
	assert(before <= d->story->nr);
	for (int i = before - 1; i > after; i--) {
		if (plot_event(d, i)->kind == EVENT_frame_free && plot_event(d, i)->frame_free.frame == frame)
			return i;
	}
	return -1;
}

/* Of a large page one part is enough for its entry to lead to what was given back: then that part is what the plot is about. */
static void find_free(struct draft *d, struct life *life)
{
	int first = model_pte_frame(life->word), pages = (int)((life->end - life->start) >> MACHINE_PAGE_SHIFT);

	/* A table may be found to be in use in the very step that frees it. */
	life->freed = frees(d, life->frame, -1, life->used + 1);
	for (int i = 0; i < pages && life->freed < 0 && !(life->word & MACHINE_PTE_TABLE); i++) {
		life->freed = frees(d, first + i, life->cleared, life->used + 1);
		if (life->freed >= 0)
			life->frame = first + i;
	}
}

/* Of a frame that was never given back there is nothing to keep. */
static void keep_free(struct draft *d, struct life *life)
{
	assert(life->used >= 0);
	find_free(d, life);
	if (life->freed < 0)
		return;
	plot_mark(d, life->freed, TIMELINE_FREED);
	for (int i = life->freed; i < life->used; i++) {
		if (plot_event(d, i)->kind == EVENT_frame_reuse && plot_event(d, i)->frame_reuse.frame == life->frame)
			plot_mark(d, i, TIMELINE_REUSED);
	}
	plot_link(d, TIMELINE_ARROW_FREES_USES, life->freed, life->used);
}

/* ---- between agents ---- */

/* A downgrade lets readers in, so for whoever comes after it, it is a release. */
static const void *left(const struct machine_event *e)
{
	switch ((int)e->kind) {
	case EVENT_unlock:
	case EVENT_read_unlock:
	case EVENT_write_unlock:
	case EVENT_downgrade:
		return e->lock.lock;
	default:
		return NULL;
	}
}

/* The lock that the record takes; NULL: it takes none. */
static const void *taken(const struct machine_event *e)
{
	switch ((int)e->kind) {
	case EVENT_lock:
	case EVENT_read_lock:
	case EVENT_write_lock:
		return e->lock.lock;
	default:
		return NULL;
	}
}

/* The last release of @lock by @agent in (after, before). */
static int leaves(const struct draft *d, int agent, const void *lock, int after, int before)
{
	for (int i = before - 1; i > after; i--) {
		if (plot_event(d, i)->agent == agent && left(plot_event(d, i)) == lock)
			return i;
	}
	return -1;
}

/* Backwards from @to: the last lock taken is the one that ordered the two agents. */
void plot_handover(struct draft *d, int from, int to)
{
	int first, second;

	assert(from < d->story->nr && to < d->story->nr);
	if (from < 0 || to < 0)
		return;
	first = plot_event(d, from)->agent;
	second = plot_event(d, to)->agent;
	for (int i = to - 1; first != second && i > from; i--) {
		const void *lock = plot_event(d, i)->agent == second ? taken(plot_event(d, i)) : NULL;
		int release = lock ? leaves(d, first, lock, from, i) : -1;

		if (release < 0)
			continue;
		plot_keep(d, release);
		plot_keep(d, i);
		return;
	}
}

/* ---- a translation's life ---- */

/*
 * The order matters: the clearing bounds where the caching is looked for, and both bound the invalidations. A table
 * that belongs to no address space any more has no pages to speak of, so it has no path.
 */
void plot_live(struct draft *d, struct life *life)
{
	const struct model_state *m = model_state();
	const struct model_frame *table = &m->frames[model_frame_of(life->entry)];
	unsigned long index = (unsigned long)((const machine_pte *)life->entry - table->words);
	unsigned long pages = model_level_pages(table->level);

	assert(life->used >= 0 && life->entry);
	if (table->space < 0)
		return;
	life->space = &m->roots[table->space];
	life->level = table->level;
	life->start = (table->base + index * pages) << MACHINE_PAGE_SHIFT;
	life->end = life->start + (pages << MACHINE_PAGE_SHIFT);
	/* What leads to a part of a large page stands in its entry as what leads to the first. */
	if (!(life->word & MACHINE_PTE_TABLE))
		life->word &= ~((uint64_t)(pages - 1) << MACHINE_PTE_FRAME_SHIFT);
	life->cleared = plot_change(d, life->entry, life->word, true, life->used + life->by_itself);
	plot_cached(d, life);
	if (life->cleared >= 0) {
		plot_mark(d, life->cleared, TIMELINE_CLEARED);
		plot_link(d, TIMELINE_ARROW_CLEARS, life->cached, life->cleared);
		life->seen = when_seen(d, life, life->cleared);
		if (life->seen < life->used && plot_row(d, life->seen) > plot_row(d, life->cleared))
			plot_keep(d, life->seen);
		keep_invalidations(d, life);
	}
	keep_free(d, life);
	plot_handover(d, life->cleared, life->freed);
	d->plot->frame = life->frame;
	d->plot->entry = life->entry;
	d->plot->word = life->word;
	d->plot->cpu = life->agent < 0 ? life->cpu : -1;
}

/* ---- around it ---- */

/*
 * The operations that what is kept belongs to: where they begin, and where they return if somebody relied on it.
 * Last of all, because it extends whatever the rest has kept.
 */
static void keep_operations(struct draft *d)
{
	const struct story *story = d->story;

	for (int i = 0; i < story->nr; i++) {
		const struct machine_event *begins = plot_event(d, i);
		bool inside = false;

		for (int j = i + 1; begins->kind == EVENT_op_begins && j < story->nr; j++) {
			const struct machine_event *e = plot_event(d, j);

			if (e->agent != begins->agent)
				continue;
			inside |= plot_row(d, j) < d->plot->rows && d->plot->causal[plot_row(d, j)];
			if (e->kind != EVENT_op_returns)
				continue;
			if (inside)
				plot_keep(d, j);
			break;
		}
		if (inside)
			plot_keep(d, i);
	}
}

/* ---- a plot ---- */

/* Several things may be wrong at once: the one that the verdict names, which is the first of the properties. */
static int worst_violation(const struct story *story)
{
	int worst = -1;

	for (int i = 0; i < story->nr; i++) {
		int property = story->told[i].event.violates;

		if (property != EVENT_NOTHING_VIOLATED && (worst < 0 || property < story->told[worst].event.violates))
			worst = i;
	}
	return worst;
}

struct plot *plot_draw(const struct story *story, int rows)
{
	struct plot *plot = calloc(1, sizeof(*plot));
	struct draft d = { .story = story, .plot = plot };
	int violation = worst_violation(story);
	struct life life = { .used = violation, .cpu = -1, .agent = -1, .cached = -1, .cleared = -1, .freed = -1 };

	assert(rows >= 0);
	if (!plot)
		abort();
	*plot = (struct plot){ .rows = rows, .frame = -1, .cpu = -1 };
	plot->causal = calloc((size_t)rows + 1, sizeof(*plot->causal));
	plot->mark = calloc((size_t)rows + 1, sizeof(*plot->mark));
	plot->note = calloc((size_t)rows + 1, sizeof(*plot->note));
	if (!plot->causal || !plot->mark || !plot->note)
		abort();
	draw_interrupts(&d);
	if (life.used >= 0)
		plot_violation(&d, &life);
	else if (story->failed)
		plot_failure(&d, story->failed);
	keep_operations(&d);
	plot->actor[0] = life.cleared < 0 ? -1 : plot_event(&d, life.cleared)->agent;
	plot->actor[1] = life.freed < 0 ? -1 : plot_event(&d, life.freed)->agent;
	plot->violation = violation;
	return plot;
}

void plot_free(struct plot *plot)
{
	free(plot->causal);
	free(plot->mark);
	free(plot->note);
	free(plot);
}
