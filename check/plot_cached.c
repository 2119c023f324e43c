/* SPDX-License-Identifier: MIT */
/* plot_cached.c - when whoever uses a translation could first have found it; see plot.c. */
#include "check/plot.h"
#include <machine/model/device.h>

#include <assert.h>

/* A device's root is loaded by whoever attaches it. */
static bool loads(const struct draft *d, int i, int cpu)
{
	const struct machine_event *e = plot_event(d, i);

	if (e->kind == EVENT_device_load)
		return (int)(model_config()->cpus - model_config()->devices + e->device_load.device) == cpu;
	return e->kind == EVENT_root_load && (int)e->cpu == cpu;
}

/* Of what loads() has found. */
static const void *loaded_space(const struct machine_event *e)
{
	return e->kind == EVENT_device_load ? e->device_load.space : e->root_load.space;
}

/* Only the last load counts: a CPU has one root at a time. */
int plot_loaded(const struct draft *d, int cpu, const void *space, int at)
{
	assert(at < d->story->nr);
	for (int i = at; i >= 0; i--) {
		if (loads(d, i, cpu))
			return loaded_space(plot_event(d, i)) == space ? i : -1;
	}
	return -1;
}

/* The first load of @space by @cpu after @from, or, where a switch drops what the CPU held, the last one up to @until. */
static int load_between(const struct draft *d, int cpu, const void *space, int from, int until)
{
	int found = -1;

	assert(until <= d->story->nr);
	for (int i = from + 1; i < until; i++) {
		if (!loads(d, i, cpu) || loaded_space(plot_event(d, i)) != space)
			continue;
		if (d->story->binding->arch.asids || !d->story->binding->arch.load_drops)
			return i;
		found = i;
	}
	return found;
}

/*
 * No record tells when a CPU cached a word, since it may do so whenever it can. So this finds the earliest moment
 * from which it could: the entry said so, and the root was loaded. The last resort, a load after the clearing, is
 * for a CPU that still found the old word then.
 */
static int cached_by_hardware(const struct draft *d, const struct life *life)
{
	int set = plot_change(d, life->entry, life->word, false, life->cleared < 0 ? life->used : life->cleared);
	int loaded;

	assert(life->cpu >= 0);
	/* Of a kernel mapping no root has to be loaded: from when it was made, or from the start. */
	if (life->space == model_kernel_space())
		return set >= 0 ? set : 0;
	/* Nor of a device that is attached from the start. */
	if (model_is_device((unsigned int)life->cpu) && load_between(d, life->cpu, life->space, -1, life->used) < 0)
		return set >= 0 ? set : 0;
	if (set >= 0 && plot_loaded(d, life->cpu, life->space, set) >= 0)
		return set;
	loaded = load_between(d, life->cpu, life->space, set, life->cleared < 0 ? life->used : life->cleared);
	return loaded >= 0 ? loaded : load_between(d, life->cpu, life->space, set, life->used);
}

/* The thread's own last read that said so. */
static int cached_by_code(const struct draft *d, const struct life *life)
{
	assert(life->agent >= 0);
	for (int i = life->used - 1; i >= 0; i--) {
		const struct machine_event *e = plot_event(d, i);

		if (e->agent == life->agent && e->kind == EVENT_entry_read && e->entry_read.entry == life->entry &&
		    plot_same(e->entry_read.word, life->word))
			return i;
	}
	return -1;
}

/* When the handler that is in the table has come to it; -1: it is no handler's. */
static int found_by_handler(const struct draft *d, const struct life *life)
{
	int at = plot_event(d, life->used)->kind == EVENT_freed_table_refill ? life->used : 0;

	while (at-- > 0) {
		const struct machine_event *e = plot_event(d, at);

		if (e->kind == EVENT_refill && (int)e->cpu == life->cpu && e->refill.table == life->frame)
			return at;
	}
	return -1;
}

void plot_cached(struct draft *d, struct life *life)
{
	bool by_hardware;

	life->cached = found_by_handler(d, life);
	by_hardware = life->agent < 0 && life->cached < 0;
	if (life->cached < 0)
		life->cached = by_hardware ? cached_by_hardware(d, life) : cached_by_code(d, life);
	plot_mark(d, life->cached, TIMELINE_CACHED);
	if (by_hardware)
		plot_note(d, life->cached, PLOT_MAY_CACHE);
}
