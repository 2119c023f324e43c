/* SPDX-License-Identifier: MIT */
/*
 * cycles.c - critical cycles among all accesses that a search has seen (delays.h).
 *
 * 1. Words: what several CPUs access and one writes. Accesses of different parts of the same bytes are accesses of one fixed word.
 * 2. In front of each access: which others may have come before it, which of them nothing keeps in front of it, and which locks are held
 *    there whatever came before. Found by going along what is noted until nothing changes. An agent that shares its CPU with others
 *    may find anything of theirs before it; who holds the others up finds it where it begins.
 * 3. A pair that is not kept in order is critical if a way leads from its second access back to its first: over accesses of two CPUs to one
 *    word of which one writes, and over program order of other CPUs.
 *
 * Of locks, which machine_note() tells, there is more to say. Whoever takes one comes behind who gave it back, and that is all that
 * anybody can tell of its word; so a way leads only from giving back to taking. And two accesses under one lock are in the order in which it was held,
 * so no way leads from one to the other but over the lock. That needs an acquire and a release there: without, it is a word like any other.
 */
#include "machine/model/find.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <explore/agent.h>

#include "machine/model/views.h"

/* All zero. */
static void *make(size_t count, size_t size)
{
	void *made = calloc(count ? count : 1, size);

	if (!made) {
		fprintf(stderr, "shootdown: no room to look for cycles\n");
		exit(2);
	}
	return made;
}

static uint64_t *set_of(const struct find *f, uint64_t *sets, unsigned int nr)
{
	return sets + (size_t)nr * f->stride;
}

static uint64_t *held_at(const struct find *f, unsigned int node)
{
	return f->held + (size_t)node * f->locks_stride;
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
		last->no_lock |= next.no_lock;
	}
}

static struct word word_at(const struct delays_at *at)
{
	assert(at->cpu < WEAK_CPUS);
	return (struct word){
		.start = at->word,
		.end = at->word + at->bytes,
		.readers = (uint16_t)(reads(at) << at->cpu),
		.writers = (uint16_t)(writes(at) << at->cpu),
		.fixed = at->kind & DELAYS_FIXED,
		.no_lock = !takes_lock(at) && !gives_lock(at),
	};
}

static bool is_shared(const struct word *word)
{
	uint16_t cpus = word->readers | word->writers;

	return word->writers && cpus & (cpus - 1);
}

static void find_words(struct find *f)
{
	unsigned int n = 0, shared = 0;

	f->words = make(DELAYS_NODES, sizeof(*f->words));
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		const struct delays_at *at = &f->at[i];

		if (!f->noted->node[i].key)
			continue;
		f->at[i] = delays_unpacked(&f->noted->node[i]);
		if (at->word && !at->bytes)
			continue;
		f->used[at->agent] = true;
		f->cpu_of[at->agent] = at->cpu;
		f->has_entry[at->agent] |= (at->kind & DELAYS_ENTRY) != 0;
		f->has_start[at->agent] |= (at->kind & (DELAYS_ENTRY | DELAYS_START)) != 0;
		if (at->word)
			f->words[n++] = word_at(at);
	}
	merge_words(f, n);
	for (unsigned int i = 0; i < f->nr_words; i++) {
		if (is_shared(&f->words[i]))
			f->words[shared++] = f->words[i];
	}
	f->nr_words = shared;
}

static int find_word(const struct find *f, const struct delays_at *at)
{
	for (unsigned int i = 0; at->word && at->bytes && i < f->nr_words; i++) {
		if (at->word >= f->words[i].start && at->word < f->words[i].end)
			return (int)i;
	}
	return NONE;
}

static void find_accesses(struct find *f)
{
	f->accesses = make(DELAYS_NODES, sizeof(*f->accesses));
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		int word = f->noted->node[i].key ? find_word(f, &f->at[i]) : NONE;

		f->access_of[i] = word == NONE ? NONE : (int)f->nr;
		if (word != NONE)
			f->accesses[f->nr++] = (struct access){ f->at[i], i, (unsigned int)word,
								f->at[i].note & DELAYS_SUMS };
	}
	f->stride = (f->nr + 63) / 64;
	f->locks_stride = (2 * f->nr_words + 63) / 64;
	f->walked = make(f->stride, sizeof(uint64_t));
	for (unsigned int nr = 0; nr < f->nr; nr++) {
		if (f->accesses[nr].at.kind & DELAYS_WALK)
			put(f->walked, nr);
	}
}

/*
 * What an access has read is in nobody's hands any more if its agent stands at its beginning next: a handler that counts itself out, and returns. Who goes on
 * may have looked at it.
 */
static void find_unused(struct find *f)
{
	for (unsigned int i = 0; i < f->edges.nr; i++) {
		int from = f->access_of[f->edges.list[i].from];

		if (from != NONE && !(f->at[f->edges.list[i].to].kind & DELAYS_START))
			f->accesses[from].unused = false;
	}
}

/* ---- what stands before what ---- */

/* Locked instructions of a machine in order wait for all stores, and so does what releases by changing a word (view_may_change()). */
static bool lets_all_leave(const struct find *f, const struct delays_at *at)
{
	if (at->kind & DELAYS_LEAVE || (at->kind & DELAYS_FENCE && at->order & VIEW_ORDERED))
		return true;
	if (!writes(at) || at->kind & DELAYS_WALK)
		return false;
	if (f->in_order)
		return reads(at) || at->order & VIEW_ORDERED || at->kind & DELAYS_FIXED;
	return at->order & VIEW_RELEASE && (reads(at) || at->kind & DELAYS_FIXED);
}

/* What is fixed has left at once, and to give a word back is no store. */
static void add_access(const struct find *f, unsigned int nr, uint64_t *const *since)
{
	const struct delays_at *at = &f->accesses[nr].at;
	bool late = writes(at) && !(at->kind & (DELAYS_WALK | DELAYS_GIVES_BACK)) &&
		    !f->words[f->accesses[nr].word].fixed && !(f->in_order && (reads(at) || at->order & VIEW_ORDERED));

	put(since[EVER], nr);
	if (reads(at) && !(at->order & VIEW_ACQUIRE))
		put(since[LOADED], nr);
	if (!late)
		return;
	put(since[UNFENCED], nr);
	put(since[at->order & VIEW_ORDERED ? STORED_ORDERED : STORED], nr);
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
	if (fence && !at->order)
		take_all(since[LOADED], f->walked, f->stride);
	if (f->access_of[node] != NONE)
		add_access(f, (unsigned int)f->access_of[node], since);
}

/* Who goes on as a reader has the lock for reading. */
static void pass_locks(const struct find *f, unsigned int node, uint64_t *held)
{
	const struct delays_at *at = &f->at[node];
	unsigned int word;

	if (f->access_of[node] == NONE)
		return;
	word = f->accesses[f->access_of[node]].word;
	if (f->words[word].no_lock)
		return;
	take(held, 2 * word);
	take(held, 2 * word + 1);
	if (takes_lock(at) || is_note(at, MACHINE_DOWNGRADES, MACHINE_DOWNGRADES))
		put(held, 2 * word);
	if (takes_lock(at) && takes_for_writing(at))
		put(held, 2 * word + 1);
}

static void collect_made(struct find *f)
{
	for (unsigned int nr = 0; nr < f->nr; nr++) {
		uint64_t *since[SINCE];

		for (unsigned int s = 0; s < SINCE; s++)
			since[s] = set_of(f, f->made[s], f->accesses[nr].at.agent);
		add_access(f, nr, since);
	}
}

static void mix_in(struct find *f, unsigned int node, unsigned int other)
{
	for (unsigned int s = 0; s < SINCE; s++)
		join(set_of(f, f->in[s], node), set_of(f, f->made[s], other), f->stride);
}

/* Other agents of the CPU may come in between anywhere; but in between of who holds them up only where it begins. */
static void mix_agents(struct find *f)
{
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		const struct delays_at *at = &f->at[i];

		if (!f->noted->node[i].key || (f->has_entry[at->agent] && !(at->kind & DELAYS_ENTRY)))
			continue;
		for (unsigned int other = 0; other < AGENTS; other++) {
			if (f->used[other] && other != at->agent && f->cpu_of[other] == at->cpu)
				mix_in(f, i, other);
		}
	}
}

/* Nothing is held where an agent begins, and everywhere by one of which it is not known where it does. */
static void begin_locks(struct find *f)
{
	memset(f->held, 0xff, (size_t)DELAYS_NODES * f->locks_stride * sizeof(*f->held));
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		if (f->noted->node[i].key &&
		    (!f->has_start[f->at[i].agent] || f->at[i].kind & (DELAYS_ENTRY | DELAYS_START)))
			clear(held_at(f, i), f->locks_stride);
	}
}

static bool flow_along(struct find *f, unsigned int from, unsigned int to, uint64_t *const *since, uint64_t *held)
{
	bool changed;

	for (unsigned int s = 0; s < SINCE; s++)
		memcpy(since[s], set_of(f, f->in[s], from), f->stride * sizeof(uint64_t));
	memcpy(held, held_at(f, from), f->locks_stride * sizeof(uint64_t));
	pass(f, from, since);
	pass_locks(f, from, held);
	changed = keep_common(held_at(f, to), held, f->locks_stride);
	for (unsigned int s = 0; s < SINCE; s++)
		changed |= join(set_of(f, f->in[s], to), since[s], f->stride);
	return changed;
}

/* Along each edge, until nothing changes: sets only grow, and what is held only shrinks. */
static void flow(struct find *f)
{
	uint64_t *since[SINCE], *held = make(f->locks_stride, sizeof(*held));
	bool changed = true;

	for (unsigned int s = 0; s < SINCE; s++)
		since[s] = make(f->stride, sizeof(uint64_t));
	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < f->edges.nr; i++)
			changed |= flow_along(f, f->edges.list[i].from, f->edges.list[i].to, since, held);
	}
	for (unsigned int s = 0; s < SINCE; s++)
		free(since[s]);
	free(held);
}

/* ---- pairs ---- */

static void note_pairs(struct find *f, unsigned int kind, enum since since, unsigned int second)
{
	const uint64_t *first = set_of(f, f->in[since], f->accesses[second].node);

	for (unsigned int nr = 0; nr < f->nr; nr++) {
		if (f->accesses[nr].word != f->accesses[second].word && has(first, nr) &&
		    !cycles_untold(f->walks, f->accesses[nr].node, f->accesses[second].node))
			put(set_of(f, f->pairs[kind], second), nr);
	}
}

/*
 * What the machine does not keep in order: a store and a load behind it, two stores, two loads; never a load and a store behind it. Where
 * memory is in order only the first is left.
 */
static void note_unordered(struct find *f, unsigned int nr)
{
	const struct delays_at *at = &f->accesses[nr].at;
	bool ordered = at->order & VIEW_ORDERED && at->order & VIEW_ACQUIRE;

	if (reads(at) && !lets_all_leave(f, at) && !is_making(at)) {
		note_pairs(f, 0, STORED, nr);
		if (!ordered)
			note_pairs(f, 0, STORED_ORDERED, nr);
	}
	if (f->in_order)
		return;
	if (writes(at) && !(at->order & VIEW_RELEASE))
		note_pairs(f, 1, UNFENCED, nr);
	/* What changes a word reads the newest, however early; what an old walk finds is not told by the timeline. */
	if (reads(at) && !writes(at) && !(at->kind & DELAYS_WALK))
		note_pairs(f, 2, LOADED, nr);
}

/* ---- cycles ---- */

/* One of them holds the lock for writing, or both do. */
static bool share_lock(const struct find *f, const struct access *a, const struct access *b)
{
	const uint64_t *one = held_at(f, a->node), *other = held_at(f, b->node);

	for (unsigned int word = 0; word < f->nr_words; word++) {
		if (has(one, 2 * word) && has(other, 2 * word) && (has(one, 2 * word + 1) || has(other, 2 * word + 1)))
			return true;
	}
	return false;
}

static bool hands_over(const struct delays_at *from, const struct delays_at *to)
{
	return gives_lock(from) && takes_lock(to) && (gives_for_writing(from) || takes_for_writing(to));
}

static bool conflict(const struct find *f, const struct access *from, const struct access *to)
{
	if (from->word != to->word || from->at.cpu == to->at.cpu || is_making(&from->at) ||
	    !can_tell(&from->at, &to->at) || (from->unused && to->unused))
		return false;
	if (!f->words[from->word].no_lock)
		return hands_over(&from->at, &to->at);
	return (writes(&from->at) || writes(&to->at)) && !share_lock(f, from, to);
}

static void reach(struct find *f, unsigned int nr, unsigned int *n)
{
	if (has(f->reach, nr))
		return;
	put(f->reach, nr);
	f->reached[(*n)++] = nr;
}

static void reach_others(struct find *f, unsigned int nr, unsigned int *n)
{
	for (unsigned int to = 0; to < f->nr; to++) {
		if (conflict(f, &f->accesses[nr], &f->accesses[to]))
			reach(f, to, n);
	}
}

/* An invalidation waits for stores that went through what it covers (R8): a way leads on from one as from its walk, to who changes what that has read. */
static void leave(struct find *f, unsigned int nr, unsigned int *n)
{
	const struct access *from = &f->accesses[nr];

	reach_others(f, nr, n);
	if (!(from->at.kind & DELAYS_USE && writes(&from->at)))
		return;
	for (unsigned int walk = 0; walk < f->nr; walk++) {
		if (cycles_walked_by(f->walks, from->node, f->accesses[walk].node))
			reach_others(f, walk, n);
	}
}

/* Where ways lead to that leave the CPU of @second there. On that CPU itself no way goes on in program order. */
static void search_from(struct find *f, unsigned int second)
{
	unsigned int n = 0;

	clear(f->reach, f->stride);
	leave(f, second, &n);
	for (unsigned int i = 0; i < n; i++) {
		const struct delays_at *from = &f->accesses[f->reached[i]].at;

		leave(f, f->reached[i], &n);
		if (from->cpu == f->accesses[second].at.cpu)
			continue;
		for (unsigned int to = 0; to < f->nr; to++) {
			if (from->cpu == f->accesses[to].at.cpu &&
			    has(set_of(f, f->in[EVER], f->accesses[to].node), f->reached[i]))
				reach(f, to, &n);
		}
	}
}

/* A walk may find what an entry said before although the store has left (M5), so that it does says nothing of when it has. */
static bool tells_late(const struct access *from, const struct access *store)
{
	return !(from->at.kind & DELAYS_WALK) || writes(&from->at) || !(store->at.kind & DELAYS_LEADS);
}

/*
 * Does a way that has been found come to the access by what it writes, or by what it reads? What changes a word has read it when
 * somebody else's write comes before it, and only who reads what was there before comes to its own write.
 */
static bool comes_to(const struct find *f, unsigned int second, unsigned int first, bool by_write)
{
	const struct access *to = &f->accesses[first];
	bool changes = reads(&to->at) && writes(&to->at);

	for (unsigned int nr = 0; nr < f->nr; nr++) {
		const struct access *from = &f->accesses[nr];

		if ((nr == second || has(f->reach, nr)) && conflict(f, from, to) &&
		    (!by_write || tells_late(from, to)) && (!changes || by_write != writes(&from->at)))
			return true;
	}
	return false;
}

/*
 * Whoever finds out whether a table is made has been led there, so there is one cycle for it: it is made, an entry leads to it; that entry is read, and
 * it, by a walk, which reads them in order, or by software, which no walk leads. As a part of others it is redundant, as each of them leads over the entry as well.
 */
static void judge_made(struct find *f, unsigned int second)
{
	const uint64_t *stores = set_of(f, f->pairs[1], second), *loads = set_of(f, f->pairs[2], second);
	const struct access *to = &f->accesses[second];

	for (unsigned int first = 0; first < f->nr; first++) {
		const struct access *from = &f->accesses[first];

		if (has(stores, first) && is_making(&from->at) && leads_to_table(&to->at))
			f->words[from->word].late |= (uint16_t)(1u << from->at.cpu);
		if (has(loads, first) && leads_to_table(&from->at) && !(from->at.kind & DELAYS_WALK) &&
		    is_making(&to->at))
			f->words[to->word].old |= (uint16_t)(1u << to->at.cpu);
	}
}

/* A store is late for what is behind it; of two loads the second is early, so it reads what is old. */
static void judge(struct find *f, unsigned int second)
{
	const uint64_t *loads = set_of(f, f->pairs[0], second), *stores = set_of(f, f->pairs[1], second),
		       *two_loads = set_of(f, f->pairs[2], second);
	uint16_t cpu = (uint16_t)(1u << f->accesses[second].at.cpu);
	bool any = false;

	for (unsigned int i = 0; i < f->stride; i++)
		any |= loads[i] || stores[i] || two_loads[i];
	if (!any)
		return;
	search_from(f, second);
	for (unsigned int first = 0; first < f->nr; first++) {
		if (!has(f->reach, first) || f->accesses[first].at.cpu != f->accesses[second].at.cpu)
			continue;
		if ((has(loads, first) || has(stores, first)) && comes_to(f, second, first, true))
			f->words[f->accesses[first].word].late |= cpu;
		if (has(two_loads, first) && comes_to(f, second, first, false))
			f->words[f->accesses[second].word].old |= cpu;
	}
}

/* ---- all of it ---- */

static void make_sets(struct find *f)
{
	for (unsigned int s = 0; s < SINCE; s++) {
		f->in[s] = make((size_t)DELAYS_NODES * f->stride, sizeof(uint64_t));
		f->made[s] = make((size_t)AGENTS * f->stride, sizeof(uint64_t));
	}
	for (unsigned int kind = 0; kind < 3; kind++)
		f->pairs[kind] = make((size_t)f->nr * f->stride, sizeof(uint64_t));
	f->held = make((size_t)DELAYS_NODES * f->locks_stride, sizeof(uint64_t));
	f->reach = make(f->stride, sizeof(uint64_t));
	f->reached = make(f->nr, sizeof(*f->reached));
}

static void free_sets(struct find *f)
{
	for (unsigned int s = 0; s < SINCE; s++) {
		free(f->in[s]);
		free(f->made[s]);
	}
	for (unsigned int kind = 0; kind < 3; kind++)
		free(f->pairs[kind]);
	free(f->held);
	free(f->reach);
	free(f->reached);
}

static void find_weak(struct find *f)
{
	make_sets(f);
	collect_made(f);
	mix_agents(f);
	begin_locks(f);
	flow(f);
	for (unsigned int nr = 0; nr < f->nr; nr++)
		note_unordered(f, nr);
	for (unsigned int nr = 0; nr < f->nr; nr++) {
		judge(f, nr);
		judge_made(f, nr);
	}
	free_sets(f);
}

/* What was weak once stays so, that a search which learns comes to an end. */
static void keep_weak(struct find *f, const struct delays_words *before)
{
	for (unsigned int i = 0; i < before->nr && i < WEAK_PLACES; i++) {
		for (unsigned int word = 0; word < f->nr_words; word++) {
			if (f->words[word].start != before->word[i].start)
				continue;
			f->words[word].late |= before->word[i].late;
			f->words[word].old |= before->word[i].old;
		}
	}
}

/* Only what can be late or old is told apart, and what is ordered with it. */
static void tell_words(struct find *f, struct delays_words *now)
{
	bool any = false;

	for (unsigned int i = 0; i < f->nr_words; i++) {
		if (f->words[i].fixed)
			f->words[i].late = f->words[i].old = 0;
		any |= f->words[i].late || f->words[i].old;
	}
	for (unsigned int i = 0; any && i < f->nr_words; i++) {
		const struct word *word = &f->words[i];

		if (word->late)
			now->cpus |= word->writers;
		if (now->nr < WEAK_PLACES)
			now->word[now->nr] = (struct delays_word){ .start = word->start,
								   .bytes = (uint8_t)(word->end - word->start),
								   .late = word->late,
								   .old = word->old,
								   .fixed = word->fixed };
		now->nr++;
	}
}

void cycles_find(const struct delays_noted *noted, const struct delays_words *before, bool in_order,
		 struct delays_words *now)
{
	struct find *f = make(1, sizeof(*f));

	f->noted = noted;
	delays_list_edges(noted, &f->edges);
	f->in_order = in_order;
	find_words(f);
	find_accesses(f);
	find_unused(f);
	f->walks = cycles_find_walks(noted, &f->edges, f->at);
	find_weak(f);
	free(f->walks);
	keep_weak(f, before);
	tell_words(f, now);
	free(f->walked);
	free(f->accesses);
	free(f->words);
	free(f);
}
