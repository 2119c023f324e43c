/* SPDX-License-Identifier: MIT */
/*
 * gcc.h - for a host header: sets of CPUs and asserts from the builtins that GCC and clang have.
 *
 * Defines shootdown_cpus_t, shootdown_cpumask_t and hooks 4 to 9, for as many CPUs as a long has bits. CPUs are numbered
 * from 0. A host that defines SHOOTDOWN_PANIC(contract) before it includes this file has asserts as well (32): the macro
 * gets a string and does not return.
 *
 * Each order is the one that the contract in <shootdown/host.h> asks for, and no stronger one.
 */
#ifndef SHOOTDOWN_HOST_GCC_H
#define SHOOTDOWN_HOST_GCC_H

#include <shootdown/host/cpumask.h>

typedef unsigned long shootdown_cpus_t;

/* ---- sets of CPUs ---- */

static inline void shootdown_cpus_init(shootdown_cpus_t *cpus)
{
	__atomic_store_n(cpus, 0, __ATOMIC_RELAXED);
}

static inline void shootdown_cpus_add(shootdown_cpus_t *cpus, unsigned int cpu)
{
	__atomic_fetch_or(cpus, 1ul << cpu, __ATOMIC_RELAXED);
	/* ORD-1: a sequentially consistent access alone keeps a later load, or walk, behind it on some machines only. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void shootdown_cpus_remove(shootdown_cpus_t *cpus, unsigned int cpu)
{
	__atomic_fetch_and(cpus, ~(1ul << cpu), __ATOMIC_RELEASE);
}

static inline shootdown_cpumask_t shootdown_cpus_read(const shootdown_cpus_t *cpus)
{
	return __atomic_load_n(cpus, __ATOMIC_ACQUIRE);
}

/* ---- asserts ---- */

#ifdef SHOOTDOWN_PANIC
#define shootdown_assert(condition, contract) (__builtin_expect(!!(condition), 1) ? (void)0 : SHOOTDOWN_PANIC(contract))
#endif

#endif
