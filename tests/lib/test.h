/* SPDX-License-Identifier: MIT */
/* test.h - what the library's tests share: cmocka, the recording host, and one small world. */
#ifndef TESTS_LIB_TEST_H
#define TESTS_LIB_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <shootdown/gather.h>

/* One mm; a plain VMA of pages 1 to 16; the gather that most tests use. */
extern struct tlb_mm the_mm;
extern struct tlb_vma the_vma;
extern struct mmu_gather the_gather;

#define PAGE(number)  (&host.pages[number])
#define TABLE(number) PAGE(900 + (number))
#define ADDRESS(page) ((unsigned long)(page)*PAGE_SIZE)

/* A fresh world: x86-64's way of flushing without its row's knobs, CPU 0 in the mask, small sizes, an empty log. */
int world_setup(void **state);
/* Nothing may be left: no batch page, no call, no pin, no open gather. */
int world_teardown(void **state);

/* Uses the row of this name from now on. */
void world_arch(const char *name);

/* Clears the entry of @page and queues page number @page; true: full. */
bool zap(struct mmu_gather *tlb, unsigned int page);
/* A munmap of the VMA, which ends at page 8 and has @flags, and of one behind it: pages 1 and 9, then the table of both. */
void zap_two_vmas(unsigned int flags);

void host_grace_period(void);
const char *host_log(void); /* since the last call */

#define assert_log(expected) assert_string_equal(host_log(), expected)

/* @call must break the contract that begins with @text. */
#define assert_contract(call, text)                       \
	do {                                              \
		jmp_buf back;                             \
                                                          \
		host.contract = "no assert failed";       \
		host.on_assert = &back;                   \
		if (!setjmp(back))                        \
			call;                             \
		host.on_assert = NULL;                    \
		assert_string_equal(host.contract, text); \
	} while (0)

#define world_test(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

#endif
