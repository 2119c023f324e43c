/* SPDX-License-Identifier: MIT */
/*
 * narrate.c - timelines of the shipped counterexamples: the path from the cached translation to its use, the missing step, and that names change nothing.
 *
 * Four architectures stand for all: interrupts and strong order, broadcasts, interrupts and weak order, and the row that promises nothing.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <glob.h>
#include <unistd.h>

#include "arch/arch.h"
#include "check/cli.h"
#include "check/narrate.h"
#include "check/plot.h"
#include "check/rules.h"
#include "kernel/spinlock.h"
#include "tests/lang/words.h"

enum {
	MOST_ROWS = 14, /* of a use after free, on the path */
	AT_LEAST = 100, /* counterexamples; fewer, and something was not run */
};

static const char *const archs[] = { "x86_64", "arm64", "riscv", "hostile" };

/* ---- one counterexample ---- */

struct shown {
	struct binding binding;
	struct outcome *out;
	struct timeline *t;
	struct story story; /* heard by the test itself */
	char why[400];
};

static const struct tlb_arch *arch_named(const char *name, unsigned int *nr)
{
	for (*nr = 0; *nr < tlb_arch_count(); ++*nr) {
		if (!strcmp(tlb_arch_at(*nr)->name, name))
			return tlb_arch_at(*nr);
	}
	abort();
}

static void hear(void *context, const struct machine_event *event)
{
	story_hear(context, event);
}

static bool next_row(void *context, unsigned int step, const struct agent_event *event)
{
	struct story *story = context;

	story->rows = (int)step + (event != NULL);
	return true;
}

static void show(struct shown *s, const struct litmus *l, const struct tlb_arch *arch,
		 const struct machine_rules *without, int failed)
{
	struct explore_schedule schedule = { s->out->length, s->out->steps };
	struct explore_options options = explore_defaults(binding_set_up, &s->binding);

	binding_init(&s->binding, l, arch, without);
	/* What an execution replays as depends on which words had to be weak when it was found. */
	s->binding.words = s->out->words;
	s->t = trace_timeline(&s->binding, &schedule, failed < 0 ? NULL : &l->expects[failed], s->why, sizeof(s->why));
	s->story = (struct story){ .binding = &s->binding };
	model_listen(&(struct model_listener){ &s->story, hear, NULL });
	explore_replay(&options, &schedule, next_row, &s->story);
	model_listen(NULL);
}

static void put_away(struct shown *s)
{
	timeline_free(s->t);
	story_end(&s->story);
}

static int marked(const struct timeline *t, enum timeline_mark mark)
{
	for (int i = 0; i < t->rows; i++) {
		if (t->row[i].mark == mark)
			return i;
	}
	return -1;
}

static int causal_rows(const struct timeline *t)
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

/* What the tables offer is not stale; while they show an old entry, a CPU may still cache what was cleared already. */
static const char *check_path(const struct shown *s)
{
	int cached = marked(s->t, TIMELINE_CACHED), cleared = marked(s->t, TIMELINE_CLEARED);
	int freed = marked(s->t, TIMELINE_FREED), used = marked(s->t, TIMELINE_STALE);
	const struct machine_event *access = used < 0 ? NULL : access_in(s, used);
	bool late = access && access->access.from == FOUND_LATE;

	if (access && access->access.from == FOUND_TABLES)
		return "stale, though the tables offer it";
	if (strcmp(model_property_name(MODEL_USE_AFTER_FREE), s->t->head.property))
		return NULL;
	if (is_offered(s))
		return freed < 0 ? "not where it was freed" : NULL;
	if (cached < 0 || cleared < 0 || freed < 0 || used < 0)
		return "cached, cleared, freed and used are not all there";
	if (cleared >= freed || freed >= used || cached >= used)
		return "not cleared, freed, used in this order";
	if (cached >= cleared && !late && !(access && seen_after(s, access->access.entry, cached)))
		return "cleared before it was cached";
	if (causal_rows(s->t) > MOST_ROWS)
		return "too many rows on the path";
	return NULL;
}

static const char *check_missing(const struct timeline *t, const struct machine_rules *without)
{
	char places[400], name[RULE_NAME_SIZE];
	unsigned int rule = 0;

	while (!machine_has_rule(without, rule))
		rule++;
	rules_places(rule, places, sizeof(places));
	rules_name(rule, name, sizeof(name));
	if (strcmp(t->head.missing_rule, name) || strcmp(t->head.missing_says, rules_get(rule)->text))
		return "another rule is missing than the one that is off";
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
	int causal = causal_rows(t), violations = 0;

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
	int freed = marked(t, TIMELINE_FREED), used = marked(t, TIMELINE_STALE);
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

static const char *complaint(const struct shown *s, const struct machine_rules *without)
{
	const char *wrong = check_path(s);

	wrong = wrong ? wrong : check_missing(s->t, without);
	wrong = wrong ? wrong : check_arrows(s->t);
	wrong = wrong ? wrong : check_interrupts(s);
	wrong = wrong ? wrong : check_rows(s->t);
	if (!wrong && !strcmp(model_property_name(MODEL_MISSED), s->t->head.property))
		wrong = check_takers(s);
	return wrong ? wrong : check_lanes(s);
}

/* ---- all that is shipped ---- */

static struct litmus *read_text(const char *path, const char *text, size_t len)
{
	static struct words words;
	struct litmus_error error;
	struct litmus *l;

	words_init(&words);
	l = litmus_read(path, text, len, &words.litmus, &error);
	if (!l)
		fail_msg("%s", error.text);
	return l;
}

static bool explore_job(const struct job *job, struct outcome *out)
{
	struct run_options options = { .explore = explore_defaults(NULL, NULL), .shorten = true };

	options.explore.search = EXPLORE_STATES;
	run_job(job, &options, out);
	return out->found || out->failed != RUN_NOTHING_FAILED;
}

static void check_one(const struct litmus *l, const struct job *job, struct shown *s, int *distribution)
{
	const char *wrong;

	if (!explore_job(job, s->out))
		fail_msg("%s on %s: nothing found", l->name, job->arch->name);
	show(s, l, job->arch, &job->without, -1);
	/* As the caller does. */
	s->t->head.property = model_property_name((enum model_property)__builtin_ctz(s->out->found));
	wrong = complaint(s, &job->without);
	if (wrong)
		fail_msg("%s on %s without %s: %s", l->name, job->arch->name, s->t->head.missing_rule, wrong);
	if (s->out->found == 1u << MODEL_USE_AFTER_FREE)
		distribution[causal_rows(s->t)]++;
	put_away(s);
}

static int check_scenario(const struct litmus *l, struct shown *s, int *distribution)
{
	int checked = 0;

	for (unsigned int a = 0; a < sizeof(archs) / sizeof(archs[0]); a++) {
		struct job job = { .kind = JOB_BROKEN, .litmus = l, .path = l->name };

		job.arch = arch_named(archs[a], &job.arch_number);
		for (unsigned int i = 0; i < l->nr_expects; i++) {
			const struct litmus_expect *expect = &l->expects[i];

			if (expect->kind != LITMUS_EXPECT_BROKEN || expect->some ||
			    !(expect->archs >> job.arch_number & 1))
				continue;
			job.expect = (int)i;
			job.without = rules_of(&expect->rules);
			job.properties = (uint32_t)expect->properties;
			check_one(l, &job, s, distribution);
			checked++;
		}
	}
	return checked;
}

static void shipped_counterexamples(void **state)
{
	struct shown *s = calloc(1, sizeof(*s));
	int distribution[MOST_ROWS + 1] = { 0 }, checked = 0;
	glob_t files;

	(void)state;
	s->out = calloc(1, sizeof(*s->out));
	assert_int_equal(glob("litmus/*/*.litmus", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		size_t len;
		char *text = test_file(files.gl_pathv[i], &len);
		struct litmus *l = read_text(files.gl_pathv[i], text, len);

		checked += check_scenario(l, s, distribution);
		litmus_free(l);
		free(text);
	}
	print_message("%d counterexamples; uses after free by rows on the path:", checked);
	for (int rows = 0; rows <= MOST_ROWS; rows++)
		if (distribution[rows])
			print_message(" %d: %d", rows, distribution[rows]);
	print_message("\n");
	assert_true(checked >= AT_LEAST);
	globfree(&files);
	free(s->out);
	free(s);
}

/* ---- names ---- */

static char *scenario_with(const char *name, size_t *len)
{
	char *text;
	int n = asprintf(&text,
			 "litmus named\ndoc \"a page is freed before its flush\"\narch x86_64\n"
			 "map %s = anon rw\nmap N = anon rw near %s\npresent %s dirty\n\n"
			 "cpu 0: munmap %s; reuse\ncpu 1: store %s = 1\n\nexpect safe\n",
			 name, name, name, name, name);

	assert_true(n > 0);
	*len = (size_t)n;
	return text;
}

/* Use after free, without the rule. */
static void show_freed_early(struct shown *s, const struct litmus *l)
{
	struct job job = {
		.kind = JOB_BROKEN, .expect = -1, .properties = 1u << MODEL_USE_AFTER_FREE, .litmus = l, .path = l->name
	};
	struct words words;

	words_init(&words);
	machine_put_rule(&job.without,
			 (unsigned int)words_find(words.rule, "flush-before-free", strlen("flush-before-free")));
	job.arch = arch_named("x86_64", &job.arch_number);
	assert_true(explore_job(&job, s->out));
	show(s, l, job.arch, &job.without, -1);
}

static void show_named(struct shown *s, const char *name, struct litmus **l)
{
	size_t len;
	char *text = scenario_with(name, &len);

	*l = read_text("named", text, len);
	show_freed_early(s, *l);
	free(text);
}

static void names_decide_nothing(void **state)
{
	static const char *const names[] = {
		"interrupt", "locks", "frees", "begins", "through", "none", "invalidates"
	};
	struct shown a = { .out = calloc(1, sizeof(*a.out)) };
	struct litmus *l;

	(void)state;
	show_named(&a, "A", &l);
	for (unsigned int n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		struct shown b = { .out = calloc(1, sizeof(*b.out)) };
		struct litmus *other;

		show_named(&b, names[n], &other);
		assert_int_equal(a.t->rows, b.t->rows);
		assert_int_equal(a.t->arrows, b.t->arrows);
		assert_int_equal(a.t->missing_row, b.t->missing_row);
		for (int i = 0; i < a.t->rows; i++) {
			assert_int_equal(a.t->row[i].kind, b.t->row[i].kind);
			assert_int_equal(a.t->row[i].mark, b.t->row[i].mark);
			assert_int_equal(a.t->row[i].causal, b.t->row[i].causal);
		}
		assert_memory_equal(a.t->arrow, b.t->arrow, (size_t)a.t->arrows * sizeof(a.t->arrow[0]));
		put_away(&b);
		litmus_free(other);
		free(b.out);
	}
	put_away(&a);
	litmus_free(l);
	free(a.out);
}

/* ---- conditions ---- */

static void failed_condition(void **state)
{
	static const char text[] =
		"litmus failed\ndoc \"a load may come too late\"\narch x86_64\n"
		"map A = anon rw\npresent A\n\ncpu 0: munmap A\ncpu 1: load A -> r\n\nexpect r = 0\n";
	struct shown s = { .out = calloc(1, sizeof(*s.out)) };
	struct litmus *l = read_text("failed", text, strlen(text));
	struct job job = { .kind = JOB_EXPECT, .litmus = l, .path = l->name };
	int faulted = -1, last;

	(void)state;
	job.arch = arch_named("x86_64", &job.arch_number);
	assert_true(explore_job(&job, s.out));
	assert_int_equal(s.out->failed, 0);
	show(&s, l, job.arch, &job.without, s.out->failed);
	for (int i = 0; i < s.story.nr; i++)
		faulted = s.story.told[i].event.kind == EVENT_fault ? s.story.told[i].row : faulted;
	last = s.t->rows - 1;
	assert_true(faulted >= 0);
	assert_true(s.t->row[faulted].causal);
	assert_true(marked(s.t, TIMELINE_CLEARED) >= 0 && marked(s.t, TIMELINE_CLEARED) < faulted);
	assert_string_equal(s.t->watch[s.t->watches - 1], "r");
	assert_string_equal(s.t->row[last].state[s.t->watches - 1], "fault");
	assert_string_equal(s.t->head.missing_rule, "");
	assert_string_equal(s.why, "r = fault");
	put_away(&s);
	litmus_free(l);
	free(s.out);
}

/* ---- a large page: what is used is a part of it, and what was cleared and given back leads to the first ---- */

static void part_of_large_page(void **state)
{
	static const char text[] =
		"litmus large\ndoc \"a part of a large page is used\"\narch x86_64\n"
		"map A = anon pages=4 rw\nhuge A\npresent A dirty\n\ncpu 0: munmap A\ncpu 1: store A.2 = 1\n\nexpect safe\n";
	struct shown s = { .out = calloc(1, sizeof(*s.out)) };
	struct litmus *l = read_text("large", text, strlen(text));
	int cleared, freed, used;

	(void)state;
	show_freed_early(&s, l);
	cleared = marked(s.t, TIMELINE_CLEARED);
	freed = marked(s.t, TIMELINE_FREED);
	used = marked(s.t, TIMELINE_STALE);
	assert_true(cleared >= 0 && cleared < freed && freed < used);
	assert_string_equal(s.t->row[freed].lane[0], "free");
	for (int i = 0; i < s.t->watches; i++) {
		if (!strcmp(s.t->watch[i], "A.2 entry"))
			assert_string_equal(s.t->row[0].state[i], "frame 62 rw dirty");
	}
	put_away(&s);
	litmus_free(l);
	free(s.out);
}

/* ---- a deadlock: each holds what the other waits for ---- */

struct two_locks {
	spinlock_t *lock[2];
};

static void take_both(void *arg)
{
	spinlock_t **lock = arg;

	spin_lock(lock[0]);
	spin_lock(lock[1]);
}

static bool no_fault(unsigned long address, enum machine_access how)
{
	(void)address;
	(void)how;
	return false;
}

static void set_up_deadlock(void *context)
{
	static const struct machine_kernel kernel = { .data_size = sizeof(long), .fault = no_fault };
	static spinlock_t *order[2][2];
	struct model_config config = { .kernel = &kernel, .cpus = 2, .levels = 2 };
	spinlock_t *a, *b;

	config.arch = context;
	model_boot(&config);
	a = agent_alloc(sizeof(*a));
	b = agent_alloc(sizeof(*b));
	order[0][0] = order[1][1] = a;
	order[0][1] = order[1][0] = b;
	model_spawn_thread(0, take_both, order[0]);
	model_spawn_thread(1, take_both, order[1]);
	model_start();
}

static void deadlock(void **state)
{
	static const struct litmus none = { .name = "none" };
	unsigned int nr;
	struct tlb_arch arch = *arch_named("x86_64", &nr);
	struct binding binding = { .litmus = &none, .arch = arch };
	struct explore_choice steps[] = { { 0, 0 }, { 1, 0 } };
	struct explore_schedule schedule = { 2, steps };
	struct explore_options options = explore_defaults(set_up_deadlock, &arch);
	struct story story = { .binding = &binding };
	struct plot *plot;

	(void)state;
	model_listen(&(struct model_listener){ &story, hear, NULL });
	assert_int_equal(explore_replay(&options, &schedule, next_row, &story), EXPLORE_REPLAYED);
	assert_int_equal(binding_end(), BINDING_IS_STUCK);
	model_violation(MODEL_DEADLOCK, stuck, 0);
	model_listen(NULL);
	plot = plot_draw(&story, 2);
	assert_int_equal(plot->waits, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(plot->wait[i].agent, i);
		assert_int_equal(plot->wait[i].holder, 1 - i);
		assert_ptr_equal(plot->wait[i].object, story.told[1 - i].event.lock.lock);
		assert_true(plot->causal[i]);
	}
	plot_free(plot);
	story_end(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_counterexamples),
		cmocka_unit_test(names_decide_nothing),
		cmocka_unit_test(failed_condition),
		cmocka_unit_test(part_of_large_page),
		cmocka_unit_test(deadlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
