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
	CLEARED = 512, /* bytes below a stack pointer */
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
	core->areas[RECORD] = (struct area){ .number = number_in_arena(&ARENA->record),
					     .start = (uint64_t *)(void *)&ARENA->record,
					     .words = sizeof(ARENA->record) / 8,
					     .used = true };
	core->areas[HEAP] = (struct area){ .number = number_in_arena(ARENA->heap),
					   .start = (uint64_t *)(void *)ARENA->heap,
					   .used = true };
	core->areas[RECORD].shadow = (uint64_t *)(void *)&core->shadow->record;
	core->areas[HEAP].shadow = (uint64_t *)(void *)core->shadow->heap;
	core->areas[HEAP].hidden = map_at(NULL, HEAP_BYTES / 8);
	core->nr_areas = REGIONS;
}

static const struct area *region_of(const void *address)
{
	for (unsigned int i = REGIONS; i < core->nr_areas; i++)
		if ((uintptr_t)address - (uintptr_t)core->areas[i].start < core->areas[i].words * 8)
			return core->areas[i].used ? &core->areas[i] : NULL;
	return NULL;
}

bool explore_state_region_has(const void *address)
{
	return region_of(address);
}

/* 0: no part of the state. */
static inline uint32_t number_of(const void *address)
{
	const struct area *a;

	if (in_arena(address))
		return number_in_arena(address);
	a = region_of(address);
	return a ? a->number + (uint32_t)(((uintptr_t)address - (uintptr_t)a->start) / 8) : 0;
}

static const struct area *area_with(uint32_t number)
{
	for (unsigned int i = HEAP; i < core->nr_areas; i++)
		if (core->areas[i].used && number - core->areas[i].number < core->areas[i].words)
			return &core->areas[i];
	return NULL;
}

/* In the arena by where it lies: the heap may be smaller by now than when the word was logged. */
uint64_t *explore_state_word(uint32_t number, uint64_t **shadow)
{
	const struct area *a;

	if (number < REGIONS_NUMBER) {
		*shadow = (uint64_t *)(void *)core->shadow + (number - ARENA_NUMBER);
		return (uint64_t *)(void *)ARENA + (number - ARENA_NUMBER);
	}
	a = area_with(number);
	assert(a);
	*shadow = a->shadow + (number - a->number);
	return a->start + (number - a->number);
}

void agent_region(void *start, size_t bytes)
{
	struct area *a = &core->areas[REGIONS];
	uint32_t number = REGIONS_NUMBER;

	assert((uintptr_t)start % 8 == 0 && bytes % 8 == 0 && bytes && !core->following);
	for (; a < &core->areas[core->nr_areas] && (a->start != start || a->words != bytes / 8); a++)
		number = a->number + (uint32_t)a->words + 1;
	if (a == &core->areas[REGIONS + MAX_REGIONS])
		agent_too_big("regions of memory outside the arena", MAX_REGIONS);
	if (bytes / 8 >= UINT32_MAX - number)
		agent_too_big("words of memory outside the arena", UINT32_MAX - REGIONS_NUMBER);
	if (a == &core->areas[core->nr_areas]) {
		core->nr_areas++;
		*a = (struct area){ .number = number, .start = start, .words = bytes / 8 };
		a->shadow = explore_new(a->words, 8);
		a->first = explore_new(a->words, 8);
		a->hidden = explore_new(a->words, 1);
		memcpy(a->first, start, bytes);
	}
	a->used = true;
}

void agent_not_state(void *start, size_t bytes)
{
	const struct area *a;

	/* The heap has grown since it was last looked at. */
	core->areas[HEAP].words = ARENA->record.heap_used / 8;
	a = area_with(number_of(start));
	assert(a && area_with(number_of((unsigned char *)start + bytes - 1)) == a && !core->following);
	for (uintptr_t byte = (uintptr_t)start - (uintptr_t)a->start; bytes--; byte++)
		a->hidden[byte / 8] |= (uint8_t)(1u << byte % 8);
}

/* ---- the fingerprint ---- */

static inline void take_in(struct agent_fingerprint part)
{
	core->print.lo ^= part.lo;
	core->print.hi ^= part.hi;
}

static inline void move_print(uintptr_t where, uint64_t old, uint64_t new)
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

static inline void log_change(uint32_t word, uint64_t old)
{
	struct log *log = &core->log;

	if (word != log->next || log->length == log->limit)
		explore_log_prepare(word);
	log->words[log->length++].old = old;
	log->next = word + 1;
}

/* On any stack: it must not allocate. Many stores are to what was named just before, or right behind it. */
static inline void name_change(uint32_t first, uint32_t words)
{
	struct named *last = core->nr_named ? &core->named[core->nr_named - 1] : NULL;

	if (core->nr_named > MOST_NAMED)
		return;
	if (last && first - last->first <= last->words) {
		if (first + words - last->first > last->words)
			last->words = first + words - last->first;
		return;
	}
	if (core->nr_named < MOST_NAMED)
		core->named[core->nr_named] = (struct named){ first, words };
	core->nr_named++;
}

void explore_state_value(unsigned int object)
{
	if (!core->following || core->unknown)
		return;
	name_change(object, 1);
	core->unsettled = true;
}

/* All of it lies in one area, as what one store changes does. */
void agent_log(const void *address, size_t bytes)
{
	uint32_t number;

	if (!core->following || core->unknown)
		return;
	core->unsettled = true;
	/* All that is live of it is compared when the step ends, and most of what is written there is dead by then. */
	if (core->self >= 0 && (uintptr_t)address - (uintptr_t)ARENA->stack[core->self] < STACK_BYTES)
		return;
	/* No part of the state, and it may be long: what a visitor writes down. */
	number = number_of(address);
	if (number && bytes)
		name_change(number, (uint32_t)(((uintptr_t)address % 8 + bytes + 7) / 8));
}

static inline void settle_word(const struct area *a, size_t i)
{
	uint64_t old = a->shadow[i], new = a->start[i];

	if (old == new)
		return;
	log_change(a->number + (uint32_t)i, old);
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

static inline void change_stack_word(uint64_t *word, uint64_t *shadow, uint64_t new)
{
	uint64_t old = *shadow;

	log_change(number_in_arena(word), old);
	move_print((uintptr_t)word, old, new);
	*shadow = new;
}

static void settle_stack_words(uint64_t *from, const uint64_t *end)
{
	uint64_t *shadow = shadow_in_arena(from);

	for (; from < end; from++, shadow++)
		if (*from != *shadow)
			change_stack_word(from, shadow, *from);
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
	uint64_t *top = (uint64_t *)(void *)stack_top(agent), *shadow;

	assert(now <= top && before <= top);
	explore_fiber_forget(now, (size_t)(top - now) * 8);
	if (before == now && !memcmp(now, shadow_in_arena(now), (size_t)(top - now) * 8))
		return;
	for (shadow = shadow_in_arena(before); before < now; before++, shadow++)
		change_stack_word(before, shadow, 0);
	settle_stack_words(now, top);
}

/* Words of a stack that somebody named. What is not live is no part of the state. */
static void settle_named_stack(uint64_t *word, size_t words)
{
	unsigned int agent = (unsigned int)agent_whose_stack(word);
	uint64_t *top = (uint64_t *)(void *)stack_top(agent), *end = words < (size_t)(top - word) ? word + words : top;
	uint64_t *live = agent < ARENA->record.nr_agents ? ARENA->record.agents[agent].stack : top;

	settle_stack_words(word < live ? live : word, end);
}

/* Few words mostly: one by one is faster than in pieces. */
static void settle_named(struct named n)
{
	const uint32_t stacks = number_in_arena(ARENA->stack);
	const struct area *a;

	if (n.first <= MAX_OBJECTS) {
		for (uint32_t i = 0; i < n.words; i++)
			settle_value(n.first + i);
	} else if (n.first - stacks < sizeof(ARENA->stack) / 8) {
		settle_named_stack((uint64_t *)(void *)ARENA->stack + (n.first - stacks), n.words);
	} else if ((a = area_with(n.first))) {
		size_t from = n.first - a->number, to = a->words - from < n.words ? a->words : from + n.words;

		for (size_t i = from; i < to; i++)
			settle_word(a, i);
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
	explore_log_empty();
	core->nr_named = 0;
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
	core->log.exchanged = 0;
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
 * there, so that it need not be counted again.
 */
uint64_t agent_mark(void)
{
	assert(core->self < 0);
	be_settled();
	return explore_log_mark(core->counted ? core->print : (struct agent_fingerprint){ 0, 0 });
}

/* The words are those of @mark by now. */
static void arrive_at(uint64_t mark)
{
	core->print = explore_log_print(mark);
	/* No state has 0 for its fingerprint. */
	core->counted = core->print.lo || core->print.hi;
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

/* What a look has done at the end of the log is taken back for good; within the log the world moves back or forth. */
void agent_look(uint64_t mark)
{
	uint64_t *stacks[AGENT_MAX_AGENTS];

	assert(core->self < 0 && core->following && explore_log_is_mark(mark));
	if (core->unsettled)
		settle(0);
	for (unsigned int i = 0; i < ARENA->record.nr_agents; i++)
		stacks[i] = ARENA->record.agents[i].stack;
	explore_log_go_to(mark);
	for (unsigned int i = 0; i < ARENA->record.nr_agents; i++)
		revive_stack(i, stacks[i]);
	arrive_at(mark);
}

void agent_undo(uint64_t mark)
{
	/* Often nothing was done since the mark was made. */
	if (!core->unsettled && explore_log_ends_with(mark))
		return;
	agent_look(mark);
	explore_log_cut(mark);
}

uint64_t agent_logged_bytes(void)
{
	return core->log.exchanged;
}
