/* SPDX-License-Identifier: MIT */
/* buffer.c - stores to tables that no walk has to see yet: how they leave, and who waits for it (M5, M6). */
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/views.h>

#include <assert.h>
#include <string.h>

/*
 * So many stores have left. A lock that was released behind them has nothing left to hand over; who takes it next sees that,
 * and does less than it would have done before.
 */
static void advance_releases(struct model_cpu *cpu, unsigned int out)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < cpu->nr_releases; i++) {
		struct model_release release = cpu->releases[i];

		if (release.stores <= out) {
			model_touch_at(release.lock, AGENT_JOIN, 0);
			continue;
		}
		release.stores -= out;
		cpu->releases[kept++] = release;
	}
	memset(cpu->releases + kept, 0, (cpu->nr_releases - kept) * sizeof(cpu->releases[0]));
	cpu->nr_releases = (uint8_t)kept;
}

/*
 * What the @nr-th store of the CPU wrote: what the next one to the same entry replaced. Others of this CPU alone are looked at, as
 * a CPU that changes the entry next has taken a lock before, and with it these stores (M7).
 */
static uint64_t stored_word(const struct model_cpu *cpu, unsigned int nr)
{
	const struct model_store *store = &cpu->stores[nr];

	assert(nr < cpu->nr_stores);
	for (unsigned int i = nr + 1; i < cpu->nr_stores; i++) {
		if (cpu->stores[i].frame == store->frame && cpu->stores[i].index == store->index)
			return cpu->stores[i].word;
	}
	return model_state()->frames[store->frame].words[store->index].word;
}

/* The oldest stores of the CPU are visible to every walker from here on. */
MODEL_OUT_OF_LINE void model_drain_some(unsigned int cpu_nr, unsigned int nr)
{
	struct model_state *m = model_state();
	struct model_cpu *cpu = &m->cpus[cpu_nr];

	assert(nr <= cpu->nr_stores);
	for (unsigned int i = 0; i < nr; i++) {
		const struct model_store *old = &cpu->stores[i];
		machine_pte *entry = &m->frames[old->frame].words[old->index];

		model_touch_at(entry, AGENT_WRITE, 0);
		model_entry_visible(old->frame, old->index, old, stored_word(cpu, i));
		model_tell(entry_seen, .entry = entry, .old = old->word);
	}
	model_touch_at(&cpu->buffer, AGENT_WRITE, 0);
	cpu->nr_stores = (uint8_t)(cpu->nr_stores - nr);
	memmove(cpu->stores, cpu->stores + nr, cpu->nr_stores * sizeof(cpu->stores[0]));
	memset(cpu->stores + cpu->nr_stores, 0, nr * sizeof(cpu->stores[0]));
	advance_releases(cpu, nr);
	late_all_has_left(cpu_nr);
}

/*
 * To find none is a read of the buffer: a store made before would have left. So steps that drain an empty one commute with
 * each other, and not with who fills it.
 */
void model_drain(unsigned int cpu)
{
	model_touch_at(&model_state()->cpus[cpu].buffer, AGENT_READ, 0);
	if (model_state()->cpus[cpu].nr_stores)
		model_drain_some(cpu, model_state()->cpus[cpu].nr_stores);
}

void machine_fence_walks(void)
{
	MODEL_LEAVES_NOTHING;
	model_settle();
	model_called_from(MODEL_CALLER);
	model_fence();
}

/* To find nothing in flight is no step. */
MODEL_OUT_OF_LINE void model_fence(void)
{
	model_touch_at(&model_this_cpu()->buffer, AGENT_READ, 0);
	if (model_this_cpu()->nr_stores) {
		late_step_drained();
		model_drain(machine_cpu());
		model_tell(tables_fenced, 0);
	}
	/* Behind the stores to tables: what is loaded from here on comes after them. */
	late_fence(VIEW_ORDERED);
	model_note_fence(VIEW_ORDERED);
}
