/* SPDX-License-Identifier: MIT */
/*
 * object.c - names of objects: small numbers for addresses, given out at first use.
 *
 * Names may be part of a state, so processes that share one search share the names too: the table is lock-free, a name is
 * taken from a counter and then offered for its address. Of two processes that name one address at once one is too late,
 * and takes the other's; its number is lost.
 */
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "explore/core.h"
#include "explore/memory.h"

enum {
	TABLE_BITS = 17, /* twice as many as there are names */
	NAME_BITS = 16,
};

/* An address below 2^48 and a name in each entry; 0 is free. */
struct names {
	_Atomic uint32_t used;
	_Atomic uint64_t address[MAX_OBJECTS + 1];
	_Atomic uint64_t table[1u << TABLE_BITS];
};

static struct core *const core = &explore_core;

static struct names *map(int how)
{
	void *memory = mmap(NULL, sizeof(struct names), PROT_READ | PROT_WRITE, how | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		explore_out_of_memory();
	return memory;
}

void explore_objects_open(void)
{
	if (!core->names)
		core->names = map(MAP_PRIVATE);
}

void explore_objects_forget(void)
{
	if (!core->names->used)
		return;
	/* .address is left as it is: it is written again before a name is used. */
	core->names->used = 0;
	memset((void *)core->names->table, 0, sizeof(core->names->table));
}

static void move_to(int how)
{
	struct names *old = core->names, *new = map(how);

	assert(old);
	memcpy(new, old, sizeof(*new));
	munmap(old, sizeof(*old));
	core->names = new;
}

/* To private memory as well, when the others have ended: names that they have given out may be in states that are kept. */
void explore_objects_share(bool shared)
{
	move_to(shared ? MAP_SHARED : MAP_PRIVATE);
}

/* The counter runs past the end when too many are asked for. */
unsigned int explore_objects(void)
{
	return core->names->used < MAX_OBJECTS ? core->names->used : MAX_OBJECTS;
}

const void *explore_object_address(unsigned int object)
{
	assert(object && object <= explore_objects());
	return (const void *)(uintptr_t)core->names->address[object];
}

bool agent_is_object(const void *address)
{
	return in_arena(address) || explore_state_region_has(address);
}

/* -1: it is on none of them. */
int agent_whose_stack(const void *address)
{
	return agent_is_on_stack(address) ? (int)(((uintptr_t)address - (uintptr_t)ARENA->stack) / STACK_BYTES) : -1;
}

bool agent_is_on_stack(const void *address)
{
	return (uintptr_t)address - (uintptr_t)ARENA->stack < sizeof(ARENA->stack);
}

/* Where the word begins that an address is the name of. */
static uint64_t key_of(const void *address)
{
	uintptr_t place = (uintptr_t)address;

	/*
	 * Words of eight bytes on stacks, as the core compares them; of four elsewhere, since two
	 * fields that are neighbours in one word are two objects.
	 */
	if (agent_is_on_stack(address))
		return place & ~(uintptr_t)7;
	if (!agent_is_object(address))
		explore_core_panic("an object outside the arena");
	return place & ~(uintptr_t)3;
}

/* In the table. */
static unsigned int first_place(uint64_t key)
{
	return (unsigned int)(key * 0x9e3779b97f4a7c15ull >> (64 - TABLE_BITS));
}

static uint16_t new_name(uint64_t key)
{
	uint32_t name = 1 + atomic_fetch_add_explicit(&core->names->used, 1, memory_order_relaxed);

	/* What is above is the name's in an entry. */
	assert(key && key >> (64 - NAME_BITS) == 0);
	if (name > MAX_OBJECTS)
		agent_too_big("shared objects", MAX_OBJECTS);
	/* Relaxed: the name is published by the exchange in the table, behind this. */
	atomic_store_explicit(&core->names->address[name], key, memory_order_relaxed);
	return (uint16_t)name;
}

/*
 * Entries are never taken out while the table is in use, so a search that meets a free one has seen
 * all that could be there; and never changed, so a name once found stays.
 */
uint16_t agent_object(const void *address)
{
	uint64_t key = key_of(address), entry;
	unsigned int at = first_place(key);

	for (;; at = (at + 1) & ((1u << TABLE_BITS) - 1)) {
		entry = atomic_load_explicit(&core->names->table[at], memory_order_acquire);
		if (!entry) {
			uint64_t offered = key << NAME_BITS | new_name(key);

			if (atomic_compare_exchange_strong(&core->names->table[at], &entry, offered))
				entry = offered;
		}
		if (entry >> NAME_BITS == key)
			return (uint16_t)entry;
	}
}

/*
 * Of two processes that named one address at once the later one's number is lost: it has an address, and the table says
 * another name for it. Addresses of names are multiples of four, so bit 0 is free to say that.
 */
uint64_t explore_objects_key(unsigned int object)
{
	uint64_t key = core->names->address[object];
	unsigned int at = first_place(key);

	assert(object && object <= explore_objects());
	while (core->names->table[at] >> NAME_BITS != key)
		at = (at + 1) & ((1u << TABLE_BITS) - 1);
	return key | ((uint16_t)core->names->table[at] != object);
}

/* Numbers that were lost are lost again, so that all others are the same. Nobody else uses the table meanwhile. */
void explore_objects_name(const uint64_t *keys, unsigned int nr)
{
	assert(nr <= MAX_OBJECTS);
	explore_objects_forget();
	core->names->used = nr;
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t key = keys[i] & ~1ull;
		unsigned int at = first_place(key);

		assert(key && key >> (64 - NAME_BITS) == 0);
		core->names->address[i + 1] = key;
		if (keys[i] & 1)
			continue;
		while (core->names->table[at])
			at = (at + 1) & ((1u << TABLE_BITS) - 1);
		core->names->table[at] = key << NAME_BITS | (i + 1);
	}
}
