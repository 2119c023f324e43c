/* SPDX-License-Identifier: MIT */
/*
 * accesses.c - each way in which C accesses memory, a function each. It is compiled twice, as code under test is and
 * without any of that, under the names told_accesses and plain_accesses (-DACCESSES=).
 */
#include "tests/seam/accesses.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <machine/model/seam.h>

#define FUNCTION(name) static __attribute__((noinline)) uint64_t name(struct world *w __attribute__((unused)))

/* ---- plain accesses of one word ---- */

#define PLAIN(bits)                                                 \
	FUNCTION(read##bits)                                        \
	{                                                           \
		return (uint64_t)w->u##bits;                        \
	}                                                           \
	FUNCTION(write##bits)                                       \
	{                                                           \
		w->u##bits = (uint##bits##_t)0x1122334455667788ull; \
		return 0;                                           \
	}                                                           \
	FUNCTION(add##bits)                                         \
	{                                                           \
		return (uint64_t)++w->u##bits;                      \
	}

typedef uint128 uint128_t;
PLAIN(8)
PLAIN(16)
PLAIN(32)
PLAIN(64)
PLAIN(128)

#define UNALIGNED(name, type)                         \
	FUNCTION(unaligned_read_##name)               \
	{                                             \
		return (uint64_t)w->unaligned.name;   \
	}                                             \
	FUNCTION(unaligned_write_##name)              \
	{                                             \
		w->unaligned.name = (type)w->u64 + 1; \
		return 0;                             \
	}

UNALIGNED(two, uint16_t)
UNALIGNED(four, uint32_t)
UNALIGNED(eight, uint64_t)
UNALIGNED(sixteen, uint128)

FUNCTION(bitfield_read)
{
	return w->bits.field;
}

FUNCTION(bitfield_write)
{
	w->bits.field = 77;
	return 0;
}

FUNCTION(entry_write)
{
	w->entry.present = 1;
	w->entry.frame = 0x12345;
	return w->entry.flags;
}

/* ---- many words ---- */

#define STRUCTURE(n)                                  \
	FUNCTION(copy##n)                             \
	{                                             \
		w->s##n = w->s##n##_from;             \
		return 0;                             \
	}                                             \
	FUNCTION(clear##n)                            \
	{                                             \
		w->s##n = (struct bytes##n){ { 0 } }; \
		return 0;                             \
	}

STRUCTURE(3)
STRUCTURE(8)
STRUCTURE(16)
STRUCTURE(24)
STRUCTURE(64)
STRUCTURE(4096)

FUNCTION(given8)
{
	w->s8 = give8();
	return w->s8.half[1];
}

FUNCTION(given24)
{
	w->s24 = give24();
	return w->s24.word[2];
}

static __attribute__((noinline)) uint64_t sum24(struct bytes24 by_value)
{
	return by_value.word[0] + by_value.word[1] + by_value.word[2];
}

FUNCTION(passed24)
{
	return sum24(w->s24);
}

static __attribute__((noinline)) struct bytes24 make24(uint64_t word)
{
	return (struct bytes24){ { word, word + 1, word + 2 } };
}

FUNCTION(made24)
{
	w->s24 = make24(w->u64);
	return 0;
}

FUNCTION(loop_write)
{
	for (unsigned int i = 0; i < 16; i++)
		w->array[i] = i;
	return 0;
}

FUNCTION(loop_clear)
{
	for (unsigned int i = 0; i < 16; i++)
		w->array[i] = 0;
	return 0;
}

FUNCTION(loop_copy)
{
	for (unsigned int i = 0; i < 16; i++)
		w->array[i] = w->array_from[i];
	return 0;
}

FUNCTION(loop_sum)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < 16; i++)
		sum += w->array[i];
	return sum;
}

/* ---- the C library's functions ---- */

#define LIBRARY(name, memcpy, memmove, memset, memcmp)                  \
	FUNCTION(name##_copy32)                                         \
	{                                                               \
		memcpy(w->array, w->array_from, 32);                    \
		return 0;                                               \
	}                                                               \
	FUNCTION(name##_copy128)                                        \
	{                                                               \
		memcpy(w->array, w->array_from, 128);                   \
		return 0;                                               \
	}                                                               \
	FUNCTION(name##_copy)                                           \
	{                                                               \
		memcpy(w->array, w->array_from, w->length);             \
		return 0;                                               \
	}                                                               \
	FUNCTION(name##_move)                                           \
	{                                                               \
		memmove(w->array, w->array + 1, w->length);             \
		return 0;                                               \
	}                                                               \
	FUNCTION(name##_set8)                                           \
	{                                                               \
		memset(&w->u64, 0x5a, 8);                               \
		return 0;                                               \
	}                                                               \
	FUNCTION(name##_set4096)                                        \
	{                                                               \
		memset(&w->s4096, 0, sizeof(w->s4096));                 \
		return 0;                                               \
	}                                                               \
	FUNCTION(name##_compare)                                        \
	{                                                               \
		return memcmp(w->array, w->array_from, w->length) == 0; \
	}

LIBRARY(called, memcpy, memmove, memset, memcmp)
LIBRARY(builtin, __builtin_memcpy, __builtin_memmove, __builtin_memset, __builtin_memcmp)

FUNCTION(called_length)
{
	w->array[3] = 0;
	return strlen((const char *)w->array) <= 24;
}

/* ---- locals that others can see ---- */

FUNCTION(local_word)
{
	uint64_t local = w->u64;

	local_escapes(&local);
	local++;
	local_escapes(&local);
	return local;
}

FUNCTION(local_field)
{
	struct bytes24 local;

	local_escapes(&local);
	local.word[0] = w->u64;
	local_escapes(&local);
	return local.word[0];
}

/* ---- volatile ---- */

#define VOLATILE(bits)                                     \
	FUNCTION(volatile_read##bits)                      \
	{                                                  \
		return w->v##bits;                         \
	}                                                  \
	FUNCTION(volatile_write##bits)                     \
	{                                                  \
		w->v##bits = (uint##bits##_t)(w->u64 + 3); \
		return 0;                                  \
	}

VOLATILE(8)
VOLATILE(16)
VOLATILE(32)
VOLATILE(64)

FUNCTION(volatile_bitfield_write)
{
	w->vbits.field = 3;
	return 0;
}

FUNCTION(volatile_structure)
{
	w->v24 = w->v24_from;
	return 0;
}

FUNCTION(volatile_unaligned_write)
{
	w->unaligned.watched = 0x01020304;
	return 0;
}

/* ---- atomic: each operation, size and order ---- */

#define LOAD(bits, order, ORDER)                                       \
	FUNCTION(load##bits##_##order)                                 \
	{                                                              \
		return __atomic_load_n(&w->u##bits, __ATOMIC_##ORDER); \
	}
#define STORE(bits, order, ORDER)                                                                   \
	FUNCTION(store##bits##_##order)                                                             \
	{                                                                                           \
		__atomic_store_n(&w->u##bits, (uint##bits##_t)(w->array[0] + 5), __ATOMIC_##ORDER); \
		return 0;                                                                           \
	}
#define CHANGE(bits, operation, order, ORDER)                                                                  \
	FUNCTION(operation##bits##_##order)                                                                    \
	{                                                                                                      \
		return __atomic_##operation(&w->u##bits, (uint##bits##_t)(w->array[0] | 9), __ATOMIC_##ORDER); \
	}
#define COMPARE(bits, weak, order, ORDER, failed)                                                          \
	FUNCTION(compare##bits##_##weak##_##order##_##failed)                                              \
	{                                                                                                  \
		uint##bits##_t expected = (uint##bits##_t)w->array[0];                                     \
		bool done = __atomic_compare_exchange_n(&w->u##bits, &expected, 7, weak, __ATOMIC_##ORDER, \
							failed ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED);     \
                                                                                                           \
		return expected * 2 + done;                                                                \
	}

#define LOADS(X, bits)            \
	X(bits, relaxed, RELAXED) \
	X(bits, acquire, ACQUIRE) \
	X(bits, seq_cst, SEQ_CST)
#define STORES(X, bits)           \
	X(bits, relaxed, RELAXED) \
	X(bits, release, RELEASE) \
	X(bits, seq_cst, SEQ_CST)
#define ORDERS(X, bits, operation)           \
	X(bits, operation, relaxed, RELAXED) \
	X(bits, operation, acquire, ACQUIRE) \
	X(bits, operation, release, RELEASE) \
	X(bits, operation, acq_rel, ACQ_REL) \
	X(bits, operation, seq_cst, SEQ_CST)
#define CHANGES(X, bits)            \
	ORDERS(X, bits, exchange_n) \
	ORDERS(X, bits, fetch_add)  \
	ORDERS(X, bits, fetch_sub)  \
	ORDERS(X, bits, fetch_and)  \
	ORDERS(X, bits, fetch_or)   \
	ORDERS(X, bits, fetch_xor)  \
	ORDERS(X, bits, fetch_nand)
#define COMPARES(X, bits)               \
	X(bits, 0, relaxed, RELAXED, 0) \
	X(bits, 0, acquire, ACQUIRE, 1) \
	X(bits, 0, release, RELEASE, 0) \
	X(bits, 1, acq_rel, ACQ_REL, 1) \
	X(bits, 1, seq_cst, SEQ_CST, 0)

#define ATOMICS(bits)         \
	LOADS(LOAD, bits)     \
	STORES(STORE, bits)   \
	CHANGES(CHANGE, bits) \
	COMPARES(COMPARE, bits)

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

FUNCTION(c11_increment)
{
	return ++w->counter;
}

FUNCTION(c11_explicit)
{
	return atomic_fetch_sub_explicit(&w->counter, 2, memory_order_release);
}

FUNCTION(sync_fetch_and_add)
{
	return __sync_fetch_and_add(&w->u64, 3);
}

FUNCTION(sync_compare_and_swap)
{
	return __sync_bool_compare_and_swap(&w->u32, 1, 2);
}

FUNCTION(add_fetch)
{
	return __atomic_add_fetch(&w->u32, 4, __ATOMIC_ACQ_REL);
}

FUNCTION(test_and_set)
{
	return __atomic_test_and_set(&w->u8, __ATOMIC_ACQUIRE);
}

FUNCTION(clear_flag)
{
	__atomic_clear(&w->u8, __ATOMIC_RELEASE);
	return 0;
}

FUNCTION(fence_acq_rel)
{
	__atomic_thread_fence(__ATOMIC_ACQ_REL);
	return 0;
}

FUNCTION(fence_seq_cst)
{
	__sync_synchronize();
	return 0;
}

FUNCTION(fence_signal)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return 0;
}

/* ---- the list ---- */

#define AT(field) offsetof(struct world, field), sizeof(((struct world *)NULL)->field)

#define IS_PLAIN(function)		  { #function, function, TOLD_PLAIN, 0, 0, 0, 0 },
#define IS_READ(function, field)	  { #function, function, TOLD_PLAIN, 0, 0, AT(field) },
#define IS_READ_BYTES(function, field, n) { #function, function, TOLD_PLAIN, 0, 0, offsetof(struct world, field), n },
#define IS_VOLATILE(bits)                                                                      \
	{ "volatile_read" #bits, volatile_read##bits, TOLD_VOLATILE_READ, 0, 0, AT(v##bits) }, \
		{ "volatile_write" #bits, volatile_write##bits, TOLD_VOLATILE_WRITE, 0, 0, AT(v##bits) },
#define IS_ATOMIC(function, op, order, field) { #function, function, TOLD_ATOMIC, op, order, AT(field) },

#define IS_LOAD(bits, order, ORDER)  IS_ATOMIC(load##bits##_##order, SEAM_LOAD, __ATOMIC_##ORDER, u##bits)
#define IS_STORE(bits, order, ORDER) IS_ATOMIC(store##bits##_##order, SEAM_STORE, __ATOMIC_##ORDER, u##bits)
#define SEAM_exchange_n		     SEAM_EXCHANGE
#define SEAM_fetch_add		     SEAM_ADD
#define SEAM_fetch_sub		     SEAM_SUB
#define SEAM_fetch_and		     SEAM_AND
#define SEAM_fetch_or		     SEAM_OR
#define SEAM_fetch_xor		     SEAM_XOR
#define SEAM_fetch_nand		     SEAM_NAND
#define IS_CHANGE(bits, operation, order, ORDER) \
	IS_ATOMIC(operation##bits##_##order, SEAM_##operation, __ATOMIC_##ORDER, u##bits)
#define IS_COMPARE(bits, weak, order, ORDER, failed)                                  \
	IS_ATOMIC(compare##bits##_##weak##_##order##_##failed, SEAM_COMPARE_EXCHANGE, \
		  __ATOMIC_##ORDER | (failed ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED) << 8, u##bits)
#define ARE_ATOMIC(bits)         \
	LOADS(IS_LOAD, bits)     \
	STORES(IS_STORE, bits)   \
	CHANGES(IS_CHANGE, bits) \
	COMPARES(IS_COMPARE, bits)
#define ARE_PLAIN(bits)              \
	IS_READ(read##bits, u##bits) \
	IS_PLAIN(write##bits)        \
	IS_READ(add##bits, u##bits)
#define ARE_UNALIGNED(name)                            \
	IS_READ(unaligned_read_##name, unaligned.name) \
	IS_PLAIN(unaligned_write_##name)
#define ARE_STRUCTURE(n)              \
	IS_READ(copy##n, s##n##_from) \
	IS_PLAIN(clear##n)
#define ARE_LIBRARY(name)                            \
	IS_READ_BYTES(name##_copy32, array_from, 32) \
	IS_READ(name##_copy128, array_from)          \
	IS_READ_BYTES(name##_copy, array_from, 40)   \
	IS_READ_BYTES(name##_move, array[1], 40)     \
	IS_PLAIN(name##_set8)                        \
	IS_PLAIN(name##_set4096)                     \
	IS_READ_BYTES(name##_compare, array, 40)

const struct access ACCESSES[] = {
	ARE_PLAIN(8) ARE_PLAIN(16) ARE_PLAIN(32) ARE_PLAIN(64) ARE_PLAIN(128) ARE_UNALIGNED(two) ARE_UNALIGNED(four)
		ARE_UNALIGNED(eight) ARE_UNALIGNED(sixteen) IS_READ_BYTES(bitfield_read, bits, 1) IS_PLAIN(
			bitfield_write) IS_PLAIN(entry_write) ARE_STRUCTURE(3) ARE_STRUCTURE(8) ARE_STRUCTURE(16)
			ARE_STRUCTURE(24) ARE_STRUCTURE(64) ARE_STRUCTURE(4096) IS_PLAIN(given8) IS_PLAIN(given24)
				IS_READ(passed24, s24) IS_PLAIN(made24) IS_PLAIN(loop_write) IS_PLAIN(loop_clear)
					IS_READ(loop_copy, array_from) IS_READ(loop_sum, array) ARE_LIBRARY(called)
						ARE_LIBRARY(builtin) IS_READ_BYTES(called_length, array, 1){
							"local_word", local_word, TOLD_LOCAL, 0, 0, 0, 8 },
	{ "local_field", local_field, TOLD_LOCAL, 0, 0, 0, 8 },
	IS_VOLATILE(8) IS_VOLATILE(16) IS_VOLATILE(32)
		IS_VOLATILE(64){ "volatile_bitfield_write", volatile_bitfield_write, TOLD_VOLATILE_WRITE, 0, 0,
				 offsetof(struct world, vbits), 4 },
	{ "volatile_structure", volatile_structure, TOLD_VOLATILE_WRITE, 0, 0, AT(v24) },
	{ "volatile_unaligned_write", volatile_unaligned_write, TOLD_VOLATILE_WRITE, 0, 0, AT(unaligned.watched) },
	ARE_ATOMIC(8) ARE_ATOMIC(16) ARE_ATOMIC(32) ARE_ATOMIC(64) IS_ATOMIC(
		c11_increment, SEAM_ADD, __ATOMIC_SEQ_CST,
		counter) IS_ATOMIC(c11_explicit, SEAM_SUB, __ATOMIC_RELEASE,
				   counter) IS_ATOMIC(sync_fetch_and_add, SEAM_ADD, __ATOMIC_SEQ_CST, u64)
		IS_ATOMIC(sync_compare_and_swap, SEAM_COMPARE_EXCHANGE, __ATOMIC_SEQ_CST | __ATOMIC_SEQ_CST << 8, u32)
			IS_ATOMIC(add_fetch, SEAM_ADD, __ATOMIC_ACQ_REL, u32)
				IS_ATOMIC(test_and_set, SEAM_EXCHANGE, __ATOMIC_ACQUIRE, u8)
					IS_ATOMIC(clear_flag, SEAM_STORE, __ATOMIC_RELEASE, u8){
						"fence_acq_rel", fence_acq_rel, TOLD_FENCE, 0, __ATOMIC_ACQ_REL, 0, 0 },
	{ "fence_seq_cst", fence_seq_cst, TOLD_FENCE, 0, __ATOMIC_SEQ_CST, 0, 0 },
	{ "fence_signal", fence_signal, TOLD_NOTHING, 0, 0, 0, 0 },
	{ 0 },
};
