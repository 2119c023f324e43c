/* SPDX-License-Identifier: MIT */
/* ahead.c - what an agent may still access, from where it is in its program; see ahead.h. */
#include <machine/model/ahead.h>
#include <machine/model/cycles.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST = 256, /* runs of words; of others it is not known, so everybody may */
	KINDS = 4,
	SET = MOST / 64,
};

/* The memory of one process, and of those that it forks. */
struct ahead {
	uint16_t number[MODEL_MET_WORDS]; /* that of the run that the word is in, from 1; 0: it has none */
	uint16_t first[1 + MOST];	  /* the first word of a run */
	unsigned int nr;
	uint64_t known[DELAYS_NODES / 64];	/* places; of others everybody may do anything */
	uint64_t may[DELAYS_NODES][KINDS][SET]; /* by place */
};

unsigned int ahead_run(uintptr_t word)
{
	const struct ahead *a = model_telling()->ahead;

	return a ? a->number[word / 4 % MODEL_MET_WORDS] : 0;
}

/* An access of which only this is noted: it has no length, and nothing comes behind it. Its word is the first of the run, and never 0. */
void ahead_note(unsigned int run, unsigned int kind)
{
	const struct model_telling *telling = model_telling();
	struct delays_at at = { .word = 4 * (uintptr_t)(MODEL_MET_WORDS + telling->ahead->first[run]),
				.agent = (uint8_t)agent_self(),
				.cpu = (uint8_t)model_view(),
				.kind = kind & MODEL_MEETS_WRITE ? DELAYS_WRITES : DELAYS_READS };

	assert(run > 0 && run <= telling->ahead->nr);
	if (kind & MODEL_MEETS_ATOMIC)
		at.kind |= DELAYS_FIXED;
	delays_follows(telling->followed, delays_node(&at));
}

unsigned int ahead_place(uint64_t node)
{
	return node ? 1 + delays_place(node) : 0;
}

/* ---- looking ahead ---- */

static unsigned int kind_of(const struct delays_at *at)
{
	return (at->kind & DELAYS_WRITES ? MODEL_MEETS_WRITE : 0u) |
	       (at->kind & DELAYS_FIXED ? MODEL_MEETS_ATOMIC : 0u);
}

/*
 * Words beside each other that the same agents access in the same ways are a run: a page that is copied, or cleared. Who may access one of them is
 * taken to may access all.
 */
static void number_words(struct ahead *a)
{
	for (unsigned int word = 0; word < MODEL_MET_WORDS; word++) {
		if (!model_is_watched(word))
			continue;
		if (word && a->number[word - 1] && model_is_watched_alike(word - 1, word)) {
			a->number[word] = a->number[word - 1];
		} else if (a->nr < MOST) {
			a->number[word] = (uint16_t)++a->nr;
			a->first[a->nr] = (uint16_t)word;
		}
	}
}

static void put_accesses(struct ahead *a, const struct delays_noted *noted)
{
	for (unsigned int i = 0; i < DELAYS_NODES; i++) {
		struct delays_at at = delays_unpacked(&noted->node[i]);
		unsigned int number = a->number[at.word / 4 % MODEL_MET_WORDS];

		if (!noted->node[i].key)
			continue;
		put(a->known, i);
		if (at.word && !at.bytes && number)
			put(a->may[i][kind_of(&at)], number - 1);
	}
}

/* Backwards along what is noted, until nothing changes. */
static void spread(struct ahead *a, const struct delays_noted *noted)
{
	struct delays_edges edges;
	bool changed = true;

	delays_list_edges(noted, &edges);
	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < edges.nr; i++)
			changed |= join(a->may[edges.list[i].from][0], a->may[edges.list[i].to][0], KINDS * SET);
	}
}

static struct ahead *look(void)
{
	const struct delays_noted *noted = (const void *)delays_noted();
	struct ahead *a = calloc(1, sizeof(*a));

	if (!a) {
		fprintf(stderr, "shootdown: no room for what agents may still access\n");
		exit(2);
	}
	number_words(a);
	put_accesses(a, noted);
	spread(a, noted);
	return a;
}

void ahead_use(void)
{
	free(model_telling()->ahead);
	model_telling()->ahead = look();
}

bool ahead_learned(void)
{
	const struct ahead *used = model_telling()->ahead;
	struct ahead *now;
	bool more = false;

	if (!used)
		return false;
	now = look();
	for (unsigned int i = 0; i < DELAYS_NODES && !more; i++)
		more = has(used->known, i) && memcmp(used->may[i], now->may[i], sizeof(now->may[i])) != 0;
	free(now);
	return more;
}

/* ---- asking ---- */

/* Which accesses conflict with one of each kind: bits of kinds. */
static const uint8_t conflicting[KINDS] = {
	[0] = 1 << MODEL_MEETS_WRITE | 1 << (MODEL_MEETS_WRITE | MODEL_MEETS_ATOMIC),
	[MODEL_MEETS_WRITE] = 0xf,
	[MODEL_MEETS_ATOMIC] = 1 << MODEL_MEETS_WRITE,
	[MODEL_MEETS_WRITE | MODEL_MEETS_ATOMIC] = 1 << 0 | 1 << MODEL_MEETS_WRITE,
};

bool ahead_may(unsigned int place, uintptr_t word, unsigned int kind)
{
	const struct ahead *a = model_telling()->ahead;
	unsigned int number = ahead_run(word);

	assert(kind < KINDS && place <= DELAYS_NODES);
	if (!number || !place || !has(a->known, place - 1))
		return true;
	for (unsigned int other = 0; other < KINDS; other++) {
		if (conflicting[kind] >> other & 1 && has(a->may[place - 1][other], number - 1))
			return true;
	}
	return false;
}
