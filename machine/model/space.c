/* SPDX-License-Identifier: MIT */
/* space.c - address spaces: what a root and its tag are to the hardware, and which of them a CPU has loaded. */
#include <machine/model/device.h>
#include <machine/model/model.h>
#include <machine/model/places.h>

#include <assert.h>
#include <string.h>

/*
 * The number of a space is never given to another one, also if its root is freed (MODEL_SPACES in
 * one execution): so a translation of a dead space is one of a space that nobody can load, which is
 * what M15 has, an id for each.
 */
static struct machine_space *new_space(int root_frame)
{
	struct model_state *m = model_state();

	if (m->nr_spaces == MODEL_SPACES)
		machine_too_big("address spaces", MODEL_SPACES);
	model_hook_root(root_frame, m->nr_spaces);
	m->roots[m->nr_spaces] = (int8_t)root_frame;
	return (struct machine_space *)&m->roots[m->nr_spaces++];
}

/*
 * A root that was freed and taken again as a page of data is not one any more: then the frame has no
 * space.
 */
struct machine_space *machine_space_at(int root_frame)
{
	struct model_state *m = model_state();

	model_called_from(MODEL_CALLER);
	model_need_frame(root_frame);
	for (unsigned int i = 0; i < m->nr_spaces; i++) {
		if (m->roots[i] == root_frame && m->frames[root_frame].space == (int8_t)i)
			return (struct machine_space *)&m->roots[i];
	}
	return new_space(root_frame);
}

int machine_root_frame(const struct machine_space *space)
{
	assert(model_state()->nr_spaces > 0);
	return model_state()->roots[space ? model_space_number(space) : 0];
}

struct machine_space *machine_loaded(void)
{
	int space = model_this_cpu()->space;

	return space < 0 ? NULL : (struct machine_space *)&model_state()->roots[space];
}

/* Beside those that can be loaded: under no id of a CPU (model_cpu.under), as every CPU may always hold something of it. */
void machine_kernel_root(int root_frame)
{
	struct model_state *m = model_state();

	model_called_from(MODEL_CALLER);
	model_need_frame(root_frame);
	if (m->kernel || agent_self() >= 0)
		model_panic("the root of the kernel's own mappings is said once, at boot");
	if (model_config()->format)
		model_panic("the kernel's own mappings have tables of the machine's own format");
	m->kernel = (uint8_t)(1 + m->nr_spaces);
	new_space(root_frame);
}

struct machine_space *model_kernel_space(void)
{
	struct model_state *m = model_state();

	return m->kernel ? (struct machine_space *)&m->roots[m->kernel - 1] : NULL;
}

bool model_is_kernels(int space)
{
	return space >= 0 && space + 1 == model_state()->kernel;
}

int model_space_for(const struct model_cpu *cpu, unsigned int page)
{
	if (model_state()->kernel && page >= MACHINE_KERNEL_START >> MACHINE_PAGE_SHIFT)
		return model_state()->kernel - 1;
	return cpu->space;
}

/* A space is the address of its root's number. */
int model_space_number(const struct machine_space *space)
{
	return space ? (int)((const int8_t *)space - model_state()->roots) : -1;
}

/* Is the table there in @space? Of two places, one that walks do not come to any more is none: what they had found by it is held since it went. */
static bool is_found_at(const struct model_cpu *cpu, int table, unsigned int place, int space)
{
	const struct model_frame *frame = &model_state()->frames[table];

	return model_place(frame, place).space == space &&
	       (model_places(frame) == 1 || model_reaches(cpu, table, place));
}

/* M15: what walks find now, and what they still find behind stores that are late. */
static void hold_space(struct model_cpu *cpu, int space)
{
	const struct model_state *m = model_state();

	assert(space >= 0 && space < m->nr_spaces);
	model_hold_table(cpu, m->roots[space], 0);
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		model_touch_at(&m->cpus[c].buffer, AGENT_READ, 0);
		for (unsigned int i = 0; i < m->cpus[c].nr_stores; i++) {
			const struct model_store *old = &m->cpus[c].stores[i];
			const struct model_frame *table = &m->frames[old->frame];

			for (unsigned int at = 0; at < model_places(table); at++) {
				if (is_found_at(cpu, old->frame, at, space))
					model_hold_value(cpu, old, at);
			}
		}
	}
}

/* M15: what may be held of @space, which is not loaded, is found by nobody who loads it, but under its id. */
void model_hold_left(struct model_cpu *cpu, int space)
{
	const struct model_state *m = model_state();
	int root = m->roots[space];

	/* Of one that is dead all that was held is held already. */
	if (m->frames[root].kind == MACHINE_FRAME_TABLE && m->frames[root].space == space)
		hold_space(cpu, space);
}

static void drop_id(struct model_cpu *cpu, unsigned int id)
{
	for (unsigned int i = 0; i < cpu->nr_held;) {
		if (cpu->held[i].id == id)
			model_drop_held(cpu, i);
		else
			i++;
	}
	cpu->under[id] = 0;
}

/*
 * M15: an id that the kernel gives out is not the space's. What is held under it is used for the new space, unless the load drops it; so is
 * what walks have found of the spaces before that has not changed since.
 */
static void take_id(struct model_cpu *cpu, int next, unsigned int id, bool drop)
{
	if (drop)
		drop_id(cpu, id);
	for (int space = 0; space < (int)model_state()->nr_spaces; space++) {
		if (space != next && cpu->under[id] >> space & 1)
			model_hold_left(cpu, space);
	}
}

/* M15: but for what is global. */
static void drop_all(struct model_cpu *cpu)
{
	for (unsigned int i = 0; i < cpu->nr_held;) {
		if (model_is_kernels(cpu->held[i].space))
			i++;
		else
			model_drop_held(cpu, i);
	}
}

/*
 * M15: what was held of the old space goes, waits under its number for the space to come back, or
 * is used for the new one; then so is what walks have found that has not changed since. What is
 * dying goes as well: it cannot be used any more, so nobody has to complete it.
 *
 * Only a CPU that has, or may have kept, something of a space need be asked to drop it: that is
 * what .under says.
 */
static void leave_space(struct model_cpu *cpu, int next)
{
	if (hardware_mixes_spaces() && cpu->space >= 0 && cpu->space != next)
		hold_space(cpu, cpu->space);
	if (hardware_load_drops())
		drop_all(cpu);
	if (!hardware_keeps_spaces())
		cpu->under[0] = 0;
}

/*
 * M23, of a CPU that loads a root: what it has kept of the space by its id, and what the stores in flight do not show yet, may lead
 * to a table that was given back meanwhile. Loading and freeing do not commute (model_cpu.use), nor loading and a store that leaves (.held).
 */
static void check_paths(const struct model_cpu *cpu)
{
	const struct model_state *m = model_state();

	if (!machine_arch()->hw_walk || cpu->space < 0)
		return;
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		const struct model_held *held = &cpu->held[i];

		if (held->level && model_uses_held(cpu, held) && held->word & MACHINE_PTE_TABLE &&
		    held->marks & MODEL_STALE)
			model_violation(MODEL_FREED_TABLE, freed_table_ahead, .table = model_pte_frame(held->word),
					.walker = (unsigned int)(cpu - m->cpus));
	}
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		for (unsigned int i = 0; i < m->cpus[c].nr_stores; i++) {
			const struct model_store *old = &m->cpus[c].stores[i];

			if (old->word & MACHINE_PTE_TABLE && old->marks & MODEL_STALE &&
			    model_uses_space(cpu, m->frames[old->frame].space))
				model_violation(MODEL_FREED_TABLE, freed_table_ahead,
						.table = model_pte_frame(old->word),
						.walker = (unsigned int)(cpu - m->cpus));
		}
	}
}

/*
 * One step, and on TSO rows a barrier (M6): Linux relies on the load of CR3 being one in
 * switch_mm_irqs_off(), between setting this CPU's bit in the mask and the first walk of the new
 * tables.
 */
static void load_root(struct machine_space *space, unsigned int id, bool drop)
{
	struct model_cpu *cpu = model_this_cpu();
	int next = model_space_number(space);

	assert(id <= MACHINE_IDS);
	model_step_serialising();
	model_barrier();
	if (id)
		take_id(cpu, next, id, drop);
	else
		leave_space(cpu, next);
	/* From here on accesses of this CPU walk these tables. */
	cpu->space = (int8_t)next;
	cpu->id = (uint8_t)id;
	if (space)
		cpu->under[id] |= (uint8_t)(1u << next);
	model_touch_at(cpu->held, AGENT_WRITE, 0);
	model_touch_at(&cpu->use, AGENT_WRITE, 0);
	check_paths(cpu);
	model_tell(root_load, .space = space);
}

void machine_load_root(struct machine_space *space)
{
	MODEL_LEAVES_NOTHING;

	model_called_from(MODEL_CALLER);
	load_root(space, 0, false);
}

void machine_load_root_as(struct machine_space *space, unsigned int id, bool drop)
{
	MODEL_LEAVES_NOTHING;

	model_called_from(MODEL_CALLER);
	load_root(space, id, drop);
}

/* Each CPU may. A device, where both hang under one root, from when it has had one until it has dropped all. */
static bool may_hold_kernel(const struct model_cpu *cpu)
{
	return !model_is_device((unsigned int)(cpu - model_state()->cpus)) ||
	       cpu->under[0] >> (model_state()->kernel - 1) & 1;
}

static bool walks_kernel(const struct model_cpu *cpu)
{
	return may_hold_kernel(cpu) && (!model_is_device((unsigned int)(cpu - model_state()->cpus)) || cpu->space >= 0);
}

bool model_uses_space(const struct model_cpu *cpu, int space)
{
	assert(space >= 0 && space < MODEL_SPACES);
	if (model_is_kernels(space))
		return walks_kernel(cpu);
	if (cpu->space == space || (cpu->space >= 0 && hardware_mixes_spaces()))
		return true;
	return cpu->space >= 0 && cpu->id && cpu->under[cpu->id] >> space & 1;
}

bool model_uses_held(const struct model_cpu *cpu, const struct model_held *held)
{
	if (model_is_kernels(held->space))
		return true;
	return cpu->id || held->id ? cpu->id == held->id : model_uses_space(cpu, held->space);
}

bool model_spaces_match(const struct model_cpu *cpu, int space)
{
	uint8_t ever = 0;

	assert(space >= 0 && space < MODEL_SPACES);
	for (unsigned int id = 0; id <= MACHINE_IDS; id++)
		ever |= cpu->under[id];
	return ever >> space & 1 || (model_is_kernels(space) && may_hold_kernel(cpu));
}
