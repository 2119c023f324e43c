/* SPDX-License-Identifier: MIT */
/* tlb.c - what a CPU may hold: stale translations kept, invalidated, completed; which tables a CPU can still reach. */
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/views.h>

#include <assert.h>
#include <string.h>

/* ---- what is held ---- */

/*
 * M11: a held upper entry that led to this table in its present life. One that is stale leads to
 * what the frame was before, and a walk by it says freed-table.
 */
static bool holds_table(const struct model_cpu *cpu, int table)
{
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		const struct model_held *held = &cpu->held[i];

		if (held->level && model_pte_frame(held->word) == table && !(held->marks & MODEL_STALE))
			return true;
	}
	return false;
}

/*
 * On any CPU, not only the one that asks: a store that hooked or unhooked the table may be late for
 * every walker.
 */
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

/*
 * Can a walk on @cpu come to @table: through the tables as they are, or through an upper entry that it may hold? Every table
 * is hooked in one place only, so the way up is its parents; at each of them what the entry says is read, and a walk that
 * still finds what it said before a store in flight counts as well.
 */
bool model_reaches(const struct model_cpu *cpu, int table)
{
	const struct model_frame *frame = &model_state()->frames[table];
	uint64_t above;

	/*
	 * M9 asks what a CPU could have come to. To answer "maybe" too often makes possible what no
	 * hardware does; to answer it too rarely hides errors, so where it is not known the answer
	 * is yes.
	 */
	assert(table >= 0 && table < (int)model_frames());
	if (frame->parent < 0)
		return frame->space >= 0 && model_state()->roots[frame->space] == table;
	above = model_state()->frames[frame->parent].words[frame->parent_index].word;
	model_touch_at(&model_state()->frames[frame->parent].words[frame->parent_index], AGENT_READ, 0);
	if (holds_table(cpu, table) || in_flight_to(table))
		return true;
	return above & MACHINE_PTE_TABLE && model_pte_frame(above) == table && model_reaches(cpu, frame->parent);
}

/* One translation held twice is held once; what is dying for others is another one. A path has parts or sides, but no part of a side. */
static bool same_translation(const struct model_held *a, const struct model_held *b)
{
	if (a->word & MACHINE_PTE_TABLE && a->kinds != b->kinds)
		return false;
	return a->word == b->word && a->space == b->space && a->level == b->level && a->page == b->page &&
	       a->marks == b->marks && a->dying == b->dying;
}

/* Together with its word these tell apart what is held: for what it stands, and where it was read and what is left of it. */
static uint64_t place_of(const struct model_held *held)
{
	return (uint64_t)(uint8_t)held->space << 56 | (uint64_t)held->level << 48 | (uint64_t)held->page << 16 |
	       held->dying;
}

static uint64_t entry_of(const struct model_held *held)
{
	return (uint64_t)(uint8_t)held->frame << 48 | (uint64_t)(uint16_t)held->index << 32 | held->marks;
}

static uint64_t rest_of(const struct model_held *held)
{
	return (uint64_t)held->passed_over << 32 | (uint64_t)held->kinds << 16 | (uint64_t)held->parts << 8 |
	       held->replaced;
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
	add_held(cpu, entry);
	sort_held(cpu);
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
void model_forget_entry(int frame, int index)
{
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		struct model_cpu *cpu = &model_state()->cpus[c];

		for (unsigned int i = 0; i < cpu->nr_held;) {
			if (cpu->held[i].frame == frame && cpu->held[i].index == index)
				model_drop_held(cpu, i);
			else
				i++;
		}
		model_touch_at(&cpu->use, AGENT_TAKE, 0);
	}
}

/* ---- invalidation ---- */

/*
 * An invalidation reaches the page at the start of each stride, M16: for larger strides the rest is
 * one entry with it. What the code under test asked for, taken at its word: Linux's
 * flush_tlb_range() steps by 1 << stride_shift, which tlb_get_unmap_shift() derives from the levels
 * that were cleared. A stride that is too large leaves small pages between the steps held. Is there a step in @nr pages
 * from @page on?
 */
static bool steps_into(const struct machine_invalidation *inv, unsigned int page, unsigned int nr)
{
	unsigned long from = (unsigned long)page << MACHINE_PAGE_SHIFT,
		      to = from + ((unsigned long)nr << MACHINE_PAGE_SHIFT);
	unsigned long stride = 1ul << inv->stride_shift, at = inv->start;

	if (at < from)
		at += (from - at + stride - 1) / stride * stride;
	return at < to && at < inv->end;
}

/* Who says which levels changed leaves the entries of all others alone, M16. */
static bool level_hit(const struct machine_invalidation *inv, unsigned int level)
{
	return !inv->levels || inv->levels >> level & 1;
}

static bool page_hit(const struct machine_invalidation *inv, unsigned int page)
{
	return inv->all || steps_into(inv, page, 1);
}

static bool leaf_hit(const struct machine_invalidation *inv, const struct model_held *held)
{
	unsigned int pages = (unsigned int)model_level_pages(held->level);

	if (inv->all)
		return true;
	/* Where an invalidation names a size it leaves entries of others alone. */
	if (machine_arch()->page_size && inv->page_size && inv->page_size != (unsigned long)pages << MACHINE_PAGE_SHIFT)
		return false;
	return level_hit(inv, held->level) && steps_into(inv, held->page, pages);
}

/*
 * Parts of a walk-cache entry that the invalidation drops. Where only an invalidation of everything reaches walk caches
 * (tables_all), one with an address reaches none, whatever it says of tables. Without a walk cache the entry stands for a
 * walk under way, which any invalidation ends.
 */
static unsigned int parts_hit(const struct machine_invalidation *inv, const struct model_held *held)
{
	unsigned int part = (unsigned int)model_level_pages(held->level) / MODEL_PARTS;
	unsigned int hit = 0;

	if (inv->all || !machine_arch()->walk_cache)
		return MODEL_ALL_PARTS;
	if (!inv->tables || machine_arch()->tables_all || !level_hit(inv, held->level))
		return 0;
	for (unsigned int i = 0; i < MODEL_PARTS; i++)
		hit |= steps_into(inv, held->page + i * part, part) ? 1u << i : 0;
	return hit && !machine_arch()->table_span ? MODEL_ALL_PARTS : hit;
}

static bool space_hit(const struct machine_invalidation *inv, const struct model_held *held)
{
	return !inv->space || model_space_number(inv->space) == held->space;
}

/*
 * 1: the data TLB, 2: the instruction TLB. M16: with a split instruction TLB the flush has to say
 * that code was mapped there, as Linux does by VM_EXEC (vma_exec of its gather).
 */
static unsigned int kinds_hit(const struct machine_invalidation *inv)
{
	return machine_arch()->split_itlb && !inv->exec ? 1 : 3;
}

/* Of whose operation, by its agent, is what the running agent asks the hardware to do? */
static unsigned int served(void)
{
	const struct model_agent *me = model_me();

	return me->serves ? (unsigned int)me->serves - 1 : (unsigned int)(me - model_state()->agents);
}

/*
 * Not covered although its space was: M16's invalidation has passed it over. If the operation that the invalidation is part of
 * has promised the page away, that is `wrong-range`. Upper entries promise nothing.
 */
static void pass_over(struct model_held *held)
{
	if (!held->level)
		held->passed_over |= held->marks & 1u << served();
}

/* A path that each side has found for itself; a part of it that only one side has dropped is not known as such, and stays. */
static void drop_path(const struct machine_invalidation *inv, struct model_held *held)
{
	unsigned int hit = parts_hit(inv, held), kinds = machine_arch()->walk_cache ? kinds_hit(inv) : 3;

	if ((held->kinds & ~kinds) == 0)
		held->parts &= (uint8_t)~hit;
	else if (hit == MODEL_ALL_PARTS)
		held->kinds &= (uint8_t)~kinds;
}

/* What is left of @held after the invalidation; false: nothing. */
static bool survives(const struct machine_invalidation *inv, struct model_held *held)
{
	if (!space_hit(inv, held))
		return true;
	if (held->word & MACHINE_PTE_TABLE)
		drop_path(inv, held);
	else if (leaf_hit(inv, held))
		held->kinds &= (uint8_t)~kinds_hit(inv);
	if (!held->parts || !held->kinds)
		return false;
	pass_over(held);
	return true;
}

static MODEL_OUT_OF_LINE void count_invalidation(const struct machine_invalidation *inv)
{
	struct model_state *m = model_state();

	for (unsigned int i = 0; model_config()->counts && i < m->nr_watches; i++) {
		if ((!inv->space || model_space_number(inv->space) == m->watches[i].space) &&
		    page_hit(inv, m->watches[i].page))
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
	struct model_agent *sender = &m->agents[served()];

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
 * M16: begun and done in one step, on this CPU alone. Whoever wants it on another CPU sends an
 * interrupt there and waits for the answer; that the two are apart is what shootdowns get wrong.
 */
void machine_tlb_local(const struct machine_invalidation *inv)
{
	MODEL_LEAVES_NOTHING;
	struct model_agent *me = model_me();
	struct model_cpu *cpu = model_this_cpu();

	model_called_from(MODEL_CALLER);
	model_step_serialising();
	/* Where stores are in order it waits for them: a walk behind it finds no entry that was replaced before it. */
	model_barrier();
	count_flush(me);
	model_tell(invalidate, inv->space, inv->start, inv->end, inv->all, inv->tables);
	drop_covered(cpu, inv);
	count_invalidation(inv);
	/*
	 * Two invalidations commute: what is left after both is the same. A change of an entry
	 * (JOIN) and an invalidation do not, nor an access that reads what is held.
	 */
	model_touch_at(cpu->held, AGENT_TAKE, 0);
	model_touch_at(&cpu->use, AGENT_TAKE, 0);
}

/* What is left of the dying @entry goes into an entry of its own: it is split by quarters of a path, or by kinds. */
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

/*
 * Issue only: what the invalidation covers may be used until it is complete. An entry that it leaves a part of is split
 * into the part that dies and the part that stays; that part goes on dying for others who have covered it before.
 *
 * M17. The mark is a bit of the CPU that issued it and not of the broadcast: the completion ends
 * all that the CPU has issued, and a number of a broadcast would tell equal states apart.
 */
static MODEL_OUT_OF_LINE void begin_dying(struct model_cpu *cpu, const struct machine_invalidation *inv)
{
	unsigned int nr = cpu->nr_held;
	uint16_t me = (uint16_t)(1u << machine_cpu());

	for (unsigned int i = 0; i < nr; i++) {
		struct model_held *entry = &cpu->held[i], left = *entry;

		if (!survives(inv, &left)) {
			entry->dying |= me;
			continue;
		}
		if (left.parts == entry->parts && left.kinds == entry->kinds) {
			entry->passed_over = left.passed_over;
		} else {
			entry->dying |= me;
			split(cpu, entry, &left);
		}
	}
	sort_held(cpu);
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
		if (space_hit(inv, &cpu->held[i]))
			pass_over(&cpu->held[i]);
	}
	model_settle_held(cpu);
}

/* The pages that a broadcast leaves held somewhere, if they are: a function of the request alone. */
static MODEL_OUT_OF_LINE void touch_passed_over(const struct machine_invalidation *inv)
{
	struct model_state *m = model_state();

	for (unsigned int i = 0; i < m->nr_watches; i++) {
		struct model_watch *watch = &m->watches[i];

		if (inv->space && model_space_number(inv->space) != watch->space)
			continue;
		if (inv->cpus || !page_hit(inv, watch->page) || kinds_hit(inv) != 3)
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
	model_called_from(MODEL_CALLER);
	model_step_here();
	model_state()->flushes += model_config()->counts;
	model_tell(broadcast, inv->space, inv->start, inv->end, inv->all, inv->tables);
	count_invalidation(inv);
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		struct model_cpu *cpu = &model_state()->cpus[i];

		if (inv->cpus && !(inv->cpus >> i & 1))
			leave_out(cpu, inv);
		else
			begin_dying(cpu, inv);
		model_touch_at(cpu->held, AGENT_TAKE, 0);
	}
	touch_passed_over(inv);
}

static MODEL_OUT_OF_LINE void drop_dying(struct model_cpu *cpu, uint16_t for_cpus)
{
	for (unsigned int i = 0; i < cpu->nr_held;) {
		if (cpu->held[i].dying & for_cpus)
			model_drop_held(cpu, i);
		else
			i++;
	}
}

/* A completion barrier also waits for this CPU's stores; what they replaced was not there to be invalidated before. */
void machine_tlb_complete(void)
{
	MODEL_LEAVES_NOTHING;
	uint16_t me = (uint16_t)(1u << machine_cpu());

	model_called_from(MODEL_CALLER);
	late_step_drained();
	model_tell(broadcast_done, 0);
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		struct model_cpu *cpu = &model_state()->cpus[c];

		/*
		 * M17: before this CPU's own stores leave, below. An old value that such a store
		 * leaves behind comes to be held only then, after the broadcasts were issued, and
		 * is not covered by them.
		 */
		drop_dying(cpu, me);
		model_touch_at(&cpu->use, AGENT_TAKE, 0);
	}
	model_drain(machine_cpu());
	late_fence(VIEW_ORDERED);
	model_note_fence(VIEW_ORDERED);
}

void machine_flush_cache(struct machine_space *space, unsigned long start, unsigned long end)
{
	model_called_from(MODEL_CALLER);
	if (!machine_arch()->virtual_cache)
		return;
	model_step_here();
	model_tell(cache_flush, .space = space, .start = start, .end = end);
}
