/* SPDX-License-Identifier: MIT */
/* statements.c - every statement becomes what docs/litmus.md says, defaults included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/lang/words.h"

#define END "cpu 0: reuse\nexpect safe\n"

static struct litmus *world(const char *statements)
{
	char body[2000];
	struct litmus *l;

	snprintf(body, sizeof(body), "%s\n" END, statements);
	l = test_read(body);
	assert_non_null(l);
	return l;
}

static void defaults(void **state)
{
	struct litmus *l = world("");

	(void)state;
	assert_string_equal(l->name, "t");
	assert_string_equal(l->doc, "d");
	assert_int_equal(l->nr_sources, 0);
	assert_int_equal(l->archs, (1u << 14) - 1);
	assert_int_equal(l->cpus, 1);
	assert_int_equal(l->asids, 2);
	assert_int_equal(l->levels, 2);
	assert_memory_equal(&l->gather, (&(struct litmus_gather){ 2, 2, 2, 2, 1, 1 }), sizeof(l->gather));
	assert_int_equal(l->alloc, LITMUS_ALLOC_OK);
	assert_int_equal(l->set.ceiling, 33);
	assert_int_equal(l->set.unmap_batch, 2);
	assert_int_equal(l->set.store_buffer, 2);
	assert_false(l->set.in_flight);
	assert_true(l->set.lazy && !l->set.spf && l->set.pri);
	assert_int_equal(l->nr_mms, 1);
	assert_string_equal(l->mms[0].name, "m");
	litmus_free(l);
}

static void header(void **state)
{
	struct litmus *l = world(
		"source \"one\"\n# remark\n\n  source \"two # not a remark\" # remark\r\n"
		"arch arm64 hostile\ncpus 3\nlevels 4\nalloc any\nset ceiling=0x2\nset store-buffer=0\n"
		"set in-flight=on");

	(void)state;
	assert_int_equal(l->nr_sources, 2);
	assert_string_equal(l->sources[0], "one");
	assert_string_equal(l->sources[1], "two # not a remark");
	assert_int_equal(l->archs, 1u << 1 | 1u << 13);
	assert_int_equal(l->cpus, 3);
	assert_int_equal(l->asids, 4);
	assert_int_equal(l->levels, 4);
	assert_int_equal(l->alloc, LITMUS_ALLOC_ANY);
	assert_int_equal(l->set.ceiling, 2);
	assert_int_equal(l->set.store_buffer, 0);
	assert_true(l->set.in_flight);
	litmus_free(l);
}

static void gather_sizes(void **state)
{
	struct litmus *l = world("gather tables=1 bundle=3 batches=0\nalloc fail");

	(void)state;
	assert_memory_equal(&l->gather, (&(struct litmus_gather){ 3, 2, 0, 1, 1, 1 }), sizeof(l->gather));
	assert_int_equal(l->alloc, LITMUS_ALLOC_FAIL);
	litmus_free(l);
}

static void all_architectures(void **state)
{
	struct litmus *l = world("arch all");

	(void)state;
	assert_int_equal(l->archs, (1u << 14) - 1);
	litmus_free(l);
}

static void mms_and_files(void **state)
{
	struct litmus *l = world("mm first\nmm second\nfile F pages=3\nfile P pages=0x1 pfn\nfile X pages=2 mixed\n"
				 "map A = F rw shared in second\nmap B = X r");

	(void)state;
	assert_int_equal(l->nr_mms, 2);
	assert_int_equal(l->nr_files, 3);
	assert_int_equal(l->files[0].kind, LITMUS_FILE_CACHE);
	assert_int_equal(l->files[0].pages, 3);
	assert_int_equal(l->files[1].kind, LITMUS_FILE_PFN);
	assert_int_equal(l->files[2].kind, LITMUS_FILE_MIXED);
	assert_int_equal(l->maps[0].mm, 1);
	assert_int_equal(l->maps[1].mm, 0);
	litmus_free(l);
}

static void map_options(void **state)
{
	struct litmus *l = world("file F pages=4\nmap A = F+1 pages=2 rwx shared in m at 0x5000 absent grows\n"
				 "map B = F+3 rx private near A\nmap C = anon pages=3 r\n");
	const struct litmus_map *a = &l->maps[0], *b = &l->maps[1], *c = &l->maps[2];

	(void)state;
	assert_true(a->object == LITMUS_OBJECT_FILE && a->file == 0 && a->file_page == 1 && a->pages == 2);
	assert_int_equal(a->prot, LITMUS_PROT_READ | LITMUS_PROT_WRITE | LITMUS_PROT_EXEC);
	assert_true(a->shared && a->absent && a->grows && a->fixed);
	assert_true(b->file_page == 3 && b->pages == 1 && b->near == 0);
	assert_int_equal(b->prot, LITMUS_PROT_READ | LITMUS_PROT_EXEC);
	assert_false(b->shared || b->absent || b->grows || b->fixed);
	assert_true(c->object == LITMUS_OBJECT_ANON && c->file == LITMUS_NONE && c->pages == 3);
	assert_int_equal(c->prot, LITMUS_PROT_READ);
	litmus_free(l);
}

static void expect_at(const struct litmus *l, unsigned int map, unsigned long first, unsigned long end)
{
	assert_int_equal(l->maps[map].start, first << 12);
	assert_int_equal(l->maps[map].end, end << 12);
}

static void placed_by_default(void **state)
{
	struct litmus *l = world(
		"levels 3\nmap A = anon rw\nmap B = anon pages=5 rw\nmap C = anon pages=16 rw\n"
		"map D = anon rw\nmap E = anon rw near A\nmap F = anon rw near B\nmap G = anon rw at 0x13000");

	(void)state;
	expect_at(l, 0, 0, 1);
	expect_at(l, 1, 4, 9);
	expect_at(l, 2, 32, 48); /* fills a middle table; the one from 16 is taken by G */
	expect_at(l, 3, 12, 13);
	expect_at(l, 4, 1, 2);
	expect_at(l, 5, 9, 10);
	expect_at(l, 6, 19, 20);
	litmus_free(l);
}

static void placed_in_each_mm(void **state)
{
	struct litmus *l = world("mm a\nmm b\nmap A = anon pages=16 rw in a\nmap B = anon pages=16 rw in b");

	(void)state;
	expect_at(l, 0, 0, 16);
	expect_at(l, 1, 0, 16);
	litmus_free(l);
}

static void absent_may_overlap(void **state)
{
	struct litmus *l = world(
		"map A = anon pages=2 rw at 0x1000\nmap B = anon rw at 0x2000 absent\nmap C = anon rw");

	(void)state;
	expect_at(l, 0, 1, 3);
	expect_at(l, 1, 2, 3);
	expect_at(l, 2, 4, 5);
	litmus_free(l);
}

static void present_entries(void **state)
{
	struct litmus *l = world("map A = anon pages=4 rw\npresent A.1\npresent A.2..4 rw dirty young\n"
				 "map B = anon pages=2 r\npresent B ro clean old");

	(void)state;
	assert_int_equal(l->nr_presents, 3);
	assert_true(l->presents[0].page == 1 && l->presents[0].pages == 1);
	assert_int_equal(l->presents[0].writable, LITMUS_AS_FAULT);
	assert_true(!l->presents[0].dirty && l->presents[0].young);
	assert_true(l->presents[1].page == 2 && l->presents[1].pages == 2);
	assert_int_equal(l->presents[1].writable, LITMUS_RW);
	assert_true(l->presents[1].dirty && l->presents[1].young);
	assert_true(l->presents[2].map == 1 && l->presents[2].pages == 2);
	assert_int_equal(l->presents[2].writable, LITMUS_RO);
	assert_false(l->presents[2].dirty || l->presents[2].young);
	litmus_free(l);
}

static void before_lines(void **state)
{
	struct litmus *l = world("map A = anon rw\nbefore cpu 2: load A; load A\n: store A = 1\nmap B = anon rw\n"
				 "before kthread 1 in m: prefetch B");

	(void)state;
	assert_int_equal(l->nr_befores, 2);
	assert_int_equal(l->befores[0].kind, LITMUS_CPU);
	assert_int_equal(l->befores[0].cpu, 2);
	assert_int_equal(l->befores[0].nr_ops, 3);
	assert_int_equal(l->befores[0].ops[2].value, 1);
	assert_string_equal(l->befores[1].label, "kthread 1");
	assert_int_equal(l->befores[1].ops[0].start, 0x4000); /* placed later than read */
	assert_int_equal(l->agents[0].nr_ops, 1);
	assert_string_equal(l->agents[0].ops[0].text, "reuse");
	assert_int_equal(l->cpus, 3);
	litmus_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),	      cmocka_unit_test(header),
		cmocka_unit_test(gather_sizes),	      cmocka_unit_test(all_architectures),
		cmocka_unit_test(mms_and_files),      cmocka_unit_test(map_options),
		cmocka_unit_test(placed_by_default),  cmocka_unit_test(placed_in_each_mm),
		cmocka_unit_test(absent_may_overlap), cmocka_unit_test(present_entries),
		cmocka_unit_test(before_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
