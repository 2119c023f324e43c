/* SPDX-License-Identifier: MIT */
/*
 * seam.h - the seam for memory: what the compiler tells the machine about each access of the code under test.
 *
 * The code under test is compiled with -fsanitize=thread and linked with entry_points.c instead of the sanitizer's run-time.
 * The compiler then calls an entry point (__tsan_read8, __tsan_atomic64_fetch_add ...) in front of each access, or in its
 * place; the entry points say it in the few words below, and a machine gives these a meaning. docs/seam.md has the flags,
 * and what a compiler leaves out.
 *
 * Every @pc is the return address of the entry point: it lies in the code under test, behind the call. check/lines.h finds
 * its place in the source.
 *
 * Context: all of these run on the stack of whoever makes the access, in any state of the world: as an agent, while a
 *          world is set up, and after its end. Outside of agents an access just happens.
 */
#ifndef MODEL_SEAM_H
#define MODEL_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- a machine says what these mean ---- */

/*
 * seam_plain - a plain access to bytes [@p, @p + @n) comes next; the code under test makes it itself.
 *
 * Called before the access, so a write finds the old bytes. Several may come before the accesses they stand for (a
 * structure is copied: the write is told, then the read, then it is copied), but no other call of the seam comes between.
 * No step. @n > 0.
 */
void seam_plain(const void *p, size_t n, bool write, const void *pc);

/*
 * seam_volatile - as seam_plain(), of an access to a volatile object: a relaxed atomic load or store, and so a step.
 *
 * What a write stores is not known here: it is in memory when the next call of this agent comes. @n is 1 to 16, and @p need
 * not be aligned.
 */
void seam_volatile(const void *p, size_t n, bool write, const void *pc);

enum seam_op {
	SEAM_LOAD,
	SEAM_STORE,
	SEAM_EXCHANGE,
	SEAM_ADD,
	SEAM_SUB,
	SEAM_AND,
	SEAM_OR,
	SEAM_XOR,
	SEAM_NAND,
	SEAM_COMPARE_EXCHANGE,
};

/* As the compilers number them. */
enum seam_order {
	SEAM_RELAXED,
	SEAM_CONSUME,
	SEAM_ACQUIRE,
	SEAM_RELEASE,
	SEAM_ACQ_REL,
	SEAM_SEQ_CST,
};

/*
 * seam_atomic - makes an atomic access of @size bytes (1, 2, 4, 8) at @p.
 *
 * Returns the value before it (SEAM_STORE: anything). @operand and @expected have no bits beyond @size, and the result must
 * have none. SEAM_COMPARE_EXCHANGE stores @operand if the value is @expected; it never fails without a reason. @order is
 * the one written in the source; of a SEAM_COMPARE_EXCHANGE it is that of the success, and seam_order_failed() has the
 * other.
 */
uint64_t seam_atomic(enum seam_op op, void *p, unsigned int size, uint64_t operand, uint64_t expected, int order,
		     const void *pc);

/* A fence between this agent's accesses. Fences for the compiler alone (signal fences) are not told. */
void seam_fence(int order, const void *pc);

/*
 * The machine's own code writes to bytes that are part of its state: they are about to change. No step and no access of the
 * code under test, so nobody races with it. Returns 0. The objects of machine/model/ are redirected here, see own.syms.
 */
int seam_own_write(const void *p, size_t n);

/* ---- orders ---- */

static inline int seam_orders(int done, int failed)
{
	return done | failed << 8;
}

static inline enum seam_order seam_order_done(int order)
{
	return (enum seam_order)(order & 0xff);
}

static inline enum seam_order seam_order_failed(int order)
{
	return (enum seam_order)(order >> 8);
}

/* Is what came before it in the program ordered before it, for whoever reads what it wrote? */
static inline bool seam_releases(enum seam_order order)
{
	return order >= SEAM_RELEASE;
}

static inline bool seam_acquires(enum seam_order order)
{
	return order != SEAM_RELAXED && order != SEAM_RELEASE;
}

/* What @op makes of @old, in @size bytes: a pure function, for machines. */
static inline uint64_t seam_result(enum seam_op op, unsigned int size, uint64_t old, uint64_t operand,
				   uint64_t expected)
{
	uint64_t mask = size < 8 ? (UINT64_C(1) << size * 8) - 1 : UINT64_MAX;

	switch (op) {
	case SEAM_STORE:
	case SEAM_EXCHANGE:
		return operand & mask;
	case SEAM_ADD:
		return (old + operand) & mask;
	case SEAM_SUB:
		return (old - operand) & mask;
	case SEAM_AND:
		return old & operand;
	case SEAM_OR:
		return old | operand;
	case SEAM_XOR:
		return old ^ operand;
	case SEAM_NAND:
		return ~(old & operand) & mask;
	case SEAM_COMPARE_EXCHANGE:
		return old == expected ? operand : old;
	default:
		return old;
	}
}

/* The word at @p, whatever its size. */
static inline uint64_t seam_peek(const void *p, unsigned int size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		return *(const uint16_t *)p;
	case 4:
		return *(const uint32_t *)p;
	default:
		return *(const uint64_t *)p;
	}
}

static inline void seam_poke(void *p, unsigned int size, uint64_t value)
{
	switch (size) {
	case 1:
		*(uint8_t *)p = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)p = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)p = (uint32_t)value;
		break;
	default:
		*(uint64_t *)p = value;
		break;
	}
}

#endif
