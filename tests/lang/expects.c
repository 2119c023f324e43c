/* SPDX-License-Identifier: MIT */
/* expects.c - every kind of expectation, and which architectures it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/lang/words.h"

enum {
	X86 = 1,
	ARM64 = 2,
	RISCV = 4
};

static struct litmus *expecting(const char *line)
{
	char body[1000];
	struct litmus *l;

	snprintf(body, sizeof(body),
		 "arch x86_64 arm64 riscv\nmap A = anon pages=3 rw\n"
		 "cpu 0: load A -> r; load A -> flushes; load A -> safe\ncpu 1: load A -> s\n%s # remark\n",
		 line);
	l = test_read(body);
	assert_non_null(l);
	assert_int_equal(l->nr_expects, 1);
	assert_string_equal(l->expects[0].text, line);
	assert_int_equal(l->expects[0].at.line, 7);
	return l;
}

static void safe(void **state)
{
	struct litmus *l = expecting("expect safe");

	(void)state;
	assert_int_equal(l->expects[0].kind, LITMUS_EXPECT_SAFE);
	assert_int_equal(l->expects[0].archs, X86 | ARM64 | RISCV);
	litmus_free(l);
}

static void on_some(void **state)
{
	struct litmus *l = expecting("expect safe on riscv x86_64");

	(void)state;
	assert_int_equal(l->expects[0].archs, X86 | RISCV);
	litmus_free(l);
}

static void broken(void **state)
{
	struct litmus *l = expecting(
		"expect use-after-free|freed-table without nested-flush, flush-before-free on arm64");
	const struct litmus_expect *e = &l->expects[0];

	(void)state;
	assert_int_equal(e->kind, LITMUS_EXPECT_BROKEN);
	assert_int_equal(e->properties, 1u << 0 | 1u << 3);
	assert_int_equal(e->rules.word[0], 1u << 1 | 1u << 2);
	assert_false(e->some);
	assert_int_equal(e->archs, ARM64);
	litmus_free(l);
}

static void broken_anyhow(void **state)
{
	struct litmus *l = expecting("expect any without some");
	const struct litmus_expect *e = &l->expects[0];

	(void)state;
	assert_int_equal(e->properties, (1u << 12) - 1);
	assert_false(litmus_set_is_any(&e->rules));
	assert_true(e->some);
	litmus_free(l);
}

static void conditions(void **state)
{
	struct litmus *l = expecting("expect sometimes r = 0x1 and s != r and r = fault");
	const struct litmus_expect *e = &l->expects[0];

	(void)state;
	assert_int_equal(e->kind, LITMUS_EXPECT_CONDITION);
	assert_int_equal(e->when, LITMUS_SOMETIMES);
	assert_int_equal(e->nr_terms, 5);
	assert_true(e->terms[0].kind == LITMUS_TERM_NUMBER && e->terms[0].value == 1 && !e->terms[0].differs);
	assert_true(e->terms[1].kind == LITMUS_TERM_REGISTER && e->terms[1].differs);
	assert_true(e->terms[1].reg == 3 && e->terms[1].other == 0);
	assert_true(e->terms[3].kind == LITMUS_TERM_FAULT && !e->terms[3].differs);
	litmus_free(l);
}

/* not before and before or; what joins stands behind what it joins. */
static void conditions_bind(void **state)
{
	static const struct {
		const char *line, *postfix; /* the comparisons by their numbers */
	} all[] = {
		{ "expect r = 0 or r = 1 and r = 2", "012&|" },
		{ "expect r = 0 and r = 1 or r = 2", "01&2|" },
		{ "expect not r = 0 and r = 1", "0!1&" },
		{ "expect not (r = 0 and r = 1)", "01&!" },
		{ "expect (r = 0 or r = 1) and not r = 2", "01|2!&" },
		{ "expect never not not r = 0", "0" },
		{ "expect sometimes ((r = 0))", "0" },
		{ "expect not not not r = 0 on arm64", "0!" },
		{ "expect r = 0 or r = 1 or r = 2", "01|2|" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct litmus *l = expecting(all[i].line);
		const struct litmus_expect *e = &l->expects[0];
		char text[LITMUS_MAX_TERMS + 1] = "";

		for (unsigned int j = 0; j < e->nr_terms; j++)
			text[j] = e->terms[j].kind == LITMUS_TERM_NOT	? '!'
				  : e->terms[j].kind == LITMUS_TERM_AND ? '&'
				  : e->terms[j].kind == LITMUS_TERM_OR	? '|'
									: (char)('0' + e->terms[j].value);
		assert_string_equal(text, all[i].postfix);
		litmus_free(l);
	}
}

static void always_and_never(void **state)
{
	struct litmus *l = expecting("expect r = 1");

	(void)state;
	assert_int_equal(l->expects[0].when, LITMUS_ALWAYS);
	litmus_free(l);
	l = expecting("expect never r = 1 on arm64");
	assert_int_equal(l->expects[0].when, LITMUS_NEVER);
	assert_int_equal(l->expects[0].archs, ARM64);
	litmus_free(l);
}

/* A register may have the name of a word that expect knows. */
static void registers_come_first(void **state)
{
	struct litmus *l = expecting("expect flushes = 1");

	(void)state;
	assert_int_equal(l->expects[0].kind, LITMUS_EXPECT_CONDITION);
	litmus_free(l);
	l = expecting("expect safe != 1");
	assert_int_equal(l->expects[0].kind, LITMUS_EXPECT_CONDITION);
	litmus_free(l);
	l = expecting("expect flushes <= 1");
	assert_int_equal(l->expects[0].kind, LITMUS_EXPECT_COUNT);
	litmus_free(l);
}

static void counts(void **state)
{
	struct litmus *l = expecting("expect ipis = 0");

	(void)state;
	assert_int_equal(l->expects[0].count, LITMUS_IPIS);
	assert_int_equal(l->expects[0].compare, LITMUS_EQUAL);
	litmus_free(l);
	l = expecting("expect flushes >= 2 on riscv");
	assert_int_equal(l->expects[0].count, LITMUS_FLUSHES);
	assert_int_equal(l->expects[0].compare, LITMUS_AT_LEAST);
	assert_int_equal(l->expects[0].number, 2);
	litmus_free(l);
	l = expecting("expect invalidated A.1..3 <= 2");
	assert_int_equal(l->expects[0].count, LITMUS_INVALIDATED);
	assert_int_equal(l->expects[0].compare, LITMUS_AT_MOST);
	assert_true(l->expects[0].page == 1 && l->expects[0].pages == 2);
	assert_true(l->expects[0].start == 0x1000 && l->expects[0].end == 0x3000);
	litmus_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(safe),
		cmocka_unit_test(on_some),
		cmocka_unit_test(broken),
		cmocka_unit_test(broken_anyhow),
		cmocka_unit_test(conditions),
		cmocka_unit_test(conditions_bind),
		cmocka_unit_test(always_and_never),
		cmocka_unit_test(registers_come_first),
		cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
