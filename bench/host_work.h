/* SPDX-License-Identifier: MIT */
/*
 * host_work.h - what a measured kernel does when it is asked: it counts, and hands out pages that it has. The library's host
 * (gather_host.h) and the one that Linux's code gets (linux/kernel.h) both end here, so that the work is the same.
 */
#ifndef BENCH_HOST_WORK_H
#define BENCH_HOST_WORK_H

#include <stddef.h>

struct host_rcu {
	struct host_rcu *next;
	void (*fn)(struct host_rcu *);
};

struct bench_host {
	unsigned long flushes, slots, tables;
	void *pool[64]; /* batch pages that are free */
	unsigned int pooled;
	struct host_rcu *rcu;
};
extern struct bench_host bench_host;

static inline void host_flush(void)
{
	bench_host.flushes++;
}

static inline void *host_page_alloc(void)
{
	return bench_host.pooled ? bench_host.pool[--bench_host.pooled] : NULL;
}

static inline void host_page_free(void *page)
{
	bench_host.pool[bench_host.pooled++] = page;
}

/* The references of @nr slots are dropped. */
static inline void host_drop(unsigned int nr)
{
	bench_host.slots += nr;
}

static inline void host_table_free(void)
{
	bench_host.tables++;
}

static inline void host_call_rcu(struct host_rcu *rcu, void (*fn)(struct host_rcu *))
{
	rcu->fn = fn;
	rcu->next = bench_host.rcu;
	bench_host.rcu = rcu;
}

/* All that waited for a grace period. */
static inline void host_grace_period(void)
{
	while (bench_host.rcu) {
		struct host_rcu *rcu = bench_host.rcu;

		bench_host.rcu = rcu->next;
		rcu->fn(rcu);
	}
}

#endif
