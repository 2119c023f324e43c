/* SPDX-License-Identifier: MIT */
/* raw_place.c - the places and values of raw scenarios, as the timeline has them. */
#include "check/raw.h"

#include <assert.h>

#include "explore/agent.h"

/* ---- places ---- */

/* Of an address, not of what it leads to: that is the entry's. */
unsigned int raw_page(const struct raw_world *w, const struct raw_place *place)
{
	assert(place->map >= 0);
	return (unsigned int)w->page[place->map] + place->page;
}

static unsigned int entry_place(const struct raw_world *w, const struct raw_place *place)
{
	return w->state->timeline.pages[raw_page(w, place)].entry;
}

unsigned int raw_flat_place(const struct raw_world *w, const struct raw_op *op)
{
	assert(op->place.kind != RAW_PAGE);
	if (op->kind == RAW_TABLE)
		return w->state->timeline.pages[raw_page(w, &op->place)].upper;
	return op->place.kind == RAW_FLAG ? w->flag[op->place.flag] : entry_place(w, &op->place);
}

/* A page is the same, whichever address leads to it. */
unsigned int raw_data_place(const struct raw_world *w, unsigned int frame, const struct raw_place *place)
{
	unsigned int word = 0;

	assert(frame < w->nr_frames);
	while (word < w->nr_words && w->words[word] != place->offset)
		word++;
	assert(word < w->nr_words);
	return w->data[frame][word];
}

/* ---- words ---- */

/* Numbers have none, so that adding and comparing them needs no care. */
static unsigned int tag_of(uint64_t word)
{
	return word >> RAW_TAG_SHIFT;
}

/* `dirty` of a page that cannot be written is the kernel's own note: no hardware lets a store through for it. */
static uint64_t bits_of(const struct raw_entry *entry)
{
	uint64_t bits = (entry->valid ? WALK_VALID : 0) | (entry->young ? WALK_YOUNG : 0) |
			(entry->user ? WALK_USER : 0);

	if (!entry->writable)
		return bits | (entry->dirt == RAW_CLEAN ? 0 : RAW_SOFT_DIRTY);
	return bits | (entry->dirt == RAW_CLEAN ? 0 : WALK_DIRTY) | (entry->dirt == RAW_FIXED ? 0 : WALK_WRITABLE);
}

/* Frames count from 1 here, so that `none` leads to none. */
uint64_t raw_entry_word(const struct raw_world *w, const struct raw_entry *entry)
{
	uint64_t word = (uint64_t)RAW_ENTRY_TAG << RAW_TAG_SHIFT;

	if (entry->none)
		return word;
	if (entry->map != LITMUS_NONE)
		word |= (uint64_t)((unsigned int)w->frame_of[entry->map] + entry->page + 1) << WALK_FRAME_SHIFT;
	return word | bits_of(entry);
}

/* What a program sees of an entry that it compares with a number. */
static uint64_t number_of(uint64_t word)
{
	if (tag_of(word) != RAW_ENTRY_TAG)
		return word;
	if (!(word & WALK_VALID))
		return 0;
	return (word & (WALK_DIRTY | WALK_WRITABLE) ? 2 : 1) + (word & (WALK_DIRTY | RAW_SOFT_DIRTY) ? 4 : 0) +
	       (word & WALK_YOUNG ? 0 : 8);
}

/* ---- evaluation ---- */

/* What was used to choose a value includes what it was computed from. */
struct raw_known raw_register(const struct raw_world *w, int reg)
{
	const struct raw_state *s = w->state;

	if (reg == LITMUS_NONE)
		return (struct raw_known){ 0 };
	return (struct raw_known){ s->reg[reg], s->stamps.known[0][reg],
				   later(s->stamps.known[0][reg], s->stamps.known[1][reg]) };
}

static unsigned int place_at_end(const struct raw_world *w, const struct raw_place *place)
{
	if (place->kind == RAW_PAGE)
		return raw_data_place(w, (unsigned int)w->frame_of[place->map] + place->page, place);
	return place->kind == RAW_FLAG ? w->flag[place->flag] : entry_place(w, place);
}

/* What is there when all stores have left. */
static uint64_t last_word(const struct raw_world *w, const struct raw_place *place)
{
	const struct weak *t = &w->state->timeline;
	unsigned int at = place_at_end(w, place);

	return weak_value(t, weak_newest(t, at), at);
}

/* A constant depends on nothing. */
struct raw_known raw_evaluate(const struct raw_world *w, const struct raw_value *value)
{
	switch (value->kind) {
	case RAW_NUMBER:
		if (tag_of(value->number))
			agent_too_big("as a number", (1ul << RAW_TAG_SHIFT) - 1);
		return (struct raw_known){ .word = value->number };
	case RAW_REGISTER:
		return raw_register(w, value->reg);
	case RAW_ENTRY_VALUE:
		return (struct raw_known){ .word = raw_entry_word(w, &value->entry) };
	case RAW_LAST:
		return (struct raw_known){ .word = last_word(w, &value->place) };
	default:
		return (struct raw_known){ .word = raw_fault_word(value->fault) };
	}
}

/* A table that is live is one level up what a valid entry is here. */
struct raw_known raw_new_value(const struct raw_world *w, const struct raw_op *op)
{
	if (op->kind != RAW_TABLE)
		return raw_evaluate(w, &op->value);
	return (struct raw_known){ .word = raw_table_word(op->live) };
}

/* Of plain numbers. A shift by more than a number has is 0, as if each bit was shifted out. */
static uint64_t calculate(enum raw_how how, uint64_t left, uint64_t right)
{
	switch (how) {
	case RAW_ADD:
		return left + right;
	case RAW_SUB:
		return left - right;
	case RAW_AND:
		return left & right;
	case RAW_OR:
		return left | right;
	case RAW_XOR:
		return left ^ right;
	case RAW_AND_NOT:
		return left & ~right;
	case RAW_SHL:
		return right < RAW_TAG_SHIFT ? left << right : 0;
	default:
		return right < RAW_TAG_SHIFT ? left >> right : 0;
	}
}

/*
 * An entry computed with 0 stays what it is, and with itself is nothing: so programs make dependencies. Of other numbers computed from
 * entries nothing is known but their number.
 */
uint64_t raw_compute(enum raw_how how, uint64_t left, uint64_t right, unsigned int bits)
{
	const uint64_t number = (1ull << RAW_TAG_SHIFT) - 1;

	switch (how) {
	case RAW_ASSIGN:
	case RAW_COMPARE:
		return right;
	case RAW_SET:
		return left | bits;
	case RAW_CLEAR:
		return left & ~(uint64_t)bits;
	case RAW_HAS:
		return (left & bits) != 0;
	case RAW_EQUALS:
		return left == right;
	default:
		break;
	}
	if (left == right && (how == RAW_XOR || how == RAW_SUB || how == RAW_AND_NOT))
		return 0;
	if (tag_of(left) && !right && how != RAW_AND)
		return left;
	if (tag_of(right) && !left && (how == RAW_ADD || how == RAW_OR || how == RAW_XOR))
		return right;
	return calculate(how, number_of(left), number_of(right)) & number;
}

/* ---- comparison ---- */

/* Faults and entries are compared whole. An entry and a number are compared by what a program would see of the entry. */
static bool equal_words(uint64_t a, uint64_t b)
{
	if (tag_of(a) == RAW_FAULT_TAG || tag_of(b) == RAW_FAULT_TAG || (tag_of(a) && tag_of(b)))
		return a == b;
	return number_of(a) == number_of(b);
}

bool raw_equal(const struct raw_world *w, uint64_t word, const struct raw_value *value)
{
	if (value->kind == RAW_A_FAULT && value->fault == RAW_FAULT_ANY)
		return tag_of(word) == RAW_FAULT_TAG;
	if (value->kind == RAW_ENTRY_VALUE && value->entry.none)
		return tag_of(word) != RAW_FAULT_TAG && !number_of(word);
	if (value->kind == RAW_ENTRY_VALUE)
		return word == raw_entry_word(w, &value->entry);
	return equal_words(word, raw_evaluate(w, value).word);
}

/* Also of a register that nothing was put in, which is 0. */
bool raw_test_holds(const struct raw_world *w, const struct raw_test *test)
{
	assert(test->there);
	return raw_equal(w, raw_register(w, test->reg).word, &test->value) != test->differs;
}
