/* SPDX-License-Identifier: MIT */
/* gather_host.h - a host that does nothing, so that counting instructions counts the library's alone. */
#ifndef BENCH_GATHER_HOST_H
#define BENCH_GATHER_HOST_H

#include "bench/host_common.h"

static inline const struct tlb_limits *shootdown_limits(void)
{
	static const struct tlb_limits limits = SHOOTDOWN_LIMITS(PAGE_SIZE);

	return &limits;
}

static inline unsigned int shootdown_cpu(void)
{
	return 0;
}

static inline shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return 1;
}

static inline void shootdown_call_cpus(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg)
{
	(void)cpus;
	(void)fn;
	(void)arg;
}

static inline void shootdown_flush_local(const struct tlb_flush *flush)
{
	(void)flush;
	host_flush();
}

#endif
