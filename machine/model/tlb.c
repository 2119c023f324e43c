/* SPDX-License-Identifier: MIT */
/* tlb.c - what a CPU may hold: stale translations kept, invalidated, completed; which tables a CPU can still reach. */
#include <machine/model/model.h>

#include <string.h>

/* ---- address spaces ---- */

struct machine_space *machine_space_new(int root_frame)
{
	struct model_state *m = model_state();
	struct model_frame *root = &m->frames[root_frame];

	if (m->nr_spaces == MODEL_SPACES)
		machine_panic(__FILE__, __LINE__, "machine_space_new: room for another address space");
	root->space = (int8_t)m->nr_spaces;
	root->level = (uint8_t)(machine_levels() - 1);
	root->base = 0;
	m->roots[m->nr_spaces] = (int8_t)root_frame;
	return (struct machine_space *)&m->roots[m->nr_spaces++];
}

int model_space_number(const struct machine_space *space)
{
	return space ? (int)((const int8_t *)space - model_state()->roots) : -1;
}

/* Without address-space ids the load drops everything; with them translations wait for their space to come back. */
void machine_load_root(struct machine_space *space)
{
	struct model_cpu *cpu = model_this_cpu();

	model_step_here();
	model_barrier();
	cpu->space = (int8_t)model_space_number(space);
	if (!machine_arch()->asids)
		cpu->nr_held = cpu->ever = 0;
	if (space)
		cpu->ever |= (uint8_t)(1u << cpu->space);
	model_touch_at(cpu->held, MODEL_WRITE, 0);
	model_touch_at(&cpu->use, MODEL_WRITE, 0);
	model_tell(root_load, .space = space);
}

bool model_spaces_match(const struct model_cpu *cpu, int space)
{
	return cpu->ever >> space & 1;
}

/* ---- watches ---- */

int model_find_watch(int space, unsigned int page)
{
	const struct model_state *m = model_state();

	for (int i = 0; i < m->nr_watches; i++) {
		if (m->watches[i].space == space && m->watches[i].page == page)
			return i;
	}
	return -1;
}

int model_add_watch(const struct machine_space *space, unsigned long page)
{
	struct model_state *m = model_state();
	int nr = model_find_watch(model_space_number(space), (unsigned int)page);

	if (nr >= 0)
		return nr;
	if (m->nr_watches == MODEL_WATCHES)
		machine_panic(__FILE__, __LINE__, "model_add_watch: fewer pages in a scenario");
	m->watches[m->nr_watches].space = (int8_t)model_space_number(space);
	m->watches[m->nr_watches].page = (uint16_t)page;
	return m->nr_watches++;
}

/* ---- what is held ---- */

static bool holds_table(const struct model_cpu *cpu, int table)
{
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		const struct model_held *held = &cpu->held[i];

		if (held->level && model_pte_frame(held->word) == table &&
		    held->gen == model_state()->frames[table].gen)
			return true;
	}
	return false;
}

static bool in_flight_to(int table)
{
	const struct model_state *m = model_state();

	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		for (unsigned int i = 0; i < m->cpus[c].nr_stores; i++) {
			uint64_t word = m->cpus[c].stores[i].word;

			if (word & MACHINE_PTE_TABLE && model_pte_frame(word) == table)
				return true;
		}
	}
	return false;
}

/* Can a walk on @cpu come to @table: through the tables as they are, or through an upper entry that it may hold? */
bool model_reaches(const struct model_cpu *cpu, int table)
{
	const struct model_frame *frame = &model_state()->frames[table];
	uint64_t above;

	if (frame->parent < 0)
		return frame->space >= 0 && model_state()->roots[frame->space] == table;
	above = model_state()->frames[frame->parent].words[frame->parent_index].word;
	model_touch_at(&model_state()->frames[frame->parent].words[frame->parent_index], MODEL_READ, 0);
	if (holds_table(cpu, table) || in_flight_to(table))
		return true;
	return above & MACHINE_PTE_TABLE && model_pte_frame(above) == table && model_reaches(cpu, frame->parent);
}

static bool same_translation(const struct model_held *a, const struct model_held *b)
{
	return a->word == b->word && a->space == b->space && a->level == b->level && a->page == b->page &&
	       a->gen == b->gen && a->born == b->born && !a->dying;
}

void model_hold(struct model_cpu *cpu, const struct model_held *entry)
{
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		if (!same_translation(&cpu->held[i], entry))
			continue;
		cpu->held[i].kinds |= entry->kinds;
		cpu->held[i].parts |= entry->parts;
		return;
	}
	if (cpu->nr_held == MODEL_HELD)
		machine_panic(__FILE__, __LINE__, "model_hold: fewer stale translations on one CPU");
	cpu->held[cpu->nr_held++] = *entry;
}

static void drop(struct model_cpu *cpu, unsigned int i)
{
	cpu->held[i] = cpu->held[--cpu->nr_held];
}

void model_forget_entry(int frame, int index)
{
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		struct model_cpu *cpu = &model_state()->cpus[c];

		for (unsigned int i = 0; i < cpu->nr_held;) {
			if (cpu->held[i].frame == frame && cpu->held[i].index == index)
				drop(cpu, i);
			else
				i++;
		}
		model_touch_at(&cpu->use, MODEL_OP_INVALIDATE, 0);
	}
}

/* ---- invalidation ---- */

static bool page_hit(const struct machine_invalidation *inv, unsigned int page)
{
	unsigned long address = (unsigned long)page << MACHINE_PAGE_SHIFT;

	return inv->all || (address >= inv->start && address < inv->end &&
			    !((address - inv->start) & ((1ul << inv->stride_shift) - 1)));
}

/* Quarters of a walk-cache entry that the invalidation drops. */
static unsigned int parts_hit(const struct machine_invalidation *inv, const struct model_held *held)
{
	unsigned int all = (1u << MACHINE_TABLE_ENTRIES) - 1, span = model_level_pages(held->level), hit = 0;

	if (inv->all || !machine_arch()->walk_cache)
		return all;
	if (!inv->tables)
		return 0;
	for (unsigned int i = 0; i < span; i++) {
		unsigned long address = (unsigned long)(held->page + i) << MACHINE_PAGE_SHIFT;

		if (address >= inv->start && address < inv->end)
			hit |= 1u << i / model_level_pages(held->level - 1u);
	}
	return hit && !machine_arch()->table_span ? all : hit;
}

static bool space_hit(const struct machine_invalidation *inv, const struct model_held *held)
{
	return !inv->space || model_space_number(inv->space) == held->space;
}

static unsigned int kinds_hit(const struct machine_invalidation *inv)
{
	return machine_arch()->split_itlb && !inv->exec ? 1 : 3;
}

/* What is left of @held after the invalidation; false: nothing. */
static bool survives(const struct machine_invalidation *inv, struct model_held *held)
{
	if (!space_hit(inv, held))
		return true;
	if (held->level)
		held->parts &= (uint8_t)~parts_hit(inv, held);
	else if (page_hit(inv, held->page))
		held->kinds &= (uint8_t)~kinds_hit(inv);
	if (!held->parts || !held->kinds)
		return false;
	held->passed_over = true;
	return true;
}

static void count_invalidation(const struct machine_invalidation *inv)
{
	struct model_state *m = model_state();

	for (unsigned int i = 0; i < m->nr_watches; i++) {
		if ((!inv->space || model_space_number(inv->space) == m->watches[i].space) &&
		    page_hit(inv, m->watches[i].page))
			m->watches[i].invalidated = true;
	}
}

void machine_tlb_local(const struct machine_invalidation *inv)
{
	struct model_agent *me = model_me();
	struct model_cpu *cpu = model_this_cpu();

	model_step_here();
	if (!me->handling && !me->called)
		model_state()->flushes++;
	me->called = false;
	model_tell(invalidate, inv->space, inv->start, inv->end, inv->all, inv->tables);
	for (unsigned int i = 0; i < cpu->nr_held;) {
		if (survives(inv, &cpu->held[i]))
			i++;
		else
			drop(cpu, i);
	}
	count_invalidation(inv);
	model_touch_at(cpu->held, MODEL_OP_INVALIDATE, 0);
	model_touch_at(&cpu->use, MODEL_OP_INVALIDATE, 0);
}

/*
 * Issue only: what the invalidation covers may be used until it is complete. An entry that it leaves a part of is split
 * into the part that dies and the part that stays.
 */
static void begin_dying(struct model_cpu *cpu, const struct machine_invalidation *inv)
{
	unsigned int nr = cpu->nr_held;
	uint16_t me = (uint16_t)(1u << machine_cpu());

	for (unsigned int i = 0; i < nr; i++) {
		struct model_held left = cpu->held[i];
		bool some = survives(inv, &left);

		if (some && left.parts == cpu->held[i].parts && left.kinds == cpu->held[i].kinds) {
			cpu->held[i].passed_over = left.passed_over;
			continue;
		}
		if (some) {
			cpu->held[i].parts &= (uint8_t)~left.parts | (left.level ? 0 : 0xf);
			cpu->held[i].kinds &= (uint8_t)~left.kinds | (left.level ? 3 : 0);
			cpu->held[i].dying |= me;
			left.dying = 0;
			model_hold(cpu, &left);
		}
		cpu->held[i].dying |= me;
	}
}

void machine_tlb_broadcast(const struct machine_invalidation *inv)
{
	model_step_here();
	model_state()->flushes++;
	model_tell(broadcast, inv->space, inv->start, inv->end, inv->all, inv->tables);
	count_invalidation(inv);
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		struct model_cpu *cpu = &model_state()->cpus[i];

		begin_dying(cpu, inv);
		model_touch_at(cpu->held, MODEL_OP_INVALIDATE, 0);
	}
}

/* A completion barrier also waits for this CPU's stores; what they replaced was not there to be invalidated before. */
void machine_tlb_complete(void)
{
	uint16_t me = (uint16_t)(1u << machine_cpu());

	model_step_here();
	model_tell(broadcast_done, 0);
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		struct model_cpu *cpu = &model_state()->cpus[c];

		for (unsigned int i = 0; i < cpu->nr_held;) {
			if (cpu->held[i].dying & me)
				drop(cpu, i);
			else
				i++;
		}
		model_touch_at(&cpu->use, MODEL_OP_INVALIDATE, 0);
	}
	model_drain(machine_cpu(), -1);
}

void machine_flush_cache(struct machine_space *space, unsigned long start, unsigned long end)
{
	if (!machine_arch()->virtual_cache)
		return;
	model_step_here();
	model_tell(cache_flush, .space = space, .start = start, .end = end);
}
