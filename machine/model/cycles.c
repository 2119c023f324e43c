/* SPDX-License-Identifier: MIT */
/*
 * cycles.c - critical cycles among all accesses that a search has seen (delays.h).
 *
 * 1. Words: what several CPUs access and one writes. Accesses of different parts of the same bytes are accesses of one fixed word.
 * 2. Behind each access: what may have come before it and is not kept in front of it, by going along what is noted until nothing changes.
 *    An agent that shares its CPU with others may find anything of theirs before it; who holds the others up finds it where it begins.
 * 3. A pair that is not kept in order is critical if a way leads from its second access back to its first: over accesses of two CPUs to one
 *    word of which one writes, and over program order of other CPUs.
 *
 * What waits for a word until it is what it has to be cannot tell a late store to it from a slow CPU. So a word that is
 * read by who waits alone, as those of locks are, does not begin a critical pair.
 */
#include "machine/model/cycles.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/model/views.h"

enum {
	CPUS = WEAK_CPUS,
	AGENTS = 256,
	NO_WORD = -1,
};

struct word {
	uint64_t start, end;
	uint8_t readers, writers; /* CPUs, one bit each */
	bool fixed, waited_for, looked_at, weak;
};

/* What may stand before an access; sets of words. */
enum since {
	STORED,
	STORED_ORDERED, /* ... by who ordered loads wait for */
	UNFENCED,	/* ... behind the last store fence */
	LOADED,
	READ_EVER,
	WRITTEN_EVER,
	SINCE,
};

struct find {
	const struct delays_noted *noted;
	bool in_order;
	struct word *words;
	unsigned int nr_words, stride; /* of a set, in words of 64 bits */
	struct delays_at at[DELAYS_NODES];
	int word_of[DELAYS_NODES];
	uint64_t *in[SINCE];	  /* by node */
	uint64_t *made[SINCE];	  /* by agent: each of its accesses, as if nothing came behind it */
	uint64_t *pairs[CPUS][3]; /* by first word: what may overtake it. Store and load, two stores, two loads */
	uint64_t *followed[CPUS]; /* by first access, a set of twice as many: 2 * word + writes */
	uint64_t *reach[CPUS];	  /* of one search */
	uint8_t cpu_of[AGENTS];
	bool used[AGENTS], has_entry[AGENTS];
};

/* All zero. */
static void *make(size_t count, size_t size)
{
	void *made = calloc(count, size);

	if (!made) {
		fprintf(stderr, "shootdown: no room to look for cycles\n");
		exit(2);
	}
	return made;
}

/* ---- sets ---- */

static bool has(const uint64_t *set, unsigned int bit)
{
	return set[bit / 64] >> bit % 64 & 1;
}

static void put(uint64_t *set, unsigned int bit)
{
	set[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool join(uint64_t *set, const uint64_t *more, unsigned int words)
{
	uint64_t new = 0;

	for (unsigned int i = 0; i < words; i++) {
		new |= more[i] & ~set[i];
		set[i] |= more[i];
	}
	return new;
}

static void clear(uint64_t *set, unsigned int words)
{
	memset(set, 0, words * sizeof(*set));
}

/* ---- words ---- */

static int by_start(const void *a, const void *b)
{
	const struct word *one = a, *other = b;

	return one->start < other->start ? -1 : one->start > other->start;
}

/* A word that is accessed as a whole and in parts is one, and fixed. */
static void merge_words(struct find *f, unsigned int n)
{
	qsort(f->words, n, sizeof(*f->words), by_start);
	for (unsigned int i = 0; i < n; i++) {
		struct word *last = f->nr_words ? &f->words[f->nr_words - 1] : NULL, next = f->words[i];

		if (!last || next.start >= last->end) {
			f->words[f->nr_words++] = next;
			continue;
		}
		last->fixed |= next.fixed || next.start != last->start || next.end != last->end;
		last->end = next.end > last->end ? next.end : last->end;
		last->readers |= next.readers;
		last->writers |= next.writers;
		last->waited_for |= next.waited_for;
		last->looked_at |= next.looked_at;
	}
}

/* Who looks at a lock without waiting for it can tell that it is still taken. */
static struct word word_at(const struct delays_at *at)
{
	bool reads = at->kind & DELAYS_READS, writes = at->kind & DELAYS_WRITES;

	assert(at->cpu < CPUS);
	return (struct word){
		.start = at->word,
		.end = at->word + at->bytes,
		.readers = (uint8_t)(reads << at->cpu),
		.writers = (uint8_t)(writes << at->cpu),
		.fixed = at->kind & DELAYS_FIXED,
		.waited_for = at->kind & DELAYS_WAITS,
		.looked_at = !(at->kind & DELAYS_WAITS) && reads && (!writes || at->order & VIEW_ACQUIRE),
	};
}

static bool is_shared(const struct word *word)
{
	uint8_t cpus = word->readers | word->writers;

	return word->writers && cpus & (cpus - 1);
}

static void find_words(struct find *f)
{
	unsigned int n = 0, shared = 0;

	f->words = make(DELAYS_NODES, sizeof(*f->words));
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (!f->noted->node[i].key)
			continue;
		f->at[i] = delays_unpacked(&f->noted->node[i]);
		f->used[f->at[i].agent] = true;
		f->cpu_of[f->at[i].agent] = f->at[i].cpu;
		f->has_entry[f->at[i].agent] |= (f->at[i].kind & DELAYS_ENTRY) != 0;
		if (f->at[i].word)
			f->words[n++] = word_at(&f->at[i]);
	}
	merge_words(f, n);
	for (unsigned int i = 0; i < f->nr_words; i++) {
		if (is_shared(&f->words[i]))
			f->words[shared++] = f->words[i];
	}
	f->nr_words = shared;
	f->stride = (2 * shared + 63) / 64;
}

static int find_word(const struct find *f, const struct delays_at *at)
{
	for (unsigned int i = 0; at->word && i < f->nr_words; i++) {
		if (at->word >= f->words[i].start && at->word < f->words[i].end)
			return (int)i;
	}
	return NO_WORD;
}

/* ---- what stands before what ---- */

static uint64_t *set_of(const struct find *f, uint64_t *sets, unsigned int nr)
{
	return sets + (size_t)nr * f->stride;
}

/* Locked instructions of a machine in order wait for all stores, and so does what releases by changing a word (view_may_change()). */
static bool lets_all_leave(const struct find *f, const struct delays_at *at)
{
	bool reads = at->kind & DELAYS_READS, writes = at->kind & DELAYS_WRITES;

	if (at->kind & DELAYS_LEAVE || (at->kind & DELAYS_FENCE && at->order & VIEW_ORDERED))
		return true;
	if (!writes)
		return false;
	if (f->in_order)
		return reads || at->order & VIEW_ORDERED || at->kind & DELAYS_FIXED;
	return at->order & VIEW_RELEASE && (reads || at->kind & DELAYS_FIXED);
}

/* What is fixed has left at once. */
static void add_access(const struct find *f, const struct delays_at *at, unsigned int word, uint64_t *const *since)
{
	bool reads = at->kind & DELAYS_READS, writes = at->kind & DELAYS_WRITES;
	bool late = writes && !(at->kind & DELAYS_FIXED) && !f->words[word].fixed &&
		    !(f->in_order && (reads || at->order & VIEW_ORDERED));

	if (reads)
		put(since[READ_EVER], word);
	if (writes)
		put(since[WRITTEN_EVER], word);
	if (reads && !(at->order & VIEW_ACQUIRE))
		put(since[LOADED], word);
	if (!late)
		return;
	put(since[UNFENCED], word);
	put(since[at->order & VIEW_ORDERED ? STORED_ORDERED : STORED], word);
}

/* From what stands before @node to what stands behind it, in place. */
static void pass(const struct find *f, unsigned int node, uint64_t *const *since)
{
	const struct delays_at *at = &f->at[node];
	bool fence = at->kind & DELAYS_FENCE;

	if (lets_all_leave(f, at)) {
		clear(since[STORED], f->stride);
		clear(since[STORED_ORDERED], f->stride);
		clear(since[UNFENCED], f->stride);
	}
	if (fence && at->order & (VIEW_ACQUIRE | VIEW_ORDERED))
		clear(since[LOADED], f->stride);
	if (fence && at->order & VIEW_RELEASE)
		clear(since[UNFENCED], f->stride);
	if (f->word_of[node] != NO_WORD)
		add_access(f, at, (unsigned int)f->word_of[node], since);
}

static void collect_made(struct find *f)
{
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		uint64_t *since[SINCE];

		if (!f->noted->node[i].key || f->word_of[i] == NO_WORD)
			continue;
		for (unsigned int s = 0; s < SINCE; s++)
			since[s] = set_of(f, f->made[s], f->at[i].agent);
		add_access(f, &f->at[i], (unsigned int)f->word_of[i], since);
	}
}

/* Other agents of the CPU may come in between anywhere; but in between of who holds them up only where it begins. */
static void mix_agents(struct find *f)
{
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		const struct delays_at *at = &f->at[i];

		if (!f->noted->node[i].key || (f->has_entry[at->agent] && !(at->kind & DELAYS_ENTRY)))
			continue;
		for (unsigned int other = 0; other < AGENTS; other++) {
			for (unsigned int s = 0;
			     f->used[other] && other != at->agent && f->cpu_of[other] == at->cpu && s < SINCE; s++)
				join(set_of(f, f->in[s], i), set_of(f, f->made[s], other), f->stride);
		}
	}
}

/* Along each edge, until nothing changes: sets only grow. */
static void flow(struct find *f)
{
	uint64_t *since[SINCE];
	bool changed = true;

	for (unsigned int s = 0; s < SINCE; s++)
		since[s] = make(f->stride, sizeof(uint64_t));
	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < DELAYS_EDGES; i++) {
			uint64_t edge = f->noted->edge[i] - 1;
			unsigned int from = (unsigned int)(edge >> 16), to = edge & 0xffff;

			if (!f->noted->edge[i])
				continue;
			for (unsigned int s = 0; s < SINCE; s++)
				memcpy(since[s], set_of(f, f->in[s], from), f->stride * sizeof(uint64_t));
			pass(f, from, since);
			for (unsigned int s = 0; s < SINCE; s++)
				changed |= join(set_of(f, f->in[s], to), since[s], f->stride);
		}
	}
	for (unsigned int s = 0; s < SINCE; s++)
		free(since[s]);
}

/* ---- pairs ---- */

static void note_pairs(struct find *f, uint64_t *pairs, const uint64_t *first, unsigned int second)
{
	for (unsigned int word = 0; word < f->nr_words; word++) {
		if (word != second && has(first, word))
			put(set_of(f, pairs, word), second);
	}
}

/*
 * What the machine does not keep in order: a store and a load behind it, two stores, two loads; never a load and a store behind it. Where
 * memory is in order only the first is left.
 */
static void note_unordered(struct find *f, unsigned int node)
{
	const struct delays_at *at = &f->at[node];
	uint64_t **pairs = f->pairs[at->cpu];
	unsigned int word = (unsigned int)f->word_of[node];
	bool reads = at->kind & DELAYS_READS, ordered = at->order & VIEW_ORDERED && at->order & VIEW_ACQUIRE;

	if (lets_all_leave(f, at) && reads)
		reads = !f->in_order && !(at->order & VIEW_RELEASE);
	if (reads) {
		note_pairs(f, pairs[0], set_of(f, f->in[STORED], node), word);
		if (!ordered)
			note_pairs(f, pairs[0], set_of(f, f->in[STORED_ORDERED], node), word);
	}
	if (f->in_order)
		return;
	if (at->kind & DELAYS_WRITES && !(at->order & VIEW_RELEASE))
		note_pairs(f, pairs[1], set_of(f, f->in[UNFENCED], node), word);
	if (at->kind & DELAYS_READS)
		note_pairs(f, pairs[2], set_of(f, f->in[LOADED], node), word);
}

static void note_order(struct find *f, unsigned int node)
{
	const struct delays_at *at = &f->at[node];
	unsigned int word = (unsigned int)f->word_of[node];

	for (unsigned int first = 0; first < 2 * f->nr_words; first++) {
		if (!has(set_of(f, f->in[first % 2 ? WRITTEN_EVER : READ_EVER], node), first / 2))
			continue;
		if (at->kind & DELAYS_READS)
			put(set_of(f, f->followed[at->cpu], first), 2 * word);
		if (at->kind & DELAYS_WRITES)
			put(set_of(f, f->followed[at->cpu], first), 2 * word + 1);
	}
}

/* ---- cycles ---- */

static bool accesses(const struct find *f, unsigned int cpu, unsigned int access)
{
	const struct word *word = &f->words[access / 2];

	return (access % 2 ? word->writers : word->readers) >> cpu & 1;
}

static bool reach_conflicts(struct find *f, unsigned int cpu, unsigned int access)
{
	bool new = false;

	for (unsigned int other = 0; other < CPUS; other++) {
		for (unsigned int to = access & ~1u; to <= (access | 1); to++) {
			if (other == cpu || !(to % 2 || access % 2) || !accesses(f, other, to) ||
			    has(f->reach[other], to))
				continue;
			put(f->reach[other], to);
			new = true;
		}
	}
	return new;
}

/* Where ways lead to that leave @cpu behind its access @second. On @cpu itself no way goes on in program order. */
static void search_from(struct find *f, unsigned int cpu, unsigned int second)
{
	bool changed = reach_conflicts(f, cpu, second);

	while (changed) {
		changed = false;
		for (unsigned int c = 0; c < CPUS; c++) {
			for (unsigned int access = 0; access < 2 * f->nr_words; access++) {
				if (!has(f->reach[c], access))
					continue;
				if (c != cpu)
					changed |= join(f->reach[c], set_of(f, f->followed[c], access), f->stride);
				changed |= reach_conflicts(f, c, access);
			}
		}
	}
}

static bool is_lock(const struct word *word)
{
	return word->waited_for && !word->looked_at;
}

/* A store is late for what is behind it; of two loads the second is early, so it reads what is old. */
static void judge(struct find *f, unsigned int cpu, unsigned int second, bool writes)
{
	bool searched = false;

	for (unsigned int first = 0; first < f->nr_words; first++) {
		bool store = has(set_of(f, f->pairs[cpu][writes ? 1 : 0], first), second) && !is_lock(&f->words[first]);
		bool load = !writes && has(set_of(f, f->pairs[cpu][2], first), second) && !is_lock(&f->words[second]);

		if (!store && !load)
			continue;
		if (!searched) {
			for (unsigned int c = 0; c < CPUS; c++)
				clear(f->reach[c], f->stride);
			search_from(f, cpu, 2 * second + writes);
			searched = true;
		}
		if (store && has(f->reach[cpu], 2 * first + 1))
			f->words[first].weak = true;
		if (load && has(f->reach[cpu], 2 * first))
			f->words[second].weak = true;
	}
}

/* ---- all of it ---- */

static void make_sets(struct find *f)
{
	for (unsigned int s = 0; s < SINCE; s++) {
		f->in[s] = make((size_t)DELAYS_NODES * f->stride, sizeof(uint64_t));
		f->made[s] = make((size_t)AGENTS * f->stride, sizeof(uint64_t));
	}
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		for (unsigned int kind = 0; kind < 3; kind++)
			f->pairs[cpu][kind] = make((size_t)f->nr_words * f->stride, sizeof(uint64_t));
		f->followed[cpu] = make(2 * (size_t)f->nr_words * f->stride, sizeof(uint64_t));
		f->reach[cpu] = make(f->stride, sizeof(uint64_t));
	}
}

static void free_sets(struct find *f)
{
	for (unsigned int s = 0; s < SINCE; s++) {
		free(f->in[s]);
		free(f->made[s]);
	}
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		for (unsigned int kind = 0; kind < 3; kind++)
			free(f->pairs[cpu][kind]);
		free(f->followed[cpu]);
		free(f->reach[cpu]);
	}
}

static void find_weak(struct find *f)
{
	make_sets(f);
	for (unsigned int i = 0; i < DELAYS_NODES; i++)
		f->word_of[i] = f->noted->node[i].key ? find_word(f, &f->at[i]) : NO_WORD;
	collect_made(f);
	mix_agents(f);
	flow(f);
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (f->word_of[i] == NO_WORD)
			continue;
		note_unordered(f, i);
		note_order(f, i);
	}
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		for (unsigned int word = 0; word < f->nr_words; word++) {
			judge(f, cpu, word, false);
			judge(f, cpu, word, true);
		}
	}
	free_sets(f);
}

/* What was weak once stays so, that a search which learns comes to an end. */
static void keep_weak(struct find *f, const struct delays_words *before)
{
	for (unsigned int i = 0; i < before->nr && i < WEAK_PLACES; i++) {
		for (unsigned int word = 0; before->word[i].weak && word < f->nr_words; word++)
			f->words[word].weak |= f->words[word].start == before->word[i].start;
	}
}

/* Only what can be late or old is told apart, and what is ordered with it. */
static void tell_words(const struct find *f, struct delays_words *now)
{
	bool any = false;

	for (unsigned int i = 0; i < f->nr_words; i++)
		any |= f->words[i].weak && !f->words[i].fixed;
	for (unsigned int i = 0; any && i < f->nr_words; i++) {
		const struct word *word = &f->words[i];

		if (word->weak && !word->fixed)
			now->cpus |= word->writers;
		if (now->nr < WEAK_PLACES)
			now->word[now->nr] = (struct delays_word){ .start = word->start,
								   .bytes = (uint8_t)(word->end - word->start),
								   .weak = word->weak && !word->fixed,
								   .fixed = word->fixed };
		now->nr++;
	}
}

void cycles_find(const struct delays_noted *noted, const struct delays_words *before, bool in_order,
		 struct delays_words *now)
{
	struct find *f = make(1, sizeof(*f));

	f->noted = noted;
	f->in_order = in_order;
	find_words(f);
	if (f->nr_words)
		find_weak(f);
	keep_weak(f, before);
	tell_words(f, now);
	free(f->words);
	free(f);
}
