/* SPDX-License-Identifier: MIT */
/*
 * state.c - what the state of a world is: which words have changed, their fingerprint, and the way back.
 *
 * Beside each word of the state lies a shadow: what the word was when changes were looked for last, which is done behind each
 * step. A change is a word that differs from its shadow. Such words are found by looking at those that agent_log() has named, or,
 * where nobody tells, at all of them; the live stack of the agent that ran is looked at in any case. Each is written to the log
 * with what it was, moves the fingerprint, and becomes its own shadow. So a word may be named twice, or before or after the store.
 *
 * The fingerprint is the exclusive or of mix(address, word) over all words, where mix(address, 0) is 0: a word that becomes
 * part of the state as 0, for instance below a stack that grows, changes nothing. The shadow of dead stack is 0.
 * Values of objects count by the address of the object, since names depend on what was named first. A search that never asks for
 * a fingerprint does not pay for it: it is counted from when it is asked for first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "explore/core.h"
#include "explore/fiber.h"
#include "explore/memory.h"
#include "explore/print.h"

enum {
	RECORD,
	HEAP,
	REGIONS,
	LARGE_PIECE = 128, /* words that are compared at once */
	SMALL_PIECE = 8,
	CLEARED = 512,		       /* bytes below a stack pointer */
	NOT_A_CHANGE = UINTPTR_MAX,    /* .where of the two entries that a mark is */
	NOT_COUNTED = UINTPTR_MAX - 1, /* ... of the second, where the fingerprint was not known */
};

static struct core *const core = &explore_core;

/* ---- memory ---- */

static void *map_at(void *where, size_t bytes)
{
	void *memory = mmap(where, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (where ? MAP_FIXED_NOREPLACE : 0), -1, 0);

	if (memory == MAP_FAILED || (where && memory != where)) {
		fprintf(stderr, "shootdown: no room for the state of the machine at %p\n", where);
		exit(2);
	}
	return memory;
}

void explore_state_open(void)
{
	if (core->nr_areas)
		return;
	explore_objects_open();
	map_at(ARENA, sizeof(struct arena));
	core->shadow = map_at(NULL, sizeof(struct arena));
	core->areas[RECORD] = (struct area){ .start = (uint64_t *)(void *)&ARENA->record,
					     .words = sizeof(ARENA->record) / 8,
					     .used = true };
	core->areas[HEAP] = (struct area){ .start = (uint64_t *)(void *)ARENA->heap, .used = true };
	core->areas[RECORD].shadow = (uint64_t *)(void *)&core->shadow->record;
	core->areas[HEAP].shadow = (uint64_t *)(void *)core->shadow->heap;
	core->areas[HEAP].hidden = map_at(NULL, HEAP_BYTES / 8);
	core->nr_areas = REGIONS;
}

static struct area *area_of(uintptr_t where)
{
	for (unsigned int i = HEAP; i < core->nr_areas; i++) {
		struct area *a = &core->areas[i];

		if (a->used && where - (uintptr_t)a->start < a->words * 8)
			return a;
	}
	return NULL;
}

bool explore_state_region_has(const void *address)
{
	for (unsigned int i = REGIONS; i < core->nr_areas; i++)
		if ((uintptr_t)address - (uintptr_t)core->areas[i].start < core->areas[i].words * 8)
			return core->areas[i].used;
	return false;
}

void agent_region(void *start, size_t bytes)
{
	struct area *a = &core->areas[REGIONS];

	assert((uintptr_t)start % 8 == 0 && bytes % 8 == 0 && bytes && !core->following);
	while (a < &core->areas[core->nr_areas] && (a->start != start || a->words != bytes / 8))
		a++;
	if (a == &core->areas[REGIONS + MAX_REGIONS])
		agent_too_big("regions of memory outside the arena", MAX_REGIONS);
	if (a == &core->areas[core->nr_areas]) {
		core->nr_areas++;
		*a = (struct area){ .start = start, .words = bytes / 8 };
		a->shadow = explore_new(a->words, 8);
		a->first = explore_new(a->words, 8);
		a->hidden = explore_new(a->words, 1);
		memcpy(a->first, start, bytes);
	}
	a->used = true;
}

void agent_not_state(void *start, size_t bytes)
{
	struct area *a;

	/* The heap has grown since it was last looked at. */
	core->areas[HEAP].words = ARENA->record.heap_used / 8;
	a = area_of((uintptr_t)start);
	assert(a && area_of((uintptr_t)start + bytes - 1) == a && !core->following);
	for (uintptr_t byte = (uintptr_t)start - (uintptr_t)a->start; bytes--; byte++)
		a->hidden[byte / 8] |= (uint8_t)(1u << byte % 8);
}

/* ---- the fingerprint ---- */

static void take_in(struct agent_fingerprint part)
{
	core->print.lo ^= part.lo;
	core->print.hi ^= part.hi;
}

static void move_print(uintptr_t where, uint64_t old, uint64_t new)
{
	uint64_t key = explore_print_key(where);

	if (!core->counted)
		return;
	if (old)
		take_in(explore_print_mix(key, old));
	if (new)
		take_in(explore_print_mix(key, new));
}

/* What the value of an object counts as: bit 0 tells it from the memory that is there. */
static uintptr_t value_key(unsigned int object)
{
	return (uintptr_t)explore_object_address(object) | 1;
}

static uint64_t visible(const struct area *a, size_t word, uint64_t content)
{
	return a->hidden && a->hidden[word] ? content & ~explore_print_hidden(a->hidden[word]) : content;
}

static void count_area(const struct area *a)
{
	for (size_t i = 0; i < a->words; i++)
		move_print((uintptr_t)(a->start + i), 0, visible(a, i, a->start[i]));
}

/* From everything there is, not from what has changed. */
void explore_state_count(void)
{
	core->counted = true;
	core->print = (struct agent_fingerprint){ 0, 0 };
	for (unsigned int i = 0; i < core->nr_areas; i++)
		if (core->areas[i].used)
			count_area(&core->areas[i]);
	for (unsigned int i = 0; i < ARENA->record.nr_agents; i++)
		for (uint64_t *w = ARENA->record.agents[i].stack; w < (uint64_t *)(void *)stack_top(i); w++)
			move_print((uintptr_t)w, 0, *w);
	for (unsigned int i = 1; i <= explore_objects(); i++)
		move_print(value_key(i), 0, (uint32_t)core->values[i]);
}

/* ---- changes ---- */

static void log_change(uintptr_t where, uint64_t old)
{
	if (core->length == core->room) {
		core->room = core->room ? 2 * core->room : 4096;
		core->log = explore_grow(core->log, core->room, sizeof(core->log[0]));
	}
	core->log[core->length++] = (struct change){ where, old };
}

/* On any stack: it must not allocate. */
static void name_change(uintptr_t where)
{
	if (core->nr_named < MOST_NAMED)
		core->named[core->nr_named] = where;
	core->nr_named++;
}

void explore_state_value(unsigned int object)
{
	if (!core->following || core->unknown)
		return;
	name_change(object);
	core->unsettled = true;
}

void agent_log(const void *address, size_t bytes)
{
	uintptr_t end = (uintptr_t)address + bytes;

	if (!core->following || core->unknown)
		return;
	core->unsettled = true;
	/* All that is live of it is compared when the step ends, and most of what is written there is dead by then. */
	if (core->self >= 0 && (uintptr_t)address - (uintptr_t)ARENA->stack[core->self] < STACK_BYTES)
		return;
	/* No part of the state, and it may be long: what a visitor writes down. */
	if (!agent_is_object(address))
		return;
	for (uintptr_t word = (uintptr_t)address & ~(uintptr_t)7; word < end; word += 8)
		name_change(word);
}

static void settle_word(const struct area *a, size_t i)
{
	uint64_t old = a->shadow[i], new = a->start[i];

	if (old == new)
		return;
	log_change((uintptr_t)(a->start + i), old);
	if (a->hidden && a->hidden[i])
		move_print((uintptr_t)(a->start + i), visible(a, i, old), visible(a, i, new));
	else
		move_print((uintptr_t)(a->start + i), old, new);
	a->shadow[i] = new;
}

static void settle_value(unsigned int object)
{
	uint32_t old = (uint32_t)core->value_shadow[object], new = (uint32_t)core->values[object];

	if (old == new)
		return;
	log_change(object, old);
	move_print(value_key(object), old, new);
	core->value_shadow[object] = (int32_t) new;
}

/* In large pieces, and what is different in small ones. */
static void settle_words(const struct area *a, size_t from, size_t to, size_t piece)
{
	for (size_t i = from; i < to; i += piece) {
		size_t n = to - i < piece ? to - i : piece;

		if (!memcmp(a->start + i, a->shadow + i, n * 8))
			continue;
		if (piece == LARGE_PIECE) {
			settle_words(a, i, i + n, SMALL_PIECE);
			continue;
		}
		for (size_t j = i; j < i + n; j++)
			settle_word(a, j);
	}
}

static void settle_area(const struct area *a)
{
	settle_words(a, 0, a->words, LARGE_PIECE);
}

static void change_stack_word(uint64_t *word, uint64_t new)
{
	uint64_t *shadow = shadow_in_arena(word), old = *shadow;

	log_change((uintptr_t)word, old);
	move_print((uintptr_t)word, old, new);
	*shadow = new;
}

static void settle_stack_word(uint64_t *word)
{
	if (*word != *shadow_in_arena(word))
		change_stack_word(word, *word);
}

/*
 * Stack that was live when the last step ended and is not now counts as 0, and is logged in any case: nobody looks at it any
 * more, so what happens to it is not known. The record's shadow still has the old pointer.
 */
static void settle_stack(unsigned int agent)
{
	const struct area *record = &core->areas[RECORD];
	size_t pointer = (size_t)((uint64_t *)(void *)&ARENA->record.agents[agent].stack - record->start);
	uint64_t *now = ARENA->record.agents[agent].stack, *before = (uint64_t *)(uintptr_t)record->shadow[pointer];
	uint64_t *top = (uint64_t *)(void *)stack_top(agent);

	assert(now <= top && before <= top);
	explore_fiber_forget(now, (size_t)(top - now) * 8);
	if (before == now && !memcmp(now, shadow_in_arena(now), (size_t)(top - now) * 8))
		return;
	for (; before < now; before++)
		change_stack_word(before, 0);
	for (; now < top; now++)
		settle_stack_word(now);
}

/* A word that somebody named. */
static void settle_named(uintptr_t where)
{
	struct area *a;

	if (where <= MAX_OBJECTS) {
		settle_value((unsigned int)where);
	} else if (where - (uintptr_t)ARENA->stack < sizeof(ARENA->stack)) {
		unsigned int agent = (unsigned int)((where - (uintptr_t)ARENA->stack) / STACK_BYTES);

		if (agent < ARENA->record.nr_agents && (void *)where >= ARENA->record.agents[agent].stack)
			settle_stack_word((uint64_t *)where);
	} else {
		a = area_of(where);
		if (a)
			settle_word(a, (where - (uintptr_t)a->start) / 8);
	}
}

/* ---- steps ---- */

/* What each agent has of it changes in its own steps alone, the rest in any. */
static void settle_record(uint32_t agents)
{
	const struct area *record = &core->areas[RECORD];
	size_t each = sizeof(ARENA->record.agents[0]) / 8, rest = offsetof(struct record, heap_used) / 8;

	for (; agents; agents &= agents - 1)
		settle_words(record, each * (size_t)__builtin_ctz(agents), each * ((size_t)__builtin_ctz(agents) + 1),
			     SMALL_PIECE);
	settle_words(record, rest, record->words, SMALL_PIECE);
}

/* As many as there was room for; values of objects are always told. */
static void settle_told(void)
{
	for (size_t i = 0; i < core->nr_named && i < MOST_NAMED; i++)
		settle_named(core->named[i]);
}

static void settle_values(void)
{
	for (unsigned int i = 1; i <= explore_objects(); i++)
		settle_value(i);
}

static void settle_areas(void)
{
	for (unsigned int i = HEAP; i < core->nr_areas; i++)
		if (core->areas[i].used)
			settle_area(&core->areas[i]);
}

/* Behind a step of the agents @ran, or of code outside agents. A limit may be a stack that was too small: what lies beside it was spoiled, and nobody told. */
static void settle(uint32_t ran)
{
	bool unknown = core->unknown || core->nr_named > MOST_NAMED || ARENA->record.limit.what;
	bool all = unknown || !core->hooked;
	uint32_t agents = all ? (1u << ARENA->record.nr_agents) - 1 : ran;

	core->areas[HEAP].words = ARENA->record.heap_used / 8;
	settle_told();
	if (unknown)
		settle_values();
	if (all)
		settle_areas();
	/* Stacks come before the record: its shadow has the stack pointers from before the step until it is settled. */
	for (uint32_t left = agents; left; left &= left - 1)
		settle_stack((unsigned int)__builtin_ctz(left));
	settle_record(agents);
	core->nr_named = 0;
	core->unsettled = core->unknown = false;
	if (core->paranoid)
		explore_state_check("a step");
}

void explore_state_ran(int agent)
{
	if (!core->following)
		return;
	/*
	 * At once. How much is named is in a register of who tells, and compilers leave those on agents' stacks: it must not
	 * say what other steps have named.
	 */
	settle(1u << agent);
}

void explore_state_unknown(void)
{
	if (!core->following)
		return;
	core->unsettled = core->unknown = true;
	if (core->paranoid)
		settle(0);
}

void explore_state_clear_below(unsigned int agent, void *stack)
{
	unsigned char *end = stack, *lowest = ARENA->stack[agent] + sizeof(uint64_t);

	/* Who has run over its stack runs no more: that is a limit, and ends the search. */
	assert(end >= lowest && end <= stack_top(agent));
	explore_fiber_forget(lowest, (size_t)(end - lowest));
	memset(end - lowest < CLEARED ? lowest : end - CLEARED, 0,
	       end - lowest < CLEARED ? (size_t)(end - lowest) : CLEARED);
}

/* The shadows become what there is. */
static void follow(void)
{
	core->areas[HEAP].words = ARENA->record.heap_used / 8;
	for (unsigned int i = 0; i < core->nr_areas; i++)
		if (core->areas[i].used)
			memcpy(core->areas[i].shadow, core->areas[i].start, core->areas[i].words * 8);
	for (unsigned int i = 0; i < ARENA->record.nr_agents; i++) {
		uint64_t *sp = ARENA->record.agents[i].stack;
		size_t live = (size_t)((uint64_t *)(void *)stack_top(i) - sp) * 8;

		explore_fiber_forget(sp, live);
		memset(shadow_in_arena((uint64_t *)(void *)ARENA->stack[i]), 0, STACK_BYTES);
		memcpy(shadow_in_arena(sp), sp, live);
	}
	memcpy(core->value_shadow, core->values, (explore_objects() + 1) * sizeof(core->values[0]));
	core->counted = false;
	core->length = core->end = core->nr_named = 0;
	core->following = true;
	core->unsettled = core->unknown = false;
}

static void be_settled(void)
{
	if (!core->following)
		follow();
	else if (core->unsettled)
		settle(0);
}

void explore_state_reset(void)
{
	core->following = false;
	memset(core->areas[HEAP].hidden, 0, core->areas[HEAP].words);
	/* Memory that is given out during a step was 0 before. */
	memset(core->areas[HEAP].shadow, 0, core->areas[HEAP].words * 8);
	for (unsigned int i = REGIONS; i < core->nr_areas; i++) {
		struct area *a = &core->areas[i];

		a->used = false;
		memcpy(a->start, a->first, a->words * 8);
		memset(a->hidden, 0, a->words);
	}
	memset(core->value_shadow, 0, (explore_objects() + 1) * sizeof(core->value_shadow[0]));
	memset(core->values, 0, (explore_objects() + 1) * sizeof(core->values[0]));
	explore_objects_forget();
	core->logged = 0;
}

void agent_set_hooked(bool hooked)
{
	/* What nobody has told before would be missing from what is known to have changed. */
	assert(!core->following);
	core->hooked = hooked;
}

void agent_set_paranoid(bool paranoid)
{
	core->paranoid = paranoid;
}

/* ---- marks ---- */

struct agent_fingerprint agent_fingerprint(void)
{
	assert(core->self < 0);
	be_settled();
	if (!core->counted)
		explore_state_count();
	return core->print;
}

/*
 * A mark is a place in the log: to go there is to take back what was logged behind it. The fingerprint of the state stands
 * there, in two entries that are no changes, so that it need not be counted again.
 */
uint64_t agent_mark(void)
{
	uint64_t mark;

	assert(core->self < 0);
	be_settled();
	assert(!core->end);
	mark = core->length;
	log_change(NOT_A_CHANGE, core->print.lo);
	log_change(core->counted ? NOT_A_CHANGE : NOT_COUNTED, core->print.hi);
	return mark;
}

/* Of a word that was logged. By where it lies: the heap may be smaller by now than when it was. */
static uint64_t *shadow_of(uintptr_t where)
{
	const struct area *a;

	if (in_arena((void *)where))
		return shadow_in_arena((const uint64_t *)where);
	a = area_of(where);
	assert(a);
	return &a->shadow[(where - (uintptr_t)a->start) / 8];
}

/*
 * The word, or value, becomes what it was; and what it is goes to the log instead, so that doing it again undoes it. What it is
 * says the shadow: dead stack counts as 0 whatever lies there.
 */
static void exchange(struct change *c)
{
	uint64_t *shadow, now;

	if (c->where >= NOT_COUNTED)
		return;
	if (c->where <= MAX_OBJECTS) {
		now = (uint32_t)core->values[c->where];
		core->values[c->where] = core->value_shadow[c->where] = (int32_t)(uint32_t)c->old;
	} else {
		shadow = shadow_of(c->where);
		now = *shadow;
		*(uint64_t *)c->where = *shadow = c->old;
	}
	c->old = now;
	core->logged += sizeof(*c);
}

static bool is_mark(uint64_t mark)
{
	return mark + 2 <= core->length && core->log[mark].where == NOT_A_CHANGE &&
	       core->log[mark + 1].where >= NOT_COUNTED;
}

/* The words are those of @mark by now. */
static void arrive_at(uint64_t mark)
{
	core->print = (struct agent_fingerprint){ core->log[mark].old, core->log[mark + 1].old };
	core->counted = core->log[mark + 1].where == NOT_A_CHANGE;
	if (core->paranoid)
		explore_state_check("a return");
}

/* A word that was 0 when its stack came into use is in no log, as dead stack counts as 0. What lies there may be of another look. */
static void revive_stack(unsigned int agent, uint64_t *was)
{
	uint64_t *now = ARENA->record.agents[agent].stack;

	explore_fiber_forget(now, now < was ? (size_t)(was - now) * 8 : 0);
	for (; now < was; now++)
		*now = *shadow_in_arena(now);
}

/* Away from the end of the log, .end is that and .cursor where the world is; between them all was exchanged, and what is done goes behind .end. */
static void go_to(uint64_t mark)
{
	uint64_t *stacks[AGENT_MAX_AGENTS];

	for (unsigned int i = 0; i < ARENA->record.nr_agents; i++)
		stacks[i] = ARENA->record.agents[i].stack;
	/* No mark is made during a look, so what is behind .end is of one look alone. */
	assert(mark + 2 <= core->end && core->cursor <= core->end && core->end <= core->length);
	while (core->length > core->end)
		exchange(&core->log[--core->length]);
	while (core->cursor > mark + 2)
		exchange(&core->log[--core->cursor]);
	while (core->cursor < mark + 2)
		exchange(&core->log[core->cursor++]);
	for (unsigned int i = 0; i < ARENA->record.nr_agents; i++)
		revive_stack(i, stacks[i]);
	arrive_at(mark);
}

/*
 * What a look has done behind .end is taken back for good; within the log the world moves back or forth. To move over an
 * entry exchanges it with memory, so the log says at each moment how to come from here to either end of it.
 */
void agent_look(uint64_t mark)
{
	assert(core->self < 0 && core->following && is_mark(mark));
	if (core->unsettled)
		settle(0);
	if (!core->end)
		core->end = core->cursor = core->length;
	go_to(mark);
}

void agent_undo(uint64_t mark)
{
	agent_look(mark);
	core->length = mark + 2;
	core->end = 0;
}

uint64_t agent_logged_bytes(void)
{
	return core->logged;
}
