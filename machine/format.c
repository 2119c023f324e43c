/* SPDX-License-Identifier: MIT */
/*
 * format.c - the rows, each from its manual, and the few functions that read them.
 *
 * x86-64	Intel SDM vol. 3, 4.5: 4-level and 5-level paging; tables 4-15 to 4-20; 4.6 (access rights), 4.8 (accessed, dirty)
 * arm64	Arm ARM (DDI 0487) D8.3 (descriptors, 4 KiB granule), D8.4 (access), D8.5 (hardware updates)
 * sv39, sv48	RISC-V Privileged Architecture, 10.3.1 and 10.3.2 (Sv32: PTE, algorithm), 10.4 (Sv39), 10.5 (Sv48)
 */
#include <machine/format.h>

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define BIT(n)		(1ull << (n))
#define BITS(high, low) (~0ull >> (63 - (high)) & ~0ull << (low))
#define ALWAYS       \
	{            \
		0, 0 \
	}
#define NEVER        \
	{            \
		0, 1 \
	}
#define SET(bits)          \
	{                  \
		bits, bits \
	}
#define CLEAR(bits)     \
	{               \
		bits, 0 \
	}

/* Two bits of their own, one for each. */
#define WRITE_AND_DIRTY(w, d)                                                                  \
	{                                                                                      \
		{ { (w) | (d), (w) | (d) }, true, true }, { { (w) | (d), w }, true, false },   \
			{ { (w) | (d), d }, false, true }, { { (w) | (d), 0 }, false, false }, \
	}

/* ---- small: four entries a table, for scenarios ---- */

#define SMALL_TABLE BIT(7)
#define SMALL_LEVEL(shift)                                                                 \
	{                                                                                  \
		.table = SET(SMALL_TABLE), .leaf = ALWAYS, .leaf_address = BITS(51, shift) \
	}
#define SMALL                                                                                                      \
	.source = "ours", .bits = 2, .page_shift = 12, .entry_shift = 3, .present = SET(BIT(0)), .refused = NEVER, \
	.read = ALWAYS, .exec = SET(BIT(2)), .user = ALWAYS, .accessed = SET(BIT(5)),                              \
	.write_state = WRITE_AND_DIRTY(BIT(1), BIT(6)), .table_write = ALWAYS, .table_exec = ALWAYS,               \
	.table_user = ALWAYS, .table_address = BITS(51, 12), .software = BITS(11, 9),                              \
	.level = {                                                                                                 \
		{ .table = NEVER, .leaf = CLEAR(SMALL_TABLE), .leaf_address = BITS(51, 12) },                      \
		SMALL_LEVEL(14),                                                                                   \
		SMALL_LEVEL(16),                                                                                   \
		SMALL_LEVEL(18),                                                                                   \
		SMALL_LEVEL(20),                                                                                   \
	}

/* ---- x86-64 ---- */

/* P 0, R/W 1, U/S 2, A 5, D 6, PS 7, XD 63 (IA32_EFER.NXE is set). Bit 12 of a large page is PAT, those from 13 on are reserved. */
#define X86_WRITE BIT(1)
#define X86_USER  BIT(2)
#define X86_PS	  BIT(7)
#define X86_NX	  BIT(63)
#define X86_LARGE(shift)                                                                      \
	{                                                                                     \
		.table = CLEAR(X86_PS), .leaf = SET(X86_PS), .leaf_address = BITS(51, shift), \
		.leaf_reserved = BITS((shift)-1, 13)                                          \
	}
#define X86                                                                                                        \
	.source = "Intel SDM vol. 3, 4.5", .bits = 9, .page_shift = 12, .entry_shift = 3, .sign_extended = true,   \
	.present = SET(BIT(0)), .refused = NEVER, .read = ALWAYS, .exec = CLEAR(X86_NX), .user = SET(X86_USER),    \
	.accessed = SET(BIT(5)), .write_state = WRITE_AND_DIRTY(X86_WRITE, BIT(6)), .table_write = SET(X86_WRITE), \
	.table_exec = CLEAR(X86_NX), .table_user = SET(X86_USER), .table_address = BITS(51, 12),                   \
	.table_accessed = BIT(5), .software = BITS(11, 9) | BITS(58, 52),                                          \
	.level = {                                                                                                 \
		{ .table = NEVER, .leaf = ALWAYS, .leaf_address = BITS(51, 12) },                                  \
		X86_LARGE(21),                                                                                     \
		X86_LARGE(30),                                                                                     \
		{ .table = CLEAR(X86_PS), .leaf = NEVER },                                                         \
		{ .table = CLEAR(X86_PS), .leaf = NEVER },                                                         \
	}

/* ---- AArch64, stage 1, 4 KiB granule ---- */

/*
 * Bit 0 valid, bit 1 table (above the last level) or page (in it); a block is where it is 0, at our levels 1 and 2. AP[1] 6: EL0
 * may; AP[2] 7: read-only; AF 10; DBM 51; UXN 54. In a table's entry APTable 62:61 and UXNTable 60 take away. With DBM set, hardware that
 * manages dirty state clears AP[2] where it may be written (D8.5.2); where it does not, DBM is ignored, which the row leaves to who
 * asks: such a page says that it may be written and is clean.
 */
#define ARM_TABLE     BIT(1)
#define ARM_USER      BIT(6)
#define ARM_READ_ONLY BIT(7)
#define ARM_DBM	      BIT(51)
#define ARM_UXN	      BIT(54)
#define ARM_WRITES    (ARM_READ_ONLY | ARM_DBM)
#define ARM_BLOCK(shift)                                                                           \
	{                                                                                          \
		.table = SET(ARM_TABLE), .leaf = CLEAR(ARM_TABLE), .leaf_address = BITS(47, shift) \
	}
#define ARM                                                                                                        \
	.source = "Arm ARM DDI 0487, D8.3", .bits = 9, .page_shift = 12, .entry_shift = 3, .needs_accessed = true, \
	.present = SET(BIT(0)), .refused = NEVER, .read = ALWAYS, .exec = CLEAR(ARM_UXN), .user = SET(ARM_USER),   \
	.accessed = SET(BIT(10)),                                                                                  \
	.write_state = { { { ARM_WRITES, ARM_DBM }, true, true },                                                  \
			 { { ARM_WRITES, 0 }, true, true },                                                        \
			 { { ARM_WRITES, ARM_WRITES }, true, false },                                              \
			 { { ARM_WRITES, ARM_READ_ONLY }, false, false } },                                        \
	.table_write = CLEAR(BIT(62)), .table_exec = CLEAR(BIT(60)), .table_user = CLEAR(BIT(61)),                 \
	.table_address = BITS(47, 12), .software = BITS(58, 55),                                                   \
	.level = {                                                                                                 \
		{ .table = NEVER, .leaf = SET(ARM_TABLE), .leaf_address = BITS(47, 12) },                          \
		ARM_BLOCK(21),                                                                                     \
		ARM_BLOCK(30),                                                                                     \
		{ .table = SET(ARM_TABLE), .leaf = NEVER },                                                        \
	}

/* ---- RISC-V ---- */

/*
 * V 0, R 1, W 2, X 3, U 4, A 6, D 7, PPN from 10. R = W = X = 0 points to a table, W without R is reserved, D, A and U of
 * such an entry and bits 63 to 54 (without Svnapot and Svpbmt) as well; a large page that is not aligned faults. A leaf of the last
 * level cannot point on.
 */
#define SV_READ	 BIT(1)
#define SV_WRITE BIT(2)
#define SV_EXEC	 BIT(3)
#define SV_LEAF	 (SV_READ | SV_WRITE | SV_EXEC)
#define SV_HIGH	 BITS(63, 54)
#define SV_LEVEL(low)                                                                   \
	{                                                                               \
		.table = CLEAR(SV_LEAF), .leaf = ALWAYS, .leaf_address = BITS(53, low), \
		.leaf_reserved = SV_HIGH | (BITS(low, 10) & ~BIT(low))                  \
	}
#define SV                                                                                                            \
	.source = "RISC-V Privileged, 10.4", .bits = 9, .page_shift = 12, .entry_shift = 3, .address_shift = 2,       \
	.sign_extended = true, .needs_accessed = true, .present = SET(BIT(0)),                                        \
	.refused = { SV_READ | SV_WRITE, SV_WRITE }, .read = SET(SV_READ), .exec = SET(SV_EXEC), .user = SET(BIT(4)), \
	.accessed = SET(BIT(6)), .write_state = WRITE_AND_DIRTY(SV_WRITE, BIT(7)), .table_write = ALWAYS,             \
	.table_exec = ALWAYS, .table_user = ALWAYS, .table_address = BITS(53, 10),                                    \
	.table_reserved = SV_HIGH | BIT(4) | BIT(6) | BIT(7), .software = BITS(9, 8),                                 \
	.level = { SV_LEVEL(10), SV_LEVEL(19), SV_LEVEL(28), SV_LEVEL(37) }

/* The first is what a scenario has that names none; its levels are the scenario's. */
static const struct machine_format rows[] = {
	{ .name = "small", .levels = MACHINE_FORMAT_LEVELS, SMALL },
	{ .name = "x86-64", .levels = 4, X86 },
	{ .name = "x86-64-la57", .levels = 5, X86 },
	{ .name = "arm64", .levels = 4, ARM },
	{ .name = "arm64-39", .levels = 3, ARM }, /* T0SZ = 25: the walk starts at level 1 of the manual */
	{ .name = "sv39", .levels = 3, SV },
	{ .name = "sv48", .levels = 4, SV },
};

const struct machine_format *machine_format_row(unsigned int nr)
{
	return nr < sizeof(rows) / sizeof(rows[0]) ? &rows[nr] : NULL;
}

const struct machine_format *machine_format_find(const char *name)
{
	const struct machine_format *row;

	assert(name);
	for (unsigned int i = 0; (row = machine_format_row(i)); i++) {
		if (!strcmp(row->name, name))
			break;
	}
	return row;
}

/* ---- reading ---- */

static bool matches(struct machine_match match, uint64_t word)
{
	return (word & match.mask) == match.value;
}

static enum machine_entry_kind kind_of(const struct machine_format *format, unsigned int level, uint64_t word)
{
	const struct machine_format_level *at = &format->level[level];

	if (!matches(format->present, word))
		return MACHINE_ENTRY_NONE;
	if (matches(format->refused, word))
		return MACHINE_ENTRY_REFUSED;
	/* What points on from the last level points to nothing. */
	if (matches(at->table, word))
		return !level || word & format->table_reserved ? MACHINE_ENTRY_REFUSED : MACHINE_ENTRY_TABLE;
	if (!matches(at->leaf, word) || word & at->leaf_reserved)
		return MACHINE_ENTRY_REFUSED;
	return MACHINE_ENTRY_LEAF;
}

static struct machine_entry table_of(const struct machine_format *format, uint64_t word)
{
	return (struct machine_entry){
		.kind = MACHINE_ENTRY_TABLE,
		.address = (word & format->table_address) << format->address_shift,
		.read = true,
		.write = matches(format->table_write, word),
		.exec = matches(format->table_exec, word),
		.user = matches(format->table_user, word),
		.accessed = true,
		.dirty = true,
	};
}

static struct machine_write_state state_of(const struct machine_format *format, uint64_t word)
{
	unsigned int i = 0;

	while (!matches(format->write_state[i].bits, word))
		i++;
	assert(i < MACHINE_WRITE_STATES);
	return format->write_state[i];
}

static struct machine_entry leaf_of(const struct machine_format *format, unsigned int level, uint64_t word)
{
	struct machine_write_state state = state_of(format, word);

	return (struct machine_entry){
		.kind = MACHINE_ENTRY_LEAF,
		.address = (word & format->level[level].leaf_address) << format->address_shift,
		.read = matches(format->read, word),
		.write = state.write,
		.exec = matches(format->exec, word),
		.user = matches(format->user, word),
		.accessed = matches(format->accessed, word),
		.dirty = state.dirty,
	};
}

struct machine_entry machine_format_decode(const struct machine_format *format, unsigned int level, uint64_t word)
{
	enum machine_entry_kind kind = kind_of(format, level, word);

	assert(level < format->levels);
	switch (kind) {
	case MACHINE_ENTRY_TABLE:
		return table_of(format, word);
	case MACHINE_ENTRY_LEAF:
		return leaf_of(format, level, word);
	default:
		return (struct machine_entry){ .kind = kind };
	}
}

/* ---- writing ---- */

static uint64_t made(uint64_t word, struct machine_match match)
{
	return (word & ~match.mask) | match.value;
}

/* Where one bit decides, the other value of it says no; where the format has none, nothing does. */
static uint64_t given(uint64_t word, struct machine_match match, bool yes)
{
	return yes ? made(word, match) : made(word, (struct machine_match){ match.mask, match.value ^ match.mask });
}

static uint64_t written(const struct machine_format *format, uint64_t word, bool write, bool dirty)
{
	for (unsigned int i = 0; i < MACHINE_WRITE_STATES; i++) {
		const struct machine_write_state *state = &format->write_state[i];

		if (state->write == write && state->dirty == dirty)
			return made(word, state->bits);
	}
	return word;
}

static uint64_t encode_table(const struct machine_format *format, const struct machine_format_level *at,
			     const struct machine_entry *entry)
{
	uint64_t word = entry->address >> format->address_shift & format->table_address;

	word = made(made(word, format->present), at->table);
	word = given(word, format->table_write, entry->write);
	word = given(word, format->table_exec, entry->exec);
	return given(word, format->table_user, entry->user);
}

static uint64_t encode_leaf(const struct machine_format *format, const struct machine_format_level *at,
			    const struct machine_entry *entry)
{
	uint64_t word = entry->address >> format->address_shift & at->leaf_address;

	word = made(made(word, format->present), at->leaf);
	word = given(word, format->read, entry->read);
	word = given(word, format->exec, entry->exec);
	word = given(word, format->user, entry->user);
	word = given(word, format->accessed, entry->accessed);
	return written(format, word, entry->write, entry->dirty);
}

uint64_t machine_format_encode(const struct machine_format *format, unsigned int level,
			       const struct machine_entry *entry)
{
	const struct machine_format_level *at = &format->level[level];

	assert(level < format->levels);
	switch (entry->kind) {
	case MACHINE_ENTRY_TABLE:
		return encode_table(format, at, entry);
	case MACHINE_ENTRY_LEAF:
		return encode_leaf(format, at, entry);
	default:
		return 0;
	}
}

bool machine_format_holds(const struct machine_format *format, unsigned int level, const struct machine_entry *entry)
{
	struct machine_entry back = machine_format_decode(format, level, machine_format_encode(format, level, entry));

	return back.kind == entry->kind && back.address == entry->address && back.read == entry->read &&
	       back.write == entry->write && back.exec == entry->exec && back.user == entry->user &&
	       back.accessed == entry->accessed && back.dirty == entry->dirty;
}

uint64_t machine_format_touched(const struct machine_format *format, unsigned int level, uint64_t word, bool store)
{
	assert(level < format->levels);
	switch (kind_of(format, level, word)) {
	case MACHINE_ENTRY_TABLE:
		return word | format->table_accessed;
	case MACHINE_ENTRY_LEAF:
		word = made(word, format->accessed);
		return store ? written(format, word, true, true) : word;
	default:
		return word;
	}
}
