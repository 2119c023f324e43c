/* SPDX-License-Identifier: MIT */
/*
 * tables.c - page-table entries: where they stand, how tables are hooked, what a store to one does to walks, and what the kernel's accesses
 * to them are.
 */
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/views.h>

#include <assert.h>
#include <string.h>

/* ---- slots ---- */

int model_frame_of(const void *entry)
{
	return (int)(((const machine_pte *)entry - model_state()->frames[0].words) / (ptrdiff_t)model_entries());
}

/* A word of a frame, and what it says if the frame is a table. */
struct slot {
	int frame, index;
	struct model_frame *table;
	machine_pte *entry;
	uint64_t *word; /* in memory */
};

static struct slot slot_number(int frame, int index)
{
	struct model_frame *table = &model_state()->frames[frame];

	assert(frame >= 0 && frame < (int)model_frames());
	assert(index >= 0 && (unsigned int)index < model_entries());
	return (struct slot){ frame, index, table, &table->words[index], model_ram(frame) + index };
}

uint64_t *model_entry_word(const void *entry)
{
	const machine_pte *first = model_state()->frames[0].words, *pte = entry;
	ptrdiff_t nr = pte - first;

	if (nr < 0 || nr >= (ptrdiff_t)(model_frames() * model_entries()))
		return NULL;
	return model_ram(model_frame_of(entry)) + nr % (ptrdiff_t)model_entries();
}

/* Of any part of a word. */
static struct slot slot_of(const void *p)
{
	int frame = model_ram_frame(p);

	assert(frame != MACHINE_NO_FRAME);
	return slot_number(frame, (int)(((uintptr_t)p - (uintptr_t)model_ram(frame)) / sizeof(uint64_t)));
}

/*
 * Is it known what the words of the frame say? Of small tables it is, of others from when they are
 * hooked. Small tables are made empty by the machine itself (MACHINE_FRAME_TABLE), so what they say
 * is known before they are hooked.
 */
static bool is_known(const struct model_frame *frame)
{
	return frame->kind == MACHINE_FRAME_TABLE && (frame->space >= 0 || !model_config()->format);
}

/* Which of the table's pages are watched. */
static void note_watches(struct model_frame *table)
{
	struct model_state *m = model_state();

	memset(table->watch, 0, model_entries() * sizeof(table->watch[0]));
	for (unsigned int i = 0; i < m->nr_watches; i++) {
		unsigned int into = m->watches[i].page - table->base;

		if (m->watches[i].space != table->space || into >= model_entries())
			continue;
		table->watch[into] = (int8_t)(1 + i);
		if (table->words[into].word & MACHINE_PTE_PRESENT)
			model_touch_at(&m->watches[i].mapped, AGENT_JOIN, 0);
	}
}

static void note_target(const struct slot *slot, uint64_t word);

/* What a table says that was filled before anybody could find it. */
static void read_table(int frame)
{
	for (unsigned int i = 0; i < model_entries(); i++) {
		struct slot slot = slot_number(frame, (int)i);
		uint64_t says = model_says(slot.table->level, *slot.word);

		if (says == slot.entry->word)
			continue;
		model_touch_at(slot.entry, AGENT_WRITE, 0);
		slot.entry->word = says;
		if (says & MACHINE_PTE_PRESENT)
			note_target(&slot, says);
	}
}

/* Before any CPU can load it, so nobody walks here yet and nothing can be held. */
void model_hook_root(int frame, int space)
{
	struct model_frame *root = &model_state()->frames[frame];

	assert(frame >= 0 && frame < (int)model_frames() && space >= 0 && space < MODEL_SPACES);
	root->kind = MACHINE_FRAME_TABLE;
	root->space = (int8_t)space;
	root->level = (uint8_t)(machine_levels() - 1);
	root->base = 0;
	if (model_config()->format)
		read_table(frame);
}

/* A table is hooked: it now knows whose it is and what it covers. */
static void hook(const struct slot *slot, uint64_t word)
{
	struct model_state *m = model_state();
	struct model_frame *child = &m->frames[model_pte_frame(word)];

	assert(slot->table->level > 0);
	/* To a kernel with an allocator of its own a page is a page, whatever it is for. */
	if (child->kind == MACHINE_FRAME_DATA)
		child->kind = MACHINE_FRAME_TABLE;
	child->space = slot->table->space;
	child->level = (uint8_t)(slot->table->level - 1);
	child->base = (uint32_t)(slot->table->base + (unsigned int)slot->index * model_level_pages(slot->table->level));
	child->parent = (int16_t)slot->frame;
	child->parent_index = (int16_t)slot->index;
	if (!child->level)
		note_watches(child);
	if (model_config()->format)
		read_table(model_pte_frame(word));
}

static bool same_mapping(uint64_t a, uint64_t b)
{
	return a & b & MACHINE_PTE_PRESENT && model_pte_frame(a) == model_pte_frame(b);
}

/*
 * What the entries on the way to the table take away of what is below. As the tables say now. A
 * leaf that is held keeps with it what the path took away when it was held, which is how hardware
 * caches a whole translation.
 */
static uint64_t taken_above(const struct model_frame *table)
{
	uint64_t taken = 0;

	for (; table->parent >= 0; table = &model_state()->frames[table->parent])
		taken |= model_state()->frames[table->parent].words[table->parent_index].word & MODEL_TAKEN;
	return taken;
}

/* The old value of an entry as a translation, with all that a CPU could have cached of it. */
static struct model_held held_of(int frame, int index, const struct model_store *old)
{
	const struct model_frame *table = &model_state()->frames[frame];

	return (struct model_held){
		.word = old->word | taken_above(table),
		.space = table->space,
		.level = table->level,
		.page = (uint32_t)(table->base + (unsigned int)index * model_level_pages(table->level)),
		.parts = HARDWARE_ALL_PARTS,
		.kinds = table->level || old->word & MACHINE_PTE_EXEC ? 3 : 1,
		.marks = old->marks,
		.frame = (int8_t)frame,
		.index = (int16_t)index,
	};
}

static bool is_old(uint64_t word)
{
	return word & MACHINE_PTE_PRESENT && !(word & (MACHINE_PTE_ACCESSED | MACHINE_PTE_TABLE));
}

/* M13: where hardware sets accessed by itself, nobody uses an entry without it: a walk that comes to it writes to the table. */
bool model_is_unwalked(uint64_t word)
{
	return machine_arch()->hw_dirty && is_old(word);
}

/* M10: hardware that sets accessed, or faults for it, caches nothing before, unless caches_old says so. */
static bool is_too_old_to_hold(uint64_t word)
{
	return is_old(word) && !machine_arch()->caches_old &&
	       (machine_arch()->hw_dirty || model_format()->needs_accessed);
}

/* What hardware may have made of an entry by a walk of its own accord, just before it changed unseen. */
uint64_t model_walked_ahead(uint64_t word)
{
	return model_is_unwalked(word) ? word | MACHINE_PTE_ACCESSED : word;
}

/* M10: is the old value of an entry of @table, which becomes @word, anything that hardware keeps? */
static bool leaves_something(const struct model_frame *table, uint64_t old, uint64_t word)
{
	/*
	 * Not hooked: no walk has come here. Accessed and dirty that are gained are what walks write themselves; one that is
	 * lost is still set where it is held, and hardware will not set it in the table again.
	 */
	if (table->space < 0 || ((old ^ word) & ~(word & MODEL_WALKED)) == 0)
		return false;
	/* "Nothing is here" is kept of leaves alone, and only by some. */
	if (!(old & MACHINE_PTE_PRESENT))
		return !table->level && machine_arch()->caches_not_present;
	if (is_too_old_to_hold(old))
		return false;
	/* What points to a table is read by hardware walks; a TLB that software fills holds leaves. */
	return !table->level || machine_arch()->hw_walk;
}

void model_hold_value(struct model_cpu *cpu, const struct model_store *value)
{
	struct model_held entry = held_of(value->frame, value->index, value);

	if (leaves_something(&model_state()->frames[value->frame], value->word, 0))
		model_hold(cpu, &entry);
}

/*
 * What a walk finds in the entry changes now, for every walker: what it found before may be held from here on (M9). That is
 * so at every CPU that has, or had, the address space and could come to this table, through the tables as they are or by
 * an upper entry that it may hold: whether it ever did is not known, and need not be, since it may have.
 */
MODEL_OUT_OF_LINE void model_entry_visible(int frame, int index, const struct model_store *old, uint64_t word)
{
	struct model_state *m = model_state();
	struct model_frame *table = &m->frames[frame];
	struct model_held entry = held_of(frame, index, old);
	bool unhooks = old->word & MACHINE_PTE_PRESENT && old->word & MACHINE_PTE_TABLE &&
		       !same_mapping(old->word, word);
	bool leaves = leaves_something(table, old->word, word);

	if (table->space < 0 || !(leaves || unhooks))
		return;
	entry.replaced = old->word & word & MACHINE_PTE_PRESENT && !same_mapping(old->word, word);
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		struct model_cpu *cpu = &m->cpus[i];

		model_touch_at(cpu->held, AGENT_JOIN, 0);
		if (!model_spaces_match(cpu, table->space) || !model_reaches(cpu, frame))
			continue;
		if (leaves)
			model_hold(cpu, &entry);
		if (unhooks)
			model_hold_leaves(cpu, frame, index, old->word);
	}
}

/* Does @held, as a translation of @page, lead to a frame that @word does not lead to? */
static bool is_of_another(const struct model_held *held, int space, unsigned int page, uint64_t word)
{
	unsigned long into = page - held->page;

	return !held->flying && held->space == space && page >= held->page && into < model_level_pages(held->level) &&
	       held->word & MACHINE_PTE_PRESENT && !(held->word & MACHINE_PTE_TABLE) &&
	       model_pte_frame(held->word) + (int)into != model_pte_frame(word);
}

/* May some CPU still find the entry as it was, where @word is about to stand in it? */
static bool is_unclean(const struct slot *slot, uint64_t word)
{
	const struct model_cpu *me = model_this_cpu();
	unsigned int page = slot->table->base + (unsigned int)slot->index;
	bool found = false;

	model_touch_at(&me->buffer, AGENT_READ, 0);
	for (unsigned int i = 0; i < me->nr_stores; i++)
		found |= me->stores[i].frame == slot->frame && me->stores[i].index == slot->index &&
			 me->stores[i].word & MACHINE_PTE_PRESENT && !same_mapping(me->stores[i].word, word);
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		const struct model_cpu *cpu = &model_state()->cpus[c];

		model_touch_at(&cpu->use, AGENT_READ, 0);
		for (unsigned int i = 0; i < cpu->nr_held; i++)
			found |= is_of_another(&cpu->held[i], slot->table->space, page, word);
	}
	return found;
}

/*
 * M19: an entry goes from one page to another with no invalid entry in between, or with no invalidation between that one and the new
 * one: then both may be found, where that is forbidden. The second is asked of who has broken the entry in the same
 * operation: a fault that finds it empty need not know whose flush is still to come.
 */
static void check_conflict(const struct slot *slot, uint64_t old, uint64_t word)
{
	struct model_agent *me = model_me();
	bool conflict = old & word & MACHINE_PTE_PRESENT && !same_mapping(old, word);

	if (!machine_arch()->break_before_make || slot->table->level || agent_self() < 0)
		return;
	if (me->broke == slot->entry && word & ~old & MACHINE_PTE_PRESENT) {
		conflict = is_unclean(slot, word);
		me->broke = NULL;
	}
	if (old & ~word & MACHINE_PTE_PRESENT)
		me->broke = slot->entry;
	if (conflict)
		model_violation(MODEL_CONFLICT, page_replaced, .entry = slot->entry);
}

/* The entry leads to a frame from now on: nobody has promised anything about that, and what was known is known of the old value. */
static void note_target(const struct slot *slot, uint64_t word)
{
	struct model_state *m = model_state();
	struct model_frame *table = slot->table, *target = &m->frames[model_pte_frame(word)];
	int watch = table->watch[slot->index] - 1;

	assert(word & MACHINE_PTE_PRESENT && watch < m->nr_watches);
	model_touch_at(target, AGENT_READ, 0);
	target->fresh = false;
	table->marks[slot->index] = target->kind == MACHINE_FRAME_FREE ? MODEL_STALE : 0;
	if (word & MACHINE_PTE_TABLE)
		hook(slot, word);
	else if (watch >= 0)
		model_touch_at(&m->watches[watch].mapped, AGENT_JOIN, 0);
}

/* Room for one more store in flight: the oldest leaves before the new one is made. */
static bool buffered(bool late)
{
	struct model_cpu *cpu = model_this_cpu();

	if (!late || agent_self() < 0 || !model_config()->store_buffer)
		return false;
	model_touch_at(&cpu->buffer, AGENT_WRITE, 0);
	if (cpu->nr_stores == model_config()->store_buffer)
		model_drain_some(machine_cpu(), 1);
	return true;
}

/*
 * Memory has the new value at once; walkers may be late, if @late. What is in flight is therefore the *old* value: a walk
 * that meets it may find that instead, and when it leaves, that is what may be held.
 *
 * M5. The conflict is looked for at the store (M19), not when it becomes visible: break before make
 * is about what the kernel wrote, and it is no excuse that it was late.
 *
 * @blind: nobody is told what the entry said, so a walk may have come to it meanwhile.
 */
static MODEL_OUT_OF_LINE void store(const struct slot *slot, uint64_t word, bool late, bool blind)
{
	struct model_frame *table = slot->table;
	struct model_store old = {
		.word = blind ? model_walked_ahead(slot->entry->word) : slot->entry->word,
		.marks = table->marks[slot->index],
		.frame = (int16_t)slot->frame,
		.index = (int16_t)slot->index,
	};
	struct model_cpu *cpu = model_this_cpu();

	check_conflict(slot, old.word, word);
	late = buffered(late);
	model_touch_at(slot->entry, AGENT_WRITE, 0);
	slot->entry->word = word;
	if (old.word & MACHINE_PTE_PRESENT && !table->level && !same_mapping(old.word, word))
		model_line_left(table->watch[slot->index] - 1, old.marks, slot->entry);
	if ((old.word ^ word) & MACHINE_PTE_PRESENT)
		model_touch_at(&table->absent, AGENT_JOIN, 0);
	if (!(word & MACHINE_PTE_PRESENT))
		table->marks[slot->index] = 0;
	else if (!same_mapping(old.word, word))
		note_target(slot, word);
	if (late) {
		assert(cpu->nr_stores < MODEL_IN_FLIGHT);
		cpu->stores[cpu->nr_stores++] = old;
	} else {
		model_entry_visible(slot->frame, slot->index, &old, word);
	}
}

/* ---- what the kernel does with the words of frames ---- */

bool model_is_in_live_table(const void *p)
{
	return model_is_in_frame(p) && is_known(slot_of(p).table) && slot_of(p).table->space >= 0;
}

/* Entries that are not there are changed by the kernel alone, so hardware does not make a plain read of one a step. */
bool model_has_present(const void *p, size_t n)
{
	struct slot first = slot_of(p), last = slot_of((const char *)p + n - 1);

	assert(n);
	for (int i = first.index; i <= last.index; i++) {
		if (first.table->words[i].word & MACHINE_PTE_PRESENT)
			return true;
	}
	return false;
}

/* That nothing is there is seen as well, and is no step: whoever looks through a whole table sees it a hundred times in one. */
void model_absent_seen(const void *p)
{
	model_touch_at(&slot_of(p).table->absent, AGENT_READ, 0);
}

static bool table_is_there(const struct slot *slot)
{
	if (slot->table->kind == MACHINE_FRAME_TABLE)
		return true;
	model_violation(MODEL_FREED_TABLE, freed_table_entered, .table = slot->frame);
	return false;
}

static void tell_entry(const struct model_access *a, const struct slot *slot, uint64_t says)
{
	switch (a->op) {
	case SEAM_LOAD:
		model_tell(entry_read, .entry = slot->entry, .word = slot->entry->word);
		break;
	case SEAM_STORE:
		model_tell(entry_set, .entry = slot->entry, .old = slot->entry->word, .word = says);
		break;
	case SEAM_COMPARE_EXCHANGE:
		model_tell(entry_cmpxchg, .entry = slot->entry, .old = slot->entry->word, .word = says,
			   .done = a->before == a->expected);
		break;
	default:
		model_tell(entry_xchg, .entry = slot->entry, .old = slot->entry->word, .word = says);
		break;
	}
}

/* What the word of memory says once it holds @value in the bytes of the access. */
static uint64_t would_say(const struct slot *slot, const struct model_access *a, uint64_t value)
{
	uint64_t word = *slot->word;

	assert(((uintptr_t)a->word & 7) + a->size <= sizeof(word));
	seam_poke((char *)&word + ((uintptr_t)a->word & 7), a->size, value);
	return model_says(slot->table->level, word);
}

/*
 * An entry of a table. A store waits in the buffer, whatever its order: an order is one between CPUs' accesses, and walks are
 * none. What is locked comes behind what waits there, where the memory order is TSO, and waits for nothing itself.
 */
void model_entry_access(struct model_access *a)
{
	struct slot slot = slot_of(a->word);
	bool locked = model_access_is_locked(a);
	uint64_t says;

	model_access_step(a);
	model_touch_at(slot.table, AGENT_READ, 0);
	model_touch_at(slot.entry, AGENT_READ, 0);
	/* The violation is reported; a store goes on, so that what it spoils is seen as well. */
	if (!table_is_there(&slot) && a->op == SEAM_LOAD)
		return;
	if (locked)
		model_barrier();
	a->before = seam_peek(a->word, a->size);
	a->after = seam_result(a->op, a->size, a->before, a->operand, a->expected);
	/* A part that was wished for, beside whatever the rest of the word is by now, need be no entry that anybody meant. */
	says = slot.entry->word;
	if (model_access_changes(a) || a->size == sizeof(uint64_t))
		says = would_say(&slot, a, a->op == SEAM_COMPARE_EXCHANGE ? a->operand : a->after);
	tell_entry(a, &slot, says);
	if (!model_access_changes(a)) {
		late_fixed_access(a);
		return;
	}
	agent_log(a->word, a->size);
	seam_poke(a->word, a->size, a->after);
	late_fixed_access(a);
	store(&slot, says, !(locked && machine_arch()->tso), a->op == SEAM_STORE);
}

void model_walked(int frame, int index, bool store)
{
	struct slot slot = slot_number(frame, index);

	agent_log(slot.word, sizeof(*slot.word));
	*slot.word = model_touched(slot.table->level, *slot.word, store);
}

/* A plain access to what no walk can find: it belongs to the step that the agent has made last. */
void model_page_touched(const void *p, bool write)
{
	model_touch_at(slot_of(p).table->words, write ? AGENT_WRITE : AGENT_READ, 0);
}

/* The same of an entry that walks can find, in a step of its own. */
void model_frame_read(const uint64_t *word)
{
	struct slot slot = slot_of(word);

	if (!is_known(slot.table)) {
		model_page_touched(word, false);
		return;
	}
	model_touch_at(slot.table, AGENT_READ, 0);
	model_touch_at(slot.entry, AGENT_READ, 0);
	model_tell(entry_read, .entry = slot.entry, .word = slot.entry->word);
}

void model_frame_stored(uint64_t *word)
{
	struct slot slot = slot_of(word);
	uint64_t says;

	if (!is_known(slot.table)) {
		model_page_touched(word, true);
		return;
	}
	says = model_says(slot.table->level, *word);
	model_touch_at(slot.table, AGENT_READ, 0);
	model_touch_at(slot.entry, AGENT_WRITE, 0);
	if (says == slot.entry->word)
		return;
	model_tell(entry_set, .entry = slot.entry, .old = slot.entry->word, .word = says);
	store(&slot, says, true, true);
}

static void look_at_table(int frame)
{
	for (unsigned int i = 0; i < model_entries(); i++) {
		struct slot slot = slot_number(frame, (int)i);
		uint64_t says = model_says(slot.table->level, *slot.word);

		if (says != slot.entry->word)
			store(&slot, says, false, true);
	}
}

void model_look_at_tables(void)
{
	for (int frame = 0; frame < (int)model_frames(); frame++) {
		const struct model_frame *table = &model_state()->frames[frame];

		if (is_known(table) && table->space >= 0)
			look_at_table(frame);
	}
}

/*
 * A frame that was given back is taken for what it was. A table of another format that walks cannot find yet is as any page.
 */
bool model_is_entry(const void *p)
{
	const struct model_frame *frame = slot_of(p).table;
	uint8_t kind = frame->kind;

	if (!model_config()->format && (kind == MACHINE_FRAME_FREE || kind == MACHINE_FRAME_OTHER))
		kind = frame->was;
	return kind == MACHINE_FRAME_TABLE && is_known(frame);
}

/* On machines whose entries are changed and invalidated by one instruction, this is that instruction. */
uint64_t machine_invalidate_entry(uint64_t *entry, uint64_t value)
{
	MODEL_LEAVES_NOTHING;
	struct slot slot = slot_of(entry);
	uint64_t old;

	model_called_from(MODEL_CALLER);
	late_step_completed(slot.table->watch[slot.index] - 1);
	model_note_fence(VIEW_ORDERED);
	late_fence(VIEW_ORDERED);
	table_is_there(&slot);
	model_barrier();
	old = *slot.word;
	model_tell(entry_xchg, .entry = slot.entry, .old = slot.entry->word,
		   .word = model_says(slot.table->level, value));
	*slot.word = value;
	store(&slot, model_says(slot.table->level, value), false, false);
	if (machine_arch()->farthest == TLB_REACH_ENTRY)
		model_forget_entry(slot.frame, slot.index);
	return old;
}
