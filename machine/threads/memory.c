/* SPDX-License-Identifier: MIT */
/* memory.c - frames and their contents; page-table entries. */
#include <machine/threads/threads.h>

#include <assert.h>

#define POISON 0x5a5a5a5a0000ull /* not present, if it is read as an entry */
#define REUSED 0xdeadbee0ull

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Acquire: who sees the kind sees what was filled in before it. */
static long kind_of(const struct threads_frame *frame)
{
	return __atomic_load_n(&frame->kind, __ATOMIC_ACQUIRE);
}

/*
 * A frame number and a life of the frame. The number alone would not do: a frame that was freed and
 * taken again looks as before.
 */
struct threads_target threads_target(const struct threads_machine *machine, uint64_t word)
{
	struct threads_target target = { .frame = threads_word_frame(word) };

	target.generation = __atomic_load_n(&machine->frames[target.frame].generation, __ATOMIC_ACQUIRE);
	return target;
}

/*
 * The kind first. machine_frame_free() changes the generation before the kind, so that who still
 * finds the old kind may find the new generation, and never a new kind with the old generation.
 */
bool threads_same_frame(const struct threads_machine *machine, const struct threads_target *target,
			enum machine_frame_kind kind)
{
	const struct threads_frame *frame = &machine->frames[target->frame];

	return kind_of(frame) == kind && __atomic_load_n(&frame->generation, __ATOMIC_ACQUIRE) == target->generation;
}

/* ---- frames ---- */

/*
 * Word by word and atomically: a walker that should not be there may read at the same time, and
 * must find one value or the other.
 */
static void fill(struct threads_frame *frame, uint64_t value)
{
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++)
		store(&frame->words[i], value);
}

/* Any of the free frames; machine's lock held. */
static int pick_free(const struct threads_machine *machine)
{
	int free[MACHINE_MAX_FRAMES];
	unsigned int nr = 0;

	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		if (kind_of(&machine->frames[i]) == MACHINE_FRAME_FREE)
			free[nr++] = i;
	}
	return nr ? free[threads_random(nr)] : MACHINE_NO_FRAME;
}

/*
 * Filled before the kind is stored, so nobody takes the frame for what it will be while it still
 * has poison in it. That memory ran out is counted, since a run in which it did may have tested
 * less.
 */
static int take_frame(enum machine_frame_kind kind, uint64_t value)
{
	struct threads_machine *machine = threads_here();
	int nr;

	threads_step();
	pthread_mutex_lock(&machine->lock);
	nr = pick_free(machine);
	if (nr != MACHINE_NO_FRAME) {
		fill(&machine->frames[nr], value);
		__atomic_store_n(&machine->frames[nr].kind, kind, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&machine->lock);
	if (nr == MACHINE_NO_FRAME)
		__atomic_fetch_add(&machine->exhausted, 1, __ATOMIC_SEQ_CST);
	return nr;
}

int machine_frame_alloc(enum machine_frame_kind kind)
{
	return take_frame(kind, kind == MACHINE_FRAME_OTHER ? REUSED : 0);
}

/* The first of @nr free frames behind each other; machine's lock held. */
static int pick_block(const struct threads_machine *machine, int nr)
{
	int free = 0;

	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		free = i % nr && !free ? 0 : kind_of(&machine->frames[i]) == MACHINE_FRAME_FREE ? free + 1 : 0;
		if (free == nr)
			return i + 1 - nr;
	}
	return MACHINE_NO_FRAME;
}

int machine_frames_alloc(unsigned int nr)
{
	struct threads_machine *machine = threads_here();
	int first;

	threads_step();
	pthread_mutex_lock(&machine->lock);
	first = pick_block(machine, (int)nr);
	for (unsigned int i = 0; i < nr && first != MACHINE_NO_FRAME; i++) {
		fill(&machine->frames[first + (int)i], 0);
		__atomic_store_n(&machine->frames[first + (int)i].kind, MACHINE_FRAME_DATA, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&machine->lock);
	if (first == MACHINE_NO_FRAME)
		__atomic_fetch_add(&machine->exhausted, 1, __ATOMIC_SEQ_CST);
	return first;
}

/* The generation changes first, so that a CPU which reads the poison also sees that the frame is no longer its own. */
void machine_frame_free(int nr)
{
	struct threads_machine *machine = threads_here();
	struct threads_frame *frame = &machine->frames[nr];
	bool used;

	assert(nr >= 0 && nr < MACHINE_MAX_FRAMES);
	threads_step();
	pthread_mutex_lock(&machine->lock);
	used = kind_of(frame) != MACHINE_FRAME_FREE;
	if (used) {
		__atomic_fetch_add(&frame->generation, 1, __ATOMIC_ACQ_REL);
		fill(frame, POISON);
		__atomic_store_n(&frame->kind, MACHINE_FRAME_FREE, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&machine->lock);
	if (!used)
		threads_violation(THREADS_DOUBLE_FREE, "frame %d is given back a second time", nr);
}

/* .refused is a percentage. */
bool threads_refuses(void)
{
	if (!threads_here()->running)
		return false;
	threads_step();
	return threads_random(100) < threads_here()->config.refused;
}

/* ---- a look at the end ---- */

enum machine_frame_kind threads_frame_kind(const struct threads_machine *machine, int frame)
{
	assert(frame >= 0 && frame < MACHINE_MAX_FRAMES);
	return (enum machine_frame_kind)kind_of(&machine->frames[frame]);
}

uint64_t threads_frame_word(const struct threads_machine *machine, int frame, unsigned int index)
{
	assert(index < MACHINE_TABLE_ENTRIES);
	return load(&machine->frames[frame].words[index]);
}

/*
 * ---- words of frames: the kernel's own accesses to them are its own; where it asks for the place, it is about to make one,
 * and walks tables with nothing else in between ----
 */

uint64_t *machine_frame_words(int nr)
{
	struct threads_frame *frame = &threads_here()->frames[nr];

	assert(nr >= 0 && nr < MACHINE_MAX_FRAMES);
	threads_step();
	if (kind_of(frame) == MACHINE_FRAME_FREE)
		threads_violation(THREADS_FREED_TABLE, "the kernel looks into frame %d, which was given back", nr);
	return frame->words;
}

/* On machines whose entries are changed and invalidated by one instruction, this is that instruction. */
static uint64_t invalidate_entry(uint64_t *entry, uint64_t value, machine_cpus_t cpus)
{
	uint64_t old;

	threads_step();
	old = __atomic_exchange_n(entry, value, __ATOMIC_SEQ_CST);
	if (machine_arch()->farthest == TLB_REACH_ENTRY)
		threads_forget_entry(threads_here(), entry, cpus);
	return old;
}

uint64_t machine_invalidate_entry(uint64_t *entry, uint64_t value)
{
	return invalidate_entry(entry, value, machine_cpus_below(machine_nr_cpus()));
}

uint64_t machine_invalidate_entry_here(uint64_t *entry, uint64_t value)
{
	return invalidate_entry(entry, value, (machine_cpus_t)1 << machine_cpu());
}

/* Stores to tables before it, and what is read after it to find who must be told, in this order for everybody. */
void machine_fence_walks(void)
{
	threads_step();
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
