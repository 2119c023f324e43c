/* SPDX-License-Identifier: MIT */
/*
 * entry_points.c - the functions that -fsanitize=thread calls, in place of the sanitizer's run-time.
 *
 * Names and arguments are the compilers': gcc 12 and clang 14 agree on most; what only one of them calls says so. Each entry
 * point only says which access it stands for (seam.h). This file is compiled without the flag, like all that they call.
 *
 * There are no atomic operations of 16 bytes: a word of the model has 8. script/lint-object says so to who uses one.
 */
#include <machine/model/seam.h>

#include <string.h>

#define PC __builtin_return_address(0)

/* A function that only a compiler calls needs its prototype all the same. */
#define ENTRY(type, name, ...)  \
	type name(__VA_ARGS__); \
	type name(__VA_ARGS__)

/* ---- plain and volatile accesses; clang alone tells unaligned ones apart, and nothing here depends on it ---- */

#define ACCESS(name, size, call, write)   \
	ENTRY(void, name, const void *p)  \
	{                                 \
		call(p, size, write, PC); \
	}

#define ACCESSES(size)                                                 \
	ACCESS(__tsan_read##size, size, seam_plain, false)             \
	ACCESS(__tsan_write##size, size, seam_plain, true)             \
	ACCESS(__tsan_volatile_read##size, size, seam_volatile, false) \
	ACCESS(__tsan_volatile_write##size, size, seam_volatile, true)

#define UNALIGNED_ACCESSES(size)                                                 \
	ACCESS(__tsan_unaligned_read##size, size, seam_plain, false)             \
	ACCESS(__tsan_unaligned_write##size, size, seam_plain, true)             \
	ACCESS(__tsan_unaligned_volatile_read##size, size, seam_volatile, false) \
	ACCESS(__tsan_unaligned_volatile_write##size, size, seam_volatile, true)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
UNALIGNED_ACCESSES(2)
UNALIGNED_ACCESSES(4)
UNALIGNED_ACCESSES(8)
UNALIGNED_ACCESSES(16)

/* Of a length that is known when it runs: it may be 0, and then nothing is accessed. */
static void access_range(const void *p, size_t n, bool write, const void *pc)
{
	if (n)
		seam_plain(p, n, write, pc);
}

/* gcc: a structure or an array. */
ENTRY(void, __tsan_read_range, const void *p, size_t n)
{
	access_range(p, n, false, PC);
}

ENTRY(void, __tsan_write_range, const void *p, size_t n)
{
	access_range(p, n, true, PC);
}

/* ---- atomic operations ---- */

#define FETCH(bits, name, op)                                                                      \
	ENTRY(uint##bits##_t, __tsan_atomic##bits##_##name, void *p, uint##bits##_t value, int mo) \
	{                                                                                          \
		return (uint##bits##_t)seam_atomic(op, p, bits / 8, value, 0, mo, PC);             \
	}

/* gcc: whether it was done, and the value found goes to *@expected, by an access of the code under test. */
#define COMPARE_EXCHANGE(bits, name)                                                                   \
	ENTRY(bool, __tsan_atomic##bits##_compare_exchange_##name, void *p, uint##bits##_t *expected,  \
	      uint##bits##_t value, int mo, int failed)                                                \
	{                                                                                              \
		uint##bits##_t wanted, found;                                                          \
                                                                                                       \
		seam_plain(expected, bits / 8, false, PC);                                             \
		wanted = *expected;                                                                    \
		found = (uint##bits##_t)seam_atomic(SEAM_COMPARE_EXCHANGE, p, bits / 8, value, wanted, \
						    seam_orders(mo, failed), PC);                      \
		if (found == wanted)                                                                   \
			return true;                                                                   \
		seam_plain(expected, bits / 8, true, PC);                                              \
		*expected = found;                                                                     \
		return false;                                                                          \
	}

/* ..._val is clang's: the value found, and the rest of it is code of its own. */
#define ATOMICS(bits)                                                                                        \
	ENTRY(uint##bits##_t, __tsan_atomic##bits##_load, const void *p, int mo)                             \
	{                                                                                                    \
		return (uint##bits##_t)seam_atomic(SEAM_LOAD, (void *)(uintptr_t)p, bits / 8, 0, 0, mo, PC); \
	}                                                                                                    \
	ENTRY(void, __tsan_atomic##bits##_store, void *p, uint##bits##_t value, int mo)                      \
	{                                                                                                    \
		seam_atomic(SEAM_STORE, p, bits / 8, value, 0, mo, PC);                                      \
	}                                                                                                    \
	FETCH(bits, exchange, SEAM_EXCHANGE)                                                                 \
	FETCH(bits, fetch_add, SEAM_ADD)                                                                     \
	FETCH(bits, fetch_sub, SEAM_SUB)                                                                     \
	FETCH(bits, fetch_and, SEAM_AND)                                                                     \
	FETCH(bits, fetch_or, SEAM_OR)                                                                       \
	FETCH(bits, fetch_xor, SEAM_XOR)                                                                     \
	FETCH(bits, fetch_nand, SEAM_NAND)                                                                   \
	COMPARE_EXCHANGE(bits, strong)                                                                       \
	COMPARE_EXCHANGE(bits, weak)                                                                         \
	ENTRY(uint##bits##_t, __tsan_atomic##bits##_compare_exchange_val, void *p, uint##bits##_t expected,  \
	      uint##bits##_t value, int mo, int failed)                                                      \
	{                                                                                                    \
		return (uint##bits##_t)seam_atomic(SEAM_COMPARE_EXCHANGE, p, bits / 8, value, expected,      \
						   seam_orders(mo, failed), PC);                             \
	}

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

ENTRY(void, __tsan_atomic_thread_fence, int mo)
{
	seam_fence(mo, PC);
}

/* Between a thread and its own interrupts the compiler's order is all that is asked for. */
ENTRY(void, __tsan_atomic_signal_fence, int mo)
{
	(void)mo;
}

/* ---- functions: nothing here looks at call stacks, so what the flags did not switch off is ignored ---- */

/* Called by a constructor of each file that was compiled with the flag, before main(): there is no machine yet. */
ENTRY(void, __tsan_init, void)
{
}

ENTRY(void, __tsan_func_entry, const void *caller)
{
	(void)caller;
}

ENTRY(void, __tsan_func_exit, void)
{
}

/*
 * ---- the C library's functions that compilers call by themselves ----
 *
 * script/subject.syms gives the code under test these for the ones of their names, so that it is known what they access.
 */

/* Told before the bytes move, as the compiler tells of a store before it makes it. */
ENTRY(void *, seam_memcpy, void *to, const void *from, size_t n)
{
	access_range(from, n, false, PC);
	access_range(to, n, true, PC);
	return memcpy(to, from, n);
}

ENTRY(void *, seam_memmove, void *to, const void *from, size_t n)
{
	access_range(from, n, false, PC);
	access_range(to, n, true, PC);
	return memmove(to, from, n);
}

ENTRY(void *, seam_memset, void *to, int byte, size_t n)
{
	access_range(to, n, true, PC);
	return memset(to, byte, n);
}

/* How many bytes a comparison looks at is not said by C; these look at all of them. */
ENTRY(int, seam_memcmp, const void *a, const void *b, size_t n)
{
	access_range(a, n, false, PC);
	access_range(b, n, false, PC);
	return memcmp(a, b, n);
}

/* clang: a comparison of which only "equal or not" is used. */
ENTRY(int, seam_bcmp, const void *a, const void *b, size_t n)
{
	access_range(a, n, false, PC);
	access_range(b, n, false, PC);
	return memcmp(a, b, n);
}

/* The zero at the end is read as well. Only behind the reading is it known how much that was. */
ENTRY(size_t, seam_strlen, const char *text)
{
	size_t n = strlen(text);

	access_range(text, n + 1, false, PC);
	return n;
}

/*
 * ---- the machine's own code (own.syms): what it writes is logged ----
 *
 * These are what -fsanitize=kernel-address calls, which can be told to leave reads alone.
 */

#define OWN_WRITE(size)                                  \
	ENTRY(void, seam_own_write##size, const void *p) \
	{                                                \
		seam_own_write(p, size);                 \
	}

OWN_WRITE(1)
OWN_WRITE(2)
OWN_WRITE(4)
OWN_WRITE(8)
OWN_WRITE(16)

static void own_write_range(const void *p, size_t n)
{
	if (n)
		seam_own_write(p, n);
}

ENTRY(void, seam_own_write_range, const void *p, size_t n)
{
	own_write_range(p, n);
}

/* In front of a function that never returns. */
ENTRY(void, seam_own_no_return, void)
{
}

ENTRY(void *, seam_own_memcpy, void *to, const void *from, size_t n)
{
	own_write_range(to, n);
	return memcpy(to, from, n);
}

ENTRY(void *, seam_own_memmove, void *to, const void *from, size_t n)
{
	own_write_range(to, n);
	return memmove(to, from, n);
}

ENTRY(void *, seam_own_memset, void *to, int byte, size_t n)
{
	own_write_range(to, n);
	return memset(to, byte, n);
}
