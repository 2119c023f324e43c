/* SPDX-License-Identifier: MIT */
/*
 * walks_ahead.c - what walks may do that no program has asked for: hardware runs ahead to any address of the space that a CPU has loaded (M23).
 *
 * No step is made for such a walk. Where it matters that one could come, it is looked at from there.
 */
#include <machine/model/options.h>
#include <machine/model/places.h>

#include <assert.h>

bool model_offers(int space, unsigned int page, int frame)
{
	struct options o = { .page = page, .how = MACHINE_STORE };
	bool offers = false;

	options_walk(&o, space);
	for (unsigned int i = 0; i < o.objects; i++)
		model_touch_at(o.object[i], AGENT_READ, 0);
	for (unsigned int i = 0; i < o.nr; i++)
		offers |= option_permits(&o.option[i], MACHINE_STORE) && model_pte_frame(o.option[i].word) == frame;
	return offers;
}

/* M23; the table counts as given back already, so a walk that comes through it says so. What the walk reads decides whether it comes: touched. */
static bool walk_may_come(const struct model_cpu *cpu, unsigned int page, int table)
{
	struct options o = { .cpu = cpu, .page = page, .how = MACHINE_LOAD };
	bool comes = false;

	options_collect(&o);
	for (unsigned int i = 0; i < o.objects; i++)
		model_touch_at(o.object[i], AGENT_READ, 0);
	for (unsigned int i = 0; i < o.nr; i++)
		comes |= o.option[i].through_freed && o.option[i].frame == table;
	return comes;
}

/*
 * To any page that the table is for, whether a program accesses it or not. A part of what a held path leads to may be gone, and never
 * less than a part; so one page of each is asked for.
 */
static void check_cpu(unsigned int nr, int table, const struct model_place *place)
{
	const struct model_frame *frame = &model_state()->frames[table];
	unsigned int part = (unsigned int)(model_level_pages(frame->level + 1u) / HARDWARE_PARTS);
	bool comes = false;

	assert(part > 0);
	for (unsigned int i = 0; i < HARDWARE_PARTS; i++)
		comes |= walk_may_come(&model_state()->cpus[nr], place->base + i * part, table);
	if (comes)
		model_violation(MODEL_FREED_TABLE, freed_table_ahead, .table = table, .walker = nr);
}

/* The table is about to be given back. Can a walk of any CPU still come through it? */
void model_check_walkers(int nr)
{
	struct model_state *m = model_state();
	struct model_frame *table = &m->frames[nr];
	uint8_t kind = table->kind;

	assert(nr >= 0 && nr < (int)model_frames());
	model_touch_ways(table);
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		model_touch_at(&m->cpus[i].use, AGENT_READ, 0);
		if (m->cpus[i].refill == 1 + nr)
			model_violation(MODEL_FREED_TABLE, freed_table_refill, .table = nr, .walker = i);
	}
	/* One that was never hooked, or a root that nobody could load, is not found by any walk. */
	if (!machine_arch()->hw_walk || table->space < 0)
		return;
	table->kind = MACHINE_FRAME_FREE;
	for (unsigned int at = 0; at < model_places(table); at++) {
		struct model_place place = model_place(table, at);

		for (unsigned int i = 0; i < model_config()->cpus; i++) {
			if (model_uses_space(&m->cpus[i], place.space))
				check_cpu(i, nr, &place);
		}
	}
	table->kind = kind;
}
