/* SPDX-License-Identifier: MIT */
/* lines.c - places in the source of return addresses: in plain code, in inlined functions, at the end of a function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "check/lines.h"
#include "tests/seam/lines_header.h"

struct spot {
	const void *pc;
	unsigned int line;
};

__attribute__((noinline)) const void *here(void)
{
	__asm__ volatile("");
	return __builtin_return_address(0);
}

/* The macro's arguments are on one line, so both have the line of its use. */
#define SPOT(call) ((struct spot){ (call), __LINE__ })

static __attribute__((noinline)) struct spot plain(void)
{
	return SPOT(here());
}

static __attribute__((noinline)) struct spot through_header(void)
{
	return SPOT(header_outer());
}

static inline __attribute__((always_inline)) struct spot inlined_here(void)
{
	return SPOT(header_inner());
}

static __attribute__((noinline)) struct spot through_file(void)
{
	return inlined_here();
}

/* Its call is the last instruction, and what it returns to is another function's. */
static __attribute__((noinline, noreturn)) void leaves(const void **pc, jmp_buf *back);

static __attribute__((noinline, noreturn)) void remember(const void **pc, jmp_buf *back)
{
	*pc = __builtin_return_address(0);
	longjmp(*back, 1);
}

enum {
	LINE_LEAVES = __LINE__ + 5
};

static void leaves(const void **pc, jmp_buf *back)
{
	remember(pc, back);
}

static void is_at(struct lines *lines, struct spot spot)
{
	const char *file = NULL;
	unsigned int line = 0;

	assert_true(lines_find(lines, spot.pc, &file, &line));
	assert_string_equal(file, "tests/seam/lines.c");
	assert_int_equal(line, spot.line);
}

static const void *pc_of_leaves(void)
{
	static const void *pc;
	static jmp_buf back;

	if (!setjmp(back))
		leaves(&pc, &back);
	return pc;
}

static void finds_the_line(void **state)
{
	struct lines *lines = lines_open();

	(void)state;
	assert_non_null(lines);
	is_at(lines, plain());
	is_at(lines, through_header());
	is_at(lines, through_file());
	is_at(lines, (struct spot){ pc_of_leaves(), LINE_LEAVES });
	lines_close(lines);
}

static long zero_at_first[4];
static long set_at_first = 1;
static struct {
	unsigned int low : 4, high : 4;
	char letter;
	short pair[2][3];
	union {
		int number;
		struct {
			char first, second;
		} letters;
	};
} whole[2];

static void is_called(struct lines *lines, const volatile void *address, const char *name)
{
	const char *said = lines_variable(lines, (const void *)(uintptr_t)address);

	if (!name)
		assert_null(said);
	else
		assert_string_equal(said ? said : "(nothing)", name);
}

static void finds_the_variable(void **state)
{
	struct lines *lines = lines_open();
	static long in_a_function[2];
	volatile long local = 0;

	(void)state;
	is_called(lines, &zero_at_first[2], "zero_at_first[2]");
	is_called(lines, &set_at_first, "set_at_first");
	is_called(lines, (char *)&set_at_first + 3, "set_at_first+3");
	is_called(lines, &whole[1], "whole[1]"); /* bit-fields */
	is_called(lines, &whole[0].letter, "whole[0].letter");
	is_called(lines, &whole[1].pair[1][2], "whole[1].pair[1][2]");
	is_called(lines, &whole[1].number, "whole[1].number");
	is_called(lines, (char *)&whole[1].number + 1, "whole[1].number+1");
	is_called(lines, &local, NULL);
	is_called(lines, (const void *)(uintptr_t)finds_the_variable, NULL);
	assert_non_null(strstr(lines_variable(lines, &in_a_function[1]), "+8"));
	assert_null(lines_variable(NULL, &set_at_first));
	lines_close(lines);
}

static void gives_a_header_that_stands_alone(void **state)
{
	struct lines *lines = lines_open();
	const char *file = NULL;
	unsigned int line = 0;

	(void)state;
	assert_true(lines_find(lines, header_alone(), &file, &line));
	assert_string_equal(file, "tests/seam/lines_header.h");
	assert_in_range(line, 20, 33);
	lines_close(lines);
}

/* Not inlined: only who called it knows the line. Who is of another unit, or unknown, did not call it. */
static void leaves_a_function_of_a_header(void **state)
{
	struct lines *lines = lines_open();
	const void *pc = header_alone();
	int expected = __LINE__ - 1;
	const void *const callers[] = { pc, header_caller, NULL }, *const strangers[] = { (void *)lines_open, NULL };
	const char *file = NULL;
	unsigned int line = 0;

	(void)state;
	assert_true(lines_find_outside(lines, pc, callers, 3, &file, &line));
	assert_string_equal(file, "tests/seam/lines.c");
	assert_int_equal(line, expected);
	assert_true(lines_find_outside(lines, pc, strangers, 2, &file, &line));
	assert_string_equal(file, "tests/seam/lines_header.h");
	assert_true(lines_find_outside(lines, pc, callers, 1, &file, &line));
	assert_string_equal(file, "tests/seam/lines_header.h");
	lines_close(lines);
}

static struct looked {
	struct lines *lines;
	struct spot spot;
	const char *file;
	unsigned int line;
	bool found;
} looked;

static void look_from_there(void)
{
	looked.found = lines_find(looked.lines, looked.spot.pc, &looked.file, &looked.line);
}

/* As an agent does: 16 KiB are all it has. */
static void works_on_a_small_stack(void **state)
{
	static unsigned char stack[16 * 1024];
	static struct lines *lines;
	static ucontext_t here_again, there;

	(void)state;
	lines = lines_open();
	assert_int_equal(getcontext(&there), 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = &here_again;
	makecontext(&there, look_from_there, 0);
	looked = (struct looked){ lines, plain(), NULL, 0, false };
	assert_int_equal(swapcontext(&here_again, &there), 0);
	assert_true(looked.found);
	assert_string_equal(looked.file, "tests/seam/lines.c");
	assert_int_equal(looked.line, looked.spot.line);
	lines_close(lines);
}

static void says_when_it_does_not_know(void **state)
{
	struct lines *lines = lines_open();
	const char *file = "as it was";
	unsigned int line = 7;
	int local;

	(void)state;
	assert_false(lines_find(lines, NULL, &file, &line));
	assert_false(lines_find(lines, &local, &file, &line));
	assert_false(lines_find(NULL, here(), &file, &line));
	assert_string_equal(file, "as it was");
	assert_int_equal(line, 7);
	lines_close(lines);
	lines_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_line),
		cmocka_unit_test(finds_the_variable),
		cmocka_unit_test(gives_a_header_that_stands_alone),
		cmocka_unit_test(leaves_a_function_of_a_header),
		cmocka_unit_test(works_on_a_small_stack),
		cmocka_unit_test(says_when_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
