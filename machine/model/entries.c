/* SPDX-License-Identifier: MIT */
/* entries.c - accesses of the code under test to words of frames: entries of tables, and pages. */
#include <machine/model/late.h>
#include <machine/model/tables.h>
#include <machine/model/views.h>

#include <assert.h>

bool model_is_in_live_table(const void *p)
{
	return model_is_in_frame(p) && table_is_known(slot_of(p).table) && slot_of(p).table->space >= 0;
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

static void tell_entry(const struct model_access *a, const struct slot *slot, uint64_t old, uint64_t says)
{
	switch (a->op) {
	case SEAM_LOAD:
		model_tell(entry_read, .entry = slot->entry, .word = old);
		break;
	case SEAM_STORE:
		model_tell(entry_set, .entry = slot->entry, .old = old, .word = says);
		break;
	case SEAM_COMPARE_EXCHANGE:
		model_tell(entry_cmpxchg, .entry = slot->entry, .old = old, .word = says,
			   .done = a->before == a->expected);
		break;
	default:
		model_tell(entry_xchg, .entry = slot->entry, .old = old, .word = says);
		break;
	}
}

/* What the entry says once it holds @value in the bytes of the access. */
static uint64_t would_say(const struct slot *slot, const struct model_access *a, uint64_t value)
{
	uint64_t word = *slot->word;

	assert(((uintptr_t)a->word & 7) + a->size <= sizeof(word));
	seam_poke((char *)&word + ((uintptr_t)a->word & 7), a->size, value);
	return model_says(slot->table->level, word);
}

/* ORD-5: who reads an entry reads, in the same order, whether the table has been emptied. */
static bool find_made(const struct slot *slot, const struct model_access *entry)
{
	bool acquires = seam_acquires(seam_order_done(entry->order));
	struct model_access a = { .op = SEAM_LOAD,
				  .word = &slot->table->unmade,
				  .size = sizeof(slot->table->unmade),
				  .order = acquires ? SEAM_ACQUIRE : SEAM_RELAXED };

	if (entry->op == SEAM_STORE || !model_may_be_unmade(slot->frame))
		return true;
	a.place = late_place(a.word, a.size);
	/* No choice beside that of the entry: one way to find it too early is enough. */
	if (late_may_read(&a, 1)) {
		model_note_access(&a, NULL);
		model_violation(MODEL_FREED_TABLE, unmade_table_entered, .table = slot->frame);
		return false;
	}
	model_perform(&a);
	model_note_access(&a, NULL);
	return true;
}

/* M7: of entries in order alone, as any access is there. */
static void hand_over(const struct model_access *a)
{
	if (!machine_arch()->tso || a->op == SEAM_STORE)
		return;
	model_touch_at(a->word, AGENT_READ, 0);
	model_locked(a->word, false);
}

/*
 * An entry of a table. What has left its CPU waits in the buffer for walks, whatever its order: an order is one between CPUs' accesses, and
 * walks are none. What is locked comes behind what waits there, where the memory order is TSO, and waits for nothing itself.
 */
void model_entry_access(struct model_access *a)
{
	struct slot slot = slot_of(a->word);
	bool locked = model_access_is_locked(a), left;
	uint64_t old, says;

	model_access_step(a);
	model_touch_at(slot.table, AGENT_READ, 0);
	model_touch_at(slot.entry, AGENT_READ, 0);
	/* The violation is reported; a store goes on, so that what it spoils is seen as well. */
	if (!table_is_there(&slot) && a->op == SEAM_LOAD)
		return;
	if (!find_made(&slot, a) && a->op == SEAM_LOAD)
		return;
	if (locked)
		model_barrier();
	left = model_perform(a);
	/* A part that was wished for, beside whatever the rest of the word is by now, need be no entry that anybody meant. */
	says = old = a->size == sizeof(uint64_t) ? model_says(slot.table->level, a->before) : slot.entry->word;
	if (model_access_changes(a) || a->size == sizeof(uint64_t))
		says = would_say(&slot, a, a->op == SEAM_COMPARE_EXCHANGE ? a->operand : a->after);
	tell_entry(a, &slot, old, says);
	hand_over(a);
	if (!model_access_changes(a))
		return;
	table_check_conflict(&slot, old, says);
	/* Not when it leaves: what its own CPU knows of it is known now. */
	if (says & MACHINE_PTE_PRESENT)
		model_state()->frames[model_pte_frame(says)].fresh = false;
	if (left)
		table_store(&slot, says, !(locked && machine_arch()->tso), a->op == SEAM_STORE);
	if (machine_arch()->tso)
		model_released(a->word, false);
}

void model_entry_left(const void *word, uint64_t value, bool by_change)
{
	struct slot slot = slot_of(word);

	model_touch_at(slot.table, AGENT_READ, 0);
	if (!table_is_there(&slot))
		return;
	table_store(&slot, model_says(slot.table->level, value), !model_walks_follow(slot.entry->word), !by_change);
}

/* ---- tables that are made ---- */

bool model_may_be_unmade(int frame)
{
	return !model_config()->format && frame >= model_state()->first_fresh && agent_self() >= 0;
}

bool model_is_made(int frame)
{
	const struct model_frame *table = &model_state()->frames[frame];

	return !model_may_be_unmade(frame) || !late_word(&table->unmade, sizeof(table->unmade));
}

bool model_is_unmade_word(const void *object)
{
	const struct model_frame *frames = model_state()->frames;

	return (uintptr_t)object >= (uintptr_t)frames && (uintptr_t)object < (uintptr_t)(frames + MACHINE_MAX_FRAMES) &&
	       ((uintptr_t)object - (uintptr_t)frames) % sizeof(*frames) == offsetof(struct model_frame, unmade);
}

/* Stores of the machine itself, in the place of the code under test, and as one: in no order but what that asks for (ORD-5). */
void model_empty_table(int frame)
{
	struct model_access a = { .op = SEAM_STORE,
				  .word = &model_state()->frames[frame].unmade,
				  .size = sizeof(model_state()->frames[frame].unmade),
				  .order = SEAM_RELAXED };

	if (!model_may_be_unmade(frame))
		return;
	a.place = late_place(a.word, a.size);
	if (a.place != LATE_NOWHERE)
		late_held_before(a.place, 1);
	model_perform(&a);
	model_note_making(a.word);
}

void model_walked(int frame, int index, bool store)
{
	struct slot slot = slot_number(frame, index);

	late_walk_writes(slot.word, model_touched(slot.table->level, late_word(slot.word, sizeof(*slot.word)), store));
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

	if (!table_is_known(slot.table)) {
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

	if (!table_is_known(slot.table)) {
		model_page_touched(word, true);
		return;
	}
	says = model_says(slot.table->level, *word);
	model_touch_at(slot.table, AGENT_READ, 0);
	model_touch_at(slot.entry, AGENT_WRITE, 0);
	if (says == slot.entry->word)
		return;
	model_tell(entry_set, .entry = slot.entry, .old = slot.entry->word, .word = says);
	table_check_conflict(&slot, slot.entry->word, says);
	table_store(&slot, says, true, true);
}

static void look_at_table(int frame)
{
	for (unsigned int i = 0; i < model_entries(); i++) {
		struct slot slot = slot_number(frame, (int)i);
		uint64_t says = model_says(slot.table->level, *slot.word);

		if (says != slot.entry->word)
			table_store(&slot, says, false, true);
	}
}

void model_look_at_tables(void)
{
	for (int frame = 0; frame < (int)model_frames(); frame++) {
		const struct model_frame *table = &model_state()->frames[frame];

		if (table_is_known(table) && table->space >= 0)
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
	return kind == MACHINE_FRAME_TABLE && table_is_known(frame);
}

/* On machines whose entries are changed and invalidated by one instruction, this is that instruction. */
static uint64_t invalidate_entry(uint64_t *entry, uint64_t value, machine_cpus_t cpus, const void *caller)
{
	struct slot slot = slot_of(entry);
	struct model_access a = { .op = SEAM_EXCHANGE,
				  .word = entry,
				  .size = sizeof(*entry),
				  .operand = value,
				  .order = seam_orders(SEAM_SEQ_CST, SEAM_SEQ_CST) };
	uint64_t old;

	model_called_from(caller);
	late_step_completed(slot.table->watch[slot.index] - 1, (uint16_t)(1u << machine_cpu()));
	model_note_fence(VIEW_ORDERED);
	late_fence(VIEW_ORDERED);
	table_is_there(&slot);
	model_barrier();
	a.place = late_place(entry, sizeof(*entry));
	while (late_is_on() && !late_may_now(&a))
		late_wait(&a, NULL);
	if (!model_perform(&a))
		late_drained();
	model_note_access(&a, caller);
	old = model_says(slot.table->level, a.before);
	model_tell(entry_xchg, .entry = slot.entry, .old = old, .word = model_says(slot.table->level, value));
	table_check_conflict(&slot, old, model_says(slot.table->level, value));
	if (slot.entry->word != model_says(slot.table->level, value))
		table_store(&slot, model_says(slot.table->level, value), false, false);
	if (machine_arch()->farthest != TLB_REACH_ENTRY)
		return a.before;
	model_forget_entry(slot.frame, slot.index, cpus);
	/* An invalidation of the page as any. */
	if (model_config()->counts && slot.table->watch[slot.index])
		model_state()->watches[slot.table->watch[slot.index] - 1].invalidated = true;
	return a.before;
}

uint64_t machine_invalidate_entry(uint64_t *entry, uint64_t value)
{
	MODEL_LEAVES_NOTHING;
	return invalidate_entry(entry, value, (machine_cpus_t) ~(machine_cpus_t)0, MODEL_CALLER);
}

uint64_t machine_invalidate_entry_here(uint64_t *entry, uint64_t value)
{
	MODEL_LEAVES_NOTHING;
	return invalidate_entry(entry, value, (machine_cpus_t)1 << machine_cpu(), MODEL_CALLER);
}
