/* SPDX-License-Identifier: MIT */
/* ops.c - every operation is read into what it names, and agents into what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/lang/words.h"

#define WORLD                                                                                                \
	"file F pages=4 pfn\nmap A = F pages=2 rw shared\nmap B = anon pages=3 rw near A\nmap C = anon rw\n" \
	"map S = anon pages=2 rw at 0xc000 grows\nuffd A\nnuma A\nsoft-dirty A\n"

/* The file with one agent that does @text, which is one operation. */
static struct litmus *doing(const char *who, const char *text)
{
	char body[1000];
	struct litmus *l;

	snprintf(body, sizeof(body), WORLD "%s: %s\nexpect safe\n", who, text);
	l = test_read(body);
	assert_non_null(l);
	return l;
}

struct expected {
	const char *who, *text;
	const char *form; /* of the mm, or NULL: an access */
	int map, file, to, reg, handle;
	unsigned int page, pages;
	unsigned long start, end;
	uint64_t value;
};

enum {
	NO = LITMUS_NONE
};

static void one(const struct expected *e)
{
	struct litmus *l = doing(e->who, e->text);
	const struct litmus_op *op = &l->agents[0].ops[l->agents[0].nr_ops - 1];
	const char *last = strstr(e->text, "; ");
	size_t length = strcspn(last ? last + 2 : e->text, ";");

	print_message("%s\n", e->text);
	assert_true(strlen(op->text) == length && !memcmp(op->text, last ? last + 2 : e->text, length));
	assert_int_equal(op->at.line, 11);
	assert_int_equal(op->at.column, strlen(e->who) + 3 + (last ? (size_t)(last + 2 - e->text) : 0));
	if (e->form)
		assert_string_equal(test_forms[op->call].text, e->form);
	assert_true((op->kind == LITMUS_CALL) == (e->form != NULL));
	assert_int_equal(op->map, e->map);
	assert_int_equal(op->file, e->file);
	assert_int_equal(op->to, e->to);
	assert_int_equal(op->reg, e->reg);
	assert_int_equal(op->handle, e->handle);
	assert_int_equal(op->page, e->page);
	assert_int_equal(op->pages, e->pages);
	assert_int_equal(op->start, e->start);
	assert_int_equal(op->end, e->end);
	assert_int_equal(op->value, e->value);
	litmus_free(l);
}

static void every_operation(void **state)
{
	static const struct expected all[] = {
		{ "cpu 0", "load A", NULL, 0, NO, NO, NO, NO, 0, 1, 0, 0x1000, 0 },
		{ "cpu 0", "load B.2 -> r", NULL, 1, NO, NO, 0, NO, 2, 1, 0x4000, 0x5000, 0 },
		{ "cpu 0", "load B.2->r", NULL, 1, NO, NO, 0, NO, 2, 1, 0x4000, 0x5000, 0 },
		{ "cpu 0", "store A.1 = 0x10", NULL, 0, NO, NO, NO, NO, 1, 1, 0x1000, 0x2000, 16 },
		{ "cpu 0", "store A = 18446744073709551615", NULL, 0, NO, NO, NO, NO, 0, 1, 0, 0x1000, UINT64_MAX },
		{ "cpu 0", "exec A -> r", NULL, 0, NO, NO, 0, NO, 0, 1, 0, 0x1000, 0 },
		{ "cpu 0", "prefetch C", NULL, 2, NO, NO, NO, NO, 0, 1, 0x8000, 0x9000, 0 },
		{ "kthread 0 in m", "prefetch C", NULL, 2, NO, NO, NO, NO, 0, 1, 0x8000, 0x9000, 0 },
		{ "cpu 0", "mmap B", "mmap A", 1, NO, NO, NO, NO, 0, 3, 0x2000, 0x5000, 0 },
		{ "cpu 0", "munmap B", "munmap A[.p..q] [B...]", 1, NO, NO, NO, NO, 0, 3, 0x2000, 0x5000, 0 },
		{ "cpu 0", "munmap B.1", "munmap A[.p..q] [B...]", 1, NO, NO, NO, NO, 1, 1, 0x3000, 0x4000, 0 },
		{ "cpu 0", "munmap B.1..3", "munmap A[.p..q] [B...]", 1, NO, NO, NO, NO, 1, 2, 0x3000, 0x5000, 0 },
		{ "cpu 0", "munmap A.1..2 B C", "munmap A[.p..q] [B...]", 0, NO, NO, NO, NO, 1, 1, 0x1000, 0x9000, 0 },
		{ "cpu 0", "madvise A B dontneed", "madvise A[.p..q] [B...] dontneed", 0, NO, NO, NO, NO, 0, 2, 0,
		  0x5000, 0 },
		{ "cpu 0", "madvise A.0..1 dontneed", "madvise A[.p..q] [B...] dontneed", 0, NO, NO, NO, NO, 0, 1, 0,
		  0x1000, 0 },
		{ "cpu 0", "exec-shift S", "exec-shift S", 3, NO, NO, NO, NO, 0, 2, 0xc000, 0xe000, 0 },
		{ "cpu 0", "exit", "exit", NO, NO, NO, NO, NO, 0, 0, 0, 0, 0 },
		{ "cpu 0", "gup B.1 -> g", "gup A.p -> g", 1, NO, NO, NO, 0, 1, 1, 0x3000, 0x4000, 0 },
		{ "cpu 0", "gup-fast A -> g", "gup-fast A.p -> g", 0, NO, NO, NO, 0, 0, 1, 0, 0x1000, 0 },
		{ "cpu 0", "gup A -> g; read g", "read g [-> r]", NO, NO, NO, NO, 0, 0, 0, 0, 0, 0 },
		{ "cpu 0", "gup A -> g; read g -> r", "read g [-> r]", NO, NO, NO, 0, 0, 0, 0, 0, 0, 0 },
		{ "cpu 0", "gup A -> g; write g = 7", "write g = N", NO, NO, NO, NO, 0, 0, 0, 0, 0, 7 },
		{ "cpu 0", "gup A -> g; put g", "put g", NO, NO, NO, NO, 0, 0, 0, 0, 0, 0 },
		{ "kthread 1", "truncate F", "truncate F", NO, 0, NO, NO, NO, 0, 4, 0, 0, 0 },
		{ "cpu 0", "unmap_mapping_range F", "unmap_mapping_range F[.p]", NO, 0, NO, NO, NO, 0, 4, 0, 0, 0 },
		{ "kthread 0", "unmap_mapping_range F.2", "unmap_mapping_range F[.p]", NO, 0, NO, NO, NO, 2, 1, 0, 0,
		  0 },
		{ "cpu 0", "free F", "free F.p", NO, 0, NO, NO, NO, 0, 1, 0, 0, 0 },
		{ "kthread 0", "free F.3", "free F.p", NO, 0, NO, NO, NO, 3, 1, 0, 0, 0 },
		{ "cpu 0", "writeback F.1", "writeback F.p", NO, 0, NO, NO, NO, 1, 1, 0, 0, 0 },
		{ "cpu 0", "fsync F", "fsync F[.p]", NO, 0, NO, NO, NO, 0, 4, 0, 0, 0 },
		{ "kthread 0", "fsync F.2", "fsync F[.p]", NO, 0, NO, NO, NO, 2, 1, 0, 0, 0 },
		{ "kthread 0", "reuse", "reuse", NO, NO, NO, NO, NO, 0, 0, 0, 0, 0 },
		{ "cpu 0", "mprotect B.1 r", "mprotect A[.p..q] [B...] PROT", 1, NO, NO, NO, NO, 1, 1, 0x3000, 0x4000,
		  0 },
		{ "cpu 0", "madvise A B cold", "madvise A[.p..q] [B...] cold", 0, NO, NO, NO, NO, 0, 2, 0, 0x5000, 0 },
		{ "cpu 0", "process_madvise B.1 A dontneed", "process_madvise A[.p..q] [A[.p..q]...] dontneed", 1, NO,
		  NO, NO, NO, 1, 1, 0x3000, 0x4000, 0 },
		{ "cpu 0", "mremap A -> C", "mremap A -> B", 0, NO, 2, NO, NO, 0, 2, 0, 0x2000, 0 },
		{ "cpu 0", "read-soft-dirty A.1 -> r", "read-soft-dirty A.p -> r", 0, NO, NO, 0, NO, 1, 1, 0x1000,
		  0x2000, 0 },
		{ "cpu 0", "uffd-wp A", "uffd-wp A", 0, NO, NO, NO, NO, 0, 2, 0, 0x2000, 0 },
		{ "cpu 0", "numa-hint A", "numa-hint A", 0, NO, NO, NO, NO, 0, 2, 0, 0x2000, 0 },
		{ "kthread 0", "reclaim B.2", "reclaim A.p", 1, NO, NO, NO, NO, 2, 1, 0x4000, 0x5000, 0 },
		{ "cpu 0", "reuse;", "reuse", NO, NO, NO, NO, NO, 0, 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		one(&all[i]);
}

static void further_names(void **state)
{
	struct litmus *l = doing("cpu 0", "munmap A B C");
	const struct litmus_op *op = &l->agents[0].ops[0];

	(void)state;
	assert_int_equal(op->nr_more, 2);
	assert_int_equal(op->more[0], 1);
	assert_int_equal(op->more[1], 2);
	litmus_free(l);
}

/* Each by itself, in any order, with others between them, and twice. */
static void further_ranges(void **state)
{
	static const struct litmus_range expected[] = {
		{ 0, 1, 1, 0x1000, 0x2000 },
		{ 1, 0, 3, 0x2000, 0x5000 },
		{ 0, 1, 1, 0x1000, 0x2000 },
	};
	struct litmus *l = doing("cpu 0", "process_madvise C A.1..2 B A.1 dontneed; exit");
	const struct litmus_op *op = &l->agents[0].ops[0];

	(void)state;
	assert_true(op->start == 0x8000 && op->end == 0x9000 && !op->nr_more);
	assert_int_equal(op->nr_ranges, 3);
	assert_memory_equal(op->range, expected, sizeof(expected));
	assert_int_equal(l->agents[0].ops[1].nr_ranges, 0);
	litmus_free(l);
}

static void a_map_may_be_called_dontneed(void **state)
{
	struct litmus *l = test_read("map dontneed = anon rw\ncpu 0: madvise dontneed dontneed\nexpect safe\n");

	(void)state;
	assert_non_null(l);
	assert_string_equal(test_forms[l->agents[0].ops[0].call].text, "madvise A[.p..q] [B...] dontneed");
	assert_int_equal(l->agents[0].ops[0].nr_more, 0);
	litmus_free(l);
}

static void written_handles(void **state)
{
	struct litmus *l = doing("cpu 0", "gup A -> g; gup B -> h; write h = 1; read g");

	(void)state;
	assert_int_equal(l->nr_handles, 2);
	assert_false(l->handles[0].written);
	assert_true(l->handles[1].written);
	litmus_free(l);
}

static void agents(void **state)
{
	struct litmus *l = test_read(
		"mm a\nmm b\nmap A = anon rw\n"
		"cpu 1: load A -> r\n: load A -> r   # again\ncpu 1 in b: load A; exit\nkthread 1: reuse\n"
		"kthread 4 in b: reuse; reuse\nexpect safe\n");

	(void)state;
	assert_non_null(l);
	assert_int_equal(l->nr_agents, 4);
	assert_int_equal(l->cpus, 5);
	assert_true(l->agents[0].mm == 0 && l->agents[0].thread == 0 && l->agents[0].nr_ops == 2);
	assert_true(l->agents[1].mm == 1 && l->agents[1].thread == 1 && l->agents[1].cpu == 1);
	assert_int_equal(l->agents[1].ops - l->ops, 2);
	assert_true(l->agents[2].kind == LITMUS_KTHREAD && l->agents[2].thread == 2);
	assert_int_equal(l->agents[2].mm, LITMUS_NONE);
	assert_true(l->agents[3].mm == 1 && l->agents[3].thread == 0 && l->agents[3].nr_ops == 2);
	assert_string_equal(l->agents[3].label, "kthread 4");
	assert_string_equal(l->agents[0].ops[1].text, "load A -> r");
	assert_int_equal(l->registers[0].agent, 0);
	litmus_free(l);
}

static void agents_that_switch(void **state)
{
	struct litmus *l = test_read("mm a\nmm b\nmap A = anon rw\nbefore cpu 0: switch b; load A\n"
				     "cpu 1: load A; switch b; load A\n: switch a; load A\n"
				     "kthread 2: reuse; switch b; store A = 1\nexpect safe\n");

	(void)state;
	assert_non_null(l);
	assert_true(l->befores[0].ops[0].in == 0 && l->befores[0].ops[1].in == 1);
	assert_true(l->agents[0].ops[0].in == 0 && l->agents[0].ops[1].in == 0 && l->agents[0].ops[2].in == 1);
	assert_true(l->agents[0].ops[3].in == 1 && l->agents[0].ops[4].in == 0);
	assert_true(l->agents[1].ops[0].in == LITMUS_NONE && l->agents[1].ops[1].in == LITMUS_NONE);
	assert_true(l->agents[1].ops[2].in == 1 && l->agents[1].mm == LITMUS_NONE);
	litmus_free(l);
}

static void agents_that_go_elsewhere(void **state)
{
	struct litmus *l = test_read("map A = anon rw\ncpu 0: load A; move 3; load A\ncpu 1: move 0; load A\n"
				     "kthread 0: move 2; reuse\nexpect safe\n");

	(void)state;
	assert_non_null(l);
	assert_int_equal(l->cpus, 4);
	assert_int_equal(l->agents[0].ops[1].peer, 3);
	assert_true(l->agents[0].ops[2].in == 0 && !l->agents[0].moves);
	litmus_free(l);
}

static void agents_that_move(void **state)
{
	struct litmus *l = test_read(
		"set memory=sc\nmap A = anon rw\ncpu 0 or 2: load A\ncpu 1: load A\nexpect safe\n");

	(void)state;
	assert_non_null(l);
	assert_int_equal(l->cpus, 3);
	assert_true(l->agents[0].moves && l->agents[0].cpu == 0 && l->agents[0].to == 2);
	assert_string_equal(l->agents[0].label, "cpu 0 or 2");
	assert_true(!l->agents[1].moves);
	litmus_free(l);
}

/* `before` lines and statements stand in any order, and of a mixed file every other page is the driver's. */
static void what_marks_a_map_may_stand_below(void **state)
{
	struct litmus *l = test_read(
		"file F pages=3 mixed\nmap A = anon rw\nbefore cpu 1: uffd-wp A; free F.2\nuffd A\n"
		"cpu 0: uffd-wp A; free F\nexpect safe\n");

	(void)state;
	assert_non_null(l);
	assert_int_equal(l->befores[0].ops[1].page, 2);
	litmus_free(l);
}

/* What `before` takes is for whoever uses it next. */
static void handles_from_before(void **state)
{
	struct litmus *l = test_read(
		"map A = anon rw\nbefore cpu 1: gup A -> g\ncpu 0: reuse\ncpu 1: put g\nexpect safe\n");

	(void)state;
	assert_non_null(l);
	assert_int_equal(l->nr_handles, 1);
	assert_int_equal(l->handles[0].agent, 1);
	litmus_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation),
		cmocka_unit_test(further_names),
		cmocka_unit_test(further_ranges),
		cmocka_unit_test(a_map_may_be_called_dontneed),
		cmocka_unit_test(written_handles),
		cmocka_unit_test(agents),
		cmocka_unit_test(agents_that_switch),
		cmocka_unit_test(agents_that_go_elsewhere),
		cmocka_unit_test(agents_that_move),
		cmocka_unit_test(handles_from_before),
		cmocka_unit_test(what_marks_a_map_may_stand_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
