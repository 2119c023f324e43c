/* SPDX-License-Identifier: MIT */
/*
 * up.h - for a host header: one CPU, whose number is 0.
 *
 * Brings gcc.h, shootdown_rcu_t, and hooks 3, 10, 16, 17, 29 and 31. What is left is the row (1), the sizes (2), the
 * fence and the invalidations (15, 19 to 21), and memory and tables (23 to 28, 30).
 *
 * On one CPU a walker is in the middle of something only if it was interrupted there. So a grace period is over at once,
 * in a kernel that frees memory in no interrupt handler and takes the CPU away from no thread that walks tables without
 * a lock. A kernel that does either uses gcc.h alone, and its own 29 and 31.
 */
#ifndef SHOOTDOWN_HOST_UP_H
#define SHOOTDOWN_HOST_UP_H

#include <shootdown/host/gcc.h>

/* Nothing is ever queued on it. */
typedef struct {
	void *unused;
} shootdown_rcu_t;

static inline unsigned int shootdown_cpu(void)
{
	return 0;
}

static inline shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return 1;
}

/* There is no other CPU in any set. */
static inline void shootdown_call_cpus(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg)
{
	(void)cpus;
	(void)fn;
	(void)arg;
	__builtin_trap();
}

static inline void shootdown_call_poll(void)
{
}

static inline void shootdown_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *rcu))
{
	fn(rcu);
}

static inline void shootdown_sync_walkers(void)
{
}

#endif
