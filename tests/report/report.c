/* SPDX-License-Identifier: MIT */
/* report.c - tests of the reports' sentences, texts and terminal output: nothing too long, nothing said by colour
 * alone. */
#include <fcntl.h>
#include <unistd.h>
#include "report/show.h"
#include "report/text.h"
#include "tests/report/capture.h"

/* ---- numbers and sentences ---- */

static void thousands_are_separated(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(report_thousands(0, text), "0");
	assert_string_equal(report_thousands(999, text), "999");
	assert_string_equal(report_thousands(1000, text), "1,000");
	assert_string_equal(report_thousands(123456, text), "123,456");
	assert_string_equal(report_thousands(1234567, text), "1,234,567");
	assert_string_equal(report_thousands(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

static void check_line(const struct report_result *result, const char *expected)
{
	char line[256];

	report_verdict_line(result, line, sizeof(line));
	assert_string_equal(line, expected);
}

static void verdicts_say_what_was_explored(void **state)
{
	(void)state;
	check_line(&(struct report_result){ .verdict = REPORT_SAFE, .executions = 4812 },
		   "safe (all 4,812 executions)");
	check_line(&(struct report_result){ .verdict = REPORT_SAFE, .executions = 1 }, "safe (the only execution)");
	check_line(&(struct report_result){ .verdict = REPORT_HOLDS, .executions = 12 }, "holds (all 12 executions)");
	check_line(
		&(struct report_result){
			.verdict = REPORT_UNSAFE, .property = "use-after-free", .steps = 37, .executions = 1204 },
		"unsafe: use-after-free, 37 steps, found after 1,204 executions");
	check_line(&(struct report_result){ .verdict = REPORT_UNSAFE, .property = "use-after-free", .steps = 37 },
		   "unsafe: use-after-free, 37 steps");
	check_line(&(struct report_result){ .verdict = REPORT_REPLAYED, .executions = 1 },
		   "no violation on this trace");
	check_line(&(struct report_result){ .verdict = REPORT_UNFINISHED, .stopped_by = "SIGINT", .executions = 1 },
		   "not finished: SIGINT after 1 execution");
	check_line(&(struct report_result){ .verdict = REPORT_BOUNDED, .executions = 1000, .bound = 2 },
		   "no violation in all 1,000 executions with at most 2 preemptions");
	check_line(&(struct report_result){ .verdict = REPORT_STOPPED,
					    .executions = 2000000,
					    .stopped_by = "--max-executions" },
		   "NOT EXHAUSTED: explored 2,000,000 executions, stopped by --max-executions");
}

/* States, where states were counted, and nothing of executions. */
static void verdicts_over_states_say_states(void **state)
{
	struct report_result r = {
		.verdict = REPORT_SAFE, .search = REPORT_BY_STATE, .states = 25094, .transitions = 61203
	};

	(void)state;
	check_line(&r, "safe (all 25,094 states, 61,203 transitions)");
	r.verdict = REPORT_HOLDS;
	check_line(&r, "holds (all 25,094 states, 61,203 transitions)");
	r.witness = true;
	check_line(&r, "holds (seen in 25,094 states, 61,203 transitions)");
	r.verdict = REPORT_UNSAFE;
	r.property = "use-after-free";
	r.steps = 37;
	check_line(&r, "unsafe: use-after-free, 37 steps, found after 25,094 states, 61,203 transitions");
	r.verdict = REPORT_STOPPED;
	r.stopped_by = "--max-states";
	check_line(&r, "NOT EXHAUSTED: explored 25,094 states, 61,203 transitions, stopped by --max-states");
	r.verdict = REPORT_UNFINISHED;
	r.stopped_by = "stopped by SIGINT";
	r.states = r.transitions = 1;
	check_line(&r, "not finished: stopped by SIGINT after 1 state, 1 transition");
	r.states = 0;
	check_line(&r, "not finished: stopped by SIGINT");
}

/* What one execution had, and its own length; what none had, and how many there were. */
static void a_failed_condition_says_what_was_seen(void **state)
{
	struct report_result r = { .verdict = REPORT_BROKEN,
				   .expectation = "expect never r = 1",
				   .property = "not so in some execution",
				   .observed = "r = 1",
				   .steps = 1,
				   .executions = 2482 };

	(void)state;
	check_line(&r, "does not hold: r = 1, expected never r = 1, 1 step");
	r.steps = 1200;
	check_line(&r, "does not hold: r = 1, expected never r = 1, 1,200 steps");
	r.observed = NULL;
	r.expectation = "expect sometimes r = 1";
	r.property = "in no execution";
	check_line(&r, "does not hold: in no execution, expected sometimes r = 1, explored 2,482 executions");
}

/* n = 2, k = 10, d = 2: at least 1 in 20 finds it, so 0.95^10 = 0.599 is the most that 10 executions miss. */
static void a_sample_says_what_it_may_have_missed(void **state)
{
	struct report_result r = {
		.verdict = REPORT_SAMPLED, .executions = 10, .seed = 7, .depth = 2, .agents = 2, .length = 10
	};

	(void)state;
	check_line(&r,
		   "no violation in 10 random executions (seed 7, depth 2: a bug of depth 2 is missed with probability "
		   "at most 0.6)");
	r.executions = 1000000;
	r.length = 0;
	check_line(&r, "no violation in 1,000,000 random executions (seed 7)");
}

static void only_the_explored_is_called_safe(void **state)
{
	(void)state;
	for (int i = 0; i < REPORT_VERDICTS; i++) {
		struct report_result r = { .verdict = (enum report_verdict)i,
					   .executions = 5,
					   .depth = 1,
					   .agents = 2,
					   .length = 9,
					   .property = "alias",
					   .stopped_by = "--max-seconds" };
		char line[256];

		report_verdict_line(&r, line, sizeof(line));
		assert_int_equal(strstr(line, "safe") != NULL, i == REPORT_SAFE || i == REPORT_UNSAFE);
		assert_non_null(report_verdict_name(r.verdict));
	}
}

/* ---- texts ---- */

static void utf8_is_measured_and_cleaned(void **state)
{
	struct report_arena *arena = report_arena_new();

	(void)state;
	assert_int_equal(report_width("abc"), 3);
	assert_int_equal(report_width("Größe"), 5);
	assert_int_equal(report_width("東京"), 4);
	assert_int_equal(report_width("e\xcc\x81"), 1);
	assert_string_equal(report_copy(arena, NULL), "");
	assert_string_equal(report_copy(arena, "a\tb\nc"), "a b c");
	assert_string_equal(report_copy(arena, "a\x1b[31m"), "a?[31m");
	assert_string_equal(report_copy(arena, "\xff\xc3"), "??");
	assert_string_equal(report_copy(arena, "\xc0\x80"), "??");
	assert_string_equal(report_copy(arena, "\xed\xa0\x80"), "?");
	assert_string_equal(report_copy(arena, "a\xe2\x80\xae"
					       "b"),
			    "a?b");
	assert_string_equal(report_copy(arena, "Größe 東京"), "Größe 東京");
	report_arena_free(arena);
}

static void check_wrap(const char *text, unsigned int width, const char *joined)
{
	char all[256] = "";
	struct text_span line;

	while (report_wrap(&text, width, &line)) {
		assert_true(line.columns <= width);
		assert_true(line.bytes > 0);
		if (*all)
			strcat(all, "|");
		strncat(all, line.start, line.bytes);
	}
	assert_string_equal(all, joined);
}

static void lines_break_where_readers_expect(void **state)
{
	(void)state;
	check_wrap("", 10, "");
	check_wrap("   ", 10, "");
	check_wrap("one two three", 8, "one two|three");
	check_wrap("one two three", 13, "one two three");
	check_wrap("exactly8 more", 8, "exactly8|more");
	check_wrap("munmap-vs-unmap_mapping_range", 20, "munmap-vs-unmap_|mapping_range");
	check_wrap("abcdefghijkl", 5, "abcde|fghij|kl");
	check_wrap("東京東京", 5, "東京|東京");
	assert_int_equal(report_lines("one two three", 8), 2);
}

static void a_cut_text_stays_utf8(void **state)
{
	char text[6];

	(void)state;
	report_format(text, sizeof(text), "%s", "abcdö");
	assert_string_equal(text, "abcd");
	report_format(text, sizeof(text), "%s", "abcö");
	assert_string_equal(text, "abcö");
}

static void what_is_drawn_outside_is_lost(void **state)
{
	struct report_style style = { .width = 40 };
	struct sheet sheet;
	struct capture c;
	char *text;

	(void)state;
	report_sheet_init(&sheet, &style);
	report_sheet_clear(&sheet, 2);
	report_sheet_text(&sheet, 38, 0, "abc", INK_PLAIN);
	report_sheet_text(&sheet, 39, 1, "東", INK_PLAIN);
	report_sheet_text(&sheet, 0, 2, "below", INK_PLAIN);
	report_sheet_print(&sheet, capture_open(&c));
	text = capture_close(&c);
	assert_string_equal(text, "                                      ab\n\n");
	free(text);
	report_sheet_done(&sheet);
}

/* ---- the style of an output ---- */

static void plain_where_nobody_looks(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	setenv("COLUMNS", "90", 1);
	setenv("LC_ALL", "C", 1);
	assert_false(report_style_for(file).colour);
	assert_true(report_style_for(file).ascii);
	assert_int_equal(report_style_for(file).width, 90);
	setenv("COLUMNS", "3", 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	assert_int_equal(report_style_for(file).width, 40);
	assert_false(report_style_for(file).ascii);
	unsetenv("COLUMNS");
	assert_int_equal(report_style_for(file).width, 120);
	fclose(file);
}

static FILE *open_terminal(int *master)
{
	*master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*master < 0 || grantpt(*master) || unlockpt(*master))
		return NULL;
	return fopen(ptsname(*master), "w");
}

static void colour_is_the_users_choice(void **state)
{
	int master;
	FILE *terminal = open_terminal(&master);

	(void)state;
	if (!terminal)
		skip();
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	assert_true(report_style_for(terminal).colour);
	setenv("NO_COLOR", "1", 1);
	assert_false(report_style_for(terminal).colour);
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_false(report_style_for(terminal).colour);
	fclose(terminal);
	close(master);
}

/* ---- tables ---- */

static char *print_table(const struct report_table *table, unsigned int width)
{
	struct report_style style = { .width = width, .ascii = true };
	struct capture c;

	report_table_print(table, capture_open(&c), &style);
	return capture_close(&c);
}

static void tables_align(void **state)
{
	static const char *const first[] = { "x86_64", "33", NULL };
	static const char *const second[] = { "arm64", "512", "a word or two, or rather more than two" };
	struct report_table *table = report_table_new("");
	char *text;

	(void)state;
	report_table_column(table, "name", REPORT_LEFT);
	report_table_column(table, "ceiling", REPORT_RIGHT);
	report_table_column(table, "notes", REPORT_LEFT);
	report_table_row(table, first);
	report_table_row(table, second);
	text = print_table(table, 40);
	assert_string_equal(text, "name    ceiling  notes\n"
				  "----------------------------------------\n"
				  "x86_64       33\n"
				  "arm64       512  a word or two, or\n"
				  "                 rather more than two\n");
	free(text);
	report_table_free(table);
}

static void runs_and_tables_fit_as_well(void **state)
{
	struct run_report *run = sample_run();

	(void)state;
	for (unsigned int width = 40; width <= 200; width += 16) {
		for (int ascii = 0; ascii < 2; ascii++) {
			struct report_style style = { .width = width, .ascii = ascii };
			struct capture c;

			run_report_print(run, capture_open(&c), &style);
			report_matrix_print(run->matrix, c.out, &style);
			report_table_print(run->archs, c.out, &style);
			check_lines(capture_close(&c), style);
		}
	}
	run_report_free(run);
}

static void a_run_counts_and_confesses(void **state)
{
	struct run_report *run = sample_run();
	struct report_style style = { .width = 150, .ascii = true };
	struct capture c;
	char *text;

	(void)state;
	run_report_print(run, capture_open(&c), &style);
	report_matrix_print(run->matrix, c.out, &style);
	text = capture_close(&c);
	assert_int_equal(run_report_failed(run), 2);
	assert_int_equal(run_report_open(run), 1);
	assert_non_null(strstr(text,
			       "9 expectations, 6 held, 2 failed; 1 not finished; 4,812 states, 9,630 transitions, "
			       "3,089,224 executions in 57.2 s (104.5 s of CPU time)"));
	assert_non_null(strstr(text, "chance that two states shared a fingerprint: at most 3e-32\n"));
	assert_non_null(strstr(text, "NOT EXHAUSTED: 3 of them"));
	assert_non_null(strstr(text, "7 never-needed: no scenario here needs it"));
	assert_int_equal(count_of(text, "FAILED"), 2);
	assert_int_equal(count_of(text, "OPEN  "), 1);
	/* Expected counterexamples are not shown again, unexpected ones are. */
	assert_null(strstr(text, "VIOLATION: use-after-free"));
	assert_non_null(strstr(text, "VIOLATION: lost-write"));
	free(text);
	run_report_free(run);
}

static void large_numbers_of_a_sum_look_alike(void **state)
{
	struct run_report *run = run_report_new("shootdown check", "0.1");
	struct report_style style = { .width = 150, .ascii = true };
	struct capture c;
	char *text;

	(void)state;
	for (int i = 0; i < 3600; i++)
		run_report_add(run, &(struct report_result){ .scenario = "s",
							     .arch = "arm64",
							     .expectation = "expect safe",
							     .held = i % 3 == 0,
							     .verdict = i % 3 == 2 ? REPORT_STOPPED : REPORT_HOLDS });
	run_report_print(run, capture_open(&c), &style);
	text = capture_close(&c);
	assert_non_null(strstr(text, "3,600 expectations, 1,200 held, 1,200 failed; 1,200 not finished; "));
	free(text);
	run_report_free(run);
}

/* 25 architectures that say the same are one line, and their counterexample is shown once. */
static struct run_report *many_alike(bool held)
{
	struct run_report *run = run_report_new("shootdown check", "0.1");

	for (int i = 0; i < 25; i++) {
		char arch[16];

		snprintf(arch, sizeof(arch), "arch%d", i);
		run_report_add(run, &(struct report_result){ .scenario = "s",
							     .arch = arch,
							     .expectation = "expect safe",
							     .held = held,
							     .verdict = held ? REPORT_SAFE : REPORT_UNSAFE,
							     .property = held ? "" : "use-after-free",
							     .executions = (uint64_t)i + 1,
							     .timeline = held ? NULL : sample_munmap() });
	}
	return run;
}

static char *print_run(const struct run_report *run)
{
	struct report_style style = { .width = 120, .ascii = true };
	struct capture c;

	run_report_print(run, capture_open(&c), &style);
	return capture_close(&c);
}

static void equal_verdicts_are_one_line(void **state)
{
	struct run_report *run = many_alike(true);
	char *text = print_run(run);

	(void)state;
	assert_int_equal(count_of(text, "ok  "), 1);
	assert_non_null(strstr(text, "s on 25 architectures: safe (all 1 to 25 executions), 0.0 s"));
	assert_non_null(strstr(text, "arch0, arch1, "));
	assert_non_null(strstr(text, "arch24"));
	free(text);
	run_report_free(run);
	run = many_alike(false);
	text = print_run(run);
	assert_int_equal(count_of(text, "FAILED"), 1);
	assert_non_null(strstr(text, "s on 25 architectures: unsafe: use-after-free, found after 1 to 25 executions"));
	assert_int_equal(count_of(text, "VIOLATION"), 1);
	assert_non_null(strstr(text, "also found on arch1, arch2, "));
	free(text);
	run_report_free(run);
}

/* `expect safe` and `expect sometimes ...` fail in one execution. */
static void one_execution_is_shown_once(void **state)
{
	struct run_report *run = run_report_new("shootdown check", "0.1");
	const char *const asked[] = { "expect safe", "expect sometimes r = 1", "expect never r = 2" };
	char *text;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct timeline *t = sample_munmap();
		struct timeline_head head = t->head;

		head.replay = i < 2 ? "shootdown replay one" : "shootdown replay --expect=3 one";
		timeline_set_head(t, &head);
		run_report_add(run, &(struct report_result){ .scenario = "s",
							     .arch = "x86_64",
							     .expectation = asked[i],
							     .verdict = REPORT_UNSAFE,
							     .property = "use-after-free",
							     .executions = 1,
							     .timeline = t });
	}
	text = print_run(run);
	assert_int_equal(count_of(text, "FAILED"), 3);
	assert_int_equal(count_of(text, "VIOLATION"), 2);
	free(text);
	run_report_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_are_separated),
		cmocka_unit_test(verdicts_say_what_was_explored),
		cmocka_unit_test(verdicts_over_states_say_states),
		cmocka_unit_test(a_failed_condition_says_what_was_seen),
		cmocka_unit_test(a_sample_says_what_it_may_have_missed),
		cmocka_unit_test(only_the_explored_is_called_safe),
		cmocka_unit_test(utf8_is_measured_and_cleaned),
		cmocka_unit_test(lines_break_where_readers_expect),
		cmocka_unit_test(a_cut_text_stays_utf8),
		cmocka_unit_test(what_is_drawn_outside_is_lost),
		cmocka_unit_test(plain_where_nobody_looks),
		cmocka_unit_test(colour_is_the_users_choice),
		cmocka_unit_test(tables_align),
		cmocka_unit_test(runs_and_tables_fit_as_well),
		cmocka_unit_test(a_run_counts_and_confesses),
		cmocka_unit_test(large_numbers_of_a_sum_look_alike),
		cmocka_unit_test(equal_verdicts_are_one_line),
		cmocka_unit_test(one_execution_is_shown_once),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
