/* SPDX-License-Identifier: MIT */
/* pending_host.h - a host whose flushes for other gathers are counted, on one CPU at a time, and whose number of lanes is chosen from run to run. */
#ifndef BENCH_PENDING_HOST_H
#define BENCH_PENDING_HOST_H

#include <stdlib.h>
#include <shootdown/host/gcc.h>

#define SHOOTDOWN_PAGE_SHIFT	   12
#define SHOOTDOWN_PTE_SHIFT(level) (SHOOTDOWN_PAGE_SHIFT + 9 * (int)(level))
#define PAGE_SIZE		   4096ul

#include <arch/x86_64.h>
static const struct tlb_arch bench_arch = TLB_ARCH_ROW(x86_64);

struct bench_rcu {
	void *room[2];
};
typedef struct page *shootdown_page_t;
typedef struct page *shootdown_table_t;
typedef struct bench_rcu shootdown_rcu_t;

/* bench/pending.c */
struct bench_pending {
	struct tlb_limits limits;
	unsigned int cpu;     /* on which everything runs for now; the only one that is up */
	unsigned long forced; /* flushes for other gathers */
};
extern struct bench_pending bench_pending;

static inline const struct tlb_arch *shootdown_arch(void)
{
	return &bench_arch;
}

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

static inline void shootdown_fence_tables(void)
{
}

static inline void shootdown_call_cpus(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg)
{
	for (unsigned long left = *cpus; left; left &= left - 1)
		fn(arg);
}

static inline void shootdown_call_poll(void)
{
}

void shootdown_flush_local(const struct tlb_flush *flush);

static inline void shootdown_flush_broadcast(const struct tlb_flush *flush)
{
	(void)flush;
}

static inline void shootdown_flush_complete(void)
{
}

/* Nothing is queued. */
static inline void *shootdown_batch_alloc(void)
{
	return NULL;
}

static inline void shootdown_batch_free(void *batch)
{
	(void)batch;
}

static inline void shootdown_free_pages(struct encoded_page **slots, unsigned int nr)
{
	(void)slots;
	(void)nr;
}

static inline void shootdown_remove_rmap(struct page *page, unsigned int nr, struct tlb_vma *vma)
{
	(void)page;
	(void)nr;
	(void)vma;
}

static inline void shootdown_free_table(struct page *table)
{
	(void)table;
}

static inline void shootdown_table_to_page(struct page *table, struct page **page)
{
	*page = table;
}

static inline void shootdown_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *))
{
	fn(rcu);
}

static inline void shootdown_defer_table(struct page *table)
{
	(void)table;
}

static inline void shootdown_sync_walkers(void)
{
}

#endif
