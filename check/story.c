/* SPDX-License-Identifier: MIT */
/*
 * story.c - what the machine told, in order.
 *
 * A plot asks about what came before and after a record, so the records outlive the replay that told them: each is copied
 * when it is heard, as the machine's own lives only as long as the call. They are named by index, never by address,
 * because the array moves as it grows. Two replays of one schedule tell the same story, as the machine has no other source
 * of choice; plot.c, missing.c and narrate.c rely on that when they compare one replay with a story of another.
 */
#include "check/story.h"

#include <assert.h>
#include <stdlib.h>

/*
 * The row is the number of steps that are complete, so what a step tells belongs to the row it will become.
 * Doubled, as a story may have thousands of records.
 */
void story_hear(struct story *story, const struct machine_event *event)
{
	assert(story->nr <= story->room);
	if (story->nr == story->room) {
		story->room = story->room ? 2 * story->room : 256;
		story->told = realloc(story->told, (size_t)story->room * sizeof(*story->told));
		if (!story->told)
			abort();
	}
	story->told[story->nr++] = (struct told){ *event, story->rows };
}

/* Empty afterwards, and may hear another replay. */
void story_end(struct story *story)
{
	assert(story->nr <= story->room);
	free(story->told);
	story->told = NULL;
	story->nr = story->room = 0;
}

/*
 * Only here is it known which records change an entry: software in three ways, and the walker that sets accessed
 * and dirty bits. A compare-and-exchange that failed has read and changed nothing.
 */
bool story_change(const struct machine_event *event, const void **entry, uint64_t *old, uint64_t *word)
{
	assert(event && entry && old && word);
	switch ((int)event->kind) {
	case EVENT_entry_set:
		*entry = event->entry_set.entry;
		*old = event->entry_set.old;
		*word = event->entry_set.word;
		return true;
	case EVENT_entry_xchg:
		*entry = event->entry_xchg.entry;
		*old = event->entry_xchg.old;
		*word = event->entry_xchg.word;
		return true;
	case EVENT_entry_cmpxchg:
		*entry = event->entry_cmpxchg.entry;
		*old = event->entry_cmpxchg.old;
		*word = event->entry_cmpxchg.word;
		return event->entry_cmpxchg.done;
	case EVENT_entry_walked:
		*entry = event->entry_walked.entry;
		*old = event->entry_walked.old;
		*word = event->entry_walked.word;
		return true;
	default:
		return false;
	}
}

/*
 * Shown once, however often a condition names it. The parser has bounded the names of a scenario, so there is room.
 */
static unsigned int add_register(int reg[LITMUS_MAX_NAMES], unsigned int nr, int one)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (reg[i] == one)
			return nr;
	}
	assert(one >= 0 && nr < LITMUS_MAX_NAMES);
	reg[nr] = one;
	return nr + 1;
}

unsigned int story_registers(const struct litmus_expect *failed, int reg[LITMUS_MAX_NAMES])
{
	unsigned int nr = 0;

	for (unsigned int i = 0; failed->kind == LITMUS_EXPECT_CONDITION && i < failed->nr_terms; i++) {
		const struct litmus_term *term = &failed->terms[i];

		/* The others join what stands before them. */
		if (term->kind != LITMUS_TERM_NUMBER && term->kind != LITMUS_TERM_REGISTER &&
		    term->kind != LITMUS_TERM_FAULT)
			continue;
		nr = add_register(reg, nr, term->reg);
		if (term->kind == LITMUS_TERM_REGISTER)
			nr = add_register(reg, nr, term->other);
	}
	return nr;
}
