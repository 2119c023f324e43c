/* SPDX-License-Identifier: MIT */
/*
 * cpumask.h - for a host header: a thread's own copy of a set of CPUs, as one word (hooks 8, 9, 39 and 44).
 *
 * For kernels with as many CPUs as a long has bits, 64 on most machines. Larger kernels write their own: a mask lies on
 * the stack while a flush is issued.
 */
#ifndef SHOOTDOWN_HOST_CPUMASK_H
#define SHOOTDOWN_HOST_CPUMASK_H

#include <stdbool.h>

typedef unsigned long shootdown_cpumask_t;

static inline bool shootdown_cpumask_take(shootdown_cpumask_t *mask, unsigned int cpu)
{
	bool there = (*mask >> cpu & 1) != 0;

	*mask &= ~(1ul << cpu);
	return there;
}

static inline unsigned int shootdown_cpumask_count(const shootdown_cpumask_t *mask)
{
	unsigned int count = 0;

	/* Not the builtin: without an instruction of its own it is a call into the compiler's library. */
	for (unsigned long left = *mask; left; left &= left - 1)
		count++;
	return count;
}

#define shootdown_cpumask_merge shootdown_cpumask_merge
static inline bool shootdown_cpumask_merge(shootdown_cpumask_t *mask, const shootdown_cpumask_t *other)
{
	*mask |= *other;
	return true;
}

static inline unsigned int shootdown_cpumask_next(const shootdown_cpumask_t *mask, unsigned int cpu)
{
	while (cpu < sizeof(*mask) * 8 && !(*mask >> cpu & 1))
		cpu++;
	return cpu;
}

#endif
