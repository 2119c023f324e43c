/* SPDX-License-Identifier: MIT */
/*
 * format.h - page tables as data: how many levels and entries, and what the word of an entry says.
 *
 * A format is a row of masks and values; the functions below know no format by name. Level 0 is the last, whose entries map pages of
 * the smallest size; the root is level `levels - 1`. What a row cannot say, no format here needs:
 *
 *	A word is not there, or points to a table, or maps a page (of the size of its level), or is refused: it has the bit that says
 *	present, and what else it says is reserved, so hardware faults.
 *	The bits that say "may be written" and "was written to" are looked at together, as one of four states: AArch64 has no
 *	dirty bit, but clears "read-only" in an entry that says that it may.
 *	What an upper entry takes away from all that is below it is a pair of a mask and a value for each permission.
 *
 * Not said: memory types, shareability, global entries, protection keys, contiguous groups (AArch64 bit 52, Svnapot): the machine does
 * not model them, and their bits may have any value unless the manual reserves it.
 *
 * Everything here is a pure function of its arguments. Addresses are in bytes; "physical" is what stands in an entry.
 */
#ifndef MACHINE_FORMAT_H
#define MACHINE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MACHINE_FORMAT_LEVELS = 5,
	MACHINE_WRITE_STATES = 4,
};

/* Holds of a word if (word & mask) == value: {0, 0} of every word, {0, 1} of none. */
struct machine_match {
	uint64_t mask, value;
};

/* Whether a page may be written, and whether it says that it was: the first row that matches says it. */
struct machine_write_state {
	struct machine_match bits;
	bool write, dirty;
};

/* What differs from level to level. */
struct machine_format_level {
	struct machine_match table; /* the entry points to a table of the level below */
	struct machine_match leaf;  /* else: it maps a page; else it is refused */
	uint64_t leaf_address;	    /* where a leaf's physical address stands */
	uint64_t leaf_reserved;	    /* a leaf with any of these set is refused */
};

struct machine_format {
	const char *name;
	const char *source; /* the manual that the row is from */
	unsigned char levels;
	unsigned char bits;	     /* of an address that each level takes: a table has 1 << bits entries */
	unsigned char page_shift;    /* bytes of the smallest page, as a power of two */
	unsigned char entry_shift;   /* bytes of an entry, likewise */
	unsigned char address_shift; /* the address in an entry stands this much too low (RISC-V: PPN from bit 10) */
	bool sign_extended;  /* an address above must repeat the highest bit that is translated; else it must be 0 */
	bool needs_accessed; /* an entry that is old cannot be used, unless hardware makes it young */

	struct machine_match present;
	struct machine_match refused;			 /* present, and reserved at every level */
	struct machine_match read, exec, user, accessed; /* of a leaf */
	struct machine_write_state write_state[MACHINE_WRITE_STATES];
	struct machine_match table_write, table_exec, table_user; /* of a table's entry: is this let through? */
	uint64_t table_address;
	uint64_t table_reserved; /* an entry for a table with any of these set is refused */
	uint64_t table_accessed; /* hardware sets these in the entries that lead to a page */
	uint64_t software;	 /* hardware ignores these in a leaf */
	struct machine_format_level level[MACHINE_FORMAT_LEVELS];
};

enum machine_entry_kind {
	MACHINE_ENTRY_NONE,
	MACHINE_ENTRY_TABLE,
	MACHINE_ENTRY_LEAF,
	MACHINE_ENTRY_REFUSED,
};

/* What an entry says. Of a table: what it lets through; read, accessed and dirty are true. Of nothing: all is 0. */
struct machine_entry {
	enum machine_entry_kind kind;
	uint64_t address;
	bool read, write, exec, user, accessed, dirty;
};

/*
 * machine_format_find - the format of a name ("small", "x86-64", "arm64", "sv39" ...).
 *
 * Returns: the row, which is constant; NULL if there is none.
 */
const struct machine_format *machine_format_find(const char *name);

/* The row number @nr, from 0; NULL behind the last. */
const struct machine_format *machine_format_row(unsigned int nr);

/*
 * machine_format_decode - what @word says as an entry of a table of @level.
 *
 * Returns: an entry. One that is REFUSED has no other member set.
 */
struct machine_entry machine_format_decode(const struct machine_format *format, unsigned int level, uint64_t word);

/*
 * machine_format_encode - a word that says @entry, with all that the format needs beside; software bits are 0.
 *
 * The entry is one that the format can say: machine_format_holds().
 */
uint64_t machine_format_encode(const struct machine_format *format, unsigned int level,
			       const struct machine_entry *entry);

/* Is there a word for @entry at @level: a page of that size, an address that fits, these permissions together? */
bool machine_format_holds(const struct machine_format *format, unsigned int level, const struct machine_entry *entry);

/*
 * machine_format_touched - the word that hardware leaves behind when it accesses a page through @word, a leaf or an entry
 * on the way to it, where it writes accessed and dirty at all. @store: the access is a write, and is permitted.
 */
uint64_t machine_format_touched(const struct machine_format *format, unsigned int level, uint64_t word, bool store);

/* ---- geometry ---- */

static inline unsigned int machine_format_entries(const struct machine_format *format)
{
	return 1u << format->bits;
}

/* Bytes that one entry of a table of @level covers, as a power of two. */
static inline unsigned int machine_format_shift(const struct machine_format *format, unsigned int level)
{
	return format->page_shift + format->bits * level;
}

/* Can @address be translated at all? */
static inline bool machine_format_reaches(const struct machine_format *format, uint64_t address)
{
	unsigned int bits = machine_format_shift(format, format->levels);
	uint64_t above = bits < 64 ? address >> bits : 0;

	if (format->sign_extended && bits < 64 && address >> (bits - 1) & 1)
		return above == ~0ull >> bits;
	return !above;
}

#endif
