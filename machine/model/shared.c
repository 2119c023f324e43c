/* SPDX-License-Identifier: MIT */
/*
 * shared.c - words that are accessed both plainly and atomically.
 *
 * A race of a plain access with an atomic one is seen when the plain one comes first (races.h). So both orders have to be explored, and
 * the search must not take the two for independent: plain accesses to such words are told to it. To tell it of all of them would
 * make nearly everything depend on everything. Which words they are is known of those that are accessed atomically while the world is set
 * up; of others it is learned while agents run, and takes effect with the next world (model_learned_shared()).
 *
 * One bit for each class of words, in memory that processes which share an exploration have in common.
 */
#include <machine/model/model.h>
#include <machine/model/ahead.h>
#include <machine/model/loose.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
	BYTES = MODEL_SHARED_WORDS / 8,
};

struct words {
	uint8_t shared[BYTES];			   /* C while agents run */
	uint8_t atomically[BYTES], plainly[BYTES]; /* accessed by agents */
	/* For before.h, of classes of four bytes. Agents that read, and from the upper half on those that write. */
	uint64_t met[2][MODEL_MET_WORDS]; /* plainly, atomically */
	uint64_t lacked
		[MODEL_MET_WORDS]; /* locks that some access was made without, or only held for reading, and wrote */
	uint64_t met_used[2][MODEL_MET_WORDS]; /* C while agents run: .met, of words that are watched */
	/* A lock's bit is the place of its address here. If another process has put another one there, it is no lock. */
	uint64_t lock[MODEL_LOCKS], not_lock[MODEL_LOCKS];
	uint64_t broken;	    /* locks that do not order what was done under them */
	struct machine_rules asked; /* rules: the code under test wanted to know whether they are on */
};
_Static_assert(sizeof(struct words) == MODEL_SHARED_SETS * sizeof(uint64_t), "to be had as words");

static struct words *words(void)
{
	struct words *common = model_telling()->shared_words;

	if (common)
		return common;
	/* At one address in every process: agents' stacks come to have it, and are part of a state. It need not be had. */
	common = mmap((void *)0x230000000000ull, sizeof(*common), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (common == MAP_FAILED) {
		fprintf(stderr, "shootdown: no room for the words that agents share\n");
		exit(2);
	}
	model_telling()->shared_words = common;
	return common;
}

static unsigned int class_of(const void *word)
{
	return (unsigned int)((uintptr_t)word / 4 % MODEL_SHARED_WORDS);
}

static bool is_in(const uint8_t *set, const void *word)
{
	return set[class_of(word) / 8] >> class_of(word) % 8 & 1;
}

/* Looked at first: nearly always it is there already, and other processes read the same line. */
static void put_in(uint8_t *set, const void *word)
{
	if (!is_in(set, word))
		__atomic_fetch_or(&set[class_of(word) / 8], (uint8_t)(1u << class_of(word) % 8), __ATOMIC_RELAXED);
}

/* New memory, as what a process inherited may be that of another process which explores something else by now. */
void model_forget_shared(void)
{
	if (model_telling()->shared_words)
		munmap(model_telling()->shared_words, sizeof(struct words));
	model_telling()->shared_words = NULL;
	model_telling()->learned_only = model_telling()->watches_none = false;
	free(model_telling()->ahead);
	model_telling()->ahead = NULL;
}

void model_begin_shared(void)
{
	struct words *w = words();

	for (unsigned int i = 0; i < BYTES; i++)
		w->shared[i] = w->atomically[i] & w->plainly[i];
}

uint64_t *model_shared_sets(void)
{
	return (uint64_t *)(void *)words();
}

/* ---- who accesses what, and under which locks ---- */

static void put_bits(uint64_t *word, uint64_t bits)
{
	if (bits & ~__atomic_load_n(word, __ATOMIC_RELAXED))
		__atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
}

static unsigned int met_class(uintptr_t word)
{
	return (unsigned int)(word / 4 % MODEL_MET_WORDS);
}

static uint64_t locks_that_count(const struct words *w)
{
	uint64_t locks = 0;

	for (unsigned int i = 0; i < MODEL_LOCKS; i++)
		locks |= (uint64_t)(w->lock[i] && !(w->lock[i] & w->not_lock[i])) << i;
	return locks & ~w->broken;
}

/* Several agents access it, one of them plainly, one writes, and there is no lock that each of them holds. */
static bool is_open(const struct words *w, unsigned int word, uint64_t locks)
{
	uint64_t all = w->met[0][word] | w->met[1][word], agents = (all | all >> 32) & UINT32_MAX;

	return w->met[0][word] && all >> 32 && agents & (agents - 1) && !(locks & ~w->lacked[word]);
}

/* Who has heard loosely of others may access it. */
static bool is_watched(const struct words *w, unsigned int word, uint64_t locks, uint32_t loose)
{
	uint64_t all = w->met[0][word] | w->met[1][word];

	return (all | all >> 32) & loose && is_open(w, word, locks);
}

bool model_watches(void)
{
	return !model_telling()->watches_none;
}

bool model_is_watched(unsigned int word)
{
	return words()->met_used[0][word];
}

bool model_is_watched_alike(unsigned int word, unsigned int other)
{
	const struct words *w = words();

	assert(word < MODEL_MET_WORDS && other < MODEL_MET_WORDS);
	return w->met_used[0][word] == w->met_used[0][other] && w->met_used[1][word] == w->met_used[1][other];
}

void model_use_shared(void)
{
	struct words *w = words();
	uint64_t locks = locks_that_count(w);
	uint32_t loose = loose_readers(locks);

	model_telling()->learned_only = model_telling()->watches_none = true;
	for (unsigned int word = 0; word < MODEL_MET_WORDS; word++) {
		bool watched = is_watched(w, word, locks, loose);

		model_telling()->watches_none &= !watched;
		w->met_used[0][word] = watched ? w->met[0][word] : 0;
		w->met_used[1][word] = watched ? w->met[1][word] : 0;
	}
	ahead_use();
}

/* What is ahead may be more by now than it was when the search began; whoever has kept it knows whether that is so. */
void model_go_on_shared(void)
{
	struct words *w = words();

	if (!model_telling()->learned_only)
		return;
	model_telling()->watches_none = true;
	for (unsigned int word = 0; word < MODEL_MET_WORDS; word++)
		model_telling()->watches_none &= !(w->met_used[0][word] | w->met_used[1][word]);
	ahead_use();
}

static bool learned_met(const struct words *w)
{
	uint64_t locks = locks_that_count(w);
	uint32_t loose = model_telling()->learned_only ? loose_readers(locks) : 0;

	for (unsigned int word = 0; loose && word < MODEL_MET_WORDS; word++) {
		if ((w->met[0][word] != w->met_used[0][word] || w->met[1][word] != w->met_used[1][word]) &&
		    is_watched(w, word, locks, loose))
			return true;
	}
	return false;
}

void model_learn_access(const void *p, size_t n, unsigned int kind, const struct model_held_locks *held)
{
	uint64_t agent = UINT64_C(1) << agent_self() << (kind & MODEL_MEETS_WRITE ? 32 : 0),
		 lacked = ~(kind & MODEL_MEETS_WRITE ? held->writing : held->any);
	struct words *w = words();
	unsigned int noted = 0;

	assert(agent_self() >= 0 && n > 0);
	for (uintptr_t word = (uintptr_t)p & ~(uintptr_t)3; word < (uintptr_t)p + n; word += 4) {
		put_bits(&w->met[kind / MODEL_MEETS_ATOMIC][met_class(word)], agent);
		put_bits(&w->lacked[met_class(word)], lacked);
		if (ahead_run(word) && ahead_run(word) != noted) {
			noted = ahead_run(word);
			ahead_note(noted, kind);
		}
	}
}

uint32_t model_who_meets(const void *word, unsigned int kind)
{
	const struct words *w = words();
	unsigned int class = met_class((uintptr_t)word);
	uint64_t plain = w->met_used[0][class], atomic = w->met_used[1][class];

	if (!model_telling()->learned_only)
		return (UINT32_C(1) << AGENT_MAX_AGENTS) - 1;
	switch (kind) {
	case 0:
		return (uint32_t)((plain | atomic) >> 32);
	case MODEL_MEETS_WRITE:
		return (uint32_t)(plain | plain >> 32 | atomic | atomic >> 32);
	case MODEL_MEETS_ATOMIC:
		return (uint32_t)(plain >> 32);
	default:
		return (uint32_t)(plain | plain >> 32);
	}
}

uint64_t model_lock_bit(const void *lock, bool make)
{
	struct words *w = words();
	uint64_t key = (uintptr_t)lock;

	for (unsigned int i = 0; i < MODEL_LOCKS; i++) {
		unsigned int at = (unsigned int)((key / 4 * 0x9e3779b9u >> 8) + i) % MODEL_LOCKS;
		uint64_t there = __atomic_load_n(&w->lock[at], __ATOMIC_RELAXED);

		if (!there && make &&
		    __atomic_compare_exchange_n(&w->lock[at], &there, key, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			there = key;
		if (there == key) {
			put_bits(&w->not_lock[at], ~key);
			return UINT64_C(1) << at;
		}
		if (!there)
			return 0;
	}
	return 0;
}

void model_breaks_lock(uint64_t lock)
{
	put_bits(&words()->broken, lock);
}

void model_asks(unsigned int rule)
{
	struct machine_rules one = { { 0 } };

	machine_put_rule(&one, rule);
	put_bits(&words()->asked.word[rule / 64], one.word[rule / 64]);
}

struct machine_rules model_asked(void)
{
	return words()->asked;
}

bool model_learned_data(void)
{
	return learned_met(words()) || ahead_learned();
}

/* ---- which are steps ---- */

bool model_learned_shared(void)
{
	const struct words *w = words();

	for (unsigned int i = 0; i < BYTES; i++) {
		if (w->atomically[i] & w->plainly[i] & ~w->shared[i])
			return true;
	}
	return false;
}

void model_accessed_atomically(const void *word)
{
	assert(word);
	put_in(agent_self() < 0 ? words()->shared : words()->atomically, word);
}

bool model_is_shared(const void *word)
{
	assert(word && agent_self() >= 0);
	put_in(words()->plainly, word);
	return is_in(words()->shared, word);
}
