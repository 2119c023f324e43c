/* SPDX-License-Identifier: MIT */
/* tlb.c - what a CPU may hold: stale translations kept, invalidated, completed; which tables a CPU can still reach. */
#include <machine/model/device.h>
#include <machine/model/group.h>
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/views.h>
#include <machine/model/places.h>

#include <assert.h>
#include <string.h>

/* ---- what is held ---- */

/* One translation held twice is held once; what is dying for others is another one. A path has parts or sides, but no part of a side. */
static bool same_translation(const struct model_held *a, const struct model_held *b)
{
	if (a->word & MACHINE_PTE_TABLE ? a->kinds != b->kinds : model_is_filled(a) != model_is_filled(b))
		return false;
	return a->word == b->word && a->space == b->space && a->id == b->id && a->level == b->level &&
	       a->page == b->page && a->marks == b->marks && a->dying == b->dying && a->flying == b->flying;
}

/* Together with its word these tell apart what is held: for what it stands, and where it was read and what is left of it. */
static uint64_t place_of(const struct model_held *held)
{
	return (uint64_t)(uint8_t)held->space << 56 | (uint64_t)held->level << 48 | (uint64_t)held->page << 16 |
	       held->dying;
}

static uint64_t entry_of(const struct model_held *held)
{
	return (uint64_t)held->id << 56 | (uint64_t)(uint8_t)held->frame << 48 | (uint64_t)(uint16_t)held->index << 32 |
	       held->marks;
}

static uint64_t rest_of(const struct model_held *held)
{
	return (uint64_t)held->passed_over << 32 | (uint64_t)held->kinds << 16 | (uint64_t)held->parts << 8 |
	       (uint64_t)held->flying << 1 | held->replaced;
}

static bool before(const struct model_held *a, const struct model_held *b)
{
	if (place_of(a) != place_of(b))
		return place_of(a) < place_of(b);
	if (entry_of(a) != entry_of(b))
		return entry_of(a) < entry_of(b);
	return a->word != b->word ? a->word < b->word : rest_of(a) < rest_of(b);
}

/*
 * Changes of two entries commute, so what they leave behind may not stand in the order in which it came: a later access
 * numbers its choices by this list, and the same number has to be the same translation in both orders.
 */
static void sort_held(struct model_cpu *cpu)
{
	for (unsigned int i = 1; i < cpu->nr_held; i++) {
		struct model_held moved = cpu->held[i];
		unsigned int at = i;

		for (; at > 0 && before(&moved, &cpu->held[at - 1]); at--)
			cpu->held[at] = cpu->held[at - 1];
		cpu->held[at] = moved;
	}
}

static void merge(struct model_held *into, const struct model_held *from)
{
	if (place_of(from) < place_of(into)) {
		into->frame = from->frame;
		into->index = from->index;
	}
	into->kinds |= from->kinds;
	into->parts |= from->parts;
	into->replaced |= from->replaced;
	into->passed_over |= from->passed_over;
}

static void add_held(struct model_cpu *cpu, const struct model_held *entry)
{
	/* What nothing is left of is never used, and would only tell states apart. */
	assert(entry->parts && entry->kinds && entry->space >= 0);
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		if (!same_translation(&cpu->held[i], entry))
			continue;
		merge(&cpu->held[i], entry);
		return;
	}
	if (cpu->nr_held == MODEL_HELD)
		machine_too_big("stale translations on one CPU", MODEL_HELD);
	cpu->held[cpu->nr_held++] = *entry;
}

void model_hold(struct model_cpu *cpu, const struct model_held *entry)
{
	struct model_held under = *entry;

	/* What is global has no id. */
	if (model_is_kernels(entry->space))
		add_held(cpu, entry);
	/* Once for each id under which something of the space may be held. */
	for (unsigned int id = 0; id <= MACHINE_IDS && !model_is_kernels(entry->space); id++) {
		under.id = (uint8_t)id;
		if (cpu->under[id] >> entry->space & 1)
			add_held(cpu, &under);
	}
	sort_held(cpu);
}

/* M10: none of the entries of the table has changed, but no walk finds them any more, and what walks have found is held for itself. */
void model_hold_table(struct model_cpu *cpu, int nr, unsigned int place)
{
	const struct model_frame *table = &model_state()->frames[nr];

	/* Which entries are present, as one object: a table may have more of them than a step can touch. */
	model_touch_at(&table->absent, AGENT_READ, 0);
	for (int i = 0; i < (int)model_entries(); i++) {
		uint64_t word = table->words[i].word;
		struct model_store value = { .word = model_walked_ahead(word),
					     .marks = table->marks[i],
					     .frame = (int16_t)nr,
					     .index = (int16_t)i };

		if (!(word & MACHINE_PTE_PRESENT))
			continue;
		model_touch_at(&table->words[i], AGENT_READ, 0);
		if (word & MACHINE_PTE_TABLE)
			model_hold_leaves(cpu, nr, i, word);
		model_hold_value(cpu, &value, place);
	}
}

void model_hold_leaves(struct model_cpu *cpu, int frame, int index, uint64_t old)
{
	int nr = model_pte_frame(old);
	const struct model_frame *child = &model_state()->frames[nr];

	assert(old & MACHINE_PTE_TABLE);
	/* Hooked elsewhere by now, or in its next life: what it says belongs there. */
	for (unsigned int i = 0; i < model_places(child) && child->kind == MACHINE_FRAME_TABLE; i++) {
		struct model_place place = model_place(child, i);

		if (place.parent == frame && place.parent_index == index)
			model_hold_table(cpu, nr, i);
	}
}

void model_drop_held(struct model_cpu *cpu, unsigned int nr)
{
	assert(nr < cpu->nr_held);
	cpu->nr_held--;
	memmove(&cpu->held[nr], &cpu->held[nr + 1], (cpu->nr_held - nr) * sizeof(cpu->held[0]));
	memset(&cpu->held[cpu->nr_held], 0, sizeof(cpu->held[0]));
}

/* What told two translations apart is gone: they are one now, and stand in another place. */
void model_settle_held(struct model_cpu *cpu)
{
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		for (unsigned int j = i + 1; j < cpu->nr_held;) {
			if (same_translation(&cpu->held[i], &cpu->held[j])) {
				merge(&cpu->held[i], &cpu->held[j]);
				model_drop_held(cpu, j);
			} else {
				j++;
			}
		}
	}
	sort_held(cpu);
}

/*
 * M18: whatever was read from the entry is gone everywhere, at once. IPTE and CRDTE of s390 go by
 * the address of the entry, so what is dropped is what was read there, under whatever address and
 * in whatever space; walk-cache entries above it stay.
 */
void model_forget_entry(int frame, int index, machine_cpus_t cpus)
{
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		struct model_cpu *cpu = &model_state()->cpus[c];

		if (!(cpus >> c & 1))
			continue;
		for (unsigned int i = 0; i < cpu->nr_held && !model_is_device(c);) {
			if (cpu->held[i].frame == frame && cpu->held[i].index == index)
				model_drop_held(cpu, i);
			else
				i++;
		}
		model_touch_at(&cpu->use, AGENT_TAKE, 0);
	}
}

/* ---- invalidation ---- */

/* Where it is held. */
static struct hardware_entry entry_of_held(const struct model_held *held)
{
	return (struct hardware_entry){ held->page, (unsigned int)model_level_pages(held->level), held->level };
}

bool model_space_hit(const struct machine_invalidation *inv, const struct model_held *held)
{
	if (model_is_kernels(held->space))
		return !inv->space && !inv->id;
	if (inv->id)
		return inv->id == held->id;
	return !inv->space || hardware_mixes_spaces() || model_space_number(inv->space) == held->space;
}

/* Of whose operation, by its agent, is what the running agent asks the hardware to do? */
unsigned int model_served(void)
{
	const struct model_agent *me = model_me();

	return me->serves ? (unsigned int)me->serves - 1 : (unsigned int)(me - model_state()->agents);
}

/*
 * Not covered although its space was: M16's invalidation has passed it over. If the operation that the invalidation is part of
 * has promised the page away, that is `wrong-range`. Upper entries promise nothing.
 */
void model_pass_over(struct model_held *held)
{
	if (!(held->word & MACHINE_PTE_TABLE))
		held->passed_over |= held->marks & 1u << model_served();
}

/* Each side has found it for itself; a part of it that only one side has dropped is not known as such, and stays. */
static void drop_parts(struct model_held *held, unsigned int hit, unsigned int kinds)
{
	if ((held->kinds & ~kinds) == 0)
		held->parts &= (uint8_t)~hit;
	else if (hit == HARDWARE_ALL_PARTS)
		held->kinds &= (uint8_t)~kinds;
}

/* What is left of @held after the invalidation; false: nothing. */
static bool survives(const struct machine_invalidation *inv, struct model_held *held)
{
	struct hardware_entry entry = entry_of_held(held);

	if (!model_space_hit(inv, held) || model_is_filled(held))
		return true;
	if (held->word & MACHINE_PTE_TABLE)
		drop_parts(held, hardware_drops_parts(inv, &entry),
			   machine_arch()->walk_cache ? hardware_drops_kinds(inv) : HARDWARE_BOTH);
	else if (model_is_group(held->level, held->word))
		drop_parts(held, model_group_hit(inv, held), hardware_drops_kinds(inv));
	else if (hardware_drops_leaf(inv, &entry))
		held->kinds &= (uint8_t)~hardware_drops_kinds(inv);
	if (!held->parts || !held->kinds)
		return false;
	model_pass_over(held);
	return true;
}

static MODEL_OUT_OF_LINE void count_invalidation(const struct machine_invalidation *inv)
{
	struct model_state *m = model_state();

	for (unsigned int i = 0; model_config()->counts && i < m->nr_watches; i++) {
		if ((!inv->space || model_space_number(inv->space) == m->watches[i].space) &&
		    hardware_steps_on(inv, m->watches[i].page))
			m->watches[i].invalidated = true;
	}
}

/*
 * An invalidation here belongs to a flush: of this thread, or of whoever interrupted it. Each is
 * counted once. Only if somebody asks for counts: a number that grows makes every state a new one,
 * and the search would not end.
 */
static MODEL_OUT_OF_LINE void count_flush(const struct model_agent *me)
{
	struct model_state *m = model_state();
	struct model_agent *sender = &m->agents[model_served()];

	if (sender->interrupted == MODEL_COUNTED || (me->serves && sender->interrupted == MODEL_NOBODY))
		return;
	m->flushes += model_config()->counts;
	if (sender->interrupted == MODEL_SENT)
		sender->interrupted = MODEL_COUNTED;
}

static MODEL_OUT_OF_LINE void drop_covered(struct model_cpu *cpu, const struct machine_invalidation *inv)
{
	for (unsigned int i = 0; i < cpu->nr_held;) {
		if (survives(inv, &cpu->held[i]))
			i++;
		else
			model_drop_held(cpu, i);
	}
}

/*
 * M16: where an invalidation of a CPU's own TLB is ordered behind its stores, so is it behind stores of others that it has seen: of a
 * handler those are the ones that were made before the interrupt was sent (M20). Software that fills a TLB reads by
 * loads, which see its CPU's stores in any case.
 */
static MODEL_OUT_OF_LINE void let_out_what_was_seen(void)
{
	const struct model_agent *me = model_me();
	struct model_cpu *cpu = model_this_cpu();

	if (!hardware_local_orders())
		return;
	model_drain(machine_cpu());
	if (!me->serves)
		return;
	model_touch_at(cpu->queue, AGENT_READ, 0);
	model_drain_released(model_state()->agents[me->serves - 1].cpu, cpu->queue);
}

/* M16: ... and then programs' stores of this CPU have left as well, whatever they went through. */
static void step_of_invalidation(void)
{
	if (machine_arch()->tso || !machine_arch()->local_orders) {
		model_step_serialising();
		return;
	}
	late_step_drained();
	model_note_leaving();
}

static bool names_left(const struct machine_invalidation *inv, const struct model_cpu *cpu, unsigned int id, int space)
{
	bool loaded = cpu->space == space && cpu->id == id;

	if (loaded || !(cpu->under[id] >> space & 1))
		return false;
	return inv->id ? inv->id == id : !inv->space || model_space_number(inv->space) == space;
}

/*
 * M15: of what is not loaded an invalidation of everything leaves nothing to be held under its id, and walks bring nothing back. Until it is @done
 * what may be held is. Others that come first find less, or more, than behind it.
 */
MODEL_OUT_OF_LINE void model_forget_left(struct model_cpu *cpu, const struct machine_invalidation *inv, bool done)
{
	if (!inv->all || !inv->tables || !inv->exec)
		return;
	for (unsigned int id = 0; id <= MACHINE_IDS; id++) {
		for (int space = 0; space < model_state()->nr_spaces; space++) {
			if (!names_left(inv, cpu, id, space))
				continue;
			if (!done)
				model_hold_left(cpu, space);
			cpu->under[id] &= (uint8_t) ~(1u << space);
			model_touch_at(cpu->held, AGENT_WRITE, 0);
		}
	}
}

/*
 * M16: begun and done in one step, on this CPU alone. Whoever wants it on another CPU sends an
 * interrupt there and waits for the answer; that the two are apart is what shootdowns get wrong.
 */
void machine_tlb_local(const struct machine_invalidation *inv)
{
	MODEL_LEAVES_NOTHING;
	struct model_agent *me = model_me();
	struct model_cpu *cpu;

	model_may_move();
	model_called_from(MODEL_CALLER);
	cpu = model_this_cpu();
	step_of_invalidation();
	let_out_what_was_seen();
	if (!inv->goes_on)
		count_flush(me);
	model_tell(invalidate, inv->space, inv->start, inv->end, inv->all, inv->tables, inv->stride_shift);
	if (!model_is_device(machine_cpu())) {
		drop_covered(cpu, inv);
		model_forget_left(cpu, inv, true);
	}
	count_invalidation(inv);
	/*
	 * Two invalidations commute: what is left after both is the same. A change of an entry
	 * (JOIN) and an invalidation do not, nor an access that reads what is held.
	 */
	model_touch_at(cpu->held, AGENT_TAKE, 0);
	model_touch_at(&cpu->use, AGENT_TAKE, 0);
}

/* What is left of the dying @entry goes into an entry of its own: it is split by parts of a path or a group, or by kinds. */
static void split(struct model_cpu *cpu, struct model_held *entry, const struct model_held *left)
{
	assert(entry->dying != left->dying); /* or it would be merged into @entry again */
	if (entry->parts != left->parts)
		entry->parts &= (uint8_t)~left->parts;
	else
		entry->kinds &= (uint8_t)~left->kinds;
	assert(entry->parts && entry->kinds);
	add_held(cpu, left);
}

void model_let_die(struct model_cpu *cpu, struct model_held *entry, const struct model_held *left, uint16_t by)
{
	const bool whole = !left->parts || !left->kinds, dies = entry->dying & by;

	if (left->parts == entry->parts && left->kinds == entry->kinds) {
		entry->passed_over = dies ? entry->passed_over : left->passed_over;
		return;
	}
	entry->passed_over &= ~(1u << model_served());
	entry->dying |= by;
	if (!whole && !dies)
		split(cpu, entry, left);
}

/*
 * Issue only: what the invalidation covers may be used until it is complete. An entry that it leaves a part of is split
 * into the part that dies and the part that stays; that part goes on dying for others who have covered it before.
 *
 * M17. The mark is a bit of the CPU that issued it and not of the broadcast: the completion ends
 * all that the CPU has issued, and a number of a broadcast would tell equal states apart.
 *
 * An operation may send several before it waits, each for a part of its range. What one of them covers the others have not passed
 * over, whichever comes first: what is missing then is the completion, and an access that gets through says so.
 */
MODEL_OUT_OF_LINE void model_begin_dying(unsigned int of, const struct machine_invalidation *inv, uint16_t me)
{
	struct model_cpu *cpu = &model_state()->cpus[of];
	unsigned int nr = cpu->nr_held;

	for (unsigned int i = 0; i < nr; i++) {
		struct model_held left = cpu->held[i];

		survives(inv, &left);
		model_let_die(cpu, &cpu->held[i], &left, me);
	}
	/* Parts of one path, which the same CPU's commands have covered one by one, die as one. */
	model_settle_held(cpu);
}

/*
 * The CPU is none of those that the broadcast reaches. Arm's broadcasts go to all CPUs of the
 * shareability domain; Linux on some machines leaves CPUs out that never ran the mm. One that was
 * left out in error shows by this mark at the end of the operation, or by the access that still
 * goes through.
 */
static void leave_out(struct model_cpu *cpu, const struct machine_invalidation *inv)
{
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		if (model_space_hit(inv, &cpu->held[i]))
			model_pass_over(&cpu->held[i]);
	}
	model_settle_held(cpu);
}

/* The pages that a broadcast leaves held somewhere, if they are: a function of the request alone. */
static MODEL_OUT_OF_LINE void touch_passed_over(const struct machine_invalidation *inv)
{
	struct model_state *m = model_state();

	for (unsigned int i = 0; i < m->nr_watches; i++) {
		struct model_watch *watch = &m->watches[i];

		if (inv->space && !hardware_mixes_spaces() && model_space_number(inv->space) != watch->space)
			continue;
		if (inv->cpus || machine_arch()->farthest == TLB_REACH_IPI || !hardware_steps_on(inv, watch->page) ||
		    hardware_drops_kinds(inv) != HARDWARE_BOTH)
			model_touch_at(&watch->passed_over, AGENT_TAKE, 0);
	}
}

/*
 * TLBI on Arm, tlbie on Power: issued, not waited for. Linux issues several and completes them by
 * one DSB at the end (arm64 __flush_tlb_range() and the flush of a whole batch), so dying and dead
 * are two steps here.
 */
void machine_tlb_broadcast(const struct machine_invalidation *inv)
{
	MODEL_LEAVES_NOTHING;
	model_may_move();
	model_called_from(MODEL_CALLER);
	model_step_here();
	model_state()->flushes += model_config()->counts && !inv->goes_on;
	model_tell(broadcast, inv->space, inv->start, inv->end, inv->all, inv->tables, inv->stride_shift);
	count_invalidation(inv);
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		struct model_cpu *cpu = &model_state()->cpus[i];

		/* Of a device nobody thinks that it was reached. */
		if (model_is_device(i) ? hardware_reaches_devices(inv) : hardware_reaches(inv, i)) {
			if (!model_is_device(i))
				model_forget_left(cpu, inv, false);
			model_begin_dying(i, inv, (uint16_t)(1u << machine_cpu()));
			late_page_broadcast(i, inv, (uint16_t)(1u << machine_cpu()));
		} else if (!model_is_device(i)) {
			leave_out(cpu, inv);
		}
		model_touch_at(cpu->held, AGENT_TAKE, 0);
	}
	touch_passed_over(inv);
}

/* What is complete is gone; or, with the erratum (@early), an access by it may still come, unless one broadcast has found that so before. */
MODEL_OUT_OF_LINE void model_drop_dying(struct model_cpu *cpu, uint16_t for_cpus, bool early)
{
	for (unsigned int i = 0; i < cpu->nr_held;) {
		struct model_held *held = &cpu->held[i];

		if (!(held->dying & for_cpus) || model_device_keeps(cpu, held)) {
			i++;
		} else if (early && !held->level && !held->flying) {
			held->flying = true;
			held->dying &= (uint16_t)~for_cpus;
			i++;
		} else {
			model_drop_held(cpu, i);
		}
	}
	if (early || cpu->ats)
		model_settle_held(cpu);
}

bool machine_broadcasts_early(void)
{
	return model_config()->in_flight;
}

/* A completion barrier also waits for this CPU's stores; what they replaced was not there to be invalidated before. */
void machine_tlb_complete(void)
{
	MODEL_LEAVES_NOTHING;
	uint16_t me;

	model_may_move();
	model_called_from(MODEL_CALLER);
	me = (uint16_t)(1u << machine_cpu());
	late_step_completed(-1, me);
	model_tell(broadcast_done, 0);
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		struct model_cpu *cpu = &model_state()->cpus[c];

		/*
		 * M17: before this CPU's own stores leave, below. An old value that such a store
		 * leaves behind comes to be held only then, after the broadcasts were issued, and
		 * is not covered by them.
		 */
		model_drop_dying(cpu, me, machine_broadcasts_early());
		model_touch_at(&cpu->use, AGENT_TAKE, 0);
	}
	model_drain(machine_cpu());
	late_fence(VIEW_ORDERED);
	model_note_fence(VIEW_ORDERED);
}
