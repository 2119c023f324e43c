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

#include "arch/arch.h"
#include "check/cli.h"
#include "check/narrate.h"
#include "check/plot.h"
#include "check/rules.h"
#include "check/sentence.h"
#include "kernel/spinlock.h"
#include "tests/check/shown.h"
#include "tests/lang/words.h"

enum {
	AT_LEAST = 100, /* counterexamples; fewer, and something was not run */
};

static const char *const archs[] = { "x86_64", "arm64", "riscv", "hostile" };

static const struct tlb_arch *arch_named(const char *name, unsigned int *nr)
{
	for (*nr = 0; *nr < tlb_arch_count(); ++*nr) {
		if (!strcmp(tlb_arch_at(*nr)->name, name))
			return tlb_arch_at(*nr);
	}
	abort();
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
	shown_replay(s, l, job->arch, &job->without, -1);
	/* As the caller does. */
	s->t->head.property = model_property_name((enum model_property)__builtin_ctz(s->out->found));
	wrong = shown_complaint(s, &job->without);
	if (wrong)
		fail_msg("%s on %s without %s: %s", l->name, job->arch->name, s->t->head.missing_rule, wrong);
	if (s->out->found == 1u << MODEL_USE_AFTER_FREE)
		distribution[shown_causal_rows(s->t)]++;
	shown_put_away(s);
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
	int distribution[SHOWN_MOST_ROWS + 1] = { 0 }, checked = 0;
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
	for (int rows = 0; rows <= SHOWN_MOST_ROWS; rows++)
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
	shown_replay(s, l, job.arch, &job.without, -1);
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
		shown_put_away(&b);
		litmus_free(other);
		free(b.out);
	}
	shown_put_away(&a);
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
	shown_replay(&s, l, job.arch, &job.without, s.out->failed);
	for (int i = 0; i < s.story.nr; i++)
		faulted = s.story.told[i].event.kind == EVENT_fault ? s.story.told[i].row : faulted;
	last = s.t->rows - 1;
	assert_true(faulted >= 0);
	assert_true(s.t->row[faulted].causal);
	assert_true(shown_marked(s.t, TIMELINE_CLEARED) >= 0 && shown_marked(s.t, TIMELINE_CLEARED) < faulted);
	assert_string_equal(s.t->watch[s.t->watches - 1], "r");
	assert_string_equal(s.t->row[last].state[s.t->watches - 1], "fault");
	assert_string_equal(s.t->head.missing_rule, "");
	assert_string_equal(s.why, "r = fault");
	shown_put_away(&s);
	litmus_free(l);
	free(s.out);
}

/* Two entries, whose stores wait together: the table's, and the page's in it. */
static void what_leaves_together_is_told_together(void **state)
{
	static const char text[] = "litmus together\ndoc \"a fault makes a table and an entry\"\narch arm64\n"
				   "map A = anon rw\n\ncpu 0: load A -> r\n\nexpect r = 7\n";
	struct shown s = { .out = calloc(1, sizeof(*s.out)) };
	struct litmus *l = read_text("together", text, strlen(text));
	struct job job = { .kind = JOB_EXPECT, .litmus = l, .path = l->name };
	bool told = false;

	(void)state;
	job.arch = arch_named("arm64", &job.arch_number);
	assert_true(explore_job(&job, s.out));
	shown_replay(&s, l, job.arch, &job.without, s.out->failed);
	for (int row = 0; row < s.t->rows; row++)
		told |= strstr(s.t->row[row].text,
			       "from here on walks see A.0's level-1 entry and A.0's entry as they are; load A") !=
			NULL;
	assert_true(told);
	shown_put_away(&s);
	litmus_free(l);
	free(s.out);
}

/* ---- who it was ---- */

/* The race of each agent's access, which nobody has made. */
static void a_race_names_who_made_it(void **state)
{
	static const char text[] = "litmus who\ndoc \"who\"\narch x86_64\nmap A = anon rw\n"
				   "cpu 0: load A\ncpu 1: load A\nvcpu V: load A\ndevice D: load A\nexpect safe\n";
	static const char *const names[] = { "by cpu 0 at", "by cpu 1 at", "by vcpu V at", "by device D at" };
	struct litmus *l = read_text("who", text, strlen(text));
	struct binding *binding = calloc(1, sizeof(*binding));
	struct explore_options options = explore_defaults(binding_set_up, binding);
	struct machine_rules none = { { 0 } };
	struct explore_schedule nothing = { 0 };
	unsigned int nr;

	(void)state;
	assert_non_null(binding);
	binding_init(binding, l, arch_named("x86_64", &nr), &none);
	assert_int_equal(explore_replay(&options, &nothing, NULL, NULL), EXPLORE_REPLAYED);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct machine_event event = { .kind = EVENT_data_race, .data_race = { .other = (int)i } };
		char said[300];

		sentence_of(binding, NULL, &event, said, sizeof(said));
		print_message("%s\n", said);
		assert_non_null(strstr(said, names[i]));
	}
	free(binding);
	litmus_free(l);
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
	cleared = shown_marked(s.t, TIMELINE_CLEARED);
	freed = shown_marked(s.t, TIMELINE_FREED);
	used = shown_marked(s.t, TIMELINE_STALE);
	assert_true(cleared >= 0 && cleared < freed && freed < used);
	assert_string_equal(s.t->row[freed].lane[0], "free");
	for (int i = 0; i < s.t->watches; i++) {
		if (!strcmp(s.t->watch[i], "A.2 entry"))
			assert_string_equal(s.t->row[0].state[i], "frame 62 rw dirty");
	}
	shown_put_away(&s);
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
	model_listen(&(struct model_listener){ &story, shown_hear, NULL });
	assert_int_equal(explore_replay(&options, &schedule, shown_next_row, &story), EXPLORE_REPLAYED);
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
		cmocka_unit_test(what_leaves_together_is_told_together),
		cmocka_unit_test(a_race_names_who_made_it),
		cmocka_unit_test(part_of_large_page),
		cmocka_unit_test(deadlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
