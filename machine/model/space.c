/* SPDX-License-Identifier: MIT */
/* space.c - address spaces: what a root and its tag are to the hardware, and which of them a CPU has loaded. */
#include <machine/model/model.h>

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

/* A space is the address of its root's number. */
int model_space_number(const struct machine_space *space)
{
	return space ? (int)((const int8_t *)space - model_state()->roots) : -1;
}

/*
 * Without address-space ids the load drops everything; with them translations wait for their space
 * to come back. One step, and on TSO rows a barrier (M6): Linux relies on the load of CR3 being one
 * in switch_mm_irqs_off(), between setting this CPU's bit in the mask and the first walk of the new
 * tables.
 */
void machine_load_root(struct machine_space *space)
{
	MODEL_LEAVES_NOTHING;
	struct model_cpu *cpu = model_this_cpu();

	model_called_from(MODEL_CALLER);
	model_step_serialising();
	model_barrier();
	/*
	 * M15, from here on: accesses of this CPU walk these tables. What walks have found before
	 * belongs to the old space and is kept under its number.
	 */
	cpu->space = (int8_t)model_space_number(space);
	/* Also what is dying: it cannot be used any more, so nobody has to complete it. */
	if (!hardware_keeps_spaces()) {
		cpu->nr_held = cpu->ever = 0; /* M15 */
		memset(cpu->held, 0, sizeof(cpu->held));
	}
	/*
	 * Where ids keep translations, an invalidation that leaves this CPU out because the space
	 * is not loaded here would leave them behind. .ever is what says that the CPU may have
	 * some.
	 */
	if (space)
		cpu->ever |= (uint8_t)(1u << cpu->space);
	model_touch_at(cpu->held, AGENT_WRITE, 0);
	model_touch_at(&cpu->use, AGENT_WRITE, 0);
	model_check_paths(cpu);
	model_tell(root_load, .space = space);
}

bool model_spaces_match(const struct model_cpu *cpu, int space)
{
	assert(space >= 0 && space < MODEL_SPACES);
	return cpu->ever >> space & 1;
}
