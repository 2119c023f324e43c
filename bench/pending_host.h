/* SPDX-License-Identifier: MIT */
/* pending_host.h - a host whose flushes for other gathers are counted, on one CPU at a time, and whose number of lanes is chosen from run to run. */
#ifndef BENCH_PENDING_HOST_H
#define BENCH_PENDING_HOST_H

#include "bench/host_common.h"
#include <stdlib.h>

/* bench/pending.c */
struct bench_pending {
	struct tlb_limits limits;
	unsigned int cpu;     /* on which everything runs for now; the only one that is up */
	unsigned long forced; /* flushes for other gathers */
};
extern struct bench_pending bench_pending;

static inline const struct tlb_limits *shootdown_limits(void)
{
	return &bench_pending.limits;
}

static inline unsigned int shootdown_cpu(void)
{
	return bench_pending.cpu;
}

static inline shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return 1ul << bench_pending.cpu;
}

static inline void shootdown_call_cpus(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg)
{
	for (unsigned long left = *cpus; left; left &= left - 1)
		fn(arg);
}

void shootdown_flush_local(const struct tlb_flush *flush);

#endif
