/* SPDX-License-Identifier: MIT */
/* delays.c - what follows what in the programs of agents, as far as a search has seen; see delays.h. cycles.c looks for cycles in it. */
#include "machine/model/delays.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <explore/agent.h>

#include "machine/model/cycles.h"
#include "machine/model/event.h"
#include "machine/model/model.h"

/* At one address in every process, as that of shared.c is, and for the same reason. */
static struct delays_noted *all(void)
{
	struct delays_noted *noted = model_telling()->noted;

	if (noted)
		return noted;
	noted = mmap((void *)0x240000000000ull, sizeof(*noted), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (noted == MAP_FAILED) {
		fprintf(stderr, "shootdown: no room for what is learned of the order of accesses\n");
		exit(2);
	}
	model_telling()->noted = noted;
	return noted;
}

void delays_forget(void)
{
	if (model_telling()->noted)
		munmap(model_telling()->noted, sizeof(struct delays_noted));
	model_telling()->noted = NULL;
}

uint64_t *delays_noted(void)
{
	return (uint64_t *)(void *)all();
}

/* ---- numbers ---- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ b * UINT64_C(0xc2b2ae3d27d4eb4f)) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 32) * UINT64_C(0xbf58476d1ce4e5b9);
	return x ^ x >> 29;
}

/* All but the word and the site, in 56 bits. */
static uint64_t packed(const struct delays_at *at)
{
	return at->bytes | (uint64_t)at->agent << 8 | (uint64_t)at->cpu << 16 | (uint64_t)at->kind << 24 |
	       (uint64_t)at->order << 40 | (uint64_t)at->note << 48;
}

struct delays_at delays_unpacked(const struct delays_node *node)
{
	return (struct delays_at){
		.word = (uintptr_t)(node->word & UINT64_C(0xffffffffffff)),
		.bytes = (uint8_t)node->rest,
		.agent = (uint8_t)(node->rest >> 8),
		.cpu = (uint8_t)(node->rest >> 16),
		.kind = (uint16_t)(node->rest >> 24),
		.order = (uint8_t)(node->rest >> 40),
		.note = (uint8_t)(node->rest >> 48),
	};
}

/* ---- noting ---- */

/* Claimed by its key; whoever else comes with the same one writes the same. Looked at first: nearly always it is there. */
static unsigned int place_of(const struct delays_node *node)
{
	struct delays_node *nodes = all()->node;

	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		struct delays_node *slot = &nodes[(node->key + i) % DELAYS_NODES];
		uint64_t key = __atomic_load_n(&slot->key, __ATOMIC_RELAXED);

		if (!key && __atomic_compare_exchange_n(&slot->key, &key, node->key, false, __ATOMIC_RELAXED,
							__ATOMIC_RELAXED)) {
			slot->word = node->word;
			slot->rest = node->rest;
			slot->live = node->live;
			return (unsigned int)(slot - nodes);
		}
		if (key == node->key)
			return (unsigned int)(slot - nodes);
	}
	agent_too_big("places in the program that access shared words", DELAYS_NODES);
}

uint64_t delays_node(const struct delays_at *at)
{
	struct delays_node node = { .word = at->word, .rest = packed(at) };

	node.key = mix(mix(at->site, at->word), node.rest) | 1;
	place_of(&node);
	return node.key;
}

unsigned int delays_place(uint64_t node)
{
	return place_of(&(struct delays_node){ .key = node });
}

static void add_lacked(unsigned int place, uint64_t locks)
{
	uint64_t *lacked = &all()->node[place].lacked;

	if (locks & ~__atomic_load_n(lacked, __ATOMIC_RELAXED))
		__atomic_fetch_or(lacked, locks, __ATOMIC_RELAXED);
}

void delays_lacks(uint64_t node, uint64_t locks)
{
	add_lacked(delays_place(node), locks);
}

static void put_edge(uint64_t from, uint64_t to)
{
	uint64_t edge = 1 + (from << 16 | to), *edges = all()->edge;

	assert(from < DELAYS_NODES && to < DELAYS_NODES);
	for (unsigned int i = 0; i < DELAYS_EDGES; i++) {
		uint64_t *slot = &edges[(mix(from, to) + i) % DELAYS_EDGES],
			 there = __atomic_load_n(slot, __ATOMIC_RELAXED);

		if (there == edge)
			return;
		if (!there &&
		    (__atomic_compare_exchange_n(slot, &there, edge, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
		     there == edge))
			return;
	}
	agent_too_big("ways from one access of the program to the next", DELAYS_EDGES);
}

void delays_follows(uint64_t from, uint64_t to)
{
	const struct delays_node *nodes = all()->node;
	unsigned int first, second;

	if (!from || !to)
		return;
	first = place_of(&(struct delays_node){ .key = from });
	second = place_of(&(struct delays_node){ .key = to });
	if (delays_unpacked(&nodes[first]).agent == delays_unpacked(&nodes[second]).agent)
		put_edge(first, second);
}

void delays_unhooks(void)
{
	__atomic_store_n(&all()->unhooked, 1, __ATOMIC_RELAXED);
}

void delays_merge(const uint64_t *words)
{
	const struct delays_noted *other = (const void *)words;

	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (other->node[i].key)
			add_lacked(place_of(&other->node[i]), other->node[i].lacked);
	}
	for (unsigned int i = 0; i < DELAYS_EDGES; i++) {
		uint64_t edge = other->edge[i] - 1;

		if (other->edge[i])
			put_edge(place_of(&other->node[edge >> 16]), place_of(&other->node[edge & 0xffff]));
	}
	all()->live_of = other->live_of;
	if (other->unhooked)
		delays_unhooks();
}

/* ---- learning ---- */

static uint64_t number_of(const struct delays_words *words)
{
	uint64_t number = words->nr;

	for (unsigned int i = 0; i < words->nr && i < WEAK_PLACES; i++) {
		const struct delays_word *word = &words->word[i];

		number = mix(mix(number, word->start), word->late | (uint64_t)word->old << 16);
	}
	return number | 1;
}

/* The word that the access may read old, as a bit; 0: none. */
static uint64_t read_old(const struct delays_words *words, const struct delays_at *at)
{
	for (unsigned int i = 0; reads(at) && !writes(at) && at->bytes && i < words->nr; i++) {
		const struct delays_word *word = &words->word[i];

		if (at->word >= word->start && at->word < word->start + word->bytes)
			return (uint64_t)(word->old >> at->cpu & 1) << i;
	}
	return 0;
}

void delays_list_edges(const struct delays_noted *noted, struct delays_edges *edges)
{
	edges->nr = 0;
	for (unsigned int i = 0; i < DELAYS_EDGES; i++) {
		uint64_t edge = noted->edge[i] - 1;

		if (noted->edge[i])
			edges->list[edges->nr++] = (struct delays_edge){ (uint16_t)(edge >> 16), (uint16_t)edge };
	}
}

/* Against each edge, until nothing changes. More words than there is room for are none: that ends the search. */
static void find_live(const struct delays_words *words, uint64_t *live)
{
	bool changed = words->nr <= WEAK_PLACES;
	struct delays_edges edges;

	delays_list_edges(all(), &edges);
	memset(live, 0, DELAYS_NODES * sizeof(*live));
	for (unsigned int i = 0; changed && i < DELAYS_NODES; i++) {
		const struct delays_at at = delays_unpacked(&all()->node[i]);

		if (all()->node[i].key)
			live[i] = read_old(words, &at);
	}
	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < edges.nr; i++)
			changed |= join(&live[edges.list[i].from], &live[edges.list[i].to], 1);
	}
}

bool delays_unhooked(const struct delays_words *words)
{
	return !words->refills && __atomic_load_n(&all()->unhooked, __ATOMIC_RELAXED);
}

bool delays_learn_live(const struct delays_words *words)
{
	uint64_t live[DELAYS_NODES];
	bool more = false;

	find_live(words, live);
	/* No node has lost anything, so what is new is what it did not have. */
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		more |= (live[i] & ~all()->node[i].live) != 0;
		all()->node[i].live = live[i];
	}
	all()->live_of = number_of(words);
	return more;
}

bool delays_learn(struct delays_words *words, bool in_order)
{
	struct delays_words now = { .refills = words->refills };
	bool changed, known = delays_know_live(words);

	/* What was noted is of steps between which others will stand now. */
	if (delays_unhooked(words)) {
		words->refills = 1;
		delays_forget();
		return true;
	}
	if (model_config()->memory == MODEL_SC)
		return false;
	cycles_find(all(), words, in_order, &now);
	changed = memcmp(words, &now, sizeof(now)) != 0;
	*words = now;
	/* Where it was not known, it was taken to be everything. */
	return (delays_learn_live(words) && known) || changed;
}

bool delays_know_live(const struct delays_words *words)
{
	return all()->live_of == number_of(words);
}

uint64_t delays_live(uint64_t node)
{
	return all()->node[place_of(&(struct delays_node){ .key = node })].live;
}

uint64_t delays_live_from_start(unsigned int agent)
{
	uint64_t live = 0;

	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		const struct delays_node *node = &all()->node[i];

		if (node->key && delays_unpacked(node).agent == agent)
			live |= node->live;
	}
	return live;
}
