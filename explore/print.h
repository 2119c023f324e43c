/* SPDX-License-Identifier: MIT */
/* print.h - what one word of memory counts for in the fingerprint of a state. */
#ifndef EXPLORE_PRINT_H
#define EXPLORE_PRINT_H

#include <stdint.h>

#include "explore/agent.h"

/* Bit n of a hidden byte as byte n of a word. */
static inline uint64_t explore_print_hidden(uint8_t hidden)
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
static inline struct agent_fingerprint explore_print_mix(uint64_t key, uint64_t word)
{
	uint64_t x = (word + key) * 0xd6e8feb86659fd93ull;
	unsigned __int128 product;

	x ^= x >> 32;
	product = (unsigned __int128)x * ((key ^ 0x94d049bb133111ebull) | 1);
	return (struct agent_fingerprint){ (uint64_t)(product >> 64) + x, (uint64_t)product };
}

/* Of an address: neighbours have keys that have nothing to do with each other. */
static inline uint64_t explore_print_key(uintptr_t where)
{
	uint64_t key = (where ^ where >> 15) * 0x9e3779b97f4a7c15ull;

	return key ^ key >> 32;
}

#endif
