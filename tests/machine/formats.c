/* SPDX-License-Identifier: MIT */
/*
 * formats.c - programs walk page tables of real formats: what may be accessed through words made by hand, what hardware leaves in them,
 * and that a table may be filled before or after it is hooked.
 *
 * There are no agents: outside of them stores are looked at when the machine is called next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "machine/model/model.h"

enum {
	PAGE = 0x3000, /* in the address space */
};

static struct {
	struct tlb_arch arch;
	struct model_config config;
	uint64_t page; /* physical */
	uint64_t *leaf;
} it;

static bool no_fault_handler(unsigned long address, enum machine_access how)
{
	(void)address;
	(void)how;
	return false;
}

static uint64_t take(int frame)
{
	machine_frame_take(frame);
	return machine_frame_address(frame);
}

/* An entry that leads to a table, with @bits more. */
static uint64_t table_word(uint64_t table, uint64_t bits)
{
	const struct machine_entry entry = { MACHINE_ENTRY_TABLE, table, true, true, true, true, true, true };

	return machine_format_encode(it.config.format, 1, &entry) ^ bits;
}

/* Tables for PAGE in frames 0 and up, the root first; @bits is changed in the entry below the root. */
static void hook_tables(uint64_t bits)
{
	unsigned int levels = it.config.levels;

	for (unsigned int i = 0; i < levels; i++)
		take((int)i);
	for (unsigned int i = 0; i + 1 < levels; i++)
		*(uint64_t *)machine_frame_address((int)i) = table_word(machine_frame_address((int)i + 1),
									i ? 0 : bits);
	it.leaf = (uint64_t *)machine_frame_address((int)levels - 1) + 3;
	it.page = take((int)levels);
}

static void boot(const char *format, bool hw_dirty)
{
	static const struct machine_kernel kernel = { .fault = no_fault_handler };

	it.arch = (struct tlb_arch){ .name = "plain", .hw_walk = true, .walk_cache = true, .hw_dirty = hw_dirty };
	it.config = (struct model_config){
		.arch = &it.arch, .kernel = &kernel, .cpus = 1, .format = machine_format_find(format), .frames = 16
	};
	it.config.levels = it.config.format->levels;
	model_boot(&it.config);
}

static bool may(enum machine_access how)
{
	uint64_t value = 7;

	return machine_user_access(PAGE, how, &value);
}

/* What a program may do through a leaf of these bits, as letters. */
struct leaf {
	const char *format;
	bool hw_dirty;
	uint64_t above, bits; /* changed in an upper entry; in the leaf beside the address */
	const char *may;
};

static const struct leaf leaves[] = {
	{ "x86-64", true, 0, 0x067, "rwx" },
	{ "x86-64", true, 0, 0x007, "rwx" },
	{ "x86-64", true, 0, 0x005, "rx" },
	{ "x86-64", true, 0, 0x8000000000000007, "rw" },
	{ "x86-64", true, 0, 0x003, "" }, /* the kernel's */
	{ "x86-64", true, 0, 0x066, "" },
	{ "x86-64", true, 0x2, 0x067, "rx" }, /* R/W, U/S, XD above */
	{ "x86-64", true, 0x4, 0x067, "" },
	{ "x86-64", true, 1ull << 63, 0x067, "rw" },
	{ "arm64", false, 0, 0x443, "rwx" },
	{ "arm64", false, 0, 0x4c3, "rx" },
	{ "arm64", false, 0, 0x043, "" }, /* no AF, and nobody sets it */
	{ "arm64", true, 0, 0x043, "rwx" },
	{ "arm64", false, 0, 0x00080000000004c3, "rx" }, /* DBM without hardware that looks at it */
	{ "arm64", true, 0, 0x00080000000004c3, "rwx" },
	{ "arm64", false, 0, 0x403, "" },
	{ "arm64", false, 1ull << 62, 0x443, "rx" },
	{ "arm64", false, 1ull << 61, 0x443, "" },
	{ "arm64-39", false, 1ull << 60, 0x443, "rw" },
	{ "sv39", false, 0, 0xdf, "rwx" },
	{ "sv39", false, 0, 0x5f, "rx" }, /* clean, and nobody sets D */
	{ "sv39", true, 0, 0x1f, "rwx" },
	{ "sv39", false, 0, 0x9f, "" },
	{ "sv39", false, 0, 0xcf, "" },
	{ "sv39", false, 0, 0xd9, "x" },
	{ "sv39", false, 0, 0xdd, "" },	   /* W without R */
	{ "sv39", false, 0x40, 0xdf, "" }, /* A of an entry that leads on is reserved */
	{ "sv48", false, 0, 0xd7, "rw" },
};

static void programs_may_what_words_say(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		const struct leaf *leaf = &leaves[i];

		boot(leaf->format, leaf->hw_dirty);
		hook_tables(leaf->above);
		*it.leaf = it.page >> it.config.format->address_shift | leaf->bits;
		machine_load_root(machine_space_at(0));
		print_message("%s 0x%llx above 0x%llx: %s\n", leaf->format, (unsigned long long)leaf->bits,
			      (unsigned long long)leaf->above, leaf->may);
		assert_int_equal(may(MACHINE_LOAD), strchr(leaf->may, 'r') != NULL);
		assert_int_equal(may(MACHINE_EXEC), strchr(leaf->may, 'x') != NULL);
		assert_int_equal(may(MACHINE_STORE), strchr(leaf->may, 'w') != NULL);
	}
}

static void hardware_writes_accessed_and_dirty(void **state)
{
	(void)state;
	boot("x86-64", true);
	hook_tables(0);
	*it.leaf = it.page | 7;
	machine_load_root(machine_space_at(0));
	assert_true(may(MACHINE_LOAD));
	assert_int_equal(*it.leaf, it.page | 0x27);
	assert_true(may(MACHINE_STORE));
	assert_int_equal(*it.leaf, it.page | 0x67);
	assert_int_equal(*(uint64_t *)it.page, 7);

	boot("arm64", true);
	hook_tables(0);
	*it.leaf = it.page | 0x00080000000004c3;
	machine_load_root(machine_space_at(0));
	assert_true(may(MACHINE_STORE));
	assert_int_equal(*it.leaf, it.page | 0x0008000000000443);
}

/* The same words, stored after the root was loaded, and taken away again: then the TLB may still hold them. */
static void tables_are_filled_in_any_order(void **state)
{
	(void)state;
	boot("sv39", false);
	take(0);
	machine_load_root(machine_space_at(0));
	assert_false(may(MACHINE_LOAD));
	*(uint64_t *)machine_frame_address(0) = table_word(take(1), 0);
	assert_false(may(MACHINE_LOAD));
	*(uint64_t *)machine_frame_address(1) = table_word(take(2), 0);
	((uint64_t *)machine_frame_address(2))[3] = take(3) >> 2 | 0xdf;
	assert_true(may(MACHINE_LOAD));
	assert_int_equal(model_state()->frames[2].kind, MACHINE_FRAME_TABLE);
	assert_int_equal(model_state()->frames[3].kind, MACHINE_FRAME_DATA);
	((uint64_t *)machine_frame_address(2))[3] = 0;
	model_settle();
	assert_int_equal(model_state()->cpus[0].nr_held, 1);
	assert_int_equal(model_state()->cpus[0].held[0].page, PAGE >> 12);
	machine_tlb_local(&(struct machine_invalidation){ .all = true, .tables = true });
	assert_int_equal(model_state()->cpus[0].nr_held, 0);
	assert_false(may(MACHINE_LOAD));
}

/* What software keeps in an entry, and what the kernel keeps for itself, is nothing to hardware. */
static void what_walks_do_not_see_leaves_nothing(void **state)
{
	(void)state;
	boot("x86-64", true);
	hook_tables(0);
	*it.leaf = it.page | 0x67;
	machine_load_root(machine_space_at(0));
	*it.leaf |= 0x200;
	it.leaf[1] = 0xfee00063; /* a device, at no memory, not for programs */
	model_settle();
	assert_int_equal(model_state()->cpus[0].nr_held, 0);
	assert_true(may(MACHINE_LOAD));
}

/* A page that was given back is found through what still leads to it; and taken again it is somebody else's. */
static void frames_come_back(void **state)
{
	(void)state;
	boot("x86-64", true);
	hook_tables(0);
	*it.leaf = it.page | 0x67;
	machine_load_root(machine_space_at(0));
	assert_true(may(MACHINE_LOAD));
	assert_false(agent_reported() & 1u << MODEL_USE_AFTER_FREE);
	machine_frame_free(machine_frame_at(it.page));
	machine_frame_take(machine_frame_at(it.page));
	assert_true(may(MACHINE_LOAD));
	assert_true(agent_reported() & 1u << MODEL_USE_AFTER_FREE);
}

/* Firmware is told which CPUs to flush. */
static void a_broadcast_reaches_whom_it_names(void **state)
{
	(void)state;
	boot("sv39", false);
	hook_tables(0);
	*it.leaf = it.page >> 2 | 0xdf;
	machine_load_root(machine_space_at(0));
	*it.leaf = 0;
	machine_tlb_broadcast(&(struct machine_invalidation){ .all = true, .cpus = 2 });
	machine_tlb_complete();
	assert_int_equal(model_state()->cpus[0].nr_held, 1);
	machine_tlb_broadcast(&(struct machine_invalidation){ .all = true, .cpus = 1 });
	machine_tlb_complete();
	assert_int_equal(model_state()->cpus[0].nr_held, 0);
}

static uint64_t atomic(enum seam_op op, const void *p, unsigned int size, uint64_t operand, uint64_t expected)
{
	return seam_atomic(op, (void *)(uintptr_t)p, size, operand, expected, SEAM_ACQ_REL, NULL);
}

/* Some kernels change the flags of an entry by an operation on one byte of it, or on its upper half. */
static void parts_of_an_entry_are_changed_atomically(void **state)
{
	char *byte;

	(void)state;
	boot("x86-64", true);
	hook_tables(0);
	*it.leaf = it.page | 0x67;
	machine_load_root(machine_space_at(0));
	byte = (char *)it.leaf;
	assert_true(may(MACHINE_STORE));
	assert_int_equal(atomic(SEAM_AND, byte, 1, 0xfd, 0), 0x67);
	assert_int_equal(*it.leaf, it.page | 0x65);
	assert_int_equal(model_state()->cpus[0].nr_held, 1);
	assert_int_equal(atomic(SEAM_OR, byte + 4, 4, 1u << 31, 0), 0);
	assert_int_equal(atomic(SEAM_COMPARE_EXCHANGE, byte + 2, 2, 0, 1), *it.leaf >> 16 & 0xffff);
	assert_int_equal(*it.leaf, 1ull << 63 | it.page | 0x65);
	machine_tlb_local(&(struct machine_invalidation){ .all = true });
	assert_true(may(MACHINE_LOAD));
	assert_false(may(MACHINE_STORE));
	assert_false(may(MACHINE_EXEC));
}

/* A kernel keeps a lock of four bytes in a page that it has taken: it is waited for as anywhere else, and hands stores over. */
static void a_word_in_a_page_is_a_word(void **state)
{
	uint64_t *page;

	(void)state;
	boot("x86-64", true);
	page = (uint64_t *)machine_frame_address(machine_frame_at(take(5)));
	assert_int_equal(atomic(SEAM_EXCHANGE, (char *)page + 4, 4, 7, 0), 0);
	assert_int_equal(*page, 7ull << 32);
	assert_int_equal(agent_value(agent_object((char *)page + 4)), 7);
	assert_int_equal(agent_value(agent_object(page)), 0);
	assert_int_equal(atomic(SEAM_SUB, (char *)page + 4, 4, 3, 0), 7);
	assert_int_equal(agent_value(agent_object((char *)page + 4)), 4);
	assert_int_equal(atomic(SEAM_STORE, page + 1, 8, 9, 0), 0);
	assert_int_equal(agent_value(agent_object(page + 1)), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_may_what_words_say),
		cmocka_unit_test(hardware_writes_accessed_and_dirty),
		cmocka_unit_test(tables_are_filled_in_any_order),
		cmocka_unit_test(what_walks_do_not_see_leaves_nothing),
		cmocka_unit_test(frames_come_back),
		cmocka_unit_test(a_broadcast_reaches_whom_it_names),
		cmocka_unit_test(parts_of_an_entry_are_changed_atomically),
		cmocka_unit_test(a_word_in_a_page_is_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
