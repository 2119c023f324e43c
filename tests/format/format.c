/* SPDX-License-Identifier: MIT */
/*
 * format.c - the rows of machine/format.c held to the manuals: words put together by hand, bit by bit, and what hardware makes of
 * them; then every entry that a format can say, written and read again.
 */
#include <machine/format.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define BIT(n) (1ull << (n))

/* What a word should say, as letters: r w x u, a for accessed, d for dirty. */
struct word {
	const char *format;
	unsigned int level;
	uint64_t word;
	enum machine_entry_kind kind;
	uint64_t address;
	const char *says;
};

#define NONE	MACHINE_ENTRY_NONE
#define TABLE	MACHINE_ENTRY_TABLE
#define LEAF	MACHINE_ENTRY_LEAF
#define REFUSED MACHINE_ENTRY_REFUSED

static const struct word words[] = {
	/* SDM table 4-20: P R/W U/S A D; XD clear lets instructions be fetched. */
	{ "x86-64", 0, 0x0000000000000000, NONE, 0, "" },
	{ "x86-64", 0, 0xfffffffffffffffe, NONE, 0, "" },
	{ "x86-64", 0, 0x0000000012345067, LEAF, 0x12345000, "rwxuad" },
	{ "x86-64", 0, 0x8000000012345065, LEAF, 0x12345000, "ruad" },
	{ "x86-64", 0, 0x8000000012345003, LEAF, 0x12345000, "rw" },
	/* Bit 7 of a last-level entry is PAT, 9 to 11 and 52 to 58 are software's. */
	{ "x86-64", 0, 0x07f0000012345f85, LEAF, 0x12345000, "rxu" },
	{ "x86-64", 0, 0x000ffffffffff001, LEAF, 0x000ffffffffff000, "rx" },
	/* Table 4-19: PS clear. What U/S and XD take away above is taken away below. */
	{ "x86-64", 1, 0x0000000000201007, TABLE, 0x201000, "rwxuad" },
	{ "x86-64", 2, 0x0000000000201001, TABLE, 0x201000, "rxad" },
	{ "x86-64", 3, 0x8000000000201025, TABLE, 0x201000, "ruad" },
	/* Table 4-18: PS set maps 2 MiB; bit 12 is PAT; 13 to 20 are reserved. */
	{ "x86-64", 1, 0x00000000402010e7, LEAF, 0x40200000, "rwxuad" },
	{ "x86-64", 1, 0x00000000402000e7, LEAF, 0x40200000, "rwxuad" },
	{ "x86-64", 1, 0x00000000402020e7, REFUSED, 0, "" },
	/* Table 4-16: 1 GiB; and none larger. */
	{ "x86-64", 2, 0x8000000080000081, LEAF, 0x80000000, "r" },
	{ "x86-64", 2, 0x8000000080200081, REFUSED, 0, "" },
	{ "x86-64", 3, 0x0000000000201087, REFUSED, 0, "" },
	{ "x86-64-la57", 4, 0x0000000000201087, REFUSED, 0, "" },
	{ "x86-64-la57", 4, 0x0000000000201007, TABLE, 0x201000, "rwxuad" },

	/* D8.3: bits 1:0 are 11 for a page at the last level; 01 is reserved there. AP[2:1] 7:6, AF 10, UXN 54. */
	{ "arm64", 0, 0x0000000000000000, NONE, 0, "" },
	{ "arm64", 0, 0x0000000012345442, NONE, 0, "" },
	{ "arm64", 0, 0x0000000012345441, REFUSED, 0, "" },
	{ "arm64", 0, 0x0000000012345443, LEAF, 0x12345000, "rwxuad" },
	{ "arm64", 0, 0x00400000123454c3, LEAF, 0x12345000, "rua" },
	{ "arm64", 0, 0x0040000012345f03, LEAF, 0x12345000, "rwad" },
	{ "arm64", 0, 0x0000000012345043, LEAF, 0x12345000, "rwxud" },
	/* DBM: may be written, and is clean as long as AP[2] is set. */
	{ "arm64", 0, 0x00480000123454c3, LEAF, 0x12345000, "rwua" },
	{ "arm64", 0, 0x0048000012345443, LEAF, 0x12345000, "rwuad" },
	/* Tables and blocks: 11 and 01. Blocks of 2 MiB and 1 GiB; none at the manual's level 0. */
	{ "arm64", 1, 0x0000000000201003, TABLE, 0x201000, "rwxuad" },
	{ "arm64", 1, 0x1000000000201003, TABLE, 0x201000, "rwuad" },
	{ "arm64", 2, 0x2000000000201003, TABLE, 0x201000, "rwxad" },
	{ "arm64", 3, 0x4000000000201003, TABLE, 0x201000, "rxuad" },
	{ "arm64", 1, 0x0000000040200441, LEAF, 0x40200000, "rwxuad" },
	{ "arm64", 2, 0x0000000080000441, LEAF, 0x80000000, "rwxuad" },
	{ "arm64", 3, 0x0000000000000441, REFUSED, 0, "" },
	{ "arm64-39", 2, 0x0000000080000441, LEAF, 0x80000000, "rwxuad" },

	/* Sv39: V R W X U, A 6, D 7, PPN from bit 10. */
	{ "sv39", 0, 0x0000000000000000, NONE, 0, "" },
	{ "sv39", 0, 0x0000000000000ffe, NONE, 0, "" },
	{ "sv39", 0, 0x12345ull << 10 | 0xdf, LEAF, 0x12345000, "rwxuad" },
	{ "sv39", 0, 0x12345ull << 10 | 0x17, LEAF, 0x12345000, "rwu" },
	{ "sv39", 0, 0x12345ull << 10 | 0x353, LEAF, 0x12345000, "rua" },
	{ "sv39", 0, 0x12345ull << 10 | 0x49, LEAF, 0x12345000, "xa" },
	{ "sv39", 0, 0x003ffffffffffc03, LEAF, 0x00fffffffffff000, "r" },
	/* W without R, and X W without R, are reserved; so are bits 54 and up. */
	{ "sv39", 0, 0x12345ull << 10 | 0xd5, REFUSED, 0, "" },
	{ "sv39", 0, 0x12345ull << 10 | 0xdd, REFUSED, 0, "" },
	{ "sv39", 0, BIT(54) | 0xdf, REFUSED, 0, "" },
	{ "sv39", 0, BIT(63) | 0xdf, REFUSED, 0, "" },
	/* A pointer at the last level leads nowhere; elsewhere U, A and D of it are reserved. */
	{ "sv39", 0, 0x201ull << 10 | 1, REFUSED, 0, "" },
	{ "sv39", 1, 0x201ull << 10 | 1, TABLE, 0x201000, "rwxuad" },
	{ "sv39", 2, 0x201ull << 10 | 0x21, TABLE, 0x201000, "rwxuad" },
	{ "sv39", 2, 0x201ull << 10 | 0x11, REFUSED, 0, "" },
	{ "sv39", 2, 0x201ull << 10 | 0x41, REFUSED, 0, "" },
	{ "sv39", 2, 0x201ull << 10 | 0x81, REFUSED, 0, "" },
	/* A megapage and a gigapage, and ones that are not aligned. */
	{ "sv39", 1, 0x40200ull << 10 | 0xcf, LEAF, 0x40200000, "rwxad" },
	{ "sv39", 1, 0x40201ull << 10 | 0xcf, REFUSED, 0, "" },
	{ "sv39", 2, 0x80000ull << 10 | 0xcf, LEAF, 0x80000000, "rwxad" },
	{ "sv39", 2, 0x80200ull << 10 | 0xcf, REFUSED, 0, "" },
	{ "sv48", 3, 0x8000000ull << 10 | 0xcf, LEAF, 0x8000000000, "rwxad" },
	{ "sv48", 3, 0x8040000ull << 10 | 0xcf, REFUSED, 0, "" },

	/* Ours. */
	{ "small", 0, 0x5067, LEAF, 0x5000, "rwxuad" },
	{ "small", 0, 0x5003, LEAF, 0x5000, "rwu" },
	{ "small", 1, 0x5081, TABLE, 0x5000, "rwxuad" },
	{ "small", 1, 0x4001, LEAF, 0x4000, "ru" },
};

static bool has(const char *letters, char letter)
{
	return strchr(letters, letter);
}

static struct machine_entry wanted(const struct word *w)
{
	return (struct machine_entry){
		.kind = w->kind,
		.address = w->address,
		.read = has(w->says, 'r'),
		.write = has(w->says, 'w'),
		.exec = has(w->says, 'x'),
		.user = has(w->says, 'u'),
		.accessed = has(w->says, 'a'),
		.dirty = has(w->says, 'd'),
	};
}

static bool same(const struct machine_entry *a, const struct machine_entry *b)
{
	return a->kind == b->kind && a->address == b->address && a->read == b->read && a->write == b->write &&
	       a->exec == b->exec && a->user == b->user && a->accessed == b->accessed && a->dirty == b->dirty;
}

static void words_of_the_manuals(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct word *w = &words[i];
		const struct machine_format *format = machine_format_find(w->format);
		struct machine_entry want = wanted(w), got = machine_format_decode(format, w->level, w->word);

		if (!same(&want, &got))
			fail_msg("%s level %u word 0x%llx: kind %d, address 0x%llx, %s%s%s%s%s%s", w->format, w->level,
				 (unsigned long long)w->word, got.kind, (unsigned long long)got.address,
				 got.read ? "r" : "", got.write ? "w" : "", got.exec ? "x" : "", got.user ? "u" : "",
				 got.accessed ? "a" : "", got.dirty ? "d" : "");
	}
}

/* Entry number @nr of all that differ in six yes-or-no answers. */
static struct machine_entry entry_number(unsigned int nr, enum machine_entry_kind kind, uint64_t address)
{
	return (struct machine_entry){
		.kind = kind,
		.address = address,
		.read = nr & 1,
		.write = nr & 2,
		.exec = nr & 4,
		.user = nr & 8,
		.accessed = nr & 16,
		.dirty = nr & 32,
	};
}

/* How many of the 64 leaves a format can say, and that each of them comes back; and the same word again. */
static unsigned int leaves_held(const struct machine_format *format, unsigned int level)
{
	uint64_t address = 3ull << machine_format_shift(format, level);
	unsigned int held = 0;

	for (unsigned int nr = 0; nr < 64; nr++) {
		struct machine_entry entry = entry_number(nr, MACHINE_ENTRY_LEAF, address), back;
		uint64_t word = machine_format_encode(format, level, &entry);

		if (!machine_format_holds(format, level, &entry))
			continue;
		held++;
		back = machine_format_decode(format, level, word);
		assert_true(same(&entry, &back));
		assert_int_equal(machine_format_encode(format, level, &back), word);
		assert_int_equal(word & format->software, 0);
		/* Software's bits change nothing. */
		back = machine_format_decode(format, level, word | format->software);
		assert_true(same(&entry, &back));
	}
	return held;
}

/*
 * x86-64 and AArch64 cannot refuse a read, and AArch64 cannot say "read-only and dirty"; RISC-V has no write without read, and a leaf
 * needs R or X.
 */
static void round_trips_of_leaves(void **state)
{
	static const struct {
		const char *format;
		unsigned int leaf_levels, held;
	} cases[] = {
		{ "small", 5, 16 },    { "x86-64", 3, 32 }, { "x86-64-la57", 3, 32 }, { "arm64", 3, 24 },
		{ "arm64-39", 3, 24 }, { "sv39", 3, 40 },   { "sv48", 4, 40 },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct machine_format *format = machine_format_find(cases[i].format);

		for (unsigned int level = 0; level < format->levels; level++)
			assert_int_equal(leaves_held(format, level), level < cases[i].leaf_levels ? cases[i].held : 0);
	}
}

static void round_trips_of_tables(void **state)
{
	const struct machine_format *format;

	(void)state;
	for (unsigned int row = 0; (format = machine_format_row(row)); row++) {
		struct machine_entry entry = entry_number(63, MACHINE_ENTRY_TABLE, 0x7654000);

		assert_false(machine_format_holds(format, 0, &entry));
		for (unsigned int level = 1; level < format->levels; level++)
			assert_true(machine_format_holds(format, level, &entry));
	}
}

/* An address that is not one of a page of that size, or is too high, is not held. */
static void addresses_that_do_not_fit(void **state)
{
	const struct machine_format *format = machine_format_find("sv39");
	struct machine_entry entry = entry_number(63, MACHINE_ENTRY_LEAF, 0x201000);

	(void)state;
	assert_true(machine_format_holds(format, 0, &entry));
	assert_false(machine_format_holds(format, 1, &entry));
	entry.address = BIT(56);
	assert_false(machine_format_holds(format, 0, &entry));
	entry.address = BIT(55);
	assert_true(machine_format_holds(format, 0, &entry));
	entry.address = BIT(48);
	assert_false(machine_format_holds(machine_format_find("arm64"), 0, &entry));
	assert_true(machine_format_holds(machine_format_find("x86-64"), 0, &entry));
}

/* SDM 4.8, Arm ARM D8.5, RISC-V "A and D bits": what hardware writes. */
static void accessed_and_dirty(void **state)
{
	const struct machine_format *x86 = machine_format_find("x86-64"), *arm = machine_format_find("arm64"),
				    *sv = machine_format_find("sv39");

	(void)state;
	assert_int_equal(machine_format_touched(x86, 0, 0x5007, false), 0x5027);
	assert_int_equal(machine_format_touched(x86, 0, 0x5007, true), 0x5067);
	assert_int_equal(machine_format_touched(x86, 2, 0x5007, true), 0x5027); /* the way there: accessed only */
	assert_int_equal(machine_format_touched(x86, 1, 0x200087, true), 0x2000e7);
	assert_int_equal(machine_format_touched(arm, 0, 0x0048000000005043ull | BIT(7), false),
			 0x0048000000005443ull | BIT(7));
	/* AP[2] is cleared, DBM stays. */
	assert_int_equal(machine_format_touched(arm, 0, 0x0048000000005443ull | BIT(7), true), 0x0048000000005443ull);
	assert_int_equal(machine_format_touched(arm, 2, 0x5003, true), 0x5003);
	assert_int_equal(machine_format_touched(sv, 0, 0x17, false), 0x57);
	assert_int_equal(machine_format_touched(sv, 0, 0x17, true), 0xd7);
	assert_int_equal(machine_format_touched(sv, 1, 0x01, true), 0x01);
	assert_int_equal(machine_format_touched(sv, 0, 0, true), 0);
}

static void addresses_and_geometry(void **state)
{
	const struct machine_format *x86 = machine_format_find("x86-64"), *arm = machine_format_find("arm64"),
				    *sv = machine_format_find("sv39"), *small = machine_format_find("small");

	(void)state;
	assert_int_equal(machine_format_entries(x86), 512);
	assert_int_equal(machine_format_entries(small), 4);
	assert_int_equal(machine_format_shift(small, 1), 14);
	assert_true(machine_format_reaches(x86, 0x00007fffffffffff));
	assert_false(machine_format_reaches(x86, 0x0000800000000000));
	assert_true(machine_format_reaches(x86, 0xffff800000000000));
	assert_true(machine_format_reaches(arm, 0x0000ffffffffffff)); /* TTBR0: the upper bits are 0 */
	assert_false(machine_format_reaches(arm, 0xffff000000000000));
	assert_true(machine_format_reaches(sv, 0x0000003fffffffff));
	assert_false(machine_format_reaches(sv, 0x0000004000000000));
	assert_true(machine_format_reaches(sv, 0xffffffc000000000));
}

static void names(void **state)
{
	(void)state;
	assert_null(machine_format_find("sv38"));
	assert_ptr_equal(machine_format_find("small"), machine_format_row(0));
	for (unsigned int i = 0; machine_format_row(i); i++)
		assert_ptr_equal(machine_format_find(machine_format_row(i)->name), machine_format_row(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_the_manuals),
		cmocka_unit_test(round_trips_of_leaves),
		cmocka_unit_test(round_trips_of_tables),
		cmocka_unit_test(addresses_that_do_not_fit),
		cmocka_unit_test(accessed_and_dirty),
		cmocka_unit_test(addresses_and_geometry),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
