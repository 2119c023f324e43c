/* SPDX-License-Identifier: MIT */
/* ops.c - every operation that is built is read into what it names, and agents into what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/lang/words.h"

#define WORLD                                                                                            \
	"file F pages=4\nmap A = F pages=2 rw shared\nmap B = anon pages=3 rw near A\nmap C = anon rw\n" \
	"map S = anon pages=2 rw at 0xc000 grows\n"

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
	enum litmus_operation kind;
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
	const char *last = strrchr(e->text, ';');

	print_message("%s\n", e->text);
	assert_string_equal(op->text, last ? last + 2 : e->text);
	assert_int_equal(op->at.line, 8);
	assert_int_equal(op->at.column, strlen(e->who) + 3 + (last ? (size_t)(last + 2 - e->text) : 0));
	assert_int_equal(op->kind, e->kind);
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
		{ "cpu 0", "load A", LITMUS_LOAD, 0, NO, NO, NO, NO, 0, 1, 0, 0x1000, 0 },
		{ "cpu 0", "load B.2 -> r", LITMUS_LOAD, 1, NO, NO, 0, NO, 2, 1, 0x4000, 0x5000, 0 },
		{ "cpu 0", "load B.2->r", LITMUS_LOAD, 1, NO, NO, 0, NO, 2, 1, 0x4000, 0x5000, 0 },
		{ "cpu 0", "store A.1 = 0x10", LITMUS_STORE, 0, NO, NO, NO, NO, 1, 1, 0x1000, 0x2000, 16 },
		{ "cpu 0", "store A = 18446744073709551615", LITMUS_STORE, 0, NO, NO, NO, NO, 0, 1, 0, 0x1000,
		  UINT64_MAX },
		{ "cpu 0", "exec A -> r", LITMUS_EXEC, 0, NO, NO, 0, NO, 0, 1, 0, 0x1000, 0 },
		{ "cpu 0", "prefetch C", LITMUS_PREFETCH, 2, NO, NO, NO, NO, 0, 1, 0x8000, 0x9000, 0 },
		{ "kthread 0 in m", "prefetch C", LITMUS_PREFETCH, 2, NO, NO, NO, NO, 0, 1, 0x8000, 0x9000, 0 },
		{ "cpu 0", "mmap B", LITMUS_MMAP, 1, NO, NO, NO, NO, 0, 3, 0x2000, 0x5000, 0 },
		{ "cpu 0", "munmap B", LITMUS_MUNMAP, 1, NO, NO, NO, NO, 0, 3, 0x2000, 0x5000, 0 },
		{ "cpu 0", "munmap B.1", LITMUS_MUNMAP, 1, NO, NO, NO, NO, 1, 1, 0x3000, 0x4000, 0 },
		{ "cpu 0", "munmap B.1..3", LITMUS_MUNMAP, 1, NO, NO, NO, NO, 1, 2, 0x3000, 0x5000, 0 },
		{ "cpu 0", "munmap A.1..2 B C", LITMUS_MUNMAP, 0, NO, NO, NO, NO, 1, 1, 0x1000, 0x9000, 0 },
		{ "cpu 0", "madvise A B dontneed", LITMUS_DONTNEED, 0, NO, NO, NO, NO, 0, 2, 0, 0x5000, 0 },
		{ "cpu 0", "madvise A.0..1 dontneed", LITMUS_DONTNEED, 0, NO, NO, NO, NO, 0, 1, 0, 0x1000, 0 },
		{ "cpu 0", "exec-shift S", LITMUS_EXEC_SHIFT, 3, NO, NO, NO, NO, 0, 2, 0xc000, 0xe000, 0 },
		{ "cpu 0", "exit", LITMUS_EXIT, NO, NO, NO, NO, NO, 0, 0, 0, 0, 0 },
		{ "cpu 0", "gup B.1 -> g", LITMUS_GUP, 1, NO, NO, NO, 0, 1, 1, 0x3000, 0x4000, 0 },
		{ "cpu 0", "gup-fast A -> g", LITMUS_GUP_FAST, 0, NO, NO, NO, 0, 0, 1, 0, 0x1000, 0 },
		{ "cpu 0", "gup A -> g; read g", LITMUS_READ_PAGE, NO, NO, NO, NO, 0, 0, 0, 0, 0, 0 },
		{ "cpu 0", "gup A -> g; read g -> r", LITMUS_READ_PAGE, NO, NO, NO, 0, 0, 0, 0, 0, 0, 0 },
		{ "cpu 0", "gup A -> g; write g = 7", LITMUS_WRITE_PAGE, NO, NO, NO, NO, 0, 0, 0, 0, 0, 7 },
		{ "cpu 0", "gup A -> g; put g", LITMUS_PUT, NO, NO, NO, NO, 0, 0, 0, 0, 0, 0 },
		{ "kthread 1", "truncate F", LITMUS_TRUNCATE, NO, 0, NO, NO, NO, 0, 4, 0, 0, 0 },
		{ "cpu 0", "unmap_mapping_range F", LITMUS_UNMAP_MAPPING_RANGE, NO, 0, NO, NO, NO, 0, 4, 0, 0, 0 },
		{ "kthread 0", "unmap_mapping_range F.2", LITMUS_UNMAP_MAPPING_RANGE, NO, 0, NO, NO, NO, 2, 1, 0, 0,
		  0 },
		{ "cpu 0", "free F", LITMUS_FREE, NO, 0, NO, NO, NO, 0, 1, 0, 0, 0 },
		{ "kthread 0", "free F.3", LITMUS_FREE, NO, 0, NO, NO, NO, 3, 1, 0, 0, 0 },
		{ "cpu 0", "writeback F.1", LITMUS_WRITEBACK, NO, 0, NO, NO, NO, 1, 1, 0, 0, 0 },
		{ "kthread 0", "reuse", LITMUS_REUSE, NO, NO, NO, NO, NO, 0, 0, 0, 0, 0 },
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

static void a_map_may_be_called_dontneed(void **state)
{
	struct litmus *l = test_read("map dontneed = anon rw\ncpu 0: madvise dontneed dontneed\nexpect safe\n");

	(void)state;
	assert_non_null(l);
	assert_int_equal(l->agents[0].ops[0].kind, LITMUS_DONTNEED);
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

static void what_is_built(void **state)
{
	(void)state;
	assert_true(litmus_built("munmap"));
	assert_true(litmus_built("madvise dontneed"));
	assert_false(litmus_built("mremap"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation),
		cmocka_unit_test(further_names),
		cmocka_unit_test(a_map_may_be_called_dontneed),
		cmocka_unit_test(written_handles),
		cmocka_unit_test(agents),
		cmocka_unit_test(handles_from_before),
		cmocka_unit_test(what_is_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
