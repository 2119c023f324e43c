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
