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
	check_line(
		&(struct report_result){ .verdict = REPORT_BROKEN, .observed = "r = 3", .steps = 1, .executions = 9 },
		"does not hold: r = 3 in an execution of 1 step");
	check_line(&(struct report_result){ .verdict = REPORT_BROKEN, .property = "in no execution", .executions = 9 },
		   "does not hold: in no execution");
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
	struct report_arena *arena = arena_new();

	(void)state;
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("Größe"), 5);
	assert_int_equal(text_width("東京"), 4);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_string_equal(arena_text(arena, NULL), "");
	assert_string_equal(arena_text(arena, "a\tb\nc"), "a b c");
	assert_string_equal(arena_text(arena, "a\x1b[31m"), "a?[31m");
	assert_string_equal(arena_text(arena, "\xff\xc3"), "??");
	assert_string_equal(arena_text(arena, "\xc0\x80"), "?");
	assert_string_equal(arena_text(arena, "\xed\xa0\x80"), "?");
	assert_string_equal(arena_text(arena, "a\xe2\x80\xae"
					      "b"),
			    "a?b");
	assert_string_equal(arena_text(arena, "Größe 東京"), "Größe 東京");
	arena_free(arena);
}

static void check_wrap(const char *text, unsigned int width, const char *joined)
{
	char all[256] = "";
	struct text_span line;

	while (text_wrap(&text, width, &line)) {
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
	assert_int_equal(text_lines("one two three", 8), 2);
}

static void a_cut_text_stays_utf8(void **state)
{
	char text[6];

	(void)state;
	text_print(text, sizeof(text), "%s", "abcdö");
	assert_string_equal(text, "abcd");
	text_print(text, sizeof(text), "%s", "abcö");
	assert_string_equal(text, "abcö");
}

static void what_is_drawn_outside_is_lost(void **state)
{
	struct report_style style = { .width = 40 };
	struct sheet sheet;
	struct capture c;
	char *text;

	(void)state;
	sheet_init(&sheet, &style);
	sheet_clear(&sheet, 2);
	sheet_text(&sheet, 38, 0, "abc", INK_PLAIN);
	sheet_text(&sheet, 39, 1, "東", INK_PLAIN);
	sheet_text(&sheet, 0, 2, "below", INK_PLAIN);
	sheet_print(&sheet, capture_open(&c));
	text = capture_close(&c);
	assert_string_equal(text, "                                      ab\n\n");
	free(text);
	sheet_done(&sheet);
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

/* ---- the timeline in a terminal ---- */

static struct timeline *sample(int which)
{
	switch (which) {
	case 0:
		return sample_munmap();
	case 1:
		return sample_markup();
	case 2:
		return timeline_new(&(struct timeline_head){ .scenario = "empty" });
	default:
		return sample_large(which, 60);
	}
}

/* Longer than the screen, or (in ASCII) out of the set: fails with the line. A command for a shell is one line. */
static void check_lines(char *text, struct report_style style)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (text_width(line) > style.width && strncmp(line, "shootdown ", 10))
			fail_msg("%u columns, %u allowed: %s", text_width(line), style.width, line);
		for (char *c = line; style.ascii && *c; c++)
			if (*c < 0x20 || *c > 0x7e)
				fail_msg("not ASCII: %s", line);
	}
	free(text);
}

static void no_line_is_wider_than_the_screen(void **state)
{
	(void)state;
	for (int which = 0; which < 12; which++) {
		struct timeline *t = sample(which);

		for (unsigned int width = 40; width <= 200; width += which < 6 ? 7 : 40) {
			for (int mode = 0; mode < 4; mode++) {
				struct report_style style = { .width = width, .ascii = mode & 1, .fold = mode & 2 };

				check_lines(print_timeline(t, style), style);
			}
		}
		timeline_free(t);
	}
}

static void strip_colours(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\033')
			text += strcspn(text, "m");
		else
			*to++ = *text;
	}
	*to = '\0';
}

static void colour_adds_nothing_but_colour(void **state)
{
	struct timeline *t = sample_munmap();
	char *plain = print_timeline(t, (struct report_style){ .width = 110 });
	char *coloured = print_timeline(t, (struct report_style){ .width = 110, .colour = true });

	(void)state;
	assert_null(strchr(plain, '\033'));
	assert_non_null(strchr(coloured, '\033'));
	strip_colours(coloured);
	assert_string_equal(coloured, plain);
	free(plain);
	free(coloured);
	timeline_free(t);
}

static void what_matters_is_there(void **state)
{
	static const char *const words[] = {
		"VIOLATION: use-after-free",
		"(1)cached",
		"(2)cleared",
		"(3)freed",
		"(4)reused",
		"(5)STALE",
		"(6)flushed",
		"A.0 cached by: cpu 1 (rw dirty)",
		"frame 5: somebody else's",
		"without pfn-flush-before-unlink",
		"unsafe: use-after-free, 36 steps",
		"cpu 1 holds the translation",
	};
	struct timeline *t = sample_munmap();
	char *text = print_timeline(t, (struct report_style){ .width = 160, .ascii = true });

	(void)state;
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strstr(text, words[i]))
			fail_msg("missing: %s", words[i]);
	assert_non_null(strstr(strstr(text, "state then"), "before the invalidation reached cpu 1."));
	free(text);
	timeline_free(t);
}

/* A shell that reads the line must see the command that was meant, on the narrowest terminal as well. */
static void a_long_command_can_be_copied(void **state)
{
	const char *command =
		"shootdown check a.litmus --replay 1.1,2.2,3.3,4.4,5.5,6.6,7.7,8.8,9.9,10.10,11.11 --last";
	struct report_style style = { .width = 40 };
	struct capture c;
	char *text;

	(void)state;
	report_command(capture_open(&c), &style, command);
	text = capture_close(&c);
	assert_int_equal(strlen(text), strlen(command) + 1);
	assert_memory_equal(text, command, strlen(command));
	free(text);
}

/* The send's row has the corner in the receiver's lane, the receive's row the head, and every row between the lane. */
static void a_message_is_received_below_where_it_is_sent(void **state)
{
	struct timeline *t = timeline_new(&(struct timeline_head){ .scenario = "s" });
	char *text;

	(void)state;
	timeline_add_agent(t, "cpu 0", "");
	timeline_add_agent(t, "cpu 1", "");
	timeline_add_row(t, 0, TIMELINE_STEP, "before");
	timeline_add_row(t, 0, TIMELINE_IRQ, "send");
	timeline_add_row(t, 0, TIMELINE_STEP, "other");
	timeline_add_row(t, 1, TIMELINE_IRQ, "take");
	timeline_add_row(t, 1, TIMELINE_STEP, "after");
	timeline_add_arrow(t, 1, 3);
	text = print_timeline(t, (struct report_style){ .width = 60, .ascii = true });
	assert_non_null(strstr(text, "|  before             |\n"));
	assert_non_null(strstr(text, "|  send --------------+.\n"));
	assert_non_null(strstr(text, "|  other              |:\n"));
	assert_non_null(strstr(text, "|                     |`>take\n"));
	assert_non_null(strstr(text, "|                     |  after\n"));
	free(text);
	timeline_free(t);
}

static void folding_hides_only_what_is_dull(void **state)
{
	struct timeline *t = sample_munmap();
	char *text = print_timeline(t, (struct report_style){ .width = 120, .ascii = true, .fold = true });
	int hidden = 0;

	(void)state;
	for (int i = 0; i < t->rows; i += timeline_fold(t, i) ? timeline_fold(t, i) : 1)
		hidden += timeline_fold(t, i);
	assert_int_equal(hidden, 7);
	assert_non_null(strstr(text, "4 steps: cpu 0 4"));
	assert_null(strstr(text, "unlock PTL(A)"));
	assert_non_null(strstr(text, "clear entry of A.0"));
	free(text);
	text = print_timeline(t, (struct report_style){ .width = 120, .ascii = true });
	assert_non_null(strstr(text, "unlock PTL(A)"));
	free(text);
	timeline_free(t);
}

static void a_step_worth_seeing_is_never_dull(void **state)
{
	struct timeline *t = timeline_new(&(struct timeline_head){ .scenario = "s" });
	int watch;

	(void)state;
	timeline_add_agent(t, "cpu 0", "");
	watch = timeline_add_watch(t, "A.0 entry", "none");
	for (int i = 0; i < 6; i++)
		timeline_add_row(t, 0, TIMELINE_LOCK, "lock");
	timeline_set_state(t, watch, "frame 1");
	assert_int_equal(timeline_fold(t, 0), 5);
	timeline_set_mark(t, 3, TIMELINE_FLUSHED);
	assert_int_equal(timeline_fold(t, 0), 3);
	timeline_add_arrow(t, 1, 4);
	assert_int_equal(timeline_fold(t, 0), 0);
	assert_false(timeline_dull(t, 4));
	assert_true(timeline_dull(t, 2));
	assert_false(timeline_dull(t, 5));
	timeline_free(t);
}

static void the_story_follows_the_marks(void **state)
{
	struct timeline *t = sample_munmap();
	struct timeline_story story = timeline_story(t);

	(void)state;
	assert_int_equal(story.agent, 1);
	assert_int_equal(timeline_hold(&story, 1, story.cached - 1), HOLD_NONE);
	assert_int_equal(timeline_hold(&story, 1, story.cached), HOLD_VALID);
	assert_int_equal(timeline_hold(&story, 0, story.cached), HOLD_NONE);
	assert_int_equal(timeline_hold(&story, 1, story.cleared), HOLD_STALE);
	assert_int_equal(timeline_hold(&story, 1, story.stale), HOLD_STALE);
	assert_int_equal(timeline_hold(&story, 1, story.stale + 1), HOLD_NONE);
	assert_int_equal(timeline_last(t), story.stale);
	timeline_free(t);
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
	assert_non_null(
		strstr(text, "8 expectations, 5 held, 2 failed; 1 not finished; 3,094,036 executions in 57.2 s"));
	assert_non_null(strstr(text, "NOT EXHAUSTED: 3 of them"));
	assert_non_null(strstr(text, "7 never-needed: no scenario here needs it"));
	assert_int_equal(count_of(text, "FAILED"), 2);
	assert_int_equal(count_of(text, "OPEN  "), 1);
	/* What failed is followed by the line that replays it, whole. */
	assert_non_null(strstr(strstr(text, "FAILED"), run->result[2].timeline->head.replay));
	/* Expected counterexamples are not shown again, unexpected ones are. */
	assert_null(strstr(text, "VIOLATION: use-after-free"));
	assert_non_null(strstr(text, "VIOLATION: lost-write"));
	free(text);
	run_report_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_are_separated),
		cmocka_unit_test(verdicts_say_what_was_explored),
		cmocka_unit_test(a_sample_says_what_it_may_have_missed),
		cmocka_unit_test(only_the_explored_is_called_safe),
		cmocka_unit_test(utf8_is_measured_and_cleaned),
		cmocka_unit_test(lines_break_where_readers_expect),
		cmocka_unit_test(a_cut_text_stays_utf8),
		cmocka_unit_test(what_is_drawn_outside_is_lost),
		cmocka_unit_test(plain_where_nobody_looks),
		cmocka_unit_test(colour_is_the_users_choice),
		cmocka_unit_test(no_line_is_wider_than_the_screen),
		cmocka_unit_test(colour_adds_nothing_but_colour),
		cmocka_unit_test(what_matters_is_there),
		cmocka_unit_test(a_long_command_can_be_copied),
		cmocka_unit_test(a_message_is_received_below_where_it_is_sent),
		cmocka_unit_test(folding_hides_only_what_is_dull),
		cmocka_unit_test(a_step_worth_seeing_is_never_dull),
		cmocka_unit_test(the_story_follows_the_marks),
		cmocka_unit_test(tables_align),
		cmocka_unit_test(runs_and_tables_fit_as_well),
		cmocka_unit_test(a_run_counts_and_confesses),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
