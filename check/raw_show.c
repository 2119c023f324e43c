/* SPDX-License-Identifier: MIT */
/* raw_show.c - an execution of a raw scenario as a timeline, and what it came to, in words. */
#include "check/raw_show.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names and values ---- */

static const char *const faults[] = {
	[WALK_TRANSLATION] = "translation",
	[WALK_ACCESS] = "access",
	[WALK_PERMISSION] = "permission",
};

/* By the first address that had it at the start, which is the name that a reader knows it by. */
static void print_frame(const struct raw_world *w, int frame, char *text, size_t size)
{
	const struct litmus *l = w->litmus;

	for (unsigned int i = 0; i < l->nr_maps; i++) {
		int page = frame - w->frame_of[i];

		if (page >= 0 && page < (int)l->maps[i].pages) {
			snprintf(text, size, "%s.%d", l->maps[i].name, page);
			return;
		}
	}
	snprintf(text, size, "nothing");
}

/* In the words that a scenario writes it in. */
static void print_entry(const struct raw_world *w, uint64_t word, char *text, size_t size)
{
	char to[64];

	if (!(word & WALK_VALID)) {
		snprintf(text, size, "none");
		return;
	}
	print_frame(w, (int)walk_frame(word) - 1, to, sizeof(to));
	snprintf(text, size, "entry %s%s%s%s to %s", word & (WALK_DIRTY | WALK_WRITABLE) ? "rw" : "ro",
		 word & RAW_SOFT_DIRTY	? " dirty"
		 : !(word & WALK_DIRTY) ? " clean"
		 : word & WALK_WRITABLE ? " dirty"
					: " fixed",
		 word & WALK_YOUNG ? "" : " old", word & WALK_USER ? " user" : "", to);
}

/* What is no entry and no fault is a number. */
void raw_print(const struct raw_world *w, uint64_t word, char *text, size_t size)
{
	unsigned int tag = word >> RAW_TAG_SHIFT, fault = word & 0xff;

	if (tag == RAW_FAULT_TAG)
		snprintf(text, size, "fault-%s", fault < sizeof(faults) / sizeof(faults[0]) ? faults[fault] : "");
	else if (tag == RAW_ENTRY_TAG)
		print_entry(w, word, text, size);
	else
		snprintf(text, size, "%llu", (unsigned long long)word);
}

/* A place has one name, but for a page, which may have several; one of them is taken. */
void raw_print_place(const struct raw_world *w, unsigned int place, char *text, size_t size)
{
	const struct weak *t = &w->state->timeline;
	int page = weak_page_of(t, place);

	assert(place < t->nr_places);
	for (unsigned int i = 0; i < w->raw->nr_flags; i++) {
		if (w->flag[i] == place) {
			snprintf(text, size, "%s", w->raw->flags[i].name);
			return;
		}
	}
	for (unsigned int i = 0; i < w->litmus->nr_maps; i++) {
		if (page >= w->page[i] && page < w->page[i] + (int)w->litmus->maps[i].pages) {
			snprintf(text, size, "entry %s.%d", w->litmus->maps[i].name, page - w->page[i]);
			return;
		}
	}
	for (unsigned int i = 0; i < w->nr_frames; i++) {
		for (unsigned int word = 0; word < w->nr_words; word++) {
			if (w->data[i][word] == place)
				print_frame(w, (int)i, text, size);
		}
	}
}

/* ---- what was asked about ---- */

/* Several, one behind the other, as far as there is room. */
static void add(char *text, size_t size, const char *name, const char *value)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s = %s", used ? ", " : "", name, value);
}

/* Constants are in the question already. */
static void observe_value(const struct raw_world *w, const struct raw_value *v, char *text, size_t size)
{
	char name[100], value[100];

	if (v->kind == RAW_REGISTER)
		snprintf(name, sizeof(name), "%s", w->litmus->registers[v->reg].name);
	else if (v->kind == RAW_LAST && v->place.kind == RAW_FLAG)
		snprintf(name, sizeof(name), "%s", w->raw->flags[v->place.flag].name);
	else if (v->kind == RAW_LAST)
		snprintf(name, sizeof(name), "%s%s.%u", v->place.kind == RAW_ENTRY ? "entry " : "",
			 w->litmus->maps[v->place.map].name, v->place.page);
	else
		return;
	raw_print(w, raw_evaluate(w, v).word, value, sizeof(value));
	add(text, size, name, value);
}

/* The terms of the condition, in order; the operators need not be shown. */
void raw_observe(const struct raw_world *w, const struct litmus_expect *expect, char *text, size_t size)
{
	assert(size > 0);
	text[0] = 0;
	for (unsigned int i = 0; i < expect->nr_terms; i++) {
		const struct raw_term *term = &expect->raw_terms[i];

		if (term->kind == RAW_TERM_COMPARE) {
			observe_value(w, &term->left, text, size);
			observe_value(w, &term->right, text, size);
		} else if (term->kind == RAW_TERM_FAULTED) {
			add(text, size, w->raw->labels[term->label].name,
			    w->state->faults[term->label] ? "faulted" : "no fault");
		}
	}
}

/* ---- rows ---- */

/* A replay of the schedule, and the timeline that it becomes. */
struct show {
	struct raw_world *world;
	struct timeline *timeline;
	struct raw_story story;
	int column[LITMUS_MAX_CPUS];
};

/*
 * What a load has read is said with why that may be a surprise: it was overwritten, it is its own, or its address was translated by an old
 * entry.
 */
static void say_told(const struct raw_world *w, const struct raw_told *told, char *text, size_t size)
{
	const char *op = told->op == LITMUS_NONE ? "" : w->raw->ops[told->op].text;
	char place[100] = "", value[100];

	assert(size > 0);
	if (told->place != WEAK_NOBODY)
		raw_print_place(w, told->place, place, sizeof(place));
	raw_print(w, told->word, value, sizeof(value));
	switch (told->kind) {
	case RAW_TOLD_READ:
		snprintf(text, size, "%s: %s%s%s%s", op, value, told->stale ? ", which is overwritten" : "",
			 told->own ? ", its own, on its way" : "", told->old_walk ? ", through an old entry" : "");
		break;
	case RAW_TOLD_FAULT:
		snprintf(text, size, "%s: a %s fault%s", op, faults[told->fault],
			 told->old_walk ? ", by an old entry" : "");
		break;
	case RAW_TOLD_LEAVES:
		if (told->place == WEAK_NOBODY)
			snprintf(text, size, "an access that faulted is over");
		else
			snprintf(text, size, "%s = %s leaves the CPU", place, value);
		break;
	case RAW_TOLD_UPDATES:
		snprintf(text, size, "hardware makes %s %s", place, value);
		break;
	case RAW_TOLD_EARLY:
		snprintf(text, size, "hardware makes %s dirty, ahead of a store", place);
		break;
	case RAW_TOLD_YOUNG:
		snprintf(text, size, "hardware makes %s young, for no access", place);
		break;
	case RAW_TOLD_INTERRUPT:
		snprintf(text, size, "takes the interrupt");
		break;
	default:
		snprintf(text, size, "%s%s%s", op, told->failed ? ": not stored" : "",
			 told->old_walk ? ", through an old entry" : "");
	}
}

/* What no operation of the program asked for at that moment. */
static bool is_hardware(const struct raw_told *told)
{
	return told->op == LITMUS_NONE && told->kind != RAW_TOLD_INTERRUPT;
}

/* Agents behind the programs belong to CPUs, but for the last, which is nobody's. */
static int column_of(const struct show *s, unsigned int agent)
{
	const struct litmus *l = s->world->litmus;
	unsigned int next = l->nr_agents;

	if (agent < l->nr_agents)
		return s->column[l->agents[agent].cpu];
	for (unsigned int cpu = 0; cpu < l->cpus; cpu++) {
		next += 1 + (s->world->called >> cpu & 1);
		if (agent < next)
			return s->column[cpu];
	}
	return s->column[0];
}

static bool show_row(void *context, unsigned int step, const struct agent_event *event)
{
	struct show *s = context;
	char text[1000] = "";

	(void)step;
	if (!event)
		return true;
	for (unsigned int i = 0; i < s->story.nr; i++) {
		char one[400];
		size_t used = strlen(text);

		say_told(s->world, &s->story.told[i], one, sizeof(one));
		if (one[0])
			snprintf(text + used, sizeof(text) - used, "%s%s", used ? "; " : "", one);
	}
	/* A first turn that comes to an access at once has done nothing. */
	if (text[0])
		timeline_add_row(s->timeline, column_of(s, event->agent),
				 is_hardware(&s->story.told[0]) ? TIMELINE_HARDWARE : TIMELINE_STEP, "%s", text);
	s->story.nr = 0;
	return true;
}

/* A column for each CPU, as what leaves it is best seen beside its program. */
static void add_columns(struct show *s)
{
	const struct litmus *l = s->world->litmus;
	char name[32];

	for (unsigned int cpu = 0; cpu < l->cpus; cpu++) {
		snprintf(name, sizeof(name), "cpu %u", cpu);
		s->column[cpu] = timeline_add_agent(s->timeline, name, "");
	}
}

/* Whoever listens is in the world for as long as this takes, and only then is anything written down. */
struct timeline *raw_timeline(struct raw_world *w, const struct explore_options *options,
			      const struct explore_schedule *schedule)
{
	const struct litmus *l = w->litmus;
	struct show s = { .world = w };

	assert(!w->story);
	s.timeline = timeline_new(&(struct timeline_head){
		.scenario = l->name,
		.doc = l->doc,
		.sources = l->sources,
		.nr_sources = (int)l->nr_sources,
		.text = l->text,
	});
	add_columns(&s);
	w->story = &s.story;
	explore_replay(options, schedule, show_row, &s);
	w->story = NULL;
	return s.timeline;
}
