/* SPDX-License-Identifier: MIT */
/*
 * raw.h - a raw scenario, read: programs that speak to the machine itself, as a tree without behaviour.
 *
 * A scenario with `raw` in its world has a struct raw beside what litmus.h describes. Its agents are those of
 * struct litmus, all of them CPUs, but their .ops are empty: agent i runs threads[i], before line i runs befores[i].
 * docs/litmus.md says what each operation means; this header says how it is written down for whoever executes it.
 *
 * (1) Every program, handler, `else` block and body of a `call` is a chain in the one array .ops: it starts at its
 *     first operation and goes on with .next, until one of RAW_END, RAW_RETURN and RAW_ANSWER, which the reader puts
 *     at the end of each. So there is always an operation to go to, and no index below is NONE unless it says so.
 * (2) An operation with a test is skipped if the test is false; whether or not, what follows depends on it by control.
 * (3) Registers, flags and pages hold values: numbers, entries, faults. Comparing an entry with a number compares the
 *     entry's number: 0 if it is not valid, else 1 for read-only or 2 for writable, 4 more if dirty (or fixed), 8 more
 *     if old. An entry that is written out is equal to no number; `none` is equal to 0.
 */
#ifndef CHECK_LITMUS_RAW_H
#define CHECK_LITMUS_RAW_H

#include "lang/litmus.h"

enum {
	RAW_MAX_OPS = 320, /* of all programs together, with those that the reader adds */
	RAW_MAX_FLAGS = 16,
	RAW_MAX_LABELS = 64,
	RAW_MAX_STARTS = 64,
	RAW_MAX_AFTER = 4,   /* registers that one operation comes after */
	RAW_MAX_TERMS = 512, /* of all conditions together */
};

/* ---- values ---- */

enum raw_dirt {
	RAW_CLEAN,
	RAW_DIRTY,
	RAW_FIXED, /* writable, and hardware keeps no dirty bit for it: on arm64, DBM is clear */
};

/*
 * An entry. On arm64 its bits are: valid; AF is young; AP[1] is user; DBM is writable and not fixed; and a store is
 * allowed (AP[2] is clear, herd's db:1) if it is writable and dirty or fixed. `none` has all bits clear.
 */
struct raw_entry {
	bool valid, young, user;
	bool writable;
	enum raw_dirt dirt;
	int map; /* the page that it leads to: the one that page .page of this map had at the start; NONE: none */
	unsigned int page;
	/* In a comparison: `none` is equal to every entry that is not valid. Others are compared in everything. */
	bool none;
};

/* For `set`, `clear` and `has`. On arm64: bit 0, AF, db (AP[2] inverted), DBM, AP[1]. Elsewhere the bit of that name. */
enum raw_bit {
	RAW_BIT_VALID = 1,
	RAW_BIT_YOUNG = 2,
	RAW_BIT_DIRTY = 4,
	RAW_BIT_WRITABLE = 8,
	RAW_BIT_USER = 16,
};

enum raw_fault {
	RAW_FAULT_ANY, /* in a comparison: whichever */
	RAW_FAULT_TRANSLATION,
	RAW_FAULT_ACCESS,
	RAW_FAULT_PERMISSION,
};

enum raw_place_kind {
	RAW_PAGE,  /* a word of page .page of .map; an operation reaches it through the translation of that address */
	RAW_ENTRY, /* the last-level entry of that page; reached without translation */
	RAW_FLAG,  /* a variable that needs no translation */
};

struct raw_place {
	enum raw_place_kind kind;
	int map; /* or NONE */
	unsigned int page;
	unsigned int offset;   /* RAW_PAGE: of the word in the page, in bytes, a multiple of 4 */
	unsigned long address; /* of .page: bytes, as litmus_map.start */
	int flag;	       /* index of .flags, or NONE */
};

enum raw_value_kind {
	RAW_NUMBER,
	RAW_REGISTER,
	RAW_ENTRY_VALUE, /* an entry, written out */
	RAW_LAST, /* only in a condition: what a place holds at the end; for RAW_PAGE, the page that it was at the start */
	RAW_A_FAULT, /* only in a condition */
};

struct raw_value {
	enum raw_value_kind kind;
	uint64_t number;
	int reg; /* index of litmus.registers, or NONE */
	struct raw_entry entry;
	struct raw_place place;
	enum raw_fault fault;
};

/* reg = V, reg != V; `if r` alone is r != 0. */
struct raw_test {
	bool there;
	int reg;
	bool differs;
	struct raw_value value;
};

/* ---- operations ---- */

enum raw_kind {
	RAW_LOAD,  /* .place into .reg (or NONE); also of entries and flags */
	RAW_STORE, /* .value into .place; with .exclusive, .reg is 0 if it stored and 1 if not */
	RAW_EXEC,  /* as RAW_LOAD, for instructions */
	RAW_MODIFY, /* at once, also against walkers: .place = .place .how .value; what it was goes into .reg (or NONE) */
	RAW_AWAIT, /* loads .place until it is .value */
	RAW_TABLE, /* the entry one level up of .place: none if not .live */
	RAW_INVALIDATE,
	RAW_FENCE,
	RAW_LET,    /* .reg = .left .how .value; RAW_PICK: .reg = .test ? .left : .value */
	RAW_GOTO,   /* .to, if the test holds */
	RAW_CALL,   /* run the chain from .to on CPU .cpu, in an interrupt, and wait until it has answered */
	RAW_ANSWER, /* the end of that chain */
	RAW_RETRY,  /* handler or else: the access that faulted, again */
	RAW_RETURN, /* handler or else: on to .to, or if it is NONE to what follows the access that faulted */
	RAW_END,    /* of the program */
};

enum raw_how {
	RAW_ASSIGN,  /* RAW_MODIFY: a swap; RAW_LET: .value alone */
	RAW_COMPARE, /* RAW_MODIFY: a swap if the place holds .expected; .reg gets what it held either way */
	RAW_ADD,
	RAW_SUB,
	RAW_AND,
	RAW_OR,
	RAW_XOR,
	RAW_AND_NOT,
	RAW_SHL,
	RAW_SHR,
	RAW_EQUALS, /* let: 1 or 0 */
	RAW_SET,    /* of an entry: .bits, enum raw_bit or-ed */
	RAW_CLEAR,
	RAW_HAS,  /* let: 1 if one of .bits is set, else 0 */
	RAW_PICK, /* let: the result depends on .test as a choice, not as data */
};

enum raw_fence {
	RAW_FENCE_FULL,
	RAW_FENCE_STORE,
	RAW_FENCE_LOAD,
	RAW_FENCE_COMPLETE,
	RAW_FENCE_COMPLETE_STORE,
	RAW_FENCE_COMPLETE_LOAD,
	RAW_FENCE_CONTEXT,
};

enum raw_reach {
	RAW_REACH_PAGE, /* of .place; with .place.kind RAW_ENTRY the page in which software finds the entry, which maps no data */
	RAW_REACH_ID,	 /* the address-space id of .mm */
	RAW_REACH_GUEST, /* the id of the virtual machine that .mm belongs to */
	RAW_REACH_ALL,
};

/* What happens if the access faults. Taking a fault and returning from it are both context synchronisation. */
enum raw_on_fault {
	RAW_GO_ON,   /* .reg = fault, and on */
	RAW_ELSE,    /* .reg = fault, and on to .otherwise */
	RAW_HANDLER, /* on to the handler of the thread; .reg stays as it is */
	RAW_STOP,    /* an access of a handler: the thread ends */
};

/* What an operation does not have is 0, or NONE where it is an index. */
struct raw_op {
	enum raw_kind kind;
	struct litmus_position at;
	const char *text; /* as written, for the timeline; "" if the reader has put it there */
	int next;
	struct raw_test test;
	int after[RAW_MAX_AFTER]; /* registers on which the address depends (RAW_LET: the result) */
	unsigned int nr_after;

	struct raw_place place;
	struct raw_value left, value, expected;
	enum raw_how how;
	unsigned int bits;
	unsigned int cleared; /* RAW_MODIFY, RAW_SET: bits that it clears at the same time */
	int reg;
	bool acquire, acquire_pc, release, exclusive;
	enum raw_on_fault on_fault;
	int otherwise; /* RAW_ELSE: an index of .ops */

	enum raw_fence fence;
	enum raw_reach reach;
	bool leaf, local; /* RAW_INVALIDATE */
	bool of;	  /* ... and the id, .mm, is named */
	int mm;		  /* RAW_INVALIDATE: of all but RAW_REACH_ALL */
	bool live;	  /* RAW_TABLE */
	int to;		  /* RAW_GOTO, RAW_RETURN, RAW_CALL */
	unsigned int cpu; /* RAW_CALL */
};

struct raw_thread {
	int first;   /* index of .ops */
	int handler; /* index of .ops, or NONE */
	bool user;   /* runs without the kernel's rights; its handler has them */
};

struct raw_label {
	const char *name;
	int agent; /* NONE: of a before line */
	int op;	   /* index of .ops */
};

struct raw_flag {
	const char *name;
	uint64_t value; /* at the start */
};

/* What there is at the start: each place at most once; places without one are 0, entries `none`. */
struct raw_start {
	struct raw_place place; /* RAW_PAGE or RAW_ENTRY */
	struct raw_value value;
	struct litmus_position at;
};

enum raw_hardware {
	RAW_HARDWARE_AS_ROW, /* what the architecture does */
	RAW_HARDWARE_NONE,   /* walkers set no bits: such an access faults */
	RAW_HARDWARE_ACCESSED,
	RAW_HARDWARE_DIRTY, /* and accessed */
};

/* ---- conditions ---- */

enum raw_term_kind {
	RAW_TERM_COMPARE, /* left = or != right */
	RAW_TERM_FAULTED, /* the operation at .label has faulted, once or more, with .fault */
	RAW_TERM_NOT,	  /* of the one before */
	RAW_TERM_AND,	  /* of the two before */
	RAW_TERM_OR,
};

/* In postfix order, as litmus_term. litmus_expect.raw_terms points to the first of .nr_terms. */
struct raw_term {
	enum raw_term_kind kind;
	bool differs;
	struct raw_value left, right;
	int label; /* index of .labels */
	enum raw_fault fault;
};

/* ---- the whole ---- */

struct raw {
	struct raw_op ops[RAW_MAX_OPS];
	struct raw_thread threads[LITMUS_MAX_AGENTS]; /* as litmus.agents */
	struct raw_thread befores[LITMUS_MAX_BEFORES];
	struct raw_flag flags[RAW_MAX_FLAGS];
	struct raw_label labels[RAW_MAX_LABELS];
	struct raw_start starts[RAW_MAX_STARTS]; /* also what `present` lines say */
	struct raw_term terms[RAW_MAX_TERMS];
	enum raw_hardware hardware[LITMUS_MAX_CPUS];
	uint8_t guests[LITMUS_MAX_MMS]; /* the virtual machine, from 1, that each mm belongs to; 0: the host */
	bool global[LITMUS_MAX_MAPS];	/* entries of the map carry no id */
	unsigned int nr_guests;
	unsigned int nr_ops, nr_flags, nr_labels, nr_starts, nr_terms;
};

#endif
