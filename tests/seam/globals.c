/* SPDX-License-Identifier: MIT */
/* globals.c - the variables of a subject stand together, and with nobody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <machine/model/seam.h>
#include "tests/seam/globals.h"

extern char __start_subject_data[], __stop_subject_data[], __start_subject_bss[], __stop_subject_bss[];

static char own_initialised = 1, own_zeroed;

static bool between(const void *p, const char *start, const char *stop)
{
	return (const char *)p >= start && (const char *)p < stop;
}

static bool is_subjects(const void *p)
{
	return between(p, __start_subject_data, __stop_subject_data) ||
	       between(p, __start_subject_bss, __stop_subject_bss);
}

static void all_are_found(void **state)
{
	unsigned int nr;

	(void)state;
	for (nr = 0; addresses_one(nr); nr++)
		assert_true(is_subjects(addresses_one(nr)));
	assert_int_equal(nr, 7);
	for (nr = 0; addresses_two(nr); nr++)
		assert_true(is_subjects(addresses_two(nr)));
	assert_int_equal(nr, 2);
	assert_int_equal((uintptr_t)addresses_one(4) % 4096, 0);
}

static void nothing_else_is(void **state)
{
	(void)state;
	assert_false(is_subjects(&own_initialised) || is_subjects(&own_zeroed));
	assert_false(is_subjects(address_of_constant()));
	/* No word, and no cache line, is shared with a neighbour. */
	assert_int_equal((uintptr_t)__start_subject_data % 64, 0);
	assert_int_equal((uintptr_t)__stop_subject_data % 64, 0);
	assert_int_equal((uintptr_t)__start_subject_bss % 64, 0);
	assert_int_equal((uintptr_t)__stop_subject_bss % 64, 0);
}

static void they_begin_as_written(void **state)
{
	(void)state;
	assert_int_equal(initialised[2], 3);
	assert_int_equal(zeroed[1], 0);
	assert_int_equal(tentative, 0);
	assert_int_equal(constant, 4);
	assert_ptr_equal(*(uint64_t **)addresses_one(5), &initialised[1]);
	assert_int_equal(*(char *)addresses_one(0), 7);
}

/* Nobody listens here. */
void seam_plain(const void *p, size_t n, bool write, const void *pc)
{
	(void)p;
	(void)n;
	(void)write;
	(void)pc;
}

void seam_volatile(const void *p, size_t n, bool write, const void *pc)
{
	seam_plain(p, n, write, pc);
}

uint64_t seam_atomic(enum seam_op op, void *p, unsigned int size, uint64_t operand, uint64_t expected, int order,
		     const void *pc)
{
	(void)op;
	(void)p;
	(void)size;
	(void)operand;
	(void)expected;
	(void)order;
	(void)pc;
	fail();
	return 0;
}

void seam_fence(int order, const void *pc)
{
	(void)order;
	(void)pc;
}

int seam_own_write(const void *p, size_t n)
{
	(void)p;
	(void)n;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_found),
		cmocka_unit_test(nothing_else_is),
		cmocka_unit_test(they_begin_as_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
