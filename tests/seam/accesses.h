/* SPDX-License-Identifier: MIT */
/* accesses.h - small functions that each access memory in one way, and what they access. */
#ifndef TESTS_SEAM_ACCESSES_H
#define TESTS_SEAM_ACCESSES_H

#include <stdint.h>

typedef unsigned __int128 uint128;

struct bytes3 {
	uint8_t byte[3];
};
struct bytes8 {
	uint32_t half[2];
};
struct bytes16 {
	uint64_t word[2];
};
struct bytes24 {
	uint64_t word[3];
};
struct bytes64 {
	uint64_t word[8];
};
struct bytes4096 {
	uint64_t word[512];
};
struct bits {
	uint32_t before : 3, field : 7, after : 22;
	uint32_t whole;
};
struct entry {
	uint64_t present : 1, flags : 11, frame : 40, software : 12;
};
struct __attribute__((packed)) unaligned {
	uint8_t pad;
	uint16_t two;
	uint32_t four;
	uint64_t eight;
	uint128 sixteen;
	volatile uint32_t watched;
};

/* Every function works in here; nothing of it overlaps. */
struct world {
	_Alignas(64) uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	uint128 u128;
	_Atomic uint32_t counter;
	volatile uint8_t v8;
	volatile uint16_t v16;
	volatile uint32_t v32;
	volatile uint64_t v64;
	volatile struct bits vbits;
	volatile struct bytes24 v24, v24_from;
	struct bytes3 s3, s3_from;
	struct bytes8 s8, s8_from;
	struct bytes16 s16, s16_from;
	struct bytes24 s24, s24_from;
	struct bytes64 s64, s64_from;
	struct bytes4096 s4096, s4096_from;
	struct bits bits;
	struct entry entry;
	struct unaligned unaligned;
	uint64_t array[16], array_from[16];
	uint64_t length; /* always 40: what a compiler does not know */
};

/* What an access is told as, if it is one of the kinds that are told one by one. */
enum told_kind {
	TOLD_PLAIN, /* whatever was changed has been told: compared with memory */
	TOLD_VOLATILE_READ,
	TOLD_VOLATILE_WRITE,
	TOLD_ATOMIC,
	TOLD_FENCE,
	TOLD_NOTHING,
	TOLD_LOCAL, /* a local variable that local_escapes() was given is read and written */
};

struct access {
	const char *name;
	uint64_t (*run)(struct world *w);
	enum told_kind kind;
	int op, order;	       /* ATOMIC: enum seam_op, enum seam_order; FENCE: order */
	uint32_t offset, size; /* VOLATILE, ATOMIC: where in the world; PLAIN: what is told as read, if anything is */
};

/* The same functions, told and not told. */
extern const struct access told_accesses[], plain_accesses[];

/* Not in the same file, so that a compiler does not know what they do. */
void local_escapes(void *local);
struct bytes8 give8(void);
struct bytes24 give24(void);

#endif
