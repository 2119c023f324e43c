/* SPDX-License-Identifier: MIT */
/*
 * log.c - the way back and forth: to move over a run of the log exchanges it with the words that it names.
 *
 * So the log says at each moment how to come from here to either end of it: a run before the cursor holds what its words
 * were, and one behind it what they are going to be.
 */
#include "explore/log.h"

#include "explore/core.h"
#include "explore/memory.h"

static struct core *const core = &explore_core;

/* ---- at the end ---- */

static void end_run(struct log *log)
{
	if (log->length)
		log->words[log->last].run.words = (uint16_t)(log->length - log->last - 1);
	log->next = 0;
}

static void need_room(struct log *log)
{
	if (log->room - log->length >= LOG_MARK_WORDS)
		return;
	log->room = log->room ? 2 * log->room : 4096;
	log->words = explore_grow(log->words, log->room, sizeof(log->words[0]));
}

static void begin_run(struct log *log, uint32_t first)
{
	end_run(log);
	need_room(log);
	log->words[log->length].run = (struct log_run){ .first = first, .before = (uint16_t)(log->length - log->last) };
	log->last = log->length++;
}

/* How much memory there happens to be must not say where runs end: they are counted. */
void explore_log_prepare(uint32_t word)
{
	struct log *log = &core->log;
	size_t most;

	if (word == log->next && log->length - log->last <= LOG_MOST_WORDS)
		need_room(log);
	else
		begin_run(log, word);
	most = log->last + 1 + LOG_MOST_WORDS;
	log->limit = log->room < most ? log->room : most;
}

void explore_log_empty(void)
{
	core->log.length = core->log.last = core->log.next = core->log.end = 0;
}

static void forget_last(struct log *log)
{
	log->length = log->last;
	log->last -= log->words[log->length].run.before;
}

/* ---- marks ---- */

uint64_t explore_log_mark(struct agent_fingerprint print)
{
	struct log *log = &core->log;

	/* A look leaves the world elsewhere than the end of the log says. */
	assert(!log->end);
	begin_run(log, LOG_MARK);
	log->words[log->length++].old = print.lo;
	log->words[log->length++].old = print.hi;
	end_run(log);
	return log->last;
}

bool explore_log_is_mark(uint64_t mark)
{
	const struct log *log = &core->log;

	return mark + LOG_MARK_WORDS <= log->length && log->words[mark].run.first == LOG_MARK &&
	       log->words[mark].run.words == 2;
}

bool explore_log_ends_with(uint64_t mark)
{
	assert(explore_log_is_mark(mark));
	return !core->log.end && core->log.length == mark + LOG_MARK_WORDS;
}

struct agent_fingerprint explore_log_print(uint64_t mark)
{
	return (struct agent_fingerprint){ core->log.words[mark + 1].old, core->log.words[mark + 2].old };
}

/* ---- back and forth ---- */

/* What a word is now says its shadow: dead stack counts as 0 whatever lies there. */
static void exchange_words(uint64_t *restrict word, uint64_t *restrict shadow, union log_word *restrict old, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		uint64_t now = shadow[i];

		word[i] = shadow[i] = old[i].old;
		old[i].old = now;
	}
}

static void exchange_values(uint32_t object, union log_word *old, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		uint32_t now = (uint32_t)core->values[object + i];

		core->values[object + i] = core->value_shadow[object + i] = (int32_t)(uint32_t)old[i].old;
		old[i].old = now;
	}
}

static void exchange(union log_word *at)
{
	struct log_run run = at->run;
	uint64_t *word, *shadow;

	if (run.first == LOG_MARK)
		return;
	if (run.first <= MAX_OBJECTS) {
		exchange_values(run.first, at + 1, run.words);
	} else {
		word = explore_state_word(run.first, &shadow);
		exchange_words(word, shadow, at + 1, run.words);
	}
	core->log.exchanged += (1 + run.words) * sizeof(*at);
}

void explore_log_go_to(uint64_t mark)
{
	struct log *log = &core->log;
	size_t there = mark + LOG_MARK_WORDS;

	/* What comes behind is no part of the last run, which may lie on another way. */
	end_run(log);
	if (!log->end)
		log->end = log->cursor = log->length;
	/* No mark is made during a look, so what is behind .end is of one look alone. */
	assert(there <= log->end && log->cursor <= log->end && log->end <= log->length);
	while (log->length > log->end) {
		exchange(&log->words[log->last]);
		forget_last(log);
	}
	while (log->cursor > there) {
		log->cursor = log->cursor == log->length ? log->last : log->cursor - log->words[log->cursor].run.before;
		exchange(&log->words[log->cursor]);
	}
	while (log->cursor < there) {
		exchange(&log->words[log->cursor]);
		log->cursor += 1u + log->words[log->cursor].run.words;
	}
}

void explore_log_cut(uint64_t mark)
{
	struct log *log = &core->log;

	log->length = mark + LOG_MARK_WORDS;
	log->last = mark;
	log->end = 0;
}
