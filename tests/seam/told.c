/* SPDX-License-Identifier: MIT */
/*
 * told.c - what the compiler tells of each function in accesses.c, compared with what the function does to memory.
 *
 * The machine here performs atomic operations and writes down what it hears. Each function runs from two starts, so that a
 * byte that is written is changed in at least one of them, and each byte that was changed must have been told as written. Values
 * must be those of the same function compiled without all this. What a compiler does not tell is the list below, exactly:
 * who upgrades a compiler learns what has become better or worse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <machine/model/seam.h>
#include "tests/seam/accesses.h"

/* ---- holes ---- */

enum {
	GCC = 1,
	CLANG = 2,
	O1 = 4,
	O2 = 8,
	OS = 16,
	ALL = O1 | O2 | OS,
};

static const struct hole {
	const char *function;
	unsigned int where;
	const char *why;
} holes[] = {
	/* gcc looks at assignments, and these are none in its eyes: the call writes to where it is told. */
	{ "given8", GCC | ALL, "the result of a call is a structure, also one in a register" },
	{ "given24", GCC | ALL, "the result of a call is a structure" },
	{ "made24", GCC | ALL, "the same, and what is called writes to its caller's memory without a word" },
	{ "passed24", GCC | CLANG | ALL, "a structure is copied to be an argument" },
	/* The access is told, but as a plain one: no step, and a race where a volatile access would be none. */
	{ "volatile_structure", GCC | CLANG | ALL, "a volatile structure is copied as any other" },
	{ "volatile_unaligned_write", GCC | ALL, "volatile is lost where memory is packed" },
	/* clang thinks that nobody else can have the address of a part of a local. */
	{ "local_field", CLANG | ALL, "a field of a local that others know" },
	{ NULL, 0, NULL },
};

#if defined(__clang__)
#define COMPILER CLANG
#else
#define COMPILER GCC
#endif

static const struct hole *hole_of(const char *function)
{
	for (const struct hole *hole = holes; hole->function; hole++) {
		if (!strcmp(hole->function, function) && hole->where & COMPILER && hole->where & LEVEL)
			return hole;
	}
	return NULL;
}

/* ---- the machine ---- */

enum {
	MOST = 4096,
};

static struct {
	uint8_t read[sizeof(struct world)], written[sizeof(struct world)];
	struct told {
		enum told_kind kind;
		int op, order;
		uint32_t offset, size;
	} told[MOST];
	unsigned int nr;
	const uint8_t *local;
	bool local_read, local_written;
	struct world world;
} machine;

static bool in_world(const void *p)
{
	return (const uint8_t *)p - (const uint8_t *)&machine.world >= 0 &&
	       (const uint8_t *)p - (const uint8_t *)&machine.world < (ptrdiff_t)sizeof(struct world);
}

static uint32_t offset_of(const void *p)
{
	assert_true(in_world(p));
	return (uint32_t)((const uint8_t *)p - (const uint8_t *)&machine.world);
}

static void note(enum told_kind kind, int op, int order, const void *p, size_t size)
{
	assert_true(machine.nr < MOST);
	machine.told[machine.nr++] = (struct told){ kind, op, order, p ? offset_of(p) : 0, (uint32_t)size };
}

void seam_plain(const void *p, size_t n, bool write, const void *pc)
{
	assert_non_null(pc);
	assert_true(n > 0);
	if (p == machine.local) {
		machine.local_written |= write;
		machine.local_read |= !write;
	}
	if (in_world(p))
		memset((write ? machine.written : machine.read) + offset_of(p), 1, n);
}

void seam_volatile(const void *p, size_t n, bool write, const void *pc)
{
	assert_non_null(pc);
	if (!in_world(p))
		return;
	memset((write ? machine.written : machine.read) + offset_of(p), 1, n);
	note(write ? TOLD_VOLATILE_WRITE : TOLD_VOLATILE_READ, 0, 0, p, n);
}

uint64_t seam_atomic(enum seam_op op, void *p, unsigned int size, uint64_t operand, uint64_t expected, int order,
		     const void *pc)
{
	uint64_t old = seam_peek(p, size);

	assert_non_null(pc);
	if (size < 8)
		assert_true(operand >> size * 8 == 0 && expected >> size * 8 == 0);
	memset(machine.written + offset_of(p), 1, size);
	note(TOLD_ATOMIC, op, order, p, size);
	seam_poke(p, size, seam_result(op, size, old, operand, expected));
	return old;
}

void seam_fence(int order, const void *pc)
{
	assert_non_null(pc);
	note(TOLD_FENCE, 0, order, NULL, 0);
}

int seam_own_write(const void *p, size_t n)
{
	(void)p;
	(void)n;
	fail_msg("the code under test is no part of the machine");
	return 0;
}

void local_escapes(void *local)
{
	machine.local = local;
}

struct bytes8 give8(void)
{
	return (struct bytes8){ { 0x13579bdf, 0x2468ace0 } };
}

struct bytes24 give24(void)
{
	return (struct bytes24){ { 11, 12, 13 } };
}

/* ---- one function ---- */

/* Bytes that no short loop of 8, 16 or 3 makes again. */
static void fill(struct world *world, uint8_t flip)
{
	uint8_t *byte = (uint8_t *)world;

	for (size_t i = 0; i < sizeof(*world); i++)
		byte[i] = (uint8_t)((i * 37 + i / 251 * 11 + 1) ^ flip);
	world->length = 40;
	world->u8 = flip & 1; /* a flag is one or the other */
}

static bool same(const struct told *told, const struct access *access)
{
	return told->kind == access->kind && told->op == access->op && told->order == access->order &&
	       told->offset == access->offset && told->size == access->size;
}

static bool told_once(const struct access *access)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < machine.nr; i++)
		nr += same(&machine.told[i], access);
	return nr == 1;
}

/* "" or what is wrong. */
static const char *wrong_with(const struct access *access)
{
	switch (access->kind) {
	case TOLD_NOTHING:
		return machine.nr ? "something is told" : "";
	case TOLD_LOCAL:
		return machine.local_read && machine.local_written ? "" : "the local is not told";
	case TOLD_PLAIN:
		for (uint32_t i = 0; i < access->size; i++) {
			if (!machine.read[access->offset + i])
				return "bytes that are read are not told";
		}
		return machine.nr ? "a plain access is told as another" : "";
	default:
		return told_once(access) ? "" : "it is not told, or otherwise";
	}
}

static const char *run_once(const struct access *told, const struct access *plain, uint8_t flip)
{
	static struct world before, wanted;
	uint64_t result, expected;
	const uint8_t *was = (const uint8_t *)&before, *is = (const uint8_t *)&machine.world;

	fill(&before, flip);
	memcpy(&wanted, &before, sizeof(wanted));
	expected = plain->run(&wanted);
	memset(&machine, 0, sizeof(machine));
	memcpy(&machine.world, &before, sizeof(before));
	result = told->run(&machine.world);
	if (result != expected || memcmp(&machine.world, &wanted, sizeof(wanted)) != 0)
		fail_msg("%s: its result is wrong", told->name);
	for (size_t i = 0; i < sizeof(struct world); i++) {
		if (is[i] != was[i] && !machine.written[i])
			return "bytes that are written are not told";
	}
	return wrong_with(told);
}

static bool is_told(const struct access *told, const struct access *plain)
{
	const struct hole *hole = hole_of(told->name);
	const char *wrong;

	assert_string_equal(told->name, plain->name);
	wrong = run_once(told, plain, 0);
	if (!*wrong)
		wrong = run_once(told, plain, 0xff);
	if (*wrong && !hole) {
		print_error("%s: %s\n", told->name, wrong);
		return false;
	}
	if (!*wrong && hole) {
		print_error("%s: is in the list of holes (%s), and all is told\n", told->name, hole->why);
		return false;
	}
	return true;
}

static void every_access_is_told(void **state)
{
	unsigned int nr, wrong = 0;

	(void)state;
	for (nr = 0; told_accesses[nr].name; nr++)
		wrong += !is_told(&told_accesses[nr], &plain_accesses[nr]);
	assert_int_equal(wrong, 0);
	assert_true(nr > 200 && !plain_accesses[nr].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_access_is_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
