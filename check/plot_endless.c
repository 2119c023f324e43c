/* SPDX-License-Identifier: MIT */
/*
 * plot_endless.c - the plot of an execution that has no end: of a livelock what goes on, and who waits meanwhile; of a deadlock
 * who waits for what, and who has it.
 */
#include "check/plot.h"

#include <assert.h>
#include <stddef.h>

enum {
	SHOWN_OF_A_ROUND = 12, /* records, where nothing in a round stands out */
};

/* The last fault before @before; -1. */
static int last_fault(const struct draft *d, int before)
{
	int i = before;

	assert(before >= 0);
	while (i-- > 0 && plot_event(d, i)->kind != EVENT_fault)
		;
	return i;
}

/*
 * One round of the fault that comes again, and the last. Two rounds would show the same; the last is where the
 * execution was left.
 */
static void fault_loop(struct draft *d, struct life *life)
{
	const struct machine_event *last = plot_event(d, last_fault(d, life->used));
	int first = -1, second = -1, fault = -1;

	assert(life->used >= 0);
	for (int i = 0; i < life->used; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (e->kind != EVENT_fault || e->agent != last->agent || e->doing != last->doing)
			continue;
		if (second < 0 && first >= 0)
			second = i;
		if (first < 0)
			first = i;
		fault = i;
	}
	plot_keep(d, life->used);
	if (fault < 0)
		return;
	life->cpu = (int)last->cpu;
	life->entry = plot_event(d, fault)->fault.entry;
	life->word = plot_event(d, fault)->fault.word;
	life->frame = model_pte_frame(life->word);
	life->used = fault;
	if (life->entry && plot_event(d, fault)->fault.from != FOUND_TABLES)
		plot_live(d, life);
	for (int i = first; i < second; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (e->agent == last->agent && e->kind == EVENT_entry_read && e->entry_read.entry == life->entry)
			plot_keep(d, i);
	}
	plot_keep(d, first);
	plot_mark(d, second, TIMELINE_STALE);
	plot_keep(d, fault);
}

/* The lock or counter that the story knows by this number of the core's. */
static const void *object_of(const struct draft *d, uint16_t object)
{
	for (int i = 0; i < d->story->nr; i++) {
		const struct machine_event *e = plot_event(d, i);
		const void *address = NULL;

		if (e->kind >= EVENT_counter_read && e->kind <= EVENT_downgrade)
			address = e->lock.lock; /* locks and counters come first in their records */
		if (address && agent_is_object(address) && agent_object(address) == object)
			return address;
	}
	return NULL;
}

/*
 * The record by which somebody took @lock and still has it; -1: nobody has. Of several readers any is an answer:
 * whoever waits, waits for all.
 *
 * Locks that nobody waits for are never asked about.
 */
static int holding(const struct draft *d, const void *lock)
{
	int held[AGENT_MAX_AGENTS], found = -1;

	assert(lock);
	for (int a = 0; a < AGENT_MAX_AGENTS; a++)
		held[a] = -1;
	for (int i = 0; i < d->story->nr; i++) {
		const struct machine_event *e = plot_event(d, i);

		if (e->agent < 0 || e->kind < EVENT_lock || e->kind > EVENT_downgrade || e->lock.lock != lock)
			continue;
		if (e->kind == EVENT_lock || e->kind == EVENT_read_lock || e->kind == EVENT_write_lock)
			held[e->agent] = i;
		else if (e->kind != EVENT_downgrade)
			held[e->agent] = -1;
	}
	for (int a = 0; a < AGENT_MAX_AGENTS; a++) {
		if (held[a] >= 0)
			found = held[a];
	}
	return found;
}

/* The last fault of @agent, a device that nobody resumes; -1: none. */
static int stalled_by(const struct draft *d, int agent)
{
	for (int i = d->story->nr - 1; i >= 0; i--) {
		if (plot_event(d, i)->agent == agent && plot_event(d, i)->kind == EVENT_fault)
			return i;
	}
	return -1;
}

/* Nobody has what somebody waits for: somebody else was to do something, and has ended without. What each has done last. */
static void keep_last(struct draft *d)
{
	int last[AGENT_MAX_AGENTS];

	for (int a = 0; a < AGENT_MAX_AGENTS; a++)
		last[a] = -1;
	for (int i = 0; i < d->story->nr; i++) {
		if (plot_event(d, i)->agent >= 0 && plot_row(d, i) < d->plot->rows)
			last[plot_event(d, i)->agent] = i;
	}
	for (int a = 0; a < AGENT_MAX_AGENTS; a++)
		plot_keep(d, last[a]);
}

/*
 * Nobody can go on: there is no last step to blame, so each agent is shown with what it waits for. Agents that
 * can step are passed over: in a livelock there are such, and what they do is shown by goes_on().
 */
static void everybody_waits(struct draft *d)
{
	for (int agent = 0; agent < (int)agent_count(); agent++) {
		struct plot_wait *wait = &d->plot->wait[d->plot->waits];
		struct agent_event blocked;
		int lock;

		if (agent_finished(agent) || !agent_blocked_on(agent, &blocked))
			continue;
		*wait = (struct plot_wait){ .agent = agent, .holder = -1 };
		for (unsigned int i = 0; i < blocked.touches && !wait->object; i++)
			wait->object = object_of(d, blocked.touch[i].object);
		d->plot->waits++;
		if (!wait->object)
			plot_keep(d, stalled_by(d, agent));
		lock = wait->object ? holding(d, wait->object) : -1;
		if (lock < 0)
			keep_last(d);
		if (lock < 0)
			continue;
		wait->holder = plot_event(d, lock)->agent;
		plot_keep(d, lock);
	}
}

/* What goes on: the fault that comes again, or whatever was done last; and who waits meanwhile. */
static void goes_on(struct draft *d, struct life *life)
{
	int at = life->used;

	if (last_fault(d, at) >= 0) {
		fault_loop(d, life);
	} else {
		for (int i = at > SHOWN_OF_A_ROUND ? at - SHOWN_OF_A_ROUND : 0; i <= at; i++)
			plot_keep(d, i);
	}
	everybody_waits(d);
}

/* Called for a livelock and for a deadlock; the record says which. */
void plot_endless(struct draft *d, struct life *life)
{
	switch ((int)plot_event(d, life->used)->kind) {
	case EVENT_endless:
		goes_on(d, life);
		break;
	default:
		everybody_waits(d);
	}
}
