/* SPDX-License-Identifier: MIT */
/* buffer.c - stores to tables that no walk has to see yet: how they leave, and who waits for it (M5, M6). */
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/views.h>

#include <assert.h>
#include <string.h>

/*
 * M7: does whoever loads, in order, what was stored behind this see it in walks as well? Where walks do not follow loads, one may still find that
 * nothing was there. That something was there they may find in any case, by a TLB, until an invalidation, which covers what its CPU has seen.
 */
bool model_walks_follow(uint64_t old)
{
	return machine_arch()->tso || !machine_arch()->hw_walk || old & MACHINE_PTE_PRESENT;
}

static unsigned int stores_handed_over(const struct model_cpu *cpu, unsigned int before)
{
	assert(before <= cpu->nr_stores);
	while (before && !model_walks_follow(cpu->stores[before - 1].word))
		before--;
	return before;
}

/* Of an interrupt all is, whatever walks do: the handler may say that they have to (M16). */
static bool is_interrupt(const void *lock)
{
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		if (lock == model_state()->cpus[i].queue)
			return true;
	}
	return false;
}

unsigned int model_stores_released(const struct model_cpu *cpu, const void *lock, unsigned int before)
{
	return is_interrupt(lock) ? before : stores_handed_over(cpu, before);
}

/* Bit n: the n-th oldest store has left, and .stores has the others already. */
static void advance_releases(struct model_cpu *cpu, unsigned int left)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < cpu->nr_releases; i++) {
		struct model_release release = cpu->releases[i];

		release.stores -= (unsigned int)__builtin_popcount(left & ((1u << release.stores) - 1));
		release.stores = model_stores_released(cpu, release.lock, release.stores);
		/* It has nothing left to hand over; who takes the lock next sees that, and does less than it would have done before. */
		if (!release.stores) {
			model_touch_at(release.lock, AGENT_JOIN, 0);
			continue;
		}
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

static void let_leave(struct model_cpu *cpu, unsigned int nr)
{
	const struct model_store *old = &cpu->stores[nr];
	machine_pte *entry = &model_state()->frames[old->frame].words[old->index];

	model_touch_at(entry, AGENT_WRITE, 0);
	model_entry_visible(old->frame, old->index, old, stored_word(cpu, nr));
	model_tell(entry_seen, .entry = entry, .old = old->word);
}

/* Bit n of @which: the n-th oldest store of the CPU is visible to every walker from here on. */
static void drain_these(unsigned int cpu_nr, unsigned int which)
{
	struct model_cpu *cpu = &model_state()->cpus[cpu_nr];
	unsigned int kept = 0, nr = cpu->nr_stores;

	for (unsigned int i = 0; i < nr; i++) {
		if (which >> i & 1)
			let_leave(cpu, i);
	}
	model_touch_at(&cpu->buffer, AGENT_WRITE, 0);
	for (unsigned int i = 0; i < nr; i++) {
		if (!(which >> i & 1))
			cpu->stores[kept++] = cpu->stores[i];
	}
	memset(cpu->stores + kept, 0, (nr - kept) * sizeof(cpu->stores[0]));
	cpu->nr_stores = (uint8_t)kept;
	advance_releases(cpu, which);
	late_all_has_left(cpu_nr);
}

MODEL_OUT_OF_LINE void model_drain_some(unsigned int cpu, unsigned int nr)
{
	assert(nr <= model_state()->cpus[cpu].nr_stores);
	drain_these(cpu, (1u << nr) - 1);
}

static bool is_same_entry(const struct model_store *a, const struct model_store *b)
{
	return a->frame == b->frame && a->index == b->index;
}

/* Of one entry in order. */
MODEL_OUT_OF_LINE void model_hand_over(unsigned int cpu_nr, unsigned int nr)
{
	const struct model_cpu *cpu = &model_state()->cpus[cpu_nr];
	unsigned int which = 0;

	assert(nr <= cpu->nr_stores);
	for (unsigned int i = nr; i-- > 0;) {
		bool later_leaves = false;

		for (unsigned int j = i + 1; j < nr; j++)
			later_leaves |= which >> j & 1 && is_same_entry(&cpu->stores[i], &cpu->stores[j]);
		if (later_leaves || model_walks_follow(cpu->stores[i].word))
			which |= 1u << i;
	}
	if (which)
		drain_these(cpu_nr, which);
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
	model_may_move();
	model_called_from(MODEL_CALLER);
	model_fence();
}

/* To find nothing in flight is no step. */
MODEL_OUT_OF_LINE void model_fence(void)
{
	/* What has not left the CPU for others is in no buffer of walks yet. */
	late_drained();
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
