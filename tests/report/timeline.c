/* SPDX-License-Identifier: MIT */
/* timeline.c - tests of what a timeline shows, and of its look in a terminal. */
#include "report/show.h"
#include "report/text.h"
#include "tests/report/capture.h"

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

static void no_line_is_wider_than_the_screen(void **state)
{
	(void)state;
	for (int which = 0; which < 12; which++) {
		struct timeline *t = sample(which);

		for (unsigned int width = 40; width <= 200; width += which < 6 ? 7 : 40) {
			for (int mode = 0; mode < 4; mode++) {
				struct report_style style = { .width = width, .ascii = mode & 1, .steps = mode & 2 };

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
		"mm/zap.c:88",
		"munmap hides the VMA from the reverse map",
		"CVE-2022-39188",
		"# in use",
		". free",
		"A.0 cached by: cpu 1 (rw dirty)",
		"frame 5: somebody else's",
		"without pfn-flush-before-unlink",
		"unsafe: use-after-free, 36 steps",
		"H holds the translation",
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

static bool line_has(const char *text, const char *first, const char *second)
{
	const char *at = strstr(text, first), *end = at ? strchr(at, '\n') : NULL;
	const char *found = at ? strstr(at, second) : NULL;

	return found && end && found < end;
}

static void only_what_led_there_is_shown(void **state)
{
	struct timeline *t = sample_munmap();
	char *text = print_timeline(t, (struct report_style){ .width = 160, .ascii = true });

	(void)state;
	assert_null(strstr(text, "unlock PTL(A)"));
	assert_non_null(strstr(text, "clear entry of A.0"));
	/* Steps keep their numbers, and marks are numbered as shown. */
	assert_true(line_has(text, " 28 (5)STALE", "write A.0 = 1"));
	assert_non_null(strstr(text, "29 of 36 steps did not lead to this and are not shown; --steps shows them"));
	free(text);
	text = print_timeline(t, (struct report_style){ .width = 160, .ascii = true, .steps = true });
	assert_non_null(strstr(text, "unlock PTL(A)"));
	assert_null(strstr(text, "--steps"));
	free(text);
	timeline_free(t);
}

static void a_timeline_without_causal_rows_is_whole(void **state)
{
	struct timeline *t = sample_large(3, 20), *view;
	struct report_arena *arena = report_arena_new();

	(void)state;
	view = timeline_view(t, false, arena);
	assert_int_equal(view->rows, 20);
	assert_int_equal(view->hidden, 0);
	timeline_set_causal(t, 7);
	timeline_set_causal(t, 12);
	view = timeline_view(t, false, arena);
	assert_int_equal(view->rows, 3); /* and the violation */
	assert_int_equal(view->hidden, 17);
	assert_int_equal(view->row[0].step, 7);
	assert_true(timeline_gap(view, 0));
	assert_true(timeline_gap(view, 1));
	assert_true(timeline_gap(view, view->rows));
	assert_int_equal(timeline_view(t, true, arena)->rows, 20);
	report_arena_free(arena);
	timeline_free(t);
}

/* Agents without a row go, with their lanes; arrows stay if both ends do; the missing step stays where it was. */
static void what_stays_fits_together(void **state)
{
	struct timeline *t = timeline_new(&(struct timeline_head){ .scenario = "s", .missing_rule = "r" });
	struct report_arena *arena = report_arena_new();
	const struct timeline *view;

	(void)state;
	for (int i = 0; i < 3; i++)
		timeline_add_agent(t, (const char *[]){ "cpu 0", "cpu 1", "cpu 2" }[i], "");
	assert_int_equal(t->lane[timeline_add_lane(t, "cpu 1's TLB", "nothing")].agent, 1);
	assert_int_equal(t->lane[timeline_add_lane(t, "frame 1", "in use")].agent, -1);
	assert_int_equal(t->lane[timeline_add_lane(t, "cpu 2's TLB", "stale")].agent, 2);
	for (int i = 0; i < 6; i++)
		timeline_add_row(t, i % 3, TIMELINE_STEP, "row %d", i);
	timeline_set_lane(t, 1, "free");
	timeline_add_link(t, TIMELINE_ARROW_FREES_USES, 0, 5);
	timeline_add_arrow(t, 1, 5);
	timeline_set_causal(t, 0);
	timeline_set_causal(t, 5);
	timeline_set_missing(t, 3);
	view = timeline_view(t, false, arena);
	assert_int_equal(view->agents, 2);
	assert_string_equal(view->agent[view->row[1].agent].name, "cpu 2");
	assert_int_equal(view->lanes, 2);
	assert_int_equal(view->lane[1].agent, 1);
	assert_string_equal(view->row[1].lane[0], "free");
	assert_int_equal(timeline_hold(view, 1, -1), HOLD_STALE);
	assert_int_equal(view->arrows, 1);
	assert_int_equal(view->arrow[0].kind, TIMELINE_ARROW_FREES_USES);
	assert_int_equal(view->arrow[0].to, 1);
	assert_int_equal(view->missing_row, 1);
	report_arena_free(arena);
	timeline_free(t);
}

/* A change that a hidden step made is not said of the next one shown. */
static void a_change_belongs_to_its_step(void **state)
{
	struct timeline *t = timeline_new(&(struct timeline_head){ .scenario = "s" });
	struct report_arena *arena = report_arena_new();
	const struct timeline *view;
	int watch;

	(void)state;
	timeline_add_agent(t, "cpu 0", "");
	watch = timeline_add_watch(t, "A.0 entry", "none");
	timeline_add_row(t, 0, TIMELINE_STEP, "hidden");
	timeline_set_state(t, watch, "frame 1");
	timeline_add_row(t, 0, TIMELINE_STEP, "shown");
	timeline_set_causal(t, 1);
	view = timeline_view(t, false, arena);
	assert_int_equal(view->rows, 1);
	assert_false(timeline_changed(view, 0, watch));
	assert_true(timeline_changed(t, 0, watch));
	assert_string_equal(timeline_state_before(view, 1, watch), "frame 1");
	report_arena_free(arena);
	timeline_free(t);
}

static void the_missing_step_has_a_line(void **state)
{
	struct timeline *t = sample_munmap();
	char *text = print_timeline(t, (struct report_style){ .width = 160, .ascii = true }), *at;

	(void)state;
	at = strstr(text, "here `pfn-flush-before-unlink` would have acted: lib/gather/gather.c:112: the TLBs are");
	assert_non_null(at);
	assert_true(at > strstr(text, "clear entry of A.0"));
	assert_true(at < strstr(text, "unlink VMA A"));
	free(text);
	timeline_set_missing(t, -1);
	text = print_timeline(t, (struct report_style){ .width = 160, .ascii = true });
	at = strstr(text, "`pfn-flush-before-unlink` would have acted: lib/gather/gather.c:112");
	assert_non_null(at);
	assert_null(strstr(text, "here `"));
	assert_true(at > strstr(text, "VIOLATION"));
	free(text);
	timeline_free(t);
}

static void who_holds_it_follows_the_lane(void **state)
{
	struct timeline *t = sample_munmap();

	(void)state;
	assert_int_equal(timeline_hold(t, 1, -1), HOLD_NONE);
	assert_int_equal(timeline_hold(t, 1, 1), HOLD_NONE);
	assert_int_equal(timeline_hold(t, 1, 2), HOLD_VALID);
	assert_int_equal(timeline_hold(t, 0, 2), HOLD_NONE);
	assert_int_equal(timeline_hold(t, 1, 8), HOLD_STALE);
	assert_int_equal(timeline_hold(t, 1, timeline_last(t)), HOLD_STALE);
	assert_int_equal(timeline_hold(t, 1, t->rows - 1), HOLD_NONE);
	assert_true(timeline_anyone_holds(t));
	timeline_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_line_is_wider_than_the_screen),
		cmocka_unit_test(colour_adds_nothing_but_colour),
		cmocka_unit_test(what_matters_is_there),
		cmocka_unit_test(a_long_command_can_be_copied),
		cmocka_unit_test(a_message_is_received_below_where_it_is_sent),
		cmocka_unit_test(only_what_led_there_is_shown),
		cmocka_unit_test(a_timeline_without_causal_rows_is_whole),
		cmocka_unit_test(what_stays_fits_together),
		cmocka_unit_test(a_change_belongs_to_its_step),
		cmocka_unit_test(the_missing_step_has_a_line),
		cmocka_unit_test(who_holds_it_follows_the_lane),
	};

	return cmocka_run_group_tests_name("report_timeline", tests, NULL, NULL);
}
