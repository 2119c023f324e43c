/* SPDX-License-Identifier: MIT */
/* tables.c - page-table entries: where they stand, how tables are hooked, and what a store to one does to walks. */
#include <machine/model/device.h>
#include <machine/model/group.h>
#include <machine/model/tables.h>
#include <machine/model/places.h>

#include <assert.h>
#include <string.h>

/* ---- slots ---- */

int model_frame_of(const void *entry)
{
	return (int)(((const machine_pte *)entry - model_state()->frames[0].words) / (ptrdiff_t)model_entries());
}

struct slot slot_number(int frame, int index)
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

struct slot slot_of(const void *p)
{
	int frame = model_ram_frame(p);

	assert(frame != MACHINE_NO_FRAME);
	return slot_number(frame, (int)(((uintptr_t)p - (uintptr_t)model_ram(frame)) / sizeof(uint64_t)));
}

/* Small tables are made empty by the machine itself (MACHINE_FRAME_TABLE), so what they say is known before they are hooked. */
bool table_is_known(const struct model_frame *frame)
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
	root->base = model_is_kernels(space) ? MACHINE_KERNEL_START >> MACHINE_PAGE_SHIFT : 0;
	if (model_config()->format)
		read_table(frame);
}

/* Does the store by which this CPU took the table of @child from where it was still wait, so that walks find it there? Then @word is what they find. */
static bool is_unhooked_late(const struct model_frame *child, uint64_t *word)
{
	const struct model_state *m = model_state();
	const struct model_cpu *me = model_this_cpu();
	bool found = false;

	model_touch_at(&me->buffer, AGENT_READ, 0);
	for (unsigned int i = 0; i < me->nr_stores; i++) {
		const struct model_store *store = &me->stores[i];

		if (store->frame != child->parent || store->index != child->parent_index ||
		    !(store->word & MACHINE_PTE_PRESENT) || &m->frames[model_pte_frame(store->word)] != child)
			continue;
		*word = store->word;
		found = true;
	}
	return found;
}

/*
 * M10: a table goes on at another place, while walks may still come to it at the old one: what they find there is held for itself. What a walk by
 * the old way finds from here on is of the new place, so this does change what the next access may use.
 */
static void leave_place(const struct model_frame *child)
{
	struct model_state *m = model_state();
	uint64_t word;

	if (child->space < 0 || agent_self() < 0 || !is_unhooked_late(child, &word))
		return;
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		struct model_cpu *cpu = &m->cpus[i];

		model_touch_at(cpu->held, AGENT_JOIN, 0);
		model_touch_at(&cpu->use, AGENT_WRITE, 0);
		if (model_spaces_match(cpu, child->space) && model_reaches(cpu, child->parent, 0))
			model_hold_leaves(cpu, child->parent, child->parent_index, word);
	}
}

static bool is_place(const struct model_place *place, const struct slot *slot)
{
	return place->space >= 0 && place->parent == slot->frame && place->parent_index == slot->index;
}

/* The same table, of entries above the last level, by a second entry: true, unless the first does not lead to it any more, which is a move. */
static bool stands_twice(const struct slot *slot, uint64_t word)
{
	int nr = model_pte_frame(word);
	struct model_frame *child = &model_state()->frames[nr];
	struct model_place first = model_place(child, 0);

	if (child->kind != MACHINE_FRAME_TABLE || child->space < 0 || slot->table->level < 2 ||
	    model_config()->format || is_place(&first, slot))
		return false;
	if (!model_leads_there(&first, nr) && !is_place(&child->also, slot))
		return false;
	if (child->also.space >= 0 && !is_place(&child->also, slot) && model_leads_there(&child->also, nr))
		machine_too_big("entries that lead to one table", 2);
	model_touch_at(&child->also, AGENT_WRITE, 0);
	child->also = (struct model_place){
		.base = (uint32_t)(slot->table->base +
				   (unsigned int)slot->index * model_level_pages(slot->table->level)),
		.parent = (int16_t)slot->frame,
		.parent_index = (int16_t)slot->index,
		.space = slot->table->space,
	};
	model_touch_shared();
	return true;
}

/* A table is hooked: it now knows whose it is and what it covers. */
static void hook(const struct slot *slot, uint64_t word)
{
	struct model_state *m = model_state();
	struct model_frame *child = &m->frames[model_pte_frame(word)];

	if (stands_twice(slot, word))
		return;
	if (child->kind == MACHINE_FRAME_TABLE)
		leave_place(child);

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
static uint64_t taken_above(struct model_place place)
{
	uint64_t taken = 0;

	for (; place.parent >= 0; place = model_place(&model_state()->frames[place.parent], 0))
		taken |= model_state()->frames[place.parent].words[place.parent_index].word & MODEL_TAKEN;
	return taken;
}

/* The old value of an entry as a translation, with all that a CPU could have cached of it. */
static struct model_held held_of(int frame, int index, const struct model_store *old, unsigned int nr)
{
	const struct model_frame *table = &model_state()->frames[frame];
	struct model_place place = model_place(table, nr);
	unsigned int page = place.base + (unsigned int)index * (unsigned int)model_level_pages(table->level);
	/* Whichever of a group it was read from. */
	bool group = model_is_group(table->level, old->word);
	uint64_t into = group ? (uint64_t)(index - model_group_first(index)) : 0;

	return (struct model_held){
		.word = (old->word - (into << MACHINE_PTE_FRAME_SHIFT)) | taken_above(place),
		.space = place.space,
		.level = table->level,
		.page = page - (uint32_t)into,
		.parts = HARDWARE_ALL_PARTS,
		.kinds = old->word & (MACHINE_PTE_TABLE | MACHINE_PTE_EXEC) ? 3 : 1,
		.marks = old->marks,
		.frame = (int8_t)frame,
		.index = (int16_t)(index - (int)into),
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
	return !(old & MACHINE_PTE_TABLE) || machine_arch()->hw_walk;
}

void model_hold_value(struct model_cpu *cpu, const struct model_store *value, unsigned int place)
{
	struct model_held entry = held_of(value->frame, value->index, value, place);

	if (leaves_something(&model_state()->frames[value->frame], value->word, 0))
		model_hold(cpu, &entry);
}

/* An entry that has changed, and what is to be held of it where the table stands at @place. */
struct changed {
	int frame, index;
	const struct model_store *old;
	bool leaves, unhooks, replaced;
};

static void hold_changed(const struct changed *c, unsigned int nr)
{
	struct model_place place = model_place(&model_state()->frames[c->frame], nr);
	struct model_held entry = held_of(c->frame, c->index, c->old, nr);

	entry.replaced = c->replaced;
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		struct model_cpu *cpu = &model_state()->cpus[i];

		model_touch_at(cpu->held, AGENT_JOIN, 0);
		if (!model_spaces_match(cpu, place.space) || !model_reaches(cpu, c->frame, nr))
			continue;
		if (c->leaves)
			model_hold(cpu, &entry);
		if (c->unhooks)
			model_hold_leaves(cpu, c->frame, c->index, c->old->word);
	}
}

/*
 * What a walk finds in the entry changes now, for every walker: what it found before may be held from here on (M9). That is
 * so at every CPU that has, or had, the address space and could come to this table, through the tables as they are or by
 * an upper entry that it may hold: whether it ever did is not known, and need not be, since it may have.
 */
MODEL_OUT_OF_LINE void model_entry_visible(int frame, int index, const struct model_store *old, uint64_t word)
{
	struct model_frame *table = &model_state()->frames[frame];
	struct changed c = {
		.frame = frame,
		.index = index,
		.old = old,
		.leaves = leaves_something(table, old->word, word),
		.unhooks = old->word & MACHINE_PTE_PRESENT && old->word & MACHINE_PTE_TABLE &&
			   !same_mapping(old->word, word),
		.replaced = old->word & word & MACHINE_PTE_PRESENT && !same_mapping(old->word, word),
	};

	if (c.unhooks && machine_arch()->soft_refill)
		delays_unhooks();
	if (table->space < 0 || !(c.leaves || c.unhooks))
		return;
	for (unsigned int nr = 0; nr < model_places_seen(table); nr++)
		hold_changed(&c, nr);
}

/* Does @held, as a translation of @page, lead to a frame that @word does not lead to? */
static bool is_of_another(const struct model_held *held, int space, unsigned int page, uint64_t word)
{
	unsigned long into = page - held->page;

	return !held->flying && held->space == space && page >= held->page &&
	       into < model_span(held->level, held->word) && held->word & MACHINE_PTE_PRESENT &&
	       !(held->word & MACHINE_PTE_TABLE) &&
	       (model_pte_frame(held->word) + (int)into != model_pte_frame(word) ||
		model_is_group(held->level, held->word) != model_is_group(0, word));
}

/* Where @word is to stand in @slot, above the last level, is @held a translation of the same addresses in entries of another size? */
static bool is_of_another_size_at(const struct model_held *held, const struct slot *slot, uint64_t word,
				  const struct model_place *place)
{
	unsigned long pages = model_level_pages(slot->table->level);
	unsigned int page = place->base + (unsigned int)slot->index * (unsigned int)pages;

	return !held->flying && held->space == place->space && held->page >= page && held->page - page < pages &&
	       held->word & MACHINE_PTE_PRESENT && !(held->word & MACHINE_PTE_TABLE) &&
	       (word & MACHINE_PTE_TABLE
			? held->level == slot->table->level
			: held->level < slot->table->level || model_pte_frame(held->word) != model_pte_frame(word));
}

static bool is_of_another_size(const struct model_held *held, const struct slot *slot, uint64_t word)
{
	bool found = false;

	for (unsigned int nr = 0; nr < model_places(slot->table); nr++) {
		struct model_place place = model_place(slot->table, nr);

		found |= is_of_another_size_at(held, slot, word, &place);
	}
	return found;
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
			 me->stores[i].word & MACHINE_PTE_PRESENT && !same_mapping(me->stores[i].word, word) &&
			 !(me->stores[i].word & word & MACHINE_PTE_TABLE);
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		const struct model_cpu *cpu = &model_state()->cpus[c];

		model_touch_at(&cpu->use, AGENT_READ, 0);
		for (unsigned int i = 0; i < cpu->nr_held; i++)
			found |= slot->table->level ? is_of_another_size(&cpu->held[i], slot, word)
						    : is_of_another(&cpu->held[i], slot->table->space, page, word);
	}
	return found;
}

static bool is_replaced(const struct slot *slot, uint64_t old, uint64_t word, bool mends)
{
	bool conflict = old & word & MACHINE_PTE_PRESENT && !same_mapping(old, word);

	/* Of tables that come and go an entry of the last level says it. */
	if (slot->table->level && (old & word & MACHINE_PTE_TABLE || !((old | word) & MACHINE_PTE_PRESENT)))
		conflict = false;
	if (mends)
		conflict = is_unclean(slot, word);
	if (!slot->table->level)
		conflict |= model_group_conflict(slot->table, slot->index, word);
	return conflict;
}

/* What an entry translates, and in which size. */
static uint64_t led_to(uint64_t word)
{
	return (uint64_t)model_pte_frame(word) << MACHINE_PTE_FRAME_SHIFT |
	       (word & (MACHINE_PTE_PRESENT | MACHINE_PTE_TABLE | MACHINE_PTE_CONTIGUOUS));
}

/*
 * M19: an entry goes from one page to another with no invalid entry in between, or with no invalidation between that one and the new
 * one: then both may be found, where that is forbidden. The second is asked of who has broken the entry in the same
 * operation, and does not put back what was there: a fault that finds it empty need not know whose flush is still to come. Entries of two sizes
 * for one address are the same mistake.
 */
void table_check_conflict(const struct slot *slot, uint64_t old, uint64_t word)
{
	struct model_agent *me = model_me();
	bool breaks = machine_arch()->break_before_make, mends, exchanges;

	if ((!breaks && !model_device_breaks()) || agent_self() < 0)
		return;
	mends = me->broke == slot->entry && word & ~old & MACHINE_PTE_PRESENT;
	exchanges = mends && me->broken != led_to(word);
	if (breaks && is_replaced(slot, old, word, exchanges))
		model_violation(MODEL_CONFLICT, page_replaced, .entry = slot->entry);
	if (model_device_breaks() && model_device_conflict(slot, old, word, mends))
		model_violation(MODEL_CONFLICT, entry_relaxed, .entry = slot->entry);
	if (mends) {
		me->broke = NULL;
		me->broken = 0;
	}
	if (old & ~word & MACHINE_PTE_PRESENT) {
		me->broke = slot->entry;
		me->broken = led_to(old);
	}
}

/* What an entry of @table maps has changed: pages of it that are watched, if it is a large page, as the last level has one a page. */
static void for_watches(const struct slot *slot, void (*fn)(int watch, uint32_t marks, const machine_pte *entry),
			uint32_t marks)
{
	struct model_state *m = model_state();
	unsigned long pages = model_level_pages(slot->table->level);

	if (!slot->table->level && slot->table->watch[slot->index])
		fn(slot->table->watch[slot->index] - 1, marks, slot->entry);
	for (unsigned int nr = 0; slot->table->level && nr < model_places_seen(slot->table); nr++) {
		struct model_place place = model_place(slot->table, nr);
		unsigned int page = place.base + (unsigned int)slot->index * (unsigned int)pages;

		for (int i = 0; i < m->nr_watches; i++) {
			if (m->watches[i].space == place.space && m->watches[i].page >= page &&
			    m->watches[i].page - page < pages)
				fn(i, marks, slot->entry);
		}
	}
}

static void note_mapped(int watch, uint32_t marks, const machine_pte *entry)
{
	(void)marks;
	(void)entry;
	model_touch_at(&model_state()->watches[watch].mapped, AGENT_JOIN, 0);
}

/* The entry leads to a frame from now on: nobody has promised anything about that, and what was known is known of the old value. */
static void note_target(const struct slot *slot, uint64_t word)
{
	struct model_state *m = model_state();
	struct model_frame *target = &m->frames[model_pte_frame(word)];
	unsigned long pages = word & MACHINE_PTE_TABLE ? 1 : model_level_pages(slot->table->level);

	assert(word & MACHINE_PTE_PRESENT);
	slot->table->marks[slot->index] = 0;
	for (unsigned long i = 0; i < pages && target + i < m->frames + model_frames(); i++) {
		model_touch_at(&target[i], AGENT_READ, 0);
		target[i].fresh = false;
		if (target[i].kind == MACHINE_FRAME_FREE)
			slot->table->marks[slot->index] = MODEL_STALE;
	}
	if (word & MACHINE_PTE_TABLE)
		hook(slot, word);
	else
		for_watches(slot, note_mapped, 0);
}

/* The entry gives a right that it did not give: whoever has promised to take it away has not promised this one. */
static void note_rights(const struct slot *slot)
{
	if (slot->entry->word & MACHINE_PTE_TABLE)
		return;
	for_watches(slot, note_mapped, 0);
	slot->table->marks[slot->index] &= ~model_rights_marks();
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

MODEL_OUT_OF_LINE void table_store(const struct slot *slot, uint64_t word, bool late, bool blind)
{
	struct model_frame *table = slot->table;
	struct model_store old = {
		.word = blind ? model_walked_ahead(slot->entry->word) : slot->entry->word,
		.marks = table->marks[slot->index],
		.frame = (int16_t)slot->frame,
		.index = (int16_t)slot->index,
	};
	struct model_cpu *cpu = model_this_cpu();

	late = buffered(late);
	model_touch_at(slot->entry, AGENT_WRITE, 0);
	slot->entry->word = word;
	if (old.word & MACHINE_PTE_PRESENT && !(old.word & MACHINE_PTE_TABLE) && !same_mapping(old.word, word))
		for_watches(slot, model_line_left, old.marks);
	if (old.word & MACHINE_PTE_TABLE && !same_mapping(old.word, word) &&
	    model_places(&model_state()->frames[model_pte_frame(old.word)]) > 1)
		model_touch_shared();
	if ((old.word ^ word) & MACHINE_PTE_PRESENT)
		model_touch_at(&table->absent, AGENT_JOIN, 0);
	if (!(word & MACHINE_PTE_PRESENT))
		table->marks[slot->index] = 0;
	else if (!same_mapping(old.word, word))
		note_target(slot, word);
	else if (word & ~old.word & (MACHINE_PTE_WRITE | MACHINE_PTE_EXEC))
		note_rights(slot);
	/* Also by way of an empty entry, which takes away first what is given back. */
	if (word & MACHINE_PTE_PRESENT && word & ~old.word)
		model_device_upgrade();
	if (late) {
		assert(cpu->nr_stores < MODEL_IN_FLIGHT);
		cpu->stores[cpu->nr_stores++] = old;
	} else {
		model_entry_visible(slot->frame, slot->index, &old, word);
	}
}
