/* SPDX-License-Identifier: MIT */
/*
 * missing.c - a word that the language has and the mm under test has not is refused where it stands; with the feature or the operation
 * in the mm's table the same text is read. And a table with a mistake of its own is refused before the first line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/lang/words.h"

#define WORLD "mm m\nmap A = anon rw\n"
#define END   "cpu 0: load A\nexpect safe\n"

static const struct {
	const char *feature, *body;
	const char *where; /* what is wrong there, as the message has it */
} features[] = {
	{ "asids", "asids 2\n" WORLD END, "3:1: found asids, expected a statement that the mm under test has" },
	{ "huge", WORLD "huge A\n" END, "5:1: found huge, expected a statement that the mm under test has" },
	{ "uffd", WORLD "uffd A\n" END, "5:1: found uffd, expected a statement that the mm under test has" },
	{ "numa", WORLD "numa A\n" END, "5:1: found numa, expected a statement that the mm under test has" },
	{ "soft-dirty", WORLD "soft-dirty A\n" END,
	  "5:1: found soft-dirty, expected a statement that the mm under test has" },
	{ "mm empty", WORLD "mm n empty\n" END,
	  "5:6: found empty, expected the end of the line, or an option that the mm under test has" },
	{ "file hugetlb", "file F pages=1 hugetlb\n" WORLD END,
	  "3:16: found hugetlb, expected pfn, mixed, or a kind of file that the mm under test has" },
	{ "file contiguous", "file F pages=4 contiguous\n" WORLD END,
	  "3:16: found contiguous, expected pfn, mixed, or a kind of file that the mm under test has" },
	{ "map kernel", WORLD "map K = kernel rw\n" END,
	  "5:9: found kernel, expected an object that the mm under test has" },
	{ "set unmap-batch", "set unmap-batch=1\n" WORLD END,
	  "3:5: found unmap-batch, expected ceiling, store-buffer, lazy, spf, pri, in-flight or memory" },
	{ "set lazy", "set lazy=off\n" WORLD END,
	  "3:5: found lazy, expected ceiling, store-buffer, unmap-batch, spf, pri, in-flight or memory" },
	{ "set spf", "set spf=on\n" WORLD END,
	  "3:5: found spf, expected ceiling, store-buffer, unmap-batch, lazy, pri, in-flight or memory" },
	{ "set pri", "set pri=off\n" WORLD END,
	  "3:5: found pri, expected ceiling, store-buffer, unmap-batch, lazy, spf, in-flight or memory" },
	{ "device", WORLD "device D: load A\nexpect safe\n",
	  "5:1: found device, expected an agent that the mm under test has" },
	{ "vcpu", WORLD "vcpu V: load A\nexpect safe\n",
	  "5:1: found vcpu, expected an agent that the mm under test has" },
	{ "cpu or", "set memory=sc\n" WORLD "cpu 0 or 1: load A\nexpect safe\n",
	  "6:7: found or, expected in M or :, or a move that the mm under test has" },
	{ "notified", WORLD "cpu 0: load A\nexpect notified = 0\n",
	  "6:8: found notified, expected a count that the mm under test has" },
};

static void check(const char *body, const struct litmus_words *words, const char *expected)
{
	struct litmus_error error;
	char text[1000];
	struct litmus *l;

	snprintf(text, sizeof(text), "litmus t\ndoc \"d\"\n%s", body);
	l = litmus_read("t.litmus", text, strlen(text), words, &error);
	if (expected) {
		assert_null(l);
		assert_non_null(strstr(error.text, expected));
	} else if (!l) {
		print_error("%s\n", error.text);
		fail();
	}
	litmus_free(l);
}

static void each_feature(void **state)
{
	enum {
		NR = sizeof(features) / sizeof(features[0])
	};
	const char *others[NR + 1];
	struct litmus_words words = test_words;

	(void)state;
	words.features = others;
	for (unsigned int i = 0; i < NR; i++) {
		unsigned int n = 0;

		print_message("%s\n", features[i].feature);
		for (unsigned int j = 0; j < NR; j++)
			if (j != i)
				others[n++] = features[j].feature;
		others[n] = NULL;
		check(features[i].body, &words, features[i].where);
		check(features[i].body, &test_words, NULL);
	}
}

/* Every form of the tests' own table, with something for each of its elements. */
static void operand(const char **form, char *text, size_t size)
{
	static const struct {
		const char *element, *text;
	} operands[] = {
		{ "A[.p..q]", " A.0..1" },
		{ "[B...]", "" },
		{ "[A[.p..q]...]", " A" },
		{ "-> B", " -> B" },
		{ "A.p", " A.0" },
		{ "A", " A" },
		{ "S", " S" },
		{ "K", " K" },
		{ "F[.p]", " F.0" },
		{ "F.p", " F.0" },
		{ "F", " F" },
		{ "M", " m" },
		{ "E", " e" },
		{ "N", " 0" },
		{ "D", " D" },
		{ "V", " V" },
		{ "-> g", " -> h" },
		{ "g", " g" },
		{ "-> r", " -> r" },
		{ "[-> r]", " -> r" },
		{ "= N", " = 1" },
		{ "PROT", " r" },
	};
	size_t used = strlen(text), len = strcspn(*form, " ");

	for (size_t i = 0; i < sizeof(operands) / sizeof(operands[0]); i++) {
		size_t n = strlen(operands[i].element);

		if (strncmp(*form, operands[i].element, n) || ((*form)[n] && (*form)[n] != ' '))
			continue;
		snprintf(text + used, size - used, "%s", operands[i].text);
		*form += n + ((*form)[n] == ' ');
		return;
	}
	snprintf(text + used, size - used, " %.*s", (int)len, *form);
	*form += len + ((*form)[len] == ' ');
}

static void each_operation(void **state)
{
	struct litmus_form others[LITMUS_MAX_FORMS + 1];
	struct litmus_words words = test_words;

	(void)state;
	words.forms = others;
	words.last = words.of_uffd = words.of_numa = words.of_soft_dirty = words.of_driver = 0;
	for (unsigned int i = 0; test_forms[i].text; i++) {
		const char *form = test_forms[i].text;
		size_t len = strcspn(form, " ");
		char op[100], body[600], expected[200];
		unsigned int n = 0;

		snprintf(op, sizeof(op), "%.*s", (int)len, form);
		for (form += len + (form[len] == ' '); *form;)
			operand(&form, op, sizeof(op));
		for (unsigned int j = 0; test_forms[j].text; j++)
			if (strncmp(test_forms[j].text, test_forms[i].text, len) || test_forms[j].text[len] > ' ')
				others[n++] = test_forms[j];
		others[n] = (struct litmus_form){ 0 };
		snprintf(body, sizeof(body),
			 "mm m\nmm e empty\nfile F pages=2 pfn\nmap A = anon rw\nmap B = anon rw absent\n"
			 "map S = anon rw at 0x8000 grows\nmap K = kernel rw\n"
			 "uffd A\nnuma A\nsoft-dirty A\n"
			 "cpu 0: gup A -> g\n: %s\ndevice D: load A\nvcpu V: load A\nexpect safe\n",
			 op);
		print_message("%s\n", op);
		check(body, &test_words, NULL);
		if (strncmp(op, "gup ", 4) == 0)
			continue;
		snprintf(expected, sizeof(expected),
			 "14:3: found %.*s, expected an operation that the mm under test has", (int)len, op);
		check(body, &words, expected);
	}
}

static void near_names_are_of_the_mm(void **state)
{
	static const struct litmus_form few[] = { { "munmap A[.p..q] [B...]", TEST_CPU }, { "exit", TEST_CPU }, { 0 } };
	struct litmus_words words = test_words;

	(void)state;
	words.forms = few;
	check(WORLD "cpu 0: munmp A\nexpect safe\n", &words,
	      "found munmp, expected an operation that the mm under test has (did you mean munmap?)");
	check(WORLD "cpu 0: fork\nexpect safe\n", &words,
	      "5:8: found fork, expected an operation that the mm under test has");
}

/* An mm with tables as hardware has them says how many levels there are, and where the tables of a mapping begin. */
static void tables_of_its_own(void **state)
{
	static const char text[] = "litmus t\ndoc \"d\"\nmap A = anon rw\nmap B = anon rw\n" END;
	struct litmus_words words = test_words;
	struct litmus_error error;
	struct litmus *l;

	(void)state;
	words.table_bits = 9;
	words.levels = 4;
	check("levels 4\n" WORLD END, &words, NULL);
	check("levels 3\n" WORLD END, &words, "3:8: found 3, expected how many levels");
	l = litmus_read("t.litmus", text, strlen(text), &words, &error);
	assert_non_null(l);
	assert_int_equal(l->levels, 4);
	assert_int_equal(l->maps[1].start, 2 << 20);
	litmus_free(l);
}

static void tables_that_are_wrong(void **state)
{
	static const char *const no_feature[] = { "hugh", NULL };
	static const char *const forms[] = { "munmap Q",    "munmap A.q",	   "Munmap A",
					     "munmap A  B", "madvise A cold free", "munmap A " };
	struct litmus_words words = test_words;

	(void)state;
	words.features = no_feature;
	check(WORLD END, &words, "found \"hugh\" among the features of the mm under test");
	words = test_words;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct litmus_form one[] = { { forms[i], TEST_CPU }, { 0 } };

		print_message("%s\n", forms[i]);
		words.forms = one;
		check(WORLD END, &words, "among the operations of the mm under test");
	}
}

static void standard_input_has_no_name(void **state)
{
	const char *text = "litmus any-name\ndoc \"d\"\nmap A = anon rw\ncpu 0: load A\nexpect safe\n";
	struct litmus_error error;
	struct litmus *l = litmus_read("-", text, strlen(text), &test_words, &error);

	(void)state;
	assert_non_null(l);
	assert_string_equal(l->name, "any-name");
	litmus_free(l);
	assert_null(litmus_read("t.litmus", text, strlen(text), &test_words, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_feature),
		cmocka_unit_test(each_operation),
		cmocka_unit_test(near_names_are_of_the_mm),
		cmocka_unit_test(tables_of_its_own),
		cmocka_unit_test(tables_that_are_wrong),
		cmocka_unit_test(standard_input_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
