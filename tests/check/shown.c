/* SPDX-License-Identifier: MIT */
/* shown.c - a counterexample as it is shown, and what must be so of each; see shown.h. */
#include <string.h>
#include <unistd.h>

#include "check/narrate.h"
#include "check/plot.h"
#include "tests/check/shown.h"

/* ---- one counterexample ---- */

void shown_hear(void *story, const struct machine_event *event)
{
	story_hear(story, event);
}

bool shown_next_row(void *context, unsigned int step, const struct agent_event *event)
{
	struct story *story = context;

	story->rows = (int)step + (event != NULL);
	return true;
}

void shown_replay(struct shown *s, const struct litmus *l, const struct tlb_arch *arch,
		  const struct machine_rules *without, int failed)
{
	struct explore_schedule schedule = { s->out->length, s->out->steps };
	struct explore_options options = explore_defaults(binding_set_up, &s->binding);

	binding_init(&s->binding, l, arch, without);
	/* What an execution replays as depends on which words had to be weak when it was found. */
	s->binding.words = s->out->words;
	s->t = trace_timeline(&s->binding, &schedule, failed < 0 ? NULL : &l->expects[failed], s->why, sizeof(s->why));
	s->story = (struct story){ .binding = &s->binding };
	model_listen(&(struct model_listener){ &s->story, shown_hear, NULL });
	explore_replay(&options, &schedule, shown_next_row, &s->story);
	model_listen(NULL);
}

void shown_put_away(struct shown *s)
{
	timeline_free(s->t);
	story_end(&s->story);
}

int shown_marked(const struct timeline *t, enum timeline_mark mark)
{
	for (int i = 0; i < t->rows; i++) {
		if (t->row[i].mark == mark)
			return i;
	}
	return -1;
}

int shown_causal_rows(const struct timeline *t)
{
	int rows = 0;

	for (int i = 0; i < t->rows; i++)
		rows += t->row[i].causal;
	return rows;
}

/* The record of the access in @row, or NULL: it is not one of a program. */
static const struct machine_event *access_in(const struct shown *s, int row)
{
	for (int i = 0; i < s->story.nr; i++) {
		if (s->story.told[i].row == row && s->story.told[i].event.kind == EVENT_access)
			return &s->story.told[i].event;
	}
	return NULL;
}

/* ---- what must be so of each ---- */

/* Did walks see that @entry was changed only later than in @row? */
static bool seen_after(const struct shown *s, const void *entry, int row)
{
	for (int i = 0; i < s->story.nr; i++) {
		const struct machine_event *e = &s->story.told[i].event;

		if (s->story.told[i].row > row && e->kind == EVENT_entry_seen && e->entry_seen.entry == entry)
			return true;
	}
	return false;
}

/* Did the tables still offer the page that was given back? Then nothing was cleared, nor cached. */
static bool is_offered(const struct shown *s)
{
	for (int i = 0; i < s->story.nr; i++) {
		const struct machine_event *e = &s->story.told[i].event;

		if (e->kind == EVENT_freed_page_used && e->freed_page_used.from == FOUND_TABLES)
			return true;
	}
	return false;
}

/* The kernel uses a page that none of its reads in the story has found: it knew it before. */
static bool is_known_before(const struct shown *s)
{
	const struct machine_event *touched = NULL;
	bool found = false;

	for (int i = s->story.nr - 1; i >= 0; i--) {
		const struct machine_event *e = &s->story.told[i].event;

		if (e->kind == EVENT_freed_page_touched)
			touched = e;
		if (touched && e->kind == EVENT_entry_read && e->agent == touched->agent &&
		    model_pte_frame(e->entry_read.word) == touched->freed_page_touched.frame)
			found = true;
	}
	return touched && !found;
}

/* What the tables offer is not stale; while they show an old entry, a CPU may still cache what was cleared already. */
static const char *check_path(const struct shown *s)
{
	int cached = shown_marked(s->t, TIMELINE_CACHED), cleared = shown_marked(s->t, TIMELINE_CLEARED);
	int freed = shown_marked(s->t, TIMELINE_FREED), used = shown_marked(s->t, TIMELINE_STALE);
	const struct machine_event *access = used < 0 ? NULL : access_in(s, used);
	bool late = access && access->access.from == FOUND_LATE;

	if (access && access->access.from == FOUND_TABLES)
		return "stale, though the tables offer it";
	if (strcmp(model_property_name(MODEL_USE_AFTER_FREE), s->t->head.property))
		return NULL;
	if (is_offered(s))
		return freed < 0 ? "not where it was freed" : NULL;
	if (cached < 0 && is_known_before(s))
		cached = 0;
	if (cached < 0 || cleared < 0 || freed < 0 || used < 0)
		return "cached, cleared, freed and used are not all there";
	if (cleared >= freed || freed >= used || cached >= used)
		return "not cleared, freed, used in this order";
	if (cached >= cleared && !late && !(access && seen_after(s, access->access.entry, cached)))
		return "cleared before it was cached";
	if (shown_causal_rows(s->t) > SHOWN_MOST_ROWS)
		return "too many rows on the path";
	return NULL;
}

/* Is @rule off, and the one that is shown? */
static bool is_missing(const struct timeline *t, const struct machine_rules *without, unsigned int rule)
{
	char name[RULE_NAME_SIZE];

	rules_name(rule, name, sizeof(name));
	return machine_has_rule(without, rule) && !strcmp(t->head.missing_rule, name) &&
	       !strcmp(t->head.missing_says, rules_get(rule)->text);
}

/* Of several that are off one is shown. */
static const char *check_missing(const struct timeline *t, const struct machine_rules *without)
{
	char places[400];
	unsigned int rule = 0;

	while (rule < rules_count() && !is_missing(t, without, rule))
		rule++;
	if (rule == rules_count())
		return "another rule is missing than one that is off";
	rules_places(rule, places, sizeof(places));
	if (!*t->head.missing_place || !strstr(places, t->head.missing_place))
		return "the missing step is not at the rule's place";
	return t->missing_row < 0 ? "nobody knows when the missing step was due" : NULL;
}

static bool arrow_fits(const struct timeline *t, const struct timeline_arrow *arrow)
{
	const struct timeline_row *from = &t->row[arrow->from], *to = &t->row[arrow->to];

	switch (arrow->kind) {
	case TIMELINE_ARROW_SENDS:
		return from->kind == TIMELINE_IRQ && to->kind == TIMELINE_IRQ && from->agent != to->agent;
	case TIMELINE_ARROW_FREES_USES:
		return from->mark == TIMELINE_FREED && from->causal && to->causal;
	case TIMELINE_ARROW_CLEARS:
		return from->mark == TIMELINE_CACHED && to->mark == TIMELINE_CLEARED;
	default:
		return false;
	}
}

static const char *check_arrows(const struct timeline *t)
{
	for (int i = 0; i < t->arrows; i++) {
		if (t->arrow[i].from >= t->arrow[i].to || t->arrow[i].to >= t->rows || !arrow_fits(t, &t->arrow[i]))
			return "an arrow that fits nothing";
	}
	return NULL;
}

/* Who runs an interrupt's handler on the path is shown to have been sent it. */
static const char *check_interrupts(const struct shown *s)
{
	for (int i = 0; i < s->story.nr; i++) {
		const struct told *told = &s->story.told[i];
		bool drawn = false;

		if ((told->event.kind != EVENT_call_taken && told->event.kind != EVENT_call_polled) ||
		    !s->t->row[told->row].causal)
			continue;
		for (int a = 0; a < s->t->arrows; a++)
			drawn |= s->t->arrow[a].kind == TIMELINE_ARROW_SENDS && s->t->arrow[a].to == told->row;
		if (!drawn)
			return "a handler that nobody has sent for";
	}
	return NULL;
}

/* What survives its unmapping, or a right that was taken, was taken by somebody, whom a reader has to see. */
static const char *check_takers(const struct shown *s)
{
	for (int i = 0; i < s->story.nr; i++) {
		const struct told *told = &s->story.told[i];

		if (told->event.kind == EVENT_op_begins && s->t->row[told->row].causal)
			return NULL;
	}
	return "missed, and not by whom";
}

static bool is_of(const struct timeline *t, enum model_property property)
{
	return !strcmp(model_property_name(property), t->head.property);
}

static const char *check_rows(const struct timeline *t)
{
	int causal = shown_causal_rows(t), violations = 0;

	for (int i = 0; i < t->rows; i++) {
		const struct timeline_row *row = &t->row[i];

		violations += row->kind == TIMELINE_VIOLATION;
		if ((row->mark || row->kind == TIMELINE_VIOLATION) && !row->causal)
			return "a marked row is not on the path";
		if (row->file && (access(row->file, R_OK) || strstr(row->file, "..")))
			return "a place that is nowhere";
		if (row->mark == TIMELINE_CLEARED && !row->file)
			return "a changed entry without its place";
	}
	/* In a deadlock rows say who waits. */
	if (violations != !is_of(t, MODEL_DEADLOCK))
		return "not one violation";
	return causal < 2 || causal == t->rows ? "nothing was chosen" : NULL;
}

/* The first lane is the frame's, and then comes one for each CPU. */
static const char *check_lanes(const struct shown *s)
{
	const struct timeline *t = s->t;
	int freed = shown_marked(t, TIMELINE_FREED), used = shown_marked(t, TIMELINE_STALE);
	const struct machine_event *access = used < 1 ? NULL : access_in(s, used);

	/* A race is about a word of the kernel's, and a deadlock about nothing that there is. */
	if (is_of(t, MODEL_DATA_RACE) || is_of(t, MODEL_DEADLOCK))
		return NULL;
	if (!t->lanes || (freed >= 0 && strcmp(t->row[freed].lane[0], "free")))
		return "the frame's lane does not show that it is free";
	if (access && !strcmp(t->row[used - 1].lane[1 + access->cpu], "nothing"))
		return "a CPU uses what its lane does not show";
	return NULL;
}

/* The store that is lost is on the path, to whatever page. @why says of which value: "..., 5 was stored there last, ...". */
static const char *check_lost(const struct shown *s)
{
	const char *at = strstr(s->why, " was stored");
	unsigned long long lost;

	while (at && at > s->why && at[-1] >= '0' && at[-1] <= '9')
		at--;
	if (!at || sscanf(at, "%llu", &lost) != 1)
		return NULL;
	for (int i = 0; i < s->story.nr; i++) {
		const struct machine_event *e = &s->story.told[i].event;

		if (s->t->row[s->story.told[i].row].causal &&
		    ((e->kind == EVENT_access && e->access.how == MACHINE_STORE && e->access.value == lost) ||
		     (e->kind == EVENT_frame_write && e->frame_write.value == lost)))
			return NULL;
	}
	return "not the store that is lost";
}

/* Of what leaves a store buffer in one step, one sentence. */
static const char *check_seen(const struct timeline *t)
{
	static const char what[] = "from here on walks see";

	for (int row = 0; row < t->rows; row++) {
		const char *first = strstr(t->row[row].text, what);

		if (first && strstr(first + 1, what))
			return "a row that says twice what walks see";
	}
	return NULL;
}

const char *shown_complaint(const struct shown *s, const struct machine_rules *without)
{
	const char *wrong = check_path(s);

	wrong = wrong ? wrong : check_missing(s->t, without);
	wrong = wrong ? wrong : check_arrows(s->t);
	wrong = wrong ? wrong : check_interrupts(s);
	wrong = wrong ? wrong : check_rows(s->t);
	wrong = wrong ? wrong : check_lost(s);
	wrong = wrong ? wrong : check_seen(s->t);
	if (!wrong && !strcmp(model_property_name(MODEL_MISSED), s->t->head.property))
		wrong = check_takers(s);
	return wrong ? wrong : check_lanes(s);
}
