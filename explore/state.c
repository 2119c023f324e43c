/* SPDX-License-Identifier: MIT */
/*
 * state.c - what the state of a world is: which words have changed, their fingerprint, and the way back.
 *
 * Beside each word of the state lies a shadow: what the word was when the last step ended. A change is a word that differs
 * from its shadow. Such words are found by looking at those that agent_log() has named, or, where nobody tells, at
 * all of them; the live stack of the agent that ran is looked at in any case. Each is written to the log with what it was, moves
 * the fingerprint, and becomes its own shadow. So a word may be named twice, or before or after the store.
 *
 * The fingerprint is the exclusive or of mix(address, word) over all words, where mix(address, 0) is 0: a word that becomes
 * part of the state as 0, for instance below a stack that grows, changes nothing. The shadow of dead stack is 0.
 * Values of objects count by the address of the object, since names depend on what was named first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "explore/core.h"
#include "explore/fiber.h"
#include "explore/memory.h"

enum {
	RECORD,
	HEAP,
	REGIONS,
	LARGE_PIECE = 128, /* words that are compared at once */
	SMALL_PIECE = 8,
	CLEARED = 512,		    /* bytes below a stack pointer */
	NOT_A_CHANGE = UINTPTR_MAX, /* .where of the two entries that a mark is */
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
	core->stack_shadow = map_at(NULL, sizeof(ARENA->stack));
	core->areas[RECORD] = (struct area){ .start = (uint64_t *)(void *)&ARENA->record,
					     .words = sizeof(ARENA->record) / 8,
					     .used = true };
	core->areas[HEAP] = (struct area){ .start = (uint64_t *)(void *)ARENA->heap, .used = true };
	core->areas[RECORD].shadow = map_at(NULL, sizeof(ARENA->record));
	core->areas[HEAP].shadow = map_at(NULL, HEAP_BYTES);
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

size_t explore_state_regions_size(void)
{
	size_t size = 0;

	for (unsigned int i = REGIONS; i < core->nr_areas; i++)
		size += core->areas[i].used ? core->areas[i].words * 8 : 0;
	return size;
}

unsigned char *explore_state_regions_save(unsigned char *to)
{
	for (unsigned int i = REGIONS; i < core->nr_areas; i++) {
		if (!core->areas[i].used)
			continue;
		memcpy(to, core->areas[i].start, core->areas[i].words * 8);
		to += core->areas[i].words * 8;
	}
	return to;
}

const unsigned char *explore_state_regions_restore(const unsigned char *from)
{
	for (unsigned int i = REGIONS; i < core->nr_areas; i++) {
		if (!core->areas[i].used)
			continue;
		memcpy(core->areas[i].start, from, core->areas[i].words * 8);
		from += core->areas[i].words * 8;
	}
	return from;
}

/* ---- the fingerprint ---- */

/* Bit n of a hidden byte as byte n of a word. */
static uint64_t hidden_bytes(uint8_t hidden)
{
	uint64_t spread = hidden * 0x0101010101010101ull & 0x8040201008040201ull;

	/* Each byte holds its own bit or nothing: move it to the top, and fill the byte with it. */
	spread = (spread + 0x00406070787c7e7full) & 0x8080808080808080ull;
	return (spread >> 7) * 0xff;
}

/*
 * Two numbers for a word that is not 0. @key is the address, mixed: so equal words at different addresses have nothing to do
 * with each other. The high half of a product depends on all bits, the low half is different for different words.
 */
static struct agent_fingerprint mix(uint64_t key, uint64_t word)
{
	uint64_t x = (word + key) * 0xd6e8feb86659fd93ull;
	unsigned __int128 product;

	x ^= x >> 32;
	product = (unsigned __int128)x * ((key ^ 0x94d049bb133111ebull) | 1);
	return (struct agent_fingerprint){ (uint64_t)(product >> 64) + x, (uint64_t)product };
}

static void move_print(uintptr_t where, uint64_t old, uint64_t new)
{
	uint64_t key = (where ^ where >> 15) * 0x9e3779b97f4a7c15ull;
	struct agent_fingerprint part;

	key ^= key >> 32;
	if (old) {
		part = mix(key, old);
		core->print.lo ^= part.lo;
		core->print.hi ^= part.hi;
	}
	if (new) {
		part = mix(key, new);
		core->print.lo ^= part.lo;
		core->print.hi ^= part.hi;
	}
}

/* What the value of an object counts as: bit 0 tells it from the memory that is there. */
static uintptr_t value_key(unsigned int object)
{
	return (uintptr_t)explore_object_address(object) | 1;
}

static uint64_t visible(const struct area *a, size_t word, uint64_t content)
{
	return a->hidden && a->hidden[word] ? content & ~hidden_bytes(a->hidden[word]) : content;
}

static void count_area(const struct area *a)
{
	for (size_t i = 0; i < a->words; i++)
		move_print((uintptr_t)(a->start + i), 0, visible(a, i, a->start[i]));
}

/* From everything there is, not from what has changed. */
static struct agent_fingerprint count_all(void)
{
	struct agent_fingerprint kept = core->print, counted;

	core->print = (struct agent_fingerprint){ 0, 0 };
	for (unsigned int i = 0; i < core->nr_areas; i++)
		if (core->areas[i].used)
			count_area(&core->areas[i]);
	for (unsigned int i = 0; i < ARENA->record.nr_agents; i++)
		for (uint64_t *w = ARENA->record.agents[i].stack; w < (uint64_t *)(void *)stack_top(i); w++)
			move_print((uintptr_t)w, 0, *w);
	for (unsigned int i = 1; i <= explore_objects(); i++)
		move_print(value_key(i), 0, (uint32_t)core->values[i]);
	counted = core->print;
	core->print = kept;
	return counted;
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
	if (!core->following)
		return;
	name_change(object);
	core->unsettled = true;
}

void agent_log(const void *address, size_t bytes)
{
	uintptr_t end = (uintptr_t)address + bytes;

	if (!core->following)
		return;
	core->unsettled = true;
	/* All that is live of it is compared when the step ends, and most of what is written there is dead by then. */
	if (core->self >= 0 && agent_whose_stack(address) == core->self)
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

static uint64_t *stack_shadow_of(const uint64_t *word)
{
	return core->stack_shadow + (word - (uint64_t *)(void *)ARENA->stack);
}

static void change_stack_word(uint64_t *word, uint64_t new)
{
	uint64_t *shadow = stack_shadow_of(word), old = *shadow;

	log_change((uintptr_t)word, old);
	move_print((uintptr_t)word, old, new);
	*shadow = new;
}

static void settle_stack_word(uint64_t *word)
{
	if (*word != *stack_shadow_of(word))
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

	explore_fiber_forget(now, (size_t)(top - now) * 8);
	if (before == now && !memcmp(now, stack_shadow_of(now), (size_t)(top - now) * 8))
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

/* ---- checks ---- */

static _Noreturn void untold(const void *word)
{
	fprintf(stderr, "explore: agent %d changed %p, and nobody told\n", core->self, word);
	abort();
}

static void expect_same(const uint64_t *now, const uint64_t *shadow, size_t words)
{
	if (!memcmp(now, shadow, words * 8))
		return;
	while (*now == *shadow) {
		now++;
		shadow++;
	}
	untold(now);
}

static void expect_print(const char *when)
{
	struct agent_fingerprint all = count_all();

	if (all.lo == core->print.lo && all.hi == core->print.hi)
		return;
	fprintf(stderr, "explore: the fingerprint is wrong after %s\n", when);
	abort();
}

static void expect_told(void)
{
	for (unsigned int i = 0; i < core->nr_areas; i++)
		if (core->areas[i].used)
			expect_same(core->areas[i].start, core->areas[i].shadow, core->areas[i].words);
	for (unsigned int i = 0; i < ARENA->record.nr_agents; i++) {
		uint64_t *sp = ARENA->record.agents[i].stack;
		size_t words = (size_t)((uint64_t *)(void *)stack_top(i) - sp);

		explore_fiber_forget(sp, words * 8);
		expect_same(sp, stack_shadow_of(sp), words);
	}
}

/* ---- steps ---- */

static void settle(int agent, bool compare)
{
	core->areas[HEAP].words = ARENA->record.heap_used / 8;
	compare |= core->nr_named > MOST_NAMED;
	for (size_t i = 0; i < core->nr_named && i < MOST_NAMED; i++)
		settle_named(core->named[i]);
	for (unsigned int i = 1; i <= explore_objects() && core->nr_named > MOST_NAMED; i++)
		settle_value(i);
	core->nr_named = 0;
	if (agent >= 0)
		settle_stack((unsigned int)agent);
	for (unsigned int i = HEAP; i < core->nr_areas && compare; i++)
		if (core->areas[i].used)
			settle_area(&core->areas[i]);
	for (unsigned int i = 0; i < ARENA->record.nr_agents && compare; i++)
		if ((int)i != agent)
			settle_stack(i);
	settle_area(&core->areas[RECORD]);
	core->unsettled = false;
	if (core->paranoid) {
		expect_told();
		expect_print("a step");
	}
}

void explore_state_settle(int agent)
{
	if (core->following)
		settle(agent, !core->hooked);
}

void explore_state_settle_unknown(void)
{
	if (core->following)
		settle(-1, true);
}

void explore_state_clear_below(unsigned int agent, void *stack)
{
	unsigned char *end = stack, *lowest = ARENA->stack[agent] + sizeof(uint64_t);

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
		memset(stack_shadow_of((uint64_t *)(void *)ARENA->stack[i]), 0, STACK_BYTES);
		memcpy(stack_shadow_of(sp), sp, live);
	}
	memcpy(core->value_shadow, core->values, (explore_objects() + 1) * sizeof(core->values[0]));
	core->print = count_all();
	core->length = core->nr_named = 0;
	core->following = true;
	core->unsettled = false;
}

static void be_settled(void)
{
	if (!core->following)
		follow();
	else if (core->unsettled)
		explore_state_settle(-1);
}

void explore_state_lose(void)
{
	core->following = false;
}

void explore_state_reset(void)
{
	explore_state_lose();
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
	return core->print;
}

uint64_t agent_mark(void)
{
	uint64_t mark;

	assert(core->self < 0);
	be_settled();
	mark = core->length;
	log_change(NOT_A_CHANGE, core->print.lo);
	log_change(NOT_A_CHANGE, core->print.hi);
	return mark;
}

static void undo_change(const struct change *c)
{
	if (c->where <= MAX_OBJECTS) {
		core->values[c->where] = core->value_shadow[c->where] = (int32_t)(uint32_t)c->old;
		return;
	}
	*(uint64_t *)c->where = c->old;
	if (c->where - (uintptr_t)ARENA->stack < sizeof(ARENA->stack)) {
		*stack_shadow_of((uint64_t *)c->where) = c->old;
	} else {
		const struct area *a = c->where - (uintptr_t)&ARENA->record < sizeof(ARENA->record)
					       ? &core->areas[RECORD]
					       : area_of(c->where);

		a->shadow[(c->where - (uintptr_t)a->start) / 8] = c->old;
	}
}

void agent_undo(uint64_t mark)
{
	const struct change *at = &core->log[mark];

	assert(core->self < 0 && core->following && mark + 2 <= core->length && at->where == NOT_A_CHANGE);
	if (core->unsettled)
		explore_state_settle(-1);
	at = &core->log[mark];
	while (core->length > mark + 2) {
		const struct change *c = &core->log[--core->length];

		if (c->where == NOT_A_CHANGE)
			continue;
		core->logged += sizeof(*c);
		undo_change(c);
	}
	core->print = (struct agent_fingerprint){ at[0].old, at[1].old };
	if (core->paranoid) {
		expect_told();
		expect_print("a return");
	}
}

uint64_t agent_logged_bytes(void)
{
	return core->logged;
}
